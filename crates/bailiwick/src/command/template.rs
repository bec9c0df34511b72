//! `template …`.

use super::Outcome;
use crate::cli::Template;
use crate::client::Client;
use crate::home::Trouble;
use crate::names::known;
use crate::print::{self, data, foreign, list, text};
use bailiwick_core::json::{Json, Object};

pub(super) async fn template(client: &Client, asked: Template, json: bool) -> Result<Outcome, Trouble> {
    let all = client.get("/v1/templates").await?;
    match asked {
        Template::List if json => print::json_lines(&all, "templates"),
        Template::List => {
            for template in list(&all, "templates") {
                let agents = joined(template, "agents");
                data(&format!("{:<20} for {agents:<16} {}", text(template, "name"), foreign(text(template, "intent"))));
            }
        }
        Template::Show { template } => {
            let name = find(&all, &template)?;
            let template = client.get(&format!("/v1/templates/{name}")).await?;
            if json { print::json(&template) } else { show(&template) }
        }
    }
    Ok(Outcome::Done)
}

/// The template of this name.
fn find(all: &Json, name: &str) -> Result<String, Trouble> {
    Ok(known("template", name, list(all, "templates").iter().map(|template| text(template, "name")))?)
}

/// The name of a template that is there.
pub(super) async fn named(client: &Client, name: &str) -> Result<String, Trouble> {
    find(&client.get("/v1/templates").await?, name)
}

fn joined(json: &Json, name: &str) -> String {
    list(json, name).iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ")
}

/// What the words of an intent promise and nothing holds.
pub(super) fn not_enforced(of: &Json) -> Option<String> {
    let values: Vec<String> =
        list(of, "not_enforced").iter().filter_map(Json::as_str).map(|value| format!("`{}`", foreign(value))).collect();
    let values = (!values.is_empty()).then(|| values.join(", "))?;
    Some(format!("the intent says {values}, which no limit holds: that is not enforced"))
}

fn show(template: &Json) {
    data(&format!("template {}", text(template, "name")));
    data(&format!("  intent     {}", foreign(text(template, "intent"))));
    data(&format!("  purpose    {}", foreign(text(template, "purpose"))));
    data(&format!("  start      {}, for {}", foreign(&joined(template, "who")), joined(template, "agents")));
    data(&format!("  window     {}", text(template, "window")));
    let document = template.get("document").unwrap_or(&Json::Null);
    let parameters = document.get("parameters").and_then(Json::as_object);
    for (name, parameter) in parameters.into_iter().flat_map(Object::iter) {
        let currency = parameter.get("currency").and_then(Json::as_str).map(|unit| format!(" in {unit}"));
        let most = parameter.get("at_most").and_then(Json::as_str).map(|most| format!(", at most {most}"));
        let kind = text(parameter, "kind");
        data(&format!("  parameter  {name}: {kind}{}{}", currency.unwrap_or_default(), most.unwrap_or_default()));
    }
    data("  a person says yes to:");
    for row in list(template, "rows").iter().filter_map(Json::as_str) {
        data(&format!("    - {}", foreign(row)));
    }
    let privileged = list(template, "privileged");
    if !privileged.is_empty() {
        data("  and, in an act of its own, to:");
    }
    for row in privileged.iter().filter_map(Json::as_str) {
        data(&format!("    - {}", foreign(row)));
    }
    if let Some(note) = not_enforced(template) {
        data(&format!("  note: {note}"));
    }
}
