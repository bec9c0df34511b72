//! Step 8: who has to say yes, whether they have, and asking them.

use super::attempt::{Asked, Stopped};
use super::display::display;
use super::eligible::{enough, signed_by_all, still_stand};
use super::observe::asked_all_the_same;
use super::share::{Kind, room_to_ask};
use super::sources::nowhere;
use super::value::Charged;
use super::{Decided, Verdict, View, event, full};
use crate::action::{Bound, BoundAs, Reading};
use crate::approval::{
    Approver, Approvers, CONFIRMATIONS_HIGH_MAX, CONFIRMATIONS_MAX, CONFIRMATIONS_OPEN_MAX, GOAL_REFUSED_MAX,
    NEEDS_MAX, Need, REVIEWS_MAX, REVIEWS_OPEN_MAX, Terms, VALID, Why, display_digest,
};
use crate::envelope::{Ask, Row};
use crate::event::{ActionPrivate, ActionWaiting, ApprovalAsked, AskedPrivate, RULES, Under};
use crate::facts::{Facts, Mode, Road};
use crate::hash::sha256_parts;
use crate::reason::{Code, Reason};
use crate::task::{ApprovalStanding, ApprovalState, GoalRefused, GrantState, TaskState, likeness};
use crate::{Action, Autonomy, Digest, Effect, Impact, PersonId, Salt, Span};

/// The kind of value that says how much.
const AMOUNT: &str = "amount";

/// What is asked of people for one act.
pub(super) struct Wait {
    needs: Vec<Need>,
    goal: Digest,
    charged: Charged,
    /// The request that is open already.
    open: Option<u64>,
    /// The rules of policy that permit it, and those that ask.
    pub(super) policy_rules: Vec<String>,
}

impl Wait {
    /// What the act would be charged.
    pub(super) const fn charged(&self) -> &Charged {
        &self.charged
    }
}

/// The approvals that an act uses: empty where it needs none; and what would be asked, were it not observed.
pub(super) fn approvals(
    asked: &Asked<'_>,
    lineage: &[&GrantState],
    charged: Charged,
    (policy_rules, by_policy): (&[String], &[Ask]),
) -> Result<(Charged, Vec<Digest>, Option<Reason>), Stopped> {
    let (task, action) = (asked.view.task, &asked.attempt.action);
    if let Some(no) = told_no(task, asked) {
        return Err(no.into());
    }
    let doubt = twin_in_doubt(asked);
    let (mut needs, unasked) = asked_all_the_same(asked, needs(asked, lineage, &charged, by_policy));
    let unasked = needed(&one_of_each(unasked));
    needs.extend(doubt.map(|_| confirmation(Why::Doubt)));
    let offer = taken(asked);
    // An offer is in the place of the goal that it came with: what else people said no to stands.
    let refused_before =
        goal_refused(task, action, asked.facts).filter(|own| offer.is_none_or(|offered| !std::ptr::eq(*own, offered)));
    // What its person said no to elsewhere is theirs to say here; what rules refused by another way too.
    let elsewhere = asked.facts.refused_elsewhere > 0 && action.effect != Effect::Read;
    // Where nobody could say so, one wrong tool would take the right one away for good: there risk alone tells of it.
    let tried =
        || Some(confirmation(Why::Tried)).filter(|need| enough(asked.view, lineage, std::slice::from_ref(need)));
    needs.extend(tried_otherwise(asked).then(tried).flatten());
    needs.extend(elsewhere.then(|| confirmation(Why::Refused)));
    needs.extend(offer.into_iter().flat_map(needs_of_offer));
    // A yes is to a version, and so is a no that was not told yet, and what is privileged: somebody looks first.
    let asks = !needs.is_empty() || refused_before.is_some();
    if action.unread() && (asks || action.effect.privileged()) {
        return Err(Stopped::Look);
    }
    if let Some(before) = refused_before {
        if before.refused >= GOAL_REFUSED_MAX {
            return Err(Reason::new(Code::GoalRefused).into());
        }
        needs.extend(before.needs.iter().map(|need| Need { why: Why::Refused, ..need.clone() }));
    }
    let needs = one_of_each(needs);
    if needs.is_empty() {
        return Ok((charged, Vec::new(), unasked));
    }
    // A yes is to this act as it would be charged, and to what is asked of people now.
    let same = |of: &&ApprovalState| {
        of.grant == asked.attempt.grant
            && of.terms.action == asked.digest()
            && of.open(asked.facts.now)
            && of.needs == needs
            && of.terms.meters == charged.reserved
    };
    let open: Vec<&ApprovalState> = task.approvals.values().map(Box::as_ref).filter(same).collect();
    if let Some(signed) = open.iter().find_map(|open| still_stand(asked.view, lineage, open, asked.facts.now)) {
        return Ok((charged, signed, unasked));
    }
    // What nobody can sign any more is asked for anew.
    let open = open.into_iter().find(|open| task.superseded(open).is_none());
    let goal = goal(task, action, asked.facts).ok_or(Reason::new(Code::GrantEnded).asked("erased"))?;
    let open = open.map(|open| open.seq);
    if open.is_none() {
        may_ask(asked, lineage, &needs, doubt)?;
    }
    Err(Stopped::Wait(Box::new(Wait { needs, goal, charged, open, policy_rules: policy_rules.to_vec() })))
}

/// That people have to say yes; nothing where nobody has to.
fn needed(needs: &[Need]) -> Option<Reason> {
    let who: Vec<&str> = needs.iter().map(|need| need.role.as_str()).collect();
    (!who.is_empty()).then(|| Reason::new(Code::ApprovalNeeded).asked(who.join(", ")))
}

/// Whether another request may be made. A wait that cannot end is worse than a no: somebody must be there to say yes.
fn may_ask(asked: &Asked<'_>, lineage: &[&GrantState], needs: &[Need], doubt: Option<u64>) -> Result<(), Stopped> {
    let (view, task) = (asked.view, asked.view.task);
    let unavailable = |why: Reason| {
        let doubted = doubt.map(|leaf| Reason::new(Code::TwinInDoubt).asked(leaf));
        let second = doubted.or(aged(needs)).or(asked.judged.reason()).unwrap_or(Reason::new(Code::ApprovalNeeded));
        Stopped::No(vec![why, second], Vec::new())
    };
    if needs.len() > NEEDS_MAX || !enough(view, lineage, needs) {
        let who = needs.iter().map(|need| need.role.as_str()).collect::<Vec<_>>().join(", ");
        return Err(unavailable(Reason::new(Code::ApprovalUnavailable).asked(who)));
    }
    // What all have signed waits for the agent, and what nothing can be done by any more for nobody.
    let waits = |of: &ApprovalState| {
        let over = task.past_doing(of) || task.superseded(of).is_some();
        of.open(asked.facts.now) && !over && !signed_by_all(view, of, asked.facts.now)
    };
    let open = |review: bool| task.approvals.values().filter(|of| of.review() == review && waits(of)).count();
    let review = needs.iter().any(|need| !need.confirms());
    let high = asked.attempt.action.impact >= Impact::High;
    let so_far = task.asked;
    let spent = match review {
        true => so_far.reviews >= REVIEWS_MAX,
        false => {
            so_far.confirmations >= CONFIRMATIONS_MAX || (high && so_far.confirmations_high >= CONFIRMATIONS_HIGH_MAX)
        }
    };
    if spent {
        return Err(Reason::new(Code::ApprovalsSpent).into());
    }
    if open(review) >= if review { REVIEWS_OPEN_MAX } else { CONFIRMATIONS_OPEN_MAX } {
        return Err(Reason::new(Code::TooManyAsked).into());
    }
    room_to_ask(view, lineage, &Kind { review, high }, &waits)?;
    if full(task) {
        return Err(Reason::new(Code::TaskFull).into());
    }
    Ok(())
}

/// Who has to say yes: by the rows used, by policy, by autonomy, by impact.
fn needs(asked: &Asked<'_>, lineage: &[&GrantState], charged: &Charged, by_policy: &[Ask]) -> Vec<Need> {
    let (view, action) = (asked.view, &asked.attempt.action);
    let mut needs = Vec::new();
    let mut asks = |ask: &Ask, why| needs.extend(resolved(view, lineage, ask, why));
    charged.asks.iter().for_each(|ask| asks(ask, Why::Template));
    by_policy.iter().for_each(|ask| asks(ask, Why::Policy));
    // What is handed on only shrinks: who assists has its work confirmed, by whatever hand it is done.
    let assists = lineage.iter().any(|grant| {
        view.control.agents.get(&grant.holder).is_some_and(|entry| entry.document.autonomy == Autonomy::Assist)
    });
    if assists && action.effect != Effect::Read {
        needs.push(confirmation(Why::Assists));
    }
    // What nobody vouches for, the person whose task it is says yes to.
    needs.extend(asked.judged.reason().map(|_| confirmation(Why::Source)));
    needs.extend(asked.judged.unnamed.then(|| confirmation(Why::Unnamed)));
    // Whoever holds it: every grant of the lineage says how old the one consent may be.
    let old = |grant: &&GrantState| {
        let age = grant.envelope.as_ref().and_then(|envelope| envelope.consent_age.known());
        age.is_none_or(|age| age.past(view.task.consented, asked.facts.now))
    };
    if action.impact >= Impact::High && lineage.iter().any(old) {
        needs.push(confirmation(Why::Aged));
    }
    match action.impact {
        Impact::Low | Impact::Medium => {}
        Impact::High => {
            let named = action.effect.privileged() && named_at_consent(asked, lineage, charged);
            needs.extend((!named).then(|| confirmation(Why::Impact)));
        }
        Impact::Critical => needs.extend(two_people(view, lineage)),
    }
    needs
}

/// Whether a renewed consent would do as well.
fn aged(needs: &[Need]) -> Option<Reason> {
    needs.iter().any(|need| need.why == Why::Aged).then(|| Reason::new(Code::ConsentAged))
}

fn confirmation(why: Why) -> Need {
    let who = Approvers::one(Approver::Requester);
    Need { count: 1, escalate: None, exclude: Vec::new(), role: who.to_string(), valid: VALID, who, why }
}

/// What is critical takes two: owners, or whoever has the role `approver`.
fn two_people(view: View<'_>, lineage: &[&GrantState]) -> Vec<Need> {
    let role = crate::RoleName::parse("approver").map(Approver::Role).ok();
    let who = Approvers::new([Approver::Owner].into_iter().chain(role).collect());
    let who = who.unwrap_or_else(|| Approvers::one(Approver::Owner));
    let ask = Ask {
        count: 2,
        escalate: None,
        exclude: Vec::new(),
        over: Default::default(),
        tools: Vec::new(),
        valid: VALID,
        who,
    };
    resolved(view, lineage, &ask, Why::Impact)
}

/// The owners of every agent of a lineage, each once.
fn owners(view: View<'_>, lineage: &[&GrantState]) -> Vec<PersonId> {
    let of = |grant: &&GrantState| view.control.agents.get(&grant.holder).map(|entry| entry.document.owner.clone());
    let mut owners: Vec<PersonId> = lineage.iter().filter_map(of).collect();
    owners.sort();
    owners.dedup();
    owners
}

/// An ask as needs. `owner` alone means each owner of the lineage; among others it means any of them.
fn resolved(view: View<'_>, lineage: &[&GrantState], ask: &Ask, why: Why) -> Vec<Need> {
    let owners = owners(view, lineage);
    let need = |who: Approvers, role: String| Need {
        count: ask.count,
        escalate: ask.escalate.clone(),
        exclude: ask.exclude.clone(),
        role,
        valid: ask.valid,
        who,
        why,
    };
    if ask.who == Approvers::one(Approver::Owner) {
        let each = |owner: PersonId| {
            let role = format!("owner {owner}");
            need(Approvers::one(Approver::Person(owner)), role)
        };
        return owners.into_iter().map(each).collect();
    }
    let who = ask.who.iter().flat_map(|who| match who {
        Approver::Owner => owners.iter().cloned().map(Approver::Person).collect(),
        other => vec![other.clone()],
    });
    // More owners than may be named: who is asked would be anybody's guess.
    let who = Approvers::new(who.collect()).unwrap_or_else(|| ask.who.clone());
    vec![need(who, ask.who.to_string())]
}

/// Two needs of the same persons are one: the larger number, the shorter time, and whom both escalate to. Others have roles
/// of their own, for one signature fills one.
fn one_of_each(needs: Vec<Need>) -> Vec<Need> {
    let mut out: Vec<Need> = Vec::new();
    for need in needs {
        match out.iter_mut().find(|of| of.who == need.who && of.exclude == need.exclude) {
            Some(of) => {
                of.count = of.count.max(need.count);
                of.valid = of.valid.min(need.valid);
                // Whom only one of them goes to when nobody answers could not have said yes to the other.
                of.escalate = of.escalate.take().filter(|to| need.escalate.as_ref() == Some(to));
                // People are told of a no and of an old consent, and what was said without knowing of it is asked for again.
                let told = |why: Why| matches!(why, Why::Refused | Why::Tried | Why::Aged);
                let tells = told(need.why) || (need.why == Why::Offered && !told(of.why));
                of.why = if tells { need.why } else { of.why };
            }
            None => {
                let same = |of: &&Need| of.role == need.role || of.role.starts_with(&format!("{} (", need.role));
                let role = match out.iter().filter(same).count() {
                    0 => need.role.clone(),
                    before => format!("{} ({})", need.role, before + 1),
                };
                out.push(Need { role, ..need });
            }
        }
    }
    out
}

/// Whether the person named tool, destination and the most of one act, when they consented to what is privileged: then it
/// needs no further yes, unless a rule says so.
fn named_at_consent(asked: &Asked<'_>, lineage: &[&GrantState], charged: &Charged) -> bool {
    let root = lineage.first().zip(charged.rows.first());
    let row = root.and_then(|(root, used)| {
        let rows = &root.envelope.as_ref()?.rows;
        rows.get(usize::try_from(used.row).ok()?)
    });
    row.is_some_and(|row| names(asked, row))
}

fn names(asked: &Asked<'_>, row: &Row) -> bool {
    let action = &asked.attempt.action;
    let tool = row.tools.iter().any(|tool| tool.exact() && tool.matches(&action.tool));
    let destination = match &action.destination {
        None => true,
        // It was consented to without one, and names none.
        Some(Reading::Unknown) if nowhere(action) => row.when.values().any(|condition| condition.absent),
        Some(Reading::Unknown) => false,
        Some(Reading::Known(to)) => {
            let fixed =
                |bound: &&crate::Bound| row.when.get(&bound.pointer).is_some_and(|condition| condition.names_values());
            let is_it = |bound: &&crate::Bound| bound.kind == to.kind && bound.normal.known() == Some(&to.normal);
            action.bound.iter().filter(is_it).any(|bound| fixed(&bound))
        }
    };
    let bounded = action.measures.iter().filter_map(|measure| measure.unit.known()).filter(|unit| unit.is_currency());
    let mut bounded = bounded.map(|unit| row.meters.get(unit).is_some_and(|limit| limit.each.is_some()));
    tool && (destination || asked.judged.said(action)) && bounded.all(|bounded| bounded)
}

/// The leaf of the same act, by its digest or by its likeness, that is in doubt. Where nothing is, likeness is not made.
pub(super) fn twin_in_doubt(asked: &Asked<'_>) -> Option<u64> {
    let (task, action) = (asked.view.task, &asked.attempt.action);
    // Behind a wrapper who is refused could go around: there a plain read or write that failed may be tried again, as it
    // could be without us. A server of the node's keeps every strict rule, whoever could go around it.
    let wrapped = asked.facts.caller.as_ref().is_some_and(|caller| caller.road == Road::Socket);
    let plain = wrapped && asked.facts.mode == Mode::Cooperative && !action.effect.privileged();
    if plain || action.harmless() {
        return None;
    }
    let mut in_doubt = task.acts.values().filter(|act| act.in_doubt(asked.facts.now)).peekable();
    in_doubt.peek()?;
    let salt = task.salt.as_ref();
    let like = salt.map(|salt| likeness(salt, &action.tool, &action.arguments, action.idempotency.as_ref()));
    let twin = in_doubt.find(|act| act.digest == asked.digest() || (like.is_some() && act.likeness == like));
    twin.map(|act| act.leaf)
}

/// What an act comes to, whatever the tool: a salted hash of its effect and of what it is about. How much it is does not tell
/// one from another: a no to 400 is one to 399.99. What binds nothing is its tool and arguments. Of events of before, that
/// nobody gathered `novel` for, its texts tell one from another as well.
pub(super) fn goal(task: &TaskState, action: &Action, facts: &Facts) -> Option<Digest> {
    let salt = task.salt.as_ref()?;
    Some(if facts.novel.is_some() { comes_to(salt, action) } else { about(salt, action, &|_| true) })
}

/// What an act comes to, under a salt: as a task's state has it, or a memory of its own. What is shared or written is what it
/// says; of all else whom or what it reaches counts, and no title or note beside it, or a comma would make it another goal.
pub fn comes_to(salt: &Salt, action: &Action) -> Digest {
    let said = matches!(action.effect, Effect::Share | Effect::Write);
    let reaches = |bound: &Bound| match bound.role {
        BoundAs::Destination | BoundAs::Object => true,
        BoundAs::Found => false,
        BoundAs::Value | BoundAs::Binds => names_one(&bound.kind),
    };
    let some = action.bound.iter().any(|bound| bound.normal.known().is_some() && reaches(bound));
    about(salt, action, &|bound| said || !some || reaches(bound))
}

/// Whether a value of this kind names somebody, some place or some thing.
fn names_one(kind: &str) -> bool {
    matches!(kind, "card" | "email" | "host" | "iban" | "party" | "path" | "person" | "phone" | "url")
        || kind.starts_with("id:")
}

fn about(salt: &Salt, action: &Action, counts: &dyn Fn(&Bound) -> bool) -> Digest {
    let told = action.bound.iter().filter(|bound| bound.kind != AMOUNT && counts(bound));
    let mut about: Vec<(&str, &str)> =
        told.filter_map(|bound| Some((bound.kind.as_str(), bound.normal.known()?.as_str()))).collect();
    about.sort_unstable();
    about.dedup();
    if about.is_empty() {
        return likeness(salt, &action.tool, &action.arguments, action.idempotency.as_ref());
    }
    let effect = action.effect.as_str().as_bytes();
    let parts = [salt.bytes().as_slice(), effect].into_iter();
    let about = about.iter().flat_map(|(kind, normal)| [kind.as_bytes(), normal.as_bytes()]);
    sha256_parts("bailiwick/goal/1", &parts.chain(about).collect::<Vec<_>>())
}

/// What people said no to before, where this comes to the same.
fn goal_refused<'a>(task: &'a TaskState, action: &Action, facts: &Facts) -> Option<&'a GoalRefused> {
    if task.goals.is_empty() || action.effect == Effect::Read {
        return None;
    }
    task.goals.get(&goal(task, action, facts)?)
}

/// The refused goal that a call is the offer of, made in its place, or less of it: as who offered it would say yes to.
fn taken<'a>(asked: &Asked<'a>) -> Option<&'a GoalRefused> {
    let (task, action) = (asked.view.task, &asked.attempt.action);
    if task.goals.is_empty() || action.effect == Effect::Read {
        return None;
    }
    task.offered((asked.attempt.grant, &action.tool), &action.arguments).map(|(goal, _)| goal)
}

/// Who is asked of an offer beside those that are asked of any call: nobody where the one no came with it, for who said no
/// says what would do. Where others had said no as well, they say yes to what is offered.
fn needs_of_offer(goal: &GoalRefused) -> Vec<Need> {
    let asks = goal.needs.iter().filter(|_| goal.refused > 1);
    asks.map(|need| Need { why: Why::Offered, ..need.clone() }).collect()
}

/// Whether rules refused in this task what this comes to, to another grant or with another tool.
fn tried_otherwise(asked: &Asked<'_>) -> bool {
    let (task, action) = (asked.view.task, &asked.attempt.action);
    if task.tried.is_empty() || action.effect == Effect::Read {
        return false;
    }
    let way = (asked.attempt.grant, &action.tool);
    goal(task, action, asked.facts).is_some_and(|goal| task.tried_otherwise(&goal, way))
}

/// Somebody said no to this very act, and the agent was not told yet.
fn told_no(task: &TaskState, asked: &Asked<'_>) -> Option<Reason> {
    task.approvals.values().find_map(|of| match &of.standing {
        ApprovalStanding::Refused { told: false, reason, instead, .. }
            if of.grant == asked.attempt.grant && of.terms.action == asked.digest() =>
        {
            Some(Reason::new(Code::ApprovalRefused).said(reason, instead.clone()))
        }
        _ => None,
    })
}

/// The wait: nothing is appended where the request is open already.
pub(super) fn wait(asked: &Asked<'_>, lineage: &[&GrantState], wait: Wait, under: Under) -> Decided {
    let (attempt, facts, task) = (asked.attempt, asked.facts, asked.view.task);
    let who: Vec<String> = wait.needs.iter().map(|need| need.role.clone()).collect();
    let needed = Reason::new(Code::ApprovalNeeded).asked(who.join(", "));
    let reasons: Vec<Reason> = [needed].into_iter().chain(aged(&wait.needs)).chain(asked.judged.reason()).collect();
    let (seq, events) = match wait.open {
        Some(seq) => (seq, Vec::new()),
        None => {
            let waiting = ActionWaiting {
                action: asked.recorded(),
                approvals: Vec::new(),
                facts: facts.clone(),
                grant: attempt.grant,
                label_after: asked.judged.after.clone(),
                label_before: asked.judged.before.clone(),
                mode: facts.mode,
                private: Some(ActionPrivate::of(&attempt.action)),
                reasons: reasons.iter().map(Reason::written).collect(),
                signature: attempt.signature.clone(),
                sources: asked.judged.sources.clone(),
                under,
                who,
            };
            let seq = task.seq + 2;
            (seq, vec![event(facts, waiting), event(facts, request(asked, lineage, wait, seq))])
        }
    };
    // It is told and not written: what people saw stands in the requests themselves.
    let other = |of: &ApprovalState| of.of_another_version(attempt.grant, asked.plain(), asked.digest());
    let changed = task.approvals.values().any(|of| other(of)).then(|| Reason::new(Code::ChangedSinceSeen));
    let reasons = reasons.into_iter().chain(changed).collect();
    Decided { verdict: Verdict::StepUp { approval: seq }, reasons, ..Decided::done(events) }
}

fn request(asked: &Asked<'_>, lineage: &[&GrantState], wait: Wait, seq: u64) -> ApprovalAsked {
    let (attempt, facts, task) = (asked.attempt, asked.facts, asked.view.task);
    let salt = task.salt.map_or([0; 16], |salt| *salt.bytes());
    let valid = wait.needs.iter().map(|need| need.valid).min().unwrap_or(Span(0));
    let shown = display(asked, lineage, &wait.charged, &wait.needs);
    let terms = Terms {
        action: asked.digest(),
        display: display_digest(&shown),
        labels: asked.judged.before.clone(),
        meters: wait.charged.reserved,
        nonce: sha256_parts("bailiwick/approval/1", &[&salt, &seq.to_be_bytes()]),
        not_after: facts.now.after(valid),
        policy: asked.policy,
        sources: asked.judged.sources.clone(),
    };
    ApprovalAsked {
        effect: attempt.action.effect,
        facts: facts.clone(),
        goal: wait.goal,
        grant: attempt.grant,
        impact: attempt.action.impact,
        needs: wait.needs,
        private: Some(AskedPrivate { display: shown }),
        rules: RULES,
        terms,
        tool: attempt.action.tool.clone(),
    }
}
