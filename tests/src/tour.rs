//! The programs of the tour, of the README and of the table of names, run as
//! doc tests: a text that drifts away from the code fails.

#[doc = include_str!("../../README.md")]
struct Readme;

#[doc = include_str!("../../docs/tour/1-one-future.md")]
struct OneFuture;

#[doc = include_str!("../../docs/tour/2-task.md")]
struct Task;

#[doc = include_str!("../../docs/tour/3-machine.md")]
struct Machine;

#[doc = include_str!("../../docs/tour/4-join.md")]
struct Join;

#[doc = include_str!("../../docs/tour/5-race.md")]
struct Race;

#[doc = include_str!("../../docs/tour/6-streams.md")]
struct Streams;

#[doc = include_str!("../../docs/tour/7-channels.md")]
struct Channels;

#[doc = include_str!("../../docs/tour/8-sync.md")]
struct Sync;

#[doc = include_str!("../../docs/tour/9-scope.md")]
struct Scope;

#[doc = include_str!("../../docs/tour/10-bridge.md")]
struct Bridge;

#[doc = include_str!("../../docs/names.md")]
struct Names;
