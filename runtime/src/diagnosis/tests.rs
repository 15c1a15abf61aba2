//! What is told of a combinator's children, with a combinator as small as can
//! be.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use parking_lot::Mutex;

use super::{set_hook, take_hook};
use crate::children::Children;
use crate::time::sleep;
use crate::{Runtime, dump, spawn_named};

/// Child 0 ends, child 1 leaves its waker here, child 2 forgets it.
struct Three {
    children: Children,
    kept: Option<Waker>,
}

impl Future for Three {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.children.start(3, 0);
        this.children.begin_poll(cx);
        while let Some(turn) = this.children.next_turn(cx) {
            match turn.place() {
                0 => this.children.end_last(&turn),
                1 => this.kept = Some(turn.context().waker().clone()),
                _ => {}
            }
        }
        Poll::Pending
    }
}

fn three() -> Three {
    Three { children: Children::new("join"), kept: None }
}

/// Spawns a task with such children, sleeps twice, and dumps.
fn dump_after_two_sleeps() -> String {
    let mut naps = Vec::new();
    Runtime::new().unwrap().block_on(poll_fn(move |cx| {
        if naps.is_empty() {
            drop(spawn_named("cook", three()));
            naps.extend([1, 4].map(|it| sleep(Duration::from_millis(it))));
        }
        for nap in &mut naps {
            ready!(Pin::new(nap).poll(cx));
        }
        Poll::Ready(dump())
    }))
}

#[test]
fn combinators_children_share_a_line_and_a_lost_one_is_reported_once() {
    let texts = Arc::new(Mutex::new(Vec::new()));
    let caught = texts.clone();
    set_hook(move |report| caught.lock().push(report.text().to_owned()));
    let text = dump_after_two_sleeps();
    take_hook();
    let line = "   └─ `join` of 3: 1 done, 1 waiting, \
                1 STUCK (nobody holds its waker)\n";
    assert!(text.contains(line), "{text}");
    assert!(text.contains("waits for its children"), "{text}");
    let texts = texts.lock();
    assert_eq!(texts.len(), 1, "{texts:#?}");
    let begin = "child 2 of `join`, in task 1 'cook' (spawned at ";
    assert!(texts[0].starts_with(begin), "{texts:#?}");
    assert!(texts[0].contains("is pending, but nobody"), "{texts:#?}");
}
