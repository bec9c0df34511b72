//! Before a task is started: whether what its template asks of people could be answered by anybody, as things stand.

use crate::Problem;
use crate::{Api, Who};
use bailiwick_core::json::Json;
use bailiwick_core::{AgentId, Approver, ControlState, PersonId, Template, TemplateAsk, ToolId, is_requester};

/// How many persons with a passkey could say yes to this; the requester only where an act of their own is confirmed.
fn could(state: &ControlState, ask: &TemplateAsk, agent: &AgentId, requester: &PersonId) -> usize {
    let confirms = ask.who.iter().all(|who| matches!(who, Approver::Requester | Approver::Customer));
    let owner = state.agents.get(agent).map(|entry| &entry.document.owner);
    let is = |who: &Approver, person: &PersonId| match who {
        Approver::Requester => person == requester,
        // Who the customer is, is said when the task is started.
        Approver::Customer => true,
        Approver::Owner => owner == Some(person),
        Approver::Role(role) => state.persons.get(person).is_some_and(|known| known.roles.contains(role)),
        Approver::Person(named) => named == person,
    };
    let named = |person: &PersonId| {
        let escalated = ask.escalate.iter().any(|to| to.to.iter().any(|who| is(who, person)));
        ask.who.iter().any(|who| is(who, person)) || escalated
    };
    let with_passkey = state.persons.keys().filter(|person| state.passkeys.contains_key(*person));
    let may = with_passkey.filter(|person| {
        let own = !confirms && is_requester(state, requester, person) && !state.solo();
        named(person) && !own && !ask.exclude.iter().any(|who| is(who, person))
    });
    may.count()
}

impl Api {
    /// What of a template nobody could say yes to now, in words.
    pub(crate) fn unanswerable(
        &self,
        template: &Template,
        (agent, asked_again): (&AgentId, &[(ToolId, String)]),
        who: &Who,
    ) -> Result<Json, Problem> {
        let (control, by) = (self.control()?, self.by(who)?);
        let state = &control.state;
        let needed =
            |ask: &TemplateAsk| if state.solo() { 1 } else { usize::try_from(ask.count).unwrap_or(usize::MAX) };
        let short = template.ask.iter().filter(|ask| could(state, ask, agent, &by.person) < needed(ask));
        // Who is asked again about each act, and could not say yes to any.
        let own = asked_again.iter().filter(|_| !state.passkeys.contains_key(&by.person)).map(|(tool, _)| {
            Json::from(format!("acts with {tool} need your yes each, and you have no passkey to give it with"))
        });
        Ok(Json::array(own.chain(short.map(|ask| {
            let over: Vec<String> = ask.over.iter().map(|(unit, amount)| format!("{amount} {unit}")).collect();
            let tools = if ask.tools.is_empty() { String::new() } else { format!(" of {}", ask.tools.join(", ")) };
            let over = if over.is_empty() { String::new() } else { format!(" over {}", over.join(", ")) };
            let when = format!("{tools}{over}");
            Json::from(format!("acts{when} need a yes of {}, and nobody with a passkey could give it now", ask.who))
        }))))
    }
}
