//! The control stream: who may do what is itself decided, and what was seen is never what was reviewed.

use super::prelude::*;
use super::world::*;

pub(super) fn bank() -> ServerName {
    ServerName::parse("bank").unwrap()
}

/// A person takes these of the bank, as the server of this identity.
pub(super) fn review(world: &mut World, identity: &str, tools: Vec<PinnedTool>) -> ControlDecided {
    let (accepted, by) = (Vec::new(), by("otto"));
    world.govern(ControlCommand::Review { accepted, by, server: bank(), identity: digest(identity), tools })
}

pub(super) fn pin(world: &mut World, identity: &str, tools: Vec<PinnedTool>) -> ControlDecided {
    world.govern(ControlCommand::Pin { server: bank(), identity: digest(identity), tools })
}

fn refused(decided: &ControlDecided) -> Code {
    assert!(decided.events.is_empty() && decided.blobs.is_empty(), "{decided:?}");
    decided.refused.as_ref().expect("a refusal").code
}

pub(super) fn changed(name: &str, standing: Standing) -> PinnedTool {
    PinnedTool { pin: digest("new words"), ..pinned(name, Effect::Read, Egress::None, standing) }
}

#[test]
fn an_agent_that_was_offboarded_is_not_resumed_until_it_is_described_anew() {
    let mut world = World::ready();
    let go = || ControlCommand::Offboard { by: by("otto"), agent: agent("payer") };
    let resume = || ControlCommand::Agent { by: by("otto"), agent: agent("payer"), active: true };
    world.suspend(false);
    let since = world.control.agents[&agent("payer")].suspended;
    assert_eq!(world.govern(go()).events.len(), 1);
    assert_eq!(world.control.agents[&agent("payer")].suspended, since, "it had no authority since then");
    assert!(world.govern(go()).events.is_empty(), "once");
    let refused = world.govern(resume()).refused.unwrap();
    assert_eq!(refused.code, Code::NotPossible);
    let described = super::context::payer("zone", "partner");
    world.documents(&[&described]);
    assert_eq!(
        world.govern(resume()).refused.map(|reason| reason.code),
        Some(Code::NotPossible),
        "a change is no return"
    );
    world.remove("agent", "payer");
    world.documents(&[&described]);
    assert_eq!(world.govern(resume()).refused, None);
    assert!(world.control.agents[&agent("payer")].active);
}

#[test]
fn a_tenant_is_opened_once_and_first() {
    let facts = World::new().facts();
    let stop = ControlCommand::Tenant { by: by("otto"), running: false };
    let nothing = ControlState::default();
    assert_eq!(refused(&decide_control(&nothing, &crate::UnreadPolicies, &stop, &facts)), Code::NotPossible);
    let open = ControlCommand::Open { name: "x".to_owned(), origin: "x".to_owned(), epoch: 9 };
    assert_eq!(refused(&World::new().govern(open)), Code::NotPossible);
}

#[test]
fn what_changes_nothing_is_not_written() {
    let mut world = World::new();
    let role = r#"{"kind":"role","name":"empty","allow":[]}"#;
    assert_eq!((world.documents(&[role]).events.len(), world.documents(&[role]).events.len()), (1, 0));
    let running = ControlCommand::Tenant { by: by("otto"), running: true };
    assert!(world.govern(running).events.is_empty());
    assert!(
        world.govern(ControlCommand::Agent { by: by("otto"), agent: agent("payer"), active: true }).events.is_empty()
    );
    assert!(pin(&mut world, "bank", Vec::new()).events.is_empty());
}

#[test]
fn everything_narrows_but_what_only_widens() {
    let mut world = World::new();
    let person = |roles: &str| format!(r#"{{"kind":"person","name":"new","roles":[{roles}]}}"#);
    assert!(!world.documents(&[&person("")]).narrows);
    assert!(world.documents(&[&person("\"clerk\"")]).narrows, "a change is not an addition");
    assert!(world.documents(&[r#"{"kind":"role","name":"new","allow":[]}"#]).narrows);
    assert!(world.documents(&[r#"{"kind":"policy","name":"new","cedar":""}"#]).narrows);
    assert!(world.remove("person", "new").narrows);
    assert!(world.govern(ControlCommand::Agent { by: by("otto"), agent: agent("payer"), active: false }).narrows);
    assert!(world.govern(ControlCommand::Tenant { by: by("otto"), running: false }).narrows);
    assert!(pin(&mut world, "bank", vec![changed("bank/pay", Standing::Changed)]).narrows);
    let heads = ControlCommand::Heads { root: digest("heads"), count: 1, size: 1 };
    assert!(!world.govern(heads).narrows);
    world.replay();
}

#[test]
fn a_reference_to_nothing_is_refused_and_named() {
    for (text, missing) in [
        (
            r#"{"kind":"agent","name":"x","owner":"o","contact":"c","run_by":"own","autonomy":"execute","role":"none","review":"2030-01-01"}"#,
            "role none",
        ),
        (r#"{"kind":"tool","tool":"none/x","effect":"read","reversibility":"read-only"}"#, "server none"),
        (
            r#"{"kind":"template","name":"x","purpose":"p","intent":"x","start":{"who":["anyone"],"agents":["none"]},"grant":[{"tools":["bank/x"]}]}"#,
            "agent none",
        ),
        (
            r#"{"kind":"template","name":"x","purpose":"p","intent":"x","start":{"who":["anyone"],"agents":["payer"]},"grant":[{"tools":["bank/x"]}],"delegate":{"agents":["none"]}}"#,
            "agent none",
        ),
        (
            r#"{"kind":"template","name":"x","purpose":"p","intent":"x","start":{"who":["anyone"],"agents":["payer"]},"grant":[{"tools":["none/x"]}]}"#,
            "server none",
        ),
    ] {
        let decided = World::new().documents(&[text]);
        assert_eq!(refused(&decided), Code::NotPossible);
        let asked = decided.refused.unwrap().asked.unwrap();
        assert!(asked.contains(missing), "{asked}");
    }
}

#[test]
fn a_role_that_bounds_an_agent_does_not_go_away_under_it() {
    let mut world = World::new();
    assert_eq!(refused(&world.remove("role", "payer")), Code::NotPossible);
    let agents = ["payer", "other", "third", "afar"].map(|name| ("agent", name));
    let removed: Vec<_> = [("role", "payer")].into_iter().chain(agents).collect();
    let removed = removed.into_iter().map(|(kind, name)| (kind.to_owned(), name.to_owned())).collect();
    let decided = world.govern(ControlCommand::Apply { by: by("otto"), documents: Vec::new(), removed });
    assert_eq!((decided.refused, world.control.roles.len()), (None, 0));
}

#[test]
fn one_document_is_given_once_and_not_removed_in_the_same_breath() {
    let mut world = World::new();
    let role = r#"{"kind":"role","name":"twice","allow":[]}"#;
    assert_eq!(refused(&world.documents(&[role, role])), Code::NotPossible);
    let (documents, removed) = (vec![document(role)], vec![("role".to_owned(), "twice".to_owned())]);
    let both = ControlCommand::Apply { by: by("otto"), documents, removed };
    assert_eq!(refused(&world.govern(both)), Code::NotPossible);
}

#[test]
fn an_unknown_server_or_agent_is_not_available() {
    let mut world = World::new();
    let none = ServerName::parse("none").unwrap();
    let pin = ControlCommand::Pin { server: none.clone(), identity: digest("x"), tools: Vec::new() };
    let review = ControlCommand::Review {
        accepted: Vec::new(),
        by: by("otto"),
        server: none,
        identity: digest("x"),
        tools: Vec::new(),
    };
    let suspend = ControlCommand::Agent { by: by("otto"), agent: agent("none"), active: false };
    for command in [pin, review, suspend] {
        assert_eq!(refused(&world.govern(command)), Code::NotAvailable);
    }
}

#[test]
fn what_was_found_and_accepted_is_of_tools_that_are_taken() {
    let mut world = World::new();
    let tools = vec![pinned("bank/pay", Effect::Transfer, Egress::Open, Standing::Reviewed)];
    let mut review = |of: &str| {
        let accepted = vec![Accepted { code: "instructs".to_owned(), tool: ToolId::parse(of).unwrap() }];
        let (by, server, identity) = (by("otto"), bank(), digest("bank"));
        world.govern(ControlCommand::Review { accepted, by, server, identity, tools: tools.clone() })
    };
    assert_eq!(refused(&review("bank/balance")), Code::NotAvailable);
    let Data::ControlReviewed(reviewed) = &review("bank/pay").events[0].data else { panic!() };
    assert_eq!(reviewed.accepted.len(), 1);
}

#[test]
fn a_server_never_speaks_of_anothers_tools() {
    let mut world = World::new();
    let foreign = vec![pinned("mail/search", Effect::Read, Egress::None, Standing::FirstUse)];
    assert_eq!(refused(&pin(&mut world, "bank", foreign.clone())), Code::NotPossible);
    let review = ControlCommand::Review {
        accepted: Vec::new(),
        by: by("otto"),
        server: bank(),
        identity: digest("bank"),
        tools: foreign,
    };
    assert_eq!(refused(&world.govern(review)), Code::NotPossible);
}

#[test]
fn what_is_only_seen_is_never_reviewed() {
    let mut world = World::new();
    for name in ["bank/pay", "bank/new"] {
        let seen = vec![changed(name, Standing::Reviewed)];
        assert_eq!(refused(&pin(&mut world, "bank", seen)), Code::UnderReview, "{name}");
    }
}

#[test]
fn only_a_tool_that_somebody_let_in_is_usable() {
    for (standing, expected) in [
        (Standing::FirstUse, true),
        (Standing::Reworded, true),
        (Standing::New, false),
        (Standing::Changed, false),
        (Standing::Gone, false),
        (Standing::Quarantined, false),
    ] {
        let mut world = World::new();
        pin(&mut world, "bank", vec![pinned("bank/fresh", Effect::Read, Egress::None, standing)]);
        assert_eq!(world.control.usable(&tool("bank/fresh")), expected, "{standing:?}");
    }
    assert!(!World::new().control.usable(&tool("bank/unknown")));
}

#[test]
fn another_server_stops_calls_until_it_is_the_old_one_or_reviewed() {
    let mut world = World::ready();
    pin(&mut world, "another bank", Vec::new());
    assert_eq!(code(&world.pay("1")), Code::ServerChanged);
    pin(&mut world, "bank", Vec::new());
    allowed(&world.pay("1"));
    pin(&mut world, "another bank", Vec::new());
    let tools = vec![pinned("bank/pay", Effect::Transfer, Egress::None, Standing::Reviewed)];
    review(&mut world, "another bank", tools);
    allowed(&world.pay("2"));
}

#[test]
fn a_persons_word_of_a_tool_counts_and_never_lowers_its_impact() {
    let mut world = World::new();
    world.documents(&[
        r#"{"kind":"tool","tool":"bank/note","effect":"transfer","reversibility":"reversible","impact":"low"}"#,
    ]);
    let nature = world.control.nature(&tool("bank/note")).unwrap();
    assert_eq!((nature.effect, nature.impact), (Effect::Transfer, Impact::High));
    world.documents(&[
        r#"{"kind":"tool","tool":"bank/note","effect":"read","reversibility":"read-only","impact":"critical"}"#,
    ]);
    assert_eq!(world.control.nature(&tool("bank/note")).unwrap().impact, Impact::Critical);
}

#[test]
fn an_action_that_was_read_under_other_words_of_a_person_waits() {
    let mut world = World::ready();
    let read = world.call("mail/search");
    allowed(&read);
    let action = world.action("mail/search", "{}");
    world.documents(&[
        r#"{"kind":"tool","tool":"mail/search","effect":"read","egress":"open","reversibility":"read-only"}"#,
    ]);
    assert_eq!(code(&world.attempt(action)), Code::UnderReview);
}

#[test]
fn the_caller_learns_nothing_of_tools_that_its_envelope_does_not_name() {
    let mut world = World::ready();
    pin(&mut world, "bank", vec![changed("bank/hidden", Standing::Changed)]);
    let schema = Reason::new(Code::ArgumentNotGranted).asked("a number").most("a string");
    let mut answers = Vec::new();
    for name in ["bank/hidden", "bank/order", "bank/unknown", "none/unknown"] {
        let mut attempt = world.attempt_command(world.action(name, "{}"));
        attempt.refused = Some(schema.clone());
        let facts = world.facts_of('a');
        let mut decided = world.ask(&Command::Attempt(Box::new(attempt)), &facts);
        assert_eq!(decided.reasons[0].asked.take().as_deref(), Some(name));
        answers.push(decided.reasons);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    assert_eq!(answers[0], [Reason::new(Code::NotAvailable)]);
}

#[test]
fn a_blob_that_is_missing_or_another_closes_the_stream() {
    let world = World::new();
    let (event, leaf) = &world.control_events[1];
    let mut state = ControlState::default();
    let missing = state.apply(event, *leaf, &std::collections::BTreeMap::new());
    assert!(matches!(missing, Err(BadFold::Blob(_))), "{missing:?}");
    let mut forged = world.blobs.clone();
    forged.values_mut().for_each(|bytes| *bytes = std::sync::Arc::from(b"{}".as_slice()));
    assert!(matches!(state.apply(event, *leaf, &forged), Err(BadFold::Blob(_))));
    assert_eq!(state.apply(event, *leaf, &world.blobs), Ok(()));
}

#[test]
fn an_event_of_one_stream_has_no_place_in_the_other() {
    let world = World::ready();
    let mut task = world.task.clone();
    assert_eq!(task.apply(&world.control_events[0].0, 9), Err(BadFold::Misplaced("control.opened")));
    let mut control = world.control.clone();
    assert_eq!(control.apply(&world.events[0].0, 9, &world.blobs), Err(BadFold::Misplaced("task.started")));
}

#[test]
fn what_is_not_there_is_not_removed() {
    let mut world = World::new();
    for (kind, name) in [
        ("agent", "nobody"),
        ("role", "none"),
        ("tool", "bank/none"),
        ("policy", "none"),
        ("widget", "x"),
        ("person", "x"),
    ] {
        let decided = world.remove(kind, name);
        assert_eq!(refused(&decided), Code::NotPossible, "{kind} {name}");
        let asked = decided.refused.unwrap().asked.unwrap_or_default();
        assert!(asked.contains(name), "{asked}");
    }
    world.documents(&[r#"{"kind":"policy","name":"new","cedar":""}"#]);
    assert_eq!(world.remove("policy", "new").events.len(), 1, "what is there goes");
    world.replay();
}

#[test]
fn an_account_is_of_one_person() {
    let mut world = World::new();
    let person = |name: &str, uid: u32| format!(r#"{{"kind":"person","name":"{name}","uid":{uid}}}"#);
    assert_eq!(refused(&world.documents(&[&person("one", 4711), &person("two", 4711)])), Code::NotPossible);
    assert_eq!(world.documents(&[&person("one", 4711)]).events.len(), 1);
    assert_eq!(refused(&world.documents(&[&person("two", 4711)])), Code::NotPossible, "acts would be of either");
    assert_eq!(world.documents(&[&person("one", 4712), &person("two", 4711)]).events.len(), 1, "handed over at once");
    world.replay();
}

#[test]
fn a_quarantined_tool_is_freed_by_a_review_and_by_nothing_that_is_seen() {
    let mut world = World::ready();
    let pay = tool("bank/pay");
    let quarantine = || ControlCommand::Quarantine { tool: tool("bank/pay"), why: Misdeed::SecretReturned, begun: 7 };
    let decided = world.govern(quarantine());
    assert!(decided.narrows && decided.events.len() == 1);
    assert_eq!(world.control.tools[&pay].quarantine, Some((Misdeed::SecretReturned, 7)));
    assert_eq!(code(&world.pay("1")), Code::UnderReview);
    assert!(world.govern(quarantine()).events.is_empty(), "once is enough");
    for standing in [Standing::Reviewed, Standing::FirstUse, Standing::Reworded, Standing::Gone] {
        let seen = vec![pinned("bank/pay", Effect::Transfer, Egress::None, standing)];
        assert_eq!(refused(&pin(&mut world, "bank", seen)), Code::UnderReview, "{standing:?}");
    }
    // new words of it are remembered beside it, and free nothing
    pin(&mut world, "bank", vec![changed("bank/pay", Standing::Quarantined)]);
    assert_eq!(code(&world.pay("1")), Code::UnderReview);
    let tools = vec![pinned("bank/pay", Effect::Transfer, Egress::None, Standing::Reviewed)];
    review(&mut world, "bank", tools);
    assert_eq!(world.control.tools[&pay].quarantine, None);
    allowed(&world.pay("1"));
    world.replay();
    let unknown = ControlCommand::Quarantine { tool: tool("bank/nothing"), why: Misdeed::SecretReturned, begun: 7 };
    assert_eq!(refused(&world.govern(unknown)), Code::NotAvailable);
}

#[test]
fn what_is_held_stays_held_when_its_document_goes_and_comes_again() {
    let mut world = World::ready();
    let (pay, bank) = (tool("bank/pay"), Document::Server(world.control.servers[&bank()].document.clone()));
    world.govern(ControlCommand::Quarantine { tool: pay.clone(), why: Misdeed::SecretReturned, begun: 7 });
    assert!(!world.control.usable(&pay));
    let before = world.control.tools[&pay].clone();
    assert_eq!(world.remove("server", "bank").refused, None);
    assert_eq!(world.control.tools.get(&pay), None);
    assert!(world.control.words().any(|words| words == before.pinned.words), "a snapshot keeps what it was");
    let text = String::from_utf8(bank.bytes()).unwrap();
    assert_eq!(world.documents(&[&text]).refused, None);
    assert_eq!(world.control.tools.get(&pay), Some(&before), "by the name that it has");
    let pinned = PinnedTool { standing: Standing::FirstUse, ..before.pinned };
    assert_eq!(refused(&pin(&mut world, "other", vec![pinned])), Code::UnderReview);
    world.suspend(false);
    let payer = Document::Agent(world.control.agents[&agent("payer")].document.clone());
    let text = String::from_utf8(payer.bytes()).unwrap();
    assert_eq!(world.remove("agent", "payer").refused, None);
    assert_eq!(world.documents(&[&text]).refused, None);
    assert!(!world.control.agents[&agent("payer")].active, "to resume it is an act of its own");
    world.suspend(true);
    assert!(world.control.agents[&agent("payer")].active);
    world.replay();
}

#[test]
fn keys_turn_forward_alone_and_nobody_undoes_a_turn_that_it_did_not_know_of() {
    let mut world = World::ready();
    let keys = |active: u64, root: Option<u64>| {
        let root = root.map(|root| ("root", crate::json::Json::from(root)));
        crate::json::Json::object([("active", crate::json::Json::from(active))].into_iter().chain(root))
    };
    let by_a_node = |keys| ControlCommand::Keys { by: None, keys };
    let turned = |keys| ControlCommand::Keys { by: Some(by("otto")), keys };
    for _ in 0..2 {
        assert_eq!(world.govern(by_a_node(keys(1, None))).refused, None, "nodes that begin at once record the same");
    }
    assert_eq!(world.govern(turned(keys(2, None))).refused, None);
    assert_eq!(refused(&world.govern(turned(keys(2, None)))), Code::NotPossible, "turned twice at once");
    assert_eq!(refused(&world.govern(turned(keys(1, Some(2))))), Code::NotPossible, "one falls");
    assert_eq!(refused(&world.govern(by_a_node(keys(1, None)))), Code::NotPossible);
    assert_eq!(world.govern(turned(keys(2, Some(2)))).refused, None);
    assert_eq!(refused(&world.govern(turned(keys(3, None)))), Code::NotPossible, "the root's is forgotten");
    world.replay();
}

#[test]
fn a_tenant_has_so_many_rules_and_each_stands_since_its_last_change() {
    let mut world = World::ready();
    let rule = |index: usize, on: &str| {
        format!(r#"{{"kind":"rule","name":"r{index}","notify":{{"on":["{on}"],"who":["owner"],"mail":true}}}}"#)
    };
    let rules: Vec<String> = (0..crate::Rule::COUNT_MAX).map(|index| rule(index, "task.ended")).collect();
    assert_eq!(world.documents(&rules.iter().map(String::as_str).collect::<Vec<_>>()).refused, None);
    let first = world.control.seq;
    assert_eq!(refused(&world.documents(&[&rule(64, "task.ended")])), Code::NotPossible, "one too many");
    assert_eq!(world.documents(&[&rules[1], &rule(0, "action.doubtful")]).refused, None);
    let since = |name: &str| world.control.rules[&RoleName::parse(name).unwrap()].since;
    assert_eq!((since("r0"), since("r1")), (world.control.seq, first), "what stands as it is given was not changed");
    assert_eq!(world.remove("rule", "r1").refused, None);
    assert_eq!(refused(&world.remove("rule", "r1")), Code::NotPossible);
    assert_eq!(world.documents(&[&rule(64, "task.ended")]).refused, None);
    world.replay();
}

#[test]
fn a_restored_store_begins_an_epoch_that_never_was_with_every_agent_suspended_and_nothing_that_waits() {
    let mut world = World::with_passkeys();
    world.documents(&[r#"{"kind":"person","name":"otto","roles":["administrator"]}"#]);
    let note = waits(&world.pay("400"));
    world.govern(ControlCommand::Apply {
        by: signer("anna"),
        documents: vec![document(r#"{"kind":"person","name":"bea","roles":["boss","clerk"]}"#)],
        removed: Vec::new(),
    });
    assert_eq!(world.control.proposals.len(), 1);
    let restore = |epoch| ControlCommand::Restore { by: by("otto"), epoch, before: None };
    assert_eq!(refused(&world.governs(&restore(1))), Code::NotPossible);
    let done = world.govern(restore(3));
    assert!(done.narrows && done.refused.is_none(), "{done:?}");
    assert_eq!((world.control.epoch, world.control.origin.as_str()), (3, "example/log/epoch/3"));
    assert!(world.control.agents.values().all(|entry| !entry.active));
    assert!(world.control.proposals.is_empty() && world.control.invites.is_empty());
    assert_eq!(
        code(&world.approve(note, "owner otto", "otto")),
        Code::EpochPassed,
        "nobody says yes to what was asked before"
    );
    assert_eq!(refused(&world.governs(&restore(3))), Code::NotPossible);
    world.govern(restore(4));
    assert_eq!(world.control.origin, "example/log/epoch/4");
    let ended = world.tick();
    assert!(matches!(&ended.events[0].data, Data::TaskEnded(ended) if ended.why == Code::EpochPassed), "{ended:?}");
    world.replay();
}
