//! What the binary exports is confirmed on a copy; changed in any way, it is caught by name, by both verifiers.

use crate::bundle::Bundle;
use crate::world::{World, found, succeeded, verify, verify_python};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A day of one agent: two payments, one over the limit of each, one over the total of nothing.
fn day(world: &World) -> String {
    let mut agent = world.wrap();
    let tools = agent.open().unwrap();
    assert!(tools.to_string().contains("\"pay\""), "{tools}");
    for (euros, reference, allowed) in [(4, "one", true), (11, "two", false), (5, "three", true)] {
        let answer = agent.pay(euros, reference).unwrap();
        assert_eq!(succeeded(&answer), allowed, "{answer}");
    }
    agent.close();
    world.tasks().remove(0)
}

struct Case<'a> {
    folder: &'a Path,
    key: &'a str,
    sound: &'a Bundle,
    kept: Vec<PathBuf>,
}

impl Case<'_> {
    /// Both verifiers say `name`, of a bundle that is not the sound one.
    fn caught(&self, name: &str, change: impl FnOnce(&mut Bundle)) {
        let mut changed = self.sound.clone();
        change(&mut changed);
        assert_ne!(changed.0, self.sound.0, "{name}: the change changes nothing");
        self.named(name, &changed);
    }

    fn named(&self, name: &str, bundle: &Bundle) {
        let path = bundle.write(self.folder, name);
        let report = verify(&path, self.key, &self.kept);
        assert_eq!(report["answer"], "contradicted", "{name}: {report}");
        assert!(found(&report).iter().any(|found| found == name), "{name}: {report}");
        if let Some(report) = verify_python(&path, self.key, &self.kept) {
            assert_eq!(report["answer"], "contradicted", "{name}: {report}");
            assert!(found(&report).iter().any(|found| found == name), "{name}, in Python: {report}");
        }
    }
}

fn confirmed(path: &Path, key: &str, kept: &[PathBuf]) -> Value {
    let report = verify(path, key, kept);
    assert_eq!(report["answer"], "confirmed", "{report}");
    if let Some(report) = verify_python(path, key, kept) {
        assert_eq!(report["answer"], "confirmed", "{report}");
    }
    report
}

fn replace(value: &mut Value, from: &str, to: &str) {
    let text = value.as_str().unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    *value = json!(text.replacen(from, to, 1));
}

#[test]
fn what_is_exported_is_confirmed_and_each_change_is_caught_by_name() {
    let mut world = World::furnished("caught");
    let task = day(&world);
    let key = world.key();
    let kept = world.folder.0.join("kept.txt");
    std::fs::write(&kept, world.done(&["log", "checkpoint"])).unwrap();
    let size = std::fs::read_to_string(&kept).unwrap().lines().nth(1).unwrap().to_owned();
    let sound = Bundle::read(&world.export(&task, &["--since", &size]));
    let whole = world.folder.0.join("whole.bwb");
    world.done(&["log", "export", "--whole", "--output", whole.to_str().unwrap()]);
    // Nothing of the node is needed from here on.
    world.stop();

    let folder = world.folder.0.as_path();
    let report = confirmed(&sound.write(folder, "sound"), &key, std::slice::from_ref(&kept));
    assert_eq!(report["acts"]["begun"], 2, "{report}");
    assert_eq!(report["acts"]["refused"], 1, "{report}");
    assert_eq!(report["decided_again"], report["events"], "{report}");
    assert_eq!(report["basis"]["kept"], json!([size.parse::<u64>().unwrap()]), "{report}");
    confirmed(&whole, &key, &[]);

    let case = Case { folder, key: &key, sound: &sound, kept: Vec::new() };
    let lines = sound.of_stream(&task);
    let begun = sound.kinds(&task).iter().find(|(_, kind)| kind == "action.begun").unwrap().0;
    case.caught("body_changed", |bundle| {
        let fields = bundle.0[begun]["event"]["opened"].as_array_mut().unwrap();
        let field = fields.iter_mut().find(|field| field["value"].as_str().unwrap().contains("Example")).unwrap();
        replace(&mut field["value"], "Example", "Exbmple");
    });
    case.caught("event_changed", |bundle| replace(&mut bundle.0[begun]["event"]["clear"], "bank/pay", "bank/paY"));
    case.caught("event_removed", |bundle| drop(bundle.0.remove(lines[2])));
    case.caught("events_swapped", |bundle| bundle.0.swap(lines[2], lines[3]));
    case.caught("stream_truncated", |bundle| drop(bundle.0.remove(*lines.last().unwrap())));
    case.caught("stream_hidden", |bundle| bundle.0.retain(|line| line["event"]["stream"] != json!(task)));
    case.caught("checkpoint_forged", |bundle| {
        let note = bundle.0[0]["bundle"]["checkpoint"].as_str().unwrap();
        let size = note.lines().nth(1).unwrap();
        let more = format!("\n{}\n", size.parse::<u64>().unwrap() + 1);
        let note = note.replacen(&format!("\n{size}\n"), &more, 1);
        bundle.0[0]["bundle"]["checkpoint"] = json!(note);
    });
    case.caught("own_document", |bundle| {
        let at = bundle.0.iter().position(|line| line.get("blob").is_some()).unwrap();
        let mut own = bundle.0[at].clone();
        own["blob"]["bytes"] = json!("cGVybWl0KHByaW5jaXBhbCwgYWN0aW9uLCByZXNvdXJjZSk7");
        bundle.0.insert(at, own);
    });
}

#[test]
fn a_log_rewritten_after_a_kept_checkpoint_is_caught() {
    let mut world = World::furnished("rewritten");
    world.stop();
    // A copy of the home, keys and memory included: the administrator's own way to another history.
    let mut other = World::new("rewritten-other");
    other.books = world.books.clone();
    std::fs::create_dir_all(&other.home).unwrap();
    for entry in std::fs::read_dir(&world.home).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), other.home.join(entry.file_name())).unwrap();
        }
    }
    world.start();
    day(&world);
    let kept = world.folder.0.join("kept.txt");
    let checkpoint = world.done(&["log", "checkpoint"]);
    let size: u64 = checkpoint.lines().nth(1).unwrap().parse().unwrap();
    std::fs::write(&kept, checkpoint).unwrap();
    other.start();
    let mut task = day(&other);
    while other.json(&["status"])["leaves"].as_u64().unwrap() <= size {
        task = day(&other);
    }
    assert_eq!(world.key(), other.key());
    let bundle = Bundle::read(&other.export(&task, &["--since", &size.to_string()]));
    let folder = other.folder.0.as_path();
    confirmed(&bundle.write(folder, "sound"), &other.key(), &[]);
    let key = other.key();
    let case = Case { folder, key: &key, sound: &bundle, kept: vec![kept] };
    case.named("log_rewritten", &bundle);
}

#[test]
fn words_say_first_what_the_answer_rests_on_and_exits_tell_the_answers_apart() {
    let world = World::furnished("words");
    let task = day(&world);
    let path = world.folder.0.join("task.bwb");
    let beginning: String = task.chars().take(8).collect();
    world.done(&["log", "export", &beginning, "--output", path.to_str().unwrap()]);
    let key = world.folder.0.join("log.key");
    std::fs::write(&key, world.done(&["log", "key"])).unwrap();
    let (path, key) = (path.to_str().unwrap(), key.to_str().unwrap());
    let words = world.done(&["verify", path, "--key", key]);
    assert!(words.starts_with("This rests on:"), "{words}");
    assert!(words.trim_end().ends_with("confirmed"), "{words}");
    let policy = world.folder.0.join("trust.txt");
    std::fs::write(&policy, format!("# whom I trust\nlog {}quorum none\n", std::fs::read_to_string(key).unwrap()))
        .unwrap();
    world.done(&["verify", path, "--trust", policy.to_str().unwrap()]);
    // Without what is private nothing can be decided again, and that is not a yes.
    let redacted = world.folder.0.join("redacted.bwb");
    std::fs::write(&redacted, world.export(&task, &["--redact"])).unwrap();
    let out = world.run(&["verify", redacted.to_str().unwrap(), "--key", key]);
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stdout).trim_end().ends_with("not decidable"), "{out:?}");
    for (args, said) in [
        (["verify", "no-such-file", "--key", key], "no-such-file"),
        (["verify", path, "--key", "nonsense"], "not a key"),
        (["verify", path, "--trust", path], "line 1"),
    ] {
        let out = world.run(&args);
        assert_eq!(out.status.code(), Some(2), "{args:?}");
        assert!(String::from_utf8_lossy(&out.stderr).contains(said), "{out:?}");
    }
}

#[test]
fn an_event_is_proven_and_what_is_not_there_is_not() {
    let world = World::furnished("proven");
    day(&world);
    let proof = world.json(&["log", "prove", "0"]);
    assert_eq!(proof["leaf"], 0);
    assert_eq!(proof["size"].to_string(), proof["checkpoint"].as_str().unwrap().lines().nth(1).unwrap());
    assert!(!proof["path"].as_array().unwrap().is_empty());
    let out = world.run(&["log", "prove", "999999"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("there is no such event: the log has"), "{out:?}");
    let out = world.run(&["log", "export", &"7".repeat(32)]);
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("there is no such task"), "{out:?}");
    // Heads that were just committed to are not committed to again.
    let heads = world.json(&["log", "heads"]);
    assert_eq!(world.json(&["log", "heads"]), heads);
    assert_eq!(world.done(&["log", "checkpoint"]).trim_end(), heads["note"].as_str().unwrap().trim_end());
}
