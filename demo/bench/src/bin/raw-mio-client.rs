//! A client that is a loop of callbacks around mio: it orders N eggs at once.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use onecook_bench::eggs::{fry, listen_overflows, raise_open_files};

/// Orders N eggs at once, by callbacks around mio.
#[derive(Parser)]
struct Options {
    /// The egg server.
    #[arg(long, default_value = "127.0.0.1:3001")]
    server: SocketAddr,

    /// How many eggs.
    #[arg(long, default_value_t = 10_000)]
    count: usize,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse();
    let limit = raise_open_files()?;
    if limit < options.count as u64 + 16 {
        eprintln!("{limit} open files are too few; see `ulimit -n`");
    }
    let before = listen_overflows()?;
    let fried = fry(options.server, options.count)?;
    let overflows = listen_overflows()? - before;
    println!(
        "{} eggs in {:.3} s, {} lost, {overflows} ListenOverflows",
        fried.eggs,
        fried.took.as_secs_f64(),
        fried.lost
    );
    Ok(ExitCode::from(u8::from(fried.lost > 0)))
}
