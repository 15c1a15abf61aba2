//! What a channel tells an observer.
//!
//! Nothing is locked here: a recorder may run user code.
//!
//! Back to `mod.rs`.

use std::any::type_name;

use onecook_reactor::context;

use crate::trace::{self, ChannelEnd, Event};

/// A sender found no slot free, and waits for one.
#[inline]
pub(super) fn full<T>(capacity: usize) {
    trace::emit(|| Event::ChannelFull {
        task: context::polled(),
        values: type_name::<T>(),
        capacity,
    });
}

/// One end closed the channel, or all of that end are gone.
#[inline]
pub(super) fn closed<T>(by: ChannelEnd) {
    trace::emit(|| Event::ChannelClosed {
        task: context::polled(),
        values: type_name::<T>(),
        by,
    });
}
