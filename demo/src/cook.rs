//! The cook: spawns a task per egg, then waits for one after another. All of
//! them are in the pan meanwhile, so waiting in order costs nothing.
//!
//! Next: `by.rs`, whose machine it is.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::mem;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::mpsc::Sender;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use onecook::time::{self, Instant, Sleep};
use onecook::{JoinError, JoinHandle, TaskId, spawn_named};

use crate::by::By;
use crate::egg::{Egg, FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};

/// So many eggs are ordered before anybody else has a turn.
const AT_A_TIME: usize = 64;

type FryTask = JoinHandle<Result<Egg, FryError>>;

/// The main future: from orders to plates.
pub struct Cook {
    orders: VecDeque<Rc<Order>>,
    by: By,
    limit: Duration,
    most_in_pan: usize,
    in_pan: VecDeque<InPan>,
    alarm: Option<Sleep>,
    plates: Vec<Plate>,
    door: Option<Sender<Infallible>>,
}

/// An egg in the pan.
struct InPan {
    order: Rc<Order>,
    task: FryTask,
    number: u64,
    began: Instant,
    given_up: bool,
}

/// An egg on a plate, or the reason why it is not.
#[derive(Debug)]
pub struct Plate {
    /// Which egg.
    pub name: String,
    /// Who was asked.
    pub server: SocketAddr,
    /// The task that fried it.
    pub task: u64,
    /// When its task was spawned.
    pub began: Instant,
    /// When it was done, as far as the cook knows.
    pub ended: Instant,
    /// How it went.
    pub result: Result<Egg, FryError>,
}

impl Cook {
    /// A cook who fries `orders`, gives an egg up after `limit`, and has no
    /// more than `most_in_pan` at once.
    #[must_use]
    pub fn new(
        orders: Vec<Rc<Order>>,
        by: By,
        limit: Duration,
        most_in_pan: usize,
    ) -> Cook {
        Cook {
            plates: Vec::with_capacity(orders.len()),
            orders: orders.into(),
            by,
            limit,
            most_in_pan: most_in_pan.max(1),
            in_pan: VecDeque::new(),
            alarm: None,
            door: None,
        }
    }

    /// Whoever waits at the other end of `door` is let in at the first poll.
    ///
    /// The server on its own thread waits there: so the cook's runtime runs
    /// first, and a debugger finds it in the first place.
    #[must_use]
    pub fn opening(mut self, door: Sender<Infallible>) -> Cook {
        self.door = Some(door);
        self
    }

    /// Cracks a few eggs at a time, so that the first are in the pan before
    /// the last are ordered.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..AT_A_TIME {
            if self.in_pan.len() == self.most_in_pan {
                return Poll::Ready(());
            }
            let Some(order) = self.orders.pop_front() else {
                return Poll::Ready(());
            };
            self.put_in(order);
        }
        cx.waker().wake_by_ref(); // behind the eggs, in the ready queue
        Poll::Pending
    }

    fn put_in(&mut self, order: Rc<Order>) {
        let began = Instant::now();
        let task = self.spawn(&order);
        let number = task.id().map_or(0, TaskId::number);
        let given_up = false;
        let egg = InPan { order, task, number, began, given_up };
        self.in_pan.push_back(egg);
    }

    fn spawn(&self, order: &Rc<Order>) -> FryTask {
        let (name, order) = (order.name.clone(), order.clone());
        match self.by {
            By::Machine => spawn_named(name, FryEgg::new(order)),
            By::Async => spawn_named(name, fry_egg(order)),
        }
    }

    /// Waits for the first egg in the pan, but not for ever.
    fn poll_first(&mut self, cx: &mut Context<'_>) -> Poll<Plate> {
        let limit = self.limit;
        let first = self.in_pan.front_mut().expect("an egg in the pan");
        if let Poll::Ready(result) = Pin::new(&mut first.task).poll(cx) {
            return Poll::Ready(first.plate(result, limit));
        }
        if first.given_up {
            return Poll::Pending; // it ends at its task's next turn
        }
        let deadline = first.began.saturating_add(limit);
        ready!(self.poll_alarm(deadline, cx));
        if let Some(first) = self.in_pan.front_mut() {
            first.given_up = true;
            first.task.abort();
        }
        Poll::Pending
    }

    /// One alarm clock for all eggs: it goes off for the oldest, and is wound
    /// up again only then.
    fn poll_alarm(
        &mut self,
        deadline: Instant,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let alarm =
            self.alarm.get_or_insert_with(|| time::sleep_until(deadline));
        loop {
            ready!(Pin::new(&mut *alarm).poll(cx));
            if alarm.deadline() >= deadline {
                return Poll::Ready(());
            }
            alarm.reset(deadline);
        }
    }
}

impl InPan {
    fn plate(
        &self,
        result: Result<Result<Egg, FryError>, JoinError>,
        limit: Duration,
    ) -> Plate {
        let result = result.unwrap_or_else(|error| {
            let timed_out = self.given_up && error.is_cancelled();
            Err(if timed_out {
                FryError::TimedOut(limit)
            } else {
                FryError::Lost(error.to_string())
            })
        });
        let ended = match &result {
            Ok(egg) => Instant::from_std(egg.finished),
            Err(_) => Instant::now(),
        };
        Plate {
            name: self.order.name.clone(),
            server: self.order.server,
            task: self.number,
            began: self.began,
            ended,
            result,
        }
    }
}

impl Future for Cook {
    type Output = Vec<Plate>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Vec<Plate>> {
        let this = self.get_mut();
        this.door = None;
        loop {
            ready!(this.poll_fill(cx));
            if this.in_pan.is_empty() {
                return Poll::Ready(mem::take(&mut this.plates));
            }
            let plate = ready!(this.poll_first(cx));
            this.in_pan.pop_front();
            this.plates.push(plate);
        }
    }
}
