use super::*;
use crate::task::value_hash;

const SALT: Salt = Salt::new([7; 16]);

fn hash(text: &str) -> Digest {
    value_hash(&SALT, "email", text)
}

fn shown(text: &str, trusted: bool) -> ObservedValue {
    ObservedValue {
        created: false,
        hash: hash(text),
        kind: "email".to_owned(),
        name: false,
        own: false,
        pointer: crate::json::Pointer::root(),
        record: None,
        trusted,
    }
}

fn server(name: &str) -> ServerName {
    ServerName::parse(name).unwrap()
}

fn many(what: &str, count: usize, trusted: bool) -> Vec<ObservedValue> {
    (0..count).map(|n| shown(&format!("{what}{n}@example.org"), trusted)).collect()
}

#[test]
fn what_is_untrusted_never_displaces_what_is_trusted() {
    let mut values = Values::default();
    values.shown(&[shown("ann@example.org", true)], &server("mail"), 2);
    for name in ["mail", "web", "chat", "more", "most"] {
        values.shown(&many(name, 2 * UNTRUSTED_OF_SERVER_MAX, false), &server(name), 3);
    }
    assert_eq!(values.len(), UNTRUSTED_MAX + 1);
    assert_eq!(values.judged(&hash("ann@example.org")).unwrap().origin, Origin::Trusted);
    assert_eq!(values.judged(&hash("most0@example.org")), None, "past the bound nobody knows");
    values.shown(&many("sure", 2 * TRUSTED_MAX, true), &server("mail"), 4);
    assert_eq!(values.len(), UNTRUSTED_MAX + TRUSTED_MAX);
}

#[test]
fn one_server_has_its_share() {
    let mut values = Values::default();
    values.shown(&many("a", UNTRUSTED_MAX, false), &server("mail"), 2);
    values.shown(&[shown("b@example.org", false)], &server("web"), 3);
    assert_eq!(values.judged(&hash("b@example.org")).unwrap().origin, Origin::Untrusted);
}

#[test]
fn of_many_places_those_that_count_are_kept() {
    let mut values = Values::default();
    let said = Stated { kind: crate::normal::Kind::Email, part: None, value: "ann@example.org".to_owned() };
    values.shown(&[shown("ann@example.org", false)], &server("mail"), 2);
    values.proposed(hash("bob@example.org"), 2);
    for event in 3..40 {
        for text in ["ann@example.org", "bob@example.org"] {
            let record = Some(format!("/{event}"));
            values.shown(&[ObservedValue { record, ..shown(text, true) }], &server("mail"), event);
        }
    }
    assert_eq!(values.judged(&hash("ann@example.org")).unwrap().origin, Origin::Untrusted);
    assert_eq!(values.judged(&hash("bob@example.org")).unwrap().origin, Origin::Proposed);
    values.said(&SALT, &[said], 50);
    assert_eq!(values.judged(&hash("ann@example.org")).unwrap().event, 50);
}

#[test]
fn no_result_makes_a_task_forget_what_its_agent_wrote() {
    let mut values = Values::default();
    for name in ["mail", "web", "chat", "more"] {
        values.shown(&many(name, 2 * UNTRUSTED_OF_SERVER_MAX, false), &server(name), 2);
    }
    values.proposed(hash("mallory@example.org"), 3);
    values.shown(&[shown("mallory@example.org", true)], &server("mail"), 4);
    assert_eq!(values.judged(&hash("mallory@example.org")).unwrap().origin, Origin::Proposed);
}

#[test]
fn once_an_agent_wrote_more_than_is_remembered_nothing_new_is_any_better() {
    let mut values = Values::default();
    values.shown(&[shown("ann@example.org", true)], &server("mail"), 2);
    for n in 0..=PROPOSED_MAX {
        values.proposed(hash(&format!("w{n}@example.org")), 3);
    }
    values.shown(&[shown(&format!("w{PROPOSED_MAX}@example.org"), true)], &server("mail"), 4);
    assert_eq!(values.judged(&hash(&format!("w{PROPOSED_MAX}@example.org"))), None, "nobody can say whose it is");
    assert_eq!(values.judged(&hash("ann@example.org")).unwrap().origin, Origin::Trusted, "what was known stays known");
    let said = Stated { kind: crate::normal::Kind::Email, part: None, value: "bob@example.org".to_owned() };
    values.said(&SALT, &[said], 5);
    assert_eq!(values.judged(&hash("bob@example.org")).unwrap().origin, Origin::Intent, "their person is still heard");
}
