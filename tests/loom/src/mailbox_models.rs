//! The model of a family's mailbox: children that other threads wake, while
//! their parent is polled and falls asleep.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use crate::blocked_thread::wait_for;
use crate::mailbox::Mailbox;
use crate::parking::Notified;

/// The mailbox, as the model needs it. A letter is a child's place.
pub(crate) trait Post: Send + Sync + 'static {
    fn new() -> Self;
    fn send(&self, place: usize);
    fn has_letters(&self) -> bool;
    fn collect(&self, parent: Waker) -> Vec<usize>;
}

impl Post for Mailbox<usize> {
    fn new() -> Self {
        Mailbox::new()
    }

    fn send(&self, place: usize) {
        Mailbox::send(self, place);
    }

    fn has_letters(&self) -> bool {
        Mailbox::has_letters(self)
    }

    fn collect(&self, parent: Waker) -> Vec<usize> {
        Mailbox::collect(self, Some(parent))
    }
}

/// A child waits until its thread has changed this so often.
const CHANGES: usize = 2;

struct Child {
    /// Relaxed on purpose: only the wake orders it.
    changes: AtomicUsize,
    notified: Notified,
}

/// As `Family` does it, without what no other thread can see.
struct Parent<P> {
    mailbox: Arc<P>,
    children: Arc<Vec<Child>>,
    queue: Vec<usize>,
    left: Option<Waker>,
    has_ended: Vec<bool>,
}

impl<P: Post> Parent<P> {
    fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.mailbox.has_letters() {
            self.collect(cx.waker());
        }
        for place in std::mem::take(&mut self.queue) {
            let changes = &self.children[place].changes;
            if changes.load(Ordering::Relaxed) == CHANGES {
                self.has_ended[place] = true;
            }
        }
        if !self.has_ended.contains(&false) {
            return Poll::Ready(());
        }
        self.rest(cx.waker());
        Poll::Pending
    }

    fn rest(&mut self, waker: &Waker) {
        let knows = self.left.as_ref().is_some_and(|it| it.will_wake(waker));
        if !knows || self.mailbox.has_letters() {
            self.collect(waker);
        }
        if !self.queue.is_empty() {
            waker.wake_by_ref();
        }
    }

    fn collect(&mut self, waker: &Waker) {
        self.left = Some(waker.clone());
        for place in self.mailbox.collect(waker.clone()) {
            self.children[place].notified.clear();
            self.queue.push(place);
        }
    }
}

/// One thread for each child: it changes something, and wakes the child. The
/// parent is polled by somebody else first, then it sleeps until all is seen:
/// if a wake is lost, for ever.
pub(crate) fn no_letter_is_left_unread<P: Post>(threads: usize) {
    let mailbox = Arc::new(P::new());
    let child =
        |_| Child { changes: AtomicUsize::new(0), notified: Notified::new() };
    let children: Arc<Vec<Child>> = Arc::new((0..threads).map(child).collect());
    let threads: Vec<_> = (0..threads)
        .map(|place| {
            let (mailbox, children) = (mailbox.clone(), children.clone());
            thread::spawn(move || {
                for _ in 0..CHANGES {
                    children[place].changes.fetch_add(1, Ordering::Relaxed);
                    if children[place].notified.mark() {
                        mailbox.send(place);
                    }
                }
            })
        })
        .collect();
    let queue = (0..children.len()).collect();
    let has_ended = vec![false; children.len()];
    let mut parent = Parent { mailbox, children, queue, left: None, has_ended };
    let somebody = Context::from_waker(Waker::noop());
    if parent.poll(&somebody).is_pending() {
        wait_for("the children", poll_fn(|cx| parent.poll(cx)));
    }
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn a_child_that_another_thread_wakes_is_polled() {
    loom::model(|| no_letter_is_left_unread::<Mailbox<usize>>(1));
}

#[test]
fn children_that_two_threads_wake_are_both_polled() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| no_letter_is_left_unread::<Mailbox<usize>>(2));
}
