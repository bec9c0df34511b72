//! One event of every kind, with every field filled.

mod allocations;
mod approvals;
mod changes;
mod envelope;

use crate::event::*;
use crate::json::{Json, Limits, Pointer};
use crate::normal::Kind;
use crate::*;
use envelope::envelope;
use std::collections::BTreeMap;

/// Stands in every private value, and so in no clear bytes.
pub(super) const KEPT_SECRET: &str = "kept-from-the-clear";

const SALT: [u8; 16] = [0xa7; 16];

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn secret() -> String {
    format!("{KEPT_SECRET} äß\u{1F511}")
}

fn pointer() -> Pointer {
    Pointer::parse("/to/0").unwrap()
}

fn unit(name: &str) -> Unit {
    Unit::parse(name).unwrap()
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn tool() -> ToolId {
    ToolId::parse("bank/pay").unwrap()
}

fn facts() -> Facts {
    Facts {
        asked_by: None,
        elsewhere: None,
        caller: Some(Caller {
            agent: AgentId::parse("payer").unwrap(),
            assurance: Assurance::KeyOnly,
            attestation: Some(sha256(b"attestation")),
            instance: InstanceId::parse("process-1").unwrap(),
            key: KeyThumbprint::parse(&"k".repeat(43)).unwrap(),
            proof: Some(sha256(b"proof")),
            road: Road::Http,
        }),
        engines: vec![Engine {
            asks: Vec::new(),
            at: None,
            decision: None,
            document: None,
            input: None,
            name: "opa".to_owned(),
            revision: "r1".to_owned(),
            verdict: EngineVerdict::Nothing,
            why: None,
        }],
        ids: vec![Salt::new([1; 16])],
        mode: Mode::Cooperative,
        novel: Some(Novel { destination: true, tool: false }),
        now: Micros(1_800_000_000_000_001),
        periods: [("month in Europe/Berlin".to_owned(), Period { from: Micros(1), until: Micros(2) })].into(),
        probes: Vec::new(),
        rates: vec![Rate { scope: "agent".to_owned(), within: true }],
        referents: vec![ReadReferent { pointer: pointer(), version: "7".to_owned() }],
        refused_elsewhere: 2,
        signals: vec![Signal { id: "breaker".to_owned(), revision: 3, value: "closed".to_owned() }],
        software: None,
    }
}

fn by() -> By {
    By { assurance: Assurance::Local, person: PersonId::parse("anna").unwrap() }
}

fn grant() -> GrantId {
    GrantId::new([4; 16])
}

fn under() -> Under {
    Under {
        breakglass: Some(9),
        control: Some(12),
        epoch: 1,
        observed: Some(OnlyObserved { observation: 8, reasons: reasons() }),
        policy: sha256(b"policy"),
        policy_rules: vec!["p0".to_owned()],
        risk: Some(Risk::of([Sign::NewTool, Sign::RefusedGoal])),
        rules: RULES,
    }
}

fn reasons() -> Vec<Reason> {
    vec![Reason::new(Code::OverEach).asked("600 EUR").most("500 EUR").at(&pointer()).rule("limits")]
}

fn said() -> Vec<Stated> {
    vec![Stated { kind: Kind::Party, part: Some("parameters".to_owned()), value: secret() }]
}

fn source() -> Source {
    let kind = "iban".to_owned();
    Source { event: Some(3), kind, pointer: pointer(), record: Some("/rows/1".to_owned()), source: Origin::Trusted }
}

fn label() -> Label {
    let classes = vec![DataClass::parse("internal").unwrap()];
    Label { classes, trusted: Some(false), zones: vec![Zone::own()] }
}

fn action() -> Action {
    let destination = Destination { kind: "iban".to_owned(), normal: secret(), zone: Some(Zone::own()) };
    let bound = Bound {
        digest: sha256(KEPT_SECRET.as_bytes()),
        group: Some("payee".to_owned()),
        kind: "iban".to_owned(),
        normal: Reading::Known(secret()),
        pointer: pointer(),
        unit: None,
        role: crate::BoundAs::Value,
    };
    Action {
        tool: tool(),
        pin: sha256(b"pin"),
        server: sha256(b"server"),
        credential: Some("bank-token".to_owned()),
        effect: Effect::Transfer,
        egress: Egress::Open,
        impact: Impact::High,
        arguments: json(&format!(r#"{{"b":[1.50,"{}"],"a":null,"C":-0.0}}"#, secret())),
        sent: sha256(b"everything that is sent"),
        resource: Some(secret()),
        destination: Some(Reading::Known(destination)),
        measures: vec![
            Measure { amount: Reading::Known(amount("12.50")), after: false, unit: Reading::Known(unit("EUR")) },
            Measure { amount: Reading::Unknown, after: true, unit: Reading::Unknown },
        ],
        classes: vec![DataClass::parse("internal").unwrap()],
        bound: vec![bound],
        referents: vec![Referent { pointer: pointer(), shown: vec![], version: Some(secret()) }],
        idempotency: Some(IdempotencyKey::parse(KEPT_SECRET).unwrap()),
        round: 0,
        by_field: Vec::new(),
        clean: false,
    }
}

fn recorded() -> Recorded {
    Recorded::of(&action(), sha256(b"action"), Some(sha256(b"key")))
}

fn private() -> Option<ActionPrivate> {
    Some(ActionPrivate::of(&action()))
}

fn reserved() -> Reserved {
    Reserved { amount: amount("12.5"), grant: grant(), row: 1, unit: unit("EUR") }
}

fn of_task() -> Vec<Data> {
    let when = format!(r#"{{"equals":"{}","length":64,"most":"5","least":"1","pattern":"[a-z]+"}}"#, secret());
    let constraint: Constraint = serde_json::from_str(&when).unwrap();
    vec![
        TaskStarted {
            by: by(),
            control: Some(12),
            epoch: 1,
            facts: Facts { ids: Vec::new(), ..facts() },
            only: vec![ToolPattern::parse("bank/pay").unwrap()],
            keep_results: 1024,
            private: Some(TaskPrivate {
                consent: secret(),
                intent: secret(),
                parameters: json(&format!(r#"{{"payee":"{}"}}"#, secret())),
                pasted: Some(said()),
                salt: Salt::new(SALT),
                shown: Some(json(&format!("\"{}\"", secret()))),
                subject: Some(secret()),
                values: said(),
            }),
            purpose: Purpose::parse("accounts-payable").unwrap(),
            rules: RULES,
            signed: Some(Box::new(changes::consent())),
            template: TemplateName::parse("pay-invoice").unwrap(),
            template_digest: sha256(b"template"),
        }
        .into(),
        TaskAmended {
            by: by(),
            change: Some(Amendment::Widened {
                only: vec![ToolPattern::parse("bank/*").unwrap()],
                read: [DataClass::parse("internal").unwrap()].into(),
                rows: envelope().rows,
                template: TemplateName::parse("more").unwrap(),
                template_digest: sha256(b"more"),
            }),
            control: None,
            facts: facts(),
            grant: grant(),
            private: Some(AmendPrivate {
                consent: secret(),
                intent: Some(secret()),
                parameters: Some(json(r#"{"iban":"kept-from-the-clear"}"#)),
                shown: None,
                values: said(),
                when: vec![BTreeMap::from([(pointer(), Constraint { required: true, ..Constraint::default() })])],
            }),
            rules: RULES,
            signed: None,
            wish: Some(6),
        }
        .into(),
        TaskEnding {
            expires: Micros(1_800_000_000_000_001),
            facts: facts(),
            grant: grant(),
            rules: RULES,
            template: Some(TemplateName::parse("pay-invoice").unwrap()),
        }
        .into(),
        TaskEnded { by: Some(by()), facts: facts(), open: vec![5], rules: RULES, why: Code::Revoked }.into(),
        GrantMinted {
            act: None,
            control: 4,
            envelope: envelope(),
            grant: grant(),
            holder: AgentId::parse("payer").unwrap(),
            parent: Some(GrantId::new([5; 16])),
            private: Some(GrantPrivate { when: vec![BTreeMap::from([(pointer(), constraint)])] }),
        }
        .into(),
        GrantEnded {
            by: Some(by()),
            facts: facts(),
            grant: grant(),
            open: vec![5, 6],
            rules: RULES,
            why: Code::Revoked,
        }
        .into(),
        KeyBound {
            agent: AgentId::parse("payer").unwrap(),
            assurance: Assurance::Spiffe,
            control: Some(1),
            facts: facts(),
            grant: grant(),
            instance: InstanceId::parse("process-1").unwrap(),
            key: KeyThumbprint::parse(&"k".repeat(43)).unwrap(),
            retired: Some(KeyThumbprint::parse(&"j".repeat(43)).unwrap()),
            rules: RULES,
        }
        .into(),
        RefusalsCounted {
            counted: vec![CountedRefusal { code: Code::OverEach, count: 3, grant: grant(), tool: tool() }],
            facts: facts(),
            rules: RULES,
        }
        .into(),
    ]
}

fn of_acts() -> Vec<Data> {
    let value = ObservedValue {
        hash: sha256(b"value"),
        kind: "iban".to_owned(),
        pointer: pointer(),
        record: Some("/rows/1".to_owned()),
        trusted: true,
        created: false,
        name: false,
        own: false,
    };
    vec![
        ActionBegun {
            action: recorded(),
            approvals: vec![sha256(b"approval")],
            continues: None,
            facts: facts(),
            forward_by: Micros(1_800_000_002_000_000),
            grant: grant(),
            label_after: label(),
            label_before: Label::default(),
            mode: Mode::Enforced,
            private: private(),
            reserved: vec![reserved()],
            rows: vec![RowUsed { grant: grant(), row: 1 }],
            settle_by: Micros(1_800_000_062_000_000),
            sheds: Vec::new(),
            signature: Some("signature".to_owned()),
            sources: vec![source()],
            under: under(),
        }
        .into(),
        ActionEnded {
            act: 5,
            begun: 17,
            by: Some(by()),
            facts: facts(),
            label: label(),
            measured: vec![(unit("EUR"), amount("12.5"))],
            private: Some(EndedPrivate {
                digest: Some(sha256(KEPT_SECRET.as_bytes())),
                result: Some(json(&format!("\"{}\"", secret()))),
            }),
            record: Some(RecordRead { act: 6, begun: 18 }),
            result: ResultSeen { failed: false, kept: true, size: 20, withheld: Vec::new() },
            rules: RULES,
            settled: vec![reserved()],
            signature: Some("signature".to_owned()),
            signed: Some(Box::new(changes::consent())),
            status: Status::NotDone,
            unmeasured: vec![Unit::records()],
            values: vec![value],
        }
        .into(),
        ActionDoubtful { act: 5, facts: facts(), rules: RULES, why: "time-out".to_owned() }.into(),
        ActionRefused {
            action: recorded(),
            approvals: vec![sha256(b"approval")],
            facts: facts(),
            goal: Some(sha256(b"goal")),
            grant: grant(),
            label_after: label(),
            label_before: Label::default(),
            mode: Mode::Observed,
            private: private(),
            reasons: reasons(),
            signature: Some("signature".to_owned()),
            sources: vec![source()],
            under: under(),
        }
        .into(),
        ActionWaiting {
            action: recorded(),
            approvals: vec![sha256(b"approval")],
            facts: facts(),
            grant: grant(),
            label_after: label(),
            label_before: Label::default(),
            mode: Mode::Cooperative,
            private: private(),
            reasons: reasons(),
            signature: Some("signature".to_owned()),
            sources: vec![source()],
            under: under(),
            who: vec!["owner".to_owned()],
        }
        .into(),
    ]
}

fn of_control() -> Vec<Data> {
    let named = |kind: &str| DocumentNamed { digest: sha256(b"document"), kind: kind.to_owned(), name: "x".to_owned() };
    let pinned = PinnedTool {
        effect: Effect::Transfer,
        egress: Egress::None,
        pin: sha256(b"pin"),
        reversibility: Reversibility::ByOthers,
        standing: Standing::FirstUse,
        tool: tool(),
        words: sha256(b"words"),
    };
    let server = ServerName::parse("bank").unwrap();
    let (identity, rules) = (sha256(b"server"), RULES);
    vec![
        ControlOpened { epoch: 1, facts: facts(), name: "default".to_owned(), origin: "example/log".to_owned(), rules }
            .into(),
        ControlAdded { by: by(), documents: vec![named("agent")], facts: facts(), rules }.into(),
        ControlApplied {
            by: by(),
            documents: vec![named("role")],
            facts: facts(),
            removed: vec![("role".to_owned(), "old".to_owned())],
            rules,
        }
        .into(),
        ControlPinned {
            facts: facts(),
            identity,
            rules,
            server: server.clone(),
            same_server: true,
            tools: vec![pinned.clone()],
        }
        .into(),
        ControlQuarantined { begun: 7, facts: facts(), rules, tool: pinned.tool.clone(), why: Misdeed::SecretReturned }
            .into(),
        ControlReviewed {
            accepted: Vec::new(),
            by: by(),
            facts: facts(),
            identity,
            rules,
            server,
            tools: vec![pinned],
        }
        .into(),
        ControlAgent {
            active: false,
            agent: AgentId::parse("payer").unwrap(),
            by: by(),
            facts: facts(),
            offboarded: true,
            rules,
        }
        .into(),
        ControlBreakerOpened {
            counted: 10,
            displaces: None,
            facts: facts(),
            on: Trouble::Failures,
            rule: RoleName::parse("calm").unwrap(),
            rules,
            until: Micros(1_800_000_000_000_009),
            whose: Whose::Tool(ToolId::parse("bank/pay").unwrap()),
        }
        .into(),
        ControlFound {
            agent: Some(AgentId::parse("payer").unwrap()),
            code: Sprawl::AgentUnused,
            facts: facts(),
            finding: finding_of(Sprawl::AgentUnused, "payer", 7),
            of: "payer".to_owned(),
            rules,
            why: "it is active and did nothing".to_owned(),
        }
        .into(),
        ControlBreakerClosed { breaker: 7, by: None, facts: facts(), rules, shown: None, signed: None }.into(),
        ControlTenant { by: by(), facts: facts(), rules, running: false }.into(),
        ControlKeys { by: Some(by()), facts: facts(), keys: json(r#"{"keys":[{"x":"1","kty":"EC"}]}"#), rules }.into(),
        ControlInvited {
            by: by(),
            code: sha256(b"code"),
            expires: Micros(1_800_000_000_000_009),
            facts: facts(),
            person: PersonId::parse("bert").unwrap(),
            rules,
            signed: Some(sha256(b"challenge")),
        }
        .into(),
        ControlUninvited { by: by(), facts: facts(), invitation: 7, person: PersonId::parse("bert").unwrap(), rules }
            .into(),
        ControlEnrolled {
            by: by(),
            code: sha256(b"code"),
            facts: facts(),
            passkey: Passkey {
                id: "aWQ".to_owned(),
                key: json(r#"{"crv":"P-256","kty":"EC","x":"1","y":"2"}"#),
                model: Salt::new([0; 16]),
                site: "localhost".to_owned(),
                name: "phone".to_owned(),
            },
            rules,
        }
        .into(),
        ControlUnenrolled {
            by: by(),
            facts: facts(),
            id: "aWQ".to_owned(),
            person: PersonId::parse("bert").unwrap(),
            rules,
        }
        .into(),
        ControlHeads { count: 2, facts: facts(), root: sha256(b"heads"), rules, size: 40 }.into(),
    ]
}

/// One event of every kind.
pub(in crate::event) fn samples() -> Vec<Event> {
    let all = [
        of_task(),
        of_acts(),
        approvals::of_approvals(),
        of_control(),
        allocations::and_changes(),
        changes::of_glass(),
        changes::of_observation(),
    ]
    .concat();
    all.into_iter().map(|data| Event { at: Micros(1_800_000_000_000_000), data }).collect()
}
