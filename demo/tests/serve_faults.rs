//! `eggs serve` and guests who misbehave.

mod util;

use std::io::Write;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use util::{Served, read_all, run};

fn status(reply: &str) -> &str {
    reply.get(9..12).unwrap_or(reply)
}

fn server() -> Served {
    Served::start(&["--cook-time", "10ms", "--head-timeout", "300ms"])
}

#[test]
fn what_is_no_request_gets_400() {
    let server = server();
    for text in [
        "hello\r\n\r\n",
        "\0\0\0\0",
        "\x16\x03\x01\x02\x00",
        "GET /A HTTP/9.9\r\n\r\n",
        "GET A HTTP/1.0\r\n\r\n",
        "GET /%FF HTTP/1.0\r\n\r\n",
        "GET /A HTTP/1.1\r\n\r\n",
        "GET /A HTTP/1.0\r\nContent-Length: x\r\n\r\n",
        "GET /A?after=soon HTTP/1.0\r\n\r\n",
    ] {
        let reply = server.exchange(text);
        assert_eq!(status(&reply), "400", "{text:?}");
        assert!(reply.contains("Connection: close"), "{reply}");
    }
}

#[test]
fn what_is_not_there_gets_404() {
    let server = server();
    for target in ["/a/b", "/fast/", "/-/secrets", "/pages?n=99"] {
        assert_eq!(server.status(target).0, 404, "{target}");
    }
}

#[test]
fn other_methods_get_405_and_hear_which_are_allowed() {
    let server = server();
    for text in [
        "DELETE /A HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "OPTIONS * HTTP/1.0\r\n\r\n".to_owned(),
        // A body that the server never reads must not cost the reply.
        format!(
            "POST /A HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n{}",
            "x".repeat(50_000)
        ),
    ] {
        let reply = server.exchange(&text);
        assert_eq!(status(&reply), "405", "{text:.20}");
        assert!(reply.contains("Allow: GET, HEAD\r\n"), "{reply}");
    }
}

#[test]
fn a_head_beyond_64_kb_gets_431() {
    let server = server();
    let long = "x".repeat(70_000);
    let lines = "a: b\r\n".repeat(101);
    for text in [
        format!("GET /{long} HTTP/1.0\r\n\r\n"),
        format!("GET / HTTP/1.0\r\nX: {long}\r\n\r\n"),
        format!("GET / HTTP/1.0\r\n{lines}\r\n"),
        format!("GET / HTTP/1.0\r\nX: {long}"),
    ] {
        assert_eq!(status(&server.exchange(&text)), "431", "{text:.20}");
    }
}

#[test]
fn a_slow_head_gets_408_however_steadily_it_drips() {
    let server = server();
    let mut stream = server.connect();
    let began = Instant::now();
    for byte in b"GET /A HTTP/1.1\r\nHost: x\r\n".iter().cycle() {
        assert!(began.elapsed() < Duration::from_secs(3), "no 408");
        if stream.write_all(&[*byte]).is_err() {
            break;
        }
        let limit = Some(Duration::from_millis(50));
        stream.set_read_timeout(limit).unwrap();
        let mut reply = [0; 12];
        if matches!(stream.peek(&mut reply), Ok(12)) {
            assert_eq!(&reply, b"HTTP/1.1 408");
            return;
        }
    }
    panic!("no 408");
}

#[test]
fn who_says_nothing_is_sent_away_without_a_word() {
    let server = server();
    let mut stream = server.connect();
    assert_eq!(read_all(&mut stream), "");
}

#[test]
fn slow_guests_do_not_hold_up_others() {
    let server = Served::start(&["--cook-time", "10ms"]);
    let slow: Vec<_> = (0..50)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(b"GET /slow").unwrap();
            stream
        })
        .collect();
    let began = Instant::now();
    assert_eq!(server.status("/A"), (200, "A".into()));
    assert!(began.elapsed() < Duration::from_secs(2));
    drop(slow);
}

#[test]
fn bodies_nobody_asked_for_are_skipped_or_end_the_connection() {
    let server = server();
    let next = "GET /fast/B HTTP/1.0\r\n\r\n";
    let short = format!(
        "GET /fast/A HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n\
         12345{next}"
    );
    assert_eq!(server.exchange(&short).matches(" 200 ").count(), 2);
    let chunked = format!(
        "GET /fast/A HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\n12345\r\n0\r\n\r\n{next}"
    );
    let reply = server.exchange(&chunked);
    assert_eq!(reply.matches(" 200 ").count(), 1, "{reply}");
    assert!(reply.ends_with("\r\n\r\nA"), "{reply}");
}

#[test]
fn half_a_request_and_a_hang_up_do_no_harm() {
    let server = server();
    for _ in 0..20 {
        let mut stream = server.connect();
        stream.write_all(b"GET /A HT").unwrap();
        stream.shutdown(Shutdown::Both).unwrap();
    }
    assert_eq!(server.status("/A"), (200, "A".into()));
}

#[test]
fn a_port_in_use_is_said_to_be_so_and_names_the_option() {
    let server = server();
    let ran = run(&["serve", "--addr", &server.addr]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains(&server.addr), "{}", ran.stderr);
    assert!(ran.stderr.contains("--addr"), "{}", ran.stderr);
    assert_eq!(ran.stderr.lines().count(), 1);
}

#[test]
fn an_address_of_another_machine_is_refused() {
    let ran = run(&["serve", "--addr", "192.0.2.1:3001"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("no such address"), "{}", ran.stderr);
}

#[test]
fn a_guest_who_never_reads_is_sent_away() {
    // Quiet: nobody reads the log here, and the pipe would fill up.
    let server = Served::start(&["--head-timeout", "300ms", "--quiet"]);
    let mut stream = server.connect();
    let order = b"GET /fast/A HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000);
    stream.set_write_timeout(Some(Duration::from_millis(50))).unwrap();
    let began = Instant::now();
    let mut sent = 0;
    // Until the server reads no more, as its replies are not taken. Then it
    // closes with orders unread, which resets the connection.
    loop {
        assert!(began.elapsed() < Duration::from_secs(20), "still served");
        match stream.write(&order[sent % order.len()..]) {
            Ok(count) => sent += count,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
    assert_eq!(server.status("/fast/B").0, 200);
}
