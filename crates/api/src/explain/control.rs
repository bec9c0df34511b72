//! Events of the control stream: who changed what, what of it narrows, and what it ends.

use super::steps::{At, step};
use super::told::{Told, by_json, who};
use crate::people::text;
use bailiwick_core::json::Json;
use bailiwick_core::{By, ControlState, Data, DocumentNamed, Event, Micros, PinnedTool, standing};

/// The parts of an administrator's event.
pub(super) fn parts(state: &ControlState, (leaf, seq, now): (u64, u64, Micros), event: &Event) -> Vec<Told> {
    let mut wanted = Told::new("done_by", "who did it");
    let by = said_by(&event.data);
    match (by, &event.data) {
        (Some(by), _) => wanted.say(who(by)),
        (None, Data::ControlExpired(it)) => {
            wanted.say(format!("nobody: rule {} says how long tasks are kept (SHA-256 {})", it.rule, it.digest));
        }
        (None, _) => wanted.say("the node itself, of what it saw"),
    }
    let json = Json::object([("by", by.map_or(Json::Null, by_json)), ("node", Json::from(by.is_none()))]);
    let step = step(&At { state, leaf, seq, now }, &event.data);
    vec![wanted.json(json), changed(state, event), came(state, event), step.told()]
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
        Data::ControlPersonErased(it) => Some(&it.by),
        Data::ControlHeld(it) => Some(&it.by),
        Data::ControlReleased(it) => Some(&it.by),
        Data::ControlPlaceLowered(it) => Some(&it.by),
        Data::ControlGlassBroken(it) => Some(&it.by),
        Data::ControlGlassClosed(it) => Some(&it.by),
        Data::ControlBreakerClosed(it) => it.by.as_ref(),
        Data::ControlObserveBegun(it) => Some(&it.by),
        Data::ControlObserveEnded(it) => Some(&it.by),
        Data::ControlKeys(it) => it.by.as_ref(),
        _ => None,
    }
}

fn changed(state: &ControlState, event: &Event) -> Told {
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
                told.say(format!("  {}: {}, {}", tool.tool, effect(state, tool), tool.standing.as_str()));
            }
            (Json::array([]), Json::array([]))
        }
        Data::ControlReviewed(reviewed) => {
            for tool in &reviewed.tools {
                told.say(format!("  {}: {}", tool.tool, effect(state, tool)));
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

/// What a tool does: what a person's document says of it goes before what its server says.
fn effect(state: &ControlState, tool: &PinnedTool) -> String {
    match state.tool_rules.get(&tool.tool).map(|document| document.effect) {
        Some(said) if said != tool.effect => {
            format!("{said}, as its document says now (its server's words make it {})", tool.effect)
        }
        _ => tool.effect.to_string(),
    }
}

fn came(state: &ControlState, event: &Event) -> Told {
    let mut told = Told::new("came", "what came of it");
    if event.data.narrows() {
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
        ("narrows", Json::from(event.data.narrows())),
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
