use super::*;
use bailiwick_core::{
    ControlBreakerClosed, ControlBreakerOpened, ControlFound, ControlOpened, Facts, Micros, RULES, RoleName, Sprawl,
    Trouble, Whose,
};
use std::collections::BTreeMap;

fn fold(control: &mut Control, leaf: u64, data: impl Into<Data>) {
    let blobs: BTreeMap<Digest, Arc<[u8]>> = BTreeMap::new();
    control.fold(&Event { at: Micros(leaf), data: data.into() }, leaf, &blobs).unwrap();
}

fn facts() -> Facts {
    Facts::of_nobody(Micros(1), Vec::new())
}

#[test]
fn what_was_decided_before_a_breaker_closed_or_a_finding_was_written_stands_and_before_one_opened_not() {
    let mut control = Control::default();
    let (name, origin) = ("default".to_owned(), "example/log".to_owned());
    fold(&mut control, 1, ControlOpened { epoch: 1, facts: facts(), name, origin, rules: RULES });
    let opened = ControlBreakerOpened {
        counted: 3,
        displaces: None,
        facts: facts(),
        on: Trouble::Failures,
        rule: RoleName::parse("calm").unwrap(),
        rules: RULES,
        until: Micros(2),
        whose: Whose::Tenant,
    };
    fold(&mut control, 2, opened);
    assert!(control.as_of(Some(1)).is_err(), "it may have been a no since");
    let closed = ControlBreakerClosed { breaker: 2, by: None, facts: facts(), rules: RULES, shown: None, signed: None };
    fold(&mut control, 3, closed);
    let (code, of, why) = (Sprawl::RoleWide, "payer".to_owned(), "wide".to_owned());
    let finding = Digest::new([1; 32]);
    fold(&mut control, 4, ControlFound { agent: None, code, facts: facts(), finding, of, rules: RULES, why });
    let open: Vec<usize> = [2, 3, 4].map(|leaf| control.as_of(Some(leaf)).unwrap().state.breakers.len()).to_vec();
    assert_eq!(open, [1, 0, 0], "each under what stood then");
}
