//! What a holder asks for when it hands work on: the delegate, why, and the envelope wanted.

mod abroad;

pub(crate) use abroad::zone_of;
pub use abroad::{ABROAD_WINDOW_MAX, zone_reached};

use crate::document::{TemplateRow, plain, stopped_at};
use crate::envelope::{Axis, Beyond, Delegation, Envelope, PassedBound, Row, Window};
use crate::json::{Json, Pointer};
use crate::normal::invisible;
use crate::reason::{Code, Reason};
use crate::template::row_as_written;
use crate::{AgentId, DataClass, Micros, Span, Zone};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The most characters of a purpose: the delegator's own words.
pub const PURPOSE_CHARS_MAX: usize = 500;
/// The most rows of one request, and the most tools of all of them: bounds what comparing it with what is held costs.
const WANTED_ROWS_MAX: usize = 16;
const WANTED_TOOLS_MAX: usize = 128;
/// The most axes that one refusal tells of.
const BEYOND_MAX: usize = 16;

/// A request to hand work on, as it is written: the rows of a template, without parameters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    delegate: AgentId,
    purpose: String,
    grant: Vec<TemplateRow>,
    #[serde(default)]
    window: Option<String>,
    #[serde(default)]
    delegation: Option<Delegation>,
    #[serde(default)]
    read: Vec<DataClass>,
}

/// A request to hand work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// To whom.
    pub delegate: AgentId,
    /// Why, in the delegator's words.
    pub purpose: String,
    /// What the delegate may do.
    pub rows: Vec<Row>,
    /// For how long; as long as the delegator, where it is not said.
    pub window: Option<Span>,
    /// Whether the delegate may hand on in its turn.
    pub delegation: Option<Delegation>,
    /// Data classes that the delegate may read: none that are not said.
    pub read: BTreeSet<DataClass>,
}

impl Wanted {
    /// Reads a request.
    ///
    /// # Errors
    /// A [`Reason`] that names the place and what was expected there.
    pub fn read(request: &Json) -> Result<Self, Reason> {
        let bad = |at: Option<Pointer>, expected: String| Reason {
            at,
            ..Reason::new(Code::ArgumentMalformed).asked(told(&expected))
        };
        let text = request.canonical();
        let form: Form = serde_json::from_str(&text).map_err(|error| {
            let expected = expectation(&error);
            let at = stopped_at(&text, &error);
            bad(Some(at).filter(|at| !at.is_root()), expected)
        })?;
        let at = |field: &str| Some(Pointer::root().join(field));
        let fits = (1..=PURPOSE_CHARS_MAX).contains(&form.purpose.chars().count());
        if !fits || form.purpose.trim().is_empty() || form.purpose.chars().any(invisible) {
            return Err(bad(
                at("purpose"),
                format!("1 to {PURPOSE_CHARS_MAX} characters on one line that can be seen"),
            ));
        }
        if form.grant.is_empty() || form.grant.len() > WANTED_ROWS_MAX {
            return Err(bad(at("grant"), format!("1 to {WANTED_ROWS_MAX} rows")));
        }
        if form.grant.iter().map(|row| row.tools.len()).sum::<usize>() > WANTED_TOOLS_MAX {
            return Err(bad(at("grant"), format!("at most {WANTED_TOOLS_MAX} tools in all rows")));
        }
        let window = form.window.as_deref().map(|text| Span::parse(text).ok_or(()));
        let window = window.transpose().map_err(|()| bad(at("window"), "a span as `30m`".to_owned()))?;
        if form.delegation.as_ref().is_some_and(|delegation| !delegation.bounded()) {
            return Err(bad(at("delegation"), "fewer agents, or less depth".to_owned()));
        }
        for (index, row) in form.grant.iter().enumerate() {
            // What no act could fit is nothing to hand on. Of a template its file is asked.
            if let Some(fault) = row.faults().into_iter().next() {
                let at = Pointer::root().join("grant").index(index);
                let at = fault.at.tokens().into_iter().fold(at, |at, token| at.join(token));
                let expected = fault.why.strip_prefix("expected ").unwrap_or(&fault.why).to_owned();
                return Err(bad(Some(at), expected));
            }
        }
        let rows = form.grant.iter().enumerate().map(|(index, row)| {
            row_as_written(index, row).map_err(|error| {
                let place = error.place.strip_prefix(&format!("grant[{index}].")).unwrap_or(&error.place);
                let expected = error.expected.split(" (").next().unwrap_or_default().to_owned();
                // `meters.EUR` is a field and a member of it
                let place = place.split('.').fold(Pointer::root().join("grant").index(index), Pointer::join);
                bad(Some(place), expected)
            })
        });
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let read = form.read.into_iter().collect();
        Ok(Self { delegate: form.delegate, purpose: form.purpose, rows, window, delegation: form.delegation, read })
    }

    /// The envelope of the delegate, within that of the delegator.
    ///
    /// # Errors
    /// A [`Reason`] for each axis that goes beyond, with what was asked and the most that could be had.
    pub fn under<'a>(
        &self,
        held: &Envelope,
        now: Micros,
        zone_of: impl Fn(&AgentId) -> Option<&'a Zone>,
    ) -> Result<Envelope, Vec<Reason>> {
        let mut faults: Vec<Reason> = Vec::new();
        let mut rows = Vec::with_capacity(self.rows.len());
        for (index, row) in self.rows.iter().enumerate() {
            match best_under(row, &held.rows) {
                Ok(row) => rows.push(row),
                Err(beyond) => {
                    let place = Pointer::root().join("grant").index(index);
                    let at = |fault: &Beyond| fault.at.tokens().into_iter().fold(place.clone(), Pointer::join);
                    faults.extend(beyond.iter().map(|fault| reason(at(fault), fault)));
                }
            }
        }
        let expires = self.window.map_or(held.window.expires, |span| now.after(span));
        if expires > held.window.expires {
            let left = held.window.expires.0.saturating_sub(now.0) / 1_000_000;
            let asked = self.window.unwrap_or(Span(0)).0 / 1_000_000;
            let fault = Reason::new(Code::BeyondGrant).asked(format_args!("{asked} s")).most(format_args!("{left} s"));
            faults.push(fault.at(&Pointer::root().join("window")));
        }
        let nothing = BTreeSet::new();
        let (may_read, may_pass) =
            (held.readable.known().unwrap_or(&nothing), held.passable.known().unwrap_or(&nothing));
        let most: BTreeSet<DataClass> = may_read.intersection(may_pass).cloned().collect();
        let most_words = most.iter().map(ToString::to_string).collect::<Vec<_>>();
        let most_words = if most_words.is_empty() { "nothing".to_owned() } else { most_words.join(", ") };
        let at_read = Pointer::root().join("read");
        let beyond = |class: &DataClass| Reason::new(Code::BeyondGrant).asked(class).most(&most_words).at(&at_read);
        faults.extend(self.read.difference(&most).map(beyond));
        let held_on = held.delegation.known().cloned().unwrap_or_default();
        let delegation = match self.delegation.clone().unwrap_or_default().under(&held_on, zone_of) {
            Ok(delegation) => delegation,
            Err(beyond) => {
                faults.extend(beyond.iter().map(|fault| reason(fault.at.clone(), fault)));
                Delegation::default()
            }
        };
        if !faults.is_empty() {
            faults.truncate(BEYOND_MAX);
            return Err(faults);
        }
        Ok(Envelope {
            // What is handed on rests on the same consent.
            consent_age: held.consent_age.clone(),
            delegation: Axis::Is(delegation),
            // What is handed on may be handed on again as far as this one allows.
            passable: Axis::Is(may_pass.intersection(&self.read).cloned().collect()),
            readable: Axis::Is(self.read.clone()),
            rows,
            window: Window { expires, not_before: now },
        })
    }
}

/// What is wrong, as a sentence goes on with it.
fn told(expected: &str) -> String {
    let whole = ["unknown field", "missing field", "expected "].iter().any(|begins| expected.starts_with(begins));
    if whole { expected.to_owned() } else { format!("expected {expected}") }
}

/// What was expected, without what was found: reasons are written, and cannot be erased.
fn expectation(error: &serde_json::Error) -> String {
    let text = plain(error);
    let of_names = text.starts_with("unknown field") || text.starts_with("missing field");
    match text.split_once(", expected ") {
        Some((_, expected)) if !of_names => expected.to_owned(),
        _ => text,
    }
}

fn reason(at: Pointer, fault: &Beyond) -> Reason {
    let reason = Reason::new(Code::BeyondGrant).at(&at);
    match &fault.bound {
        PassedBound::Words { asked, most } => reason.asked(asked).most(most),
        PassedBound::Condition(held) => reason.allowed(held),
    }
}

/// The row below the first held row that it is within; else what is beyond the row that comes nearest.
fn best_under(row: &Row, held: &[Row]) -> Result<Row, Vec<Beyond>> {
    let mut nearest: Option<Vec<Beyond>> = None;
    // What is beyond is said of rows of the same tools, where there are any: words cost more than the comparison.
    let of_tools: Vec<&Row> = held.iter().filter(|held| held.stands() && held.covers_tools(row)).collect();
    let compared =
        if of_tools.is_empty() { held.iter().filter(|held| held.stands()).take(1).collect() } else { of_tools };
    for held in compared {
        match row.under(held) {
            Ok(under) => return Ok(under),
            Err(beyond) if nearest.as_ref().is_none_or(|best| far(&beyond) < far(best)) => nearest = Some(beyond),
            Err(_) => {}
        }
    }
    let bound = || PassedBound::Words { asked: tools(row), most: "nothing".to_owned() };
    let nothing = || Beyond { at: Pointer::root().join("tools"), bound: bound() };
    Err(nearest.unwrap_or_else(|| vec![nothing()]))
}

/// How far from a held row it is: one of other tools is farthest, then one of other effects.
fn far(beyond: &[Beyond]) -> (bool, bool, usize) {
    let names = |axis: &str| beyond.iter().any(|fault| fault.at.last() == Some(axis));
    (names("tools"), names("effects"), beyond.len())
}

fn tools(row: &Row) -> String {
    row.tools.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
