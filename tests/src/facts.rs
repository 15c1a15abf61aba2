//! What is `Send`, `Sync` and `Unpin`, as code: `tests/facts.rs` states what
//! is, the examples here what is not.
//!
//! A runtime stays on its thread:
//!
//! ```compile_fail,E0277
//! fn send<T: Send>() {}
//! send::<onecook::Runtime>();
//! ```
//!
//! ```compile_fail,E0277
//! fn sync<T: Sync>() {}
//! sync::<onecook::Runtime>();
//! ```
//!
//! So does a join handle, whatever its output:
//!
//! ```compile_fail,E0277
//! fn send<T: Send>() {}
//! send::<onecook::JoinHandle<()>>();
//! ```
//!
//! Sockets and timers belong to the reactor of their thread:
//!
//! ```compile_fail,E0277
//! fn send<T: Send>() {}
//! send::<onecook::net::TcpStream>();
//! ```
//!
//! ```compile_fail,E0277
//! fn send<T: Send>() {}
//! send::<onecook::time::Sleep>();
//! ```
//!
//! What another thread spawns answers with something that may travel:
//!
//! ```compile_fail,E0277
//! fn spawn(handle: &onecook::Handle) {
//!     let _ = handle.spawn(|| async { std::rc::Rc::new(1) });
//! }
//! ```
//!
//! and the closure that it sends may travel too:
//!
//! ```compile_fail,E0277
//! fn spawn(handle: &onecook::Handle) {
//!     let local = std::rc::Rc::new(1);
//!     let _ = handle.spawn(move || async move { *local });
//! }
//! ```
//!
//! A spawned task owns what it uses:
//!
//! ```compile_fail,E0373
//! fn spawn() {
//!     let eggs = 4;
//!     let _ = onecook::spawn(async { assert_eq!(eggs, 4) });
//! }
//! ```
//!
//! But it need not be `Send`, and neither need its output:
//!
//! ```
//! use std::rc::Rc;
//! let egg = Rc::new("fried");
//! let same = onecook::block_on(async {
//!     let egg = egg.clone();
//!     onecook::spawn(async move { egg }).await.unwrap()
//! });
//! assert!(Rc::ptr_eq(&egg, &same));
//! ```
//!
//! And the main future may borrow:
//!
//! ```
//! let mut eggs = vec!["A"];
//! onecook::block_on(async { eggs.push("B") });
//! assert_eq!(eggs, ["A", "B"]);
//! ```
