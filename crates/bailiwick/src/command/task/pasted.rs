//! What others wrote and a person pastes beside their own words: which of its values are theirs they say one by one.

use crate::client::Client;
use crate::home::Trouble;
use crate::print::{foreign, list, text, words, yes};
use crate::trust::BadInput;
use bailiwick_core::json::{Json, Object};
use bailiwick_core::{CONFIRMED, PASTED};
use std::io::Read;

/// The most bytes of a file that is pasted.
const FILE_BYTES_MAX: u64 = 64 << 10;

/// How `--paste` is given.
const PASTE: &str = "`--paste NAME=FILE`: a parameter of free text, and the file with what others wrote";
/// How `--confirm` is given.
const CONFIRM: &str =
    "`--confirm NAME=VALUE`: the parameter, and a value as it is listed, as `wanted=email ann@example.org`";

fn named<'a>(given: &'a str, form: &str) -> Result<(&'a str, &'a str), BadInput> {
    given.split_once('=').ok_or_else(|| BadInput(format!("`{given}`: expected {form}")))
}

fn read(path: &str) -> Result<String, BadInput> {
    let unread = |why: String| BadInput(format!("`{path}`: {why}"));
    let file = std::fs::File::open(path).map_err(|error| unread(error.to_string()))?;
    let mut text = String::new();
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| unread(error.to_string()))?;
    let fits = text.len() as u64 <= FILE_BYTES_MAX;
    if fits { Ok(text) } else { Err(unread(format!("expected at most {FILE_BYTES_MAX} bytes"))) }
}

/// Puts what stands in files beside the parameters that they belong to, with what is confirmed of it.
pub(super) fn beside(parameters: Json, paste: &[String], confirm: &[String]) -> Result<Json, BadInput> {
    let Json::Object(mut members) = parameters else { return Ok(parameters) };
    for given in paste {
        let (name, path) = named(given, PASTE)?;
        if members.insert(format!("{name}{PASTED}"), Json::from(read(path)?)).is_some() {
            return Err(BadInput(format!("`{name}` has more than one text that is pasted")));
        }
    }
    for given in confirm {
        let (name, value) = named(given, CONFIRM)?;
        add(&mut members, name, value);
    }
    Ok(Json::Object(members))
}

fn add(members: &mut Object, name: &str, value: &str) {
    let key = format!("{name}{CONFIRMED}");
    let before = members.get(&key).and_then(Json::as_str).map(|before| format!("{before}\n")).unwrap_or_default();
    members.insert(key, Json::from(format!("{before}{value}")));
}

/// What a task would be. Of a confirmation that is of no value there, the values are told.
pub(super) async fn preview(client: &Client, body: &Json) -> Result<Json, Trouble> {
    let refused = match client.post("/v1/tasks/preview", body).await {
        Err(trouble) if trouble.to_string().contains(&format!("{CONFIRMED}`")) => trouble,
        told => return told,
    };
    let Some(there) = values(client, body).await else { return Err(refused) };
    let there = match there.is_empty() {
        true => "no value stands in what was pasted".to_owned(),
        false => format!("in what was pasted stand {}", there.join(", ")),
    };
    Err(BadInput(format!("expected {CONFIRM}, each once; {there}")).into())
}

/// The values of what was pasted, as they are confirmed; nothing where it is not they that are wrong.
async fn values(client: &Client, body: &Json) -> Option<Vec<String>> {
    let Json::Object(members) = body else { return None };
    let mut members = members.clone();
    let given = members.get("parameters")?.as_object()?;
    let unconfirmed = given.iter().filter(|(name, _)| !name.ends_with(CONFIRMED));
    let unconfirmed = Json::object(unconfirmed.map(|(name, value)| (name.to_owned(), value.clone())));
    members.insert("parameters", unconfirmed);
    let preview = client.post("/v1/tasks/preview", &Json::Object(members)).await.ok()?;
    let value = |pasted: &Json| format!("`{}={}`", text(pasted, "of"), foreign(text(pasted, "value")));
    Some(list(&preview, "pasted").iter().map(value).collect())
}

/// Asks of each value that was pasted whether it is the person's own word. What the task comes to then, and its request.
pub(super) async fn asked(client: &Client, body: Json, preview: Json) -> Result<(Json, Json), Trouble> {
    let mut parameters = body.get("parameters").and_then(Json::as_object).cloned().unwrap_or_default();
    let before = parameters.clone();
    for pasted in list(&preview, "pasted") {
        let (of, value) = (text(pasted, "of"), text(pasted, "value"));
        let question =
            format!("In what you pasted stands `{}`. Is it your own word, as if you had written it?", foreign(value));
        if yes(&question) {
            add(&mut parameters, of, value);
        }
    }
    let Json::Object(mut members) = body else { return Ok((body, preview)) };
    if parameters == before {
        return Ok((Json::Object(members), preview));
    }
    members.insert("parameters", Json::Object(parameters));
    let body = Json::Object(members);
    let preview = client.post("/v1/tasks/preview", &body).await?;
    Ok((body, preview))
}

/// Says what of it counts as the person's word, and what does not.
pub(super) fn told(preview: &Json) {
    let confirmed: Vec<&str> = list(preview, "pasted_confirmed").iter().filter_map(Json::as_str).collect();
    if !confirmed.is_empty() {
        words("of what you pasted these are your own word, and your yes is to them as well:");
        confirmed.iter().for_each(|value| words(&format!("  - {}", foreign(value))));
    }
    let left = list(preview, "pasted");
    if !left.is_empty() {
        words("of what you pasted these are nobody's word; `--confirm NAME=VALUE` makes one yours:");
        left.iter().for_each(|pasted| words(&format!("  - {}", foreign(text(pasted, "value")))));
    }
}
