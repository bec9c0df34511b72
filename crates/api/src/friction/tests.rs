use super::*;

fn shown(took: &[u64]) -> String {
    seconds(took.iter().map(|seconds| Span(seconds * 1_000_000)).collect()).canonical()
}

#[test]
fn ranks_are_the_nearest_and_of_nothing_there_is_none() {
    assert_eq!(shown(&[]), "null");
    assert_eq!(shown(&[7]), r#"{"median":7,"most":7,"p90":7}"#);
    assert_eq!(shown(&[9, 1, 5, 3]), r#"{"median":3,"most":9,"p90":9}"#);
    let hundred: Vec<u64> = (1..=100).rev().collect();
    assert_eq!(shown(&hundred), r#"{"median":50,"most":100,"p90":90}"#);
}

#[test]
fn a_share_is_never_rounded_up_and_of_nothing_there_is_none() {
    assert_eq!(percent(199, 200).canonical(), "99");
    assert_eq!(percent(2, 2).canonical(), "100");
    assert_eq!(percent(0, 0), Json::Null);
}
