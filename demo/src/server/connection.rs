//! One guest: reads a request, answers it, and again.
//!
//! Next: `route.rs`, what to answer.

use std::future::{Future, poll_fn};
use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::thread;
use std::time::{Duration, Instant};

use onecook::net::TcpStream;
use onecook::time::{sleep, timeout};
use socket2::SockRef;

use super::kitchen::{Guest, Pan, asked};
use super::route::{Cooking, Dish, route};
use crate::http::request::{Method, Request, RequestError, RequestReader};
use crate::http::response::Response;

/// Between the pieces of a reply that is cut, so that each travels alone.
const BETWEEN_PIECES: Duration = Duration::from_millis(10);

/// How long a guest that was refused may go on talking.
const FAREWELL: Duration = Duration::from_secs(1);

/// Why a guest is served no longer.
enum Farewell {
    /// It has left, or the connection broke, or it is closing time.
    Gone,
    /// It took too long; whether it had begun to ask for something.
    Late { asking: bool },
    /// It does not speak as it should.
    Refused(RequestError),
}

/// Serves whoever is at the other end of `stream` until it leaves.
pub async fn serve_connection(stream: TcpStream, guest: Guest) {
    let _ = stream.set_nodelay(true); // no reply waits for the one before
    let mut reader = RequestReader::default();
    loop {
        match next_request(&stream, &mut reader, &guest).await {
            Ok(request) => {
                if !answer(&stream, &request, &guest).await {
                    let unread = request.unread_body || !reader.is_idle();
                    return leave(&stream, unread).await;
                }
            }
            Err(farewell) => {
                return refuse(&stream, &guest, farewell).await;
            }
        }
    }
}

/// The next request, if its head arrives in time.
async fn next_request(
    stream: &TcpStream,
    reader: &mut RequestReader,
    guest: &Guest,
) -> Result<Request, Farewell> {
    let kitchen = guest.kitchen();
    let reading =
        timeout(kitchen.menu.head_timeout, read_request(stream, reader));
    let open = kitchen.graceful().token();
    match open.run_until_cancelled(reading).await {
        None => Err(Farewell::Gone), // whoever has not ordered is sent away
        Some(Ok(request)) => request,
        Some(Err(_)) => Err(Farewell::Late { asking: !reader.is_idle() }),
    }
}

async fn read_request(
    stream: &TcpStream,
    reader: &mut RequestReader,
) -> Result<Request, Farewell> {
    loop {
        let request = reader.next_request().map_err(Farewell::Refused)?;
        if let Some(request) = request {
            return Ok(request);
        }
        match stream.read(reader.space()).await {
            Ok(0) | Err(_) => return Err(Farewell::Gone),
            Ok(count) => reader.received(count),
        }
    }
}

/// Answers a request. True if the connection goes on.
async fn answer(stream: &TcpStream, request: &Request, guest: &Guest) -> bool {
    let began = Instant::now();
    let kitchen = guest.kitchen();
    let dish = route(request, kitchen);
    let is_egg = dish.cooking != Cooking::None;
    let in_pan = is_egg.then(|| kitchen.pan.put_in());
    cook(dish.cooking, stream, &kitchen.pan).await;
    drop(in_pan);
    let keep_alive = request.keep_alive && !kitchen.graceful().is_closing();
    if is_egg && dish.response.status() == 200 && !dish.reset {
        kitchen.pan.serve();
    }
    let bytes = dish.response.to_bytes(request.method, keep_alive);
    let written = write_pieces(stream, &bytes, &dish, guest).await;
    guest.log(began, || {
        let status = match written {
            Ok(()) if dish.reset => "reset".to_owned(),
            Ok(()) => dish.response.status().to_string(),
            Err(_) => "gone".to_owned(),
        };
        (asked(request), status)
    });
    keep_alive && written.is_ok() && !dish.reset
}

async fn cook(cooking: Cooking, stream: &TcpStream, pan: &Pan) {
    match cooking {
        Cooking::None | Cooking::Waiting(Duration::ZERO) => {}
        Cooking::Waiting(time) => {
            let mut time = sleep(time);
            let mut watching = true;
            poll_fn(|cx| {
                if watching && poll_guest(stream, pan, cx).is_ready() {
                    watching = false;
                }
                Pin::new(&mut time).poll(cx)
            })
            .await;
        }
        Cooking::Blocking(time) => thread::sleep(time), // that is the point
    }
}

/// Looks whether the guest has left meanwhile, and counts it. The egg is
/// finished all the same: who has only said its last word still wants it.
fn poll_guest(stream: &TcpStream, pan: &Pan, cx: &mut Context<'_>) -> Poll<()> {
    if let Ok(0) | Err(_) = ready!(stream.poll_peek(cx, &mut [0])) {
        pan.leave();
    }
    Poll::Ready(())
}

/// Writes a reply: in one piece, unless it was asked for in several.
async fn write_pieces(
    stream: &TcpStream,
    bytes: &[u8],
    dish: &Dish,
    guest: &Guest,
) -> io::Result<()> {
    if dish.pieces == 1 && !dish.reset {
        return write(stream, bytes, guest).await;
    }
    let size = bytes.len().div_ceil(dish.pieces);
    let last = dish.pieces - 1;
    for (index, piece) in bytes.chunks(size).enumerate() {
        if index > 0 {
            sleep(BETWEEN_PIECES).await;
        }
        if dish.reset && index == last {
            break;
        }
        write(stream, piece, guest).await?;
    }
    if dish.reset {
        // Closing a connection that does not linger resets it.
        SockRef::from(stream).set_linger(Some(Duration::ZERO))?;
    }
    Ok(())
}

/// Writes, unless the guest takes nothing for too long.
async fn write(
    stream: &TcpStream,
    bytes: &[u8],
    guest: &Guest,
) -> io::Result<()> {
    let limit = guest.kitchen().menu.head_timeout;
    let written = timeout(limit, stream.write_all(bytes)).await;
    written.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Ends the connection, and says why if that helps.
async fn refuse(stream: &TcpStream, guest: &Guest, farewell: Farewell) {
    let response = match farewell {
        Farewell::Gone | Farewell::Late { asking: false } => return,
        Farewell::Late { asking: true } => {
            Response::text(408, "the request took too long to arrive\n")
        }
        Farewell::Refused(error) => {
            let response = Response::text(error.status(), format!("{error}\n"));
            match error {
                RequestError::Method(_) => {
                    response.with("Allow", "GET, HEAD".to_owned())
                }
                _ => response,
            }
        }
    };
    let bytes = response.to_bytes(Method::Get, false);
    let _ = write(stream, &bytes, guest).await;
    guest.log(Instant::now(), || {
        ("(refused)".to_owned(), response.status().to_string())
    });
    leave(stream, true).await;
}

/// Ends the connection after the last reply. Closing one with unread bytes
/// resets it, and the guest might never see the reply: so they are read over.
async fn leave(stream: &TcpStream, unread: bool) {
    if unread {
        let _ = stream.shutdown(Shutdown::Write);
        let mut bin = vec![0; 16 * 1024];
        let reading =
            async { while let Ok(1..) = stream.read(&mut bin).await {} };
        let _ = timeout(FAREWELL, reading).await;
    }
}
