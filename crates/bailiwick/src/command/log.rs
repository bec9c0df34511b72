//! `log …`.

mod tiles;

use super::Outcome;
use crate::beside::Beside;
use crate::cli::Log;
use crate::client::Client;
use crate::hint::here;
use crate::home::Trouble;
use crate::print::{self, data, foreign_whole, number, text, words};
use crate::trust::BadInput;
use bailiwick_core::json::Json;
use std::io::BufWriter;
use std::path::Path;

pub(super) async fn log(client: &Client, asked: Log, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Log::Show => {
            let shown = client.get("/v1/log").await?;
            if json { print::json(&shown) } else { show_log(&shown) }
        }
        Log::Checkpoint => show(&client.post("/v1/log/checkpoint", &Json::Null).await?, "note", json),
        Log::Key => show(&client.get("/v1/log/key").await?, "key", json),
        Log::Heads => {
            let checkpoint = client.post("/v1/log/heads", &Json::Null).await?;
            words(&format!(
                "committed to the heads of all streams; the log has {} leaves",
                number(&checkpoint, "size")
            ));
            show(&checkpoint, "note", json);
        }
        Log::Prove { event } => {
            print::json(&client.post(&format!("/v1/log/proof?leaf={event}"), &Json::Null).await?);
        }
        Log::Tiles { dir } => tiles::write(client, &dir, json).await?,
        Log::Export { task, whole: _, output, since, redact } => {
            let mut path = match task {
                Some(task) => format!("/v1/log/bundle?task={}", super::task::find(client, &task).await?),
                None => "/v1/log/bundle?whole=true".to_owned(),
            };
            if let Some(since) = since {
                path.push_str(&format!("&since={since}"));
            }
            if redact {
                path.push_str("&redact=true");
            }
            match output {
                Some(file) => export(client, &path, &file, json).await?,
                None => drop(client.post_into(&path, &mut std::io::stdout()).await?),
            }
        }
    }
    Ok(Outcome::Done)
}

/// What was broken off is never taken for a bundle.
async fn export(client: &Client, path: &str, file: &Path, json: bool) -> Result<(), Trouble> {
    let named = |error: std::io::Error| BadInput(format!("{}: {error}", file.display()));
    let mut out = BufWriter::new(Beside::of(file).map_err(named)?);
    let bytes = client.post_into(path, &mut out).await?;
    out.into_inner().map_err(|error| named(error.into_error()))?.put().map_err(named)?;
    if json {
        let file = file.display().to_string();
        data(&Json::object([("bytes", Json::from(bytes)), ("file", Json::from(file.as_str()))]).canonical());
    } else {
        words(&format!("{bytes} bytes; check it elsewhere: bailiwick verify {} --key KEY", file.display()));
    }
    Ok(())
}

fn show(answer: &Json, name: &str, json: bool) {
    if json {
        print::json(answer);
    } else {
        data(text(answer, name).trim_end());
    }
}

fn show_log(log: &Json) {
    data(&format!("log {}", text(log, "origin")));
    data(&format!("  size        {} leaves, epoch {}", number(log, "size"), number(log, "epoch")));
    data(&format!("  key         {}", text(log, "key")));
    match log.get("checkpoint").filter(|checkpoint| !checkpoint.is_null()) {
        Some(last) => {
            data(&format!("  signed last at {} leaves, {} came since", number(last, "size"), number(last, "unsigned")));
            text(last, "note").lines().for_each(|line| data(&format!("    {}", foreign_whole(line))));
        }
        None => data(&here("  nothing was signed yet: bailiwick log checkpoint")),
    }
}
