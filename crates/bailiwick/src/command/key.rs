//! `key …`.

use super::Outcome;
use crate::cli::{Key, KeyKind};
use crate::client::Client;
use crate::hint::here;
use crate::home::Trouble;
use crate::print::{self, data, list, number, text, time, words};
use bailiwick_core::json::Json;

pub(super) async fn key(client: &Client, asked: Key, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Key::List => {
            let keys = client.get("/v1/keys").await?;
            if json { print::json(&keys) } else { show(&keys) }
        }
        Key::Turn { which } => {
            let path = match which {
                KeyKind::Token => "/v1/keys/token/turn",
                KeyKind::Root => "/v1/keys/root/turn",
            };
            let turned = client.post(path, &Json::Null).await?;
            if json {
                print::json(&turned);
            } else {
                data(&format!("done; event {}", number(&turned, "event")));
                tell(which, &turned);
            }
        }
    }
    Ok(Outcome::Done)
}

/// Whether the root key's file as it lies there opens the store's keys.
pub(super) fn is_held(keys: &Json) -> bool {
    keys.get("root").and_then(|root| root.get("held")).and_then(Json::as_bool) != Some(false)
}

fn show(keys: &Json) {
    let root = keys.get("root").unwrap_or(&Json::Null);
    let (wraps, newest) = (number(root, "wraps"), number(root, "newest"));
    let unused = if newest > wraps { format!("; version {newest} is there and wraps nothing") } else { String::new() };
    data(&format!("root   version {wraps} wraps the tenant's keys{unused}"));
    let other = if is_held(keys) { "" } else { ": WRONG, this file does not hold it; see `bailiwick doctor`" };
    data(&format!("       {}{}", text(root, "file"), here(other)));
    match keys.get("tokens").filter(|tokens| !tokens.is_null()) {
        Some(tokens) => show_tokens(tokens),
        None => data("token  none: this node has had no address for agents"),
    }
}

fn show_tokens(tokens: &Json) {
    data(&format!("token  {} signs", text(tokens, "active")));
    data(&format!("       {} signs next", text(tokens, "next")));
    for old in list(tokens, "retiring") {
        data(&format!("       {} still verifies, until {}", text(old, "key"), time(number(old, "until"))));
    }
}

/// What is left to do for who turned it.
fn tell(which: KeyKind, turned: &Json) {
    match which {
        KeyKind::Token => show_tokens(turned.get("tokens").unwrap_or(&Json::Null)),
        KeyKind::Root => {
            let (version, file) = (number(turned, "version"), text(turned, "file"));
            words(&format!("version {version} of the root key wraps the tenant's keys from now on"));
            words(&format!(
                "copy `{file}` anew to where you keep its copy: the old copy does not open this store any more"
            ));
            words("other nodes of this store: put that file in their home before they start again");
        }
    }
}
