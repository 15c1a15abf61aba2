//! Slides 26 to 30: what a machine keeps, and what it must not forget.

mod deck_util;
mod util;

use std::io::Write;

use deck_util::{every_part_is_as_expected, part, run, run_against};
use onecook::net::TcpStream;
use onecook_demo::by::By;
use onecook_demo::deck::lost_state::{ReadReply, read_reply};
use onecook_demo::deck::under_the_hood::{GatherUserInfo, gather_user_info};
use onecook_demo::egg::FryError;
use util::{fake_server, nobody, read_request};

#[test]
fn a_user_without_a_limit_gets_ten_pictures() {
    every_part_is_as_expected("under-the-hood");
}

#[test]
fn a_decision_in_a_local_of_poll_is_lost_between_two_pieces() {
    every_part_is_as_expected("lost-state");
}

#[test]
fn two_awaits_take_twice_the_time() {
    every_part_is_as_expected("join-wrong");
}

#[test]
fn the_machine_of_a_user_claims_that_it_is_polled_when_woken_only() {
    for by in [By::Machine, By::Async] {
        let ran = run("under-the-hood", "no limit: 10", by);
        let claims = &ran.seen.claims;
        assert_eq!(claims.len(), 1);
        assert!(claims[0].holds, "{claims:?}");
    }
}

/// A server whose reply is cut after so many bytes of its head and body.
fn cut_at(cut: usize, reply: &'static str) -> std::net::SocketAddr {
    fake_server(move |mut stream| {
        let _ = stream.set_nodelay(true);
        let (first, second) = reply.split_at(cut);
        let _ = stream.write_all(first.as_bytes());
        read_request(&mut stream); // the client has read the first by then
        let _ = stream.write_all(second.as_bytes());
    })
}

const REPLY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nHello";

/// What the machine, or its twin, reads of a reply that comes in two pieces.
fn read_cut(cut: usize, by: By) -> std::io::Result<Vec<u8>> {
    let server = cut_at(cut, REPLY);
    onecook::block_on(async {
        let connection = TcpStream::connect(server).await?;
        let mut first = vec![0; cut];
        while connection.peek(&mut first).await? < cut {
            onecook::yield_now().await;
        }
        connection.write_all(b"GET / HTTP/1.1\r\n\r\n").await?;
        match by {
            By::Machine => ReadReply::new(connection).await,
            By::Async => read_reply(connection).await,
        }
    })
}

#[test]
fn wherever_a_reply_is_cut_the_machine_and_its_twin_read_all_of_it() {
    for cut in 1..REPLY.len() {
        for by in [By::Machine, By::Async] {
            let reply = read_cut(cut, by).expect("a reply");
            assert_eq!(reply, b"Hello", "cut at {cut}, {by:?}");
        }
    }
}

#[test]
fn the_error_of_a_server_that_is_gone_ends_the_program() {
    let slides = [
        ("under-the-hood", "no limit: 10"),
        ("lost-state", "in one piece"),
        ("join-wrong", "await, await"),
    ];
    for (slug, name) in slides {
        for by in [By::Machine, By::Async] {
            let (ended, seen) = run_against(nobody(), part(slug, name), by);
            assert!(matches!(ended, Err(FryError::Connect(_))), "{ended:?}");
            assert!(seen.lines.is_empty(), "{slug}: {:?}", seen.lines);
        }
    }
}

#[test]
fn a_machine_is_no_larger_than_its_twin() {
    let machine = size_of::<GatherUserInfo>();
    let twin = size_of_future(gather_user_info);
    assert!(machine <= twin, "{machine}, {twin}");
    let machine = size_of::<ReadReply>();
    let twin = size_of_future(read_reply);
    assert!(machine <= twin, "{machine}, {twin}");
}

/// The size of the future that `function` would return.
fn size_of_future<A, F>(_function: fn(A) -> F) -> usize {
    size_of::<F>()
}
