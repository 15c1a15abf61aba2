//! Timers that follow the script; all else is the real `onecook::time`.
//!
//! When a timer is over is chosen like everything else: its duration is an
//! argument that is compared, and no time.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

pub use onecook_real::time::*;

use crate::script::{self, Leaf};

/// Waits for `duration`.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep { leaf: script::sleep(duration), elapsed: false }
}

/// The future of [`sleep`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Sleep {
    leaf: Leaf,
    elapsed: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if !this.elapsed {
            ready!(script::poll_elapse(this.leaf, cx));
            this.elapsed = true;
        }
        Poll::Ready(())
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        script::dropped(self.leaf);
    }
}
