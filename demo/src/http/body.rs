//! Where the body of a reply ends: announced, in chunks, or with the
//! connection.
//!
//! Next: `egg.rs`, what is ordered and what comes back.

use httparse::Status;

use super::buffer::Buffer;
use super::reply::ReplyError;
use super::{MAX_BODY, MAX_HEAD, excerpt};

/// A chunk's size line, with its extensions, is no longer than this.
const MAX_SIZE_LINE: usize = 4 * 1024;

/// How the end of a body is found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// `Content-Length` said how long it is.
    Length {
        /// What was announced.
        announced: u64,
        /// What has not arrived.
        left: u64,
    },
    /// `Transfer-Encoding: chunked`: a chunk of size 0 ends it.
    Chunked(Chunk),
    /// Neither: the end of the connection is the end of the body.
    UntilClose,
}

/// Where in a chunked body the next byte belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Chunk {
    /// In a size line, such as `1a;name=value`.
    Size,
    /// In the data of a chunk.
    Data {
        /// What has not arrived.
        left: u64,
    },
    /// In the line end after the data.
    DataEnd,
    /// In the headers after the last chunk; so many bytes were read of them.
    Trailers {
        /// Bytes of trailers so far.
        seen: usize,
    },
}

impl Body {
    /// A body of a length that was announced.
    #[must_use]
    pub fn length(announced: u64) -> Body {
        Body::Length { announced, left: announced }
    }

    /// Moves what belongs to the body from `buffer` to `out`. True at its end.
    ///
    /// # Errors
    ///
    /// When the chunks are broken, or the body is larger than [`MAX_BODY`].
    pub fn decode(
        &mut self,
        buffer: &mut Buffer,
        out: &mut Vec<u8>,
    ) -> Result<bool, ReplyError> {
        match self {
            Body::Length { left, .. } => {
                take_data(left, buffer, out)?;
                Ok(*left == 0)
            }
            Body::Chunked(chunk) => decode_chunks(chunk, buffer, out),
            Body::UntilClose => {
                let mut endless = u64::MAX;
                take_data(&mut endless, buffer, out)?;
                Ok(false)
            }
        }
    }

    /// What the end of the connection means here.
    ///
    /// # Errors
    ///
    /// When the body should have gone on.
    pub fn closed(&self) -> Result<(), ReplyError> {
        match *self {
            Body::Length { announced, left } => Err(ReplyError::BodyTooShort {
                announced,
                arrived: announced - left,
            }),
            Body::Chunked(_) => Err(ReplyError::ClosedInChunks),
            Body::UntilClose => Ok(()),
        }
    }
}

/// Moves up to `left` bytes.
fn take_data(
    left: &mut u64,
    buffer: &mut Buffer,
    out: &mut Vec<u8>,
) -> Result<(), ReplyError> {
    let count = buffer.data().len().min(usize_or_max(*left));
    if out.len() + count > MAX_BODY {
        return Err(ReplyError::BodyTooLarge);
    }
    out.extend_from_slice(&buffer.data()[..count]);
    buffer.consume(count);
    *left -= count as u64;
    Ok(())
}

fn usize_or_max(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn decode_chunks(
    chunk: &mut Chunk,
    buffer: &mut Buffer,
    out: &mut Vec<u8>,
) -> Result<bool, ReplyError> {
    loop {
        let next = match chunk {
            Chunk::Size => take_size(buffer)?,
            Chunk::Data { left } => {
                take_data(left, buffer, out)?;
                (*left == 0).then_some(Chunk::DataEnd)
            }
            Chunk::DataEnd => take_data_end(buffer)?,
            Chunk::Trailers { seen } => return take_trailers(seen, buffer),
        };
        let Some(next) = next else { return Ok(false) };
        *chunk = next;
    }
}

fn take_size(buffer: &mut Buffer) -> Result<Option<Chunk>, ReplyError> {
    let data = buffer.data();
    let bad = |bytes| Err(ReplyError::BadChunk(excerpt(bytes)));
    if data.first().is_some_and(|byte| !byte.is_ascii_hexdigit()) {
        return bad(data); // httparse takes an empty size for 0
    }
    match httparse::parse_chunk_size(data) {
        Ok(Status::Complete((length, size))) => {
            buffer.consume(length);
            let more = Chunk::Data { left: size };
            Ok(Some(if size > 0 { more } else { Chunk::Trailers { seen: 0 } }))
        }
        Ok(Status::Partial) if data.len() > MAX_SIZE_LINE => bad(data),
        Ok(Status::Partial) => Ok(None),
        Err(_) => bad(data),
    }
}

fn take_data_end(buffer: &mut Buffer) -> Result<Option<Chunk>, ReplyError> {
    let length = match buffer.data() {
        [] | [b'\r'] => return Ok(None),
        [b'\r', b'\n', ..] => 2,
        other => return Err(ReplyError::BadChunk(excerpt(other))),
    };
    buffer.consume(length);
    Ok(Some(Chunk::Size))
}

/// Reads lines up to the empty one. True when that has arrived.
fn take_trailers(
    seen: &mut usize,
    buffer: &mut Buffer,
) -> Result<bool, ReplyError> {
    while let Some(at) = buffer.data().iter().position(|b| *b == b'\n') {
        let line = buffer.data()[..at].trim_ascii_end();
        let last = line.is_empty();
        buffer.consume(at + 1);
        *seen += at + 1;
        if last {
            return Ok(true);
        }
    }
    if *seen + buffer.data().len() > MAX_HEAD {
        return Err(ReplyError::HeadTooLong);
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes `text` in two pieces, cut at each place in turn.
    fn decode(text: &str) -> Result<(String, bool), ReplyError> {
        let mut results = (0..=text.len()).map(|at| {
            let mut body = Body::Chunked(Chunk::Size);
            let (mut buffer, mut out) = (Buffer::default(), Vec::new());
            buffer.push(&text.as_bytes()[..at]);
            let mut ended = body.decode(&mut buffer, &mut out)?;
            buffer.push(&text.as_bytes()[at..]);
            if !ended {
                ended = body.decode(&mut buffer, &mut out)?;
            }
            Ok((String::from_utf8(out).unwrap(), ended))
        });
        let first = results.next().unwrap();
        if first.is_ok() {
            assert!(results.all(|other| other == first), "{text}");
        }
        first
    }

    #[test]
    fn chunks_are_put_together_wherever_they_are_cut() {
        let text = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        assert_eq!(decode(text), Ok(("abcde".into(), true)));
    }

    #[test]
    fn extensions_and_trailers_are_read_over() {
        let text = "3;name=value\r\nabc\r\n0;x\r\nA: b\r\nC: d\r\n\r\n";
        assert_eq!(decode(text), Ok(("abc".into(), true)));
    }

    #[test]
    fn without_the_last_chunk_there_is_no_end() {
        let text = "3\r\nabc\r\n";
        assert_eq!(decode(text), Ok(("abc".into(), false)));
        let body = Body::Chunked(Chunk::Size);
        assert_eq!(body.closed(), Err(ReplyError::ClosedInChunks));
    }

    #[test]
    fn broken_chunks_are_refused() {
        for text in ["xyz\r\n", "3\r\nabcd\r\n", "-1\r\n", "\r\n"] {
            let error = decode(text).expect_err(text);
            assert!(matches!(error, ReplyError::BadChunk(_)), "{text}");
        }
        let huge = format!("1;{}", "x".repeat(MAX_SIZE_LINE));
        let mut buffer = Buffer::default();
        buffer.push(huge.as_bytes());
        assert!(take_size(&mut buffer).is_err());
    }

    #[test]
    fn endless_trailers_are_refused() {
        let mut buffer = Buffer::default();
        let mut body = Body::Chunked(Chunk::Trailers { seen: 0 });
        let mut out = Vec::new();
        for _ in 0..MAX_HEAD / 100 {
            buffer.push(&b"a: b\r\n".repeat(16));
            let _ = body.decode(&mut buffer, &mut out);
        }
        buffer.push(&[b'a'; 5_000]);
        let error = body.decode(&mut buffer, &mut out);
        assert_eq!(error, Err(ReplyError::HeadTooLong));
    }

    #[test]
    fn a_body_beyond_the_limit_is_refused() {
        let mut buffer = Buffer::default();
        buffer.push(&[0; 10]);
        let mut out = vec![0; MAX_BODY - 9];
        let error = Body::UntilClose.decode(&mut buffer, &mut out);
        assert_eq!(error, Err(ReplyError::BodyTooLarge));
    }
}
