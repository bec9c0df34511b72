use super::*;
use bailiwick_core::Digest;
use bailiwick_record::Mark;

#[test]
fn what_the_node_tells_comes_out_as_it_went_in() {
    for check in [Check::well("a", "b"), Check::wrong("a", "b", "c"), Check::note("a", "b")] {
        assert_eq!(Check::read(&check.json()), check);
    }
}

#[test]
fn a_log_that_went_back_is_wrong_and_one_that_grew_is_well() {
    let mark = Mark { epoch: 1, size: 9, root: Digest::new([0; 32]) };
    let cases = [
        (Standing::Same, Some(true)),
        (Standing::Ahead, Some(true)),
        (Standing::New, None),
        (Standing::Behind(mark), Some(false)),
        (Standing::Forked(mark), Some(false)),
        (Standing::Restored(mark), Some(false)),
    ];
    for (standing, well) in cases {
        let check = log("default", 5, standing);
        assert_eq!((check.well, check.fix.is_some()), (well, well == Some(false)), "{standing:?}");
    }
}

#[test]
fn clocks_that_are_far_apart_are_wrong_either_way() {
    assert_eq!(time(10_000_000, 12_000_000).well, Some(true));
    for (store, own) in [(0, 60_000_000), (60_000_000, 0)] {
        let check = time(store, own);
        assert!(check.well == Some(false) && check.words.contains("60 s"), "{check:?}");
    }
}
