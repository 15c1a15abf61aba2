//! What the twins are given, so that one sees what becomes of it.
//!
//! Next: `pairs.rs`, who is compared.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use onecook::channel::mpsc::{self, Receiver, Sender, UnboundedReceiver};
use onecook::net::TcpStream;
use onecook::script::{self, Event, Value};

use crate::by::By;
use crate::deck::actors::Message;
use crate::deck::bridge::Something;
use crate::deck::griddle::{Griddle, Setting};
use crate::deck::under_the_hood::User;
use crate::egg::{Egg, FryError, Order};

const SPACES: [u8; 1_000] = [b' '; 1_000];

/// An order whose end is seen: its request has a length of its own.
#[must_use]
pub fn order(name: char) -> Rc<Order> {
    let size = script::request_length(name);
    let mut request = format!("GET /{name} HTTP/1.1\r\n\r\n").into_bytes();
    request.reserve_exact(size - request.len());
    request.extend_from_slice(&SPACES[..size - request.len()]);
    script::watch(size, Value::Order(name));
    let server = ([127, 0, 0, 1], 3001).into();
    Rc::new(Order { name: name.to_string(), server, request })
}

/// A griddle: what is said there is written down, and its end too.
#[must_use]
pub fn griddle() -> Griddle {
    let setting = Setting {
        server: ([127, 0, 0, 1], 3001).into(),
        host: "eggs".repeat(50), // so that a request is long enough to be seen
        cook_time: Duration::from_secs(2),
        ask_for_time: false,
        by: By::Machine,
        record: false,
    };
    let end = End(Value::Griddle);
    Griddle::new(setting, move |line| {
        let _its = &end;
        script::note(Event::Said(line.text.trim().to_owned()));
    })
}

/// Its end is seen.
struct End(Value);

impl Drop for End {
    fn drop(&mut self) {
        script::note(Event::Freed(self.0));
    }
}

/// How long somebody waits.
pub const LIMIT: Duration = Duration::from_secs(5);

/// Says that it was woken.
struct Listener(&'static str);

impl Wake for Listener {
    fn wake(self: Arc<Self>) {
        script::note(Event::Happened(self.0));
    }
}

/// An egg that is there already. It is numbered as if it came by connection.
fn egg(number: usize) -> Egg {
    let mut text = format!("egg {number}");
    let size = script::text_length(number);
    script::watch(size, Value::Text(number));
    text.reserve_exact(size - text.len());
    text += &" ".repeat(size - text.len());
    Egg { text, finished: Instant::now() }
}

/// A guest with room for one egg. Now and then there is one already; later it
/// is eaten, or the guest goes.
#[must_use]
pub fn guest() -> Sender<Result<Egg, FryError>> {
    let (sender, mut receiver) = mpsc::channel(1);
    if script::choose(2) == 1 {
        let sent = sender.try_send(Ok(egg(7)));
        sent.expect("room for one");
    } else {
        let waker = Waker::from(Arc::new(Listener("the guest is woken")));
        let waits = receiver.poll_recv(&mut Context::from_waker(&waker));
        assert!(waits.is_pending());
    }
    script::later("the guest looks up", move || {
        if script::choose(2) == 1 {
            let eaten = receiver.try_recv().map(told);
            script::note(Event::Said(format!("{eaten:?}")));
            script::later("the guest goes", move || drop(receiver));
        }
    });
    sender
}

/// Eggs that come one by one, until nobody fries any more.
#[must_use]
pub fn eggs_to_come() -> Receiver<Result<Egg, FryError>> {
    let (sender, receiver) = mpsc::channel(2);
    if script::choose(2) == 1 {
        let _ = sender.try_send(Ok(egg(7)));
    }
    script::later("a sender looks up", move || {
        if script::choose(2) == 1 {
            return; // the last sender goes
        }
        let sent = sender.try_send(Ok(egg(8))).map_err(|why| why.to_string());
        script::note(Event::Said(format!("{sent:?}")));
        script::later("the last sender goes", move || drop(sender));
    });
    receiver
}

/// A connection that stands already.
#[must_use]
pub fn connection() -> TcpStream {
    TcpStream::connected()
}

/// A user whose name is seen to be dropped, and the order for their pictures.
#[must_use]
pub fn user() -> User {
    const LENGTH: usize = 233;
    let name = "A".repeat(LENGTH);
    script::watch(LENGTH, Value::Name);
    let griddle = griddle();
    let query = griddle.order("10 pictures, sunny side up");
    script::watch(query.request.capacity(), Value::Order('Q'));
    User { name, limit: None, griddle }
}

/// A count of eggs. Somebody else counts there, too, and sees at the end who
/// has it still.
#[must_use]
pub fn counter() -> Rc<Cell<u32>> {
    let eggs = Rc::new(Cell::new(5));
    let count = Count(eggs.clone());
    script::later("another egg is counted", move || {
        count.0.set(count.0.get() + 1);
        script::later("nobody counts", move || drop(count));
    });
    eggs
}

/// Says what it has come to.
struct Count(Rc<Cell<u32>>);

impl Drop for Count {
    fn drop(&mut self) {
        let (count, others) = (self.0.get(), Rc::strong_count(&self.0) - 1);
        let text = format!("{count} eggs, {others} others count");
        script::note(Event::Said(text));
    }
}

/// A mailbox: an egg is in it already, or comes, or a word that an actor is
/// down; or all senders go.
#[must_use]
pub fn caller() -> UnboundedReceiver<Message> {
    let (sender, mailbox) = mpsc::unbounded_channel();
    if script::choose(2) == 1 {
        drop(sender.send(Message::Egg(egg(6))));
    }
    for number in [7, 8] {
        let sender = sender.clone();
        script::later("an actor ends", move || {
            let (name, why) = ("B".to_owned(), "a crack".to_owned());
            drop(sender.send(match script::choose(2) {
                0 => Message::Egg(egg(number)),
                _ => Message::Down { name, why },
            }));
        });
    }
    script::later("the last actor goes", move || drop(sender));
    mailbox
}

/// Somebody's code that takes a callback, and calls it at once, or later, or
/// not at all.
#[must_use]
pub fn something() -> Something {
    Box::new(|fired| match script::choose(3) {
        0 => fired(),
        1 => script::later("it calls back", fired),
        _ => drop(fired),
    })
}

/// An egg in words, or why there is none.
#[must_use]
pub fn told(egg: Result<Egg, FryError>) -> String {
    match egg {
        Ok(egg) => egg.text.trim().to_owned(),
        Err(why) => why.to_string(),
    }
}

/// Several eggs in words, or why there are none.
#[must_use]
pub fn told_all(
    eggs: Result<impl IntoIterator<Item = Egg>, FryError>,
) -> String {
    match eggs {
        Ok(eggs) => {
            let texts = eggs.into_iter().map(|egg| told(Ok(egg)));
            texts.collect::<Vec<_>>().join(", ")
        }
        Err(why) => why.to_string(),
    }
}

/// What became of each of several eggs.
#[must_use]
pub fn told_each(eggs: Vec<Result<Egg, FryError>>) -> String {
    eggs.into_iter().map(told).collect::<Vec<_>>().join(", ")
}
