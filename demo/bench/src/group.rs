//! The cases of a group, and how we stand there with each peer.
//!
//! A peer is a runtime or a library; of the three ways to run tokio the fastest
//! counts in each case. The limit is none.

use std::fmt;

use crate::catalogue::everybody;
use crate::limit;
use crate::rounds::{Line, Ratio};

/// What tokio's three ways to run are called together.
const FASTEST_TOKIO: &str = "fastest tokio";

/// The cases of a group.
pub struct Group<'a> {
    /// Its name.
    pub name: &'static str,
    /// Its cases.
    pub lines: Vec<&'a Line>,
}

/// All groups, in the order in which they were measured.
#[must_use]
pub fn groups(lines: &[Line]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for line in lines {
        match groups.iter_mut().find(|group| group.name == line.group) {
            Some(group) => group.lines.push(line),
            None => groups.push(Group { name: line.group, lines: vec![line] }),
        }
    }
    groups
}

impl Group<'_> {
    /// Everybody who has one of its cases.
    #[must_use]
    pub fn runtimes(&self) -> Vec<&'static str> {
        let has_one = |runtime: &&str| {
            let mut figures = self.lines.iter().flat_map(|it| &it.figures);
            figures.any(|figures| figures.runtime == *runtime)
        };
        let everybody = everybody().into_iter();
        everybody.map(|it| it.name).filter(has_one).collect()
    }

    /// Whom we are compared with.
    #[must_use]
    pub fn peers(&self) -> Vec<&'static str> {
        let mut peers: Vec<&str> = Vec::new();
        for runtime in self.runtimes().into_iter().skip(1) {
            let peer = peer(runtime);
            if peer != limit::NAME && !peers.contains(&peer) {
                peers.push(peer);
            }
        }
        peers
    }

    /// How we stand with a peer.
    #[must_use]
    pub fn standing(&self, peer: &str) -> Standing {
        let lines = self.lines.iter();
        let ratios = lines.filter_map(|line| fastest(peer, line)).collect();
        Standing { ratios }
    }
}

fn peer(runtime: &'static str) -> &'static str {
    if runtime.starts_with("tokio") { FASTEST_TOKIO } else { runtime }
}

/// How often as long as ours the fastest of a peer's ways took.
#[must_use]
pub fn fastest(of: &str, line: &Line) -> Option<Ratio> {
    let ways = line.figures.iter().filter(|it| peer(it.runtime) == of);
    let ratios = ways.filter_map(|figures| figures.ratio);
    ratios.min_by(|a, b| a.median.total_cmp(&b.median))
}

/// How we stand with a peer: the geometric mean, and how often we win.
pub struct Standing {
    ratios: Vec<Ratio>,
}

impl Standing {
    /// The geometric mean of the ratios.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let sum: f64 = self.ratios.iter().map(|it| it.median.ln()).sum();
        (sum / self.ratios.len() as f64).exp()
    }

    /// How many cases came out so: "win", "even", "loss".
    #[must_use]
    pub fn count(&self, verdict: &str) -> usize {
        self.ratios.iter().filter(|it| it.verdict() == verdict).count()
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = self.mean();
        let [win, even, loss] =
            ["win", "even", "loss"].map(|verdict| self.count(verdict));
        write!(f, "{mean:>6.2} x   {win} win, {even} even, {loss} loss")
    }
}
