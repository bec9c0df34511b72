//! What a grant allows, with every field filled.

use super::*;

pub(super) fn envelope() -> Envelope {
    let limit = MeterLimit {
        each: Some(amount("5")),
        per_destination: Some(amount("6")),
        total: Some(amount("10")),
        window: Some(WindowLimit { most: amount("7"), over: Span::hours(1) }),
    };
    let row = Row {
        ask: vec![Ask {
            count: 2,
            escalate: None,
            exclude: vec![Approver::Requester],
            over: BTreeMap::from([(unit("records"), amount("3")), (unit("EUR"), amount("1"))]),
            // events of before there were any have none
            tools: Vec::new(),
            valid: Span::minutes(30),
            who: Approvers::one(Approver::Owner),
        }],
        destinations: NotYet::NotYet,
        effects: Effect::ALL.to_vec(),
        meters: BTreeMap::from([(unit("EUR"), limit), (unit("bytes"), MeterLimit::default())]),
        resources: NotYet::NotYet,
        from: BTreeMap::new(),
        tools: vec![ToolPattern::parse("bank/*").unwrap()],
        uses: Some(5),
        when: BTreeMap::new(),
    };
    Envelope {
        consent_age: Axis::Is(ConsentAge { renew_after: Some(Span::hours(8)) }),
        delegation: Axis::Not(NotYet::NotYet),
        passable: Axis::Is([DataClass::parse("internal").unwrap()].into()),
        readable: Axis::Not(NotYet::NotYet),
        rows: vec![row],
        window: Window { expires: Micros(1_800_003_600_000_000), not_before: Micros(1_800_000_000_000_000) },
    }
}
