//! Random trees of scopes: whatever their children do, nobody lives longer
//! than the scope, and no error is lost.
//!
//! semantics 36; design section 6

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use onecook::scope::{Cancelled, TryScope, try_scope};
use onecook::time::timeout;
use onecook::trace::Recorder;
use onecook::{Builder, yield_now};
use onecook_tests::trace_check::expect_sound;
use proptest::prelude::*;

/// What a child, or a body, does before it ends.
#[derive(Clone, Debug)]
struct Plan {
    yields: u8,
    /// Spawned into the own scope.
    siblings: Vec<Plan>,
    /// Run in a scope inside this child.
    nested: Option<Box<Plan>>,
    /// Whether the siblings' handles are awaited.
    joins: bool,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum End {
    Value,
    Fail,
    Panic,
    Never,
    CancelScope,
    AbortSibling,
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        6 => Just(End::Value),
        2 => Just(End::Fail),
        1 => Just(End::Panic),
        1 => Just(End::Never),
        1 => Just(End::CancelScope),
        1 => Just(End::AbortSibling),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    let leaf = (0..4_u8, end()).prop_map(|(yields, end)| Plan {
        yields,
        siblings: Vec::new(),
        nested: None,
        joins: false,
        end,
    });
    leaf.prop_recursive(4, 40, 5, |inner| {
        (
            0..4_u8,
            prop::collection::vec(inner.clone(), 0..5),
            prop::option::of(inner.prop_map(Box::new)),
            any::<bool>(),
            end(),
        )
            .prop_map(|(yields, siblings, nested, joins, end)| Plan {
                yields,
                siblings,
                nested,
                joins,
                end,
            })
    })
}

#[derive(Clone, Debug, PartialEq)]
enum Failure {
    Number(u32),
    Cancelled(Cancelled),
}

impl From<Cancelled> for Failure {
    fn from(cancelled: Cancelled) -> Failure {
        Failure::Cancelled(cancelled)
    }
}

/// The path of a scope: the numbers of those around it, and its own.
type Path = Rc<Vec<u32>>;

/// The model: who lives below which scope, and who failed in it.
#[derive(Default)]
struct World {
    next: Cell<u32>,
    made: Cell<u32>,
    dropped: Cell<u32>,
    living: RefCell<Vec<Path>>,
    failed: RefCell<Vec<(Path, Failure)>>,
    scopes_checked: Cell<u32>,
}

/// A future's life: from the moment it is made until it is dropped.
struct Life {
    world: Rc<World>,
    path: Path,
}

impl World {
    fn number(&self) -> u32 {
        self.next.set(self.next.get() + 1);
        self.next.get()
    }

    fn begin(self: &Rc<World>, path: &Path) -> Life {
        self.made.set(self.made.get() + 1);
        self.living.borrow_mut().push(path.clone());
        Life { world: self.clone(), path: path.clone() }
    }

    fn living_below(&self, path: &Path) -> usize {
        let living = self.living.borrow();
        living.iter().filter(|it| it.starts_with(path)).count()
    }

    fn failures_of(&self, path: &Path) -> Vec<Failure> {
        let failed = self.failed.borrow();
        let own = failed.iter().filter(|(it, _)| it == path);
        own.map(|(_, failure)| failure.clone()).collect()
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let mut living = self.world.living.borrow_mut();
        let place = living.iter().position(|it| Rc::ptr_eq(it, &self.path));
        living.swap_remove(place.expect("it is dropped once"));
        self.world.dropped.set(self.world.dropped.get() + 1);
    }
}

type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

/// A scope, and what must hold when it returns.
fn run_scope(plan: Plan, world: Rc<World>, around: Path) -> Boxed<()> {
    Box::pin(async move {
        let mut path = (*around).clone();
        path.push(world.number());
        let path = Rc::new(path);
        let (inner, at) = (world.clone(), path.clone());
        let life = inner.begin(&at);
        let result = try_scope(|s| run_child(plan, s, life, inner, at)).await;
        assert_eq!(world.living_below(&path), 0, "somebody lives below");
        let mut failures = world.failures_of(&path);
        match result {
            Ok(()) => assert_eq!(failures, [], "an error was lost"),
            Err(error) if failures.is_empty() => {
                failures.push(Failure::Cancelled(Cancelled::ByCall));
                assert_eq!(error.iter().cloned().collect::<Vec<_>>(), failures);
            }
            Err(error) => {
                assert_eq!(error.iter().cloned().collect::<Vec<_>>(), failures);
            }
        }
        world.scopes_checked.set(world.scopes_checked.get() + 1);
    })
}

/// A child, or a body. Its life begins when it is made, not when it is polled.
fn run_child(
    plan: Plan,
    s: TryScope<'static, Failure>,
    life: Life,
    world: Rc<World>,
    path: Path,
) -> Boxed<Result<(), Failure>> {
    Box::pin(async move {
        let _life = life;
        let mut handles = Vec::new();
        for sibling in plan.siblings {
            let life = world.begin(&Rc::new((*path).clone()));
            let (world, path) = (world.clone(), path.clone());
            let child = run_child(sibling, s.clone(), life, world, path);
            handles.push(s.spawn(child));
        }
        for _ in 0..plan.yields {
            yield_now().await;
        }
        if plan.end == End::AbortSibling {
            handles.iter().for_each(onecook::scope::ScopedHandle::abort);
        }
        if let Some(nested) = plan.nested {
            run_scope(*nested, world.clone(), path.clone()).await;
        }
        if plan.joins {
            for handle in handles {
                let _ = handle.await;
            }
        }
        match plan.end {
            End::Value | End::AbortSibling => Ok(()),
            End::Never => onecook::future::pending().await,
            End::Panic => resume_unwind(Box::new("a planned panic")),
            End::CancelScope => {
                s.cancel();
                yield_now().await;
                unreachable!("nobody is polled after a cancel")
            }
            End::Fail => {
                let failure = Failure::Number(world.number());
                world.failed.borrow_mut().push((path, failure.clone()));
                Err(failure)
            }
        }
    })
}

/// Runs a tree until it ends, panics, or nothing but waiting is left; then it
/// is dropped. Returns how many scopes returned.
fn run(plan: Plan) -> u32 {
    let world = Rc::new(World::default());
    let recorder = Recorder::start();
    let runtime = Builder::new().virtual_time().build().unwrap();
    let tree = run_scope(plan, world.clone(), Rc::default());
    let hour = Duration::from_secs(3600);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let _ = runtime.block_on(async { timeout(hour, tree).await });
    }));
    drop(runtime);
    if let Err(payload) = ended {
        let planned =
            payload.downcast_ref::<&str>() == Some(&"a planned panic");
        let named = payload.downcast_ref::<String>();
        let named = named.is_some_and(|it| it.ends_with("a planned panic"));
        if !planned && !named {
            resume_unwind(payload);
        }
    }
    assert_eq!(world.living.borrow().len(), 0, "somebody is left");
    assert_eq!(world.made.get(), world.dropped.get());
    expect_sound(&recorder.finish());
    world.scopes_checked.get()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn nobody_outlives_a_scope_and_no_error_is_lost(plan in plan()) {
        run(plan);
    }
}

#[test]
fn the_model_sees_scopes_return() {
    let leaf = |end| Plan {
        yields: 1,
        siblings: vec![],
        nested: None,
        joins: true,
        end,
    };
    let plan = Plan {
        siblings: vec![leaf(End::Value), leaf(End::Fail), leaf(End::Fail)],
        nested: Some(Box::new(leaf(End::Value))),
        ..leaf(End::Value)
    };
    assert_eq!(run(plan), 2);
}
