//! `eggs serve`, over raw sockets.

mod util;

use std::io::Write;
use std::time::{Duration, Instant};

use util::{Served, read_all};

fn server() -> Served {
    Served::start(&["--cook-time", "200ms"])
}

#[test]
fn an_egg_takes_the_cook_time_and_a_fast_one_none() {
    let server = server();
    let began = Instant::now();
    assert_eq!(server.status("/A"), (200, "A".into()));
    assert!(began.elapsed() >= Duration::from_millis(200));
    let server = Served::start(&["--cook-time", "1h"]);
    assert_eq!(server.status("/fast/A"), (200, "A".into()));
    assert_eq!(server.status("/A?after=0"), (200, "A".into()));
}

#[test]
fn names_are_percent_decoded() {
    let (status, body) = server().status("/fast/Spiegel%20Ei%2F%C3%BC");
    assert_eq!((status, body.as_str()), (200, "Spiegel Ei/ü"));
}

#[test]
fn eggs_are_in_the_pan_together_and_the_server_counts_them() {
    let server = server();
    let streams = ["A", "B", "C", "D"].map(|name| {
        let mut stream = server.connect();
        let text = format!("GET /{name} HTTP/1.0\r\n\r\n");
        stream.write_all(text.as_bytes()).unwrap();
        stream
    });
    let began = Instant::now();
    for (mut stream, name) in streams.into_iter().zip(["A", "B", "C", "D"]) {
        assert!(read_all(&mut stream).ends_with(name));
    }
    assert!(began.elapsed() < Duration::from_millis(800));
    let stats = server.stats();
    assert_eq!((&stats["served"], &stats["in_pan"]), (&4.into(), &0.into()));
    assert_eq!(stats["most_in_pan"], 4);
}

#[test]
fn a_blocking_egg_holds_everybody_up() {
    let server = server();
    let began = Instant::now();
    let streams = [1, 2, 3].map(|_| {
        let mut stream = server.connect();
        stream.write_all(b"GET /blocking/A HTTP/1.0\r\n\r\n").unwrap();
        stream
    });
    for mut stream in streams {
        assert!(read_all(&mut stream).ends_with('A'));
    }
    assert!(began.elapsed() >= Duration::from_millis(600));
    assert_eq!(server.stats()["most_in_pan"], 1);
}

#[test]
fn a_connection_is_kept_alive_as_version_and_header_say() {
    let server = server();
    let cases = [
        ("1.1", "", 2),
        ("1.1", "Connection: close\r\n", 1),
        ("1.0", "", 1),
        ("1.0", "Connection: keep-alive\r\n", 2),
    ];
    for (version, header, replies) in cases {
        let one = |last: &str| {
            format!(
                "GET /fast/A HTTP/{version}\r\nHost: x\r\n{header}{last}\r\n"
            )
        };
        let last = if version == "1.1" { "Connection: close\r\n" } else { "" };
        let text = one("") + &one(last);
        let mut stream = server.connect();
        stream.write_all(text.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let got = read_all(&mut stream).matches("HTTP/1.1 200 OK").count();
        assert_eq!(got, replies, "{version} {header}");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = server();
    let mut text = String::new();
    for name in ["A?after=100", "B?after=0", "C?after=50"] {
        text = format!("{text}GET /{name} HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    text += "GET /fast/D HTTP/1.0\r\n\r\n";
    let replies = server.exchange(&text);
    let bodies = replies.split("\r\n\r\n").skip(1).map(|it| &it[..1]);
    assert_eq!(bodies.collect::<String>(), "ABCD");
}

#[test]
fn head_is_get_without_its_body() {
    let server = server();
    let head = server.exchange("HEAD /fast/Eins HTTP/1.0\r\n\r\n");
    assert!(head.contains("Content-Length: 4\r\n"), "{head}");
    assert!(head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn failures_are_served_as_ordered() {
    let server = server();
    assert_eq!(server.status("/A?after=0&fail=500").0, 500);
    let request = "GET /A?after=0&fail=reset HTTP/1.0\r\n\r\n";
    let mut stream = server.connect();
    stream.write_all(request.as_bytes()).unwrap();
    let error = std::io::Read::read(&mut stream, &mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(server.stats()["served"], 0);
}

#[test]
fn a_reply_in_pieces_arrives_in_pieces() {
    let server = server();
    let mut stream = server.connect();
    stream.write_all(b"GET /A?after=0&split=4 HTTP/1.0\r\n\r\n").unwrap();
    let mut sizes = Vec::new();
    let mut buffer = [0; 1_000];
    loop {
        match std::io::Read::read(&mut stream, &mut buffer).unwrap() {
            0 => break,
            count => sizes.push(count),
        }
    }
    assert!(sizes.len() > 1, "{sizes:?}");
}

#[test]
fn pages_lead_to_the_next() {
    let server = server();
    let mut next = Some("/pages?n=1&after=0".to_owned());
    let mut items = 0;
    while let Some(target) = next {
        let page: serde_json::Value =
            serde_json::from_str(&server.status(&target).1).unwrap();
        items += page["items"].as_array().unwrap().len();
        next = page["next"].as_str().map(|it| format!("{it}&after=0"));
    }
    assert_eq!(items, 12);
    let (head, _) = server.get("/pages?n=1&after=0");
    assert!(head.contains("Link: </pages?n=2>; rel=\"next\""), "{head}");
}

#[test]
fn each_request_gets_a_line_with_its_task() {
    let server = server();
    server.get("/fast/Ei%1Bx");
    server.get("/fast/B");
    server.signal("INT");
    let (code, out, _) = server.end();
    assert_eq!(code, 0);
    let lines: Vec<&str> =
        out.lines().filter(|it| it.contains("GET")).collect();
    assert_eq!(lines.len(), 2, "{out}");
    assert!(lines.iter().all(|it| it.contains("task ")), "{out}");
    assert!(lines.iter().all(|it| it.contains(" 200 ")), "{out}");
    assert!(out.ends_with("served 2 eggs, at most 1 in the pan at once\n"));
}

#[test]
fn ctrl_c_finishes_the_eggs_in_the_pan_and_exits_with_0() {
    for signal in ["INT", "TERM"] {
        let server = Served::start(&["--cook-time", "400ms"]);
        let mut idle = server.connect();
        let streams = ["A", "B"].map(|name| {
            let mut stream = server.connect();
            let text = format!("GET /{name} HTTP/1.1\r\nHost: x\r\n\r\n");
            stream.write_all(text.as_bytes()).unwrap();
            stream
        });
        server.wait_for(|stats| stats["in_pan"] == 2);
        server.signal(signal);
        assert_eq!(read_all(&mut idle), "", "idle guests are sent away");
        for (mut stream, name) in streams.into_iter().zip(["A", "B"]) {
            let reply = read_all(&mut stream);
            assert!(reply.ends_with(name), "{reply}");
            assert!(reply.contains("Connection: close"), "{reply}");
        }
        let (code, out, err) = server.end();
        assert_eq!(code, 0);
        assert!(err.contains("finishing 2 eggs"), "{err}");
        assert!(out.contains("served 2 eggs"), "{out}");
    }
}

#[test]
fn eggs_that_take_longer_than_the_grace_are_left_and_their_guests_named() {
    let server = Served::start(&["--cook-time", "200ms", "--grace", "1s"]);
    let order = |target: &str| {
        let mut stream = server.connect();
        let text = format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
        stream.write_all(text.as_bytes()).unwrap();
        stream
    };
    let mut hard = order("/A?after=3600000");
    let mut soft = order("/B");
    let guest = hard.local_addr().unwrap().to_string();
    server.wait_for(|stats| stats["most_in_pan"] == 2);
    let began = Instant::now();
    server.signal("INT");
    assert!(read_all(&mut soft).ends_with('B'));
    assert_eq!(read_all(&mut hard), "");
    let (code, out, err) = server.end();
    assert!(began.elapsed() >= Duration::from_millis(900));
    assert_eq!(code, 0);
    let words = format!("1 task did not end within 1s: `guest {guest}`");
    assert!(err.contains(&words), "{err}");
    assert!(out.contains("served 1 egg"), "{out}");
}

#[test]
fn a_second_ctrl_c_leaves_the_eggs() {
    let server = Served::start(&["--cook-time", "1h", "--grace", "1h"]);
    let mut stream = server.connect();
    stream.write_all(b"GET /A HTTP/1.0\r\n\r\n").unwrap();
    server.wait_for(|stats| stats["in_pan"] == 1);
    server.signal("INT");
    // The listener closes once the first one was seen.
    while std::net::TcpStream::connect(&server.addr).is_ok() {
        std::thread::sleep(Duration::from_millis(5));
    }
    server.signal("INT");
    assert_eq!(server.end().0, 130);
}

#[test]
fn the_server_sees_guests_leave_and_finishes_what_they_ordered() {
    let server = server();
    for _ in 0..3 {
        let mut stream = server.connect();
        stream.write_all(b"GET /A HTTP/1.0\r\n\r\n").unwrap();
    }
    server.wait_for(|stats| stats["left"] == 3 && stats["in_pan"] == 0);
    let mut stream = server.connect();
    stream.write_all(b"GET /B HTTP/1.0\r\n\r\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(read_all(&mut stream).ends_with('B'), "it has only said its word");
}
