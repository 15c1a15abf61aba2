//! Things that count what is done to them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// How often something was polled, woken and dropped; shared by clones.
#[derive(Clone, Default, Debug)]
pub struct Counters {
    counts: Arc<Counts>,
}

#[derive(Default, Debug)]
struct Counts {
    polls: AtomicUsize,
    wakes: AtomicUsize,
    drops: AtomicUsize,
}

impl Counters {
    /// All at zero.
    #[must_use]
    pub fn new() -> Counters {
        Counters::default()
    }

    /// Polls so far.
    #[must_use]
    pub fn polls(&self) -> usize {
        self.counts.polls.load(Ordering::SeqCst)
    }

    /// Wakes so far.
    #[must_use]
    pub fn wakes(&self) -> usize {
        self.counts.wakes.load(Ordering::SeqCst)
    }

    /// Drops so far.
    #[must_use]
    pub fn drops(&self) -> usize {
        self.counts.drops.load(Ordering::SeqCst)
    }

    /// A future that counts its polls and drops here; `poll` is what it does.
    pub fn probe<F, T>(&self, poll: F) -> Probe<F>
    where
        F: FnMut(&mut Context<'_>) -> Poll<T> + Unpin,
    {
        Probe { poll, counters: self.clone() }
    }

    /// A value that counts its drop here.
    #[must_use]
    pub fn token(&self) -> Token {
        Token { counters: self.clone() }
    }
}

/// A value that counts its drop. Made by [`Counters::token`].
#[derive(Debug)]
pub struct Token {
    counters: Counters,
}

impl Drop for Token {
    fn drop(&mut self) {
        self.counters.counts.drops.fetch_add(1, Ordering::SeqCst);
    }
}

/// A future that counts its polls and drops. Made by [`Counters::probe`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Probe<F> {
    poll: F,
    counters: Counters,
}

impl<F, T> Future for Probe<F>
where
    F: FnMut(&mut Context<'_>) -> Poll<T> + Unpin,
{
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        this.counters.counts.polls.fetch_add(1, Ordering::SeqCst);
        (this.poll)(cx)
    }
}

impl<F> Drop for Probe<F> {
    fn drop(&mut self) {
        self.counters.counts.drops.fetch_add(1, Ordering::SeqCst);
    }
}

/// A waker that counts its wakes, and knows how many hold it.
#[derive(Debug, Default)]
pub struct CountingWaker {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    wakes: AtomicUsize,
}

impl Wake for Inner {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
    }
}

impl CountingWaker {
    /// Nobody holds it, nobody woke it.
    #[must_use]
    pub fn new() -> CountingWaker {
        CountingWaker::default()
    }

    /// One more holder.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.inner.clone().into()
    }

    /// Wakes so far.
    #[must_use]
    pub fn wakes(&self) -> usize {
        self.inner.wakes.load(Ordering::SeqCst)
    }

    /// How many wakers there are: clones made less clones dropped.
    #[must_use]
    pub fn holders(&self) -> usize {
        Arc::strong_count(&self.inner) - 1
    }
}
