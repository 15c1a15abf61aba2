//! The twins, as they are shown.

pub use super::{compare, orders};
pub use onecook_demo::{deck, egg, fry_egg};

pub mod pairs;
