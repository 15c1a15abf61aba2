//! The adapters: in each an `rt` with the names that the workloads call, and
//! the workloads compiled against it.
//!
//! An `rt` has: `NAME`; `Runtime` with `new` and `block_on`; `spawn` and
//! `JoinHandle`, which is a future of a `Result`; `yield_now`; `sleep`,
//! `sleep_until`, `Instant`; `TcpListener` with `bind`, `accept`, `local_addr`;
//! `TcpStream`, `read`, `write_all`; the modules `oneshot`, `mpsc`, `broadcast`
//! and `watch`; `TaskSet`, `spawn_on`, `sum_in_a_scope`. Each is what the
//! runtime's own documentation would have one write.

pub mod onecook;
pub mod tokio_local_runtime;
pub mod tokio_local_set;
pub mod tokio_spawn;

mod tokio_common;
