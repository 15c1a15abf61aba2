//! `Interval`: ticks, one every so often.
//!
//! Next: `net/`, the sockets.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;

use super::sleep::{Sleep, sleep_until};
use crate::clock::Instant;

/// A tick that comes no later than this was not missed: the kernel counts in
/// milliseconds, and other tasks want to run too.
const TOLERANCE: Duration = Duration::from_millis(5);

/// Ticks every `period`; the first tick is ready at once.
///
/// ```
/// use std::time::Duration;
/// use onecook::time::{Instant, interval};
///
/// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
/// # runtime.block_on(async {
/// let second = Duration::from_secs(1);
/// let begin = Instant::now();
/// let mut look = interval(second);
/// for seconds in 0..3 {
///     look.tick().await;
///     assert_eq!(begin.elapsed(), seconds * second);
///     println!("a look into the pan"); // it may take a while
/// }
/// # });
/// ```
///
/// What happens when the work between two ticks takes longer than the period
/// is said by [`MissedTickBehavior`].
///
/// # Panics
///
/// If `period` is zero.
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    interval_at(Instant::now(), period)
}

/// Ticks every `period`, for the first time at `start`.
///
/// ```
/// use std::time::Duration;
/// use onecook::time::{Instant, interval_at};
///
/// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
/// # runtime.block_on(async {
/// let begin = Instant::now();
/// let second = Duration::from_secs(1);
/// let mut look = interval_at(begin + 5 * second, second);
/// look.tick().await;
/// assert_eq!(begin.elapsed(), 5 * second);
/// # });
/// ```
///
/// # Panics
///
/// If `period` is zero.
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert!(
        !period.is_zero(),
        "an interval needs a period longer than zero: with none, every tick \
         would be due at once"
    );
    let next = sleep_until(start);
    Interval { next, period, missed: MissedTickBehavior::default() }
}

/// What an [`Interval`] does about ticks that nobody was there for.
///
/// With a period of 10, and work that held up the tick of 20 until 45:
///
/// ```text
///   due      0    10   20   30   40   50   60   70
///   Burst    0    10            45,45,45  50   60   70    all made up for
///   Delay    0    10            45        55   65   75    a new beat
///   Skip     0    10            45        50   60   70    the old beat
/// ```
///
/// ```
/// # use std::time::Duration;
/// # use onecook::time::{Instant, MissedTickBehavior, interval, sleep};
/// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
/// # runtime.block_on(async {
/// let (begin, second) = (Instant::now(), Duration::from_secs(1));
/// let mut look = interval(second);
/// look.set_missed_tick_behavior(MissedTickBehavior::Skip);
/// look.tick().await;
/// sleep(Duration::from_millis(2_500)).await; // two ticks go by
/// look.tick().await; // at once
/// look.tick().await; // and in the old beat again
/// assert_eq!(begin.elapsed(), 3 * second);
/// # });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum MissedTickBehavior {
    /// Makes up for all missed ticks at once, then goes on in the old beat.
    ///
    /// For counting: the number of ticks is right in the end. It is tokio's
    /// default, and bites those who did not choose it: after an hour of sleep
    /// a laptop sends an hour of heartbeats at once.
    Burst,
    /// Goes on from now: two ticks are never closer than a period (but for a
    /// few milliseconds). **The default, unlike tokio's**, because it is what
    /// a heartbeat, a refresh, or a look at a queue wants.
    #[default]
    Delay,
    /// Leaves the missed ticks out, and goes on in the old beat.
    ///
    /// For what is tied to the clock on the wall: at each full second.
    Skip,
}

impl MissedTickBehavior {
    /// When the tick after a missed one is due.
    fn next(self, due: Instant, now: Instant, period: Duration) -> Instant {
        match self {
            MissedTickBehavior::Burst => due.saturating_add(period),
            MissedTickBehavior::Delay => now.saturating_add(period),
            MissedTickBehavior::Skip => {
                now.saturating_add(until_next_beat(due, now, period))
            }
        }
    }
}

/// How long it is until the next beat, a whole period if one is due now.
fn until_next_beat(due: Instant, now: Instant, period: Duration) -> Duration {
    let late = now.saturating_duration_since(due).as_nanos();
    let since_beat = late % period.as_nanos();
    // It is less than a period, and `late` is less than 2^64.
    period.saturating_sub(Duration::from_nanos(since_beat as u64))
}

/// Ticks. Made by [`interval`] and [`interval_at`].
///
/// It is a [`Stream`] too, which never ends.
///
/// ```
/// # use std::time::Duration;
/// # use onecook::time::{Instant, MissedTickBehavior, interval, sleep};
/// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
/// # runtime.block_on(async {
/// use onecook::stream::StreamExt;
///
/// let look = interval(Duration::from_secs(1));
/// let few = look.take(3).collect::<Vec<_>>().await;
/// assert_eq!(few[2] - few[0], Duration::from_secs(2));
/// # });
/// ```
#[derive(Debug)]
pub struct Interval {
    next: Sleep,
    period: Duration,
    missed: MissedTickBehavior,
}

impl Interval {
    /// Waits for the next tick. Its value is when the tick was due.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use onecook::time::{Instant, MissedTickBehavior, interval, sleep};
    /// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let begin = Instant::now();
    /// let mut look = interval(Duration::from_secs(1));
    /// assert_eq!(look.tick().await, begin);
    /// assert_eq!(look.tick().await, begin + Duration::from_secs(1));
    /// # });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: the tick stays due.
    pub fn tick(&mut self) -> Tick<'_> {
        Tick { interval: Some(self) }
    }

    /// Looks whether a tick is due; if none is, the task is woken by the next.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use onecook::time::{Instant, MissedTickBehavior, interval, sleep};
    /// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
    /// # runtime.block_on(async {
    /// # use std::future::poll_fn;
    /// let begin = Instant::now();
    /// let mut look = interval(Duration::from_secs(1));
    /// assert_eq!(poll_fn(|cx| look.poll_tick(cx)).await, begin);
    /// # });
    /// ```
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        ready!(Pin::new(&mut self.next).poll(cx));
        let due = self.next.deadline();
        self.next.reset(self.after(due));
        Poll::Ready(due)
    }

    /// When the tick after the one of `due` is.
    fn after(&self, due: Instant) -> Instant {
        let now = Instant::now();
        let late = now.saturating_duration_since(due);
        if late <= TOLERANCE.min(self.period) {
            return due.saturating_add(self.period);
        }
        self.missed.next(due, now, self.period)
    }

    /// Puts the next tick a period from now.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use onecook::time::{Instant, MissedTickBehavior, interval, sleep};
    /// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let (begin, second) = (Instant::now(), Duration::from_secs(1));
    /// let mut silence = interval(3 * second);
    /// silence.tick().await;
    /// sleep(2 * second).await;
    /// silence.reset(); // somebody spoke
    /// silence.tick().await;
    /// assert_eq!(begin.elapsed(), 5 * second);
    /// # });
    /// ```
    pub fn reset(&mut self) {
        self.reset_after(self.period);
    }

    /// Makes a tick due at once.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use onecook::time::{Instant, MissedTickBehavior, interval, sleep};
    /// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let begin = Instant::now();
    /// let mut look = interval(Duration::from_secs(60));
    /// look.tick().await;
    /// look.reset_immediately();
    /// look.tick().await;
    /// assert_eq!(begin.elapsed(), Duration::ZERO);
    /// # });
    /// ```
    pub fn reset_immediately(&mut self) {
        self.reset_at(Instant::now());
    }

    /// Puts the next tick `after` from now.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use onecook::time::{Instant, MissedTickBehavior, interval, sleep};
    /// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let begin = Instant::now();
    /// let mut look = interval(Duration::from_secs(60));
    /// look.reset_after(Duration::from_secs(5));
    /// look.tick().await;
    /// assert_eq!(begin.elapsed(), Duration::from_secs(5));
    /// # });
    /// ```
    pub fn reset_after(&mut self, after: Duration) {
        self.reset_at(Instant::now().saturating_add(after));
    }

    /// Puts the next tick at `deadline`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use onecook::time::{Instant, MissedTickBehavior, interval, sleep};
    /// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let noon = Instant::now() + Duration::from_secs(5);
    /// let mut bell = interval(Duration::from_secs(60));
    /// bell.reset_at(noon);
    /// assert_eq!(bell.tick().await, noon);
    /// # });
    /// ```
    pub fn reset_at(&mut self, deadline: Instant) {
        self.next.reset(deadline);
    }

    /// The time between two ticks.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use onecook::time::{Instant, MissedTickBehavior, interval, sleep};
    /// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let look = interval(Duration::from_secs(1));
    /// assert_eq!(look.period(), Duration::from_secs(1));
    /// # });
    /// ```
    #[must_use]
    pub fn period(&self) -> Duration {
        self.period
    }

    /// What happens about missed ticks.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use onecook::time::{Instant, MissedTickBehavior, interval, sleep};
    /// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let look = interval(Duration::from_secs(1));
    /// assert_eq!(look.missed_tick_behavior(), MissedTickBehavior::Delay);
    /// # });
    /// ```
    #[must_use]
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed
    }

    /// Says what is to happen about missed ticks.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use onecook::time::{Instant, MissedTickBehavior, interval, sleep};
    /// # let runtime = onecook::Builder::new().virtual_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let mut count = interval(Duration::from_secs(1));
    /// count.set_missed_tick_behavior(MissedTickBehavior::Burst);
    /// count.tick().await;
    /// sleep(Duration::from_secs(9)).await;
    /// let begin = Instant::now();
    /// for _ in 0..9 {
    ///     count.tick().await; // each of them, one after the other
    /// }
    /// assert_eq!(begin.elapsed(), Duration::ZERO);
    /// # });
    /// ```
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.missed = behavior;
    }
}

impl Stream for Interval {
    type Item = Instant;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Instant>> {
        self.get_mut().poll_tick(cx).map(Some)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}

/// The future of [`Interval::tick`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited or polled"]
pub struct Tick<'a> {
    interval: Option<&'a mut Interval>,
}

impl Future for Tick<'_> {
    type Output = Instant;

    /// # Panics
    ///
    /// When polled outside a runtime, or after it was done.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Instant> {
        let this = self.get_mut();
        let interval = this.interval.as_mut();
        let interval = interval.expect("`Tick` polled after it was done");
        let due = ready!(interval.poll_tick(cx));
        this.interval = None;
        Poll::Ready(due)
    }
}
