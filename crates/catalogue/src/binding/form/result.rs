//! The form of a result: which values it has and whose they are, of what class its fields are, what it came to.

use super::super::{ResultForm, ResultValue, Trusted};
use super::{At, PARTS_MAX, Read, measure};
use crate::measure::MeasureFrom;
use crate::observe::{CHOICE_CHARS_MAX, CHOICES_MAX, Closed, NUMBER_MAX};
use crate::path::Path;
use bailiwick_core::DataClass;
use bailiwick_core::json::Json;
use bailiwick_core::normal::Kind;

pub(super) fn read(at: &At<'_>) -> Read<ResultForm> {
    at.members(&["clean", "fields", "values", "not_done", "measured", "sanitizes"])?;
    let mut form = ResultForm { clean: at.said("clean")?, ..ResultForm::default() };
    if let Some(values) = at.get("values") {
        for value in values.items()? {
            let (value, class) = result_value(&value)?;
            form.fields.extend(class.map(|class| (value.at.clone(), class)));
            form.values.push(value);
        }
    }
    if let Some(fields) = at.get("fields") {
        for field in fields.items()? {
            field.members(&["at", "class"])?;
            let (place, class) = (field.need("at")?.path()?, field.need("class")?.class()?);
            // which of two classes a field has would be ours to guess
            if form.fields.iter().any(|(other, of)| *other == place && *of != class) {
                return field.bad(format!("`{place}` has another class already"));
            }
            form.fields.push((place, class));
        }
    }
    if let Some(not_done) = at.get("not_done") {
        form.not_done = not_done.items()?.iter().map(named).collect::<Read<_>>()?;
    }
    if let Some(measured) = at.get("measured") {
        form.measured = measured.items()?.iter().map(measured_at).collect::<Read<_>>()?;
    }
    if let Some(sanitizes) = at.get("sanitizes") {
        form.sanitizes = sanitizes.items()?.iter().map(closed).collect::<Read<_>>()?;
        if form.clean {
            return at.bad("what is `clean` needs no sanitizer: expected one of `clean` and `sanitizes`");
        }
    }
    Ok(form)
}

/// One place, and the closed type of what stands there.
fn closed(at: &At<'_>) -> Read<(Path, Closed)> {
    at.members(&["at", "one_of", "from", "to", "date", "boolean", "id"])?;
    let place = at.need("at")?;
    let path = place.path()?;
    if path.stars() > 0 {
        return place.bad("expected one place, without `*`: how many there are says something too");
    }
    let range = at.get("from").or(at.get("to"));
    let named = [at.get("one_of"), range, at.get("date"), at.get("boolean"), at.get("id")];
    if named.iter().flatten().count() != 1 {
        return at.bad("expected exactly one of `one_of`, `from` with `to`, `date`, `boolean` and `id`");
    }
    let [one_of, range, date, boolean, id] = named;
    if let Some(flag) = [&date, &boolean].into_iter().flatten().find(|flag| flag.value.as_bool() != Some(true)) {
        return flag.expected("`true`");
    }
    let closed = match (one_of, range, date, id) {
        (Some(one_of), ..) => Closed::OneOf(choices(&one_of)?),
        (_, Some(_), ..) => {
            let (from, to) = (whole(&at.need("from")?)?, whole(&at.need("to")?)?);
            if from > to {
                return at.bad("expected `from` at or below `to`");
            }
            Closed::Number(from, to)
        }
        (_, _, Some(_), _) => Closed::Date,
        (.., Some(id)) => match id.kind()? {
            kind @ Kind::Id(_) => Closed::Id(kind),
            _ => return id.bad("expected a kind of id, as `id:customer`"),
        },
        _ => Closed::Boolean,
    };
    Ok((path, closed))
}

fn choices(at: &At<'_>) -> Read<Vec<String>> {
    let all = at.items()?.iter().map(|one| Ok(one.text()?.to_owned())).collect::<Read<Vec<String>>>()?;
    let fits = |one: &String| (1..=CHOICE_CHARS_MAX).contains(&one.chars().count());
    if all.is_empty() || all.len() > CHOICES_MAX || !all.iter().all(fits) {
        return at.bad(format!("expected 1 to {CHOICES_MAX} texts of 1 to {CHOICE_CHARS_MAX} characters"));
    }
    Ok(all)
}

fn whole(at: &At<'_>) -> Read<i64> {
    let number = match at.value {
        Json::Number(number) => number.as_str().parse::<i64>().ok(),
        _ => None,
    };
    let fits = number.filter(|number| (-NUMBER_MAX..=NUMBER_MAX).contains(number));
    fits.map_or_else(|| at.bad(format!("expected a whole number, at most {NUMBER_MAX} from nought")), Ok)
}

pub(super) fn measured_at(at: &At<'_>) -> Read<MeasureFrom> {
    at.members(&["at", "currency", "currency_at", "unit", "minor"])?;
    measure(at, at.need("at")?.path()?)
}

fn result_value(at: &At<'_>) -> Read<(ResultValue, Option<DataClass>)> {
    at.members(&["at", "kind", "trusted", "own", "created", "name", "class"])?;
    let place = at.need("at")?.path()?;
    let trusted = at.get("trusted").map(|trusted| trust(&trusted, &place)).transpose()?.unwrap_or(Trusted::No);
    let class = at.get("class").map(|class| class.class()).transpose()?;
    let (kind, own, created, name) = (at.need("kind")?.kind()?, at.said("own")?, at.said("created")?, at.said("name")?);
    // A record of the person's own that somebody else can write is nobody's; so is an id that somebody else can choose.
    if (own || created) && trusted == Trusted::No {
        return at.bad("what is `own` or `created` says whether it is `trusted`, and when");
    }
    Ok((ResultValue { at: place, kind, trusted, own, created, name }, class))
}

/// Yes, no, or where another field of the same record is one of these.
fn trust(at: &At<'_>, of: &Path) -> Read<Trusted> {
    if let Some(flag) = at.value.as_bool() {
        return Ok(if flag { Trusted::Yes } else { Trusted::No });
    }
    if at.value.as_object().is_none() {
        return at.expected("a boolean, or a condition as `{at: /folder, equals: Sent}`");
    }
    at.members(&["at", "equals", "one_of"])?;
    let place = at.need("at")?;
    let path = place.path()?;
    if !path.follows(of) {
        return place.bad(format!("expected each `*` where `{of}` has one"));
    }
    let values = match (at.get("equals"), at.get("one_of")) {
        (Some(equals), None) => vec![scalar(&equals)?],
        (None, Some(one_of)) => one_of.items()?.iter().map(scalar).collect::<Read<Vec<Json>>>()?,
        _ => return at.bad("expected exactly one of `equals` and `one_of`"),
    };
    if values.is_empty() || values.len() > PARTS_MAX {
        return at.bad(format!("expected 1 to {PARTS_MAX} values"));
    }
    Ok(Trusted::Where(path, values))
}

fn scalar(at: &At<'_>) -> Read<Json> {
    match at.value {
        Json::String(_) | Json::Bool(_) | Json::Number(_) => Ok(at.value.clone()),
        Json::Null | Json::Array(_) | Json::Object(_) => at.expected("a string, a number or a boolean"),
    }
}

/// Names one result as "nothing was done": one place, one value. It gives value back, so it is never a matter of form.
pub(super) fn named(at: &At<'_>) -> Read<(Path, Json)> {
    at.members(&["at", "equals"])?;
    let place = at.need("at")?;
    let path = place.path()?;
    if path.stars() > 0 {
        return place.bad("expected one place, without `*`");
    }
    Ok((path, scalar(&at.need("equals")?)?))
}
