//! What a person is told who starts a task, consents to one that has ended, or says no to what others are asked.

use super::world::World;

const START: [&str; 5] = ["task", "start", "pay-one-invoice", "payee=X", "iban=DE89370400440532013000"];

#[test]
fn a_template_for_one_agent_is_started_for_that_agent_and_one_for_several_asks_which() {
    let world = World::furnished();
    let said = world.done(&[&START[..], &["max=100", "--yes"]].concat());
    assert!(said.err.contains("for 1h, clerk may:") && said.out.contains("holder   clerk, "), "{said:?}");
    let agent = "kind: agent\nname: other\nowner: ann\ncontact: x\nrun_by: own\nautonomy: execute\nrole: clerk\nreview: \"2030-06-30\"\n";
    let template = "---\nkind: template\nname: looks\npurpose: looking\nintent: Look\nstart: {who: [anyone], agents: [clerk, other]}\nwindow: 1h\ngrant: [{tools: [mail/read], resources: any}]\n";
    let file = world.file("two.yaml", &format!("{agent}{template}"));
    world.done(&["apply", "-f", &file]);
    let said = world.run(&["task", "start", "looks", "--yes"]);
    assert!(said.code == 2 && said.err.contains("say which by `--agent`, one of clerk, other"), "{said:?}");
}

#[test]
fn what_template_show_prints_starts_a_task_when_it_is_pasted() {
    let world = World::furnished();
    let shown = world.done(&["template", "show", "pay-one-invoice"]).out;
    let named = format!("  start it   {}", world.told(""));
    let line = shown.lines().find_map(|line| line.strip_prefix(&named)).unwrap();
    assert!(line.starts_with("task start pay-one-invoice ") && line.contains(" max=500"), "{line}");
    let words = line.replace("'Some words'", "Some_words");
    let mut words: Vec<&str> = words.split(' ').collect();
    words.push("--yes");
    world.done(&words);
}

#[test]
fn nothing_is_started_that_could_never_pay() {
    let world = World::furnished();
    let before = world.json(&["status"])["leaves"].clone();
    for max in ["max=0", "max=0.00"] {
        let said = world.run(&[&START[..], &[max, "--agent", "clerk", "--yes"]].concat());
        assert!(said.code == 2 && said.err.contains("`max`: expected more than 0 EUR, as `max=500`"), "{said:?}");
    }
    assert_eq!(world.json(&["status"])["leaves"], before, "nothing was written");
}

#[test]
fn who_consents_to_a_task_that_has_ended_is_told_that_alone() {
    let world = World::furnished();
    let task = world.done(&[&["--json"], &START[..], &["max=100", "--yes"]].concat()).lines()[0]["task"].clone();
    let task = task.as_str().unwrap();
    world.done(&["task", "revoke", task]);
    for args in [&["task", "consent", task][..], &["task", "consent", task, "--yes"]] {
        let said = world.run(args);
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{said:?}");
        assert!(said.err.starts_with("bailiwick: the task has ended: the grant was revoked\nnext: "), "{said:?}");
    }
}

#[test]
fn only_of_calls_is_it_told_whether_they_were_enforced() {
    let world = World::furnished();
    let task = world.task();
    let started = world.done(&["--json", "task", "timeline", &task]).lines()[0]["event"].to_string();
    let shown = world.done(&["event", "show", &started]).out;
    assert!(shown.contains("facts.now") && !shown.contains("facts.mode"), "{shown}");
}
