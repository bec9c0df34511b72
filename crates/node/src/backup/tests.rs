use super::*;

fn digest(n: u64) -> Digest {
    bailiwick_core::sha256(&n.to_be_bytes())
}

#[test]
fn the_root_at_a_mark_is_the_root_of_a_log_that_ends_there() {
    let read = |size: u64| {
        move |from: u64, most: usize| Ok::<_, StoreError>((from..size).take(most).map(digest).collect::<Vec<_>>())
    };
    for (size, at) in [(0, 0), (1, 0), (1, 1), (7, 4), (2_500, 999), (2_500, 1_000), (2_500, 1_001), (2_500, 2_500)] {
        let (root, at_root) = roots(size, Some(at), read(size)).unwrap();
        assert_eq!(at_root, Some(roots(at, None, read(at)).unwrap().0), "{size} at {at}");
        assert_eq!(root, roots(size, None, read(size)).unwrap().0);
    }
    assert_eq!(roots(5, Some(9), read(5)).unwrap().1, None, "a mark past the end is not reached");
}

#[test]
fn a_log_that_ends_early_does_not_hang() {
    let (_, at) = roots(10, Some(8), |from, _| Ok::<_, StoreError>((from..3).map(digest).collect())).unwrap();
    assert_eq!(at, None);
}
