//! A stream that is steered from outside: what is put on the belt comes out.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use onecook::stream::{Stream, StreamExt};

use crate::{WakerSlot, expect_ready, poll_once};

/// What a test holds of a stream.
#[derive(Clone, Default)]
pub struct Belt {
    shared: Rc<Shared>,
}

#[derive(Default)]
struct Shared {
    items: RefCell<VecDeque<u32>>,
    ended: Cell<bool>,
    polls: Cell<usize>,
    dropped: Cell<bool>,
    waker: WakerSlot,
}

impl Belt {
    /// So many of them.
    #[must_use]
    pub fn several(count: usize) -> Vec<Belt> {
        (0..count).map(|_| Belt::default()).collect()
    }

    /// Puts an item on it, and wakes whoever waits.
    pub fn put(&self, item: u32) {
        self.shared.items.borrow_mut().push_back(item);
        self.shared.waker.wake();
    }

    /// Nothing comes after what is on it.
    pub fn end(&self) {
        self.shared.ended.set(true);
        self.shared.waker.wake();
    }

    /// How often its stream was polled.
    #[must_use]
    pub fn polls(&self) -> usize {
        self.shared.polls.get()
    }

    /// How often the streams of all of them were polled.
    #[must_use]
    pub fn total_polls(belts: &[Belt]) -> usize {
        belts.iter().map(Belt::polls).sum()
    }

    /// Whether its stream was dropped.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        self.shared.dropped.get()
    }

    /// The waker by which its stream was polled last.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.shared.waker.waker()
    }

    /// The stream.
    pub fn run(&self) -> Running {
        Running { belt: self.clone() }
    }
}

/// The stream of a [`Belt`]; it must be dropped only once.
#[must_use = "streams do nothing unless polled"]
pub struct Running {
    belt: Belt,
}

impl Stream for Running {
    type Item = u32;

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<u32>> {
        let shared = &self.belt.shared;
        shared.polls.set(shared.polls.get() + 1);
        shared.waker.store(cx);
        match shared.items.borrow_mut().pop_front() {
            Some(item) => Poll::Ready(Some(item)),
            None if shared.ended.get() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        assert!(!self.belt.shared.dropped.replace(true));
        drop(self.belt.shared.waker.take());
    }
}

/// Asks a stream once for its next item.
pub fn poll_next_once<S>(stream: &mut S) -> Poll<Option<S::Item>>
where
    S: Stream + Unpin,
{
    poll_once(&mut stream.next())
}

/// All items of a stream that never waits.
pub fn expect_all<S: Stream>(stream: S) -> Vec<S::Item> {
    expect_ready(&mut Box::pin(stream.collect()))
}
