//! A person's yes in the record: signed with the passkey that the log names as that person's, over the statement that stands
//! beside it.

use crate::assertion::check_assertion;
use crate::hash::sha256_of;
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{
    Amendment, ApprovalGiven, Assertion, Assurance, By, ConsentAct, ConsentStatement, ControlSeconded, ControlState,
    Data, Digest, Event, Micros, Passkey, PersonId, Sheet, SignedConsent, Statement, TaskId, TaskState,
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

/// Whether a person's signature under an act of their own is what its event says; false where there is none.
///
/// # Errors
/// A sentence on the first thing that is not so.
pub(crate) fn consented(of: &Consented<'_>, control: &ControlState) -> Result<bool, String> {
    let signs = of.by.assurance.signed();
    let Some(SignedConsent { assertion, statement }) = of.signed else {
        return match of.by.assurance {
            Assurance::Local | Assurance::Software => Ok(false),
            _ if signs => Err("it says that it was signed, and is not".to_owned()),
            _ => Err("nothing less than a signature is consent, but at the node's own socket".to_owned()),
        };
    };
    if !signs || statement.of != ConsentStatement::TYPE || statement.person != of.by.person {
        return Err("the statement names another person than whose act it is".to_owned());
    }
    if statement.act != of.act || of.task.is_some_and(|task| Some(task) != statement.task) {
        return Err("the statement is of another act than the one that stands here".to_owned());
    }
    if statement.epoch != control.epoch || statement.origin != control.origin || of.at >= statement.not_after {
        return Err("the statement is of another log or time".to_owned());
    }
    // left out of fields that are there, anything could stand in its place
    if of.opened && of.shown.is_none() {
        return Err("what was shown is not there, though it is said to be signed".to_owned());
    }
    let shown = of.shown.map(|shown| sha256_of(&[shown.canonical().as_bytes()]));
    if shown.is_some_and(|shown| shown != statement.shown) {
        return Err("what stands as shown is not what was signed".to_owned());
    }
    signed_by(&of.by.person, assertion, &statement.text(), control).map(|()| true)
}

/// An act of a person that may be signed, as its event has it.
pub(crate) struct Consented<'a> {
    act: ConsentAct,
    at: Micros,
    by: &'a By,
    /// Whether the fields that what was shown stands in are there to be read.
    opened: bool,
    shown: Option<&'a Json>,
    signed: Option<&'a SignedConsent>,
    task: Option<TaskId>,
}

impl<'a> Consented<'a> {
    /// The digest of what was signed, as the stream that it moves remembers it.
    pub(crate) fn statement(&self) -> Option<Digest> {
        self.signed.map(|signed| signed.statement.digest())
    }

    /// Of an event of a task, or of the control stream where `task` is none; `None` of what is no such act.
    pub(crate) fn of(event: &'a Event, task: Option<TaskId>) -> Option<Self> {
        let (act, by, opened, shown, signed) = match &event.data {
            Data::TaskStarted(of) => {
                let shown = of.private.as_ref().and_then(|private| private.shown.as_ref());
                (ConsentAct::Start, &of.by, of.private.is_some(), shown, &of.signed)
            }
            Data::TaskAmended(of) => {
                let act = match of.change {
                    None => ConsentAct::Confirm,
                    Some(Amendment::Widened { .. }) => ConsentAct::Widen,
                    Some(Amendment::Renewed { .. }) => ConsentAct::Renew,
                    Some(Amendment::Narrowed { .. }) => return None,
                };
                let shown = of.private.as_ref().and_then(|private| private.shown.as_ref());
                (act, &of.by, of.private.is_some(), shown, &of.signed)
            }
            Data::ActionEnded(of) => {
                let shown = of.private.as_ref().and_then(|private| private.result.as_ref()?.get("shown"));
                (ConsentAct::Settle, of.by.as_ref()?, of.private.is_some(), shown, &of.signed)
            }
            Data::LabelLowered(of) => {
                let shown = of.private.as_ref().and_then(|private| private.shown.as_ref());
                (ConsentAct::Declassify, &of.by, of.private.is_some(), shown, &of.signed)
            }
            Data::ControlBreakerClosed(of) => {
                (ConsentAct::CloseBreaker, of.by.as_ref()?, true, of.shown.as_ref(), &of.signed)
            }
            Data::ControlGlassClosed(of) => (ConsentAct::Close, &of.by, true, of.shown.as_ref(), &of.signed),
            _ => return None,
        };
        Some(Self { act, at: event.at, by, opened, shown, signed: signed.as_deref(), task })
    }
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
