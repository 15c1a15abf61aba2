//! How late timers are: a table of its own, since what counts is no time that
//! something takes.
//!
//! Next: `rounds.rs`.

use std::time::Duration;

use crate::catalogue::Contestant;

/// Its name, and its group's.
pub const NAME: &str = "timer lateness";

/// Timers in a round.
pub const TIMERS: u32 = 1000;

/// How late the timers of one runtime were, in microseconds.
#[derive(Clone, Debug)]
pub struct Lateness {
    /// Which runtime.
    pub runtime: String,
    /// Half of them were less late.
    pub median: f64,
    /// All but a hundredth were less late.
    pub most: f64,
}

/// When a timer is to fire, of those spread over a while: in no order, and
/// between the milliseconds.
#[must_use]
pub fn fire_at(number: u32, spread: Duration) -> Duration {
    let place = number * 617 % TIMERS; // each place once: 617 is prime
    spread * place / TIMERS + Duration::from_nanos(337 * u64::from(number))
}

/// Measures everybody who has timers, in turn.
#[must_use]
pub fn measure(
    contestants: &[Contestant],
    spread: Duration,
    rounds: usize,
) -> Vec<Lateness> {
    let mut late = vec![Vec::new(); contestants.len()];
    for _ in 0..rounds {
        for (Contestant { lateness, .. }, own) in
            contestants.iter().zip(&mut late)
        {
            own.extend(lateness.iter().flat_map(|measure| measure(spread)));
        }
    }
    let all = contestants.iter().zip(late);
    let all = all.filter(|(_, late)| !late.is_empty());
    all.map(|(it, late)| summed_up(it.name, late)).collect()
}

fn summed_up(runtime: &str, mut late: Vec<Duration>) -> Lateness {
    late.sort_unstable();
    let micros = |it: Duration| it.as_secs_f64() * 1e6;
    let median = micros(late[late.len() / 2]);
    let most = micros(late[late.len() * 99 / 100]);
    Lateness { runtime: runtime.to_owned(), median, most }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_of_the_spread_has_its_timer() {
        let spread = Duration::from_secs(1);
        let mut moments: Vec<u128> =
            (0..TIMERS).map(|it| fire_at(it, spread).as_millis()).collect();
        moments.sort_unstable();
        let each: Vec<u128> = (0..u128::from(TIMERS)).collect();
        assert_eq!(moments, each);
    }
}
