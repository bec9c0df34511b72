//! `approval …`: what waits for a yes. A yes is a passkey's signature, so it is given in a browser; a no may be said here.

use super::Outcome;
use crate::beside::Beside;
use crate::cli::Approval;
use crate::client::Client;
use crate::hint::ours;
use crate::home::Trouble;
use crate::print::{self, data, foreign, foreign_whole, list, number, text, time, words};
use crate::trust::BadInput;
use bailiwick_core::json::{Json, Limits};
use std::io::Write;
use std::path::Path;

pub(super) async fn approval(client: &Client, asked: Approval, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Approval::List { all } => {
            let state = if all { "all" } else { "open" };
            let found = client.get(&format!("/v1/approvals?state={state}")).await?;
            if json {
                print::json_lines(&found, "approvals");
            } else if list(&found, "approvals").is_empty() {
                words("nothing waits for anybody's yes");
            } else {
                list(&found, "approvals").iter().for_each(|one| data(&line(one)));
                if list(&found, "approvals").iter().filter(|one| together(one)).count() > 1 {
                    words("several can be signed together, at most 10 at once, on the node's page of approvals");
                }
            }
        }
        Approval::Show { approval } => {
            let found = client.get(&format!("/v1/approvals/{approval}")).await?;
            if json {
                print::json(&found);
            } else {
                show(&found);
            }
        }
        Approval::Export { approval, output } => {
            let found = client.get(&format!("/v1/approvals/{approval}/yeses")).await?.canonical();
            match output {
                None => data(&found),
                Some(file) => written(&file, &found)?,
            }
        }
        Approval::Refuse { approval, reason, instead } => {
            let instead = match instead {
                None => Json::Null,
                Some(text) => Json::parse(text.as_bytes(), &Limits::default())
                    .map_err(|error| BadInput(format!("--instead: expected a JSON object of arguments ({error})")))?,
            };
            let body = Json::object([("instead", instead), ("reason", Json::from(reason.as_str()))]);
            let found = client.post(&format!("/v1/approvals/{approval}/refuse"), &body).await?;
            if json {
                print::json(&found);
            } else {
                data(&format!("request {approval} is refused; the agent is told why when it asks again"));
            }
        }
    }
    Ok(Outcome::Done)
}

/// What was broken off is never taken for a file of yeses.
fn written(file: &Path, text: &str) -> Result<(), BadInput> {
    let named = |error: std::io::Error| BadInput(format!("{}: {error}", file.display()));
    let mut out = Beside::of(file).map_err(named)?;
    out.write_all(text.as_bytes()).map_err(named)?;
    out.put().map_err(named)?;
    words(&format!("check it elsewhere: bailiwick verify --approval {} --passkey PERSON.json", file.display()));
    Ok(())
}

/// What is critical is signed by itself.
fn together(one: &Json) -> bool {
    text(one, "standing") == "open" && text(one, "impact") != "critical"
}

/// Until when it can be answered or used, where it still can.
fn until(of: &Json) -> Option<String> {
    matches!(text(of, "standing"), "open" | "signed").then(|| time(number(of, "not_after")))
}

fn line(one: &Json) -> String {
    let roles = list(one, "needs").iter().map(|need| text(need, "role")).collect::<Vec<_>>().join(", ");
    let until = match until(one) {
        Some(until) => format!("until {until}  "),
        None => String::new(),
    };
    let (id, standing) = (number(one, "id"), text(one, "standing"));
    format!("{id:<7} {standing:<9} {until}{}  [{roles}]", foreign(text(one, "sentence")))
}

/// Whose yes it is; one that counts no more says why.
fn yes(given: &Json) -> String {
    let person = text(given, "person");
    match given.get("void").and_then(Json::as_str) {
        None => person.to_owned(),
        Some(void) => format!("{person} (counts no more: {void})"),
    }
}

/// What the holder has read, as the statement that is signed says it.
fn touched(labels: &Json) -> String {
    let names = |name: &str| list(labels, name).iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ");
    let (classes, zones) = (names("classes"), names("zones"));
    let classes = if classes.is_empty() { "no data of a named class".to_owned() } else { format!("data of {classes}") };
    let zones = if zones.is_empty() { String::new() } else { format!(", from {zones}") };
    match labels.get("trusted").and_then(Json::as_bool) {
        None => "nothing yet".to_owned(),
        Some(true) => format!("{classes}{zones}; nothing that others wrote"),
        Some(false) => format!("{classes}{zones}; others wrote some of it"),
    }
}

fn need(of: &Json) -> String {
    let given = list(of, "given").iter().map(yes).collect::<Vec<_>>();
    let given = if given.is_empty() { "nobody yet".to_owned() } else { given.join(", ") };
    let count = match number(of, "count") {
        1 => String::new(),
        count => format!(" ({count} distinct persons)"),
    };
    let count = match list(of, "exclude").iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => count,
        not => format!("{count}, not {not}"),
    };
    let count = match of.get("escalate").filter(|to| !to.is_null()) {
        None => count,
        Some(to) => format!("{count}, after {} s also {}", number(to, "after_seconds"), text(to, "to")),
    };
    format!("{}{count}, because {}; said yes: {given}", text(of, "role"), text(of, "why"))
}

fn show(found: &Json) {
    let display = found.get("display").filter(|display| !display.is_null());
    let sentence = display.map_or("what was displayed is erased", |display| text(display, "sentence"));
    data(&format!("request {}: {}", number(found, "id"), foreign(sentence)));
    let until = until(found).map_or_else(String::new, |until| format!(", until {until}"));
    data(&format!("  stands    {}{until}", text(found, "standing")));
    if let Some(void) = found.get("void").filter(|void| !void.is_null()) {
        let (by, request) = (text(void, "by"), number(void, "request"));
        data(&format!(
            "  void      {by} has said no to request {request} since, which comes to the same: no yes counts"
        ));
        if void.get("anew").and_then(Json::as_bool) == Some(true) {
            data("  anew      the agent's next such call asks anew");
        }
    }
    if let Some(newer) = found.get("newer").and_then(Json::as_u64) {
        data(&match text(found, "standing") {
            "void" => format!("  anew      request {newer} asks for the same, by the call that came after that no"),
            "over" => {
                format!("  changed   the agent has asked for another amount since: request {newer} stands in its place")
            }
            _ => format!(
                "  changed   what it points to was changed since: request {newer} asks about what stands there now"
            ),
        });
    }
    data(&format!("  task      {}", text(found, "task")));
    data(&format!("  intent    {}", foreign(text(found, "intent"))));
    for of in list(found, "needs") {
        data(&format!("  asks      {}", need(of)));
    }
    if let Some(refused) = found.get("refused").filter(|refused| !refused.is_null()) {
        data(&format!("  refused   by {}: {}", text(refused, "by"), foreign(text(refused, "reason"))));
        if let Some(instead) = refused.get("instead").filter(|instead| !instead.is_null()) {
            data(&format!("  instead   {}", foreign_whole(&instead.canonical())));
        }
    }
    let Some(display) = display else { return };
    if let Some(offered) = display.get("offered") {
        let (by, request) = (text(offered, "by"), number(offered, "in_place_of"));
        data(&format!("  offered   by {by} in the place of request {request}; an offer is no signature"));
    }
    for field in list(display, "fields") {
        let unit = field.get("unit").and_then(Json::as_str).map_or(String::new(), |unit| format!(" {unit}"));
        let group = field.get("group").and_then(Json::as_str).map_or(String::new(), |group| format!("  [{group}]"));
        let value = field.get("value").and_then(Json::as_str).unwrap_or("could not be read");
        data(&format!("  {:<9} {}{}{}", text(field, "kind"), foreign(value), foreign(&unit), foreign(&group)));
    }
    for source in list(found, "came_from") {
        let (pointer, words) = (foreign(text(source, "pointer")), foreign(text(source, "words")));
        data(&format!("  came from {pointer}: {words}"));
    }
    if let Some(labels) = found.get("labels") {
        data(&format!("  has read  {}", foreign(&touched(labels))));
    }
    for meter in list(display, "meters") {
        let limit = meter.get("total").and_then(Json::as_str).map_or(String::new(), |total| format!(" of {total}"));
        let (before, after, unit) = (text(meter, "before"), text(meter, "after"), text(meter, "unit"));
        data(&format!("  spends    {before} to {after}{limit} {unit} ({})", text(meter, "agent")));
    }
    for hand in list(display, "lineage") {
        data(&format!("  hands     {}, whose owner is {}", text(hand, "agent"), text(hand, "owner")));
    }
    if let Some(risk) = display.get("risk") {
        data(&format!("  risk      {} of {}", number(risk, "score"), number(risk, "most")));
    }
    for reason in display.get("risk").into_iter().flat_map(|risk| list(risk, "reasons")) {
        data(&format!("            {} ({})", text(reason, "words"), number(reason, "adds")));
    }
    for referent in list(display, "referents") {
        let (pointer, version) = (foreign(text(referent, "pointer")), foreign(text(referent, "version")));
        data(&format!("  points    {pointer} to what the server showed as version {version}:"));
        for shown in list(referent, "shown") {
            data(&format!(
                "    the server wrote at {}: {}",
                foreign(text(shown, "at")),
                foreign_whole(text(shown, "value"))
            ));
        }
    }
    // What an agent wrote is whole, marked as its own, and stands last.
    let arguments = display.get("arguments").map(Json::canonical).unwrap_or_default();
    data(&format!("  the agent wrote: {}", foreign_whole(&arguments)));
    if text(found, "standing") == "open" {
        words(&format!(
            "a yes is signed with a passkey, on the node's page of this request; refuse it with `{}`",
            ours(&format!("approval refuse {}", number(found, "id")))
        ));
    }
}
