//! demo
#![forbid(unsafe_code)]
pub mod chrome;
pub mod cli;
pub mod egg;
pub mod fry_egg;
pub mod http;
pub mod json;
pub mod nofile;
pub mod run;
pub mod server;
pub mod timeline;
pub mod words;
