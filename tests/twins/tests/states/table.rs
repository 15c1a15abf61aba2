//! Which state is which, and in what they differ, with the reason.
//!
//! A local and a field of the same name are the same. What is awaited has no
//! name in the `async fn`; so each state says here which of its fields stand
//! for it. All else must be listed.

/// An `async fn` and its machine.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The machine's name.
    pub name: &'static str,
    /// Where the `async fn` is: its path in the demo.
    pub async_fn: &'static str,
    /// Where the machine is: its path in the demo.
    pub machine: &'static str,
    /// The state in which nothing has happened.
    pub start: &'static str,
    /// The states that wait, in the order of the awaits.
    pub waits: &'static [Wait],
    /// In what they differ, and why.
    pub differences: &'static [Difference],
}

/// A state that waits.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// The machine's name for it.
    pub state: &'static str,
    /// The fields that stand for the future that is awaited.
    pub awaits: &'static [&'static str],
}

/// Something that one of the two keeps, and the other does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Difference {
    /// In which state of the machine.
    pub state: &'static str,
    /// Who keeps it.
    pub kept_by: KeptBy,
    /// What it is called.
    pub name: &'static str,
    /// Why.
    pub why: &'static str,
}

/// Who keeps something that the other does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeptBy {
    /// The compiler's machine.
    Compiler,
    /// Ours.
    Us,
    /// Both, but with another type.
    Otherwise,
}

const fn wait(state: &'static str, awaits: &'static [&'static str]) -> Wait {
    Wait { state, awaits }
}

const fn compiler(
    state: &'static str,
    name: &'static str,
    why: &'static str,
) -> Difference {
    Difference { state, kept_by: KeptBy::Compiler, name, why }
}

const fn us(
    state: &'static str,
    name: &'static str,
    why: &'static str,
) -> Difference {
    Difference { state, kept_by: KeptBy::Us, name, why }
}

const fn otherwise(
    state: &'static str,
    name: &'static str,
    why: &'static str,
) -> Difference {
    Difference { state, kept_by: KeptBy::Otherwise, name, why }
}

/// Why a combinator begins with something else.
const CHILDREN: &str = "a combinator is made with its children, its `async \
                        fn` with what they are made of";

/// In what each combinator differs.
const COMBINED: &[Difference] =
    &[compiler("Start", "orders", CHILDREN), us("Start", "futures", CHILDREN)];

/// Why there is no future of a read.
const POLL_READ: &str =
    "`poll_read` of a connection needs no future to stand for it";

/// Why there is no room for what is read.
const CHUNK: &str = "the awaited `Read` borrows it as long as it waits; \
                     `poll_read` borrows it for one poll, on the stack";

/// Why something is kept to the end and beyond.
const LABEL: &str = "it labels the last step in the trace; whoever awaits a \
                     machine drops it there and then";

/// Why something is kept that nobody needs.
const NAME: &str = "it labels the steps in the trace, one egg's beside \
                    another's; a `&'static str` costs nobody a drop";

/// What the awaited future is called in the compiler's states.
pub const AWAITED: &str = "__awaitee";

/// All pairs, in the order of `pairs.rs`.
pub const TABLES: &[Table] = &[
    Table {
        name: "FryEgg",
        async_fn: "fry_egg::fry_egg",
        machine: "fry_egg::FryEgg",
        start: "Start",
        waits: &[
            wait("Connecting", &["connection"]),
            wait("Writing", &["written"]),
            wait("Reading", &[]),
        ],
        differences: &[
            compiler("Reading", AWAITED, POLL_READ),
            otherwise(
                "Reading",
                "reply",
                "in a box, so that the other states need not be as large",
            ),
            us("Done", "order", LABEL),
        ],
    },
    Table {
        name: "Polite",
        async_fn: "deck::scheduling::polite",
        machine: "deck::scheduling::Polite",
        start: "Start",
        waits: &[wait("Yielding", &["yielding"])],
        differences: &[us("Done", "name", LABEL)],
    },
    Table {
        name: "Receive",
        async_fn: "deck::actors::receive",
        machine: "deck::actors::Receive",
        start: "Start",
        waits: &[wait("Receiving", &[])],
        differences: &[compiler(
            "Receiving",
            AWAITED,
            "`poll_recv` of a receiver needs no future to stand for it",
        )],
    },
    Table {
        name: "FryAll",
        async_fn: "deck::async_await::fry_all",
        machine: "deck::async_await::FryAll",
        start: "Start",
        waits: &[wait("Joining", &["eggs"])],
        differences: &[],
    },
    Table {
        name: "FryThenSay",
        async_fn: "deck::loop_then::fry_then_say",
        machine: "deck::loop_then::FryThenSay",
        start: "Start",
        waits: &[wait("Frying", &["egg"])],
        differences: &[us("Frying", "name", NAME), us("Done", "name", LABEL)],
    },
    Table {
        name: "FryInTurn",
        async_fn: "deck::loop_await::fry_in_turn",
        machine: "deck::loop_await::FryInTurn",
        start: "Start",
        waits: &[wait("Frying", &["egg"])],
        differences: &[],
    },
    Table {
        name: "GatherUserInfo",
        async_fn: "deck::under_the_hood::gather_user_info",
        machine: "deck::under_the_hood::GatherUserInfo",
        start: "Start",
        waits: &[wait("QueryingPictures", &["pictures"])],
        differences: &[],
    },
    Table {
        name: "ReadReply",
        async_fn: "deck::lost_state::read_reply",
        machine: "deck::lost_state::ReadReply",
        start: "Start",
        waits: &[wait("ReadingLength", &[]), wait("ReadingBody", &[])],
        differences: &[
            compiler("ReadingLength", "chunk", CHUNK),
            compiler("ReadingLength", AWAITED, POLL_READ),
            compiler("ReadingBody", "chunk", CHUNK),
            compiler("ReadingBody", AWAITED, POLL_READ),
        ],
    },
    Table {
        name: "JoinAll",
        async_fn: "deck::control_flow::all",
        machine: "deck::async_await::JoinAll<FryEgg>",
        start: "Start",
        waits: &[wait("Joining", &["children"])],
        differences: COMBINED,
    },
    Table {
        name: "TryJoinAll",
        async_fn: "deck::control_flow::all_or_error",
        machine: "deck::control_flow::TryJoinAll<FryEgg, Egg>",
        start: "Start",
        waits: &[wait("Waiting", &["children", "values"])],
        differences: COMBINED,
    },
    Table {
        name: "RaceOk",
        async_fn: "deck::control_flow::first_well",
        machine: "deck::control_flow::RaceOk<FryEgg, FryError>",
        start: "Start",
        waits: &[wait("Waiting", &["children", "errors"])],
        differences: COMBINED,
    },
    Table {
        name: "Race",
        async_fn: "deck::control_flow::first",
        machine: "deck::control_flow::Race<FryEgg>",
        start: "Start",
        waits: &[wait("Waiting", &["children"])],
        differences: COMBINED,
    },
    Table {
        name: "FetchPages",
        async_fn: "deck::join_wrong::fetch_pages",
        machine: "deck::join_wrong::FetchPages",
        start: "Start",
        waits: &[wait("FetchingFoo", &["foo"]), wait("FetchingBar", &["bar"])],
        differences: &[],
    },
    Table {
        name: "FetchBoth",
        async_fn: "deck::join_right::fetch_both",
        machine: "deck::join_right::FetchBoth",
        start: "Start",
        waits: &[wait("Fetching", &["pages"])],
        differences: &[],
    },
    Table {
        name: "PageOrAbort",
        async_fn: "deck::select::page_or_abort",
        machine: "deck::select::PageOrAbort",
        start: "Start",
        waits: &[wait("Selecting", &["select"])],
        differences: &[],
    },
    Table {
        name: "SendEgg",
        async_fn: "deck::channels::send_egg",
        machine: "deck::channels::SendEgg",
        start: "Start",
        waits: &[wait("Frying", &["egg"]), wait("Full", &["slot"])],
        differences: &[],
    },
    Table {
        name: "FirstEgg",
        async_fn: "deck::channels::first_egg",
        machine: "deck::channels::FirstEgg",
        start: "Start",
        waits: &[wait("Selecting", &["first"])],
        differences: &[],
    },
    Table {
        name: "EggStream",
        async_fn: "deck::streams::next_egg",
        machine: "deck::streams::EggStream",
        start: "Waiting",
        waits: &[wait("Frying", &["egg"])],
        differences: &[],
    },
    Table {
        name: "CountEgg",
        async_fn: "deck::gotchas::count_egg",
        machine: "deck::gotchas::CountEgg",
        start: "Start",
        waits: &[wait("Frying", &["egg"])],
        differences: &[],
    },
    Table {
        name: "Breakfast",
        async_fn: "deck::structured::breakfast",
        machine: "deck::structured::Breakfast",
        start: "Start",
        waits: &[wait("InScope", &["scope"])],
        differences: &[],
    },
    Table {
        name: "AsyncWrapper",
        async_fn: "deck::bridge::async_wrapper",
        machine: "deck::bridge::AsyncWrapper",
        start: "Start",
        waits: &[wait("Waiting", &["callback"])],
        differences: &[],
    },
];

/// The pair whose machines have faults.
pub const SIMMER: Table = Table {
    name: "Simmer",
    async_fn: "broken::simmer",
    machine: "broken::Simmer<0>",
    start: "Start",
    waits: &[
        wait("Heating", &["heated"]),
        wait("Frying", &["egg"]),
        wait("Resting", &["rested"]),
    ],
    differences: &[],
};
