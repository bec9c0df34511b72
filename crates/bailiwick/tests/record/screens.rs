//! The screens of the command line, as people see them: BAILIWICK_GOLDEN=1 writes them anew. What differs from run to run is
//! named instead of shown.

use crate::world::{BINARY, World, succeeded};
use std::collections::BTreeMap;
use std::fmt::Write;

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/record/screens.txt");

/// What was typed and what came of it.
struct Screens<'w> {
    world: &'w World,
    out: String,
}

impl Screens<'_> {
    fn show(&mut self, args: &[&str]) {
        let said = self.world.run(args);
        let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        let code = said.status.code().unwrap();
        write!(self.out, "$ bailiwick {}\n{out}", args.join(" ")).unwrap();
        err.lines().for_each(|line| writeln!(self.out, "! {line}").unwrap());
        write!(self.out, "exit {code}\n\n").unwrap();
    }
}

/// The same words for what differs: ids, moments, days, processes, keys, sizes, places.
fn steady(text: &str, world: &World) -> String {
    let text = text.replace(&world.folder.0.display().to_string(), "FOLDER").replace(BINARY, "BINARY");
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    let mut out = String::new();
    let mut rest = text.as_str();
    let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':');
    while let Some(c) = rest.chars().next() {
        let length = rest.find(|c| !in_word(c)).unwrap_or(rest.len()).max(c.len_utf8());
        let (word, after) = rest.split_at(length);
        let bare = word.trim_end_matches(':');
        let named = named(bare, &mut ids).or_else(|| {
            let is_process = out.ends_with("process ") && is_digits(bare);
            is_process.then(|| "<pid>".to_owned())
        });
        out.push_str(named.as_deref().unwrap_or(bare));
        out.push_str(word.strip_prefix(bare).unwrap_or_default());
        // columns are as wide as what stands in them
        let wide = named.is_some_and(|named| named == "uid:<uid>") && after.starts_with("  ");
        rest = if wide { after.trim_start_matches(' ') } else { after };
    }
    let steady = |line: &str| match line {
        line if line.contains("  disk: ") => "<the room on the disk>".to_owned(),
        line if line.contains("  clock: ") => "<the clock>".to_owned(),
        line if line.contains("  files: ") => "<the files>".to_owned(),
        line => line.trim_end().to_owned(),
    };
    out.lines().map(|line| steady(line) + "\n").collect()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// What stands for a word that differs; `None` for one that does not.
fn named(word: &str, ids: &mut BTreeMap<String, usize>) -> Option<String> {
    let digits = |from: usize, to: usize| word.get(from..to).is_some_and(is_digits);
    let process =
        word.split_once('-').is_some_and(|(process, random)| is_digits(process) && random.len() == 8 && is_hex(random));
    match word.len() {
        // the beginning of an id is the same id
        8 | 32 | 64 if is_hex(word) => {
            let next = ids.len() + 1;
            Some(format!("<id {}>", ids.entry(word.get(..8)?.to_owned()).or_insert(next)))
        }
        10 if digits(0, 4) && digits(5, 7) => Some("<day>".to_owned()),
        9 if word.ends_with('Z') && digits(0, 2) && digits(3, 5) => Some("<time>".to_owned()),
        43 => Some("<key>".to_owned()),
        _ if process => Some("<instance>".to_owned()),
        _ => word.strip_prefix("uid:").filter(|uid| is_digits(uid)).map(|_| "uid:<uid>".to_owned()),
    }
}

#[test]
fn the_screens_are_those_that_a_reviewer_has_seen() {
    let mut world = World::furnished("screens");
    let mut agent = world.wrap();
    agent.open().unwrap();
    assert!(succeeded(&agent.pay(1, "one").unwrap()));
    assert!(!succeeded(&agent.pay(11, "over").unwrap()));
    let task = world.tasks().remove(0);
    let events = world.done(&["--json", "event", "list", "--last", "100"]);
    let leaf = |kind: &str| {
        let mut all = events.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        all.find(|event| event["kind"] == kind).unwrap()["leaf"].to_string()
    };
    let mut screens = Screens { world: &world, out: String::new() };
    for args in [
        &["status"][..],
        &["doctor"],
        &["task", "list"],
        &["task", "show", &task],
        &["grant", "list", "--live"],
        &["event", "list", "--kind", "action"],
        &["event", "show", &leaf("action.begun")],
        &["event", "show", &leaf("action.refused")],
        &["explain", &leaf("action.begun")],
        &["explain", &leaf("action.refused")],
        &["agent", "list"],
        &["server", "list"],
        &["server", "show", "bank"],
        &["tool", "list"],
        &["tool", "show", "bank/pay"],
        &["template", "show", "personal"],
        &["key", "list"],
        &["task", "start", "read-only", "server=bank", "--agent", "personal"],
        &["task", "start", "nothing", "--agent", "personal"],
        &["agent", "show", "persoanl"],
        &["event", "show", "100000"],
        &["task", "consent", &task],
        &["task", "revoke", &task],
        &["task", "revoke", &task],
        &["tenant", "stop"],
        &["task", "start", "read-only", "server=bank", "--agent", "personal", "--yes"],
        &["tenant", "resume"],
        &["key", "turn", "root"],
        &["--json", "task", "show", "zz"],
    ] {
        screens.show(args);
    }
    drop(agent);
    let out = std::mem::take(&mut screens.out);
    world.kill();
    let mut screens = Screens { world: &world, out };
    screens.show(&["status"]);
    screens.show(&["task", "list"]);
    let seen = steady(&screens.out, &world);
    if std::env::var_os("BAILIWICK_GOLDEN").is_some() {
        std::fs::write(KEPT, &seen).unwrap();
    }
    let kept = std::fs::read_to_string(KEPT).unwrap_or_default();
    for (kept, seen) in kept.split("\n\n").zip(seen.split("\n\n")) {
        assert_eq!(seen, kept, "look at the difference, and write `{KEPT}` anew with BAILIWICK_GOLDEN=1");
    }
    assert_eq!(seen.len(), kept.len(), "write `{KEPT}` anew with BAILIWICK_GOLDEN=1");
}
