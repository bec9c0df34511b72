//! What a person is shown before they sign: made from the decided action, so from what will really be sent. The statement
//! holds its digest.

use super::attempt::Asked;
use super::value::Charged;
use crate::action::{Bound, Measure, Reading};
use crate::approval::Need;
use crate::event::Reserved;
use crate::hidden::hidden_words;
use crate::json::{Json, Pointer};
use crate::risk::{RISK_MAX, Risk};
use crate::task::GrantState;
use crate::{Action, Amount, Effect};

fn text(of: impl std::fmt::Display) -> Json {
    Json::from(of.to_string().as_str())
}

fn optional(of: Option<impl std::fmt::Display>) -> Json {
    of.map_or(Json::Null, text)
}

/// Everything that is displayed. What an agent or a server wrote stands in `arguments` and `purpose`, and nowhere else but
/// as values of `fields` and `destination`.
pub(super) fn display(asked: &Asked<'_>, lineage: &[&GrantState], charged: &Charged, needs: &[Need]) -> Json {
    let (action, task, control) = (&asked.attempt.action, asked.view.task, asked.view.control);
    let holder = lineage.last().map(|grant| grant.holder.to_string()).unwrap_or_default();
    let reversibility = control.nature(&action.tool).map(|nature| written(&nature.reversibility));
    let fields = together(&action.bound).into_iter().map(|(group, bound)| {
        Json::object([
            ("group", optional(group)),
            ("kind", text(&bound.kind)),
            ("pointer", text(&bound.pointer)),
            ("unit", optional(bound.unit.as_ref())),
            (
                "value",
                optional(bound.normal.known().map(|normal| hidden_words(normal).unwrap_or_else(|| normal.clone()))),
            ),
        ])
    });
    let referents = action.referents.iter().map(|referent| {
        let shown = referent
            .shown
            .iter()
            .map(|shown| Json::object([("at", text(&shown.at)), ("value", Json::from(shown.value.as_str()))]));
        Json::object([
            ("pointer", text(&referent.pointer)),
            ("shown", Json::array(shown)),
            ("version", optional(referent.version.as_ref())),
        ])
    });
    let hands = lineage.iter().map(|grant| {
        let entry = control.agents.get(&grant.holder);
        Json::object([
            ("agent", text(&grant.holder)),
            ("grant", text(grant.id)),
            ("owner", optional(entry.map(|entry| &entry.document.owner))),
            ("zone", optional(entry.map(|entry| &entry.document.zone))),
        ])
    });
    let asks = needs.iter().map(|need| {
        Json::object([
            ("count", Json::from(need.count)),
            ("role", text(&need.role)),
            ("why", Json::from(need.why.sentence())),
        ])
    });
    let members = [
        ("arguments", action.arguments.clone()),
        ("destination", destination(action)),
        ("effect", text(action.effect)),
        ("egress", Json::from(action.egress == crate::Egress::Open)),
        ("fields", Json::array(fields)),
        ("impact", text(action.impact)),
        ("intent", optional(task.intent.as_ref())),
        ("lineage", Json::array(hands)),
        ("meters", Json::array(charged.reserved.iter().map(|held| meter(lineage, held)))),
        ("needs", Json::array(asks)),
        ("purpose", optional(task.purpose.as_ref())),
        ("referents", Json::array(referents)),
        ("requester", optional(task.requester.as_ref())),
        ("reversibility", reversibility.unwrap_or(Json::Null)),
        ("sentence", Json::from(sentence(&holder, action).as_str())),
        ("server", text(action.tool.server())),
        ("sources", Json::array(sources(asked))),
        ("subject", optional(task.subject.as_ref())),
        ("task", text(task.id)),
        ("template", optional(task.template.as_ref())),
        ("tool", text(&action.tool)),
    ];
    let risk = asked.risk.as_ref().filter(|risk| risk.score > 0).map(|risk| ("risk", risky(risk)));
    let way = (asked.attempt.grant, &action.tool);
    let offer = task.offered(way, &action.arguments).filter(|_| action.effect != Effect::Read).map(|(_, offer)| {
        ("offered", Json::object([("by", text(&offer.by)), ("in_place_of", Json::from(offer.request))]))
    });
    Json::object(members.into_iter().chain(risk).chain(offer))
}

/// What speaks against it, in words.
fn risky(risk: &Risk) -> Json {
    let reasons = risk.reasons.iter().map(|sign| {
        Json::object([
            ("adds", Json::from(sign.weight())),
            ("code", Json::from(sign.as_str())),
            ("words", Json::from(sign.sentence())),
        ])
    });
    Json::object([("most", Json::from(RISK_MAX)), ("reasons", Json::array(reasons)), ("score", Json::from(risk.score))])
}

/// Where each bound value came from, and whether that is why somebody is asked.
fn sources(asked: &Asked<'_>) -> Vec<Json> {
    let each = asked.judged.sources.iter().enumerate().map(|(at, source)| {
        Json::object([
            ("enough", Json::from(!asked.judged.weak(at))),
            ("event", source.event.map_or(Json::Null, Json::from)),
            ("kind", text(&source.kind)),
            ("pointer", text(&source.pointer)),
            ("record", optional(source.record.as_ref())),
            ("source", Json::from(source.source.as_str())),
            ("words", Json::from(source.source.words())),
        ])
    });
    each.collect()
}

/// What belongs together stands together, each element of a list by itself: an amount is shown beside whom it goes to.
fn together(all: &[Bound]) -> Vec<(Option<String>, &Bound)> {
    let mut out: Vec<(Option<String>, &Bound)> = Vec::with_capacity(all.len());
    for bound in all {
        let group = bound.group.as_ref().map(|name| match element(&bound.pointer) {
            Some(element) => format!("{name} {element}"),
            None => name.clone(),
        });
        let last = out.iter().rposition(|(of, _)| group.is_some() && *of == group);
        out.insert(last.map_or(out.len(), |last| last.saturating_add(1)), (group, bound));
    }
    out
}

/// The element of a list that a place stands in, numbered as people count.
fn element(pointer: &Pointer) -> Option<u64> {
    let tokens = pointer.tokens();
    let index = tokens.iter().rev().find_map(|token| token.parse::<u64>().ok())?;
    index.checked_add(1)
}

fn written(of: &crate::Reversibility) -> Json {
    crate::document::written(of)
}

fn destination(action: &Action) -> Json {
    match &action.destination {
        None => Json::Null,
        Some(Reading::Unknown) => Json::object([("kind", Json::Null), ("value", Json::Null), ("zone", Json::Null)]),
        Some(Reading::Known(to)) => {
            Json::object([("kind", text(&to.kind)), ("value", text(&to.normal)), ("zone", optional(to.zone.as_ref()))])
        }
    }
}

/// One meter before and after.
fn meter(lineage: &[&GrantState], held: &Reserved) -> Json {
    let grant = lineage.iter().find(|grant| grant.id == held.grant);
    let row = usize::try_from(held.row).unwrap_or(usize::MAX);
    let charged = grant.and_then(|grant| grant.rows.get(row)).and_then(|row| row.meters.get(&held.unit));
    let before = charged.map_or(Amount::ZERO, crate::Meter::charged);
    let limit = grant.and_then(|grant| grant.envelope.as_ref()?.rows.get(row)?.meters.get(&held.unit));
    let to_one = limit.and_then(|limit| limit.per_destination).map(|most| ("per_destination", text(most)));
    let members = [
        ("after", text(before.checked_add(held.amount).unwrap_or(Amount::MOST))),
        ("agent", optional(grant.map(|grant| &grant.holder))),
        ("amount", text(held.amount)),
        ("before", text(before)),
        ("each", optional(limit.and_then(|limit| limit.each))),
        ("total", optional(limit.and_then(|limit| limit.total))),
        ("unit", text(&held.unit)),
    ];
    Json::object(members.into_iter().chain(to_one))
}

/// The act in one sentence, in words of ours.
fn sentence(agent: &str, action: &Action) -> String {
    let what = match action.effect {
        Effect::Read => "read",
        Effect::Write => "change something",
        Effect::Delete => "delete something",
        Effect::Transfer => "move",
        Effect::Share => "share something",
        Effect::Export => "take data out",
        Effect::Credential => "make, read or change a secret",
        Effect::Permission => "change who may do what",
        Effect::Execute => "run something",
        Effect::Delegate => "hand work on",
    };
    let mut out = format!("{agent} wants to {what}");
    let amounts = action.measures.iter().map(how_much).collect::<Vec<_>>();
    if action.effect == Effect::Transfer && amounts.is_empty() {
        out.push_str(" value");
    }
    if !amounts.is_empty() {
        let (before, after) = if action.effect == Effect::Transfer { (" ", "") } else { (" (", ")") };
        out.push_str(&format!("{before}{}{after}", amounts.join(", ")));
    }
    match &action.destination {
        Some(Reading::Known(to)) => out.push_str(&format!(" to {} {}", to.kind, quoted(&to.normal))),
        Some(Reading::Unknown) => out.push_str(" to somewhere that could not be read"),
        None => {}
    }
    out.push_str(&format!(", with {}", quoted(&action.tool.to_string())));
    out
}

/// The most characters of what others wrote inside a sentence of ours: the whole stands among the fields.
const QUOTED_CHARS_MAX: usize = 120;

/// What others wrote, inside words of ours: marked, on one line, cut where it is long.
fn quoted(text: &str) -> String {
    let plain = |c: char| if c == '`' || crate::normal::invisible(c) { '\u{fffd}' } else { c };
    let cut: String = text.chars().take(QUOTED_CHARS_MAX).map(plain).collect();
    let more = if text.chars().nth(QUOTED_CHARS_MAX).is_some() { "…" } else { "" };
    format!("`{cut}{more}`")
}

fn how_much(measure: &Measure) -> String {
    let unit = measure.unit.known().map_or_else(|| "of an unreadable unit".to_owned(), ToString::to_string);
    match &measure.amount {
        Reading::Known(amount) => format!("{amount} {unit}"),
        Reading::Unknown => format!("an unknown amount {unit}"),
    }
}
