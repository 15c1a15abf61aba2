//! Slide 14, "OS threads": a thread per egg, in a scope: they may borrow.
//!
//! No thread of a scope outlives it: the scope returns when all of them have
//! ended. So they may borrow what lives outside it, here the names and a
//! plate for each egg, and nothing has to be cloned, counted or leaked. Each
//! prints its egg as soon as it has it, in whatever order.
//!
//! Nobody is left behind when an egg fails either: the scope waits for the
//! other three, and then the error is handed on.
//!
//! ```text
//!   names, plates ───────────────────────▶ still ours
//!     └─ scope ─────────────────────────┐
//!          1 │ A▆▆▆▆▆▆                  │
//!          2 │ B▆▆▆▆▆▆                  ├─▶ all four have ended
//!          3 │ C▆▆▆▆▆▆                  │
//!          4 │ D▆▆▆▆▆▆                  │
//!        └──────────────────────────────┘
//! ```
//!
//! Next: `callbacks.rs`.

use std::thread;

use super::expected::Expected;
use super::griddle::Griddle;
use super::sequential::fry;
use super::slide::{Part, Slide};
use crate::egg::FryError;

fn run(griddle: &Griddle) -> Result<(), FryError> {
    let names = ["A", "B", "C", "D"].map(String::from);
    let mut plates = [const { None }; 4];
    thread::scope(|scope| {
        for (name, plate) in names.iter().zip(&mut plates) {
            scope.spawn(move || {
                let egg = fry(griddle, &griddle.order(name));
                if let Ok(egg) = &egg {
                    griddle.say(&*egg.text);
                }
                *plate = Some(egg);
            });
        }
    });

    let all_full = plates.iter().all(Option::is_some);
    griddle.claim("after the scope all plates are full", all_full);
    for egg in plates.into_iter().flatten() {
        egg?;
    }
    Ok(())
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[14],
    public: &[14],
    slug: "scoped-threads",
    title: "OS threads",
    about: "a thread per egg, in a scope: they may borrow",
    parts: &[Part {
        name: "a thread per egg",
        machine: None,
        expected: Expected::takes(1.0)
            .in_pan(4)
            .served(4)
            .left(0)
            .says_in_any_order(&["A", "B", "C", "D"]),
        run,
    }],
};
