//! Slide 10, "Context": blocking sockets, one egg after another.
//!
//! The thread stands beside the pan until the egg is done, and only then
//! cracks the next one. Correct, and four times as slow as it need be. There
//! is no machine: the state is kept on the thread's stack, by the thread. An
//! error ends the program, and the eggs behind it are never asked for.
//!
//! ```text
//!   1 │ A▆▆▆▆▆▆ B▆▆▆▆▆▆ C▆▆▆▆▆▆ D▆▆▆▆▆▆
//! ```
//!
//! Next: `threads.rs`, the same with a thread for each egg.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::egg::{Egg, FryError, Order};
use crate::http::reply::Reply;

/// Fries an egg, and the thread waits for it.
///
/// # Errors
///
/// When there is no connection, no reply, or no egg in the reply.
pub fn fry_egg_blocking(order: &Order) -> Result<Egg, FryError> {
    let connection = TcpStream::connect(order.server);
    let mut connection = connection.map_err(FryError::Connect)?;

    connection.write_all(&order.request).map_err(FryError::Write)?;

    let mut reply = Reply::default();
    loop {
        let read = connection.read(reply.space());
        let count = read.map_err(FryError::Read)?;
        if let Some(answer) = reply.received(count)? {
            return Egg::from_answer(answer);
        }
    }
}

/// The same, noted for the picture: no machine here tells of its states.
///
/// # Errors
///
/// As [`fry_egg_blocking`].
pub fn fry(griddle: &Griddle, order: &Order) -> Result<Egg, FryError> {
    griddle.note(&order.name, "Blocking");
    let egg = fry_egg_blocking(order)?;
    griddle.note(&order.name, "Done");
    Ok(egg)
}

fn run(griddle: &Griddle) -> Result<(), FryError> {
    for name in ["A", "B", "C", "D"] {
        let egg = fry(griddle, &griddle.order(name))?;
        griddle.say(egg.text);
    }
    Ok(())
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[10],
    public: &[10],
    slug: "sequential",
    title: "Context",
    about: "blocking sockets, one egg after another",
    parts: &[Part {
        name: "one by one",
        machine: None,
        expected: Expected::takes(4.0)
            .in_pan(1)
            .served(4)
            .says(&["A", "B", "C", "D"]),
        run,
    }],
};
