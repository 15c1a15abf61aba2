//! Slide 4, "Concurrency is not parallelism": one cook who waits, four cooks,
//! one who does not wait, two of those.
//!
//! To fry an egg is to crack it, to wait, and to take it off. Sequential is to
//! wait beside each. Parallel is to have somebody else wait: a cook more for
//! each egg more. Concurrent is not to wait at all while there is something to
//! do: one cook is enough, because it is the pan that fries. The last way is
//! both: several cooks, each of whom knows how to turn to the next egg.
//!
//! A cook is a thread with an executor of its own. The egg is the same in all
//! four ways; what differs is who waits for it, and when.
//!
//! ```text
//!   sequential   1 │ A▆▆▆▆▆▆ B▆▆▆▆▆▆ C▆▆▆▆▆▆ D▆▆▆▆▆▆
//!
//!   parallel     1 │ A▆▆▆▆▆▆     concurrent   1 │ A▆▆▆▆▆▆
//!                2 │ B▆▆▆▆▆▆                    │ B▆▆▆▆▆▆
//!                3 │ C▆▆▆▆▆▆                    │ C▆▆▆▆▆▆
//!                4 │ D▆▆▆▆▆▆                    │ D▆▆▆▆▆▆
//!
//!   two cooks    1 │ A▆▆▆▆▆▆
//!                  │ B▆▆▆▆▆▆
//!                2 │ C▆▆▆▆▆▆
//!                  │ D▆▆▆▆▆▆
//! ```
//!
//! Next: `cpu_vs_io.rs`.

use std::collections::HashSet;
use std::thread::{self, ThreadId};

use onecook::future::join;

use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::by::By;
use crate::egg::{Egg, FryError};
use crate::fry_egg::{FryEgg, fry_egg};

/// An egg, and the cook who took it off.
type Fried = (Egg, ThreadId);

/// Fries an egg, by whichever machine was chosen.
async fn fry(griddle: &Griddle, name: &str) -> Result<Fried, FryError> {
    let order = griddle.order(name);
    let egg = match griddle.by() {
        By::Machine => FryEgg::new(order).await?,
        By::Async => fry_egg(order).await?,
    };
    Ok((egg, thread::current().id()))
}

fn sequential(griddle: &Griddle) -> Result<(), FryError> {
    let fried = griddle.block_on(async {
        let mut fried = Vec::new();
        for name in ["A", "B", "C", "D"] {
            fried.push(fry(griddle, name).await?);
        }
        Ok(fried)
    });
    serve(griddle, fried, 1)
}

fn parallel(griddle: &Griddle) -> Result<(), FryError> {
    let fried = thread::scope(|kitchen| {
        let cooks = ["A", "B", "C", "D"].map(|name| {
            kitchen.spawn(move || griddle.block_on(fry(griddle, name)))
        });
        cooks.map(|cook| cook.join().expect("no cook panics"))
    });
    serve(griddle, fried.into_iter().collect(), 4)
}

/// One thread, four eggs at once.
///
/// # Errors
///
/// When an egg cannot be fried.
pub fn concurrent(griddle: &Griddle) -> Result<(), FryError> {
    let eggs = ["A", "B", "C", "D"].map(|name| fry(griddle, name));
    let fried = griddle.block_on(join(eggs));
    serve(griddle, fried.into_iter().collect(), 1)
}

/// Two threads, each with two eggs at once.
///
/// # Errors
///
/// When an egg cannot be fried.
pub fn two_cooks(griddle: &Griddle) -> Result<(), FryError> {
    let fried = thread::scope(|kitchen| {
        let cooks = [["A", "B"], ["C", "D"]].map(|names| {
            kitchen.spawn(move || {
                let eggs = names.map(|name| fry(griddle, name));
                griddle.block_on(join(eggs))
            })
        });
        cooks.map(|cook| cook.join().expect("no cook panics"))
    });
    serve(griddle, fried.into_iter().flatten().collect(), 2)
}

/// Serves the eggs, and looks at who fried them.
fn serve(
    griddle: &Griddle,
    fried: Result<Vec<Fried>, FryError>,
    cooks: usize,
) -> Result<(), FryError> {
    let fried = fried?;
    let threads: HashSet<ThreadId> = fried.iter().map(|it| it.1).collect();
    let text = format!("the eggs were fried by so many threads: {cooks}");
    griddle.claim(text, threads.len() == cooks);
    for (egg, _) in fried {
        griddle.say(egg.text);
    }
    Ok(())
}

const fn way(
    name: &'static str,
    cook_times: f64,
    in_pan: u64,
    run: fn(&Griddle) -> Result<(), FryError>,
) -> Part {
    let expected = Expected::takes(cook_times)
        .in_pan(in_pan)
        .served(4)
        .left(0)
        .says(&["A", "B", "C", "D"]);
    Part { name, machine: Some("FryEgg"), expected, run }
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[4],
    public: &[4],
    slug: "four-ways",
    title: "Concurrency is not parallelism",
    about: "one cook who waits, four cooks, one who does not, two of those",
    parts: &[
        way("sequential", 4.0, 1, sequential),
        way("parallel", 1.0, 4, parallel),
        way("concurrent", 1.0, 4, concurrent),
        way("two cooks", 1.0, 4, two_cooks),
    ],
};
