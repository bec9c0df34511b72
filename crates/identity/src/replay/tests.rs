use super::*;
use crate::{
    NonceRefusal, ProofFor, check_proof, make_proof,
    nonce::NONCE_WINDOW,
    testing::{NODE, NOW, key, nonces, proof_door, url},
};
use bailiwick_core::{Salt, Span};

/// A checked proof by key `by` with the nonce that `node` gave at `given`.
fn proof(by: u8, id: u8, node: NodeId, given: Micros) -> Proof {
    let (url, nonces) = (url(), nonces());
    let nonce = nonces.issue(node, given);
    let jti = Salt::new([id; 16]);
    let what = ProofFor { method: "POST", url: &url, token: None, nonce: Some(&nonce), body: None, jti, now: given };
    let text = make_proof(&key(by), &what).unwrap();
    check_proof(text.as_bytes(), &proof_door(&url, &nonces, None), given).unwrap()
}

fn cache(proofs_max: usize, proofs_each_key_max: u32) -> ReplayCache {
    ReplayCache::new(NODE, ReplayLimits { proofs_max, proofs_each_key_max })
}

#[test]
fn a_proof_is_taken_once_as_long_as_its_nonce_is_good() {
    let start = Micros(NOW.0 - NOW.0 % NONCE_WINDOW.0);
    let cache = cache(10, 10);
    let first = proof(5, 1, NODE, start);
    assert_eq!(cache.admit(&first, start), Ok(()));
    for (now, want) in [
        (start, ProofRefusal::Replayed),
        (start.after(NONCE_WINDOW), ProofRefusal::Replayed),
        (start.after(Span(2 * NONCE_WINDOW.0 - 1)), ProofRefusal::Replayed),
        (start.after(Span(2 * NONCE_WINDOW.0)), ProofRefusal::Nonce(NonceRefusal::Old { windows: 2 })),
    ] {
        assert_eq!(cache.admit(&first, now), Err(want), "{now:?}");
        let other = proof(5, 2 + (now.0 % 251) as u8, NODE, now);
        let _ = cache.admit(&other, now);
    }
}

/// Two threads read their clocks in one order and reach the cache in the other.
#[test]
fn a_late_thread_cannot_bring_back_a_window_that_was_forgotten() {
    let start = Micros(NOW.0 - NOW.0 % NONCE_WINDOW.0);
    let (old, new) = (proof(5, 1, NODE, start), proof(5, 2, NODE, start.after(Span(2 * NONCE_WINDOW.0))));
    let cache = cache(10, 10);
    assert_eq!(cache.admit(&old, start), Ok(()));
    assert_eq!(cache.admit(&new, start.after(Span(2 * NONCE_WINDOW.0))), Ok(()));
    let late = cache.admit(&old, start.after(NONCE_WINDOW));
    assert_eq!(late, Err(ProofRefusal::Nonce(NonceRefusal::Old { windows: 2 })));
    assert_eq!(cache.admit(&new, start.after(Span(2 * NONCE_WINDOW.0))), Err(ProofRefusal::Replayed));
}

/// T53.
#[test]
fn a_proof_with_another_nodes_nonce_is_told_to_take_ours() {
    assert_eq!(cache(10, 10).admit(&proof(5, 1, NodeId(42), NOW), NOW), Err(ProofRefusal::OtherNode));
}

#[test]
fn a_full_cache_refuses_and_opens_again_in_the_next_window() {
    let cache = cache(3, 10);
    for id in 0..3 {
        assert_eq!(cache.admit(&proof(5, id, NODE, NOW), NOW), Ok(()));
    }
    for by in [5, 6] {
        assert_eq!(cache.admit(&proof(by, 9, NODE, NOW), NOW), Err(ProofRefusal::ReplayCacheFull));
    }
    assert_eq!(cache.admit(&proof(5, 1, NODE, NOW), NOW), Err(ProofRefusal::Replayed), "full is no amnesty");
    let next = NOW.after(NONCE_WINDOW);
    assert_eq!(cache.admit(&proof(5, 9, NODE, next), next), Ok(()));
}

/// What a stream remembers takes no place here; a busy key is not shut out by its own recorded calls.
#[test]
fn a_forgotten_proof_makes_room_for_its_key_and_for_all() {
    let cache = cache(2, 2);
    for id in 0..20 {
        let proof = proof(5, id, NODE, NOW);
        assert_eq!(cache.admit(&proof, NOW), Ok(()), "{id}");
        cache.forget(&proof);
        cache.forget(&proof);
    }
    for id in 20..22 {
        assert_eq!(cache.admit(&proof(5, id, NODE, NOW), NOW), Ok(()), "{id}");
    }
    cache.forget(&proof(5, 1, NODE, NOW));
    assert_eq!(
        cache.admit(&proof(5, 30, NODE, NOW), NOW),
        Err(ProofRefusal::ReplayCacheFull),
        "one unknown frees nothing"
    );
}

#[test]
fn one_key_cannot_shut_the_door_on_others() {
    let cache = cache(100, 2);
    for id in 0..2 {
        assert_eq!(cache.admit(&proof(5, id, NODE, NOW), NOW), Ok(()));
    }
    assert_eq!(cache.admit(&proof(5, 9, NODE, NOW), NOW), Err(ProofRefusal::ReplayCacheFull));
    assert_eq!(cache.admit(&proof(6, 9, NODE, NOW), NOW), Ok(()));
}
