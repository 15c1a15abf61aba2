//! The loop: poll the main future, run a batch, read the inbox, park.
//!
//! Next: `join_handle.rs`, the first hand-written future.

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use onecook_reactor::reactor::Turn;

use crate::anchor;
use crate::executor::{Entered, Executor, POLLS_PER_LOOK};
use crate::trace::{self, Event};
use crate::waker::MainNode;

thread_local! {
    static RUNNING: Cell<bool> = const { Cell::new(false) };
}

impl Executor {
    /// Runs `future` to its end, and every task beside it.
    #[track_caller]
    pub(crate) fn block_on<F: Future>(
        self: &Rc<Executor>,
        future: F,
    ) -> F::Output {
        let _run = Run::begin(self.clone());
        let mut main = pin!(future);
        loop {
            if let Poll::Ready(output) = self.poll_main(main.as_mut()) {
                return output;
            }
            self.run_batch();
            if !self.inbox.is_empty() {
                self.read_inbox();
            }
            self.turn_reactor();
        }
    }

    /// Polls the main future, if its turn has come.
    fn poll_main<F: Future>(&self, main: Pin<&mut F>) -> Poll<F::Output> {
        if !self.main_is_next.replace(false) {
            return Poll::Pending;
        }
        let Some((id, waker)) = self.with_main(|main| {
            main.node.begin_poll();
            Some((main.node.id(), main.waker.take()?))
        }) else {
            return Poll::Pending;
        };
        self.before_poll(id);
        let poll = main.poll(&mut Context::from_waker(&waker));
        self.after_poll(id, poll.is_ready());
        self.nobody_is_polled();
        self.with_main(|main| main.waker.replace(waker));
        poll
    }

    /// Looks at the reactor: without sleeping if anybody is ready, or will be
    /// in a moment, and then only once in a while; else until something
    /// happens. Only a look that took place puts off the next one: a thread
    /// that answers before we sleep would else keep timers and sockets waiting.
    fn turn_reactor(self: &Rc<Executor>) {
        if self.somebody_is_ready() || self.is_wanted_soon() {
            if self.counters.polls.get() < self.next_look.get() {
                return;
            }
            self.look();
        } else if !self.park() {
            return;
        }
        self.next_look.set(self.counters.polls.get() + POLLS_PER_LOOK);
    }

    /// Looks at timers and sockets without sleeping. The kernel is asked only
    /// once those whom the last turn woke have had their turn: before that it
    /// would say little that is new, for the price of a system call.
    fn look(&self) {
        if self.counters.polls.get() < self.kernel_is_stale_at.get() {
            self.reactor.look_at_timers();
            return;
        }
        self.counters.looks.add(1);
        self.note_turn(self.reactor.turn(Some(Duration::ZERO)));
    }

    fn note_turn(&self, turn: Turn) {
        let polls = self.counters.polls.get();
        self.kernel_is_stale_at.set(polls + turn.sockets as u64);
    }

    fn somebody_is_ready(&self) -> bool {
        self.main_is_next.get() || !self.ready.is_empty()
    }

    /// Sleeps in the reactor until something happens.
    ///
    /// The race: another thread delivers a wake after we read the inbox and
    /// before we sleep. `prepare_to_sleep` says that we sleep and then looks
    /// once more, so either we see the wake, or its sender sees us asleep and
    /// rings. `false`: it has not slept, because somebody is ready after all.
    fn park(self: &Rc<Executor>) -> bool {
        self.ready.shrink();
        if self.check_before_park() && self.somebody_is_ready() {
            return false; // a report's hook is user code: it woke or spawned
        }
        if !self.inbox.prepare_to_sleep() {
            return false;
        }
        let turn = self.reactor.turn(self.park_timeout());
        self.inbox.wake_up();
        self.count_turn(turn);
        true
    }

    /// Whether another thread wants something, now or in a moment. It is waited
    /// for only if it was another thread that ended the last sleep.
    fn is_wanted_soon(&self) -> bool {
        let come = || !self.inbox.is_empty();
        come() || (self.rung.get() && self.patience.look(come))
    }

    fn count_turn(self: &Rc<Executor>, turn: Turn) {
        self.counters.turns.add(1);
        self.note_turn(turn);
        if turn.interrupted {
            self.counters.interrupted_turns.add(1);
        } else if turn.is_empty() {
            self.note_empty_turn();
        } else {
            self.note_progress();
        }
        let only_the_doorbell = Turn { doorbell: true, ..Turn::default() };
        self.rung.set(turn == only_the_doorbell);
        if turn == only_the_doorbell && self.inbox.is_empty() {
            self.counters.late_doorbells.add(1);
        }
    }
}

/// One `block_on`, from begin to end, also if the main future panics.
struct Run {
    executor: Rc<Executor>,
    _entered: Entered,
}

impl Run {
    #[track_caller]
    fn begin(executor: Rc<Executor>) -> Run {
        refuse_inside_a_task();
        RUNNING.set(true);
        let entered = executor.enter();
        trace::emit(|| Event::RunBegin);
        executor.anchor.set(anchor::claim(Rc::as_ptr(&executor)));
        executor.begin_main();
        Run { executor, _entered: entered }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.executor.nobody_is_polled(); // it may have panicked in its poll
        self.executor.end_main();
        self.executor.diagnosis.run_ends();
        self.executor.anchor.replace(anchor::unclaimed()).release();
        trace::emit(|| Event::RunEnd);
        RUNNING.set(false);
    }
}

/// Panics if a `block_on` runs on this thread already.
#[track_caller]
pub(crate) fn refuse_inside_a_task() {
    assert!(
        !RUNNING.get(),
        "`block_on` was called inside a task: it would hold up the thread \
         that runs every other task. `.await` the future instead, or `spawn` \
         it; synchronous code can call it inside `spawn_blocking`"
    );
}

/// The main future's node.
impl Executor {
    fn with_main<T>(
        &self,
        change: impl FnOnce(&mut MainNode) -> Option<T>,
    ) -> Option<T> {
        self.main.borrow_mut().as_mut().and_then(change)
    }

    /// What the main future's wakers do from here on is nothing.
    fn end_main(&self) {
        let main = self.main.take();
        if let Some(main) = main {
            main.node.retire();
            self.diagnosis.done(main.node.id());
        }
        self.main_is_next.set(false);
    }
}
