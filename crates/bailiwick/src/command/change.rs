//! `change …`: what loosens and waits for people to sign it. They do with a passkey, in a browser; it is taken back here.

use super::Outcome;
use crate::cli::Change;
use crate::client::Client;
use crate::hint::ours;
use crate::home::Trouble;
use crate::print::{self, data, foreign, foreign_whole, list, number, text, time, words};
use bailiwick_core::json::Json;

pub(super) async fn change(client: &Client, asked: Change, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Change::List => {
            let found = client.get("/v1/changes").await?;
            if json {
                print::json_lines(&found, "changes");
            } else if list(&found, "changes").is_empty() {
                words("nothing waits to be signed");
            } else {
                list(&found, "changes").iter().for_each(|one| data(&line(one)));
            }
        }
        Change::Show { change } => {
            let found = client.get(&format!("/v1/changes/{change}")).await?;
            if json {
                print::json(&found);
            } else {
                show(&found);
            }
        }
        Change::Withdraw { change } => {
            let done = client.post(&format!("/v1/changes/{change}/withdraw"), &Json::Null).await?;
            if json {
                print::json(&done);
            } else {
                data(&format!("change {change} is taken back; event {}", number(&done, "event")));
            }
        }
    }
    Ok(Outcome::Done)
}

/// Says that what was asked for waits, and where it is signed. Answers whether it does.
pub(super) fn waits(answer: &Json) -> bool {
    let Some(waits) = answer.get("proposed") else { return false };
    let (id, until) = (number(waits, "id"), time(number(waits, "not_after")));
    let signers = signers(waits);
    data(&format!("nothing changed yet: it loosens, and waits as change {id} for {signers}, until {until}"));
    match waits.get("url").and_then(Json::as_str) {
        Some(url) => words(&format!("whoever may look at it and sign it does at {url}, also who asked for it")),
        None => {
            words(&format!("see `{}`; this node has no address where people sign", ours(&format!("change show {id}"))));
        }
    }
    true
}

/// Whose signatures a change waits for, in words.
pub(super) fn signers(of: &Json) -> String {
    match number(of, "signers") {
        1 => "the passkey of one person".to_owned(),
        persons => format!("the passkeys of {persons} persons"),
    }
}

fn line(one: &Json) -> String {
    let what = list(one, "what").iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ");
    let (id, by) = (number(one, "id"), text(one, "by"));
    let until = match void(one) {
        None => format!("until {}", time(number(one, "not_after"))),
        Some(_) => "void".to_owned(),
    };
    format!("{id:<7} by {by}, {until}  {}", foreign(&what))
}

/// Why nothing comes of it as things stand, whoever signs it.
fn void(one: &Json) -> Option<&str> {
    one.get("void").and_then(Json::as_str)
}

fn show(found: &Json) {
    data(&format!("change {}", number(found, "id")));
    data(&format!("  by        {}, at {}", text(found, "by"), time(number(found, "asked"))));
    match void(found) {
        None => data(&format!("  until     {}", time(number(found, "not_after")))),
        Some(why) => data(&format!("  void      nothing comes of it as things stand: {}", foreign_whole(why))),
    }
    for what in list(found, "what").iter().filter_map(Json::as_str) {
        data(&format!("  what      {}", foreign_whole(what)));
    }
    for line in list(found, "loosens").iter().filter_map(Json::as_str) {
        data(&format!("  LOOSENS   {}", foreign_whole(line)));
    }
    for line in list(found, "ends").iter().filter_map(super::apply::ending) {
        data(&format!("  ENDS      {line}"));
    }
    data(&format!("  replayed  {}", foreign_whole(text(found, "replayed"))));
    for signed in list(found, "signed").iter().filter_map(Json::as_str) {
        data(&format!("  signed    by {signed}"));
    }
    if void(found).is_some() {
        let back = ours(&format!("change withdraw {}", number(found, "id")));
        words(&format!(
            "no signature is taken under it; take it back with `{back}`, and propose anew what is still wanted"
        ));
        return;
    }
    if let Some(from) = found.get("alone_from").and_then(Json::as_u64) {
        words(&format!("there is nobody else who could: one person alone may sign it from {} on", time(from)));
    }
    if let Some(url) = found.get("url").and_then(Json::as_str) {
        words(&format!("it waits for {}, and is signed at {url}", signers(found)));
    }
}
