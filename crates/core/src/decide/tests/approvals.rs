//! Who says yes, to what, how often, and what a yes is worth.

use super::prelude::*;
use super::world::*;

#[test]
fn what_needs_a_yes_waits_for_it_and_begins_by_it_once() {
    let mut world = World::with_passkeys();
    let asked = world.pay("400");
    let approval = waits(&asked);
    let kinds: Vec<&str> = asked.events.iter().map(|event| event.data.kind()).collect();
    assert_eq!(kinds, ["action.waiting", "approval.asked"]);
    assert_eq!(world.charged(1, &eur()), Amount::ZERO, "what waits is charged nothing");
    let again = world.pay("400");
    assert_eq!((waits(&again), again.events.len()), (approval, 0), "asking again asks nobody again");
    assert_eq!(world.approve(approval, "owner otto", "otto").verdict, Verdict::Done);
    let begun = world.pay("400");
    let act = allowed(&begun);
    let Data::ActionBegun(data) = &begun.events[0].data else { panic!("{begun:?}") };
    let signed = world.task.approvals[&approval].given[0].signed;
    assert_eq!(data.approvals, [signed]);
    assert_eq!(world.task.approvals[&approval].standing, ApprovalStanding::Used { act });
    world.done(act, &[(eur(), "0.01")]);
    assert_ne!(waits(&world.pay("400")), approval, "a second identical act is a second approval");
    world.replay();
}

#[test]
fn a_yes_to_one_amount_is_none_to_another() {
    let mut world = World::with_passkeys();
    let approval = waits(&world.pay("301"));
    world.approve(approval, "owner otto", "otto");
    assert_ne!(waits(&world.pay("302")), approval);
    allowed(&world.pay("301"));
}

#[test]
fn a_yes_runs_out() {
    let mut world = World::with_passkeys();
    let approval = waits(&world.pay("400"));
    world.approve(approval, "owner otto", "otto");
    world.pass(Span::minutes(29));
    allowed(&world.clone().pay("400"));
    world.pass(Span::minutes(1));
    assert_ne!(waits(&world.pay("400")), approval);
    assert_eq!(code(&world.approve(approval, "owner otto", "otto")), Code::NotPossible);
}

#[test]
fn only_a_passkey_of_whoever_is_asked_signs_and_only_what_is_asked() {
    let mut world = World::with_passkeys();
    let approval = waits(&world.pay("400"));
    let good = world.yes(approval, "owner otto", "otto");
    let mut no = |change: fn(&mut Approve), expected: Code| {
        let mut said = good.clone();
        change(&mut said);
        assert_eq!(code(&world.says(said.clone())), expected, "{said:?}");
    };
    for change in [
        (|said| said.by.assurance = Assurance::Local) as fn(&mut Approve),
        |said| said.by.assurance = Assurance::Software,
        |said| said.by.assurance = Assurance::Oidc,
        |said| said.assertion.id = passkey_of("anna"),
        |said| said.assertion.signature = "no base64url!".to_owned(),
        |said| said.signed = digest("another statement"),
    ] {
        no(change, Code::NotPossible);
    }
    no(|said| said.by.person = person("anna"), Code::NotPossible);
    no(|said| said.role = "role:boss".to_owned(), Code::NotAvailable);
    no(|said| said.approval += 1, Code::NotAvailable);
    let anna = world.yes(approval, "owner otto", "anna");
    assert_eq!(code(&world.says(anna)), Code::NotAvailable, "she is not the owner");
    assert_eq!(world.says(good).verdict, Verdict::Done);
}

/// Under a template that asks as `ask` says.
pub(crate) fn asking(ask: &str) -> World {
    let mut world = World::with_passkeys();
    let template = format!(
        r#"{{"kind":"template","name":"asking","purpose":"p","intent":"Keep",
        "start":{{"who":["anna"],"agents":["payer"]}},"grant":[{{"tools":["bank/note"],"effect":"write"}}],
        "ask":[{ask}]}}"#
    );
    world.documents(&[&template]);
    let fresh = TaskState::empty(world.task.tenant, TaskId::new([0x5a; 16]));
    (world.task, world.events) = (fresh, Vec::new());
    assert_eq!(world.start("asking").verdict, Verdict::Done);
    world.bind('a');
    world
}

#[test]
fn two_of_a_role_are_two_distinct_persons_and_never_the_requester() {
    let mut world = asking(r#"{"who":"role:boss","count":2}"#);
    world.documents(&[r#"{"kind":"person","name":"anna","roles":["clerk","boss"]}"#]);
    let approval = waits(&world.call("bank/note"));
    assert_eq!(code(&world.approve(approval, "role:boss", "anna")), Code::NotAvailable, "it is her task");
    assert_eq!(world.approve(approval, "role:boss", "bea").verdict, Verdict::Done);
    assert_eq!(code(&world.approve(approval, "role:boss", "bea")), Code::NotPossible, "she said it already");
    assert_eq!(waits(&world.call("bank/note")), approval, "one is not two");
    assert_eq!(world.approve(approval, "role:boss", "carl").verdict, Verdict::Done);
    assert_eq!(code(&world.approve(approval, "role:boss", "otto")), Code::NotAvailable);
    allowed(&world.call("bank/note"));
    world.replay();
}

#[test]
fn one_person_fills_one_place_of_a_review() {
    let mut world = asking(r#"{"who":"role:boss"},{"who":"role:approver"}"#);
    let approval = waits(&world.call("bank/note"));
    world.approve(approval, "role:boss", "carl");
    assert_eq!(code(&world.approve(approval, "role:approver", "carl")), Code::NotPossible);
    let mut other = asking(r#"{"who":"role:boss"},{"who":"role:approver"}"#);
    let approval = waits(&other.call("bank/note"));
    other.approve(approval, "role:approver", "carl");
    other.approve(approval, "role:boss", "bea");
    allowed(&other.call("bank/note"));
}

#[test]
fn who_is_excluded_fills_no_place() {
    let mut world = asking(r#"{"who":"role:boss","exclude":["person:carl"]}"#);
    let approval = waits(&world.call("bank/note"));
    assert_eq!(code(&world.approve(approval, "role:boss", "carl")), Code::NotAvailable);
    assert_eq!(world.approve(approval, "role:boss", "bea").verdict, Verdict::Done);
}

#[test]
fn what_nobody_could_ever_say_yes_to_is_refused_at_once() {
    for ask in [
        r#"{"who":"role:nobody"}"#,
        r#"{"who":"role:boss","count":3}"#,
        r#"{"who":"role:approver"},{"who":"person:carl"}"#,
        r#"{"who":"customer"}"#,
    ] {
        let mut world = asking(ask);
        assert_eq!(code(&world.call("bank/note")), Code::ApprovalUnavailable, "{ask}");
    }
    waits(&asking(r#"{"who":"role:boss","count":2}"#).call("bank/note"));
}

#[test]
fn escalation_adds_persons_after_its_time_and_takes_nobody_away() {
    let mut world = asking(r#"{"who":"role:approver","escalate":{"after":"10m","to":"role:boss"}}"#);
    let approval = waits(&world.call("bank/note"));
    assert_eq!(code(&world.approve(approval, "role:approver", "bea")), Code::NotAvailable);
    world.pass(Span::minutes(10));
    assert_eq!(world.clone().approve(approval, "role:approver", "carl").verdict, Verdict::Done);
    assert_eq!(world.approve(approval, "role:approver", "bea").verdict, Verdict::Done);
    allowed(&world.call("bank/note"));
}

#[test]
fn the_requester_confirms_each_write_of_who_assists() {
    let mut world = World::with_passkeys();
    world.documents(&[
        r#"{"kind":"agent","name":"payer","owner":"otto","contact":"otto","run_by":"own","autonomy":"assist","role":"payer","review":"2030-01-01"}"#,
    ]);
    world.task = TaskState::empty(world.task.tenant, TaskId::new([0x5b; 16]));
    world.events.clear();
    world.start("broad");
    world.bind('a');
    let approval = waits(&world.call("bank/note"));
    assert_eq!(code(&world.approve(approval, "requester", "otto")), Code::NotAvailable);
    assert_eq!(world.approve(approval, "requester", "anna").verdict, Verdict::Done);
    allowed(&world.call("bank/note"));
    allowed(&world.call("mail/search"));
}

#[test]
fn one_person_alone_is_asked_for_two_until_there_was_a_second() {
    let mut world = asking(r#"{"who":"role:boss","count":2}"#);
    world.documents(&[r#"{"kind":"person","name":"anna","roles":["clerk","boss"]}"#]);
    let removed = ["otto", "bea", "carl"].map(|name| ("person".to_owned(), name.to_owned())).to_vec();
    world.govern(ControlCommand::Apply { by: by("anna"), documents: Vec::new(), removed });
    world.control.left.clear();
    assert_eq!(code(&world.call("bank/note")), Code::ApprovalUnavailable, "there were others once");
    world.control.enrolled.retain(|name| name.as_str() == "anna");
    let approval = waits(&world.call("bank/note"));
    let given = world.approve(approval, "role:boss", "anna");
    let marked = |event: &Event| matches!(&event.data, Data::ApprovalGiven(given) if given.single_person);
    assert!(given.events.iter().all(marked) && !given.events.is_empty(), "{given:?}");
    allowed(&world.call("bank/note"));
}

#[test]
fn a_no_is_told_with_its_reason_and_two_end_the_goal() {
    let mut world = World::with_passkeys();
    for round in 1..=2 {
        let approval = waits(&world.pay("400"));
        assert_eq!(world.refuse_approval(approval, "otto").verdict, Verdict::Done);
        assert_eq!(code(&world.approve(approval, "owner otto", "otto")), Code::NotPossible);
        let told = world.pay("400");
        assert_eq!(code(&told), Code::ApprovalRefused, "round {round}");
        assert!(told.reasons[0].to_string().contains("not this month"), "{told:?}");
        let clear = String::from_utf8(told.events[0].clear(None).unwrap()).unwrap();
        assert!(!clear.contains("not this month"), "it can be erased: {clear}");
    }
    let third = world.pay("400");
    assert_eq!(code(&third), Code::GoalRefused);
    assert!(!world.task.grants[&world.grant()].standing.live(), "asking a third time ends the grant");
    world.replay();
}

#[test]
fn an_offer_is_less_of_the_act_and_for_whoever_could_say_yes() {
    let mut world = World::with_passkeys();
    let to = super::sources::bound("/iban", "iban", IBAN, crate::BoundAs::Destination);
    let action = Action { bound: vec![to], ..world.payment("400") };
    let approval = waits(&world.attempt(action.clone()));
    let offer = |who: &str, instead: &str| world.clone().offer(approval, who, instead);
    // the requester may say no, and in their own request a yes is not theirs
    assert_eq!(code(&offer("anna", r#"{"amount":"10"}"#)), Code::SecondPersonNeeded);
    let other = format!(r#"{{"iban":"{}"}}"#, "GB33BUKB20201555555555");
    for beyond in [r#"{"amount":"400.01"}"#, r#"{"amount":"400"}"#, r#"{"amount":"10","urgent":true}"#, &other, "[]"] {
        let refused = offer("otto", beyond);
        assert!(matches!(code(&refused), Code::OfferNotNarrower | Code::NotPossible), "{beyond}: {refused:?}");
        assert!(refused.events.is_empty(), "{beyond}");
    }
    assert_eq!(world.offer(approval, "otto", r#"{"amount":"10"}"#).verdict, Verdict::Done);
    let told = world.attempt(action).reasons[0].to_string();
    assert!(told.ends_with(r#"they would say yes to {"amount":"10"}: make that call"#), "{told}");
    assert_eq!(world.task.approvals[&approval].asked_for, None, "what was answered is not kept");
    world.replay();
}

#[test]
fn a_no_holds_whatever_tool_tries_the_same() {
    let mut world = World::with_passkeys();
    let bound = |action: Action| {
        let to = super::sources::bound("/iban", "iban", IBAN, crate::BoundAs::Value);
        Action { bound: vec![to], ..action }
    };
    let action = bound(world.payment("400"));
    let approval = waits(&world.attempt(action.clone()));
    world.refuse_approval(approval, "otto");
    assert_eq!(code(&world.attempt(action)), Code::ApprovalRefused);
    let small = bound(world.payment("1"));
    let asked = world.attempt(small);
    assert_ne!(waits(&asked), approval, "under the threshold, and asked all the same");
}

#[test]
fn few_requests_are_open_at_once_and_few_are_made_in_all() {
    let mut world = asking(r#"{"who":"role:boss"}"#);
    let note = |world: &World, text: usize| world.action("bank/note", &format!(r#"{{"text":"{text}"}}"#));
    for n in 0..REVIEWS_MAX {
        let action = note(&world, usize::try_from(n).unwrap());
        let approval = waits(&world.attempt(action.clone()));
        if n == u64::try_from(REVIEWS_OPEN_MAX).unwrap() - 1 {
            let more = note(&world, 99);
            assert_eq!(code(&world.attempt(more)), Code::TooManyAsked);
        }
        if n >= 2 {
            world.approve(approval, "role:boss", "bea");
            let act = allowed(&world.attempt(action));
            world.done(act, &[]);
        }
    }
    world.pass(Span::minutes(30));
    let more = note(&world, 99);
    assert_eq!(code(&world.attempt(more)), Code::ApprovalsSpent);
}

#[test]
fn what_much_is_at_stake_for_is_confirmed_unless_the_consent_named_it() {
    let mut world = World::with_passkeys();
    allowed(&world.pay("10"));
    let template = r#"{"kind":"template","name":"wide","purpose":"p","intent":"Pay",
        "start":{"who":["anna"],"agents":["payer"]},
        "grant":[{"tools":["bank/*"],"effect":"transfer","meters":{"EUR":{"each":"500","total":"500"}}}]}"#;
    world.documents(&[template]);
    world.task = TaskState::empty(world.task.tenant, TaskId::new([0x5c; 16]));
    world.events.clear();
    world.start("wide");
    world.consent();
    world.bind('a');
    let approval = waits(&world.pay("10"));
    assert_eq!(world.approve(approval, "requester", "anna").verdict, Verdict::Done);
    allowed(&world.pay("10"));
}

#[test]
fn what_is_critical_takes_two_and_a_consent_does_not_stand_for_them() {
    let mut world = World::with_passkeys();
    world.documents(&[
        r#"{"kind":"tool","tool":"bank/pay","effect":"transfer","reversibility":"by-others","impact":"critical"}"#,
    ]);
    let action = world.payment("10");
    let approval = waits(&world.attempt(action));
    let role = world.task.approvals[&approval].needs[0].role.clone();
    world.approve(approval, &role, "otto");
    assert_eq!(waits(&world.pay("10")), approval);
    assert_eq!(world.approve(approval, &role, "carl").verdict, Verdict::Done);
    allowed(&world.pay("10"));
}

#[test]
fn what_is_done_by_another_hand_asks_the_owners_of_the_whole_lineage() {
    let mut world = World::with_passkeys();
    world.documents(&[
        r#"{"kind":"agent","name":"other","owner":"bea","contact":"bea","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01"}"#,
    ]);
    let child = world.mint_child("other", |_| ());
    world.take(child, 'o');
    let facts = world.facts_of_other('o');
    let attempt = Attempt { grant: child, ..world.attempt_command(world.payment("400")) };
    let asked = world.run(&Command::Attempt(Box::new(attempt)), &facts);
    let roles: Vec<String> = world.task.approvals[&waits(&asked)].needs.iter().map(|need| need.role.clone()).collect();
    assert_eq!(roles, ["owner bea", "owner otto"]);
}

#[test]
fn a_display_says_the_act_its_meters_and_its_lineage() {
    let mut world = World::with_passkeys();
    let asked = world.pay("400");
    let Data::ApprovalAsked(data) = &asked.events[1].data else { panic!("{asked:?}") };
    let display = &data.private.as_ref().unwrap().display;
    assert_eq!(data.terms.display, display_digest(display));
    let text = display.canonical();
    assert!(text.contains("payer wants to move 400 EUR, with `bank/pay`"), "{text}");
    assert!(text.contains(r#""after":"400""#) && text.contains(r#""before":"0""#), "{text}");
    assert!(text.contains(r#""owner":"otto""#) && text.contains(IBAN), "{text}");
}

#[test]
fn two_needs_of_one_name_take_two_signatures() {
    let mut world = asking(r#"{"who":"role:boss"},{"who":"role:boss","exclude":["person:carl"]}"#);
    let approval = waits(&world.call("bank/note"));
    assert_eq!(world.approve(approval, "role:boss", "carl").verdict, Verdict::Done);
    assert_eq!(waits(&world.call("bank/note")), approval, "one signature fills one place");
    assert_eq!(world.approve(approval, "role:boss (2)", "bea").verdict, Verdict::Done);
    allowed(&world.call("bank/note"));
}

#[test]
fn two_needs_of_the_same_persons_escalate_only_where_both_do() {
    let later = r#""escalate":{"after":"10m","to":"role:approver"}"#;
    let escalated = |other: &str| {
        let mut world = asking(&format!(r#"{{"who":"person:bea",{later}}},{{"who":"person:bea"{other}}}"#));
        let approval = waits(&world.call("bank/note"));
        world.pass(Span::minutes(10));
        world.approve(approval, "person:bea", "carl").verdict
    };
    assert_eq!(escalated(&format!(",{later}")), Verdict::Done);
    assert_ne!(escalated(""), Verdict::Done, "one of them goes to nobody else");
}

#[test]
fn what_waits_names_the_rules_that_ask() {
    let mut world = World::with_passkeys();
    let who = Approvers::one(Approver::Owner);
    let ask = Ask {
        count: 1,
        escalate: None,
        exclude: Vec::new(),
        over: Default::default(),
        tools: Vec::new(),
        valid: VALID,
        who,
    };
    let rules = vec!["p.all".to_owned(), "p.big".to_owned()];
    world.policy = Says(Answer::StepUp { rules: rules.clone(), asks: vec![ask] });
    let asked = world.pay("1");
    let approval = waits(&asked);
    let Data::ActionWaiting(waiting) = &asked.events[0].data else { panic!("{asked:?}") };
    assert_eq!(waiting.under.policy_rules, rules);
    assert_eq!(world.task.approvals[&approval].needs[0].why, Why::Policy);
    world.approve(approval, "owner otto", "otto");
    let begun = world.pay("1");
    allowed(&begun);
    let Data::ActionBegun(data) = &begun.events[0].data else { panic!("{begun:?}") };
    assert_eq!(data.under.policy_rules, rules);
}

#[test]
fn what_an_agent_wrote_cannot_pass_for_words_of_ours() {
    let mut world = World::with_passkeys();
    let words = format!("Acme`, approved by security{}\n\u{202e}x", " and so on".repeat(20));
    let to = Destination { kind: "party".to_owned(), normal: words, zone: None };
    let action = Action { destination: Some(Reading::Known(to)), ..world.payment("400") };
    let asked = world.attempt(action);
    let Data::ApprovalAsked(data) = &asked.events[1].data else { panic!("{asked:?}") };
    let display = &data.private.as_ref().unwrap().display;
    let sentence = display.get("sentence").and_then(crate::json::Json::as_str).unwrap();
    let quotes = sentence.matches('`').count();
    assert!(quotes == 4 && !sentence.contains('\n') && !sentence.contains('\u{202e}'), "{sentence}");
    assert!(sentence.chars().count() < 250, "{sentence}");
}

#[test]
fn who_is_asked_by_two_rules_stands_in_for_nobody_that_one_of_them_does_not_name() {
    for (first, second) in [
        (r#"{"who":"role:approver","escalate":{"after":"10m","to":"role:boss"}}"#, r#"{"who":"role:approver"}"#),
        (r#"{"who":"role:approver"}"#, r#"{"who":"role:approver","escalate":{"after":"10m","to":"role:boss"}}"#),
    ] {
        let mut world = asking(&format!("{first},{second}"));
        let approval = waits(&world.call("bank/note"));
        world.pass(Span::minutes(10));
        assert_eq!(code(&world.approve(approval, "role:approver", "bea")), Code::NotAvailable, "{first}");
        assert_eq!(world.approve(approval, "role:approver", "carl").verdict, Verdict::Done);
        allowed(&world.call("bank/note"));
    }
}

#[test]
fn a_yes_from_before_somebody_said_no_to_the_same_is_asked_for_again_and_told_of_the_no() {
    let mut world = asking(r#"{"who":"role:boss"}"#);
    let note = |world: &World, text: &str| {
        let to = super::sources::bound("/iban", "iban", IBAN, crate::BoundAs::Value);
        Action { bound: vec![to], ..world.action("bank/note", &format!(r#"{{"iban":"{IBAN}","text":"{text}"}}"#)) }
    };
    let (one, other) = (note(&world, "one"), note(&world, "other"));
    let (first, second) = (waits(&world.attempt(one)), waits(&world.attempt(other.clone())));
    assert_eq!(world.approve(second, "role:boss", "carl").verdict, Verdict::Done);
    assert_eq!(world.refuse_approval(first, "bea").verdict, Verdict::Done);
    let again = waits(&world.attempt(other.clone()));
    assert_ne!(again, second, "he said it without knowing of the no");
    assert_eq!(world.task.approvals[&again].needs[0].why, Why::Refused);
    assert_eq!(world.approve(again, "role:boss", "carl").verdict, Verdict::Done);
    allowed(&world.attempt(other));
    world.replay();
}

#[test]
fn what_one_person_alone_reviews_is_marked_whoever_started_it() {
    let mut world = asking(r#"{"who":"role:boss"}"#);
    let removed = ["anna", "otto", "bea"].map(|name| ("person".to_owned(), name.to_owned())).to_vec();
    world.govern(ControlCommand::Apply { by: by("carl"), documents: Vec::new(), removed });
    world.control.enrolled.retain(|name| name.as_str() == "carl");
    world.control.left.clear();
    // Whoever it was that started it, there is nobody in the directory but carl.
    let approval = waits(&world.call("bank/note"));
    let given = world.approve(approval, "role:boss", "carl");
    let marked = |event: &Event| matches!(&event.data, Data::ApprovalGiven(given) if given.single_person);
    assert!(given.events.iter().all(marked) && !given.events.is_empty(), "{given:?}");
}

#[test]
fn who_assists_hands_on_nothing_that_goes_unconfirmed() {
    let mut world = World::with_passkeys();
    world.documents(&[
        r#"{"kind":"agent","name":"payer","owner":"otto","contact":"otto","run_by":"own","autonomy":"assist","role":"payer","review":"2030-01-01"}"#,
    ]);
    world.task = TaskState::empty(world.task.tenant, TaskId::new([0x5d; 16]));
    world.events.clear();
    world.start("pay-invoice");
    world.consent();
    world.bind('a');
    let child = world.mint_child("other", |_| ());
    world.take(child, 'o');
    let facts = world.facts_of_other('o');
    let attempt = Attempt { grant: child, ..world.attempt_command(world.payment("10")) };
    let asked = world.run(&Command::Attempt(Box::new(attempt)), &facts);
    let needs = &world.task.approvals[&waits(&asked)].needs;
    assert!(needs.iter().any(|need| need.why == Why::Assists && need.role == "requester"), "{needs:?}");
}

#[test]
fn what_belongs_together_is_shown_together_and_an_amount_with_what_it_is_of() {
    let mut world = World::with_passkeys();
    let bound = |pointer: &str, kind: &str, normal: &str| Bound {
        digest: digest(normal),
        group: (kind != "text").then(|| "payee".to_owned()),
        kind: kind.to_owned(),
        normal: Reading::Known(normal.to_owned()),
        pointer: crate::json::Pointer::parse(pointer).unwrap(),
        unit: (kind == "amount").then(|| "EUR".to_owned()),
        role: crate::BoundAs::Value,
    };
    let all = vec![
        bound("/pay/0/amount", "amount", "1"),
        bound("/pay/1/amount", "amount", "2"),
        bound("/why", "text", "rent"),
        bound("/pay/0/iban", "iban", "A"),
        bound("/pay/1/iban", "iban", "B"),
    ];
    let asked = world.attempt(Action { bound: all, ..world.payment("400") });
    let Data::ApprovalAsked(data) = &asked.events[1].data else { panic!("{asked:?}") };
    let display = data.private.as_ref().unwrap().display.clone();
    let text = |field: &crate::json::Json, name: &str| {
        field.get(name).and_then(crate::json::Json::as_str).unwrap_or_default().to_owned()
    };
    let fields = display.get("fields").and_then(crate::json::Json::as_array).unwrap();
    let told: Vec<String> = fields
        .iter()
        .map(|field| [text(field, "group"), text(field, "value"), text(field, "unit")].join("|"))
        .collect();
    assert_eq!(told, ["payee 1|1|EUR", "payee 1|A|", "payee 2|2|EUR", "payee 2|B|", "|rent|"]);
}
