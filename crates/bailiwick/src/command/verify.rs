//! `verify`: a bundle checked on a machine that need never have seen the node.

mod yes;

use super::Outcome;
use crate::cli::Verify;
use crate::home::Trouble;
use crate::print::{data, words};
use crate::trust::{BadInput, log_key, policy, short_file};
use bailiwick_core::json::Json;
use bailiwick_verify::{Answer, Told, Trust, verify_telling as check};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often somebody who waits is told how far it is.
const TOLD_EVERY: Duration = Duration::from_secs(1);
const MIB: u64 = 1 << 20;

/// Counts what is read.
struct Counted<R> {
    from: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        self.read.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        Ok(count)
    }
}

pub(super) async fn verify(asked: Verify, json: bool) -> Result<Outcome, Trouble> {
    if let Some(file) = &asked.approval {
        return yes::verify(file, &asked.passkey, json);
    }
    let trust = trust(&asked)?;
    let bundle = asked.bundle.as_deref().unwrap_or(Path::new("-"));
    let (from, bytes) = open(bundle)?;
    let read = Arc::new(AtomicU64::new(0));
    let mut counted = BufReader::with_capacity(1 << 18, Counted { from, read: Arc::clone(&read) });
    if !begins_as_bundle(counted.fill_buf().unwrap_or_default()) {
        return Err(BadInput(format!("{}: not a bundle", bundle.display())).into());
    }
    let told = move |event: Told| {
        if asked.events {
            data(&line(&event, json))
        }
    };
    let mut checking = tokio::task::spawn_blocking(move || check(counted, &trust, &mut { told }));
    let report = loop {
        match tokio::time::timeout(TOLD_EVERY, &mut checking).await {
            Ok(report) => break report?,
            Err(_) => {
                let done = read.load(Ordering::Relaxed);
                let of = bytes.map(|bytes| format!(" of {}", bytes / MIB)).unwrap_or_default();
                words(&format!("{}{of} MiB read", done / MIB));
            }
        }
    };
    data(if json { report.to_json() } else { report.to_string() }.trim_end());
    Ok(if report.answer == Answer::Confirmed { Outcome::Done } else { Outcome::No })
}

/// An event of the bundle, as `event list` has those of a node.
fn line(event: &Told, json: bool) -> String {
    let stream = event.stream.to_string();
    if !json {
        let task = if event.control { "" } else { stream.as_str() };
        return super::event::line_of((event.at.0, event.leaf), task, event.kind, &event.sentence);
    }
    let event = Json::object([
        ("at", Json::from(event.at.0)),
        ("kind", Json::from(event.kind)),
        ("leaf", Json::from(event.leaf)),
        ("sentence", Json::from(event.sentence.as_str())),
        ("stream", Json::from(stream.as_str())),
        ("what", Json::from(if event.control { "control" } else { "task" })),
    ]);
    bailiwick_core::normal::seen_json(&Json::object([("event", event)]).canonical())
}

fn trust(asked: &Verify) -> Result<Trust, BadInput> {
    let mut trust = match (&asked.key, &asked.trust) {
        (Some(key), _) => Trust::in_log(log_key(key)?),
        (None, Some(path)) => {
            policy(&short_file(path)?).map_err(|BadInput(why)| BadInput(format!("{}: {why}", path.display())))?
        }
        (None, None) => return Err(BadInput("expected --key or --trust".to_owned())),
    };
    for path in &asked.checkpoint {
        trust.kept.push(short_file(path)?);
    }
    Ok(trust)
}

/// Whether this can be a bundle at all: each of its lines is an object with one of these for its only member. What is one
/// and was changed is for the verifier to say.
fn begins_as_bundle(beginning: &[u8]) -> bool {
    let names = ["bundle", "consistency", "head", "blob", "event"];
    names.iter().any(|name| beginning.starts_with(format!("{{\"{name}\":").as_bytes()))
}

/// The bundle, and how large it is where that can be known.
fn open(path: &Path) -> Result<(Box<dyn Read + Send>, Option<u64>), BadInput> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), None));
    }
    let bad = |error: &dyn std::fmt::Display| BadInput(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(|error| bad(&error))?;
    let known = file.metadata().map_err(|error| bad(&error))?;
    if known.is_dir() {
        return Err(bad(&"it is a folder"));
    }
    Ok((Box::new(file), Some(known.len()).filter(|bytes| *bytes > 0)))
}
