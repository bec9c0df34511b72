use super::*;
use crate::decide::tests::world::*;
use crate::{CountedRefusal, Outcome, TaskId, TenantId};

/// A task of which everything was said that leaves something in its state.
fn full() -> World {
    let mut world = World::ready();
    let action = world.keyed_payment("20.00", "k1");
    let kept = allowed(&world.attempt(action));
    world.done(kept, &[(eur(), "19.50")]);
    let doubtful = allowed(&world.pay("30.00"));
    world.doubt(doubtful);
    let asked = allowed(&world.pay("2.00"));
    world.asked(asked);
    allowed(&world.call("bank/note"));
    let back = allowed(&world.pay("1.00"));
    world.settle(back, Outcome::NeverSent);
    world.pay("499.00");
    let child = world.mint_child("other", |_| {});
    world.take(child, 'c');
    let facts = world.facts();
    let (grant, tool) = (world.grant(), tool("bank/pay"));
    let counted = vec![CountedRefusal { code: crate::Code::OverTotal, count: 3, grant, tool }];
    world.run(&crate::Command::CountRefusals(counted), &facts);
    world
}

fn again(state: &TaskState) -> TaskState {
    TaskState::from_kept(&state.to_kept().unwrap()).unwrap()
}

#[test]
fn a_state_is_read_back_as_it_was_conditions_included() {
    let world = full();
    assert_eq!(again(&world.task), world.task);
    let conditions = world.task.grants[&world.grant()].envelope.iter().flat_map(|envelope| &envelope.rows);
    assert!(conditions.map(|row| row.when.len()).sum::<usize>() > 0, "the conditions were there to be lost");
    let task = &world.task;
    let parts = [task.acts.len(), task.keys.len(), task.proofs.len(), task.refusals.len(), task.grants.len()];
    assert!(parts.into_iter().all(|part| part > 0), "{parts:?}");
    let empty = TaskState::empty(TenantId::new([1; 16]), TaskId::new([2; 16]));
    assert_eq!(again(&empty), empty);
}

#[test]
fn an_erased_envelope_is_read_back_as_erased() {
    let mut world = full();
    let grant = world.grant();
    world.task.grants.get_mut(&grant).unwrap().envelope = None;
    assert_eq!(again(&world.task), world.task);
}

#[test]
fn a_fold_that_comes_to_another_state_has_another_number() {
    let world = governed();
    let digest = |bytes: Vec<u8>| crate::sha256(&bytes).to_string();
    let mandate = drawn_on();
    let found = [world.task.to_kept(), world.control.to_kept(), mandate.to_kept()].map(|kept| digest(kept.unwrap()));
    let known = [
        "711d60d17da7abeabf634d89a96ccc60d3883165167f4790d174efafaae0bd57",
        "bbea40d5c5ce022fc5b2e75f6e86f838488a5a4b73e54b994c27bbd8f70ac086",
        "4d00fc944497f425d7c17c39d18ae70c2047187b006dfb18c165bb555cde1934",
    ];
    let told = "the state of the same events changed: raise FOLD, then write the digests anew";
    assert_eq!((FOLD, found), (15, known.map(str::to_owned)), "{told}");
}

/// A tenant of which everything was said that leaves something in its state.
fn governed() -> World {
    let mut world = full();
    let server = crate::ServerName::parse("bank").unwrap();
    let standing = crate::Standing::Changed;
    let changed = crate::PinnedTool {
        pin: digest("changed"),
        standing,
        ..world.control.tools[&tool("bank/note")].pinned.clone()
    };
    let tools = vec![changed];
    world.govern(crate::ControlCommand::Pin { server, identity: digest("another bank"), tools });
    world.documents(&[
        r#"{"kind":"policy","name":"all","cedar":"permit(principal, action, resource);"}"#,
        r#"{"kind":"tool","tool":"bank/note","effect":"write","reversibility":"by-others"}"#,
    ]);
    world.suspend(false);
    world.stop(false);
    for person in ["otto", "anna"] {
        let (by, reason, task) = (by(person), "case 17".to_owned(), world.task.id);
        let said = crate::HoldTask { by, gone: false, hold: None, reason, task };
        world.govern(crate::ControlCommand::Hold(Box::new(said)));
    }
    world
}

#[test]
fn a_control_state_is_read_back_as_it_was() {
    let control = governed().control;
    assert_eq!(ControlState::from_kept(&control.to_kept().unwrap()), Ok(control.clone()));
    let parts = [control.agents.len(), control.roles.len(), control.servers.len(), control.tools.len()];
    assert!(parts.into_iter().all(|part| part > 0), "{parts:?}");
    let parts = [control.tool_rules.len(), control.templates.len(), control.policies.len(), control.persons.len()];
    assert!(parts.into_iter().all(|part| part > 0), "{parts:?}");
    assert!(control.holds.values().any(|holds| holds.len() == 2), "{:?}", control.holds);
    assert!(control.stopped.is_some() && control.tools.values().any(|tool| tool.seen.is_some()));
    assert_eq!(control.words().count(), control.tools.len() + 1);
    assert_eq!(ControlState::from_kept(&ControlState::default().to_kept().unwrap()), Ok(ControlState::default()));
}

/// A mandate that one task gave back to, and that another holds of.
fn drawn_on() -> MandateState {
    let mut world = World::drawing();
    let act = allowed(&world.pay("120.50"));
    world.done(act, &[]);
    world.revoke();
    world.tick();
    world.another();
    world.start("pay-monthly");
    world.mandates.into_values().next().unwrap()
}

#[test]
fn a_mandates_state_is_read_back_as_it_was() {
    let mandate = drawn_on();
    assert_eq!(MandateState::from_kept(&mandate.to_kept().unwrap()), Ok(mandate.clone()));
    let drawn: Vec<&crate::Drawn> = mandate.units.values().flat_map(|unit| &unit.drawn).collect();
    assert!(drawn.len() == 2 && drawn.iter().any(|of| of.settled) && drawn.iter().any(|of| !of.settled), "{drawn:?}");
    let empty = MandateState::empty(TenantId::new([1; 16]), crate::StreamId::new([2; 16]));
    assert_eq!(MandateState::from_kept(&empty.to_kept().unwrap()), Ok(empty));
    let more = String::from_utf8(mandate.to_kept().unwrap()).unwrap().replacen('{', r#"{"later":1,"#, 1);
    assert!(MandateState::from_kept(more.as_bytes()).is_err());
}

#[test]
fn bytes_of_another_form_are_no_state() {
    let text = String::from_utf8(full().task.to_kept().unwrap()).unwrap();
    let more = text.replacen('{', r#"{"later":1,"#, 1);
    let less = text.replacen(r#""open":"#, r#""closed":"#, 1);
    let cut = text.strip_suffix('}').unwrap();
    for bad in ["", "{}", "null", &more, &less, cut] {
        assert!(TaskState::from_kept(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn weight_grows_with_what_is_held_and_falls_when_it_goes() {
    let mut world = World::ready();
    let before = world.task.weight();
    assert!(before > World::broad().task.weight() && before < 16_384, "{before}");
    let acts: Vec<u64> = (0..3).map(|_| allowed(&world.pay("1.00"))).collect();
    let open = world.task.weight();
    assert!(open > before + 3 * size_of::<ActState>(), "{before} then {open}");
    for act in acts {
        world.done(act, &[]);
    }
    assert!(world.task.weight() < open);
}
