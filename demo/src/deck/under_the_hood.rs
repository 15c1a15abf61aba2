//! Slides 26 and 27, "Async under the hood": one await, one state that waits.
//!
//! An `async fn` is cut in two at its await. What the second half needs is
//! kept in the state between the halves, and nothing else is: the user and the
//! preferences are, the limit is not, because the query was made of it before.
//! The pictures are in no state either. As long as they are on their way the
//! machine holds the query; once they are there, it is over.
//!
//! The slide draws a second state that holds the finished pictures. There is
//! none: between the last await and the end nobody can look.
//!
//! One state that waits means two polls: one to begin, one when the pictures
//! are there. Here the query is a real one, and there is a poll in between, in
//! the same state, as soon as the connection stands: then the request is sent.
//!
//! ```text
//!            asks for the pictures                    they are there
//!   Start ─────────────────────────▶ QueryingPictures ─────────────▶ Done
//!   user                             user, preferences,
//!                                    the query
//! ```
//!
//! Next: `lost_state.rs`.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use onecook::Builder;
use onecook::trace::{self, Event, ReactorEvent, Record, StateMachine};

use super::expected::Expected;
use super::griddle::Griddle;
use super::slide::{Part, Slide};
use crate::by::By;
use crate::egg::{FryError, Order};
use crate::fry_egg::{FryEgg, fry_egg};

/// So many pictures for whoever has no limit.
const LIMIT: usize = 10;

/// Whose information is gathered.
#[derive(Debug)]
pub struct User {
    /// What they are called.
    pub name: String,
    /// The most pictures that they want to see.
    pub limit: Option<usize>,
    /// Where their pictures are asked for.
    pub griddle: Griddle,
}

/// What is known of a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserInfo {
    /// What they are called.
    pub name: String,
    /// How they like their eggs.
    pub preferences: String,
    /// What the server has of them.
    pub pictures: String,
}

/// Gathers what is known of a user: what one writes.
///
/// # Errors
///
/// When the pictures cannot be had.
pub async fn gather_user_info(user: User) -> Result<UserInfo, FryError> {
    let limit = user.limit.unwrap_or(LIMIT);
    let preferences = calculate_preferences(&user);
    let query = query_pictures(&user, &preferences, limit);
    let pictures = fry_egg(query).await?;

    Ok(UserInfo { name: user.name, preferences, pictures: pictures.text })
}

/// Gathers what is known of a user: what it becomes.
#[repr(u8)]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub enum GatherUserInfo {
    /// Nothing has happened.
    Start {
        /// Whose information it will be.
        user: User,
    },
    /// Waits for the pictures.
    QueryingPictures {
        /// The query, not its result.
        pictures: FryEgg,
        /// How they like their eggs.
        preferences: String,
        /// Whose information it is. What is to be dropped last stands last.
        user: User,
    },
    /// Between two states, while one is moved out.
    Moving,
    /// Waits for nothing any more.
    Done,
}

impl Future for GatherUserInfo {
    type Output = Result<UserInfo, FryError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let output = ready!(this.poll_states(cx));
        *this = GatherUserInfo::Done;
        trace::state(this);
        Poll::Ready(output)
    }
}

impl GatherUserInfo {
    /// A machine that will gather what is known of `user`.
    pub fn new(user: User) -> GatherUserInfo {
        GatherUserInfo::Start { user }
    }

    fn poll_states(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<UserInfo, FryError>> {
        loop {
            trace::state(self);
            match self {
                GatherUserInfo::Start { .. } => self.poll_start(),
                GatherUserInfo::QueryingPictures { .. } => {
                    return self.poll_querying_pictures(cx);
                }
                GatherUserInfo::Moving | GatherUserInfo::Done => {
                    panic!("`GatherUserInfo` polled after it was done")
                }
            }
        }
    }

    fn poll_start(&mut self) {
        let GatherUserInfo::Start { user } = self.take() else { elsewhere() };
        let limit = user.limit.unwrap_or(LIMIT);
        let preferences = calculate_preferences(&user);
        let query = query_pictures(&user, &preferences, limit);
        let pictures = FryEgg::new(query);

        *self =
            GatherUserInfo::QueryingPictures { pictures, preferences, user };
    }

    fn poll_querying_pictures(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<UserInfo, FryError>> {
        let GatherUserInfo::QueryingPictures { pictures, .. } = self else {
            elsewhere()
        };
        let polled = ready!(Pin::new(pictures).poll(cx));

        let GatherUserInfo::QueryingPictures { user, preferences, .. } =
            self.take()
        else {
            elsewhere()
        };
        let pictures = polled?.text;
        Poll::Ready(Ok(UserInfo { name: user.name, preferences, pictures }))
    }

    /// Moves the state out.
    fn take(&mut self) -> GatherUserInfo {
        mem::replace(self, GatherUserInfo::Moving)
    }
}

fn elsewhere() -> ! {
    unreachable!("each state has its own method")
}

impl StateMachine for GatherUserInfo {
    const NAME: &'static str = "GatherUserInfo";

    fn state(&self) -> &'static str {
        match self {
            GatherUserInfo::Start { .. } => "Start",
            GatherUserInfo::QueryingPictures { .. } => "QueryingPictures",
            GatherUserInfo::Moving => "Moving",
            GatherUserInfo::Done => "Done",
        }
    }

    fn label(&self) -> &'static str {
        "user"
    }
}

/// Computes, and waits for nothing.
fn calculate_preferences(user: &User) -> String {
    let vowels = user.name.chars().filter(|it| "aeiouAEIOU".contains(*it));
    let likes = if vowels.count() > 1 { "sunny side up" } else { "scrambled" };
    likes.to_owned()
}

/// What to ask the server for. Our server sends back what it is asked for.
fn query_pictures(user: &User, preferences: &str, limit: usize) -> Rc<Order> {
    user.griddle.order(&format!("{limit} pictures, {preferences}"))
}

fn run_without_limit(griddle: &Griddle) -> Result<(), FryError> {
    run(griddle, "Ada", None)
}

fn run_with_limit(griddle: &Griddle) -> Result<(), FryError> {
    run(griddle, "Bob", Some(3))
}

fn run(
    griddle: &Griddle,
    name: &str,
    limit: Option<usize>,
) -> Result<(), FryError> {
    let name = name.to_owned();
    let user = User { name, limit, griddle: griddle.clone() };
    let (info, recording) = match griddle.by() {
        By::Async => {
            let gathering = gather_user_info(user);
            griddle.block_on_recorded(Builder::new(), gathering)
        }
        By::Machine => {
            let gathering = GatherUserInfo::new(user);
            griddle.block_on_recorded(Builder::new(), gathering)
        }
    };
    let info = info?;
    griddle.say(format!("{}: {}", info.name, info.pictures));
    let polls = polls(&recording.records);
    griddle.claim("one poll to begin", polls.begin == 1);
    griddle.claim("one because the connection stands", polls.connection == 1);
    griddle.claim("one because the pictures are there", polls.pictures == 1);
    Ok(())
}

/// How often it was polled, and why.
#[derive(Default)]
struct Polls {
    begin: u32,
    connection: u32,
    pictures: u32,
}

/// Sorts the polls by what was ready before: nothing, a socket to write to, or
/// one to read from.
fn polls(records: &[Record]) -> Polls {
    let mut polls = Polls::default();
    let mut ready = None;
    for record in records {
        match &record.event {
            Event::Reactor(ReactorEvent::Ready { readiness, .. }) => {
                ready = Some(readiness.readable);
            }
            Event::PollBegin { .. } => match ready {
                None => polls.begin += 1,
                Some(false) => polls.connection += 1,
                Some(true) => polls.pictures += 1,
            },
            _ => {}
        }
    }
    polls
}

const fn part(
    name: &'static str,
    run: fn(&Griddle) -> Result<(), FryError>,
    lines: &'static [&'static str],
) -> Part {
    let expected = Expected::takes(1.0).in_pan(1).served(1).left(0).says(lines);
    Part { name, machine: Some("GatherUserInfo"), expected, run }
}

/// The slide, and its programs.
pub const SLIDE: Slide = Slide {
    numbers: &[26, 27],
    public: &[24, 25],
    slug: "under-the-hood",
    title: "Async under the hood",
    about: "one await, one state that waits: what it holds and what not",
    parts: &[
        part(
            "no limit: 10",
            run_without_limit,
            &["Ada: 10 pictures, sunny side up"],
        ),
        part("a limit of 3", run_with_limit, &["Bob: 3 pictures, scrambled"]),
    ],
};
