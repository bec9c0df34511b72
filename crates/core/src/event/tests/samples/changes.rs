//! Changes that wait for a second person.

use super::*;

/// A signature under an act.
pub(super) fn consent() -> SignedConsent {
    let part = || "AA".to_owned();
    let assertion =
        Assertion { authenticator_data: part(), client_data: part(), id: "aWQ".to_owned(), signature: part() };
    let statement = ConsentStatement {
        act: ConsentAct::Widen,
        epoch: 1,
        nonce: "bm9uY2U".to_owned(),
        not_after: Micros(1_800_000_000_000_009),
        origin: "example/log".to_owned(),
        person: PersonId::parse("bert").unwrap(),
        shown: sha256(b"shown"),
        task: Some(TaskId::new([3; 16])),
        of: ConsentStatement::TYPE.to_owned(),
    };
    SignedConsent { assertion, statement }
}

pub(super) fn of_changes() -> Vec<Data> {
    let named = |name: &str| DocumentNamed {
        digest: sha256(name.as_bytes()),
        kind: "person".to_owned(),
        name: name.to_owned(),
    };
    let statement = ChangeStatement {
        asked: Micros(1_800_000_000_000_000),
        by: PersonId::parse("bert").unwrap(),
        change: Proposed::Documents {
            before: vec![named("carl")],
            documents: vec![named("carl"), named("dora")],
            removed: vec![("agent".to_owned(), "payer".to_owned())],
        },
        epoch: 1,
        loosens: vec!["person carl, roles[1]: `\"treasurer\"` added".to_owned()],
        not_after: Micros(1_800_000_000_000_009),
        origin: "example/log".to_owned(),
        proposal: 12,
        of: ChangeStatement::TYPE.to_owned(),
    };
    let part = || "AA".to_owned();
    let assertion =
        Assertion { authenticator_data: part(), client_data: part(), id: "aWQ".to_owned(), signature: part() };
    let rules = 1;
    vec![
        ControlProposed {
            by: by(),
            facts: facts(),
            rules,
            signed: Some(sha256(b"challenge")),
            statement: statement.clone(),
        }
        .into(),
        ControlSeconded {
            assertion,
            by: by(),
            facts: facts(),
            rules,
            single_person: false,
            statement,
            takes_effect: true,
        }
        .into(),
        ControlWithdrawn { by: by(), facts: facts(), proposal: 12, rules }.into(),
    ]
}

pub(super) fn of_glass() -> Vec<Data> {
    let rules = 1;
    let before = LogHead { epoch: 1, root: sha256(b"root"), size: 41 };
    vec![
        ControlRestored {
            before: Some(before),
            by: by(),
            epoch: 2,
            facts: facts(),
            origin: "example/log/epoch/2".to_owned(),
            rules,
        }
        .into(),
        ControlGlassBroken {
            by: by(),
            expires: Micros(1_800_000_000_000_009),
            facts: facts(),
            incident: "INC-7".to_owned(),
            reason: "the bank closes at noon".to_owned(),
            requester: PersonId::parse("anna").unwrap(),
            rules,
            task: TaskId::new([3; 16]),
            template: TemplateName::parse("emergency").unwrap(),
            template_digest: sha256(b"emergency"),
        }
        .into(),
        ControlErased {
            by: by(),
            facts: facts(),
            listed: false,
            reason: "the customer asked for it".to_owned(),
            rules,
            task: TaskId::new([3; 16]),
        }
        .into(),
        ControlExpired {
            digest: sha256(b"keep"),
            facts: facts(),
            rule: RoleName::parse("keep").unwrap(),
            rules,
            tasks: vec![ExpiredTask {
                classes: std::collections::BTreeSet::from([DataClass::parse("payroll").unwrap()]),
                ended: Micros(1_790_000_000_000_000),
                task: TaskId::new([3; 16]),
                template: Some(TemplateName::parse("pay").unwrap()),
            }],
        }
        .into(),
        ControlPersonErased {
            accounts: [(TaskId::new([4; 16]), PersonId::parse("uid:1000").unwrap())].into(),
            by: by(),
            facts: facts(),
            person: PersonId::parse("anna").unwrap(),
            reason: "she asked for it".to_owned(),
            rules,
            tasks: vec![TaskId::new([3; 16]), TaskId::new([4; 16])],
        }
        .into(),
        ControlHeld { by: by(), facts: facts(), rules, task: TaskId::new([3; 16]), why: "case 17".to_owned() }.into(),
        ControlReleased {
            by: by(),
            facts: facts(),
            hold: 12,
            reason: "closed".to_owned(),
            rules,
            task: TaskId::new([3; 16]),
        }
        .into(),
        ControlPlaceLowered {
            by: by(),
            class: DataClass::parse("payroll").unwrap(),
            event: Some(1_234),
            facts: facts(),
            reason: "the note holds none of it".to_owned(),
            rules,
            server: ServerName::parse("files").unwrap(),
            until: 2_000,
        }
        .into(),
        ControlGlassClosed {
            by: by(),
            facts: facts(),
            findings: "nothing else".to_owned(),
            glass: 12,
            rules,
            shown: Some(json(r#"{"act":"close"}"#)),
            signed: Some(Box::new(consent())),
            single_person: false,
        }
        .into(),
    ]
}

pub(super) fn of_observation() -> Vec<Data> {
    let rules = 1;
    vec![
        ControlObserveBegun {
            agent: AgentId::parse("helper").unwrap(),
            by: by(),
            expires: Micros(1_800_000_000_000_009),
            facts: facts(),
            reason: "to see what it needs".to_owned(),
            rules,
            server: ServerName::parse("notes").unwrap(),
        }
        .into(),
        ControlObserveEnded { by: by(), facts: facts(), observation: 12, rules }.into(),
    ]
}
