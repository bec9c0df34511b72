use super::*;

const NOW: Micros = Micros(1_790_000_040_000_000);

#[test]
fn a_peer_past_its_bound_waits_for_the_next_window_and_no_other_does() {
    let (failures, peer) = (Failures::default(), "192.0.2.1".parse().unwrap());
    for _ in 0..FAILURES_PER_PEER_MAX {
        assert_eq!(failures.waits(peer, Share::NONE, NOW), None);
        failures.count(peer, Share::NONE, NOW);
    }
    assert!(failures.waits(peer, Share::NONE, NOW).is_some_and(|seconds| (1..=60).contains(&seconds)));
    assert_eq!(
        failures.waits("::ffff:192.0.2.1".parse().unwrap(), Share::NONE, NOW),
        failures.waits(peer, Share::NONE, NOW),
        "the same peer"
    );
    assert_eq!(failures.waits("192.0.2.2".parse().unwrap(), Share::NONE, NOW), None);
    assert_eq!(failures.waits(peer, Share::NONE, NOW.after(FAILURE_WINDOW)), None);
}

#[test]
fn addresses_of_one_prefix_are_one_peer() {
    let failures = Failures::default();
    for n in 0..FAILURES_PER_PEER_MAX {
        failures.count(format!("2001:db8:1:2::{n:x}").parse().unwrap(), Share::NONE, NOW);
    }
    assert!(failures.waits("2001:db8:1:2:ffff::1".parse().unwrap(), Share::NONE, NOW).is_some());
    assert_eq!(failures.waits("2001:db8:1:3::1".parse().unwrap(), Share::NONE, NOW), None);
}

#[test]
fn the_memory_of_peers_is_bounded() {
    let failures = Failures::default();
    for n in 0..u32::try_from(PEERS_MAX).unwrap() + 10 {
        failures.count(IpAddr::V4(n.into()), Share::NONE, NOW);
    }
    assert_eq!(failures.window.lock().unwrap().peers.len(), PEERS_MAX);
}

#[test]
fn a_good_token_is_known_for_a_while_and_the_memory_of_them_is_bounded() {
    let failures = Failures::default();
    let token = |n: usize| bailiwick_core::sha256(&n.to_be_bytes());
    assert!(!failures.was_good(&token(0), NOW));
    failures.good(token(0), NOW);
    assert!(failures.was_good(&token(0), NOW.after(GOOD_WINDOW)) && !failures.was_good(&token(1), NOW));
    assert!(!failures.was_good(&token(0), NOW.after(GOOD_WINDOW).after(GOOD_WINDOW)), "for a while");
    let later = NOW.after(Span::minutes(60));
    (0..GOOD_TOKENS_MAX + 10).for_each(|n| failures.good(token(n), later));
    assert_eq!(failures.window.lock().unwrap().good.now.len(), GOOD_TOKENS_MAX);
}

#[test]
fn one_client_past_its_bound_holds_back_no_other_at_its_address_and_no_peer_without_a_name() {
    let (failures, peer) = (Failures::default(), "127.0.0.1".parse().unwrap());
    let client = |n: u64| AgentId::parse(&format!("client-{n}")).unwrap();
    let bad = failures.share(Some(&client(0)));
    for _ in 0..FAILURES_PER_SHARE_MAX {
        assert_eq!(failures.waits(peer, bad, NOW), None);
        failures.count(peer, bad, NOW);
    }
    assert!(failures.waits(peer, bad, NOW).is_some());
    assert_eq!(failures.waits(peer, Share::NONE, NOW), None);
    assert_eq!(failures.waits("127.0.0.2".parse().unwrap(), bad, NOW), None);
    let others: Vec<Share> = (1..200).map(|n| failures.share(Some(&client(n)))).collect();
    let held_back = others.iter().filter(|share| failures.waits(peer, **share, NOW).is_some()).count();
    assert!(held_back < 20, "{held_back} of 199 share with one");
}

#[test]
fn made_up_names_fill_no_more_than_their_shares() {
    let failures = Failures::default();
    for n in 0..10_000 {
        let share = failures.share(Some(&AgentId::parse(&format!("a{n}")).unwrap()));
        failures.count("192.0.2.1".parse().unwrap(), share, NOW);
    }
    assert!(failures.window.lock().unwrap().peers.len() <= usize::try_from(SHARES).unwrap());
}
