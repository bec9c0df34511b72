//! The sentences that a person says yes to: of an envelope, and of a template before anything is filled in.

use crate::document::{Template, TemplateRow, written};
use crate::envelope::{Delegation, Envelope, From, Row};
use crate::hidden::hidden_words;
use crate::json::Json;
use crate::{Constraint, DataClass, Effect, ToolPattern};
use std::collections::BTreeSet;

impl Envelope {
    /// What a person says yes to, in words made from the envelope alone: never from what an agent or server wrote.
    /// `privileged` asks for the effects of the second act only; otherwise for the others. A row with both stands in both.
    pub fn sentences(&self, privileged: bool) -> Vec<String> {
        let shown = |row: &Row| {
            let effects = of_act(&row.effects, privileged);
            (!effects.is_empty()).then(|| filled(row, &effects))
        };
        let delegation = self.delegates().filter(|_| privileged).map(handing_on);
        let age = self.consent_age.known().filter(|_| !privileged).and_then(|age| age.renew_after).map(ageing);
        let rows: Vec<String> = self.rows.iter().filter_map(shown).chain(delegation).chain(age).collect();
        // the second act has nothing of its own to say of what is read, and is shown it beside what it is about
        let read = self.readable.known().filter(|_| !privileged || !rows.is_empty()).and_then(reading);
        rows.into_iter().chain(read).collect()
    }

    /// What a person says yes to by both acts: what stands in both is said once.
    pub fn all_sentences(&self) -> Vec<String> {
        [self.sentences(false), self.second_sentences()].concat()
    }

    /// What the second act alone is about: what may be read is said yes to by the first.
    pub fn second_sentences(&self) -> Vec<String> {
        let read = self.readable.known().and_then(reading);
        self.sentences(true).into_iter().filter(|line| read.as_ref() != Some(line)).collect()
    }
}

impl Template {
    /// What its rows would grant, with `{name}` where a person's value will stand; and whether that is asked for in the
    /// second act.
    pub fn sentences(&self) -> Vec<(bool, String)> {
        let mut out = Vec::new();
        for privileged in [false, true] {
            for row in &self.grant {
                let effects = of_act(&effects(row), privileged);
                if !effects.is_empty() {
                    out.push((privileged, unfilled(self, row, &effects)));
                }
            }
        }
        out.extend(self.delegate.iter().map(|delegation| (true, handing_on(delegation))));
        out
    }

    /// Which classes of data it lets be read.
    pub fn reading(&self) -> Option<String> {
        reading(self.read.iter().collect::<BTreeSet<_>>())
    }
}

impl Template {
    /// One row, of both acts.
    pub(crate) fn row_sentence(&self, index: usize) -> Option<String> {
        let row = self.grant.get(index)?;
        let effects: Vec<String> = effects(row).iter().map(Effect::to_string).collect();
        Some(unfilled(self, row, &effects))
    }
}

/// Which classes of data results may have that its holder is given; nothing where they may have none.
fn reading<'a>(classes: impl IntoIterator<Item = &'a DataClass>) -> Option<String> {
    let named: Vec<String> = classes.into_iter().map(ToString::to_string).collect();
    match named.as_slice() {
        [] => None,
        [one] => Some(format!("be given data of the class {one}")),
        several => Some(format!("be given data of the classes {}", several.join(", "))),
    }
}

/// To whom work may be handed, and how far.
fn handing_on(delegation: &Delegation) -> String {
    let further = match delegation.depth {
        0 | 1 => "who may not hand it on".to_owned(),
        depth => format!("who may hand it on, through at most {depth} agents one after another"),
    };
    format!("{} to {}; {further}", Effect::Delegate, delegation.whom())
}

/// From when on the consent is not enough for what is at stake.
fn ageing(span: crate::Span) -> String {
    let (seconds, minutes) = (span.0 / 1_000_000, span.0 / 60_000_000);
    let after = match (minutes / 60, minutes) {
        (hours, _) if hours > 0 && minutes % 60 == 0 => format!("{hours} h"),
        (_, minutes) if minutes > 0 && seconds % 60 == 0 => format!("{minutes} min"),
        _ => format!("{seconds} s"),
    };
    format!("{after} after the consent, what is of high impact waits until it is renewed or for a yes to each act")
}

/// The effects of a row: one, several, or reading alone.
fn effects(row: &TemplateRow) -> Vec<Effect> {
    match (row.effect, row.effects.as_slice()) {
        (Some(effect), []) => vec![effect],
        (None, []) => vec![Effect::Read],
        (_, effects) => effects.to_vec(),
    }
}

fn of_act(effects: &[Effect], privileged: bool) -> Vec<String> {
    effects.iter().filter(|effect| effect.privileged() == privileged).map(Effect::to_string).collect()
}

fn filled(row: &Row, effects: &[String]) -> String {
    let asks = row.ask.iter().map(|ask| {
        let over = ask.over.iter().map(|(unit, amount)| format!("{amount} {unit}"));
        let later = ask.escalate.as_ref().map(|to| format!("{} s {}", to.after.0 / 1_000_000, to.to));
        let tools: Vec<String> = ask.tools.iter().map(ToString::to_string).collect();
        (asked_of(ask.count, &ask.who, &ask.exclude, later), when(&over.collect::<Vec<_>>(), &tools))
    });
    sentence(&Parts {
        effects,
        tools: row.tools.iter().map(ToString::to_string).collect(),
        from: row.from.clone(),
        when: row.when.iter().map(|(pointer, constraint)| (pointer.to_string(), written(constraint))).collect(),
        meters: row.meters.iter().map(|(unit, limit)| (unit.to_string(), written(limit))).collect(),
        uses: row.uses,
        asks: asks.collect(),
    })
}

fn unfilled(template: &Template, row: &TemplateRow, effects: &[String]) -> String {
    let members = |json: &Json| -> Vec<(String, Json)> {
        let members = json.as_object().into_iter().flat_map(crate::json::Object::iter);
        members.map(|(name, value)| (name.to_owned(), value.clone())).collect()
    };
    let meters = members(&row.meters);
    let over_meters = |ask: &&crate::document::TemplateAsk| {
        ask.over.is_empty() || ask.over.keys().any(|unit| meters.iter().any(|(name, _)| name == unit.as_str()))
    };
    // of a tool that a parameter names it is known when a task starts
    let about = |ask: &&crate::document::TemplateAsk| {
        let meets = |of: &String| {
            row.tools.iter().any(|own| match ToolPattern::parse(of).ok().zip(ToolPattern::parse(own).ok()) {
                Some((of, own)) => of.meets(&own),
                None => true,
            })
        };
        ask.tools.is_empty() || ask.tools.iter().any(meets)
    };
    let asks = template.ask.iter().filter(over_meters).filter(about).map(|ask| {
        let over = ask.over.iter().map(|(unit, amount)| format!("{amount} {unit}"));
        let later = ask.escalate.as_ref().map(|to| format!("{} {}", to.after, to.to));
        (asked_of(ask.count, &ask.who, &ask.exclude, later), when(&over.collect::<Vec<_>>(), &ask.tools))
    });
    sentence(&Parts {
        effects,
        tools: row.tools.clone(),
        from: row.from.clone(),
        when: members(&row.when),
        asks: asks.collect(),
        meters: meters.clone(),
        uses: row.uses,
    })
}

/// When somebody is asked: from an amount on, for some tools, or always.
fn when(over: &[String], tools: &[String]) -> String {
    let of = if tools.is_empty() { String::new() } else { format!(" for {}", tools.join(", ")) };
    if over.is_empty() { format!("always{of}") } else { format!("over {}{of}", over.join(", ")) }
}

fn asked_of(count: u64, who: &crate::Approvers, exclude: &[crate::Approver], later: Option<String>) -> String {
    let mut out = if count == 1 { who.to_string() } else { format!("{count} distinct persons of {who}") };
    if !exclude.is_empty() {
        let not = exclude.iter().map(ToString::to_string).collect::<Vec<_>>();
        out.push_str(&format!(" (not {})", not.join(", ")));
    }
    out.push_str(&later.map_or(String::new(), |later| format!(", after {later} as well,")));
    out
}

/// What a sentence is made of.
struct Parts<'a> {
    effects: &'a [String],
    tools: Vec<String>,
    from: From,
    when: Vec<(String, Json)>,
    meters: Vec<(String, Json)>,
    uses: Option<u64>,
    asks: Vec<(String, String)>,
}

fn sentence(parts: &Parts<'_>) -> String {
    let mut out = parts.effects.join(", ");
    out.push_str(" with ");
    out.push_str(&parts.tools.join(", "));
    for (pointer, constraint) in &parts.when {
        out.push_str(&format!("; only where {} {}", named(pointer), condition(constraint)));
    }
    for (place, origins) in &parts.from {
        let place =
            if place.as_str().starts_with('/') { place.to_string() } else { "addresses in its texts".to_owned() };
        let from = origins.iter().map(|origin| origin.of_whom()).collect::<Vec<_>>();
        out.push_str(&format!("; {place} only {}", from.join(" or ")));
    }
    for (unit, limit) in &parts.meters {
        let part = |name: &str| limit.get(name).and_then(Json::as_str);
        if let Some(each) = part("each") {
            out.push_str(&format!("; at most {each} {unit} each"));
        }
        if let Some(most) = part("per_destination") {
            out.push_str(&format!("; at most {most} {unit} to one destination"));
        }
        if let Some(total) = part("total") {
            out.push_str(&format!("; at most {total} {unit} in total"));
        }
        if let Some(window) = limit.get("window") {
            let most = window.get("most").and_then(Json::as_str).unwrap_or_default();
            let over = match window.get("over") {
                Some(Json::String(text)) => text.to_string(),
                micros => format!("{} s", micros.and_then(Json::as_u64).unwrap_or_default() / 1_000_000),
            };
            out.push_str(&format!("; at most {most} {unit} in any {over}"));
        }
    }
    if let Some(uses) = parts.uses {
        out.push_str(&format!("; at most {uses} times"));
    }
    for (who, when) in &parts.asks {
        let verb = if who.starts_with(|c: char| c.is_ascii_digit()) { "are" } else { "is" };
        out.push_str(&format!("; {who} {verb} asked {when}"));
    }
    out
}

/// A place in words: an argument by its own name, what lies deeper as the pointer that it is.
fn named(pointer: &str) -> &str {
    let plain =
        |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    pointer.strip_prefix('/').filter(plain).unwrap_or(pointer)
}

/// The most characters of a condition's words in a refusal.
const CONDITION_CHARS_MAX: usize = 300;

impl Constraint {
    /// In words, as in the sentence that a person said yes to; cut where it is long.
    pub fn words(&self) -> String {
        let whole = condition(&written(self));
        let cut: String = whole.chars().take(CONDITION_CHARS_MAX).collect();
        if cut.len() < whole.len() { format!("{cut}…") } else { whole }
    }
}

/// A condition in words. Every part of one is shown: what is not known here is written as it stands.
fn condition(constraint: &Json) -> String {
    let text = |value: &Json| match value {
        Json::String(text) => text.to_string(),
        other => other.canonical(),
    };
    let one = |value: &Json| value.as_str().and_then(hidden_words).unwrap_or_else(|| value.canonical());
    let word = |name: &str, value: &Json| match name {
        "equals" => format!("is {}", one(value)),
        "one_of" => {
            let values = value.as_array().unwrap_or_default().iter().map(one).collect::<Vec<_>>();
            format!("is {}", values.join(" or "))
        }
        "path_within" => format!("is within {}", value.canonical()),
        "host_of" => format!("is on host {}", value.canonical()),
        "most" => format!("is at most {}", text(value)),
        "least" => format!("is at least {}", text(value)),
        "length" => format!("has at most {} characters", text(value)),
        "pattern" => "has the template's form".to_owned(),
        "absent" => "is absent".to_owned(),
        "required" => "is given".to_owned(),
        other => format!("{other} {}", value.canonical()),
    };
    const ORDER: [&str; 10] =
        ["equals", "one_of", "path_within", "host_of", "most", "least", "length", "pattern", "absent", "required"];
    let Some(members) = constraint.as_object() else { return constraint.canonical() };
    let known = ORDER.iter().filter_map(|name| Some((*name, members.get(name)?)));
    let rest = members.iter().filter(|(name, _)| !ORDER.contains(name));
    let parts: Vec<String> = known.chain(rest).map(|(name, value)| word(name, value)).collect();
    parts.join(" and ")
}
