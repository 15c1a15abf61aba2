//! Slide 8, "Scheduling": a greedy task goes on to its end, a polite one lets
//! others in.
//!
//! Tasks of an executor are scheduled cooperatively: nobody takes the thread
//! away from a task, it has to return from `poll`. `greedy` has no `.await`
//! and returns when it has ended. `polite` yields after each line: it goes to
//! the end of the queue, and whoever stands first has a turn.
//!
//! Afterwards each program shows the ready queue, as it was whenever the first
//! in it had a turn: `[A B]`. `main` waits until both have ended.
//!
//! ```text
//!   greedy   poll ─▶ A A A             poll ─▶ B B B
//!   polite   poll ─▶ A     poll ─▶ A     poll ─▶ A     poll, done
//!                 poll ─▶ B     poll ─▶ B     poll ─▶ B     poll, done
//!
//!            says a line            its turn, i == 3
//!   Start ──────────────▶ Yielding ────────────────▶ Done
//!                         │      ▲
//!                         └──────┘ its turn: says a line
//! ```
//!
//! Next: `schedulers.rs`.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use onecook::future::YieldNow;
use onecook::trace::{self, Event, Record, StateMachine};
use onecook::{Builder, JoinHandle, TaskId, spawn_named, yield_now};

use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::by::By;
use crate::egg::FryError;

/// So many lines each task says.
const LINES: u32 = 3;

/// Says all its lines in one go. There is nothing to make a machine of: no
/// await, so no state in which it could wait.
#[allow(clippy::unused_async)] // that is what makes it greedy
pub async fn greedy(griddle: Griddle, name: &'static str) {
    for _ in 0..LINES {
        griddle.say(name);
    }
}

/// Says a line, lets the others have a turn, and so on: what one writes.
pub async fn polite(griddle: Griddle, name: &'static str) {
    let mut i = 0;
    while i < LINES {
        griddle.say(name);
        yield_now().await;
        i += 1;
    }
}

/// Says a line, lets the others have a turn, and so on: what it becomes.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum Polite {
    /// Nothing has happened.
    Start {
        /// Where it speaks.
        griddle: Griddle,
        /// What it says.
        name: &'static str,
    },
    /// Waits for its turn, behind all that are ready.
    Yielding {
        /// Where it speaks.
        griddle: Griddle,
        /// What it says.
        name: &'static str,
        /// How many lines were followed by a yield that is over.
        i: u32,
        /// The yield that is not.
        yielding: YieldNow,
    },
    /// Between two states, while one is moved into the next.
    Moving,
    /// Waits for nothing any more.
    Done {
        /// What it said.
        name: &'static str,
    },
}

impl Future for Polite {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        loop {
            trace::state(this);
            match this {
                Polite::Start { .. } => this.poll_start(),
                Polite::Yielding { .. } => ready!(this.poll_yielding(cx)),
                Polite::Moving | Polite::Done { .. } => {
                    panic!("`Polite` polled after it was done")
                }
            }
            if let Polite::Done { .. } = this {
                trace::state(this);
                return Poll::Ready(());
            }
        }
    }
}

impl Polite {
    /// A machine that will say `name`, and again, and let others in between.
    pub fn new(griddle: Griddle, name: &'static str) -> Polite {
        Polite::Start { griddle, name }
    }

    fn poll_start(&mut self) {
        let Polite::Start { griddle, name } = self.take() else { elsewhere() };
        griddle.say(name);

        *self = Polite::Yielding { griddle, name, i: 0, yielding: yield_now() };
    }

    fn poll_yielding(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Polite::Yielding { yielding, .. } = self else { elsewhere() };
        ready!(Pin::new(yielding).poll(cx));

        let Polite::Yielding { griddle, name, i, .. } = self.take() else {
            elsewhere()
        };
        let i = i + 1;
        if i >= LINES {
            *self = Polite::Done { name };
            return Poll::Ready(());
        }
        griddle.say(name);

        *self = Polite::Yielding { griddle, name, i, yielding: yield_now() };
        Poll::Ready(())
    }

    /// Moves the state out.
    fn take(&mut self) -> Polite {
        mem::replace(self, Polite::Moving)
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for Polite {
    const NAME: &'static str = "Polite";

    fn state(&self) -> &'static str {
        match self {
            Polite::Start { .. } => "Start",
            Polite::Yielding { .. } => "Yielding",
            Polite::Moving => "Moving",
            Polite::Done { .. } => "Done",
        }
    }

    fn label(&self) -> &'static str {
        match self {
            Polite::Start { name, .. }
            | Polite::Yielding { name, .. }
            | Polite::Done { name } => name,
            Polite::Moving => "",
        }
    }
}

fn run_greedy(griddle: &Griddle) -> Result<(), FryError> {
    run(griddle, |name| spawn_named(name, greedy(griddle.clone(), name)))
}

fn run_polite(griddle: &Griddle) -> Result<(), FryError> {
    run(griddle, |name| {
        let griddle = griddle.clone();
        match griddle.by() {
            By::Machine => spawn_named(name, Polite::new(griddle, name)),
            By::Async => spawn_named(name, polite(griddle, name)),
        }
    })
}

/// Spawns two tasks, waits until both have ended, and then says what the ready
/// queue looked like whenever somebody was taken from its front.
fn run(
    griddle: &Griddle,
    spawn: impl Fn(&'static str) -> JoinHandle<()>,
) -> Result<(), FryError> {
    let both = async {
        for task in ["A", "B"].map(spawn) {
            task.await.map_err(|why| FryError::Lost(why.to_string()))?;
        }
        Ok(())
    };
    let (ended, seen) = griddle.block_on_recorded(Builder::new(), both);
    for queue in queues(&seen.records) {
        griddle.say(format!("[{queue}]"));
    }
    ended
}

/// Plays the pushes and pops again: the queue, before each pop.
fn queues(records: &[Record]) -> Vec<String> {
    let mut names: HashMap<TaskId, &str> = HashMap::new();
    let mut queue: VecDeque<&str> = VecDeque::new();
    let mut queues = Vec::new();
    for record in records {
        match &record.event {
            Event::Spawn { task, name: Some(name), .. } => {
                names.insert(*task, name);
            }
            Event::Push { task, .. } => {
                queue.push_back(names.get(task).unwrap_or(&"main"));
            }
            Event::Pop { .. } => {
                queues.push(Vec::from(queue.clone()).join(" "));
                queue.pop_front();
            }
            _ => {}
        }
    }
    queues
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[8],
    public: &[8],
    slug: "scheduling",
    title: "Scheduling",
    about: "a greedy task goes on to its end, a polite one lets others in",
    parts: &[
        Part {
            name: "greedy",
            machine: None,
            expected: Expected::any_time().served(0).says(&[
                "A", "A", "A", "B", "B", "B", "[main]", "[A B]", "[B main]",
                "[main]",
            ]),
            run: run_greedy,
        },
        Part {
            name: "polite",
            machine: Some("Polite"),
            expected: Expected::any_time().served(0).says(&[
                "A", "B", "A", "B", "A", "B", "[main]", "[A B]", "[B A]",
                "[A B]", "[B A]", "[A B]", "[B A]", "[A B]", "[B main]",
                "[main]",
            ]),
            run: run_polite,
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::griddle::Setting;
    use std::time::Duration;

    fn griddle() -> Griddle {
        let setting = Setting {
            server: "127.0.0.1:1".parse().unwrap(),
            host: "x".into(),
            cook_time: Duration::from_secs(2),
            ask_for_time: false,
            by: By::Machine,
            record: false,
        };
        Griddle::new(setting, |_| {})
    }

    #[test]
    fn the_machine_is_no_larger_than_the_compilers() {
        let machine = Polite::new(griddle(), "A");
        let (by_hand, twin) =
            (size_of_val(&machine), size_of_val(&polite(griddle(), "A")));
        println!("Polite {by_hand} bytes, its `async fn` twin {twin}");
        assert!(by_hand <= twin, "{by_hand} > {twin}");
    }

    #[test]
    #[should_panic(expected = "`Polite` polled after it was done")]
    fn polled_once_more_it_says_its_name() {
        griddle().block_on(async {
            let mut machine = Polite::new(griddle(), "A");
            (&mut machine).await;
            machine.await;
        });
    }
}
