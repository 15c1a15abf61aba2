//! What is told of a combinator's children, with a combinator as small as can
//! be.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use super::{set_hook, take_hook};
use crate::children::Children;
use crate::{Runtime, dump, spawn_named, yield_now};

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
        while let Some(place) = this.children.next(cx) {
            let turn = this.children.turn(place);
            match place {
                0 => {}
                1 => this.kept = Some(turn.context().waker().clone()),
                _ => continue,
            }
            drop(turn);
            if place == 0 {
                this.children.remove(place);
            }
        }
        Poll::Pending
    }
}

fn three() -> Three {
    Three { children: Children::new("join"), kept: None }
}

#[test]
fn a_combinators_children_share_a_line_of_the_dump() {
    let text = Runtime::new().unwrap().block_on(async {
        let _cook = spawn_named("cook", three());
        yield_now().await;
        dump()
    });
    let line = "   └─ `join` of 3: 1 done, 1 waiting, \
                1 STUCK (nobody holds its waker)\n";
    assert!(text.contains(line), "{text}");
    assert!(text.contains("waits for its children"), "{text}");
}

#[test]
fn a_lost_child_of_a_combinator_is_reported_once_by_its_place() {
    let texts = Arc::new(Mutex::new(Vec::new()));
    let caught = texts.clone();
    set_hook(move |report| caught.lock().push(report.text().to_owned()));
    let pause = std::time::Duration::from_millis(2);
    Runtime::new().unwrap().block_on(async {
        let _cook = spawn_named("cook", three());
        crate::time::sleep(pause).await;
        crate::time::sleep(pause).await;
    });
    take_hook();
    let texts = texts.lock();
    assert_eq!(texts.len(), 1, "{texts:#?}");
    let begin = "child 2 of `join`, in task 1 'cook' (spawned at ";
    assert!(texts[0].starts_with(begin), "{texts:#?}");
    assert!(texts[0].contains("is pending, but nobody"), "{texts:#?}");
}
