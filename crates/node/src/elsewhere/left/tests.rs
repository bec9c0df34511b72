use super::*;
use bailiwick_core::json::Pointer;
use bailiwick_core::{Bound, BoundAs, Digest, Reading};

fn path(text: &str) -> Spot {
    object("path", text)
}

fn object(kind: &str, text: &str) -> Spot {
    Spot::of(&[Bound {
        digest: Digest::new([0; 32]),
        group: None,
        kind: kind.to_owned(),
        normal: Reading::Known(text.to_owned()),
        pointer: Pointer::root(),
        role: BoundAs::Object,
        unit: None,
    }])
}

fn files() -> ServerName {
    ServerName::parse("files").unwrap()
}

fn class(name: &str) -> DataClass {
    DataClass::parse(name).unwrap()
}

fn label(name: &str) -> Label {
    Label { classes: vec![class(name)], trusted: Some(true), zones: Vec::new() }
}

fn task(number: u8) -> TaskId {
    TaskId::new([number; 16])
}

fn put(left: &mut Left, spot: Spot, (agent, name): (&str, &str), leaf: u64) {
    let agent = AgentId::parse(agent).unwrap();
    left.put((&files(), spot), &agent, (&label(name), leaf, task(1)));
}

fn read(left: &Left, spot: Spot) -> Vec<(String, u64)> {
    let found = left.besides(&(files(), spot), task(2));
    found.classes.iter().map(|(class, whence)| (class.to_string(), whence.leaf)).collect()
}

#[test]
fn who_leaves_things_everywhere_has_them_lie_in_their_folders_and_what_others_left_stays_where_it_is() {
    let mut left = Left::default();
    put(&mut left, path("/plan/a.txt"), ("honest", "payroll"), 1);
    for number in 0..2 * SPOTS_MAX {
        put(&mut left, path(&format!("/tmp/flood/{number}.txt")), ("flood", "mail"), 2 + number as u64);
    }
    assert!(left.on(&files()).count() <= SPOTS_MAX);
    assert_eq!(read(&left, path("/plan/b.txt")), [], "the flood lies in its own folder");
    assert_eq!(read(&left, path("/plan/a.txt")), [("payroll".to_owned(), 1)]);
    assert!(!read(&left, path("/tmp/flood/other.txt")).is_empty(), "where in that folder nobody knows any more");

    let mut left = Left::default();
    put(&mut left, object("id:file", "mine"), ("honest", "payroll"), 1);
    for number in 0..SPOTS_MAX {
        put(&mut left, object("id:file", &number.to_string()), ("flood", "mail"), 2 + number as u64);
    }
    let found = read(&left, object("id:file", "yours"));
    assert!(found.iter().all(|(class, _)| class == "mail") && !found.is_empty(), "{found:?}");
}

#[test]
fn what_a_person_lowered_counts_no_more_and_what_came_since_they_looked_does() {
    let mut left = Left::default();
    put(&mut left, Spot::Anywhere, ("payer", "payroll"), 3);
    put(&mut left, path("/plan/a.txt"), ("payer", "payroll"), 4);
    put(&mut left, path("/plan/b.txt"), ("payer", "payroll"), 5);
    left.lower(&files(), (&class("payroll"), Some(4)), 6);
    let there = |left: &Left, spot: Spot| read(left, spot).iter().map(|(_, leaf)| *leaf).collect::<Vec<_>>();
    assert_eq!(there(&left, path("/plan/a.txt")), [3], "what lies anywhere lies there too");
    left.lower(&files(), (&class("payroll"), Some(3)), 6);
    assert_eq!(there(&left, path("/plan/a.txt")), [3], "where that lies nobody knows, so no event names it");
    assert_eq!(there(&left, path("/plan/b.txt")), [5], "another place");
    left.lower(&files(), (&class("mail"), None), 6);
    left.lower(&ServerName::parse("other").unwrap(), (&class("payroll"), None), 6);
    assert_eq!(there(&left, path("/plan/b.txt")), [5], "another class, another server");
    put(&mut left, path("/plan/c.txt"), ("payer", "payroll"), 7);
    left.lower(&files(), (&class("payroll"), None), 7);
    assert_eq!(there(&left, path("/plan/b.txt")), [] as [u64; 0]);
    assert_eq!(there(&left, path("/plan/c.txt")), [7], "it came after they looked");
    put(&mut left, path("/plan/b.txt"), ("payer", "payroll"), 9);
    assert_eq!(there(&left, path("/plan/b.txt")), [9], "left anew it counts again");
}

#[test]
fn where_places_are_together_an_event_names_none_of_them() {
    let mut left = Left::default();
    put(&mut left, path("/plan/a.txt"), ("payer", "payroll"), 4);
    put(&mut left, path("/plan/b.txt"), ("payer", "payroll"), 5);
    assert_eq!(left.classes(&files()).iter().filter(|(_, _, wide)| *wide).count(), 0);
    assert!(left.make_room(&files()));
    assert!(left.classes(&files()).iter().all(|(_, _, wide)| *wide));
    left.lower(&files(), (&class("payroll"), Some(5)), 6);
    assert_eq!(left.classes(&files()).len(), 1, "what is seen of it is the last of several");
    left.lower(&files(), (&class("payroll"), None), 6);
    assert_eq!(left.classes(&files()), []);
}

#[test]
fn of_an_erased_task_what_it_left_lies_anywhere_and_can_be_lowered_there() {
    let mut left = Left::default();
    put(&mut left, path("/plan/a.txt"), ("payer", "payroll"), 4);
    left.erased(task(1));
    assert_eq!(left.classes(&files()), [(class("payroll"), Whence { leaf: 4, task: Some(task(1)) }, true)]);
    left.lower(&files(), (&class("payroll"), None), 5);
    assert_eq!(left.classes(&files()), []);
}

#[test]
fn what_was_shared_with_somebody_is_read_at_their_address_and_nowhere_else() {
    let mut left = Left::default();
    let to = |text: &str| Spot::With("email".to_owned(), hash_of(object("email", text)));
    put(&mut left, to("bob@corp.example"), ("payer", "payroll"), 4);
    assert_eq!(read(&left, object("email", "bob@corp.example")), [("payroll".to_owned(), 4)]);
    assert_eq!(read(&left, object("email", "ann@corp.example")), []);
    assert_eq!(read(&left, Spot::Anywhere), [], "one message labels no mailbox");
    left.erased(task(1));
    assert_eq!(
        read(&left, object("email", "ann@corp.example")),
        [("payroll".to_owned(), 4)],
        "whose it was nobody knows"
    );
    assert_eq!(read(&left, Spot::Anywhere), []);
}

fn hash_of(spot: Spot) -> Option<Digest> {
    if let Spot::Thing(_, hash) = spot { Some(hash) } else { None }
}
