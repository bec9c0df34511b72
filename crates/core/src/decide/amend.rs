//! Turns of the person whose task it is: more, less, or the same for longer.

use super::start::still_as_seen;
use super::wish::still_open;
use super::{Decided, View, event, full, live_lineage};
use crate::document::may_start;
use crate::envelope::{Envelope, ROWS_MAX, When};
use crate::event::{AmendPrivate, Amendment, RULES, TaskAmended};
use crate::facts::{By, Facts};
use crate::json::Object;
use crate::reason::{Code, Reason};
use crate::task::TaskState;
use crate::template::{chosen, fill, is_pasted};
use crate::{Amend, AmendChange, Digest, Span, Template, TemplateName, TemplateRow, ToolPattern, Unit};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn amend(view: View<'_>, asked: &Amend, facts: &Facts) -> Decided {
    match amended(view, asked, facts) {
        Ok(data) => Decided::done(vec![event(facts, data)]),
        Err(reason) => Decided::deny(reason),
    }
}

fn amended(view: View<'_>, asked: &Amend, facts: &Facts) -> Result<TaskAmended, Reason> {
    let lineage = live_lineage(view, asked.grant, facts.now)?;
    if let Some(wish) = asked.wish {
        // Only more answers a wish for more.
        if !matches!(asked.change, AmendChange::Widen { .. }) {
            return Err(
                Reason::new(Code::NotPossible).asked("a wish is answered by widening the task, and by nothing else")
            );
        }
        still_open(view, wish)?;
    }
    if view.task.epoch != view.control.epoch {
        return Err(Reason::new(Code::EpochPassed));
    }
    // What is handed on is changed by ending it: a child that grew would be more than it was decided as.
    let [root] = lineage.as_slice() else {
        return Err(Reason::new(Code::NotPossible).asked("a grant that was handed on is not changed"));
    };
    let held = root.envelope.as_ref().ok_or(Reason::new(Code::GrantEnded).asked("erased"))?;
    if full(view.task) {
        return Err(Reason::new(Code::TaskFull));
    }
    let (change, private) = match &asked.change {
        AmendChange::Widen { template, parameters, only, seen } => {
            let (filled, digest) = filled(view, &asked.by, (template, parameters, only), facts)?;
            still_as_seen(*seen, digest)?;
            drawn_enough(view, template, &filled)?;
            widened(held, filled, (template, digest, only))?
        }
        AmendChange::Narrow { rows, within } => narrowed(held, rows, *within, facts)?,
        AmendChange::Renew { waits } => renewed(view, &asked.by, (held, *waits), facts)?,
    };
    Ok(TaskAmended {
        by: asked.by.clone(),
        change: Some(change),
        control: view.control.leaf,
        facts: facts.clone(),
        grant: asked.grant,
        private: Some(private),
        rules: RULES,
        signed: None,
        wish: asked.wish,
    })
}

/// A template that this person may give to the holder of this task now.
fn usable(view: View<'_>, by: &By, name: &TemplateName) -> Result<(Arc<Template>, Digest), Reason> {
    let control = view.control;
    if !control.running {
        return Err(Reason::new(Code::TenantStopped));
    }
    if view.task.requester.as_ref() != Some(&by.person) {
        return Err(Reason::new(Code::NotAvailable).asked("a task of yours"));
    }
    let unknown = |what: &dyn std::fmt::Display| Reason::new(Code::NotAvailable).asked(what);
    let (template, digest) = control.templates.get(name).ok_or_else(|| unknown(name))?;
    let roles = control.persons.get(&by.person).map(|person| person.roles.as_slice()).unwrap_or_default();
    may_start(template, &by.person, roles)?;
    let root = view.task.root.and_then(|root| view.task.grants.get(&root));
    let holder = root.map(|root| &root.holder).ok_or(Reason::new(Code::NotAvailable))?;
    if !template.start.agents.contains(holder) {
        return Err(unknown(holder));
    }
    if !control.agents.get(holder).is_some_and(|entry| entry.active) {
        return Err(Reason::new(Code::AgentInactive).asked(holder));
    }
    Ok((Arc::clone(template), *digest))
}

fn filled(
    view: View<'_>,
    by: &By,
    (name, parameters, only): (&TemplateName, &BTreeMap<String, String>, &[ToolPattern]),
    facts: &Facts,
) -> Result<(crate::Filled, Digest), Reason> {
    let (template, digest) = usable(view, by, name)?;
    // What the task is for is part of what was consented to: something else is another task.
    if view.task.purpose.as_ref() != Some(&template.purpose) {
        return Err(Reason::new(Code::NotPossible).asked("the template is of another purpose: start a task from it"));
    }
    if is_pasted(parameters.keys().map(String::as_str)) {
        let most = "words of your own: what others wrote is pasted where a task is started";
        return Err(Reason::new(Code::ArgumentNotGranted).asked("what was pasted").most(most));
    }
    let filled = fill(&template, parameters, facts.now).and_then(|filled| chosen(&template, filled, only));
    let filled =
        filled.map_err(|error| Reason::new(Code::ArgumentNotGranted).asked(&error.place).most(&error.expected))?;
    Ok((filled, digest))
}

/// Whether any row of a template could be added to this task, as far as mandates go.
pub fn widens(task: &TaskState, template: &Template) -> bool {
    let own = &task.allocations;
    let more = |unit: &Unit| unit.is_currency() || own.values().any(|of| of.drawn.contains_key(unit));
    // what is no unit fails where it is filled in
    let units = |row: &TemplateRow| {
        let named = row.meters.as_object().into_iter().flat_map(Object::keys);
        named.filter_map(|unit| Unit::parse(unit).ok()).collect::<Vec<_>>()
    };
    let free = |row: &TemplateRow| !units(row).iter().any(more);
    template.draws.is_empty() && (own.is_empty() || template.grant.iter().any(free))
}

/// What a task draws on mandates it draws as it begins: rows that would move more of it are for a task of their own.
fn drawn_enough(view: View<'_>, template: &TemplateName, filled: &crate::Filled) -> Result<(), Reason> {
    let draws = view.control.templates.get(template).is_some_and(|(template, _)| !template.draws.is_empty());
    let mut units = filled.envelope.rows.iter().flat_map(|row| row.meters.keys());
    let own = &view.task.allocations;
    let more = |unit: &Unit| unit.is_currency() || own.values().any(|of| of.drawn.contains_key(unit));
    if draws || (!own.is_empty() && units.any(more)) {
        return Err(Reason::new(Code::NotPossible).asked("more is drawn on a mandate by a task of its own"));
    }
    Ok(())
}

fn widened(
    held: &Envelope,
    filled: crate::Filled,
    (template, template_digest, only): (&TemplateName, Digest, &[ToolPattern]),
) -> Result<(Amendment, AmendPrivate), Reason> {
    // The age of the consent is the grant's: rows that want it fresher would get it as old as the others may be.
    let (age, wanted) = (held.consent_age.known(), filled.envelope.consent_age.known());
    let sooner = age.zip(wanted).is_some_and(|(age, wanted)| age.within(*wanted));
    if !sooner {
        return Err(
            Reason::new(Code::NotPossible).asked("the template wants its consent renewed sooner than this task does")
        );
    }
    let stated = filled.stated_lines();
    let values = filled.values;
    let mut rows = filled.envelope.rows;
    if held.rows.len().saturating_add(rows.len()) > ROWS_MAX {
        let most = format_args!("at most {ROWS_MAX} rows in all");
        return Err(Reason::new(Code::NotPossible).asked("more rows").most(most));
    }
    // What its tools bring is of the classes that the template reads: without them the rows would be of no use.
    let wanted = filled.envelope.readable;
    let (Some(before), Some(classes)) = (held.readable.known(), wanted.known()) else {
        return Err(Reason::new(Code::NotPossible));
    };
    let read = classes.difference(before).cloned().collect();
    let added = Envelope { readable: wanted.clone(), rows: rows.clone(), ..held.clone() };
    let consent = [added.all_sentences(), stated].concat().join("\n");
    // The conditions stand in the private part, and only there: an event is what is read back of it.
    let when: Vec<When> = rows.iter_mut().map(|row| std::mem::take(&mut row.when)).collect();
    let only = only.to_vec();
    let change = Amendment::Widened { only, read, rows, template: template.clone(), template_digest };
    let (intent, parameters) = (Some(filled.intent), Some(filled.parameters));
    Ok((change, AmendPrivate { consent, intent, parameters, shown: None, values, when }))
}

fn nothing_more(consent: String) -> AmendPrivate {
    AmendPrivate { consent, intent: None, parameters: None, shown: None, values: Vec::new(), when: Vec::new() }
}

fn narrowed(
    held: &Envelope,
    rows: &[u64],
    within: Option<Span>,
    facts: &Facts,
) -> Result<(Amendment, AmendPrivate), Reason> {
    let there = |row: &u64| usize::try_from(*row).is_ok_and(|row| row < held.rows.len());
    if !rows.iter().all(there) || (rows.is_empty() && within.is_none()) || rows.len() > ROWS_MAX {
        return Err(
            Reason::new(Code::NotPossible).asked("nothing was named: name rows that the grant has, or a shorter time")
        );
    }
    let expires = within.map(|span| facts.now.after(span)).filter(|at| *at < held.window.expires);
    if rows.is_empty() && expires.is_none() {
        return Err(Reason::new(Code::NotPossible).asked("it is over sooner than that already"));
    }
    let mut rows = rows.to_vec();
    rows.sort_unstable();
    rows.dedup();
    Ok((Amendment::Narrowed { expires, rows }, nothing_more("less than before".to_owned())))
}

fn renewed(
    view: View<'_>,
    by: &By,
    (held, waits): (&Envelope, bool),
    facts: &Facts,
) -> Result<(Amendment, AmendPrivate), Reason> {
    let name = view.task.template.clone().ok_or(Reason::new(Code::NotAvailable))?;
    let (template, _) = usable(view, by, &name)?;
    let span = Span::parse(&template.window).ok_or(Reason::new(Code::NotPossible))?;
    let expires = facts.now.after(span).max(held.window.expires);
    let consent = held.all_sentences().join("\n");
    let waits = waits && held.privileged();
    Ok((Amendment::Renewed { expires, waits }, nothing_more(consent)))
}
