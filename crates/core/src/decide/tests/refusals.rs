//! Every code, by the smallest difference that brings it: what is as it should be passes, what is not says this code.

use super::prelude::*;
use super::world::*;
use crate::json::Pointer;

/// What passes, and what does not.
type Case = fn() -> (Decided, Decided);

/// All codes that a decision says: as a reason, or as the reason of an ending that it writes.
fn codes(decided: &Decided) -> Vec<Code> {
    let endings = decided.events.iter().filter_map(|event| match &event.data {
        Data::GrantEnded(ended) => Some(ended.why),
        Data::TaskEnded(ended) => Some(ended.why),
        _ => None,
    });
    decided.reasons.iter().map(|reason| reason.code).chain(endings).collect()
}

fn check(code: Code, case: Case) {
    let (yes, no) = case();
    assert_ne!(yes.verdict, Verdict::Deny, "what should pass does not: {yes:?}");
    assert!(!codes(&yes).contains(&code), "what should pass says {code}: {yes:?}");
    assert!(codes(&no).contains(&code), "expected {code}, found {no:?}");
}

macro_rules! cases {
    ($($code:ident: $name:ident = $case:expr;)*) => {
        /// The test that proves each code.
        pub(super) const CASES: &[(Code, &str)] = &[$((Code::$code, stringify!($name)),)*];
        $(#[test] fn $name() { check(Code::$code, $case); })*
    };
}

/// One world, asked twice: as it is, and after `change` has touched it, the attempt or the facts.
fn but_for(mut world: World, action: Action, change: fn(&mut World, &mut Attempt, &mut Facts)) -> (Decided, Decided) {
    let mut facts = world.facts_of('a');
    let mut attempt = world.attempt_command(action);
    let yes = world.ask(&Command::Attempt(Box::new(attempt.clone())), &facts);
    change(&mut world, &mut attempt, &mut facts);
    facts.now = facts.now.max(world.now);
    (yes, world.ask(&Command::Attempt(Box::new(attempt)), &facts))
}

fn paying(change: fn(&mut World, &mut Attempt, &mut Facts)) -> (Decided, Decided) {
    let world = World::ready();
    let action = world.payment("10");
    but_for(world, action, change)
}

/// A first act of each, then another.
fn then(first: fn(&mut World) -> Decided, second: fn(&mut World) -> Decided) -> (Decided, Decided) {
    let mut world = World::ready();
    (first(&mut world), second(&mut world))
}

/// An act, and an ending that is nobody's: it says this and does not say that the work is complete.
fn ended_by_the_node(why: Code) -> (Decided, Decided) {
    let mut world = World::ready();
    let facts = world.facts_of('a');
    let yes = world.pay("10");
    let ended = world.run(&Command::EndTask { who: Ender::Node, why }, &facts);
    assert!(!codes(&ended).contains(&Code::Completed), "{ended:?}");
    (yes, ended)
}

fn seen(world: &mut World, identity: &str, standing: Standing) {
    let changed =
        PinnedTool { pin: digest("new words"), ..pinned("bank/pay", Effect::Transfer, Egress::None, standing) };
    let server = ServerName::parse("bank").unwrap();
    world.govern(ControlCommand::Pin { server, identity: digest(identity), tools: vec![changed] });
}

/// What is asked to be handed on to `other`, once as it can be had and once as it cannot.
fn handing_on(yes: &str, no: &str) -> (Decided, Decided) {
    let mut world = World::ready();
    let root = world.grant();
    let request = |rest: &str| format!(r#"{{"purpose":"p",{rest}}}"#);
    (world.clone().hand_on(root, &request(yes)), world.hand_on(root, &request(no)))
}

const MAIL: &str = r#""delegate":"other","grant":[{"tools":["mail/search"]}]"#;

cases! {
    CallerUnknown: a_grant_answers_its_holder_only = || paying(|_, _, facts| {
        facts.caller.as_mut().unwrap().agent = agent("other");
    });
    KeyNotBound: a_grant_answers_one_key_only = || paying(|_, _, facts| {
        facts.caller.as_mut().unwrap().key = caller("payer", 'b').key;
    });
    ProofReplayed: a_proof_is_used_once = || paying(|world, attempt, facts| {
        let first = Attempt { action: world.action("mail/search", "{}"), ..attempt.clone() };
        allowed(&world.run(&Command::Attempt(Box::new(first)), facts));
    });
    EpochPassed: a_token_of_an_earlier_epoch_is_dead = || paying(|_, attempt, _| attempt.epoch -= 1);
    TaskEnded: nothing_begins_after_the_task_ended = || paying(|world, _, _| {
        world.revoke();
    });
    GrantEnded: nothing_begins_after_the_agent_was_suspended = || paying(|world, _, _| world.suspend(false));
    WindowNotOpen: nothing_begins_before_the_window_opens = || {
        let mut world = World::ready();
        let grant = world.mint_child("other", |envelope| envelope.window.not_before = DAWN.after(Span::minutes(5)));
        world.fold_bound(grant, 'o');
        let mut facts = world.facts_of_other('o');
        let attempt = Attempt { grant, ..world.attempt_command(world.action("mail/search", "{}")) };
        let command = Command::Attempt(Box::new(attempt));
        let no = world.ask(&command, &facts);
        facts.now = DAWN.after(Span::minutes(5));
        (world.ask(&command, &facts), no)
    };
    WindowClosed: nothing_begins_once_the_window_closed = || {
        let mut world = World::ready();
        world.pass(Span(Span::hours(1).0 - 1));
        let yes = world.clone().pay("10");
        world.pass(Span(1));
        (yes, world.pay("10"))
    };
    TenantStopped: nothing_starts_while_all_work_is_stopped = || {
        let mut world = World::new();
        let yes = world.clone().start("pay-invoice");
        world.stop(false);
        (yes, world.start("pay-invoice"))
    };
    AgentInactive: nothing_starts_for_a_suspended_agent = || {
        let mut world = World::new();
        let yes = world.clone().start("pay-invoice");
        world.suspend(false);
        (yes, world.start("pay-invoice"))
    };
    ContextChanged: a_grant_is_over_once_its_agent_is_another = || {
        let mut world = World::ready();
        let yes = world.pay("10");
        world.documents(&[&super::context::payer("zone", "partner")]);
        (yes, world.tick())
    };
    PersonLeft: a_grant_is_over_once_its_person_left = || {
        let mut world = World::ready();
        let yes = world.pay("10");
        world.remove("person", "anna");
        (yes, world.tick())
    };
    NotAvailable: a_tool_that_the_envelope_does_not_name_is_not_available =
        || then(|world| world.call("mail/search"), |world| world.call("bank/hidden"));
    UnderReview: a_changed_tool_waits_for_review = || paying(|world, _, _| seen(world, "bank", Standing::Changed));
    ServerChanged: another_server_behind_the_same_name_waits_for_review =
        || paying(|world, _, _| seen(world, "another bank", Standing::Changed));
    QuestionPassed: an_answer_that_comes_under_something_else_is_not_passed_on =
        || paying(|_, attempt, _| attempt.refused = Some(Reason::new(Code::QuestionPassed)));
    OwnAddress: what_the_node_is_reached_at_is_no_destination =
        || paying(|_, attempt, _| attempt.refused = Some(Reason::new(Code::OwnAddress)));
    Declined: what_was_declined_is_a_refusal =
        || paying(|_, attempt, _| attempt.refused = Some(Reason::new(Code::Declined)));
    ToolNotGranted: a_child_never_has_more_tools_than_its_parent = || {
        let mut world = World::ready();
        let grant = world.mint_child("other", |envelope| {
            envelope.rows[0].tools.push(ToolPattern::parse("bank/hidden").unwrap());
        });
        world.take(grant, 'o');
        let facts = world.facts_of_other('o');
        let attempt = |world: &World, name| Attempt { grant, ..world.attempt_command(world.action(name, "{}")) };
        let yes = world.ask(&Command::Attempt(Box::new(attempt(&world, "mail/search"))), &facts);
        (yes, world.ask(&Command::Attempt(Box::new(attempt(&world, "bank/hidden"))), &facts))
    };
    ArgumentMalformed: a_call_that_its_tool_does_not_take_is_malformed = || paying(|_, attempt, _| {
        let at = Pointer::parse("/iban").unwrap();
        attempt.refused = Some(Reason::new(Code::ArgumentMalformed).at(&at).asked("expected a string, found a number"));
    });
    EffectNotGranted: a_tool_named_for_one_effect_has_no_other =
        || then(|world| world.call("bank/note"), |world| world.call("bank/list"));
    ConsentMissing: privileged_effects_wait_for_the_second_act = || {
        let mut world = World::new();
        world.start("pay-invoice");
        world.bind('a');
        let no = world.pay("10");
        world.consent();
        (world.pay("10"), no)
    };
    ArgumentNotGranted: an_argument_outside_its_condition_is_refused = || paying(|world, attempt, _| {
        attempt.action = world.action("bank/pay", r#"{"amount":"10","iban":"GB82WEST12345698765432"}"#);
    });
    DelegationNotGranted: work_goes_to_whom_the_grant_names =
        || handing_on(MAIL, r#""delegate":"afar","grant":[{"tools":["mail/search"]}]"#);
    DelegateInLineage: work_is_not_handed_back =
        || handing_on(MAIL, r#""delegate":"payer","grant":[{"tools":["mail/search"]}]"#);
    BeyondGrant: what_is_handed_on_is_held =
        || handing_on(MAIL, r#""delegate":"other","grant":[{"tools":["bank/hidden"]}]"#);
    CoordinatesOnly: who_coordinates_writes_nothing_that_is_not_named = || {
        let mut world = World::new();
        world.documents(&[
            r#"{"kind":"agent","name":"payer","owner":"otto","contact":"otto","run_by":"own","autonomy":"coordinate","role":"payer","review":"2030-01-01"}"#,
            r#"{"kind":"template","name":"broad","purpose":"upkeep","intent":"Keep the books","start":{"who":["anyone"],"agents":["payer"]},
                "grant":[{"tools":["bank/n*"],"effects":["read","write"]},{"tools":["bank/order"],"effect":"write"}]}"#,
        ]);
        world.start("broad");
        world.bind('a');
        (world.call("bank/order"), world.call("bank/note"))
    };
    TooFarHanded: what_is_critical_is_not_handed_on = || {
        let mut world = World::ready();
        let grant = world.mint_child("other", |_| ());
        world.bind_grant(grant, 'o');
        let by_other = |world: &mut World| {
            let facts = world.facts_of_other('o');
            let attempt = Attempt { grant, ..world.attempt_command(world.payment("1")) };
            world.ask(&Command::Attempt(Box::new(attempt)), &facts)
        };
        let yes = by_other(&mut world);
        world.documents(&[
            r#"{"kind":"tool","tool":"bank/pay","effect":"transfer","reversibility":"irreversible","impact":"critical"}"#,
        ]);
        (yes, by_other(&mut world))
    };
    GrantsSpent: one_holder_hands_on_to_so_many_at_once = || {
        let mut world = World::ready();
        let root = world.grant();
        let request = format!(r#"{{"purpose":"p",{MAIL}}}"#);
        let last = (0..CHILDREN_MAX).map(|_| world.hand_on(root, &request)).last();
        (last.unwrap(), world.hand_on(root, &request))
    };
    RoleNotGranted: the_baseline_role_bounds_every_grant = || paying(|world, _, _| {
        world.documents(&[r#"{"kind":"role","name":"payer","allow":[{"tools":["bank/pay"],"effects":["read"]}]}"#]);
    });
    PolicyNotPermitted: no_permit_is_a_no = || paying(|world, _, _| world.policy = Says(Answer::Nothing));
    PolicyForbidden: a_forbid_is_a_no =
        || paying(|world, _, _| world.policy = Says(Answer::Forbid(vec!["no-payments".to_owned()])));
    PolicyBroken: a_policy_that_errs_is_a_no = || paying(|world, _, _| {
        world.policy = Says(Answer::Broken { rule: "limits".to_owned(), why: "no attribute".to_owned() });
    });
    EngineFailed: an_engine_outside_that_fails_is_a_no =
        || (super::outside::comes_to(EngineVerdict::Nothing), super::outside::comes_to(EngineVerdict::Failed));
    MeasureUnknown: an_amount_that_could_not_be_read_is_never_zero =
        || paying(|_, attempt, _| attempt.action.measures[0].amount = Reading::Unknown);
    UnitNotGranted: money_of_a_unit_that_no_meter_names_is_refused = || paying(|_, attempt, _| {
        attempt.action.measures[0].unit = Reading::Known(Unit::parse("USD").unwrap());
    });
    OverEach: one_act_stays_within_the_limit_of_each = || then(|world| world.pay("10"), |world| world.pay("500.01"));
    OverDestination: what_goes_to_one_destination_is_bounded = || {
        let mut world = World::spread();
        let yes = world.pay_to("60", Some("b"));
        world.pay_to("60", Some("a"));
        (yes, world.pay_to("40.01", Some("a")))
    };
    OverTotal: all_acts_stay_within_the_total = || then(|world| world.pay("250"), |world| world.pay("250.01"));
    OverWindow: a_rolling_limit_refuses_what_is_past_it = || {
        let mut world = World::ready();
        let last = [(); 3].map(|()| world.call("bank/note"))[2].clone();
        (last, world.call("bank/note"))
    };
    MandateNotGiven: a_mandate_is_for_whom_it_names = || {
        let mut world = World::with_mandate();
        let start = World::start_command("pay-monthly");
        let facts = world.facts();
        let ask = |world: &World, start: &Start| world.ask(&Command::Start(Box::new(start.clone())), &facts);
        let for_another = Start { subject: Some("customer-18".to_owned()), ..start.clone() };
        (ask(&world, &start), ask(&world, &for_another))
    };
    MandateUnit: money_that_the_mandate_is_not_in_is_not_drawn = || {
        let mut world = World::with_mandate();
        let yes = world.clone().start("pay-monthly");
        world.documents(&[&MANDATE.replace("EUR", "USD")]);
        (yes, world.start("pay-monthly"))
    };
    OverMandate: no_more_is_drawn_than_is_left_of_the_mandate = || {
        let mut world = World::drawing();
        world.another();
        let yes = world.start("pay-monthly");
        world.another();
        (yes, world.start("pay-monthly"))
    };
    UsesSpent: uses_are_counted = || {
        let mut world = World::ready();
        let last = [(); 5].map(|()| world.pay("1"))[4].clone();
        (last, world.pay("1"))
    };
    OneAtATime: acts_whose_size_only_the_result_tells_go_one_at_a_time =
        || then(|world| world.call("bank/export"), |world| world.call("bank/export"));
    TooManyOpen: a_grant_has_so_many_open_acts_and_no_more = || {
        let mut world = World::broad();
        let last = (0..OPEN_PER_GRANT_MAX).map(|_| world.call("mail/search")).last().unwrap();
        (last, world.call("mail/search"))
    };
    TaskFull: a_full_task_begins_nothing = || {
        let mut world = World::ready();
        world.task.seq = EVENTS_MAX - 1_025;
        let yes = world.ask(&Command::Attempt(Box::new(world.attempt_command(world.payment("1")))), &world.clone().facts_of('a'));
        world.task.seq += 1;
        let facts = world.facts_of('a');
        (yes, world.ask(&Command::Attempt(Box::new(world.attempt_command(world.payment("1")))), &facts))
    };
    KeyReused: one_key_names_one_act = || {
        let mut world = World::ready();
        let first = world.keyed_payment("10", "k");
        let other = world.keyed_payment("11", "k");
        (world.attempt(first), world.attempt(other))
    };
    KeysSpent: a_task_remembers_so_many_keys_and_no_more = || {
        let mut world = World::ready();
        let grant = world.grant();
        let remembered = |n: usize| ((grant, digest(&n.to_string())), (digest("act"), 0));
        world.task.keys.extend((1..KEYS_MAX).map(remembered));
        let (last, past) = (world.keyed_payment("10", "last"), world.keyed_payment("10", "past"));
        (world.attempt(last), world.attempt(past))
    };
    BreakerOpen: calls_that_a_fault_cut_off_are_refused = || {
        paying(|world, _, _| {
            let rule = r#"{"kind":"rule","name":"calm","breaker":{"per":"tool","on":"failures","most":3,"over":"1m"}}"#;
            world.documents(&[rule]);
            let (rule, whose) = (RoleName::parse("calm").unwrap(), Whose::Tool(tool("bank/pay")));
            world.govern(ControlCommand::OpenBreaker { rule, whose, counted: 3 });
        })
    };
    RateSpent: a_rate_that_is_used_up_is_a_no =
        || paying(|_, _, facts| facts.rates.push(Rate { scope: "agent".to_owned(), within: false }));
    ReferentUnread: what_could_not_be_seen_is_not_done = || {
        paying(|_, attempt, _| attempt.refused = Some(Reason::new(Code::ReferentUnread)))
    };
    ReferentChanged: a_version_that_is_not_the_one_that_stands_is_refused = || {
        paying(|_, attempt, _| attempt.refused = Some(Reason::new(Code::ReferentChanged)))
    };
    TwinInDoubt: the_same_act_waits_while_one_is_in_doubt = || {
        let mut world = World::ready();
        let first = world.pay("10");
        world.doubt(allowed(&first));
        (first, world.pay("10"))
    };
    ApprovalNeeded: past_the_threshold_somebody_is_to_be_asked =
        || then(|world| world.clone().pay("300"), |world| world.pay("300.01"));
    ApprovalUnavailable: who_cannot_be_asked_has_not_said_yes =
        || then(|world| world.clone().pay("300"), |world| world.pay("300.01"));
    SecondPersonNeeded: who_wanted_it_does_not_say_alone_that_nothing_was_done = || {
        let mut world = World::ready();
        let act = allowed(&world.pay("10"));
        world.doubt(act);
        let says = |world: &mut World, person: &str| {
            let leaf = world.task.acts[&act].leaf;
            let (measured, evidence) = (Vec::new(), "the statement of that day".to_owned());
            let said = SettleDoubt { act, leaf, by: by(person), done: false, measured, evidence };
            let facts = world.facts();
            world.ask(&Command::SettleDoubt(Box::new(said)), &facts)
        };
        (says(&mut world, "otto"), says(&mut world, "anna"))
    };
    OfferNotNarrower: nobody_offers_more_than_was_asked = || {
        let mut world = World::with_passkeys();
        let approval = waits(&world.pay("400"));
        let offers = |amount: &str| world.clone().offer(approval, "otto", &format!(r#"{{"amount":"{amount}"}}"#));
        (offers("10"), offers("401"))
    };
    TaskHeld: a_task_that_somebody_holds_is_not_erased = || {
        let of = |decided: ControlDecided| match decided.refused {
            Some(reason) => Decided::deny(reason),
            None => Decided::done(decided.events),
        };
        let (mut world, task, reason) = (World::ready(), TaskId::new([3; 16]), "case 17".to_owned());
        let said = EraseTask { by: by("otto"), listed: false, reason: reason.clone(), task };
        let yes = of(world.clone().govern(ControlCommand::Erase(Box::new(said.clone()))));
        world.govern(ControlCommand::Hold(Box::new(HoldTask { by: by("otto"), gone: false, hold: None, reason, task })));
        (yes, of(world.govern(ControlCommand::Erase(Box::new(said)))))
    };
    NotPossible: an_act_that_never_began_cannot_be_settled = || {
        let mut world = World::ready();
        let act = allowed(&world.pay("10"));
        (world.clone().done(act, &[]), world.done(act + 1, &[]))
    };
    Revoked: a_revocation_says_that_it_is_one = || then(|world| world.pay("10"), World::revoke);
    RefusedTooOften: a_grant_ends_once_it_was_refused_too_often = || {
        let mut world = World::ready();
        let grant = world.grant();
        world.task.grants.get_mut(&grant).unwrap().refused = REFUSALS_MAX - 2;
        assert!(!codes(&world.call("bank/list")).contains(&Code::RefusedTooOften));
        (world.clone().pay("10"), world.call("bank/hidden"))
    };
    MeterExceeded: a_result_past_the_meter_ends_the_grant = || {
        let mut world = World::ready();
        let act = allowed(&world.call("bank/export"));
        (world.clone().done(act, &[(Unit::records(), "1000")]), world.done(act, &[(Unit::records(), "1001")]))
    };
    ClassNotGranted: what_a_grant_does_not_let_its_holder_read_is_not_read = || paying(|_, attempt, _| {
        attempt.action.classes = vec![DataClass::parse("payroll").unwrap()];
    });
    FlowRefused: what_was_touched_stays_where_a_rule_keeps_it = || paying(|world, attempt, _| {
        let class = DataClass::parse("internal").unwrap();
        let rule = r#"{"kind":"rule","name":"stays","flow":{"classes":["internal"]}}"#;
        world.documents(&[rule]);
        let read = Action { classes: vec![class], ..world.action("mail/search", "{}") };
        allowed(&world.attempt(read));
        attempt.action.egress = Egress::Open;
        attempt.action.destination = None;
        world.control.tools.get_mut(&attempt.action.tool).unwrap().pinned.egress = Egress::Open;
    });
    SourceNotGranted: a_value_comes_from_where_the_grant_lets_it = || {
        let row = |from: &str| format!(r#"{{"tools":["bank/note"],"effect":"write","from":{{"/iban":[{from}]}}}}"#);
        let asked = |from: &str| {
            let mut world = super::sources::with_row(&row(from));
            let note = super::sources::note_to(&world, IBAN);
            world.attempt(note)
        };
        (asked(r#""intent","unknown""#), asked(r#""intent","own""#))
    };
    SourceNotEnough: what_nobody_vouched_for_waits_for_a_yes = || {
        let mut world = World::with_passkeys();
        let yes = super::sources::note_to(&world, IBAN);
        let no = super::sources::note_to(&world, "GB33BUKB20201555555555");
        (world.attempt(yes), world.attempt(no))
    };
    ConsentAged: an_old_consent_is_not_enough_for_what_is_at_stake = || {
        let mut world = super::ageing::aged();
        let yes = world.pay("10");
        super::ageing::later(&mut world, 60);
        (yes, world.pay("11"))
    };
    ChangedSinceSeen: people_who_saw_another_version_are_asked_anew = || {
        let mut world = World::with_passkeys();
        let yes = world.pay("10");
        super::referents::act(&mut world, "400", Some("1"));
        (yes, super::referents::act(&mut world, "400", Some("2")))
    };
    ApprovalRefused: a_no_is_told = || {
        let mut world = World::with_passkeys();
        let yes = world.pay("10");
        let approval = waits(&world.pay("400"));
        world.refuse_approval(approval, "otto");
        (yes, world.pay("400"))
    };
    GoalRefused: two_noes_end_what_asks_a_third_time = || {
        let mut world = World::with_passkeys();
        let yes = world.pay("10");
        for _ in 0..2 {
            let approval = waits(&world.pay("400"));
            world.refuse_approval(approval, "otto");
            world.pay("400");
        }
        (yes, world.pay("400"))
    };
    ApprovalsSpent: a_task_asks_people_so_often_and_no_more = || {
        let mut world = World::with_passkeys();
        let yes = world.clone().pay("400");
        world.task.asked.reviews = REVIEWS_MAX;
        (yes, world.pay("400"))
    };
    TooManyWishes: what_was_asked_for_is_answered_before_more_is = || {
        let mut world = World::ready();
        let wish = |world: &mut World, number: usize| {
            let facts = world.facts_of('a');
            let (grant, wanted) = (world.grant(), format!("wish {number}"));
            world.run(&Command::Wish(Box::new(Wish { grant, epoch: 1, tools: Vec::new(), wanted })), &facts)
        };
        let yes = wish(&mut world, 0);
        for number in 1..WISHES_OPEN_MAX {
            wish(&mut world, number);
        }
        (yes, wish(&mut world, WISHES_OPEN_MAX))
    };
    TooManyAsked: what_is_open_is_answered_before_more_is_asked = || {
        let mut world = World::with_passkeys();
        let yes = world.pay("400");
        world.pay("401");
        world.pay("402");
        (yes, world.pay("403"))
    };
    MandateEnded: a_task_is_over_with_the_mandate_that_it_draws_on = || {
        let mut world = World::drawing();
        let yes = world.pay("10");
        world.remove("mandate", "household");
        (yes, world.tick())
    };
    Completed: a_holder_says_that_the_work_is_complete = || {
        let mut world = World::ready();
        let facts = world.facts_of('a');
        let yes = world.pay("10");
        (yes, world.run(&Command::EndTask { who: Ender::Holder, why: Code::Completed }, &facts))
    };
    ClientGone: who_is_gone_without_a_word_has_completed_nothing = || ended_by_the_node(Code::ClientGone);
    ServerGone: a_task_whose_server_is_not_there_is_not_complete = || ended_by_the_node(Code::ServerGone);
    NodeStopped: a_node_that_stops_completes_nothing = || ended_by_the_node(Code::NodeStopped);
}

#[test]
fn a_grant_answers_one_instance_only() {
    check(Code::KeyNotBound, || {
        paying(|_, _, facts| facts.caller.as_mut().unwrap().instance = InstanceId::parse("another").unwrap())
    });
}

#[test]
fn what_was_read_for_another_server_is_not_sent_to_this_one() {
    check(Code::ServerChanged, || paying(|_, attempt, _| attempt.action.server = digest("another bank")));
}

#[test]
fn the_record_of_a_refusal_has_no_value_of_a_condition_and_its_holder_is_told_it() {
    let mut world = World::ready();
    let decided = world.attempt(world.action("bank/pay", r#"{"amount":"10","iban":"GB82WEST12345698765432"}"#));
    assert!(decided.reasons[0].to_string().contains("DE89370400440532013000"), "{decided:?}");
    let clear = String::from_utf8(decided.events[0].clear(None).unwrap()).unwrap();
    assert!(clear.contains("equals") && !clear.contains("DE89"), "{clear}");
    assert!(matches!(&decided.events[0].data, Data::ActionRefused(refused) if refused.reasons[0].allowed.is_none()));
}
