//! What a change of a mandate lets happen, and templates that draw on one.

use super::*;
use crate::control::MandateEntry;
use crate::document::Mandate;

pub(super) fn put(state: &mut ControlState, document: Mandate) {
    let entry = MandateEntry { document, digest: sha256(b"mandate"), since: 1 };
    state.mandates.insert(entry.document.name.clone(), entry);
}

fn mandate(given_for: &str, meters: &str, more: &str) -> String {
    format!(r#"{{"kind":"mandate","name":"m","giver":"ann","for":{given_for},"meters":{meters}{more}}}"#)
}

#[test]
fn a_mandate_for_more_in_a_shorter_time_or_for_more_loosens() {
    let (payer, month) = (r#"{"agents":["payer"]}"#, r#"{"EUR":{"most":"10","per":"month in UTC"}}"#);
    let of = |meters: &str| mandate(payer, meters, "");
    let whom = |given_for: &str| mandate(given_for, month, "");
    let days = |more: &str| mandate(payer, month, more);
    let (day, hour) = (r#"{"EUR":{"most":"10","over":"24h"}}"#, r#"{"EUR":{"most":"10","over":"1h"}}"#);
    for (old, new, loosens) in [
        (of(month), of(r#"{"EUR":{"most":"11","per":"month in UTC"}}"#), true),
        (of(month), of(r#"{"EUR":{"most":"9","per":"month in UTC"}}"#), false),
        (of(month), of(r#"{"EUR":{"most":"10","per":"week in UTC"}}"#), true),
        (of(r#"{"EUR":{"most":"10","per":"day in UTC"}}"#), of(month), false),
        (of(month), of(r#"{"EUR":{"most":"10","per":"month in Asia/Tokyo"}}"#), true),
        (of(day), of(hour), true),
        (of(hour), of(day), false),
        (of(month), of(day), true),
        (of(month), of(r#"{"EUR":{"most":"10","per":"month in UTC"},"USD":{"most":"1","over":"1h"}}"#), true),
        (of(r#"{"EUR":{"most":"10","per":"month in UTC"},"records":{"most":"1","over":"1h"}}"#), of(month), true),
        (whom(payer), whom(r#"{"agents":["other","payer"]}"#), true),
        (whom(r#"{"agents":["other","payer"]}"#), whom(payer), false),
        (whom(payer), whom(r#"{"agents":["payer"],"templates":["t"]}"#), false),
        (whom(r#"{"agents":["payer"],"templates":["t"]}"#), whom(payer), true),
        (whom(payer), whom(payer).replace("ann", "bob"), true),
        (days(""), days(r#","until":"2030-01-01""#), false),
        (days(r#","until":"2030-01-01""#), days(r#","until":"2029-01-01""#), false),
        (days(r#","until":"2030-01-01""#), days(r#","until":"2031-01-01""#), true),
        (days(r#","until":"2030-01-01""#), days(""), true),
        (days(r#","from":"2030-01-01""#), days(r#","from":"2029-01-01""#), true),
        (days(""), days(r#","from":"2029-01-01""#), false),
    ] {
        let lines = lines(&old, &new);
        assert!(!lines.is_empty(), "{old} to {new}");
        assert_eq!(lines.iter().any(|line| line.starts_with('!')), loosens, "{old} to {new}: {lines:?}");
    }
}

#[test]
fn a_template_that_draws_no_more_loosens() {
    let draws = template(r#"{"tools":["s/*"]}"#, r#","draws":["m"]"#);
    let alone = template(r#"{"tools":["s/*"]}"#, "");
    let loosens = |old: &str, new: &str| lines(old, new).iter().any(|line| line.starts_with('!'));
    assert!(loosens(&draws, &alone));
    assert!(!loosens(&alone, &draws));
}

#[test]
fn what_a_template_cannot_draw_is_found_where_it_stands() {
    let month = mandate(r#"{"agents":["a"]}"#, r#"{"EUR":{"most":"10","per":"month in UTC"}}"#, "");
    let state = tenant(&[&month], &[]);
    let found = |grant: &str, draws: &str| -> Vec<String> {
        let template = document(&template(grant, &format!(r#","draws":{draws}"#)));
        let found = findings(&state, &[template], &[]);
        found.into_iter().filter(|found| found.refused).map(|found| format!("{}: {}", found.at, found.why)).collect()
    };
    let row = |meters: &str| format!(r#"{{"tools":["s/*"],"effect":"transfer","meters":{meters}}}"#);
    let told = |all: Vec<String>, one: &str| assert!(all.iter().any(|found| found.contains(one)), "{one}: {all:?}");
    told(found(&row(r#"{"EUR":{"total":"5"}}"#), r#"["n"]"#), "/draws/0: there is no mandate `n`");
    told(found(&row(r#"{"EUR":{"each":"5"}}"#), r#"["m"]"#), "/grant/0/meters/EUR: `total` is missing");
    told(found(&row(r#"{"USD":{"total":"5"}}"#), r#"["m"]"#), "/grant/0/meters/USD: `m` gives EUR, and no USD");
    told(found(&row(r#"{"calls":{"total":"5"}}"#), r#"["m"]"#), "/draws: no row has a meter of what `m` gives");
    let fits = found(&row(r#"{"EUR":{"total":"5"}}"#), r#"["m"]"#);
    assert!(!fits.iter().any(|found| found.contains("draws") || found.contains("meters")), "{fits:?}");
}
