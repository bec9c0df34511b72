//! `tool …`.

use super::Outcome;
use crate::cli::Tool;
use crate::client::Client;
use crate::hint::ours;
use crate::home::Trouble;
use crate::names::{in_path, known};
use crate::print::{self, data, foreign, foreign_whole, list, text};
use bailiwick_catalogue::Method;
use bailiwick_core::json::Json;

pub(super) async fn tool(client: &Client, asked: Tool, json: bool) -> Result<Outcome, Trouble> {
    let all = client.get("/v1/tools").await?;
    match asked {
        Tool::List { server } => {
            let server = match server {
                Some(server) => Some(super::server::named(client, &server).await?),
                None => None,
            };
            let own = |tool: &&Json| {
                let of = text(tool, "tool").split_once('/').map(|(of, _)| of);
                server.as_deref().is_none_or(|server| of == Some(server))
            };
            // every server has the answers to what it asks: they are no tools that it offers
            let answers =
                |tool: &&Json| text(tool, "tool").split_once('/').is_some_and(|(_, own)| Method::answers(own));
            for tool in list(&all, "tools").iter().filter(own).filter(|tool| json || !answers(tool)) {
                if json { print::json(tool) } else { data(&line(tool)) }
            }
        }
        Tool::Show { tool } => {
            let name = known("tool", &tool, list(&all, "tools").iter().map(|tool| text(tool, "tool")))?;
            let (server, own) = name.split_once('/').unwrap_or((name.as_str(), ""));
            let tool = client.get(&format!("/v1/tools/{server}/{}", in_path(own))).await?;
            if json { print::json(&tool) } else { show(&tool) }
        }
    }
    Ok(Outcome::Done)
}

fn line(tool: &Json) -> String {
    format!(
        "{:<40} {:<10} {:<9} {:<13} {:<9} {}",
        foreign(text(tool, "tool")),
        text(tool, "effect"),
        text(tool, "impact"),
        text(tool, "reversibility"),
        if text(tool, "egress") == "open" { "leaves" } else { "stays" },
        text(tool, "standing")
    )
}

fn show(tool: &Json) {
    let described = tool.get("described").and_then(Json::as_bool).unwrap_or_default();
    data(&format!("tool {}", foreign(text(tool, "tool"))));
    data(&format!("  effect         {}", text(tool, "effect")));
    data(&format!("  egress         {}", text(tool, "egress")));
    data(&format!("  reversibility  {}", text(tool, "reversibility")));
    data(&format!("  impact         {}", text(tool, "impact")));
    data(&format!(
        "  said by        {}",
        if described { "a person's document" } else { "the server's own annotations" }
    ));
    data(&format!("  standing       {}", text(tool, "standing")));
    data(&format!("  pin            {}", text(tool, "pin")));
    if let Some(pin) = tool.get("waiting_pin").and_then(Json::as_str) {
        let review = ours(&format!("server review {}", server(tool)));
        data(&format!("  waits          {pin} is offered now: {review}"));
    }
    for problem in list(tool, "problems") {
        data(&format!("  NOT USABLE     {}", foreign_whole(text(problem, "why"))));
    }
    let unbound: Vec<String> = list(tool, "unbound").iter().filter_map(Json::as_str).map(foreign).collect();
    if !unbound.is_empty() {
        data(&format!("  not bound      {}", unbound.join(", ")));
    }
    if let Some(bind) = tool.get("bind").filter(|bind| !bind.is_null()) {
        data(&format!("  bindings       {}", foreign_whole(&bind.canonical())));
    }
    let words = tool.get("words").unwrap_or(&Json::Null);
    data(&format!("  it says        {}", foreign_whole(text(words, "description"))));
    if let Some(schema) = words.get("inputSchema") {
        data(&format!("  its arguments  {}", foreign_whole(&schema.canonical())));
    }
}

fn server(tool: &Json) -> &str {
    text(tool, "tool").split_once('/').map_or("", |(server, _)| server)
}
