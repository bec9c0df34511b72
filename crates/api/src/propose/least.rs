//! From acts to the least documents that allow them: tools one by one, values as far as they were seen, amounts up to the
//! highest.

mod values;

use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{
    ActionBegun, ActionPrivate, AgentId, Amount, BoundAs, DataClass, Effect, StreamId, TemplateName, Unit, is_own,
};
use std::collections::{BTreeMap, BTreeSet};
use values::condition;

/// One act, as the record has it.
#[derive(Debug, Clone)]
pub(super) struct Did {
    pub(super) event: u64,
    pub(super) task: StreamId,
    pub(super) tool: String,
    pub(super) effect: Effect,
    pub(super) classes: Vec<DataClass>,
    /// How much, by unit; `None` where the arguments do not tell.
    pub(super) measures: Vec<(Option<Unit>, Option<Amount>)>,
    /// What its result measured.
    pub(super) measured: Vec<(Unit, Amount)>,
    pub(super) private: Option<ActionPrivate>,
    /// Whether people allowed it once: by a yes to that act, or by breaking the glass.
    pub(super) once: bool,
    /// Whether it hands work on, or asks for more: our own tools.
    pub(super) own: bool,
    /// Rules that would have stopped it, had it not been observed.
    pub(super) stopped_by: Vec<String>,
}

impl Did {
    pub(super) fn of(event: u64, task: StreamId, begun: &ActionBegun) -> Self {
        let action = &begun.action;
        let observed = begun.under.observed.as_ref();
        let forbids = observed
            .is_some_and(|of| of.reasons.iter().any(|reason| reason.code == bailiwick_core::Code::PolicyForbidden));
        Self {
            event,
            task,
            tool: action.tool.to_string(),
            effect: action.effect,
            classes: action.classes.clone(),
            measures: action.measures.iter().map(|of| (of.unit.known().cloned(), of.amount.known().copied())).collect(),
            measured: Vec::new(),
            private: begun.private.clone(),
            own: is_own(action.tool.server()),
            once: begun.under.breakglass.is_some() || !begun.approvals.is_empty(),
            stopped_by: if forbids { begun.under.policy_rules.clone() } else { Vec::new() },
        }
    }

    /// How much it moved, by unit; `None` where nobody knows.
    fn moved(&self) -> Option<BTreeMap<Unit, Amount>> {
        let mut out: BTreeMap<Unit, Amount> = self.measured.iter().cloned().collect();
        for (unit, amount) in &self.measures {
            let unit = unit.clone()?;
            match (amount, out.get(&unit)) {
                // what the arguments say is reserved, and a result that says less was allowed as the arguments said
                (Some(amount), known) => {
                    let most = known.map_or(*amount, |known| (*known).max(*amount));
                    out.insert(unit, most);
                }
                (None, Some(_)) => {}
                (None, None) => return None,
            }
        }
        Some(out)
    }
}

/// What is not in the documents, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeftOut {
    pub(super) count: u64,
    pub(super) event: u64,
    pub(super) tool: String,
    pub(super) why: String,
}

/// The documents, and what is not in them.
#[derive(Debug, Clone, Default)]
pub(super) struct Least {
    pub(super) documents: Vec<Json>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) notes: Vec<String>,
}

/// The least that allows these acts, of tasks that these people started.
pub(super) fn least(
    (agent, name, who): (&AgentId, &TemplateName, &BTreeSet<String>),
    did: &[&Did],
    times: u64,
) -> Least {
    let mut out = Least::default();
    let mut by_tool: BTreeMap<(&str, Effect), Vec<&Did>> = BTreeMap::new();
    did.iter().for_each(|one| by_tool.entry((one.tool.as_str(), one.effect)).or_default().push(one));
    let (mut rows, mut tools, mut classes) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut stopped_by = BTreeSet::new();
    for ((tool, effect), acts) in by_tool {
        let made = of_tool(tool, effect, &acts, times, &mut out);
        if !made.is_empty() {
            tools.insert(tool.to_owned());
            classes.extend(acts.iter().flat_map(|act| &act.classes).map(ToString::to_string));
            stopped_by.extend(acts.iter().flat_map(|act| act.stopped_by.clone()));
        }
        rows.extend(made);
    }
    if rows.is_empty() {
        return out;
    }
    if !stopped_by.is_empty() {
        let rules: Vec<String> = stopped_by.into_iter().collect();
        out.notes.push(format!("forbid wins: the same is refused until {} changes", rules.join(", ")));
    }
    out.notes.push("a policy that permits more stands beside this one until it is removed".to_owned());
    out.documents = vec![template((agent, name, who), rows, &classes), policy(agent, name, &tools)];
    out
}

fn count(acts: &[&Did]) -> u64 {
    u64::try_from(acts.len()).unwrap_or(u64::MAX)
}

/// The rows of one tool: one for each set of arguments that came together.
fn of_tool(tool: &str, effect: Effect, acts: &[&Did], times: u64, out: &mut Least) -> Vec<Json> {
    let mut leave = |acts: &[&Did], why: &str| {
        let Some(first) = acts.first() else { return };
        out.left_out.push(LeftOut {
            count: count(acts),
            event: first.event,
            tool: tool.to_owned(),
            why: why.to_owned(),
        });
    };
    if acts.first().is_some_and(|act| act.own) {
        leave(acts, "what is handed on or asked for is granted by `delegate` of a template, which a person decides");
        return Vec::new();
    }
    if count(acts) < times {
        leave(acts, &format!("done fewer than {times} times"));
        return Vec::new();
    }
    // What people allowed once, for that act or over that task, is no standing authority.
    let (once, acts): (Vec<&Did>, Vec<&Did>) = acts.iter().copied().partition(|act| act.once);
    leave(&once, "people allowed it that once: by a yes to that act, or by breaking the glass");
    let unread = |act: &&Did| {
        let unknown = |private: &ActionPrivate| private.bound.iter().any(|bound| bound.normal.known().is_none());
        act.private.as_ref().is_none_or(unknown) || act.moved().is_none()
    };
    let (unread, read): (Vec<&Did>, Vec<&Did>) = acts.iter().copied().partition(unread);
    leave(&unread, "a value of it could not be read, or is no longer on record");
    let places: BTreeSet<Pointer> = read.iter().flat_map(|act| bounded(act)).map(|(at, _)| at).collect();
    let mut shapes: BTreeMap<Vec<Pointer>, Vec<&Did>> = BTreeMap::new();
    for act in read {
        let there = bounded(act).into_iter().map(|(at, _)| at).collect::<BTreeSet<_>>();
        shapes.entry(there.into_iter().collect()).or_default().push(act);
    }
    let mut rows = Vec::new();
    for (there, acts) in shapes {
        match row(tool, effect, (&places, &there), &acts) {
            Ok(row) => rows.push(row),
            Err(why) => leave(&acts, &why),
        }
    }
    rows
}

/// The places of an act whose values are held, with their kinds. Of a value within a list the whole list is: else another one
/// could stand beside it.
fn bounded(act: &Did) -> Vec<(Pointer, String)> {
    let Some(private) = &act.private else { return Vec::new() };
    let held = private.bound.iter().filter(|bound| bound.role != BoundAs::Found && values::held(&bound.kind));
    held.map(|bound| {
        let mut at = Pointer::root();
        for token in bound.pointer.tokens() {
            if private.arguments.pointer(&at).is_some_and(|value| value.as_array().is_some()) {
                return (at, "list".to_owned());
            }
            at = at.join(token);
        }
        (at, bound.kind.clone())
    })
    .collect()
}

fn row(
    tool: &str,
    effect: Effect,
    (places, there): (&BTreeSet<Pointer>, &[Pointer]),
    acts: &[&Did],
) -> Result<Json, String> {
    let mut when = Vec::new();
    for at in places {
        if !there.contains(at) {
            when.push((at.to_string(), Json::object([("absent", Json::from(true))])));
            continue;
        }
        let kind = acts.iter().flat_map(|act| bounded(act)).find(|(of, _)| of == at).map(|(_, kind)| kind);
        let values: Option<Vec<&Json>> = acts.iter().map(|act| act.private.as_ref()?.arguments.pointer(at)).collect();
        let values = values.ok_or("a value of it is no longer on record")?;
        when.push((
            at.to_string(),
            condition(&kind.unwrap_or_default(), &values).map_err(|why| format!("{at}: {why}"))?,
        ));
    }
    let mut members = vec![
        ("effect", Json::from(effect.as_str())),
        ("tools", Json::array([Json::from(tool)])),
        ("uses", Json::from(most_of_a_task(acts))),
    ];
    if effect == Effect::Read {
        members.push(("resources", Json::from("any")));
    }
    if !when.is_empty() {
        members.push(("when", Json::object(when)));
    }
    let meters = meters(acts)?;
    if !meters.is_empty() {
        members.push(("meters", Json::object(meters)));
    }
    Ok(Json::object(members))
}

/// How often one task did it, at most.
fn most_of_a_task(acts: &[&Did]) -> u64 {
    let mut of: BTreeMap<StreamId, u64> = BTreeMap::new();
    acts.iter().for_each(|act| *of.entry(act.task).or_default() += 1);
    of.into_values().max().unwrap_or(1)
}

/// Of each unit the most of one act, and of one task.
fn meters(acts: &[&Did]) -> Result<Vec<(String, Json)>, String> {
    let mut each: BTreeMap<Unit, Amount> = BTreeMap::new();
    let mut totals: BTreeMap<(Unit, StreamId), Amount> = BTreeMap::new();
    for act in acts {
        for (unit, amount) in act.moved().unwrap_or_default() {
            let most = each.entry(unit.clone()).or_insert(amount);
            *most = (*most).max(amount);
            let total = totals.entry((unit, act.task)).or_default();
            *total = total.checked_add(amount).ok_or("more than can be counted")?;
        }
    }
    let total =
        |unit: &Unit| totals.iter().filter(|((of, _), _)| of == unit).map(|(_, sum)| *sum).max().unwrap_or_default();
    let limit = |(unit, each): (&Unit, &Amount)| {
        let parts = [("each", each.to_string()), ("total", total(unit).to_string())];
        (unit.to_string(), Json::object(parts.map(|(name, amount)| (name, Json::from(amount)))))
    };
    Ok(each.iter().map(limit).collect())
}

fn template(
    (agent, name, who): (&AgentId, &TemplateName, &BTreeSet<String>),
    rows: Vec<Json>,
    classes: &BTreeSet<String>,
) -> Json {
    let start = Json::object([
        ("agents", Json::array([Json::from(agent.as_str())])),
        ("who", Json::array(who.iter().map(|person| Json::from(person.as_str())))),
    ]);
    Json::object([
        ("grant", Json::array(rows)),
        ("intent", Json::from(format!("What {agent} was seen to do"))),
        ("kind", Json::from("template")),
        ("name", Json::from(name.as_str())),
        ("purpose", Json::from("as-observed")),
        ("read", Json::array(classes.iter().map(|class| Json::from(class.as_str())))),
        ("start", start),
        ("window", Json::from("1h")),
    ])
}

fn policy(agent: &AgentId, name: &TemplateName, tools: &BTreeSet<String>) -> Json {
    // by INVARIANT of ids: neither quotes nor backslashes stand in them, and the text is read again when it is applied
    let actions: Vec<String> = tools.iter().map(|tool| format!("Action::\"{tool}\"")).collect();
    let cedar = format!(
        "@id(\"as-observed\")\npermit (\n  principal == Agent::\"{agent}\",\n  action in [{}],\n  resource\n);\n",
        actions.join(", ")
    );
    Json::object([("cedar", Json::from(cedar)), ("kind", Json::from("policy")), ("name", Json::from(name.as_str()))])
}

#[cfg(test)]
mod tests;
