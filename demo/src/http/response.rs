//! What the server writes: a response as bytes, in one piece.
//!
//! Next: `reply.rs`, the same thing seen from the client.

use std::fmt::Write;
use std::time::SystemTime;

use super::request::Method;

/// A response, before anybody knows how the connection goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    status: u16,
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Response {
    /// A response in plain text.
    #[must_use]
    pub fn text(status: u16, body: impl Into<String>) -> Response {
        let content_type = "text/plain; charset=utf-8";
        Response { status, content_type, headers: vec![], body: body.into() }
    }

    /// A response in JSON.
    #[must_use]
    pub fn json(body: impl Into<String>) -> Response {
        let content_type = "application/json";
        let body = body.into();
        Response { status: 200, content_type, headers: vec![], body }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Response {
        self.headers.push((name, value));
        self
    }

    /// The status code, for the log.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Head and body: what one write can send.
    #[must_use]
    pub fn to_bytes(&self, method: Method, keep_alive: bool) -> Vec<u8> {
        let mut text = self.head(keep_alive);
        if method == Method::Get {
            text.push_str(&self.body);
        }
        text.into_bytes()
    }

    fn head(&self, keep_alive: bool) -> String {
        let connection = if keep_alive { "keep-alive" } else { "close" };
        let mut head = String::with_capacity(192 + self.body.len());
        let _ = write!(
            head,
            "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\
             Date: {}\r\nConnection: {connection}\r\n",
            self.status,
            reason(self.status),
            self.content_type,
            self.body.len(),
            httpdate::HttpDate::from(SystemTime::now()),
        );
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        head
    }
}

/// What a status code is called.
#[must_use]
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(response: &Response, method: Method, alive: bool) -> Vec<String> {
        let text = String::from_utf8(response.to_bytes(method, alive));
        let text = text.expect("UTF-8");
        let no_date = text.split("\r\n").filter(|it| !it.starts_with("Date:"));
        no_date.map(str::to_owned).collect()
    }

    #[test]
    fn a_response_says_its_length_in_bytes() {
        let response = Response::text(200, "Ei ü");
        assert_eq!(
            lines(&response, Method::Get, true),
            [
                "HTTP/1.1 200 OK",
                "Content-Type: text/plain; charset=utf-8",
                "Content-Length: 5",
                "Connection: keep-alive",
                "",
                "Ei ü",
            ]
        );
    }

    #[test]
    fn the_response_to_head_is_the_same_without_its_body() {
        let response = Response::text(405, "no").with("Allow", "GET".into());
        assert_eq!(
            lines(&response, Method::Head, false),
            [
                "HTTP/1.1 405 Method Not Allowed",
                "Content-Type: text/plain; charset=utf-8",
                "Content-Length: 2",
                "Connection: close",
                "Allow: GET",
                "",
                "",
            ]
        );
    }
}
