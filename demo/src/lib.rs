//! Onecook's demo: the slides' four eggs, fried and served on Onecook.
//!
//! ```text
//!   main.rs ──▶ cli.rs ──▶ fry.rs ──▶ cook.rs ──▶ fry_egg.rs ──▶ http/
//!                  │          │                                    ▲
//!                  │          ▼                                    │
//!                  │       recorded.rs ──▶ history.rs ──▶ timeline.rs  │
//!                  │                              ──▶ chrome.rs    │
//!                  │                              ──▶ json.rs      │
//!                  └────▶ serve.rs ──▶ server/ ────────────────────┘
//! ```
//!
//! The one to read first is `fry_egg.rs`. The files are listed below in the
//! order in which they are best read.
#![forbid(unsafe_code)]

pub mod cli;
pub mod fry;

pub mod by;
pub mod host;
pub mod cook;
pub mod egg;
pub mod fry_egg;

pub mod http;

pub mod list;
pub mod run;
pub mod perform;
pub mod witness;
pub mod deck;
pub mod progress;
pub mod verdict;

pub mod live;
pub mod recorded;
pub mod history;
pub mod steps;

pub mod style;
pub mod axis;
pub mod timeline;
pub mod full_pan;
pub mod chrome;
pub mod json;
pub mod words;

pub mod serve;
pub mod server;

pub mod nofile;
