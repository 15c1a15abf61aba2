//! Slide 13, "OS threads": a thread per egg, joined in order.
//!
//! Each thread waits for its own egg, so the four of them wait at the same
//! time. The system decides who runs, and takes the processor away whenever it
//! likes. To join them in order costs nothing: whoever is done earlier stands
//! still until it is asked. So the eggs are printed in the order of the
//! threads, whatever the order in which they were done.
//!
//! Nobody owns a thread: an error ends the program at the first egg that has
//! one, and the threads behind it are left to themselves. The next slide mends
//! that.
//!
//! ```text
//!   1 │ A▆▆▆▆▆▆            1 │ A▆▆▆▆▆▆▆▆▆▆▆▆  done last, joined first
//!   2 │ B▆▆▆▆▆▆            2 │ B▆▆▆▆▆▆▆▆▆
//!   3 │ C▆▆▆▆▆▆            3 │ C▆▆▆▆▆▆
//!   4 │ D▆▆▆▆▆▆            4 │ D▆▆▆
//! ```
//!
//! Next: `scoped_threads.rs`.

use std::thread;

use super::expected::Expected;
use super::griddle::Griddle;
use super::sequential::fry;
use super::slide::{Part, Slide};
use crate::egg::{Egg, FryError};

/// A thread for each egg, which takes a share of the cook time.
fn fry_four(
    griddle: &Griddle,
    eggs: [(&'static str, f64); 4],
) -> Result<Vec<Egg>, FryError> {
    let mut handles = Vec::new();
    for (name, share) in eggs {
        let griddle = griddle.clone(); // the thread may outlive us
        handles.push(thread::spawn(move || {
            let time = griddle.of_cook_time(share);
            fry(&griddle, &griddle.order_after(name, time))
        }));
    }

    let mut eggs = Vec::new();
    for handle in handles {
        let egg = handle.join().expect("no cook panics")?;
        griddle.say(&*egg.text);
        eggs.push(egg);
    }
    Ok(eggs)
}

fn run_alike(griddle: &Griddle) -> Result<(), FryError> {
    fry_four(griddle, [("A", 1.0), ("B", 1.0), ("C", 1.0), ("D", 1.0)])?;
    Ok(())
}

fn run_last_first(griddle: &Griddle) -> Result<(), FryError> {
    let eggs =
        fry_four(griddle, [("A", 1.0), ("B", 0.75), ("C", 0.5), ("D", 0.25)])?;
    griddle.claim(
        "they were done in the order D C B A",
        eggs.is_sorted_by(|one, next| one.finished > next.finished),
    );
    Ok(())
}

const fn part(
    name: &'static str,
    run: fn(&Griddle) -> Result<(), FryError>,
) -> Part {
    let expected = Expected::takes(1.0)
        .in_pan(4)
        .served(4)
        .left(0)
        .says(&["A", "B", "C", "D"]);
    Part { name, machine: None, expected, run }
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[13],
    public: &[13],
    slug: "threads",
    title: "OS threads",
    about: "a thread per egg, joined in order",
    parts: &[
        part("a thread per egg", run_alike),
        part("last done first", run_last_first),
    ],
};
