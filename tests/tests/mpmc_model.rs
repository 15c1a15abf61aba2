//! `mpmc` against a model: random scripts of operations.
//!
//! A script sends, receives, reserves, polls and cancels what waits, and
//! closes. Futures are cancelled before any poll, or after any number. Streams
//! are polled, left aside and dropped. What must hold: what was sent is
//! received in order and once; whoever was woken finds something, as long as
//! no stream waits; nobody waits for what is there.
//!
//! semantics 23, 24, 25

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use onecook::channel::mpmc::{
    Permit, Receiver, Recv, Reserve, Send as Sending, Sender, TrySendError,
    bounded, unbounded,
};
use onecook_tests::{CountingWaker, poll_with};
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
    ForceSend,
    Send,
    Reserve,
    Recv,
    TryRecv,
    PollSend(usize),
    PollReserve(usize),
    PollRecv(usize),
    CancelSend(usize),
    CancelReserve(usize),
    CancelRecv(usize),
    UsePermit(usize),
    DropPermit(usize),
    PollStream(usize),
    CancelStream(usize),
    PollWhoWasWoken,
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pick = 0..4_usize;
    let step = prop_oneof![
        6 => Just(Step::TrySend),
        1 => Just(Step::ForceSend),
        8 => Just(Step::Send),
        4 => Just(Step::Reserve),
        12 => Just(Step::Recv),
        4 => Just(Step::TryRecv),
        4 => pick.clone().prop_map(Step::PollSend),
        4 => pick.clone().prop_map(Step::PollReserve),
        4 => pick.clone().prop_map(Step::PollRecv),
        3 => pick.clone().prop_map(Step::CancelSend),
        3 => pick.clone().prop_map(Step::CancelReserve),
        5 => pick.clone().prop_map(Step::CancelRecv),
        3 => pick.clone().prop_map(Step::UsePermit),
        2 => pick.clone().prop_map(Step::DropPermit),
        4 => (0..STREAMS).prop_map(Step::PollStream),
        1 => (0..STREAMS).prop_map(Step::CancelStream),
        4 => Just(Step::PollWhoWasWoken),
        1 => Just(Step::Close),
    ];
    vec(step, 0..80)
}

/// Receivers that are polled as streams.
const STREAMS: usize = 2;

/// A future that waits, and who is told.
struct Waiting<F> {
    future: F,
    value: usize,
    waker: CountingWaker,
    polled: bool,
}

impl<F: Future + Unpin> Waiting<F> {
    fn poll(&mut self) -> Poll<F::Output> {
        self.polled = true;
        // A waker of its own each time: whether it was woken shows so.
        self.waker = CountingWaker::new();
        poll_with(&mut self.future, &self.waker.waker())
    }

    fn was_woken(&self) -> bool {
        self.waker.wakes() > 0
    }
}

struct Kitchen<'a> {
    sender: &'a Sender<usize>,
    receiver: &'a Receiver<usize>,
    sends: Vec<Waiting<Sending<'a, usize>>>,
    reserves: Vec<Waiting<Reserve<'a, usize>>>,
    recvs: Vec<Waiting<Recv<'a, usize>>>,
    permits: Vec<Permit<'a, usize>>,
    streams: [Receiver<usize>; STREAMS],
    /// A stream was polled: some may be woken for a value that it takes.
    streamed: bool,
    next: usize,
    /// What is in the channel, in order.
    sent: VecDeque<usize>,
    closed: bool,
}

impl<'a> Kitchen<'a> {
    fn new(sender: &'a Sender<usize>, receiver: &'a Receiver<usize>) -> Self {
        Kitchen {
            sender,
            receiver,
            sends: Vec::new(),
            reserves: Vec::new(),
            recvs: Vec::new(),
            permits: Vec::new(),
            streams: [receiver.clone(), receiver.clone()],
            streamed: false,
            next: 0,
            sent: VecDeque::new(),
            closed: false,
        }
    }

    fn value(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::TrySend => self.try_send(),
            Step::ForceSend => self.force_send(),
            Step::Send => {
                let value = self.value();
                let future = self.sender.send(value);
                self.sends.push(waiting(future, value));
            }
            Step::Reserve => {
                self.reserves.push(waiting(self.sender.reserve(), 0));
            }
            Step::Recv => self.recvs.push(waiting(self.receiver.recv(), 0)),
            Step::TryRecv => {
                if let Ok(value) = self.receiver.try_recv() {
                    self.received(value);
                }
            }
            Step::PollSend(n) if n < self.sends.len() => self.poll_send(n),
            Step::PollReserve(n) if n < self.reserves.len() => {
                self.poll_reserve(n);
            }
            Step::PollRecv(n) if n < self.recvs.len() => self.poll_recv(n),
            Step::CancelSend(n) if n < self.sends.len() => {
                drop(self.sends.remove(n));
            }
            Step::CancelReserve(n) if n < self.reserves.len() => {
                drop(self.reserves.remove(n));
            }
            Step::CancelRecv(n) if n < self.recvs.len() => {
                drop(self.recvs.remove(n));
            }
            Step::UsePermit(n) if n < self.permits.len() => {
                let value = self.value();
                self.permits.remove(n).send(value);
                self.sent.push_back(value);
            }
            Step::DropPermit(n) if n < self.permits.len() => {
                drop(self.permits.remove(n));
            }
            Step::PollStream(n) => self.poll_stream(n),
            Step::CancelStream(n) => {
                self.streams[n] = self.receiver.clone();
            }
            Step::PollWhoWasWoken => self.poll_who_was_woken(),
            Step::Close => {
                assert_eq!(self.sender.close(), !self.closed);
                self.closed = true;
            }
            _ => {}
        }
        assert_eq!(self.receiver.len(), self.sent.len());
    }

    fn try_send(&mut self) {
        let value = self.value();
        match self.sender.try_send(value) {
            Ok(()) => self.sent.push_back(value),
            Err(TrySendError::Full(_)) => assert!(self.sender.is_full()),
            Err(TrySendError::Closed(_)) => assert!(self.closed),
        }
    }

    fn force_send(&mut self) {
        let value = self.value();
        let Ok(replaced) = self.sender.force_send(value) else { return };
        if replaced.is_some() {
            assert_eq!(self.sent.pop_front(), replaced);
        }
        self.sent.push_back(value);
    }

    fn received(&mut self, value: usize) {
        assert_eq!(self.sent.pop_front(), Some(value));
    }

    fn poll_send(&mut self, n: usize) {
        let Poll::Ready(sent) = self.sends[n].poll() else { return };
        let send = self.sends.remove(n);
        match sent {
            Ok(()) => self.sent.push_back(send.value),
            Err(back) => assert!(self.closed && back.0 == send.value),
        }
    }

    fn poll_reserve(&mut self, n: usize) {
        let Poll::Ready(slot) = self.reserves[n].poll() else { return };
        drop(self.reserves.remove(n));
        match slot {
            Ok(permit) => self.permits.push(permit),
            Err(_) => assert!(self.closed),
        }
    }

    fn poll_recv(&mut self, n: usize) {
        let Poll::Ready(value) = self.recvs[n].poll() else { return };
        drop(self.recvs.remove(n));
        match value {
            Ok(value) => self.received(value),
            Err(_) => assert!(
                self.closed && self.sent.is_empty() && self.permits.is_empty()
            ),
        }
    }

    fn poll_stream(&mut self, n: usize) {
        self.streamed = true;
        let mut cx = Context::from_waker(Waker::noop());
        match Pin::new(&mut self.streams[n]).poll_next(&mut cx) {
            Poll::Ready(Some(value)) => self.received(value),
            Poll::Ready(None) => assert!(self.closed),
            Poll::Pending => {}
        }
    }

    /// Whoever was woken finds something: none of them stays.
    fn poll_who_was_woken(&mut self) {
        loop {
            let before = self.waiting();
            if let Some(n) = woken(&self.sends) {
                self.poll_send(n);
            } else if let Some(n) = woken(&self.reserves) {
                self.poll_reserve(n);
            } else if let Some(n) = woken(&self.recvs) {
                self.poll_recv(n);
            } else {
                return;
            }
            let found = self.waiting() == before - 1;
            assert!(found || self.streamed, "woken for nothing");
        }
    }

    fn waiting(&self) -> usize {
        self.sends.len() + self.reserves.len() + self.recvs.len()
    }

    /// Nobody who waits could go on.
    fn nobody_is_stranded(&self) {
        let slots = waits(&self.sends) || waits(&self.reserves);
        if slots {
            assert!(self.sender.is_full() && !self.closed);
        }
        if waits(&self.recvs) {
            assert!(self.sent.is_empty());
            assert!(!self.closed || !self.permits.is_empty());
        }
    }
}

fn waiting<F>(future: F, value: usize) -> Waiting<F> {
    Waiting { future, value, waker: CountingWaker::new(), polled: false }
}

fn woken<F: Future + Unpin>(futures: &[Waiting<F>]) -> Option<usize> {
    futures.iter().position(Waiting::was_woken)
}

fn waits<F>(futures: &[Waiting<F>]) -> bool {
    futures.iter().any(|waiting| waiting.polled)
}

fn play(capacity: usize, steps: &[Step]) {
    let (sender, receiver) =
        if capacity == 0 { unbounded() } else { bounded(capacity) };
    let mut kitchen = Kitchen::new(&sender, &receiver);
    for step in steps {
        kitchen.take(*step);
        if matches!(step, Step::PollWhoWasWoken) {
            kitchen.nobody_is_stranded();
        }
    }
    kitchen.poll_who_was_woken();
    kitchen.nobody_is_stranded();
    kitchen.sends.clear();
    kitchen.reserves.clear();
    kitchen.recvs.clear();
    kitchen.permits.clear();
    while let Ok(value) = receiver.try_recv() {
        kitchen.received(value);
    }
    assert!(kitchen.sent.is_empty());
    assert!(!sender.is_full());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: Some(Box::new(SEEDS)),
        ..ProptestConfig::default()
    })]

    #[test]
    fn values_arrive_once_and_in_order_and_nobody_is_stranded(
        capacity in 0..4_usize,
        steps in steps(),
    ) {
        play(capacity, &steps);
    }
}
