//! An allocator that counts: bytes requested, and calls.
//!
//! Only `benches/memory.rs` and `bin/allocations.rs` install it. Where time is
//! measured, everybody has the system's allocator as it is.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static BYTES: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counted.
pub struct Counting;

/// What had been counted when a measurement began.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    /// Bytes in use.
    pub bytes: usize,
    /// Calls so far.
    pub calls: usize,
}

/// Begins a measurement: from here on the peak is a new one.
#[must_use]
pub fn begin() -> Before {
    PEAK.store(bytes(), Relaxed);
    Before { bytes: bytes(), calls: calls() }
}

/// Bytes requested and not given back yet.
#[must_use]
pub fn bytes() -> usize {
    BYTES.load(Relaxed)
}

/// The most bytes at any moment since [`begin`].
#[must_use]
pub fn peak() -> usize {
    PEAK.load(Relaxed)
}

/// Calls that asked for memory: new, or more of it.
#[must_use]
pub fn calls() -> usize {
    CALLS.load(Relaxed)
}

fn note(more: usize) {
    CALLS.fetch_add(1, Relaxed);
    let now = BYTES.fetch_add(more, Relaxed) + more;
    PEAK.fetch_max(now, Relaxed);
}

// SAFETY: each method hands its arguments to the system's allocator as they
// are, and returns what that returns.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(
        &self,
        block: *mut u8,
        layout: Layout,
        size: usize,
    ) -> *mut u8 {
        note(size);
        BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }
}
