//! The combinators against a model that is too simple to be wrong.
//!
//! semantics 30, 31, 32
//!
//! A case says of each child how often it is pending, how it ends and whom it
//! wakes meanwhile, and what happens from outside. The model says who must be
//! polled when, who is dropped when, how often the parent is woken, and what
//! comes out. All of that is compared, after every step.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;

use onecook::future::{join, race, race_ok, try_join};
use onecook_tests::CountingWaker;
use proptest::prelude::*;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rule {
    Join,
    TryJoin,
    Race,
    RaceOk,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shape {
    Vec,
    Array,
    Tuple,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Ok,
    Err,
    Panic,
}

/// What a child does.
#[derive(Clone, Copy, Debug)]
struct Script {
    pending: usize,
    end: End,
    /// Whom it wakes at each poll.
    wakes: Option<usize>,
}

/// What happens from outside.
#[derive(Clone, Copy, Debug)]
enum Step {
    Wake(usize),
    WakeFromThread(usize),
    Poll,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Event {
    Polled(usize),
    FutureDropped(usize),
    OutputDropped(usize),
}

/// What comes out: places, and whether each was well.
#[derive(PartialEq, Eq, Debug)]
enum Verdict {
    All(Vec<(usize, bool)>),
    First(usize, bool),
}

#[derive(Default)]
struct Shared {
    log: RefCell<Vec<Event>>,
    wakers: RefCell<Vec<Option<Waker>>>,
}

impl Shared {
    fn add(&self, event: Event) {
        self.log.borrow_mut().push(event);
    }

    fn waker(&self, place: usize) -> Option<Waker> {
        self.wakers.borrow().get(place).cloned().flatten()
    }
}

struct Child {
    place: usize,
    script: Script,
    shared: Rc<Shared>,
}

impl Future for Child {
    type Output = Result<Output, Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.shared.add(Event::Polled(this.place));
        let newest = Some(cx.waker().clone());
        let before = std::mem::replace(
            &mut this.shared.wakers.borrow_mut()[this.place],
            newest,
        );
        drop(before);
        let target = this.script.wakes.and_then(|it| this.shared.waker(it));
        if let Some(waker) = target {
            waker.wake();
        }
        if this.script.pending > 0 {
            this.script.pending -= 1;
            return Poll::Pending;
        }
        let shared = Some(this.shared.clone());
        let output = Output { place: this.place, shared };
        Poll::Ready(match this.script.end {
            End::Ok => Ok(output),
            End::Err => Err(output),
            End::Panic => {
                output.deliver();
                resume_unwind(Box::new("a child panics"))
            }
        })
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.shared.add(Event::FutureDropped(self.place));
    }
}

struct Output {
    place: usize,
    shared: Option<Rc<Shared>>,
}

impl Output {
    fn deliver(mut self) -> usize {
        self.shared = None;
        self.place
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.add(Event::OutputDropped(self.place));
        }
    }
}

fn one(output: Result<Output, Output>) -> (usize, bool) {
    let well = output.is_ok();
    (output.unwrap_or_else(|output| output).deliver(), well)
}

fn all(outputs: impl IntoIterator<Item = Output>, well: bool) -> Verdict {
    let places = outputs.into_iter().map(|it| (it.deliver(), well));
    Verdict::All(places.collect())
}

type Boxed = Pin<Box<dyn Future<Output = Verdict>>>;

/// `$list` makes an iterator of what comes out.
macro_rules! combine {
    ($rule:expr, $futures:expr, $list:expr) => {{
        let futures = $futures;
        let boxed: Boxed = match $rule {
            Rule::Join => {
                let joined = join(futures);
                Box::pin(async move {
                    let outputs = $list(joined.await).into_iter();
                    Verdict::All(outputs.map(one).collect())
                })
            }
            Rule::TryJoin => {
                let joined = try_join(futures);
                Box::pin(async move {
                    match joined.await {
                        Ok(outputs) => all($list(outputs), true),
                        Err(error) => Verdict::First(error.deliver(), false),
                    }
                })
            }
            Rule::Race => {
                let raced = race(futures);
                Box::pin(async move {
                    let (place, well) = one(raced.await);
                    Verdict::First(place, well)
                })
            }
            Rule::RaceOk => {
                let raced = race_ok(futures);
                Box::pin(async move {
                    match raced.await {
                        Ok(value) => Verdict::First(value.deliver(), true),
                        Err(errors) => all(errors, false),
                    }
                })
            }
        };
        boxed
    }};
}

fn array<const N: usize>(children: Vec<Child>) -> [Child; N] {
    children.try_into().ok().expect("as many as that")
}

fn combined(rule: Rule, shape: Shape, children: Vec<Child>) -> Boxed {
    match (shape, children.len()) {
        (Shape::Array, 0) => combine!(rule, array::<0>(children), |it| it),
        (Shape::Array, 1) => combine!(rule, array::<1>(children), |it| it),
        (Shape::Array, 2) => combine!(rule, array::<2>(children), |it| it),
        (Shape::Array, 3) => combine!(rule, array::<3>(children), |it| it),
        (Shape::Array, 4) => combine!(rule, array::<4>(children), |it| it),
        (Shape::Tuple, 1) => {
            let [a] = array(children);
            combine!(rule, (a,), |(a,)| [a])
        }
        (Shape::Tuple, 2) => {
            let [a, b] = array(children);
            combine!(rule, (a, b), |(a, b)| [a, b])
        }
        (Shape::Tuple, 3) => {
            let [a, b, c] = array(children);
            combine!(rule, (a, b, c), |(a, b, c)| [a, b, c])
        }
        (Shape::Tuple, 4) => {
            let [a, b, c, d] = array(children);
            combine!(rule, (a, b, c, d), |(a, b, c, d)| [a, b, c, d])
        }
        _ => combine!(rule, children, |it| it),
    }
}

/// What must happen.
struct Model {
    rule: Rule,
    scripts: Vec<Script>,
    life: Vec<Life>,
    woken: VecDeque<usize>,
    has_waker: Vec<bool>,
    notified: bool,
    wakes: usize,
    log: Vec<Event>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Life {
    Alive { queued: bool },
    Kept { well: bool },
    Over,
}

#[derive(PartialEq, Eq, Debug)]
enum Answer {
    Pending,
    Ready(Verdict),
    Panicked,
}

impl Model {
    fn new(rule: Rule, scripts: &[Script], first: usize) -> Model {
        let count = scripts.len();
        Model {
            rule,
            scripts: scripts.to_vec(),
            life: vec![Life::Alive { queued: true }; count],
            woken: (first..count).chain(0..first).collect(),
            has_waker: vec![false; count],
            notified: true,
            wakes: 0,
            log: Vec::new(),
        }
    }

    fn wake(&mut self, place: usize) {
        if self.has_waker.get(place) != Some(&true) {
            return;
        }
        if self.life[place] == (Life::Alive { queued: false }) {
            self.life[place] = Life::Alive { queued: true };
            self.woken.push_back(place);
            self.wakes += usize::from(!self.notified);
            self.notified = true;
        }
    }

    /// During the poll nobody wakes the parent. Whoever was woken meanwhile has
    /// it woken at the end, once, if it is going to wait.
    fn poll(&mut self) -> Answer {
        let answer = self.poll_woken();
        if answer == Answer::Pending {
            let alive =
                |it: &usize| matches!(self.life[*it], Life::Alive { .. });
            self.notified = self.woken.iter().any(alive);
            self.wakes += usize::from(self.notified);
        }
        answer
    }

    /// Until it is pending, nobody need wake who is polling already.
    fn poll_woken(&mut self) -> Answer {
        self.notified = true;
        for _ in 0..self.woken.len() {
            let place = self.woken.pop_front().unwrap();
            if !matches!(self.life[place], Life::Alive { .. }) {
                continue;
            }
            if self.is_over() {
                break;
            }
            if let Some(answer) = self.poll_child(place) {
                return answer;
            }
        }
        if !self.is_over() || (self.rule == Rule::Race && self.life.is_empty())
        {
            return Answer::Pending;
        }
        let handed_out = self.life.iter_mut().enumerate();
        let places = handed_out.map(|(place, life)| {
            let life = std::mem::replace(life, Life::Over);
            let Life::Kept { well } = life else { panic!("{life:?}") };
            (place, well)
        });
        Answer::Ready(Verdict::All(places.collect()))
    }

    fn is_over(&self) -> bool {
        !self.life.iter().any(|it| matches!(it, Life::Alive { .. }))
    }

    fn poll_child(&mut self, place: usize) -> Option<Answer> {
        self.log.push(Event::Polled(place));
        self.has_waker[place] = true;
        self.life[place] = Life::Alive { queued: false };
        if let Some(target) = self.scripts[place].wakes {
            self.wake(target);
        }
        let script = &mut self.scripts[place];
        if script.pending > 0 {
            script.pending -= 1;
            return None;
        }
        let well = match script.end {
            End::Ok => true,
            End::Err => false,
            End::Panic => return Some(Answer::Panicked),
        };
        self.log.push(Event::FutureDropped(place));
        let keeps = match self.rule {
            Rule::Join => true,
            Rule::TryJoin => well,
            Rule::Race => false,
            Rule::RaceOk => !well,
        };
        if keeps {
            self.life[place] = Life::Kept { well };
            return None;
        }
        self.life[place] = Life::Over;
        self.clear();
        Some(Answer::Ready(Verdict::First(place, well)))
    }

    fn clear(&mut self) {
        for (place, life) in self.life.iter_mut().enumerate() {
            match std::mem::replace(life, Life::Over) {
                Life::Alive { .. } => {
                    self.log.push(Event::FutureDropped(place));
                }
                Life::Kept { .. } => {
                    self.log.push(Event::OutputDropped(place));
                }
                Life::Over => {}
            }
        }
    }
}

fn answer(future: &mut Boxed, waker: &Waker) -> Answer {
    let mut cx = Context::from_waker(waker);
    let polled = || future.as_mut().poll(&mut cx);
    match catch_unwind(AssertUnwindSafe(polled)) {
        Ok(Poll::Pending) => Answer::Pending,
        Ok(Poll::Ready(verdict)) => Answer::Ready(verdict),
        Err(_) => Answer::Panicked,
    }
}

/// Futures and outputs apart: how these two mix in a drop is not promised.
fn by_kind(log: &[Event]) -> (Vec<Event>, Vec<Event>) {
    log.iter().partition(|it| matches!(it, Event::OutputDropped(_)))
}

/// Runs one case to its end, or until the steps are over and it is dropped.
fn run(rule: Rule, shape: Shape, scripts: &[Script], steps: &[Step]) {
    let shared = Rc::new(Shared::default());
    shared.wakers.borrow_mut().resize(scripts.len(), None);
    let child = |(place, script): (usize, &Script)| Child {
        place,
        script: *script,
        shared: shared.clone(),
    };
    let children = scripts.iter().enumerate().map(child).collect();
    let mut future = combined(rule, shape, children);
    let parent = CountingWaker::new();
    let waker = parent.waker();
    let mut model: Option<Model> = None;
    let mut ended = false;
    for step in [Step::Poll].iter().chain(steps) {
        match *step {
            Step::Poll => {
                let found = answer(&mut future, &waker);
                let model = model.get_or_insert_with(|| {
                    let first = match shared.log.borrow().first() {
                        Some(Event::Polled(first)) => *first,
                        _ => 0,
                    };
                    Model::new(rule, scripts, first)
                });
                if rule == Rule::Join && model.log.is_empty() {
                    let first = shared.log.borrow().first().copied();
                    assert!(matches!(first, None | Some(Event::Polled(0))));
                }
                let expected = model.poll();
                assert_eq!(found, expected);
                ended = expected != Answer::Pending;
                if expected == Answer::Panicked {
                    model.clear(); // the `async` block around it was dropped
                }
            }
            Step::Wake(place) => {
                if let Some(waker) = shared.waker(place) {
                    waker.wake();
                }
                model.as_mut().unwrap().wake(place);
            }
            Step::WakeFromThread(place) => {
                // A letter and a wake of the own thread may both wake the
                // parent, so it is sent when the parent was not woken yet.
                let model = model.as_mut().unwrap();
                if let (false, Some(waker)) =
                    (model.notified, shared.waker(place))
                {
                    thread::spawn(move || waker.wake()).join().unwrap();
                    model.wake(place);
                    let found = answer(&mut future, &parent.waker());
                    let expected = model.poll();
                    assert_eq!(found, expected);
                    ended = expected != Answer::Pending;
                    if expected == Answer::Panicked {
                        model.clear();
                    }
                }
            }
        }
        let model = model.as_ref().unwrap();
        assert_eq!(by_kind(&shared.log.borrow()), by_kind(&model.log));
        assert_eq!(parent.wakes(), model.wakes);
        if ended {
            break;
        }
    }
    let model = model.as_mut().unwrap();
    drop(future);
    model.clear();
    assert_eq!(by_kind(&shared.log.borrow()), by_kind(&model.log));
    // Late wakes reach nobody.
    for waker in shared.wakers.take().into_iter().flatten() {
        waker.wake();
    }
    assert_eq!(parent.wakes(), model.wakes);
    drop(waker);
    assert_eq!(parent.holders(), 0, "somebody keeps the parent's waker");
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in permutations(count - 1) {
        for at in 0..count {
            let mut longer = shorter.clone();
            longer.insert(at, count - 1);
            all.push(longer);
        }
    }
    all
}

/// Wakes everybody in that order, `rounds` times: each before a poll of its
/// own, or all before one poll.
fn steps(order: &[usize], rounds: usize, one_by_one: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    for _ in 0..rounds {
        for place in order {
            steps.push(Step::Wake(*place));
            if one_by_one {
                steps.push(Step::Poll);
            }
        }
        steps.push(Step::Poll); // none was woken, or all
    }
    steps
}

fn every_pattern(rule: Rule, count: usize, longest: usize) {
    let ends = [End::Ok, End::Err, End::Panic];
    let kinds = ends.len() * (longest + 1);
    let orders = permutations(count);
    let turns = orders.len().max(3);
    for pattern in 0..kinds.pow(u32::try_from(count).unwrap()) {
        let script = |place: usize| {
            let kind = pattern / kinds.pow(u32::try_from(place).unwrap());
            let end = ends[kind % ends.len()];
            let pending = kind % kinds / ends.len();
            Script { pending, end, wakes: None }
        };
        let scripts: Vec<_> = (0..count).map(script).collect();
        // Each pattern meets each shape, and each order.
        for (turn, order) in orders.iter().cycle().take(turns).enumerate() {
            let shapes = [Shape::Vec, Shape::Array, Shape::Tuple];
            let shape = shapes[(pattern + turn) % shapes.len()];
            for one_by_one in [false, true] {
                let steps = steps(order, longest, one_by_one);
                run(rule, shape, &scripts, &steps);
            }
        }
    }
}

fn every_pattern_up_to_four(rule: Rule) {
    every_pattern(rule, 0, 1);
    every_pattern(rule, 1, 3);
    every_pattern(rule, 2, 3);
    every_pattern(rule, 3, 1);
    every_pattern(rule, 4, 1);
}

#[test]
fn join_follows_the_model_in_every_pattern_of_up_to_four() {
    every_pattern_up_to_four(Rule::Join);
}

#[test]
fn try_join_follows_the_model_in_every_pattern_of_up_to_four() {
    every_pattern_up_to_four(Rule::TryJoin);
}

#[test]
fn race_follows_the_model_in_every_pattern_of_up_to_four() {
    every_pattern_up_to_four(Rule::Race);
}

#[test]
fn race_ok_follows_the_model_in_every_pattern_of_up_to_four() {
    every_pattern_up_to_four(Rule::RaceOk);
}

fn any_script(count: usize, ends: &'static [End]) -> BoxedStrategy<Script> {
    let wakes = prop_oneof![3 => Just(None), 1 => (0..count).prop_map(Some)];
    let end = prop::sample::select(ends);
    (0_usize..4, end, wakes)
        .prop_map(|(pending, end, wakes)| Script { pending, end, wakes })
        .boxed()
}

fn any_step(count: usize) -> impl Strategy<Value = Step> {
    prop_oneof![
        60 => (0..count).prop_map(Step::Wake),
        1 => (0..count).prop_map(Step::WakeFromThread),
        20 => Just(Step::Poll),
    ]
}

/// Lengths small and large; how the children end so that most go on long.
fn any_case(
    ends: &'static [End],
) -> impl Strategy<Value = (Vec<Script>, Vec<Step>)> {
    let count =
        prop_oneof![4 => 1_usize..12, 1 => 28_usize..36, 1 => 1_usize..=1000];
    count.prop_flat_map(move |count| {
        let scripts = prop::collection::vec(any_script(count, ends), count);
        let steps = prop::collection::vec(any_step(count), 0..count * 8);
        (scripts, steps)
    })
}

const WELL: &[End] = &[End::Ok];
const ILL: &[End] = &[End::Err];
const ANY: &[End] =
    &[End::Ok, End::Ok, End::Ok, End::Err, End::Err, End::Panic];

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..Default::default() })]

    #[test]
    fn join_follows_the_model((scripts, steps) in any_case(WELL)) {
        run(Rule::Join, Shape::Vec, &scripts, &steps);
    }

    #[test]
    fn try_join_follows_the_model((scripts, steps) in any_case(WELL)) {
        run(Rule::TryJoin, Shape::Vec, &scripts, &steps);
    }

    #[test]
    fn race_ok_follows_the_model((scripts, steps) in any_case(ILL)) {
        run(Rule::RaceOk, Shape::Vec, &scripts, &steps);
    }

    #[test]
    fn all_four_follow_the_model_whatever_happens(
        (scripts, steps) in any_case(ANY)
    ) {
        for rule in [Rule::Join, Rule::TryJoin, Rule::Race, Rule::RaceOk] {
            run(rule, Shape::Vec, &scripts, &steps);
        }
    }
}
