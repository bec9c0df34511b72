//! `/v1/policy/document`: the rules of a tenant as one readable document, made from what runs and from nothing else.
//!
//! 1. The same control state makes the same bytes.
//! 2. Every value that somebody wrote is escaped: none of it can look like a heading, a link or a row of ours.

mod catalogue;
mod endings;
mod glass;
mod limits;
mod over_all;
mod page;
mod people;

use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{ControlState, Digest, sha256};
use bailiwick_node::{Failure, control_stream};
use page::Page;

/// Which control state a document was made from.
#[derive(Debug, Clone, Copy)]
struct Made {
    /// The last control event, by its place in the log.
    leaf: Option<u64>,
    /// Its hash, which holds those of all control events before it.
    hash: Option<Digest>,
}

impl Api {
    /// The document, and what it was made from.
    pub(crate) fn policy_document(&self) -> Result<Json, Problem> {
        let control = self.control()?;
        let stream = control_stream(self.tenant);
        let last = self.desk.node().store().stream(self.tenant, stream, control.state.seq, 1);
        let last = last.map_err(|error| Problem::from(Failure::Unavailable(error.to_string())))?;
        let last = last.into_iter().find(|stored| stored.seq == control.state.seq);
        let made = Made { leaf: control.state.leaf, hash: last.map(|stored| stored.event.hash) };
        let markdown = document(&control.state, made);
        let hex = |digest: Option<Digest>| digest.map_or(Json::Null, |digest| Json::from(digest.to_string()));
        Ok(Json::object([
            ("control", made.leaf.map_or(Json::Null, Json::from)),
            ("control_hash", hex(made.hash)),
            ("digest", hex(Some(sha256(markdown.as_bytes())))),
            ("markdown", Json::from(markdown)),
            ("policy", hex(Some(control.state.policy_digest()))),
        ]))
    }
}

fn document(state: &ControlState, made: Made) -> String {
    let mut page = Page::default();
    page.heading(1, &["The rules of tenant ", &page::value(&state.name)]);
    page.text(
        "Made from the rules that run, by `bailiwick policy document`. What stands here is what is asked at every call; what \
         does not stand here is not claimed.",
    );
    if !state.running {
        page.text("**All work of this tenant is stopped: nothing begins until it is resumed.**");
    }
    people::templates(&mut page, state);
    people::roles(&mut page, state);
    people::agents(&mut page, state);
    people::persons(&mut page, state);
    catalogue::servers(&mut page, state);
    catalogue::tools(&mut page, state);
    catalogue::policies(&mut page, state);
    limits::order(&mut page);
    limits::delegation(&mut page, state);
    limits::mandates(&mut page, state);
    over_all::rules(&mut page, state);
    over_all::holds(&mut page, state);
    limits::approvals(&mut page, state);
    glass::glass(&mut page, state);
    limits::impact(&mut page);
    limits::limits(&mut page);
    endings::endings(&mut page);
    endings::revocation(&mut page);
    from(&mut page, state, made);
    page.done()
}

/// The end of the document: by what it can be seen to be of these rules.
fn from(page: &mut Page, state: &ControlState, made: Made) {
    page.heading(2, &["What this was made from"]);
    let event = made.leaf.map_or_else(|| "none".to_owned(), |leaf| format!("#{leaf}"));
    page.item(&["last control event: ", &event]);
    let hash = made.hash.map_or_else(|| "none".to_owned(), |hash| format!("`{hash}`"));
    page.item(&["its hash, which holds those of all control events before it: ", &hash]);
    page.item(&["digest of all policies: `", &state.policy_digest().to_string(), "`"]);
}

#[cfg(test)]
mod tests;
