//! What may travel between threads, and what may be moved between polls.
//! What may not is stated in `onecook_tests::facts`.
//!
//! design section 5

use std::cell::Cell;
use std::marker::PhantomPinned;
use std::rc::Rc;

use onecook::diagnosis::Report;
use onecook::future::{Pending, YieldNow};
use onecook::net::{
    TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream,
};
use onecook::time::{Instant, Interval, Sleep, Tick};
use onecook::{
    AbortHandle, BlockingHandle, Builder, Handle, JoinError, JoinHandle,
    Metrics, RemoteJoinHandle, TaskId, TaskState,
};

fn send<T: Send>() {}
fn sync<T: Sync>() {}
fn unpin<T: Unpin>() {}
fn is_static<T: 'static>() {}

#[test]
fn the_doors_may_travel_between_threads() {
    send::<Handle>();
    sync::<Handle>();
    send::<AbortHandle>();
    sync::<AbortHandle>();
    send::<RemoteJoinHandle<Cell<i32>>>();
    sync::<RemoteJoinHandle<i32>>();
    send::<BlockingHandle<i32>>();
}

#[test]
fn channels_may_travel_between_threads_when_their_values_may() {
    use onecook::channel::{broadcast, mpmc, mpsc, oneshot, watch};
    fn both<T: Send + Sync>() {}
    // `Cell` may be sent and not shared, and that is enough.
    both::<oneshot::Sender<Cell<i32>>>();
    both::<oneshot::Receiver<Cell<i32>>>();
    both::<mpsc::Sender<Cell<i32>>>();
    both::<mpsc::WeakSender<Cell<i32>>>();
    both::<mpsc::Receiver<Cell<i32>>>();
    both::<mpsc::OwnedPermit<Cell<i32>>>();
    both::<mpsc::UnboundedSender<Cell<i32>>>();
    both::<mpsc::UnboundedReceiver<Cell<i32>>>();
    both::<mpmc::Sender<Cell<i32>>>();
    both::<mpmc::Receiver<Cell<i32>>>();
    both::<mpmc::WeakSender<Cell<i32>>>();
    both::<mpmc::WeakReceiver<Cell<i32>>>();
    // Several receivers look at one value: it is shared.
    both::<broadcast::Sender<i32>>();
    both::<broadcast::Receiver<i32>>();
    both::<watch::Sender<i32>>();
    both::<watch::Receiver<i32>>();
    send::<mpsc::Send<'static, Cell<i32>>>();
    send::<mpsc::Recv<'static, Cell<i32>>>();
    send::<mpmc::Send<'static, Cell<i32>>>();
    send::<mpmc::Recv<'static, Cell<i32>>>();
    send::<broadcast::Recv<'static, i32>>();
    send::<watch::Changed<'static, i32>>();
    unpin::<mpsc::Send<'static, PhantomPinned>>();
    unpin::<mpmc::Send<'static, PhantomPinned>>();
    unpin::<oneshot::Receiver<PhantomPinned>>();
}

#[test]
fn what_coordinates_may_travel_between_threads() {
    use onecook::bridge::{Resolver, Sender};
    use onecook::sync::{
        Acquire, Lock, Mutex, MutexGuard, Notified, Notify, Semaphore,
        SemaphorePermit,
    };
    fn both<T: Send + Sync>() {}
    both::<Notify>();
    both::<Notified<'static>>();
    both::<Semaphore>();
    both::<SemaphorePermit<'static>>();
    both::<Acquire<&'static Semaphore>>();
    both::<Mutex<Cell<i32>>>();
    both::<MutexGuard<'static, i32>>();
    send::<MutexGuard<'static, Cell<i32>>>();
    send::<Lock<&'static Mutex<Cell<i32>>, Cell<i32>>>();
    both::<onecook::CancellationToken>();
    both::<onecook::future::AbortController>();
    both::<Resolver<Cell<i32>>>();
    both::<Sender<Cell<i32>>>();
}

#[test]
fn errors_reports_and_ids_may_travel_between_threads() {
    send::<JoinError>();
    sync::<JoinError>();
    send::<Report>();
    sync::<Report>();
    send::<TaskId>();
    send::<TaskState>();
    send::<Metrics>();
    send::<Instant>();
    is_static::<JoinError>();
}

#[test]
fn every_leaf_future_may_be_moved_between_polls() {
    unpin::<JoinHandle<PhantomPinned>>();
    unpin::<RemoteJoinHandle<PhantomPinned>>();
    unpin::<BlockingHandle<PhantomPinned>>();
    unpin::<YieldNow>();
    unpin::<Pending<PhantomPinned>>();
    unpin::<Sleep>();
    unpin::<Interval>();
    unpin::<Tick<'static>>();
    unpin::<onecook::net::Accept<'static>>();
    unpin::<onecook::net::Read<'static>>();
    unpin::<onecook::net::ReadExact<'static>>();
    unpin::<onecook::net::Write<'static>>();
    unpin::<onecook::net::WriteAll<'static>>();
    unpin::<onecook::net::Connect>();
}

#[test]
fn every_socket_may_be_moved() {
    unpin::<TcpListener>();
    unpin::<TcpStream>();
    unpin::<UdpSocket>();
    unpin::<UnixListener>();
    unpin::<UnixStream>();
    unpin::<UnixDatagram>();
}

#[test]
fn small_things_stay_small() {
    assert!(size_of::<JoinHandle<[u8; 1000]>>() <= 48);
    assert!(size_of::<TaskId>() <= 16);
    assert!(size_of::<JoinError>() == size_of::<usize>());
    assert!(size_of::<Result<(), JoinError>>() == size_of::<usize>());
    assert!(size_of::<YieldNow>() == 1);
    assert!(size_of::<Instant>() == 8);
}

#[test]
fn a_builder_may_be_made_before_it_is_known_where_it_builds() {
    is_static::<Builder>();
    let rc = Rc::new(Builder::new());
    drop(rc);
}
