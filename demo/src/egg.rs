//! What is ordered, and what comes back: an egg, or the reason why not.
//!
//! Next: `fry_egg.rs`, how an order becomes an egg.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::http::reply::{Answer, ReplyError};
use crate::words::{printable, short};

/// What a name may keep in a URL: RFC 3986 calls these unreserved.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A name as it goes into a URL.
#[must_use]
pub fn encoded(name: &str) -> String {
    utf8_percent_encode(name, ENCODED).to_string()
}

/// One egg to be fried: by whom, and how to ask for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Which egg.
    pub name: String,
    /// Who fries it.
    pub server: SocketAddr,
    /// The request, as it goes over the wire.
    pub request: Vec<u8>,
}

impl Order {
    /// Asks `server`, which calls itself `host`, for the egg called `name`.
    ///
    /// `after` asks for a cook time of its own, which our server grants and
    /// others ignore.
    #[must_use]
    pub fn new(
        name: &str,
        server: SocketAddr,
        host: &str,
        after: Option<Duration>,
    ) -> Rc<Order> {
        let path = encoded(name);
        let query = after.map(|time| format!("?after={}", time.as_millis()));
        let query = query.unwrap_or_default();
        Order::at(name, server, host, &format!("/{path}{query}"))
    }

    /// Asks `server` for whatever it has at `target`: `/fast/A?split=2`. It
    /// goes over the wire as it is.
    #[must_use]
    pub fn at(
        name: &str,
        server: SocketAddr,
        host: &str,
        target: &str,
    ) -> Rc<Order> {
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\n\
             User-Agent: onecook\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        );
        let (name, request) = (name.to_owned(), request.into_bytes());
        Rc::new(Order { name, server, request })
    }
}

/// A fried egg.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Egg {
    /// What the server said.
    pub text: String,
    /// When its last byte was here.
    pub finished: Instant,
}

impl Egg {
    /// What the answer is worth: an egg only if its status says so.
    ///
    /// # Errors
    ///
    /// When the status is not 2xx.
    pub fn from_answer(answer: Answer) -> Result<Egg, FryError> {
        let Answer { status, reason, body } = answer;
        if !(200..300).contains(&status) {
            return Err(FryError::Status { status, reason });
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        Ok(Egg { text, finished: Instant::now() })
    }
}

/// Why there is no egg.
#[derive(Debug)]
pub enum FryError {
    /// No connection to the server.
    Connect(io::Error),
    /// The request could not be sent.
    Write(io::Error),
    /// The connection broke while the reply was read.
    Read(io::Error),
    /// What arrived is no reply.
    Reply(ReplyError),
    /// The server answered, but with no egg.
    Status {
        /// Its status code.
        status: u16,
        /// What the server calls it.
        reason: String,
    },
    /// It took longer than the cook was willing to wait.
    TimedOut(Duration),
    /// The task that fried it ended without a result.
    Lost(String),
}

impl From<ReplyError> for FryError {
    fn from(error: ReplyError) -> FryError {
        FryError::Reply(error)
    }
}

impl fmt::Display for FryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FryError::Connect(why) => write!(f, "could not connect: {why}"),
            FryError::Write(why) => {
                write!(f, "could not send the request: {why}")
            }
            FryError::Read(why) => {
                write!(f, "the connection broke before the reply ended: {why}")
            }
            FryError::Reply(why) => write!(f, "{why}"),
            FryError::Status { status, reason } => {
                let reason = printable(reason, 40);
                write!(f, "the server answered {status} {reason}")
            }
            FryError::TimedOut(limit) => {
                write!(f, "it was not done after {}", short(*limit))
            }
            FryError::Lost(why) => write!(f, "{why}"),
        }
    }
}

impl std::error::Error for FryError {}

impl FryError {
    /// What to try, said to the person who ran the command.
    #[must_use]
    pub fn remedy(&self, server: SocketAddr) -> String {
        match self {
            FryError::Connect(why) => connect_remedy(why, server),
            FryError::Reply(
                ReplyError::NotHttp(_)
                | ReplyError::BadChunk(_)
                | ReplyError::BadLength
                | ReplyError::UnknownEncoding(_),
            ) => format!("is {server} a web server, without https?"),
            FryError::Status { status: 404, .. } => {
                "ask for a name that this server has".to_owned()
            }
            FryError::Write(_)
            | FryError::Read(_)
            | FryError::Reply(_)
            | FryError::Status { .. } => {
                format!("look into the log of the server at {server}")
            }
            FryError::TimedOut(_) => {
                "is the server busy or stuck? wait longer with --timeout"
                    .to_owned()
            }
            FryError::Lost(_) => "this is a mistake in eggs".to_owned(),
        }
    }
}

fn connect_remedy(why: &io::Error, server: SocketAddr) -> String {
    match why.kind() {
        io::ErrorKind::ConnectionRefused if server.ip().is_loopback() => {
            format!("start a server: eggs serve --addr {server}")
        }
        io::ErrorKind::ConnectionRefused => {
            format!("is a server running at {server}?")
        }
        io::ErrorKind::AddrNotAvailable => {
            "every local port is in use: fry fewer at once".to_owned()
        }
        _ if is_out_of_files(why) => {
            "too many open files: raise the limit with ulimit -n".to_owned()
        }
        _ => format!("can this machine reach {server}?"),
    }
}

/// `EMFILE`, `ENFILE`: the limit of open files is reached.
fn is_out_of_files(why: &io::Error) -> bool {
    matches!(why.raw_os_error(), Some(23 | 24))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> SocketAddr {
        "127.0.0.1:3001".parse().unwrap()
    }

    fn target(name: &str, after: Option<Duration>) -> String {
        let order = Order::new(name, server(), "localhost:3001", after);
        let text = String::from_utf8(order.request.clone()).unwrap();
        text.lines().next().unwrap().to_owned()
    }

    #[test]
    fn names_are_percent_encoded() {
        assert_eq!(target("A", None), "GET /A HTTP/1.1");
        assert_eq!(
            target("Ei mit / und ü?", None),
            "GET /Ei%20mit%20%2F%20und%20%C3%BC%3F HTTP/1.1"
        );
    }

    #[test]
    fn a_cook_time_of_its_own_is_asked_for_in_milliseconds() {
        let time = Some(Duration::from_millis(1_500));
        assert_eq!(target("A", time), "GET /A?after=1500 HTTP/1.1");
    }

    #[test]
    fn an_answer_is_an_egg_only_if_its_status_says_so() {
        let answer = |status| Answer {
            status,
            reason: "Some\x1b[31mthing".into(),
            body: b"A".into(),
        };
        assert_eq!(Egg::from_answer(answer(200)).unwrap().text, "A");
        let error = Egg::from_answer(answer(500)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the server answered 500 Some\\u{1b}[31mthing"
        );
    }

    #[test]
    fn a_refused_connection_says_how_to_start_a_server() {
        let why = io::Error::from(io::ErrorKind::ConnectionRefused);
        let error = FryError::Connect(why);
        assert_eq!(
            error.remedy(server()),
            "start a server: eggs serve --addr 127.0.0.1:3001"
        );
    }

    #[test]
    fn every_error_says_what_and_what_to_try_on_one_line() {
        let io = || io::Error::from_raw_os_error(24);
        for error in [
            FryError::Connect(io()),
            FryError::Write(io()),
            FryError::Read(io()),
            FryError::Reply(ReplyError::Nothing),
            FryError::Status { status: 404, reason: "\n".into() },
            FryError::TimedOut(Duration::from_secs(30)),
            FryError::Lost("the task panicked".into()),
        ] {
            let (what, remedy) = (error.to_string(), error.remedy(server()));
            assert!(!what.is_empty() && !remedy.is_empty(), "{error:?}");
            assert!(!what.contains('\n') && !remedy.contains('\n'));
        }
    }
}
