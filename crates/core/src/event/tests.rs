pub(super) mod samples;

use super::*;
use crate::json::{Json, Limits};
use samples::{KEPT_SECRET, samples};
use serde_json::Value;
use std::collections::BTreeSet;

fn clear(event: &Event) -> Vec<u8> {
    event.clear(Some(crate::sha256(b"commit"))).unwrap()
}

fn fields(event: &Event) -> Vec<(String, Vec<u8>)> {
    event.data.private().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn read(bytes: &[u8]) -> Result<Event, BadEvent> {
    Event::read(bytes).map(|(event, _)| event)
}

#[test]
fn every_kind_has_a_sample() {
    let kinds: BTreeSet<&str> = samples().iter().map(|event| event.data.kind()).collect();
    assert_eq!(kinds, Data::KINDS.iter().copied().collect());
    assert_eq!(Data::KINDS.iter().collect::<BTreeSet<_>>().len(), Data::KINDS.len());
}

#[test]
fn clear_bytes_are_in_rfc_8785_form() {
    for commit in [None, Some(crate::sha256(b"commit"))] {
        let other = samples().into_iter().filter(|event| {
            let bytes = event.clear(commit).unwrap();
            let json = Json::parse(&bytes, &Limits::stored());
            json.map(|json| json.canonical().into_bytes()) != Ok(bytes)
        });
        assert_eq!(other.map(|event| event.data.kind()).collect::<Vec<_>>(), Vec::<&str>::new());
    }
}

#[test]
fn private_values_are_in_rfc_8785_form_and_sorted_by_name() {
    for event in samples() {
        let fields = fields(&event);
        assert!(fields.windows(2).all(|pair| pair[0].0 < pair[1].0), "{}", event.data.kind());
        for (name, value) in fields {
            let json = Json::parse(&value, &Limits::stored()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(json.canonical().as_bytes(), value, "{name}");
        }
    }
}

#[test]
fn an_event_comes_back_as_it_was_written() {
    for event in samples() {
        let (mut read, commit) = Event::read(&clear(&event)).unwrap();
        assert_eq!(commit, Some(crate::sha256(b"commit")));
        let fields = fields(&event);
        if !fields.is_empty() {
            assert_ne!(read, event, "private fields do not stand in the clear part");
            read.open(&fields).unwrap();
        }
        assert_eq!(read, event);
        assert_eq!(clear(&read), clear(&event));
    }
}

#[test]
fn an_erased_event_is_still_an_event_without_private_fields() {
    for event in samples() {
        let erased = read(&clear(&event)).unwrap();
        assert_eq!(erased.data.private(), Vec::new());
        assert_eq!(clear(&erased), clear(&event));
    }
}

#[test]
fn nothing_private_stands_in_the_clear_part() {
    let mut with_private = 0;
    for event in samples() {
        let text = String::from_utf8(clear(&event)).unwrap();
        assert!(!text.contains(KEPT_SECRET), "{text}");
        let private = fields(&event);
        with_private += usize::from(!private.is_empty());
        for (name, value) in private {
            let value = String::from_utf8(value).unwrap();
            assert!(value.len() < 12 || !text.contains(value.trim_matches('"')), "{name}: {value} in {text}");
        }
    }
    assert_eq!(with_private, 12);
}

type Members = serde_json::Map<String, Value>;

/// Every object of a document, changed by `change`, one at a time; answers the places where it was still read.
fn still_read(event: &Event, change: fn(&mut Members) -> Vec<Members>) -> Vec<String> {
    let whole: Value = serde_json::from_slice(&clear(event)).unwrap();
    let mut places = vec![String::new()];
    let mut read_anyway = Vec::new();
    while let Some(place) = places.pop() {
        let value = whole.pointer(&place).unwrap();
        match value {
            Value::Object(members) => {
                places
                    .extend(members.keys().map(|key| format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"))));
                for other in change(&mut members.clone()) {
                    let mut document = whole.clone();
                    *document.pointer_mut(&place).unwrap() = Value::Object(other);
                    if read(&serde_json::to_vec(&document).unwrap()).is_ok() {
                        read_anyway.push(format!("{} at `{place}`", event.data.kind()));
                    }
                }
            }
            Value::Array(items) => places.extend((0..items.len()).map(|index| format!("{place}/{index}"))),
            _ => {}
        }
    }
    read_anyway
}

#[test]
fn an_unknown_field_is_refused_wherever_it_stands() {
    for event in samples() {
        let found = still_read(&event, |members| {
            members.insert("unknown_field".to_owned(), Value::from(1));
            vec![members.clone()]
        });
        // Values that are of no form of their own: public keys.
        let expected: &[&str] = match event.data.kind() {
            "control.keys" => &["control.keys at `/data/keys`", "control.keys at `/data/keys/keys/0`"],
            "control.enrolled" => &["control.enrolled at `/data/passkey/key`"],
            // what was shown, as an object
            "control.glass_closed" => &["control.glass_closed at `/data/shown`"],
            _ => &[],
        };
        assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected.iter().copied().collect());
    }
}

#[test]
fn a_list_is_never_missing() {
    for event in samples().into_iter().filter(|event| event.data.kind() != "control.keys") {
        let found = still_read(&event, |members| {
            let lists = members.iter().filter(|(_, value)| value.is_array()).map(|(key, _)| key.clone());
            lists
                .map(|key| {
                    members.iter().filter(|(name, _)| **name != key).map(|(k, v)| (k.clone(), v.clone())).collect()
                })
                .collect()
        });
        let expected: &[&str] = match event.data.kind() {
            // what a widening lets be read: left out where that is nothing new, as in events of before
            "task.amended" => &["task.amended at `/data/change/widened`"],
            // a no of before made nothing void: it has no such list
            "approval.refused" => &["approval.refused at `/data`"],
            _ => &[],
        };
        assert_eq!(found, expected);
    }
}

#[test]
fn a_doubled_field_is_refused() {
    for event in samples() {
        let text = String::from_utf8(clear(&event)).unwrap();
        let doubled = text.replacen("\"kind\":", "\"kind\":\"task.ended\",\"kind\":", 1);
        assert!(matches!(read(doubled.as_bytes()), Err(BadEvent::Malformed(_))), "{doubled}");
        let doubled = text.replacen("\"data\":{", "\"data\":{},\"data\":{", 1);
        assert!(matches!(read(doubled.as_bytes()), Err(BadEvent::Malformed(_))), "{doubled}");
    }
}

#[test]
fn an_unknown_kind_or_version_is_named() {
    for event in samples() {
        let text = String::from_utf8(clear(&event)).unwrap();
        let kind = event.data.kind();
        let other = text.replace(&format!("\"kind\":\"{kind}\",\"v\""), "\"kind\":\"task.renamed\",\"v\"");
        assert_eq!(read(other.as_bytes()), Err(BadEvent::UnknownKind("task.renamed".to_owned())));
        let later = text.replace("\"v\":1}", "\"v\":2}");
        assert_eq!(read(later.as_bytes()), Err(BadEvent::UnknownKind(format!("{kind} (version 2)"))));
    }
}

#[test]
fn one_kind_is_never_read_as_another() {
    let samples = samples();
    for event in &samples {
        let text = String::from_utf8(clear(event)).unwrap();
        let kind = event.data.kind();
        for other in samples.iter().map(|other| other.data.kind()).filter(|other| *other != kind) {
            let text = text.replace(&format!("\"kind\":\"{kind}\",\"v\""), &format!("\"kind\":\"{other}\",\"v\""));
            let read = read(text.as_bytes());
            // The two endings of a grant's and a task's own kind differ by a field; nothing else is alike.
            assert!(read.is_err(), "{kind} is read as {other}");
        }
    }
}

#[test]
fn private_fields_that_are_unknown_missing_or_malformed_are_refused() {
    for event in samples() {
        let mut open = read(&clear(&event)).unwrap();
        let fields = fields(&event);
        let with =
            |name: &str, value: &str| [fields.clone(), vec![(name.to_owned(), value.as_bytes().to_vec())]].concat();
        assert!(open.open(&with("unknown", "1")).is_err(), "{}", event.data.kind());
        for index in 0..fields.len() {
            let (mut missing, mut malformed) = (fields.clone(), fields.clone());
            missing.remove(index);
            malformed[index].1 = b"{".to_vec();
            // Values that the person said were not written from the first: without them nothing is theirs.
            let later = ["pasted", "shown", "values"].contains(&fields[index].0.as_str());
            assert_eq!(open.open(&missing).is_ok(), later, "{} without {}", event.data.kind(), fields[index].0);
            assert!(open.open(&malformed).is_err(), "{} with a broken {}", event.data.kind(), fields[index].0);
        }
    }
}

#[test]
fn private_fields_of_kinds_that_no_fold_opens_change_no_state() {
    let mut before = crate::TaskState::empty(crate::TenantId::new([1; 16]), crate::TaskId::new([2; 16]));
    for event in samples().iter().filter(|event| event.data.folds_private()) {
        // Those that do not fit what came before leave it as it was.
        let mut next = before.clone();
        if next.apply(event, 1).is_ok() {
            before = next;
        }
    }
    let mut compared = 0;
    for event in samples().into_iter().filter(|event| !event.data.folds_private()) {
        let erased = read(&clear(&event)).unwrap();
        compared += usize::from(erased != event);
        let fold = |event: &Event| {
            let mut state = before.clone();
            (state.apply(event, 2), state)
        };
        assert_eq!(fold(&event), fold(&erased), "{}", event.data.kind());
    }
    assert!(compared >= 2, "refusals and endings have private fields");
}
