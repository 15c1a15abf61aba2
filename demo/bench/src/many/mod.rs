//! Many eggs at once, by each technique of the deck: 10 to 10,000, each a
//! request of its own to the server of `eggs.rs`.
//!
//! A technique runs in a process of its own, `fry-many`, which says how long it
//! took, and what memory and processor it took. `measure.rs` starts them.
//!
//! Next: `techniques.rs`.

mod green;
pub mod measure;
pub mod techniques;
