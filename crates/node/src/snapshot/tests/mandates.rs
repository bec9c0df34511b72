//! Mandates are kept by the code that keeps tasks and control, under a key of the tenant: they are not erased.

use super::*;
use crate::live::load_mandate;
use bailiwick_core::{MandateName, Verdict, mandate_stream};

const DRAWING: [&str; 4] = [
    r#"{"kind":"role","name":"payer","allow":[{"tools":["bank/*"],"effects":["read","transfer"]}]}"#,
    r#"{"kind":"template","name":"drawn","purpose":"upkeep","intent":"Pay","start":{"who":["anyone"],"agents":["payer"]},"draws":["m"],"grant":[{"tools":["bank/pay"],"effect":"transfer","meters":{"EUR":{"each":"1.00","total":"2.50"}}}]}"#,
    r#"{"kind":"mandate","name":"m","giver":"ann","for":{"templates":["drawn"]},"meters":{"EUR":{"most":"1000.00","per":"month in UTC"}}}"#,
    r#"{"kind":"mandate","name":"n","giver":"ann","for":{"templates":["drawn"]},"meters":{"EUR":{"most":"1000.00","per":"month in UTC"}}}"#,
];

fn mandate(name: &str) -> MandateName {
    MandateName::parse(name).unwrap()
}

impl World {
    fn drawing(bounds: Bounds, draws: u8) -> Self {
        let mut world = Self::new(bounds);
        let read = |text: &str| Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap();
        let documents = DRAWING.into_iter().map(read).collect();
        world.govern(ControlCommand::Apply { by: by(), documents, removed: Vec::new() });
        for byte in 1..=draws {
            world.draws(byte);
        }
        world
    }

    /// A task begins, and draws.
    fn draws(&mut self, byte: u8) -> TaskId {
        let task = TaskId::new([byte; 16]);
        let start = Start {
            by: by(),
            subject: None,
            template: TemplateName::parse("drawn").unwrap(),
            parameters: BTreeMap::new(),
            agent: AgentId::parse("payer").unwrap(),
            only: Vec::new(),
            seen: None,
        };
        let started = self.ask(task, Command::Start(Box::new(start)));
        let done = matches!(&started, Answer::Decided { decided, .. } if decided.verdict == Verdict::Done);
        assert!(done, "{started:?}");
        task
    }

    fn folded_mandate(&self) -> MandateState {
        let stream = mandate_stream(TENANT, &mandate("m"));
        let mut state = MandateState::empty(TENANT, stream);
        for stored in self.store.stream(TENANT, stream, 1, 1_000).unwrap() {
            state.apply(&crate::open_event(TENANT, None, &stored).unwrap()).unwrap();
        }
        state
    }

    fn loaded_mandate(&self) -> LiveMandate {
        load_mandate((&self.store, &self.vault, &Reaches::default()), TENANT, &mandate("m"), None).unwrap()
    }

    fn keep_of(&self, state: MandateState) -> Keep {
        let there = self.store.stream(TENANT, state.id, state.seq, 1).unwrap();
        Keep { tenant: TENANT, epoch: 1, head: there[0].event.hash, state: Kept::Mandate(Box::new(state)) }
    }
}

#[test]
fn a_mandate_is_kept_every_so_many_events_and_read_with_what_came_since() {
    let world = World::drawing(Bounds { snapshot_every: EVERY, ..Bounds::default() }, 10);
    assert_eq!(world.kept_mandates, [4, 8]);
    let live = world.loaded_mandate();
    assert_eq!((live.kept, live.chain.seq()), (8, 10));
    assert_eq!(live.state, world.folded_mandate());
    assert_eq!(live.state.units.values().map(|unit| unit.drawn.len()).sum::<usize>(), 10);
}

#[test]
fn a_mandate_that_was_folded_far_is_kept_once_it_is_read() {
    let mut world = World::drawing(Bounds::default(), 6);
    assert!(world.kept_mandates.is_empty(), "{:?}", world.kept_mandates);
    world.engine = Engine::with_bounds(Arc::clone(&world.vault), Bounds { snapshot_every: EVERY, ..Bounds::default() });
    world.draws(7);
    assert_eq!(world.kept_mandates, [6]);
    let live = world.loaded_mandate();
    assert_eq!((live.kept, live.state), (6, world.folded_mandate()));
}

/// What is on the shelf is as good as nothing: the mandate is folded as if it were not there.
fn check_thrown_away(what: &str, odd: impl FnOnce(&World) -> Snapshot) {
    let world = World::drawing(Bounds::default(), 6);
    let snapshot = odd(&world);
    world.store.put_snapshot(TENANT, mandate_stream(TENANT, &mandate("m")), &snapshot).unwrap();
    let live = world.loaded_mandate();
    assert_eq!((live.state, live.kept), (world.folded_mandate(), 0), "{what}");
}

#[test]
fn a_snapshot_of_a_mandate_that_lies_is_thrown_away() {
    let good = |world: &World| world.keep_of(world.folded_mandate()).seal(&world.store, &world.vault).unwrap();
    let length = good(&World::drawing(Bounds::default(), 6)).sealed.len();
    for at in [0, 32, length / 2, length - 1] {
        check_thrown_away(&format!("byte {at} is changed"), |world| {
            let mut snapshot = good(world);
            snapshot.sealed[at] ^= 1;
            snapshot
        });
    }
    check_thrown_away("it is not sealed", |world| Snapshot {
        sealed: world.folded_mandate().to_kept().unwrap(),
        ..good(world)
    });
    check_thrown_away("another epoch", |world| {
        Keep { epoch: 2, ..world.keep_of(world.folded_mandate()) }.seal(&world.store, &world.vault).unwrap()
    });
    check_thrown_away("another fold", |world| Snapshot { fold: FOLD + 1, ..good(world) });
    check_thrown_away("another mandate, that nothing was drawn on", |world| {
        let mut state = world.folded_mandate();
        (state.id, state.units) = (mandate_stream(TENANT, &mandate("n")), BTreeMap::new());
        let keep = Keep { state: Kept::Mandate(Box::new(state)), ..world.keep_of(world.folded_mandate()) };
        keep.seal(&world.store, &world.vault).unwrap()
    });
    check_thrown_away("an event that the store has not", |world| {
        let mut state = world.folded_mandate();
        state.seq = 9;
        let keep = Keep { state: Kept::Mandate(Box::new(state)), ..world.keep_of(world.folded_mandate()) };
        keep.seal(&world.store, &world.vault).unwrap()
    });
}

#[test]
fn a_snapshot_of_before_ends_at_the_same_state_and_erasing_a_task_gives_nothing_back() {
    let mut world = World::drawing(Bounds::default(), 3);
    let stream = mandate_stream(TENANT, &mandate("m"));
    let old = world.keep_of(world.folded_mandate()).seal(&world.store, &world.vault).unwrap();
    let erased = world.draws(4);
    world.store.put_snapshot(TENANT, stream, &old).unwrap();
    assert_eq!((world.loaded_mandate().kept, world.loaded_mandate().state), (3, world.folded_mandate()));
    let before = world.folded_mandate();
    world.store.erase(TENANT, erased).unwrap();
    assert_eq!(world.loaded_mandate().state, before);
}
