use super::*;
use serde_json::Value;

fn vectors() -> Value {
    let path = format!("{}/../../vectors/tree/05-heads.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn heads() -> Vec<Head> {
    serde_json::from_value(vectors()["heads"].clone()).unwrap()
}

#[test]
fn absence_needs_neighbours_that_are_next_to_each_other() {
    let all = heads();
    let list = list_of(all.iter().copied());
    // One head alone is its own list: the path is empty.
    let one = list_of([all[0]]);
    let placed = Placed { head: all[0], index: 0, path: Vec::new() };
    assert!(HeadProof::Present(placed.clone()).holds(all[0].stream, one));
    assert!(!HeadProof::Present(placed.clone()).holds(all[1].stream, one), "another stream");
    assert!(!HeadProof::Present(placed.clone()).holds(all[0].stream, list), "another list");
    let after_it = HeadProof::Absent { before: Some(placed.clone()), after: None };
    assert!(after_it.holds(all[1].stream, one));
    assert!(!after_it.holds(all[0].stream, one), "it is the neighbour itself");
    let before_it = HeadProof::Absent { before: None, after: Some(placed) };
    assert!(before_it.holds(StreamId::new([0; 16]), one));
    assert!(!before_it.holds(all[1].stream, one), "it is on the other side");
    let nothing = HeadProof::Absent { before: None, after: None };
    assert!(nothing.holds(all[0].stream, list_of([])));
    assert!(!nothing.holds(all[0].stream, one), "the list is not empty");
}

fn list_in(value: &Value) -> TreeHead {
    let root = Digest::parse(value["root"].as_str().unwrap()).unwrap();
    TreeHead { size: value["count"].as_u64().unwrap(), root }
}

#[test]
fn the_root_is_that_of_the_vectors() {
    assert_eq!(list_of(heads()), list_in(&vectors()["root"]));
}

#[test]
fn proofs_hold_and_fail_as_the_vectors_say() {
    let all = vectors();
    for (name, due) in [("accepted", true), ("refused", false)] {
        let cases = all[name].as_array().unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            let stream = StreamId::parse(case["stream"].as_str().unwrap()).unwrap();
            let proof: HeadProof = serde_json::from_value(case["proof"].clone()).unwrap();
            assert_eq!(proof.holds(stream, list_in(&case["root"])), due, "{case}");
        }
    }
}
