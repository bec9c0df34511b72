//! Mandates: standing limits that somebody gives. Value only, never a tool; tasks draw on them.

use super::BadDocument;
use crate::json::Pointer;
use crate::normal::day_begins;
use crate::{AgentId, Amount, Code, MandateName, Micros, PersonId, Reason, Span, TemplateName, Unit};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// A standing limit that a customer or an owner gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mandate {
    /// Its name.
    pub name: MandateName,
    /// Who gives it.
    pub giver: PersonId,
    /// What it is given for.
    #[serde(rename = "for")]
    pub given_for: GivenFor,
    /// The limits, by unit.
    pub meters: BTreeMap<Unit, MandateLimit>,
    /// The first day of it, as yyyy-mm-dd; days begin in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The first day on which it is no longer good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// What a mandate is given for: a list that is there bounds, one that is not does not. At least one is there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenFor {
    /// Agents that may hold the task.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<AgentId>,
    /// Templates that the task may be made from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<TemplateName>,
    /// Customers that the task may be done for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
}

/// The most of one unit: per period of the calendar, or within any span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MandateLimit {
    /// The most that tasks may hold at once or have used, of what was drawn in that time.
    pub most: Amount,
    /// Within any span of this length, as `24h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// In each of these periods, as `month in Europe/Berlin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<Per>,
}

/// A period of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Every {
    /// From midnight to midnight.
    Day,
    /// From Monday on.
    Week,
    /// From the first day of the month on.
    Month,
}

impl Every {
    /// As written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The shortest and the longest of its kind: clocks are set, and the one or other day was left out of a calendar.
    const fn bounds(self) -> (Span, Span) {
        match self {
            Self::Day => (Span::hours(20), Span::hours(28)),
            Self::Week => (Span::hours(5 * 24), Span::hours(8 * 24)),
            Self::Month => (Span::hours(26 * 24), Span::hours(32 * 24)),
        }
    }
}

/// Periods of the calendar of one time zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Per {
    /// Which.
    pub every: Every,
    /// The zone, by its IANA name.
    pub zone: String,
}

impl Per {
    const EXPECTED: &str = "a period and a time zone, as `month in Europe/Berlin`: day, week or month";
    /// The most characters of a zone's name.
    const ZONE_CHARS_MAX: usize = 64;

    /// Reads `month in Europe/Berlin`.
    pub fn parse(text: &str) -> Option<Self> {
        let (every, zone) = text.split_once(" in ")?;
        let every = [Every::Day, Every::Week, Every::Month].into_iter().find(|known| known.as_str() == every)?;
        let named = |b: u8| b.is_ascii_alphanumeric() || b"_+-/".contains(&b);
        let fits = (1..=Self::ZONE_CHARS_MAX).contains(&zone.len()) && zone.bytes().all(named);
        fits.then(|| Self { every, zone: zone.to_owned() })
    }
}

impl fmt::Display for Per {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.every.as_str(), self.zone)
    }
}

impl Serialize for Per {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Per {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format_args!("expected {}", Self::EXPECTED)))
    }
}

/// A period of the calendar as it is now: from `from` (inclusive) to `until` (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// When it begins.
    pub from: Micros,
    /// When it is over.
    pub until: Micros,
}

impl Period {
    /// Whether it holds this moment.
    pub fn holds(&self, now: Micros) -> bool {
        self.from <= now && now < self.until
    }

    /// Whether it may be one of these periods: not longer and not shorter than they are anywhere.
    pub(crate) fn is_of(&self, every: Every) -> bool {
        let (least, most) = every.bounds();
        let long = Span(self.until.0.saturating_sub(self.from.0));
        self.from < self.until && (least..=most).contains(&long)
    }
}

impl Mandate {
    /// The most mandates of a tenant.
    pub const COUNT_MAX: usize = 256;
    /// The most that one template draws on.
    pub const DRAWN_MAX: usize = 4;
    /// The most entries of each list of `for`, and units.
    pub const ENTRIES_MAX: usize = 64;
    /// The longest span of a rolling limit.
    pub const OVER_MAX: Span = Span::hours(366 * 24);

    pub(super) fn check(&self) -> Result<(), BadDocument> {
        let bad = |path: &[&str], why: String| {
            let at = path.iter().fold(Pointer::root(), |at, part| at.join(*part));
            Err(BadDocument { at, why })
        };
        let most = Self::ENTRIES_MAX;
        let GivenFor { agents, templates, subjects } = &self.given_for;
        let lists = [agents.len(), templates.len(), subjects.len()];
        if lists.iter().all(|count| *count == 0) || lists.iter().any(|count| *count > most) {
            return bad(
                &["for"],
                format!("expected `agents`, `templates` or `subjects`, each with 1 to {most} of them"),
            );
        }
        if self.meters.is_empty() || self.meters.len() > most {
            return bad(&["meters"], format!("expected 1 to {most} units"));
        }
        for (unit, limit) in &self.meters {
            let at = |part: &'static str| ["meters", unit.as_str(), part];
            if let Err(error) = limit.most.fits(unit) {
                return bad(&at("most"), format!("expected an amount in {unit} ({error})"));
            }
            match (&limit.per, &limit.over) {
                (Some(_), None) => {}
                (None, Some(_)) if limit.span().is_some() => {}
                (None, Some(over)) => {
                    let found = over.escape_debug();
                    return bad(&at("over"), format!("expected a span as `24h`, at most 366d, found `{found}`"));
                }
                _ => {
                    let why = "expected either `per`, as `month in Europe/Berlin`, or `over`, as `24h`".to_owned();
                    return bad(&["meters", unit.as_str()], why);
                }
            }
        }
        for (name, day) in [("from", &self.from), ("until", &self.until)] {
            if let Some(day) = day.as_ref().filter(|day| day_begins(day).is_none()) {
                return bad(&[name], format!("expected a day as `2030-06-30`, found `{}`", day.escape_debug()));
            }
        }
        if self.until.is_some() && self.begins() >= self.ends().unwrap_or(Micros(u64::MAX)) {
            return bad(&["until"], "expected a day after `from`".to_owned());
        }
        Ok(())
    }

    /// When it begins to be good.
    pub fn begins(&self) -> Micros {
        self.from.as_deref().and_then(day_begins).unwrap_or_default()
    }

    /// When it is no longer good; `None` where that is not said.
    pub fn ends(&self) -> Option<Micros> {
        self.until.as_deref().map(|day| day_begins(day).unwrap_or_default())
    }

    /// Whether it is given for this.
    ///
    /// # Errors
    /// The [`Reason`] with what it is not given for.
    pub(crate) fn covers(&self, agent: &AgentId, template: &TemplateName, subject: Option<&str>) -> Result<(), Reason> {
        let GivenFor { agents, templates, subjects } = &self.given_for;
        let no = |what: String| Err(Reason::new(Code::MandateNotGiven).asked(format_args!("{}, {what}", self.name)));
        if !agents.is_empty() && !agents.contains(agent) {
            return no(format!("agent {agent}"));
        }
        if !templates.is_empty() && !templates.contains(template) {
            return no(format!("template {template}"));
        }
        let meant = subject.is_some_and(|subject| subjects.iter().any(|known| known == subject));
        if !subjects.is_empty() && !meant {
            return no("this customer".to_owned());
        }
        Ok(())
    }

    /// Whether what rests on it would rest on something else once it is `new`: another's word, or one for less.
    pub(crate) fn rests_otherwise(&self, new: &Self) -> bool {
        let fewer = |old: usize, new: usize, all: bool| new != 0 && (old == 0 || !all);
        let (old, now) = (&self.given_for, &new.given_for);
        self.giver != new.giver
            || fewer(old.agents.len(), now.agents.len(), old.agents.iter().all(|one| now.agents.contains(one)))
            || fewer(
                old.templates.len(),
                now.templates.len(),
                old.templates.iter().all(|one| now.templates.contains(one)),
            )
            || fewer(old.subjects.len(), now.subjects.len(), old.subjects.iter().all(|one| now.subjects.contains(one)))
    }

    /// In a line: who gives how much for what.
    pub fn sentence(&self) -> String {
        let limits: Vec<String> = self.meters.iter().map(|(unit, limit)| limit.words(unit)).collect();
        let GivenFor { agents, templates, subjects } = &self.given_for;
        let names = |what: &str, names: Vec<&str>| (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")));
        let whom = [
            names("agent", agents.iter().map(AgentId::as_str).collect()),
            names("template", templates.iter().map(TemplateName::as_str).collect()),
            // who customers are stands in the document, and is not said where it is only listed
            (!subjects.is_empty()).then(|| match subjects.len() {
                1 => "1 customer".to_owned(),
                more => format!("{more} customers"),
            }),
        ];
        let whom: Vec<String> = whom.into_iter().flatten().collect();
        format!("{} gives {} for {}", self.giver, limits.join(", "), whom.join(" and "))
    }
}

impl MandateLimit {
    /// The span of a rolling limit.
    pub fn span(&self) -> Option<Span> {
        self.over.as_deref().and_then(Span::parse).filter(|span| *span <= Mandate::OVER_MAX)
    }

    /// In words: `1000.00 EUR a month (Europe/Berlin)`.
    pub fn words(&self, unit: &Unit) -> String {
        match (&self.per, &self.over) {
            (Some(per), _) => format!("{} {unit} a {} ({})", self.most, per.every.as_str(), per.zone),
            (None, over) => format!("{} {unit} in any {}", self.most, over.as_deref().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests;
