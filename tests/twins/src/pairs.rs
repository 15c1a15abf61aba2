//! Who is compared: each machine of the deck, with its `async fn`.
//!
//! This file is compiled twice: here, where both run over scripted leaves, and
//! in `plain`, where only their sizes are asked for.
//!
//! Next: `broken.rs`, machines with a fault in each.

use crate::compare::Pair;
use crate::deck::channels::{FirstEgg, SendEgg, first_egg, send_egg};
use crate::deck::join_wrong::{FetchPages, fetch_pages};
use crate::deck::scheduling::{Polite, polite};
use crate::fry_egg::{FryEgg, fry_egg};
use crate::orders::{
    LIMIT, eggs_to_come, griddle, guest, order, told, told_all,
};

/// All pairs, in the order of the deck.
#[must_use]
pub fn all() -> Vec<Pair> {
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
        Pair::new(
            "FetchPages",
            || fetch_pages(order('A'), order('B')),
            || FetchPages::new(order('A'), order('B')),
            told_all,
        ),
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
    ]
}
