//! Everybody who takes part, with their cases.
//!
//! Next: `workloads/mod.rs`, the cases themselves.

use crate::case::{Case, MemoryCase, in_group};
use crate::runtimes::{
    onecook, tokio_local_runtime, tokio_local_set, tokio_spawn,
};
use crate::{libraries, limit, one_child, queues};

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
}

/// Everybody. The first is compared with each of the others.
#[must_use]
pub fn contestants() -> Vec<Contestant> {
    let mut everybody = runtimes();
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
        },
        Contestant {
            name: tokio_spawn::rt::NAME,
            cases: with_queues(
                tokio_spawn::workloads::cases(),
                queues::tokio_spawn(),
            ),
            memory: tokio_spawn::workloads::memory_cases(),
            serve_echo: Some(tokio_spawn::workloads::serve_echo),
        },
        Contestant {
            name: tokio_local_runtime::rt::NAME,
            cases: with_queues(
                tokio_local_runtime::workloads::cases(),
                queues::tokio_local_runtime(),
            ),
            memory: tokio_local_runtime::workloads::memory_cases(),
            serve_echo: Some(tokio_local_runtime::workloads::serve_echo),
        },
        Contestant {
            name: tokio_local_set::rt::NAME,
            cases: with_queues(
                tokio_local_set::workloads::cases(),
                queues::tokio_local_set(),
            ),
            memory: tokio_local_set::workloads::memory_cases(),
            serve_echo: Some(tokio_local_set::workloads::serve_echo),
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
            serve_echo: Some(limit::serve_echo),
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
    Contestant { name, cases, memory: Vec::new(), serve_echo: None }
}
