use super::*;
use bailiwick_core::json::Pointer;

fn server() -> ServerName {
    ServerName::parse("bank").unwrap()
}

fn over() -> Refusal {
    let at = Pointer::parse("/amount").unwrap();
    let reason = Reason::new(Code::OverEach).asked("900 EUR").most("500 EUR").at(&at);
    Refusal::decided(
        &Refused { reasons: vec![reason], event: Some(41), known: Known::default(), waits: None },
        &server(),
    )
}

#[test]
fn a_refusal_says_what_was_asked_what_may_be_and_what_to_do_next() {
    let text = over().text();
    for part in ["over_each", "900 EUR", "500 EUR", "/amount", "Change the argument", "Event 41"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(over().json().get("disposition"), Some(&Json::from("change_argument")));
}

#[test]
fn what_goes_beyond_on_several_axes_is_told_on_each() {
    let beyond = |at: &str, asked: &str, most: &str| {
        Reason::new(Code::BeyondGrant).asked(asked).most(most).at(&Pointer::parse(at).unwrap())
    };
    let reasons = vec![beyond("/grant/0/uses", "6", "5"), beyond("/window", "7200 s", "3600 s")];
    let of =
        |reasons| Refusal::decided(&Refused { reasons, event: None, known: Known::default(), waits: None }, &server());
    let refusal = of(reasons.clone());
    for part in ["/grant/0/uses", "`6`", "`5`", "/window", "7200 s", "3600 s"] {
        assert!(refusal.text().contains(part), "{part} is not in {}", refusal.text());
    }
    let also = r#"[{"asked":"7200 s","at":"/window","most":"3600 s"}]"#;
    assert_eq!(refusal.json().get("also").map(Json::canonical).as_deref(), Some(also));
    assert_eq!(refusal.json().get("at"), Some(&Json::from("/grant/0/uses")));
    assert!(of(reasons[..1].to_vec()).json().get("also").is_none());
}

#[test]
fn the_command_names_the_server_and_the_event() {
    let refusal = Refusal::of(Code::UnderReview, &server(), None);
    assert!(refusal.text().contains("`bailiwick server review bank`"), "{}", refusal.text());
    let refusal = Refusal::of(Code::PolicyForbidden, &server(), Some(7));
    assert!(refusal.text().contains("`bailiwick event show 7`"), "{}", refusal.text());
}

#[test]
fn structured_content_is_left_to_a_tool_that_has_its_own_schema() {
    assert!(over().result(false).get("structuredContent").is_some());
    let result = over().result(true);
    assert!(result.get("structuredContent").is_none());
    assert_eq!(result.get("_meta").and_then(|meta| meta.get(META_REFUSAL)), Some(&over().json()));
    assert_eq!(result.get("isError"), Some(&Json::from(true)));
}

#[test]
fn a_refusal_for_an_old_consent_says_how_it_is_renewed() {
    let reasons = vec![Reason::new(Code::ApprovalUnavailable), Reason::new(Code::ConsentAged)];
    let known = Known { task: Some("3f2a".to_owned()), ..Known::default() };
    let refusal = Refusal::decided(&Refused { reasons, event: None, known, waits: None }, &server());
    assert_eq!(refusal.json().get("because"), Some(&Json::from("consent_aged")));
    assert!(refusal.text().contains("`bailiwick task renew 3f2a`"), "{}", refusal.text());
}

#[test]
fn who_waits_is_told_what_changed_since_and_what_a_person_may_do_instead() {
    let waits = Some(Waits { approval: 9, until: bailiwick_core::Micros(1), url: None });
    let known = Known { task: Some("3f2a".to_owned()), ..Known::default() };
    for (code, said) in [
        (Code::ConsentAged, "`bailiwick task renew 3f2a`"),
        (Code::ChangedSinceSeen, "was changed since people were shown it"),
    ] {
        let reasons = vec![Reason::new(Code::ApprovalNeeded), Reason::new(code)];
        let refused = Refused { reasons, event: None, known: known.clone(), waits: waits.clone() };
        let refusal = Refusal::decided(&refused, &server());
        assert!(refusal.text().contains(said) && refusal.text().contains("request 9"), "{}", refusal.text());
        assert_eq!(refusal.json().get("because"), Some(&Json::from(code.as_str())));
        assert_eq!(refusal.json().get("disposition"), Some(&Json::from("wait_for_approval")));
    }
}

#[test]
fn a_refusal_for_a_twin_in_doubt_says_which_act_it_is_and_what_a_person_can_do() {
    let reasons = vec![Reason::new(Code::ApprovalUnavailable), Reason::new(Code::TwinInDoubt).asked(17)];
    let refusal =
        Refusal::decided(&Refused { reasons, event: Some(41), known: Known::default(), waits: None }, &server());
    let text = refusal.text();
    for part in ["approval_unavailable", "in doubt", "event 17", "says so", "`bailiwick event show 17`", "Event 41"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(refusal.json().get("because"), Some(&Json::from("twin_in_doubt")));
    assert_eq!(refusal.json().get("in_doubt"), Some(&Json::from(17_u64)));
}

#[test]
fn a_refusal_for_a_missing_yes_names_nobody_who_could_say_it() {
    let asked = Reason::new(Code::ApprovalUnavailable).asked("owner");
    let reasons = vec![asked, Reason::new(Code::ApprovalNeeded)];
    let refusal = Refusal::decided(&Refused { reasons, event: None, known: Known::default(), waits: None }, &server());
    assert_eq!(refusal.json().get("because"), Some(&Json::from("approval_needed")));
    assert_eq!(refusal.json().get("in_doubt"), None);
}

#[test]
fn the_command_has_the_names_that_the_caller_knows_and_is_left_out_where_one_is_not_known() {
    let known = Known { agent: Some("clerk".into()), task: Some("3f2a".into()), template: Some("pay".into()) };
    // what a flow names is in its reason, and asked of by itself
    let own = |code: &&Code| code.command().is_some() && **code != Code::FlowRefused;
    for code in Code::ALL.iter().filter(own) {
        let said = |event, known: &Known| {
            let refused = Refused { reasons: vec![Reason::new(*code)], event, known: known.clone(), waits: None };
            Refusal::decided(&refused, &server()).json().get("command").and_then(Json::as_str).map(str::to_owned)
        };
        let whole = said(Some(7), &known).unwrap();
        assert!(!whole.split(' ').any(|word| word.chars().all(|c| c.is_ascii_uppercase())), "{code}: {whole}");
        let bare = said(None, &Known::default());
        let names_server_or_none = whole.ends_with(" bank")
            || [
                "bailiwick tenant resume",
                "bailiwick template list",
                "bailiwick approval list",
                "bailiwick breaker list",
                "bailiwick mandate list",
                "bailiwick person list",
                "bailiwick wish list",
            ]
            .contains(&whole.as_str());
        assert_eq!(bare.is_some(), names_server_or_none, "{code}: {bare:?}");
    }
}

#[test]
fn a_condition_that_was_broken_is_told_with_what_it_allows() {
    let condition = serde_json::from_str(r#"{"path_within":"/srv/files"}"#).unwrap();
    let reason = Reason::new(Code::ArgumentNotGranted).at(&Pointer::parse("/path").unwrap()).allowed(&condition);
    let refusal = Refusal::decided(
        &Refused { reasons: vec![reason], event: None, known: Known::default(), waits: None },
        &server(),
    );
    assert_eq!(refusal.json().get("most").and_then(Json::as_str), Some(r#"is within "/srv/files""#));
    assert!(refusal.text().contains(r#"only where `/path` is within "/srv/files""#), "{}", refusal.text());
}

#[test]
fn a_malformed_call_names_its_place_and_sends_nobody_to_the_grant() {
    let reason = Reason::new(Code::ArgumentMalformed).at(&Pointer::parse("/path").unwrap());
    let reason = reason.asked("expected this argument, found nothing");
    let known = Known { task: Some("t".to_owned()), ..Known::default() };
    let text = Refusal::decided(&Refused { reasons: vec![reason], event: None, known, waits: None }, &server()).text();
    assert!(text.contains("`/path`: expected this argument, found nothing"), "{text}");
    assert!(!text.contains("grant") && !text.contains("A person can"), "{text}");
}

#[test]
fn data_that_may_not_go_there_names_who_could_say_that_it_may() {
    let reasons = vec![Reason::new(Code::FlowRefused).asked("payroll (event 5 of this task) to public")];
    let known = Known { task: Some("3f2a".to_owned()), template: Some("staff".to_owned()), ..Known::default() };
    let refused = Refused { reasons, event: Some(41), known, waits: None };
    let text = Refusal::decided(&refused, &server()).text();
    assert!(text.contains("`bailiwick task declassify 3f2a --class payroll --reason WORDS`"), "{text}");
    assert!(text.contains("Ask the person for more"), "{text}");
    // of what was handed on the event says whose label it is
    let known = Known { task: Some("3f2a".to_owned()), ..Known::default() };
    let text = Refusal::decided(&Refused { known, ..refused }, &server()).text();
    assert!(text.contains("`bailiwick explain 41`"), "{text}");
}

#[test]
fn where_nobody_can_say_yes_nobody_is_told_to_wait_for_one() {
    let at = Pointer::parse("/iban").unwrap();
    let reasons = vec![Reason::new(Code::ApprovalUnavailable), Reason::new(Code::SourceNotEnough).at(&at)];
    let refusal = Refusal::decided(&Refused { reasons, event: None, known: Known::default(), waits: None }, &server());
    let text = refusal.text();
    assert!(text.contains("use one that the person gave (`/iban`)") && !text.contains("wait"), "{text}");
    assert_eq!(refusal.json().get("disposition"), Some(&Json::from("change_argument")));
    let reasons = vec![Reason::new(Code::ApprovalUnavailable), Reason::new(Code::ConsentAged)];
    let refusal = Refusal::decided(&Refused { reasons, event: None, known: Known::default(), waits: None }, &server());
    assert!(refusal.text().contains("the person renews it") && !refusal.text().contains("says yes"), "{refusal:?}");
}

#[test]
fn who_waits_hears_why_people_said_no_before_and_what_they_would_say_yes_to() {
    let waits = Some(Waits { approval: 9, until: bailiwick_core::Micros(1), url: None });
    let instead = Json::object([("amount", Json::from("10"))]);
    let no = Reason::new(Code::ApprovalRefused).said("not so much", Some(instead));
    let refused = |second: Vec<Reason>| {
        let reasons = [vec![Reason::new(Code::ApprovalNeeded)], second].concat();
        Refusal::decided(&Refused { reasons, event: None, known: Known::default(), waits: waits.clone() }, &server())
    };
    let text = refused(vec![no.clone()]).text();
    for part in ["`not so much`", r#"they would say yes to {"amount":"10"}"#, "request 9"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let both = refused(vec![Reason::new(Code::ConsentAged), no]);
    assert!(both.text().contains("`not so much`") && both.text().contains("is older than"), "{}", both.text());
    assert_eq!(both.json().get("because"), Some(&Json::from("consent_aged")), "why it is asked stands first");
}

#[test]
fn who_is_let_go_on_is_named_where_that_is_of_use_and_else_the_event_tells_who_it_was() {
    let ended = Reason::new(Code::GrantEnded).asked(Code::AgentInactive);
    let said = |reason: Reason, agent: Option<&str>, event| {
        let known = Known { agent: agent.map(str::to_owned), template: Some("pay".to_owned()), ..Known::default() };
        let refused = Refused { reasons: vec![reason], event, known, waits: None };
        Refusal::decided(&refused, &server()).json().get("command").and_then(Json::as_str).map(str::to_owned)
    };
    assert_eq!(said(ended.clone(), Some("clerk"), Some(7)).as_deref(), Some("bailiwick agent resume clerk"));
    assert_eq!(said(ended.clone(), None, Some(7)).as_deref(), Some("bailiwick explain 7"));
    assert_eq!(said(ended, None, None), None, "there is nothing that a person could run");
    let unknown = Reason::new(Code::AgentInactive).asked("scout");
    assert_eq!(said(unknown, None, Some(7)).as_deref(), Some("bailiwick explain 7"), "nobody resumes it");
}
