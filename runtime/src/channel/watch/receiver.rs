//! The end that looks.
//!
//! Next: `changed.rs`, how it waits.

use std::fmt;
use std::sync::Arc;

use super::changed::{Changed, Changes, WaitFor};
use super::error::RecvError;
use super::shared::{Shared, State};
use super::value::Ref;
use crate::blocked_thread;
use crate::wait_list::Wakes;

/// The end that looks. Each one knows which value it saw last; a clone has
/// seen what the original has.
pub struct Receiver<T> {
    pub(super) shared: Arc<Shared<T>>,
    /// The version that it saw last; `None`: it is to see the one of now.
    pub(super) seen: Option<u64>,
}

impl<T> Receiver<T> {
    pub(super) fn subscribe(shared: Arc<Shared<T>>) -> Receiver<T> {
        let version = {
            let mut state = shared.state.lock();
            state.receivers += 1;
            state.version
        };
        Receiver { shared, seen: Some(version) }
    }

    /// A look at the value. It stays unseen if it was.
    pub fn borrow(&self) -> Ref<T> {
        let state = self.shared.state.lock();
        let has_changed = self.is_behind(&state);
        Ref::new(state.value.share(), has_changed)
    }

    /// A look at the value, which is seen from now on.
    ///
    /// ```
    /// use onecook::channel::watch;
    ///
    /// let (sender, mut receiver) = watch::channel("eggs");
    /// sender.send("toast").unwrap();
    /// assert!(receiver.borrow_and_update().has_changed());
    /// assert!(!receiver.borrow().has_changed());
    /// ```
    pub fn borrow_and_update(&mut self) -> Ref<T> {
        let state = self.shared.state.lock();
        let has_changed = self.is_behind(&state);
        let share = state.value.share();
        self.seen = Some(state.version);
        Ref::new(share, has_changed)
    }

    pub(super) fn is_behind(&self, state: &State<T>) -> bool {
        self.seen != Some(state.version)
    }

    /// Whether there is a value that it has not seen.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if there is none, and no sender to send one.
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        let state = self.shared.state.lock();
        let has_changed = self.is_behind(&state);
        if !has_changed && state.senders == 0 {
            return Err(RecvError(()));
        }
        Ok(has_changed)
    }

    /// Takes the value of now for unseen.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let (_sender, mut guest) = onecook::channel::watch::channel("eggs");
    /// guest.mark_changed();
    /// guest.changed().await.unwrap(); // at once
    /// # });
    /// ```
    pub fn mark_changed(&mut self) {
        self.seen = None;
    }

    /// Takes the value of now for seen.
    pub fn mark_unchanged(&mut self) {
        self.seen = Some(self.shared.state.lock().version);
    }

    /// Waits for a value that it has not seen, and takes it for seen.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if there is none, and no sender to send one.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: the value stays unseen until this is ready.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let (sender, mut guest) = onecook::channel::watch::channel("eggs");
    /// onecook::spawn(async move { sender.send("toast") });
    /// guest.changed().await.unwrap();
    /// assert_eq!(*guest.borrow(), "toast");
    /// # });
    /// ```
    pub fn changed(&mut self) -> Changed<'_, T> {
        Changed::new(self)
    }

    /// Waits until the value is one that `wanted` is content with, which may
    /// be the one of now, and takes it for seen.
    ///
    /// # Errors
    ///
    /// [`RecvError`] if it is not, and no sender is left.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost; what `wanted` refused is seen.
    ///
    /// ```
    /// # onecook::block_on(async {
    /// let (pan, mut guest) = onecook::channel::watch::channel(0);
    /// onecook::spawn(async move { (1..5).try_for_each(|n| pan.send(n)) });
    /// assert_eq!(*guest.wait_for(|eggs| *eggs >= 3).await.unwrap(), 4);
    /// # });
    /// ```
    pub fn wait_for<P>(&mut self, wanted: P) -> WaitFor<'_, T, P>
    where
        P: FnMut(&T) -> bool,
    {
        WaitFor::new(self, wanted)
    }

    /// As [`changed`](Receiver::changed), on a thread that may block.
    ///
    /// # Errors
    ///
    /// As [`changed`](Receiver::changed).
    ///
    /// # Panics
    ///
    /// On a runtime's own thread.
    ///
    /// ```
    /// let (sender, mut receiver) = onecook::channel::watch::channel("eggs");
    /// let guest = std::thread::spawn(move || receiver.blocking_changed());
    /// sender.send("toast").unwrap();
    /// assert!(guest.join().unwrap().is_ok());
    /// ```
    #[track_caller]
    pub fn blocking_changed(&mut self) -> Result<(), RecvError> {
        let what = "watch::Receiver::blocking_changed";
        blocked_thread::wait_for(what, self.changed())
    }

    /// The values as a stream: the one of now if it is unseen, then whichever
    /// is the latest when one asks again.
    ///
    /// ```
    /// use onecook::stream::StreamExt;
    ///
    /// # onecook::block_on(async {
    /// let (sender, receiver) = onecook::channel::watch::channel("eggs");
    /// sender.send("toast").unwrap();
    /// drop(sender);
    /// let mut menu = receiver.into_stream();
    /// assert_eq!(*menu.next().await.unwrap(), "toast");
    /// assert!(menu.next().await.is_none());
    /// # });
    /// ```
    pub fn into_stream(self) -> Changes<T> {
        Changes::new(self)
    }

    /// Whether both look at one channel.
    pub fn same_channel(&self, other: &Receiver<T>) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Receiver<T> {
        self.shared.state.lock().receivers += 1;
        Receiver { shared: self.shared.clone(), seen: self.seen }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut wakes = Wakes::new();
        let mut state = self.shared.state.lock();
        state.receivers -= 1;
        if state.receivers == 0 {
            state.closing.call_all(&mut wakes);
        }
        drop(state);
        wakes.wake();
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receiver(seen: {:?})", self.seen)
    }
}
