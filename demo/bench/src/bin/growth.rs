//! Bytes that so many tasks or connections take, each: `growth RUNTIME KIND
//! COUNT`, where the kind is `task` or `connection`. See `growth.rs`.

use std::process::ExitCode;

use onecook_bench::catalogue::contestants;
use onecook_bench::counting::Counting;
use onecook_bench::eggs::raise_open_files;
use onecook_bench::growth;
use rlimit::Resource;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, kind, count] = &arguments[..] else {
        eprintln!("usage: growth RUNTIME KIND COUNT");
        return ExitCode::from(2);
    };
    let count = count.parse().expect("a number");
    if name == growth::CLIENTS {
        raise_open_files().expect("the limit can be raised");
        let server = kind.parse().expect("an address");
        return match growth::hold(server, count) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("{why}");
                ExitCode::FAILURE
            }
        };
    }
    let contestants = contestants();
    let found = contestants.iter().find(|it| it.name == name);
    let Some(grow) = found.and_then(|found| found.grow) else {
        eprintln!("there is no runtime `{name}`");
        return ExitCode::from(2);
    };
    if let Some(why) = too_many(kind, count as u64) {
        eprintln!("{why}");
        return ExitCode::FAILURE;
    }
    println!("{:.1}", grow(kind, count).beside_future());
    ExitCode::SUCCESS
}

/// Whether there are connections to be opened that cannot be.
fn too_many(kind: &str, count: u64) -> Option<String> {
    if kind != "connection" {
        return None;
    }
    let needed = count + 1000; // some are inherited, from whoever leaks them
    let (_, most) = Resource::NOFILE.get().expect("there is a limit");
    if needed > most {
        let _ = Resource::NOFILE.set(needed, needed); // root may
    }
    let limit = raise_open_files().expect("the limit can be raised");
    (needed > limit).then(|| format!("{limit} open files are too few"))
}
