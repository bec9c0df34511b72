//! What may happen to a task, in any order.

use proptest::prelude::*;

/// One thing that somebody does.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A call of a tool by a process, with so many cents, under a key or none, with a fresh proof or the last one again.
    Call {
        tool: usize,
        process: char,
        cents: u64,
        key: Option<u8>,
        again: bool,
        within: u64,
    },
    /// The next round of the nth act that began, perhaps with another amount.
    GoOn {
        act: usize,
        cents: Option<u64>,
    },
    /// What became of the nth act that began.
    Settle {
        act: usize,
        outcome: u8,
        measured: u64,
    },
    /// The nth holder hands on what the nth request says, and its delegate takes it.
    HandOn {
        by: usize,
        request: usize,
    },
    /// A payment of so many cents by the nth of those that work was handed to.
    PayBelow {
        by: usize,
        cents: u64,
    },
    /// A person says yes to the nth request, as everything that it asks for.
    Yes {
        request: usize,
        person: usize,
    },
    /// A person says no to the nth request.
    No {
        request: usize,
        person: usize,
    },
    /// The agent makes the call of the nth request again.
    Repeat(usize),
    /// A passkey goes.
    Unenroll(usize),
    Bind(char),
    Consent,
    Tick,
    Pass(u64),
    Suspend(bool),
    Stop(bool),
    Revoke,
    Complete,
    Count(u64),
    Policy(bool),
    Pin(bool),
    Wake,
}

pub(crate) const CALLED: &[&str] =
    &["bank/pay", "bank/export", "bank/batch", "bank/note", "mail/search", "mail/fetch", "bank/hidden"];

/// Who may be asked: the requester, the owner, two bosses of whom one approves.
pub(crate) const PEOPLE: &[&str] = &["anna", "otto", "bea", "carl"];

/// What is asked to be handed on: some of it can be had by some, some by nobody.
pub(crate) const REQUESTS: &[&str] = &[
    r#"{"delegate":"other","purpose":"p","grant":[{"tools":["mail/*"]}]}"#,
    r#"{"delegate":"other","purpose":"p","grant":[{"tools":["bank/pay"],"effect":"transfer"}],"delegation":{"agents":["third"]}}"#,
    r#"{"delegate":"third","purpose":"p","grant":[{"tools":["bank/pay"],"effect":"transfer","uses":2,"meters":{"EUR":{"total":"120"}}}]}"#,
    r#"{"delegate":"third","purpose":"p","grant":[{"tools":["bank/pay"],"effect":"transfer"}],"window":"5m"}"#,
    r#"{"delegate":"other","purpose":"p","grant":[{"tools":["bank/*"],"effects":["read","transfer"]}]}"#,
    r#"{"delegate":"payer","purpose":"p","grant":[{"tools":["mail/*"]}]}"#,
];

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let process = || prop_oneof![8 => Just('a'), 1 => Just('b')];
    prop_oneof![
        30 => (0..CALLED.len(), process(), 0..60_000_u64, proptest::option::of(0..4_u8), prop::bool::weighted(0.1), 0..400_u64)
            .prop_map(|(tool, process, cents, key, again, within)| Step::Call { tool, process, cents, key, again, within }),
        12 => (0..6_usize, proptest::option::weighted(0.2, 0..60_000_u64))
            .prop_map(|(act, cents)| Step::GoOn { act, cents }),
        20 => (0..6_usize, 0..7_u8, 0..60_000_u64)
            .prop_map(|(act, outcome, measured)| Step::Settle { act, outcome, measured }),
        4 => (0..4_usize, 0..REQUESTS.len()).prop_map(|(by, request)| Step::HandOn { by, request }),
        8 => (0..6_usize, 0..20_000_u64).prop_map(|(by, cents)| Step::PayBelow { by, cents }),
        16 => (0..4_usize, 0..PEOPLE.len()).prop_map(|(request, person)| Step::Yes { request, person }),
        2 => (0..4_usize, 0..PEOPLE.len()).prop_map(|(request, person)| Step::No { request, person }),
        14 => (0..4_usize).prop_map(Step::Repeat),
        1 => (0..PEOPLE.len()).prop_map(Step::Unenroll),
        2 => process().prop_map(Step::Bind),
        2 => Just(Step::Consent),
        4 => Just(Step::Tick),
        6 => (0..500_u64).prop_map(Step::Pass),
        1 => any::<bool>().prop_map(Step::Suspend),
        1 => any::<bool>().prop_map(Step::Stop),
        1 => Just(Step::Revoke),
        1 => Just(Step::Complete),
        1 => (0..300_u64).prop_map(Step::Count),
        1 => prop::bool::weighted(0.7).prop_map(Step::Policy),
        1 => prop::bool::weighted(0.7).prop_map(Step::Pin),
        3 => Just(Step::Wake),
    ]
}
