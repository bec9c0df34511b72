//! `POST /v1/approvals/sheet`: several acts, each shown whole, said yes to by one signature.

use super::{changed, refused, signer};
use crate::problem::Own;
use crate::read::body;
use crate::who::Who;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{Approve, Assertion, Assurance, By, Impact, SHEET_MAX, Sheet, sha256};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SheetBody {
    assertion: Assertion,
    /// What stands on it, in the order that it was shown in.
    statements: Vec<OnSheet>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OnSheet {
    /// The request.
    approval: u64,
    /// As what.
    role: String,
    /// The text whose digest stands on the sheet.
    statement: String,
}

impl Api {
    /// One yes to several acts. Nothing is written before all of it was found to be as it is asked; what changes in that
    /// moment is told of the one that it is about, and the others stand.
    pub(crate) async fn sign_sheet(&self, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: SheetBody = body(bytes)?;
        let control = self.control()?;
        let (person, passkey) = signer(&control, &asked.assertion, who)?;
        let digests = asked.statements.iter().map(|on| sha256(on.statement.as_bytes())).collect();
        let most = || Problem::bad(format!("expected 1 to {SHEET_MAX} statements, each once"));
        let sheet = Sheet::of(digests).ok_or_else(most)?;
        let mut found = Vec::with_capacity(asked.statements.len());
        for on in asked.statements {
            let of = self.signable((on.approval, &on.role, &on.statement), person, who).await?;
            if of.state.impact == Impact::Critical {
                return Err(refused(Own::NotOnASheet, "what is critical is signed by itself, on its own page"));
            }
            found.push((on, of));
        }
        self.checked(sheet.text().as_bytes(), passkey, &asked.assertion)?;
        let mut answered = Vec::with_capacity(found.len());
        for (on, of) in found {
            let said = Approve {
                approval: of.state.seq,
                role: on.role,
                by: By { assurance: Assurance::Passkey, person: person.clone() },
                signed: sheet.digest(),
                assertion: asked.assertion.clone(),
                sheet: Some(sheet.clone()),
            };
            let told = match self.desk.approve(self.tenant, of.task, said).await? {
                Ok(_) => Ok(()),
                Err(reason) => Err(self.refused_in(of.task, &reason).await),
            };
            answered.push(Json::object([
                ("code", told.as_ref().err().map_or(Json::Null, |problem| Json::from(problem.code.as_str()))),
                ("detail", told.as_ref().err().map_or(Json::Null, |problem| Json::from(problem.detail.as_str()))),
                ("id", Json::from(on.approval)),
                ("signed", Json::from(told.is_ok())),
            ]));
        }
        if answered.iter().all(|one| one.get("signed") == Some(&Json::Bool(false))) {
            return Err(changed("nothing of it could be signed any more: look at the requests again"));
        }
        Ok(Json::object([("answered", Json::array(answered))]))
    }
}
