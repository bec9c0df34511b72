//! `policy …` on folders of documents, without a node: what is checked, tested, compared and laid out.

use crate::world::{World, example};
use serde_json::Value;
use std::path::{Path, PathBuf};

const CEILING: &str = r#"@id("pay") permit (principal, action in Effect::Action::"transfer", resource) when { context.purpose == "invoices" };
@id("most")
forbid (principal, action in Effect::Action::"transfer", resource)
when { context.sums has EUR && context.sums.EUR.greaterThan(decimal("500.0")) };
"#;

const CASES: &str = r#"cases:
  - name: a small one is paid
    agent: clerk
    tool: bank/pay
    purpose: invoices
    arguments: {amount: "120.50", currency: EUR, iban: DE02120300000000202051}
    expect: allow
    by: [ceiling.pay]
  - name: too much of it is not
    agent: clerk
    tool: bank/pay
    purpose: invoices
    arguments: {amount: "120.50", currency: EUR, iban: DE02120300000000202051}
    charged: {EUR: "400"}
    expect: deny
"#;

/// A folder with the example's documents, a policy and cases.
fn folder(world: &World, cedar: &str, cases: &str) -> String {
    let dir = world.folder.join("policies");
    std::fs::create_dir_all(&dir).unwrap();
    for entry in std::fs::read_dir(example()).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, dir.join(path.file_name().unwrap())).unwrap();
    }
    std::fs::write(dir.join("ceiling.cedar"), cedar).unwrap();
    std::fs::write(dir.join("ceiling.test.yaml"), cases).unwrap();
    dir.to_str().unwrap().to_owned()
}

#[test]
fn cases_are_asked_of_a_folder_and_told_as_a_test_runner_does() {
    let world = World::empty();
    let dir = folder(&world, CEILING, CASES);
    let said = world.done(&["policy", "test", &dir]);
    for part in [
        "running 2 cases of 1 files",
        "case a small one is paid ... ok",
        "coverage: 2 of 2 rules matched in some case, 100 percent",
        "condition 1 of permit `ceiling.pay` always held",
        "result: ok. 2 passed; 0 failed",
    ] {
        assert!(said.out.contains(part), "{part}: {said:?}");
    }
    assert_eq!(world.run(&["policy", "test", &dir, "--coverage-min", "100"]).code, 0);
    let few = world.run(&["policy", "test", &dir, "--only", "small", "--coverage-min", "100"]);
    assert!(few.code == 1 && few.err.contains("50 of a hundred rules matched"), "{few:?}");
    assert!(few.out.contains("never matched: forbid `ceiling.most`, line 2"), "{few:?}");

    let dir = folder(&world, &CEILING.replace("500.0", "600.0"), CASES);
    let failed = world.run(&["policy", "test", &dir]);
    assert_eq!(failed.code, 1);
    let place = format!("too much of it is not ({dir}/ceiling.test.yaml:9)");
    assert!(failed.out.contains(&place), "{failed:?}");
    assert!(failed.out.contains("expected deny, found allow by `ceiling.pay`"), "{failed:?}");
    let json: Value = world.run(&["--json", "policy", "test", &dir]).lines().remove(0);
    assert!(json["passed"] == false && json["files"][0][1]["verdict"] == "allow", "{json}");
}

#[test]
fn a_file_of_cases_that_is_wrong_is_told_with_its_line() {
    let world = World::empty();
    let dir = folder(&world, CEILING, &CASES.replace("charged:", "chraged:"));
    let said = world.run(&["policy", "test", &dir]);
    assert!(said.code == 2 && said.err.contains("ceiling.test.yaml:9:") && said.err.contains("chraged"), "{said:?}");
    let dir = folder(&world, CEILING, &CASES.replace("agent: clerk", "agent: clrk"));
    let said = world.run(&["policy", "test", &dir]);
    assert!(said.code == 1 && said.out.contains("there is no agent `clrk`"), "{said:?}");
    let none = world.folder.join("none");
    std::fs::create_dir_all(&none).unwrap();
    assert_eq!(world.run(&["policy", "test", none.to_str().unwrap()]).code, 2, "no file of cases is a mistake");
}

#[test]
fn a_folder_is_checked_for_mistakes_and_for_rules_that_do_nothing() {
    let world = World::empty();
    let dir = folder(&world, CEILING, CASES);
    let said = world.done(&["policy", "check", &dir]);
    assert!(said.err.contains("2 rules, 0 mistakes, 0 notes"), "{said:?}");
    let silent = format!(
        "{CEILING}@id(\"x\") forbid (principal, action == Action::\"bank/pay\", resource) when {{ context.hour < 3 && context.hour > 5 }};"
    );
    let dir = folder(&world, &silent, CASES);
    let said = world.done(&["policy", "check", &dir]);
    assert!(said.out.contains("policy `ceiling`, line 5: rule `ceiling.x` matches nothing"), "{said:?}");
    assert_eq!(world.run(&["policy", "check", &dir, "--strict"]).code, 1);
    let dir = folder(&world, &CEILING.replace("context.purpose", "context.purpse"), CASES);
    let said = world.run(&["policy", "check", &dir]);
    assert!(
        said.code == 1 && said.out.contains("ceiling.cedar:1: ") && said.out.contains("did you mean `purpose`"),
        "{said:?}"
    );
    let dir = folder(&world, "permit (principal", CASES);
    let said = world.run(&["policy", "check", &dir]);
    assert!(said.code == 1 && said.out.contains("ceiling.cedar:1: "), "{said:?}");
}

#[test]
fn two_folders_are_compared_by_an_action_for_each_rule() {
    let world = World::empty();
    let old = folder(&world, CEILING, CASES);
    let kept = world.folder.join("old");
    std::fs::rename(&old, &kept).unwrap();
    let new = folder(&world, &CEILING.replace("500.0", "600.0"), CASES);
    let said = world.done(&["policy", "diff", kept.to_str().unwrap(), &new]);
    assert!(
        said.out.contains("changed rule ceiling.most\n  agent `clerk`, tool `bank/pay`, sums EUR 500.0001"),
        "{said:?}"
    );
    assert!(said.out.contains("deny (ceiling.most) -> allow (ceiling.pay)"), "{said:?}");
    assert!(world.done(&["policy", "diff", &new, &new]).err.contains("no rule differs"));
}

#[test]
fn files_are_laid_out_and_stay_so() {
    let world = World::empty();
    let dir = folder(&world, CEILING, CASES);
    let would = world.run(&["policy", "fmt", &dir, "--check"]);
    assert!(would.code == 1 && would.out.contains("would change"), "{would:?}");
    let path = format!("{dir}/ceiling.cedar");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), CEILING, "it only looked");
    assert!(world.done(&["policy", "fmt", &dir]).out.contains("changed "));
    assert!(
        std::fs::read_to_string(&path).unwrap().contains("permit (\n")
            || std::fs::read_to_string(&path).unwrap() != CEILING
    );
    assert_eq!(world.run(&["policy", "fmt", &dir, "--check"]).code, 0);
    assert_eq!(world.run(&["policy", "test", &dir]).code, 0, "it means the same");
}

#[test]
fn cases_beside_documents_are_asked_of_the_tenant_that_runs_and_are_no_documents() {
    let world = World::furnished();
    let cedar = world.file("ceiling.cedar", CEILING);
    let noted = world.done(&["apply", &cedar, "--dry-run"]);
    assert!(noted.err.contains("note: ") && noted.err.contains("adds nothing to `starter.high`"), "{noted:?}");
    let dir = folder(&world, CEILING, &CASES.replace("by: [ceiling.pay]", "by: [ceiling.pay, starter.high]"));
    let said = world.done(&["policy", "test", &dir, "--running"]);
    assert!(said.out.contains("result: ok. 2 passed") && said.out.contains("`starter.high`"), "{said:?}");
    world.done(&["apply", &dir]);
    let checked = world.done(&["policy", "check"]);
    assert!(checked.out.contains("adds nothing to `starter.high`"), "{checked:?}");
}

const GUARD: &str = r#"package guard

allow if input.context.effect == "transfer"
deny contains "too-much" if input.context.sums.EUR > 500 * 10000
"#;

#[test]
fn rules_in_rego_are_checked_tried_and_compared_beside_those_in_cedar() {
    let world = World::empty();
    let cases = CASES.replace("by: [ceiling.pay]", "by: [ceiling.pay, guard.allow]");
    let cases = format!("{cases}    by: [ceiling.most, guard.deny.too-much]\n");
    let dir = folder(&world, CEILING, &cases);
    let guard = format!("{dir}/guard.rego");
    std::fs::write(&guard, GUARD).unwrap();
    let said = world.done(&["policy", "test", &dir]);
    assert!(said.out.contains("coverage: 4 of 4 rules matched in some case"), "{said:?}");
    assert!(world.done(&["policy", "check", &dir]).err.contains("0 mistakes"));
    assert!(world.run(&["policy", "fmt", &dir]).out.contains("ceiling.cedar"), "what is in Rego is left as it is");
    assert_eq!(std::fs::read_to_string(&guard).unwrap(), GUARD);

    std::fs::write(&guard, GUARD.replace("sums", "sumz")).unwrap();
    let said = world.run(&["policy", "check", &dir]);
    assert!(
        said.code == 1 && said.out.contains("guard.rego:4: ") && said.out.contains("did you mean `sums`"),
        "{said:?}"
    );
    std::fs::write(&guard, format!("{GUARD}deny if http.send({{}}).status_code == 200\n")).unwrap();
    let said = world.run(&["policy", "check", &dir]);
    assert!(said.code == 1 && said.out.contains("guard.rego:5: ") && said.out.contains("`http.send`"), "{said:?}");
    std::fs::write(&guard, format!("{GUARD}allow if {{\n")).unwrap();
    let said = world.run(&["policy", "check", &dir]);
    assert!(said.code == 1 && said.out.contains("guard.rego:"), "{said:?}");

    std::fs::write(&guard, GUARD).unwrap();
    let kept = world.folder.join("old");
    std::fs::rename(&dir, &kept).unwrap();
    let dir = folder(&world, CEILING, &cases);
    std::fs::write(format!("{dir}/guard.rego"), GUARD.replace("500", "600")).unwrap();
    let said = world.done(&["policy", "diff", kept.to_str().unwrap(), &dir]);
    assert!(said.out.contains("changed rule guard"), "{said:?}");
}

#[test]
fn a_bundle_that_is_none_is_refused_and_prints_no_document() {
    let world = World::empty();
    let key = world.file("key.pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
    let bundle = world.file("guard.tar.gz", "no archive at all");
    let said = world.run(&["policy", "bundle", &bundle, "--key", &key, "--entry", "authz"]);
    assert!(said.code == 2 && said.out.is_empty() && said.err.contains("not those of gzip"), "{said:?}");
    let large = world.file("large.tar.gz", &"x".repeat(10 << 20));
    let said = world.run(&["policy", "bundle", &large, "--key", &key, "--entry", "authz"]);
    assert!(said.code == 2 && said.err.contains("it has 10485760 bytes, at most 1048576 are read"), "{said:?}");
}

#[test]
fn the_cases_of_every_example_pass() {
    let world = World::empty();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    let files =
        |folder: &Path| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let cases = |folder: &PathBuf| {
        folder.is_dir() && files(folder).iter().any(|file| file.to_string_lossy().ends_with(".test.yaml"))
    };
    let folders: Vec<PathBuf> = files(Path::new(examples)).into_iter().filter(cases).collect();
    assert!(folders.len() >= 2, "{folders:?}");
    for folder in folders {
        let said = world.done(&["policy", "test", folder.to_str().unwrap(), "--coverage-min", "100"]);
        assert!(said.out.contains("0 failed"), "{said:?}");
    }
}
