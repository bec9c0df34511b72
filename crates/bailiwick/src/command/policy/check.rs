//! `policy check`: mistakes, and rules that do nothing.

use super::offline;
use crate::cli::Check;
use crate::client::Client;
use crate::command::Outcome;
use crate::home::Trouble;
use crate::print::{self, data, foreign_whole, list, number, text, words};
use crate::yaml::{self, Placed};
use bailiwick_core::json::Json;
use bailiwick_policy::{look, unknown_tools, validate};
use bailiwick_trial::{look_json, shapes};

/// The most cases that are tried.
const CASES_MAX: u64 = 1_000_000;

pub(super) async fn check(client: &Client, asked: Check, json: bool) -> Result<Outcome, Trouble> {
    let found = if asked.paths.is_empty() {
        client.get("/v1/policy/findings").await?
    } else {
        let placed = offline::placed(&asked.paths)?;
        of_files(&placed)?
    };
    let notes = found.get("found").cloned().unwrap_or(Json::Null);
    let (problems, noted) = (list(&found, "problems").len(), list(&notes, "notes").len());
    if json {
        print::json(&found);
    } else {
        list(&found, "problems").iter().filter_map(Json::as_str).for_each(|line| data(&foreign_whole(line)));
        list(&found, "unknown").iter().filter_map(Json::as_str).for_each(|line| data(&foreign_whole(line)));
        for note in list(&notes, "notes") {
            let line = number(note, "line");
            let at = if line == 0 { String::new() } else { format!(", line {line}") };
            data(&format!(
                "policy `{}`{at}: {}",
                foreign_whole(text(note, "document")),
                foreign_whole(text(note, "text"))
            ));
        }
        let (rules, unlooked) = (number(&notes, "rules"), number(&notes, "unlooked"));
        let rest =
            if unlooked > 0 { format!("; {unlooked} were not looked at: there are too many") } else { String::new() };
        words(&format!(
            "{rules} rules, {problems} mistakes, {noted} notes, {} cases tried{rest}",
            number(&notes, "tried")
        ));
    }
    Ok(if problems > 0 || (asked.strict && noted > 0) { Outcome::No } else { Outcome::Done })
}

/// What is found of documents of files, with no node.
fn of_files(placed: &[Placed]) -> Result<Json, Trouble> {
    let documents = offline::read(placed)?;
    let control = offline::supposed(&documents)?.control;
    let at = |document: &str, line: Option<usize>, told: String| {
        let file = placed.iter().find(|one| text(&one.json, "name") == document && text(&one.json, "kind") == "policy");
        let Some(file) = file else { return told };
        let place = file.wrong(&yaml::rules_at(&file.json), "");
        match line {
            Some(line) if file.own.is_some() => format!("{}:{line}: {told}", file.file),
            _ => format!("{}:{}: {told}", file.file, place.at.0),
        }
    };
    let problems = validate(&control, &[]);
    let problems = problems.iter().map(|problem| Json::from(at(&problem.document, problem.line, problem.to_string())));
    let unknown = unknown_tools(&control).into_iter().map(|unknown| {
        let told = format!("rule `{}`: no document here describes the tool `{}`", unknown.rule, unknown.tool);
        Json::from(at(&unknown.document, None, told))
    });
    let found = look(&control, &shapes(&control), CASES_MAX);
    Ok(Json::object([
        ("found", look_json(&found)),
        ("problems", Json::array(problems)),
        ("unknown", Json::array(unknown)),
    ]))
}
