use super::*;

#[test]
fn of_last_words_the_error_is_told_and_not_what_stands_under_it() {
    let node = "node:internal/modules/cjs/loader:1148\n  throw err;\n  ^\n\nError: Cannot find module '/srv/mail.js'\n    \
                at Module._load (node:internal/modules/cjs/loader:1004:27)\n  code: 'MODULE_NOT_FOUND',\n}\n\nNode.js v20.20.2\n";
    assert_eq!(telling(node), Some("Error: Cannot find module '/srv/mail.js'"));
    let python =
        "Traceback (most recent call last):\n  File \"a.py\", line 1\nModuleNotFoundError: No module named 'mail'\n";
    assert_eq!(telling(python), Some("ModuleNotFoundError: No module named 'mail'"));
    assert_eq!(telling("starting\nno such folder\n\n"), Some("no such folder"));
    assert_eq!(telling(" \n"), None);
}

/// Starts a shell with this script and counts, by lines of a file, how often it was started.
async fn starts_of(name: &str, script: &str) -> (usize, String) {
    let counted = std::env::temp_dir().join(format!("bw-starts-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&counted);
    let script = format!("echo start >> {}; {script}", counted.display());
    let target = StdioTarget {
        program: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        inherit_environment: true,
        environment: Vec::new(),
        secrets: Arc::default(),
        account: None,
        directory: None,
        search: None,
        stderr: StderrTo::Kept,
    };
    let settings = crate::testing::settings();
    let target = crate::upstream::Target::Stdio(target);
    let opened = crate::upstream::open::open(&target, None, crate::asks::Able::default(), &settings).await;
    let why = opened.map(drop).unwrap_err();
    let starts = std::fs::read_to_string(&counted).unwrap().lines().count();
    std::fs::remove_file(&counted).unwrap();
    (starts, why)
}

#[tokio::test]
async fn a_server_that_ends_by_itself_is_started_once_and_its_error_is_told() {
    let (starts, why) = starts_of("alone", "sleep 0.2; echo \"Error: Cannot find module '/x/y.js'\" >&2; exit 1").await;
    assert_eq!(starts, 1, "{why}");
    assert!(why.contains("Error: Cannot find module '/x/y.js'"), "{why}");
}

#[tokio::test]
async fn a_server_that_ends_for_what_it_was_asked_first_is_started_again() {
    let (starts, why) = starts_of("asked", "read line; exit 3").await;
    assert_eq!(starts, 2, "{why}");
}
