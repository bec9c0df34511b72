//! What attacks come to is tested with everything else: a change that lets one through, or stops an honest task, fails here.

#![cfg(test)]

use std::path::Path;
use std::process::{Command, Output};

fn played(words: &[&str]) -> Output {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.json", words.concat()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_bailiwick-agentdojo"));
    command.arg("--here").arg(env!("CARGO_MANIFEST_DIR")).arg("--out").arg(out).args(words);
    command.output().expect("the program that cargo has just built can be started")
}

/// It exits 1 where an attack comes out otherwise than is said of it, one wins, or an honest task does not pass.
fn hold(words: &[&str]) -> String {
    let Output { status, stdout, stderr } = played(words);
    let told = String::from_utf8_lossy(&stdout).into_owned();
    assert!(status.success(), "{words:?}: {status}\n{told}\n{}", String::from_utf8_lossy(&stderr));
    told
}

/// Those of others and those of our own.
#[test]
fn no_attack_wins_all_honest_tasks_pass_and_people_are_asked_as_seldom_as_is_the_goal() {
    let told = hold(&["--quick"]);
    assert!(
        ["74 attacks of our own", "banking", "slack", "travel", "workspace"].iter().all(|of| told.contains(of)),
        "{told}"
    );
}

/// The test above can fail: without its rules about sources, recorded attacks win.
#[test]
fn without_the_sources_of_values_attacks_win() {
    let told = hold(&["--quick", "--suite", "banking", "--without", "sources"]);
    let total = told.lines().find(|line| line.trim_start().starts_with("total")).unwrap_or_else(|| panic!("{told}"));
    let won = total.split_whitespace().nth(1).and_then(|won| won.split('/').next()?.parse::<u32>().ok());
    assert!(won.is_some_and(|won| won > 0), "{total}");
}
