//! `log …`.

use super::Outcome;
use crate::cli::Log;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{data, text};
use bailiwick_core::json::Json;

pub(super) async fn log(client: &Client, asked: Log, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Log::Checkpoint => show(&client.post("/v1/log/checkpoint", &Json::Null).await?, "note", json),
        Log::Key => show(&client.get("/v1/log/key").await?, "key", json),
        Log::Heads => show(&client.post("/v1/log/heads", &Json::Null).await?, "root", json),
        Log::Prove { event } => {
            data(&client.get(&format!("/v1/log/proof?leaf={event}")).await?.canonical());
        }
        Log::Export { task, output } => {
            let id = super::task::find(client, &task).await?;
            let bundle = client.get(&format!("/v1/log/bundle?task={id}")).await?;
            match output {
                Some(path) => std::fs::write(&path, text(&bundle, "bundle"))?,
                None => data(text(&bundle, "bundle").trim_end()),
            }
        }
    }
    Ok(Outcome::Done)
}

fn show(answer: &Json, name: &str, json: bool) {
    if json {
        data(&answer.canonical());
    } else {
        data(text(answer, name).trim_end());
    }
}
