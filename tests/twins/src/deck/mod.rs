//! The deck's modules, as far as they have a machine.
#![allow(clippy::disallowed_names)] // the slides' own pages: foo and bar

#[path = "../../../../demo/src/deck/expected.rs"]
pub mod expected;
#[path = "../../../../demo/src/deck/griddle.rs"]
pub mod griddle;
#[path = "../../../../demo/src/deck/seen.rs"]
pub mod seen;
#[path = "../../../../demo/src/deck/slide.rs"]
pub mod slide;

#[path = "../../../../demo/src/deck/scheduling.rs"]
pub mod scheduling;
#[path = "../../../../demo/src/deck/sequential.rs"]
pub mod sequential;
#[path = "../../../../demo/src/deck/actors.rs"]
pub mod actors;
#[path = "../../../../demo/src/deck/async_await.rs"]
pub mod async_await;
#[path = "../../../../demo/src/deck/loop_then.rs"]
pub mod loop_then;
#[path = "../../../../demo/src/deck/loop_await.rs"]
pub mod loop_await;
#[path = "../../../../demo/src/deck/under_the_hood.rs"]
pub mod under_the_hood;
#[path = "../../../../demo/src/deck/lost_state.rs"]
pub mod lost_state;
#[path = "../../../../demo/src/deck/control_flow.rs"]
pub mod control_flow;
#[path = "../../../../demo/src/deck/join_wrong.rs"]
pub mod join_wrong;
#[path = "../../../../demo/src/deck/join_right.rs"]
pub mod join_right;
#[path = "../../../../demo/src/deck/select.rs"]
pub mod select;
#[path = "../../../../demo/src/deck/channels.rs"]
pub mod channels;
#[path = "../../../../demo/src/deck/streams.rs"]
pub mod streams;
#[path = "../../../../demo/src/deck/gotchas.rs"]
pub mod gotchas;
#[path = "../../../../demo/src/deck/structured.rs"]
pub mod structured;
#[path = "../../../../demo/src/deck/bridge.rs"]
pub mod bridge;
