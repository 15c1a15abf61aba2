//! Who is compared: each machine of the deck, with its `async fn`.

use std::rc::Rc;

use onecook::script::{self, Value};

use crate::compare::Pair;
use crate::deck::join_wrong::{FetchPages, fetch_pages};
use crate::egg::{Egg, FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};

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
            "FetchPages",
            || fetch_pages(order('A'), order('B')),
            || FetchPages::new(order('A'), order('B')),
            told_all,
        ),
    ]
}

/// An order whose end is seen: its request has a length of its own.
#[must_use]
pub fn order(name: char) -> Rc<Order> {
    let size = script::request_length(name);
    let mut request = format!("GET /{name} HTTP/1.1\r\n\r\n").into_bytes();
    request.resize(size, b' ');
    request.shrink_to_fit();
    script::watch(size, Value::Order(name));
    let server = ([127, 0, 0, 1], 3001).into();
    Rc::new(Order { name: name.to_string(), server, request })
}

/// An egg in words, or why there is none.
#[must_use]
pub fn told(egg: Result<Egg, FryError>) -> String {
    match egg {
        Ok(egg) => egg.text.trim().to_owned(),
        Err(why) => why.to_string(),
    }
}

/// Several eggs in words, or why there are none.
#[must_use]
pub fn told_all<const N: usize>(eggs: Result<[Egg; N], FryError>) -> String {
    match eggs {
        Ok(eggs) => {
            let texts = eggs.iter().map(|egg| egg.text.trim().to_owned());
            texts.collect::<Vec<_>>().join(", ")
        }
        Err(why) => why.to_string(),
    }
}
