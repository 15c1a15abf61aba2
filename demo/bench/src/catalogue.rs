//! Every runtime with its cases.
//!
//! Next: `workloads/mod.rs`, the cases themselves.

use crate::case::{Case, MemoryCase};
use crate::limit;
use crate::runtimes::{
    onecook, tokio_local_runtime, tokio_local_set, tokio_spawn,
};

/// A runtime and its cases.
pub struct Contestant {
    /// Its name in the tables.
    pub name: &'static str,
    /// What it runs.
    pub cases: Vec<Case>,
    /// What it runs while bytes are counted.
    pub memory: Vec<MemoryCase>,
    /// Prints its address, then echoes over so many connections.
    pub serve_echo: fn(usize),
}

/// Everybody. The first is compared with each of the others.
#[must_use]
pub fn contestants() -> Vec<Contestant> {
    vec![
        Contestant {
            name: onecook::rt::NAME,
            cases: onecook::workloads::cases(),
            memory: onecook::workloads::memory_cases(),
            serve_echo: onecook::workloads::serve_echo,
        },
        Contestant {
            name: tokio_spawn::rt::NAME,
            cases: tokio_spawn::workloads::cases(),
            memory: tokio_spawn::workloads::memory_cases(),
            serve_echo: tokio_spawn::workloads::serve_echo,
        },
        Contestant {
            name: tokio_local_runtime::rt::NAME,
            cases: tokio_local_runtime::workloads::cases(),
            memory: tokio_local_runtime::workloads::memory_cases(),
            serve_echo: tokio_local_runtime::workloads::serve_echo,
        },
        Contestant {
            name: tokio_local_set::rt::NAME,
            cases: tokio_local_set::workloads::cases(),
            memory: tokio_local_set::workloads::memory_cases(),
            serve_echo: tokio_local_set::workloads::serve_echo,
        },
        Contestant {
            name: limit::NAME,
            cases: limit::cases(),
            memory: Vec::new(),
            serve_echo: limit::serve_echo,
        },
    ]
}
