use super::*;
use bailiwick_core::{GrantId, TemplateName};

fn key(n: u8) -> KeyThumbprint {
    KeyThumbprint::parse(&char::from(b'a' + n).to_string().repeat(43)).unwrap()
}

fn task(n: u8, bound: Option<u8>) -> OpenTask {
    OpenTask {
        task: TaskId::new([n; 16]),
        grant: GrantId::new([n; 16]),
        bound: bound.map(key),
        intent: Some(format!("intent {n}")),
        template: TemplateName::parse("pay").ok(),
    }
}

/// 8 is running, 7 was, and 6 is what a person picked.
fn place(task: &OpenTask) -> Place {
    match &task.bound {
        Some(own) if *own == key(8) || *own == key(9) => Place::Taken { seconds_left: 90 },
        Some(own) if *own == key(6) => Place::Picked,
        _ => Place::Free,
    }
}

#[test]
fn the_named_task_then_the_own_then_the_picked_then_the_only_free_one() {
    let of = |n: u8| Ok(TaskId::new([n; 16]));
    type Case<'a> = (&'a [OpenTask], Option<u8>, Result<TaskId, &'a str>);
    let cases: [Case<'_>; 12] = [
        (&[], None, Err("authorization_pending")),
        (&[task(1, Some(8))], None, Err("authorization_pending")),
        (&[task(1, None)], None, of(1)),
        (&[task(1, Some(8)), task(2, None)], None, of(2)),
        (&[task(1, Some(9)), task(2, None)], None, of(1)),
        (&[task(1, None), task(2, None)], None, Err("interaction_required")),
        (&[task(1, None), task(2, None)], Some(2), of(2)),
        (&[task(1, Some(8))], Some(1), of(1)),
        (&[task(1, Some(8)), task(2, Some(7))], None, of(2)),
        (&[task(1, None), task(2, Some(6))], None, of(2)),
        (&[task(1, Some(9)), task(2, Some(6))], None, of(1)),
        (&[task(1, None)], Some(7), Err("invalid_grant")),
    ];
    for (open, named, expected) in cases {
        let named = named.map(|n| TaskId::new([n; 16]));
        let chosen = choose(open, named, &key(9), place).map(|task| task.task);
        assert_eq!(chosen.as_ref().map_err(Refusal::error), expected.as_ref().map_err(|code| *code), "{open:?}");
    }
}

#[test]
fn several_are_listed_with_their_intents() {
    let refusal = choose(&[task(1, None), task(2, None), task(3, Some(8))], None, &key(9), place).unwrap_err();
    let response = refusal.into_response(http::HeaderValue::from_static("n"));
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    let intents: Vec<_> = body["bailiwick_tasks"].as_array().unwrap().iter().map(|task| &task["intent"]).collect();
    assert_eq!(intents, ["intent 1", "intent 2"]);
    assert!(body["error_description"].as_str().unwrap().contains("`bailiwick task attach TASK`"), "{body}");
}

#[test]
fn a_task_that_another_instance_holds_is_told_from_none() {
    let body = |open: &[OpenTask]| -> Value {
        let refusal = choose(open, None, &key(9), place).map(|_| ()).unwrap_err();
        assert_eq!(refusal.error(), "authorization_pending");
        serde_json::from_slice(refusal.into_response(http::HeaderValue::from_static("n")).body()).unwrap()
    };
    assert!(body(&[]).get("bailiwick_held").is_none());
    let held = body(&[task(1, Some(8))]);
    assert!(held["error_description"].as_str().unwrap().contains("`bailiwick task attach TASK`"), "{held}");
    assert_eq!(held["bailiwick_held"][0]["held_seconds"], 90);
    assert_eq!(held["bailiwick_held"][0]["task"], json!(TaskId::new([1; 16])));
}
