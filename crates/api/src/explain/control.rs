//! Events of the control stream: who changed what, what of it narrows, and what it ends.

use super::told::{Told, by_json, who};
use crate::people::text;
use bailiwick_core::json::Json;
use bailiwick_core::{By, ControlState, Data, DocumentNamed, Event, standing};

/// The parts of an administrator's event.
pub(super) fn parts(state: &ControlState, leaf: u64, event: &Event) -> Vec<Told> {
    let mut wanted = Told::new("done_by", "who did it");
    let by = said_by(&event.data);
    match by {
        Some(by) => wanted.say(who(by)),
        None => wanted.say("the node itself, of what it saw"),
    }
    let json = Json::object([("by", by.map_or(Json::Null, by_json)), ("node", Json::from(by.is_none()))]);
    vec![wanted.json(json), changed(event), came(state, event), next(state, leaf, event)]
}

fn said_by(data: &Data) -> Option<&By> {
    match data {
        Data::ControlRestored(it) => Some(&it.by),
        Data::ControlAdded(it) => Some(&it.by),
        Data::ControlApplied(it) => Some(&it.by),
        Data::ControlReviewed(it) => Some(&it.by),
        Data::ControlAgent(it) => Some(&it.by),
        Data::ControlTenant(it) => Some(&it.by),
        Data::ControlInvited(it) => Some(&it.by),
        Data::ControlEnrolled(it) => Some(&it.by),
        Data::ControlUninvited(it) => Some(&it.by),
        Data::ControlUnenrolled(it) => Some(&it.by),
        Data::ControlProposed(it) => Some(&it.by),
        Data::ControlSeconded(it) => Some(&it.by),
        Data::ControlWithdrawn(it) => Some(&it.by),
        Data::ControlErased(it) => Some(&it.by),
        Data::ControlGlassBroken(it) => Some(&it.by),
        Data::ControlGlassClosed(it) => Some(&it.by),
        Data::ControlBreakerClosed(it) => it.by.as_ref(),
        Data::ControlObserveBegun(it) => Some(&it.by),
        Data::ControlObserveEnded(it) => Some(&it.by),
        Data::ControlKeys(it) => it.by.as_ref(),
        _ => None,
    }
}

fn changed(event: &Event) -> Told {
    let mut told = Told::new("changed", "what it changed");
    told.say(event.data.sentence(None));
    let named = |told: &mut Told, documents: &[DocumentNamed]| {
        let each = documents.iter().map(|document| {
            told.say(format!("  {} {}, SHA-256 {}", document.kind, document.name, document.digest));
            Json::object([
                ("digest", text(&document.digest)),
                ("kind", Json::from(document.kind.as_str())),
                ("name", Json::from(document.name.as_str())),
            ])
        });
        Json::array(each.collect::<Vec<_>>())
    };
    let (documents, removed) = match &event.data {
        Data::ControlAdded(added) => (named(&mut told, &added.documents), Json::array([])),
        Data::ControlApplied(applied) => {
            let documents = named(&mut told, &applied.documents);
            let gone = applied.removed.iter().map(|(kind, name)| {
                told.say(format!("  {kind} {name} is gone"));
                Json::from(format!("{kind} {name}"))
            });
            (documents, Json::array(gone.collect::<Vec<_>>()))
        }
        Data::ControlPinned(pinned) => {
            for tool in &pinned.tools {
                told.say(format!("  {}: {}, {}", tool.tool, tool.effect, tool.standing.as_str()));
            }
            (Json::array([]), Json::array([]))
        }
        Data::ControlReviewed(reviewed) => {
            for tool in &reviewed.tools {
                told.say(format!("  {}: {}", tool.tool, tool.effect));
            }
            for one in &reviewed.accepted {
                told.say(format!("  although of {} this was found: {}", one.tool, one.code));
            }
            (Json::array([]), Json::array([]))
        }
        _ => (Json::array([]), Json::array([])),
    };
    told.json(Json::object([("documents", documents), ("removed", removed)]))
}

/// Whether decisions made under what stood before are refused from here on (`decide_control` says the same).
const fn narrows(data: &Data) -> bool {
    !matches!(data, Data::ControlAdded(_) | Data::ControlInvited(_) | Data::ControlHeads(_))
}

fn came(state: &ControlState, event: &Event) -> Told {
    let mut told = Told::new("came", "what came of it");
    if narrows(&event.data) {
        told.say("no call that was decided under what stood before begins after it, on any node");
    } else {
        told.say("it takes nothing away: what was decided under what stood before still holds");
    }
    let ends = match &event.data {
        Data::ControlAgent(it) if !it.active => Some(format!("every grant of {} made before it has ended", it.agent)),
        Data::ControlTenant(it) if !it.running => Some("every grant made before it has ended".to_owned()),
        Data::ControlApplied(it) if it.removed.iter().any(|(kind, _)| kind == "agent") => {
            Some("every grant of an agent that went has ended".to_owned())
        }
        _ => None,
    };
    ends.iter().for_each(|ends| told.say(ends.as_str()));
    for (kind, name) in given(&event.data) {
        let now = standing(state, kind, name).is_some();
        if !now {
            told.say(format!("{kind} {name} is no longer there"));
        }
    }
    told.json(Json::object([
        ("ends", ends.map_or(Json::Null, Json::from)),
        ("narrows", Json::from(narrows(&event.data))),
    ]))
}

fn given(data: &Data) -> Vec<(&str, &str)> {
    let documents = match data {
        Data::ControlAdded(it) => it.documents.as_slice(),
        Data::ControlApplied(it) => it.documents.as_slice(),
        _ => &[],
    };
    documents.iter().map(|document| (document.kind.as_str(), document.name.as_str())).collect()
}

fn next(state: &ControlState, leaf: u64, event: &Event) -> Told {
    let mut told = Told::new("next", "what to do next");
    let (words, command) = match &event.data {
        Data::ControlAgent(it) if !it.active => {
            let stands = state.agents.get(&it.agent).is_some_and(|entry| !entry.active);
            let command = format!("bailiwick agent resume {}", it.agent);
            ("to let it get new grants again:", stands.then_some(command))
        }
        Data::ControlTenant(it) if !it.running && !state.running => {
            ("to let work go on, by new tasks:", Some("bailiwick tenant resume".to_owned()))
        }
        Data::ControlPinned(it) => ("look at what it offers:", Some(format!("bailiwick server show {}", it.server))),
        Data::ControlQuarantined(it) => {
            ("see what its answer held, then review it:", Some(format!("bailiwick explain {}", it.begun)))
        }
        Data::ControlBreakerOpened(it) => {
            let stands = |breaker: &bailiwick_core::Breaker| breaker.rule == it.rule && breaker.whose == it.whose;
            let open = state.breakers.iter().find(|(_, breaker)| stands(breaker));
            ("to let such calls go on at once:", open.map(|(number, _)| format!("bailiwick breaker close {number}")))
        }
        Data::ControlHeads(_) => ("prove that it stands in the log:", Some(format!("bailiwick log prove {leaf}"))),
        _ => ("see the rules as they run now:", Some("bailiwick policy document".to_owned())),
    };
    let words = if command.is_some() { words } else { "nothing: it was undone since" };
    told.say(words);
    command.iter().for_each(|command| told.say(format!("  {command}")));
    told.json(Json::object([("command", command.map_or(Json::Null, Json::from)), ("sentence", Json::from(words))]))
}
