//! One call from consent to outcome, on a real SQLite store: what was decided stands after a restart, byte for byte.

#![cfg(test)]

mod circuit;
mod closing;
mod elsewhere;
mod engines;
mod expired;
mod goals;
mod restored;
mod rounds;
#[path = "../world/mod.rs"]
mod world;

use bailiwick_catalogue::{Offer, Seen, compare, server_identity};
use bailiwick_core::json::Json;
use bailiwick_core::*;
use bailiwick_node::{
    Asked, Attempted, Bound, Bounds, ClockDoubt, Desk, Failure, Given, LiveControl, Node, OwnTime, Received,
};
use bailiwick_record::Guard;
use bailiwick_store::Store;
use std::sync::Arc;
use world::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_stands_after_a_restart() {
    let folder = std::env::temp_dir().join(format!("bailiwick-path-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let node = start_node(&folder, Bounds::default());
    let tenant = TenantId::new([7; 16]);
    furnish(&node, tenant).await;
    let bound = start_task(&node, tenant).await;
    let desk = Desk::new(Arc::clone(&node));

    let first = desk.attempt(&bound, pay("480.00")).await.unwrap();
    let Attempted::Forward { act, leaf, arguments, .. } = first else { panic!("{first:?}") };
    assert_eq!(arguments.get("amount").and_then(Json::as_str), Some("480.00"));
    let result = json(r#"{"content":[{"type":"text","text":"ok"}]}"#);
    let tool = ToolId::parse("bank/pay").unwrap();
    let given = desk.settle(&bound, &tool, (act, leaf), Received::Result(result.clone()), &[]).await.unwrap();
    assert_eq!(given, Given::Whole(result));
    assert_eq!(code(&desk.attempt(&bound, pay("20.01")).await.unwrap()), Some(Code::OverTotal));
    assert_eq!(code(&desk.attempt(&bound, pay("-1")).await.unwrap()), Some(Code::MeasureUnknown));

    let before = desk.task(tenant, bound.task).await.unwrap();
    node.drain().await;
    drop((desk, node));

    let node = start_node(&folder, Bounds::default());
    let desk = Desk::new(Arc::clone(&node));
    assert_eq!(desk.task(tenant, bound.task).await.unwrap(), before);
    assert_eq!(code(&desk.attempt(&bound, pay("20.01")).await.unwrap()), Some(Code::OverTotal));
    let receipt = desk.end(tenant, bound.task, None, Ender::Person(by()), Code::Revoked).await.unwrap().unwrap();
    assert_eq!(receipt.open, Vec::<u64>::new());
    assert_eq!(code(&desk.attempt(&bound, pay("1")).await.unwrap()), Some(Code::TaskEnded));
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_consent_is_told_to_the_agent_as_waiting_until_it_is_given() {
    let folder = std::env::temp_dir().join(format!("bailiwick-waiting-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let node = start_node(&folder, Bounds::default());
    let tenant = TenantId::new([7; 16]);
    furnish(&node, tenant).await;
    let bound = start_unconsented(&node, tenant).await;
    let desk = Desk::new(Arc::clone(&node));
    let list = |told: &Json, name: &str| told.get(name).and_then(Json::as_array).unwrap().to_vec();

    let told = desk.authority(&bound, |_| None).await.unwrap();
    let waiting = list(&told.structured, "waiting_rows");
    assert_eq!(told.structured.get("waits_for_consent").and_then(Json::as_bool), Some(true));
    assert_eq!((waiting.len(), list(&told.structured, "rows").len()), (1, 0), "{:?}", told.structured);
    assert!(waiting[0].as_str().unwrap().contains("bank/pay"), "{waiting:?}");
    let command = format!("bailiwick task consent {}", bound.task);
    assert!(told.text.contains("- not yet: ") && told.text.contains(&command), "{}", told.text);
    assert_eq!(code(&desk.attempt(&bound, pay("1")).await.unwrap()), Some(Code::ConsentMissing));

    consent(&node, &bound).await;
    let told = desk.authority(&bound, |_| None).await.unwrap();
    assert_eq!(told.structured.get("waits_for_consent").and_then(Json::as_bool), Some(false));
    assert_eq!(list(&told.structured, "waiting_rows"), []);
    assert_eq!(list(&told.structured, "rows"), waiting, "what waited is what is allowed");
    assert!(!told.text.contains("not yet") && !told.text.contains(&command), "{}", told.text);
    assert_eq!(code(&desk.attempt(&bound, pay("1")).await.unwrap()), None);
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_told_which_of_its_acts_are_in_doubt_until_somebody_settles_them() {
    let folder = std::env::temp_dir().join(format!("bailiwick-doubt-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let node = start_node(&folder, Bounds::default());
    let tenant = TenantId::new([7; 16]);
    furnish(&node, tenant).await;
    let bound = start_task(&node, tenant).await;
    let desk = Desk::new(Arc::clone(&node));
    let doubtful = async |desk: &Desk| {
        let told = desk.authority(&bound, |_| None).await.unwrap();
        (told.structured.get("doubtful").and_then(Json::as_array).unwrap().to_vec(), told.text)
    };
    assert_eq!(doubtful(&desk).await.0, []);
    let Attempted::Forward { act, leaf, .. } = desk.attempt(&bound, pay("480.00")).await.unwrap() else { panic!() };
    assert_eq!(doubtful(&desk).await.0, [], "what is under way is in nobody's doubt");
    let tool = ToolId::parse("bank/pay").unwrap();
    desk.settle(&bound, &tool, (act, leaf), Received::Nothing("cut off".to_owned()), &[]).await.unwrap();
    let (listed, text) = doubtful(&desk).await;
    let expected = format!(
        r#"[{{"act":"bank/pay","at":{},"charged":["480 EUR"],"event":{leaf},"settled_by":"people"}}]"#,
        listed[0].get("at").and_then(Json::as_u64).unwrap()
    );
    assert_eq!(Json::array(listed).canonical(), expected);
    let command = format!("bailiwick task settle {} {leaf} --done --evidence WORDS", bound.task);
    assert!(text.contains(&format!("- in doubt: event {leaf} (bank/pay)")) && text.contains(&command), "{text}");
    assert!(text.contains("480 EUR still charged"), "{text}");
    let bert = By { assurance: Assurance::Local, person: PersonId::parse("bert").unwrap() };
    let evidence = "the bank has none".to_owned();
    let said = SettleDoubt { act, leaf, by: bert, done: false, measured: Vec::new(), evidence };
    let facts = node.facts(0).unwrap();
    let settled = node.command(tenant, bound.task, Command::SettleDoubt(Box::new(said)), facts).await.unwrap();
    assert_eq!(settled.decided.reasons, []);
    assert_eq!(doubtful(&desk).await.0, []);
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_that_moves_no_meter_is_told_before_it_is_durable_and_what_gives_back_is_not() {
    let folder = std::env::temp_dir().join(format!("bailiwick-told-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let start = Micros(1_800_000_000_000_000);
    let store = Arc::new(bailiwick_store::MemoryStore::new(start));
    let node = Arc::new(Node::start(Arc::clone(&store) as Arc<dyn Store>, vault(&folder)).unwrap());
    let tenant = TenantId::new([7; 16]);
    furnish(&node, tenant).await;
    let bound = start_task(&node, tenant).await;
    let desk = Desk::new(Arc::clone(&node));
    let tool = ToolId::parse("bank/pay").unwrap();
    let forwarded = |attempted: Attempted| match attempted {
        Attempted::Forward { act, leaf, .. } => (act, leaf),
        other => panic!("{other:?}"),
    };
    let done = forwarded(desk.attempt(&bound, pay("300")).await.unwrap());
    let not_done = forwarded(desk.attempt(&bound, pay("200")).await.unwrap());

    store.set_gone(true);
    let paid = json(r#"{"content":[{"type":"text","text":"ok"}]}"#);
    let given = desk.settle(&bound, &tool, done, Received::Result(paid.clone()), &[]).await;
    assert_eq!(given, Ok(Given::Whole(paid)));
    let short = json(r#"{"isError":true,"content":[{"type":"text","text":"insufficient funds"}]}"#);
    let given = desk.settle(&bound, &tool, not_done, Received::Result(short), &[]).await;
    assert!(given.is_err(), "200 EUR would be free again, and nobody can know it: {given:?}");

    // What was told is written once the store is back; what was not is in doubt past its time.
    store.set_gone(false);
    node.beat().unwrap();
    let standing = || {
        let look = move |task: &TaskState, _: &LiveControl| {
            [done, not_done].map(|(act, _)| task.acts.get(&act).map(|act| act.standing.clone()))
        };
        node.look(tenant, bound.task, look)
    };
    // An act that has ended, and that no key may name again, is forgotten.
    assert_eq!(standing().await.unwrap(), [None, Some(ActStanding::Open)]);
    store.set_now(start.after(Span::minutes(2)));
    node.beat().unwrap();
    assert_eq!(standing().await.unwrap(), [None, Some(ActStanding::Doubtful)]);
    assert_eq!(code(&desk.attempt(&bound, pay("1")).await.unwrap()), Some(Code::OverTotal));
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_goes_down_while_the_store_is_away_does_not_wait_for_what_was_told() {
    let folder = std::env::temp_dir().join(format!("bailiwick-down-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = Arc::new(bailiwick_store::MemoryStore::new(Micros(1_800_000_000_000_000)));
    let node = Arc::new(Node::start(Arc::clone(&store) as Arc<dyn Store>, vault(&folder)).unwrap());
    let tenant = TenantId::new([7; 16]);
    furnish(&node, tenant).await;
    let bound = start_task(&node, tenant).await;
    let desk = Desk::new(Arc::clone(&node));
    let attempted = desk.attempt(&bound, pay("300")).await.unwrap();
    let Attempted::Forward { act, leaf, .. } = attempted else { panic!("{attempted:?}") };
    store.set_gone(true);
    let paid = json(r#"{"content":[]}"#);
    let tool = ToolId::parse("bank/pay").unwrap();
    let given = desk.settle(&bound, &tool, (act, leaf), Received::Result(paid.clone()), &[]).await;
    assert_eq!(given, Ok(Given::Whole(paid)));
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_adds_another_that_was_never_asked_anything_has_at_its_next_beat() {
    let folder = std::env::temp_dir().join(format!("bailiwick-follow-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store: Arc<dyn Store> = Arc::new(bailiwick_store::MemoryStore::new(Micros(1_800_000_000_000_000)));
    let vault = vault(&folder);
    let tenant = TenantId::new([7; 16]);
    let one = Node::start(Arc::clone(&store), Arc::clone(&vault)).unwrap();
    one.open_tenant(tenant, "default", "test/origin").await.unwrap();
    let other = Node::start(store, vault).unwrap();
    assert!(other.control(tenant).unwrap().state.templates.is_empty());
    furnish(&one, tenant).await;
    let far = one.control(tenant).unwrap().state.seq;
    other.beat().unwrap();
    // It reads on threads of its own.
    for _ in 0..1_000 {
        if other.control(tenant).unwrap().state.seq == far {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(other.control(tenant).unwrap().state, one.control(tenant).unwrap().state);
    one.drain().await;
    other.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_goes_back_under_a_running_node_allows_nothing_from_the_next_look_on() {
    let folder = std::env::temp_dir().join(format!("bailiwick-back-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = Arc::new(bailiwick_store::MemoryStore::new(Micros(1_800_000_000_000_000)));
    let vault = vault(&folder);
    let guard = Guard::open(&folder.join("checkpoints")).unwrap();
    let node = Arc::new(Node::start_guarded(Arc::clone(&store) as Arc<dyn Store>, vault, guard).unwrap());
    let tenant = TenantId::new([7; 16]);
    furnish(&node, tenant).await;
    let bound = start_task(&node, tenant).await;
    node.checkpoint(tenant).await.unwrap();
    let backup = store.backup();
    let desk = Desk::new(Arc::clone(&node));
    assert_eq!(code(&desk.attempt(&bound, pay("1")).await.unwrap()), None);
    node.keep().await.unwrap();
    assert_eq!(node.behind(tenant), None);

    store.roll_back(&backup);
    node.keep().await.unwrap();
    assert!(node.behind(tenant).unwrap().contains("went back"));
    let refused = desk.attempt(&bound, pay("1")).await;
    assert!(matches!(refused, Err(Failure::Behind(_))), "{refused:?}");
    assert!(node.checkpoint(tenant).await.is_err() && node.checkpoint_with_heads(tenant).await.is_err());
    // What is there can be looked at.
    assert!(desk.task(tenant, bound.task).await.is_ok());
    node.close().await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_grew_is_remembered_at_once_and_signed_before_the_node_ends() {
    let folder = std::env::temp_dir().join(format!("bailiwick-keep-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = bailiwick_store::open(&format!("sqlite:{}", folder.join("t.db").display())).unwrap();
    let vault = vault(&folder);
    let path = folder.join("checkpoints");
    let node = Arc::new(Node::start_guarded(store, vault, Guard::open(&path).unwrap()).unwrap());
    let tenant = TenantId::new([7; 16]);
    furnish(&node, tenant).await;
    let size = || node.store().log(tenant).unwrap().size;
    node.keep().await.unwrap();
    let remembered = || Guard::open(&path).unwrap().mark(tenant).unwrap().size;
    assert_eq!(remembered(), size());
    start_task(&node, tenant).await;
    node.keep().await.unwrap();
    assert_eq!(remembered(), size());
    let before = size();
    node.close().await.unwrap();
    assert_eq!(size(), before + 1, "the heads were committed to");
    let (signed, _) = node.store().last_checkpoint(tenant, 1).unwrap().unwrap();
    assert_eq!((signed, remembered()), (size(), size()));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_hands_a_secret_back_waits_until_a_person_reviews_it() {
    let folder = std::env::temp_dir().join(format!("bailiwick-path-secret-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let node = start_node(&folder, Bounds::default());
    let tenant = TenantId::new([8; 16]);
    furnish(&node, tenant).await;
    let bound = start_task(&node, tenant).await;
    let desk = Desk::new(Arc::clone(&node));
    let tool = ToolId::parse("bank/pay").unwrap();
    let bank = ServerName::parse("bank").unwrap();

    let Attempted::Forward { act, leaf, .. } = desk.attempt(&bound, pay("10.00")).await.unwrap() else { panic!() };
    let given = desk.settle(&bound, &tool, (act, leaf), Received::Secret { failed: false }, &[]).await.unwrap();
    assert!(matches!(given, Given::Withheld(_)), "{given:?}");
    // the server answered, so it is done and charged, and in no doubt
    let task = desk.task(tenant, bound.task).await.unwrap();
    assert_eq!((task.doubtful, task.grants[0].charged[0].2), (vec![], "10.00".parse().unwrap()));
    assert_eq!(code(&desk.attempt(&bound, pay("11.00")).await.unwrap()), Some(Code::UnderReview));
    assert_eq!(desk.shown(&bound, None).await.unwrap(), vec![], "it is not shown either");

    // that it is offered as before frees nothing; a person's review does
    let reviewed = {
        let control = node.control(tenant).unwrap();
        assert_eq!(control.state.tools[&tool].quarantine, Some((Misdeed::SecretReturned, leaf)));
        let identity = server_identity(&control.state.servers[&bank].document, &Seen::default());
        let words = control.catalogue.tool(&tool).unwrap().words.entry();
        let offer = Offer::read(&[words], vec![]);
        let compared = compare(&control.state, &bank, &identity, Mode::Cooperative, &offer, &control.blobs);
        assert_eq!(compared.tools, vec![]);
        ControlCommand::Review { accepted: Vec::new(), by: by(), server: bank, identity, tools: compared.reviewed }
    };
    let (decided, _) = node.control_command(tenant, reviewed, vec![]).await.unwrap();
    assert_eq!(decided.refused, None);
    let Attempted::Forward { act, leaf, .. } = desk.attempt(&bound, pay("11.00")).await.unwrap() else { panic!() };

    // an error that holds a secret proves nothing of what was done
    desk.settle(&bound, &tool, (act, leaf), Received::Secret { failed: true }, &[]).await.unwrap();
    assert_eq!(
        desk.task(tenant, bound.task).await.unwrap().doubtful.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(),
        vec![act]
    );
    assert_eq!(code(&desk.attempt(&bound, pay("12.00")).await.unwrap()), Some(Code::UnderReview));
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_idempotency_key_a_hash_leaves_that_is_the_same_for_the_same_grant_alone() {
    let folder = std::env::temp_dir().join(format!("bailiwick-path-key-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let node = start_node(&folder, Bounds::default());
    let tenant = TenantId::new([9; 16]);
    furnish(&node, tenant).await;
    let desk = Desk::new(Arc::clone(&node));
    let own = start_task(&node, tenant).await;
    let other = start_task(&node, tenant).await;
    let named = |amount: &str, key: &str| Asked { idempotency: Some(key.to_owned()), ..pay(amount) };
    let tool = ToolId::parse("bank/pay").unwrap();

    let forwarded = async |bound: &Bound, asked: Asked| match desk.attempt(bound, asked).await.unwrap() {
        Attempted::Forward { act, leaf, idempotency, .. } => {
            desk.settle(bound, &tool, (act, leaf), Received::NeverSent, &[]).await.unwrap();
            idempotency.unwrap()
        }
        refused => panic!("{refused:?}"),
    };
    let secret = "what-the-agent-read-in-a-mail";
    let first = forwarded(&own, named("1.00", secret)).await;
    assert!(first.len() == 32 && first.bytes().all(|byte| byte.is_ascii_hexdigit()), "{first}");
    let theirs = forwarded(&other, named("1.00", secret)).await;
    assert_ne!(first, theirs, "another grant's key is another key");
    assert_ne!(forwarded(&own, named("2.00", "another")).await, first);
    // asked again it is the same act: nothing is forwarded, so nothing can differ
    assert!(matches!(desk.attempt(&own, named("1.00", secret)).await.unwrap(), Attempted::Again { .. }));
    assert_eq!(code(&desk.attempt(&own, named("3.00", secret)).await.unwrap()), Some(Code::KeyReused));
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ending_is_heard_by_who_asked_before_the_act_was_allowed_and_of_its_own_grant_alone() {
    let folder = std::env::temp_dir().join(format!("bailiwick-path-ending-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let node = start_node(&folder, Bounds::default());
    let tenant = TenantId::new([11; 16]);
    furnish(&node, tenant).await;
    let (bound, other) = (start_task(&node, tenant).await, start_task(&node, tenant).await);
    let desk = Desk::new(Arc::clone(&node));
    let endings = node.endings();
    let Attempted::Forward { .. } = desk.attempt(&bound, pay("10.00")).await.unwrap() else { panic!("not allowed") };
    desk.end(tenant, other.task, None, Ender::Person(by()), Code::Revoked).await.unwrap().unwrap();
    let mut waiting = std::pin::pin!(desk.ended_since(&bound, endings));
    let soon = std::time::Duration::from_millis(50);
    assert!(tokio::time::timeout(soon, &mut waiting).await.is_err(), "another task's ending is not its own");
    let end = desk.end(tenant, bound.task, None, Ender::Person(by()), Code::Revoked);
    let (heard, ended) = tokio::join!(waiting, end);
    heard.unwrap();
    ended.unwrap().unwrap();
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn live_tasks_are_all_that_live_however_often_they_are_asked_for() {
    let folder = std::env::temp_dir().join(format!("bailiwick-live-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let node = start_node(&folder, Bounds::default());
    let tenant = TenantId::new([7; 16]);
    furnish(&node, tenant).await;
    let (one, two) = (start_task(&node, tenant).await, start_task(&node, tenant).await);
    let desk = Desk::new(Arc::clone(&node));
    let live = async || -> Vec<TaskId> {
        let tasks = desk.live_tasks(tenant).await.unwrap();
        let mut tasks: Vec<TaskId> = tasks.open.iter().map(|task| task.task).collect();
        tasks.sort_unstable();
        tasks
    };
    let mut both = vec![one.task, two.task];
    both.sort_unstable();
    assert_eq!(live().await, both);
    desk.end(tenant, one.task, None, Ender::Person(by()), Code::Revoked).await.unwrap().unwrap();
    for _ in 0..2 {
        assert_eq!(live().await, [two.task]);
    }
    assert_eq!(desk.tasks(tenant).await.unwrap().open.len(), 2, "what has ended is in the whole list");
    let third = start_task(&node, tenant).await;
    assert!(live().await.contains(&third.task));
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_not_refused_however_many_people_change_something_at_the_same_time_elsewhere() {
    let folder = std::env::temp_dir().join(format!("bailiwick-burst-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store: Arc<dyn Store> = Arc::new(bailiwick_store::MemoryStore::new(Micros(1_800_000_000_000_000)));
    let vault = vault(&folder);
    let node = Arc::new(Node::start(Arc::clone(&store), Arc::clone(&vault)).unwrap());
    let tenant = TenantId::new([7; 16]);
    furnish(&node, tenant).await;
    let bound = start_task(&node, tenant).await;
    // Another node of the same store, where each change is made on the one before.
    let other = Arc::new(Node::start(store, vault).unwrap());
    let work = |node: &Arc<Node>| {
        let (desk, bound) = (Desk::new(Arc::clone(node)), bound.clone());
        tokio::spawn(async move {
            let mut refused = Vec::new();
            for _ in 0..20 {
                let called = desk.attempt(&bound, pay("1")).await;
                if !matches!(called, Ok(Attempted::Forward { .. })) {
                    refused.push(called);
                }
            }
            refused
        })
    };
    let change = |node: &Arc<Node>, of: u64| {
        let node = Arc::clone(node);
        tokio::spawn(async move {
            let mut changed = 0;
            for n in 0..16 {
                let text =
                    format!(r#"{{"kind":"policy","name":"p{of}-{n}","cedar":"permit(principal, action, resource);"}}"#);
                let document = Document::read(&json(&text)).unwrap();
                let apply = ControlCommand::Apply { by: by(), documents: vec![document], removed: vec![] };
                let decided = node.control_command(tenant, apply, vec![]).await;
                changed += u64::from(matches!(decided, Ok((_, Some(_)))));
            }
            changed
        })
    };
    let (changes, calls) = ([change(&other, 1), change(&other, 2), change(&node, 3)], work(&node));
    assert_eq!(calls.await.unwrap(), []);
    for changed in changes {
        assert_eq!(changed.await.unwrap(), 16);
    }
    for node in [node, other] {
        node.drain().await;
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
