//! How a runtime is made to measure.
//!
//! Next: `handle.rs`, the door for other threads.

use std::io;
use std::time::Duration;

use onecook_reactor::Clock;
use onecook_reactor::reactor::{self, Reactor};

use crate::executor::Executor;
use crate::random::SEED;
use crate::runtime::Runtime;

/// What the executor is told.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) slow_poll_limit: Option<Duration>,
    pub(crate) deadlock_delay: Option<Duration>,
    pub(crate) task_times: bool,
    pub(crate) seed: u64,
}

/// Makes a [`Runtime`] that is not the usual one.
///
/// ```
/// use onecook::{Builder, time};
/// use std::time::Duration;
///
/// let runtime = Builder::new().virtual_time().build()?;
/// runtime.block_on(time::sleep(Duration::from_secs(3600))); // at once
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing happens before `build`"]
pub struct Builder {
    reactor: reactor::Settings,
    executor: Settings,
}

impl Default for Builder {
    fn default() -> Builder {
        Builder::new()
    }
}

impl Builder {
    /// What `Runtime::new` takes.
    ///
    /// ```
    /// let runtime = onecook::Builder::new().build()?;
    /// assert_eq!(runtime.block_on(async { "fried" }), "fried");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new() -> Builder {
        let executor = Settings {
            slow_poll_limit: None,
            deadlock_delay: Some(Duration::from_secs(1)),
            task_times: false,
            seed: SEED,
        };
        Builder { reactor: reactor::Settings::default(), executor }
    }

    /// Time that moves only when everything is idle, and then to the next
    /// deadline. For tests: an hour passes at once, and always the same way.
    ///
    /// It stands still while a blocking call is in flight and while a socket
    /// has a waiter: use `io::duplex` instead of sockets.
    ///
    /// ```
    /// use std::time::Duration;
    /// use onecook::{Builder, time::{Instant, sleep}};
    ///
    /// let runtime = Builder::new().virtual_time().build()?;
    /// let hour = Duration::from_secs(3600);
    /// let slept = runtime.block_on(async {
    ///     let begin = Instant::now();
    ///     sleep(hour).await;
    ///     begin.elapsed()
    /// });
    /// assert_eq!(slept, hour); // to the nanosecond
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[doc(alias = "start_paused")]
    #[doc(alias = "useFakeTimers")]
    pub fn virtual_time(mut self) -> Builder {
        self.reactor.clock = Clock::new_virtual();
        self
    }

    /// Whether virtual time stands still while a socket has a waiter, as it
    /// does by default.
    ///
    /// ```
    /// use std::time::Duration;
    /// use onecook::{Builder, net::UdpSocket, time::timeout};
    ///
    /// let runtime =
    ///     Builder::new().virtual_time().sockets_hold_time(false).build()?;
    /// runtime.block_on(async {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let mut buffer = [0; 8];
    ///     let reading = socket.recv(&mut buffer);
    ///     assert!(timeout(Duration::from_secs(3600), reading).await.is_err());
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn sockets_hold_time(mut self, hold: bool) -> Builder {
        self.reactor.sockets_hold_time = hold;
        self
    }

    /// Reports each poll that holds the thread for longer than `limit`, and by
    /// a watchdog thread also one that is *still* running. Costs two looks at
    /// the clock and a lock per poll. Off by default.
    ///
    /// ```
    /// use std::{thread, time::Duration};
    ///
    /// let limit = Duration::from_millis(1);
    /// let runtime = onecook::Builder::new().slow_poll_limit(limit).build()?;
    /// // On stderr: "onecook: the main future ..."
    /// runtime.block_on(async { thread::sleep(3 * limit) });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn slow_poll_limit(mut self, limit: Duration) -> Builder {
        self.executor.slow_poll_limit = Some(limit);
        self
    }

    /// How long everything must be idle before a suspected deadlock is
    /// reported; 1 s by default, `None` for never. (A *certain* deadlock
    /// panics at once, see [`Runtime::block_on`].)
    ///
    /// ```
    /// let silent = onecook::Builder::new().deadlock_delay(None).build()?;
    /// # assert_eq!(silent.block_on(async { 1 }), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn deadlock_delay(mut self, delay: Option<Duration>) -> Builder {
        self.executor.deadlock_delay = delay;
        self
    }

    /// Measures for each task how long it was ready, running and waiting, see
    /// [`Runtime::task_times`]. Costs a look at the clock per wake and two per
    /// poll. Off by default.
    ///
    /// ```
    /// let runtime = onecook::Builder::new().task_times(true).build()?;
    /// runtime.block_on(async { onecook::spawn(async {}).await }).unwrap();
    /// assert!(!runtime.task_times().is_empty());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn task_times(mut self, measure: bool) -> Builder {
        self.executor.task_times = measure;
        self
    }

    /// What the runtime's choices begin with: who wins a race between two that
    /// are both ready, and the like. With the same seed it chooses the same,
    /// so a run can be played again. There is one by default, always the same.
    ///
    /// ```
    /// use onecook::future::{race, ready};
    ///
    /// let winners = |seed| {
    ///     let runtime = onecook::Builder::new().seed(seed).build().unwrap();
    ///     runtime.block_on(async {
    ///         let mut winners = Vec::new();
    ///         for _ in 0..20 {
    ///             winners.push(race((ready("A"), ready("B"))).await);
    ///         }
    ///         winners
    ///     })
    /// };
    /// assert_eq!(winners(7), winners(7));
    /// assert_ne!(winners(7), winners(8));
    /// ```
    #[doc(alias = "rng_seed")]
    pub fn seed(mut self, seed: u64) -> Builder {
        self.executor.seed = seed;
        self
    }

    /// The most threads for `spawn_blocking` and name lookups, 512 by default.
    ///
    /// ```
    /// // One after another, as on a single thread that may block.
    /// let runtime = onecook::Builder::new().blocking_threads(1).build()?;
    /// let egg = runtime.block_on(async {
    ///     onecook::spawn_blocking(|| "fried").await
    /// });
    /// assert_eq!(egg.unwrap(), "fried");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[doc(alias = "max_blocking_threads")]
    pub fn blocking_threads(mut self, most: usize) -> Builder {
        assert!(most > 0, "a runtime needs at least one blocking thread");
        self.reactor.blocking_threads = most;
        self
    }

    /// How long an idle blocking thread stays, 10 s by default.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let minute = Duration::from_secs(60);
    /// let runtime = onecook::Builder::new().blocking_idle(minute).build()?;
    /// # assert_eq!(runtime.block_on(async { 1 }), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[doc(alias = "thread_keep_alive")]
    pub fn blocking_idle(mut self, idle: Duration) -> Builder {
        self.reactor.blocking_idle = idle;
        self
    }

    /// Makes the runtime.
    ///
    /// ```
    /// let runtime = onecook::Builder::new().seed(7).build()?;
    /// assert_eq!(runtime.block_on(async { "fried" }), "fried");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the kernel grants no descriptors for it.
    pub fn build(self) -> io::Result<Runtime> {
        let reactor = Reactor::new(self.reactor)?;
        Ok(Runtime::around(Executor::new(reactor, &self.executor)))
    }
}
