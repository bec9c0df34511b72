//! `policy diff`: two versions, and what they decide otherwise.

use super::offline;
use crate::cli::Diff;
use crate::client::Client;
use crate::command::Outcome;
use crate::home::Trouble;
use crate::print::{self, data, foreign_whole, list, number, text, words};
use crate::trust::BadInput;
use bailiwick_core::json::Json;
use bailiwick_core::{Digest, Document, PolicyText};
use bailiwick_policy::differences;
use bailiwick_trial::{changed_json, shapes};
use std::path::PathBuf;

/// The most cases that are tried.
const CASES_MAX: u64 = 1_000_000;

/// One of the two versions.
enum Side {
    Files(Vec<crate::yaml::Placed>),
    Node(Json),
}

impl Side {
    fn of(given: &str) -> Result<Self, Trouble> {
        if given == "running" {
            return Ok(Self::Node(Json::from("running")));
        }
        let path = PathBuf::from(given);
        if !path.exists()
            && let Ok(digest) = Digest::parse(given)
        {
            return Ok(Self::Node(Json::object([("digest", Json::from(digest.to_string()))])));
        }
        Ok(Self::Files(offline::placed(&[path])?))
    }

    fn json(&self) -> Json {
        match self {
            Self::Node(asked) => asked.clone(),
            Self::Files(placed) => Json::object([("documents", Json::array(offline::policies(placed)))]),
        }
    }
}

pub(super) async fn diff(client: &Client, asked: Diff, json: bool) -> Result<Outcome, Trouble> {
    let (old, new) = (Side::of(&asked.old)?, Side::of(&asked.new)?);
    let found = match (&old, &new) {
        (Side::Files(old), Side::Files(new)) => of_files(old, new)?,
        _ => {
            let body = Json::object([("new", new.json()), ("old", old.json())]);
            client.post("/v1/policy/diff", &body).await?
        }
    };
    if json {
        print::json(&found);
    } else {
        show(&found);
    }
    Ok(Outcome::Done)
}

/// Two folders, on the agents and tools that the newer one describes.
fn of_files(old: &[crate::yaml::Placed], new: &[crate::yaml::Placed]) -> Result<Json, Trouble> {
    let (old, new) = (offline::read(old)?, offline::read(new)?);
    let control = offline::supposed(&new)?.control;
    let texts = |documents: Vec<Document>| -> Vec<PolicyText> {
        let policy = |document| match document {
            Document::Policy(text) => Some(text),
            _ => None,
        };
        documents.into_iter().filter_map(policy).collect()
    };
    let (old, new) = (texts(old), texts(new));
    let changed = differences(&control, (&old, &new), &shapes(&control), CASES_MAX).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        BadInput(lines.join("\n"))
    })?;
    Ok(Json::object([("rules", Json::array(changed.iter().map(changed_json)))]))
}

fn show(found: &Json) {
    if list(found, "rules").is_empty() {
        words("no rule differs");
    }
    for rule in list(found, "rules") {
        data(&format!("{} rule {}", text(rule, "what"), foreign_whole(text(rule, "rule"))));
        for example in list(rule, "examples") {
            let said = |name: &str| {
                let said = example.get(name).cloned().unwrap_or(Json::Null);
                let rules: Vec<&str> = list(&said, "rules").iter().filter_map(Json::as_str).collect();
                let by = if rules.is_empty() { "no rule permits".to_owned() } else { rules.join(", ") };
                format!("{} ({})", text(&said, "verdict"), foreign_whole(&by))
            };
            data(&format!("  {}", foreign_whole(text(example, "action"))));
            data(&format!("      {} -> {}", said("before"), said("after")));
        }
        if list(rule, "examples").is_empty() {
            let whole = rule.get("whole").and_then(Json::as_bool).unwrap_or_default();
            let sample = if whole { "" } else { ", a sample" };
            data(&format!("  no action was found that it decides otherwise ({} cases{sample})", number(rule, "tried")));
        }
    }
}
