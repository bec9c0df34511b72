use super::*;

const NOW: Micros = Micros(1_790_000_040_000_000);

#[test]
fn a_peer_past_its_bound_waits_for_the_next_window_and_no_other_does() {
    let (failures, peer) = (Failures::default(), "192.0.2.1".parse().unwrap());
    for _ in 0..FAILURES_PER_PEER_MAX {
        assert_eq!(failures.waits(peer, NOW), None);
        failures.count(peer, NOW);
    }
    assert!(failures.waits(peer, NOW).is_some_and(|seconds| (1..=60).contains(&seconds)));
    assert_eq!(failures.waits("::ffff:192.0.2.1".parse().unwrap(), NOW), failures.waits(peer, NOW), "the same peer");
    assert_eq!(failures.waits("192.0.2.2".parse().unwrap(), NOW), None);
    assert_eq!(failures.waits(peer, NOW.after(FAILURE_WINDOW)), None);
}

#[test]
fn addresses_of_one_prefix_are_one_peer() {
    let failures = Failures::default();
    for n in 0..FAILURES_PER_PEER_MAX {
        failures.count(format!("2001:db8:1:2::{n:x}").parse().unwrap(), NOW);
    }
    assert!(failures.waits("2001:db8:1:2:ffff::1".parse().unwrap(), NOW).is_some());
    assert_eq!(failures.waits("2001:db8:1:3::1".parse().unwrap(), NOW), None);
}

#[test]
fn the_memory_of_peers_is_bounded() {
    let failures = Failures::default();
    for n in 0..u32::try_from(PEERS_MAX).unwrap() + 10 {
        failures.count(IpAddr::V4(n.into()), NOW);
    }
    assert_eq!(failures.0.lock().unwrap().peers.len(), PEERS_MAX);
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
    assert_eq!(failures.0.lock().unwrap().good.now.len(), GOOD_TOKENS_MAX);
}
