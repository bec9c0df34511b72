use super::*;
use crate::vectors::{digest, entries, list, number, one};

fn leaves(count: u64) -> Vec<Digest> {
    entries(count).iter().map(leaf_hash).collect()
}

#[test]
fn roots_are_those_of_the_vectors_and_of_rfc_6962() {
    assert_eq!(EMPTY_ROOT, sha256(b""));
    let leaves = leaves(1000);
    for case in list(&one("tree/01-roots.json"), "roots") {
        let size = usize::try_from(number(case, "size")).unwrap();
        let mut tree = Compact::default();
        assert!(leaves[..size].iter().all(|leaf| tree.push(*leaf)));
        assert_eq!(tree.root(), digest(case, "root"), "{size}");
        assert_eq!(tree.size(), size as u64);
    }
}

#[test]
fn a_tree_resumed_from_its_peaks_grows_to_the_same_root() {
    let leaves = leaves(300);
    let mut whole = Compact::default();
    for (size, leaf) in leaves.iter().enumerate() {
        let mut resumed = Compact::resume(size as u64, whole.peaks()).unwrap();
        assert!(whole.push(*leaf) && resumed.push(*leaf));
        assert_eq!(whole.root(), resumed.root());
        assert_eq!(whole.peaks(), resumed.peaks());
    }
}

#[test]
fn peaks_that_do_not_fit_the_size_are_refused() {
    assert_eq!(Compact::resume(3, &[EMPTY_ROOT]), None);
    assert_eq!(Compact::resume(0, &[EMPTY_ROOT]), None);
    assert_eq!(Compact::resume(LEAVES_MAX + 1, &[EMPTY_ROOT]), None);
    assert_eq!(Compact::resume(0, &[]), Some(Compact::default()));
}

#[test]
fn a_full_log_takes_no_more() {
    let mut tree = Compact::resume(LEAVES_MAX, &[EMPTY_ROOT; 63]).unwrap();
    let before = tree;
    assert!(!tree.push(EMPTY_ROOT));
    assert_eq!(tree, before);
}

#[test]
fn a_leaf_of_a_hash_and_of_its_bytes_are_one() {
    let entry = sha256(b"an event");
    assert_eq!(leaf_hash(&entry), leaf_hash_of(entry.bytes()));
    assert_ne!(leaf_hash(&entry), entry);
}
