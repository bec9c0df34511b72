use super::*;
use bailiwick_core::{
    Axis, ControlBreakerOpened, Envelope, Facts, GrantEnded, GrantMinted, Micros, NotYet, RoleName, TaskEnded, Trouble,
    Window,
};

fn stream(number: u8) -> StreamId {
    StreamId::new([number; 16])
}

fn grant(number: u8) -> GrantId {
    GrantId::new([number; 16])
}

fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

fn facts() -> Facts {
    Facts::of_nobody(Micros(1), Vec::new())
}

fn minted(shape: &mut Shape, of: u8, own: u8, parent: Option<u8>, holder: &str) {
    let envelope = Envelope {
        consent_age: Axis::Not(NotYet::NotYet),
        delegation: Axis::Not(NotYet::NotYet),
        passable: Axis::Not(NotYet::NotYet),
        readable: Axis::Not(NotYet::NotYet),
        rows: Vec::new(),
        window: Window { expires: Micros(2), not_before: Micros(1) },
    };
    let minted = GrantMinted {
        act: None,
        control: 1,
        envelope,
        grant: grant(own),
        holder: agent(holder),
        parent: parent.map(grant),
        private: None,
    };
    shape.take(stream(of), &Event { at: Micros(1), data: minted.into() });
}

fn codes(shape: &Shape) -> Vec<(Sprawl, String)> {
    let mut out = Vec::new();
    of_shape(shape, &mut out);
    out.into_iter().map(|found| (found.code, found.of)).collect()
}

#[test]
fn what_is_usual_is_the_middle_of_the_others_and_far_more_is_twice_that_and_so_much_at_least() {
    let usual = Usual::of([1, 1, 2, 9].into_iter());
    assert_eq!(usual.exceeded(9, 8), Some(1));
    assert_eq!(usual.exceeded(9, 10), None);
    assert_eq!(Usual::of([9].into_iter()).exceeded(9, 8), Some(0), "nothing else is there");
    assert_eq!(Usual::of([9, 9].into_iter()).exceeded(9, 8), None, "it is usual");
    assert_eq!(Usual::of([4, 4, 9].into_iter()).exceeded(9, 8), Some(4));
    assert_eq!(Usual::of([5, 5, 9].into_iter()).exceeded(9, 8), None);
}

#[test]
fn a_chain_that_is_far_deeper_than_others_is_found_once() {
    let mut shape = Shape::default();
    for task in 1..=3 {
        minted(&mut shape, task, 1, None, "payer");
    }
    for own in 2..=4 {
        minted(&mut shape, 1, own, Some(own - 1), "scout");
    }
    assert_eq!(codes(&shape), [(Sprawl::ChainDeep, task(stream(1)).to_string())]);
    for task in 2..=3 {
        (2..=4).for_each(|own| minted(&mut shape, task, own, Some(own - 1), "scout"));
    }
    assert!(!codes(&shape).iter().any(|(code, _)| *code == Sprawl::ChainDeep), "now it is usual");
}

#[test]
fn a_grant_that_is_handed_on_far_more_often_than_others_is_found() {
    let mut shape = Shape::default();
    for task in 1..=2 {
        minted(&mut shape, task, 1, None, "payer");
        minted(&mut shape, task, 2, Some(1), &format!("once-{task}"));
    }
    for own in 3..=9 {
        minted(&mut shape, 1, own, Some(1), &format!("agent-{own}"));
    }
    assert_eq!(codes(&shape), [(Sprawl::FanOutWide, grant(1).to_string())]);
}

#[test]
fn an_agent_piles_up_what_it_holds_at_once_and_not_what_has_ended() {
    let mut shape = Shape::default();
    minted(&mut shape, 100, 1, None, "other");
    for task in 1..=7 {
        minted(&mut shape, task, 1, None, "payer");
    }
    let ended =
        TaskEnded { by: None, facts: facts(), open: Vec::new(), rules: 1, why: bailiwick_core::Code::Completed };
    shape.take(stream(1), &Event { at: Micros(1), data: ended.into() });
    minted(&mut shape, 8, 1, None, "payer");
    assert_eq!(codes(&shape), [], "seven at once");
    minted(&mut shape, 8, 2, Some(1), "payer");
    assert_eq!(codes(&shape), [(Sprawl::AuthorityPilesUp, "payer".to_owned())]);
    let gone = GrantEnded {
        by: None,
        facts: facts(),
        grant: grant(1),
        open: Vec::new(),
        rules: 1,
        why: bailiwick_core::Code::Revoked,
    };
    shape.take(stream(8), &Event { at: Micros(1), data: gone.into() });
    assert_eq!(shape.held[&agent("payer")], (6, 8), "with a grant ends what it was handed on to");
}

#[test]
fn what_one_rule_cuts_off_again_and_again_is_found() {
    let mut shape = Shape::default();
    let opened = |whose: &Whose| ControlBreakerOpened {
        counted: 3,
        displaces: None,
        facts: facts(),
        on: Trouble::Retries,
        rule: RoleName::parse("calm").unwrap(),
        rules: 1,
        until: Micros(2),
        whose: whose.clone(),
    };
    let whose = Whose::Agent(agent("payer"));
    for _ in 0..3 {
        assert_eq!(codes(&shape), []);
        shape.take(stream(200), &Event { at: Micros(1), data: opened(&whose).into() });
        shape.take(stream(200), &Event { at: Micros(1), data: opened(&Whose::Tenant).into() });
    }
    let found = codes(&shape);
    assert_eq!(found.len(), 2);
    assert!(found.contains(&(Sprawl::BreakerAgain, "agent payer".to_owned())));
}
