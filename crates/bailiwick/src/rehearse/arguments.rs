//! The arguments that an honest agent would give a tool: those that its schema requires, a binding reads or a row speaks of.

use super::act::{Act, Filled, put_in};
use super::form::of_form;
use super::values;
use crate::print::{list, text};
use bailiwick_core::json::{Json, Object, Pointer};
use bailiwick_core::{Constraint, TextPattern};

/// The most that an argument holds of others.
const DEPTH_MAX: u32 = 4;

/// The arguments of an act, and the conditions of its row of which no value was found that they take.
pub(super) fn honest(act: &Act, bind: &Object, filled: &Filled) -> (Json, Vec<String>) {
    let schema = act.words.get("inputSchema").unwrap_or(&Json::Null);
    let when = act.row.get("when").and_then(Json::as_object).cloned().unwrap_or_default();
    let mut maker = Maker { act, bind, when, filled, cannot: Vec::new() };
    let mut arguments = maker.object("", schema, 0);
    // what no schema names, a binding may
    if let (Some((_, unit)), Some(at)) = (&act.amount, &act.unit_at)
        && let Some([name]) = Pointer::parse(at).ok().as_ref().map(Pointer::tokens).as_deref()
    {
        arguments.insert(*name, Json::from(unit.as_str()));
    }
    (Json::Object(arguments), maker.cannot)
}

struct Maker<'a> {
    act: &'a Act,
    bind: &'a Object,
    when: Object,
    filled: &'a Filled,
    cannot: Vec<String>,
}

impl Maker<'_> {
    fn object(&mut self, at: &str, schema: &Json, depth: u32) -> Object {
        let properties = schema.get("properties").and_then(Json::as_object).cloned().unwrap_or_default();
        let required: Vec<&str> = list(schema, "required").iter().filter_map(Json::as_str).collect();
        let mut out = Object::default();
        for (name, own) in properties.iter() {
            let place = format!("{at}{}", Pointer::root().join(name));
            let condition = self.when.get(&place).cloned();
            let says = |name: &str| condition.as_ref().and_then(|condition| condition.get(name)?.as_bool());
            if says("absent") == Some(true) || self.act.key.as_deref() == Some(&place) {
                continue;
            }
            if required.contains(&name) || condition.is_some() || self.speaks_of(&place) {
                out.insert(name, self.argument(&place, own, condition.as_ref(), depth));
            }
        }
        out
    }

    /// Whether a binding reads it or something within it, or the row speaks of that.
    fn speaks_of(&self, place: &str) -> bool {
        let within = |at: &str| at.strip_prefix(place)?.strip_prefix('/').map(|rest| rest != "*");
        let all = self.bind.keys().chain(self.when.keys());
        self.bind.contains_key(place)
            || self.act.unit_at.as_deref() == Some(place)
            || all.into_iter().any(|at| within(at) == Some(true))
    }

    fn argument(&mut self, at: &str, schema: &Json, condition: Option<&Json>, depth: u32) -> Json {
        let mut found = self.unbound_by(at, schema);
        let Some(condition) = condition else {
            return match found.into_iter().next() {
                Some(value) => in_form(value, schema),
                None => self.within(at, schema, depth),
            };
        };
        let condition = filled_in(condition, self.filled);
        let Ok(constraint) = serde_json::from_slice::<Constraint>(condition.canonical().as_bytes()) else {
            return self.within(at, schema, depth);
        };
        let mut named = constraint.equals.iter().chain(&constraint.one_of).cloned().collect::<Vec<_>>();
        let path = constraint.path_within.as_ref();
        let path = path.map(|path| Json::from(format!("{}/rehearsal.txt", path.trim_end_matches('/'))));
        named.extend(path);
        named.extend(constraint.host_of.as_ref().map(|host| Json::from(format!("https://{host}/rehearsal"))));
        named.append(&mut found);
        named.push(self.within(at, schema, depth));
        let bounds = [constraint.least, constraint.most].into_iter().flatten();
        named.extend(bounds.map(|bound| values::typed(&bound.to_string(), schema)));
        let good = |value: &Json| constraint.allows(Some(value));
        if let Some(value) = named.iter().find(|value| good(value)) {
            return value.clone();
        }
        let made = constraint.pattern.as_ref().and_then(|pattern| {
            let good = |text: &str| good(&Json::from(text)) && is_in_form(text, schema);
            of_form(pattern.text(), good).map(Json::from)
        });
        made.unwrap_or_else(|| {
            let (tool, names) = (self.act.shown(), constraint.names().join(", "));
            self.cannot.push(format!("no value was found that the condition of `{tool}` at `{at}` takes ({names})"));
            named.into_iter().next().unwrap_or_default()
        })
    }

    /// What stands at a place that something is known of: an amount, its unit, a value of a kind.
    fn unbound_by(&self, at: &str, schema: &Json) -> Vec<Json> {
        if let Some((place, unit)) = &self.act.amount {
            if self.act.unit_at.as_deref() == Some(at) {
                return vec![Json::from(unit.as_str())];
            }
            if place == at {
                return vec![values::typed("1.00", schema)];
            }
        }
        let Some(bound) = self.act.bound.iter().find(|bound| bound.at == at) else { return Vec::new() };
        // what the person said of this kind; else what such a value looks like
        let said = self.filled.values().find(|(own, _)| *own == bound.kind).map(|(_, value)| value.clone());
        vec![values::typed(&said.unwrap_or_else(|| values::honest(&bound.kind, 1)), schema)]
    }

    /// A value that fits a schema as far as it is simple, and what is bound within it.
    fn within(&mut self, at: &str, schema: &Json, depth: u32) -> Json {
        let said = ["const", "default"].into_iter().find_map(|name| schema.get(name).cloned());
        if let Some(value) = said.or_else(|| list(schema, "enum").first().cloned()) {
            return value;
        }
        match text(schema, "type") {
            "object" if depth < DEPTH_MAX => Json::Object(self.object(at, schema, depth + 1)),
            "object" => Json::object::<&str>([]),
            "array" if depth < DEPTH_MAX => {
                let (at, items) = (format!("{at}/*"), schema.get("items").unwrap_or(&Json::Null));
                let condition = self.when.get(&at).cloned();
                Json::array([self.argument(&at, items, condition.as_ref(), depth + 1)])
            }
            "array" => Json::Array(Vec::new()),
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or(Json::from(1_u64)),
            "boolean" => Json::from(false),
            _ => {
                let plain = match text(schema, "format") {
                    "date" => "2027-03-01",
                    "date-time" => "2027-03-01T00:00:00Z",
                    "email" => "partner1@example.com",
                    "uri" => "https://www.example.com/page1",
                    _ => "rehearsal",
                };
                in_form(Json::from(plain), schema)
            }
        }
    }
}

/// A condition with the parameters put in.
fn filled_in(condition: &Json, filled: &Filled) -> Json {
    let put = |value: &Json| match value {
        Json::Array(items) => Json::array(items.iter().map(|item| put_in(item, filled)).collect::<Vec<_>>()),
        value => put_in(value, filled),
    };
    let members = condition.as_object().into_iter().flat_map(|all| all.iter());
    Json::object(members.map(|(name, value)| (name.to_owned(), put(value))))
}

/// Whether a text is of the form that a schema asks for. A form that cannot be read is nobody's to keep here.
fn is_in_form(text: &str, schema: &Json) -> bool {
    let Some(pattern) = schema.get("pattern").and_then(Json::as_str) else { return true };
    // a schema's pattern may stand anywhere in the text
    TextPattern::parse(&format!("(?s:.*)(?:{pattern})(?s:.*)")).map_or(true, |pattern| pattern.matches(text))
}

/// The value, or a text of the form that the schema asks for.
fn in_form(value: Json, schema: &Json) -> Json {
    let pattern = schema.get("pattern").and_then(Json::as_str);
    let (Some(pattern), Some(own)) = (pattern, value.as_str()) else { return value };
    if is_in_form(own, schema) {
        return value;
    }
    of_form(pattern, |text| is_in_form(text, schema)).map_or(value, Json::from)
}

#[cfg(test)]
mod tests;
