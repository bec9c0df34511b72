//! `agent offboard` and `agent certificate`: an agent goes, and anybody can check that it went.

use super::{Outcome, named};
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, data, list, number, text, time, words};
use crate::trust::{BadInput, short_file};
use bailiwick_api::CERTIFICATE_KIND;
use bailiwick_core::json::{Json, Limits};
use bailiwick_record::{Checkpoint, Note, VerifierKey, check_statement};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The most bytes of a certificate's file.
const CERTIFICATE_BYTES_MAX: u64 = 64 << 20;
/// What reading one may cost.
const CERTIFICATE_LIMITS: Limits = Limits { bytes: 64 << 20, depth: 8, nodes: 4_000_000 };

/// Ends all that an agent holds, and keeps the certificate.
pub(super) async fn offboard(
    client: &Client,
    agent: &str,
    (remove, output): (bool, Option<PathBuf>),
) -> Result<Outcome, Trouble> {
    let agent = named(client, agent).await?;
    // before anything ends: whoever cannot keep the certificate has ended nothing
    let file = output.as_deref().map(fresh).transpose()?;
    let body = Json::object([("remove", Json::from(remove))]);
    let answer = match client.post(&format!("/v1/agents/{agent}/offboard"), &body).await {
        Ok(answer) => answer,
        Err(trouble) => {
            // an empty file would stand in the way of the next try
            output.iter().for_each(|path| drop(std::fs::remove_file(path)));
            return Err(trouble);
        }
    };
    let certified = answer.get("certified").unwrap_or(&Json::Null);
    match file {
        None => print::json(certified),
        Some(mut file) => {
            file.write_all(format!("{}\n", certified.canonical()).as_bytes())?;
            file.sync_all()?;
        }
    }
    told(certified.get("certificate").unwrap_or(&Json::Null)).iter().for_each(|line| words(line));
    if let Some(event) = answer.get("removed").and_then(Json::as_u64) {
        words(&format!("its document is gone; event {event}"));
    }
    Ok(Outcome::Done)
}

fn fresh(path: &Path) -> Result<File, BadInput> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.map_err(|error| BadInput(format!("{}: {error}", path.display())))
}

/// What a certificate says, for people.
fn told(certificate: &Json) -> Vec<String> {
    let suspended = certificate.get("suspended").unwrap_or(&Json::Null);
    let agent = print::foreign(text(certificate, "agent"));
    let mut out = vec![format!("agent {agent} is suspended since {}, #{}", at(suspended), number(suspended, "event"))];
    for grant in list(certificate, "grants") {
        let (id, holder, task) = (text(grant, "grant"), text(grant, "holder"), text(grant, "task"));
        let [id, holder, task] = [id, holder, task].map(print::foreign);
        out.push(format!("  grant {id} of {holder} in task {task} ended {}, #{}", at(grant), number(grant, "event")));
    }
    let grants = u64::try_from(list(certificate, "grants").len()).unwrap_or(u64::MAX);
    let earlier = number(certificate, "earlier");
    let (tasks, left) = (number(certificate, "tasks"), number(certificate, "left"));
    let (grants, tasks) = (print::counted(grants, "grant"), print::counted(tasks, "task"));
    out.push(format!("{grants} ended with it, {earlier} of its own had ended before; {left} are left in {tasks}"));
    for request in list(certificate, "approvals") {
        let task = print::foreign(text(request, "task"));
        out.push(format!(
            "request #{} in task {task} ended with it: nobody can say yes to it",
            number(request, "event")
        ));
    }
    out.push(format!("nothing of it leaves after {}", time(number(certificate, "drained_at"))));
    for act in list(certificate, "unsettled") {
        let task = print::foreign(text(act, "task"));
        out.push(format!(
            "nobody knows what became of #{} in task {task}: it stays charged until it is settled",
            number(act, "event")
        ));
    }
    out
}

fn at(json: &Json) -> String {
    time(number(json, "at"))
}

/// Checks a certificate: with a key that was kept, or with that of the node that answers.
pub(super) async fn certificate(
    client: &Client,
    agent: &str,
    (file, key): (&Path, Option<String>),
    json: bool,
) -> Result<Outcome, Trouble> {
    let key = match key {
        Some(given) if Path::new(&given).exists() => short_file(Path::new(&given))?,
        Some(given) => given,
        None => text(&client.get("/v1/log/key").await?, "key").to_owned(),
    };
    let key = VerifierKey::parse(key.trim()).map_err(|error| BadInput(format!("--key: {error}")))?;
    let bytes = read(file)?;
    let wrong = |why: &dyn std::fmt::Display| BadInput(format!("{}: {why}", file.display()));
    let certified = Json::parse(&bytes, &CERTIFICATE_LIMITS).map_err(|error| wrong(&error))?;
    let verdict = checked(&certified, agent, &key);
    if json {
        let why = verdict.as_ref().err().map_or(Json::Null, |why| Json::from(why.as_str()));
        print::json(&Json::object([("confirmed", Json::from(verdict.is_ok())), ("why", why)]));
    }
    match verdict {
        Ok(certificate) => {
            if !json {
                told(certificate).iter().for_each(|line| data(line));
                data("confirmed: the log's key signed exactly this");
            }
            Ok(Outcome::Done)
        }
        Err(why) => {
            if !json {
                data(&format!("contradicted: {why}"));
            }
            Ok(Outcome::No)
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, BadInput> {
    let bad = |why: &dyn std::fmt::Display| BadInput(format!("{}: {why}", path.display()));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| bad(&error))?;
    file.take(CERTIFICATE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| bad(&error))?;
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length > CERTIFICATE_BYTES_MAX { Err(bad(&"it is too long for a certificate")) } else { Ok(bytes) }
}

/// The certificate, if the key signed it, it is of this agent, nothing was left, and its checkpoint is after all endings.
fn checked<'a>(certified: &'a Json, agent: &str, key: &VerifierKey) -> Result<&'a Json, String> {
    let certificate = certified.get("certificate").ok_or("it has no `certificate`")?;
    let note = Note::parse(text(certified, "signature")).map_err(|error| error.to_string())?;
    check_statement(&note, key, CERTIFICATE_KIND, certificate.canonical().as_bytes())
        .map_err(|error| error.to_string())?;
    if text(certificate, "kind") != CERTIFICATE_KIND || text(certificate, "agent") != agent {
        return Err(format!("it is of agent `{}`", print::foreign(text(certificate, "agent"))));
    }
    if certificate.get("left").and_then(Json::as_u64) != Some(0) {
        return Err("it does not say that no grant is left".to_owned());
    }
    let note = Note::parse(text(certificate, "checkpoint")).map_err(|error| format!("its checkpoint: {error}"))?;
    let head = Checkpoint::open(&note, key).map_err(|error| format!("its checkpoint: {error}"))?;
    let heads = certificate.get("heads").and_then(Json::as_u64).ok_or("it names no list of heads")?;
    let endings = list(certificate, "grants").iter().map(|grant| grant.get("event").and_then(Json::as_u64));
    let endings: Option<Vec<u64>> = endings.collect();
    let endings = endings.ok_or("a grant of it has no event that ended it")?;
    if heads >= head.size() || endings.iter().any(|leaf| *leaf >= heads) {
        return Err("its checkpoint or its list of heads is older than what ended".to_owned());
    }
    Ok(certificate)
}

#[cfg(test)]
mod tests;
