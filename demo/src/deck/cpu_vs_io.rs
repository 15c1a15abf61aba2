//! Slide 6, "CPU-bound vs. IO-bound": to crack an egg is work, to fry it is
//! waiting.
//!
//! Who cracks an egg is busy with it, and cannot crack another one meanwhile.
//! So four cracks take four times as long, joined or not, and only a second
//! pair of hands helps: a thread on another core. Who fries an egg is free as
//! soon as it is in the pan. So four eggs take the time of one, and a second
//! cook is no help at all.
//!
//! ```text
//!                 CPU-bound                       IO-bound
//!   one thread    1 │ A▒▒▒▒ B▒▒▒▒ C▒▒▒▒ D▒▒▒▒     1 │ A▆▆▆▆▆▆  four at once
//!
//!   two threads   1 │ A▒▒▒▒ B▒▒▒▒                 1 │ A▆▆▆▆▆▆  two at once
//!                 2 │ C▒▒▒▒ D▒▒▒▒                 2 │ C▆▆▆▆▆▆  two at once
//! ```
//!
//! There is no machine of `crack`: it awaits nothing, so it has nothing to keep
//! from one poll to the next. One poll is all there is.
//!
//! How much sooner two threads are done depends on who else wants a processor.
//! So the work is told by the clock of each thread, which stands still while
//! others compute: joined, four cracks are the work of four; on two threads,
//! each has about half of it, in the same stretch of time. That the whole takes
//! half as long, on two free cores, is what the program says and not what it
//! claims.
//!
//! Next: `scheduling.rs`.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use onecook::future::join;
use rustix::time::{ClockId, clock_gettime};

use super::expected::Expected;
use super::four_ways::{concurrent, two_cooks};
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::egg::FryError;
use crate::words::short;

/// A crack takes so much of the cook time.
const CRACK: f64 = 1.0 / 16.0;

/// A cracked egg: when somebody was busy with it, and for how much of that
/// time a processor was.
struct Cracked {
    began: Instant,
    ended: Instant,
    computed: Duration,
}

/// Cracks an egg: an `async fn` that never waits.
#[allow(clippy::unused_async)] // that is what makes it CPU-bound
async fn crack(griddle: &Griddle, name: &str, shell: u64) -> Cracked {
    griddle.note(name, "Cracking");
    let began = Instant::now();
    let computed = compute(shell);
    let ended = Instant::now();
    griddle.note(name, "Done");
    Cracked { began, ended, computed }
}

/// Something to compute, in so many rounds, that cannot be left out. Says how
/// long it took this thread.
fn compute(rounds: u64) -> Duration {
    let clock = CpuClock::start();
    let mut number = 1_u64;
    for round in 0..rounds {
        number = black_box(number.rotate_left(5) ^ round);
    }
    clock.elapsed()
}

/// How hard a shell must be to take this machine `time`: in rounds, so that it
/// is as hard for everybody, and who is faster is done faster.
fn shell_for(time: Duration) -> u64 {
    let mut rounds = 1_000;
    let mut took = compute(rounds);
    while took < Duration::from_millis(4) {
        rounds *= 2;
        took = compute(rounds);
    }
    let rounds = u128::from(rounds) * time.as_nanos() / took.as_nanos();
    u64::try_from(rounds).expect("not a shell of stone")
}

/// A clock of this thread. While it waits, or while others have the processor,
/// the clock stands still.
#[derive(Clone, Copy, Debug)]
pub struct CpuClock {
    began: Duration,
}

impl CpuClock {
    /// Starts to count.
    #[must_use]
    pub fn start() -> CpuClock {
        CpuClock { began: CpuClock::now() }
    }

    /// For how long the thread has computed since.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        CpuClock::now().saturating_sub(self.began)
    }

    fn now() -> Duration {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::try_from(time).expect("a time since the thread began")
    }
}

#[allow(clippy::unnecessary_wraps)] // cracking cannot fail
fn crack_on_one_thread(griddle: &Griddle) -> Result<(), FryError> {
    let shell = shell_for(griddle.of_cook_time(CRACK));
    let before = compute(shell).min(compute(shell));
    let eggs = ["A", "B", "C", "D"].map(|name| crack(griddle, name, shell));
    let four = griddle.block_on(join(eggs));
    let after = compute(shell).min(compute(shell));
    let one = before.min(after); // the least disturbed

    griddle.say(format!("one: {} of computing", short(one)));
    griddle.say(format!("four, joined: {}", short(computed(&four))));
    let in_turn = four.windows(2).all(|two| two[0].ended <= two[1].began);
    griddle.claim("nobody cracks two at once", in_turn);
    let text = "four joined are the work of four: more than of three";
    griddle.claim(text, computed(&four) > one * 3);
    Ok(())
}

#[allow(clippy::unnecessary_wraps)] // cracking cannot fail
fn crack_on_two_threads(griddle: &Griddle) -> Result<(), FryError> {
    let shell = shell_for(griddle.of_cook_time(CRACK));
    let both_are_here = Barrier::new(2);
    let crack_two = |names: [&str; 2]| {
        let eggs = names.map(|name| crack(griddle, name, shell));
        both_are_here.wait();
        griddle.block_on(join(eggs))
    };
    let (ours, theirs) = thread::scope(|kitchen| {
        let cook = kitchen.spawn(|| crack_two(["C", "D"]));
        (crack_two(["A", "B"]), cook.join().expect("no cook panics"))
    });

    let began = ours[0].began.min(theirs[0].began);
    let time = ours[1].ended.max(theirs[1].ended) - began;
    let sum = computed(&ours) + computed(&theirs);
    griddle.say(format!("four: {} of computing", short(sum)));
    griddle.say(format!("on two threads, in {}", short(time)));
    let at_once =
        ours[0].began < theirs[1].ended && theirs[0].began < ours[1].ended;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    griddle.claim("two threads crack at once", at_once || cores == 1);
    let about_half = [&ours, &theirs].map(|two| {
        let share = computed(two).div_duration_f64(sum);
        (0.3..0.7).contains(&share)
    });
    let text = "each of the two computes about half of it";
    griddle.claim(text, about_half == [true; 2]);
    Ok(())
}

fn computed(eggs: &[Cracked]) -> Duration {
    eggs.iter().map(|egg| egg.computed).sum()
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[6],
    public: &[6],
    slug: "cpu-vs-io",
    title: "CPU-bound vs. IO-bound",
    about: "to crack an egg is work, to fry it is waiting",
    parts: &[
        Part {
            name: "crack, one thread",
            machine: None,
            expected: Expected::any_time().served(0),
            run: crack_on_one_thread,
        },
        Part {
            name: "crack, two threads",
            machine: None,
            expected: Expected::any_time().served(0),
            run: crack_on_two_threads,
        },
        Part {
            name: "fry, one thread",
            machine: Some("FryEgg"),
            expected: Expected::takes(1.0).in_pan(4).served(4),
            run: concurrent,
        },
        Part {
            name: "fry, two threads",
            machine: Some("FryEgg"),
            expected: Expected::takes(1.0).in_pan(4).served(4),
            run: two_cooks,
        },
    ],
};
