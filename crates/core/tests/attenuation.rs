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

/// Where values may come from.
const SOURCES: &[&str] = &[
    "{}",
    "{\"/x\":[\"intent\"]}",
    "{\"/x\":[\"intent\",\"own\"],\"addresses\":[\"trusted\"]}",
    "{\"/x\":[\"trusted\"]}",
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
    let from = prop::sample::select(SOURCES);
    (effects, tools, when, meters, uses, from).prop_map(|(effects, tools, when, meters, uses, from)| {
        let place = |index: usize| json::Pointer::parse(["/x", "/y"][index]).unwrap();
        Row {
            ask: Vec::new(),
            destinations: NotYet::NotYet,
            effects,
            meters: parsed::<BTreeMap<Unit, MeterLimit>>(meters),
            resources: NotYet::NotYet,
            from: parsed(from),
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

/// Rows within another, as somebody asks for them who has it: a part of its tools and effects, its conditions and limits or
/// narrower ones.
fn below(held: &Row, (part, uses, share): (usize, u64, u64)) -> Row {
    let mut row = held.clone();
    row.tools = held.tools.iter().cycle().skip(part).take(1).cloned().collect();
    row.effects = held.effects.iter().cycle().skip(part).take(1).copied().collect();
    row.uses = Some(held.uses.map_or(uses, |most| most.min(uses)));
    let less = |amount: Amount| Amount::parse(&share.to_string()).unwrap().min(amount);
    for limit in row.meters.values_mut() {
        limit.total = limit.total.map(less);
        limit.each = limit.each.map(less);
    }
    row
}

/// What somebody asks for of what they hold.
fn part() -> impl Strategy<Value = (usize, u64, u64)> {
    (0..3_usize, 1..4_u64, 1..9_u64)
}

fn named(letter: usize) -> AgentId {
    AgentId::parse(&format!("agent-{letter}")).unwrap()
}

fn envelope(rows: Vec<Row>, expires: u64, depth: u32) -> Envelope {
    let agents = (0..4).map(named).collect();
    Envelope {
        consent_age: Axis::Is(ConsentAge::default()),
        delegation: Axis::Is(Delegation { agents, depth, zones: Vec::new() }),
        passable: Axis::Is(Default::default()),
        readable: Axis::Is(Default::default()),
        rows,
        window: Window { expires: Micros(expires), not_before: Micros(0) },
    }
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let delegation = proptest::option::of((prop::collection::vec(0..5_usize, 0..3), 0..4_u32));
    let window = proptest::option::of(1..4_000_u64);
    (prop::collection::vec(row(), 1..3), window, delegation).prop_map(|(rows, window, delegation)| {
        let whom = |(agents, depth): (Vec<usize>, u32)| Delegation {
            agents: agents.into_iter().map(named).collect(),
            depth,
            zones: Vec::new(),
        };
        let (delegate, purpose) = (named(0), "p".to_owned());
        Wanted {
            delegate,
            purpose,
            rows,
            window: window.map(Span),
            delegation: delegation.map(whom),
            read: Default::default(),
        }
    })
}

/// Whether an envelope allows no more than another: each row within one of the other's, no longer, and no further.
fn envelope_within(one: &Envelope, other: &Envelope) -> bool {
    let rows = one.rows.iter().all(|row| other.rows.iter().any(|held| within(row, held)));
    let (mine, theirs) = (one.delegation.known().unwrap(), other.delegation.known().unwrap());
    let whom = mine.agents.iter().all(|agent| theirs.agents.contains(agent));
    rows && one.window.expires <= other.window.expires
        && one.window.not_before >= other.window.not_before
        && whom
        && mine.depth <= theirs.depth.saturating_sub(1)
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

    #[test]
    fn the_meet_of_rows_that_say_all_is_within_both(a in row(), b in row()) {
        // What a request is silent on is the holder's: only one that names all money says itself what it is.
        let names = |unit: &Unit| !unit.is_currency() || a.meters.contains_key(unit);
        // Where only the other names values, they are taken over as they stand: what of them the first would not allow, the
        // meet does not allow either, though its words say it in another way.
        let takes_over = b.when.values().any(|condition| condition.equals.is_some() || !condition.one_of.is_empty());
        if let (Ok(c), false, true) = (a.under(&b), takes_over, b.meters.keys().all(names)) {
            prop_assert!(within(&c, &a), "{c:?} is not within {a:?}");
        }
    }

    #[test]
    fn whatever_is_within_both_is_within_their_meet(a in row(), b in row(), d in part(), e in part()) {
        let Ok(c) = a.under(&b) else { return Ok(()) };
        for below_both in [below(&a, d), below(&b, e), below(&c, d)] {
            let Ok(x) = below_both.under(&a).and_then(|x| x.under(&b)) else { continue };
            if within(&x, &a) && within(&x, &b) {
                prop_assert!(within(&x, &c), "{x:?} is within {a:?} and {b:?}, and not within {c:?}");
            }
        }
    }

    #[test]
    fn what_a_holder_has_a_part_of_is_within_it(a in row(), d in part(), e in part()) {
        let b = below(&a, d);
        prop_assert!(within(&b, &a), "{b:?}");
        let c = below(&b, e);
        prop_assert!(within(&c, &b) && within(&c, &a), "{c:?}");
    }

    #[test]
    fn what_is_handed_on_however_often_is_within_all_that_it_comes_from(
        rows in prop::collection::vec(row(), 1..4), expires in 1..5_000_u64, depth in 0..4_u32,
        first in wanted(), second in wanted(), parts in prop::collection::vec(part(), 2..4), now in 0..3_000_u64,
    ) {
        let held = envelope(rows, expires, depth);
        let zone_of = |_: &AgentId| None;
        // Most that is drawn apart goes beyond; so a part of what is held is asked for as well.
        let of = |held: &Envelope| {
            let rows = parts.iter().zip(&held.rows).map(|(part, row)| below(row, *part)).collect();
            Wanted { rows, ..first.clone() }
        };
        for first in [first.clone(), of(&held)] {
            let Ok(child) = first.under(&held, Micros(now), zone_of) else { continue };
            prop_assert!(envelope_within(&child, &held), "{child:?} under {held:?}");
            for second in [second.clone(), Wanted { delegation: None, ..of(&child) }] {
                let Ok(grandchild) = second.under(&child, Micros(now), zone_of) else { continue };
                prop_assert!(envelope_within(&grandchild, &child), "{grandchild:?} under {child:?}");
                prop_assert!(envelope_within(&grandchild, &held), "{grandchild:?} under {held:?}");
            }
        }
    }
}
