use super::*;
use bailiwick_core::DataClass;

fn hands(agent: &str, number: usize) -> Hands {
    let instance = InstanceId::parse(&format!("process-{number}")).unwrap();
    let key = KeyThumbprint::parse(&format!("{number:0>43}")).unwrap();
    Hands::of(&AgentId::parse(agent).unwrap(), &instance, &key)
}

/// A process of an agent that keeps nothing.
fn process(agent: &str, number: usize) -> Hands {
    let mut hands = hands(agent, number);
    hands.known_by.remove(0);
    hands
}

fn task(number: u8) -> TaskId {
    TaskId::new([number; 16])
}

fn label(class: &str) -> Label {
    Label { classes: vec![DataClass::parse(class).unwrap()], trusted: Some(true), zones: Vec::new() }
}

fn most(whence: Whence) -> Touched {
    Touched { untrusted: Some(whence), ..Touched::default() }
}

fn classes(touched: &Touched) -> Vec<(&str, u64)> {
    touched.classes.iter().map(|(class, whence)| (class.as_str(), whence.leaf)).collect()
}

#[test]
fn of_whichever_task_is_asked_what_came_by_another_is_known() {
    let mut known = Instances::default();
    for (leaf, of, class) in [(3, 1, "payroll"), (4, 2, "payroll"), (5, 2, "mail"), (6, 1, "payroll")] {
        known.touched(&hands("payer", 0), &label(class), task(of), leaf);
    }
    let held = |of: u8| known.held(&process("payer", 0), task(of), most);
    assert_eq!(classes(&held(1)), [("mail", 5), ("payroll", 4)]);
    assert_eq!(classes(&held(2)), [("payroll", 6)], "its own is not from elsewhere");
    assert_eq!(classes(&held(3)), [("mail", 5), ("payroll", 6)]);
    assert_eq!(held(3).untrusted, None);
    assert!(known.held(&process("payer", 1), task(3), most).is_empty(), "a new process has touched nothing");
}

#[test]
fn who_names_processes_without_end_is_forgotten_itself_and_nobody_else_is() {
    let mut known = Instances::default();
    let few: Vec<usize> = (1_000_000..1_000_200).collect();
    for number in &few {
        known.touched(&hands("honest", *number), &label("payroll"), task(1), 1);
    }
    for number in 0..2 * HOLDERS_MAX {
        known.touched(&hands("flood", number), &label("mail"), task(1), 2 + number as u64);
    }
    assert!(known.known.len() <= HOLDERS_MAX);
    let held = |known: &Instances, agent: &str, number: usize| known.held(&process(agent, number), task(2), most);
    for number in &few {
        assert_eq!(classes(&held(&known, "honest", *number)), [("payroll", 1)], "it is known one by one");
        assert_eq!(held(&known, "honest", *number).untrusted, None);
    }
    assert!(held(&known, "flood", 0).untrusted.is_some(), "it was there, and nobody knows what it touched");
    assert_eq!(held(&known, "flood", 2 * HOLDERS_MAX - 1).untrusted, None);
    let strangers = (3 * HOLDERS_MAX..3 * HOLDERS_MAX + 500).filter(|of| !held(&known, "flood", *of).is_empty());
    assert!(strangers.count() < 25, "who never was there has touched nothing");
    known.touched(&hands("flood", 0), &label("mail"), task(1), 1_000_000);
    assert!(
        held(&known, "flood", 0).untrusted.is_some(),
        "what it touched before is not known by what it touched since"
    );

    let kept: Instances = serde_json::from_slice(&serde_json::to_vec(&known).unwrap()).unwrap();
    assert!(held(&kept, "flood", 0).untrusted.is_some() && held(&kept, "honest", few[0]).untrusted.is_none());
}
