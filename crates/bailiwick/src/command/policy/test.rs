//! `policy test`: cases asked of policies, told as a test runner tells them.

use super::offline;
use crate::cli::Test;
use crate::client::Client;
use crate::command::Outcome;
use crate::home::Trouble;
use crate::print::{self, data, foreign_whole, list, number, text, words};
use crate::yaml::{self, BadFile, CaseFile};
use bailiwick_core::json::Json;
use bailiwick_trial::{Case, RanAll, read_cases, try_cases};

pub(super) async fn test(client: &Client, asked: Test, json: bool) -> Result<Outcome, Trouble> {
    let mut files = yaml::case_files(&asked.dir)?;
    if let Some(only) = &asked.only {
        files.iter_mut().for_each(|file| narrow(file, only));
        files.retain(|file| !list(&file.placed.json, "cases").is_empty());
    }
    let cases = read_all(&files)?;
    let found = if asked.running {
        // a folder of nothing but cases asks them of what runs
        let beside = yaml::documents_beside(&asked.dir)?;
        let placed = if beside { offline::placed(std::slice::from_ref(&asked.dir))? } else { Vec::new() };
        let body = Json::object([
            ("documents", Json::array(placed.into_iter().map(|one| one.json))),
            ("files", Json::array(files.iter().map(|file| file.placed.json.clone()))),
        ]);
        client.post("/v1/policy/test", &body).await?
    } else {
        offline(&asked, cases)?.json()
    };
    let reached = asked.coverage_min.is_none_or(|least| number(&found, "percent") >= least);
    let passed = found.get("passed").and_then(Json::as_bool).unwrap_or_default();
    if json {
        print::json(&found);
    } else {
        show(&found, &files);
        if let (Some(least), false) = (asked.coverage_min, reached) {
            words(&format!(
                "{} of a hundred rules matched in some case, expected at least {least}",
                number(&found, "percent")
            ));
        }
    }
    Ok(if passed && reached { Outcome::Done } else { Outcome::No })
}

/// Leaves out the cases whose name does not hold this.
fn narrow(file: &mut CaseFile, only: &str) {
    let kept: Vec<Json> =
        list(&file.placed.json, "cases").iter().filter(|case| text(case, "name").contains(only)).cloned().collect();
    if let Json::Object(members) = &mut file.placed.json {
        members.insert("cases", Json::array(kept));
    }
}

type Read = Vec<(Vec<Case>, Vec<bailiwick_core::Document>)>;

/// All files, read: what is wrong with one is told with its line, whoever asks the cases.
fn read_all(files: &[CaseFile]) -> Result<Read, Trouble> {
    let mut wrong = Vec::new();
    let mut out = Vec::new();
    for file in files {
        match read_cases(&file.placed.json) {
            Ok(read) => out.push(read),
            Err(bad) => wrong.extend(bad.iter().map(|bad| file.placed.wrong(&bad.at, &bad.why))),
        }
    }
    if wrong.is_empty() { Ok(out) } else { Err(BadFile(wrong).into()) }
}

fn offline(asked: &Test, cases: Read) -> Result<RanAll, Trouble> {
    let own = offline::read(&offline::placed(std::slice::from_ref(&asked.dir))?)?;
    let mut all = RanAll::default();
    for (cases, suppose) in cases {
        let documents: Vec<_> = own.iter().cloned().chain(suppose).collect();
        let supposed = offline::supposed(&documents)?;
        let ran = try_cases(&supposed, &cases).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            crate::trust::BadInput(lines.join("\n"))
        })?;
        all.add(ran);
    }
    Ok(all)
}

fn show(found: &Json, files: &[CaseFile]) {
    let of_files = || list(found, "files").iter().zip(files);
    let count: usize = of_files().map(|(cases, _)| cases.as_array().unwrap_or_default().len()).sum();
    data(&format!("running {count} cases of {} files", files.len()));
    let mut failed = Vec::new();
    for (cases, file) in of_files() {
        for (index, case) in cases.as_array().unwrap_or_default().iter().enumerate() {
            let passed = case.get("passed").and_then(Json::as_bool).unwrap_or_default();
            let name = foreign_whole(text(case, "name"));
            data(&format!("case {name} ... {}", if passed { "ok" } else { "FAILED" }));
            if !passed {
                failed.push((format!("{name} ({})", file.place(index)), case));
            }
        }
    }
    if !failed.is_empty() {
        data("\nfailures:");
    }
    for (name, case) in &failed {
        data(&format!("    {name}"));
        let wrong = list(case, "wrong").iter().filter_map(Json::as_str);
        wrong.for_each(|why| data(&format!("        {}", foreign_whole(why))));
    }
    coverage(found);
    let verdict = if failed.is_empty() { "ok" } else { "FAILED" };
    data(&format!("\nresult: {verdict}. {} passed; {} failed", count.saturating_sub(failed.len()), failed.len()));
}

/// Which rules no case reached, and which of their conditions were only ever seen one way.
fn coverage(found: &Json) {
    let rules = list(found, "rules");
    let matched = rules.iter().filter(|rule| number(rule, "matched") > 0).count();
    data(&format!(
        "\ncoverage: {matched} of {} rules matched in some case, {} percent",
        rules.len(),
        number(found, "percent")
    ));
    for rule in rules {
        let (name, does, line) = (foreign_whole(text(rule, "rule")), text(rule, "does"), number(rule, "line"));
        if number(rule, "matched") == 0 {
            data(&format!("    never matched: {does} `{name}`, line {line}"));
        }
        for (index, condition) in list(rule, "conditions").iter().enumerate() {
            let way = match (number(condition, "held"), number(condition, "not")) {
                (0, 0) => "was never asked",
                (0, _) => "never held",
                (_, 0) => "always held",
                _ => continue,
            };
            data(&format!("    condition {} of {does} `{name}` {way}", index + 1));
        }
    }
}
