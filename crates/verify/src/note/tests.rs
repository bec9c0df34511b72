use super::*;

/// The public key of RFC 8032, 7.1, test 1, as a log's.
const KEY: &str = "log.example/one+b50c71d9+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";

#[test]
fn a_key_is_refused_unless_its_id_is_that_of_name_kind_and_key() {
    for bad in ["", "a", "a+b", "a+00000000+", "a b+00000000+AAAA", "+00000000+AAAA"] {
        assert!(VerifierKey::parse(bad).is_err(), "{bad}");
    }
    let key = VerifierKey::parse(KEY).unwrap();
    assert!(key.is_log() && !key.is_witness());
    assert_eq!((key.as_str(), key.name()), (KEY, "log.example/one"));
    assert!(VerifierKey::parse(&KEY.replace("b50c71d9", "00000000")).is_err());
    assert!(VerifierKey::parse(&KEY.replace("example", "Example")).is_err());
    assert!(VerifierKey::parse(&format!("{}+00000000+AAAA", "x".repeat(600))).is_err());
}

#[test]
fn only_the_three_lines_of_a_checkpoint_over_signatures_are_read() {
    let root = STANDARD.encode([7; 32]);
    let line = format!("\u{2014} log {}", STANDARD.encode([1; 68]));
    let good = format!("log\n12\n{root}\n\n{line}\n");
    let read = Checkpoint::parse(&good).unwrap();
    assert_eq!((read.origin, read.head.size), ("log", 12));
    let bad = [
        good.replace("\n12\n", "\n012\n"),
        good.replace("\n12\n", "\n-1\n"),
        good.replace("\n12\n", "\n9223372036854775808\n"),
        good.replace(&root, &STANDARD.encode([7; 31])),
        good.replace("\n\n", "\n"),
        good.replace("\n\n", "\nmore\n\n"),
        good.replace("\u{2014} ", "- "),
        good.replace("log\n12", "lo\tg\n12"),
        good.trim_end().to_owned(),
        format!("{good}{}\n", format!("{line}\n").repeat(40)),
        "x".repeat(NOTE_BYTES_MAX + 1),
        String::new(),
    ];
    for bad in bad {
        assert!(Checkpoint::parse(&bad).is_err(), "{bad}");
    }
}
