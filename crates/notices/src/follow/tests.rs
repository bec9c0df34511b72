use super::*;
use crate::testing::{Inbox, Sent, TENANT, World, ann, hook, mail_rule};
use bailiwick_core::{Amend, AmendChange, Command, Span};
use bailiwick_store::Ledger;
use std::time::Duration;

/// Beats until nothing is under way, and a little longer: what is sent goes beside the beats.
async fn settled(world: &World, notices: &Arc<Notices>, until: impl Fn() -> bool) {
    for _ in 0..200 {
        world.beat();
        notices.beat().await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
        if until() {
            return;
        }
    }
    panic!("it did not come: {:?}", notices.standings());
}

/// What goes on beside comes to this.
async fn came(until: impl Fn() -> bool) {
    for _ in 0..400 {
        if until() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it did not come");
}

/// The next try of what failed is due.
fn later(world: &World, span: Span) {
    world.store.set_now(world.node.now().after(span));
    world.beat();
}

/// Of the one rule.
fn standing(notices: &Notices) -> Standing {
    notices.standings().remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_after_a_rule_was_applied_is_told_once_and_in_order() {
    let inbox = Inbox::open(&["200"]).await;
    let world = World::new().await;
    world.agent(false).await;
    world.apply(&[&hook("r", "agent.suspended\",\"agent.resumed\",\"tenant.stopped", &inbox.url)]).await;
    let notices = world.notices(None);
    world.agent(true).await;
    world.agent(false).await;
    world.tenant(false).await;
    settled(&world, &notices, || inbox.sent().len() == 3).await;
    settled(&world, &notices, || standing(&notices).sent == 3).await;
    let kinds: Vec<String> = inbox.sent().iter().map(|sent| sent.kind.clone()).collect();
    assert_eq!(kinds, ["agent.resumed", "agent.suspended", "tenant.stopped"]);
    // who comes after it goes on behind it
    let next = world.notices(None);
    later(&world, Span::seconds(60));
    world.tenant(true).await;
    world.agent(true).await;
    settled(&world, &next, || inbox.sent().len() == 4).await;
    assert_eq!(inbox.sent()[3].kind, "agent.resumed");
}

#[tokio::test(flavor = "multi_thread")]
async fn that_a_window_closes_is_told_once_before_it_does_and_of_a_renewed_one_again() {
    let inbox = Inbox::open(&["200"]).await;
    let world = World::new().await;
    world.apply(&[&hook("r", "task.ending", &inbox.url)]).await;
    let notices = world.notices(None);
    notices.beat().await.unwrap();
    let task = world.begun("a matter of nobody else's").await;
    later(&world, Span::minutes(53));
    for _ in 0..3 {
        notices.beat().await.unwrap();
    }
    assert_eq!(inbox.sent().len(), 0, "not before its time");
    later(&world, Span::minutes(2));
    settled(&world, &notices, || inbox.sent().len() == 1).await;
    let body = &inbox.sent()[0].body;
    for told in [
        format!(r#""command":"bailiwick task renew {task}""#),
        format!(r#""link":"https://bailiwick.example/tasks/{task}""#),
        r#""template":"look""#.to_owned(),
        r#""not_after":"#.to_owned(),
    ] {
        assert!(body.contains(&told), "{told} is not in {body}");
    }
    assert!(!body.contains("matter"), "what a task is for stays in the record: {body}");
    later(&world, Span::minutes(1));
    settled(&world, &notices, || standing(&notices).sent == 1).await;
    let grant = world.node.look(TENANT, task, |state, _| state.root).await.unwrap().unwrap();
    let renew = Amend { by: ann(), grant, change: AmendChange::Renew { waits: false }, wish: None };
    world.say(task, Command::Amend(Box::new(renew)), 0).await;
    later(&world, Span::minutes(53));
    for _ in 0..3 {
        notices.beat().await.unwrap();
    }
    assert_eq!(inbox.sent().len(), 1, "once of each window");
    later(&world, Span::minutes(2));
    settled(&world, &notices, || inbox.sent().len() == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_before_a_crash_and_not_said_is_sent_again_under_the_same_id() {
    let inbox = Inbox::open(&["200"]).await;
    let world = World::new().await;
    world.apply(&[&hook("r", "agent.suspended", &inbox.url)]).await;
    let notices = world.notices(None);
    notices.beat().await.unwrap();
    world.agent(false).await;
    world.agent(true).await;
    // the store is away from the moment of sending on: where the rule stands cannot be said
    let store = Arc::clone(&world.store);
    inbox.on_arrival(move || store.set_gone(true));
    notices.beat().await.unwrap();
    came(|| inbox.sent().len() == 1 && standing(&notices).sent == 1).await;
    came(|| world.said().iter().any(|said| said.contains("may be sent again"))).await;
    drop(notices);
    inbox.on_arrival(|| {});
    world.store.set_gone(false);
    let again = world.notices(None);
    later(&world, Span::seconds(60));
    settled(&world, &again, || inbox.sent().len() == 2).await;
    let sent = inbox.sent();
    assert_eq!((&sent[0].id, &sent[0].body), (&sent[1].id, &sent[1].body));
    settled(&world, &again, || standing(&again).sent == 1).await;
    let third = world.notices(None);
    later(&world, Span::seconds(60));
    for _ in 0..5 {
        third.beat().await.unwrap();
    }
    assert_eq!(inbox.sent().len(), 2, "what was said is not sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_fails_is_tried_again_said_once_and_holds_up_nobody_else() {
    let (bad, good) = (Inbox::open(&["503", "500", "200"]).await, Inbox::open(&["200"]).await);
    let world = World::new().await;
    let rules = [hook("a-bad", "agent.suspended", &bad.url), hook("good", "agent.suspended", &good.url)];
    world.apply(&[&rules[0], &rules[1]]).await;
    let notices = world.notices(None);
    world.agent(false).await;
    settled(&world, &notices, || bad.sent().len() == 1 && good.sent().len() == 1).await;
    settled(&world, &notices, || standing(&notices).failed == 1).await;
    assert_eq!(standing(&notices).trouble.as_deref(), Some("it answered `503`"));
    later(&world, Span::seconds(6));
    settled(&world, &notices, || bad.sent().len() == 2).await;
    later(&world, Span::seconds(30));
    settled(&world, &notices, || standing(&notices).sent == 1).await;
    let ids: BTreeSet<String> = bad.sent().into_iter().map(|sent| sent.id).collect();
    assert_eq!((bad.sent().len(), ids.len(), good.sent().len()), (3, 1, 1));
    let said = world.said();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("rule `a-bad`: agent.suspended of event") && said[0].contains("503"), "{said:?}");
    assert!(said[1].contains("arrive again"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_or_mail_server_that_is_not_there_is_said_and_what_waits_is_not_lost() {
    let inbox = Inbox::open(&["200"]).await;
    let world = World::new().await;
    let rule = hook("r", "agent.suspended", &inbox.url).replace("secret:hook", "secret:gone");
    world.apply(&[&rule, &mail_rule("m", "agent.suspended", "ann")]).await;
    let notices = world.notices(None);
    world.agent(false).await;
    settled(&world, &notices, || notices.standings().iter().all(|rule| rule.failed == 1)).await;
    let control = world.node.control(crate::testing::TENANT).unwrap();
    let unready = control.state.rules.values().filter_map(|rule| notices.unready(rule.document.notify.as_ref()?));
    let unready: Vec<String> = unready.collect();
    assert!(unready[0].contains("serve --smtp") && unready[1].contains("no secret `gone`"), "{unready:?}");
    assert!(notices.standings().iter().all(|rule| rule.waiting == 1), "{:?}", notices.standings());
    assert!(inbox.sent().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_on_one_store_one_sends() {
    let inbox = Inbox::open(&["200"]).await;
    let world = World::new().await;
    world.apply(&[&hook("r", "agent.suspended", &inbox.url)]).await;
    let (first, second) = (world.notices(None), world.notices(None));
    first.beat().await.unwrap();
    world.agent(false).await;
    settled(&world, &second, || second.standings().is_empty()).await;
    settled(&world, &first, || inbox.sent().len() == 1).await;
    for _ in 0..5 {
        second.beat().await.unwrap();
    }
    assert_eq!((inbox.sent().len(), second.standings()), (1, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_not_there_sends_and_writes_nothing() {
    let world = World::new().await;
    let notices = world.notices(None);
    world.agent(false).await;
    notices.beat().await.unwrap();
    assert_eq!(notices.standings(), []);
    let slot = crate::testing::TENANT;
    assert_eq!(world.store.log(slot).unwrap().size, world.node.store().log(slot).unwrap().size);
    let inbox = Inbox::open(&["200"]).await;
    let rule = hook("r", "agent.resumed", &inbox.url);
    world.apply(&[&rule]).await;
    notices.beat().await.unwrap();
    world.remove("rule", "r").await;
    world.agent(true).await;
    for _ in 0..5 {
        notices.beat().await.unwrap();
    }
    assert!(inbox.sent().is_empty() && notices.standings().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_words_of_an_agent_and_no_argument_go_out() {
    let inbox = Inbox::open(&["200"]).await;
    let world = World::new().await;
    world.apply(&[&hook("r", "task.ended", &inbox.url)]).await;
    let notices = world.notices(None);
    world.task("pay the invoice of Evil & Sons").await;
    settled(&world, &notices, || inbox.sent().len() == 1).await;
    let Sent { body, .. } = inbox.sent().remove(0);
    assert!(body.contains(r#""why":"completed""#) && body.contains(r#""task":""#), "{body}");
    assert!(!body.contains("Evil"), "{body}");
}
