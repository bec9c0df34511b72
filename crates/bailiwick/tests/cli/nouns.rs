//! Each noun lists and shows, in words and as JSON; ids by their beginning, names with what may have been meant.

use crate::world::{World, beginning};
use serde_json::Value;

#[test]
fn each_noun_lists_an_entry_a_line_and_shows_one() {
    let world = World::furnished();
    let task = world.task();
    let grants = world.done(&["--json", "grant", "list"]).lines();
    let grant = grants[0]["grant"].as_str().unwrap();
    for (noun, field, one, expected) in [
        ("agent", "name", "clerk", "bounded   read, write, transfer with bank/*"),
        ("server", "name", "bank", "pay "),
        ("tool", "tool", "bank/pay", "reversibility  by-others"),
        ("template", "name", "pay-one-invoice", "transfer with bank/pay; only where currency is \"EUR\""),
        ("task", "task", task.as_str(), "allows   transfer with bank/pay"),
        ("grant", "grant", grant, "holder   clerk"),
    ] {
        let listed = world.done(&["--json", noun, "list"]).lines();
        assert!(listed.iter().any(|entry| entry[field] == one), "{noun}: {listed:?}");
        let words = world.done(&[noun, "list"]).out;
        // the answers to what any server may ask of a client are for programs
        let answers = ["/elicitation:create", "/sampling:createMessage"];
        let own = |entry: &&Value| !answers.iter().any(|name| entry[field].as_str().unwrap().ends_with(name));
        assert_eq!(words.lines().count(), listed.iter().filter(own).count(), "{noun}: {words}");
        assert!(words.contains(one), "{noun}: {words}");
        let shown = world.json(&[noun, "show", one]);
        assert!(shown.to_string().contains(one), "{noun}: {shown}");
        let words = world.done(&[noun, "show", one]).out;
        assert!(words.contains(expected), "{noun}: {words}");
    }
    let tool = world.json(&["tool", "show", "bank/pay"]);
    for field in ["pin", "effect", "egress", "reversibility", "impact", "bind", "standing", "words"] {
        assert!(!tool[field].is_null(), "{field}: {tool}");
    }
    let of_bank = world.done(&["--json", "tool", "list", "--server", "bank"]).lines();
    // its own, and the answers to what any server may ask of a client
    assert_eq!(of_bank.len(), 5 + 2, "{of_bank:?}");
    let template = world.json(&["template", "show", "pay-one-invoice"]);
    assert_eq!(template["privileged"].as_array().unwrap().len(), 1, "{template}");
    assert_eq!(template["document"]["parameters"]["max"]["at_most"], "500");
    let log = world.json(&["log", "show"]);
    assert!(log["size"].as_u64().unwrap() > 5 && log["origin"].is_string() && log["key"].is_string(), "{log}");
    world.done(&["log", "checkpoint"]);
    assert_eq!(world.json(&["log", "show"])["checkpoint"]["unsigned"], 0);
    assert!(world.done(&["log", "show"]).out.contains("signed last at"));
}

#[test]
fn an_id_is_named_by_its_beginning_and_only_by_one_that_is_its_own() {
    let world = World::furnished();
    let (one, two) = (world.task(), world.task());
    let alone = (1..=32).map(|length| beginning(&one, length)).find(|beginning| !two.starts_with(*beginning)).unwrap();
    assert_eq!(world.json(&["task", "show", alone])["task"], one.as_str());
    let grant = world.json(&["task", "show", &one])["grants"][0]["grant"].as_str().unwrap().to_owned();
    let named = beginning(&grant, 12);
    assert_eq!(world.json(&["grant", "show", named])["task"], one.as_str());
    let receipt = world.done(&["grant", "revoke", named]).out;
    assert!(receipt.contains("open at that moment: none"), "{receipt}");
    assert_eq!(world.json(&["grant", "show", named])["standing"]["live"], false);
    let live = world.done(&["--json", "grant", "list", "--live"]).lines();
    assert_eq!(live.len(), 1, "{live:?}");
    let other = world.json(&["task", "show", &two])["grants"][0]["grant"].as_str().unwrap().to_owned();
    world.done(&["task", "revoke", beginning(&two, 16), "--grant", beginning(&other, 10)]);
    assert_eq!(world.done(&["grant", "list", "--live"]).out, "");
    let several = world.run(&["task", "show", ""]);
    assert_eq!(several.code, 2, "{several:?}");
    let gone = world.run(&["task", "complete", &"0".repeat(32)]);
    assert!(gone.code == 2 && gone.err.contains("there is no such task"), "{gone:?}");
}

#[test]
fn events_are_listed_from_one_on_or_the_last_and_by_task_and_kind() {
    let world = World::furnished();
    let task = world.task();
    let list = |more: &[&str]| world.done(&[&["--json", "event", "list"], more].concat()).lines();
    let leaf = |event: &Value| event["leaf"].as_u64().unwrap();
    let first = list(&["--from", "0", "--last", "3"]);
    assert_eq!(first.iter().map(leaf).collect::<Vec<_>>(), [0, 1, 2]);
    let last = list(&["--last", "2"]);
    assert!(leaf(&last[0]) + 1 == leaf(&last[1]) && last.len() == 2, "{last:?}");
    let own = list(&["--task", beginning(&task, 12)]);
    assert!(own.len() >= 3 && own.iter().all(|event| event["stream"] == task.as_str()), "{own:?}");
    let kinds = list(&["--kind", "grant"]);
    assert!(!kinds.is_empty() && kinds.iter().all(|event| event["kind"] == "grant.minted"), "{kinds:?}");
    assert_eq!(list(&["--kind", "control.quarantined"]).len(), 0);
    let past = world.run(&["event", "show", "100000"]);
    assert!(past.code == 2 && past.err.contains("the last one is"), "{past:?}");
}

#[test]
fn a_name_that_is_not_there_is_your_input_and_is_answered_with_what_there_is() {
    let world = World::furnished();
    for (args, expected) in [
        (&["agent", "show", "payerr"][..], "did you mean `payer`?"),
        (&["agent", "suspend", "payerr"], "did you mean `payer`?"),
        (&["server", "show", "banc"], "did you mean `bank`?"),
        (&["server", "review", "nothing-like-it"], "there are `bank`, `mail`"),
        (&["tool", "show", "bank/pya"], "did you mean `bank/pay`?"),
        (&["tool", "list", "--server", "bnk"], "did you mean `bank`?"),
        (&["template", "show", "../etc"], "there are `pay-invoice`, `pay-one-invoice`, `personal`, `read-only`"),
        (&["task", "start", "pay-invoise", "--agent", "payer"], "did you mean `pay-invoice`?"),
        (&["task", "start", "pay-invoice", "--agent", "pair"], "there are `clerk`, `payer`, `personal`"),
        (&["grant", "show", "zz"], "no grant begins with `zz`"),
        (&["agent", "key", "payerr", "--out", "x.key", "--enroll"], "did you mean `payer`?"),
    ] {
        let said = world.run(args);
        assert!(said.code == 2 && said.err.contains(expected), "{args:?}: {said:?}");
        let problem = world.run(&[&["--json"], args].concat()).problem();
        assert_eq!(problem["code"], "bad_input", "{problem}");
    }
    assert!(!std::path::Path::new("x.key").exists(), "a key that nobody takes is not made");
    let missing =
        world.run(&["task", "start", "pay-one-invoice", "payee=X", "iban=DE89370400440532013000", "--agent", "clerk"]);
    assert!(
        missing.code == 2 && missing.err.contains("`max`: expected an amount in EUR of at most 500, as `max=500`"),
        "{missing:?}"
    );
}

#[test]
fn a_kind_of_event_that_is_none_is_answered_with_those_that_there_are() {
    let world = World::empty();
    let said = world.run(&["event", "list", "--kind", "nosuch"]);
    assert_eq!(said.code, 2, "{said:?}");
    for kind in ["action.begun", "task.ended", "control", "refusals"] {
        assert!(said.err.contains(kind), "`{kind}` is not in: {}", said.err);
    }
    let problem = world.run(&["--json", "event", "list", "--kind", "nosuch"]).problem();
    assert!(problem["code"] == "usage" && problem["detail"].to_string().contains("action.begun"), "{problem}");
}

#[test]
fn the_second_consent_is_for_who_started_the_task_and_whoever_else_asks_is_told_so() {
    let world = World::furnished();
    let task = world.run(&[
        "--json",
        "task",
        "start",
        "pay-one-invoice",
        "payee=X",
        "iban=DE89370400440532013000",
        "max=5",
        "--agent",
        "clerk",
        "--yes",
    ]);
    let task = task.lines()[0]["task"].as_str().unwrap().to_owned();
    let uid = std::fs::metadata(&world.folder).map(|folder| std::os::unix::fs::MetadataExt::uid(&folder)).unwrap();
    let person = format!("kind: person\nname: zoe\nuid: {uid}\n");
    world.done(&["apply", &world.file("zoe.yaml", &person)]);
    let refused = world.run(&["task", "consent", &task, "--yes"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    let expected = format!("only `uid:{uid}`, who started this task, may consent to more in it; you are `zoe` here");
    assert!(refused.err.contains(&expected), "{}", refused.err);
}

#[test]
fn an_agent_whose_owner_is_nobody_is_told_of_at_apply_and_by_doctor() {
    let world = World::furnished();
    let agent = "kind: agent\nname: orphan\nowner: nobody-here\ncontact: x\nrun_by: own\nautonomy: execute\nrole: clerk\n\
                 review: \"2030-01-01\"\n";
    let said = world.done(&["apply", &world.file("orphan.yaml", agent)]);
    assert!(said.err.contains("no person `nobody-here` is described"), "{said:?}");
    let checks = world.run(&["--json", "doctor"]).lines();
    let own = checks.iter().find(|check| check["check"] == "owner of agent orphan").unwrap();
    assert!(own["well"].is_null() && own["words"].to_string().contains("nobody-here"), "{own}");
    assert!(!checks.iter().any(|check| check["check"] == "owner of agent clerk"), "{checks:?}");
}

#[test]
fn the_privileged_part_is_announced_before_the_first_yes() {
    let world = World::furnished();
    let asked =
        ["task", "start", "pay-one-invoice", "payee=X", "iban=DE89370400440532013000", "max=5", "--agent", "clerk"];
    let said = world.run(&asked);
    assert_eq!(said.code, 1, "{said:?}");
    let (_, after) = said.err.split_once("a second yes will be asked for").unwrap();
    let (before, _) = after.split_once("not started").expect("it is announced before the answer");
    assert!(before.contains("transfer with bank/pay"), "{}", said.err);
    let note = "note: the intent says `X`, which no limit holds: that is not enforced";
    assert!(before.contains(note), "the payee's name is in the intent alone: {}", said.err);
    let shown = world.done(&["template", "show", "pay-one-invoice"]).out;
    assert!(shown.contains("note: the intent says `{payee}`, which no limit holds"), "{shown}");
    assert_eq!(world.json(&["template", "show", "personal"])["not_enforced"], serde_json::json!([]));
    assert_eq!(world.done(&["task", "list"]).out, "");
    let problem = world.run(&[&["--json"], &asked[..]].concat()).problem();
    assert_eq!((&problem["code"], &problem["exit"]), (&"no_yes".into(), &1.into()), "{problem}");
    let review = world.run(&["server", "review", "bank"]);
    assert!(review.code == 1 && review.err.contains("not reviewed"), "{review:?}");
    let task = world.task();
    world.done(&["task", "revoke", &task]);
    let late = world.run(&["task", "consent", &task, "--yes"]);
    assert!(late.code == 1 && late.err.contains("the task has ended: the grant was revoked"), "{late:?}");
}

#[test]
fn what_names_nothing_says_what_there_is_and_what_to_run() {
    let world = World::furnished();
    let start = ["task", "start", "pay-one-invoice", "payee=X", "iban=DE89370400440532013000", "max=100", "--only"];
    for (only, says) in [
        (
            "search",
            "--only: expected `server/tool`, where `*` may stand in the tool's name at most 4 times, not `search`; did \
                    you mean `mail/search`?",
        ),
        ("mail/s*x", "`mail/s*x` matches no tool of server mail; there are `mail/"),
    ] {
        let said = world.run(&[&start[..], &[only, "--yes"]].concat());
        assert!(said.code == 2 && said.err.contains(says), "{said:?}");
    }
    let keep = world.file("keep.yaml", "{kind: rule, name: keep, retention: {after: 90d}}");
    let first = world.done(&["apply", &keep]).out;
    assert!(first.contains("LOOSENS  a rule: "), "a first rule that erases is marked: {first}");
    let other = world.file("other.yaml", "{kind: rule, name: other, retention: {after: 90d}}");
    let second = world.run(&["apply", &other]);
    assert!(second.err.contains("other.yaml:1") && second.err.contains("rule keep says how long"), "{second:?}");
    let list = world.run(&["person", "list"]);
    assert!(list.err.contains("nobody has a passkey yet") && list.err.contains("person invite NAME"), "{list:?}");
    let task = world.task();
    let glass = |envelope: &str| {
        world.run(&["break-glass", "open", "--task", &task, "--envelope", envelope, "--incident", "I", "--reason", "x"])
    };
    let none = glass("read-only");
    assert!(none.code == 1 && none.err.contains("nobody has it") && none.err.contains("person list"), "{none:?}");
    let key = world.run(&["verify", &keep, "--key", "nokey"]);
    assert!(key.code == 2 && key.err.contains("there is no such file") && key.err.contains("log key"), "{key:?}");
}
