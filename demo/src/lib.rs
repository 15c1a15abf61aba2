//! demo
#![forbid(unsafe_code)]
pub mod cli;
pub mod egg;
pub mod http;
pub mod run;
pub mod timeline;
pub mod words;
