//! Starts a process for each technique and count, and reads what it says.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::techniques::{SEQUENTIAL, TECHNIQUES, Technique};
use crate::eggs::{Server, raise_open_files};

/// How many eggs.
pub const COUNTS: [usize; 4] = [10, 100, 1000, 10_000];

/// What a technique took for so many eggs.
#[derive(Clone, Debug)]
pub struct Fried {
    /// Its name.
    pub technique: String,
    /// How many eggs.
    pub count: usize,
    /// What it took; or why there are no eggs.
    pub took: Result<Took, String>,
}

/// What it took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// Seconds from the first connect to the last reply.
    pub seconds: f64,
    /// The most memory that the process had, in MiB.
    pub mebibytes: f64,
    /// Seconds of the processor, to a hundredth.
    pub processor: f64,
}

/// Fries by a technique, in this process.
///
/// # Errors
///
/// If an egg is lost, or `/proc` does not say what it took.
pub fn fry(
    technique: Technique,
    server: SocketAddr,
    count: usize,
) -> io::Result<Took> {
    raise_open_files()?;
    let start = Instant::now();
    technique(server, count)?;
    let seconds = start.elapsed().as_secs_f64();
    let told = most_memory().zip(processor_time());
    let (mebibytes, processor) =
        told.ok_or_else(|| io::Error::other("/proc does not say"))?;
    Ok(Took { seconds, mebibytes, processor })
}

fn most_memory() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes / 1024.0)
}

/// In user and in kernel mode; the clock ticks a hundred times a second.
fn processor_time() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let kernel: f64 = fields.next()?.parse().ok()?;
    Some((user + kernel) / 100.0)
}

/// Fries by every technique, `rounds` times in turn; the round of the median
/// time counts. One after the other only so many as do not take for ever.
///
/// # Errors
///
/// If there is no server.
pub fn measure(
    fry_many: &Path,
    cook_time: Duration,
    rounds: usize,
) -> io::Result<Vec<Fried>> {
    raise_open_files()?;
    let mut server = Server::bind(([127, 0, 0, 1], 0).into(), cook_time)?;
    let address = server.local_addr()?;
    thread::spawn(move || server.serve());
    let mut all = Vec::new();
    for (technique, _) in TECHNIQUES {
        for count in COUNTS {
            if technique == SEQUENTIAL && count > COUNTS[0] {
                continue;
            }
            let run = || run(fry_many, technique, address, count);
            let took = median((0..rounds).map(|_| run()).collect());
            all.push(Fried { technique: technique.into(), count, took });
        }
    }
    Ok(all)
}

fn median(rounds: Vec<Result<Took, String>>) -> Result<Took, String> {
    let mut took = rounds.into_iter().collect::<Result<Vec<_>, _>>()?;
    took.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    Ok(took[took.len() / 2])
}

fn run(
    fry_many: &Path,
    technique: &str,
    server: SocketAddr,
    count: usize,
) -> Result<Took, String> {
    let mut fry_many = Command::new(fry_many);
    fry_many.args([technique, &server.to_string(), &count.to_string()]);
    let output = fry_many.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout);
    let numbers = said.split_whitespace().map(str::parse);
    let numbers: Result<Vec<f64>, _> = numbers.collect();
    if let Ok(&[seconds, mebibytes, processor]) = numbers.as_deref() {
        return Ok(Took { seconds, mebibytes, processor });
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(why.lines().next().unwrap_or("it says nothing").to_owned())
}
