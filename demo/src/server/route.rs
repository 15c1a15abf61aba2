//! What to answer: a request becomes a dish. No socket, no clock.
//!
//! Next: `../serve.rs`, the command.

use std::fmt::Write;
use std::time::Duration;

use serde_json::json;

use super::kitchen::Kitchen;
use crate::http::request::Request;
use crate::http::response::Response;

/// The longest cook time that a request may ask for.
const LONGEST: Duration = Duration::from_secs(3_600);

/// The most pieces that a reply may be cut into.
const MOST_PIECES: usize = 1_000;

/// Pages of results, and results on each.
const PAGES: u32 = 4;
const PER_PAGE: u32 = 3;

/// What `/` answers.
const HELP: &str = "\
This server fries eggs.
  /NAME            NAME, after the cook time
  /fast/NAME       NAME, at once
  /blocking/NAME   NAME, while everybody else waits
  /pages?n=1       results, page by page
  /-/stats         eggs served, in the pan, most in the pan at once
  ?after=MILLIS  ?fail=reset  ?fail=500  ?split=N
";

/// What a guest gets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dish {
    /// What is answered in the end.
    pub response: Response,
    /// How it is prepared.
    pub cooking: Cooking,
    /// Whether the connection is reset instead of the last piece.
    pub reset: bool,
    /// Into how many pieces the reply is cut.
    pub pieces: usize,
}

/// How a dish is prepared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cooking {
    /// It is no egg: nothing to prepare.
    None,
    /// In the pan for so long, while others are served.
    Waiting(Duration),
    /// In the pan for so long, while the thread stands still.
    Blocking(Duration),
}

impl Dish {
    fn cold(response: Response) -> Dish {
        Dish { response, cooking: Cooking::None, reset: false, pieces: 1 }
    }

    fn error(status: u16, text: &str) -> Dish {
        Dish::cold(Response::text(status, format!("{text}\n")))
    }
}

/// Decides what `request` gets.
#[must_use]
pub fn route(request: &Request, kitchen: &Kitchen) -> Dish {
    let cook_time = kitchen.menu.cook_time;
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    let dish = match path[..] {
        [""] => Ok(Dish::cold(Response::text(200, HELP))),
        ["-", "stats"] => Ok(Dish::cold(stats(request, kitchen))),
        ["pages"] => page(request, cook_time),
        ["favicon.ico"] => Err((404, "no picture".to_owned())),
        ["fast", name] if !name.is_empty() => {
            egg(request, name, Cooking::Waiting(Duration::ZERO))
        }
        ["blocking", name] if !name.is_empty() => {
            egg(request, name, Cooking::Blocking(cook_time))
        }
        [name] => egg(request, name, Cooking::Waiting(cook_time)),
        _ => Err((404, "no such egg; / says what there is".to_owned())),
    };
    dish.unwrap_or_else(|(status, text)| Dish::error(status, &text))
}

type Routed = Result<Dish, (u16, String)>;

fn egg(request: &Request, name: &str, cooking: Cooking) -> Routed {
    let fail = request.query("fail");
    let response = match fail {
        None | Some("reset") => Response::text(200, name),
        Some("500") => Response::text(500, format!("{name} fell down\n")),
        Some(_) => return bad("fail is reset or 500"),
    };
    let reset = fail == Some("reset");
    let pieces = pieces(request)?;
    Ok(Dish { response, cooking: at(request, cooking)?, reset, pieces })
}

fn bad<T>(text: &str) -> Result<T, (u16, String)> {
    Err((400, text.to_owned()))
}

/// The cook time, unless the request asks for one of its own.
fn at(request: &Request, cooking: Cooking) -> Result<Cooking, (u16, String)> {
    let Some(after) = request.query("after") else { return Ok(cooking) };
    let time = after.parse().map(Duration::from_millis);
    match (time, cooking) {
        (Ok(time), _) if time > LONGEST => bad("after is at most 3600000"),
        (Ok(time), Cooking::Blocking(_)) => Ok(Cooking::Blocking(time)),
        (Ok(time), _) => Ok(Cooking::Waiting(time)),
        (Err(_), _) => bad("after is a number of milliseconds"),
    }
}

fn pieces(request: &Request) -> Result<usize, (u16, String)> {
    match request.query("split").map(str::parse) {
        None => Ok(1),
        Some(Ok(pieces @ 1..=MOST_PIECES)) => Ok(pieces),
        Some(_) => bad("split is a number from 1 to 1000"),
    }
}

/// The statistics; with `?reset`, the most at once is counted anew.
fn stats(request: &Request, kitchen: &Kitchen) -> Response {
    let pan = &kitchen.pan;
    let stats = json!({
        "served": pan.served(),
        "in_pan": pan.now(),
        "most_in_pan": pan.most(),
        "left": pan.left(),
    });
    if request.query("reset").is_some() {
        pan.forget_most();
    }
    Response::json(format!("{stats}\n"))
}

/// Page `n` of results, and where the next one is.
fn page(request: &Request, cook_time: Duration) -> Routed {
    let number = request.query("n").unwrap_or("1");
    let number = match number.parse::<u32>() {
        Ok(0) | Err(_) => return bad("n is the number of a page, from 1"),
        Ok(number) if number > PAGES => {
            return Err((404, format!("there are {PAGES} pages")));
        }
        Ok(number) => number,
    };
    let lines = match request.query("as") {
        None | Some("json") => false,
        Some("lines") => true,
        Some(_) => return bad("as is json or lines"),
    };
    let suffix = if lines { "&as=lines" } else { "" };
    let next =
        (number < PAGES).then(|| format!("/pages?n={}{suffix}", number + 1));
    let first = (number - 1) * PER_PAGE + 1;
    let items: Vec<String> =
        (first..first + PER_PAGE).map(|it| format!("egg {it}")).collect();
    let mut response = if lines {
        page_lines(&items, next.as_deref())
    } else {
        let page = json!({ "page": number, "items": items, "next": next });
        Response::json(format!("{page}\n"))
    };
    if let Some(next) = next {
        response = response.with("Link", format!("<{next}>; rel=\"next\""));
    }
    let cooking = at(request, Cooking::Waiting(cook_time))?;
    Ok(Dish { response, cooking, reset: false, pieces: pieces(request)? })
}

fn page_lines(items: &[String], next: Option<&str>) -> Response {
    let mut text = items.join("\n") + "\n";
    if let Some(next) = next {
        let _ = writeln!(text, "next: {next}");
    }
    Response::text(200, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::{Method, RequestReader};
    use crate::server::kitchen::Menu;

    const COOK_TIME: Duration = Duration::from_secs(2);

    fn dish(target: &str) -> Dish {
        let menu = Menu {
            cook_time: COOK_TIME,
            head_timeout: COOK_TIME,
            grace: COOK_TIME,
            log: false,
        };
        let mut reader = RequestReader::default();
        let text = format!("GET {target} HTTP/1.0\r\n\r\n");
        reader.space()[..text.len()].copy_from_slice(text.as_bytes());
        reader.received(text.len());
        let request = reader.next_request().unwrap().unwrap();
        route(&request, &Kitchen::new(menu))
    }

    fn body(target: &str) -> String {
        let bytes = dish(target).response.to_bytes(Method::Get, false);
        let text = String::from_utf8(bytes).unwrap();
        text.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    fn status(target: &str) -> u16 {
        dish(target).response.status()
    }

    #[test]
    fn an_egg_is_its_name_after_the_cook_time() {
        assert_eq!(body("/A"), "A");
        assert_eq!(body("/Ei%2F%20%C3%BC"), "Ei/ ü");
        assert_eq!(dish("/A").cooking, Cooking::Waiting(COOK_TIME));
        let at_once = Cooking::Waiting(Duration::ZERO);
        assert_eq!(dish("/fast/A").cooking, at_once);
        let blocking = Cooking::Blocking(COOK_TIME);
        assert_eq!(dish("/blocking/A").cooking, blocking);
    }

    #[test]
    fn a_request_may_ask_for_a_time_a_failure_and_pieces() {
        let dish = dish("/A?after=10&fail=reset&split=3");
        let cooking = Cooking::Waiting(Duration::from_millis(10));
        assert_eq!((dish.cooking, dish.reset, dish.pieces), (cooking, true, 3));
        assert_eq!(status("/A?fail=500"), 500);
    }

    #[test]
    fn what_cannot_be_granted_is_refused_with_a_reason() {
        for target in [
            "/A?after=soon",
            "/A?after=-1",
            "/A?after=3600001",
            "/A?fail=maybe",
            "/A?split=0",
            "/A?split=1001",
            "/pages?n=0",
            "/pages?n=x",
            "/pages?as=xml",
        ] {
            assert_eq!(status(target), 400, "{target}");
        }
        for target in ["/a/b", "/fast/", "/-/x", "/favicon.ico", "/pages?n=5"] {
            assert_eq!(status(target), 404, "{target}");
        }
    }

    #[test]
    fn pages_lead_to_the_next_one_until_the_last() {
        let first: serde_json::Value =
            serde_json::from_str(&body("/pages?n=1")).unwrap();
        assert_eq!(first["items"], json!(["egg 1", "egg 2", "egg 3"]));
        assert_eq!(first["next"], "/pages?n=2");
        let last: serde_json::Value =
            serde_json::from_str(&body("/pages?n=4")).unwrap();
        assert!(last["next"].is_null());
        assert_eq!(
            body("/pages?n=2&as=lines"),
            "egg 4\negg 5\negg 6\nnext: /pages?n=3&as=lines\n"
        );
    }

    #[test]
    fn the_statistics_are_json() {
        assert_eq!(body("/-/stats?reset"), body("/-/stats"));
        assert_eq!(
            body("/-/stats"),
            "{\"served\":0,\"in_pan\":0,\"most_in_pan\":0,\"left\":0}\n"
        );
    }
}
