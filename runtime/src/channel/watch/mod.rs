//! `watch`: the latest value.
//!
//! There is one value, and it can be looked at at any time. A new one takes
//! its place. Receivers learn that there is a newer one, not how many there
//! were: whoever is slow sees only the last. The names are tokio's.
//!
//! ```
//! use onecook::channel::watch;
//!
//! onecook::block_on(async {
//!     let (menu, mut guest) = watch::channel("eggs");
//!     assert_eq!(*guest.borrow(), "eggs");
//!     menu.send("toast").unwrap();
//!     menu.send("toast and eggs").unwrap();
//!     guest.changed().await.unwrap();
//!     assert_eq!(*guest.borrow_and_update(), "toast and eggs");
//! });
//! ```
//!
//! # Looking holds no lock
//!
//! Elsewhere whoever looks at the value holds a lock, and must not await, send
//! or look again meanwhile. Here a [`Ref`] is a share of *that* value: it may
//! be kept for as long as one likes, and a sender just puts another value in
//! its place. The price is paid by [`Sender::send_modify`]: it changes a clone
//! of the value.
//!
//! Next: `value.rs`, the value and a look at it.

mod value;
mod shared;
mod sender;
mod receiver;
mod changed;
pub mod error;

pub use changed::{Changed, Changes, WaitFor};
pub use receiver::Receiver;
pub use sender::{Closed, Sender};
pub use value::Ref;

/// A channel that holds `value`, until another is sent. The receiver takes it
/// for seen.
///
/// ```
/// use onecook::channel::watch;
///
/// let (sender, receiver) = watch::channel(3);
/// sender.send(4).unwrap();
/// assert_eq!(*receiver.borrow(), 4);
/// ```
pub fn channel<T>(value: T) -> (Sender<T>, Receiver<T>) {
    let sender = Sender::new(value);
    let receiver = sender.subscribe();
    (sender, receiver)
}
