//! What people are told of what happened, of the rules that run, and of an agent that went.

use crate::world::World;

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/rules.md");

/// A document without what differs from run to run: digests, accounts, days of review, numbers of events.
fn steady(text: &str) -> String {
    let is_hex = |word: &str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let line = |line: &str| match line.strip_prefix("- last control event: ") {
        Some(_) => "- last control event: #<event>".to_owned(),
        None => line.split('`').map(|word| if is_hex(word) { "<digest>" } else { word }).collect::<Vec<_>>().join("`"),
    };
    let uid = |text: String| {
        let parts: Vec<&str> = text.split("uid\\:").collect();
        let rest = parts.iter().skip(1).map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()));
        parts.iter().copied().take(1).chain(rest).collect::<Vec<_>>().join("uid\\:<uid>")
    };
    let is_day = |cell: &str| cell.len() == 10 && cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let days = |text: String| {
        text.split("| ").map(|cell| if is_day(cell.trim()) { "<day> " } else { cell }).collect::<Vec<_>>().join("| ")
    };
    text.lines().map(|text| days(uid(line(text))) + "\n").collect()
}

#[test]
fn the_rules_that_run_print_themselves_as_a_reviewer_has_seen_them() {
    let world = World::furnished();
    let printed = world.done(&["policy", "document"]).out;
    assert_eq!(printed, world.done(&["policy", "document"]).out, "the same rules are the same bytes");
    let answer = world.json(&["policy", "document"]);
    assert_eq!(answer["markdown"], printed.as_str());
    let seen = steady(&printed);
    if std::env::var_os("BAILIWICK_GOLDEN").is_some() {
        std::fs::write(KEPT, &seen).unwrap();
    }
    let kept = std::fs::read_to_string(KEPT).unwrap_or_default();
    for (number, (seen, kept)) in seen.lines().zip(kept.lines()).enumerate() {
        assert_eq!(seen, kept, "line {}: write `{KEPT}` anew with BAILIWICK_GOLDEN=1", number + 1);
    }
    assert_eq!(seen.len(), kept.len(), "write `{KEPT}` anew with BAILIWICK_GOLDEN=1");
}

#[test]
fn who_wanted_and_who_allowed_is_told_of_each_event_of_a_task() {
    let world = World::furnished();
    let task = world.task();
    let events = world.done(&["--json", "task", "timeline", &task]).lines();
    let kinds: Vec<&str> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["task.started", "grant.minted", "task.amended"]);
    for event in &events {
        let leaf = event["event"].to_string();
        let told = world.done(&["explain", &leaf]).out;
        for words in
            ["who wanted it:", "started the task, and so said yes to:", "  read with mail/search", "what to do next:"]
        {
            assert!(told.contains(words), "`{words}` is not in: {told}");
        }
        let json = world.json(&["explain", &leaf]);
        assert_eq!(json["wanted"]["event"], events[0]["event"], "{json}");
        assert_eq!(json["wanted"]["erased"], false);
    }
    let consent = world.done(&["explain", &events[2]["event"].to_string()]).out;
    assert!(
        consent.contains("consented to privileged tools") || consent.contains("may be used from here on"),
        "{consent}"
    );
    let lines = world.done(&["task", "timeline", &task]).out;
    assert!(lines.lines().all(|line| line.starts_with('+')) && lines.contains("started a task"), "{lines}");
    world.done(&["task", "revoke", &task]);
    let last = world.done(&["--json", "task", "timeline", &task]).lines();
    let ended = last.last().unwrap()["event"].to_string();
    let told = world.done(&["explain", &ended]).out;
    assert!(
        told.contains("1 grant ended with it") && told.contains(&world.told("template show pay-one-invoice")),
        "{told}"
    );
}

#[test]
fn an_administrators_event_is_told_with_what_it_changed_and_what_it_ends() {
    let world = World::furnished();
    let suspended = world.json(&["agent", "suspend", "clerk"])["event"].to_string();
    let told = world.done(&["explain", &suspended]).out;
    assert!(told.contains("every grant of clerk made before it has ended"), "{told}");
    assert!(told.contains(&world.told("agent resume clerk")), "{told}");
    world.done(&["agent", "resume", "clerk"]);
    let told = world.done(&["explain", &suspended]).out;
    assert!(told.contains("it was undone since") && !told.contains("agent resume"), "{told}");
    world.done(&["agent", "offboard", "clerk"]);
    let list = world.done(&["--json", "event", "list", "--kind", "control.agent", "--last", "100"]).out;
    let last: serde_json::Value =
        serde_json::from_str(list.lines().rfind(|line| line.contains("control.agent")).unwrap()).unwrap();
    let gone = last["leaf"].to_string();
    let told = world.done(&["explain", &gone]).out;
    assert!(told.contains("remove its document and apply it anew") && !told.contains("undone"), "{told}");
    assert!(!world.done(&["status"]).out.contains("agent resume"), "nobody resumes it");
    let none = world.run(&["explain", "100000"]);
    assert!(none.code == 2 && none.err.contains("there is no event 100000"), "{none:?}");
}

#[test]
fn an_agent_that_goes_leaves_a_certificate_that_anybody_can_check_and_nobody_can_change() {
    let world = World::furnished();
    let task = world.task();
    let named = world.run(&["agent", "offboard", "clerk", "--remove"]);
    assert!(named.code == 2 && named.err.contains("template `pay-one-invoice` names agent `clerk`"), "{named:?}");
    let live = world.json(&["task", "show", &task]);
    assert_eq!(live["standing"]["live"], true, "whoever is refused has lost nothing: {live}");

    let path = world.folder.join("clerk.json");
    let file = path.to_str().unwrap();
    let said = world.done(&["agent", "offboard", "clerk", "--output", file]);
    assert!(said.err.contains("1 grant ended with it") && said.err.contains("0 are left"), "{said:?}");
    let key = world.file("log.key", &world.done(&["log", "key"]).out);
    let confirmed = world.done(&["agent", "certificate", "clerk", "--check", file, "--key", &key]).out;
    assert!(confirmed.contains(&task) && confirmed.contains("confirmed: "), "{confirmed}");
    let kept: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let ended = &kept["certificate"]["grants"][0];
    let event = world.json(&["event", "show", &ended["event"].to_string()]);
    assert!(event["kind"] == "grant.ended" || event["kind"] == "task.ended", "{event}");

    let changed = kept.to_string().replacen(&task, &"0".repeat(32), 1);
    let other = world.file("changed.json", &changed);
    let no = world.run(&["agent", "certificate", "clerk", "--check", &other]);
    assert!(no.code == 1 && no.out.contains("contradicted: "), "{no:?}");
    let no = world.run(&["agent", "certificate", "payer", "--check", file]);
    assert!(no.code == 1 && no.out.contains("it is of agent `clerk`"), "{no:?}");
    let there = world.run(&["agent", "offboard", "clerk", "--output", file]);
    assert_eq!(there.code, 2, "a certificate is not written over: {there:?}");
    let again = world.json(&["agent", "offboard", "clerk"]);
    assert_eq!(again["certificate"]["left"], 0, "{again}");
}

#[test]
fn what_live_work_a_change_of_an_agent_ends_is_said_before_it_is_applied() {
    let world = World::furnished();
    let task = world.task();
    let agent = world.json(&["agent", "show", "clerk"])["document"].clone();
    let file = |name: &str, change: &dyn Fn(&mut serde_json::Value)| {
        let mut changed = agent.clone();
        change(&mut changed);
        world.file(name, &changed.to_string())
    };
    let harmless = file("same.json", &|agent| agent["review"] = "2031-01-01".into());
    let said = world.done(&["apply", "--dry-run", "-f", &harmless]);
    assert!(!said.err.contains("live grant"), "{said:?}");
    let other = file("other.json", &|agent| agent["version"] = "2".into());
    let said = world.done(&["apply", "--dry-run", "-f", &other]);
    let told = format!(
        "agent clerk holds 1 live grant: it ends with this change (`context_changed`), and all below, in 1 live task ({task})"
    );
    assert!(said.err.contains(&told), "{said:?}");
    let answer = world.done(&["--json", "apply", "--dry-run", "-f", &other]).lines().pop().unwrap();
    assert_eq!(answer["ends"][0]["first"], serde_json::json!([task]), "{answer}");
    world.done(&["apply", "-f", &other]);
    let shown = world.done(&["task", "show", &task]).out;
    assert!(shown.contains("ended (context_changed)"), "{shown}");
}

#[test]
fn an_agent_is_not_removed_while_a_template_that_stays_names_it() {
    let world = World::furnished();
    world.task();
    let no = world.run(&["apply", "--remove", "agent/clerk"]);
    assert!(no.code == 2 && no.err.contains("template `pay-one-invoice` names agent `clerk`"), "{no:?}");
    let both = ["apply", "--remove", "agent/clerk", "--remove", "template/pay-one-invoice"];
    let said = world.done(&both);
    assert!(said.err.contains("agent clerk holds 1 live grant: it ends with it"), "{said:?}");
}
