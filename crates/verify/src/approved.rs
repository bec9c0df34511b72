//! A person's yes in the record: signed with the passkey that the log names as that person's, over the statement that stands
//! beside it.

use crate::assertion::check_assertion;
use crate::hash::sha256_of;
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{
    ApprovalGiven, Assertion, ControlSeconded, ControlState, Passkey, PersonId, Sheet, Statement, TaskState,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What a browser says of a page is small.
const CLIENT_DATA: Limits = Limits { bytes: 8 << 10, depth: 8, nodes: 256 };

/// Whether a statement is of a request of this very task, as it was asked: also where nothing can be decided again.
///
/// # Errors
/// A sentence on what it is not.
pub(crate) fn asked(statement: &Statement, task: &TaskState) -> Result<(), String> {
    let request = task.approvals.get(&statement.approval);
    let same = request.is_some_and(|request| {
        let role = request.needs.iter().any(|need| need.role == statement.role);
        role && task.statement(request, &statement.role, &statement.person) == *statement
    });
    if same { Ok(()) } else { Err("it is a yes to something else than what this task asked".to_owned()) }
}

/// Whether a yes is what it says.
///
/// # Errors
/// A sentence on the first thing that is not so.
pub(crate) fn signed(given: &ApprovalGiven, control: &ControlState) -> Result<(), String> {
    if given.statement.person != given.by.person {
        return Err("the statement names another person than who said yes".to_owned());
    }
    let words = words(&given.statement.text(), given.sheet.as_ref())?;
    signed_by(&given.by.person, &given.assertion, &words, control)
}

/// What was signed: the statement, or the sheet on which it stands once. Hashed here, with nothing of the code that took the
/// yes in.
pub(crate) fn words(statement: &str, sheet: Option<&Sheet>) -> Result<String, String> {
    let Some(sheet) = sheet else { return Ok(statement.to_owned()) };
    let own = sha256_of(&[statement.as_bytes()]);
    if !sheet.formed() || !sheet.statements.contains(&own) {
        return Err("the statement does not stand on the sheet that was signed".to_owned());
    }
    Ok(sheet.text())
}

/// Whether a second person's yes to a change is what it says.
///
/// # Errors
/// A sentence on the first thing that is not so.
pub(crate) fn seconded(seconded: &ControlSeconded, control: &ControlState) -> Result<(), String> {
    signed_by(&seconded.by.person, &seconded.assertion, &seconded.statement.text(), control)
}

fn signed_by(person: &PersonId, assertion: &Assertion, statement: &str, control: &ControlState) -> Result<(), String> {
    let passkey = control.passkey(person, &assertion.id);
    let passkey = passkey.ok_or_else(|| format!("the log names no such passkey of {person}"))?;
    signed_with(person, assertion, statement, passkey).map(drop)
}

/// Whether a passkey signed these words; answers at which page.
///
/// # Errors
/// A sentence on the first thing that is not so.
pub(crate) fn signed_with(
    person: &PersonId,
    assertion: &Assertion,
    words: &str,
    passkey: &Passkey,
) -> Result<String, String> {
    let origin = origin(&assertion.client_data).ok_or("the browser's data name no page")?;
    if !of_site(&origin, &passkey.site) {
        return Err(format!("it was signed at `{origin}`, which is no page of `{}`", passkey.site));
    }
    let checked = check_assertion(words.as_bytes(), assertion, passkey, &passkey.site, &[&origin]);
    checked.map(|()| origin).map_err(|why| format!("the yes of {person} does not hold: {why}"))
}

fn origin(client_data: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(client_data).ok()?;
    let read = Json::parse(&bytes, &CLIENT_DATA).ok()?;
    read.get("origin")?.as_str().map(str::to_owned)
}

/// Whether a page is one of the site: its host, or one under it, over TLS; in the clear on the machine itself alone (W3C
/// Secure Contexts 3.1). Its port is the node's own choice.
fn of_site(origin: &str, site: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let under = host.strip_suffix(site).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    let machine = site == "localhost" || site.ends_with(".localhost");
    under && (scheme == "https" || (scheme == "http" && machine))
}

#[cfg(test)]
mod tests;
