use super::*;
use serde_json::Value;

fn vectors(name: &str) -> Value {
    let path = format!("{}/../../vectors/tree/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn digest(value: &Value) -> Digest {
    Digest::parse(value.as_str().unwrap()).unwrap()
}

fn digests(value: &Value) -> Vec<Digest> {
    value.as_array().unwrap().iter().map(digest).collect()
}

fn list<'a>(of: &'a Value, name: &str) -> &'a Vec<Value> {
    let list = of[name].as_array().unwrap();
    assert!(!list.is_empty());
    list
}

fn entry(number: u64) -> Digest {
    sha256_of(&[b"entry", &number.to_be_bytes()])
}

#[test]
fn roots_are_those_of_the_vectors() {
    for case in list(&vectors("01-roots.json"), "roots") {
        let mut tree = Growing::default();
        (0..case["size"].as_u64().unwrap()).for_each(|number| tree.push(leaf_hash(entry(number).bytes())));
        assert_eq!(tree.root(), digest(&case["root"]), "{case}");
    }
}

#[test]
fn audit_paths_hold_and_fail_as_the_vectors_say() {
    let all = vectors("02-inclusion.json");
    for (name, due) in [("accepted", true), ("refused", false)] {
        for case in list(&all, name) {
            let head = TreeHead { size: case["size"].as_u64().unwrap(), root: digest(&case["root"]) };
            let (index, path) = (case["index"].as_u64().unwrap(), digests(&case["path"]));
            assert_eq!(holds(&digest(&case["leaf"]), index, head, &path), due, "{case}");
        }
    }
}

#[test]
fn what_earlier_paths_proved_changes_no_answer() {
    const SIZE: u64 = 37;
    let leaves: Vec<Digest> = (0..SIZE).map(|number| leaf_hash(entry(number).bytes())).collect();
    let mut tree = Growing::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    let head = TreeHead { size: SIZE, root: tree.root() };
    let mut paths = Paths::new(head);
    for index in (0..SIZE).chain((0..SIZE).rev()).chain((0..SIZE).map(|number| number * 7 % SIZE)) {
        let path = path_of(&leaves, index as usize);
        assert!(holds(&leaves[index as usize], index, head, &path));
        assert!(paths.holds(&entry(index), index, &path), "leaf {index}");
        assert!(!paths.holds(&entry(index + 1), index, &path), "another entry at {index}");
        assert!(!paths.holds(&entry(index), index ^ 1, &path), "another place than {index}");
        assert!(!paths.holds(&entry(index), SIZE, &path));
        assert!(!paths.holds(&entry(index), index, &path[1..]), "a shorter path at {index}");
        for level in 0..path.len() {
            let mut changed = path.clone();
            changed[level] = leaf_hash(b"another");
            assert!(!paths.holds(&entry(index), index, &changed), "leaf {index}, another digest at level {level}");
        }
    }
}

/// RFC 6962, 2.1.1, as it is written.
fn path_of(leaves: &[Digest], index: usize) -> Vec<Digest> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let root = |leaves: &[Digest]| {
        let mut tree = Growing::default();
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        tree.root()
    };
    let middle = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(middle);
    let (mut path, other) =
        if index < middle { (path_of(left, index), root(right)) } else { (path_of(right, index - middle), root(left)) };
    path.push(other);
    path
}

#[test]
fn consistency_holds_and_fails_as_the_vectors_say() {
    let all = vectors("03-consistency.json");
    for (name, due) in [("accepted", true), ("refused", false)] {
        for case in list(&all, name) {
            let head =
                |size: &str, root: &str| TreeHead { size: case[size].as_u64().unwrap(), root: digest(&case[root]) };
            let (old, new) = (head("old", "old_root"), head("new", "new_root"));
            assert_eq!(consistent(old, new, &digests(&case["path"])), due, "{case}");
        }
    }
}
