//! Slides 33 to 36 and 42 to 44: channels, streams, gotchas, scopes, bridges.

mod deck_util;
mod util;

use deck_util::every_part_is_as_expected;

#[test]
fn channels_join_tasks_and_hold_back_who_is_too_fast() {
    every_part_is_as_expected("channels");
}

#[test]
fn streams_are_lazy_unless_they_are_buffered() {
    every_part_is_as_expected("streams");
}

#[test]
fn a_callback_becomes_a_future_that_waits_only_if_it_must() {
    every_part_is_as_expected("bridge");
}
