use super::{Typed, typed};
use crate::cli::Cli;
use clap::{Command, CommandFactory, Parser};

fn told(words: &[&str]) -> Typed {
    let words: Vec<String> = ["bailiwick"].iter().chain(words).map(|word| (*word).to_owned()).collect();
    typed(&Cli::try_parse_from(&words).unwrap_err(), &words)
}

#[test]
fn what_was_typed_wrong_says_what_was_expected_an_example_and_the_command_that_tells_more() {
    for (words, detail, example, next) in [
        (
            &["agent", "show"][..],
            "`<AGENT>` is missing: the agent",
            Some("bailiwick agent show clerk"),
            "bailiwick agent show --help",
        ),
        (
            &["--home", "agent", "breaker", "41"],
            "there is no command `breaker 41`; there are `list`, `close`",
            None,
            "bailiwick breaker --help",
        ),
        (&["task", "strat"], "there is no command `task strat`; did you mean `start`?", None, "bailiwick task --help"),
        (&["frob"], "there is no command `frob`", None, "bailiwick --help"),
        (
            &["revoke"],
            "there is no command `revoke`; did you mean `task revoke`, `grant revoke`?",
            None,
            "bailiwick task revoke --help",
        ),
        (
            &["hold", "3f2a"],
            "there is no command `hold`; did you mean `task hold`?",
            Some("bailiwick task hold 3f2a --reason 'case 17'"),
            "bailiwick task hold --help",
        ),
        (&["version"], "there is no command `version`; did you mean `--version`?", None, "bailiwick --version"),
        (
            &["breaker", "close", "x"],
            "`<BREAKER>`: expected a whole number, not `x`",
            Some("bailiwick breaker close 41"),
            "bailiwick breaker close --help",
        ),
        (
            &["friction", "--days", "x", "--json"],
            "`--days <DAYS>`: expected a whole number, not `x`",
            Some("bailiwick friction --days 7"),
            "bailiwick friction --help",
        ),
        (
            &["observe", "begin", "--agent", "a", "--server", "b", "--reason", "c", "--hours", "999"],
            "`--hours <N>`: expected a whole number from 1 to 336, not `999`",
            Some("bailiwick observe begin --agent helper --server notes --hours 48 --reason 'to see what it needs'"),
            "bailiwick observe begin --help",
        ),
        (
            &["serve", "--listen", "x"],
            "`--listen <ADDR:PORT>`: expected an address and a port, as `127.0.0.1:8484`, not `x`",
            Some("bailiwick serve --secret TICKETS=tickets.secret"),
            "bailiwick serve --help",
        ),
        (
            &["key", "turn", "x"],
            "`<WHICH>`: expected one of `token`, `root`, not `x`",
            Some("bailiwick key turn token"),
            "bailiwick key turn --help",
        ),
        (
            &["friction", "--dys", "3"],
            "`bailiwick friction` has no option `--dys`: did you mean `--days`?",
            Some("bailiwick friction --days 7"),
            "bailiwick friction --help",
        ),
        (
            &["task", "show", "3f", "4f"],
            "`bailiwick task show` has no place for the word `4f`",
            Some("bailiwick task show 3f2a"),
            "bailiwick task show --help",
        ),
    ] {
        let (example, next) = (example.map(str::to_owned), next.to_owned());
        assert_eq!(told(words), Typed { detail: detail.to_owned(), example, next }, "{words:?}");
    }
}

/// Of each command that wants a number or one of some values, what it says of a word that is none.
fn values(command: &Command, path: &[&str], out: &mut Vec<String>) {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        values(below, &[path, &[below.get_name()]].concat(), out);
    }
    let options = command.get_arguments().filter_map(|argument| Some((argument, argument.get_long()?)));
    for (argument, long) in options.filter(|(argument, _)| argument.get_action().takes_values()) {
        let flag = format!("--{long}=?!");
        let words = [path, &[flag.as_str()]].concat();
        let words: Vec<String> = ["bailiwick"].iter().chain(&words).map(|word| (*word).to_owned()).collect();
        let Err(error) = Cli::try_parse_from(&words) else { continue };
        let said = typed(&error, &words);
        if said.detail.contains(&format!("`--{long} ")) {
            assert!(said.detail.contains("expected") || said.detail.contains("missing"), "{argument}: {}", said.detail);
            assert!(said.example.is_some(), "{argument} of {path:?} shows no example");
            out.push(said.detail);
        }
    }
}

#[test]
fn each_option_that_takes_no_word_says_what_it_takes_and_none_speaks_of_digits_or_syntax() {
    let mut out = Vec::new();
    values(&Cli::command(), &[], &mut out);
    assert!(out.len() > 8, "{out:?}");
    for said in out {
        assert!(!said.contains("digit") && !said.contains("syntax") && !said.contains("possible values"), "{said}");
    }
}
