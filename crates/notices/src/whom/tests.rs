use super::*;
use bailiwick_core::{
    ApprovalAsked, Approver, Approvers, Escalation, Event, Need, Person, RoleName, Span, TaskId, TenantId, Why,
};

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
    let parties = Parties { requester: Some(PersonId::parse("anna").unwrap()), ..Parties::default() };
    let role = |name: &str| Told::Role(RoleName::parse(name).unwrap());
    let one = |name: &str| Told::Person(PersonId::parse(name).unwrap());
    assert_eq!(meant(&[role("clerk")], &parties, &state), ["anna@bank.example", "otto@bank.example"]);
    assert_eq!(meant(&[Told::Requester, one("anna")], &parties, &state), ["anna@bank.example"]);
    assert_eq!(meant(&[role("boss"), one("nobody"), one("mute")], &parties, &state), ["otto@bank.example"]);
    assert_eq!(meant(&[Told::Requester], &Parties::default(), &state), Vec::<String>::new());
    let asks =
        Parties { asked: ["otto", "mute"].map(|name| PersonId::parse(name).unwrap()).into(), ..Parties::default() };
    assert_eq!(meant(&[Told::Asked, one("anna")], &asks, &state), ["anna@bank.example", "otto@bank.example"]);
    assert_eq!(meant(&[Told::Asked], &parties, &state), Vec::<String>::new(), "of what is no request");
}

#[test]
fn too_many_are_told_not_in_part() {
    let people_of = |count: usize| (0..count).map(|n| person(&format!("p{n}"), &["all"], true)).collect();
    let all = [Told::Role(RoleName::parse("all").unwrap())];
    assert_eq!(people(&all, &Parties::default(), &tenant(people_of(PEOPLE_MAX))).unwrap().len(), PEOPLE_MAX);
    assert_eq!(people(&all, &Parties::default(), &tenant(people_of(PEOPLE_MAX + 1))), Err(PEOPLE_MAX + 1));
}

#[test]
fn whom_a_request_asks_is_known_by_its_needs_and_by_how_long_nobody_has_answered() {
    let at = Micros(1_790_000_000_000_000);
    let state = tenant(vec![
        person("anna", &["clerk"], true),
        person("bea", &["boss"], true),
        person("carl", &["boss"], true),
        person("otto", &["chief"], true),
    ]);
    let role = |name: &str| Approvers::one(Approver::Role(RoleName::parse(name).unwrap()));
    let need = Need {
        count: 1,
        escalate: Some(Escalation { after: Span::minutes(10), to: role("chief") }),
        exclude: vec![Approver::Person(PersonId::parse("carl").unwrap())],
        role: "role:boss".to_owned(),
        valid: Span::minutes(30),
        who: role("boss"),
        why: Why::Template,
    };
    let mut task = TaskState::empty(TenantId::new([7; 16]), TaskId::new([9; 16]));
    let asked = ApprovalAsked { needs: vec![need], ..crate::testing::asked() };
    task.apply(&Event { at, data: asked.into() }, 41).unwrap();
    let asks = |request: u64, minutes: u64| {
        let parties = Parties::in_task(&task, &state, Some((request, at.after(Span::minutes(minutes)))));
        meant(&[Told::Asked], &parties, &state)
    };
    assert_eq!(asks(1, 0), ["bea@bank.example"], "not who is excluded, nor who is asked later");
    assert_eq!(asks(1, 10), ["bea@bank.example", "otto@bank.example"]);
    assert_eq!(asks(2, 0), Vec::<String>::new(), "there is no such request");
    assert_eq!(meant(&[Told::Asked], &Parties::in_task(&task, &state, None), &state), Vec::<String>::new());
}
