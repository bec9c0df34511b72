//! From values that were seen to the narrowest condition that holds all of them.

use bailiwick_core::Amount;
use bailiwick_core::json::Json;
use bailiwick_core::normal::url_host;
use std::collections::BTreeSet;

/// The most values that are named one by one.
const NAMED_MAX: usize = 16;
/// The most that are, of a kind whose values have something in common that can be said.
const NAMED_OF_A_PLACE_MAX: usize = 4;

/// Whether values of a kind are held at all: what is written in words is other each time.
pub(super) fn held(kind: &str) -> bool {
    !matches!(kind, "content" | "text" | "title")
}

/// The narrowest condition that all of these meet; else why there is none.
pub(super) fn condition(kind: &str, values: &[&Json]) -> Result<Json, String> {
    let mut distinct: Vec<&Json> = Vec::new();
    for value in values {
        if !distinct.contains(value) {
            distinct.push(value);
        }
    }
    if matches!(kind, "amount" | "count") {
        let amounts: Option<Vec<Amount>> = distinct.iter().map(|value| amount(value)).collect();
        let most = amounts.and_then(|all| all.into_iter().max()).ok_or("not all of its amounts can be read")?;
        return Ok(Json::object([("most", Json::from(most.to_string()))]));
    }
    if let [one] = distinct.as_slice() {
        return Ok(Json::object([("equals", (*one).clone())]));
    }
    if distinct.len() > NAMED_OF_A_PLACE_MAX {
        let texts: Option<Vec<&str>> = distinct.iter().map(|value| value.as_str()).collect();
        let place = texts.and_then(|texts| match kind {
            "path" => folder(&texts).map(|folder| ("path_within", folder)),
            "url" => host(&texts).map(|host| ("host_of", host)),
            _ => None,
        });
        if let Some((name, place)) = place {
            return Ok(Json::object([(name, Json::from(place))]));
        }
    }
    if distinct.len() > NAMED_MAX {
        let found = distinct.len();
        return Err(format!("{found} values that have nothing in common: a template would name them by a parameter"));
    }
    Ok(Json::object([("one_of", Json::array(distinct.into_iter().cloned()))]))
}

fn amount(value: &Json) -> Option<Amount> {
    match value {
        Json::Number(number) => Amount::parse(number.as_str()).ok(),
        Json::String(text) => Amount::parse(text).ok(),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// The folder that all stand in, which is not the root of everything. One with `..` stands nowhere that could be said.
fn folder(paths: &[&str]) -> Option<String> {
    let parts = |path: &&str| path.split('/').map(str::to_owned).collect::<Vec<String>>();
    let mut all = paths.iter().map(parts);
    let mut common = all.next()?;
    common.pop();
    for path in all {
        let same = common.iter().zip(&path).take_while(|(one, other)| one == other).count();
        common.truncate(same.min(path.len().saturating_sub(1)));
    }
    let odd = paths.iter().any(|path| path.split('/').any(|part| part == ".."));
    let named = common.iter().any(|part| !part.is_empty() && part != ".");
    (named && !odd).then(|| common.join("/"))
}

/// The host that all are at.
fn host(urls: &[&str]) -> Option<String> {
    let hosts: Option<BTreeSet<String>> = urls.iter().map(|url| url_host(url)).collect();
    let mut hosts = hosts?.into_iter();
    hosts.next().filter(|_| hosts.next().is_none())
}
