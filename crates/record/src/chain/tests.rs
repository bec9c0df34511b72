use super::*;
use crate::vectors::{all, digest, list, number, run, text};
use serde_json::Value;

struct Offered {
    seq: u64,
    hash: Digest,
    clear: Vec<u8>,
    sealed: Option<Vec<u8>>,
}

fn offered(of: &Value) -> Offered {
    let sealed = (!of["sealed"].is_null()).then(|| run(&of["sealed"]));
    Offered { seq: number(of, "seq"), hash: digest(of, "hash"), clear: run(&of["clear"]), sealed }
}

fn start(case: &Value) -> Chain {
    Chain::at(
        TenantId::parse(text(case, "tenant")).unwrap(),
        StreamId::parse(text(case, "stream")).unwrap(),
        number(&case["after"], "seq"),
        digest(&case["after"], "hash"),
    )
}

fn check(chain: &mut Chain, event: &Offered) -> Result<(), ChainError> {
    chain.check(event.seq, &event.hash, &event.clear, event.sealed.as_deref().map(sha256).as_ref())
}

#[test]
fn every_event_vector_has_the_hash_written_in_it() {
    let cases = all("event");
    assert_eq!(cases.len(), 10);
    for case in &cases {
        let (mut appended, mut checked) = (start(case), start(case));
        for event in list(case, "events").iter().map(offered) {
            assert_eq!(appended.append(&event.clear, event.sealed.as_deref()).unwrap(), event.hash, "{}", case["name"]);
            assert_eq!(check(&mut checked, &event), Ok(()), "{}", case["name"]);
            assert_eq!(appended, checked);
        }
    }
}

#[test]
fn every_refused_event_vector_is_refused_and_moves_nothing() {
    let mut refused = 0;
    for case in &all("event") {
        let events = list(case, "events");
        let mut chain = start(case);
        events.iter().take(events.len() - 1).for_each(|event| check(&mut chain, &offered(event)).unwrap());
        let before = chain;
        for event in list(case, "refused_in_place_of_the_last") {
            assert!(check(&mut chain, &offered(event)).is_err(), "{}: {}", case["name"], event["why"]);
            assert_eq!(chain, before);
            refused += 1;
        }
        assert_eq!(check(&mut chain, &offered(events.last().unwrap())), Ok(()));
    }
    assert!(refused >= 80);
}

#[test]
fn a_short_and_a_long_event_are_hashed_over_the_same_bytes() {
    let (tenant, stream) = (TenantId::new([1; 16]), StreamId::new([2; 16]));
    for size in [0, 1, 1921, 1922, 1923, 2048, 2049, 70_000] {
        let clear = vec![b'x'; size];
        let pieces = sha256_of(&[
            NAME,
            tenant.bytes(),
            stream.bytes(),
            &9_u64.to_be_bytes(),
            NO_PREVIOUS.bytes(),
            &u32::try_from(size).unwrap().to_be_bytes(),
            &clear,
            &NONE,
        ]);
        assert_eq!(event_hash(tenant, stream, 9, &NO_PREVIOUS, &clear, None), pieces, "{size}");
    }
}

#[test]
fn the_chain_goes_on_without_the_body_when_its_digest_is_kept() {
    let mut whole = Chain::new(TenantId::new([1; 16]), StreamId::new([2; 16]));
    let mut erased = whole;
    let hash = whole.append(b"{}", Some(b"body")).unwrap();
    assert_eq!(erased.check(1, &hash, b"{}", Some(&sha256(b"body"))), Ok(()));
}

#[test]
fn a_chain_at_the_last_number_takes_no_more() {
    let mut chain = Chain::at(TenantId::new([1; 16]), StreamId::new([2; 16]), u64::MAX, NO_PREVIOUS);
    assert_eq!(chain.append(b"{}", None), Err(ChainError::Full));
    assert_eq!(chain.check(0, &NO_PREVIOUS, b"{}", None), Err(ChainError::Full));
}
