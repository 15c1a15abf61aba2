//! Choices: what may go one way or another, and how it went.
//!
//! A run asks again and again "which of so many?". Exhaustively: the answers
//! of one run are an odometer, and the next run turns its last digit that can
//! be turned. At random: from a seed. Played back: as they were.
//!
//! Next: `leaves.rs`, what the leaves ask.

/// One answer: which, of how many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Choice {
    taken: usize,
    of: usize,
}

/// The answers of a run, those given and those still to come.
#[derive(Clone, Debug)]
pub struct Choices {
    made: Vec<Choice>,
    next: usize,
    /// Beyond the answers laid down: at random, or always the first.
    random: Option<u64>,
}

impl Choices {
    /// Always the first: the run in which nothing has to wait.
    #[must_use]
    pub fn first() -> Choices {
        Choices { made: Vec::new(), next: 0, random: None }
    }

    /// At random. The same seed gives the same answers.
    #[must_use]
    pub fn random(seed: u64) -> Choices {
        let state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Choices { random: Some(state), ..Choices::first() }
    }

    /// The same answers once more, and the first of all that are asked beyond.
    #[must_use]
    pub fn again(&self) -> Choices {
        Choices { made: self.made.clone(), ..Choices::first() }
    }

    /// The next run of all that there are; `None` after the last.
    #[must_use]
    pub fn advanced(&self) -> Option<Choices> {
        let mut made = self.made.clone();
        while let Some(last) = made.pop() {
            if last.taken + 1 < last.of {
                made.push(Choice { taken: last.taken + 1, ..last });
                return Some(Choices { made, ..Choices::first() });
            }
        }
        None
    }

    /// Which of `count`?
    pub fn choose(&mut self, count: usize) -> usize {
        self.take(count, |draw| draw % count)
    }

    /// Whether something happens that ends much: in one of eight, at random;
    /// otherwise few runs would come far.
    pub fn seldom(&mut self) -> bool {
        self.take(2, |draw| usize::from(draw % 8 == 0)) == 1
    }

    fn take(
        &mut self,
        count: usize,
        of_draw: impl FnOnce(usize) -> usize,
    ) -> usize {
        let at = self.next;
        self.next += 1;
        if let Some(choice) = self.made.get(at) {
            // A twin that asks otherwise is another machine; it is told apart
            // by what it does, not here.
            return choice.taken.min(count - 1);
        }
        let taken = self.draw().map_or(0, of_draw);
        self.made.push(Choice { taken, of: count });
        taken
    }

    fn draw(&mut self) -> Option<usize> {
        let state = self.random.as_mut()?;
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        Some((*state >> 33) as usize)
    }
}
