//! Attenuation is a partial order, its meet agrees with it, and what is handed on allows nothing that its parent would not.

#![cfg(test)]

use bailiwick_core::json::{Json, Limits};
use bailiwick_core::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const TOOLS: &[&str] = &["bank/pay", "bank/pay_*", "bank/*", "bank/list", "mail/*", "bank/*y*", "bank/pay*one"];
const CALLED: &[&str] = &["bank/pay", "bank/pay_one", "bank/list", "mail/read", "bank/payone", "bank/my"];
const VALUES: &[&str] = &[
    "\"a\"",
    "\"b\"",
    "\"/srv/docs/x\"",
    "\"/srv/y\"",
    "\"https://a.example.org/\"",
    "\"https://example.org/\"",
    "5",
    "50",
    "\"5\"",
    "\"aaaaaa\"",
];
const CONDITIONS: &[&str] = &[
    "{\"equals\":\"a\"}",
    "{\"one_of\":[\"a\",\"b\"]}",
    "{\"path_within\":\"/srv\"}",
    "{\"path_within\":\"/srv/docs\"}",
    "{\"host_of\":\"example.org\"}",
    "{\"host_of\":\"a.example.org\"}",
    "{\"most\":\"10\"}",
    "{\"most\":\"60\",\"least\":\"4\"}",
    "{\"length\":3}",
    "{\"length\":9,\"pattern\":\"[a-z]+\"}",
    "{\"pattern\":\"[a-z]+\"}",
    "{\"absent\":true}",
    "{\"required\":true}",
];
const LIMITS: &[&str] = &[
    "{\"EUR\":{\"total\":\"10\"}}",
    "{\"EUR\":{\"each\":\"3\",\"total\":\"10\"}}",
    "{\"EUR\":{\"total\":\"20\",\"window\":{\"most\":\"5\",\"over\":3600000000}}}",
    "{\"EUR\":{\"window\":{\"most\":\"4\",\"over\":7200000000}}}",
    "{\"records\":{\"total\":\"7\"}}",
    "{}",
];

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap()
}

fn row() -> impl Strategy<Value = Row> {
    let effects = prop::sample::subsequence(vec![Effect::Read, Effect::Write, Effect::Transfer], 1..=3);
    let tools = prop::sample::subsequence(TOOLS.to_vec(), 1..=3);
    let when = prop::collection::vec((0..2_usize, prop::sample::select(CONDITIONS)), 0..3);
    let meters = prop::sample::select(LIMITS);
    let uses = proptest::option::of(1..4_u64);
    (effects, tools, when, meters, uses).prop_map(|(effects, tools, when, meters, uses)| {
        let place = |index: usize| json::Pointer::parse(["/x", "/y"][index]).unwrap();
        Row {
            ask: Vec::new(),
            destinations: NotYet::NotYet,
            effects,
            meters: parsed::<BTreeMap<Unit, MeterLimit>>(meters),
            resources: NotYet::NotYet,
            tools: tools.iter().map(|tool| ToolPattern::parse(tool).unwrap()).collect(),
            uses,
            when: when.into_iter().map(|(index, condition)| (place(index), parsed::<Constraint>(condition))).collect(),
        }
    })
}

fn arguments() -> impl Strategy<Value = Json> {
    let value = || proptest::option::of(prop::sample::select(VALUES));
    (value(), value()).prop_map(|(x, y)| {
        let members = [("x", x), ("y", y)].into_iter().filter_map(|(name, value)| Some((name, value?)));
        let members: Vec<String> = members.map(|(name, value)| format!("\"{name}\":{value}")).collect();
        Json::parse(format!("{{{}}}", members.join(",")).as_bytes(), &Limits::default()).unwrap()
    })
}

/// Whether a row allows the call, by everything but what it was charged.
fn allows(row: &Row, tool: &str, effect: Effect, arguments: &Json) -> bool {
    let tool = ToolId::parse(tool).unwrap();
    row.effects.contains(&effect)
        && row.tools.iter().any(|pattern| pattern.matches(&tool))
        && row.when.iter().all(|(pointer, constraint)| constraint.allows(arguments.pointer(pointer)))
}

fn within(row: &Row, other: &Row) -> bool {
    row.under(other).is_ok_and(|under| under == *row)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_row_is_within_itself(a in row()) {
        prop_assert!(within(&a, &a), "{a:?}");
    }

    #[test]
    fn what_is_put_under_another_is_within_it_and_stays_there(a in row(), b in row()) {
        if let Ok(c) = a.under(&b) {
            prop_assert!(within(&c, &b), "{c:?}");
            prop_assert_eq!(c.under(&b), Ok(c.clone()), "putting it there again changes it");
        }
    }

    #[test]
    fn the_meet_allows_what_both_allow(
        a in row(), b in row(), arguments in arguments(), called in 0..CALLED.len(), effect in 0..3_usize,
    ) {
        let (tool, effect) = (CALLED[called], [Effect::Read, Effect::Write, Effect::Transfer][effect]);
        if let Ok(c) = a.under(&b) {
            let both = allows(&a, tool, effect, &arguments) && allows(&b, tool, effect, &arguments);
            prop_assert_eq!(allows(&c, tool, effect, &arguments), both, "{:?} under {:?}", a, b);
        }
    }

    #[test]
    fn no_limit_of_the_meet_is_above_either(a in row(), b in row()) {
        let Ok(c) = a.under(&b) else { return Ok(()) };
        prop_assert!(b.uses.is_none_or(|most| c.uses.is_some_and(|uses| uses <= most)));
        for (unit, held) in &b.meters {
            let limit = &c.meters[unit];
            let below = |mine: Option<Amount>, theirs: Option<Amount>| theirs.is_none_or(|most| mine.is_some_and(|m| m <= most));
            prop_assert!(below(limit.each, held.each) && below(limit.total, held.total));
            let slower = |held: &WindowLimit| limit.window.as_ref().is_some_and(|w| w.most <= held.most && w.over >= held.over);
            prop_assert!(held.window.as_ref().is_none_or(slower), "a higher rate");
        }
    }

    #[test]
    fn within_is_transitive(a in row(), b in row(), c in row()) {
        // Rows drawn apart are seldom within each other, so each is put under the next.
        let Ok(b) = b.under(&c) else { return Ok(()) };
        let Ok(a) = a.under(&b) else { return Ok(()) };
        prop_assert!(within(&a, &c), "{a:?} under {b:?} under {c:?}");
    }

    #[test]
    fn two_rows_within_each_other_allow_the_same(
        a in row(), b in row(), arguments in arguments(), called in 0..CALLED.len(),
    ) {
        if within(&a, &b) && within(&b, &a) {
            let allowed = |row| allows(row, CALLED[called], Effect::Read, &arguments);
            prop_assert_eq!(allowed(&a), allowed(&b));
            prop_assert_eq!((a.meters, a.uses), (b.meters, b.uses));
        }
    }
}
