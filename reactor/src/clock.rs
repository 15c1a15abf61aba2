//! The clock: real time, or time that moves only when nothing else does.
//!
//! A virtual clock makes tests of timers exact and instant. It stands still
//! while any task can run; when everything is idle, the reactor moves it to
//! the next deadline and no further, so that a task between two deadlines
//! sees the time of its own.
//!
//! Next: `time/`, the futures over clock and timers.

use std::cell::Cell;
use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::sync::LazyLock;
use std::time::{Duration, Instant as StdInstant};

use crate::context;

/// Where the nanoseconds of [`Instant`] are counted from. A day before the
/// first look at the clock, so that instants a little in the past exist too.
static ORIGIN: LazyLock<StdInstant> = LazyLock::new(|| {
    let now = StdInstant::now();
    now.checked_sub(Duration::from_secs(86_400)).unwrap_or(now)
});

/// A point in time, on the clock of the runtime that is entered.
///
/// Nanoseconds in 64 bits: half the size of `std::time::Instant`, compared in
/// one instruction, good for 584 years.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    nanos: u64,
}

impl Instant {
    /// A point so far away that no timer waits for it.
    pub const FAR_FUTURE: Instant = Instant { nanos: u64::MAX };

    /// Now, on the virtual clock if the runtime entered has one.
    #[must_use]
    pub fn now() -> Instant {
        match context::current() {
            Some(reactor) => reactor.now(),
            None => Instant::real_now(),
        }
    }

    fn real_now() -> Instant {
        Instant::from_std(StdInstant::now())
    }

    /// The same point as std counts it.
    ///
    /// # Panics
    ///
    /// For [`FAR_FUTURE`](Instant::FAR_FUTURE) where std cannot express it.
    #[must_use]
    pub fn into_std(self) -> StdInstant {
        *ORIGIN + Duration::from_nanos(self.nanos)
    }

    /// The same point as Onecook counts it. What is earlier than a day before
    /// the process asked for the time first becomes that.
    #[must_use]
    pub fn from_std(instant: StdInstant) -> Instant {
        let since = instant.saturating_duration_since(*ORIGIN);
        Instant { nanos: saturating_nanos(since) }
    }

    /// The time from `earlier` to this point, zero if that is later.
    #[must_use]
    pub fn saturating_duration_since(self, earlier: Instant) -> Duration {
        Duration::from_nanos(self.nanos.saturating_sub(earlier.nanos))
    }

    /// The time from `earlier` to this point, zero if that is later (as std
    /// has it).
    #[must_use]
    pub fn duration_since(self, earlier: Instant) -> Duration {
        self.saturating_duration_since(earlier)
    }

    /// The time from `earlier` to this point, `None` if that is later.
    #[must_use]
    pub fn checked_duration_since(self, earlier: Instant) -> Option<Duration> {
        self.nanos.checked_sub(earlier.nanos).map(Duration::from_nanos)
    }

    /// How long ago this was, zero if it lies ahead.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        Instant::now().saturating_duration_since(self)
    }

    /// This point plus `duration`, `None` on overflow.
    #[must_use]
    pub fn checked_add(self, duration: Duration) -> Option<Instant> {
        let nanos = u64::try_from(duration.as_nanos()).ok()?;
        Some(Instant { nanos: self.nanos.checked_add(nanos)? })
    }

    /// This point minus `duration`, `None` on overflow.
    #[must_use]
    pub fn checked_sub(self, duration: Duration) -> Option<Instant> {
        let nanos = u64::try_from(duration.as_nanos()).ok()?;
        Some(Instant { nanos: self.nanos.checked_sub(nanos)? })
    }

    /// This point plus `duration`,
    /// [`FAR_FUTURE`](Instant::FAR_FUTURE) on overflow.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Instant {
        self.checked_add(duration).unwrap_or(Instant::FAR_FUTURE)
    }
}

fn saturating_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Instant::FAR_FUTURE => f.write_str("Instant(far future)"),
            Instant { nanos } => {
                write!(f, "Instant({:?})", Duration::from_nanos(nanos))
            }
        }
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    /// # Panics
    ///
    /// On overflow, as std's does.
    fn add(self, duration: Duration) -> Instant {
        self.checked_add(duration).expect("overflow when adding to an instant")
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Instant;

    /// # Panics
    ///
    /// On overflow, as std's does.
    fn sub(self, duration: Duration) -> Instant {
        self.checked_sub(duration)
            .expect("overflow when subtracting from an instant")
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

impl Sub<Instant> for Instant {
    type Output = Duration;

    fn sub(self, earlier: Instant) -> Duration {
        self.saturating_duration_since(earlier)
    }
}

impl From<StdInstant> for Instant {
    fn from(instant: StdInstant) -> Instant {
        Instant::from_std(instant)
    }
}

impl From<Instant> for StdInstant {
    fn from(instant: Instant) -> StdInstant {
        instant.into_std()
    }
}

/// Which time a reactor lives by.
#[derive(Debug)]
pub enum Clock {
    /// The machine's monotonic clock.
    Real,
    /// Time that stands still until the reactor moves it.
    Virtual {
        /// What [`Instant::now`] answers.
        now: Cell<Instant>,
    },
}

impl Clock {
    /// A virtual clock. It starts at the real time.
    #[must_use]
    pub fn new_virtual() -> Clock {
        Clock::Virtual { now: Cell::new(Instant::real_now()) }
    }

    /// The time by this clock.
    #[must_use]
    pub fn now(&self) -> Instant {
        match self {
            Clock::Real => Instant::real_now(),
            Clock::Virtual { now } => now.get(),
        }
    }

    /// Whether time stands still until the reactor moves it.
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        matches!(self, Clock::Virtual { .. })
    }

    /// Moves a virtual clock forward to `deadline`. Never back.
    pub(crate) fn advance_to(&self, deadline: Instant) {
        if let Clock::Virtual { now } = self {
            now.set(now.get().max(deadline));
        }
    }
}
