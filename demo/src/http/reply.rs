//! What the client reads: bytes become the answer.
//!
//! A [`Reply`] is fed whatever arrives until it says that this is all. Whether
//! it came in one piece or byte by byte makes no difference.
//!
//! Next: `body.rs`, where a body ends.

use std::fmt;
use std::mem;

use httparse::{Header, Status};

use super::body::{Body, Chunk};
use super::buffer::Buffer;
use super::{MAX_BODY, MAX_HEAD, MAX_HEADERS};
use super::{excerpt, has_token, parse_length};

/// A reply that is complete.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// 200 and the like.
    pub status: u16,
    /// What the server calls this status.
    pub reason: String,
    /// What was asked for.
    pub body: Vec<u8>,
}

/// Why what arrived is no reply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReplyError {
    /// The connection ended before the first byte.
    Nothing,
    /// The connection ended within the head.
    HalfHead {
        /// So many bytes had arrived.
        arrived: usize,
    },
    /// The head exceeds [`MAX_HEAD`] or [`MAX_HEADERS`].
    HeadTooLong,
    /// Not HTTP: what is wrong, and how it began.
    NotHttp(String),
    /// A length that is no length, or two different ones.
    BadLength,
    /// A transfer encoding other than `chunked`.
    UnknownEncoding(String),
    /// The connection ended within a body whose length was announced.
    BodyTooShort {
        /// The announced length.
        announced: u64,
        /// What arrived of it.
        arrived: u64,
    },
    /// More came than was announced.
    BodyTooLong {
        /// The announced length, if it was.
        announced: Option<u64>,
    },
    /// The body exceeds [`MAX_BODY`].
    BodyTooLarge,
    /// A chunk that does not look like one: how it began.
    BadChunk(String),
    /// The connection ended before the last chunk.
    ClosedInChunks,
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplyError::Nothing => closed(f, "without a reply"),
            ReplyError::HalfHead { arrived } => {
                let head = "into the head of its reply";
                closed(f, format_args!("{arrived} bytes {head}"))
            }
            ReplyError::HeadTooLong => write!(
                f,
                "the head of the reply is longer than {} KB or has more than \
                 {MAX_HEADERS} headers",
                MAX_HEAD / 1024
            ),
            ReplyError::NotHttp(what) => {
                write!(f, "the reply is not HTTP ({what})")
            }
            ReplyError::BadLength => has(f, "no usable Content-Length"),
            ReplyError::UnknownEncoding(name) => {
                has(f, format_args!("an unknown transfer encoding ({name})"))
            }
            ReplyError::BodyTooShort { announced, arrived } => {
                let end = format!("closed the connection after {arrived}");
                announced_and(f, *announced, end)
            }
            ReplyError::BodyTooLong { announced: Some(announced) } => {
                announced_and(f, *announced, "sent more")
            }
            ReplyError::BodyTooLong { announced: None } => {
                write!(f, "the server sent more after the end of its reply")
            }
            ReplyError::BodyTooLarge => {
                write!(f, "the reply is larger than {} MB", MAX_BODY >> 20)
            }
            ReplyError::BadChunk(what) => {
                has(f, format_args!("a broken chunk ({what})"))
            }
            ReplyError::ClosedInChunks => closed(f, "between chunks"),
        }
    }
}

fn closed(f: &mut fmt::Formatter<'_>, when: impl fmt::Display) -> fmt::Result {
    write!(f, "the server closed the connection {when}")
}

fn has(f: &mut fmt::Formatter<'_>, what: impl fmt::Display) -> fmt::Result {
    write!(f, "the reply has {what}")
}

fn announced_and(
    f: &mut fmt::Formatter<'_>,
    announced: u64,
    what: impl fmt::Display,
) -> fmt::Result {
    write!(f, "the server announced {announced} bytes and {what}")
}

impl std::error::Error for ReplyError {}

/// A reply on its way.
#[derive(Debug, Default)]
pub struct Reply {
    buffer: Buffer,
    answer: Option<Answer>,
    body: Option<Body>,
}

impl Reply {
    /// Where the next read goes.
    pub fn space(&mut self) -> &mut [u8] {
        self.buffer.space()
    }

    /// Says that a read put `count` bytes into the space, 0 at the end of the
    /// connection. Hands out the answer once it is complete.
    ///
    /// # Errors
    ///
    /// When this is not, or cannot become, a reply.
    pub fn received(
        &mut self,
        count: usize,
    ) -> Result<Option<Answer>, ReplyError> {
        self.buffer.filled(count);
        while self.body.is_none() && self.take_head()? {}
        match (&mut self.body, &mut self.answer) {
            (Some(body), Some(answer)) => {
                let mut ended =
                    body.decode(&mut self.buffer, &mut answer.body)?;
                if count == 0 && !ended {
                    body.closed()?;
                    ended = true;
                }
                if ended { self.finish().map(Some) } else { Ok(None) }
            }
            _ if count == 0 => Err(self.closed_in_head()),
            _ => Ok(None),
        }
    }

    /// Nothing may follow: one connection is for one egg.
    fn finish(&mut self) -> Result<Answer, ReplyError> {
        if !self.buffer.data().is_empty() {
            let announced = match self.body {
                Some(Body::Length { announced, .. }) => Some(announced),
                _ => None,
            };
            return Err(ReplyError::BodyTooLong { announced });
        }
        let done = mem::take(self);
        Ok(done.answer.expect("an answer, where there is a body"))
    }

    fn closed_in_head(&self) -> ReplyError {
        match self.buffer.data().len() {
            0 => ReplyError::Nothing,
            arrived => ReplyError::HalfHead { arrived },
        }
    }

    /// Takes one head off the buffer; false if it is not all there. The heads
    /// of status 1xx announce another, so this is called again.
    fn take_head(&mut self) -> Result<bool, ReplyError> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut head = httparse::Response::new(&mut headers);
        let data = self.buffer.data();
        let length = match head.parse(data) {
            Ok(Status::Complete(length)) if length <= MAX_HEAD => length,
            Ok(Status::Partial) if data.len() < MAX_HEAD => return Ok(false),
            Ok(_) | Err(httparse::Error::TooManyHeaders) => {
                return Err(ReplyError::HeadTooLong);
            }
            Err(error) => {
                let what = format!("{error} in {}", excerpt(data));
                return Err(ReplyError::NotHttp(what));
            }
        };
        let status = head.code.unwrap_or_default();
        let reason = head.reason.unwrap_or_default().to_owned();
        if !(100..200).contains(&status) {
            self.body = Some(body_of(status, head.headers)?);
            self.answer = Some(Answer { status, reason, body: Vec::new() });
        }
        self.buffer.consume(length);
        Ok(true)
    }
}

/// Where the body ends, by RFC 9112 section 6.3.
fn body_of(status: u16, headers: &[Header<'_>]) -> Result<Body, ReplyError> {
    let mut length = None;
    let mut encoding = None;
    for Header { name, value } in headers {
        if name.eq_ignore_ascii_case("transfer-encoding") {
            encoding = Some(*value);
        } else if name.eq_ignore_ascii_case("content-length") {
            let this = parse_length(value).ok_or(ReplyError::BadLength)?;
            if length.replace(this).is_some_and(|other| other != this) {
                return Err(ReplyError::BadLength);
            }
        }
    }
    match (status, encoding, length) {
        (204 | 304, _, _) => Ok(Body::length(0)),
        (_, Some(name), _) if has_token(name, "chunked") => {
            Ok(Body::Chunked(Chunk::Size))
        }
        (_, Some(name), _) => Err(ReplyError::UnknownEncoding(excerpt(name))),
        (_, None, Some(length)) => Ok(Body::length(length)),
        (_, None, None) => Ok(Body::UntilClose),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `text` in pieces of up to `size`, then the end of the connection.
    fn feed(text: &[u8], size: usize) -> Result<Answer, ReplyError> {
        let mut reply = Reply::default();
        let mut rest = text;
        while !rest.is_empty() {
            let space = reply.space();
            let count = size.min(space.len()).min(rest.len());
            space[..count].copy_from_slice(&rest[..count]);
            rest = &rest[count..];
            if let Some(answer) = reply.received(count)? {
                return Ok(answer);
            }
        }
        reply.space();
        reply.received(0).map(|answer| answer.expect("an answer at the end"))
    }

    #[track_caller]
    fn answer(text: &str) -> (u16, String) {
        let whole = feed(text.as_bytes(), 500).expect(text);
        let bytes = feed(text.as_bytes(), 1).expect(text);
        assert_eq!(whole, bytes, "the same byte by byte");
        (whole.status, String::from_utf8(whole.body).unwrap())
    }

    #[track_caller]
    fn error(text: &str) -> String {
        feed(text.as_bytes(), 500).expect_err(text).to_string()
    }

    #[test]
    fn a_body_ends_where_it_was_announced() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(answer(text), (200, "abc".into()));
        let text = "HTTP/1.0 404 Nope\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(answer(text), (404, String::new()));
    }

    #[test]
    fn a_chunked_body_ends_with_its_last_chunk() {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n\
                    3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: x\r\n\r\n";
        assert_eq!(answer(text), (200, "abcd".into()));
    }

    #[test]
    fn without_a_length_a_body_ends_with_the_connection() {
        let text = "HTTP/1.0 200 OK\r\n\r\nabc";
        assert_eq!(answer(text), (200, "abc".into()));
    }

    #[test]
    fn a_status_without_a_body_has_none() {
        assert_eq!(answer("HTTP/1.1 204 No\r\n\r\n"), (204, String::new()));
    }

    #[test]
    fn interim_replies_are_read_over() {
        let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\
                    \r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
        assert_eq!(answer(text), (200, "x".into()));
    }

    #[test]
    fn a_connection_that_ends_too_early_is_told_by_where() {
        assert_eq!(
            error(""),
            "the server closed the connection without a reply"
        );
        assert_eq!(
            error("HTTP/1.1 200 OK\r\nCont"),
            "the server closed the connection 21 bytes into the head of its \
             reply"
        );
        assert_eq!(
            error("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
            "the server announced 9 bytes and closed the connection after 3"
        );
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(
            error(&format!("{chunked}3\r\nabc\r\n")),
            "the server closed the connection between chunks"
        );
    }

    #[test]
    fn a_body_longer_than_announced_is_an_error() {
        assert_eq!(
            error("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc"),
            "the server announced 2 bytes and sent more"
        );
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(
            error(&format!("{chunked}0\r\n\r\nabc")),
            "the server sent more after the end of its reply"
        );
    }

    #[test]
    fn garbage_is_shown() {
        assert_eq!(
            error("SSH-2.0-OpenSSH_9.2\r\n"),
            "the reply is not HTTP (invalid HTTP version in \
             \"SSH-2.0-OpenSSH_9.2\\r\\n\")"
        );
        for length in ["x", "-1", "1\r\nContent-Length: 2"] {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}");
            assert_eq!(
                error(&format!("{head}\r\n\r\n")),
                "the reply has no usable Content-Length"
            );
        }
        assert_eq!(
            error("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"),
            "the reply has an unknown transfer encoding (\"gzip\")"
        );
    }

    #[test]
    fn an_endless_head_is_refused_at_64_kb() {
        let line = "X-Endless: ";
        let mut text = String::from("HTTP/1.1 200 OK\r\n");
        text.push_str(line);
        text.push_str(&"a".repeat(2 * MAX_HEAD));
        assert!(error(&text).contains("longer than 64 KB"), "{text:.40}");
        let many = "A: b\r\n".repeat(MAX_HEADERS + 1);
        let text = format!("HTTP/1.1 200 OK\r\n{many}\r\n");
        assert!(error(&text).contains("more than 100 headers"));
    }
}
