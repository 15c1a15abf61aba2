//! The results as JSON, for other programs and for a report made later.

use serde_json::{Value, json};

use crate::growth::Grown;
use crate::http::{self, Served};
use crate::lateness::Lateness;
use crate::many::measure::{Fried, Took};
use crate::rounds::{Figures, Line, Ratio};
use crate::setting::Setting;

/// A measurement: what it depends on, and what it came to.
pub struct Results {
    /// What it depends on.
    pub setting: Setting,
    /// The cases, each with its runtimes.
    pub lines: Vec<Line>,
    /// How late timers were.
    pub lateness: Vec<Lateness>,
    /// What a task and a connection took.
    pub growth: Vec<Grown>,
    /// Requests per second.
    pub http: Vec<Served>,
    /// Many eggs, by each technique.
    pub eggs: Vec<Fried>,
}

/// The results as text.
#[must_use]
pub fn write(results: &Results) -> String {
    let cases: Vec<Value> = results.lines.iter().map(line).collect();
    let eggs: Vec<Value> = results.eggs.iter().map(fried).collect();
    let setting = &results.setting;
    let lateness: Vec<Value> = results.lateness.iter().map(late).collect();
    let http: Vec<Value> = results.http.iter().map(http::written).collect();
    let growth: Vec<Value> = results.growth.iter().map(grown).collect();
    let all = json!({
        "setting": setting,
        "cases": cases,
        "lateness": lateness,
        "growth": growth,
        "http": http,
        "eggs": eggs,
    });
    format!("{all:#}\n")
}

fn line(line: &Line) -> Value {
    json!({
        "group": line.group,
        "case": line.name,
        "operations": line.operations,
        "runtimes": line.figures.iter().map(figures).collect::<Vec<_>>(),
    })
}

fn figures(figures: &Figures) -> Value {
    let mut value = json!({
        "runtime": figures.runtime,
        "nanos": rounded(figures.nanos),
    });
    if let Some(Ratio { low, median, high }) = figures.ratio {
        value["ratio"] = rounded(median);
        value["low"] = rounded(low);
        value["high"] = rounded(high);
    }
    value
}

fn grown(grown: &Grown) -> Value {
    let Grown { runtime, kind, count, bytes } = grown;
    let mut value = json!({
        "runtime": runtime,
        "kind": kind,
        "count": count,
    });
    match bytes {
        Ok(bytes) => value["bytes"] = rounded(*bytes),
        Err(why) => value["failed"] = json!(why),
    }
    value
}

fn read_grown(value: &Value) -> Option<Grown> {
    let bytes = match string(&value["failed"]) {
        Some(why) => Err(why),
        None => Ok(value["bytes"].as_f64()?),
    };
    Some(Grown {
        runtime: string(&value["runtime"])?,
        kind: string(&value["kind"])?,
        count: value["count"].as_u64()? as usize,
        bytes,
    })
}

fn late(late: &Lateness) -> Value {
    json!({
        "runtime": late.runtime,
        "median": rounded(late.median),
        "most": rounded(late.most),
    })
}

fn read_late(value: &Value) -> Option<Lateness> {
    Some(Lateness {
        runtime: string(&value["runtime"])?,
        median: value["median"].as_f64()?,
        most: value["most"].as_f64()?,
    })
}

fn fried(fried: &Fried) -> Value {
    let Fried { technique, count, took } = fried;
    match took {
        Ok(Took { seconds, mebibytes, processor }) => json!({
            "technique": technique,
            "eggs": count,
            "seconds": rounded(*seconds),
            "mebibytes": rounded(*mebibytes),
            "processor": rounded(*processor),
        }),
        Err(why) => {
            json!({ "technique": technique, "eggs": count, "failed": why })
        }
    }
}

fn read_fried(value: &Value) -> Option<Fried> {
    let took = || {
        Some(Took {
            seconds: value["seconds"].as_f64()?,
            mebibytes: value["mebibytes"].as_f64()?,
            processor: value["processor"].as_f64()?,
        })
    };
    let technique = string(&value["technique"])?;
    let count = value["eggs"].as_u64()? as usize;
    let took = match string(&value["failed"]) {
        Some(why) => Err(why),
        None => Ok(took()?),
    };
    Some(Fried { technique, count, took })
}

fn rounded(number: f64) -> Value {
    json!((number * 1e6).round() / 1e6)
}

/// The results that a text was made of; none if it is no such text.
#[must_use]
pub fn read(text: &str) -> Option<Results> {
    let all: Value = serde_json::from_str(text).ok()?;
    let facts = all["setting"].as_array()?.iter();
    let setting = facts.map(|it| Some((string(&it[0])?, string(&it[1])?)));
    let lines = all["cases"].as_array()?.iter().map(read_line);
    let eggs = all["eggs"].as_array()?.iter().map(read_fried);
    let lateness = all["lateness"].as_array().into_iter().flatten();
    let growth = all["growth"].as_array().into_iter().flatten();
    Some(Results {
        growth: growth.map(read_grown).collect::<Option<_>>()?,
        lateness: lateness.map(read_late).collect::<Option<_>>()?,
        http: http::read(&all["http"]).unwrap_or_default(),
        setting: setting.collect::<Option<_>>()?,
        lines: lines.collect::<Option<_>>()?,
        eggs: eggs.collect::<Option<_>>()?,
    })
}

fn read_line(value: &Value) -> Option<Line> {
    let figures = value["runtimes"].as_array()?.iter().map(read_figures);
    Some(Line {
        group: name(&value["group"])?,
        name: name(&value["case"])?,
        operations: value["operations"].as_u64()?,
        figures: figures.collect::<Option<_>>()?,
    })
}

fn read_figures(value: &Value) -> Option<Figures> {
    let ratio = |median| {
        let (low, high) = (value["low"].as_f64()?, value["high"].as_f64()?);
        Some(Ratio { low, median, high })
    };
    Some(Figures {
        runtime: name(&value["runtime"])?,
        nanos: value["nanos"].as_f64()?,
        ratio: value["ratio"].as_f64().and_then(ratio),
    })
}

fn string(value: &Value) -> Option<String> {
    Some(value.as_str()?.to_owned())
}

fn name(value: &Value) -> Option<&'static str> {
    Some(string(value)?.leak()) // it lives as long as the program
}
