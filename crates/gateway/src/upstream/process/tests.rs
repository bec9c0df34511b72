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

/// A shell with this script.
fn shell(script: &str) -> StdioTarget {
    StdioTarget {
        program: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        inherit_environment: true,
        environment: Vec::new(),
        secrets: Arc::default(),
        account: None,
        directory: None,
        search: None,
        stderr: StderrTo::Kept,
    }
}

/// Starts a shell with this script and counts, by lines of a file, how often it was started.
async fn starts_of(name: &str, script: &str) -> (usize, String) {
    let counted = std::env::temp_dir().join(format!("bw-starts-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&counted);
    let target = shell(&format!("echo start >> {}; {script}", counted.display()));
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

/// Until something is so; a machine that does much else takes its time.
fn comes(what: &str, mut so: impl FnMut() -> bool) {
    let comes = (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        so()
    });
    assert!(comes, "{what}");
}

#[test]
fn what_a_server_started_goes_with_a_node_that_goes_before_the_server_had_its_time_to_end() {
    let told = std::env::temp_dir().join(format!("bw-left-{}", std::process::id()));
    let _ = std::fs::remove_file(&told);
    // as a package runner: what it starts hears neither that its input is closed nor that it is to end
    let script =
        "(trap '' TERM; while :; do sleep 0.1; done) & echo $! > TOLD.new; mv TOLD.new TOLD; trap '' TERM; wait";
    let target = shell(&script.replace("TOLD", told.to_str().unwrap()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let started = runtime
        .block_on(async { start(&target, Arc::new(Desk::new(1 << 20, Arc::default())), Duration::from_secs(600)) });
    let (pipe, ..) = started.unwrap();
    comes("it starts another", || told.exists());
    let left = std::fs::read_to_string(&told).unwrap().trim().to_owned();
    std::fs::remove_file(&told).unwrap();
    // one that ended and that nobody waited for is gone as well
    let goes_on = || {
        let stat = std::fs::read_to_string(format!("/proc/{left}/stat")).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.trim().starts_with('Z'))
    };
    assert!(goes_on());
    drop(pipe);
    assert!(goes_on(), "it has its time");
    runtime.shutdown_timeout(Duration::from_secs(5));
    comes("it goes with the node", || !goes_on());
}
