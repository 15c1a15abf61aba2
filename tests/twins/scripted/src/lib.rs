//! Onecook, with sockets and timers that follow a script.
//!
//! The twins checker compiles the demo's own sources. Where they say
//! `onecook`, they get this crate: all of the real one, but for
//! [`net::TcpStream`] and [`time::sleep`]. These ask a [`script`] what to
//! answer, poll by poll, and write down what they were asked: so the code that
//! is proved is the code that is shown, and needs no `cfg`.
//!
//! Next: `script/mod.rs`, who decides.
#![deny(unsafe_code)]

pub use onecook_real::*;

pub mod script;

pub mod net;
pub mod time;
