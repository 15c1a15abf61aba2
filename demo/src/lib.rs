//! Onecook's demo: the slides' programs, the eggs, and their server.
//!
//! ```text
//!   main.rs ──▶ cli.rs ──▶ fry.rs ───▶ cook.rs ───▶ fry_egg.rs ──▶ http/
//!                  │                                   ▲             ▲
//!                  ├─────▶ run.rs ───▶ perform.rs ──▶ deck/          │
//!                  │          └──▶ witness.rs                        │
//!                  ├─────▶ list.rs ──▶ deck/                         │
//!                  └─────▶ serve.rs ─▶ server/ ──────────────────────┘
//!
//!   show/: what all of them print
//! ```
//!
//! The one to read first is `fry_egg.rs`, and then `deck/mod.rs`: the slides.
//! The files are listed below in the order in which they are best read.
#![forbid(unsafe_code)]

pub mod cli;
pub mod fry;

pub mod host;
pub mod cook;
pub mod by;
pub mod egg;
pub mod fry_egg;

pub mod http;

pub mod list;
pub mod run;
pub mod perform;
pub mod witness;
pub mod deck;

pub mod show;
pub mod words;

pub mod serve;
pub mod server;

pub mod nofile;
