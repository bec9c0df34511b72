use super::*;
use crate::action::Reading;
use crate::{Digest, Egress, Impact, ToolId};

fn row(tools: &str, effects: &[Effect], when: &str) -> Row {
    Row {
        ask: Vec::new(),
        destinations: NotYet::NotYet,
        effects: effects.to_vec(),
        meters: BTreeMap::new(),
        resources: NotYet::NotYet,
        from: BTreeMap::new(),
        tools: vec![ToolPattern::parse(tools).unwrap()],
        uses: None,
        when: serde_json::from_str(when).unwrap(),
    }
}

fn envelope(rows: Vec<Row>) -> Envelope {
    let window = Window { expires: Micros(2), not_before: Micros(1) };
    let delegation = Axis::Is(Delegation::default());
    Envelope {
        consent_age: Axis::Is(ConsentAge::default()),
        delegation,
        passable: crate::Axis::Is(Default::default()),
        readable: crate::Axis::Is(Default::default()),
        rows,
        window,
    }
}

fn action(tool: &str, effect: Effect, arguments: &str) -> Action {
    Action {
        tool: ToolId::parse(tool).unwrap(),
        pin: Digest::new([0; 32]),
        server: Digest::new([0; 32]),
        credential: None,
        effect,
        egress: Egress::None,
        impact: Impact::Low,
        arguments: Json::parse(arguments.as_bytes(), &crate::json::Limits::default()).unwrap(),
        sent: Digest::new([0; 32]),
        resource: None,
        destination: Some(Reading::Unknown),
        measures: Vec::new(),
        classes: Vec::new(),
        bound: Vec::new(),
        referents: Vec::new(),
        idempotency: None,
        round: 0,
        by_field: Vec::new(),
        clean: false,
    }
}

#[test]
fn an_action_fits_the_rows_that_allow_all_of_it() {
    let envelope = envelope(vec![
        row("bank/pay", &[Effect::Write], r#"{"/to":{"equals":"a"}}"#),
        row("bank/*", &[Effect::Read, Effect::Write], r#"{"/to":{"one_of":["a","b"]}}"#),
        row("mail/*", &[Effect::Write], "{}"),
    ]);
    let fits = |tool, effect, arguments| envelope.fits(&action(tool, effect, arguments), false).map_err(|no| no.code);
    assert_eq!(fits("bank/pay", Effect::Write, r#"{"to":"a"}"#), Ok(vec![0, 1]));
    assert_eq!(fits("bank/pay", Effect::Write, r#"{"to":"b"}"#), Ok(vec![1]));
    assert_eq!(fits("mail/send", Effect::Write, "{}"), Ok(vec![2]));
    assert_eq!(fits("bank/pay", Effect::Write, r#"{"to":"c"}"#), Err(Code::ArgumentNotGranted));
    assert_eq!(fits("bank/pay", Effect::Write, "{}"), Err(Code::ArgumentNotGranted), "absent is not allowed");
    assert_eq!(fits("mail/send", Effect::Read, "{}"), Err(Code::EffectNotGranted));
    assert_eq!(fits("disk/read", Effect::Read, "{}"), Err(Code::ToolNotGranted));
    assert_eq!(fits("bankx/pay", Effect::Write, r#"{"to":"a"}"#), Err(Code::ToolNotGranted));
}

#[test]
fn the_refusal_is_of_the_row_that_came_nearest_and_writes_no_value() {
    let when = r#"{"/to":{"equals":"DE-secret"}}"#;
    let rows = vec![row("bank/*", &[Effect::Read], "{}"), row("bank/pay", &[Effect::Transfer], when)];
    let envelope = envelope(rows);
    let pay = action("bank/pay", Effect::Transfer, r#"{"to":"GB-other"}"#);
    assert_eq!(envelope.fits(&pay, false).unwrap_err().code, Code::ConsentMissing);
    let refused = envelope.fits(&pay, true).unwrap_err();
    assert_eq!(
        (refused.code, refused.at.as_ref().map(ToString::to_string)),
        (Code::ArgumentNotGranted, Some("/to".to_owned()))
    );
    let written = serde_json::to_string(&refused.written()).unwrap();
    assert!(!written.contains("secret") && !written.contains("other"), "{written}");
    assert!(refused.to_string().contains("DE-secret") && !refused.to_string().contains("other"), "{refused}");
    let delete = envelope.fits(&action("bank/pay", Effect::Delete, "{}"), true).unwrap_err();
    assert_eq!((delete.code, delete.most.as_deref()), (Code::EffectNotGranted, Some("read")));
}

#[test]
fn an_envelope_without_rows_allows_nothing() {
    let nothing = envelope(Vec::new());
    assert_eq!(nothing.fits(&action("bank/pay", Effect::Read, "{}"), true).unwrap_err().code, Code::ToolNotGranted);
    assert!(!nothing.names(&ToolId::parse("bank/pay").unwrap()) && !nothing.privileged());
}
