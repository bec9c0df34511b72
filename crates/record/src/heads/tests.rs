use super::*;
use crate::vectors::{list, one, text};

fn all() -> Vec<Head> {
    serde_json::from_value(one("tree/05-heads.json")["heads"].clone()).unwrap()
}

#[test]
fn heads_vectors_are_committed_to_proven_accepted_and_refused() {
    let file = one("tree/05-heads.json");
    let heads = Heads::new(all()).unwrap();
    let root: HeadsRoot = serde_json::from_value(file["root"].clone()).unwrap();
    assert_eq!((heads.root(), HeadsRoot::of(all())), (root, Ok(root)));
    for case in list(&file, "accepted") {
        let stream = StreamId::parse(text(case, "stream")).unwrap();
        let root: HeadsRoot = serde_json::from_value(case["root"].clone()).unwrap();
        let proof: HeadProof = serde_json::from_value(case["proof"].clone()).unwrap();
        let due = all().into_iter().find(|head| head.stream == stream);
        assert_eq!(proof.check(stream, &root), Ok(due), "{case}");
        if root == heads.root() {
            assert_eq!(heads.prove(stream), Ok(proof));
        }
    }
    for case in list(&file, "refused") {
        let stream = StreamId::parse(text(case, "stream")).unwrap();
        let root: HeadsRoot = serde_json::from_value(case["root"].clone()).unwrap();
        let proof: HeadProof = serde_json::from_value(case["proof"].clone()).unwrap();
        assert!(proof.check(stream, &root).is_err(), "{case}");
    }
    assert!(list(&file, "refused").len() > list(&file, "accepted").len());
}

#[test]
fn every_stream_and_every_gap_of_every_small_tenant_is_proven() {
    let id = |n: u8| StreamId::new([n; 16]);
    for count in 0..12_u8 {
        let heads: Vec<_> =
            (0..count).map(|n| Head { stream: id(n * 2 + 1), kind: 1, head: 5, hash: Digest::new([n; 32]) }).collect();
        let heads = Heads::new(heads).unwrap();
        for n in 0..=count * 2 {
            let shown = heads.prove(id(n)).unwrap();
            let due = heads.heads.iter().find(|head| head.stream == id(n)).copied();
            assert_eq!(shown.check(id(n), &heads.root()), Ok(due));
            // And it shows nothing of any other stream but those in the same gap, of which there is one.
            for other in (0..=count * 2).filter(|other| *other != n) {
                assert!(shown.check(id(other), &heads.root()).is_err(), "{other} by the proof for {n} of {count}");
            }
        }
    }
}

#[test]
fn heads_out_of_order_or_twice_are_not_committed_to() {
    let mut heads = all();
    heads.swap(1, 2);
    assert_eq!(HeadsRoot::of(heads.clone()), Err(HeadsError::Unsorted));
    assert_eq!(Heads::new(heads).unwrap_err(), HeadsError::Unsorted);
    let mut heads = all();
    heads.insert(1, heads[0]);
    assert_eq!(HeadsRoot::of(heads.clone()), Err(HeadsError::Unsorted));
    assert_eq!(Heads::new(heads).unwrap_err(), HeadsError::Unsorted);
}

#[test]
fn a_proof_with_a_field_too_many_is_not_read() {
    assert!(serde_json::from_str::<HeadProof>(r#"{"absent":{"before":null,"after":null}}"#).is_ok());
    assert!(serde_json::from_str::<HeadProof>(r#"{"absent":{"before":null,"after":null,"x":1}}"#).is_err());
    assert!(serde_json::from_str::<HeadProof>(r#"{"unknown":{}}"#).is_err());
}
