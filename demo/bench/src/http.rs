//! Requests per second, as `http.sh` measures them: servers in processes of
//! their own, asked by wrk.

use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{self, Command};

use serde_json::{Value, json};

use crate::rounds::Ratio;

/// What one server did.
#[derive(Clone, Debug)]
pub struct Served {
    /// Its name.
    pub server: String,
    /// Requests per second: the median.
    pub requests: f64,
    /// How often as many ours served; none for ours.
    pub ratio: Option<Ratio>,
}

/// Runs `http.sh`; nothing comes of it where wrk is missing.
///
/// # Errors
///
/// If the script does not run, or fails.
pub fn measure(quick: bool) -> io::Result<Vec<Served>> {
    if Command::new("wrk").arg("-v").output().is_err() {
        eprintln!("skipped: HTTP, for lack of wrk");
        return Ok(Vec::new());
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("http.sh");
    let name = format!("onecook-http-{}.json", process::id());
    let file = env::temp_dir().join(name);
    let (rounds, seconds) = if quick { ("3", "1") } else { ("9", "2") };
    let mut command = Command::new(script);
    let status =
        command.arg("--json").arg(&file).args([rounds, seconds]).status()?;
    let text = fs::read_to_string(&file).unwrap_or_default();
    let _ = fs::remove_file(&file);
    let value: Option<Value> = serde_json::from_str(&text).ok();
    let served = value.filter(|_| status.success());
    let served = served.as_ref().and_then(read);
    served.ok_or_else(|| io::Error::other("http.sh failed; see above"))
}

/// As JSON, the same as that of the script.
#[must_use]
pub fn written(served: &Served) -> Value {
    let Served { server, requests, ratio } = served;
    let mut value = json!({ "server": server, "requests": requests });
    if let Some(Ratio { low, median, high }) = ratio {
        value["ratio"] = json!(median);
        value["low"] = json!(low);
        value["high"] = json!(high);
    }
    value
}

/// From JSON.
#[must_use]
pub fn read(value: &Value) -> Option<Vec<Served>> {
    value.as_array()?.iter().map(read_one).collect()
}

fn read_one(value: &Value) -> Option<Served> {
    let ratio = |median| {
        let (low, high) = (value["low"].as_f64()?, value["high"].as_f64()?);
        Some(Ratio { low, median, high })
    };
    Some(Served {
        server: value["server"].as_str()?.to_owned(),
        requests: value["requests"].as_f64()?,
        ratio: value["ratio"].as_f64().and_then(ratio),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_served_comes_back_from_its_json() {
        let ours = Served {
            server: "eggs serve".to_owned(),
            requests: 30_000.5,
            ratio: None,
        };
        let theirs = Served {
            ratio: Some(Ratio { low: 0.9, median: 1.0, high: 1.5 }),
            ..ours.clone()
        };
        let all = json!([written(&ours), written(&theirs)]);
        let back = read(&all).expect("they can be read");
        assert!(back[0].ratio.is_none());
        let ratio = back[1].ratio.expect("it has one");
        assert_eq!(
            format!("{ratio:?}"),
            format!("{:?}", theirs.ratio.unwrap())
        );
        assert!((back[1].requests - 30_000.5).abs() < 0.001);
    }
}
