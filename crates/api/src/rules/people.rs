//! What people may start, what bounds agents, who they are and who answers for them.

use super::page::{Page, value, values};
use bailiwick_core::{ControlState, RolePattern, Template, TemplateAsk, Unheld};

/// Templates: who may start what, what it allows, in the words that are said yes to.
pub(super) fn templates(page: &mut Page, state: &ControlState) {
    page.heading(2, &["What may be started, and by whom"]);
    if state.templates.is_empty() {
        page.text("There is no template: nobody may start anything.");
    }
    for (template, digest) in state.templates.values() {
        page.heading(3, &["Template ", &value(template.name.as_str())]);
        page.item(&["intent: ", &value(&template.intent)]);
        page.item(&["purpose: ", &value(template.purpose.as_str())]);
        page.item(&["started by: ", &values(&template.start.who), "; for agents: ", &values(&template.start.agents)]);
        page.item(&["its grant lives for ", &value(&template.window)]);
        if let Some(consent) = &template.consent {
            let after = value(&consent.renew_after);
            page.item(&[
                "once the consent is ",
                &after,
                " old, what is of high impact waits until it is renewed, or for a yes",
            ]);
        }
        rows(page, template);
        template.ask.iter().for_each(|one| ask(page, one));
        for unheld in template.unheld() {
            let what = match &unheld {
                Unheld::Parameter(name) => format!("{{{name}}}"),
                Unheld::Words(words) => words.clone(),
            };
            page.item(&["the intent says ", &value(&what), ", which no limit holds: that is not enforced"]);
        }
        if template.keep_results > 0 {
            page.item(&["of results ", &template.keep_results.to_string(), " bytes are kept"]);
        }
        page.item(&["digest: `", &digest.to_string(), "`"]);
    }
}

fn rows(page: &mut Page, template: &Template) {
    for (privileged, sentence) in template.sentences() {
        let act = if privileged { "allows, after a second act of consent: " } else { "allows: " };
        page.item(&[act, &value(&sentence)]);
    }
    if let Some(read) = template.reading() {
        page.item(&["allows to ", &value(&read)]);
    }
}

fn ask(page: &mut Page, ask: &TemplateAsk) {
    let over: Vec<String> = ask.over.iter().map(|(unit, amount)| format!("{amount} {unit}")).collect();
    let when = if over.is_empty() { "always".to_owned() } else { format!("over {}", over.join(" or ")) };
    let when = if ask.tools.is_empty() { when } else { format!("{when} for {}", values(&ask.tools)) };
    let mut more = if ask.count > 1 { format!("; of {} distinct persons", ask.count) } else { String::new() };
    if !ask.exclude.is_empty() {
        more.push_str(&format!("; never of {}", values(&ask.exclude)));
    }
    if let Some(to) = &ask.escalate {
        more.push_str(&format!("; after {} also of {}", value(&to.after), value(&to.to.to_string())));
    }
    page.item(&[
        "needs a yes of ",
        &value(&ask.who.to_string()),
        ": ",
        &when,
        &more,
        "; a yes is good for ",
        &value(&ask.valid),
    ]);
}

/// Roles: the outer bound of what agents may be granted.
pub(super) fn roles(page: &mut Page, state: &ControlState) {
    page.heading(2, &["Roles: the outer bound of agents"]);
    page.text("A role grants nothing. At every call the role of each agent of the lineage must name the tool with its effect.");
    let mut all = Vec::new();
    for role in state.roles.values() {
        for row in &role.allow {
            let tools = row.tools.iter().map(|pattern| match pattern {
                RolePattern::Every => "every tool".to_owned(),
                RolePattern::Named(pattern) => pattern.to_string(),
            });
            all.push(vec![value(role.name.as_str()), values(tools), values(&row.effects)]);
        }
    }
    page.table(&["role", "tools", "effects"], &all, "There is no role.");
}

/// Agents, who answers for them, and how far they may go.
pub(super) fn agents(page: &mut Page, state: &ControlState) {
    page.heading(2, &["Agents, and who answers for them"]);
    let all: Vec<Vec<String>> = state
        .agents
        .values()
        .map(|entry| {
            let agent = &entry.document;
            vec![
                value(agent.name.as_str()),
                value(agent.owner.as_str()),
                value(&agent.contact),
                said(&agent.run_by),
                value(agent.zone.as_str()),
                said(&agent.autonomy),
                value(agent.role.as_str()),
                value(&agent.review),
                agent.keys.len().to_string(),
                if entry.active { "active" } else { "suspended" }.to_owned(),
            ]
        })
        .collect();
    let head = ["agent", "owner", "contact", "run by", "zone", "autonomy", "role", "review", "keys", "status"];
    page.table(&head, &all, "There is no agent.");
    page.text(
        "`assist`: every effect but read needs a yes of the requester. `execute`: as granted. `coordinate`: beside reading it \
         does itself only what its grant names tool by tool.",
    );
}

/// A word of ours, as documents write it.
pub(super) fn said<T: serde::Serialize>(word: &T) -> String {
    crate::nouns::word(word).as_str().map(value).unwrap_or_default()
}

/// Persons, with the roles that templates and approvals name.
pub(super) fn persons(page: &mut Page, state: &ControlState) {
    page.heading(2, &["Persons"]);
    let all: Vec<Vec<String>> = state
        .persons
        .values()
        .map(|person| {
            let account = person.uid.map_or_else(|| "–".to_owned(), |uid| uid.to_string());
            vec![value(person.name.as_str()), values(&person.roles), account]
        })
        .collect();
    page.table(&["person", "roles", "account"], &all, "No person is described: accounts act under their numbers.");
}
