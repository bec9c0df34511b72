//! `policy check`: mistakes, and rules that do nothing.

use super::offline;
use crate::cli::Check;
use crate::client::Client;
use crate::command::Outcome;
use crate::cvc5::{ASKED, Cvc5, HOW, find};
use crate::home::Trouble;
use crate::print::{self, data, foreign_whole, list, number, text, words};
use crate::trust::BadInput;
use crate::yaml::{self, Placed};
use bailiwick_core::json::Json;
use bailiwick_policy::{look, prove, unknown_tools, validate};
use bailiwick_trial::{look_json, shapes};

/// The most cases that are tried.
const CASES_MAX: u64 = 1_000_000;

pub(super) async fn check(client: &Client, asked: Check, json: bool) -> Result<Outcome, Trouble> {
    let found = if asked.paths.is_empty() {
        client.get("/v1/policy/findings").await?
    } else {
        let placed = offline::placed(&asked.paths)?;
        of_files(&placed, asked.prove)?
    };
    let notes = found.get("found").cloned().unwrap_or(Json::Null);
    if asked.prove && !list(&notes, "notes").is_empty() && text(&notes, "solver").is_empty() {
        return Err(BadInput(format!(
            "the node finds no cvc5, so nothing was proven: where it runs {HOW}, and start it anew"
        ))
        .into());
    }
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
        let proven = list(&notes, "notes").iter().filter(|note| text(note, "found_by") == "proof").count();
        let proven = match text(&notes, "solver") {
            "" => String::new(),
            solver => format!(" ({proven} proven by {})", foreign_whole(solver)),
        };
        let rest =
            if unlooked > 0 { format!("; {unlooked} were not looked at: there are too many") } else { String::new() };
        words(&format!(
            "{rules} rules, {problems} mistakes, {noted} notes{proven}, {} cases tried{rest}",
            number(&notes, "tried")
        ));
    }
    Ok(if problems > 0 || (asked.strict && noted > 0) { Outcome::No } else { Outcome::Done })
}

/// What is found of documents of files, with no node. What is noted has to be asked of a solver where `must` says so; else it is
/// where there is one.
fn of_files(placed: &[Placed], must: bool) -> Result<Json, Trouble> {
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
    let shapes = shapes(&control);
    let mut found = look(&control, &shapes, CASES_MAX);
    match find().and_then(|path| Cvc5::open(&path, ASKED)) {
        Ok(mut solver) if !found.notes.is_empty() => prove(&control, &shapes, &mut found, &mut solver),
        Err(why) if must => return Err(BadInput(format!("nothing can be proven: {why}; {HOW}")).into()),
        Ok(_) | Err(_) => {}
    }
    Ok(Json::object([
        ("found", look_json(&found)),
        ("problems", Json::array(problems)),
        ("unknown", Json::array(unknown)),
    ]))
}
