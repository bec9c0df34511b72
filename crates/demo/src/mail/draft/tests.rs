use super::*;

fn ask(state: &mut State, name: &str, given: Value) -> Done {
    super::super::call(name, Some(given), state, &Day::read("2026-11-21").unwrap()).expect("a tool of the mailbox")
}

fn write(state: &mut State, body: &str) -> Value {
    ask(state, "write_draft", json!({"id": "d-1", "to": "a@b.example", "subject": "s", "body": body})).unwrap()
}

#[test]
fn a_draft_is_sent_as_it_is_by_then_and_only_once() {
    let state = &mut State::memory();
    assert_eq!(write(state, "first")["version"], "1");
    assert_eq!(write(state, "second")["version"], "2");
    let sent = ask(state, "send_draft", json!({"id": "d-1"})).unwrap();
    assert_eq!(ask(state, "read", json!({"id": sent["id"]})).unwrap()["body"], "second");
    assert!(ask(state, "send_draft", json!({"id": "d-1"})).is_err(), "it is gone");
}

#[test]
fn a_draft_that_was_written_over_is_not_sent_as_the_version_before() {
    let state = &mut State::memory();
    write(state, "first");
    write(state, "second");
    let stale = ask(state, "send_draft", json!({"id": "d-1", "version": "1"}));
    assert_eq!(stale, Err(Failed::Said("the draft is of version 2 by now".into())));
    ask(state, "send_draft", json!({"id": "d-1", "version": "2"})).unwrap();
}
