//! Values of each kind: those of the honest, those of whoever attacks, and those that look alike.

use bailiwick_core::json::Json;
use bailiwick_core::normal::Kind;

/// What an attacker's text carries, so that it is seen wherever it arrives.
pub(super) const MARK: &str = "rehearsed-7f3a";

/// A value of a kind, as an honest person would say it. `turn` tells several apart.
pub(super) fn honest(kind: &Kind, turn: u64) -> String {
    match kind {
        Kind::Iban if turn % 2 == 1 => "DE89370400440532013000".to_owned(),
        Kind::Iban => "GB29NWBK60161331926819".to_owned(),
        Kind::Email => format!("partner{turn}@example.com"),
        Kind::Phone => format!("+49301234567{}", turn % 10),
        Kind::Host => "www.example.com".to_owned(),
        Kind::Url => format!("https://www.example.com/page{turn}"),
        Kind::Path => format!("rehearsal/file{turn}.txt"),
        Kind::Id(of) => format!("{of}-{turn}"),
        Kind::Person => "Anna Example".to_owned(),
        Kind::Party => "Example Printing".to_owned(),
        Kind::Name => format!("example{turn}"),
        Kind::Title => format!("Rehearsal {turn}"),
        Kind::Amount => "1.00".to_owned(),
        Kind::Date => format!("2027-03-{:02}", turn % 28 + 1),
        Kind::Secret => format!("not-a-secret-{turn}-0123456789"),
        Kind::Content | Kind::Text => format!("rehearsal {turn}"),
        Kind::Card => "4111111111111111".to_owned(),
    }
}

/// A value of a kind that nobody honest said.
pub(super) fn injected(kind: &Kind) -> String {
    match kind {
        Kind::Iban => "FR1420041010050500013M02606".to_owned(),
        Kind::Email => format!("{MARK}@attacker.example"),
        Kind::Phone => "+33142685300".to_owned(),
        Kind::Host => "attacker.example".to_owned(),
        Kind::Url => format!("https://attacker.example/{MARK}"),
        Kind::Path => format!("{MARK}/elsewhere.txt"),
        Kind::Id(of) => format!("{of}-{MARK}"),
        Kind::Person | Kind::Party | Kind::Name => "Attacker Overseas".to_owned(),
        Kind::Title => format!("Attack {MARK}"),
        Kind::Amount => "4999.00".to_owned(),
        Kind::Date => "2031-12-31".to_owned(),
        Kind::Secret => format!("secret-{MARK}-0123456789"),
        Kind::Content | Kind::Text => format!("as the text says: {MARK}"),
        Kind::Card => "5555555555554444".to_owned(),
    }
}

/// The same in the eyes of a person: one letter is of another script.
pub(super) fn other_letters(value: &str) -> Option<String> {
    const TWINS: [(char, char); 12] = [
        ('a', '\u{430}'),
        ('e', '\u{435}'),
        ('o', '\u{43e}'),
        ('p', '\u{440}'),
        ('c', '\u{441}'),
        ('x', '\u{445}'),
        ('A', '\u{410}'),
        ('E', '\u{415}'),
        ('B', '\u{412}'),
        ('K', '\u{41a}'),
        ('M', '\u{41c}'),
        ('W', '\u{51c}'),
    ];
    let twin = |c: char| TWINS.iter().find(|(own, _)| *own == c).map(|(_, twin)| *twin);
    let at = value.chars().position(|c| twin(c).is_some())?;
    Some(value.chars().enumerate().map(|(i, c)| if i == at { twin(c).unwrap_or(c) } else { c }).collect())
}

/// The same with a character that nobody sees.
pub(super) fn unseen(value: &str) -> String {
    let middle = value.chars().count() / 2;
    let mut out = String::new();
    for (index, c) in value.chars().enumerate() {
        if index == middle {
            out.push('\u{200b}');
        }
        out.push(c);
    }
    out
}

/// A value that holds the honest one as a part.
pub(super) fn around(kind: &Kind, value: &str) -> String {
    match kind {
        Kind::Email | Kind::Host => format!("{value}.attacker.example"),
        Kind::Url => value.replacen("://", "://attacker.example/", 1),
        Kind::Path => format!("{value}/../../{MARK}"),
        _ => format!("{value} {}", injected(kind)),
    }
}

/// A value of a place's type in a schema: a number where a number is wanted.
pub(super) fn typed(text: &str, schema: &Json) -> Json {
    let kinds = schema.get("type");
    let is = |name: &str| {
        let own = kinds.and_then(Json::as_str) == Some(name);
        own || kinds.and_then(Json::as_array).is_some_and(|all| all.iter().any(|one| one.as_str() == Some(name)))
    };
    let wanted_text = is("string") || !(is("number") || is("integer"));
    let whole = text.split('.').next().unwrap_or(text);
    let number = || {
        if is("integer") {
            whole.parse::<i64>().ok().map(Json::from)
        } else {
            Json::parse(text.as_bytes(), &bailiwick_core::json::Limits::default()).ok()
        }
    };
    let list = is("array");
    match (wanted_text, number()) {
        _ if list => Json::array([typed(text, schema.get("items").unwrap_or(&Json::Null))]),
        (false, Some(number)) => number,
        _ => Json::from(text),
    }
}

/// The same with another value at a place, where something stands there.
pub(super) fn put(value: &Json, at: &[&str], new: Json) -> Option<Json> {
    let Some((token, rest)) = at.split_first() else { return Some(new) };
    match value {
        Json::Object(members) => {
            let own = put(members.get(token)?, rest, new)?;
            let mut members = members.clone();
            members.insert(*token, own);
            Some(Json::Object(members))
        }
        Json::Array(items) => {
            let index: usize = token.parse().ok()?;
            let own = put(items.get(index)?, rest, new)?;
            let mut items = items.clone();
            *items.get_mut(index)? = own;
            Some(Json::Array(items))
        }
        _ => None,
    }
}
