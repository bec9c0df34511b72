//! Attenuation: what is handed on is within what is held, axis by axis. Nothing is clamped: what goes beyond is refused
//! with what was asked and the most that could be had. What is not said is the holder's own, where the axis allows that.
//!
//! It is a partial order, and its meet is [`Row::under`]: a row is within another exactly when putting it under the other
//! changes nothing of it.

use super::{Delegation, Row};
use crate::json::{Json, Pointer};
use crate::meter::WindowLimit;
use crate::{Constraint, Effect, MeterLimit, Unit};
use std::fmt::Display;

/// Something asked for beyond what is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beyond {
    /// Where, below the row or the request.
    pub at: Pointer,
    /// What was asked, and the most that could be had.
    pub bound: Bound,
}

/// The bound that was passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// In words.
    Words {
        /// What was asked.
        asked: String,
        /// The most that could be had.
        most: String,
    },
    /// A condition on an argument: it holds names and account numbers, so its words are told and never written.
    Condition(Box<Constraint>),
}

fn beyond(at: Pointer, asked: impl Display, most: impl Display) -> Beyond {
    Beyond { at, bound: Bound::Words { asked: asked.to_string(), most: most.to_string() } }
}

fn place(tokens: &[&str]) -> Pointer {
    tokens.iter().fold(Pointer::root(), |at, token| at.join(*token))
}

impl Row {
    /// This row as it stands below `parent`: what it does not say is the parent's.
    ///
    /// # Errors
    /// Each axis on which it asks for more than the parent has.
    pub fn under(&self, parent: &Self) -> Result<Self, Vec<Beyond>> {
        let mut faults = Vec::new();
        self.tools_under(parent, &mut faults);
        self.effects_under(parent, &mut faults);
        let mut row = self.clone();
        for (pointer, held) in &parent.when {
            let asked = row.when.entry(pointer.clone()).or_default();
            match asked.under(held) {
                Ok(both) => *asked = both,
                Err(part) => {
                    let at = Pointer::root().join("when").join(pointer.to_string().as_str()).join(part);
                    faults.push(Beyond { at, bound: Bound::Condition(Box::new(held.clone())) });
                }
            }
        }
        for (at, held) in &parent.from {
            let asked = row.from.entry(at.clone()).or_insert_with(|| held.clone());
            for origin in asked.iter().filter(|origin| !held.contains(origin)) {
                let most = held.iter().map(|origin| origin.as_str()).collect::<Vec<_>>().join(", ");
                faults.push(beyond(place(&["from", at.as_str()]), origin.as_str(), most));
            }
        }
        self.units_under(parent, &mut faults);
        for (unit, held) in &parent.meters {
            let asked = row.meters.entry(unit.clone()).or_default();
            match asked.under(held) {
                Ok(both) => *asked = both,
                Err((part, asked, most)) => faults.push(beyond(place(&["meters", unit.as_str(), part]), asked, most)),
            }
        }
        match (self.uses, parent.uses) {
            (Some(asked), Some(held)) if asked > held => faults.push(beyond(place(&["uses"]), asked, held)),
            (asked, held) => row.uses = asked.or(held),
        }
        if faults.is_empty() { Ok(row) } else { Err(faults) }
    }

    /// Whether every tool that `other` names is one of this row's.
    pub(crate) fn covers_tools(&self, other: &Self) -> bool {
        other.tools.iter().all(|tool| self.tools.iter().any(|held| held.covers(tool)))
    }

    fn tools_under(&self, parent: &Self, faults: &mut Vec<Beyond>) {
        let outside = self.tools.iter().filter(|tool| !parent.tools.iter().any(|held| held.covers(tool)));
        let most = || parent.tools.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        faults.extend(outside.map(|tool| beyond(place(&["tools"]), tool, most())));
    }

    fn effects_under(&self, parent: &Self, faults: &mut Vec<Beyond>) {
        let outside = self.effects.iter().filter(|effect| !parent.effects.contains(effect));
        let most = || parent.effects.iter().map(Effect::to_string).collect::<Vec<_>>().join(", ");
        faults.extend(outside.map(|effect| beyond(place(&["effects"]), effect, most())));
    }

    /// Money that the parent's row does not name is none that it allows: where value moves, and where it counts money at all.
    /// Elsewhere one more limit only narrows.
    fn units_under(&self, parent: &Self, faults: &mut Vec<Beyond>) {
        let names_money = self.effects.contains(&Effect::Transfer) || parent.meters.keys().any(Unit::is_currency);
        let new = self.meters.keys().filter(|unit| unit.is_currency() && !parent.meters.contains_key(*unit));
        let most = || parent.meters.keys().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        faults.extend(new.filter(|_| names_money).map(|unit| beyond(place(&["meters"]), unit, most())));
    }
}

/// Which part went beyond, what was asked, and the most.
type PartBeyond = (&'static str, String, String);

impl Constraint {
    /// Both conditions in one, where this one asks for nothing that `held` does not allow; else the part that does.
    fn under(&self, held: &Self) -> Result<Self, &'static str> {
        if held.absent != self.absent && !self.is_empty() {
            return Err("absent");
        }
        // Values that are named must each be allowed, and then nothing else has to be compared. One that the rest of this
        // condition forbids is asked for by nobody.
        if self.names_values() {
            let meant: Vec<&Json> = self.values().filter(|value| self.allows(Some(value))).collect();
            let had = !meant.is_empty() && meant.iter().all(|value| held.allows(Some(value)));
            return if had { Ok(self.clone()) } else { Err(self.naming()) };
        }
        let part = |(part, ..): PartBeyond| part;
        let mut both = self.clone();
        both.equals.clone_from(&held.equals);
        both.one_of.clone_from(&held.one_of);
        both.required |= held.required;
        both.absent |= held.absent;
        both.length = at_most("length", self.length, held.length).map_err(part)?;
        both.most = at_most("most", self.most, held.most).map_err(part)?;
        both.least = match (self.least, held.least) {
            (Some(asked), Some(least)) if asked < least => return Err("least"),
            (asked, least) => asked.or(least),
        };
        both.pattern = match (&self.pattern, &held.pattern) {
            // Whether one form is within another is not asked: they are the same, or it is refused.
            (Some(asked), Some(form)) if asked != form => return Err("pattern"),
            (asked, form) => asked.as_ref().or(form.as_ref()).cloned(),
        };
        let (path, host) = (crate::constraint::path_within, crate::constraint::host_below);
        both.path_within = inside(&self.path_within, &held.path_within, path).ok_or("path_within")?;
        both.host_of = inside(&self.host_of, &held.host_of, host).ok_or("host_of")?;
        // Of the values that only the holder names, those that this form allows are left; where none is, nothing could be done.
        if held.names_values() {
            let open = Self { one_of: Vec::new(), ..both.clone() };
            both.one_of.retain(|value| open.allows(Some(value)));
            if !held.values().any(|value| both.allows(Some(value))) || both.one_of.is_empty() != held.one_of.is_empty()
            {
                return Err(held.naming());
            }
        }
        Ok(both)
    }

    /// The values that it names.
    fn values(&self) -> impl Iterator<Item = &Json> {
        self.equals.iter().chain(&self.one_of)
    }

    /// The part in which it names values.
    fn naming(&self) -> &'static str {
        if self.equals.is_some() { "equals" } else { "one_of" }
    }
}

fn at_most<T: PartialOrd + Display + Copy>(
    part: &'static str,
    asked: Option<T>,
    held: Option<T>,
) -> Result<Option<T>, PartBeyond> {
    match (asked, held) {
        (Some(asked), Some(held)) if asked > held => Err((part, asked.to_string(), held.to_string())),
        (asked, held) => Ok(asked.or(held)),
    }
}

/// `None`: what is asked is not within what is held.
fn inside(
    asked: &Option<String>,
    held: &Option<String>,
    within: impl Fn(&str, &str) -> bool,
) -> Option<Option<String>> {
    match (asked, held) {
        (Some(asked), Some(held)) if !within(held, asked) => None,
        (asked, held) => Some(asked.as_ref().or(held.as_ref()).cloned()),
    }
}

impl MeterLimit {
    /// Both limits in one. A smaller limit over a shorter window is a higher rate, and beyond.
    fn under(&self, held: &Self) -> Result<Self, PartBeyond> {
        let each = at_most("each", self.each, held.each)?;
        let per_destination = at_most("per_destination", self.per_destination, held.per_destination)?;
        let total = at_most("total", self.total, held.total)?;
        let window = match (&self.window, &held.window) {
            (Some(asked), Some(held)) if asked.most > held.most || asked.over < held.over => {
                // A reader compares the amounts alone, and would find the smaller one within.
                let shorter = if asked.over < held.over { SHORTER } else { "" };
                return Err(("window", window_words(asked), window_words(held) + shorter));
            }
            (asked, held) => asked.as_ref().or(held.as_ref()).cloned(),
        };
        Ok(Self { each, per_destination, total, window })
    }
}

/// What is told of a limit over a shorter window, whatever its amount.
const SHORTER: &str = ", over that time or longer: a shorter one comes again sooner";

fn window_words(limit: &WindowLimit) -> String {
    format!("{} in any {} s", limit.most, limit.over.0 / 1_000_000)
}

impl Delegation {
    /// What may be handed on below, where it is within what is left here.
    ///
    /// # Errors
    /// Each part that goes beyond; `zone_of` says where an agent lives.
    pub fn under<'a>(
        &self,
        held: &Self,
        zone_of: impl Fn(&crate::AgentId) -> Option<&'a crate::Zone>,
    ) -> Result<Self, Vec<Beyond>> {
        let mut faults = Vec::new();
        let left = held.depth.saturating_sub(1);
        if self.depth > left {
            faults.push(beyond(place(&["delegation", "depth"]), self.depth, left));
        }
        let named = |agent: &crate::AgentId| {
            held.agents.contains(agent) || zone_of(agent).is_some_and(|zone| held.zones.contains(zone))
        };
        let agents = self.agents.iter().filter(|agent| !named(agent));
        faults.extend(agents.map(|agent| beyond(place(&["delegation", "agents"]), agent, held.whom())));
        let zones = self.zones.iter().filter(|zone| !held.zones.contains(zone));
        faults.extend(zones.map(|zone| beyond(place(&["delegation", "zones"]), zone, held.whom())));
        if faults.is_empty() { Ok(self.clone()) } else { Err(faults) }
    }
}

#[cfg(test)]
mod tests;
