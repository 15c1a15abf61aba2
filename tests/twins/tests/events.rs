//! Each machine does what its `async fn` does, event by event: for every
//! pattern of readiness, dropped after each pending poll, with something going
//! wrong at each leaf.
//!
//! Where there are too many runs for all of them, some are random. They are
//! the same ones each time, but for `ONECOOK_SEED=2`; `ONECOOK_RUNS=10` tries
//! ten times as many.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{panic, thread};

use onecook_twins::compare::{Compared, Pair};
use onecook_twins::{broken, pairs};

/// Compares two twins, as often as the environment says.
fn compare(pair: &Pair) -> Result<Compared, String> {
    let number = |name| std::env::var(name).ok()?.parse::<u32>().ok();
    let seed = number("ONECOOK_SEED").unwrap_or(1);
    let times = number("ONECOOK_RUNS").unwrap_or(1);
    pair.compare(seed.into(), times as usize)
}

#[test]
fn every_machine_does_what_its_async_fn_does() {
    let next = AtomicUsize::new(0);
    let differences = Mutex::new(String::new());
    let work = || {
        let pairs = pairs::all();
        while let Some(pair) = pairs.get(next.fetch_add(1, Ordering::Relaxed)) {
            match compare(pair) {
                Ok(compared) => println!("{}: {compared}", pair.name),
                Err(new) => *differences.lock().unwrap() += &new,
            }
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    let differences = differences.into_inner().unwrap();
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn a_fault_in_what_a_machine_does_is_seen() {
    let compared = compare(&broken::right());
    assert!(compared.is_ok(), "{compared:?}");
    for (pair, gives_it_away) in broken::all() {
        let difference = compare(&pair);
        let difference = difference.expect_err(pair.name);
        println!("{difference}");
        let marked = difference.lines().find(|line| line.starts_with('>'));
        let machine = marked.and_then(|line| line.split(" | ").nth(1));
        let machine = machine.map(str::trim);
        assert_eq!(machine, Some(gives_it_away), "{}", pair.name);
    }
}

#[test]
fn polled_after_the_end_both_panic_and_the_machine_says_its_name() {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {})); // expected, a dozen times over
    let said: Vec<_> = pairs::all()
        .iter()
        .map(|pair| (pair.name, pair.polled_after_the_end()))
        .collect();
    panic::set_hook(hook);
    for (name, [by_async, by_machine]) in said {
        if by_async == "no panic, ready: true" {
            assert_eq!(by_machine, by_async, "{name}: a stream stays ended");
            continue;
        }
        assert_eq!(by_async, "`async fn` resumed after completion", "{name}");
        let expected = format!("`{name}` polled after it was done");
        assert_eq!(by_machine, expected);
    }
}
