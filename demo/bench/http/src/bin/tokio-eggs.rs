//! Eggs by tokio, on its current_thread: the parser, the routes and the
//! replies of `eggs serve`, and its limits of time.
//!
//! What differs is who reads, writes, waits and spawns; hold it beside
//! `demo/src/server/connection.rs`.
//!
//! `tokio-eggs ADDRESS`

use std::io;
use std::rc::Rc;
use std::time::Duration;

use onecook_bench_http::address;
use onecook_demo::http::request::{Request, RequestReader};
use onecook_demo::server::kitchen::{Kitchen, Menu};
use onecook_demo::server::route::{Cooking, Dish, route};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

thread_local! {
    static KITCHEN: Rc<Kitchen> = Kitchen::new(Menu {
        cook_time: Duration::ZERO,
        head_timeout: HEAD_TIMEOUT,
        grace: Duration::ZERO,
        log: false,
    });
}

fn main() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { tokio::spawn(serve()).await? })
}

async fn serve() -> io::Result<()> {
    let listener = TcpListener::bind(address()).await?;
    let open = CancellationToken::new();
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve_connection(stream, open.clone()));
    }
}

async fn serve_connection(mut stream: TcpStream, open: CancellationToken) {
    let _ = stream.set_nodelay(true); // no reply waits for the one before
    let mut reader = RequestReader::default();
    while let Some(request) =
        next_request(&mut stream, &mut reader, &open).await
    {
        if !answer(&mut stream, &request).await {
            return;
        }
    }
}

/// The next request, if its head arrives in time.
async fn next_request(
    stream: &mut TcpStream,
    reader: &mut RequestReader,
    open: &CancellationToken,
) -> Option<Request> {
    let reading = timeout(HEAD_TIMEOUT, read_request(stream, reader));
    open.run_until_cancelled(reading).await?.ok()?
}

async fn read_request(
    stream: &mut TcpStream,
    reader: &mut RequestReader,
) -> Option<Request> {
    loop {
        if let Some(request) = reader.next_request().ok()? {
            return Some(request);
        }
        match stream.read(reader.space()).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => reader.received(count),
        }
    }
}

/// Answers a request. True if the connection goes on.
async fn answer(stream: &mut TcpStream, request: &Request) -> bool {
    let dish = KITCHEN.with(|kitchen| cooked(request, kitchen));
    let bytes = dish.response.to_bytes(request.method, request.keep_alive);
    let written = timeout(HEAD_TIMEOUT, stream.write_all(&bytes)).await;
    request.keep_alive && matches!(written, Ok(Ok(())))
}

/// Only eggs that are fried at once.
fn cooked(request: &Request, kitchen: &Kitchen) -> Dish {
    let dish = route(request, kitchen);
    if dish.cooking != Cooking::None {
        drop(kitchen.pan.put_in());
        kitchen.pan.serve();
    }
    dish
}
