use super::*;
use bailiwick_core::Document;
use bailiwick_core::json::Limits;

fn read(text: &str) -> Document {
    Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap()
}

#[test]
fn a_mandate_is_its_givers_its_agents_owners_and_the_administrators_to_look_at() {
    let mut control = ControlState::default();
    for (name, roles) in [("ann", r#"["clerk"]"#), ("root", r#"["administrator"]"#), ("bob", "[]"), ("otto", "[]")] {
        let Document::Person(person) = read(&format!(r#"{{"kind":"person","name":"{name}","roles":{roles}}}"#)) else {
            panic!("no person");
        };
        control.persons.insert(person.name.clone(), person);
    }
    let agent = r#"{"kind":"agent","name":"payer","owner":"otto","contact":"otto","run_by":"own","autonomy":"execute","role":"r","review":"2030-01-01"}"#;
    let Document::Agent(document) = read(agent) else { panic!("no agent") };
    let entry = bailiwick_core::AgentEntry {
        document,
        digest: bailiwick_core::sha256(b"agent"),
        active: true,
        suspended: None,
        changed: None,
        offboarded: false,
    };
    control.agents.insert(entry.document.name.clone(), entry);
    let text = r#"{"kind":"mandate","name":"m","giver":"bob","for":{"agents":["payer"]},"meters":{"EUR":{"most":"10","over":"1h"}}}"#;
    let Document::Mandate(mandate) = read(text) else { panic!("no mandate") };
    let may = |name: &str| reads(&control, &PersonId::parse(name).unwrap(), &mandate);
    assert_eq!(["ann", "bob", "otto", "root", "nobody"].map(may), [false, true, true, true, false]);
}
