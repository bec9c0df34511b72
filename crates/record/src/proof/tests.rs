use super::*;
use crate::tree::{Compact, leaf_hash};
use crate::vectors::{digest, digests, entries, list, number, one};
use proptest::prelude::*;
use serde_json::Value;

fn leaves(count: u64) -> Vec<Digest> {
    entries(count).iter().map(leaf_hash).collect()
}

fn naive_root(leaves: &[Digest]) -> Digest {
    let mut tree = Compact::default();
    leaves.iter().for_each(|leaf| assert!(tree.push(*leaf)));
    tree.root()
}

fn inclusion(case: &Value) -> Result<(), ProofError> {
    let path = digests(case, "path");
    check_inclusion(&digest(case, "leaf"), number(case, "index"), number(case, "size"), &path, &digest(case, "root"))
}

fn consistency(case: &Value) -> Result<(), ProofError> {
    let path = digests(case, "path");
    let (old, new) = (number(case, "old"), number(case, "new"));
    check_consistency(old, &digest(case, "old_root"), new, &digest(case, "new_root"), &path)
}

#[test]
fn inclusion_vectors_are_accepted_refused_and_made() {
    let file = one("tree/02-inclusion.json");
    let leaves = leaves(1000);
    for case in list(&file, "accepted") {
        assert_eq!(inclusion(case), Ok(()), "{case}");
        let made = prove_inclusion(&mut leaves.as_slice(), number(case, "index"), number(case, "size")).unwrap();
        assert_eq!(made, digests(case, "path"));
    }
    for case in list(&file, "refused") {
        assert!(inclusion(case).is_err(), "{case}");
    }
    assert!(list(&file, "refused").len() > list(&file, "accepted").len());
}

#[test]
fn consistency_vectors_are_accepted_refused_and_made() {
    let file = one("tree/03-consistency.json");
    let leaves = leaves(1000);
    for case in list(&file, "accepted") {
        assert_eq!(consistency(case), Ok(()), "{case}");
        let made = prove_consistency(&mut leaves.as_slice(), number(case, "old"), number(case, "new")).unwrap();
        assert_eq!(made, digests(case, "path"));
    }
    for case in list(&file, "refused") {
        assert!(consistency(case).is_err(), "{case}");
    }
    assert!(list(&file, "refused").len() > list(&file, "accepted").len());
}

#[test]
fn every_leaf_of_every_small_tree_is_proven_and_none_for_another_leaf() {
    let leaves = leaves(20);
    for size in 1..=leaves.len() {
        let root = naive_root(&leaves[..size]);
        for index in 0..size {
            let path = prove_inclusion(&mut leaves.as_slice(), index as u64, size as u64).unwrap();
            for (other, leaf) in leaves.iter().enumerate() {
                let holds = check_inclusion(leaf, index as u64, size as u64, &path, &root).is_ok();
                assert_eq!(holds, other == index, "leaf {other} as {index} of {size}");
            }
        }
    }
}

#[test]
fn every_pair_of_small_trees_is_consistent_and_no_other_beginning_is() {
    let leaves = leaves(20);
    let roots: Vec<_> = (0..=leaves.len()).map(|size| naive_root(&leaves[..size])).collect();
    for new in 0..roots.len() {
        for old in 0..=new {
            let path = prove_consistency(&mut leaves.as_slice(), old as u64, new as u64).unwrap();
            for (other, other_root) in roots.iter().enumerate() {
                let holds = check_consistency(old as u64, other_root, new as u64, &roots[new], &path).is_ok();
                assert_eq!(holds, other == old, "the root of {other} for {old} of {new}");
            }
        }
    }
}

#[test]
fn what_is_not_in_the_tree_is_not_proven() {
    let leaves = leaves(4);
    let mut nodes = leaves.as_slice();
    assert_eq!(prove_inclusion(&mut nodes, 4, 4), Err(Unproven::OutOfRange));
    assert_eq!(prove_inclusion(&mut nodes, 0, 0), Err(Unproven::OutOfRange));
    assert_eq!(prove_inclusion(&mut nodes, 1, 5), Err(Unproven::Source(ProofError::OutOfRange)));
    assert_eq!(prove_consistency(&mut nodes, 4, 3), Err(Unproven::OutOfRange));
    assert_eq!(root(&mut nodes, u64::MAX), Err(Unproven::OutOfRange));
    assert_eq!(root(&mut nodes, 0), Ok(EMPTY_ROOT));
}

#[test]
fn a_path_that_never_ends_is_refused_after_as_many_hashes_as_a_tree_is_high() {
    let leaves = leaves(1);
    let path = vec![EMPTY_ROOT; 100_000];
    assert_eq!(check_inclusion(&leaves[0], 0, LEAVES_MAX, &path, &EMPTY_ROOT), Err(ProofError::Length));
    assert_eq!(check_consistency(1, &leaves[0], LEAVES_MAX, &EMPTY_ROOT, &path), Err(ProofError::Length));
}

/// One change that a proof must not survive.
fn mutated(mut path: Vec<Digest>, kind: u8, at: usize, bit: u8) -> Vec<Digest> {
    let at = if path.is_empty() { 0 } else { at % path.len() };
    match kind % 3 {
        0 if !path.is_empty() => {
            let mut bytes = *path[at].bytes();
            bytes[usize::from(bit / 8)] ^= 1 << (bit % 8);
            path[at] = Digest::new(bytes);
        }
        1 if !path.is_empty() => {
            path.remove(at);
        }
        _ => path.insert(at, EMPTY_ROOT),
    }
    path
}

proptest! {
    #[test]
    fn proofs_of_random_trees_hold_and_changed_ones_do_not(
        size in 1_u64..800, at in any::<u64>(), kind in any::<u8>(), place in any::<usize>(), bit in any::<u8>(),
    ) {
        let leaves = leaves(size);
        let new_root = naive_root(&leaves);
        prop_assert_eq!(root(&mut leaves.as_slice(), size).unwrap(), new_root);

        let index = at % size;
        let leaf = leaves[usize::try_from(index).unwrap()];
        let path = prove_inclusion(&mut leaves.as_slice(), index, size).unwrap();
        prop_assert_eq!(check_inclusion(&leaf, index, size, &path, &new_root), Ok(()));
        prop_assert!(check_inclusion(&leaf, index, size, &mutated(path, kind, place, bit), &new_root).is_err());

        let old = at % (size + 1);
        let old_root = naive_root(&leaves[..usize::try_from(old).unwrap()]);
        let path = prove_consistency(&mut leaves.as_slice(), old, size).unwrap();
        prop_assert_eq!(check_consistency(old, &old_root, size, &new_root, &path), Ok(()));
        prop_assert!(check_consistency(old, &old_root, size, &new_root, &mutated(path, kind, place, bit)).is_err());
    }

    #[test]
    fn a_tree_resumed_at_any_size_from_nodes_is_the_tree(size in 0_u64..800) {
        let leaves = leaves(size);
        let tree = Compact::resume(size, &peaks(&mut leaves.as_slice(), size).unwrap()).unwrap();
        prop_assert_eq!(tree.root(), naive_root(&leaves));
    }
}
