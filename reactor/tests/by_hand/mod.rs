//! Polling by hand: a reactor that is entered, flags that are wakers, and the
//! shortest loop that finishes a future.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use onecook_reactor::context::Entered;
use onecook_reactor::reactor::{Doorbell, Settings};
use onecook_reactor::{Clock, Reactor};

/// Longer than any event of a healthy test takes.
pub const LONG: Duration = Duration::from_secs(8);

/// Any free port of this machine.
pub fn local() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

/// A reactor, entered.
pub struct Hand {
    _entered: Entered,
    pub reactor: Rc<Reactor>,
}

impl Hand {
    pub fn new() -> Hand {
        Hand::with(Settings::default())
    }

    pub fn with_virtual_clock() -> Hand {
        Hand::with(Settings {
            clock: Clock::new_virtual(),
            ..Settings::default()
        })
    }

    pub fn with(settings: Settings) -> Hand {
        let reactor = Reactor::new(settings).unwrap();
        Hand { _entered: reactor.enter(), reactor }
    }

    /// One turn, which has to bring something.
    #[track_caller]
    pub fn turn(&self) {
        let turn = self.reactor.turn(Some(LONG));
        assert!(!turn.is_empty(), "nothing happened for {LONG:?}: it hangs");
    }

    #[track_caller]
    pub fn turn_until(&self, flag: &Flag) {
        while !flag.take() {
            self.turn();
        }
    }

    /// Polls a future, whenever it was woken, until it is ready.
    #[track_caller]
    pub fn finish<F: Future + Unpin>(&self, mut future: F) -> F::Output {
        let flag = Arc::new(Flag {
            woken: AtomicBool::new(false),
            doorbell: Some(self.reactor.doorbell()),
        });
        let waker = flag.waker();
        let mut cx = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(it) = Pin::new(&mut future).poll(&mut cx) {
                return it;
            }
            self.turn_until(&flag);
        }
    }
}

/// A waker that remembers that it was woken.
#[derive(Default)]
pub struct Flag {
    woken: AtomicBool,
    doorbell: Option<Doorbell>,
}

impl Flag {
    pub fn new() -> Arc<Flag> {
        Arc::default()
    }

    pub fn waker(self: &Arc<Flag>) -> Waker {
        Waker::from(self.clone())
    }

    pub fn take(&self) -> bool {
        self.woken.swap(false, Ordering::SeqCst)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Flag>) {
        self.woken.store(true, Ordering::SeqCst);
        if let Some(doorbell) = &self.doorbell {
            doorbell.ring();
        }
    }
}

/// Polls once: it has to wait. Returns what will be woken.
#[track_caller]
pub fn expect_pending<F>(future: &mut F) -> Arc<Flag>
where
    F: Future + Unpin,
{
    let flag = Flag::new();
    let waker = flag.waker();
    let poll = Pin::new(future).poll(&mut Context::from_waker(&waker));
    assert!(poll.is_pending(), "it should have to wait, and does not");
    flag
}

/// Polls once: it has to be ready, without any turn.
#[track_caller]
pub fn expect_ready<F: Future + Unpin>(future: &mut F) -> F::Output {
    match Pin::new(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it should be ready, and is pending"),
    }
}

/// A future that calls `poll`.
pub fn poll_fn<T>(
    poll: impl FnMut(&mut Context<'_>) -> Poll<T> + Unpin,
) -> impl Future<Output = T> + Unpin {
    std::future::poll_fn(poll)
}

/// Notes who was woken, in order.
#[derive(Default)]
pub struct Log {
    woken: parking_lot::Mutex<Vec<u32>>,
}

struct Named {
    name: u32,
    log: Arc<Log>,
}

impl Wake for Named {
    fn wake(self: Arc<Named>) {
        self.log.woken.lock().push(self.name);
    }
}

impl Log {
    pub fn poll<F>(
        self: &Arc<Log>,
        name: u32,
        future: &mut F,
    ) -> Poll<F::Output>
    where
        F: Future + Unpin,
    {
        let waker = Waker::from(Arc::new(Named { name, log: self.clone() }));
        Pin::new(future).poll(&mut Context::from_waker(&waker))
    }

    pub fn take(&self) -> Vec<u32> {
        std::mem::take(&mut self.woken.lock())
    }
}
