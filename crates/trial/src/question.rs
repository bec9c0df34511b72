//! A case becomes a question: an action as bindings read it, a task and a grant as they would stand, and facts.

use crate::case::Case;
use crate::supposed::Supposed;
use bailiwick_catalogue::Call;
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{
    Action, AgentId, Assurance, Bound, BoundAs, Caller, Destination, Digest, Facts, GrantId, GrantState, InstanceId,
    KeyThumbprint, Label, Measure, Micros, Mode, Origin, PersonId, Purpose, Question, RISK_MAX, Reading, Risk, Road,
    RowState, Salt, Source, TaskId, TaskStanding, TaskState, TenantId, sha256,
};
use std::collections::BTreeSet;

/// 2026-01-01T12:00:00Z, where a case does not say when.
const NOON: u64 = 1_767_268_800;
const MICROS_PER_SECOND: u64 = 1_000_000;
const SECONDS_PER_DAY: u64 = 86_400;

/// Everything that a question needs.
pub(crate) struct Asked {
    action: Action,
    task: TaskState,
    grant: GrantId,
    facts: Facts,
    sources: Vec<Source>,
    label: Label,
    risk: Risk,
}

impl Asked {
    /// What a case asks. The error says what of it is not there.
    pub(crate) fn of(case: &Case, supposed: &Supposed) -> Result<Self, String> {
        let control = &supposed.control;
        for agent in case.lineage.iter().chain([&case.agent]) {
            if !control.agents.contains_key(agent) {
                return Err(format!("there is no agent `{agent}`: describe it, or put it under `suppose`"));
            }
        }
        let action = action(case, supposed)?;
        let now = match &case.now {
            None => NOON,
            Some(text) => {
                seconds(text).ok_or_else(|| format!("`now` is `{text}`: expected a time as `2026-05-01T10:00:00Z`"))?
            }
        };
        let facts = facts(case, Micros(now.saturating_mul(MICROS_PER_SECOND)))?;
        let (mut task, grant) = task(case, supposed)?;
        let since = case.charged_since_approval.as_ref().unwrap_or(&case.charged);
        task.suppose_charged(&case.charged, since, (action.destination.as_ref(), &case.charged_to_destination));
        let label = Label {
            classes: case.touched.clone(),
            trusted: Some(!case.touched_untrusted),
            zones: case.touched_zones.clone(),
        };
        let sources = sources(case, &action)?;
        Ok(Self { action, task, grant, facts, sources, label, risk: risk(case)? })
    }

    /// The question; `None` never, for the grant is the task's own.
    pub(crate) fn question<'a>(&'a self, supposed: &'a Supposed) -> Option<Question<'a>> {
        let grant = self.task.grants.get(&self.grant)?;
        Some(Question {
            action: &self.action,
            grant,
            task: &self.task,
            control: &supposed.control,
            facts: &self.facts,
            sources: &self.sources,
            label: &self.label,
            risk: Some(&self.risk),
        })
    }
}

/// Where values came from: some of them, and the arguments at the places that the case names. Of other arguments nobody knows,
/// once a case says it of any.
fn sources(case: &Case, action: &Action) -> Result<Vec<Source>, String> {
    let source = |pointer: &Pointer, origin: Origin| Source {
        event: None,
        kind: "text".to_owned(),
        pointer: pointer.clone(),
        record: None,
        source: origin,
    };
    let mut out: Vec<Source> = case.sources.iter().map(|origin| source(&Pointer::root(), *origin)).collect();
    let mut told = BTreeSet::new();
    for (place, origins) in &case.arg_sources {
        let wanted = Pointer::parse(place).map_err(|error| format!("`arg_sources` names `{place}`: {error}"))?;
        let there: Vec<&Pointer> =
            action.bound.iter().map(|bound| &bound.pointer).filter(|pointer| is_of(&wanted, pointer)).collect();
        if there.is_empty() {
            return Err(format!("`arg_sources` names `{place}`, where no binding reads an argument of this call"));
        }
        for pointer in there {
            told.insert(pointer);
            out.extend(origins.iter().map(|origin| source(pointer, *origin)));
        }
    }
    if !case.arg_sources.is_empty() {
        let untold = action.bound.iter().filter(|bound| !told.contains(&bound.pointer));
        out.extend(untold.map(|bound| source(&bound.pointer, Origin::Unknown)));
    }
    Ok(out)
}

/// Whether a place is this one, or one of those that a `*` stands for.
fn is_of(wanted: &Pointer, place: &Pointer) -> bool {
    let (wanted, tokens) = (wanted.tokens(), place.tokens());
    wanted.len() == tokens.len() && wanted.iter().zip(&tokens).all(|(own, token)| *own == "*" || own == token)
}

/// What the case says speaks against it: a number of its own, or what its reasons add up to.
fn risk(case: &Case) -> Result<Risk, String> {
    let added = Risk::of(case.risk_reasons.iter().copied());
    match case.risk {
        Some(score) if score > RISK_MAX => Err(format!("`risk` is {score}: expected 0 to {RISK_MAX}")),
        Some(score) => Ok(Risk { score, ..added }),
        None => Ok(added),
    }
}

/// The call as the catalogue reads it, with what the case puts in the place of that.
fn action(case: &Case, supposed: &Supposed) -> Result<Action, String> {
    let tool = &case.tool;
    let nature = supposed.control.nature(tool);
    let nature = nature.ok_or_else(|| format!("there is no tool `{tool}`: describe it, or put it under `suppose`"))?;
    if supposed.control.server(tool.server()).is_none() {
        return Err(format!("there is no server `{}`: describe it, or put it under `suppose`", tool.server()));
    }
    let arguments = case.arguments.clone().unwrap_or_else(|| Json::object::<&str>([]));
    let call = Call { tool: tool.clone(), arguments, beside: Json::Null, idempotency: None, key: None };
    let nothing = || Action {
        tool: tool.clone(),
        pin: Digest::new([0; 32]),
        server: Digest::new([0; 32]),
        credential: None,
        effect: nature.effect,
        egress: nature.egress,
        impact: nature.impact,
        arguments: call.arguments.clone(),
        sent: sha256(b""),
        resource: None,
        destination: None,
        measures: Vec::new(),
        classes: Vec::new(),
        bound: Vec::new(),
        referents: Vec::new(),
        idempotency: None,
        round: 0,
        by_field: Vec::new(),
        clean: false,
    };
    let read = supposed.catalogue.read(&call, &sha256).map(|read| read.action);
    // without arguments nothing was called, so that nothing is unread
    let mut action = match read {
        Some(read) if case.arguments.is_some() => read,
        Some(read) => Action { classes: read.classes, ..nothing() },
        None => nothing(),
    };
    said(case, &mut action)?;
    Ok(action)
}

/// What the case says itself.
fn said(case: &Case, action: &mut Action) -> Result<(), String> {
    if let Some(amounts) = &case.amounts {
        let of = |(unit, amount): (&bailiwick_core::Unit, &bailiwick_core::Amount)| Measure {
            amount: Reading::Known(*amount),
            after: false,
            unit: Reading::Known(unit.clone()),
        };
        action.measures = amounts.iter().map(of).collect();
    }
    if let Some(to) = &case.destination {
        let (kind, normal, zone) = (to.kind.clone(), to.value.clone(), to.zone.clone());
        action.destination = Some(Reading::Known(Destination { kind, normal, zone }));
    }
    if let Some(resource) = &case.resource {
        action.resource = Some(resource.clone());
    }
    if let Some(classes) = &case.classes {
        action.classes.clone_from(classes);
    }
    for (place, value) in case.args.iter().flatten() {
        put(action, place, Reading::Known(value.clone()))?;
    }
    for unread in &case.unread {
        match unread.as_str() {
            "amounts" => {
                let unknown = Measure { amount: Reading::Unknown, after: false, unit: Reading::Unknown };
                action.measures = vec![unknown];
            }
            "destination" => action.destination = Some(Reading::Unknown),
            place if place.starts_with('/') => put(action, place, Reading::Unknown)?,
            other => {
                return Err(format!(
                    "`unread` names `{other}`: expected `amounts`, `destination` or a place as `/iban`"
                ));
            }
        }
    }
    Ok(())
}

/// An argument in the place of what the binding read there.
fn put(action: &mut Action, place: &str, normal: Reading<String>) -> Result<(), String> {
    let pointer = Pointer::parse(place).map_err(|error| format!("`{place}`: {error}"))?;
    let before = action.bound.iter().find(|bound| bound.pointer == pointer);
    let kind = before.map_or_else(|| "text".to_owned(), |bound| bound.kind.clone());
    action.bound.retain(|bound| bound.pointer != pointer);
    action.bound.push(Bound {
        digest: sha256(place.as_bytes()),
        group: None,
        kind,
        normal,
        unit: None,
        pointer,
        role: BoundAs::Value,
    });
    Ok(())
}

fn facts(case: &Case, now: Micros) -> Result<Facts, String> {
    let mut facts = Facts::of_nobody(now, Vec::new());
    facts.mode = case.mode.unwrap_or(Mode::Enforced);
    facts.caller = Some(Caller {
        agent: case.agent.clone(),
        assurance: case.assurance.unwrap_or(Assurance::KeyOnly),
        attestation: case.attested.then(|| sha256(b"attested")),
        instance: InstanceId::parse("tried").map_err(|error| error.to_string())?,
        key: KeyThumbprint::parse(&"t".repeat(43)).map_err(|error| error.to_string())?,
        proof: None,
        road: case.road.unwrap_or(Road::Http),
    });
    Ok(facts)
}

/// A task with one grant for each agent of the lineage; the last is the one that is used.
fn task(case: &Case, supposed: &Supposed) -> Result<(TaskState, GrantId), String> {
    let mut task = TaskState::empty(TenantId::new([1; 16]), TaskId::new([2; 16]));
    let template = case.template.as_ref().and_then(|name| supposed.control.templates.get(name));
    if let (Some(name), None) = (&case.template, template) {
        return Err(format!("there is no template `{name}`: describe it, or put it under `suppose`"));
    }
    let own = template.map(|(template, _)| template.purpose.clone());
    let purpose = case.purpose.clone().or(own);
    task.purpose = Some(purpose.map_or_else(|| Purpose::parse("some-purpose"), Ok).map_err(|error| error.to_string())?);
    let somebody = || PersonId::parse("somebody");
    task.requester = Some(case.requester.clone().map_or_else(somebody, Ok).map_err(|error| error.to_string())?);
    task.subject.clone_from(&case.subject);
    task.template.clone_from(&case.template);
    task.salt = Some(Salt::new([3; 16]));
    let mut parent = None;
    for (number, holder) in (1_u8..).zip(case.lineage.iter().chain([&case.agent])) {
        let grant = grant(GrantId::new([number; 16]), parent, holder.clone(), case.uses);
        task.root.get_or_insert(grant.id);
        parent = Some(grant.id);
        task.grants.insert(grant.id, Box::new(grant));
    }
    let grant = parent.ok_or("nobody holds a grant")?;
    Ok((task, grant))
}

fn grant(id: GrantId, parent: Option<GrantId>, holder: AgentId, uses: u64) -> GrantState {
    GrantState {
        lowered: Default::default(),
        released: Default::default(),
        act: None,
        id,
        control: 0,
        seq: 1,
        parent,
        holder,
        envelope: None,
        standing: TaskStanding::Live,
        key: None,
        privileged: true,
        rows: vec![RowState { uses, ..RowState::default() }],
        open: 0,
        refused: 0,
        label: Label::default(),
        brought: Default::default(),
    }
}

/// Seconds since 1970 of `2026-05-01T10:00:00Z`: RFC 3339 in UTC, without parts of a second.
fn seconds(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let numbers = |text: &str, between: char, lengths: [usize; 3]| -> Option<[u64; 3]> {
        let parts: Vec<&str> = text.split(between).collect();
        let [one, two, three] = parts.as_slice() else { return None };
        let read = |part: &str, length: usize| {
            let digits = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        };
        let [a, b, c] = lengths;
        Some([read(one, a)?, read(two, b)?, read(three, c)?])
    };
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month.checked_sub(1)?).ok()?;
    let fits = year >= 1970 && (1..=*lengths.get(before)?).contains(&day) && hour < 24 && minute < 60 && second < 60;
    let leaps = |year: u64| year / 4 - year / 100 + year / 400;
    let years = (year.checked_sub(1970)?) * 365 + leaps(year - 1) - leaps(1969);
    let days = years + lengths.iter().take(before).sum::<u64>() + day - 1;
    fits.then(|| days * SECONDS_PER_DAY + hour * 3_600 + minute * 60 + second)
}
