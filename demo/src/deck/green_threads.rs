//! Slide 19, "Coroutines, green threads": code that looks blocking on small
//! stacks, and a wait group.
//!
//! `fry_egg` below is the one of slide 10, line by line, and it blocks: but
//! not the thread. It runs on a stack of its own, and where it would have to
//! wait it leaves that stack as it is and goes back to whoever was there
//! before: `suspend`. To go on, one goes to that stack again: `resume`. So no
//! state has to be written down, by nobody: it is in the stack, with all
//! functions that were on their way when it stopped.
//!
//! That is why any function may wait, deep below, and none is `async`. The
//! price is a stack for each, where an `FryEgg` takes 80 bytes: here 1 MiB is
//! set aside, of which the system hands out what is touched.
//!
//! To the executor a green thread is a task like any other, and its sockets
//! wait in the same reactor. All four of them run on one OS thread, in turns.
//! Go has several threads below, and takes a goroutine off its thread when it
//! stays there for long; ours go when they have to wait, and only then.
//!
//! ```text
//!   executor's stack   poll ─▶ resume ┐   ┌─▶ Pending      poll ─▶ resume ┐
//!                                     │   │                               │
//!   green thread's     fry_egg ▶ read ▼   │ suspend              it reads ▼
//!   own stack          (would block) ─────┘   . . . . . . . . . . . . . .
//!
//!   WaitGroup   add ─▶ 1 2 3 4 ── wait ──▶ done ─▶ 3 2 1 0 ── wakes main
//! ```
//!
//! Next: `actors.rs`.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;

use corosensei::{Coroutine, CoroutineResult, Yielder};
use onecook::net::TcpStream;
use onecook::spawn_named;

use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::egg::{Egg, FryError, Order};
use crate::http::reply::Reply;

/// Fries an egg, and the green thread waits for it.
fn fry_egg(green: &Green<'_>, order: &Order) -> Result<Egg, FryError> {
    let connection = green.connect(order.server);
    let connection = connection.map_err(FryError::Connect)?;

    connection.write_all(&order.request).map_err(FryError::Write)?;

    let mut reply = Reply::default();
    loop {
        let read = connection.read(reply.space());
        let count = read.map_err(FryError::Read)?;
        if let Some(answer) = reply.received(count)? {
            return Egg::from_answer(answer);
        }
    }
}

/// The program: starts a green thread for each egg, and waits for all.
fn fry_four(green: &Green<'_>, griddle: &Griddle) -> Result<(), FryError> {
    let wait_group = Rc::new(WaitGroup::default());
    let failed = Rc::new(Cell::new(None));
    let os_thread = thread::current().id();

    for name in ["A", "B", "C", "D"] {
        wait_group.add();
        let (griddle, order) = (griddle.clone(), griddle.order(name));
        let (wait_group, failed) = (wait_group.clone(), failed.clone());
        go(name, move |green| {
            griddle.note(name, "Suspended");
            match fry_egg(green, &order) {
                Ok(egg) => griddle.say(egg.text),
                Err(why) => failed.set(Some(why)),
            }
            griddle.note(name, "Done");
            let same = thread::current().id() == os_thread;
            griddle.claim("all of them share one OS thread", same);
            wait_group.done();
        });
    }

    griddle.claim("four are waited for", wait_group.count() == 4);
    wait_group.wait(green);
    griddle.claim("none is waited for", wait_group.count() == 0);
    failed.take().map_or(Ok(()), Err)
}

/// Starts a green thread.
fn go(name: &str, body: impl FnOnce(&Green<'_>) + 'static) {
    drop(spawn_named(name, green_thread(body)));
}

/// A green thread, as the executor sees it: a future.
fn green_thread<T: 'static>(
    body: impl FnOnce(&Green<'_>) -> T + 'static,
) -> impl Future<Output = T> {
    let mut stack = Coroutine::new(move |yielder, waker| {
        body(&Green { yielder, waker: RefCell::new(waker) })
    });
    poll_fn(move |cx| match stack.resume(cx.waker().clone()) {
        CoroutineResult::Yield(()) => Poll::Pending,
        CoroutineResult::Return(output) => Poll::Ready(output),
    })
}

/// A green thread, as it sees itself: it can wait.
struct Green<'a> {
    yielder: &'a Yielder<Waker, ()>,
    waker: RefCell<Waker>,
}

impl Green<'_> {
    /// Waits until `poll` is ready. Whoever called, up to the first function
    /// of this green thread, stays where it is meanwhile.
    fn wait<T>(&self, mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
        loop {
            let waker = self.waker.borrow().clone();
            let polled = poll(&mut Context::from_waker(&waker));
            if let Poll::Ready(output) = polled {
                return output;
            }
            let waker = self.yielder.suspend(()); // here the others run
            self.waker.replace(waker);
        }
    }

    fn connect(&self, server: SocketAddr) -> io::Result<Connection<'_>> {
        let socket = TcpStream::start_connect(server)?;
        self.wait(|cx| socket.poll_connect(cx))?;
        Ok(Connection { green: self, socket })
    }
}

/// A connection that seems to block.
struct Connection<'a> {
    green: &'a Green<'a>,
    socket: TcpStream,
}

impl Connection<'_> {
    fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = self.green.wait(|cx| self.socket.poll_write(cx, rest));
            rest = &rest[count?..];
        }
        Ok(())
    }

    fn read(&self, space: &mut [u8]) -> io::Result<usize> {
        self.green.wait(|cx| self.socket.poll_read(cx, space))
    }
}

/// Counts those who are not done, and lets one wait for the last.
#[derive(Default)]
struct WaitGroup {
    count: Cell<u32>,
    waiting: Cell<Option<Waker>>,
}

impl WaitGroup {
    fn count(&self) -> u32 {
        self.count.get()
    }

    /// One more is under way.
    fn add(&self) {
        self.count.set(self.count() + 1);
    }

    /// One of them is done.
    fn done(&self) {
        self.count.set(self.count() - 1);
        if self.count() > 0 {
            return;
        }
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }

    /// Waits until all of them are done.
    fn wait(&self, green: &Green<'_>) {
        green.wait(|cx| self.poll_wait(cx));
    }

    fn poll_wait(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.count() == 0 {
            return Poll::Ready(());
        }
        self.waiting.set(Some(cx.waker().clone()));
        Poll::Pending
    }
}

fn run(griddle: &Griddle) -> Result<(), FryError> {
    let cook = griddle.clone();
    griddle.block_on(green_thread(move |green| fry_four(green, &cook)))
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[19],
    public: &[19],
    slug: "green-threads",
    title: "Coroutines, green threads",
    about: "code that looks blocking on small stacks, and a wait group",
    parts: &[Part {
        name: "four green threads",
        machine: None,
        expected: Expected::takes(1.0)
            .in_pan(4)
            .served(4)
            .left(0)
            .says_in_any_order(&["A", "B", "C", "D"]),
        run,
    }],
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::Wake;

    struct Bell;

    impl Wake for Bell {
        fn wake(self: Arc<Bell>) {}
    }

    fn waker() -> Waker {
        Arc::new(Bell).into()
    }

    #[test]
    fn a_green_thread_that_is_dropped_gives_back_what_is_on_its_stack() {
        let held = Rc::new(());
        let on_stack = held.clone();
        let mut green = Box::pin(green_thread(move |green| {
            green.wait(|_| Poll::<()>::Pending);
            drop(on_stack);
        }));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(green.as_mut().poll(&mut cx).is_pending());
        assert_eq!(Rc::strong_count(&held), 2);
        drop(green);
        assert_eq!(Rc::strong_count(&held), 1);
    }

    #[test]
    fn deep_below_it_waits_for_whoever_polled_last() {
        fn deep_below(green: &Green<'_>, depth: u32) -> Waker {
            if depth > 0 {
                return deep_below(green, depth - 1);
            }
            let mut polls = 0;
            green.wait(|cx| {
                polls += 1;
                let newest = cx.waker().clone();
                if polls < 3 { Poll::Pending } else { Poll::Ready(newest) }
            })
        }
        let mut green = pin!(green_thread(|green| deep_below(green, 10)));
        let wakers = [waker(), waker(), waker()];
        for old in &wakers[..2] {
            let polled = green.as_mut().poll(&mut Context::from_waker(old));
            assert!(polled.is_pending());
        }
        let mut cx = Context::from_waker(&wakers[2]);
        let Poll::Ready(newest) = green.poll(&mut cx) else {
            panic!("ready at the third poll")
        };
        assert!(newest.will_wake(&wakers[2]));
    }

    #[test]
    #[should_panic(expected = "the egg fell down")]
    fn a_panic_on_a_green_stack_is_that_of_its_task() {
        onecook::block_on(green_thread(|_| panic!("the egg fell down")));
    }

    #[test]
    fn nobody_waits_for_a_group_of_none() {
        onecook::block_on(green_thread(|green| {
            WaitGroup::default().wait(green);
        }));
    }
}
