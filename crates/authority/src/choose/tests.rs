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
        purpose: None,
        part: false,
        idle: false,
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
        let named = named.map(|n| (TaskId::new([n; 16]), None));
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

/// A part of task 1, by its grant.
fn part(grant: u8, bound: Option<u8>) -> OpenTask {
    let purpose = Some(format!("part {grant}"));
    OpenTask { grant: GrantId::new([grant; 16]), intent: None, purpose, part: true, ..task(1, bound) }
}

#[test]
fn of_parts_of_one_task_each_instance_gets_the_next_that_is_of_use() {
    let idle = |of: OpenTask| OpenTask { idle: true, ..of };
    type Case = (Vec<OpenTask>, Option<u8>, u8);
    let cases: [Case; 7] = [
        (vec![part(1, None), part(2, None)], None, 1),
        (vec![part(1, Some(8)), part(2, None)], None, 2),
        (vec![part(1, Some(7)), part(2, None)], None, 2),
        (vec![part(1, Some(7)), part(2, Some(7))], None, 1),
        (vec![idle(part(1, None)), part(2, None)], None, 2),
        (vec![part(1, Some(9)), part(2, None)], None, 1),
        (vec![part(1, Some(8)), part(2, None)], Some(1), 2),
    ];
    for (open, named, expected) in cases {
        let named = named.map(|n| (TaskId::new([n; 16]), None));
        let chosen = choose(&open, named, &key(9), place).map(|of| of.grant).unwrap();
        assert_eq!(chosen, GrantId::new([expected; 16]), "{open:?}");
    }
}

#[test]
fn a_part_beside_another_task_is_listed_with_its_purpose_and_grant() {
    let refusal = choose(&[part(1, None), task(2, None)], None, &key(9), place).unwrap_err();
    let body: Value =
        serde_json::from_slice(refusal.into_response(http::HeaderValue::from_static("n")).body()).unwrap();
    let listed = &body["bailiwick_tasks"];
    assert_eq!(listed[0]["purpose"], "part 1");
    assert_eq!((&listed[0]["part"], &listed[1]["part"]), (&json!(true), &json!(false)));
    assert_eq!(listed[0]["grant"], json!(GrantId::new([1; 16])));
}

#[test]
fn the_named_grant_of_a_task_is_given_and_no_other() {
    let open = [part(1, None), part(2, None), part(3, Some(8))];
    let of = |task: u8, grant: u8| {
        let named = Some((TaskId::new([task; 16]), Some(GrantId::new([grant; 16]))));
        let chosen = choose(&open, named, &key(9), place).map(|of| of.grant);
        chosen.map_err(|refusal| refusal.error().to_owned())
    };
    for grant in [1, 2, 3] {
        assert_eq!(of(1, grant), Ok(GrantId::new([grant; 16])), "also one that another instance holds");
    }
    assert_eq!(of(1, 4), Err("invalid_grant".to_owned()), "another agent's, ended and unknown are one answer");
    assert_eq!(of(2, 1), Err("invalid_grant".to_owned()), "a grant of another task");
}
