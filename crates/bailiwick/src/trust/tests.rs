use super::*;
use proptest::prelude::*;

fn refused(file: &str) -> String {
    policy(file).unwrap_err().0
}

#[test]
fn a_file_without_a_log_or_a_quorum_is_refused() {
    assert!(refused("quorum none\n").contains("log KEY"));
    assert!(refused("").contains("log KEY"));
}

#[test]
fn what_is_not_known_is_refused_with_its_line() {
    assert_eq!(refused("# keys\n\ntrust me\n"), "line 3: expected `log`, `witness`, `group` or `quorum`");
    assert!(refused("group all 2 nobody\n").starts_with("line 1: a member"));
    assert!(refused("quorum none\nquorum none\n").starts_with("line 2: nothing comes after"));
    assert!(refused("log nonsense\n").starts_with("line 1: not a key"));
}

#[test]
fn a_key_that_is_neither_a_file_nor_a_key_is_refused() {
    let error = log_key("no-such-file").unwrap_err();
    assert!(error.0.starts_with("--key: not a key"), "{error}");
}

// A published test key (RFC 8032, 7.1): no log of ours signs with it.
const LOG: &str = "log log.example+814a2008+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
const WITNESS: &str = "w.example+4a98ebc3+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_trust_file_that_is_read_asks_for_no_more_witnesses_than_it_names(
        lines in prop::collection::vec("#|witness [ab] KEY|group [cd] (any|all|0|1|2|99)( [abcd]){0,3}|log a", 0..4), quorum in "none|[abcde]"
    ) {
        let file = format!("{LOG}\n{}\nquorum {quorum}\n", lines.join("\n")).replace("KEY", WITNESS);
        match policy(&file) {
            Ok(trust) => prop_assert!(trust.witnesses_needed <= trust.witnesses.len()),
            Err(bad) => prop_assert!(bad.0.len() < 2048, "a sentence is bounded"),
        }
    }
}
