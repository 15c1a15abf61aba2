//! Who is compared: each machine of the deck, with its `async fn`.
//!
//! This file is compiled twice: here, where both run over scripted leaves, and
//! in `plain`, where only their sizes are asked for.
//!
//! Next: `broken.rs`, machines with a fault in each.

use crate::compare::Pair;
use crate::deck::actors::{Receive, receive};
use crate::deck::async_await::{FryAll, JoinAll, fry_all};
use crate::deck::bridge::{AsyncWrapper, async_wrapper};
use crate::deck::channels::{FirstEgg, SendEgg, first_egg, send_egg};
use crate::deck::control_flow::{
    Race, RaceOk, TryJoinAll, all as all_of, all_or_error, first, first_well,
};
use crate::deck::gotchas::{CountEgg, count_egg};
use crate::deck::join_right::{FetchBoth, fetch_both};
use crate::deck::join_wrong::{FetchPages, fetch_pages};
use crate::deck::loop_await::{FryInTurn, fry_in_turn};
use crate::deck::loop_then::{FryThenSay, fry_then_say};
use crate::deck::lost_state::{ReadReply, read_reply};
use crate::deck::scheduling::{Polite, polite};
use crate::deck::select::{PageOrAbort, page_or_abort};
use crate::deck::streams::{EggStream, egg_stream};
use crate::deck::structured::{Breakfast, breakfast};
use crate::deck::under_the_hood::{GatherUserInfo, gather_user_info};
use crate::fry_egg::{FryEgg, fry_egg};
use crate::orders::{
    LIMIT, abort, caller, connection, counter, eggs_to_come, griddle, guest,
    order, something, told, told_all, told_each, user,
};

const ABCD: [char; 4] = ['A', 'B', 'C', 'D'];

/// All pairs, in the order of the deck.
#[must_use]
pub fn all() -> Vec<Pair> {
    [basics(), models(), control_flow(), flows()]
        .into_iter()
        .flatten()
        .collect()
}

/// Slides 4 to 8.
fn basics() -> Vec<Pair> {
    vec![
        Pair::new(
            "FryEgg",
            || fry_egg(order('A')),
            || FryEgg::new(order('A')),
            told,
        ),
        Pair::new(
            "Polite",
            || polite(griddle(), "A"),
            || Polite::new(griddle(), "A"),
            |()| String::new(),
        ),
    ]
}

/// Slides 21 to 28.
fn models() -> Vec<Pair> {
    vec![
        Pair::new(
            "Receive",
            || receive(3, caller(), griddle()),
            || Receive::new(3, caller(), griddle()),
            |()| String::new(),
        ),
        Pair::new(
            "FryAll",
            || fry_all(['A', 'B', 'C'].map(order).into()),
            || FryAll::new(['A', 'B', 'C'].map(order).into()),
            told_all,
        ),
        Pair::new(
            "FryThenSay",
            || fry_then_say("A", LIMIT, griddle()),
            || FryThenSay::new("A", LIMIT, griddle()),
            |said| format!("{said:?}"),
        ),
        Pair::new(
            "FryInTurn",
            || fry_in_turn(ABCD.map(order), griddle()),
            || FryInTurn::new(ABCD.map(order), griddle()),
            |said| format!("{said:?}"),
        ),
        Pair::new(
            "GatherUserInfo",
            || gather_user_info(user()),
            || GatherUserInfo::new(user()),
            |info| format!("{info:?}"),
        ),
        Pair::new(
            "ReadReply",
            || read_reply(connection()),
            || ReadReply::new(connection()),
            |reply| format!("{reply:?}"),
        ),
    ]
}

/// Slides 29 to 32.
fn control_flow() -> Vec<Pair> {
    vec![
        Pair::new(
            "JoinAll",
            || all_of(ABCD.map(order)),
            || JoinAll::new(ABCD.map(order).map(FryEgg::new)),
            told_each,
        ),
        Pair::new(
            "TryJoinAll",
            || all_or_error(ABCD.map(order)),
            || TryJoinAll::new(ABCD.map(order).map(FryEgg::new)),
            told_all,
        ),
        Pair::new(
            "RaceOk",
            || first_well(ABCD.map(order)),
            || RaceOk::new(ABCD.map(order).map(FryEgg::new)),
            |egg| format!("{:?}", egg.map(|egg| egg.text)),
        )
        .faults(3),
        Pair::new(
            "Race",
            || first(ABCD.map(order)),
            || Race::new(ABCD.map(order).map(FryEgg::new)),
            told,
        ),
        Pair::new(
            "FetchPages",
            || fetch_pages(order('A'), order('B')),
            || FetchPages::new(order('A'), order('B')),
            told_all,
        ),
        Pair::new(
            "FetchBoth",
            || fetch_both(order('A'), order('B')),
            || FetchBoth::new(order('A'), order('B')),
            told_all,
        )
        .faults(2),
        Pair::new(
            "PageOrAbort",
            || page_or_abort(order('A'), abort()),
            || PageOrAbort::new(order('A'), abort()),
            |page| match page.transpose() {
                Some(page) => told(page),
                None => "aborted".to_owned(),
            },
        ),
    ]
}

/// Slides 33 to 44.
fn flows() -> Vec<Pair> {
    vec![
        Pair::new(
            "SendEgg",
            || send_egg(order('A'), guest()),
            || SendEgg::new(order('A'), guest()),
            |wanted| format!("wanted: {wanted}"),
        ),
        Pair::new(
            "FirstEgg",
            || first_egg(eggs_to_come(), LIMIT),
            || FirstEgg::new(eggs_to_come(), LIMIT),
            told,
        ),
        Pair::of_streams(
            "EggStream",
            || egg_stream(['A', 'B'].map(order).into()),
            || EggStream::new(['A', 'B'].map(order).into()),
            told,
        ),
        Pair::new(
            "CountEgg",
            || count_egg(order('A'), counter()),
            || CountEgg::new(order('A'), counter()),
            |counted| format!("{counted:?}"),
        ),
        Pair::new(
            "Breakfast",
            || breakfast(['A', 'B'].map(order).into(), LIMIT),
            || Breakfast::new(['A', 'B'].map(order).into(), LIMIT),
            told_all,
        ),
        Pair::new(
            "AsyncWrapper",
            || async_wrapper(griddle(), something()),
            || AsyncWrapper::new(griddle(), something()),
            |called| format!("{called:?}"),
        ),
    ]
}
