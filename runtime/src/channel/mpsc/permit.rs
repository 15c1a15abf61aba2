//! Permits: slots that are reserved.
//!
//! Next: `error.rs`, why a value was not sent.

use std::fmt;
use std::iter::FusedIterator;

use super::bounded::Sender;
use super::channel::Channel;
use super::ends::SendingEnd;

/// A reserved slot: sending into it neither waits nor fails.
///
/// Dropped unsent, the slot goes to the sender that waits longest. If the
/// receiver is gone meanwhile, what is sent is dropped.
///
/// ```
/// let (sender, mut receiver) = onecook::channel::mpsc::channel(1);
/// let permit = sender.try_reserve().unwrap();
/// receiver.close();
/// permit.send("reserved before the close");
/// assert!(receiver.try_recv().is_ok());
/// ```
#[must_use = "dropping a permit gives its slot back"]
pub struct Permit<'a, T> {
    end: &'a SendingEnd<T>,
    used: bool,
}

impl<'a, T> Permit<'a, T> {
    pub(super) fn new(end: &'a SendingEnd<T>) -> Permit<'a, T> {
        Permit { end, used: false }
    }

    /// Sends the value into the slot.
    ///
    /// ```
    /// let (sender, mut receiver) = onecook::channel::mpsc::channel(1);
    /// sender.try_reserve().unwrap().send("A");
    /// assert_eq!(receiver.try_recv(), Ok("A"));
    /// ```
    pub fn send(mut self, value: T) {
        self.used = true;
        Channel::push_reserved(self.end.channel().lock(), value);
    }
}

impl<T> Drop for Permit<'_, T> {
    fn drop(&mut self) {
        if !self.used {
            self.end.channel().release(1);
        }
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}

/// A reserved slot, with a sender of its own.
///
/// ```
/// let (sender, mut receiver) = onecook::channel::mpsc::channel(1);
/// let permit = sender.try_reserve_owned().unwrap();
/// let sender = permit.send("A");
/// assert_eq!(sender.capacity(), 0);
/// assert_eq!(receiver.try_recv(), Ok("A"));
/// ```
#[must_use = "dropping a permit gives its slot back"]
pub struct OwnedPermit<T> {
    /// Taken when the slot is used, or given back.
    sender: Option<Sender<T>>,
}

impl<T> OwnedPermit<T> {
    pub(super) fn new(sender: Sender<T>) -> OwnedPermit<T> {
        OwnedPermit { sender: Some(sender) }
    }

    /// Sends the value into the slot. The sender comes back.
    ///
    /// ```
    /// let (sender, mut receiver) = onecook::channel::mpsc::channel(2);
    /// let sender = sender.try_reserve_owned().unwrap().send("A");
    /// sender.try_send("B").unwrap();
    /// assert_eq!(receiver.try_recv(), Ok("A"));
    /// ```
    pub fn send(mut self, value: T) -> Sender<T> {
        let sender = self.take();
        Channel::push_reserved(sender.end.channel().lock(), value);
        sender
    }

    /// Gives the slot back unused. The sender comes back.
    ///
    /// ```
    /// let (sender, _receiver) = onecook::channel::mpsc::channel::<u8>(1);
    /// let sender = sender.try_reserve_owned().unwrap().release();
    /// assert_eq!(sender.capacity(), 1);
    /// ```
    pub fn release(mut self) -> Sender<T> {
        let sender = self.take();
        sender.end.channel().release(1);
        sender
    }

    /// Whether both are for the same receiver.
    ///
    /// ```
    /// let (sender, _receiver) = onecook::channel::mpsc::channel::<u8>(2);
    /// let first = sender.clone().try_reserve_owned().unwrap();
    /// let second = sender.try_reserve_owned().unwrap();
    /// assert!(first.same_channel(&second));
    /// ```
    #[must_use]
    pub fn same_channel(&self, other: &OwnedPermit<T>) -> bool {
        self.sender().same_channel(other.sender())
    }

    /// Whether the sender sends to the same receiver.
    ///
    /// ```
    /// let (sender, _receiver) = onecook::channel::mpsc::channel::<u8>(1);
    /// let permit = sender.clone().try_reserve_owned().unwrap();
    /// assert!(permit.same_channel_as_sender(&sender));
    /// ```
    #[must_use]
    pub fn same_channel_as_sender(&self, sender: &Sender<T>) -> bool {
        self.sender().same_channel(sender)
    }

    fn sender(&self) -> &Sender<T> {
        self.sender.as_ref().expect("a permit that is not used")
    }

    fn take(&mut self) -> Sender<T> {
        self.sender.take().expect("a permit is used once")
    }
}

impl<T> Drop for OwnedPermit<T> {
    fn drop(&mut self) {
        if let Some(sender) = self.sender.take() {
            sender.end.channel().release(1);
        }
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnedPermit")
    }
}

/// Reserved slots, handed out one by one; those left are given back.
///
/// ```
/// let (sender, mut receiver) = onecook::channel::mpsc::channel(3);
/// let mut permits = sender.try_reserve_many(3).unwrap();
/// permits.next().unwrap().send("A");
/// assert_eq!(permits.len(), 2);
/// drop(permits);
/// assert_eq!(sender.capacity(), 2);
/// assert_eq!(receiver.try_recv(), Ok("A"));
/// ```
#[must_use = "dropping the permits gives their slots back"]
pub struct PermitIterator<'a, T> {
    end: &'a SendingEnd<T>,
    left: usize,
}

impl<'a, T> PermitIterator<'a, T> {
    pub(super) fn new(
        end: &'a SendingEnd<T>,
        left: usize,
    ) -> PermitIterator<'a, T> {
        PermitIterator { end, left }
    }
}

impl<'a, T> Iterator for PermitIterator<'a, T> {
    type Item = Permit<'a, T>;

    fn next(&mut self) -> Option<Permit<'a, T>> {
        self.left = self.left.checked_sub(1)?;
        Some(Permit::new(self.end))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> ExactSizeIterator for PermitIterator<'_, T> {}
impl<T> FusedIterator for PermitIterator<'_, T> {}

impl<T> Drop for PermitIterator<'_, T> {
    fn drop(&mut self) {
        if self.left > 0 {
            self.end.channel().release(self.left);
        }
    }
}

impl<T> fmt::Debug for PermitIterator<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PermitIterator({} left)", self.left)
    }
}
