//! How one sees that a value is dropped: its memory is given back.
//!
//! The demo's orders, eggs and buffers tell nobody when they are dropped, and
//! they shall not be changed for this. But each of them owns memory, and the
//! script sees to it that its size is no one else's. So the allocator is asked.
//!
//! This is the one place with unsafe code: the trait of allocators is unsafe.
//! All that is done to memory is done by the system's allocator.
//!
//! Next: `../net.rs`, connections.

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, which tells the script what is given back.
#[derive(Debug)]
pub struct Watched;

#[global_allocator]
static WATCHED: Watched = Watched;

#[allow(unsafe_code)]
// SAFETY: each call is handed on as it is.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(
        &self,
        memory: *mut u8,
        layout: Layout,
        size: usize,
    ) -> *mut u8 {
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        super::freed(layout.size());
        unsafe { System.dealloc(memory, layout) }
    }
}
