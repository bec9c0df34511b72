//! `uninstall`: the client's entry as it was, no service, no accounts. What cannot be made anew stays: the record, the keys,
//! the secrets.

use super::system::{as_user, has_systemd, run};
use super::{ACCOUNT, COMMENT, COMMENT_SERVER, ETC, HOME, SECRETS, SERVERS, service};
use crate::accounts;
use crate::cli::Uninstall;
use crate::client::Client;
use crate::command::Outcome;
use crate::home::Trouble;
use crate::places::Places;
use crate::print::{data, number, words};
use crate::trust::BadInput;
use bailiwick_core::json::Json;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the node may take to end.
const END_WITHIN: Duration = Duration::from_secs(20);
/// How often it is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Takes an installation away.
///
/// # Errors
/// What a step says that fails; the next run goes on there.
pub(crate) async fn uninstall(asked: &Uninstall, home: Option<PathBuf>) -> Result<Outcome, Trouble> {
    if !rustix::process::geteuid().is_root() {
        return Err(BadInput("only root takes accounts and services away: run it with sudo".to_owned()).into());
    }
    let home = home.unwrap_or_else(|| PathBuf::from(HOME));
    let did = |what: &str| data(&format!("{}{what}", if asked.dry_run { "would do    " } else { "done        " }));
    if let (Some(config), Some(name)) = (&asked.config, &asked.name) {
        let user = super::the_user(asked.user.as_deref())?;
        let path = std::path::absolute(config)?.display().to_string();
        if !asked.dry_run {
            as_user(&user, &["install-file", "restore", &path, name], "")?;
        }
        did(&format!("client: `{name}` of {path} as it was before"));
    }
    if !asked.dry_run {
        end(&home).await?;
    }
    did("the node has ended");
    for path in [service::start_file(), service::serve_file(), PathBuf::from(service::UNIT)] {
        if path.is_file() {
            if !asked.dry_run {
                std::fs::remove_file(&path)?;
            }
            did(&format!("file {} is gone", path.display()));
        }
    }
    for account in accounts::all().into_iter().filter(|it| it.name == ACCOUNT || it.name.starts_with("bw-")) {
        if account.comment != COMMENT && !account.comment.starts_with(COMMENT_SERVER) {
            continue;
        }
        if !asked.dry_run {
            run(&["userdel".to_owned(), account.name.clone()])?;
        }
        did(&format!("account `{}` is gone", account.name));
    }
    words("what stays, for you to keep or to remove:");
    for path in [home.as_path(), Path::new(SERVERS), Path::new(SECRETS), Path::new(ETC)] {
        if path.exists() {
            words(&format!("  {}", path.display()));
        }
    }
    Ok(Outcome::Done)
}

/// Ends the node, and sees to it that nothing starts it again.
async fn end(home: &Path) -> Result<(), Trouble> {
    if has_systemd() && Path::new(service::UNIT).is_file() {
        return run(&["systemctl", "disable", "--now", "bailiwick"].map(str::to_owned));
    }
    stop(&Client::new(&Places::under(home).socket, None)).await
}

/// Ends a node, and waits until its process has gone: before that its store is not free, nor its account.
pub(super) async fn stop(client: &Client) -> Result<(), Trouble> {
    if !client.answers().await {
        return Ok(());
    }
    let status = client.get("/v1/status").await?;
    let process = number(status.get("node").unwrap_or(&Json::Null), "pid");
    client.post("/v1/node/stop", &Json::Null).await?;
    let mut waited = Duration::ZERO;
    while Path::new("/proc").join(process.to_string()).exists() {
        if waited >= END_WITHIN {
            return Err("the node has not ended yet: run it again".into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
        waited += LOOK_EVERY;
    }
    Ok(())
}
