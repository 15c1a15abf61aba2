//! `oneshot`: one value, once.
//!
//! What a `Promise` with its resolver is elsewhere: the [`Sender`] is used up
//! by sending, the [`Receiver`] is a future.
//!
//! ```
//! use onecook::channel::oneshot;
//!
//! onecook::block_on(async {
//!     let (plate, eaten) = oneshot::channel();
//!     onecook::spawn(async { plate.send("fried egg").unwrap() }).await;
//!     assert_eq!(eaten.await, Ok("fried egg"));
//! });
//! ```
//!
//! Next: `oneshot/error.rs`, why there is no value.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use onecook_reactor::budget;
use parking_lot::Mutex;

use super::tell;
use crate::blocked_thread::wait_for;
use crate::trace::ChannelEnd;
use error::{RecvError, TryRecvError};

pub mod error;

/// A channel for one value.
///
/// ```
/// use onecook::channel::oneshot;
///
/// let (sender, mut receiver) = oneshot::channel();
/// sender.send(7).unwrap();
/// assert_eq!(receiver.try_recv(), Ok(7));
/// ```
#[must_use = "a channel has two ends to use"]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let slot = Slot { content: Content::Empty, receiver: None, sender: None };
    let slot = Arc::new(Mutex::new(slot));
    let sender = Sender { slot: Some(slot.clone()) };
    (sender, Receiver { slot: Some(slot) })
}

type SharedSlot<T> = Arc<Mutex<Slot<T>>>;

struct Slot<T> {
    content: Content<T>,
    /// Waits for the content.
    receiver: Option<Waker>,
    /// Waits for the receiver to go.
    sender: Option<Waker>,
}

enum Content<T> {
    /// Nothing yet.
    Empty,
    /// The value.
    Sent(T),
    /// Nothing will come: the sender went without sending, or the receiver
    /// closed, went, or has taken the value.
    Closed,
}

/// Whether the other end is gone for good. Then nobody else can lock the slot.
#[inline]
fn is_alone<T>(slot: &SharedSlot<T>) -> bool {
    Arc::strong_count(slot) == 1
}

/// The end that sends: once. Dropping it unsent is an error at the other end.
///
/// ```
/// use onecook::channel::oneshot;
///
/// let (sender, mut receiver) = oneshot::channel::<u8>();
/// drop(sender);
/// assert!(receiver.try_recv().is_err());
/// ```
#[doc(alias("resolve", "Resolver", "set_result"))]
pub struct Sender<T> {
    /// Taken when it sends.
    slot: Option<SharedSlot<T>>,
}

impl<T> Sender<T> {
    /// Sends the value, without waiting.
    ///
    /// # Errors
    ///
    /// The value itself, if the receiver closed or is gone. After `Ok`, the
    /// value may still be dropped unseen, with the receiver.
    ///
    /// ```
    /// let (sender, receiver) = onecook::channel::oneshot::channel();
    /// drop(receiver);
    /// assert_eq!(sender.send("egg"), Err("egg"));
    /// ```
    #[inline]
    pub fn send(mut self, value: T) -> Result<(), T> {
        let slot = self.slot.take().expect("a sender sends once");
        let mut locked = slot.lock();
        if matches!(locked.content, Content::Closed) {
            drop(locked);
            return Err(value);
        }
        locked.content = Content::Sent(value);
        let receiver = locked.receiver.take();
        let own = locked.sender.take();
        drop(locked);
        // Before the wake: the receiver then finds itself alone, and needs no
        // lock to take the value.
        drop(slot);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
        drop(own);
        Ok(())
    }

    /// Whether the receiver closed or is gone: nobody wants the value.
    ///
    /// ```
    /// use onecook::channel::oneshot;
    ///
    /// let (sender, receiver) = oneshot::channel::<u8>();
    /// assert!(!sender.is_closed());
    /// drop(receiver);
    /// assert!(sender.is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.slot().lock().content, Content::Closed)
    }

    /// Waits until the receiver closes or goes.
    ///
    /// ```
    /// use onecook::{channel::oneshot, future::yield_now};
    ///
    /// onecook::block_on(async {
    ///     let (mut order, guest) = oneshot::channel::<&str>();
    ///     let cook = onecook::spawn(async move { order.closed().await });
    ///     yield_now().await;
    ///     drop(guest); // who leaves before the egg is fried
    ///     cook.await.unwrap();
    /// });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    #[doc(alias("cancellation", "poll_canceled"))]
    pub fn closed(&mut self) -> Closed<'_, T> {
        Closed { sender: self, state: ClosedState::Start }
    }

    /// Ready once the receiver closed or is gone. The last waker counts.
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use onecook::channel::oneshot;
    ///
    /// # onecook::block_on(async {
    /// let (mut sender, receiver) = oneshot::channel::<u8>();
    /// drop(receiver);
    /// poll_fn(|cx| sender.poll_closed(cx)).await;
    /// # });
    /// ```
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let leave = ready!(budget::poll_leave(cx));
        let mut spare = None;
        loop {
            let mut locked = self.slot().lock();
            if matches!(locked.content, Content::Closed) {
                drop(locked);
                leave.spend();
                return Poll::Ready(());
            }
            if will_wake(locked.sender.as_ref(), cx.waker()) {
                return Poll::Pending;
            }
            if let Some(newest) = spare.take() {
                let before = locked.sender.replace(newest);
                drop(locked);
                drop(before); // user code, with nothing locked
                return Poll::Pending;
            }
            // Cloned without the lock; the receiver may go in between, so
            // look again before it is left.
            drop(locked);
            spare = Some(cx.waker().clone());
        }
    }

    fn slot(&self) -> &SharedSlot<T> {
        self.slot.as_ref().expect("a sender that has not sent")
    }
}

fn will_wake(stored: Option<&Waker>, newest: &Waker) -> bool {
    stored.is_some_and(|stored| stored.will_wake(newest))
}

impl<T> Drop for Sender<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            Sender::leave(slot);
        }
    }
}

impl<T> Sender<T> {
    /// It goes without sending. Out of line: most ends are used up.
    #[inline(never)]
    fn leave(slot: SharedSlot<T>) {
        if is_alone(&slot) {
            return;
        }
        let mut locked = slot.lock();
        let first = matches!(locked.content, Content::Empty);
        locked.content = Content::Closed; // it was `Empty`, or `Closed`
        let receiver = locked.receiver.take();
        let own = locked.sender.take();
        drop(locked);
        drop(slot);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
        drop(own);
        if first {
            tell::closed::<T>(ChannelEnd::Senders);
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let closed = self.slot.as_ref().map(|_| self.is_closed());
        f.debug_struct("Sender").field("closed", &closed).finish()
    }
}

/// Future of [`Sender::closed`].
#[must_use = "futures do nothing unless polled"]
pub struct Closed<'a, T> {
    sender: &'a mut Sender<T>,
    state: ClosedState,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ClosedState {
    Start,
    WaitingForReceiverToGo,
    Done,
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let done = this.state == ClosedState::Done;
        assert!(!done, "`Closed` polled after it was done");
        this.state = ClosedState::WaitingForReceiverToGo;
        ready!(this.sender.poll_closed(cx));
        this.state = ClosedState::Done;
        Poll::Ready(())
    }
}

impl<T> Drop for Closed<'_, T> {
    fn drop(&mut self) {
        if self.state == ClosedState::WaitingForReceiverToGo {
            let own = self.sender.slot().lock().sender.take();
            drop(own); // user code, with nothing locked
        }
    }
}

impl<T> fmt::Debug for Closed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Closed({:?})", self.state)
    }
}

/// The end that receives: a future of the value.
///
/// # Errors
///
/// [`RecvError`] if the sender went without sending.
///
/// # Panics
///
/// When polled after it was done.
///
/// # Cancel safety
///
/// Nothing is lost: `&mut receiver` may be polled, dropped and polled again.
///
/// ```
/// use onecook::channel::oneshot;
///
/// onecook::block_on(async {
///     let (sender, receiver) = oneshot::channel();
///     onecook::spawn(async { sender.send(7) }).await;
///     assert_eq!(receiver.await, Ok(7));
/// });
/// ```
#[doc(alias("Promise", "Future", "Deferred"))]
#[must_use = "futures do nothing unless polled"]
pub struct Receiver<T> {
    /// Taken when the value, or the news that there is none, was handed out.
    slot: Option<SharedSlot<T>>,
}

impl<T> Receiver<T> {
    /// Refuses a value from now on. One that was sent already is kept: await
    /// the receiver, or [`try_recv`](Receiver::try_recv), to have it.
    ///
    /// ```
    /// let (sender, mut receiver) = onecook::channel::oneshot::channel();
    /// receiver.close();
    /// assert_eq!(sender.send("egg"), Err("egg"));
    /// ```
    pub fn close(&mut self) {
        let Some(slot) = &self.slot else { return };
        let mut locked = slot.lock();
        let first = matches!(locked.content, Content::Empty);
        if first {
            locked.content = Content::Closed;
        }
        let (sender, own) = (locked.sender.take(), locked.receiver.take());
        drop(locked);
        for waker in [sender, own].into_iter().flatten() {
            waker.wake();
        }
        if first {
            tell::closed::<T>(ChannelEnd::Receivers);
        }
    }

    /// Takes the value if it is there, without waiting.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if nothing was sent yet,
    /// [`TryRecvError::Closed`] if nothing will come any more.
    ///
    /// ```
    /// use onecook::channel::oneshot::{self, error::TryRecvError};
    ///
    /// let (sender, mut receiver) = oneshot::channel();
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// sender.send(7).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok(7));
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    /// ```
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let slot = self.slot.as_ref().ok_or(TryRecvError::Closed)?;
        let content = slot.lock().take_content();
        let content = content.ok_or(TryRecvError::Empty)?;
        self.slot = None;
        content.into_value().ok_or(TryRecvError::Closed)
    }

    /// Waits for the value with this thread, which runs no runtime.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if the sender went without sending.
    ///
    /// # Panics
    ///
    /// On a thread that runs a runtime.
    ///
    /// ```
    /// let (sender, receiver) = onecook::channel::oneshot::channel();
    /// std::thread::spawn(|| sender.send(7));
    /// assert_eq!(receiver.blocking_recv(), Ok(7));
    /// ```
    #[track_caller]
    pub fn blocking_recv(self) -> Result<T, RecvError> {
        wait_for("oneshot::Receiver::blocking_recv", self)
    }

    /// Whether the value was handed out, or the news that there is none: it
    /// must not be polled any more.
    ///
    /// ```
    /// let (sender, mut receiver) = onecook::channel::oneshot::channel();
    /// sender.send(7).unwrap();
    /// assert!(!receiver.is_terminated());
    /// assert_eq!(receiver.try_recv(), Ok(7));
    /// assert!(receiver.is_terminated());
    /// ```
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.slot.is_none()
    }

    /// Whether no value is there to be taken now.
    ///
    /// ```
    /// let (sender, receiver) = onecook::channel::oneshot::channel();
    /// assert!(receiver.is_empty());
    /// sender.send(7).unwrap();
    /// assert!(!receiver.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.slot.as_ref().is_some_and(|slot| slot.lock().is_sent())
    }

    #[inline]
    fn poll_value(&mut self, newest: &Waker) -> Poll<Result<T, RecvError>> {
        let slot = self.slot.take();
        let slot = slot.expect("`oneshot::Receiver` polled after it was done");
        let slot = match take_apart(slot) {
            Ok(content) => return Poll::Ready(content.into_result()),
            Err(slot) => slot,
        };
        match poll_content(&slot, newest) {
            Poll::Ready(content) => Poll::Ready(content.into_result()),
            Poll::Pending => {
                self.slot = Some(slot);
                Poll::Pending
            }
        }
    }
}

/// The sender is gone: takes the content without a lock, and the slot apart.
#[inline]
fn take_apart<T>(slot: SharedSlot<T>) -> Result<Content<T>, SharedSlot<T>> {
    if !is_alone(&slot) {
        return Err(slot);
    }
    Ok(Arc::try_unwrap(slot)?.into_inner().content)
}

/// The sender is there, so most likely this has to wait: the waker is cloned
/// before the lock is taken. If the value came in between, it is found.
fn poll_content<T>(slot: &Mutex<Slot<T>>, newest: &Waker) -> Poll<Content<T>> {
    let mut spare = Some(newest.clone());
    let mut locked = slot.lock();
    let content = locked.take_content();
    if content.is_none() && !will_wake(locked.receiver.as_ref(), newest) {
        mem::swap(&mut locked.receiver, &mut spare);
    }
    drop(locked);
    drop(spare); // the one before: user code, with nothing locked
    content.map_or(Poll::Pending, Poll::Ready)
}

impl<T> Slot<T> {
    /// The value, or that there will be none; `None` as long as it is open.
    fn take_content(&mut self) -> Option<Content<T>> {
        match self.content {
            Content::Empty => None,
            _ => Some(mem::replace(&mut self.content, Content::Closed)),
        }
    }

    fn is_sent(&self) -> bool {
        matches!(self.content, Content::Sent(_))
    }
}

impl<T> Content<T> {
    fn into_value(self) -> Option<T> {
        match self {
            Content::Sent(value) => Some(value),
            Content::Empty | Content::Closed => None,
        }
    }

    fn into_result(self) -> Result<T, RecvError> {
        self.into_value().ok_or(RecvError(()))
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let leave = ready!(budget::poll_leave(cx));
        let result = ready!(this.poll_value(cx.waker()));
        leave.spend();
        Poll::Ready(result)
    }
}

impl<T> Drop for Receiver<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            Receiver::leave(slot);
        }
    }
}

impl<T> Receiver<T> {
    /// It goes without the value. Out of line: most ends are used up.
    #[inline(never)]
    fn leave(slot: SharedSlot<T>) {
        if is_alone(&slot) {
            drop(slot); // and a value that was sent is dropped with it
            return;
        }
        let mut locked = slot.lock();
        let content = mem::replace(&mut locked.content, Content::Closed);
        let (sender, own) = (locked.sender.take(), locked.receiver.take());
        drop(locked);
        if let Some(sender) = sender {
            sender.wake();
        }
        if matches!(content, Content::Empty) {
            tell::closed::<T>(ChannelEnd::Receivers);
        }
        drop(own);
        drop(content);
        drop(slot);
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.slot {
            None => "Done",
            Some(slot) => match slot.lock().content {
                Content::Empty => "Empty",
                Content::Sent(_) => "Sent",
                Content::Closed => "Closed",
            },
        };
        write!(f, "Receiver({state})")
    }
}
