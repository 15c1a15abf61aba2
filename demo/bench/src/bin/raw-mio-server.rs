//! An egg server that is a loop of callbacks around mio.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use onecook_bench::eggs::{Server, raise_open_files};

/// An egg server that is a loop of callbacks around mio.
#[derive(Parser)]
struct Options {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:3001")]
    addr: SocketAddr,

    /// How long an egg takes, in milliseconds.
    #[arg(long, default_value_t = 2000)]
    cook_time: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    raise_open_files()?;
    let cook_time = Duration::from_millis(options.cook_time);
    let mut server = Server::bind(options.addr, cook_time)?;
    println!("listening on {}", server.local_addr()?);
    server.serve()?;
    Ok(())
}
