//! Why we lose, where we do: the report says it beside the figures.
//!
//! Next: `plot.rs`.

/// Cases whose name begins so, and why we are slower than somebody there.
const REASONS: [(&str, &str); 18] = [
    (
        "spawn all, then join",
        "A task of ours has a place in the slab, a box and an id; monoio's and \
         compio's is one block of memory, and its handle a pointer, which \
         takes unsafe code. 990 instructions against monoio's 550; the \
         allocator takes some 300 of both.",
    ),
    (
        "join tree",
        "As with \"spawn all, then join\": monoio's task is one block, and its \
         handle a pointer.",
    ),
    (
        "abort and join",
        "The error says which task was aborted and where it was spawned, in a \
         box of its own; and with a hundred thousand at once the boxes that \
         are freed lie apart. 1,770 instructions against compio's 1,320, with \
         the spawn and the first poll in both.",
    ),
    (
        "timers firing",
        "Ours fire in the order of their nanoseconds, which goes through the \
         tasks' memory at random: the waker's node, the place in the slab, \
         the future in its box. smol's and compio's task is one piece; ours \
         are looked at sixteen ahead, so that the waits overlap.",
    ),
    (
        "timer: same, beside 100,000",
        "These are due before those that were set, so they go to a heap: 521 \
         instructions against monoio's 495.",
    ),
    (
        "thread wakes 64 busy tasks",
        "A wake from another thread swaps a flag of the task, pushes into a \
         queue, and swaps a flag of the runtime to learn whether it sleeps.",
    ),
    (
        "thread wakes task",
        "Both ends are asleep when they are called, so what is measured is \
         how the kernel wakes a thread.",
    ),
    (
        "TCP echo",
        "What counts is the kernel: the loop of callbacks is hardly faster. \
         Of a message's time some 0.3 µs are ours.",
    ),
    (
        "join: 2",
        "Each child has a waker of its own, so that only those are polled who \
         were woken. To make it costs more than to poll two children again.",
    ),
    (
        "join: 10",
        "Each child has a waker of its own. From a hundred on, where polling \
         all of them again costs more, we win.",
    ),
    (
        "race",
        "These children wake themselves at once, all of them. A race polls \
         only who was woken, in the order of the wakes, and a waker for each \
         pays when few are.",
    ),
    (
        "merge",
        "Ours are polled in the order in which they were woken, which takes a \
         list; futures-concurrency keeps a bit for each. And each item takes \
         a unit of the task's budget.",
    ),
    (
        "chunks",
        "Eight items take a unit of the task's budget, so that a stream \
         which always has one holds nobody up. Half of the rest is the \
         allocator, on both sides.",
    ),
    (
        "mpmc",
        "Both ends meet at one lock for every value, where async-channel has a \
         queue without. A receiver that took several at a time, as that of \
         mpsc does, would keep them from the others.",
    ),
    (
        "mpsc bounded: from a thread",
        "Both ends meet at one lock, though the receiver takes a batch.",
    ),
    (
        "chain of wakes",
        "A look at the kernel every 61 polls is in it, and the order is \
         strictly first in, first out.",
    ),
    (
        "TCP accept",
        "What counts is the kernel: a connection is made and torn down. Ours \
         asks it for nothing else: it is not registered unless somebody has \
         to wait for it.",
    ),
    (
        "UDP",
        "What counts is the kernel: two system calls for a datagram, with \
         everybody. The loop of callbacks is hardly faster; how often the two \
         threads wake each other makes more of a difference. Of some 5 µs for \
         a datagram ours are about 0.2.",
    ),
];

/// Why we are slower than somebody in that case, if anybody has found out.
#[must_use]
pub fn why(case: &str) -> Option<&'static str> {
    let reason = REASONS.iter().find(|(name, _)| begins(case, name));
    reason.map(|(_, why)| *why)
}

/// Whether a case's name begins so: `join: 100` does not with `join: 10`.
fn begins(case: &str, name: &str) -> bool {
    let rest = case.strip_prefix(name);
    rest.is_some_and(|it| !it.starts_with(|it: char| it.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::{REASONS, why};
    use crate::catalogue::everybody;

    #[test]
    fn each_reason_belongs_to_a_case_of_ours() {
        let ours = everybody().swap_remove(0).cases;
        for (name, reason) in REASONS {
            let told = ours.iter().any(|case| why(case.name) == Some(reason));
            assert!(told, "there is no case `{name}`");
        }
    }

    #[test]
    fn what_is_said_of_ten_children_is_not_said_of_a_hundred() {
        assert!(why("join: 10").is_some() && why("join: 10 ready").is_some());
        assert_eq!(why("join: 100"), None);
        assert_eq!(why("join: 100 in turn"), None);
    }
}
