//! Slides 17 to 25: callbacks, green threads, actors, futures.

mod deck_util;
mod util;

use deck_util::{D, every_part_is_as_expected, part, run, run_against, slide};
use onecook_demo::by::By;
use onecook_demo::egg::FryError;
use util::{fake_server, nobody, read_request};

#[test]
fn callbacks_are_called_as_the_eggs_arrive() {
    every_part_is_as_expected("callbacks");
}

#[test]
fn green_threads_look_blocking_and_share_one_os_thread() {
    every_part_is_as_expected("green-threads");
}

#[test]
fn actors_send_what_they_have_and_crash_alone() {
    every_part_is_as_expected("actors");
}

#[test]
fn joined_eggs_stand_in_the_order_of_their_orders() {
    every_part_is_as_expected("async-await");
}

#[test]
fn eggs_under_way_arrive_as_they_are_done_and_plans_stay_plans() {
    every_part_is_as_expected("loop-then");
}

#[test]
fn an_await_in_a_loop_takes_the_time_of_all() {
    every_part_is_as_expected("loop-await");
}
