//! A request's yeses shown by themselves: checked by whoever has the persons' public keys, without the record around them.

use crate::approved::{signed_with, words};
use crate::hash::sha256_of;
use crate::report::Answer;
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{Assertion, Passkey, PersonId, Salt, Sheet, Statement};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What such a file says that it is.
pub const YES_TYPE: &str = "bailiwick/yes/1";
const LIMITS: Limits = Limits { bytes: 1 << 20, depth: 64, nodes: 1 << 16 };
/// More persons than a request can ask need not be read.
const YESES_MAX: usize = 64;

/// Why a file cannot be checked at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadYes(pub String);

impl std::fmt::Display for BadYes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadYes {}

/// A person and their passkeys, as `person show NAME --json` prints them.
#[derive(Debug, Clone)]
pub struct Signer {
    /// Who, in the words of whoever gave the key.
    pub person: PersonId,
    /// What they sign with.
    pub passkeys: Vec<Passkey>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    /// What was displayed; `null` where it is erased.
    display: Option<Json>,
    /// The request, by the number of its event.
    request: u64,
    #[serde(rename = "type")]
    of: String,
    yeses: Vec<ShownYes>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShownYes {
    assertion: Assertion,
    /// Where it was signed with others.
    sheet: Option<Sheet>,
    /// The bytes that were hashed.
    statement: String,
}

/// One yes, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct YesChecked {
    /// Whether the key that was given signed it.
    pub answer: Answer,
    /// At which page.
    pub origin: Option<String>,
    /// The passkey that the assertion names.
    pub passkey: String,
    /// What was signed.
    pub statement: Statement,
    /// What speaks against it.
    pub why: Option<String>,
}

/// The yeses of one request, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct YesReport {
    /// What was displayed as the act, in one sentence; its digest was signed. `None` where it is not in the file.
    pub act: Option<String>,
    /// The worst of them; of a request that nobody said yes to, nothing can be said.
    pub answer: Answer,
    /// Whether what was displayed was shown.
    pub display_shown: bool,
    /// The request, as the file calls it: the signatures do not cover this number.
    pub request: u64,
    /// One by one.
    pub yeses: Vec<YesChecked>,
}

impl Signer {
    /// Reads what `person show NAME --json` printed.
    ///
    /// # Errors
    /// [`BadYes`] naming what is missing.
    pub fn read(bytes: &[u8]) -> Result<Self, BadYes> {
        let json = Json::parse(bytes, &LIMITS).map_err(|error| BadYes(error.to_string()))?;
        let text = |of: &Json, name: &str| {
            let found = of.get(name).and_then(Json::as_str).map(str::to_owned);
            found.ok_or_else(|| BadYes(format!("expected `{name}`, as `bailiwick person show NAME --json` prints it")))
        };
        let person = PersonId::parse(&text(&json, "name")?).map_err(|error| BadYes(error.to_string()))?;
        let read = |of: &Json| {
            let key = of.get("key").cloned().ok_or_else(|| BadYes("expected the `key` of each passkey".to_owned()))?;
            let (id, name, site) = (text(of, "id")?, text(of, "name")?, text(of, "site")?);
            Ok(Passkey { id, key, model: Salt::new([0; 16]), name, site })
        };
        let passkeys = json.get("passkeys").and_then(Json::as_array).unwrap_or_default();
        Ok(Self { person, passkeys: passkeys.iter().map(read).collect::<Result<_, _>>()? })
    }
}

/// Checks the yeses of a file with keys that come from elsewhere. When each was said, and whether it was used, the record
/// says, not this.
///
/// # Errors
/// [`BadYes`] where the file is none.
pub fn check_yes(bytes: &[u8], signers: &[Signer]) -> Result<YesReport, BadYes> {
    Json::parse(bytes, &LIMITS).map_err(|error| BadYes(error.to_string()))?;
    let shown: Shown = serde_json::from_slice(bytes).map_err(|error| BadYes(error.to_string()))?;
    if shown.of != YES_TYPE {
        return Err(BadYes(format!("it is `{}`, expected `{YES_TYPE}`", shown.of)));
    }
    if shown.yeses.len() > YESES_MAX {
        return Err(BadYes(format!("it has {} yeses, at most {YESES_MAX} are read", shown.yeses.len())));
    }
    let digest = shown.display.as_ref().map(|display| sha256_of(&[display.canonical().as_bytes()]));
    let check = |yes: &ShownYes| {
        let statement = serde_json::from_str::<Statement>(&yes.statement);
        let statement = statement.map_err(|error| BadYes(format!("a statement is none: {error}")))?;
        let checked = match &digest {
            _ if statement.text() != yes.statement || statement.of != Statement::TYPE => {
                Err((Answer::Contradicted, "the statement is not in the form that is signed".to_owned()))
            }
            Some(digest) if *digest != statement.terms.display => {
                Err((Answer::Contradicted, "what is shown is not what was displayed".to_owned()))
            }
            _ => one(&statement, yes, signers),
        };
        let (answer, origin, why) = match checked {
            Ok(origin) => (Answer::Confirmed, Some(origin), None),
            Err((answer, why)) => (answer, None, Some(why)),
        };
        Ok(YesChecked { answer, origin, passkey: yes.assertion.id.clone(), statement, why })
    };
    let yeses = shown.yeses.iter().map(check).collect::<Result<Vec<_>, BadYes>>()?;
    let mut yeses = yeses;
    of_one_request(&mut yeses);
    let answer = yeses.iter().map(|yes| yes.answer).max().unwrap_or(Answer::NotDecidable);
    let act = shown.display.as_ref().and_then(|display| display.get("sentence")?.as_str().map(str::to_owned));
    Ok(YesReport { act, answer, display_shown: digest.is_some(), request: shown.request, yeses })
}

/// Yeses of several requests together, or one that stands twice, are no yeses of one.
fn of_one_request(yeses: &mut [YesChecked]) {
    let Some(first) = yeses.first().map(|yes| yes.statement.clone()) else { return };
    let mut said = BTreeSet::new();
    for yes in yeses {
        let Statement { approval, person, role, task, tenant, terms, .. } = &yes.statement;
        let same = (approval, task, tenant, terms) == (&first.approval, &first.task, &first.tenant, &first.terms);
        let why = match (same, said.insert((person.clone(), role.clone()))) {
            (false, _) => "it is a yes to another request than the first of the file",
            (true, false) => "the same yes stands twice",
            (true, true) => continue,
        };
        (yes.answer, yes.why) = (Answer::Contradicted, Some(why.to_owned()));
    }
}

fn one(statement: &Statement, yes: &ShownYes, signers: &[Signer]) -> Result<String, (Answer, String)> {
    let contradicted = |why: String| (Answer::Contradicted, why);
    let named = |signer: &Signer| {
        let passkey = signer.passkeys.iter().find(|passkey| passkey.id == yes.assertion.id)?;
        Some((signer.person.clone(), passkey.clone()))
    };
    let no_key = || (Answer::NotDecidable, "no key was given for this passkey".to_owned());
    let (person, passkey) = signers.iter().find_map(named).ok_or_else(no_key)?;
    if person != statement.person {
        return Err(contradicted(format!("the key that was given is {person}'s")));
    }
    let words = words(&yes.statement, yes.sheet.as_ref()).map_err(contradicted)?;
    signed_with(&person, &yes.assertion, &words, &passkey).map_err(contradicted)
}

#[cfg(test)]
mod tests;
