//! What a person may type for a parameter, and what comes to nothing when it is typed.

use super::{BadFilling, bad};
use crate::document::{Parameter, Template};
use crate::{Amount, Unit};
use std::collections::BTreeMap;

/// A value of a kind as a person would type it: a limit where one is said, else one that is good to read.
pub fn example_of<'a>(kind: &str, at_most: Option<&'a str>) -> &'a str {
    match kind.split(':').next() {
        Some("amount") => at_most.unwrap_or("10"),
        Some("server") => "bank",
        Some("iban") => "DE89370400440532013000",
        Some("email") => "ann@example.org",
        Some("phone") => "+493012345678",
        Some("host") => "example.org",
        Some("url") => "https://example.org/",
        Some("path") => "/home/me/notes",
        Some("date") => "2030-06-30",
        Some("id") => "4711",
        _ => "'Some words'",
    }
}

/// What a person may fill in, as they would type it.
pub(super) fn example(name: &str, parameter: &Parameter) -> String {
    let most = parameter.at_most.map(|most| most.to_string());
    let what = match (parameter.kind.as_str(), &parameter.currency) {
        ("amount", Some(unit)) => {
            let bound = most.as_ref().map_or_else(String::new, |most| format!(" of at most {most}"));
            format!("an amount in {unit}{bound}")
        }
        ("server", _) => "a server's name".to_owned(),
        (kind, _) => format!("a value of kind {kind}"),
    };
    format!("{what}, as `{name}={}`", example_of(&parameter.kind, most.as_deref()))
}

/// A limit that a person filled in with nothing: what it grants could never be used. Asked before a person consents, never
/// when the record is read again.
pub fn of_nothing(template: &Template, given: &BTreeMap<String, String>) -> Option<BadFilling> {
    let limits =
        |name: &str| template.grant.iter().any(|row| row.meters.canonical().contains(&format!("\"{{{name}}}\"")));
    template.parameters.iter().find_map(|(name, parameter)| {
        let (unit, text) = (parameter.currency.as_ref()?, given.get(name)?);
        let nothing = amount(text, unit).is_some_and(|amount| amount <= Amount::ZERO) && limits(name);
        nothing.then(|| bad(name, format_args!("more than 0 {unit}, as `{name}={}`", of_most(parameter))))
    })
}

fn of_most(parameter: &Parameter) -> String {
    let most = parameter.at_most.map(|most| most.to_string());
    example_of(&parameter.kind, most.as_deref()).to_owned()
}

/// An amount as a person types it, with its unit behind it or without.
pub(super) fn digits<'a>(text: &'a str, unit: &Unit) -> &'a str {
    text.strip_suffix(unit.as_str()).map_or(text, str::trim_end)
}

fn amount(text: &str, unit: &Unit) -> Option<Amount> {
    Amount::parse(digits(text, unit)).ok()
}
