//! Where a debugger finds the runtimes of a process.
//!
//! A running runtime claims a place in [`RUNTIMES`], a plain static that a
//! debugger reads by its full path, `onecook::anchor::RUNTIMES`. With it a
//! breakpoint can be set for one task, without any script:
//!
//! ```text
//! break FryEgg::poll_reading \
//!     if onecook::anchor::RUNTIMES[0].polling.v.value == 2
//! ```
//!
//! What is inside an atomic changes between versions of Rust. Its address does
//! not: `*(&onecook::anchor::RUNTIMES[0].polling as *mut u64) == 2` works with
//! all of them. Stopped outside Rust code, say `set language rust` first. (And
//! write breakpoints in one line, with the whole path of the function.)
//!
//! Back to `block_on.rs`.

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use onecook_reactor::context::Tag;

use crate::executor::Executor;

/// What a debugger is told about one running runtime.
#[derive(Debug)]
pub struct Anchor {
    /// The address of its executor, null while the place is free.
    executor: AtomicPtr<Executor>,
    /// The operating system's number of its thread, 0 where it is unknown.
    thread: AtomicU64,
    /// The number of the task, or of the scope's child, that is polled: 0 is
    /// the main future, and -1 (all bits set) nobody.
    polling: AtomicU64,
}

impl Anchor {
    const fn free() -> Anchor {
        Anchor {
            executor: AtomicPtr::new(ptr::null_mut()),
            thread: AtomicU64::new(0),
            polling: AtomicU64::new(Tag::NONE.0),
        }
    }

    /// Notes who is polled.
    pub(crate) fn set_polling(&self, Tag(number): Tag) {
        self.polling.store(number, Ordering::Relaxed);
    }

    fn claim(&self, executor: *mut Executor) -> bool {
        let (free, relaxed) = (ptr::null_mut(), Ordering::Relaxed);
        let claimed =
            self.executor.compare_exchange(free, executor, relaxed, relaxed);
        if claimed.is_ok() {
            self.thread.store(thread_number(), Ordering::Relaxed);
        }
        claimed.is_ok()
    }

    /// Makes the place free again.
    pub(crate) fn release(&self) {
        self.set_polling(Tag::NONE);
        self.thread.store(0, Ordering::Relaxed);
        self.executor.store(ptr::null_mut(), Ordering::Relaxed);
    }
}

/// The running runtimes of this process, in the order in which they began.
///
/// `#[used]`, because nothing in the program reads it: link-time optimization
/// would drop it.
#[used]
pub static RUNTIMES: [Anchor; 16] = [const { Anchor::free() }; 16];

/// The place of those who found none free, and of those who do not run.
static UNCLAIMED: Anchor = Anchor::free();

pub(crate) fn unclaimed() -> &'static Anchor {
    &UNCLAIMED
}

/// Claims the first free place.
pub(crate) fn claim(executor: *const Executor) -> &'static Anchor {
    let address = executor.cast_mut();
    let mut places = RUNTIMES.iter();
    places.find(|place| place.claim(address)).unwrap_or(&UNCLAIMED)
}

thread_local! {
    static THREAD_NUMBER: u64 = read_thread_number().unwrap_or(0);
}

fn thread_number() -> u64 {
    THREAD_NUMBER.try_with(|number| *number).unwrap_or(0)
}

/// Linux says it in the name of a link: `1234/task/5678`.
fn read_thread_number() -> Option<u64> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}
