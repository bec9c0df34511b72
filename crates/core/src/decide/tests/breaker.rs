//! Breakers: what is cut off, who passes as a probe, and what closes one.

use super::world::*;
use crate::decide::tests::prelude::*;

fn rule(per: &str) -> String {
    format!(r#"{{"kind":"rule","name":"calm","breaker":{{"per":"{per}","on":"failures","most":3,"over":"1m"}}}}"#)
}

fn open(world: &mut World, whose: Whose) -> ControlDecided {
    let rule = RoleName::parse("calm").unwrap();
    world.govern(ControlCommand::OpenBreaker { rule, whose, counted: 3 })
}

fn paid_as_probe(world: &mut World, probes: Vec<u64>) -> Decided {
    let attempt = world.attempt_command(world.payment("1"));
    let facts = Facts { probes, ..world.facts_of('a') };
    world.run(&Command::Attempt(Box::new(attempt)), &facts)
}

#[test]
fn an_open_breaker_refuses_whom_it_is_about_and_nobody_else() {
    for (per, own, other) in [
        ("agent", Whose::Agent(agent("payer")), Whose::Agent(agent("reader"))),
        ("tool", Whose::Tool(tool("bank/pay")), Whose::Tool(tool("bank/balance"))),
        ("grant", Whose::Grant(World::ready().grant()), Whose::Grant(GrantId::new([9; 16]))),
    ] {
        let mut world = World::ready();
        world.documents(&[&rule(per)]);
        assert!(open(&mut world, other).narrows, "{per}");
        allowed(&world.pay("1"));
        assert_eq!(open(&mut world, own).events.len(), 1, "{per}");
        assert_eq!(code(&world.pay("1")), Code::BreakerOpen, "{per}");
        world.replay();
    }
}

#[test]
fn a_probe_passes_once_the_wait_is_over_and_nothing_else_does() {
    let mut world = World::ready();
    world.documents(&[&rule("tenant")]);
    open(&mut world, Whose::Tenant);
    let seq = world.control.seq;
    assert_eq!(code(&paid_as_probe(&mut world, vec![seq])), Code::BreakerOpen, "not before its time");
    let close = || ControlCommand::CloseBreaker { by: None, breaker: seq };
    assert!(world.govern(close()).refused.is_some(), "nothing can have shown that it is over");
    assert!(open(&mut world, Whose::Tenant).events.is_empty(), "once is enough");
    world.pass(Span::minutes(2));
    assert_eq!(code(&world.pay("1")), Code::BreakerOpen, "no probe");
    assert_eq!(code(&paid_as_probe(&mut world, vec![seq + 1])), Code::BreakerOpen, "a probe of another one");
    allowed(&paid_as_probe(&mut world, vec![seq]));
    assert_eq!(world.govern(close()).events.len(), 1);
    allowed(&world.pay("1"));
    assert!(world.govern(close()).refused.is_some(), "it is closed");
    world.replay();
}

#[test]
fn a_person_and_a_change_of_its_rule_close_a_breaker_at_once() {
    let closers: [fn(&mut World, u64) -> ControlDecided; 3] = [
        |world, breaker| world.govern(ControlCommand::CloseBreaker { by: Some(by("otto")), breaker }),
        |world, _| world.documents(&[&rule("tenant").replace("3", "4")]),
        |world, _| world.remove("rule", "calm"),
    ];
    for close in closers {
        let mut world = World::ready();
        world.documents(&[&rule("tenant")]);
        open(&mut world, Whose::Tenant);
        assert_eq!(code(&world.pay("1")), Code::BreakerOpen);
        let seq = world.control.seq;
        assert_eq!(close(&mut world, seq).refused, None);
        allowed(&world.pay("1"));
    }
}

#[test]
fn a_breaker_is_opened_by_a_rule_over_whom_it_counts_together() {
    let mut world = World::ready();
    assert!(open(&mut world, Whose::Tenant).refused.is_some(), "there is no such rule");
    world.documents(&[&rule("agent")]);
    assert!(open(&mut world, Whose::Tenant).refused.is_some(), "it counts agents");
    assert!(open(&mut world, Whose::Tool(tool("bank/pay"))).refused.is_some());
}

fn of_grant(index: u64) -> Whose {
    Whose::Grant(GrantId::new(u128::from(index).to_be_bytes()))
}

#[test]
fn a_tenant_has_so_many_breakers_and_one_that_nobody_probed_makes_room() {
    let mut world = World::ready();
    world.documents(&[&rule("grant")]);
    for index in 0..192 {
        assert_eq!(open(&mut world, of_grant(index)).refused, None);
    }
    assert!(open(&mut world, of_grant(192)).refused.is_some());
    world.pass(Span::minutes(2));
    assert_eq!(open(&mut world, of_grant(192)).refused, None);
    assert_eq!(world.control.breakers.len(), 192);
    assert!(!world.control.breakers.values().any(|breaker| breaker.whose == of_grant(0)), "the oldest made room");
}

#[test]
fn breakers_of_many_grants_leave_room_for_wider_ones_and_displace_none_of_them() {
    let mut world = World::ready();
    let calm = |name: &str, per: &str| rule(per).replace("calm", name);
    world.documents(&[&rule("grant"), &calm("all", "tenant"), &calm("one-tool", "tool")]);
    let wide = |world: &mut World, rule: &str, whose: Whose| {
        let rule = RoleName::parse(rule).unwrap();
        world.govern(ControlCommand::OpenBreaker { rule, whose, counted: 3 }).refused
    };
    assert_eq!(wide(&mut world, "one-tool", Whose::Tool(tool("bank/pay"))), None);
    for index in 0..192 {
        assert_eq!(open(&mut world, of_grant(index)).refused, None);
    }
    assert_eq!(wide(&mut world, "all", Whose::Tenant), None, "a wide one has room");
    world.pass(Span::minutes(2));
    for index in 192..400 {
        // Each is half-open by the time that the next is opened.
        assert_eq!(open(&mut world, of_grant(index)).refused, None);
        world.pass(Span::minutes(2));
    }
    let wide = world.control.breakers.values().filter(|breaker| breaker.whose.reach() > 0).count();
    assert_eq!((wide, world.control.breakers.len()), (2, 194), "half-open for long, and still there");
    world.replay();
}
