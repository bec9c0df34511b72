//! The second verifier, in Python, made from the written format alone: it must come to the same answer by the same name.

use crate::writer::{Bundle, log_key, vkey};
use bailiwick_verify::{Answer, Found, Trust};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// What only deciding again, which the second verifier leaves out, can tell.
const LEFT_OUT: &[Found] =
    &[Found::DecisionDiffers, Found::ControlStale, Found::Unfit, Found::KindUnknown, Found::RulesUnknown];

fn there() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    *THERE.get_or_init(|| {
        let there = Command::new("python3").arg("--version").output().is_ok_and(|out| out.status.success());
        if !there {
            // Not by `println!`, which the harness keeps to itself.
            writeln!(std::io::stderr(), "skipped: the verifier in Python, since there is no python3").ok();
        }
        there
    })
}

/// Its answer and the names of what it found.
fn run(bundle: &str, trust: &Trust) -> (String, Vec<String>) {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../suites/verify-python/verify.py");
    let mut command = Command::new("python3");
    command.arg(script).args(["--json", "--log-key", &log_key().verifier().to_string()]);
    for number in 1..=9 {
        let witness = crate::writer::witness(number);
        let times = trust.witnesses.iter().filter(|given| **given == vkey(&witness)).count();
        for _ in 0..times {
            command.args(["--witness", &witness.verifier().to_string()]);
        }
    }
    command.args(["--witnesses-needed", &trust.witnesses_needed.to_string()]);
    let folder = std::env::temp_dir();
    let mut files = Vec::new();
    for (place, note) in trust.kept.iter().enumerate() {
        let name = format!("bailiwick-kept-{}-{:?}-{place}", std::process::id(), std::thread::current().id());
        let path = folder.join(name.replace(['(', ')'], ""));
        std::fs::write(&path, note).unwrap();
        command.arg("--kept").arg(&path);
        files.push(path);
    }
    let mut child = command.arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // It may stop reading at what it refuses.
    let _closed = child.stdin.take().unwrap().write_all(bundle.as_bytes());
    let out = child.wait_with_output().unwrap();
    files.iter().for_each(|path| std::fs::remove_file(path).unwrap());
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let found =
        report["findings"].as_array().unwrap().iter().map(|finding| finding["found"].as_str().unwrap().to_owned());
    (report["answer"].as_str().unwrap().to_owned(), found.collect())
}

fn answer(of: Answer) -> &'static str {
    match of {
        Answer::Confirmed => "confirmed",
        Answer::NotDecidable => "not_decidable",
        Answer::Contradicted => "contradicted",
    }
}

pub(crate) fn agrees(bundle: &Bundle, trust: &Trust, found: Found) {
    assert!(!LEFT_OUT.contains(&found), "the second verifier does not look for this");
    refuses(&bundle.text(), trust, found);
}

pub(crate) fn refuses(text: &str, trust: &Trust, found: Found) {
    if there() {
        let (said, names) = run(text, trust);
        assert_eq!(said, answer(found.answer()), "{names:?}");
        assert!(names.iter().any(|name| name == found.as_str()), "{found:?} is not in {names:?}");
    }
}

pub(crate) fn confirms(bundle: &Bundle, trust: &Trust) {
    if there() {
        let (said, names) = run(&bundle.text(), trust);
        assert_eq!((said.as_str(), names.len()), ("confirmed", 0), "{names:?}");
    }
}

#[test]
fn it_confirms_the_yeses_of_passkeys_and_refuses_what_was_spoilt() {
    if there() {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../suites/verify-python/test_assertion.py");
        let out = Command::new("python3").arg(script).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    }
}
