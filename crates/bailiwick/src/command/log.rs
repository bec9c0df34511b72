//! `log …`.

mod tiles;

use super::Outcome;
use crate::cli::Log;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data, number, text, words};
use bailiwick_core::json::Json;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

pub(super) async fn log(client: &Client, asked: Log, json: bool) -> Result<Outcome, Trouble> {
    match asked {
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

/// Writes beside the file and puts it in its place when it is whole: what was broken off is never taken for a bundle.
async fn export(client: &Client, path: &str, file: &Path, json: bool) -> Result<(), Trouble> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let named = |error: std::io::Error| format!("{}: {error}", beside.display());
    let mut out = BufWriter::new(File::create(&beside).map_err(named)?);
    let written = client.post_into(path, &mut out).await;
    let whole = written.and_then(|bytes| {
        out.get_ref().sync_all().map_err(named)?;
        std::fs::rename(&beside, file)?;
        Ok(bytes)
    });
    let bytes = match whole {
        Ok(bytes) => bytes,
        Err(error) => {
            // One that cannot be removed is only in the way.
            let _left = std::fs::remove_file(&beside);
            return Err(error);
        }
    };
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
