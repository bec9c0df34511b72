//! A rule that says how long what was said, sent and answered in a task is kept once the task is over.

use super::BadDocument;
use crate::json::Pointer;
use crate::{DataClass, Span, TemplateName};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How long tasks that have ended are kept. Of what is named for a task the longest counts: what is destroyed cannot be
/// taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// How long after its end a task is kept that nothing below names, as `90d`.
    #[serde(default = "after")]
    pub after: String,
    /// In place of that, for data of a class that a task touched: where it touched another class as well, the longest counts.
    #[serde(default)]
    pub classes: BTreeMap<DataClass, String>,
    /// What no span of this rule is below, as `30d`.
    #[serde(default = "floor")]
    pub floor: String,
    /// In place of `after`, for tasks of a template.
    #[serde(default)]
    pub templates: BTreeMap<TemplateName, String>,
}

fn after() -> String {
    "90d".to_owned()
}

fn floor() -> String {
    "30d".to_owned()
}

impl Retention {
    /// The lowest that a floor may be: what people said no to is followed to other tasks for a day.
    pub const FLOOR_MIN: Span = Span::hours(24);
    /// The longest span.
    pub const SPAN_MAX: Span = Span::hours(36_500 * 24);
    /// The most templates, and the most classes, that a rule names.
    const ENTRIES_MAX: usize = 64;

    /// How long after its end a task of this template is kept that touched data of these classes.
    pub fn keeps(&self, template: Option<&TemplateName>, classes: &BTreeSet<DataClass>) -> Span {
        let of_template = template.and_then(|name| self.templates.get(name));
        let base = of_template.unwrap_or(&self.after);
        // A class that is not named keeps a task as if it had touched none: another, of a shorter span, takes nothing from it.
        let of_classes = classes.iter().map(|class| self.classes.get(class).unwrap_or(base));
        let longest = of_template.into_iter().chain(of_classes).map(|text| for_ever(text)).max();
        longest.unwrap_or_else(|| for_ever(base)).max(for_ever(&self.floor))
    }

    /// Sooner than this after its end no task is erased, whatever it is.
    pub fn least(&self) -> Span {
        let all = self.templates.values().chain(self.classes.values()).chain([&self.after]);
        let least = all.map(|text| for_ever(text)).min();
        least.unwrap_or(Span(u64::MAX)).max(for_ever(&self.floor))
    }

    pub(super) fn check(&self) -> Result<(), BadDocument> {
        let root = || Pointer::root().join("retention");
        let most = Self::ENTRIES_MAX;
        for (place, named) in [("templates", self.templates.len()), ("classes", self.classes.len())] {
            if named > most {
                return Err(BadDocument { at: root().join(place), why: format!("expected at most {most}") });
            }
        }
        let Some(floor) = span(&self.floor).filter(|floor| *floor >= Self::FLOOR_MIN) else {
            let found = self.floor.escape_debug();
            let why = format!("expected a span of at least 1d as `30d`, at most 36500d, found `{found}`");
            return Err(BadDocument { at: root().join("floor"), why });
        };
        let templates = self.templates.iter().map(|(name, text)| (root().join("templates").join(name.as_str()), text));
        let classes = self.classes.iter().map(|(name, text)| (root().join("classes").join(name.as_str()), text));
        let spans = [(root().join("after"), &self.after)].into_iter().chain(templates).chain(classes);
        for (at, text) in spans {
            let found = text.escape_debug();
            match span(text) {
                None => {
                    let why = format!("expected a span as `90d`, at most 36500d, found `{found}`");
                    return Err(BadDocument { at, why });
                }
                Some(span) if span < floor => {
                    let why = format!("expected no less than the floor of `{}`, found `{found}`", self.floor);
                    return Err(BadDocument { at, why });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// In a line: what is erased, and when.
    pub(super) fn sentence(&self) -> String {
        let templates = self.templates.iter().map(|(name, span)| format!("of template {name} {span} after"));
        let classes = self.classes.iter().map(|(class, span)| format!("of data of {class} {span} after"));
        let first = format!("{} after it ended", self.after);
        let all: Vec<String> = [first].into_iter().chain(templates).chain(classes).collect();
        let longest = if all.len() > 2 { "; of several the longest counts" } else { "" };
        format!("a rule: what was said, sent and answered in a task is erased for good {}{longest}", all.join(", "))
    }
}

fn span(text: &str) -> Option<Span> {
    Span::parse(text).filter(|span| *span <= Retention::SPAN_MAX)
}

/// A span that cannot be read, which no document that was read has, is one that never ends.
fn for_ever(text: &str) -> Span {
    span(text).unwrap_or(Span(u64::MAX))
}

#[cfg(test)]
mod tests;
