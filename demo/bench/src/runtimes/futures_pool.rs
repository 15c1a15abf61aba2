//! futures-rs: its `LocalPool`. It has no timers, no sockets, no way to abort
//! a task and learn that it is gone, and no `yield_now`.

/// The adapter.
pub mod rt {
    use std::cell::RefCell;
    use std::future::{Future, Ready, ready};

    use futures::executor::{LocalPool, LocalSpawner};
    use futures::future::RemoteHandle;
    use futures::task::LocalSpawnExt;

    use crate::children::YieldOnce;
    use crate::runtimes::joined::Joined;

    pub(crate) type JoinHandle<T> = Joined<RemoteHandle<T>>;

    /// Its name in the tables.
    pub const NAME: &str = "futures LocalPool";

    thread_local! {
        static SPAWNER: RefCell<Option<LocalSpawner>> =
            const { RefCell::new(None) };
    }

    /// A runtime as a user makes it.
    pub struct Runtime(LocalPool);

    impl Runtime {
        pub(crate) fn new() -> Runtime {
            Runtime(LocalPool::new())
        }

        pub(crate) fn block_on<F: Future>(&mut self, future: F) -> F::Output {
            SPAWNER.replace(Some(self.0.spawner()));
            self.0.run_until(future)
        }
    }

    pub(crate) fn spawn<T: 'static>(
        future: impl Future<Output = T> + 'static,
    ) -> JoinHandle<T> {
        SPAWNER.with_borrow(|spawner| {
            let spawner = spawner.as_ref().expect("a pool runs");
            let handle = spawner.spawn_local_with_handle(future);
            Joined(handle.expect("the pool is there"))
        })
    }

    pub(crate) async fn yield_now() {
        YieldOnce::new(0).await;
    }

    /// It has no sockets.
    pub(crate) fn register_an_idle_socket() -> Ready<()> {
        ready(())
    }
}

use crate::case::{Case, in_group};
use round::case;

#[path = "../workloads/other_threads.rs"]
mod other_threads;
#[path = "../workloads/round.rs"]
mod round;
#[path = "../workloads/scheduler.rs"]
mod scheduler;
#[path = "../workloads/yields.rs"]
mod yields;

/// What it can do.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = yields::cases();
    cases.extend(scheduler::cases());
    cases.extend(other_threads::cases());
    in_group("runtime", cases)
}
