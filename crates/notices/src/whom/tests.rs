use super::*;
use bailiwick_core::{Person, RoleName};

fn person(name: &str, roles: &[&str], mail: bool) -> Person {
    Person {
        name: PersonId::parse(name).unwrap(),
        roles: roles.iter().map(|role| RoleName::parse(role).unwrap()).collect(),
        uid: None,
        mail: mail.then(|| MailAddress::parse(&format!("{name}@bank.example")).unwrap()),
    }
}

fn tenant(people: Vec<Person>) -> ControlState {
    let persons = people.into_iter().map(|person| (person.name.clone(), person)).collect();
    ControlState { persons, ..ControlState::default() }
}

fn meant(who: &[Told], parties: &Parties, state: &ControlState) -> Vec<String> {
    people(who, parties, state).unwrap().values().map(ToString::to_string).collect()
}

#[test]
fn those_of_a_role_the_requester_and_a_person_are_told_once_each_if_mail_reaches_them() {
    let state = tenant(vec![
        person("anna", &["clerk"], true),
        person("otto", &["clerk", "boss"], true),
        person("mute", &["clerk"], false),
    ]);
    let parties = Parties { requester: Some(PersonId::parse("anna").unwrap()), agents: BTreeSet::new() };
    let role = |name: &str| Told::Role(RoleName::parse(name).unwrap());
    let one = |name: &str| Told::Person(PersonId::parse(name).unwrap());
    assert_eq!(meant(&[role("clerk")], &parties, &state), ["anna@bank.example", "otto@bank.example"]);
    assert_eq!(meant(&[Told::Requester, one("anna")], &parties, &state), ["anna@bank.example"]);
    assert_eq!(meant(&[role("boss"), one("nobody"), one("mute")], &parties, &state), ["otto@bank.example"]);
    assert_eq!(meant(&[Told::Requester], &Parties::default(), &state), Vec::<String>::new());
}

#[test]
fn too_many_are_told_not_in_part() {
    let people_of = |count: usize| (0..count).map(|n| person(&format!("p{n}"), &["all"], true)).collect();
    let all = [Told::Role(RoleName::parse("all").unwrap())];
    assert_eq!(people(&all, &Parties::default(), &tenant(people_of(PEOPLE_MAX))).unwrap().len(), PEOPLE_MAX);
    assert_eq!(people(&all, &Parties::default(), &tenant(people_of(PEOPLE_MAX + 1))), Err(PEOPLE_MAX + 1));
}
