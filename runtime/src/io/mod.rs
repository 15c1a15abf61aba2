//! Bytes that go through memory, from one stream to another, or come from the
//! user.
//!
//! Everything here speaks the `futures-io` traits, so it works with our
//! sockets and with everybody else's streams.
//!
//! ```text
//!   duplex.rs              a connection in memory: two ends of ...
//!   pipe.rs                ... bytes on their way, one direction
//!   copy.rs                all bytes of a reader into a writer
//!   copy_bidirectional.rs  the same in both directions, as a proxy does
//!   transfer.rs            the machine below the two
//!   stdin.rs               the user's input, line by line
//!   input.rs               the thread that reads it
//! ```
//!
//! Next: `duplex.rs`, a connection in memory.

mod copy;
mod copy_bidirectional;
mod duplex;
mod input;
mod pipe;
mod stdin;
mod transfer;

pub use copy::{Copy, copy};
pub use copy_bidirectional::{CopyBidirectional, copy_bidirectional};
pub use duplex::{DuplexStream, duplex};
pub use stdin::{NextLine, Stdin, stdin};
