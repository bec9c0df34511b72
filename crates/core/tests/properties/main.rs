//! Whatever is asked, in whatever order: replay gives the same state, no limit is overspent, nothing begins after an
//! ending, nothing is used twice, and nothing panics.

#![cfg(test)]

mod prelude {
    pub(crate) use bailiwick_core::*;
}

mod approved;
mod steps;
#[path = "../../src/decide/tests/world.rs"]
#[expect(dead_code, reason = "the unit tests of `decide` share this world, and use more of it")]
mod world;

use approved::nth;
use prelude::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use steps::{CALLED, PEOPLE, REQUESTS, Step, step};
use world::*;

/// Another template's words for tools that ask several people: applied, so that needs are of every kind.
const ASKING: &str =
    r#"{"kind":"tool","tool":"bank/batch","effect":"export","reversibility":"by-others","impact":"critical"}"#;

/// A world and what a judge remembers of it.
struct Run {
    world: World,
    acts: Vec<u64>,
    last_proof: Option<Digest>,
    /// When each was used: past the memory of proofs no nonce of theirs is good any more.
    proofs: BTreeMap<Digest, Micros>,
    keys: BTreeSet<Digest>,
    /// What was signed and used.
    used: BTreeSet<Digest>,
    over: bool,
}

impl Run {
    fn new() -> Self {
        let mut world = World::with_passkeys();
        world.documents(&[ASKING]);
        let (acts, proofs, keys) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        Self { world, acts, last_proof: None, proofs, keys, used: BTreeSet::new(), over: false }
    }

    fn take(&mut self, step: &Step) {
        let before = self.world.task.clone();
        let first = self.world.events.len();
        match step {
            Step::Call { tool, process, cents, key, again, within } => {
                let key = key.map_or(String::new(), |key| format!(r#","key":"k{key}""#));
                let euros = format!("{}.{:02}", cents / 100, cents % 100);
                let arguments = format!(r#"{{"amount":"{euros}","iban":"{IBAN}"{key}}}"#);
                let mut action = self.world.action(CALLED[*tool], &arguments);
                if !matches!(CALLED[*tool], "bank/pay" | "bank/export" | "bank/batch") {
                    action.measures.clear();
                }
                let mut facts = self.world.facts_of(*process);
                if let (true, Some(caller)) = (again, facts.caller.as_mut()) {
                    caller.proof = self.last_proof.or(caller.proof);
                }
                self.last_proof = facts.caller.as_ref().and_then(|caller| caller.proof);
                let mut attempt = self.world.attempt_command(action);
                attempt.settle_within = Span::seconds(*within);
                let decided = self.world.run(&Command::Attempt(Box::new(attempt)), &facts);
                self.judge_call(&before, &decided, &facts);
            }
            Step::GoOn { act, cents } => {
                let Some(act) = self.acts.len().checked_sub(act + 1).map(|index| self.acts[index]) else { return };
                let (event, _) = &self.world.events[usize::try_from(act).unwrap() - 1];
                let Data::ActionBegun(begun) = &event.data else { panic!("no act") };
                let mut action = begun.action.whole(begun.private.as_ref().unwrap());
                let round = action.round + 1;
                if let (Some(cents), [measure]) = (cents, action.measures.as_mut_slice()) {
                    let euros = format!("{}.{:02}", cents / 100, cents % 100);
                    measure.amount = Reading::Known(Amount::parse(&euros).unwrap());
                }
                let decided = self.world.goes_on(act, round, action);
                let facts = decided.events.iter().find_map(|event| match &event.data {
                    Data::ActionBegun(begun) => Some(begun.facts.clone()),
                    _ => None,
                });
                let facts = facts.unwrap_or_else(|| self.world.facts());
                self.judge_call(&before, &decided, &facts);
            }
            Step::Settle { act, outcome, measured } => {
                let Some(act) = self.acts.len().checked_sub(act + 1).map(|index| self.acts[index]) else { return };
                let unit =
                    before.acts.get(&act).and_then(|act| act.reserved.first()).map_or(eur(), |held| held.unit.clone());
                let amount = if unit == eur() {
                    format!("{}.{:02}", measured / 100, measured % 100)
                } else {
                    measured.to_string()
                };
                let seen = Observed { measured: vec![(unit, Amount::parse(&amount).unwrap())], ..Observed::default() };
                let outcome = match outcome {
                    0 => Outcome::Done(Observed::default()),
                    1 => Outcome::Done(seen),
                    2 => Outcome::NotDone(seen),
                    3 => Outcome::NeverSent,
                    5 | 6 => Outcome::Doubt { why: ASKED.to_owned() },
                    _ => Outcome::Doubt { why: "error".to_owned() },
                };
                let gives = !matches!(outcome, Outcome::Doubt { .. });
                let proves = !matches!(outcome, Outcome::Done(ref seen) if seen.measured.is_empty());
                let decided = self.world.settle(act, outcome);
                let lowered = self.lowered(&before);
                assert!(!lowered || (gives && proves && decided.verdict == Verdict::Done), "{decided:?}");
                if lowered {
                    let doubtful = before.acts[&act].in_doubt(self.world.now);
                    assert!(!doubtful, "what was in doubt was given back: {decided:?}");
                }
                return self.judge(&before, first);
            }
            Step::HandOn { by, request } => {
                let mut made: Vec<&GrantState> = before.grants.values().map(Box::as_ref).collect();
                made.sort_by_key(|grant| grant.seq);
                let grant = made[by % made.len()].id;
                let decided = self.world.hand_on(grant, REQUESTS[*request]);
                self.judge_handed_on(&before, grant, &decided);
            }
            Step::PayBelow { by, cents } => self.pay_below(*by, *cents),
            Step::Yes { request, person } => self.yes(*request, PEOPLE[*person]),
            Step::No { request, person } => {
                if let Some(approval) = nth(&before, *request) {
                    self.world.refuse_approval(approval, PEOPLE[*person]);
                }
            }
            Step::Repeat(request) => {
                let Some(approval) = nth(&before, *request) else { return };
                // the call that waits is written right before the request
                let (event, _) = &self.world.events[usize::try_from(approval).unwrap() - 2];
                let Data::ActionWaiting(waiting) = &event.data else { panic!("no call that waits") };
                let action = waiting.action.whole(waiting.private.as_ref().unwrap());
                let facts = self.world.facts_of('a');
                let attempt = self.world.attempt_command(action);
                let decided = self.world.run(&Command::Attempt(Box::new(attempt)), &facts);
                self.judge_call(&before, &decided, &facts);
            }
            Step::Unenroll(of) => {
                let (name, id) = (PEOPLE[*of], passkey_of(PEOPLE[*of]));
                self.world.govern(ControlCommand::Unenroll { by: by("anna"), person: person(name), id });
            }
            Step::Bind(process) => drop(self.world.bind(*process)),
            Step::Consent => drop(self.world.consent()),
            Step::Tick => {
                self.world.tick();
                // requests that ran out, or went on to others, and a window that closes soon, are told by a tick of their own,
                // after what ended
                let told = self.world.tick().events;
                let of_time = |data: &Data| {
                    matches!(data, Data::ApprovalExpired(_) | Data::ApprovalEscalated(_) | Data::TaskEnding(_))
                };
                assert!(told.iter().all(|event| of_time(&event.data)), "a tick says the same thing twice");
                assert!(self.world.tick().events.is_empty(), "a tick says the same thing twice");
            }
            Step::Pass(seconds) => self.world.pass(Span::seconds(*seconds)),
            Step::Suspend(active) => self.world.suspend(*active),
            Step::Stop(running) => self.world.stop(*running),
            Step::Revoke => drop(self.world.revoke()),
            Step::Complete => {
                let facts = self.world.facts_of('a');
                self.world.run(&Command::EndTask { who: Ender::Holder, why: Code::Completed }, &facts);
            }
            Step::Count(count) => {
                let grant = self.world.grant();
                let counted =
                    vec![CountedRefusal { code: Code::OverEach, count: *count, grant, tool: tool("bank/pay") }];
                let facts = self.world.facts();
                self.world.run(&Command::CountRefusals(counted), &facts);
            }
            Step::Policy(permits) => {
                self.world.policy = Says(if *permits { Answer::Permit(Vec::new()) } else { Answer::Nothing });
            }
            Step::Pin(same) => {
                let server = ServerName::parse("bank").unwrap();
                let identity = digest(if *same { "bank" } else { "another bank" });
                self.world.govern(ControlCommand::Pin { server, identity, tools: Vec::new() });
            }
            Step::Wake => {
                let Some(due) = self.world.task.wake() else { return };
                self.world.now = self.world.now.max(due);
                // what ended, and after it what became of requests and what is soon to end
                self.world.tick();
                self.world.tick();
                let next = self.world.task.wake();
                assert!(next.is_none_or(|next| next > self.world.now), "{due:?} then {next:?}");
            }
        }
        assert!(!self.lowered(&before), "{step:?} gave something back");
        self.judge(&before, first);
    }

    fn judge_handed_on(&mut self, before: &TaskState, parent: GrantId, decided: &Decided) {
        let Some(child) = decided.grant.filter(|_| decided.verdict == Verdict::Done) else {
            assert_eq!(before.grants.len(), self.world.task.grants.len(), "{decided:?}");
            return;
        };
        assert!(before.standing.live() && before.grants[&parent].standing.live(), "handed on after an ending");
        let task = &self.world.task;
        let holders: Vec<&str> = task.lineage(child).unwrap().iter().map(|grant| grant.holder.as_str()).collect();
        let once: BTreeSet<&&str> = holders.iter().collect();
        assert_eq!(once.len(), holders.len(), "an agent stands twice in a lineage: {holders:?}");
        assert!(holders.len() <= 3, "handed on further than the root allows");
        let window = |grant: &GrantId| task.grants[grant].envelope.as_ref().unwrap().window;
        assert!(
            window(&child).expires <= window(&parent).expires
                && window(&child).not_before >= window(&parent).not_before
        );
        let letter = char::from(b'c' + u8::try_from(task.grants.len() % 20).unwrap());
        assert_eq!(self.world.bind_grant(child, letter).verdict, Verdict::Done);
    }

    /// What a delegate is allowed, the holder of the root would have been allowed as well.
    fn pay_below(&mut self, by: usize, cents: u64) {
        let root = self.world.grant();
        let below: Vec<&GrantState> = self
            .world
            .task
            .grants
            .values()
            .map(Box::as_ref)
            .filter(|grant| grant.id != root && grant.key.is_some())
            .collect();
        let Some(grant) = below.get(by % below.len().max(1)) else { return };
        let (grant, holder, bound) = (grant.id, grant.holder.clone(), grant.key.clone().unwrap());
        let action = self.world.payment(&format!("{}.{:02}", cents / 100, cents % 100));
        let as_root = {
            let mut world = self.world.clone();
            let key = world.task.grants[&root].key.clone().unwrap();
            let letter = key.key.as_str().chars().next().unwrap();
            let facts = world.facts_of(letter);
            world.ask(&Command::Attempt(Box::new(world.attempt_command(action.clone()))), &facts)
        };
        let mut facts = self.world.facts_of('a');
        facts.caller =
            facts.caller.map(|caller| Caller { agent: holder, key: bound.key, instance: bound.instance, ..caller });
        let attempt = Attempt { grant, ..self.world.attempt_command(action) };
        let decided = self.world.run(&Command::Attempt(Box::new(attempt)), &facts);
        if let Verdict::Allow { act, .. } = decided.verdict {
            assert!(
                matches!(as_root.verdict, Verdict::Allow { .. }),
                "a delegate may what its delegator may not: {as_root:?}"
            );
            self.acts.push(act);
        }
    }

    /// Whether any meter, or any count of uses, fell.
    fn lowered(&self, before: &TaskState) -> bool {
        before.grants.iter().any(|(id, old)| {
            let new = &self.world.task.grants[id];
            old.rows.iter().zip(&new.rows).any(|(old, new)| {
                let fell = |(unit, meter): (&Unit, &Meter)| new.meters[unit].charged() < meter.charged();
                new.uses < old.uses || old.meters.iter().any(fell)
            })
        })
    }

    fn judge_call(&mut self, before: &TaskState, decided: &Decided, facts: &Facts) {
        let Verdict::Allow { act, forward_by, settle_by } = decided.verdict else {
            let own = |event: &Event| {
                let waits = matches!(event.data, Data::ActionWaiting(_) | Data::ApprovalAsked(_));
                waits || matches!(event.data, Data::ActionRefused(_) | Data::GrantEnded(_) | Data::TaskEnded(_))
            };
            assert!(decided.events.iter().all(own), "{decided:?}");
            assert_eq!((&before.acts, &before.keys), (&self.world.task.acts, &self.world.task.keys));
            return;
        };
        self.acts.push(act);
        self.judge_approved(before, decided, facts.now);
        assert!(!self.over, "an act began after the ending");
        assert!(before.standing.live() && before.grants[&self.world.grant()].standing.live());
        let proof = facts.caller.as_ref().and_then(|caller| caller.proof).unwrap();
        let before_this = self.proofs.insert(proof, facts.now);
        assert!(before_this.is_none_or(|at| at < facts.now.before(PROOF_MEMORY)), "a proof was used twice");
        assert!(facts.now < forward_by && forward_by <= settle_by);
        let key = self.world.task.keys.iter().find(|(_, (_, of))| *of == act).map(|((_, key), _)| *key);
        assert!(key.is_none_or(|key| self.keys.insert(key)), "a key stands for two acts");
        // Nothing begins once it is over, whether or not that was written down.
        let root = &self.world.task.grants[&self.world.grant()];
        assert!(facts.now < root.envelope.as_ref().unwrap().window.expires);
        assert!(self.world.control.running && self.world.control.agents[&agent("payer")].active);
    }

    /// After every step.
    fn judge(&mut self, before: &TaskState, first: usize) {
        let task = &self.world.task;
        self.over |= !task.standing.live();
        assert!(task.at >= before.at);
        let begun = self.world.events[first..].iter().any(|(event, _)| matches!(event.data, Data::ActionBegun(_)));
        let root = &task.grants[&self.world.grant()];
        for (row, state) in root.envelope.as_ref().unwrap().rows.iter().zip(&root.rows) {
            assert!(row.uses.is_none_or(|most| state.uses <= most));
            let within =
                |(unit, meter): (&Unit, &Meter)| row.meters[unit].total.is_none_or(|total| meter.charged() <= total);
            let within = state.meters.iter().all(within);
            assert!(within || !root.standing.live(), "a meter is overspent and the grant goes on");
            assert!(within || !begun, "an act began on a meter that is overspent");
        }
        task.grants.values().filter(|grant| grant.standing.live()).for_each(|grant| within_limits(&self.world, grant));
        let ended_above =
            |grant: &GrantState| task.lineage(grant.id).unwrap().iter().any(|above| !above.standing.live());
        assert!(
            task.grants.values().all(|grant| !grant.standing.live() || !ended_above(grant)),
            "a grant outlives one above it"
        );
        assert_eq!(
            task.open,
            task.acts.values().filter(|act| !matches!(act.standing, ActStanding::Ended { .. })).count()
        );
        assert_eq!(task.open, task.grants.values().map(|grant| grant.open).sum::<usize>());
    }
}

/// Every limit of a grant holds of what the events say, summed up by hand.
fn within_limits(world: &World, root: &GrantState) {
    for ((row, unit), charges) in charges(world, root.id) {
        let row = usize::try_from(row).unwrap();
        let sum = |charges: &mut dyn Iterator<Item = &(Micros, Amount)>| {
            charges.fold(Amount::ZERO, |sum, (_, amount)| sum.checked_add(amount).unwrap())
        };
        let all = sum(&mut charges.iter());
        assert_eq!(all, root.rows[row].meters[&unit].charged(), "the meter says another sum than the events");
        let limit = &root.envelope.as_ref().unwrap().rows[row].meters[&unit];
        assert!(limit.each.is_none_or(|each| charges.iter().all(|(_, amount)| *amount <= each)), "{unit} each");
        assert!(limit.total.is_none_or(|total| all <= total), "{unit} in total");
        for ((last, _), window) in charges.iter().zip(limit.window.iter().cycle()) {
            let mut within = charges.iter().filter(|(at, _)| at <= last && *at > last.before(window.over));
            assert!(sum(&mut within) <= window.most, "{unit} in a window");
        }
    }
}

/// The charges to a grant that an independent reader finds in the events alone, by (row, unit).
fn charges(world: &World, of: GrantId) -> BTreeMap<(u64, Unit), Vec<(Micros, Amount)>> {
    let mut open: BTreeMap<u64, (Micros, Vec<Reserved>)> = BTreeMap::new();
    for (index, (event, _)) in world.events.iter().enumerate() {
        match &event.data {
            Data::ActionBegun(begun) => {
                if let Some(first) = begun.continues {
                    open.remove(&first).expect("what is gone on from had begun");
                }
                open.insert(index as u64 + 1, (event.at, begun.reserved.clone()));
            }
            Data::ActionEnded(ended) => open.get_mut(&ended.act).unwrap().1.clone_from(&ended.settled),
            _ => {}
        }
    }
    let mut out: BTreeMap<(u64, Unit), Vec<(Micros, Amount)>> = BTreeMap::new();
    for (at, reserved) in open.into_values() {
        for held in reserved.into_iter().filter(|held| held.grant == of) {
            out.entry((held.row, held.unit)).or_default().push((at, held.amount));
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_commands_overspends_revives_or_repeats(steps in prop::collection::vec(step(), 1..120)) {
        let mut run = Run::new();
        for step in &steps {
            run.take(step);
        }
        run.world.replay();
    }

    #[test]
    fn leaves_told_late_give_the_same_state(steps in prop::collection::vec(step(), 1..40), late in 0..9_u64) {
        // A node folds at once, under leaves that it guesses, and is told the true ones when the append is durable.
        let mut run = Run::new();
        for step in &steps {
            run.take(step);
        }
        let events = &run.world.events;
        let mut guessed = TaskState::empty(run.world.task.tenant, run.world.task.id);
        let mut true_leaves = TaskState::empty(run.world.task.tenant, run.world.task.id);
        let batch = usize::try_from(late + 1).unwrap();
        let mut leaf = 100;
        for (index, chunk) in events.chunks(batch).enumerate() {
            let first = u64::try_from(index * batch).unwrap() + 1;
            for (event, _) in chunk {
                guessed.apply(event, 0).unwrap();
            }
            leaf += late;
            guessed.placed(first, leaf);
            for (event, _) in chunk {
                true_leaves.apply(event, leaf).unwrap();
                leaf += 1;
            }
        }
        prop_assert_eq!(guessed, true_leaves);
    }

    #[test]
    fn a_state_read_back_from_its_bytes_goes_on_like_the_one_folded(
        steps in prop::collection::vec(step(), 1..60), cut in any::<prop::sample::Index>(),
    ) {
        let mut run = Run::new();
        for step in &steps {
            run.take(step);
        }
        let (events, whole) = (&run.world.events, &run.world.task);
        let (before, after) = events.split_at(cut.index(events.len() + 1));
        let mut state = TaskState::empty(whole.tenant, whole.id);
        for (event, leaf) in before {
            state.apply(event, *leaf).unwrap();
        }
        let mut state = TaskState::from_kept(&state.to_kept().unwrap()).unwrap();
        for (event, leaf) in after {
            state.apply(event, *leaf).unwrap();
        }
        prop_assert_eq!(&state, whole);
    }

    #[test]
    fn decide_answers_anything_without_panic(
        seed in any::<u64>(), now in any::<u64>(), pick in 0..12_u8, text in ".{0,40}", number in any::<u64>(), small in 0..4_u64,
    ) {
        let mut world = if small == 0 { World::new() } else { World::ready() };
        if small == 2 {
            allowed(&world.pay("10"));
        }
        world.drawn = seed;
        let grant = if pick.is_multiple_of(2) { world.task.root.unwrap_or(GrantId::new([0; 16])) } else { GrantId::new([seed as u8; 16]) };
        let mut facts = if pick < 6 { world.facts_of('a') } else { world.facts() };
        facts.now = Micros(now);
        if number.is_multiple_of(3) {
            facts.ids.clear();
        }
        let code = Code::ALL[usize::try_from(number).unwrap_or(0) % Code::ALL.len()];
        let seen = Observed { measured: vec![(eur(), Amount::MOST), (eur(), Amount::MOST)], size: number, ..Observed::default() };
        let mut action = world.action("bank/pay", "{}");
        action.measures = vec![
            Measure { amount: Reading::Known(Amount::MOST), after: number.is_multiple_of(2), unit: Reading::Known(eur()) },
            Measure { amount: Reading::Known(Amount::MOST), after: false, unit: Reading::Known(eur()) },
        ];
        action.arguments = json::Json::from(text.as_str());
        let attempt = Attempt {
            grant,
            epoch: u32::try_from(number & 1).unwrap(),
            action,
            refused: None,
            settle_within: Span(number),
            signature: Some(text.clone()),
            continues: Some(Continues { act: small, leaf: number }),
        };
        let mut start = World::start_command("pay-invoice");
        start.parameters = BTreeMap::from([("max".to_owned(), text.clone()), (text.clone(), text.clone())]);
        let counted = vec![CountedRefusal { code, count: number, grant, tool: tool("bank/pay") }; 2];
        let commands = [
            Command::Start(Box::new(start)),
            Command::Consent { grant, by: by("anna") },
            Command::Bind { grant },
            Command::Attempt(Box::new(attempt)),
            Command::Settle(Box::new(Settle { act: 5, leaf: number, outcome: Outcome::Doubt { why: text.clone() } })),
            Command::Settle(Box::new(Settle { act: 5, leaf: world.leaf, outcome: Outcome::Done(seen) })),
            Command::EndGrant { grant, who: Ender::Holder, why: code },
            Command::EndTask { who: Ender::Person(by("anna")), why: code },
            Command::Tick,
            Command::CountRefusals(counted),
        ];
        for command in commands {
            let mut world = world.clone();
            prop_assert_eq!(world.ask(&command, &facts), world.ask(&command, &facts));
            let decided = world.run(&command, &facts);
            if decided.verdict == Verdict::Deny {
                prop_assert!(!decided.reasons.is_empty());
            }
            let at_rest = decided.events.iter().all(|event| event.at >= Micros(now));
            prop_assert!(at_rest, "an event is older than its decision");
        }
    }
}
