//! Promises of `io`: duplex, copy in one and in both directions, and the
//! user's input (in a child process, with a pipe as its input).

use std::cell::{Cell, RefCell};
use std::env;
use std::future::poll_fn;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::pin::{Pin, pin};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_core::Stream;
use futures_io::{AsyncRead, AsyncWrite};
use onecook::io::{DuplexStream, copy, copy_bidirectional, duplex, stdin};
use onecook::{Builder, block_on, spawn, time};
use onecook_reactor::context;

// ---- A vocabulary ---------------------------------------------------------

/// Counts its wakes.
#[derive(Default)]
struct Count(AtomicUsize);

impl Count {
    fn new() -> (Arc<Count>, Waker) {
        let count = Arc::new(Count::default());
        (count.clone(), Waker::from(count))
    }

    fn wakes(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A waker that comes back to its stream, whatever is done with it.
struct Meddler(fn());

impl Wake for Meddler {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn read_once(
    stream: &DuplexStream,
    waker: &Waker,
    length: usize,
) -> Poll<io::Result<Vec<u8>>> {
    let mut buffer = vec![0; length];
    let read = stream.poll_read(&mut Context::from_waker(waker), &mut buffer);
    read.map_ok(|read| buffer[..read].to_vec())
}

fn write_once(
    stream: &DuplexStream,
    waker: &Waker,
    bytes: &[u8],
) -> Poll<io::Result<usize>> {
    stream.poll_write(&mut Context::from_waker(waker), bytes)
}

#[track_caller]
fn ready<T>(poll: Poll<io::Result<T>>) -> T {
    match poll {
        Poll::Ready(result) => result.unwrap(),
        Poll::Pending => panic!("pending"),
    }
}

#[track_caller]
fn error<T: std::fmt::Debug>(poll: Poll<io::Result<T>>) -> io::Error {
    match poll {
        Poll::Ready(result) => result.unwrap_err(),
        Poll::Pending => panic!("pending"),
    }
}

async fn read(stream: &DuplexStream) -> Vec<u8> {
    let mut buffer = [0; 64];
    let read = poll_fn(|cx| stream.poll_read(cx, &mut buffer)).await.unwrap();
    buffer[..read].to_vec()
}

async fn write(stream: &DuplexStream, bytes: &[u8]) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = poll_fn(|cx| stream.poll_write(cx, rest)).await.unwrap();
        rest = &rest[written..];
    }
}

fn virtual_block_on<F: Future>(future: F) -> F::Output {
    Builder::new().virtual_time().build().unwrap().block_on(future)
}

fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

// ---- duplex ---------------------------------------------------------------

#[test]
fn what_is_written_into_one_end_is_read_from_the_other_in_order() {
    let (left, right) = duplex(64);
    let waker = Waker::noop();
    assert_eq!(ready(write_once(&left, waker, b"two ")), 4);
    assert_eq!(ready(write_once(&left, waker, b"eggs")), 4);
    assert_eq!(ready(write_once(&right, waker, b"yes")), 3);
    assert_eq!(ready(read_once(&right, waker, 5)), b"two e");
    assert_eq!(ready(read_once(&right, waker, 64)), b"ggs");
    assert_eq!(ready(read_once(&left, waker, 64)), b"yes");
}

#[test]
fn the_ring_hands_out_the_right_bytes_also_where_it_wraps_around() {
    let (left, right) = duplex(7);
    let waker = Waker::noop();
    let mut written = 0_u8;
    let mut expected = 0_u8;
    let mut total = 0;
    for round in 0..100 {
        let bytes: Vec<u8> =
            (0..5).map(|it| written.wrapping_add(it)).collect();
        if let Poll::Ready(count) = write_once(&left, waker, &bytes) {
            written = written.wrapping_add(count.unwrap() as u8);
        }
        for byte in ready(read_once(&right, waker, 2 + round % 4)) {
            assert_eq!(byte, expected);
            expected = expected.wrapping_add(1);
            total += 1;
        }
    }
    assert!(total > 300, "only {total} bytes");
}

#[test]
fn a_write_beyond_the_size_waits_until_the_other_end_has_read() {
    let (left, right) = duplex(4);
    let (count, waker) = Count::new();
    assert_eq!(ready(write_once(&left, &waker, b"sixsix")), 4);
    assert!(write_once(&left, &waker, b"ix").is_pending());
    assert_eq!(count.wakes(), 0);
    assert_eq!(ready(read_once(&right, Waker::noop(), 1)), b"s");
    assert_eq!(count.wakes(), 1);
    assert_eq!(ready(write_once(&left, &waker, b"ix")), 1);
}

#[test]
fn a_read_of_nothing_waits_until_the_other_end_has_written() {
    let (left, right) = duplex(4);
    let (count, waker) = Count::new();
    assert!(read_once(&left, &waker, 4).is_pending());
    assert_eq!(ready(write_once(&right, Waker::noop(), b"egg")), 3);
    assert_eq!(count.wakes(), 1);
    assert_eq!(ready(read_once(&left, &waker, 4)), b"egg");
}

#[test]
fn the_newest_waker_is_woken_and_the_older_one_is_not() {
    let (left, right) = duplex(4);
    let (older, older_waker) = Count::new();
    let (newest, newest_waker) = Count::new();
    assert!(read_once(&left, &older_waker, 4).is_pending());
    assert!(read_once(&left, &newest_waker, 4).is_pending());
    assert_eq!(Arc::strong_count(&older), 2, "the older waker is kept");
    ready(write_once(&right, Waker::noop(), b"egg"));
    assert_eq!((older.wakes(), newest.wakes()), (0, 1));
}

#[test]
fn dropping_an_end_lets_the_other_read_what_was_written_and_then_the_end() {
    let (left, right) = duplex(8);
    let (count, waker) = Count::new();
    ready(write_once(&left, Waker::noop(), b"egg"));
    assert_eq!(ready(read_once(&right, &waker, 8)), b"egg");
    assert!(read_once(&right, &waker, 8).is_pending());
    ready(write_once(&left, Waker::noop(), b"last"));
    drop(left);
    assert_eq!(count.wakes(), 1, "by the write; nobody waited after that");
    assert_eq!(ready(read_once(&right, &waker, 8)), b"last");
    assert_eq!(ready(read_once(&right, &waker, 8)), b"");
    assert_eq!(ready(read_once(&right, &waker, 8)), b"");
}

#[test]
fn dropping_an_end_wakes_whoever_reads_or_writes_at_the_other() {
    let (left, right) = duplex(1);
    let (reading, reader) = Count::new();
    let (writing, writer) = Count::new();
    assert!(read_once(&right, &reader, 8).is_pending());
    ready(write_once(&right, &writer, b"1"));
    assert!(write_once(&right, &writer, b"2").is_pending());
    drop(left);
    assert_eq!((reading.wakes(), writing.wakes()), (1, 1));
    assert_eq!(ready(read_once(&right, &reader, 8)), b"");
    let error = error(write_once(&right, &writer, b"2"));
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    assert_eq!(
        error.to_string(),
        "the other end of the duplex was dropped: nobody will read what is \
         written"
    );
}

#[test]
fn dropping_an_end_releases_its_own_wakers_at_once() {
    let (left, _right) = duplex(1);
    let (count, waker) = Count::new();
    ready(write_once(&left, &waker, b"1"));
    assert!(write_once(&left, &waker, b"2").is_pending());
    assert!(read_once(&left, &waker, 1).is_pending());
    assert_eq!(Arc::strong_count(&count), 4);
    drop(left);
    assert_eq!(Arc::strong_count(&count), 2);
    assert_eq!(count.wakes(), 0);
}

#[test]
fn a_closed_end_can_still_read_but_not_write() {
    let (left, right) = duplex(8);
    let waker = Waker::noop();
    ready(write_once(&left, waker, b"order"));
    left.close();
    left.close();
    let error = error(write_once(&left, waker, b"more"));
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    assert!(error.to_string().contains("this end of the duplex was closed"));
    assert_eq!(ready(read_once(&right, waker, 8)), b"order");
    assert_eq!(ready(read_once(&right, waker, 8)), b"");
    ready(write_once(&right, waker, b"egg"));
    assert_eq!(ready(read_once(&left, waker, 8)), b"egg");
}

#[test]
fn closing_wakes_the_reader_and_a_write_of_ones_own_that_waits() {
    let (left, right) = duplex(1);
    let (reading, reader) = Count::new();
    let (writing, writer) = Count::new();
    ready(write_once(&left, &writer, b"1"));
    ready(read_once(&right, &reader, 1));
    assert!(read_once(&right, &reader, 1).is_pending());
    left.close();
    assert_eq!(reading.wakes(), 1);

    let (left, _right) = duplex(1);
    ready(write_once(&left, &writer, b"1"));
    assert!(write_once(&left, &writer, b"2").is_pending());
    left.close();
    assert_eq!(writing.wakes(), 1);
}

#[test]
fn reading_and_writing_nothing_at_all_is_done_at_once() {
    let (left, right) = duplex(1);
    assert_eq!(ready(read_once(&left, Waker::noop(), 0)), b"");
    drop(right);
    assert_eq!(ready(write_once(&left, Waker::noop(), b"")), 0);
}

#[test]
#[should_panic(expected = "`duplex(0)` could never pass on a byte")]
fn a_duplex_without_room_is_refused() {
    let _ = duplex(0);
}

thread_local! {
    static ENDS: RefCell<Option<(Rc<DuplexStream>, Rc<DuplexStream>)>> =
        const { RefCell::new(None) };
    static MEDDLED: Cell<u32> = const { Cell::new(0) };
}

/// Uses both ends, as a user's `Drop` or `Wake` may.
fn meddle() {
    MEDDLED.set(MEDDLED.get() + 1);
    let Some((left, right)) = ENDS.with_borrow(Clone::clone) else { return };
    for stream in [left, right] {
        let _ = write_once(&stream, Waker::noop(), b"meddled");
        let _ = read_once(&stream, Waker::noop(), 3);
        let _ = format!("{stream:?}");
    }
}

/// How often wakers meddled while `act` ran on a duplex at whose left end one
/// of them waits to read.
fn meddling(act: impl FnOnce(&DuplexStream, &DuplexStream)) -> u32 {
    let (left, right) = duplex(4);
    let (left, right) = (Rc::new(left), Rc::new(right));
    ENDS.set(Some((left.clone(), right.clone())));
    assert!(read_once(&left, &meddler(), 4).is_pending());
    let before = MEDDLED.get();
    act(&left, &right);
    ENDS.set(None);
    MEDDLED.get() - before
}

fn meddler() -> Waker {
    Waker::from(Arc::new(Meddler(meddle)))
}

#[test]
fn a_waker_may_use_the_duplex_while_it_is_woken() {
    let write = |_: &DuplexStream, right: &DuplexStream| {
        ready(write_once(right, Waker::noop(), b"egg"));
    };
    assert!(meddling(write) >= 2, "woken, then dropped");
    assert!(meddling(|_, right| right.close()) >= 2, "woken, then dropped");
}

#[test]
fn a_waker_may_use_the_duplex_while_it_is_dropped_for_a_newer_one() {
    let replace = |left: &DuplexStream, _: &DuplexStream| {
        let _ = read_once(left, Waker::noop(), 4);
    };
    assert_eq!(meddling(replace), 1);
}

#[test]
fn a_task_that_always_has_bytes_lets_the_others_have_their_turn() {
    block_on(async {
        let (left, right) = duplex(1 << 20);
        write(&left, &vec![1; 1000]).await;
        let busy = spawn(async move {
            let mut byte = [0];
            for _ in 0..1000 {
                poll_fn(|cx| right.poll_read(cx, &mut byte)).await.unwrap();
            }
        });
        onecook::yield_now().await;
        assert!(!busy.is_finished(), "1000 reads in one poll");
        busy.await.unwrap();
    });
}

#[test]
fn virtual_time_goes_on_while_a_duplex_is_waited_for() {
    virtual_block_on(async {
        let (left, _right) = duplex(8);
        let hour = Duration::from_secs(3600);
        let begin = time::Instant::now();
        time::timeout(hour, read(&left)).await.unwrap_err();
        assert_eq!(begin.elapsed(), hour);
    });
}

#[test]
fn a_duplex_says_what_it_holds_when_it_is_printed() {
    let (left, right) = duplex(8);
    ready(write_once(&left, Waker::noop(), b"egg"));
    let text = format!("{right:?}");
    assert!(text.contains("bytes: 3, capacity: 8, writing: Open"), "{text}");
}

// ---- copy -----------------------------------------------------------------

/// A reader that always has some more of `left` bytes.
struct Bytes {
    left: usize,
}

impl AsyncRead for Bytes {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let count = self.left.min(buffer.len()).min(100);
        self.left -= count;
        Poll::Ready(Ok(count))
    }
}

/// A writer that keeps bytes back until it is flushed.
#[derive(Default)]
struct Buffered {
    kept: usize,
    flushed: usize,
    flushes: usize,
    closed: bool,
}

impl AsyncWrite for Buffered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.kept += bytes.len();
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.flushed += self.kept;
        self.kept = 0;
        self.flushes += 1;
        Poll::Ready(Ok(()))
    }

    fn poll_close(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.closed = true;
        Poll::Ready(Ok(()))
    }
}

#[test]
fn copy_moves_every_byte_and_counts_them() {
    let eggs: Vec<u8> = (0..100_000_u32).map(|it| it as u8).collect();
    let mut pan = Vec::new();
    let copied = block_on(copy(&mut &eggs[..], &mut pan)).unwrap();
    assert_eq!(copied, 100_000);
    assert_eq!(pan, eggs);
}

#[test]
fn copy_through_a_narrow_duplex_waits_and_loses_nothing() {
    let eggs: Vec<u8> = (0..50_000_u32).map(|it| it as u8).collect();
    let fried = eggs.clone();
    virtual_block_on(async move {
        let (mut near, mut far) = duplex(7);
        let writer =
            spawn(async move { copy(&mut &eggs[..], &mut near).await });
        let mut pan = Vec::new();
        assert_eq!(copy(&mut far, &mut pan).await.unwrap(), 50_000);
        assert_eq!(writer.await.unwrap().unwrap(), 50_000);
        assert!(pan == fried);
    });
}

#[test]
fn copy_flushes_once_at_the_end_and_does_not_close() {
    let mut writer = Buffered::default();
    block_on(copy(&mut Bytes { left: 1000 }, &mut writer)).unwrap();
    assert_eq!((writer.flushed, writer.flushes), (1000, 1));
    assert!(!writer.closed);
}

#[test]
fn copy_flushes_when_the_reader_has_nothing_for_now() {
    let (mut near, far) = duplex(8);
    let mut writer = Buffered::default();
    let mut copying = copy(&mut near, &mut writer);
    assert!(poll_once(&mut copying).is_pending());
    ready(write_once(&far, Waker::noop(), b"egg"));
    assert!(poll_once(&mut copying).is_pending());
    assert!(poll_once(&mut copying).is_pending());
    assert_eq!(copying.copied(), 3);
    drop(copying);
    assert_eq!((writer.flushed, writer.flushes), (3, 1));
}

#[test]
fn copy_between_strangers_yields_by_budget() {
    block_on(async {
        let busy = spawn(async {
            let mut reader = Bytes { left: 100_000 };
            copy(&mut reader, &mut Buffered::default()).await
        });
        onecook::yield_now().await;
        assert!(!busy.is_finished(), "1000 chunks in one poll");
        assert_eq!(busy.await.unwrap().unwrap(), 100_000);
    });
}

#[test]
fn copy_tells_what_was_read_and_not_written() {
    let (mut near, far) = duplex(4);
    let mut eggs = &b"sixeggs"[..];
    let mut copying = copy(&mut eggs, &mut near);
    assert!(poll_once(&mut copying).is_pending());
    assert_eq!(copying.copied(), 4);
    assert_eq!(copying.unwritten(), b"ggs");
    assert_eq!(ready(read_once(&far, Waker::noop(), 8)), b"sixe");
    assert_eq!(ready(poll_once(&mut copying)), 7);
    assert_eq!(copying.unwritten(), b"");
}

#[test]
fn copy_ends_with_the_first_error() {
    let (mut near, far) = duplex(4);
    drop(far);
    let result = block_on(copy(&mut &b"egg"[..], &mut near));
    assert_eq!(result.unwrap_err().kind(), ErrorKind::BrokenPipe);

    let mut full: [u8; 2] = [0; 2];
    let mut plate = Plate { bytes: &mut full };
    let result = block_on(copy(&mut &b"egg"[..], &mut plate));
    assert_eq!(result.unwrap_err().kind(), ErrorKind::WriteZero);
}

/// A writer with an end.
struct Plate<'a> {
    bytes: &'a mut [u8],
}

impl AsyncWrite for Plate<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.bytes.write(bytes))
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
#[should_panic(expected = "`Copy` polled after it was done")]
fn a_finished_copy_says_so_when_it_is_polled() {
    let (mut eggs, mut pan) = (&b"egg"[..], Vec::new());
    let mut copying = copy(&mut eggs, &mut pan);
    assert_eq!(ready(poll_once(&mut copying)), 3);
    let _ = poll_once(&mut copying);
}

// ---- copy_bidirectional ---------------------------------------------------

#[test]
fn a_proxy_carries_both_ways_passes_on_a_half_close_and_counts() {
    virtual_block_on(async {
        let (customer, mut front) = duplex(8);
        let (mut back, kitchen) = duplex(8);
        let proxy =
            spawn(
                async move { copy_bidirectional(&mut front, &mut back).await },
            );
        write(&customer, b"two").await;
        customer.close();
        assert_eq!(read(&kitchen).await, b"two");
        assert_eq!(read(&kitchen).await, b"", "the half close arrives");
        time::sleep(Duration::from_secs(2)).await;
        assert!(!proxy.is_finished(), "the other direction goes on");
        write(&kitchen, b"egg").await;
        write(&kitchen, b"egg").await;
        drop(kitchen);
        let mut plate = Vec::new();
        copy(&mut &customer, &mut plate).await.unwrap();
        assert_eq!(plate, b"eggegg");
        assert_eq!(proxy.await.unwrap().unwrap(), (3, 6));
    });
}

/// A stream that always has bytes and takes all, in both directions or in one.
struct Tap {
    left: usize,
    taken: Rc<Cell<usize>>,
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.left -= 1;
        Poll::Ready(Ok(1.min(self.left)))
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.taken.set(self.taken.get() + bytes.len());
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn a_busy_direction_of_a_proxy_does_not_starve_the_other() {
    block_on(async {
        let (into_a, into_b) = (Rc::default(), Rc::default());
        let mut a = Tap { left: 10_000, taken: Rc::clone(&into_a) };
        let mut b = Tap { left: 10_000, taken: Rc::clone(&into_b) };
        let proxy =
            spawn(async move { copy_bidirectional(&mut a, &mut b).await });
        for _ in 0..10 {
            onecook::yield_now().await;
        }
        let (into_a, into_b): (usize, usize) = (into_a.get(), into_b.get());
        assert!(!proxy.is_finished());
        assert!(into_a > 300 && into_a.abs_diff(into_b) <= 128);
        assert_eq!(proxy.await.unwrap().unwrap(), (9_999, 9_999));
    });
}

#[test]
fn an_error_in_one_direction_ends_the_proxy() {
    virtual_block_on(async {
        let (customer, mut front) = duplex(8);
        let (mut back, kitchen) = duplex(8);
        drop(kitchen);
        write(&customer, b"egg").await;
        let result = copy_bidirectional(&mut front, &mut back).await;
        assert_eq!(result.unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
#[should_panic(expected = "`CopyBidirectional` polled after it was done")]
fn a_finished_proxy_says_so_when_it_is_polled() {
    let (mut front, mut back) = (duplex(8).0, duplex(8).0);
    let mut proxy = copy_bidirectional(&mut front, &mut back);
    assert_eq!(ready(poll_once(&mut proxy)), (0, 0));
    let _ = poll_once(&mut proxy);
}

#[test]
fn every_future_of_io_is_unpin() {
    fn is_unpin<T: Unpin>(_: &T) {}
    let (mut a, mut b) = duplex(1);
    is_unpin(&copy(&mut a, &mut b));
    is_unpin(&copy_bidirectional(&mut a, &mut b));
    is_unpin(&stdin().next_line());
    is_unpin(&stdin());
}

// ---- stdin: each test runs its `child` in a process of its own -----------

/// This test again, as a child process.
struct Program {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// Set for a child; it names the test whose part it plays.
const CHILD: &str = "ONECOOK_TEST_CHILD";

/// What the child says begins with this; the rest is the test harness's.
const SAYS: &str = "child: ";

impl Program {
    fn start(test: &str) -> Program {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .env(CHILD, test)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Program { child, input, output }
    }

    fn types(&mut self, text: impl AsRef<[u8]>) {
        let input = self.input.as_mut().unwrap();
        input.write_all(text.as_ref()).unwrap();
    }

    fn ends_input(&mut self) {
        self.input = None;
    }

    #[track_caller]
    fn expect(&mut self, what: &str) {
        let mut line = String::new();
        loop {
            line.clear();
            let read = self.output.read_line(&mut line).unwrap();
            assert!(read > 0, "the child ended without saying {what:?}");
            if let Some((_, said)) = line.split_once(SAYS) {
                assert_eq!(said.trim_end_matches('\n'), what);
                return;
            }
        }
    }

    /// Waits for its end, with the input still open if it is.
    #[track_caller]
    fn expect_end(mut self) {
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {rest}");
        assert!(!rest.contains(SAYS), "more than expected: {rest}");
    }
}

/// Whether this process is the child of that test.
fn is_child(test: &str) -> bool {
    env::var(CHILD).is_ok_and(|child| child == test)
}

fn say(what: impl std::fmt::Display) {
    println!("{SAYS}{what}");
}

fn calls_in_flight() -> usize {
    context::current().unwrap().blocking().in_flight()
}

#[test]
fn lines_come_one_by_one_without_their_breaks_and_then_the_end() {
    let test = "lines_come_one_by_one_without_their_breaks_and_then_the_end";
    if is_child(test) {
        return block_on(async {
            let mut stdin = stdin();
            for _ in 0..6 {
                say(format!("{:?}", stdin.next_line().await.unwrap()));
            }
        });
    }
    let mut program = Program::start(test);
    program.types("egg A\n");
    program.expect("Some(\"egg A\")");
    program.types("egg B\r\n\nlast");
    program.expect("Some(\"egg B\")");
    program.expect("Some(\"\")");
    program.ends_input();
    program.expect("Some(\"last\")");
    program.expect("None");
    program.expect("None");
    program.expect_end();
}

#[test]
fn the_input_is_a_stream_too() {
    let test = "the_input_is_a_stream_too";
    if is_child(test) {
        return block_on(async {
            let mut stdin = pin!(stdin());
            let mut next =
                async || poll_fn(|cx| stdin.as_mut().poll_next(cx)).await;
            while let Some(line) = next().await {
                say(line.unwrap());
            }
        });
    }
    let mut program = Program::start(test);
    program.types("A\nB\n");
    program.ends_input();
    program.expect("A");
    program.expect("B");
    program.expect_end();
}

#[test]
fn a_line_that_is_no_text_is_an_error_and_the_next_one_comes() {
    let test = "a_line_that_is_no_text_is_an_error_and_the_next_one_comes";
    if is_child(test) {
        return block_on(async {
            let error = stdin().next_line().await.unwrap_err();
            say(error.kind());
            say(stdin().next_line().await.unwrap().unwrap());
        });
    }
    let mut program = Program::start(test);
    program.types(b"\xFF\xFE\negg\n");
    program.expect("invalid data");
    program.expect("egg");
    program.expect_end();
}

#[test]
fn a_line_that_comes_after_its_asker_was_dropped_is_there_for_the_next() {
    let test =
        "a_line_that_comes_after_its_asker_was_dropped_is_there_for_the_next";
    if is_child(test) {
        return block_on(async {
            let mut first = stdin();
            assert!(poll_once(&mut first.next_line()).is_pending());
            drop(first);
            say("dropped");
            say(stdin().next_line().await.unwrap().unwrap());
            say(stdin().next_line().await.unwrap().unwrap());
        });
    }
    let mut program = Program::start(test);
    program.expect("dropped");
    program.types("A\nB\n");
    program.expect("A");
    program.expect("B");
    program.expect_end();
}

#[test]
fn only_the_lines_asked_for_are_taken_from_the_input() {
    let test = "only_the_lines_asked_for_are_taken_from_the_input";
    if is_child(test) {
        let line = block_on(async { stdin().next_line().await });
        say(line.unwrap().unwrap());
        let mut rest = String::new();
        io::stdin().read_to_string(&mut rest).unwrap();
        return say(format!("{rest:?}"));
    }
    let mut program = Program::start(test);
    program.types("A\nB\nC\n");
    program.ends_input();
    program.expect("A");
    program.expect("\"B\\nC\\n\"");
    program.expect_end();
}

#[test]
fn each_line_goes_to_one_of_several_tasks() {
    let test = "each_line_goes_to_one_of_several_tasks";
    if is_child(test) {
        return block_on(async {
            let ask = || async { stdin().next_line().await.unwrap().unwrap() };
            let tasks: Vec<_> = (0..3).map(|_| spawn(ask())).collect();
            onecook::yield_now().await;
            say("asked");
            let mut lines = Vec::new();
            for task in tasks {
                lines.push(task.await.unwrap());
            }
            lines.sort();
            say(lines.join(" "));
        });
    }
    let mut program = Program::start(test);
    program.expect("asked");
    program.types("A\nB\nC\n");
    program.expect("A B C");
    program.expect_end();
}

#[test]
fn an_asker_that_is_never_polled_again_keeps_no_line_from_the_others() {
    let test =
        "an_asker_that_is_never_polled_again_keeps_no_line_from_the_others";
    if is_child(test) {
        return block_on(async {
            let mut sleeper = stdin();
            let mut asleep = sleeper.next_line();
            assert!(poll_once(&mut asleep).is_pending());
            let task = spawn(async { stdin().next_line().await });
            onecook::yield_now().await;
            say("asked");
            say(task.await.unwrap().unwrap().unwrap());
            drop(asleep);
        });
    }
    let mut program = Program::start(test);
    program.expect("asked");
    program.types("A\n");
    program.expect("A");
    program.expect_end();
}

#[test]
fn whoever_waits_for_a_line_counts_as_a_call_in_flight() {
    let test = "whoever_waits_for_a_line_counts_as_a_call_in_flight";
    if is_child(test) {
        return block_on(async {
            let mut stdin = stdin();
            assert_eq!(calls_in_flight(), 0);
            let mut asking = stdin.next_line();
            assert!(poll_once(&mut asking).is_pending());
            assert_eq!(calls_in_flight(), 1);
            assert!(poll_once(&mut asking).is_pending());
            assert_eq!(calls_in_flight(), 1, "polled twice");
            drop(asking);
            assert_eq!(calls_in_flight(), 0);
            say("done");
        });
    }
    let mut program = Program::start(test);
    program.expect("done");
    program.expect_end();
}

#[test]
fn virtual_time_stands_still_while_a_line_is_waited_for() {
    let test = "virtual_time_stands_still_while_a_line_is_waited_for";
    if is_child(test) {
        return virtual_block_on(async {
            let mut stdin = stdin();
            let minute = Duration::from_secs(60);
            let line = time::timeout(minute, stdin.next_line());
            say("asks");
            say(line.await.expect("time went on").unwrap().unwrap());
            time::sleep(minute).await; // and now it goes on
        });
    }
    let mut program = Program::start(test);
    program.expect("asks");
    program.types("A\n");
    program.expect("A");
    program.expect_end();
}

#[test]
fn a_program_ends_although_it_still_waits_for_a_line() {
    let test = "a_program_ends_although_it_still_waits_for_a_line";
    if is_child(test) {
        let runtime = onecook::Runtime::new().unwrap();
        runtime.block_on(async {
            let _detached = spawn(async { stdin().next_line().await });
            onecook::yield_now().await;
            assert_eq!(calls_in_flight(), 1);
        });
        runtime.shutdown_timeout(Duration::from_secs(3600));
        return say("ends");
    }
    let mut program = Program::start(test);
    program.types("half a li");
    program.expect("ends");
    program.expect_end(); // with its input still open
}
