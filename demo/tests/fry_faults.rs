//! `eggs fry` against servers that misbehave: one clear line per egg, the
//! others unaffected, exit code 1, and never a hang.

mod util;

use std::io::Write;
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use socket2::SockRef;
use util::{Served, fake_server, nobody, read_request, replying, run};

fn fry_at(server: SocketAddr, arguments: &[&str]) -> util::Ran {
    let server = server.to_string();
    let mut all = vec!["fry", "--plain", "--server", &server];
    all.extend(arguments);
    run(&all)
}

/// Two eggs, both machines: each says `text`, on one line each.
#[track_caller]
fn assert_fails(server: SocketAddr, arguments: &[&str], text: &str) {
    for by in ["machine", "async"] {
        let mut all = vec!["A", "B", "--by", by];
        all.extend(arguments);
        let ran = fry_at(server, &all);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
        let lines: Vec<&str> = ran.stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{}", ran.stderr);
        for (line, name) in lines.iter().zip(["A", "B"]) {
            let begin = format!("egg {name}: ");
            assert!(line.starts_with(&begin), "{line}");
            assert!(line.contains(text), "{line}");
            assert!(line.contains("; "), "no remedy: {line}");
        }
    }
}

#[test]
fn a_server_that_is_down_refuses() {
    let server = nobody();
    let text = format!("start a server: eggs serve --addr {server}");
    assert_fails(server, &[], &text);
    assert_fails(server, &[], "could not connect: ");
}

#[test]
fn a_host_without_an_address_is_said_to_be_so() {
    let ran = run(&["fry", "--server", "no-such-host.invalid:80"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("is the name right?"), "{}", ran.stderr);
}

#[test]
fn a_reset_before_or_within_the_reply_is_reported() {
    for reply in ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"] {
        let server = fake_server(move |mut stream| {
            read_request(&mut stream);
            let _ = stream.write_all(reply.as_bytes());
            let linger = Some(Duration::ZERO);
            let _ = SockRef::from(&stream).set_linger(linger);
        });
        assert_fails(server, &[], "the connection broke before the reply");
    }
}

#[test]
fn a_server_that_hangs_up_is_reported_by_where() {
    let text = "closed the connection without a reply";
    assert_fails(replying(""), &[], text);
    let text = "21 bytes into the head";
    assert_fails(replying("HTTP/1.1 200 OK\r\nCont"), &[], text);
}

#[test]
fn garbage_is_shown_and_explained() {
    assert_fails(replying("SSH-2.0-OpenSSH_9\r\n"), &[], "is not HTTP");
    assert_fails(replying(vec![0; 100]), &[], "a web server, without https?");
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n";
    assert_fails(replying(chunks), &[], "broken chunk");
}

#[test]
fn an_endless_head_is_cut_off() {
    let server = fake_server(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X-Endless: and so on\r\n").is_ok() {}
    });
    assert_fails(server, &[], "the head of the reply is longer than 64 KB");
}

#[test]
fn a_body_shorter_or_longer_than_announced_is_no_egg() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
    let text = "announced 3 bytes and closed the connection after 2";
    assert_fails(replying(format!("{head}ab")), &[], text);
    let text = "announced 3 bytes and sent more";
    assert_fails(replying(format!("{head}abcd")), &[], text);
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let server = fake_server(|mut stream| {
        read_request(&mut stream);
        util::read_all(&mut stream);
    });
    let limit = &["--timeout", "200ms"];
    assert_fails(server, limit, "it was not done after 200.0 ms");
}

#[test]
fn a_status_other_than_ok_is_no_egg() {
    let reply = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    assert_fails(replying(reply), &[], "the server answered 404 Not Found");
}

#[test]
fn the_other_eggs_are_unaffected() {
    let server = fake_server(|mut stream| {
        let request = read_request(&mut stream);
        if request.starts_with("GET /B ") {
            let _ = stream.write_all(b"garbage\r\n\r\n");
            return;
        }
        thread::sleep(Duration::from_millis(100)); // its cook time
        let name = &request[5..6];
        let head = "HTTP/1.0 200 OK\r\n\r\n";
        let _ = stream.write_all(format!("{head}{name}").as_bytes());
    });
    let ran = fry_at(server, &["A", "B", "C"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, "A\nC\n"));
    assert!(ran.stderr.starts_with("egg B: "), "{}", ran.stderr);
    assert_eq!(ran.stderr.lines().count(), 1);
}

#[test]
fn the_picture_shows_which_egg_is_burnt() {
    let server = Served::start(&["--cook-time", "50ms"]);
    let ran = run(&["fry", "A", "B/C", "--server", &server.addr]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = run(&["fry", "A", "--server", &nobody().to_string()]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("No egg in "), "{}", ran.stdout);
}

#[test]
fn every_way_to_end_a_body_is_understood() {
    for reply in [
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\negg",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
         1\r\ne\r\n2;x=y\r\ngg\r\n0\r\nA: b\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\negg",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\negg",
    ] {
        for by in ["machine", "async"] {
            let ran = fry_at(replying(reply), &["A", "--by", by]);
            assert_eq!(ran.stdout, "egg\n", "{reply} {}", ran.stderr);
        }
    }
}

#[test]
fn a_reply_byte_by_byte_is_the_same_reply() {
    let server = fake_server(|mut stream| {
        read_request(&mut stream);
        let _ = stream.set_nodelay(true);
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\negg" {
            let _ = stream.write_all(&[*byte]);
        }
    });
    assert_eq!(fry_at(server, &["A"]).stdout, "egg\n");
}
