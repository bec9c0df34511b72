//! `template …`.

use super::Outcome;
use crate::cli::Template;
use crate::client::Client;
use crate::hint::ours;
use crate::home::Trouble;
use crate::names::known;
use crate::print::{self, data, foreign, list, text};
use crate::trust::BadInput;
use bailiwick_core::example_of;
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

/// The one agent that a template is for.
pub(super) async fn its_agent(client: &Client, name: &str) -> Result<String, Trouble> {
    let template = client.get(&format!("/v1/templates/{name}")).await?;
    match list(&template, "agents") {
        [one] => Ok(one.as_str().unwrap_or_default().to_owned()),
        _ => {
            let agents = joined(&template, "agents");
            Err(BadInput(format!("`{name}` is for several agents: say which by `--agent`, one of {agents}")).into())
        }
    }
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

fn members(of: Option<&Object>) -> impl Iterator<Item = (&str, &Json)> {
    of.into_iter().flat_map(Object::iter)
}

/// The command that starts it, with values in the places of those that a person fills in.
fn starting(template: &Json, parameters: Option<&Object>) -> String {
    let asked =
        members(parameters).filter(|(_, parameter)| parameter.get("default").is_none_or(|of| *of == Json::Null));
    let given = asked.map(|(name, parameter)| {
        let most = parameter.get("at_most").and_then(Json::as_str);
        format!(" {name}={}", example_of(text(parameter, "kind"), most))
    });
    let agent = match list(template, "agents") {
        [_] => String::new(),
        several => format!(" --agent {}", several.first().and_then(Json::as_str).unwrap_or_default()),
    };
    ours(&format!("task start {}{}{agent}", text(template, "name"), given.collect::<String>()))
}

fn show(template: &Json) {
    data(&format!("template {}", text(template, "name")));
    data(&format!("  intent     {}", foreign(text(template, "intent"))));
    data(&format!("  purpose    {}", foreign(text(template, "purpose"))));
    data(&format!("  start      {}, for {}", foreign(&joined(template, "who")), joined(template, "agents")));
    data(&format!("  window     {}", text(template, "window")));
    let document = template.get("document").unwrap_or(&Json::Null);
    let parameters = document.get("parameters").and_then(Json::as_object);
    for (name, parameter) in members(parameters) {
        let currency = parameter.get("currency").and_then(Json::as_str).map(|unit| format!(" in {unit}"));
        let most = parameter.get("at_most").and_then(Json::as_str).map(|most| format!(", at most {most}"));
        let else_it_is =
            parameter.get("default").and_then(Json::as_str).map(|server| format!("; `{server}` unless given"));
        let (kind, currency) = (text(parameter, "kind"), currency.unwrap_or_default());
        let beside = most.or(else_it_is).unwrap_or_default();
        data(&format!("  parameter  {name}: {kind}{currency}{beside}"));
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
    if !list(template, "agents").is_empty() {
        data(&format!("  start it   {}", starting(template, parameters)));
    }
}
