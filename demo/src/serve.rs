//! `eggs serve`: the deck's server, until ctrl-c.
//!
//! Next: `server/mod.rs`, what it consists of.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process;
use std::rc::Rc;

use onecook::signal::{SignalKind, signal};
use onecook::{CancellationToken, Runtime, spawn_named};

use crate::cli::ServeArgs;
use crate::nofile::Limit;
use crate::server::kitchen::{Kitchen, Menu, closing_words};
use crate::server::{listen, serve as serve_eggs};
use crate::show::style::{BOLD, DIM, paint};
use crate::words::{plural, short};

/// As many guests should fit.
const GUESTS: u64 = 10_000;

/// Serves until ctrl-c.
///
/// # Errors
///
/// When it cannot listen.
pub fn serve(args: &ServeArgs) -> Result<(), String> {
    let limit = Limit::raise().map_err(|why| why.to_string())?;
    let listener = listen(args.addr).map_err(|why| refused(args.addr, &why))?;
    let addr = listener.local_addr().map_err(|why| why.to_string())?;
    let runtime = Runtime::new().map_err(|why| why.to_string())?;
    let kitchen = Kitchen::new(Menu {
        cook_time: args.cook_time,
        head_timeout: args.head_timeout,
        grace: args.grace,
        log: !args.quiet,
    });
    greet(addr, args, limit);
    let stop = closing_time(kitchen.clone());
    let served = runtime.block_on(serve_eggs(listener, kitchen.clone(), stop));
    let pan = &kitchen.pan;
    let _ = writeln!(
        anstream::stdout(),
        "served {}, at most {} in the pan at once",
        plural(pan.served(), "egg"),
        pan.most()
    );
    if let Some(left) = served.map_err(|why| why.to_string())? {
        kitchen.complain(&left.to_string());
    }
    Ok(())
}

/// Why it cannot listen, and what to do.
fn refused(addr: SocketAddr, why: &io::Error) -> String {
    let remedy = match why.kind() {
        io::ErrorKind::AddrInUse => {
            "another server has this port: take another with --addr, such as \
             --addr 127.0.0.1:0 for a free one"
        }
        io::ErrorKind::PermissionDenied => {
            "take a port from 1024 on with --addr"
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address: name another with --addr"
        }
        _ => "name another address with --addr",
    };
    format!("cannot listen on {addr}: {why}; {remedy}")
}

fn greet(addr: SocketAddr, args: &ServeArgs, limit: Limit) {
    let mut stdout = anstream::stdout().lock();
    let _ = writeln!(
        stdout,
        "{}, {} each; ctrl-c ends\n{}",
        paint(BOLD, &format!("Eggs on http://{addr}")),
        short(args.cook_time),
        paint(DIM, &format!("try: curl http://{addr}/A")),
    );
    let _ = stdout.flush();
    if limit.connections(1) < GUESTS {
        eprintln!("eggs serve: {}", limit.advice(GUESTS, 1));
    }
}

/// Done at the first ctrl-c, or when the process is asked to end. After that,
/// a second one ends it at once.
async fn closing_time(kitchen: Rc<Kitchen>) {
    let stop = CancellationToken::new();
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let listener = listen_for(kind, kitchen.clone(), stop.clone());
        drop(spawn_named("signals", listener));
    }
    stop.cancelled().await;
}

async fn listen_for(
    kind: SignalKind,
    kitchen: Rc<Kitchen>,
    stop: CancellationToken,
) {
    let Ok(mut signals) = signal(kind) else { return };
    while signals.recv().await.is_some() {
        if stop.is_cancelled() {
            process::exit(130);
        }
        kitchen.complain(&closing_words(&kitchen.pan));
        stop.cancel();
    }
}
