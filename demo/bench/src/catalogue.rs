//! Everybody who takes part, with their cases.
//!
//! Next: `workloads/mod.rs`, the cases themselves.

use std::time::Duration;

use crate::case::{Case, Memory, MemoryCase, in_group};
use crate::runtimes::{
    compio_epoll, compio_uring, futures_pool, monoio_epoll, monoio_uring,
    onecook, smol, tokio_local_runtime, tokio_local_set, tokio_spawn,
};
use crate::{libraries, limit, one_child, queues, raw_network};

/// A runtime or a library, and its cases.
pub struct Contestant {
    /// Its name in the tables.
    pub name: &'static str,
    /// What it runs.
    pub cases: Vec<Case>,
    /// What it runs while bytes are counted.
    pub memory: Vec<MemoryCase>,
    /// Prints its address, then echoes over so many connections.
    pub serve_echo: Option<fn(usize)>,
    /// How late its timers are, spread over a while.
    pub lateness: Option<fn(Duration) -> Vec<Duration>>,
    /// What so many tasks or connections take: their kind, and how many.
    pub grow: Option<fn(&str, usize) -> Memory>,
}

/// Everybody who runs here. The first is compared with each of the others.
#[must_use]
pub fn contestants() -> Vec<Contestant> {
    let mut contestants = everybody();
    if !monoio::utils::detect_uring() {
        contestants.retain(|it| !it.name.ends_with("io_uring"));
    }
    contestants
}

/// Those as well who would run elsewhere.
#[must_use]
pub fn everybody() -> Vec<Contestant> {
    let mut everybody = runtimes();
    everybody.extend(peers());
    everybody.extend(with_io_uring());
    everybody.extend(without_a_runtime());
    everybody
}

/// Those with a runtime of their own.
fn runtimes() -> Vec<Contestant> {
    vec![
        Contestant {
            name: onecook::rt::NAME,
            cases: all_of_ours(),
            memory: onecook::workloads::memory_cases(),
            serve_echo: Some(onecook::workloads::serve_echo),
            lateness: Some(onecook::workloads::lateness),
            grow: Some(onecook::workloads::grow),
        },
        Contestant {
            name: tokio_spawn::rt::NAME,
            cases: with_queues(
                tokio_spawn::workloads::cases(),
                queues::tokio_spawn(),
            ),
            memory: tokio_spawn::workloads::memory_cases(),
            serve_echo: Some(tokio_spawn::workloads::serve_echo),
            lateness: Some(tokio_spawn::workloads::lateness),
            grow: Some(tokio_spawn::workloads::grow),
        },
        Contestant {
            name: tokio_local_runtime::rt::NAME,
            cases: with_queues(
                tokio_local_runtime::workloads::cases(),
                queues::tokio_local_runtime(),
            ),
            memory: tokio_local_runtime::workloads::memory_cases(),
            serve_echo: Some(tokio_local_runtime::workloads::serve_echo),
            lateness: Some(tokio_local_runtime::workloads::lateness),
            grow: Some(tokio_local_runtime::workloads::grow),
        },
        Contestant {
            name: tokio_local_set::rt::NAME,
            cases: with_queues(
                tokio_local_set::workloads::cases(),
                queues::tokio_local_set(),
            ),
            memory: tokio_local_set::workloads::memory_cases(),
            serve_echo: Some(tokio_local_set::workloads::serve_echo),
            lateness: Some(tokio_local_set::workloads::lateness),
            grow: Some(tokio_local_set::workloads::grow),
        },
    ]
}

/// Those that have neither our channels nor our scopes.
fn peers() -> Vec<Contestant> {
    vec![
        Contestant {
            memory: smol::memory_cases(),
            serve_echo: Some(smol::serve_echo),
            lateness: Some(smol::lateness),
            grow: Some(smol::grow),
            ..library(smol::rt::NAME, smol::cases())
        },
        library(futures_pool::rt::NAME, futures_pool::cases()),
        Contestant {
            memory: monoio_epoll::memory_cases(),
            serve_echo: Some(monoio_epoll::serve_echo),
            lateness: Some(monoio_epoll::lateness),
            grow: Some(monoio_epoll::grow),
            ..library(monoio_epoll::rt::NAME, monoio_epoll::cases())
        },
        Contestant {
            memory: compio_epoll::memory_cases(),
            serve_echo: Some(compio_epoll::serve_echo),
            lateness: Some(compio_epoll::lateness),
            grow: Some(compio_epoll::grow),
            ..library(compio_epoll::rt::NAME, compio_epoll::cases())
        },
    ]
}

/// Those that ask the kernel in another way, where it lets them.
fn with_io_uring() -> Vec<Contestant> {
    vec![
        Contestant {
            serve_echo: Some(monoio_uring::serve_echo),
            ..library(monoio_uring::rt::NAME, monoio_uring::cases())
        },
        Contestant {
            serve_echo: Some(compio_uring::serve_echo),
            ..library(compio_uring::rt::NAME, compio_uring::cases())
        },
    ]
}

fn all_of_ours() -> Vec<Case> {
    let mut cases = with_queues(onecook::workloads::cases(), queues::onecook());
    cases.extend(libraries::onecook());
    cases
}

fn with_queues(mut cases: Vec<Case>, queues: Vec<Case>) -> Vec<Case> {
    cases.extend(in_group("channels", queues));
    cases
}

/// Those that run on another's, or on none.
fn without_a_runtime() -> Vec<Contestant> {
    vec![
        library(queues::ASYNC_CHANNEL, queues::async_channel()),
        library(queues::ASYNC_CHANNEL_TOKIO, queues::async_channel_tokio()),
        library(libraries::FUTURES_RS, libraries::futures_rs()),
        library(
            libraries::FUTURES_CONCURRENCY,
            libraries::futures_concurrency(),
        ),
        Contestant {
            serve_echo: Some(raw_network::serve_echo),
            ..library(limit::NAME, limit::cases())
        },
    ]
}

/// For `instructions.sh` alone: too small for a clock.
#[must_use]
pub fn counted() -> Vec<Contestant> {
    vec![
        library(onecook::rt::NAME, one_child::onecook()),
        library(one_child::ASYNC_BLOCK, one_child::async_block()),
        library(libraries::FUTURES_RS, one_child::futures_rs()),
    ]
}

fn library(name: &'static str, cases: Vec<Case>) -> Contestant {
    Contestant {
        name,
        cases,
        memory: Vec::new(),
        serve_echo: None,
        lateness: None,
        grow: None,
    }
}

/// What a runtime has not, though the case needs it.
#[must_use]
pub fn lacks(runtime: &str, case: &str) -> Option<&'static str> {
    let has_none: &[&str] = match runtime {
        futures_pool::rt::NAME => &["abort", "timers", "sockets"],
        monoio_epoll::rt::NAME => &["abort", "yield"],
        _ => &[],
    };
    let needs = match case {
        "abort and join" | "a million sleeping tasks" => "abort",
        _ if case.starts_with("yield") => "yield",
        _ if case.starts_with("timer") => "timers",
        _ if case.starts_with("TCP") => "sockets",
        _ if case.starts_with("UDP") => "sockets",
        _ => return None,
    };
    has_none.contains(&needs).then_some(needs)
}
