//! Step 5: where values came from, and what suffices for what.

use super::prelude::*;
use super::world::*;
use crate::json::Pointer;
use crate::{BoundAs, ObservedValue, Origin, Stated, value_hash};

const OTHER: &str = "GB33BUKB20201555555555";

/// A value of a call as a binding reads it.
pub(super) fn bound(pointer: &str, kind: &str, normal: &str, role: BoundAs) -> Bound {
    Bound {
        digest: digest(normal),
        group: None,
        kind: kind.to_owned(),
        normal: Reading::Known(normal.to_owned()),
        pointer: Pointer::parse(pointer).unwrap(),
        role,
        unit: None,
    }
}

/// A task whose one row beside reading is this, of which people can say yes to all.
pub(super) fn with_row(row: &str) -> World {
    let mut world = World::with_passkeys();
    world.documents(&[&format!(
        r#"{{"kind":"template","name":"some","purpose":"p","intent":"some","start":{{"who":["anyone"],"agents":["payer"]}},
            "window":"1h","grant":[{{"tools":["mail/*"],"resources":"any"}},{row}]}}"#
    )]);
    world.task = TaskState::empty(TenantId::new([1; 16]), TaskId::new([3; 16]));
    world.events.clear();
    world.start("some");
    world.consent();
    world.bind('a');
    world
}

/// Something is written to an account.
pub(super) fn note_to(world: &World, iban: &str) -> Action {
    let action = world.action("bank/note", &format!(r#"{{"iban":"{iban}"}}"#));
    Action { bound: vec![bound("/iban", "iban", iban, BoundAs::Destination)], ..action }
}

/// A value of a result, as the catalogue says it is.
pub(super) fn value(world: &World, kind: &str, normal: &str, record: &str, how: &str) -> ObservedValue {
    let is = |word: &str| how.contains(word);
    ObservedValue {
        created: is("created"),
        hash: value_hash(&world.task.salt.unwrap(), kind, normal),
        kind: kind.to_owned(),
        name: is("name"),
        own: is("own"),
        pointer: Pointer::parse("/x").unwrap(),
        record: Some(record.to_owned()),
        trusted: is("sure"),
    }
}

/// A read shows these values.
pub(super) fn shows(world: &mut World, values: Vec<ObservedValue>) {
    let act = allowed(&world.call("mail/search"));
    world.settle(act, Outcome::Done(Observed { values, size: 2, ..Observed::default() }));
}

/// Of the last call, the source of its first bound value.
pub(super) fn source(decided: &Decided) -> Origin {
    let of = |event: &Event| match &event.data {
        Data::ActionBegun(begun) => Some(begun.sources[0].source),
        Data::ActionWaiting(waiting) => Some(waiting.sources[0].source),
        Data::ActionRefused(refused) => Some(refused.sources[0].source),
        _ => None,
    };
    decided.events.iter().find_map(of).unwrap()
}

/// Asks for a note to this account and says what came of it, and where the account came from.
fn asked(world: &mut World, iban: &str) -> (bool, Origin) {
    let action = note_to(world, iban);
    let decided = world.attempt(action);
    (matches!(decided.verdict, Verdict::Allow { .. }), source(&decided))
}

#[test]
fn what_the_person_filled_in_is_theirs_and_nothing_else_is() {
    let mut world = World::with_passkeys();
    assert_eq!(asked(&mut world, IBAN), (true, Origin::Intent));
    assert_eq!(asked(&mut world, OTHER), (false, Origin::Unknown));
    world.replay();
}

#[test]
fn a_value_is_of_its_kind_alone() {
    let mut world = World::with_passkeys();
    let shown = value(&world, "id:event", "13", "/0", "sure");
    shows(&mut world, vec![shown]);
    let of = |kind: &str| vec![bound("/id", kind, "13", BoundAs::Object)];
    let action = world.action("bank/note", r#"{"id":"13"}"#);
    assert_eq!(source(&world.attempt(Action { bound: of("id:event"), ..action.clone() })), Origin::Trusted);
    assert_eq!(
        source(&world.attempt(Action { bound: of("id:file"), ..action })),
        Origin::Unknown,
        "event 13 is not file 13"
    );
}

#[test]
fn short_values_that_results_are_full_of_are_no_source_by_chance() {
    let mut world = World::with_passkeys();
    // an answer of a few fields that nobody outside writes, and a text of others with the same in it
    let sure = [("id:event", "1"), ("title", "yes"), ("date", "2026-01-01"), ("amount", "2026")];
    let shown = sure.map(|(kind, normal)| value(&world, kind, normal, "/0", "sure"));
    let theirs = value(&world, "content", "yes, event 1 in 2026", "/1", "");
    shows(&mut world, [shown.to_vec(), vec![theirs]].concat());
    let of = |kind: &str, normal: &str| {
        let mut world = world.clone();
        let action = world.action("bank/note", &format!(r#"{{"id":"{normal}"}}"#));
        source(&world.attempt(Action { bound: vec![bound("/id", kind, normal, BoundAs::Object)], ..action }))
    };
    for (kind, normal) in [
        ("id:file", "1"),
        ("id:account", "2026"),
        ("id:event", "2026"),
        ("title", "1"),
        ("name", "yes"),
        ("text", "yes"),
        ("id:event", "yes"),
        ("title", "2026"),
        ("date", "2026"),
        ("content", "yes"),
    ] {
        assert_eq!(of(kind, normal), Origin::Unknown, "{kind} {normal}");
    }
    for (kind, normal) in sure {
        assert_eq!(of(kind, normal), Origin::Trusted, "{kind} {normal}: whole, and of its own kind");
    }
}

#[test]
fn of_several_places_the_least_trusted_counts_and_the_persons_word_above_all() {
    let mut world = World::with_passkeys();
    let values = ["sure", ""].map(|how| value(&world, "iban", OTHER, how, how)).to_vec();
    let said = value(&world, "iban", IBAN, "/1", "");
    shows(&mut world, [values, vec![said]].concat());
    assert_eq!(asked(&mut world, OTHER), (false, Origin::Untrusted));
    assert_eq!(asked(&mut world, IBAN), (true, Origin::Intent), "an echo takes nothing away");
}

#[test]
fn what_is_trusted_may_be_written_to_and_not_shared_with() {
    let mut world = World::with_passkeys();
    let shown = value(&world, "iban", OTHER, "/0", "sure");
    shows(&mut world, vec![shown]);
    assert_eq!(asked(&mut world, OTHER), (true, Origin::Trusted));
    let export = world.action("bank/export", &format!(r#"{{"to":"{OTHER}"}}"#));
    let to = vec![bound("/to", "iban", OTHER, BoundAs::Destination)];
    let decided = world.attempt(Action { bound: to, ..export });
    assert!(matches!(decided.verdict, Verdict::StepUp { .. }), "trusted is not authorised: {decided:?}");
    assert!(decided.reasons.iter().any(|reason| reason.code == Code::SourceNotEnough), "{decided:?}");
}

#[test]
fn a_record_that_bears_a_name_the_person_said_is_one_that_they_named() {
    let mut world = World::with_passkeys();
    // The payee of the task is called so.
    let row = |world: &World, iban: &str, record: &str, name: &str| {
        [value(world, "party", name, record, "sure name"), value(world, "iban", iban, record, "sure")]
    };
    let shown = [row(&world, OTHER, "/0", "Acme Ltd"), row(&world, "FR1420041010050500013M02606", "/1", "Evil Ltd")];
    shows(&mut world, shown.concat());
    assert_eq!(asked(&mut world, OTHER), (true, Origin::Intent));
    assert_eq!(asked(&mut world, "FR1420041010050500013M02606").1, Origin::Trusted);
}

#[test]
fn of_two_records_of_one_name_neither_is_named_nor_is_one_whose_name_others_write() {
    let mut world = World::with_passkeys();
    let twice = ["/0", "/1"].map(|record| {
        [value(&world, "party", "Acme Ltd", record, "sure name"), value(&world, "iban", OTHER, record, "sure")]
    });
    shows(&mut world, twice.concat());
    assert_eq!(asked(&mut world, OTHER).1, Origin::Trusted);
    let mut world = World::with_passkeys();
    let written = [value(&world, "party", "Acme Ltd", "/0", "name"), value(&world, "iban", OTHER, "/0", "sure")];
    shows(&mut world, written.to_vec());
    assert_eq!(asked(&mut world, OTHER).1, Origin::Trusted);
}

#[test]
fn what_an_agent_wrote_is_no_better_for_coming_back() {
    let mut world = World::with_passkeys();
    // A yes to this one act, and nothing more.
    let note = note_to(&world, OTHER);
    let approval = waits(&world.attempt(note.clone()));
    world.approve(approval, "requester", "anna");
    let act = allowed(&world.attempt(note));
    world.done(act, &[]);
    let shown = [value(&world, "party", "Acme Ltd", "/0", "sure name"), value(&world, "iban", OTHER, "/0", "sure")];
    shows(&mut world, shown.to_vec());
    assert_eq!(asked(&mut world, OTHER), (false, Origin::Proposed));
    world.replay();
}

#[test]
fn what_a_read_says_back_is_no_better_for_it() {
    let mut world = World::with_passkeys();
    let values = vec![value(&world, "iban", OTHER, "/0", "own")];
    let search = world.action("mail/search", &format!(r#"{{"iban":"{OTHER}"}}"#));
    let act = allowed(&world.attempt(Action { bound: vec![bound("/iban", "iban", OTHER, BoundAs::Object)], ..search }));
    world.settle(act, Outcome::Done(Observed { values, size: 2, ..Observed::default() }));
    assert_eq!(asked(&mut world, OTHER), (false, Origin::Proposed), "the agent's own word came back");
    world.replay();
    let mut other = World::with_passkeys();
    let same = value(&other, "iban", OTHER, "/0", "own");
    shows(&mut other, vec![same]);
    assert_eq!(asked(&mut other, OTHER).1, Origin::Own);
}

#[test]
fn what_this_task_made_may_be_written_to_and_no_more() {
    let mut world = World::with_passkeys();
    let made = value(&world, "id:file", "26", "", "created");
    shows(&mut world, vec![made]);
    let action = world.action("bank/note", r#"{"id":"26"}"#);
    let object = vec![bound("/id", "id:file", "26", BoundAs::Object)];
    let decided = world.attempt(Action { bound: object.clone(), ..action });
    assert_eq!(source(&decided), Origin::Created);
    allowed(&decided);
    let shared = world.action("bank/batch", r#"{"id":"26"}"#);
    assert!(matches!(world.attempt(Action { bound: object, ..shared }).verdict, Verdict::StepUp { .. }));
}

#[test]
fn values_of_a_group_are_of_one_record() {
    let mut world = World::with_passkeys();
    let row = |world: &World, record: &str, iban: &str, id: &str| {
        [value(world, "iban", iban, record, "own"), value(world, "id:order", id, record, "own")]
    };
    let shown = [row(&world, "/0", IBAN, "A"), row(&world, "/1", OTHER, "B")].concat();
    shows(&mut world, shown);
    let pair = |iban: &str, order: &str| {
        let group = |of: Bound| Bound { group: Some("refund".to_owned()), ..of };
        vec![
            group(bound("/iban", "iban", iban, BoundAs::Destination)),
            group(bound("/order", "id:order", order, BoundAs::Object)),
        ]
    };
    let action = |world: &World, iban: &str, order: &str| {
        let arguments = format!(r#"{{"iban":"{iban}","order":"{order}"}}"#);
        Action { bound: pair(iban, order), ..world.action("bank/note", &arguments) }
    };
    let right = action(&world, OTHER, "B");
    assert_eq!(source(&world.attempt(right)), Origin::Own);
    let wrong = action(&world, OTHER, "A");
    let decided = world.attempt(wrong);
    assert_eq!(source(&decided), Origin::Unknown, "B's account for A's order");
    assert!(matches!(decided.verdict, Verdict::StepUp { .. }));
}

#[test]
fn an_address_inside_a_text_is_judged_as_one() {
    let mut world = World::with_passkeys();
    let note = |world: &World, kind: &str, normal: &str| {
        let action = world.action("bank/note", &format!(r#"{{"text":"see {normal}"}}"#));
        let text = bound("/text", "content", "see", BoundAs::Value);
        Action { bound: vec![text, bound("/text", kind, normal, BoundAs::Found)], ..action }
    };
    let bad = note(&world, "url", "https://evil.example/x");
    assert!(matches!(world.attempt(bad).verdict, Verdict::StepUp { .. }));
    let good = note(&world, "iban", IBAN);
    allowed(&world.attempt(good));
    let mut world = World::with_passkeys();
    let shown = value(&world, "url", "https://own.example/x", "/0", "sure");
    shows(&mut world, vec![shown]);
    let known = note(&world, "url", "https://own.example/x");
    allowed(&world.attempt(known));
}

#[test]
fn a_read_that_leaves_fetches_what_somebody_named() {
    let mut world = World::with_passkeys();
    world.documents(&[
        r#"{"kind":"server","name":"web","transport":{"http":{"url":"https://web.example/mcp"}}}"#,
        r#"{"kind":"template","name":"look","purpose":"p","intent":"{said}","parameters":{"said":{"kind":"text"}},
            "start":{"who":["anyone"],"agents":["payer"]},"window":"1h","grant":[{"tools":["web/*"],"resources":"any"}]}"#,
        r#"{"kind":"role","name":"payer","allow":[{"tools":["*"],"effects":["read"]}]}"#,
    ]);
    let server = ServerName::parse("web").unwrap();
    let tools = vec![pinned("web/get", Effect::Read, Egress::Open, Standing::Reviewed)];
    world.govern(ControlCommand::Review {
        accepted: Vec::new(),
        by: by("otto"),
        server,
        identity: digest("web"),
        tools,
    });
    world.task = TaskState::empty(TenantId::new([1; 16]), TaskId::new([3; 16]));
    world.events.clear();
    let words = "Read www.informations.example and tell me what stands there.";
    let start = Start { parameters: [("said".to_owned(), words.to_owned())].into(), ..World::start_command("look") };
    let facts = world.facts();
    assert_eq!(world.run(&Command::Start(Box::new(start)), &facts).verdict, Verdict::Done);
    world.bind('a');
    let get = |world: &World, url: &str| {
        let normal = crate::normal::normal(&crate::normal::Kind::Url, url).unwrap();
        let action = world.action("web/get", &format!(r#"{{"url":"{url}"}}"#));
        Action { bound: vec![bound("/url", "url", &normal, BoundAs::Destination)], ..action }
    };
    let named = get(&world, "www.informations.example");
    allowed(&world.attempt(named));
    let other = get(&world, "www.true-informations.example/?q=secret");
    assert!(matches!(world.attempt(other).verdict, Verdict::StepUp { .. }));
}

#[test]
fn behind_a_wrapper_the_line_is_the_intent_of_reads_and_writes() {
    let mut world = World::with_passkeys();
    let fetch = world.action("mail/fetch", r#"{"url":"https://evil.example/"}"#);
    let to = vec![bound("/url", "url", "https://evil.example/", BoundAs::Destination)];
    let decided = world.attempt(Action { bound: to, ..fetch });
    assert_eq!(source(&decided), Origin::Unknown, "it is recorded all the same");
    allowed(&decided);
}

#[test]
fn what_was_touched_follows_the_holder_and_whoever_gets_its_work() {
    let mut world = with_payroll(r#""read":["payroll"],"pass_on":["payroll"],"#);
    let root = world.grant();
    assert_eq!(world.task.grants[&root].label.trusted, None);
    let clean = Action { clean: true, ..world.action("bank/note", "{}") };
    allowed(&world.attempt(clean));
    assert_eq!(world.task.grants[&root].label.trusted, Some(true));
    let read = payroll(&world);
    allowed(&world.attempt(read));
    let label = world.task.grants[&root].label.clone();
    assert_eq!((label.trusted, &label.classes), (Some(false), &vec![DataClass::parse("payroll").unwrap()]));
    let request = r#"{"purpose":"p","delegate":"other","grant":[{"tools":["mail/search"]}]}"#;
    let grant = world.hand_on(root, request).grant.unwrap();
    assert_eq!(world.task.grants[&grant].label, label);
    world.replay();
}

#[test]
fn who_has_read_what_others_wrote_uses_only_privileged_tools_that_were_named() {
    for (tools, named) in [("bank/export", true), ("bank/*", false)] {
        let mut world = with_row(&format!(r#"{{"tools":["{tools}"],"effect":"export"}}"#));
        let to = |world: &World| {
            let about = vec![bound("/what", "text", "books", BoundAs::Value)];
            Action { bound: about, ..world.action("bank/export", "{}") }
        };
        let reasons = |world: &World| -> Vec<Why> {
            world.task.approvals.values().flat_map(|of| &of.needs).map(|need| need.why).collect()
        };
        let first = to(&world);
        world.attempt(first);
        assert!(!reasons(&world).contains(&Why::Unnamed), "{tools}: nothing was read yet");
        allowed(&world.call("mail/search"));
        let after = world.action("bank/export", r#"{"n":"2"}"#);
        let about = vec![bound("/what", "text", "others", BoundAs::Value)];
        world.attempt(Action { bound: about, ..after });
        assert_eq!(reasons(&world).contains(&Why::Unnamed), !named, "{tools}");
    }
}

#[test]
fn a_privileged_act_that_says_nothing_of_what_it_is_about_is_named_or_asked_about() {
    for (tools, named) in [("bank/export", true), ("bank/*", false)] {
        let mut world = with_row(&format!(r#"{{"tools":["{tools}"],"effect":"export"}}"#));
        let call = world.call("bank/export");
        let why = world.task.approvals.values().flat_map(|of| &of.needs).any(|need| need.why == Why::Unnamed);
        assert_eq!(why, !named, "{call:?}");
    }
}

#[test]
fn what_a_row_says_of_sources_no_yes_goes_past() {
    let row = r#"{"tools":["bank/note"],"effect":"write","from":{"/iban":["trusted"],"addresses":["intent"]}}"#;
    let mut world = with_row(row);
    let refused = |world: &mut World, action: Action| {
        let decided = world.attempt(action);
        assert_eq!(code(&decided), Code::SourceNotGranted, "{decided:?}");
        decided.reasons[0].to_string()
    };
    let unknown = note_to(&world, OTHER);
    let words = refused(&mut world, unknown);
    assert_eq!(
        words,
        "the grant does not let this value come from there (`/iban`): asked `unknown`, at most `trusted`"
    );
    let text = world.action("bank/note", r#"{"text":"x"}"#);
    refused(&mut world, Action { bound: vec![bound("/text", "url", "https://evil.example/", BoundAs::Found)], ..text });
    let shown = value(&world, "iban", OTHER, "/0", "sure");
    shows(&mut world, vec![shown]);
    assert_eq!(asked(&mut world, OTHER), (true, Origin::Trusted));
}

#[test]
fn what_the_person_says_is_kept_with_what_they_consented_to() {
    let world = World::ready();
    let Data::TaskStarted(started) = &world.events[0].0.data else { panic!("it begins with its start") };
    let said = &started.private.as_ref().unwrap().values;
    let has = |kind: &str, value: &str| said.iter().any(|of: &Stated| of.kind.to_string() == kind && of.value == value);
    assert!(has("iban", IBAN) && has("party", "Acme Ltd") && has("amount", "500 EUR"), "{said:?}");
}

/// A task that may read payroll, with a rule that it leaves to partners alone, and a server of each zone.
pub(super) fn with_payroll(more: &str) -> World {
    let mut world = World::with_passkeys();
    world.documents(&[
        r#"{"kind":"server","name":"far","zone":"partner","transport":{"http":{"url":"https://far.example/mcp"}}}"#,
        r#"{"kind":"server","name":"away","zone":"vendor","transport":{"http":{"url":"https://away.example/mcp"}}}"#,
        r#"{"kind":"rule","name":"payroll-stays","flow":{"classes":["payroll"],"zones":["partner"]}}"#,
        r#"{"kind":"role","name":"payer","allow":[{"tools":["*"],"effects":["read","write","delegate"]}]}"#,
        &format!(
            r#"{{"kind":"template","name":"some","purpose":"p","intent":"some","start":{{"who":["anyone"],"agents":["payer"]}},
            "window":"1h",{more}"delegate":{{"agents":["other","afar"],"depth":1}},
            "grant":[{{"tools":["mail/*","far/*","away/*"],"resources":"any"}},{{"tools":["bank/note"],"effect":"write"}}]}}"#
        ),
    ]);
    for name in ["far", "away"] {
        let server = ServerName::parse(name).unwrap();
        let tools = vec![pinned(&format!("{name}/look"), Effect::Read, Egress::None, Standing::Reviewed)];
        world.govern(ControlCommand::Review {
            accepted: Vec::new(),
            by: by("otto"),
            server,
            identity: digest(name),
            tools,
        });
    }
    world.task = TaskState::empty(TenantId::new([1; 16]), TaskId::new([3; 16]));
    world.events.clear();
    world.start("some");
    world.consent();
    world.bind('a');
    world
}

pub(super) fn payroll(world: &World) -> Action {
    Action { classes: vec![DataClass::parse("payroll").unwrap()], ..world.action("mail/search", "{}") }
}

#[test]
fn what_was_touched_goes_where_a_rule_lets_it() {
    let mut world = with_payroll(r#""read":["payroll"],"#);
    allowed(&world.call("away/look"));
    let read = payroll(&world);
    let act = allowed(&world.attempt(read));
    allowed(&world.call("far/look"));
    let away = world.call("away/look");
    assert_eq!(code(&away), Code::FlowRefused, "a read carries its arguments");
    let told = away.reasons[0].to_string();
    assert!(
        told.contains(&format!("payroll (event {act} of this task) to vendor")) && told.contains("partner"),
        "{told}"
    );
    allowed(&world.call("bank/note"));
    world.replay();
}

#[test]
fn a_class_that_the_grant_does_not_name_is_not_read() {
    let mut world = with_payroll("");
    let read = payroll(&world);
    assert_eq!(code(&world.attempt(read)), Code::ClassNotGranted);
    assert_eq!(world.task.grants[&world.grant()].label.classes, []);
}

#[test]
fn what_may_be_passed_on_is_said_and_all_that_was_touched_goes_along() {
    let request =
        |read: &str| format!(r#"{{"purpose":"p","delegate":"other","grant":[{{"tools":["mail/search"]}}]{read}}}"#);
    let asks = |more: &str, touches: bool, read: &str| {
        let mut world = with_payroll(more);
        if touches {
            let action = payroll(&world);
            allowed(&world.attempt(action));
        }
        let root = world.grant();
        let handed = world.hand_on(root, &request(read));
        (handed.reasons.first().map(|reason| reason.code), handed.grant, world)
    };
    let kept = r#""read":["payroll"],"#;
    let passed = r#""read":["payroll"],"pass_on":["payroll"],"#;
    assert_eq!(asks(kept, false, "").0, None);
    assert_eq!(asks(kept, true, "").0, Some(Code::FlowRefused), "the work is told by who has read it");
    assert_eq!(asks(kept, false, r#","read":["payroll"]"#).0, Some(Code::BeyondGrant));
    let (refused, grant, mut world) = asks(passed, true, r#","read":["payroll"]"#);
    assert_eq!(refused, None);
    let grant = grant.unwrap();
    world.take(grant, 'o');
    let facts = world.facts_by(grant, 'o');
    let read = Attempt { grant, ..world.attempt_command(payroll(&world)) };
    allowed(&world.run(&Command::Attempt(Box::new(read)), &facts));
    // An agent of a zone that the rule does not name gets nothing of whoever has touched it.
    let rule = r#"{"kind":"rule","name":"payroll-stays","flow":{"classes":["payroll"]}}"#;
    world.documents(&[rule]);
    let root = world.grant();
    let afar = world.hand_on(root, r#"{"purpose":"p","delegate":"afar","grant":[{"tools":["mail/search"]}]}"#);
    assert_eq!(code(&afar), Code::FlowRefused);
}
