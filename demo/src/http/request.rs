//! What the server reads: bytes become requests.
//!
//! A [`RequestReader`] is fed whatever arrives and hands out one request after
//! another; what follows a request stays for the next (pipelining). The grammar
//! is httparse's; the rules about limits, methods, bodies and keep-alive are
//! here.
//!
//! Next: `response.rs`, what the server writes.

use std::fmt;

use httparse::{Header, Status};
use percent_encoding::percent_decode;

use super::buffer::Buffer;
use super::{MAX_HEAD, MAX_HEADERS, excerpt, has_token, parse_length};

/// The two methods that eggs know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// The egg, please.
    Get,
    /// Only the head of the reply.
    Head,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if *self == Method::Get { "GET" } else { "HEAD" })
    }
}

/// One request, understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// GET or HEAD.
    pub method: Method,
    /// The target as it was sent, for the log.
    pub target: String,
    /// The segments of the path, percent-decoded: `/fast/A` is `[fast, A]`.
    pub path: Vec<String>,
    /// The pairs after the `?`, percent-decoded, in order.
    pub query: Vec<(String, String)>,
    /// Whether the connection may serve another request after this one.
    pub keep_alive: bool,
    /// A body follows that is too long to be skipped.
    pub unread_body: bool,
}

impl Request {
    /// The value of the first `key` in the query.
    #[must_use]
    pub fn query(&self, key: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(name, _)| name == key)?;
        Some(&pair.1)
    }
}

/// Why a request cannot be served. The connection ends after it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RequestError {
    /// No HTTP, or broken HTTP; the text says where.
    Bad(String),
    /// A method other than GET and HEAD.
    Method(String),
    /// The head exceeds [`MAX_HEAD`] or [`MAX_HEADERS`].
    TooLarge,
}

impl RequestError {
    /// The status code of the reply.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            RequestError::Bad(_) => 400,
            RequestError::Method(_) => 405,
            RequestError::TooLarge => 431,
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestError::Bad(why) => write!(f, "bad request: {why}"),
            RequestError::Method(method) => {
                write!(f, "this server knows GET and HEAD, not {method}")
            }
            RequestError::TooLarge => write!(
                f,
                "the head of the request is longer than {} KB or has more \
                 than {MAX_HEADERS} headers",
                MAX_HEAD / 1024
            ),
        }
    }
}

/// Turns what arrives on one connection into requests.
#[derive(Debug, Default)]
pub struct RequestReader {
    buffer: Buffer,
    /// Bytes of a body nobody asked for that are still to come.
    skip: u64,
    /// How much of the buffer was looked at, and held no whole head.
    seen: usize,
}

impl RequestReader {
    /// Where the next read goes.
    pub fn space(&mut self) -> &mut [u8] {
        self.buffer.space()
    }

    /// Says that a read put `count` bytes into the space.
    pub fn received(&mut self, count: usize) {
        self.buffer.filled(count);
    }

    /// Whether nothing of a next request has arrived.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.buffer.data().is_empty() && self.skip == 0
    }

    /// The next request, or `None` if more bytes are needed.
    ///
    /// # Errors
    ///
    /// When the bytes are no request that can be served. There is no way to
    /// find the beginning of the next one: close the connection.
    pub fn next_request(&mut self) -> Result<Option<Request>, RequestError> {
        self.skip_body();
        if !self.worth_parsing() {
            return self.wait();
        }
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut head = httparse::Request::new(&mut headers);
        let data = self.buffer.data();
        let length = match head.parse(data) {
            Ok(Status::Complete(length)) if length <= MAX_HEAD => length,
            Ok(Status::Complete(_)) | Err(httparse::Error::TooManyHeaders) => {
                return Err(RequestError::TooLarge);
            }
            Ok(Status::Partial) => return self.wait(),
            Err(error) => return Err(not_http(error, data)),
        };
        let (request, body) = understand(&head)?;
        self.buffer.consume(length);
        self.skip = body;
        self.seen = 0;
        Ok(Some(request))
    }

    fn wait(&mut self) -> Result<Option<Request>, RequestError> {
        self.seen = self.buffer.data().len();
        let too_long = self.seen >= MAX_HEAD;
        if too_long { Err(RequestError::TooLarge) } else { Ok(None) }
    }

    /// Parsing starts from the beginning each time, so it is done only where
    /// it can tell something: at the first bytes and after each line.
    fn worth_parsing(&self) -> bool {
        let fresh = &self.buffer.data()[self.seen..];
        self.seen == 0 && !fresh.is_empty() || fresh.contains(&b'\n')
    }

    fn skip_body(&mut self) {
        let here = self.buffer.data().len() as u64;
        let count = self.skip.min(here);
        self.buffer.consume(count as usize);
        self.skip -= count;
    }
}

fn bad<T>(why: impl Into<String>) -> Result<T, RequestError> {
    Err(RequestError::Bad(why.into()))
}

fn not_http(error: httparse::Error, data: &[u8]) -> RequestError {
    let hint = match data {
        [0x16, 3, ..] => "; this looks like https, use http",
        [b'P', b'R', b'I', b' ', ..] => "; this looks like HTTP/2, use 1.1",
        _ => "",
    };
    RequestError::Bad(format!("{error} in {}{hint}", excerpt(data)))
}

/// The request, and the length of a body that is to be skipped.
fn understand(
    head: &httparse::Request<'_, '_>,
) -> Result<(Request, u64), RequestError> {
    let method = match head.method.unwrap_or_default() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        other => return Err(RequestError::Method(other.to_owned())),
    };
    let is_1_1 = head.version == Some(1);
    let fields = Fields::read(head.headers)?;
    if is_1_1 && fields.hosts != 1 {
        return bad("HTTP/1.1 needs one Host header");
    }
    let target = head.path.unwrap_or_default();
    let (path, query) = split_target(target)?;
    let asked = fields.keep_alive || (is_1_1 && !fields.close);
    let keep_alive = asked && !fields.close && !fields.long_body;
    let target = target.to_owned();
    let unread_body = fields.long_body || (!keep_alive && fields.body > 0);
    let request =
        Request { method, target, path, query, keep_alive, unread_body };
    Ok((request, if keep_alive { fields.body } else { 0 }))
}

/// What the headers say that matters here.
#[derive(Default)]
struct Fields {
    hosts: usize,
    close: bool,
    keep_alive: bool,
    body: u64,
    /// A body that is not worth skipping: the connection ends instead.
    long_body: bool,
}

impl Fields {
    fn read(headers: &[Header<'_>]) -> Result<Fields, RequestError> {
        let mut fields = Fields::default();
        let mut length = None;
        for Header { name, value } in headers {
            if name.eq_ignore_ascii_case("host") {
                fields.hosts += 1;
            } else if name.eq_ignore_ascii_case("connection") {
                fields.close |= has_token(value, "close");
                fields.keep_alive |= has_token(value, "keep-alive");
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                fields.long_body = true;
            } else if name.eq_ignore_ascii_case("content-length") {
                let Some(this) = parse_length(value) else {
                    return bad("Content-Length is no number");
                };
                if length.replace(this).is_some_and(|other| other != this) {
                    return bad("two different Content-Lengths");
                }
            }
        }
        if fields.long_body && length.is_some() {
            return bad("both Content-Length and Transfer-Encoding");
        }
        fields.body = length.unwrap_or(0);
        fields.long_body |= fields.body > MAX_HEAD as u64;
        Ok(fields)
    }
}

type PathAndQuery = (Vec<String>, Vec<(String, String)>);

fn split_target(target: &str) -> Result<PathAndQuery, RequestError> {
    let target = origin_form(target);
    let target = target.split_once('#').map_or(target, |(before, _)| before);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let Some(path) = path.strip_prefix('/') else {
        return bad("the path does not begin with `/`");
    };
    let path = path.split('/').map(decode).collect::<Result<_, _>>()?;
    let query = query.split('&').filter(|pair| !pair.is_empty());
    Ok((path, query.map(decode_pair).collect::<Result<_, _>>()?))
}

/// `http://host/A` means `/A`: what a client sends to a proxy.
fn origin_form(target: &str) -> &str {
    let Some(rest) = target.strip_prefix("http://") else { return target };
    rest.find(['/', '?']).map_or("/", |at| &rest[at..])
}

fn decode(part: &str) -> Result<String, RequestError> {
    match percent_decode(part.as_bytes()).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => bad("the target is not UTF-8 once decoded"),
    }
}

fn decode_pair(pair: &str) -> Result<(String, String), RequestError> {
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    let space = |text: &str| decode(&text.replace('+', " "));
    Ok((space(key)?, space(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(reader: &mut RequestReader, bytes: &[u8]) {
        reader.buffer.push(bytes);
    }

    fn parse(bytes: &[u8]) -> Result<Option<Request>, RequestError> {
        let mut reader = RequestReader::default();
        feed(&mut reader, bytes);
        reader.next_request()
    }

    fn get(target: &str) -> Result<Request, RequestError> {
        let text = format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
        parse(text.as_bytes()).map(|request| request.expect("a whole head"))
    }

    fn keeps_alive(version: &str, headers: &str) -> bool {
        let text = format!("GET / HTTP/{version}\r\nHost: x\r\n{headers}\r\n");
        parse(text.as_bytes()).unwrap().unwrap().keep_alive
    }

    #[test]
    fn path_and_query_are_percent_decoded() {
        let request = get("/fast/Spiegel%20Ei%2F%C3%BC?after=10&x=a+b%21&y");
        let request = request.unwrap();
        assert_eq!(request.path, ["fast", "Spiegel Ei/ü"]);
        assert_eq!(request.query("after"), Some("10"));
        assert_eq!(request.query("x"), Some("a b!"));
        assert_eq!(request.query("y"), Some(""));
        assert_eq!(request.query("z"), None);
    }

    #[test]
    fn the_form_for_proxies_is_understood() {
        assert_eq!(get("http://localhost:3001/A").unwrap().path, ["A"]);
        assert_eq!(get("http://localhost:3001").unwrap().path, [""]);
    }

    #[test]
    fn a_target_that_is_no_path_is_refused() {
        for target in ["A", "*", "https://x/A", "/%FF", "/A?x=%FF"] {
            assert_eq!(get(target).unwrap_err().status(), 400, "{target}");
        }
    }

    #[test]
    fn every_split_of_a_request_gives_the_same_request() {
        let text = b"GET /A?x=1 HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n";
        let whole = parse(text).unwrap().unwrap();
        for at in 0..text.len() {
            let mut reader = RequestReader::default();
            feed(&mut reader, &text[..at]);
            assert_eq!(reader.next_request(), Ok(None), "{at}");
            feed(&mut reader, &text[at..]);
            assert_eq!(reader.next_request(), Ok(Some(whole.clone())), "{at}");
            assert!(reader.is_idle());
        }
    }

    #[test]
    fn pipelined_requests_come_out_one_by_one() {
        let one = "GET /A HTTP/1.1\r\nHost: x\r\n\r\n";
        let mut reader = RequestReader::default();
        feed(&mut reader, format!("{one}{one}HEAD /B HT").as_bytes());
        for _ in 0..2 {
            let request = reader.next_request().unwrap().unwrap();
            assert_eq!(request.path, ["A"]);
        }
        assert_eq!(reader.next_request(), Ok(None));
        assert!(!reader.is_idle());
        feed(&mut reader, b"TP/1.0\r\n\r\n");
        let last = reader.next_request().unwrap().unwrap();
        assert_eq!((last.method, last.keep_alive), (Method::Head, false));
    }

    #[test]
    fn keep_alive_follows_the_version_unless_a_header_says_otherwise() {
        assert!(keeps_alive("1.1", ""));
        assert!(!keeps_alive("1.1", "Connection: Close\r\n"));
        assert!(!keeps_alive("1.0", ""));
        assert!(keeps_alive("1.0", "connection: Keep-Alive\r\n"));
        assert!(!keeps_alive("1.0", "connection: keep-alive, close\r\n"));
    }

    #[test]
    fn a_short_body_is_skipped_even_if_it_looks_like_a_request() {
        let one = "GET /A HTTP/1.1\r\nHost: x\r\n";
        let text = format!("{one}Content-Length: 30\r\n\r\n");
        let body = "GET /evil HTTP/1.1\r\nHost: x\r\n\r\n";
        let mut reader = RequestReader::default();
        feed(&mut reader, text.as_bytes());
        assert!(reader.next_request().unwrap().unwrap().keep_alive);
        for byte in body.as_bytes().chunks(1) {
            feed(&mut reader, byte);
            assert_eq!(reader.next_request(), Ok(None));
        }
        feed(&mut reader, format!("{one}\r\n").as_bytes());
        assert_eq!(reader.next_request().unwrap().unwrap().path, ["A"]);
    }

    #[test]
    fn a_long_or_chunked_body_ends_the_connection() {
        assert!(!keeps_alive("1.1", "Content-Length: 70000\r\n"));
        assert!(!keeps_alive("1.1", "Transfer-Encoding: chunked\r\n"));
    }

    #[test]
    fn lengths_that_contradict_are_refused() {
        for headers in [
            "Content-Length: 1\r\nContent-Length: 2\r\n",
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: one\r\n",
        ] {
            let text = format!("GET / HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.status(), 400, "{headers}");
        }
    }

    #[test]
    fn http_1_1_without_a_host_is_refused_and_1_0_is_not() {
        assert_eq!(
            parse(b"GET /A HTTP/1.1\r\n\r\n").unwrap_err().to_string(),
            "bad request: HTTP/1.1 needs one Host header"
        );
        assert!(parse(b"GET /A HTTP/1.0\r\n\r\n").unwrap().is_some());
    }

    #[test]
    fn other_methods_are_refused_by_name() {
        let error = parse(b"POST /A HTTP/1.1\r\nHost: x\r\n\r\n").unwrap_err();
        assert_eq!(error.status(), 405);
        assert_eq!(
            error.to_string(),
            "this server knows GET and HEAD, not POST"
        );
    }

    #[test]
    fn garbage_is_refused_as_soon_as_it_is_seen() {
        let tls = parse(b"\x16\x03\x01\x02").unwrap_err();
        assert_eq!(
            tls.to_string(),
            "bad request: invalid token in \"\\x16\\x03\\x01\\x02\"; \
             this looks like https, use http"
        );
        for text in ["\0", "GET\r\n", "hello world\r\n\r\n", "GET /A\r\n\r\n"] {
            let error = parse(text.as_bytes()).expect_err(text);
            assert_eq!(error.status(), 400, "{text}");
        }
    }

    #[test]
    fn an_endless_head_is_refused_at_64_kb() {
        let mut reader = RequestReader::default();
        feed(&mut reader, b"GET / HTTP/1.1\r\nX: ");
        let mut fed = 0;
        let error = loop {
            match reader.next_request() {
                Ok(_) => feed(&mut reader, &[b'a'; 1_000]),
                Err(error) => break error,
            }
            fed += 1_000;
            assert!(fed < MAX_HEAD + 2_000, "no end");
        };
        assert_eq!(error, RequestError::TooLarge);
        assert_eq!(error.status(), 431);
    }

    #[test]
    fn too_many_headers_are_refused_also_when_they_come_at_once() {
        let lines = "a: b\r\n".repeat(MAX_HEADERS + 1);
        let text = format!("GET / HTTP/1.1\r\n{lines}\r\n");
        assert_eq!(parse(text.as_bytes()), Err(RequestError::TooLarge));
        let long = "a".repeat(MAX_HEAD);
        let text = format!("GET / HTTP/1.1\r\na: {long}\r\n\r\n");
        assert_eq!(parse(text.as_bytes()), Err(RequestError::TooLarge));
    }
}
