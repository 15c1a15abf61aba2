//! Slides 26 to 30: what a machine keeps, and what it must not forget.

mod deck_util;
mod util;

use std::io::ErrorKind;

use deck_util::{every_part_is_as_expected, part, run, run_against};
use onecook_demo::by::By;
use onecook_demo::deck::lost_state::{
    ForgetfulReply, ReadReply, read_pieces, read_reply,
};
use onecook_demo::deck::under_the_hood::{GatherUserInfo, gather_user_info};
use onecook_demo::egg::FryError;
use util::nobody;

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
fn one_await_is_two_polls_and_one_more_for_the_connection() {
    for by in [By::Machine, By::Async] {
        let ran = run("under-the-hood", "no limit: 10", by);
        let claims = &ran.seen.claims;
        assert!(claims.iter().all(|it| it.holds), "{claims:?}");
        let texts: Vec<&str> = claims.iter().map(|it| &*it.text).collect();
        assert_eq!(
            texts,
            [
                "one poll to begin",
                "one because the connection stands",
                "one because the pictures are there"
            ]
        );
        let [recording] = &ran.seen.recordings[..] else { panic!("one run") };
        assert_eq!(recording.metrics.polls, 3);
    }
}

const REPLY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nHello";

/// What is read of a reply that is cut in two: by the one that keeps the
/// length in a local, by the machine, by its twin.
fn read_cut(cut: usize) -> [std::io::Result<Vec<u8>>; 3] {
    let (first, second) = REPLY.split_at(cut);
    let pieces = [first, second];
    onecook::block_on(async {
        [
            read_pieces(&pieces, ForgetfulReply::new).await.unwrap(),
            read_pieces(&pieces, ReadReply::new).await.unwrap(),
            read_pieces(&pieces, read_reply).await.unwrap(),
        ]
    })
}

#[test]
fn wherever_a_reply_is_cut_the_machine_and_its_twin_read_all_of_it() {
    for cut in 1..REPLY.len() {
        let [_, machine, twin] = read_cut(cut);
        assert_eq!(machine.unwrap(), b"Hello", "cut at {cut}");
        assert_eq!(twin.unwrap(), b"Hello", "cut at {cut}");
    }
}

#[test]
fn a_local_is_lost_only_when_the_cut_is_behind_the_head() {
    let head = REPLY.len() - "Hello".len();
    for cut in 1..REPLY.len() {
        let [forgetful, ..] = read_cut(cut);
        if cut < head {
            assert_eq!(forgetful.unwrap(), b"Hello", "cut at {cut}");
        } else {
            let error = forgetful.expect_err("the body is taken for a head");
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "cut at {cut}");
        }
    }
}

#[test]
fn a_reader_who_gets_no_more_ends_with_an_error() {
    for pieces in [&[][..], &["HTTP"], &["HTTP/1.1 200 OK\r\n\r\n"]] {
        let (machine, twin) = onecook::block_on(async {
            let machine = read_pieces(pieces, ReadReply::new).await.unwrap();
            (machine, read_pieces(pieces, read_reply).await.unwrap())
        });
        for ended in [machine, twin] {
            let error = ended.expect_err("the reply is not complete");
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{pieces:?}");
        }
    }
}

#[test]
fn the_error_of_a_server_that_is_gone_ends_the_program() {
    let slides =
        [("under-the-hood", "no limit: 10"), ("join-wrong", "await, await")];
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
