//! What the fields of a result seem to be: of what class of data, and whether only the system writes them.
//!
//! Where nothing says otherwise a field has all classes of its server, and nobody trusts it. Only an id that the system gives
//! out, and a time that it notes down, is proposed as trusted: never a text, and never what a caller may have said.

use super::argument::{by_format, by_name, id_kind};
use super::nature::parts;
use super::walk;
use crate::words::ToolWords;
use bailiwick_core::json::Json;
use bailiwick_core::{DataClass, Effect};

/// The most values, and the most fields, that a binding holds.
const FIELDS_MAX: usize = 64;
/// What a system notes down of a record, by any word of a name.
const NOTED: [&str; 8] = ["created", "updated", "modified", "changed", "received", "deleted", "closed", "timestamp"];
/// Other words of the name of a time.
const OF_TIME: [&str; 7] = ["at", "on", "time", "date", "datetime", "last", "day"];

/// The part of a proposal that is about the result.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) values: Vec<Json>,
    pub(super) fields: Vec<Json>,
}

impl Fields {
    /// The `result` of a binding, if there is anything to say.
    pub(super) fn bind(self) -> Option<Json> {
        let parts = [("fields", self.fields), ("values", self.values)];
        let parts: Vec<_> = parts.into_iter().filter(|(_, all)| !all.is_empty()).collect();
        (!parts.is_empty()).then(|| Json::object(parts.into_iter().map(|(name, all)| (name, Json::array(all)))))
    }
}

/// Of each field of the tool's output schema; `classes` are those of its server.
pub(super) fn result(
    words: &ToolWords,
    effect: Effect,
    classes: &[DataClass],
    why: &mut Vec<(String, String)>,
) -> Fields {
    let mut out = Fields::default();
    let Some(schema) = words.output_schema() else {
        let said =
            "the server does not say what its results look like: all of it is text, of all classes of its server";
        why.push(("result".to_owned(), said.to_owned()));
        return out;
    };
    why.push(("result".to_owned(), of_all(classes)));
    let of = Tool { words, effect, names: parts(words.name()) };
    walk(schema, "", 0, &mut |place, name, schema, _| {
        let seems = of.field(place, name, schema);
        let (class, by) = class_of(&parts(name), classes);
        let part = format!("result{place}");
        let full = if seems.kind.is_some() { out.values.len() } else { out.fields.len() } >= FIELDS_MAX;
        let trust = if seems.trusted { "trusted" } else { "not trusted" };
        why.push((part, format!("{by}{trust}: {}", seems.why)));
        let class = class.map(|class| ("class", Json::from(class.as_str())));
        let at = ("at", Json::from(place));
        match seems.kind {
            _ if full => {}
            Some(kind) => {
                let trusted = seems.trusted.then(|| ("trusted", Json::from(true)));
                let members = [at, ("kind", Json::from(kind))].into_iter().chain(trusted).chain(class);
                out.values.push(Json::object(members));
            }
            None => out.fields.extend(class.map(|class| Json::object([at, class]))),
        }
    });
    out
}

fn of_all(classes: &[DataClass]) -> String {
    let names: Vec<&str> = classes.iter().map(DataClass::as_str).collect();
    match names.as_slice() {
        [] => "its server's document names no class of data: nothing of a result is withheld".to_owned(),
        names => {
            format!("what is not named here is of all classes of its server ({}), and not trusted", names.join(", "))
        }
    }
}

/// The one class that a field is proposed to have, and the beginning of a sentence that says why. Of several that nothing tells apart it has all, unnamed.
fn class_of<'a>(name: &[String], classes: &'a [DataClass]) -> (Option<&'a DataClass>, String) {
    let said = |class: &&DataClass| name.iter().any(|word| stem(word) == stem(class.as_str()));
    match (classes.iter().find(said), classes) {
        (Some(class), _) => (Some(class), format!("{class}, from its name alone; ")),
        (None, [class]) => (Some(class), format!("{class}, as all that its server has; ")),
        (None, []) => (None, String::new()),
        (None, _) => (None, "all classes of its server, for nothing says which; ".to_owned()),
    }
}

struct Tool<'a> {
    words: &'a ToolWords,
    effect: Effect,
    names: Vec<String>,
}

struct Seems {
    kind: Option<String>,
    trusted: bool,
    why: &'static str,
}

impl Tool<'_> {
    fn field(&self, place: &str, name: &str, schema: &Json) -> Seems {
        let own = parts(name);
        let kind_of = schema.get("type").and_then(Json::as_str);
        let format = schema.get("format").and_then(Json::as_str);
        let seems = |kind: Option<&str>, why| Seems { kind: kind.map(str::to_owned), trusted: false, why };
        let time = by_format(format) == Some("date");
        let noted = own.iter().any(|word| NOTED.contains(&&**word))
            && own.iter().all(|word| NOTED.contains(&&**word) || OF_TIME.contains(&&**word));
        if noted && (time || (format.is_none() && own.len() > 1 && kind_of.is_none_or(|of| of == "string"))) {
            let why = "a time that the system notes down, by its name";
            return self.issued(name, Seems { trusted: true, ..seems(Some("date"), why) });
        }
        if own.last().is_some_and(|last| last == "id") && kind_of.is_none_or(|of| matches!(of, "string" | "integer")) {
            let kind = id_kind(&own, &self.record(place));
            if !self.is_own(place, &own) {
                return seems(Some(&kind), "the id of something else, which anybody may have put there");
            }
            let why = "the record's own id, which the system gives out, from its name alone";
            return self.issued(name, Seems { trusted: true, ..seems(Some(&kind), why) });
        }
        let listed = schema.get("enum").or_else(|| schema.get("const")).is_some();
        if listed || matches!(kind_of, Some("boolean" | "integer" | "number")) {
            return seems(None, "a number, a flag or one of a list, which is no value to remember");
        }
        // a text is remembered by nothing
        match by_format(format).or_else(|| by_name(&own)).filter(|kind| !matches!(*kind, "content" | "title")) {
            Some(kind) => seems(Some(kind), "nothing says who can write it"),
            None => seems(None, "text, or whatever stands there: anybody may have written it"),
        }
    }

    /// What the system issues, unless the caller may have said it.
    fn issued(&self, name: &str, seems: Seems) -> Seems {
        match self.takes(name) {
            true => Seems { trusted: false, why: "its caller may say it", ..seems },
            false => seems,
        }
    }

    /// Whether a caller says something of that name; of what is done, anything that ends so.
    fn takes(&self, name: &str) -> bool {
        let own = parts(name);
        let properties = self.words.input_schema().get("properties").and_then(Json::as_object);
        properties.into_iter().flat_map(|properties| properties.keys()).map(parts).any(|argument| {
            argument == own
                || (self.effect != Effect::Read && argument.last().is_some_and(|last| own.last() == Some(last)))
        })
    }

    /// What the record of a place is called: what holds it, as one of a list, else what the tool is named after.
    fn record(&self, place: &str) -> Vec<String> {
        let above = place.rsplit_once('/').map_or("", |(above, _)| above).trim_end_matches("/*");
        let holds = above.rsplit('/').next().filter(|name| !name.is_empty()).map(parts);
        holds.map_or_else(|| self.names.clone(), |holds| holds.iter().map(|word| stem(word)).collect())
    }

    /// `id` of the record itself, or `invoice_id` of what lists or makes invoices. Within another object it is that one's.
    fn is_own(&self, place: &str, own: &[String]) -> bool {
        let above = place.rsplit_once('/').map_or("", |(above, _)| above);
        let of_record = above.is_empty() || above.ends_with("/*");
        let named = |noun: &String| self.names.iter().chain(&self.record(place)).any(|word| stem(word) == stem(noun));
        of_record
            && match own {
                [_] => true,
                [noun, _] => named(noun),
                _ => false,
            }
    }
}

/// One of several.
fn stem(word: &str) -> String {
    word.strip_suffix('s').unwrap_or(word).to_owned()
}
