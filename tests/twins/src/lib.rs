//! Each machine of the deck is what its `async fn` becomes: the proof.
//!
//! What is proved is the demo's own code, as it is shown: these are its files.
//! Where they say `onecook`, they get `scripted`: the real one, but with
//! connections and timers that follow a script (`scripted/src/lib.rs`).
//!
//! ```text
//!   tests/events.rs   what they do: polls, arguments, answers, drops, wakes;
//!                     for every pattern of readiness, dropped after each
//!                     pending poll, with something going wrong at each leaf
//!   tests/states.rs   what they are: the compiler's states, the lines of its
//!                     awaits and the locals it saves, against the variants
//!                     and fields of the machine: docs/desugaring.md
//!   tests/faults.rs   machines with a fault in each: both must see them
//! ```
//!
//! Next: `drive.rs`, how a future is driven by hand.
#![forbid(unsafe_code)]

pub mod drive;
pub mod compare;
pub mod orders;
pub mod pairs;

pub mod broken;

#[path = "../../../demo/src/by.rs"]
pub mod by;
pub mod deck;
#[path = "../../../demo/src/egg.rs"]
pub mod egg;
#[path = "../../../demo/src/fry_egg.rs"]
pub mod fry_egg;
#[path = "../../../demo/src/http/mod.rs"]
pub mod http;
#[path = "../../../demo/src/words.rs"]
pub mod words;
