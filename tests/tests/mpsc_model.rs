//! `mpsc` and `oneshot` against models: random scripts of operations.
//!
//! A script sends, receives, reserves, polls and cancels what waits, closes
//! and drops; after each step everybody who was woken may be polled, or not.
//! What must hold: each value is delivered once, or returned, or dropped with
//! the future that held it; in order for each sender; and no slot is lost.
//!
//! semantics 23, 24, 25, 27

use std::collections::{BTreeMap, VecDeque};
use std::task::Poll;

use onecook::channel::mpsc::error::{SendError, TryRecvError, TrySendError};
use onecook::channel::mpsc::{
    OwnedPermit, Receiver, ReserveOwned, Send as Sending, Sender, channel,
};
use onecook::channel::oneshot;
use onecook_tests::{Counters, CountingWaker, poll_with};
use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_oneof, proptest};
use proptest::test_runner::FileFailurePersistence;

/// A failing seed is kept beside this file, and replayed first.
const SEEDS: FileFailurePersistence =
    FileFailurePersistence::WithSource("failed");

/// One step. A number picks one of those there are.
#[derive(Clone, Copy, Debug)]
enum Step {
    TrySend,
    /// Begins to send, or to reserve, with a first poll.
    Send,
    Reserve,
    PollSend(usize),
    CancelSend(usize),
    PollReserve(usize),
    CancelReserve(usize),
    UsePermit(usize),
    DropPermit(usize),
    TryRecv,
    /// Polls `recv` once, and drops it.
    Recv,
    RecvMany(usize),
    Close,
    DropReceiver,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pick = 0..4_usize;
    let step = prop_oneof![
        4 => Just(Step::TrySend),
        6 => Just(Step::Send),
        4 => Just(Step::Reserve),
        4 => pick.clone().prop_map(Step::PollSend),
        2 => pick.clone().prop_map(Step::CancelSend),
        3 => pick.clone().prop_map(Step::PollReserve),
        2 => pick.clone().prop_map(Step::CancelReserve),
        2 => pick.clone().prop_map(Step::UsePermit),
        2 => pick.prop_map(Step::DropPermit),
        4 => Just(Step::TryRecv),
        4 => Just(Step::Recv),
        2 => (0..4_usize).prop_map(Step::RecvMany),
        1 => Just(Step::Close),
        1 => Just(Step::DropReceiver),
    ];
    vec(step, 0..80)
}

/// Who waits for a slot: a sender with its value, or a reservation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ticket {
    Send(u32),
    Reserve(u32),
}

/// What a channel is, without wakers and locks.
#[derive(Debug, Default)]
struct Model {
    capacity: usize,
    values: VecDeque<u32>,
    line: VecDeque<Ticket>,
    /// Were handed a slot, and have not taken it yet.
    called: Vec<Ticket>,
    permits: usize,
    closed: bool,
    deserted: bool,
}

impl Model {
    fn free(&self) -> usize {
        let used = self.values.len() + self.called.len() + self.permits;
        self.capacity - used
    }

    fn call(&mut self) {
        while self.free() > 0 {
            let Some(next) = self.line.pop_front() else { return };
            self.called.push(next);
        }
    }

    /// What polling this one gives: granted, refused, or nothing yet.
    fn poll(&mut self, ticket: Ticket) -> Poll<bool> {
        if let Some(at) = self.called.iter().position(|it| *it == ticket) {
            self.called.remove(at);
            return Poll::Ready(!self.deserted);
        }
        if self.closed {
            return Poll::Ready(false);
        }
        Poll::Pending
    }

    fn begin(&mut self, ticket: Ticket) -> Poll<bool> {
        if !self.closed {
            self.line.push_back(ticket);
            self.call();
        }
        self.poll(ticket)
    }

    fn cancel(&mut self, ticket: Ticket) {
        self.line.retain(|it| *it != ticket);
        self.called.retain(|it| *it != ticket);
        self.call();
    }

    fn receive(&mut self) -> Option<u32> {
        let value = self.values.pop_front();
        self.call();
        value
    }

    fn is_over(&self) -> bool {
        self.closed && self.free() == self.capacity
    }

    fn close(&mut self) {
        self.closed = true;
        self.line.clear();
    }
}

/// A future that waits, and who it is.
struct Waiting<F> {
    future: F,
    number: u32,
    waker: CountingWaker,
}

/// The channel and its model, side by side.
struct Script<'a> {
    sender: &'a Sender<u32>,
    receiver: Option<Receiver<u32>>,
    recv_waker: CountingWaker,
    model: Model,
    sends: Vec<Waiting<Sending<'a, u32>>>,
    reserves: Vec<Waiting<ReserveOwned<u32>>>,
    permits: Vec<OwnedPermit<u32>>,
    next: u32,
}

fn pick<T>(list: &[T], number: usize) -> Option<usize> {
    (!list.is_empty()).then(|| number % list.len())
}

impl<'a> Script<'a> {
    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::TrySend => self.try_send(),
            Step::Send => self.send(),
            Step::Reserve => self.reserve(),
            Step::PollSend(at) => self.poll_send(at),
            Step::CancelSend(at) => self.cancel_send(at),
            Step::PollReserve(at) => self.poll_reserve(at),
            Step::CancelReserve(at) => self.cancel_reserve(at),
            Step::UsePermit(at) => self.use_permit(at),
            Step::DropPermit(at) => self.drop_permit(at),
            Step::TryRecv => self.try_recv(),
            Step::Recv => self.recv(),
            Step::RecvMany(limit) => self.recv_many(limit),
            Step::Close => self.close(),
            Step::DropReceiver => self.drop_receiver(),
        }
        self.compare();
    }

    fn try_send(&mut self) {
        let value = self.number();
        let expected = if self.model.closed {
            Err(TrySendError::Closed(value))
        } else if self.model.free() == 0 {
            Err(TrySendError::Full(value))
        } else {
            self.model.values.push_back(value);
            Ok(())
        };
        assert_eq!(self.sender.try_send(value), expected);
    }

    fn send(&mut self) {
        let number = self.number();
        let expected = self.model.begin(Ticket::Send(number));
        let sender: &'a Sender<u32> = self.sender;
        let waker = CountingWaker::new();
        let future = sender.send(number);
        self.advance_send(Waiting { future, number, waker }, expected);
    }

    fn poll_send(&mut self, at: usize) {
        let Some(at) = pick(&self.sends, at) else { return };
        let waiting = self.sends.remove(at);
        let expected = self.model.poll(Ticket::Send(waiting.number));
        self.advance_send(waiting, expected);
    }

    fn advance_send(
        &mut self,
        mut waiting: Waiting<Sending<'a, u32>>,
        expected: Poll<bool>,
    ) {
        let value = waiting.number;
        let polled = poll_with(&mut waiting.future, &waiting.waker.waker());
        match expected {
            Poll::Ready(true) => {
                self.model.values.push_back(value);
                assert_eq!(polled, Poll::Ready(Ok(())));
            }
            Poll::Ready(false) => {
                assert_eq!(polled, Poll::Ready(Err(SendError(value))));
            }
            Poll::Pending => {
                assert_eq!(polled, Poll::Pending);
                self.sends.push(waiting);
            }
        }
        self.model.call();
    }

    fn cancel_send(&mut self, at: usize) {
        let Some(at) = pick(&self.sends, at) else { return };
        let waiting = self.sends.remove(at);
        self.model.cancel(Ticket::Send(waiting.number));
    }

    fn reserve(&mut self) {
        let number = self.number();
        let expected = self.model.begin(Ticket::Reserve(number));
        let future = self.sender.clone().reserve_owned();
        let waker = CountingWaker::new();
        self.advance_reserve(Waiting { future, number, waker }, expected);
    }

    fn poll_reserve(&mut self, at: usize) {
        let Some(at) = pick(&self.reserves, at) else { return };
        let waiting = self.reserves.remove(at);
        let expected = self.model.poll(Ticket::Reserve(waiting.number));
        self.advance_reserve(waiting, expected);
    }

    fn advance_reserve(
        &mut self,
        mut waiting: Waiting<ReserveOwned<u32>>,
        expected: Poll<bool>,
    ) {
        let polled = poll_with(&mut waiting.future, &waiting.waker.waker());
        match polled {
            Poll::Ready(Ok(permit)) => {
                assert_eq!(expected, Poll::Ready(true));
                self.permits.push(permit);
                self.model.permits += 1;
            }
            Poll::Ready(Err(_)) => assert_eq!(expected, Poll::Ready(false)),
            Poll::Pending => {
                assert_eq!(expected, Poll::Pending);
                self.reserves.push(waiting);
            }
        }
        self.model.call();
    }

    fn cancel_reserve(&mut self, at: usize) {
        let Some(at) = pick(&self.reserves, at) else { return };
        let waiting = self.reserves.remove(at);
        self.model.cancel(Ticket::Reserve(waiting.number));
    }

    fn use_permit(&mut self, at: usize) {
        let Some(at) = pick(&self.permits, at) else { return };
        let value = self.number();
        drop(self.permits.remove(at).send(value));
        self.model.permits -= 1;
        if !self.model.deserted {
            self.model.values.push_back(value);
        }
    }

    fn drop_permit(&mut self, at: usize) {
        let Some(at) = pick(&self.permits, at) else { return };
        drop(self.permits.remove(at));
        self.model.permits -= 1;
        self.model.call();
    }

    fn try_recv(&mut self) {
        let Some(receiver) = &mut self.receiver else { return };
        let none = if self.model.is_over() {
            TryRecvError::Disconnected
        } else {
            TryRecvError::Empty
        };
        let expected = self.model.receive().ok_or(none);
        assert_eq!(receiver.try_recv(), expected);
    }

    fn recv(&mut self) {
        let Some(receiver) = &mut self.receiver else { return };
        let over = self.model.is_over();
        let expected = match self.model.receive() {
            None if !over => Poll::Pending,
            value => Poll::Ready(value),
        };
        let waker = self.recv_waker.waker();
        assert_eq!(poll_with(&mut receiver.recv(), &waker), expected);
    }

    fn recv_many(&mut self, limit: usize) {
        let Some(receiver) = &mut self.receiver else { return };
        let ends = limit == 0 || self.model.is_over();
        let taken = limit.min(self.model.values.len());
        let expected: Vec<_> = self.model.values.drain(..taken).collect();
        self.model.call();
        let mut buffer = Vec::new();
        let waker = self.recv_waker.waker();
        let mut recv = receiver.recv_many(&mut buffer, limit);
        match poll_with(&mut recv, &waker) {
            Poll::Ready(0) => assert!(ends),
            Poll::Ready(count) => assert_eq!(count, taken),
            Poll::Pending => assert!(taken == 0 && !ends),
        }
        drop(recv);
        assert_eq!(buffer, expected);
    }

    fn close(&mut self) {
        let Some(receiver) = &mut self.receiver else { return };
        receiver.close();
        self.model.close();
    }

    fn drop_receiver(&mut self) {
        self.receiver = None;
        self.model.close();
        self.model.deserted = true;
        self.model.values.clear();
    }

    /// Slots agree; and exactly those were woken who have something to do.
    fn compare(&mut self) {
        assert_eq!(self.sender.capacity(), self.model.free());
        assert_eq!(self.recv_waker.holders(), 0, "a waker was left behind");
        let sends = self.sends.iter();
        let sends = sends.map(|it| (Ticket::Send(it.number), &it.waker));
        let reserves = self.reserves.iter();
        let reserves =
            reserves.map(|it| (Ticket::Reserve(it.number), &it.waker));
        for (ticket, waker) in sends.chain(reserves) {
            let called = self.model.called.contains(&ticket);
            let woken = called || self.model.closed;
            assert_eq!(waker.wakes() > 0, woken, "{ticket:?}");
            assert!(waker.wakes() <= 1, "{ticket:?} was woken twice");
        }
    }

    /// Lets everything go: no slot is lost.
    fn finish(mut self) {
        while !self.sends.is_empty() {
            self.cancel_send(0);
            self.compare();
        }
        while !self.reserves.is_empty() {
            self.cancel_reserve(0);
            self.compare();
        }
        while !self.permits.is_empty() {
            self.drop_permit(0);
            self.compare();
        }
        while self.receiver.is_some() && !self.model.values.is_empty() {
            self.try_recv();
        }
        assert_eq!(self.sender.capacity(), self.model.capacity);
        assert_eq!(self.sender.strong_count(), 1);
    }
}

/// Several senders, each a task that sends its numbers in order; a scheduler
/// that polls whom the script says, but at the end only who was woken.
fn run_to_the_end(capacity: usize, each: u32, picks: &[usize]) {
    let (sender, mut receiver) = channel(capacity);
    let mut sends = BTreeMap::new();
    let mut received: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut next = [0_u32; 3];
    let mut turn = |who: usize| {
        let key = u32::try_from(who).unwrap();
        if who == 3 {
            if let Ok((from, value)) = receiver.try_recv() {
                received.entry(from).or_default().push(value);
            }
            return;
        }
        if next[who] == each {
            return;
        }
        let (future, waker) = sends.entry(who).or_insert_with(|| {
            (sender.send((key, next[who])), CountingWaker::new())
        });
        if poll_with(future, &waker.waker()).is_ready() {
            sends.remove(&who);
            next[who] += 1;
        }
    };
    for who in picks {
        turn(*who);
    }
    for _ in 0..each * 8 {
        (0..4).for_each(&mut turn);
    }
    for _ in 0..capacity {
        turn(3);
    }
    let all: Vec<_> = (0..each).collect();
    assert_eq!(received.len(), if each == 0 { 0 } else { 3 });
    assert!(received.values().all(|values| *values == all), "{received:?}");
}

/// What may be done with a oneshot, in any order.
#[derive(Clone, Copy, Debug)]
enum Once {
    Send,
    DropSender,
    PollReceiver,
    TryRecv,
    Close,
    DropReceiver,
    PollClosed,
}

fn once() -> impl Strategy<Value = Vec<Once>> {
    let step = prop_oneof![
        Just(Once::Send),
        Just(Once::DropSender),
        Just(Once::PollReceiver),
        Just(Once::TryRecv),
        Just(Once::Close),
        Just(Once::DropReceiver),
        Just(Once::PollClosed),
    ];
    vec(step, 0..10)
}

/// Whatever is done: the value is received once, or comes back, or is dropped.
fn run_oneshot(steps: &[Once]) {
    let counters = Counters::new();
    let (sender, receiver) = oneshot::channel();
    let (mut sender, mut receiver) = (Some(sender), Some(receiver));
    let (theirs, ours) = (CountingWaker::new(), CountingWaker::new());
    let (their_waker, our_waker) = (theirs.waker(), ours.waker());
    let (mut sent, mut closed, mut delivered) = (false, false, 0);
    let mut gone = false;
    for step in steps {
        match step {
            Once::Send => {
                let Some(sender) = sender.take() else { continue };
                sent = sender.send(counters.token()).is_ok();
                gone = true;
                assert_eq!(sent, !closed);
            }
            Once::DropSender => gone |= sender.take().is_some(),
            Once::PollReceiver | Once::TryRecv => {
                let Some(end) = &mut receiver else { continue };
                if end.is_terminated() {
                    continue;
                }
                let ready = gone || closed;
                let polled = if matches!(step, Once::TryRecv) {
                    match end.try_recv() {
                        Err(oneshot::error::TryRecvError::Empty) => None,
                        result => Some(result.is_ok()),
                    }
                } else {
                    match poll_with(end, &their_waker) {
                        Poll::Pending => None,
                        Poll::Ready(result) => Some(result.is_ok()),
                    }
                };
                assert_eq!(polled, ready.then_some(sent), "{steps:?}");
                delivered += usize::from(polled == Some(true));
            }
            Once::Close => {
                let Some(end) = &mut receiver else { continue };
                end.close();
                closed |= !end.is_terminated();
            }
            Once::DropReceiver => {
                closed |= receiver.take().is_some();
            }
            Once::PollClosed => {
                let Some(sender) = &mut sender else { continue };
                let mut wait = sender.closed();
                let ready = poll_with(&mut wait, &our_waker).is_ready();
                assert_eq!(ready, closed);
            }
        }
    }
    drop((sender, receiver));
    let made = counters.drops();
    assert!(delivered <= 1 && delivered <= made);
    assert!(made <= 1, "a value was dropped twice");
    assert_eq!((theirs.holders(), ours.holders()), (1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_000,
        failure_persistence: Some(Box::new(SEEDS)),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_channel_does_what_its_model_does(
        capacity in 1..4_usize,
        steps in steps(),
    ) {
        let (sender, receiver) = channel(capacity);
        let mut script = Script {
            sender: &sender,
            receiver: Some(receiver),
            recv_waker: CountingWaker::new(),
            model: Model { capacity, ..Model::default() },
            sends: Vec::new(),
            reserves: Vec::new(),
            permits: Vec::new(),
            next: 0,
        };
        for step in steps {
            script.step(step);
        }
        script.finish();
    }

    #[test]
    fn each_value_arrives_once_and_in_the_order_of_its_sender(
        capacity in 1..4_usize,
        each in 0..6_u32,
        picks in vec(0..4_usize, 0..60),
    ) {
        run_to_the_end(capacity, each, &picks);
    }

    #[test]
    fn a_oneshot_delivers_its_value_once_or_gives_it_back(steps in once()) {
        run_oneshot(&steps);
    }
}
