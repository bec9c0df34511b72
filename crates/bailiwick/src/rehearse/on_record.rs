//! How a played server gives an answer again that is on record: as it was, but for one text of it, in which stands what an
//! attacker wrote there.

use super::values::put;
use crate::print::{list, text};
use bailiwick_catalogue::{Openness, Validator};
use bailiwick_core::Effect;
use bailiwick_core::json::{Json, Limits, Object, Pattern, Pointer};

/// How many texts of an answer are tried, the longest first.
const TEXTS_MAX: usize = 32;

/// Where the content of an answer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As structured content.
    Structured,
    /// In a part that is a text, by its place among the parts: as JSON, or as words.
    Text(usize),
}

/// An answer that is on record, ready to be given again.
#[derive(Debug, Clone)]
pub(super) struct OnRecord {
    result: Object,
    form: Form,
    content: Json,
    /// What its server says of its answers.
    schema: Json,
    /// Where whoever is outside could have written, the longest text first.
    texts: Vec<Pointer>,
    /// Where it says how much was done; and where a call says how much is wanted.
    told: Option<(Vec<Pointer>, Pointer)>,
}

impl OnRecord {
    /// Of a tool's words, its document and its effect.
    ///
    /// # Errors
    /// Why it cannot be given again, in words.
    pub(super) fn of(words: &Json, document: Option<&Json>, effect: Effect, result: &Json) -> Result<Self, String> {
        let none = Json::Null;
        let bind = document.and_then(|document| document.get("bind")).unwrap_or(&none);
        let (form, content) = content(result).ok_or("what is on record has no text")?;
        let schema = words.get("outputSchema").cloned().unwrap_or_default();
        let fits = match form {
            Form::Structured => fits(&schema, &content),
            Form::Text(_) => schema.is_null(),
        };
        if !fits {
            return Err("what is on record is not what its words promise now".to_owned());
        }
        let of_bind = bind.get("result").unwrap_or(&none);
        let told = match effect {
            Effect::Read => None,
            _ => told(bind, of_bind, &content)?,
        };
        let result = result.as_object().cloned().unwrap_or_default();
        Ok(Self { result, form, texts: texts(&content, of_bind), content, schema, told })
    }

    /// The answer to a call with these arguments, in which this text stands; `None` where nothing of it could be anybody else's.
    pub(super) fn answer(&self, holding: Option<&str>, arguments: &Json) -> Option<Json> {
        let mut content = self.content.clone();
        if let Some((places, at)) = &self.told {
            // it says how much of this call was done, and not how much of the one on record
            let said = arguments.pointer(at)?;
            for place in places {
                let like = like(said, self.content.pointer(place)?);
                content = put(&content, &place.tokens(), like)?;
            }
        }
        if let Some(holding) = holding {
            content = self.holding(&content, holding)?;
        }
        Some(self.around(&content))
    }

    /// The content with a text in it: behind one of its own, or in its place where there is no room for both.
    fn holding(&self, content: &Json, holding: &str) -> Option<Json> {
        let put_at = |at: &Pointer| {
            let own = content.pointer(at)?.as_str()?;
            [format!("{own} {holding}"), holding.to_owned()].into_iter().find_map(|text| {
                let changed = put(content, &at.tokens(), Json::from(text))?;
                (self.form != Form::Structured || fits(&self.schema, &changed)).then_some(changed)
            })
        };
        self.texts.iter().find_map(put_at)
    }

    /// The answer with this content.
    fn around(&self, content: &Json) -> Json {
        let mut members = self.result.clone();
        let part = |index: usize, part: &Json| {
            let says = match self.form {
                Form::Structured => read(text(part, "text")).is_some_and(|json| json == self.content),
                Form::Text(at) => at == index,
            };
            let (true, Json::Object(own)) = (says, part) else { return part.clone() };
            let mut own = own.clone();
            let shown = content.as_str().map_or_else(|| content.canonical(), str::to_owned);
            own.insert("text", Json::from(shown));
            Json::Object(own)
        };
        let parts = members.get("content").and_then(Json::as_array).unwrap_or_default();
        let parts = Json::array(parts.iter().enumerate().map(|(index, own)| part(index, own)).collect::<Vec<_>>());
        members.insert("content", parts);
        if self.form == Form::Structured {
            members.insert("structuredContent", content.clone());
        }
        // a server of the older era does not say it
        members.insert("resultType", Json::from("complete"));
        Json::Object(members)
    }
}

/// What of an answer bindings look into, else its first text.
fn content(result: &Json) -> Option<(Form, Json)> {
    if let Some(content) = result.get("structuredContent") {
        return Some((Form::Structured, content.clone()));
    }
    let parts = list(result, "content");
    let words = |part: &Json| part.get("text").and_then(Json::as_str).map(str::to_owned);
    let (at, words) = parts.iter().enumerate().find_map(|(at, part)| Some((at, words(part)?)))?;
    let json = read(&words).filter(|_| parts.len() == 1);
    Some((Form::Text(at), json.unwrap_or_else(|| Json::from(words))))
}

fn read(text: &str) -> Option<Json> {
    let json = Json::parse(text.as_bytes(), &Limits::default()).ok()?;
    (json.as_object().is_some() || json.as_array().is_some()).then_some(json)
}

/// Whether content is as a schema says. What a schema leaves open may be there.
pub(super) fn fits(schema: &Json, content: &Json) -> bool {
    if schema.is_null() {
        return true;
    }
    let within = |value: Json| Json::object([("answer", value)]);
    let schema = Json::object([("properties", within(schema.clone())), ("type", Json::from("object"))]);
    let validator = Validator::compile(&schema);
    // what cannot be checked is not held against it
    !validator.unsupported().is_empty() || validator.check(&within(content.clone()), Openness::AsTheSchemaSays).is_ok()
}

/// The texts that somebody outside could have written, by what the binding says, the longest first.
fn texts(content: &Json, bind: &Json) -> Vec<Pointer> {
    let prose = |kind: &str| matches!(kind, "content" | "text" | "title");
    let sure =
        |value: &&Json| value.get("trusted").and_then(Json::as_bool) == Some(true) || !prose(text(value, "kind"));
    let closed = list(bind, "sanitizes").iter();
    let sure = list(bind, "values").iter().filter(sure).chain(closed);
    let sure: Vec<Pattern> = sure.filter_map(|value| Pattern::parse(text(value, "at")).ok()).collect();
    let mut found = Vec::new();
    let mut rest = vec![(Pointer::root(), content)];
    while let Some((at, value)) = rest.pop() {
        match value {
            Json::String(own) if !sure.iter().any(|pattern| pattern.matches(&at)) => found.push((own.len(), at)),
            Json::Object(members) => rest.extend(members.iter().map(|(name, own)| (at.clone().join(name), own))),
            Json::Array(items) => {
                rest.extend(items.iter().enumerate().map(|(index, own)| (at.clone().index(index), own)));
            }
            _ => {}
        }
    }
    found.sort_by(|(one, at), (other, beside)| other.cmp(one).then_with(|| at.to_string().cmp(&beside.to_string())));
    found.into_iter().map(|(_, at)| at).take(TEXTS_MAX).collect()
}

/// Where an answer says how much was done, and where a call says how much is wanted.
fn told(bind: &Json, of_result: &Json, content: &Json) -> Result<Option<(Vec<Pointer>, Pointer)>, String> {
    let apart = || "what it says was done is of the call on record".to_owned();
    let measured = list(of_result, "measured");
    if measured.is_empty() {
        return Ok(None);
    }
    let arguments = bind.get("arguments").and_then(Json::as_object);
    let measures = arguments.into_iter().flat_map(|all| all.iter()).filter(|(_, how)| text(how, "role") == "measure");
    let [(at, how)] = measures.collect::<Vec<_>>()[..] else { return Err(apart()) };
    let at = Pattern::parse(at).ok().and_then(|at| at.as_pointer()).ok_or_else(apart)?;
    let mut places = Vec::new();
    for one in measured {
        let place = Pattern::parse(text(one, "at")).ok().and_then(|place| place.as_pointer()).ok_or_else(apart)?;
        if one.get("minor") != how.get("minor") {
            return Err(apart());
        }
        if content.pointer(&place).is_some() {
            places.push(place);
        }
    }
    Ok(Some((places, at)))
}

/// A value in the form that another has: a text, or a number.
fn like(said: &Json, own: &Json) -> Json {
    let plain = said.as_str().map_or_else(|| said.canonical(), str::to_owned);
    match own {
        Json::String(_) => Json::from(plain),
        _ => Json::parse(plain.as_bytes(), &Limits::default()).unwrap_or_else(|_| own.clone()),
    }
}

#[cfg(test)]
mod tests;
