//! The language-neutral cases of `vectors/binding/`.

use crate::testing::{World, json, keyed};
use crate::{Call, Catalogue, Ending};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{Reason, Standing, sha256};
use serde_json::{Value, json as value};
use std::path::PathBuf;

fn files() -> Vec<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../vectors/binding");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect()
}

fn catalogue(file: &Value) -> (Catalogue, String) {
    let mut server = value!({"kind": "server", "name": "s", "transport": {"stdio": {"command": "/usr/bin/server"}}});
    let mut document = file["document"].clone();
    let tool = file["tool"]["name"].as_str().unwrap().to_owned();
    for (key, member) in file["server"].as_object().into_iter().flatten() {
        server[key] = member.clone();
    }
    document["kind"] = value!("tool");
    document["tool"] = value!(format!("s/{tool}"));
    let world = World::new(&server.to_string()).with(&file["tool"].to_string(), Standing::Reviewed);
    let catalogue = world.ruled(&document.to_string()).catalogue();
    assert_eq!(catalogue.problems(), [], "{}", file["name"]);
    (catalogue, tool)
}

/// Every member of `expect` must be that of `found`; `refused` counts as null where it is not named.
fn same(expect: &Value, found: &Value, name: &str) {
    let expect = expect.as_object().unwrap();
    assert!(!expect.contains_key("refused") || found.get("refused").is_some(), "{name}");
    for (key, wanted) in expect.iter().filter(|(key, _)| *key != "refused") {
        assert_eq!(found.get(key), Some(wanted), "{name}: {key}");
    }
    let Some(refused) = found.get("refused") else { return };
    let wanted = expect.get("refused").unwrap_or(&Value::Null);
    for key in ["code", "at", "asked"] {
        if wanted.is_null() || wanted.get(key).is_some() {
            assert_eq!(refused.get(key), wanted.get(key), "{name}: refused {key} of {refused}");
        }
    }
}

fn check_call(file: &Value, case: &Value) {
    let (catalogue, tool) = catalogue(file);
    let name = format!("{}: {}", file["name"], case["name"]);
    let text = case["arguments"].as_str().unwrap();
    let arguments = match (Json::parse(text.as_bytes(), &Limits::default()), case["unread"].as_str()) {
        (Ok(arguments), None) => arguments,
        (Err(error), Some(why)) => return assert!(error.to_string().contains(why), "{name}: {error}"),
        (read, wanted) => panic!("{name}: {read:?}, expected {wanted:?}"),
    };
    let idempotency = case["idempotency"].as_str().map(str::to_owned);
    let call = Call { tool: World::id(&tool), arguments, beside: Json::Null, idempotency, key: None };
    let read = catalogue.read(&call, &keyed).unwrap();
    let action = &read.action;
    let bound: Vec<Value> = action
        .bound
        .iter()
        .map(|b| value!({"group": b.group, "kind": b.kind, "normal": b.normal, "pointer": b.pointer, "role": b.role}))
        .collect();
    let found = value!({
        "bound": bound, "classes": action.classes, "destination": action.destination, "measures": action.measures,
        "idempotency": action.idempotency, "resource": action.resource, "clean": action.clean,
        "forward": String::from_utf8(read.forward.clone()).unwrap(),
        "refused": read.refused.as_ref().map_or(Value::Null, |reason: &Reason| serde_json::to_value(reason).unwrap()),
    });
    same(&case["expect"], &found, &name);
    // The refused call is recorded as it was read, so what it says is whole.
    assert_eq!(action.arguments.canonical().as_bytes(), read.forward, "{name}");
}

fn check_result(file: &Value, case: &Value) {
    let (catalogue, tool) = catalogue(file);
    let name = format!("{}: {}", file["name"], case["name"]);
    let result = case["arguments"].as_str().unwrap().as_bytes();
    // The hash of these tests shows its input's.
    let key = |kind: &bailiwick_core::normal::Kind, form: &str| sha256(format!("{kind}|{form}").as_bytes());
    let seen = catalogue.observe(&World::id(&tool), result, 0, &key).unwrap();
    let ending = match seen.ending {
        Ending::Done => "done",
        Ending::NotDone => "not_done",
        Ending::Doubt(_) => "doubt",
    };
    let mut expect = case["expect"].clone();
    for wanted in expect["values"].as_array_mut().into_iter().flatten() {
        let form = format!("{}|{}", wanted["kind"].as_str().unwrap(), wanted["normal"].as_str().unwrap());
        wanted["hash"] = value!(sha256(form.as_bytes()));
        wanted.as_object_mut().unwrap().remove("normal");
    }
    if expect["values"].is_null() {
        expect.as_object_mut().unwrap().remove("values");
    }
    let found = value!({
        "ending": ending, "measured": seen.observed.measured, "unmeasured": seen.observed.unmeasured,
        "values": seen.observed.values, "classes": seen.classes,
    });
    same(&expect, &found, &name);
    assert_eq!((seen.observed.size, seen.observed.digest), (result.len() as u64, Some(sha256(result))), "{name}");
    assert_eq!(seen.observed.kept, None, "{name}");
}

#[test]
fn every_vector_is_read_as_it_says() {
    let mut refused = 0;
    for file in files() {
        for case in file["cases"].as_array().unwrap() {
            check_call(&file, case);
            refused += usize::from(case.get("unread").is_some() || case["expect"].get("refused").is_some());
        }
        for case in file["results"].as_array().into_iter().flatten() {
            check_result(&file, case);
        }
    }
    assert!(refused > 60, "only {refused} refusals");
}

#[test]
fn vectors_are_numbered_without_gaps() {
    let numbers: Vec<u64> = files().iter().map(|file| file["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    assert_eq!(json("{}"), Json::object::<&str>([]));
}
