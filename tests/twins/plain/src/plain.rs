//! The twins, without `repr(u8)`.

pub use super::{compare, orders};

pub mod by;
pub mod deck;
pub mod egg;
pub mod fry_egg;
pub mod http;
pub mod pairs;
pub mod words;
