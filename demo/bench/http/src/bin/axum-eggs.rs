//! Eggs by axum, on tokio's current_thread.
//!
//! `axum-eggs ADDRESS`

use std::io;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use axum::serve::ListenerExt;
use onecook_bench_http::address;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

fn main() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve())
}

async fn serve() -> io::Result<()> {
    let eggs = Router::new().route("/fast/{name}", get(egg));
    let listener = TcpListener::bind(address()).await?;
    axum::serve(listener.tap_io(set_nodelay), eggs).await
}

async fn egg(Path(name): Path<String>) -> String {
    name
}

fn set_nodelay(stream: &mut TcpStream) {
    stream.set_nodelay(true).expect("an open socket");
}
