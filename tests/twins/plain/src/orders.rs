//! What the twins would be given, whatever it is. None is ever made.

use std::time::Duration;

fn never<T>() -> T {
    unreachable!("only types are looked at")
}

/// An order.
pub fn order<T>(_: char) -> T {
    never()
}

/// A griddle.
pub fn griddle<T>() -> T {
    never()
}

/// How long somebody waits.
pub const LIMIT: Duration = Duration::ZERO;

/// Where an egg is sent to.
pub fn guest<T>() -> T {
    never()
}

/// Where eggs come from.
pub fn eggs_to_come<T>() -> T {
    never()
}

/// A count of eggs.
pub fn counter<T>() -> T {
    never()
}

/// A connection.
pub fn connection<T>() -> T {
    never()
}

/// A user.
pub fn user<T>() -> T {
    never()
}

/// Where messages come from.
pub fn caller<T>() -> T {
    never()
}

/// Whom to give a callback to.
pub fn something<T>() -> T {
    never()
}

/// An output in words.
pub fn told<T>(_: T) -> String {
    never()
}

/// Several of them.
pub fn told_all<T>(_: T) -> String {
    never()
}

/// What became of each.
pub fn told_each<T>(_: T) -> String {
    never()
}
