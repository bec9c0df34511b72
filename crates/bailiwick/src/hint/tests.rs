use super::{with, word};

#[test]
fn a_command_in_the_nodes_words_gets_the_home_that_was_named_and_nothing_else_does() {
    let home = |words: &str| with("--home /x ", words);
    for (words, expected) in [
        ("bailiwick task show 3f", "bailiwick --home /x task show 3f"),
        ("    bailiwick task show 3f", "    bailiwick --home /x task show 3f"),
        ("see `bailiwick task list`", "see `bailiwick --home /x task list`"),
        ("apply it again: bailiwick apply -f FILE", "apply it again: bailiwick --home /x apply -f FILE"),
        ("one; bailiwick stop, or bailiwick serve", "one; bailiwick --home /x stop, or bailiwick --home /x serve"),
        ("all: bailiwick --json server show bank", "all: bailiwick --home /x --json server show bank"),
        // an installation has a home of its own, and a name is no command
        ("sudo bailiwick install --for USER -- COMMAND", "sudo bailiwick install --for USER -- COMMAND"),
        ("use the bailiwick that was built", "use the bailiwick that was built"),
        ("somebody's bailiwick task", "somebody's bailiwick task"),
        ("`bailiwick frobnicate`", "`bailiwick frobnicate`"),
    ] {
        assert_eq!(home(words), expected);
    }
    assert_eq!(with("", "bailiwick task show 3f"), "bailiwick task show 3f");
}

#[test]
fn a_word_is_one_word_to_a_shell() {
    for (text, expected) in
        [("/a/b-c", "/a/b-c"), ("/a b", "'/a b'"), ("it's", "'it'\\''s'"), ("", "''"), ("$HOME", "'$HOME'")]
    {
        assert_eq!(word(text), expected);
    }
}
