//! Machines with a fault in each, beside the right one: whoever compares must
//! tell them apart.
//!
//! ```text
//!   Start ──▶ Heating ──▶ Frying ──▶ Resting ──▶ Done
//! ```

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use onecook::time::{Sleep, sleep};

use crate::compare::Pair;
use crate::egg::{Egg, FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};
use crate::orders::{order, told};

type Fried = Result<Egg, FryError>;

/// How long the pan is heated, and the egg rests.
const TIME: Duration = Duration::from_secs(1);

/// Heats the pan, fries an egg, and lets it rest.
///
/// # Errors
///
/// When the egg cannot be fried.
pub async fn simmer(order: Rc<Order>, time: Duration) -> Fried {
    sleep(time).await;
    let egg = fry_egg(order).await?;
    sleep(time * 2).await;
    Ok(egg)
}

/// The right machine; and, by number, with one fault in what it does.
#[derive(Debug)]
pub enum Simmer<const FAULT: u8> {
    /// Nothing has happened.
    Start {
        /// What is asked for.
        order: Rc<Order>,
        /// How long to heat.
        time: Duration,
    },
    /// Waits until the pan is hot.
    Heating {
        /// Until then.
        heated: Sleep,
        /// What is asked for.
        order: Rc<Order>,
        /// How long to heat.
        time: Duration,
    },
    /// Waits for the egg.
    Frying {
        /// The egg on its way.
        egg: FryEgg,
        /// How long to heat.
        time: Duration,
    },
    /// Waits until the egg has rested.
    Resting {
        /// Until then.
        rested: Sleep,
        /// The egg.
        egg: Egg,
    },
    /// Between two states.
    Moving,
    /// Waits for nothing any more.
    Done,
}

/// No fault.
pub const NONE: u8 = 0;
/// An argument off by one.
pub const OFF_BY_ONE: u8 = 1;
/// It returns `Pending` although nobody will wake it.
pub const LOST_WAKE: u8 = 2;
/// It wakes itself for nothing.
pub const NEEDLESS_WAKE: u8 = 3;
/// It polls the next future in the next turn only, and sees to it itself.
pub const ONE_TURN_LATE: u8 = 4;
/// A failed egg is dropped one state late.
pub const GOES_ON: u8 = 5;

impl<const FAULT: u8> Future for Simmer<FAULT> {
    type Output = Fried;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Fried> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = Simmer::Done;
        Poll::Ready(output)
    }
}

impl<const FAULT: u8> Simmer<FAULT> {
    /// A machine that will do what [`simmer`] does, but for its fault.
    #[must_use]
    pub fn new(order: Rc<Order>, time: Duration) -> Simmer<FAULT> {
        Simmer::Start { order, time }
    }

    fn poll_states(&mut self, cx: &mut Context<'_>) -> Poll<Fried> {
        loop {
            match self {
                Simmer::Start { .. } => self.poll_start(),
                Simmer::Heating { .. } => ready!(self.poll_heating(cx)),
                Simmer::Frying { .. } => ready!(self.poll_frying(cx))?,
                Simmer::Resting { .. } => return self.poll_resting(cx),
                Simmer::Moving | Simmer::Done => {
                    panic!("`Simmer` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let Simmer::Start { order, time } = self.take() else { elsewhere() };
        *self = Simmer::Heating { heated: sleep(time), order, time };
    }

    fn poll_heating(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Simmer::Heating { heated, .. } = self else { elsewhere() };
        ready!(Pin::new(heated).poll(cx));

        let Simmer::Heating { order, time, .. } = self.take() else {
            elsewhere()
        };
        *self = Simmer::Frying { egg: FryEgg::new(order), time };
        if FAULT == LOST_WAKE {
            return Poll::Pending;
        }
        if FAULT == ONE_TURN_LATE {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    fn poll_frying(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), FryError>> {
        let Simmer::Frying { egg, time } = self else { elsewhere() };
        let time = *time;
        if FAULT == NEEDLESS_WAKE {
            cx.waker().wake_by_ref();
        }
        let outcome = ready!(Pin::new(egg).poll(cx));
        drop(self.take());
        if FAULT == GOES_ON && outcome.is_err() {
            drop(sleep(time * 2));
        }
        let egg = outcome?;

        let more = u64::from(FAULT == OFF_BY_ONE);
        let rested = sleep(time * 2 + Duration::from_nanos(more));
        *self = Simmer::Resting { rested, egg };
        Poll::Ready(Ok(()))
    }

    fn poll_resting(&mut self, cx: &mut Context<'_>) -> Poll<Fried> {
        let Simmer::Resting { rested, .. } = self else { elsewhere() };
        ready!(Pin::new(rested).poll(cx));

        let Simmer::Resting { egg, .. } = self.take() else { elsewhere() };
        Poll::Ready(Ok(egg))
    }

    /// Moves the state out.
    fn take(&mut self) -> Simmer<FAULT> {
        mem::replace(self, Simmer::Moving)
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

/// The fault: an awaited future is dropped one state late; so a state saves
/// what the compiler does not save.
#[derive(Debug)]
pub enum SimmerLate {
    /// Waits until the pan is hot.
    Heating {
        /// Until then.
        heated: Option<Sleep>,
        /// What is asked for.
        order: Rc<Order>,
        /// How long to heat.
        time: Duration,
    },
    /// Waits for the egg.
    Frying {
        /// The egg on its way.
        egg: FryEgg,
        /// How long to heat.
        time: Duration,
        /// Over, and still here.
        heated: Option<Sleep>,
    },
    /// Waits until the egg has rested.
    Resting {
        /// Until then.
        rested: Sleep,
        /// The egg.
        egg: Option<Egg>,
    },
    /// Waits for nothing any more.
    Done,
}

impl SimmerLate {
    /// A machine that does what [`simmer`] does, one drop late.
    #[must_use]
    pub fn new(order: Rc<Order>, time: Duration) -> SimmerLate {
        SimmerLate::Heating { heated: None, order, time }
    }
}

impl Future for SimmerLate {
    type Output = Fried;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Fried> {
        let this = self.get_mut();
        loop {
            match this {
                SimmerLate::Heating { heated, order, time } => {
                    let (order, time) = (order.clone(), *time);
                    let sleep = heated.get_or_insert_with(|| sleep(time));
                    ready!(Pin::new(sleep).poll(cx));
                    let (egg, heated) = (FryEgg::new(order), heated.take());
                    *this = SimmerLate::Frying { egg, time, heated };
                }
                SimmerLate::Frying { egg, time, .. } => {
                    let time = *time;
                    match ready!(Pin::new(egg).poll(cx)) {
                        Ok(egg) => {
                            let (egg, rested) = (Some(egg), sleep(time * 2));
                            *this = SimmerLate::Resting { rested, egg };
                        }
                        Err(why) => {
                            *this = SimmerLate::Done;
                            return Poll::Ready(Err(why));
                        }
                    }
                }
                SimmerLate::Resting { rested, egg } => {
                    ready!(Pin::new(rested).poll(cx));
                    let egg = egg.take();
                    *this = SimmerLate::Done;
                    return Poll::Ready(Ok(egg.expect("an egg that rests")));
                }
                SimmerLate::Done => {
                    panic!("`SimmerLate` polled after it was done")
                }
            }
        }
    }
}

/// The fault: a state too many.
#[derive(Debug)]
pub enum SimmerMore {
    /// Nothing has happened.
    Start {
        /// What is asked for.
        order: Rc<Order>,
        /// How long to heat.
        time: Duration,
    },
    /// Waits until the pan is hot.
    Heating {
        /// Until then.
        heated: Sleep,
        /// What is asked for.
        order: Rc<Order>,
        /// How long to heat.
        time: Duration,
    },
    /// Waits for the egg.
    Frying {
        /// The egg on its way.
        egg: FryEgg,
        /// How long to heat.
        time: Duration,
    },
    /// Waits for nobody knows what.
    Turning {
        /// The egg.
        egg: Egg,
    },
    /// Waits until the egg has rested.
    Resting {
        /// Until then.
        rested: Sleep,
        /// The egg.
        egg: Egg,
    },
    /// Waits for nothing any more.
    Done,
}

/// The fault: it polls with the waker of its first poll, for ever.
struct FirstWaker {
    machine: Simmer<NONE>,
    waker: Option<Waker>,
}

impl Future for FirstWaker {
    type Output = Fried;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Fried> {
        let this = self.get_mut();
        let waker = this.waker.get_or_insert_with(|| cx.waker().clone());
        let mut cx = Context::from_waker(waker);
        Pin::new(&mut this.machine).poll(&mut cx)
    }
}

/// The fault: an argument lives too long.
struct KeepsOrder {
    machine: Simmer<NONE>,
    _order: Rc<Order>,
}

impl Future for KeepsOrder {
    type Output = Fried;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Fried> {
        Pin::new(&mut self.get_mut().machine).poll(cx)
    }
}

/// The right machine beside its `async fn`.
#[must_use]
pub fn right() -> Pair {
    with_fault::<NONE>("Simmer")
}

/// The machines with a fault that can be seen in what they do, and what must
/// be the first thing that gives them away.
#[must_use]
pub fn all() -> Vec<(Pair, &'static str)> {
    vec![
        (
            with_fault::<OFF_BY_ONE>("an argument off by one"),
            "sleep 2: 2.000000001s",
        ),
        (with_fault::<LOST_WAKE>("a lost wake"), "stuck: nobody will wake it"),
        (with_fault::<NEEDLESS_WAKE>("a needless wake"), "it wakes itself"),
        (
            with_fault::<ONE_TURN_LATE>("a poll one turn late"),
            "it wakes itself",
        ),
        (with_fault::<GOES_ON>("it goes on after an error"), "sleep 2: 2s"),
        (
            Pair::new(
                "an awaited future dropped one state late",
                || simmer(order('A'), TIME),
                || SimmerLate::new(order('A'), TIME),
                told,
            ),
            "socket 1: begin 127.0.0.1:3001 = done",
        ),
        (
            Pair::new(
                "the waker of the first poll",
                || simmer(order('A'), TIME),
                || FirstWaker { machine: right_one(order('A')), waker: None },
                told,
            ),
            "sleep 2: elapse (other waker) = done",
        ),
        (
            Pair::new(
                "an argument that lives too long",
                || simmer(order('A'), TIME),
                || {
                    let order = order('A');
                    let machine = right_one(order.clone());
                    KeepsOrder { machine, _order: order }
                },
                told,
            ),
            "sleep 2: 2s",
        ),
    ]
}

fn right_one(order: Rc<Order>) -> Simmer<NONE> {
    Simmer::new(order, TIME)
}

fn with_fault<const FAULT: u8>(name: &'static str) -> Pair {
    Pair::new(
        name,
        || simmer(order('A'), TIME),
        || Simmer::<FAULT>::new(order('A'), TIME),
        told,
    )
}

/// A machine that need not run: its states are looked at.
#[must_use]
pub fn with_a_state_too_many() -> SimmerMore {
    SimmerMore::Start { order: order('A'), time: TIME }
}
