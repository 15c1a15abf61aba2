//! What is shown: as it happens, and afterwards.
//!
//! ```text
//!   trace ──▶ live.rs          a line for each change of state
//!     │
//!     └─────▶ recorded.rs ──▶ history.rs ──▶ timeline.rs  the picture
//!                                       ──▶ chrome.rs    for Perfetto
//!                                       ──▶ json.rs      for programs
//! ```
//!
//! Next: `live.rs`, what is shown as it happens.

pub mod live;
pub mod progress;

pub mod recorded;
pub mod history;

pub mod steps;
pub mod style;
pub mod axis;
pub mod timeline;
pub mod full_pan;
pub mod chrome;
pub mod json;

pub mod verdict;
