use super::*;
use bailiwick_core::{AgentId, TenantId};

#[tokio::test]
async fn a_grant_keeps_few_calls_and_a_node_few_of_all_grants() {
    let (one, two, room) = (KeptCalls::default(), KeptCalls::default(), Room::of(KEPT_MAX + 2));
    let mut held: Vec<_> = std::iter::from_fn(|| one.place(&room)).collect();
    assert_eq!(held.len(), KEPT_MAX, "of one grant");
    held.extend(std::iter::from_fn(|| two.place(&room)));
    assert_eq!(held.len(), KEPT_MAX + 2, "of the node");
    drop(held);
    assert!(one.place(&room).is_some(), "what is over leaves its place");
}

#[tokio::test]
async fn grants_of_one_agent_keep_few_calls_together_and_those_of_another_have_room() {
    let room = Room::default();
    let of = |name: &str| room.for_agent(TenantId::new([1; 16]), AgentId::parse(name).unwrap());
    let grants: Vec<KeptCalls> = (0..16).map(|_| KeptCalls::default()).collect();
    let flood = of("flood");
    let held: Vec<Place> = grants.iter().flat_map(|grant| std::iter::from_fn(|| grant.place(&flood))).collect();
    assert_eq!(held.len(), 4 * KEPT_MAX, "sixteen grants of one agent have the share of one agent");
    assert!(KeptCalls::default().place(&flood).is_none());
    let other = KeptCalls::default();
    let others: Vec<Place> = std::iter::from_fn(|| other.place(&of("other"))).collect();
    assert_eq!(others.len(), KEPT_MAX, "another agent's grant has all of its own");
}

#[tokio::test]
async fn a_question_that_was_answered_or_is_none_finds_no_call() {
    let calls = KeptCalls::default();
    assert!(matches!(calls.take(7, 1).await, Taken::Gone));
    let wanted = calls.put(7, 2);
    assert!(matches!(calls.take(7, 1).await, Taken::Answered));
    assert!(matches!(calls.take(7, 3).await, Taken::Gone));
    let keeper = tokio::spawn(async move { drop(wanted.await.unwrap().send(Found::Over(None))) });
    assert!(matches!(calls.take(7, 2).await, Taken::Found(Found::Over(None))));
    keeper.await.unwrap();
    assert!(matches!(calls.take(7, 2).await, Taken::Answered), "once");
    drop(calls.put(7, 3));
    assert!(matches!(calls.take(7, 3).await, Taken::Gone), "its keeper has gone");
    calls.forget(7);
    assert!(matches!(calls.take(7, 3).await, Taken::Gone));
}
