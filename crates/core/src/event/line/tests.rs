use super::*;
use crate::event::tests::samples::samples;

fn line(kind: &str) -> String {
    let event = samples().into_iter().find(|event| event.data.kind() == kind).unwrap();
    let act = ActNamed { leaf: 42, tool: ToolId::parse("bank/pay").unwrap() };
    event.data.sentence(Some(&act))
}

#[test]
fn a_line_of_an_act_says_who_what_how_much_where_to_and_by_which_rule() {
    for (kind, parts) in [
        ("action.begun", &["payer bank/pay ", " EUR", " to ", "only observed, NOT enforced by p0"][..]),
        ("action.refused", &["payer bank/pay ", "refused: ", "asked `600 EUR`, at most `500 EUR`", "[limits]"]),
        ("action.waiting", &["payer bank/pay ", "waits for "]),
        ("action.ended", &["#42 bank/pay: "]),
        ("action.doubtful", &["#42 bank/pay: in doubt ("]),
        ("refusals.counted", &[" of bank/pay ("]),
    ] {
        let line = line(kind);
        for part in parts {
            assert!(line.contains(part), "{kind}: `{part}` is not in: {line}");
        }
    }
}

#[test]
fn an_act_that_is_not_known_is_named_by_its_seq() {
    let event = samples().into_iter().find(|event| event.data.act().is_some()).unwrap();
    let seq = event.data.act().unwrap();
    assert!(event.data.sentence(None).starts_with(&format!("the act that is the task's own event no. {seq}: ")));
}

#[test]
fn every_kind_has_a_line_and_it_is_one() {
    for event in samples() {
        let line = event.data.sentence(None);
        assert!(!line.is_empty() && !line.contains('\n'), "{}: {line}", event.data.kind());
    }
}

#[test]
fn what_the_server_said_of_itself_is_told_and_a_read_without_an_answer_is_in_no_doubt() {
    let mut sample = samples().into_iter().find(|event| event.data.kind() == "action.ended").unwrap();
    for (status, failed, told) in [
        (crate::Status::Done, false, "done"),
        (crate::Status::Done, true, "the server said that it failed"),
        (crate::Status::Assumed, false, "a read whose answer never came, counted as done"),
        (crate::Status::Assumed, true, "a read answered with an error, counted as done"),
    ] {
        let Data::ActionEnded(ended) = &mut sample.data else { panic!("{sample:?}") };
        (ended.status, ended.result.failed) = (status, failed);
        let clear = String::from_utf8(sample.clear(None).unwrap()).unwrap();
        assert_eq!(clear.contains(r#""failed":true"#), failed, "{clear}");
        assert!(failed || !clear.contains("failed"), "the bytes of what went well are as they were: {clear}");
        let line = sample.data.sentence(None);
        assert!(line.contains(&format!(": {told}")), "{line}");
    }
}

#[test]
fn a_destination_that_has_no_normal_form_is_told_as_it_came_bounded_and_escaped() {
    let mut sample = samples().into_iter().find(|event| event.data.kind() == "action.refused").unwrap();
    let long = "9".repeat(80);
    for (came, told) in [
        ("DE00370400440532013000", " to `DE00370400440532013000` (not readable)".to_owned()),
        ("a\u{1b}[31m\nb", " to `a\\u{1b}[31m\\nb` (not readable)".to_owned()),
        (long.as_str(), format!(" to `{}…` (not readable)", "9".repeat(64))),
    ] {
        let Data::ActionRefused(refused) = &mut sample.data else { panic!("{sample:?}") };
        let private = refused.private.as_mut().expect("it is there");
        private.destination = Some(Reading::Unknown);
        let pointer = crate::json::Pointer::parse("/iban").unwrap();
        let bound = private.bound.first().cloned().expect("something is bound");
        private.bound = vec![crate::Bound { normal: Reading::Unknown, pointer, role: BoundAs::Destination, ..bound }];
        private.arguments = crate::json::Json::object([("iban", crate::json::Json::from(came))]);
        let line = sample.data.sentence(None);
        assert!(line.contains(&told) && !line.contains('\n'), "{line}");
    }
    let Data::ActionRefused(refused) = &mut sample.data else { panic!("{sample:?}") };
    refused.private = None;
    assert!(!sample.data.sentence(None).contains('9'), "of what is erased nothing is told");
}

#[test]
fn what_the_node_read_at_a_persons_word_is_told_as_nobodys_call() {
    let mut sample = samples().into_iter().find(|event| event.data.kind() == "action.begun").unwrap();
    let Data::ActionBegun(begun) = &mut sample.data else { panic!("{sample:?}") };
    begun.facts.asked_by =
        Some(crate::By { assurance: crate::Assurance::Passkey, person: crate::PersonId::parse("ann").unwrap() });
    let line = sample.data.sentence(None);
    assert!(line.starts_with("ann, through the grant of payer: bank/pay"), "{line}");
    let clear = sample.clear(Some(crate::sha256(b"private"))).unwrap();
    let text = String::from_utf8(clear).unwrap();
    assert!(text.contains(r#""facts":{"asked_by":{"assurance":"passkey","person":"ann"},"caller":"#), "{text}");
}
