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
        ("action.begun", &["payer bank/pay ", " EUR", " to ", "allowed by p0"][..]),
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
    assert!(event.data.sentence(None).starts_with(&format!("the act at seq {seq}: ")));
}

#[test]
fn every_kind_has_a_line_and_it_is_one() {
    for event in samples() {
        let line = event.data.sentence(None);
        assert!(!line.is_empty() && !line.contains('\n'), "{}: {line}", event.data.kind());
    }
}
