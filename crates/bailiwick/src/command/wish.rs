//! `wish …`: what agents ask their person for, and the no. A yes is `task widen`.

use super::Outcome;
use super::task::find;
use crate::cli::Wish;
use crate::client::Client;
use crate::hint::ours;
use crate::home::Trouble;
use crate::print::{self, data, foreign, list, number, text, words};
use bailiwick_core::json::Json;

pub(super) async fn wish(client: &Client, asked: Wish, json: bool) -> Result<Outcome, Trouble> {
    let found = match asked {
        Wish::List { task: None } => client.get("/v1/wishes").await?,
        Wish::List { task: Some(task) } => {
            client.get(&format!("/v1/tasks/{}/wishes", find(client, &task).await?)).await?
        }
        Wish::Refuse { task, wish, reason } => {
            let path = format!("/v1/tasks/{}/wishes/{wish}/refuse", find(client, &task).await?);
            client.post(&path, &Json::object([("reason", Json::from(reason.as_str()))])).await?
        }
    };
    if json {
        print::json_lines(&found, "wishes");
        return Ok(Outcome::Done);
    }
    show_all(&found);
    if list(&found, "wishes").is_empty() {
        words("no agent asks for more");
    }
    Ok(Outcome::Done)
}

/// Each wish, and how it is answered.
pub(super) fn show_all(found: &Json) {
    list(found, "wishes").iter().for_each(shown);
}

fn shown(one: &Json) {
    let (task, number) = (text(one, "task"), number(one, "wish"));
    let tools: Vec<String> = list(one, "tools").iter().filter_map(Json::as_str).map(foreign).collect();
    let tools = if tools.is_empty() { String::new() } else { format!(" (names {})", tools.join(", ")) };
    let wanted = foreign(text(one, "wanted"));
    data(&format!("{task} {number}  {} asks: {wanted}{tools}", text(one, "agent")));
    match text(one, "standing") {
        "refused" => data(&format!("  {} said no: {}", text(one, "refused_by"), foreign(text(one, "reason")))),
        "granted" => data(&format!("  given, by event {}", self::number(one, "amended"))),
        "void" => data("  nobody is asked any more: what asked for it has ended"),
        _ => {
            let offers = list(one, "offers");
            for offer in offers {
                let only = list(offer, "only").iter().filter_map(Json::as_str);
                let only: String = only.map(|tool| format!(" --only {}", foreign(tool))).collect();
                let template = text(offer, "template");
                let yes = ours(&format!("task widen {task} {template} …{only} --wish {number}"));
                words(&format!("  yes: {yes}"));
            }
            if offers.is_empty() {
                words("  no template that you may use gives this agent what it names");
            }
            words(&format!("  no:  {}", ours(&format!("wish refuse {task} {number} --reason …"))));
        }
    }
}
