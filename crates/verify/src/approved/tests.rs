use super::{Consented, asked, consented, of_site, words};
use crate::hash::sha256_of;
use bailiwick_core::json::Json;
use bailiwick_core::{
    ApprovalStanding, ApprovalState, Approver, Approvers, Assertion, Assurance, By, ConsentAct, ConsentStatement,
    ControlState, Effect, GrantId, Impact, Label, Micros, Need, PersonId, SignedConsent, Span, StreamId, TaskId,
    TaskState, TenantId, Terms, ToolId, Why, sha256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

#[test]
fn a_page_is_of_its_own_site_and_in_the_clear_on_the_machine_alone() {
    for (origin, site, expected) in [
        ("https://a.example", "a.example", true),
        ("https://b.a.example:8443", "a.example", true),
        ("http://localhost:4711", "localhost", true),
        ("http://bailiwick.localhost:4711", "bailiwick.localhost", true),
        ("http://localhost:4711", "bailiwick.localhost", false),
        ("http://notlocalhost:4711", "notlocalhost", false),
        ("http://a.example", "a.example", false),
        ("https://nota.example", "a.example", false),
        ("https://a.example.evil.example", "a.example", false),
        ("https://a.example@evil.example", "a.example", false),
        ("a.example", "a.example", false),
    ] {
        assert_eq!(of_site(origin, site), expected, "{origin} {site}");
    }
}

#[test]
fn a_statement_is_signed_by_a_sheet_on_which_it_stands_once() {
    let file: serde_json::Value = serde_json::from_str(include_str!("../../../../vectors/passkey/sheet.json")).unwrap();
    for case in file["cases"].as_array().unwrap() {
        let sheet = serde_json::from_value(case["sheet"].clone()).unwrap();
        let challenge = words(case["statement"].as_str().unwrap(), Some(&sheet))
            .ok()
            .map(|words| URL_SAFE_NO_PAD.encode(sha256_of(&[words.as_bytes()]).bytes()));
        assert_eq!(challenge.as_deref(), case["challenge"].as_str(), "{}", case["name"]);
    }
}

#[test]
fn a_yes_of_another_task_request_role_or_terms_is_none_to_this_one() {
    let terms = Terms {
        action: sha256(b"action"),
        display: sha256(b"display"),
        labels: Label::default(),
        meters: Vec::new(),
        nonce: sha256(b"nonce"),
        not_after: Micros(2),
        policy: sha256(b"policy"),
        sources: Vec::new(),
    };
    let need = Need {
        count: 1,
        escalate: None,
        exclude: Vec::new(),
        role: "requester".to_owned(),
        valid: Span(1),
        who: Approvers::one(Approver::Requester),
        why: Why::Impact,
    };
    let request = ApprovalState {
        seq: 5,
        leaf: 9,
        asked: Micros(1),
        grant: GrantId::new([3; 16]),
        tool: ToolId::parse("bank/pay").unwrap(),
        effect: Effect::Transfer,
        impact: Impact::High,
        goal: sha256(b"goal"),
        plain: None,
        key: None,
        needs: vec![need],
        terms,
        given: Vec::new(),
        standing: ApprovalStanding::Open,
        escalated: Vec::new(),
        asked_for: None,
    };
    let mut task = TaskState::empty(TenantId::new([1; 16]), StreamId::new([2; 16]));
    let good = task.statement(&request, "requester", &bailiwick_core::PersonId::parse("ann").unwrap());
    task.approvals.insert(5, Box::new(request));
    assert_eq!(asked(&good, &task), Ok(()));
    for change in [
        (|said| said.task = StreamId::new([7; 16])) as fn(&mut bailiwick_core::Statement),
        |said| said.tenant = TenantId::new([7; 16]),
        |said| said.approval = 6,
        |said| said.role = "owner otto".to_owned(),
        |said| said.terms.action = sha256(b"another"),
    ] {
        let mut said = good.clone();
        change(&mut said);
        assert!(asked(&said, &task).is_err(), "{said:?}");
    }
}

#[test]
fn what_is_said_to_be_signed_is_there_to_be_compared_unless_its_fields_are_not_shown() {
    let by = By { assurance: Assurance::Passkey, person: PersonId::parse("anna").unwrap() };
    let (task, control) = (TaskId::new([2; 16]), ControlState::default());
    let shown = Json::object([("template", Json::from("pay"))]);
    let statement = ConsentStatement {
        act: ConsentAct::Start,
        epoch: control.epoch,
        nonce: "n".to_owned(),
        not_after: Micros(2),
        origin: control.origin.clone(),
        person: by.person.clone(),
        shown: sha256(shown.canonical().as_bytes()),
        task: Some(task),
        of: ConsentStatement::TYPE.to_owned(),
    };
    let part = || "x".to_owned();
    let assertion = Assertion { authenticator_data: part(), client_data: part(), id: part(), signature: part() };
    let signed = SignedConsent { assertion, statement };
    let said = |opened: bool, shown: Option<&Json>| {
        let (act, at) = (ConsentAct::Start, Micros(1));
        let of = Consented { act, at, by: &by, opened, shown, signed: Some(&signed), task: Some(task) };
        consented(&of, &control).unwrap_err()
    };
    assert!(said(true, None).starts_with("what was shown is not there"), "left out, anything could stand in its place");
    let other = Json::object([("template", Json::from("other"))]);
    assert_eq!(said(true, Some(&other)), "what stands as shown is not what was signed");
    let unknown = "the log names no such passkey of anna";
    assert_eq!((said(true, Some(&shown)).as_str(), said(false, None).as_str()), (unknown, unknown));
}

#[test]
fn nothing_less_than_a_signature_is_consent_but_at_the_nodes_own_socket() {
    let control = ControlState::default();
    let said = |assurance| {
        let by = By { assurance, person: PersonId::parse("anna").unwrap() };
        let (act, at) = (ConsentAct::Declassify, Micros(1));
        consented(&Consented { act, at, by: &by, opened: true, shown: None, signed: None, task: None }, &control)
    };
    assert_eq!((said(Assurance::Local), said(Assurance::Software)), (Ok(false), Ok(false)));
    for assurance in [Assurance::Session, Assurance::Oidc, Assurance::KeyOnly, Assurance::Spiffe, Assurance::Passkey] {
        assert!(said(assurance).is_err(), "{assurance:?}");
    }
}
