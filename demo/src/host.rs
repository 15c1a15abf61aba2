//! Who is asked for eggs: the server that comes with the command, or any
//! other.
//!
//! Next: `cook.rs`, who asks.

use std::convert::Infallible;
use std::net::{SocketAddr, ToSocketAddrs};
use std::rc::Rc;
use std::sync::mpsc::{self, Sender};
use std::time::{Duration, Instant};

use crate::egg::Order;
use crate::server::Embedded;
use crate::server::kitchen::{Menu, PanLog};
use crate::show::history::Nanos;
use crate::words::short;

/// What an egg takes on the slides.
pub const COOK_TIME: Duration = Duration::from_secs(2);

/// The server that comes with the command has patience.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Who is asked for eggs.
pub enum Host {
    /// The server that comes with the command.
    Embedded {
        /// It runs on a thread of its own.
        server: Embedded,
        /// How long an egg takes there.
        cook_time: Duration,
        /// How many eggs it had in the pan.
        pan: PanLog,
    },
    /// Any other.
    Foreign {
        /// Where it is.
        addr: SocketAddr,
        /// What it was called on the command line.
        name: String,
        /// The cook time to ask for, if any.
        after: Option<Duration>,
    },
}

/// A server waits behind it until it is dropped.
pub type Door = Sender<Infallible>;

impl Host {
    /// The server called `name`; without a name one of our own, which serves
    /// when the door is dropped.
    ///
    /// # Errors
    ///
    /// When the name has no address, or no server can be started.
    pub fn find(
        name: Option<&str>,
        cook_time: Option<Duration>,
    ) -> Result<(Host, Option<Door>), String> {
        if let Some(name) = name {
            let (addr, name) = (resolve(name)?, name.to_owned());
            return Ok((Host::Foreign { addr, name, after: cook_time }, None));
        }
        let cook_time = cook_time.unwrap_or(COOK_TIME);
        let (head_timeout, grace) = (PATIENCE, Duration::MAX);
        let menu = Menu { cook_time, head_timeout, grace, log: false };
        let (door, outside) = mpsc::channel();
        let pan = PanLog::default();
        let server = Embedded::start(menu, outside, pan.clone())
            .map_err(|why| format!("cannot start the server: {why}"))?;
        Ok((Host::Embedded { server, cook_time, pan }, Some(door)))
    }

    /// An order for the egg called `name`.
    #[must_use]
    pub fn order(&self, name: &str) -> Rc<Order> {
        match self {
            Host::Embedded { server, .. } => {
                let addr = server.addr();
                Order::new(name, addr, &addr.to_string(), None)
            }
            Host::Foreign { addr, name: host, after } => {
                Order::new(name, *addr, host, *after)
            }
        }
    }

    /// In words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Host::Embedded { server, cook_time, .. } => {
                format!("{}, {} each", server.addr(), short(*cook_time))
            }
            Host::Foreign { name, .. } => name.clone(),
        }
    }

    /// How many eggs it had in the pan, counted from `began`; empty if it is
    /// not ours.
    #[must_use]
    pub fn pan_since(&self, began: Instant) -> Vec<(Nanos, u64)> {
        match self {
            Host::Embedded { pan, .. } => pan.since(began),
            Host::Foreign { .. } => Vec::new(),
        }
    }

    /// Ends the server that comes with the command.
    ///
    /// # Errors
    ///
    /// When it had failed.
    pub fn stop(self) -> Result<(), String> {
        match self {
            Host::Embedded { server, .. } => {
                server.stop().map_err(|why| format!("the server failed: {why}"))
            }
            Host::Foreign { .. } => Ok(()),
        }
    }
}

/// An address of `host`, IPv4 if there is one: where most demo servers are.
///
/// # Errors
///
/// When it has none.
pub fn resolve(host: &str) -> Result<SocketAddr, String> {
    let addrs = host.to_socket_addrs().map_err(|why| {
        format!("no address for {host}: {why}; is the name right?")
    })?;
    let addrs: Vec<SocketAddr> = addrs.collect();
    let first = addrs.iter().find(|addr| addr.is_ipv4()).or(addrs.first());
    first.copied().ok_or_else(|| format!("no address for {host}"))
}
