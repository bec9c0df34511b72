use super::*;
use crate::upstream::StderrTo;

fn target(program: &str, args: &[&str], search: Option<&str>) -> StdioTarget {
    StdioTarget {
        program: program.into(),
        args: args.iter().map(Into::into).collect(),
        inherit_environment: false,
        environment: Vec::new(),
        secrets: std::sync::Arc::default(),
        directory: None,
        search: search.map(Into::into),
        stderr: StderrTo::Kept,
    }
}

#[test]
fn the_executable_and_the_script_are_seen() {
    let seen = files(&target("sh", &["-x", "Cargo.toml", "lib.rs"], Some("/nowhere:/bin:/usr/bin")));
    let script = bailiwick_core::sha256(&std::fs::read("Cargo.toml").unwrap()).to_string();
    assert_eq!(seen.get("script"), Some(&Json::from(script)));
    let whole = files(&target("/bin/sh", &[], None));
    assert!(whole.get("executable").is_some() && whole.get("executable") == seen.get("executable"));
}

#[test]
fn a_program_that_cannot_be_found_is_not_seen() {
    assert!(files(&target("sh", &["no-such-file"], None)).is_empty());
    assert!(files(&target("/bin", &[], None)).is_empty());
}
