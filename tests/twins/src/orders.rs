//! What the twins are given, so that one sees what becomes of it.
//!
//! Next: `pairs.rs`, who is compared.

use std::rc::Rc;
use std::time::Duration;

use onecook::script::{self, Event, Value};

use crate::by::By;
use crate::deck::griddle::{Griddle, Setting};
use crate::egg::{Egg, FryError, Order};

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

/// A griddle: what is said there is written down, and its end too.
#[must_use]
pub fn griddle() -> Griddle {
    let setting = Setting {
        server: ([127, 0, 0, 1], 3001).into(),
        host: "eggs".to_owned(),
        cook_time: Duration::from_secs(2),
        ask_for_time: false,
        by: By::Machine,
        record: false,
    };
    let end = End(Value::Griddle);
    Griddle::new(setting, move |line| {
        let End(_) = end;
        script::note(Event::Said(line.text.clone()));
    })
}

/// Its end is seen.
struct End(Value);

impl Drop for End {
    fn drop(&mut self) {
        script::note(Event::Freed(self.0));
    }
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
pub fn told_all(
    eggs: Result<impl IntoIterator<Item = Egg>, FryError>,
) -> String {
    match eggs {
        Ok(eggs) => {
            let texts = eggs.into_iter().map(|egg| told(Ok(egg)));
            texts.collect::<Vec<_>>().join(", ")
        }
        Err(why) => why.to_string(),
    }
}
