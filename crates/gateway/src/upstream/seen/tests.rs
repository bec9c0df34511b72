use super::*;
use crate::upstream::StderrTo;

fn target(program: &str, args: &[&str], search: Option<&str>) -> StdioTarget {
    StdioTarget {
        program: program.into(),
        args: args.iter().map(Into::into).collect(),
        inherit_environment: false,
        environment: Vec::new(),
        secrets: std::sync::Arc::default(),
        account: None,
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

/// A folder that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bw-seen-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn holds(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    fn script(&self, program: &str, args: &[&str]) -> Option<Json> {
        let directory = Some(self.0.clone());
        files(&StdioTarget { directory, ..target(program, args, None) }).get("script").cloned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_script_is_found_as_interpreters_find_it() {
    let folder = Folder::new("script");
    for name in ["ignore", "srv", "srv.py", "hook.mjs", "data.json"] {
        folder.holds(name, name);
    }
    for (program, args, changes, expected) in [
        ("python3", &["-W", "ignore", "srv.py"][..], "srv.py", true),
        ("python3", &["-W", "ignore", "srv"], "srv", true),
        ("python3", &["-W", "ignore", "srv"], "ignore", false),
        ("/usr/bin/python3.12", &["-u", "srv.py", "data.json"], "srv.py", true),
        ("node", &["srv", "data.json"], "data.json", false),
        ("node", &["--import", "hook.mjs", "srv"], "hook.mjs", true),
        ("node", &["--import=hook.mjs", "srv"], "hook.mjs", true),
        ("node", &["--import", "hook.mjs", "srv"], "srv", true),
        ("env", &["A=1", "python3", "srv.py"], "srv.py", true),
        ("bash", &["-o", "errexit", "srv"], "srv", true),
        ("mcp-server-notes", &["--file", "data.json"], "data.json", false),
        ("my-runner", &["--app", "srv.py"], "srv.py", true),
    ] {
        let before = folder.script(program, args);
        folder.holds(changes, "edited");
        let after = folder.script(program, args);
        folder.holds(changes, changes);
        assert_eq!(before != after, expected, "{program} {args:?}: {changes}");
        assert_eq!(before, folder.script(program, args));
    }
}
