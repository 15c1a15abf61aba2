//! The adapters: in each an `rt` with the names that the workloads call, and
//! the workloads compiled against it.
//!
//! An `rt` has: `NAME`; `Runtime` with `new` and `block_on`; `spawn` and
//! `JoinHandle`, which is a future of a `Result`; `detach`; `abort_and_join`;
//! `yield_now`; `sleep`, `sleep_until`, `Instant`; `listen` and `TcpListener`
//! with `accept` and `local_addr`; `echo_back`; `bind_udp`, `answer`; the
//! modules `oneshot`, `mpsc`, `broadcast` and `watch`; `TaskSet`, `spawn_on`,
//! `sum_in_a_scope`. Each is what the runtime's own documentation would have
//! one write. Who lacks some of that leaves out the workloads that need it;
//! only a `yield_now` is written by hand where there is none.

pub mod compio_epoll;
pub mod compio_uring;
pub mod futures_pool;
pub mod monoio_epoll;
pub mod monoio_uring;
pub mod onecook;
pub mod smol;
pub mod tokio_local_runtime;
pub mod tokio_local_set;
pub mod tokio_spawn;

mod compio_common;
mod joined;
mod monoio_common;
mod tokio_common;
