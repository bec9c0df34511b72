mod signed;

use crate::decide::tests::world::*;
use crate::{
    Action, Answer, Assertion, BreakGlass, By, Code, ControlCommand, ControlDecided, ControlState, Data, DataClass,
    Decided, GLASS_AGAIN_AFTER, GLASS_REVIEW_WITHIN, PersonId, Second, Signed, Span, TaskId, TemplateName, Verdict,
    closes_glass, glass_covers, glass_signers, glass_tools,
};
use signed::{FINDINGS, sign_close};

const EMERGENCY: &str = r#"{"kind":"template","name":"emergency","purpose":"incident","intent":"Pay what must be paid now",
    "start":{"who":["role:nobody"],"agents":["payer"]},"window":"2h",
    "grant":[{"tools":["bank/pay"],"effect":"transfer","meters":{"EUR":{"each":"400.00"}}},
             {"tools":["bank/note"],"effect":"write"}]}"#;

/// Anna's task, and people who may break the glass over it.
fn world() -> World {
    let mut world = World::ready();
    world.documents(&[
        EMERGENCY,
        r#"{"kind":"person","name":"rita","roles":["break-glass"],"uid":1007}"#,
        r#"{"kind":"person","name":"sam","roles":["break-glass"]}"#,
        r#"{"kind":"person","name":"tom","roles":["administrator"]}"#,
        r#"{"kind":"person","name":"una","roles":["administrator"]}"#,
    ]);
    world
}

fn breaks(world: &World, name: &str) -> BreakGlass {
    BreakGlass {
        by: by(name),
        incident: "INC-7".to_owned(),
        reason: "the bank closes at noon".to_owned(),
        requester: person("anna"),
        span: Span::minutes(30),
        task: world.task.id,
        template: TemplateName::parse("emergency").unwrap(),
    }
}

fn open(world: &mut World, said: BreakGlass) -> ControlDecided {
    world.govern(ControlCommand::BreakGlass(Box::new(said)))
}

/// Rita breaks it over anna's task: its number.
fn broken(world: &mut World) -> u64 {
    let said = breaks(world, "rita");
    let decided = open(world, said);
    assert_eq!(decided.refused, None);
    world.control.seq
}

/// Somebody closes it: signed, where they say that it is.
fn close(world: &mut World, by: By, glass: u64) -> ControlDecided {
    let signed = by.assurance.signed().then(|| sign_close(world, &by, glass));
    let command = ControlCommand::CloseGlass { by, glass, findings: FINDINGS.to_owned() };
    match signed {
        None => world.govern(command),
        Some((consent, shown)) => world.govern(ControlCommand::Signed(Box::new(Signed { command, consent, shown }))),
    }
}

fn refusal(decided: &ControlDecided) -> String {
    let reason = decided.refused.as_ref().expect("it is refused");
    format!("{reason} {}", reason.asked.as_deref().unwrap_or_default())
}

fn under(decided: &Decided) -> Option<u64> {
    match &decided.events.first().expect("something is written").data {
        Data::ActionBegun(begun) => begun.under.breakglass,
        Data::ActionRefused(refused) => refused.under.breakglass,
        other => panic!("an act was expected, not {}", other.kind()),
    }
}

#[test]
fn it_skips_policy_and_approvals_for_what_it_names_and_every_event_under_it_is_marked() {
    let mut world = world();
    assert_eq!(world.pay("350.00").verdict, Verdict::Deny, "the owner would have to say yes, and has no passkey");
    world.policy = Says(Answer::Forbid(vec!["never".to_owned()]));
    assert_eq!(world.pay("10.00").reasons[0].code, Code::PolicyForbidden);
    let glass = broken(&mut world);
    let paid = world.pay("350.00");
    assert!(matches!(paid.verdict, Verdict::Allow { .. }), "{paid:?}");
    assert_eq!(under(&paid), Some(glass));
    let read = world.call("mail/search");
    assert_eq!((read.verdict.clone(), under(&read)), (Verdict::Deny, None), "policy is asked of what it does not name");
}

#[test]
fn it_never_skips_ceilings_totals_conditions_lineage_control_or_the_key() {
    let mut world = world();
    let glass = broken(&mut world);
    let over = world.pay("450.00");
    assert_eq!((over.verdict.clone(), under(&over)), (Verdict::Deny, None), "over its own ceiling it is no override");
    allowed(&world.pay("300.00"));
    let total = world.pay("300.00");
    assert_eq!((total.reasons[0].code, under(&total)), (Code::OverTotal, Some(glass)));
    let other = world.action("bank/pay", r#"{"amount":"1.00","iban":"FR7630006000011234567890189"}"#);
    assert_eq!(world.attempt(other).reasons[0].code, Code::ArgumentNotGranted);
    let attempt = crate::Command::Attempt(Box::new(world.attempt_command(world.payment("1.00"))));
    let facts = world.facts_of('b');
    assert_eq!(world.ask(&attempt, &facts).reasons[0].code, Code::KeyNotBound);
    world.suspend(false);
    assert_eq!(world.pay("1.00").reasons[0].code, Code::GrantEnded);
}

#[test]
fn it_never_skips_data_classes_where_data_may_go_or_what_the_role_allows() {
    let mut world = world();
    world.documents(&[
        r#"{"kind":"rule","name":"stays","flow":{"classes":["internal"],"zones":["partner"]}}"#,
        r#"{"kind":"server","name":"bank","zone":"vendor","transport":{"http":{"url":"https://bank.example/mcp"}}}"#,
    ]);
    let internal = |action: Action, class: &str| Action { classes: vec![DataClass::parse(class).unwrap()], ..action };
    let glass = broken(&mut world);
    // what it names, and of a class that the task may not be given
    let paid = internal(world.payment("1.00"), "payroll");
    let refused = world.attempt(paid);
    assert_eq!((refused.reasons[0].code, under(&refused)), (Code::ClassNotGranted, Some(glass)));
    // what was read stays where the rule keeps it
    allowed(&world.pay("1.00"));
    let read = internal(world.action("mail/search", "{}"), "internal");
    allowed(&world.attempt(read));
    let refused = world.pay("2.00");
    assert_eq!((refused.reasons[0].code, under(&refused)), (Code::FlowRefused, Some(glass)));

    let mut world = self::world();
    let glass = broken(&mut world);
    world.documents(&[r#"{"kind":"role","name":"payer","allow":[{"tools":["bank/*"],"effects":["read","write"]}]}"#]);
    let refused = world.pay("1.00");
    assert_eq!((refused.reasons[0].code, under(&refused)), (Code::RoleNotGranted, Some(glass)));
}

#[test]
fn it_ends_with_its_time_and_with_its_review_and_is_over_one_task_of_one_person() {
    let mut base = world();
    base.policy = Says(Answer::Nothing);
    let glass = broken(&mut base);
    let denied =
        |world: &mut World| world.pay("1.00").reasons.first().is_some_and(|no| no.code == Code::PolicyNotPermitted);
    assert!(!denied(&mut base.clone()));
    let mut later = base.clone();
    later.now = later.now.after(Span::minutes(30));
    assert!(denied(&mut later));
    assert_eq!(close(&mut base, by("tom"), glass).refused, None);
    assert!(denied(&mut base));
    for spoil in [
        |said: &mut BreakGlass| said.task = TaskId::new([7; 16]),
        |said: &mut BreakGlass| said.requester = person("bea"),
    ] {
        let mut world = world();
        world.policy = Says(Answer::Nothing);
        let mut said = breaks(&world, "rita");
        spoil(&mut said);
        assert_eq!(open(&mut world, said).refused, None);
        assert!(denied(&mut world), "another task, or not that person's");
    }
}

#[test]
fn who_has_no_role_or_whose_task_it_is_breaks_nothing() {
    let mut world = world();
    world.documents(&[r#"{"kind":"person","name":"anna","roles":["clerk","break-glass"]}"#]);
    for (name, why) in [("anna", "this person's own"), ("tom", "has not the role"), ("uid:9", "has not the role")] {
        let said = breaks(&world, name);
        let told = refusal(&open(&mut world, said));
        assert!(told.contains(why), "{told}");
    }
    let said = BreakGlass { requester: PersonId::parse("uid:1007").unwrap(), ..breaks(&world, "rita") };
    assert!(refusal(&open(&mut world, said)).contains("this person's own"), "by the number of the account too");
}

#[test]
fn it_lasts_an_hour_at_most_and_says_what_for() {
    let mut world = world();
    let spoils: [fn(&mut BreakGlass); 6] = [
        |said| said.span = Span::minutes(61),
        |said| said.span = Span(0),
        |said| said.reason = "  ".to_owned(),
        |said| said.incident = "two\nlines".to_owned(),
        |said| said.template = TemplateName::parse("pay-invoice").unwrap(),
        |said| said.template = TemplateName::parse("none").unwrap(),
    ];
    for (number, spoil) in spoils.into_iter().enumerate() {
        let mut said = breaks(&world, "rita");
        spoil(&mut said);
        assert!(open(&mut world, said).refused.is_some(), "{number}");
    }
    let counts = EMERGENCY.replace(r#""each":"400.00""#, r#""each":"400.00","total":"900.00""#);
    world.documents(&[&counts]);
    let said = breaks(&world, "rita");
    assert!(refusal(&open(&mut world, said)).contains("counts over several acts"));
    // no value moves without a limit: it would be said to cover what it does not
    world.documents(&[&EMERGENCY.replace(r#","meters":{"EUR":{"each":"400.00"}}"#, "")]);
    let said = breaks(&world, "rita");
    assert!(refusal(&open(&mut world, said)).contains("how much at most"));
}

#[test]
fn somebody_else_closes_it_with_findings() {
    let mut world = world();
    let glass = broken(&mut world);
    world.documents(&[r#"{"kind":"person","name":"anna","roles":["administrator"]}"#]);
    for (name, why) in
        [("rita", "this person broke it"), ("anna", "this person's own"), ("otto", "neither"), ("uid:9", "neither")]
    {
        let told = refusal(&close(&mut world, by(name), glass));
        assert!(told.contains(why), "{told}");
    }
    let empty = ControlCommand::CloseGlass { by: by("sam"), glass, findings: String::new() };
    assert!(world.governs(&empty).refused.is_some());
    assert_eq!(close(&mut world, by("sam"), glass).refused, None);
    assert!(close(&mut world, by("tom"), glass).refused.is_some(), "it is closed once");
}

#[test]
fn where_nobody_could_close_it_that_is_known_before_it_is_broken() {
    let mut world = world();
    let may =
        |world: &World, name: &str| closes_glass(&world.control, (&person("rita"), &person("anna")), &person(name));
    assert!(may(&world, "sam") && !may(&world, "rita") && !may(&world, "anna") && !may(&world, "otto"));
    let left: Vec<String> = world.control.persons.keys().map(ToString::to_string).collect();
    for name in &left {
        if !may(&world, name) {
            continue;
        }
        world.documents(&[&format!(r#"{{"kind":"person","name":"{name}","roles":["clerk"]}}"#)]);
    }
    assert!(
        !world.control.persons.keys().any(|name| may(&world, name.as_str())),
        "its opener and its requester are left"
    );
}

#[test]
fn two_at_once_are_all_and_one_that_nobody_looked_at_in_time_stops_the_next() {
    let mut base = world();
    base.documents(&[r#"{"kind":"person","name":"vic","roles":["break-glass"]}"#]);
    let of =
        |world: &World, name: &str, requester: &str| BreakGlass { requester: person(requester), ..breaks(world, name) };
    let (first, second, third) = (of(&base, "rita", "anna"), of(&base, "sam", "bea"), of(&base, "vic", "carl"));
    assert_eq!(open(&mut base, first).refused, None);
    let mut late = base.clone();
    late.now = late.now.after(Span::minutes(30)).after(GLASS_REVIEW_WITHIN);
    assert!(refusal(&open(&mut late, second.clone())).contains("overdue"));
    assert_eq!(open(&mut base, second).refused, None);
    assert!(refusal(&open(&mut base, third)).contains("closed first"));
}

#[test]
fn again_within_a_day_takes_a_second_person_also_between_two_friends() {
    let mut base = world();
    let glass = broken(&mut base);
    close(&mut base, by("tom"), glass);
    // the same person over another's task, a friend over the same person's, and the favour returned
    let requester = |name: &str| person(name);
    let again = BreakGlass { requester: requester("bea"), ..breaks(&base, "rita") };
    let friend = breaks(&base, "sam");
    base.documents(&[r#"{"kind":"person","name":"anna","roles":["clerk","break-glass"]}"#]);
    let favour = BreakGlass { by: by("anna"), requester: requester("rita"), ..breaks(&base, "anna") };
    for said in [again, friend, favour] {
        let told = refusal(&open(&mut base.clone(), said.clone()));
        assert!(told.contains("a second person has to sign"), "{told}");
        let mut later = base.clone();
        later.now = later.now.after(GLASS_AGAIN_AFTER);
        assert_eq!(open(&mut later, said).refused, None, "a day later it is not again");
    }
}

fn signs(world: &World, name: &str, proposal: u64) -> ControlCommand {
    let part = || PART.to_owned();
    let assertion =
        Assertion { authenticator_data: part(), client_data: part(), id: passkey_of(name), signature: part() };
    let signed = world.control.proposals[&proposal].statement.digest();
    ControlCommand::Second(Box::new(Second { assertion, by: signer(name), proposal, signed }))
}

fn kinds(decided: &ControlDecided) -> Vec<&'static str> {
    decided.events.iter().map(|event| event.data.kind()).collect()
}

/// The same, where everybody has a passkey.
fn verified() -> World {
    let mut world = world();
    ["anna", "rita", "sam", "tom", "una"].into_iter().for_each(|name| world.enrol(name));
    world
}

#[test]
fn with_passkeys_it_is_broken_by_the_passkey_of_who_breaks_it() {
    let mut world = verified();
    let said = breaks(&world, "rita");
    assert_eq!(kinds(&open(&mut world, said)), ["control.proposed"]);
    let proposal = world.control.seq;
    assert!(world.control.glasses.is_empty(), "a name on a socket is not the person");
    let statement = world.control.proposals[&proposal].statement.text();
    assert!(statement.contains("INC-7") && statement.contains("400"), "{statement}");
    let theirs = world.govern(signs(&world, "tom", proposal));
    assert_eq!(kinds(&theirs), ["control.seconded"], "another's signature breaks nothing");
    let done = world.govern(signs(&world, "rita", proposal));
    assert_eq!(kinds(&done), ["control.seconded", "control.glass_broken"]);
    world.policy = Says(Answer::Nothing);
    allowed(&world.pay("350.00"));
    let glass = world.control.seq;
    assert!(refusal(&close(&mut world, by("tom"), glass)).contains("passkey"), "nor is it closed by a name");
    assert_eq!(close(&mut world, signer("tom"), glass).refused, None);
}

#[test]
fn with_passkeys_again_within_a_day_waits_for_an_administrator_who_did_not_ask_for_it() {
    let mut world = verified();
    let said = breaks(&world, "rita");
    open(&mut world, said.clone());
    world.govern(signs(&world, "rita", world.control.seq));
    let glass = world.control.seq;
    close(&mut world, signer("tom"), glass);
    open(&mut world, said);
    let proposal = world.control.seq;
    assert_eq!(kinds(&world.govern(signs(&world, "rita", proposal))), ["control.seconded"], "one person is not two");
    assert!(refusal(&world.govern(signs(&world, "sam", proposal))).contains("not administrator"));
    world.documents(&[r#"{"kind":"person","name":"anna"}"#]);
    let done = world.govern(signs(&world, "una", proposal));
    assert_eq!(kinds(&done), ["control.seconded", "control.glass_broken"]);
    let mut late = verified();
    let said = breaks(&late, "rita");
    open(&mut late, said);
    let proposal = late.control.seq;
    late.now = late.now.after(Span::hours(1));
    assert!(late.govern(signs(&late, "rita", proposal)).refused.is_some(), "it waits an hour, not seven days");
}

#[test]
fn a_state_with_an_override_is_read_back_as_it_was() {
    let mut world = world();
    broken(&mut world);
    let kept = world.control.to_kept().unwrap();
    assert_eq!(ControlState::from_kept(&kept), Ok(world.control));
}

#[test]
fn what_is_in_doubt_is_not_done_again_under_it_unless_people_say_so() {
    let mut world = world();
    let glass = broken(&mut world);
    let act = allowed(&world.pay("20.00"));
    world.doubt(act);
    let again = world.pay("20.00");
    assert_eq!(
        (code(&again), under(&again)),
        (Code::ApprovalUnavailable, None),
        "nobody has a passkey to say yes with"
    );
    assert_eq!(again.reasons[1].code, Code::TwinInDoubt);
    let other = world.pay("21.00");
    assert!(matches!(other.verdict, Verdict::Allow { .. }), "{other:?}");
    assert_eq!(under(&other), Some(glass), "another act is one");
}

#[test]
fn it_is_known_beforehand_whether_it_would_override_anything() {
    let mut world = world();
    let covers = |world: &World| {
        let name = TemplateName::parse("emergency").unwrap();
        glass_covers(&world.control, &world.task, &world.control.templates[&name].0, world.now)
    };
    assert!(covers(&world));
    let reached = |world: &World| {
        let template = &world.control.templates[&TemplateName::parse("emergency").unwrap()].0;
        glass_tools(&world.control, &world.task, template, world.now)
            .into_iter()
            .filter(|(_, reached)| *reached)
            .count()
    };
    assert!(reached(&world) > 0);
    let mut narrow = world.clone();
    narrow.documents(&[r#"{"kind":"role","name":"payer","allow":[]}"#]);
    assert!(!covers(&narrow), "the role allows nothing of it");
    world.revoke();
    assert!(!covers(&world) && reached(&world) == 0, "no grant is left");
}

#[test]
fn it_is_known_beforehand_whether_who_signs_it_has_a_passkey() {
    let mut world = world();
    let signers = |world: &World| glass_signers(&world.control, (&person("rita"), &person("anna")), world.now);
    assert!(signers(&world), "no administrator has a passkey: nobody signs");
    world.enrol("tom");
    assert!(!signers(&world), "rita has none");
    world.enrol("rita");
    assert!(signers(&world));
}

const TWO: &str = r#"{"kind":"rule","name":"two-at-the-glass","break_glass":{"persons":2}}"#;

/// Two break it, and everybody has a passkey.
fn of_two() -> World {
    let mut world = world();
    world.documents(&[TWO]);
    ["anna", "rita", "sam", "tom", "una"].into_iter().for_each(|name| world.enrol(name));
    world
}

/// Rita proposes to break it: the number of what waits.
fn proposed(world: &mut World) -> u64 {
    let said = breaks(world, "rita");
    assert_eq!(kinds(&open(world, said)), ["control.proposed"]);
    world.control.seq
}

#[test]
fn where_a_rule_asks_for_two_it_waits_for_a_second_person_of_the_role() {
    let mut world = of_two();
    let proposal = proposed(&mut world);
    assert_eq!(kinds(&world.govern(signs(&world, "rita", proposal))), ["control.seconded"], "one is not two");
    assert!(refusal(&world.governs(&signs(&world, "rita", proposal))).contains("signed it already"));
    assert!(
        refusal(&world.governs(&signs(&world, "anna", proposal))).contains("not administrator"),
        "without the role"
    );
    for second in ["sam", "tom"] {
        let mut world = world.clone();
        let done = world.govern(signs(&world, second, proposal));
        assert_eq!(kinds(&done), ["control.seconded", "control.glass_broken"], "{second}");
        let Data::ControlSeconded(seconded) = &done.events[0].data else { panic!("{done:?}") };
        assert!(!seconded.single_person);
    }
    // who loses the role meanwhile is no second person
    world.control.persons.get_mut(&person("sam")).expect("sam is there").roles.clear();
    assert!(refusal(&world.governs(&signs(&world, "sam", proposal))).contains("not administrator"));
}

#[test]
fn a_second_who_signed_first_counts_and_breaks_nothing_without_who_breaks_it() {
    let mut world = of_two();
    let proposal = proposed(&mut world);
    assert_eq!(kinds(&world.govern(signs(&world, "sam", proposal))), ["control.seconded"]);
    assert_eq!(kinds(&world.govern(signs(&world, "tom", proposal))), ["control.seconded"], "nor do two others");
    let done = world.govern(signs(&world, "rita", proposal));
    assert_eq!(kinds(&done), ["control.seconded", "control.glass_broken"]);
}

#[test]
fn a_rule_of_two_is_no_way_around_the_administrator_within_a_day_and_needs_passkeys() {
    let mut world = of_two();
    let proposal = proposed(&mut world);
    world.govern(signs(&world, "rita", proposal));
    world.govern(signs(&world, "sam", proposal));
    let glass = world.control.seq;
    assert_eq!(close(&mut world, signer("tom"), glass).refused, None);
    let again = proposed(&mut world);
    world.govern(signs(&world, "rita", again));
    assert!(refusal(&world.governs(&signs(&world, "sam", again))).contains("not administrator"), "two friends");
    assert_eq!(world.govern(signs(&world, "una", again)).refused, None);

    let mut unsigned = self::world();
    unsigned.documents(&[TWO]);
    let said = breaks(&unsigned, "rita");
    assert!(refusal(&open(&mut unsigned, said)).contains("a rule asks for two persons"));
}

#[test]
fn one_person_alone_stands_for_two_after_ten_minutes_and_that_is_marked() {
    let mut world = of_two();
    let proposal = proposed(&mut world);
    // the directory never held anybody else
    world.control.persons.retain(|name, _| name.as_str() == "rita");
    world.control.enrolled.retain(|name| name.as_str() == "rita");
    assert!(refusal(&world.governs(&signs(&world, "rita", proposal))).contains("earlier than ten minutes"));
    world.pass(Span::minutes(10));
    let done = world.governs(&signs(&world, "rita", proposal));
    assert_eq!(kinds(&done), ["control.seconded", "control.glass_broken"]);
    let Data::ControlSeconded(seconded) = &done.events[0].data else { panic!("{done:?}") };
    assert!(seconded.single_person);
}

#[test]
fn a_rule_asks_for_two_and_for_no_other_number() {
    for text in [
        r#"{"kind":"rule","name":"r","break_glass":{"persons":1}}"#,
        r#"{"kind":"rule","name":"r","break_glass":{"persons":3}}"#,
        r#"{"kind":"rule","name":"r","break_glass":{}}"#,
        r#"{"kind":"rule","name":"r","break_glass":{"persons":2},"flow":{"classes":["internal"]}}"#,
    ] {
        assert!(crate::Document::read(&json(text)).is_err(), "{text}");
    }
}

#[test]
fn a_session_alone_breaks_nothing_while_nobody_is_asked_to_sign() {
    let mut world = world();
    let session = By { assurance: crate::Assurance::Session, person: person("rita") };
    let said = BreakGlass { by: session, ..breaks(&world, "rita") };
    let refused = refusal(&open(&mut world, said));
    assert!(refused.contains("at the node's own socket"), "{refused}");
    broken(&mut world);
}
