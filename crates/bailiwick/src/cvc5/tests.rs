use super::*;
use std::os::unix::fs::PermissionsExt;

const BOUNDS: Bounds = Bounds { questions: 100, within: Duration::from_secs(60) };
const QUESTION: &str = "(assert false)\n(check-sat)\n";

/// A program that is called so and is not cvc5: a script that is begun with the first line of input read.
fn program(name: &str, answer: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("bw-cvc5-{name}-{}", std::process::id()));
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'This is cvc5 version 9.9'; exit; fi\nread hello\necho ready\n{answer}\n"
    );
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

fn asked(name: &str, answer: &str) -> Result<SolverAnswer, String> {
    let path = program(name, answer);
    let cvc5 = Cvc5::open(&path, BOUNDS).unwrap();
    assert_eq!(cvc5.name(), "cvc5 9.9");
    let said = cvc5.once(QUESTION, Duration::from_millis(300));
    std::fs::remove_file(path).unwrap();
    said
}

#[test]
fn one_word_is_an_answer_and_all_else_is_none() {
    assert_eq!(asked("unsat", "read a; read b; echo unsat"), Ok(SolverAnswer::None));
    assert_eq!(asked("sat", "read a; read b; echo sat"), Ok(SolverAnswer::Some));
    for (name, answer, why) in [
        ("unknown", "read a; echo unknown", "it said `unknown`"),
        ("error", "read a; echo '(error \"no\")'; echo unsat", "it said `(error \"no\")`"),
        ("words", "echo 'unsat and more'", "it said `unsat and more`"),
        ("gone", "exit 0", "it ended without an answer"),
        ("hangs", "while read line; do :; done; while :; do :; done", "it said nothing within 300 ms"),
        ("floods", "while :; do printf aaaaaaaa; done", "it said nothing within 300 ms"),
    ] {
        let told = asked(name, answer).unwrap_err();
        assert!(told.starts_with(why) || (name == "floods" && told.starts_with("it said `aaaa")), "{name}: {told}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_told_a_question_opens_no_file_any_more() {
    let answer = "read a; if echo sat </dev/null; then :; else echo unsat; fi";
    assert_eq!(asked("opens", answer), Ok(SolverAnswer::None));
}

#[test]
fn who_does_not_answer_is_soon_not_asked_any_more() {
    let path = program("silent", "exit 0");
    let mut cvc5 = Cvc5::open(&path, BOUNDS).unwrap();
    let answers: Vec<SolverAnswer> = (0..10).map(|_| cvc5.ask(QUESTION)).collect();
    assert_eq!((answers, cvc5.asked), (vec![SolverAnswer::Unknown; 10], LOST_MAX));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn what_is_not_cvc5_is_told_so() {
    for (path, why) in [("/bin/cat", "it does not say that it is cvc5"), ("/nowhere/cvc5", "No such file")] {
        let told = Cvc5::open(Path::new(path), BOUNDS).err().unwrap_or_default();
        assert!(told.contains(why) || told.contains("it ended without an answer"), "{path}: {told}");
    }
}
