//! From a template and what a person filled in to an intent, an envelope, and the sentence they say yes to.

mod chosen;
mod example;
mod money;
mod pasted;
mod promised;
mod stated;
mod words;

pub use chosen::chosen;
pub use example::{example_of, of_nothing};
pub use pasted::{CONFIRMED, PASTED};
pub(crate) use pasted::{any as is_pasted, told};
pub use promised::Unheld;
pub use stated::Stated;
pub(crate) use stated::{begins_as_said, form_of, words_of};

use crate::approval::{Approvers, COUNT_MAX, Escalation};
use crate::control::ControlState;
use crate::document::{Parameter, Template, TemplateAsk, TemplateRow, plain};
use crate::envelope::{Ask, Axis, ConsentAge, Envelope, NotYet, ROW_PARTS_MAX, Row, When, Window};
use crate::hidden::is_hidden;
use crate::json::{Json, Pointer};
use crate::meter::WindowLimit;
use crate::normal::{Kind, normal};
use crate::{
    Amount, Constraint, Effect, MandateName, MeterLimit, Micros, ServerName, Span, TextPattern, ToolPattern, Unit,
};
use example::{digits, example};
use std::collections::BTreeMap;
use std::fmt;

/// The longest span of a rolling limit or an approval.
const SPAN_MAX: Span = Span::hours(366 * 24);
/// The most uses that a row may name: more is no limit, and no number that JSON keeps.
const USES_MAX: u64 = 1_000_000;
/// The most characters of what was given that are said back.
const GIVEN_CHARS_MAX: usize = 80;

/// What is wrong with what was filled in, or with the template it was filled into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFilling {
    /// Where: a parameter's name, or a place in the template.
    pub place: String,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for BadFilling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: expected {}", self.place, self.expected)
    }
}
impl std::error::Error for BadFilling {}

fn bad(place: impl fmt::Display, expected: impl fmt::Display) -> BadFilling {
    BadFilling { place: place.to_string(), expected: expected.to_string() }
}

/// A template with its parameters filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The intent in words.
    pub intent: String,
    /// The typed parameters, each in its normal form.
    pub parameters: Json,
    /// What is granted.
    pub envelope: Envelope,
    /// Typed values in what the person wrote in their own words.
    pub stated: Vec<Stated>,
    /// Typed values of text that the person pasted and confirmed.
    pub confirmed: Vec<Stated>,
    /// Those that they did not: nobody's word.
    pub pasted: Vec<Stated>,
    /// All values that the person says: those but the last, and the parameters.
    pub values: Vec<Stated>,
}

impl Filled {
    /// What the person says yes to first: what it is about in their words, and the rows that are not privileged.
    pub fn consent(&self) -> String {
        [self.envelope.sentences(false), self.stated_lines()].concat().join("\n")
    }

    /// What the person's own words state, a line each.
    pub(crate) fn stated_lines(&self) -> Vec<String> {
        let own = self.stated.iter().map(|stated| format!("from your own words: {stated}"));
        let confirmed = self.confirmed.iter().map(|stated| format!("from what you pasted, confirmed by you: {stated}"));
        let left = self.pasted.iter().map(|stated| format!("from what you pasted, and not your word: {stated}"));
        own.chain(confirmed).chain(left).collect()
    }
}

impl Filled {
    /// What it draws on mandates, as sentences.
    pub fn draws(&self, template: &Template, control: &ControlState) -> Vec<String> {
        let drawn = |name: &MandateName| {
            let mandate = &control.mandates.get(name)?.document;
            let amounts = mandate.meters.keys().filter_map(|unit| {
                let totals = self.envelope.rows.iter().filter_map(|row| row.meters.get(unit)?.total);
                let sum = totals.reduce(|a, b| a.checked_add(b).unwrap_or(Amount::MOST))?;
                Some(format!("{sum} {unit}"))
            });
            Some(format!("draws {} on the mandate {name}", amounts.collect::<Vec<_>>().join(", ")))
        };
        template.draws.iter().filter_map(drawn).collect()
    }
}

/// A parameter's value: what stands for `{name}`.
struct Value {
    text: String,
    amount: Option<Amount>,
}

/// Fills a template in. `given` is what the person wrote, by name; `now` opens the window.
///
/// # Errors
/// [`BadFilling`] naming the parameter or the place in the template.
pub fn fill(template: &Template, given: &BTreeMap<String, String>, now: Micros) -> Result<Filled, BadFilling> {
    let known = |name: &str| template.parameters.contains_key(name) || pasted::is_one(template, name);
    if let Some(name) = given.keys().find(|name| !known(name)) {
        if let Some(typed) = pasted::typed(template, name) {
            return Err(typed);
        }
        let known = template.parameters.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        return Err(bad(name, format_args!("one of the template's parameters ({known})")));
    }
    let values = read_parameters(template, given)?;
    let pasted = pasted::read(template, given)?;
    let span = Span::parse(&template.window).ok_or_else(|| bad("window", "a span as `30m`"))?;
    let asks = template.ask.iter().map(|of| ask(template, of, &values)).collect::<Result<Vec<_>, _>>()?;
    let rows = template
        .grant
        .iter()
        .enumerate()
        .map(|(index, row)| fill_row(index, (Some(template), row), &values, &asks))
        .collect::<Result<Vec<_>, _>>()?;
    let own_words = template.parameters.iter().filter(|(_, parameter)| {
        matches!(Kind::parse(&parameter.kind), Some(Kind::Content | Kind::Text | Kind::Title))
    });
    let own_words = own_words.filter_map(|(name, _)| values.get(name.as_str()));
    let stated: Vec<Stated> = own_words.flat_map(|value| stated::stated(&value.text)).collect();
    let parameters = values.iter().map(|(name, value)| (*name, value.text.as_str()));
    let beside = pasted.parameters.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    Ok(Filled {
        values: parameters_said(template, &values).chain(stated.clone()).chain(pasted.confirmed.clone()).collect(),
        stated,
        intent: fill_words(&template.intent, &values)?,
        parameters: Json::object(parameters.chain(beside).map(|(name, text)| (name, Json::from(text)))),
        confirmed: pasted.confirmed,
        pasted: pasted.left,
        envelope: Envelope {
            consent_age: Axis::Is(consent_age(template)?),
            delegation: Axis::Is(template.delegate.clone().unwrap_or_default()),
            passable: Axis::Is(template.pass_on.iter().cloned().collect()),
            readable: Axis::Is(template.read.iter().cloned().collect()),
            rows,
            window: Window { expires: now.after(span), not_before: now },
        },
    })
}

/// The parameters as values that the person said, each of its kind. They were filled in together, so they belong together.
fn parameters_said<'a>(template: &'a Template, values: &'a BTreeMap<&str, Value>) -> impl Iterator<Item = Stated> + 'a {
    template.parameters.iter().filter_map(|(name, parameter)| {
        let (value, part) = (values.get(name.as_str())?, Some("parameters".to_owned()));
        if let Some(unit) = &parameter.currency {
            return Some(Stated { kind: Kind::Amount, part, value: format!("{} {unit}", value.text) });
        }
        Some(Stated { kind: Kind::parse(&parameter.kind)?, part, value: value.text.clone() })
    })
}

/// How old the consent may be.
fn consent_age(template: &Template) -> Result<ConsentAge, BadFilling> {
    let Some(consent) = &template.consent else { return Ok(ConsentAge::default()) };
    let span = span(&consent.renew_after).ok_or_else(|| bad("consent.renew_after", "a span as `8h`, at most 366d"))?;
    Ok(ConsentAge { renew_after: Some(span) })
}

/// All that is wrong is told at once: a person types them together.
fn read_parameters<'a>(
    template: &'a Template,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<&'a str, Value>, BadFilling> {
    let (mut values, mut faults) = (BTreeMap::new(), Vec::new());
    for (name, parameter) in &template.parameters {
        let missing = || bad(name, format_args!("{}; it is missing", example(name, parameter)));
        let text = given.get(name).map(String::as_str).or(parameter.default.as_ref().map(ServerName::as_str));
        match text.ok_or_else(missing).and_then(|text| read_parameter(name, parameter, text)) {
            Ok(value) => drop(values.insert(name.as_str(), value)),
            Err(fault) => faults.push(fault),
        }
    }
    let mut faults = faults.into_iter();
    let Some(mut first) = faults.next() else { return Ok(values) };
    faults.for_each(|fault| first.expected.push_str(&format!("\n{fault}")));
    Err(first)
}

/// Whether the template can be filled in at all: every place that a parameter may stand in names one that is there, every
/// condition and limit is one. Values are stand-ins; what a person fills in is read when they do.
pub(crate) fn check(template: &Template) -> Result<(), BadFilling> {
    let stand_in = Amount::from_whole(1).unwrap_or_default();
    let mut values = BTreeMap::new();
    for (name, parameter) in &template.parameters {
        let place = format!("parameters.{name}");
        if parameter.default.is_some() && parameter.kind != "server" {
            return Err(bad(place, "`default` only of a server: all else a person says"));
        }
        let amount = match (parameter.kind.as_str(), &parameter.currency) {
            ("amount", Some(unit)) => {
                let most = parameter.at_most.unwrap_or_default();
                most.fits(unit).map_err(|error| bad(&place, format_args!("an amount in {unit} ({error})")))?;
                Some(stand_in)
            }
            ("amount", None) => return Err(bad(place, "the currency of the amount")),
            ("server", None) if parameter.at_most.is_none() => None,
            (kind, None) if Kind::parse(kind).is_some() && parameter.at_most.is_none() => None,
            (kind, None) if Kind::parse(kind).is_none() => return Err(bad(place, "a known kind of value")),
            _ => return Err(bad(place, "`currency` and `at_most` only of an amount")),
        };
        values.insert(name.as_str(), Value { text: "1".to_owned(), amount });
    }
    let asks = template.ask.iter().map(|of| ask(template, of, &values)).collect::<Result<Vec<_>, _>>()?;
    let rows =
        template.grant.iter().enumerate().map(|(index, row)| fill_row(index, (Some(template), row), &values, &asks));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    for (index, ask) in asks.iter().enumerate() {
        // A threshold counts on a meter: on a unit that no row meters it would never be reached.
        let unmetered = ask.over.keys().find(|unit| !rows.iter().any(|row| row.meters.contains_key(*unit)));
        if let Some(unit) = unmetered {
            return Err(bad(format_args!("ask[{index}].over.{unit}"), "a unit that a row meters"));
        }
        // Who mistypes a tool must not believe that somebody is asked.
        let named = |tool: &ToolPattern| rows.iter().any(|row| row.tools.iter().any(|own| own.meets(tool)));
        if ask.tools.len() > ROW_PARTS_MAX || !ask.tools.iter().all(named) {
            return Err(bad(
                format_args!("ask[{index}].tools"),
                format_args!("at most {ROW_PARTS_MAX} tools that a row names"),
            ));
        }
    }
    consent_age(template)?;
    fill_words(&template.intent, &values).map(|_| ())
}

fn read_parameter(name: &str, parameter: &Parameter, text: &str) -> Result<Value, BadFilling> {
    if parameter.kind == "amount" {
        let unit =
            parameter.currency.as_ref().ok_or_else(|| bad(name, "a template that names the amount's currency"))?;
        let amount = Amount::parse(digits(text, unit))
            .map_err(|error| bad(name, format_args!("an amount in {unit} ({error})")))?;
        amount.fits(unit).map_err(|error| bad(name, format_args!("an amount in {unit} ({error})")))?;
        if let Some(most) = parameter.at_most.filter(|most| amount > *most) {
            return Err(bad(name, format_args!("at most {most} {unit}, not {amount}")));
        }
        return Ok(Value { text: amount.to_string(), amount: Some(amount) });
    }
    if parameter.kind == "server" {
        let server = ServerName::parse(text).map_err(|error| bad(name, error.expected))?;
        return Ok(Value { text: server.to_string(), amount: None });
    }
    let kind = Kind::parse(&parameter.kind).ok_or_else(|| bad(name, "a template that names a known kind of value"))?;
    // What is filled in is written down, so a secret comes as its keyed hash or not at all.
    if kind == Kind::Secret && !is_hidden(text) {
        return Err(bad(name, "a secret of one line, at most 4096 bytes, as its keyed hash"));
    }
    let given: String = text.chars().take(GIVEN_CHARS_MAX).filter(|c| !c.is_control()).collect();
    let text = normal(&kind, text)
        .ok_or_else(|| bad(name, format_args!("{}; `{given}` is none", example(name, parameter))))?;
    Ok(Value { text, amount: None })
}

/// A span that an event can hold as a number.
fn span(text: &str) -> Option<Span> {
    Span::parse(text).filter(|span| *span <= SPAN_MAX)
}

fn ask(template: &Template, ask: &TemplateAsk, values: &BTreeMap<&str, Value>) -> Result<Ask, BadFilling> {
    let valid = span(&ask.valid).ok_or_else(|| bad("ask.valid", "a span as `30m`, at most 366d"))?;
    let escalate = ask.escalate.as_ref().map(|to| {
        let after = span(&to.after).filter(|after| *after < valid);
        let after = after.ok_or_else(|| bad("ask.escalate.after", "a span shorter than `valid`, as `10m`"))?;
        Ok(Escalation { after, to: to.to.clone() })
    });
    if !(1..=COUNT_MAX).contains(&ask.count) || ask.exclude.len() > Approvers::MAX {
        return Err(bad(
            "ask.count",
            format_args!("1 to {COUNT_MAX} persons, and at most {} excluded", Approvers::MAX),
        ));
    }
    let (count, exclude) = (ask.count, ask.exclude.clone());
    let escalate = escalate.transpose()?;
    let tools = ask.tools.iter().map(|tool| fill_tool(Some(template), tool, values)).collect::<Option<Vec<_>>>();
    let tools = tools.ok_or_else(|| bad("ask.tools", "tool patterns as `bank/*`"))?;
    Ok(Ask { count, escalate, exclude, over: ask.over.clone(), tools, valid, who: ask.who.clone() })
}

/// A row that has no parameters, as a request to hand work on has them.
pub(crate) fn row_as_written(index: usize, row: &TemplateRow) -> Result<Row, BadFilling> {
    fill_row(index, (None, row), &BTreeMap::new(), &[])
}

fn fill_row(
    index: usize,
    (template, row): (Option<&Template>, &TemplateRow),
    values: &BTreeMap<&str, Value>,
    asks: &[Ask],
) -> Result<Row, BadFilling> {
    let place = |field: &str| format!("grant[{index}].{field}");
    let effects = match (row.effect, row.effects.as_slice()) {
        (Some(effect), []) => vec![effect],
        (None, []) => vec![Effect::Read],
        (None, effects) => effects.to_vec(),
        (Some(_), _) => return Err(bad(place("effects"), "either `effect` or `effects`, not both")),
    };
    if row.resources.is_some() && effects.iter().any(|effect| *effect != Effect::Read) {
        return Err(bad(place("resources"), "`any` only for effect read; name what a write may touch by `when`"));
    }
    if row.when.as_object().is_some_and(|members| members.iter().any(|(_, condition)| filled_pattern(condition))) {
        return Err(bad(place("when"), "a pattern in the template's own words, not a parameter"));
    }
    let when =
        put_in(&row.when, values).map_err(|name| bad(place("when"), format_args!("a parameter, not `{{{name}}}`")))?;
    let when: When = read_when(&when).map_err(|why| bad(place("when"), why))?;
    let meters =
        read_meters(&row.meters, values).map_err(|(unit, why)| bad(format!("grant[{index}].meters.{unit}"), why))?;
    if row.tools.is_empty() || row.tools.len() + when.len() + meters.len() > ROW_PARTS_MAX {
        return Err(bad(place("tools"), format_args!("at least one, and at most {ROW_PARTS_MAX} parts in a row")));
    }
    if row.uses.is_some_and(|uses| uses > USES_MAX) {
        return Err(bad(place("uses"), format_args!("at most {USES_MAX}")));
    }
    if row.from.len() > ROW_PARTS_MAX || row.from.values().any(Vec::is_empty) {
        return Err(bad(place("from"), format_args!("at most {ROW_PARTS_MAX} places, each with a source")));
    }
    let tools = row
        .tools
        .iter()
        .map(|tool| fill_tool(template, tool, values))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| bad(place("tools"), "tool patterns as `bank/*`"))?;
    let over_meters = |ask: &&Ask| ask.over.is_empty() || ask.over.keys().any(|unit| meters.contains_key(unit));
    let about = |ask: &&Ask| {
        ask.tools.is_empty() || ask.tools.iter().any(|of| tools.iter().any(|own: &ToolPattern| own.meets(of)))
    };
    Ok(Row {
        ask: asks.iter().filter(over_meters).filter(about).cloned().collect(),
        destinations: NotYet::NotYet,
        effects,
        from: row.from.clone(),
        meters,
        resources: NotYet::NotYet,
        tools,
        uses: row.uses,
        when,
    })
}

/// A tool's pattern, with the server's name put in where a parameter of kind `server` stands for it.
fn fill_tool(template: Option<&Template>, tool: &str, values: &BTreeMap<&str, Value>) -> Option<ToolPattern> {
    match template.and_then(|template| template.server_parameter(tool)) {
        Some((name, rest)) => ToolPattern::parse(&format!("{}/{rest}", values.get(name)?.text)).ok(),
        None => ToolPattern::parse(tool).ok(),
    }
}

/// A person's value compares; it is never read as a pattern.
fn filled_pattern(condition: &Json) -> bool {
    condition.get("pattern").and_then(Json::as_str).and_then(placeholder).is_some()
}

fn read_when(when: &Json) -> Result<When, String> {
    let members = when.as_object().ok_or("an object of JSON Pointers")?;
    let mut out = When::new();
    for (pointer, condition) in members.iter() {
        let place = Pointer::parse(pointer).map_err(|error| format!("a JSON Pointer, not `{pointer}` ({error})"))?;
        // What is wrong with a pattern is told by itself, and without the pattern: who hands on is told no more than that.
        if let Some(Err(bad)) = condition.get("pattern").and_then(Json::as_str).map(TextPattern::parse) {
            return Err(format!("at `{pointer}` {}", bad.expected));
        }
        let constraint: Constraint = serde_json::from_str(&condition.canonical())
            .map_err(|error| format!("a condition at `{pointer}` ({})", plain(&error)))?;
        if constraint.is_empty() {
            return Err(format!("a condition that says something at `{pointer}`"));
        }
        out.insert(place, constraint);
    }
    Ok(out)
}

/// Puts values in place of strings that are exactly `{name}`. A brace anywhere else in a string is taken as it is, so
/// that a value never becomes part of a pattern.
fn put_in(json: &Json, values: &BTreeMap<&str, Value>) -> Result<Json, String> {
    match json {
        Json::String(text) => match placeholder(text) {
            Some(name) => values.get(name).map(|value| Json::from(value.text.as_str())).ok_or_else(|| name.to_owned()),
            None => Ok(json.clone()),
        },
        Json::Array(items) => {
            items.iter().map(|item| put_in(item, values)).collect::<Result<Vec<_>, _>>().map(Json::Array)
        }
        Json::Object(members) => {
            let mut out = Vec::with_capacity(members.len());
            for (key, value) in members.iter() {
                out.push((key.to_owned(), put_in(value, values)?));
            }
            Ok(Json::object(out))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => Ok(json.clone()),
    }
}

fn placeholder(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?.strip_suffix('}')?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    is_name.then_some(name)
}

/// What a limit may say.
const LIMITS: &str = "`each`, `per_destination`, `total` or `window`";

fn read_meters(meters: &Json, values: &BTreeMap<&str, Value>) -> Result<BTreeMap<Unit, MeterLimit>, (String, String)> {
    let members = meters.as_object().ok_or_else(|| (String::new(), "an object of limits by unit".to_owned()))?;
    let mut out = BTreeMap::new();
    for (name, limit) in members.iter() {
        let fail = |why: &str| (name.to_owned(), why.to_owned());
        let unit = Unit::parse(name).map_err(|error| fail(&format!("a currency or a unit ({error})")))?;
        let parts = limit.as_object().ok_or_else(|| fail(LIMITS))?;
        let mut read = MeterLimit::default();
        for (part, value) in parts.iter() {
            match part {
                "each" => read.each = Some(limit_amount(value, &unit, values).map_err(|why| fail(&why))?),
                "per_destination" => {
                    read.per_destination = Some(limit_amount(value, &unit, values).map_err(|why| fail(&why))?);
                }
                "total" => read.total = Some(limit_amount(value, &unit, values).map_err(|why| fail(&why))?),
                "window" => {
                    let most = value.get("most").ok_or_else(|| fail("`window: {most, over}`"))?;
                    let over = value.get("over").and_then(Json::as_str).and_then(span);
                    let most = limit_amount(most, &unit, values).map_err(|why| fail(&why))?;
                    read.window =
                        Some(WindowLimit { most, over: over.ok_or_else(|| fail("`over` as `24h`, at most 366d"))? });
                }
                other => return Err(fail(&format!("{LIMITS}, not `{other}`"))),
            }
        }
        if read.is_empty() {
            return Err(fail(LIMITS));
        }
        out.insert(unit, read);
    }
    Ok(out)
}

fn limit_amount(value: &Json, unit: &Unit, values: &BTreeMap<&str, Value>) -> Result<Amount, String> {
    let text = value.as_str().ok_or("an amount as a string")?;
    let amount = match placeholder(text) {
        Some(name) => {
            values.get(name).and_then(|value| value.amount).ok_or(format!("an amount parameter, not `{text}`"))?
        }
        None => Amount::parse(text).map_err(|error| error.to_string())?,
    };
    amount.fits(unit).map_err(|error| error.to_string())?;
    Ok(amount)
}

fn fill_words(words: &str, values: &BTreeMap<&str, Value>) -> Result<String, BadFilling> {
    let mut out = String::with_capacity(words.len());
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}').ok_or_else(|| bad("intent", "a closing brace"))?;
        let value = values.get(name).ok_or_else(|| bad("intent", format_args!("a parameter, not `{{{name}}}`")))?;
        out.push_str(before);
        out.push_str(if is_hidden(&value.text) { "(a secret, not kept)" } else { &value.text });
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests;
