//! The deck's modules, as far as they have a machine.
#![allow(clippy::disallowed_names)] // the slides' own pages: foo and bar

#[path = "../../../../demo/src/deck/expected.rs"]
pub mod expected;
#[path = "../../../../demo/src/deck/griddle.rs"]
pub mod griddle;
#[path = "../../../../demo/src/deck/seen.rs"]
pub mod seen;
#[path = "../../../../demo/src/deck/slide.rs"]
pub mod slide;

#[path = "../../../../demo/src/deck/scheduling.rs"]
pub mod scheduling;
#[path = "../../../../demo/src/deck/join_wrong.rs"]
pub mod join_wrong;
#[path = "../../../../demo/src/deck/channels.rs"]
pub mod channels;
