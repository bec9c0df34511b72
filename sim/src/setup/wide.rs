//! What the tenant has for wide runs: templates whose holders hand on, that ask people and draw on mandates; and the
//! devices that people sign with.

use super::{AGENTS, PEOPLE, TENANT, json};
use bailiwick_core::{
    Assertion, Assurance, By, ControlCommand, Digest, Document, INVITE_SPAN_MAX, MandateName, Micros, Passkey,
    PersonId, Salt, Span, StreamId, mandate_stream, sha256,
};

/// Templates that are started in wide runs alone.
pub(crate) const WIDE: [&str; 4] = ["team", "asked", "drawn", "rolled"];
/// What a person widens a task by.
pub(crate) const MORE: &str = "more";
/// What a person breaks the glass for.
pub(crate) const OVERRIDE: &str = "override";
/// Mandates, with the most that each gives in whole euros.
pub(crate) const MANDATES: [(&str, u64); 2] = [("daily", 900), ("rolling", 700)];
/// The one whose limit is a rolling one, and over how many seconds.
pub(crate) const ROLLING: (&str, u64) = ("rolling", 60);
/// What `asked` lets pass without a yes, in whole euros; and what always takes one.
pub(crate) const ASKED_OVER: u64 = 60;
/// The template whose tasks are kept for longer than others.
pub(crate) const KEPT_LONGER: &str = "asked";
/// The tool that policy asks people about, whoever calls it.
pub(crate) const SENDS: &str = "send";

/// An agent, as it is registered; and again, once it was let go.
///
/// # Errors
/// The sentence when the document is none.
pub(crate) fn agent(name: &str) -> Result<Document, String> {
    document(&format!(
        r#"{{"kind":"agent","name":"{name}","owner":"ada","contact":"ada","run_by":"own","autonomy":"execute","role":"clerk","review":"2030-01-01"}}"#
    ))
}

/// How long the rule keeps a task of a template once it has ended.
pub(crate) fn kept_for(template: Option<&str>) -> Span {
    Span::hours(if template == Some(KEPT_LONGER) { 48 } else { 24 })
}

/// The rule that says so.
///
/// # Errors
/// The sentence when the document is none.
pub(super) fn keep() -> Result<Document, String> {
    document(&format!(
        r#"{{"kind":"rule","name":"keep","retention":{{"after":"1d","floor":"1d","templates":{{"{KEPT_LONGER}":"2d"}}}}}}"#
    ))
}

fn document(text: &str) -> Result<Document, String> {
    Document::read(&json(text)?).map_err(|error| format!("{error}: {text}"))
}

/// The documents of wide runs. Others do not use them.
pub(super) fn texts() -> Vec<String> {
    let agents = AGENTS.map(|agent| format!("\"{agent}\"")).join(",");
    let head = |name: &str, rest: &str| {
        format!(
            r#"{{"kind":"template","name":"{name}","purpose":"accounts-payable","intent":"Pay at most {{max}}",
            "parameters":{{"max":{{"kind":"amount","currency":"EUR","at_most":"500.00"}}}},
            "start":{{"who":["anyone"],"agents":[{agents}]}},"window":"1h",{rest}}}"#
        )
    };
    let read = r#"{"tools":["bank/balance","bank/draft"],"resources":"any"}"#;
    let note =
        r#"{"tools":["bank/note"],"effect":"write","uses":40,"meters":{"calls":{"window":{"most":"6","over":"30s"}}}}"#;
    let send = r#"{"tools":["bank/send"],"effect":"share","uses":20}"#;
    let pay = |more: &str, window: &str| {
        format!(
            r#"{{"tools":["bank/pay"],"effect":"transfer",{more}"uses":30,"meters":{{"EUR":{{"each":"100.00","total":"{{max}}"{window}}}}}}}"#
        )
    };
    let slow = r#","window":{"most":"250.00","over":"1m"}"#;
    let to = r#""when":{"/to":{"one_of":["a","b","c"]}},"#;
    let delegate = format!(r#""delegate":{{"agents":[{agents}],"depth":3}}"#);
    let near = format!(r#""delegate":{{"agents":[{agents}],"depth":1}}"#);
    let ask = format!(
        r#""ask":[{{"who":"role:approver","over":{{"EUR":"{ASKED_OVER}.00"}},"valid":"1m"}},{{"who":"requester","over":{{"EUR":"150.00"}},"valid":"40s"}}]"#
    );
    let rows = |pay: String| format!(r#""grant":[{read},{note},{send},{pay}]"#);
    let mut texts = vec![
        head("team", &format!("{delegate},{}", rows(pay(to, slow)))),
        head("asked", &format!("{near},{ask},{}", rows(pay("", slow)))),
        head("drawn", &format!(r#"{near},"draws":["daily"],{}"#, rows(pay("", "")))),
        head("rolled", &format!(r#"{near},"draws":["daily","rolling"],{}"#, rows(pay("", "")))),
        format!(
            r#"{{"kind":"template","name":"{MORE}","purpose":"accounts-payable","intent":"a little more",
            "start":{{"who":["anyone"],"agents":[{agents}]}},"window":"2h","grant":[{{"tools":["bank/note"],"effect":"write","uses":5}},
            {{"tools":["bank/pay"],"effect":"transfer","uses":3,"meters":{{"EUR":{{"each":"20.00","total":"40.00"}}}}}}]}}"#
        ),
        format!(
            r#"{{"kind":"template","name":"{OVERRIDE}","purpose":"incident","intent":"go on through an incident",
            "start":{{"who":["ada"],"agents":[{agents}]}},"window":"1h","grant":[
            {{"tools":["bank/pay"],"effect":"transfer","meters":{{"EUR":{{"each":"100.00"}}}}}}]}}"#
        ),
        // What the policy of all runs permits, some of it waits for people.
        format!(
            r#"{{"kind":"policy","name":"sends","cedar":"@id(\"sends\") @step_up(\"role:approver\")\nforbid (principal, action == Action::\"bank/{SENDS}\", resource);"}}"#
        ),
    ];
    texts.extend(mandates());
    texts
}

fn mandates() -> impl Iterator<Item = String> {
    MANDATES.into_iter().map(|(name, most)| {
        let limit = if name == ROLLING.0 {
            format!(r#""over":"{}s""#, ROLLING.1)
        } else {
            r#""per":"day in America/Los_Angeles""#.to_owned()
        };
        format!(
            r#"{{"kind":"mandate","name":"{name}","giver":"ada","for":{{"templates":["drawn","rolled"]}},"meters":{{"EUR":{{"most":"{most}.00",{limit}}}}}}}"#
        )
    })
}

/// The mandates, as they are given; and again, once a store was put back.
///
/// # Errors
/// The sentence when a document is none.
pub(crate) fn given() -> Result<Vec<Document>, String> {
    mandates().map(|text| document(&text)).collect()
}

/// The stream of a mandate.
///
/// # Errors
/// The sentence when the name is none.
pub(crate) fn mandate(name: &str) -> Result<StreamId, String> {
    let name = MandateName::parse(name).map_err(|error| error.to_string())?;
    Ok(mandate_stream(TENANT, &name))
}

/// What a person's device makes of a digest: nobody else's device makes the same.
pub(crate) fn signature(person: &str, signed: &Digest) -> String {
    sha256(format!("the device of {person} signs {signed}").as_bytes()).to_string()
}

/// An assertion that `claimed` is said to have made, by the device of `person`.
pub(crate) fn assertion(person: &str, claimed: &str, signed: &Digest) -> Assertion {
    let part = || "AA".to_owned();
    let signature = signature(person, signed);
    Assertion { authenticator_data: part(), client_data: part(), id: passkey_id(claimed), signature }
}

/// A person, made sure by a passkey.
///
/// # Errors
/// The sentence when the name is none.
pub(crate) fn signer(person: &str) -> Result<By, String> {
    Ok(By { assurance: Assurance::Passkey, ..super::by(person)? })
}

/// The id of a person's passkey.
pub(crate) fn passkey_id(person: &str) -> String {
    format!("key-of-{person}")
}

/// Everybody is invited, and enrols: from then on what loosens waits for a second person.
pub(super) fn enrolments() -> Result<Vec<ControlCommand>, String> {
    let all = PEOPLE.into_iter().map(|name| enrolment(name, super::DAWN));
    Ok(all.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// A person is invited, and enrols.
///
/// # Errors
/// The sentence when the name is none.
pub(crate) fn enrolment(name: &str, now: Micros) -> Result<[ControlCommand; 2], String> {
    let person = PersonId::parse(name).map_err(|error| error.to_string())?;
    let (code, expires) = (sha256(format!("{name} {}", now.0).as_bytes()), now.after(INVITE_SPAN_MAX));
    let key = json(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{name}","y":"2"}}"#))?;
    let (id, model) = (passkey_id(name), Salt::new([0; 16]));
    let passkey = Passkey { id, key, model, name: "phone".to_owned(), site: "localhost".to_owned() };
    Ok([
        ControlCommand::Invite { by: signer(name)?, person, code, expires, signed: None },
        ControlCommand::Enroll { by: signer(name)?, code, passkey },
    ])
}
