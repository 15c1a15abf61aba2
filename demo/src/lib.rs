//! demo
#![forbid(unsafe_code)]
pub mod chrome;
pub mod cli;
pub mod egg;
pub mod http;
pub mod json;
pub mod run;
pub mod timeline;
pub mod words;
