//! Sockets, as semantics rows 17 to 22 promise them: polled by hand, without
//! any executor, against peers written with std's blocking sockets.

mod by_hand;

use std::cell::RefCell;
use std::future::Future;
use std::io::{self, ErrorKind, IoSliceMut, Read as _, Write as _};
use std::net::{self, Shutdown, SocketAddr};
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use futures_io::{AsyncRead, AsyncWrite};
use onecook_reactor::context::{self, Tag};
use onecook_reactor::net::{TcpListener, TcpStream, lookup_host};
use onecook_reactor::net::{
    ToSocketAddrs, UdpSocket, UnixDatagram, UnixListener, UnixStream, tcp, udp,
    unix,
};
use onecook_reactor::reactor::Settings;
use onecook_reactor::report;
use socket2::SockRef;

use by_hand::{Flag, Hand, expect_pending, expect_ready, local};

/// One of our streams, connected with a blocking one of std.
fn connected(hand: &Hand) -> (TcpStream, net::TcpStream) {
    let listener = TcpListener::bind_to(local()).unwrap();
    let peer = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    peer.set_read_timeout(Some(by_hand::LONG)).unwrap();
    let (stream, _) = hand.finish(listener.accept()).unwrap();
    (stream, peer)
}

/// Our UDP socket and a blocking one of std, connected with each other.
fn connected_udp() -> (UdpSocket, net::UdpSocket) {
    let ours = UdpSocket::bind_to(local()).unwrap();
    let peer = net::UdpSocket::bind(local()).unwrap();
    ours.connect_to(peer.local_addr().unwrap()).unwrap();
    peer.connect(ours.local_addr().unwrap()).unwrap();
    (ours, peer)
}

/// An address at which nobody listens.
fn closed_port() -> SocketAddr {
    net::TcpListener::bind(local()).unwrap().local_addr().unwrap()
}

fn temporary_path(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir()
        .join(format!("onecook-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

/// Some tests use up, or count on, the descriptors of the whole process: each
/// of these runs alone, in a process that may open 40.
fn in_a_process_of_its_own(test: &str) {
    let program = std::env::current_exe().unwrap();
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 40 && exec \"$0\" \"$@\""])
        .arg(program)
        .args([test, "--exact", "--ignored", "--nocapture"])
        .args(["--test-threads", "1"])
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{printed}\n{errors}");
    assert!(printed.contains("1 passed"), "{printed}");
}

// Row 17: what clears readiness.

#[test]
fn data_and_the_end_in_one_event_are_both_read() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    peer.write_all(b"egg").unwrap();
    drop(peer);
    let mut buffer = [0; 64];
    assert_eq!(hand.finish(stream.read(&mut buffer)).unwrap(), 3);
    assert_eq!(hand.finish(stream.read(&mut buffer)).unwrap(), 0);
    let again = hand.finish(stream.read(&mut buffer)).unwrap();
    assert_eq!(again, 0, "the end stays");
}

#[test]
fn two_datagrams_with_one_edge_are_both_received() {
    let hand = Hand::new();
    let (ours, peer) = connected_udp();
    peer.send(b"one").unwrap();
    peer.send(b"two!").unwrap();
    let mut buffer = [0; 64];
    assert_eq!(hand.finish(ours.recv(&mut buffer)).unwrap(), 3);
    let second = expect_ready(&mut ours.recv(&mut buffer));
    assert_eq!(second.unwrap(), 4, "no further event was needed");
    expect_pending(&mut ours.recv(&mut buffer));
}

#[test]
fn an_empty_datagram_is_a_datagram() {
    let hand = Hand::new();
    let (ours, peer) = connected_udp();
    peer.send(b"").unwrap();
    peer.send(b"x").unwrap();
    let mut buffer = [0; 8];
    assert_eq!(hand.finish(ours.recv(&mut buffer)).unwrap(), 0);
    assert_eq!(hand.finish(ours.recv(&mut buffer)).unwrap(), 1);
    hand.finish(ours.send(b"")).unwrap();
    assert_eq!(peer.recv(&mut buffer).unwrap(), 0);
}

#[test]
fn bytes_behind_an_urgent_byte_are_read() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    peer.write_all(b"abc").unwrap();
    SockRef::from(&peer).send_out_of_band(b"!").unwrap();
    peer.write_all(b"def").unwrap();
    let mut buffer = [0; 64];
    assert_eq!(hand.finish(stream.read(&mut buffer)).unwrap(), 3);
    assert_eq!(&buffer[..3], b"abc", "a read stops at the urgent byte");
    assert_eq!(hand.finish(stream.read(&mut buffer)).unwrap(), 3);
    assert_eq!(&buffer[..3], b"def");
}

#[test]
fn a_short_read_on_a_stream_clears_readiness_and_a_full_one_does_not() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    peer.write_all(b"eggs").unwrap();
    hand.finish(stream.readable()).unwrap();
    hand.finish(stream.read(&mut [0; 2])).unwrap();
    expect_ready(&mut stream.readable()).unwrap();
    hand.finish(stream.read(&mut [0; 64])).unwrap();
    expect_pending(&mut stream.readable());
}

#[test]
fn a_short_vectored_read_and_a_short_peek_clear_nothing() {
    let hand = Hand::new();
    let (mut stream, mut peer) = connected(&hand);
    peer.write_all(b"eggs").unwrap();
    hand.finish(stream.readable()).unwrap();
    assert_eq!(hand.finish(stream.peek(&mut [0; 64])).unwrap(), 4);
    expect_ready(&mut stream.readable()).unwrap();
    let (mut one, mut two) = ([0; 3], [0; 64]);
    let mut buffers = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)];
    let mut cx = Context::from_waker(Waker::noop());
    let read = Pin::new(&mut stream).poll_read_vectored(&mut cx, &mut buffers);
    assert!(matches!(read, Poll::Ready(Ok(4))));
    expect_ready(&mut stream.readable()).unwrap();
    expect_pending(&mut stream.read(&mut [0; 1]));
    expect_pending(&mut stream.readable());
}

#[test]
fn transfers_of_no_bytes_answer_zero_and_clear_nothing() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    assert_eq!(expect_ready(&mut stream.read(&mut [])).unwrap(), 0);
    peer.write_all(b"egg").unwrap();
    hand.finish(stream.readable()).unwrap();
    assert_eq!(expect_ready(&mut stream.read(&mut [])).unwrap(), 0);
    assert_eq!(expect_ready(&mut stream.write(&[])).unwrap(), 0);
    expect_ready(&mut stream.readable()).unwrap();
    expect_ready(&mut stream.writable()).unwrap();
}

#[test]
fn many_connections_with_one_edge_are_all_accepted() {
    let hand = Hand::new();
    let listener = TcpListener::bind_to(local()).unwrap();
    let address = listener.local_addr().unwrap();
    let peers: Vec<_> =
        (0..5).map(|_| net::TcpStream::connect(address).unwrap()).collect();
    hand.finish(listener.accept()).unwrap();
    for _ in 1..peers.len() {
        expect_ready(&mut listener.accept()).unwrap();
    }
    expect_pending(&mut listener.accept());
}

#[test]
fn a_megabyte_passes_through_small_kernel_buffers() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    let sent: Vec<u8> = (0..1 << 20).map(|it: u32| (it % 251) as u8).collect();
    let reader = thread::spawn(move || {
        let mut read = Vec::new();
        peer.read_to_end(&mut read).unwrap();
        peer.write_all(&read).unwrap();
        read
    });
    hand.finish(stream.write_all(&sent)).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut back = Vec::new();
    hand.finish(stream.read_to_end(&mut back)).unwrap();
    assert!(reader.join().unwrap() == sent && back == sent);
}

#[test]
fn a_full_stream_is_writable_again_once_the_peer_has_read() {
    let hand = Hand::new();
    let (ours, mut peer) = unix_pair();
    let full = fill(&ours);
    let mut writable = ours.writable();
    let flag = expect_pending(&mut writable);
    peer.read_exact(&mut vec![0; full]).unwrap();
    hand.turn_until(&flag);
    expect_ready(&mut writable).unwrap();
    assert!(ours.try_write(b"more").unwrap() > 0);
}

fn unix_pair() -> (UnixStream, std::os::unix::net::UnixStream) {
    let (ours, peer) = std::os::unix::net::UnixStream::pair().unwrap();
    (UnixStream::from_std(ours).unwrap(), peer)
}

/// Writes until there is no room: how many bytes went in.
fn fill(stream: &UnixStream) -> usize {
    let mut total = 0;
    let mut cx = Context::from_waker(Waker::noop());
    while let Poll::Ready(more) = stream.poll_write(&mut cx, &[7; 10_000]) {
        total += more.unwrap();
    }
    total
}

// Row 17: the kernel is asked only by those who wait.

#[test]
fn what_came_before_anybody_waited_is_read_without_a_turn() {
    let hand = Hand::new();
    let (ours, mut peer) = unix_pair();
    peer.write_all(b"egg").unwrap();
    let turn = hand.reactor.turn(Some(Duration::ZERO));
    assert!(turn.is_empty(), "nobody waits, and the kernel told: {turn:?}");
    let mut buffer = [0; 64];
    assert_eq!(expect_ready(&mut ours.read(&mut buffer)).unwrap(), 3);
}

#[test]
fn whoever_waits_first_is_told_of_what_comes_and_of_what_came_before() {
    let hand = Hand::new();
    let (ours, mut peer) = unix_pair();
    let mut buffer = [0; 64];
    let mut read = ours.read(&mut buffer);
    let flag = expect_pending(&mut read);
    peer.write_all(b"egg").unwrap();
    hand.turn_until(&flag);
    assert_eq!(expect_ready(&mut read).unwrap(), 3);

    let (ours, mut peer) = unix_pair();
    peer.write_all(b"egg").unwrap();
    let mut readable = ours.readable();
    let flag = expect_pending(&mut readable); // it is no guess
    hand.turn_until(&flag);
    expect_ready(&mut readable).unwrap();
}

#[test]
fn a_socket_that_is_only_read_brings_no_events_of_the_other_way() {
    let hand = Hand::new();
    let (ours, peer) = connected_udp();
    let mut buffer = [0; 64];
    let mut recv = ours.recv(&mut buffer);
    let flag = expect_pending(&mut recv);
    ours.try_send(b"egg").unwrap();
    peer.recv(&mut [0; 64]).unwrap(); // and there is room again
    let turn = hand.reactor.turn(Some(Duration::ZERO));
    assert_eq!(turn.sockets, 0, "nobody waits for room");
    peer.send(b"done").unwrap();
    hand.turn_until(&flag);
    assert_eq!(expect_ready(&mut recv).unwrap(), 4);
}

#[test]
fn whoever_waits_to_write_while_another_waits_to_read_is_told_too() {
    let hand = Hand::new();
    let (ours, mut peer) = unix_pair();
    let mut buffer = [0; 8];
    let mut read = ours.read(&mut buffer);
    let reads = expect_pending(&mut read);
    let full = fill(&ours);
    let mut write = ours.write(b"more");
    let writes = expect_pending(&mut write);
    peer.read_exact(&mut vec![0; full]).unwrap();
    hand.turn_until(&writes);
    assert_eq!(expect_ready(&mut write).unwrap(), 4);
    peer.write_all(b"egg").unwrap();
    hand.turn_until(&reads);
    assert_eq!(expect_ready(&mut read).unwrap(), 3);
}

#[test]
fn an_always_ready_stream_gives_way_when_the_budget_is_used_up() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    peer.write_all(&[1; 1000]).unwrap();
    hand.finish(stream.readable()).unwrap();
    let polling = context::polling(Tag(7));
    let mut reads = 0;
    let flag = Flag::new();
    let waker = flag.waker();
    let mut cx = Context::from_waker(&waker);
    while stream.poll_read(&mut cx, &mut [0; 1]).is_ready() {
        reads += 1;
    }
    drop(polling);
    assert_eq!(reads, 128);
    assert!(flag.take(), "it wakes itself, for it is ready still");
}

// Row 18: several waiters, and waiters that go away.

#[test]
fn an_event_wakes_all_waiters_of_its_direction_in_order() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    let log = Arc::new(by_hand::Log::default());
    let (mut one, mut two, mut three) = ([0; 4], [0; 4], [0; 4]);
    let mut first = stream.read(&mut one);
    let mut second = stream.read(&mut two);
    let mut third = stream.read(&mut three);
    assert!(log.poll(1, &mut first).is_pending());
    assert!(log.poll(2, &mut second).is_pending());
    assert!(log.poll(3, &mut third).is_pending());
    assert_eq!(hand.reactor.idle_state().sockets_waited_on, 3);
    peer.write_all(b"egg").unwrap();
    hand.turn();
    assert_eq!(log.take(), [1, 2, 3]);
    assert!(log.poll(1, &mut first).is_ready());
    assert!(log.poll(2, &mut second).is_pending());
    assert!(log.poll(3, &mut third).is_pending());
    peer.write_all(b"egg").unwrap();
    hand.turn();
    assert_eq!(log.take(), [2, 3]);
    assert!(log.poll(3, &mut third).is_ready());
}

#[test]
fn a_dropped_future_takes_its_waiter_along() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    let mut buffer = [0; 4];
    let mut gone = stream.read(&mut buffer);
    let flag = expect_pending(&mut gone);
    let mut stays = stream.readable();
    let other = expect_pending(&mut stays);
    drop(gone);
    assert_eq!(hand.reactor.idle_state().sockets_waited_on, 1);
    assert_eq!(Arc::strong_count(&flag), 1, "its waker is dropped too");
    peer.write_all(b"egg").unwrap();
    hand.turn_until(&other);
    assert!(!flag.take());
}

#[test]
fn the_newest_waker_of_a_future_replaces_the_one_before() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    let mut buffer = [0; 4];
    let mut read = stream.read(&mut buffer);
    let old = expect_pending(&mut read);
    let new = expect_pending(&mut read);
    assert_eq!(hand.reactor.idle_state().sockets_waited_on, 1);
    peer.write_all(b"egg").unwrap();
    hand.turn_until(&new);
    assert!(!old.take());
}

#[test]
fn poll_read_has_one_place_beside_those_of_the_futures() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    let (replaced, last) = (Flag::new(), Flag::new());
    for flag in [&replaced, &last] {
        let waker = flag.waker();
        let mut cx = Context::from_waker(&waker);
        assert!(stream.poll_read(&mut cx, &mut [0; 4]).is_pending());
    }
    let future = expect_pending(&mut stream.readable());
    let mut kept = stream.readable();
    let kept_flag = expect_pending(&mut kept);
    peer.write_all(b"egg").unwrap();
    hand.turn();
    let woken = [replaced.take(), last.take(), future.take(), kept_flag.take()];
    assert_eq!(woken, [false, true, false, true]);
}

#[test]
fn several_tasks_accept_on_one_listener() {
    let hand = Hand::new();
    let listener = TcpListener::bind_to(local()).unwrap();
    let address = listener.local_addr().unwrap();
    let (mut one, mut two) = (listener.accept(), listener.accept());
    let (first, second) = (expect_pending(&mut one), expect_pending(&mut two));
    let _peer = net::TcpStream::connect(address).unwrap();
    hand.turn_until(&first);
    assert!(second.take());
    let accepted = expect_ready(&mut two).unwrap();
    let first = expect_pending(&mut one);
    let _peer = net::TcpStream::connect(address).unwrap();
    hand.turn_until(&first);
    let later = expect_ready(&mut one).unwrap();
    assert_ne!(accepted.1, later.1);
}

#[test]
fn both_directions_of_one_stream_wait_apart() {
    let hand = Hand::new();
    let (ours, mut peer) = unix_pair();
    let full = fill(&ours);
    let (mut readable, mut writable) = (ours.readable(), ours.writable());
    let reads = expect_pending(&mut readable);
    let writes = expect_pending(&mut writable);
    peer.write_all(b"egg").unwrap();
    hand.turn_until(&reads);
    assert!(!writes.take());
    peer.read_exact(&mut vec![0; full]).unwrap();
    hand.turn_until(&writes);
}

// Row 19: connect.

#[test]
fn connecting_to_a_closed_port_is_refused_and_the_text_names_the_address() {
    let hand = Hand::new();
    let address = closed_port();
    let error = hand.finish(TcpStream::connect(address)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let text = error.to_string();
    assert!(text.starts_with(&format!("cannot connect to {address}: ")));
}

#[test]
fn an_address_without_a_way_to_it_fails_at_once() {
    let hand = Hand::new();
    let nowhere: SocketAddr = "255.255.255.255:9".parse().unwrap();
    let error = hand.finish(TcpStream::connect(nowhere)).unwrap_err();
    assert!(error.to_string().contains("255.255.255.255:9"), "{error}");
}

#[test]
fn all_addresses_are_tried_and_the_last_error_surfaces() {
    let hand = Hand::new();
    let open = net::TcpListener::bind(local()).unwrap();
    let address = open.local_addr().unwrap();
    let addresses = [closed_port(), closed_port(), address];
    let stream = hand.finish(TcpStream::connect(&addresses[..])).unwrap();
    assert_eq!(stream.peer_addr().unwrap(), address);
    let closed = [closed_port(), closed_port()];
    let error = hand.finish(TcpStream::connect(closed)).unwrap_err();
    assert!(error.to_string().contains(&closed[1].to_string()), "{error}");
}

#[test]
fn a_hand_written_machine_connects_with_poll_connect() {
    let hand = Hand::new();
    let listener = net::TcpListener::bind(local()).unwrap();
    let address = listener.local_addr().unwrap();
    let stream = TcpStream::start_connect(address).unwrap();
    let connect = by_hand::poll_fn(|cx| stream.poll_connect(cx));
    hand.finish(connect).unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    hand.finish(stream.write_all(b"egg")).unwrap();
    peer.read_exact(&mut [0; 3]).unwrap();
}

#[test]
fn a_spurious_writable_does_not_end_a_connect_that_is_under_way() {
    let hand = Hand::new();
    // Nobody answers: this socket has a listener with a full queue.
    let listener = socket2::Socket::new(
        socket2::Domain::IPV4,
        socket2::Type::STREAM,
        None,
    )
    .unwrap();
    listener.bind(&local().into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let _queued = net::TcpStream::connect(address).unwrap();
    let unanswered = socket2::Socket::new(
        socket2::Domain::IPV4,
        socket2::Type::STREAM,
        None,
    )
    .unwrap();
    unanswered.set_nonblocking(true).unwrap();
    assert!(unanswered.connect(&address.into()).is_err(), "in progress");
    // A stream taken over counts as writable until the kernel says otherwise.
    let stream = TcpStream::from_std(unanswered.into()).unwrap();
    expect_pending(&mut by_hand::poll_fn(|cx| stream.poll_connect(cx)));
    let turn = hand.reactor.turn(Some(Duration::ZERO));
    assert_eq!(turn.sockets, 0, "and it waits, without an event");
}

#[test]
fn a_name_is_looked_up_and_connected_to() {
    let hand = Hand::new();
    let listener = net::TcpListener::bind(local()).unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut found = hand.finish(lookup_host(("localhost", port))).unwrap();
    assert!(found.all(|it| it.ip().is_loopback() && it.port() == port));
    let name = format!("localhost:{port}");
    hand.finish(TcpStream::connect(name)).unwrap();
}

#[test]
fn a_lookup_needs_a_thread_and_waits_for_one() {
    let settings = Settings { blocking_threads: 1, ..Settings::default() };
    let hand = Hand::with(settings);
    let (release, held) = std::sync::mpsc::channel::<()>();
    let busy = hand.reactor.blocking().call(move || held.recv().is_err());
    let mut lookup = lookup_host(("localhost", 80));
    expect_pending(&mut lookup);
    assert_eq!(hand.reactor.idle_state().blocking_calls, 2);
    expect_ready(&mut lookup_host(("127.0.0.1", 80))).unwrap();
    drop(release);
    hand.finish(lookup).unwrap();
    drop(busy);
}

#[test]
fn an_address_in_text_needs_no_thread() {
    let _hand = Hand::new();
    for text in ["127.0.0.1:80", "[::1]:80"] {
        let found = expect_ready(&mut lookup_host(text)).unwrap();
        assert_eq!(found.collect::<Vec<_>>(), [text.parse().unwrap()]);
    }
    let found = expect_ready(&mut lookup_host(("::1", 80))).unwrap();
    assert_eq!(found.collect::<Vec<_>>(), ["[::1]:80".parse().unwrap()]);
    let pair = (String::from("127.0.0.1"), 8);
    assert_eq!(expect_ready(&mut pair.lookup()).unwrap().count(), 1);
}

#[test]
fn bad_addresses_are_explained() {
    let hand = Hand::new();
    let text = |host: &str| {
        let error = hand.finish(lookup_host(host)).unwrap_err();
        (error.kind(), error.to_string())
    };
    let (kind, missing) = text("egg.example");
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert!(missing.contains("write `egg.example:PORT`"), "{missing}");
    let (_, number) = text("egg.example:70000");
    assert!(number.contains("`70000` is no port number"), "{number}");
    let long = "e".repeat(300);
    let (_, unknown) = text(&format!("{long}:80"));
    assert!(unknown.contains(&format!("cannot look up `{long}`")));
    let none: &[SocketAddr] = &[];
    assert!(hand.finish(TcpStream::connect(none)).is_err());
}

#[test]
fn a_port_in_use_is_explained() {
    let _hand = Hand::new();
    let listener = TcpListener::bind_to(local()).unwrap();
    let address = listener.local_addr().unwrap();
    let error = TcpListener::bind_to(address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    let text = error.to_string();
    assert!(text.contains(&format!("cannot listen on {address}")), "{text}");
    assert!(text.contains("take another port"), "{text}");
}

// Row 20: sockets that go away.

thread_local! {
    static DOOMED: RefCell<Option<UnixStream>> = const { RefCell::new(None) };
}

/// Woken, it drops the stream that it waits for.
struct DropsItsSocket;

impl Wake for DropsItsSocket {
    fn wake(self: Arc<Self>) {
        drop(DOOMED.take());
    }
}

#[test]
fn a_socket_with_waiters_may_be_dropped_inside_its_own_wake() {
    let hand = Hand::new();
    let (stream, peer) = unix_pair();
    fill(&stream);
    let dropper = Waker::from(Arc::new(DropsItsSocket));
    let mut cx = Context::from_waker(&dropper);
    assert!(stream.poll_read(&mut cx, &mut [0; 4]).is_pending());
    let writes = Flag::new();
    let waker = writes.waker();
    let mut cx = Context::from_waker(&waker);
    assert!(stream.poll_write(&mut cx, b"egg").is_pending());
    drop(waker);
    DOOMED.set(Some(stream));
    drop(peer); // one event for both directions
    hand.turn();
    assert!(DOOMED.take().is_none(), "the reader was woken, and dropped it");
    assert!(writes.take(), "the writer behind it was woken all the same");
    assert_eq!(Arc::strong_count(&writes), 1);
    assert_eq!(hand.reactor.idle_state().sockets_waited_on, 0);
    assert!(!hand.reactor.has_sources());
}

#[test]
fn no_stale_event_reaches_the_next_user_of_a_descriptor_and_slot() {
    in_a_process_of_its_own("alone_descriptor_and_slot_are_used_again");
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn alone_descriptor_and_slot_are_used_again() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    let waits = Flag::new();
    let waker = waits.waker();
    let mut cx = Context::from_waker(&waker);
    assert!(stream.poll_read(&mut cx, &mut [0; 4]).is_pending());
    drop(waker);
    let fd = stream.as_raw_fd();
    peer.write_all(b"egg").unwrap(); // the kernel has an event for it now
    drop(stream);
    assert_eq!(Arc::strong_count(&waits), 1, "its waker is dropped with it");
    let pairs = (0..4).map(|_| UnixStream::pair().unwrap());
    let newcomers: Vec<_> = pairs.flat_map(|it| [it.0, it.1]).collect();
    let reuses = newcomers.iter().any(|it| it.as_raw_fd() == fd);
    assert!(reuses, "the descriptor's number is used again");
    let readable = || newcomers.iter().map(UnixStream::readable);
    let mut waiting: Vec<_> = readable().collect();
    let flags: Vec<_> = waiting.iter_mut().map(expect_pending).collect();
    hand.reactor.turn(Some(Duration::ZERO));
    readable().for_each(|mut it| drop(expect_pending(&mut it)));
    assert!(!flags.iter().any(|it| it.take()) && !waits.take());
}

#[test]
fn a_socket_outlives_its_reactor_and_says_so() {
    let hand = Hand::new();
    let (stream, _peer) = connected(&hand);
    drop(hand);
    let error = expect_ready(&mut stream.read(&mut [0; 4])).unwrap_err();
    assert!(error.to_string().contains("runtime of this socket is gone"));
}

#[test]
fn whoever_waits_for_a_socket_is_let_go_of_by_its_reactor_and_told_later() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    let mut read_buffer = [0; 4];
    let mut read = stream.read(&mut read_buffer);
    let (flag, mut late) = (expect_pending(&mut read), stream.readable());
    let waits = expect_pending(&mut late);
    peer.write_all(b"egg").unwrap(); // nobody will tell of it any more
    drop(hand);
    for flag in [flag, waits] {
        assert!(!flag.take() && Arc::strong_count(&flag) == 1);
    }
    let next = Hand::new(); // another runtime is not its runtime
    let gone = "runtime of this socket is gone";
    let error = expect_ready(&mut read).unwrap_err();
    assert!(error.to_string().contains(gone), "{error}");
    let error = expect_ready(&mut stream.write(b"egg")).unwrap_err();
    assert!(error.to_string().contains(gone), "it was writable: {error}");
    drop((read, late));
    drop(stream);
    assert_eq!(next.reactor.idle_state().sockets_waited_on, 0);
}

// Row 21: accept at the limit of open files.

#[test]
fn accept_waits_for_a_descriptor_reports_once_and_does_not_spin() {
    in_a_process_of_its_own("alone_accept_waits_for_a_descriptor");
}

/// Opens files until none can be opened.
fn use_up_descriptors() -> Vec<std::fs::File> {
    std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect()
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn alone_accept_waits_for_a_descriptor() {
    static REPORTS: AtomicUsize = AtomicUsize::new(0);
    report::set_hook(|report| {
        assert!(report.text().contains("ulimit -n"), "{report}");
        REPORTS.fetch_add(1, Ordering::SeqCst);
    });
    let hand = Hand::new();
    let listener = TcpListener::bind_to(local()).unwrap();
    let address = listener.local_addr().unwrap();
    let peers: Vec<_> =
        (0..4).map(|_| net::TcpStream::connect(address).unwrap()).collect();
    let mut files = use_up_descriptors();

    // No descriptor: pending, and asleep most of the time.
    let mut accept = listener.accept();
    let mut flag = expect_pending(&mut accept);
    let (mut turns, begin) = (0, Instant::now());
    while begin.elapsed() < Duration::from_millis(450) {
        hand.reactor.turn(Some(Duration::from_secs(5)));
        turns += 1;
        if flag.take() {
            flag = expect_pending(&mut accept);
        }
    }
    assert!((3..20).contains(&turns), "{turns} turns in half a second");
    assert_eq!(REPORTS.load(Ordering::SeqCst), 1);

    // A file that is no socket of ours closes: a retry finds out.
    files.pop();
    hand.turn_until(&flag);
    let (stream, _) = expect_ready(&mut accept).unwrap();

    // A socket of ours closes: the retry follows at once, without a turn.
    let mut accept = listener.accept();
    let flag = expect_pending(&mut accept);
    drop(stream);
    assert!(flag.take(), "woken by the close");
    let (stream, _) = expect_ready(&mut accept).unwrap();

    // Also where the listener has no waiter any more.
    let mut abandoned = listener.accept();
    expect_pending(&mut abandoned);
    drop(abandoned);
    drop(stream);
    drop(files);
    hand.finish(listener.accept()).unwrap();
    hand.finish(listener.accept()).unwrap();
    expect_pending(&mut listener.accept());
    assert_eq!(peers.len(), 4, "all were served");
    assert_eq!(REPORTS.load(Ordering::SeqCst), 1);
}

#[test]
fn a_virtual_clock_does_not_keep_accept_waiting() {
    in_a_process_of_its_own("alone_accept_retries_in_real_time");
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn alone_accept_retries_in_real_time() {
    static REPORTS: AtomicUsize = AtomicUsize::new(0);
    report::set_hook(|_| {
        REPORTS.fetch_add(1, Ordering::SeqCst);
    });
    let hand = Hand::with_virtual_clock();
    let listener = TcpListener::bind_to(local()).unwrap();
    let address = listener.local_addr().unwrap();
    let _peer = net::TcpStream::connect(address).unwrap();
    let files = use_up_descriptors();
    let mut accept = listener.accept();
    let flag = expect_pending(&mut accept);
    hand.turn_until(&flag);
    let flag = expect_pending(&mut accept);
    assert_eq!(REPORTS.load(Ordering::SeqCst), 1, "no descriptor is left");
    drop(files);
    hand.turn_until(&flag);
    expect_ready(&mut accept).unwrap();
}

#[test]
fn a_connection_that_was_reset_before_accept_does_not_end_the_listener() {
    let hand = Hand::new();
    let listener = TcpListener::bind_to(local()).unwrap();
    let address = listener.local_addr().unwrap();
    let reset = net::TcpStream::connect(address).unwrap();
    SockRef::from(&reset).set_linger(Some(Duration::ZERO)).unwrap();
    drop(reset);
    let mut peer = net::TcpStream::connect(address).unwrap();
    peer.write_all(b"egg").unwrap();
    loop {
        // Linux hands out the dead connection; others skip it.
        let (stream, _) = hand.finish(listener.accept()).unwrap();
        let mut buffer = [0; 3];
        match hand.finish(stream.read_exact(&mut buffer)) {
            Ok(_) => break assert_eq!(&buffer, b"egg"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
}

// Row 22: half close, reset, a peer that is gone.

#[test]
fn after_a_half_close_the_other_half_still_works() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(peer.read(&mut [0; 8]).unwrap(), 0);
    peer.write_all(b"egg").unwrap();
    assert_eq!(hand.finish(stream.read(&mut [0; 8])).unwrap(), 3);
    let error = hand.finish(stream.write(b"late")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
}

#[test]
fn after_the_peers_half_close_one_can_still_write() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    peer.shutdown(Shutdown::Write).unwrap();
    assert_eq!(hand.finish(stream.read(&mut [0; 8])).unwrap(), 0);
    hand.finish(stream.write_all(b"egg")).unwrap();
    drop(stream);
    let mut read = Vec::new();
    peer.read_to_end(&mut read).unwrap();
    assert_eq!(read, b"egg");
}

#[test]
fn a_reset_surfaces_in_a_read_that_waits() {
    let hand = Hand::new();
    let (stream, peer) = connected(&hand);
    let mut buffer = [0; 8];
    let mut read = stream.read(&mut buffer);
    let flag = expect_pending(&mut read);
    SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
    drop(peer);
    hand.turn_until(&flag);
    let error = expect_ready(&mut read).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn writing_after_the_peer_is_gone_ends_in_an_error() {
    let hand = Hand::new();
    let (stream, peer) = connected(&hand);
    drop(peer);
    let chunk = vec![0; 1 << 16];
    let error = loop {
        if let Err(error) = hand.finish(stream.write_all(&chunk)) {
            break error;
        }
    };
    let gone = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
    assert!(gone.contains(&error.kind()), "{error}");
}

#[test]
fn an_early_end_is_an_error_for_read_exact() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    peer.write_all(b"eg").unwrap();
    drop(peer);
    let error = hand.finish(stream.read_exact(&mut [0; 3])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert!(error.to_string().contains("after 2 of 3 bytes"), "{error}");
}

#[test]
fn udp_learns_of_a_closed_port_and_goes_on() {
    let hand = Hand::new();
    let (ours, peer) = connected_udp();
    let address = peer.local_addr().unwrap();
    drop(peer);
    let mut buffer = [0; 8];
    let mut recv = ours.recv(&mut buffer);
    let flag = expect_pending(&mut recv);
    hand.finish(ours.send(b"anybody?")).unwrap();
    hand.turn_until(&flag);
    let error = expect_ready(&mut recv).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    drop(recv);
    let peer = net::UdpSocket::bind(address).unwrap();
    let mut recv = ours.recv(&mut buffer);
    expect_pending(&mut recv);
    peer.send_to(b"egg", ours.local_addr().unwrap()).unwrap();
    assert_eq!(hand.finish(recv).unwrap(), 3);
}

// What the sockets offer beside.

#[test]
fn udp_sends_to_and_receives_from_anybody() {
    let hand = Hand::new();
    let ours = hand.finish(UdpSocket::bind("127.0.0.1:0")).unwrap();
    let peer = net::UdpSocket::bind(local()).unwrap();
    let (us, them) = (ours.local_addr().unwrap(), peer.local_addr().unwrap());
    peer.send_to(b"egg", us).unwrap();
    let mut buffer = [0; 8];
    let peeked = hand.finish(ours.peek_from(&mut buffer)).unwrap();
    assert_eq!(peeked, (3, them));
    let received = hand.finish(ours.recv_from(&mut buffer)).unwrap();
    assert_eq!(received, (3, them));
    let text = them.to_string();
    assert_eq!(hand.finish(ours.send_to(b"done", text)).unwrap(), 4);
    assert_eq!(peer.recv_from(&mut buffer).unwrap(), (4, us));
    hand.finish(ours.connect(them)).unwrap();
    assert_eq!(ours.peer_addr().unwrap(), them);
    let empty = ours.try_recv(&mut buffer).unwrap_err();
    assert_eq!(empty.kind(), ErrorKind::WouldBlock);
}

#[test]
fn try_read_never_waits_and_would_block_clears_readiness() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    let early = stream.try_read(&mut [0; 8]).unwrap_err();
    assert_eq!(early.kind(), ErrorKind::WouldBlock);
    peer.write_all(b"egg").unwrap();
    hand.finish(stream.readable()).unwrap();
    assert_eq!(stream.try_read(&mut [0; 8]).unwrap(), 3);
    expect_ready(&mut stream.readable()).unwrap();
    assert!(stream.try_read(&mut [0; 8]).is_err());
    expect_pending(&mut stream.readable());
}

#[test]
fn a_stream_given_away_works_with_std() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    let mut std_stream = stream.into_std();
    assert!(!hand.reactor.has_sources());
    std_stream.set_nonblocking(false).unwrap();
    peer.write_all(b"egg").unwrap();
    std_stream.read_exact(&mut [0; 3]).unwrap();
    let stream = TcpStream::from_std(std_stream).unwrap();
    peer.write_all(b"egg").unwrap();
    assert_eq!(hand.finish(stream.read(&mut [0; 8])).unwrap(), 3);
}

#[test]
fn dropping_the_write_half_ends_the_stream_and_forgetting_it_does_not() {
    let hand = Hand::new();
    let (stream, mut peer) = connected(&hand);
    let (read, write) = stream.into_split();
    hand.finish(write.write_all(b"egg")).unwrap();
    drop(write);
    let mut all = Vec::new();
    peer.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"egg");
    peer.write_all(b"!").unwrap();
    assert_eq!(hand.finish(read.read(&mut [0; 8])).unwrap(), 1);

    let (stream, peer) = connected(&hand);
    let (_read, write) = stream.into_split();
    write.forget();
    peer.set_nonblocking(true).unwrap();
    let still = (&peer).read(&mut [0; 8]).unwrap_err();
    assert_eq!(still.kind(), ErrorKind::WouldBlock);
}

#[test]
fn halves_reunite_with_their_own_only() {
    let hand = Hand::new();
    let (one, mut peer) = connected(&hand);
    let (two, _other) = connected(&hand);
    let (read, write) = one.into_split();
    let (other_read, other_write) = two.into_split();
    let error = read.reunite(other_write).unwrap_err();
    assert_eq!(error.to_string(), "these are halves of two different streams");
    drop(other_read);
    let stream = write.reunite(error.0).unwrap();
    hand.finish(stream.write_all(b"egg")).unwrap();
    peer.read_exact(&mut [0; 3]).unwrap();
}

#[test]
fn the_futures_io_traits_read_write_and_close() {
    let hand = Hand::new();
    let (mut stream, mut peer) = connected(&hand);
    let write =
        by_hand::poll_fn(|cx| Pin::new(&mut stream).poll_write(cx, b"egg"));
    assert_eq!(hand.finish(write).unwrap(), 3);
    let close = by_hand::poll_fn(|cx| Pin::new(&mut stream).poll_close(cx));
    hand.finish(close).unwrap();
    let mut all = Vec::new();
    peer.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"egg");
    peer.write_all(b"!").unwrap();
    let (mut shared, mut buffer) = (&stream, [0; 8]);
    let read =
        by_hand::poll_fn(|cx| Pin::new(&mut shared).poll_read(cx, &mut buffer));
    assert_eq!(hand.finish(read).unwrap(), 1);
}

#[test]
fn unix_streams_connect_and_talk() {
    let hand = Hand::new();
    let path = temporary_path("stream");
    let listener = UnixListener::bind(&path).unwrap();
    let client = hand.finish(UnixStream::connect(&path)).unwrap();
    let (server, _) = hand.finish(listener.accept()).unwrap();
    hand.finish(client.write_all(b"egg")).unwrap();
    assert_eq!(hand.finish(server.read(&mut [0; 8])).unwrap(), 3);
    drop(client);
    assert_eq!(hand.finish(server.read(&mut [0; 8])).unwrap(), 0);
    let taken = UnixListener::bind(&path).unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AddrInUse);
    assert!(taken.to_string().contains("file exists already"), "{taken}");
    std::fs::remove_file(&path).unwrap();
    let gone = hand.finish(UnixStream::connect(&path)).unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    assert!(gone.to_string().contains(path.to_str().unwrap()), "{gone}");
}

#[test]
fn a_unix_pair_splits_and_reunites() {
    let hand = Hand::new();
    let (one, other) = UnixStream::pair().unwrap();
    let (read, write) = one.into_split();
    hand.finish(write.write_all(b"egg")).unwrap();
    let one = read.reunite(write).unwrap();
    assert_eq!(hand.finish(other.read(&mut [0; 8])).unwrap(), 3);
    drop(one);
    assert_eq!(hand.finish(other.read(&mut [0; 8])).unwrap(), 0);
}

#[test]
fn unix_datagrams_travel_whole() {
    let hand = Hand::new();
    let path = temporary_path("datagram");
    let bound = UnixDatagram::bind(&path).unwrap();
    let unbound = UnixDatagram::unbound().unwrap();
    hand.finish(unbound.send_to(b"egg", &path)).unwrap();
    hand.finish(unbound.send_to(b"two", &path)).unwrap();
    let mut buffer = [0; 8];
    let (length, from) = hand.finish(bound.recv_from(&mut buffer)).unwrap();
    assert!(length == 3 && from.is_unnamed());
    assert_eq!(hand.finish(bound.recv(&mut buffer)).unwrap(), 3);
    unbound.connect(&path).unwrap();
    hand.finish(unbound.send(b"fried")).unwrap();
    assert_eq!(hand.finish(bound.recv(&mut buffer)).unwrap(), 5);
    std::fs::remove_file(&path).unwrap();
    let (one, other) = UnixDatagram::pair().unwrap();
    hand.finish(one.send(b"x")).unwrap();
    assert_eq!(hand.finish(other.recv(&mut buffer)).unwrap(), 1);
}

#[test]
fn a_datagram_waits_for_room_in_a_queue_that_others_have_filled() {
    let hand = Hand::new();
    let path = temporary_path("full-queue");
    let bound = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    let filler = UnixDatagram::unbound().unwrap();
    let mut queued = 0;
    while filler.try_send_to(b"egg", &path).is_ok() {
        queued += 1;
    }
    let late = UnixDatagram::unbound().unwrap();
    hand.reactor.turn(Some(Duration::ZERO)); // what is ready from birth
    let mut send = late.send_to(b"late", &path);
    let flag = expect_pending(&mut send);
    for _ in 0..queued {
        bound.recv(&mut [0; 8]).unwrap();
    }
    hand.turn_until(&flag);
    assert_eq!(hand.finish(send).unwrap(), 4);
    std::fs::remove_file(&path).unwrap();
}

#[test]
#[should_panic(expected = "`Read` polled after it was done")]
fn a_finished_future_panics_with_its_name() {
    let hand = Hand::new();
    let (stream, peer) = connected(&hand);
    let mut buffer = [0; 8];
    let mut read = stream.read(&mut buffer);
    let flag = expect_pending(&mut read);
    drop(peer);
    hand.turn_until(&flag);
    expect_ready(&mut read).unwrap();
    let _ = expect_ready(&mut read);
}

#[test]
#[should_panic(expected = "a socket needs a running runtime")]
fn a_socket_outside_a_runtime_panics_with_advice() {
    let _ = TcpListener::bind_to(local());
}

#[test]
fn every_future_of_a_socket_is_unpin() {
    fn is_unpin<T: Unpin + Future>() {}
    is_unpin::<onecook_reactor::net::addr::LookupHost>();
    is_unpin::<tcp::Bind>();
    is_unpin::<tcp::Connect>();
    is_unpin::<tcp::Accept<'_>>();
    is_unpin::<onecook_reactor::net::Read<'_>>();
    is_unpin::<onecook_reactor::net::ReadExact<'_>>();
    is_unpin::<onecook_reactor::net::ReadToEnd<'_>>();
    is_unpin::<onecook_reactor::net::Peek<'_>>();
    is_unpin::<onecook_reactor::net::Write<'_>>();
    is_unpin::<onecook_reactor::net::WriteAll<'_>>();
    is_unpin::<onecook_reactor::net::Readable<'_>>();
    is_unpin::<onecook_reactor::net::Writable<'_>>();
    is_unpin::<udp::Connect<'_>>();
    is_unpin::<udp::Send<'_>>();
    is_unpin::<udp::SendTo<'_>>();
    is_unpin::<udp::Recv<'_>>();
    is_unpin::<udp::RecvFrom<'_>>();
    is_unpin::<udp::PeekFrom<'_>>();
    is_unpin::<unix::Accept<'_>>();
    is_unpin::<unix::Connect>();
    is_unpin::<unix::SendTo<'_>>();
}

#[test]
fn options_are_set_and_read_back() -> io::Result<()> {
    let hand = Hand::new();
    let (stream, _peer) = connected(&hand);
    stream.set_nodelay(true)?;
    assert!(stream.nodelay()?);
    stream.set_ttl(9)?;
    assert_eq!(stream.ttl()?, 9);
    stream.set_linger(Some(Duration::from_secs(3)))?;
    assert_eq!(stream.linger()?, Some(Duration::from_secs(3)));
    stream.set_linger(None)?;
    assert!(stream.take_error()?.is_none());
    let socket = UdpSocket::bind_to(local())?;
    socket.set_broadcast(true)?;
    assert!(socket.broadcast()?);
    Ok(())
}
