//! A binding in words, for whoever looks at a document that brings one.

use crate::json::{Json, Object};

/// What a member of `bind` says. What is not known here is written as it stands.
pub(super) fn words(name: &str, part: &Json) -> String {
    let said = match (name, part) {
        ("arguments", Json::Object(places)) => all(places.iter().map(|(place, how)| argument(place, how))),
        ("result", Json::Object(parts)) => all(parts.iter().map(|(name, part)| result(name, part))),
        ("measures", Json::Array(counted)) => all(counted.iter().map(measure)),
        ("outcome", Json::Object(how)) => outcome(how),
        ("referents", Json::Array(referents)) => all(referents.iter().map(referent)),
        ("classes", Json::Array(classes)) => {
            texts(classes).map(|classes| format!("brings data of class {}", classes.join(", ")))
        }
        ("unchecked", Json::Array(places)) => texts(places).filter(|places| !places.is_empty()).map(|places| {
            format!("{} is not checked", places.iter().map(|place| quoted(place)).collect::<Vec<_>>().join(", "))
        }),
        _ => None,
    };
    said.filter(|words| !words.is_empty()).unwrap_or_else(|| format!("`{}`", part.canonical()))
}

fn all(parts: impl Iterator<Item = Option<String>>) -> Option<String> {
    parts.collect::<Option<Vec<String>>>().map(|parts| parts.join("; "))
}

fn texts(items: &[Json]) -> Option<Vec<&str>> {
    items.iter().map(Json::as_str).collect()
}

fn quoted(place: &str) -> String {
    format!("`{}`", place.escape_debug())
}

/// A member that is a text.
fn text<'a>(members: &'a Object, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Json::as_str)
}

/// Nothing of it is left unsaid.
fn only(members: &Object, known: &[&str]) -> Option<()> {
    members.keys().all(|name| known.contains(&name)).then_some(())
}

fn argument(place: &str, how: &Json) -> Option<String> {
    let how = how.as_object()?;
    only(how, &["kind", "role", "group", "zone", "currency", "currency_at", "unit", "minor"])?;
    let kind = text(how, "kind").map_or_else(String::new, |kind| format!(" ({kind})"));
    let mut said = match text(how, "role").unwrap_or("value") {
        "harmless" => "does not matter and is not read".to_owned(),
        "idempotency" => "names the act: the same again is not done twice".to_owned(),
        "measure" => format!("says how much{}", of(how)?),
        "destination" => format!("says where it sends{kind}"),
        "resource" => format!("says what it is about{kind}"),
        "value" => format!("is read{kind}"),
        _ => return None,
    };
    if let Some(zone) = text(how, "zone") {
        said.push_str(&format!(", in zone {zone}"));
    }
    if let Some(group) = text(how, "group") {
        said.push_str(&format!(", together with others of `{group}`"));
    }
    Some(format!("{} {said}", quoted(place)))
}

/// Of what an amount is.
fn of(how: &Object) -> Option<String> {
    let coins = how.get("minor").and_then(Json::as_bool).unwrap_or_default();
    let coins = if coins { ", in its smallest coin" } else { "" };
    let unit = match (text(how, "currency"), text(how, "currency_at"), text(how, "unit")) {
        (Some(currency), None, None) => currency.to_owned(),
        (None, Some(place), None) => format!("the currency at {}", quoted(place)),
        (None, None, Some(unit)) => unit.to_owned(),
        _ => return None,
    };
    Some(format!(" of {unit}{coins}"))
}

fn result(name: &str, part: &Json) -> Option<String> {
    let one = |entry: &Json| {
        let entry = entry.as_object()?;
        let place = quoted(text(entry, "at")?);
        Some(match name {
            "values" => {
                only(entry, &["at", "kind", "trusted"])?;
                let trusted = entry.get("trusted").and_then(Json::as_bool).unwrap_or_default();
                let trusted = if trusted { ", which nobody outside can write" } else { "" };
                format!("the result's {place} ({}) is remembered{trusted}", text(entry, "kind")?)
            }
            "measured" => {
                only(entry, &["at", "currency", "currency_at", "unit", "minor"])?;
                format!("the result's {place} says what it came to, of{}", of(entry)?.strip_prefix(" of")?)
            }
            "not_done" => {
                only(entry, &["at", "equals"])?;
                format!("a result whose {place} is {} gives back what was reserved", entry.get("equals")?.canonical())
            }
            "sanitizes" => {
                only(entry, &["at", "one_of", "from", "to", "date", "boolean", "id"])?;
                let mut closed = entry.clone();
                closed.remove("at");
                format!(
                    "of the result {place} is given where it is {}, and nothing else: that counts as trusted",
                    Json::Object(closed).canonical()
                )
            }
            _ => return None,
        })
    };
    all(part.as_array()?.iter().map(one))
}

fn referent(entry: &Json) -> Option<String> {
    let entry = entry.as_object()?;
    only(entry, &["at", "read", "send"])?;
    let read = entry.get("read")?.as_object()?;
    only(read, &["tool", "arguments", "version", "show"])?;
    let with = read.get("arguments")?.as_object()?.iter();
    let with: Vec<String> = with
        .map(|(own, from)| Some(format!("{} of {}", quoted(own), quoted(from.as_str()?))))
        .collect::<Option<_>>()?;
    let mut said = format!(
        "{} points to what {} reads, with {}",
        quoted(text(entry, "at")?),
        quoted(text(read, "tool")?),
        with.join(", ")
    );
    said.push_str(&match text(read, "version") {
        Some(version) => format!(", whose version stands at {}", quoted(version)),
        None => ", whose version is all that it says".to_owned(),
    });
    if let Some(shown) = read.get("show") {
        let shown = texts(shown.as_array()?)?.into_iter().map(quoted).collect::<Vec<_>>();
        said.push_str(&format!(", and people are shown {}", shown.join(", ")));
    }
    if let Some(send) = text(entry, "send") {
        said.push_str(&format!("; the version goes along as {}", quoted(send)));
    }
    Some(said)
}

fn outcome(how: &Object) -> Option<String> {
    only(how, &["tool", "arguments", "done", "not_done", "measured"])?;
    let with = how.get("arguments")?.as_object()?.iter();
    let with: Vec<String> = with
        .map(|(own, from)| Some(format!("{} of {}", quoted(own), quoted(from.as_str()?))))
        .collect::<Option<_>>()?;
    let read =
        format!("what is in doubt is settled by what {} reads, with {}", quoted(text(how, "tool")?), with.join(", "));
    let list = |name: &str| how.get(name).and_then(Json::as_array).unwrap_or_default();
    let done = list("done").iter().map(|entry| {
        let entry = entry.as_object()?;
        only(entry, &["at", "equals"])?;
        Some(format!(
            "there {} of {} says that it was done",
            quoted(text(entry, "at")?),
            entry.get("equals")?.canonical()
        ))
    });
    let not_done = list("not_done").iter().map(|entry| {
        let entry = entry.as_object()?;
        only(entry, &["at", "equals"])?;
        let equals = entry.get("equals")?.canonical();
        Some(format!("there {} of {equals} gives back what was reserved", quoted(text(entry, "at")?)))
    });
    let measured = list("measured").iter().map(|entry| {
        let entry = entry.as_object()?;
        only(entry, &["at", "currency", "currency_at", "unit", "minor"])?;
        Some(format!(
            "there {} says what it came to, of{}",
            quoted(text(entry, "at")?),
            of(entry)?.strip_prefix(" of")?
        ))
    });
    all([Some(read)].into_iter().chain(done).chain(not_done).chain(measured))
}

fn measure(entry: &Json) -> Option<String> {
    let entry = entry.as_object()?;
    only(entry, &["unit", "after", "at", "count"])?;
    let unit = text(entry, "unit")?;
    let after = entry.get("after").and_then(Json::as_bool).unwrap_or_default();
    Some(match (after, text(entry, "at"), text(entry, "count")) {
        (false, None, None) => format!("one of {unit} a call"),
        (true, Some(place), None) => format!("how many {unit} the result says at {}", quoted(place)),
        (true, None, Some(place)) => format!("how many {unit} stand in the result at {}", quoted(place)),
        (true, None, None) => format!("{unit} by the size of the result"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
