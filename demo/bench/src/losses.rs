//! The part of the report that says where somebody is faster than us, and why.
//!
//! Next: `reasons.rs`.

use std::fmt::Write;

use crate::group::{Group, groups};
use crate::reasons;
use crate::report::wrapped;
use crate::rounds::{Line, Ratio};

const HEAD: &str = "
## Where somebody is faster

Every case in which the median of a peer lies below 1, with the reason. (Those
with io_uring ask the kernel in another way, and are left out here.)

";

/// All such cases, in the order of the page.
#[must_use]
pub fn section(lines: &[Line]) -> String {
    let mut text = HEAD.to_owned();
    for group in groups(lines) {
        for line in &group.lines {
            if let Some(item) = item(&group, line) {
                let _ = writeln!(text, "{}", wrapped(&item));
            }
        }
    }
    text
}

fn item(group: &Group<'_>, line: &Line) -> Option<String> {
    let faster = faster(group, line);
    if faster.is_empty() {
        return None;
    }
    let is_even = faster.iter().all(|(_, it)| it.verdict() == "even");
    let told: Vec<_> = faster.iter().map(|(peer, it)| tell(peer, it)).collect();
    let why = reasons::why(line.name).unwrap_or(if is_even {
        "The spread lies on both sides of 1."
    } else {
        "Not found out yet."
    });
    Some(format!("- **{}**: {}. {why}", line.name, told.join(", ")))
}

/// Those who are faster in it, io_uring left aside.
fn faster(group: &Group<'_>, line: &Line) -> Vec<(&'static str, Ratio)> {
    let peers = group.peers().into_iter();
    peers
        .filter(|peer| !peer.ends_with("io_uring"))
        .filter_map(|peer| Some((peer, crate::group::fastest(peer, line)?)))
        .filter(|(_, ratio)| ratio.median < 0.995)
        .collect()
}

fn tell(peer: &str, ratio: &Ratio) -> String {
    format!("{:.2} x {peer} ({})", ratio.median, ratio.verdict())
}

#[cfg(test)]
mod tests {
    use super::section;
    use crate::rounds::{Figures, Line, Ratio};

    fn figures(runtime: &'static str, around: Option<f64>) -> Figures {
        let ratio =
            |median| Ratio { low: median - 0.01, median, high: median + 0.01 };
        Figures { runtime, nanos: 1.0, ratio: around.map(ratio) }
    }

    fn line(name: &'static str, ratios: [f64; 3]) -> Line {
        let [tokio, smol, uring] = ratios.map(Some);
        let figures = vec![
            figures("onecook", None),
            figures("tokio spawn", tokio),
            figures("smol", smol),
            figures("monoio io_uring", uring),
        ];
        Line { group: "runtime", name, operations: 1, figures }
    }

    #[test]
    fn each_loss_is_told_with_its_reason_and_nothing_else_is() {
        let text = section(&[
            line("race: 2", [0.5, 2.0, 0.5]),
            line("yield: 1 task", [2.0, 2.0, 0.5]),
            line("no such case", [2.0, 0.5, 2.0]),
        ]);
        let items: Vec<_> =
            text.lines().filter(|it| it.starts_with("- ")).collect();
        assert_eq!(items.len(), 2, "{text}");
        assert!(items[0].starts_with("- **race: 2**: 0.50 x fastest tokio"));
        assert!(text.contains("in the order of the wakes"), "{text}");
        assert_eq!(
            items[1],
            "- **no such case**: 0.50 x smol (loss). Not found out yet."
        );
    }
}
