//! Attacks on a copy of a configuration: what they come to, and that the configuration's own node, home and servers are left
//! alone.

use crate::world::{Said, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A template that holds nothing back: its tools pay and send, and somebody has called them writes whose arguments do no harm.
const WEAK: &str = r#"
kind: tool
tool: bank/pay
effect: write
reversibility: reversible
bind:
  arguments:
    /amount: {role: harmless}
    /currency: {role: harmless}
    /iban: {role: harmless}
    /payee: {role: harmless}
    /reference: {role: harmless}
---
kind: tool
tool: mail/send
effect: write
reversibility: reversible
bind: {arguments: {/to: {role: harmless}, /subject: {role: harmless}, /body: {role: harmless}}}
---
kind: role
name: weak
allow: [{tools: ["*"], effects: [read, write]}]
---
kind: agent
name: weak
owner: ann
contact: nobody
run_by: own
autonomy: execute
role: weak
review: "2099-01-01"
---
kind: template
name: weak
purpose: assistance
read: [payments, mail]
intent: "Do what is asked"
start: {who: [anyone], agents: [weak]}
window: 1h
grant:
  - {tools: [bank/pay, mail/send], effect: write}
  - {tools: [mail/read], resources: any}
"#;

fn report(said: &Said) -> Value {
    let mut lines = said.lines();
    assert_eq!(lines.len(), 1, "{said:?}");
    lines.remove(0)
}

/// The attacks of a report that came to this.
fn came<'a>(report: &'a Value, to: &str) -> Vec<&'a Value> {
    report["attacks"].as_array().unwrap().iter().filter(|row| row["came"] == to).collect()
}

/// Every file of a folder, with what is in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(files(&path));
        } else if path.is_file() {
            out.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    out
}

#[test]
fn what_a_new_tenant_starts_with_and_the_example_let_no_attack_through() {
    let world = World::furnished();
    let before = world.json(&["log", "show"]);
    let said = world.run(&["--json", "rehearse"]);
    let report = report(&said);
    assert_eq!(came(&report, "got_through"), Vec::<&Value>::new());
    assert_eq!(came(&report, "control_failed"), Vec::<&Value>::new());
    assert_eq!((said.code, &report["holds"]), (0, &Value::Bool(true)), "{report}");
    let stopped: BTreeSet<&str> = came(&report, "stopped").iter().map(|row| row["attack"].as_str().unwrap()).collect();
    assert!(stopped.len() >= 20, "{stopped:?}");
    for row in came(&report, "stopped") {
        assert_ne!(row["code"], "", "{row}");
        assert_ne!(row["sentence"], "", "{row}");
    }
    let of = |name: &str| {
        let row = report["attacks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["attack"] == name && row["template"] == "pay-one-invoice");
        row.unwrap()["code"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(of("own-destination"), "argument_not_granted");
    assert_eq!(of("more-than-approved"), "over_each");
    assert_eq!(of("failed-and-again"), "over_total");
    for nested in ["link-in-nested-json", "link-in-nested-base64"] {
        assert_ne!(of(nested), "", "{report}");
    }
    assert_eq!(of("stolen-token"), "invalid_token");
    assert_eq!(of("call-after-revocation"), "task_ended");
    // the node that was copied was asked what there is, and nothing was written there
    assert_eq!(world.json(&["log", "show"])["size"], before["size"]);
    assert_eq!(world.done(&["--json", "task", "list"]).out, "");
}

#[test]
fn a_template_that_holds_nothing_back_is_seen_to() {
    let world = World::furnished();
    let weak = world.file("weak.yaml", WEAK);
    let said = world.run(&["--json", "rehearse", "--candidate", &weak, "--template", "weak"]);
    let report = report(&said);
    let through = came(&report, "got_through");
    let names: BTreeSet<&str> = through.iter().map(|row| row["attack"].as_str().unwrap()).collect();
    assert!(names.len() >= 5, "{report}");
    assert!(names.contains("injected-destination") && names.contains("more-than-approved"), "{names:?}");
    assert!(names.contains("link-in-nested-json") && names.contains("link-in-nested-base64"), "{names:?}");
    for row in &through {
        assert_ne!(row["sent"], "", "{row}");
        assert_ne!(row["to"], "", "{row}");
    }
    assert_eq!((said.code, &report["holds"]), (1, &Value::Bool(false)));
    // who calls is asked whatever templates say
    assert!(!names.contains("stolen-token") && !names.contains("replayed-proof"), "{names:?}");
    let words = world.run(&["rehearse", "--candidate", &weak, "--template", "weak", "--only", "more-than-approved"]);
    assert!(words.out.contains("got through") && words.out.contains("5000"), "{words:?}");
}

#[test]
fn a_rule_that_stops_an_attack_is_named() {
    let world = World::furnished();
    let rule = r#"
kind: policy
name: limits
cedar: |
  @id("ceiling")
  forbid (principal, action in Effect::Action::"transfer", resource)
  when { context.sums has EUR && context.sums.EUR.greaterThan(decimal("400.0")) };
"#;
    let rule = world.file("rule.yaml", rule);
    let asked = ["--json", "rehearse", "--candidate", &rule, "--template", "pay-one-invoice", "--only", "T16"];
    let report = report(&world.run(&asked));
    let stopped = came(&report, "stopped");
    assert_eq!(stopped.len(), 1, "{report}");
    assert_eq!(stopped[0]["code"], "policy_forbidden", "{report}");
    assert!(stopped[0]["rule"].as_str().unwrap().contains("ceiling"), "{report}");
}

#[test]
fn an_act_whose_honest_call_does_not_pass_is_not_attacked_and_told() {
    let world = World::furnished();
    let rule =
        "kind: policy\nname: no-writes\ncedar: 'forbid (principal, action in Effect::Action::\"write\", resource);'\n";
    let rule = world.file("rule.yaml", rule);
    let weak = world.file("weak.yaml", WEAK);
    let asked =
        ["--json", "rehearse", "--candidate", &weak, "--candidate", &rule, "--template", "weak", "--only", "T26"];
    let said = world.run(&asked);
    let report = report(&said);
    assert!(report["notes"].to_string().contains("policy_forbidden"), "{report}");
    // nothing was tried, so nothing is shown to hold
    assert_eq!((said.code, &report["holds"]), (1, &Value::Bool(false)), "{report}");
}

/// A template whose reference has to be of this form.
fn of_form(pattern: &str) -> String {
    format!(
        r#"
kind: template
name: formed
purpose: accounts-payable
read: [payments]
intent: "Pay {{iban}}"
parameters: {{iban: {{kind: iban}}}}
start: {{who: [anyone], agents: [clerk]}}
window: 1h
grant:
  - {{tools: [bank/balance], resources: any}}
  - tools: [bank/pay]
    effect: transfer
    when: {{/iban: {{equals: "{{iban}}"}}, /currency: {{equals: EUR}}, /reference: {pattern}}}
    meters: {{EUR: {{each: "50.00", total: "100.00"}}}}
"#
    )
}

#[test]
fn a_condition_with_a_pattern_is_met_and_one_that_no_value_is_found_for_is_told_by_name() {
    let world = World::furnished();
    let asked = |pattern: &str| {
        let file = world.file("formed.yaml", &of_form(pattern));
        report(&world.run(&["--json", "rehearse", "--candidate", &file, "--template", "formed", "--only", "T22"]))
    };
    let met = asked(r#"{pattern: "INV-[0-9]{6}(/[A-Z]{2})?"}"#);
    let row = met["attacks"].as_array().unwrap().iter().find(|row| row["attack"] == "more-than-approved").unwrap();
    assert_eq!((&row["came"], &row["code"]), (&"stopped".into(), &"over_each".into()), "{met}");
    let none = asked(r#"{pattern: "INV-[0-9]{6}", length: 9}"#);
    let why = "no value was found that the condition of `bank/pay` at `/reference` takes (length, pattern)";
    assert!(none["notes"].to_string().contains(why), "{none}");
    assert!(none["answers"].as_array().unwrap().iter().all(|one| one["tool"] != "bank/pay"), "{none}");
}

#[test]
fn a_home_whose_node_does_not_run_stays_as_it_is_to_the_byte() {
    let world = World::furnished();
    world.done(&["stop"]);
    let home = world.folder.join("home");
    let before = files(&home);
    let report = report(&world.run(&["--json", "rehearse", "--only", "T52"]));
    assert!(report["holds"].as_bool().unwrap(), "{report}");
    assert_eq!(files(&home), before);
}

#[test]
fn no_server_of_the_configuration_is_started() {
    let world = World::empty();
    let mark = world.folder.join("started");
    let server = format!(
        "kind: server\nname: bank\ntransport: {{stdio: {{command: sh, args: [\"-c\", \"echo yes > {}\"]}}}}\n---\n",
        mark.display()
    );
    let person = "kind: person\nname: ann\n---\n";
    let tenant = world.file("tenant.yaml", &format!("{person}{server}{}", WEAK.trim_start().replace("mail/", "bank/")));
    let said = world.run(&["--json", "rehearse", "--candidate", &tenant, "--template", "weak", "--only", "T52"]);
    let report = report(&said);
    assert_eq!(came(&report, "control_failed"), Vec::<&Value>::new());
    assert!(report["notes"].to_string().contains("bank/pay"), "{report}");
    assert!(!mark.exists());
    assert!(!world.folder.join("home").exists(), "no home was made");
}

#[test]
fn what_cannot_be_rehearsed_is_no_yes() {
    let world = World::running();
    let said = world.run(&["rehearse"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("no template can be rehearsed"), "{said:?}");
    let unknown = world.run(&["rehearse", "--only", "T999"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    let listed = world.done(&["rehearse", "--list", "--only", "T22"]);
    assert!(listed.out.contains("more-than-approved"), "{listed:?}");
}
