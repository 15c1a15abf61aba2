//! As much HTTP as eggs need: GET and HEAD, 1.0 and 1.1, without a socket.
//!
//! Everything here is fed bytes and asked what they mean; who reads them from
//! where, and when, is none of its business. So each rule is tested without a
//! network, and the same code serves the machine, its `async` twin and the
//! server.
//!
//! ```text
//!   server:  request.rs   bytes -> Request     response.rs  Response -> bytes
//!   client:  order -> bytes (../egg.rs)        reply.rs     bytes -> Answer
//!                                              body.rs      where a body ends
//! ```
//!
//! Next: `buffer.rs`, bytes on their way.

pub mod buffer;
pub mod request;
pub mod response;

pub mod body;
pub mod reply;

/// A head may be this long, of a request as of a reply: 64 KB.
pub const MAX_HEAD: usize = 64 * 1024;

/// A head may have this many header lines.
pub const MAX_HEADERS: usize = 100;

/// The body of a reply may be this long: 16 MB. Eggs are small.
pub const MAX_BODY: usize = 16 * 1024 * 1024;

/// The first bytes of what should have been text, fit to be printed.
#[must_use]
pub fn excerpt(bytes: &[u8]) -> String {
    const LENGTH: usize = 24;
    let end = bytes.len().min(LENGTH);
    let more = if bytes.len() > LENGTH { ".." } else { "" };
    format!("\"{}{more}\"", bytes[..end].escape_ascii())
}

/// The digits of a `Content-Length`, and nothing but digits.
fn parse_length(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// Whether a list such as `keep-alive, upgrade` names `token`.
fn has_token(value: &[u8], token: &str) -> bool {
    value
        .split(|byte| *byte == b',')
        .any(|part| part.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_and_printable() {
        assert_eq!(excerpt(b"\x16\x03\x01"), r#""\x16\x03\x01""#);
        let long = excerpt(&[b'a'; 100]);
        assert_eq!(long, format!("\"{}..\"", "a".repeat(24)));
    }

    #[test]
    fn a_length_is_digits_only() {
        assert_eq!(parse_length(b" 12 "), Some(12));
        for bad in ["", "+1", "-1", "1,1", "0x10", "99999999999999999999"] {
            assert_eq!(parse_length(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn a_token_is_found_in_a_list_in_any_case() {
        assert!(has_token(b"upgrade, Keep-Alive", "keep-alive"));
        assert!(!has_token(b"keep-alive-not", "keep-alive"));
    }
}
