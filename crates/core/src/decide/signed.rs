//! Acts of a person that are signed, each over all that it comes to. What was shown is made anew from what would be written:
//! where that is another by now, nothing is.

use super::start::drafted;
use super::{Decided, Verdict, View, unsigned};
use crate::consent::{CONSENT_SPAN_MAX, ConsentAct, ConsentStatement, Signed, SignedConsent, blind_of, shown_digest};
use crate::control::ControlState;
use crate::event::{ActionEnded, Amendment, Data, Event, GrantMinted, LabelLowered, TaskAmended, TaskStarted};
use crate::facts::{Assurance, By, Facts};
use crate::json::Json;
use crate::policy::Policy;
use crate::reason::{Code, Reason};
use crate::{AmendChange, Command, Micros, Salt};

fn no(why: &str) -> Reason {
    Reason::new(Code::NotPossible).asked(why)
}

fn text(of: &dyn std::fmt::Display) -> Json {
    Json::from(of.to_string())
}

/// Acts that a person signs over HTTP, and whose they are; `None` of all others.
pub fn consent_act(command: &Command) -> Option<(ConsentAct, &By)> {
    match command {
        Command::Start(start) => Some((ConsentAct::Start, &start.by)),
        Command::Consent { by, .. } => Some((ConsentAct::Confirm, by)),
        Command::Amend(asked) => match asked.change {
            AmendChange::Widen { .. } => Some((ConsentAct::Widen, &asked.by)),
            AmendChange::Renew { .. } => Some((ConsentAct::Renew, &asked.by)),
            // what tightens is at once
            AmendChange::Narrow { .. } => None,
        },
        Command::SettleDoubt(said) => Some((ConsentAct::Settle, &said.by)),
        Command::Lower(said) => Some((ConsentAct::Declassify, &said.by)),
        Command::Signed(said) => consent_act(&said.command),
        _ => None,
    }
}

/// Of these acts nothing stands on less than a signature over it, but at the node's own socket, where the account of the
/// machine is who does it.
pub(super) fn unproven(command: &Command) -> Option<Reason> {
    let unsigned = !matches!(command, Command::Signed(_));
    consent_act(command).filter(|_| unsigned).and_then(|(_, by)| unproven_by(by))
}

/// Why this person's word is none without a signature.
pub(super) fn unproven_by(by: &By) -> Option<Reason> {
    match by.assurance {
        Assurance::Local | Assurance::Software => None,
        assurance if assurance.signed() => Some(no("this act is signed, and its signature is missing")),
        _ => Some(no("this act is signed with a passkey: whoever has a session alone does none of them")),
    }
}

/// An act with its signature.
pub(super) fn signed(view: View<'_>, policy: &dyn Policy, said: &Signed<Command>, facts: &Facts) -> Decided {
    match attached(view, policy, said, facts) {
        Ok(decided) => decided,
        Err(reason) => Decided::deny(reason),
    }
}

fn attached(view: View<'_>, policy: &dyn Policy, said: &Signed<Command>, facts: &Facts) -> Result<Decided, Reason> {
    let (act, by) = consent_act(&said.command).ok_or_else(|| no("an act of this kind is not signed"))?;
    if matches!(said.command, Command::Signed(_)) {
        return Err(no("what is signed is an act, not a signature"));
    }
    // what is shown of a renewal does not say that more would live on, so none that is signed does
    if matches!(&said.command, Command::Amend(asked) if matches!(asked.change, AmendChange::Renew { waits: false })) {
        return Err(no("a renewal that is signed leaves what is privileged waiting for the second act"));
    }
    let statement = &said.consent.statement;
    if view.task.proofs.contains_key(&statement.digest()) {
        return Err(no("what was signed was used already: look at it again, and sign anew"));
    }
    stands((view.control, by), (act, &said.consent), facts.now)?;
    if statement.task != Some(view.task.id) {
        return Err(no("what was signed is of another task"));
    }
    let mut decided = unsigned(view, policy, &said.command, facts);
    let Some(first) = decided.events.first().filter(|_| decided.verdict == Verdict::Done) else { return Ok(decided) };
    let shown = shown(view, (&said.command, first, decided.events.get(1)), said.shown_blind()?);
    same_as_shown(shown.as_ref(), &said.shown, statement)?;
    let consent = Some(Box::new(said.consent.clone()));
    match decided.events.first_mut().map(|event| &mut event.data) {
        Some(Data::TaskStarted(data)) => {
            data.signed = consent;
            data.private.iter_mut().for_each(|private| private.shown.clone_from(&shown));
        }
        Some(Data::TaskAmended(data)) => {
            data.signed = consent;
            data.private.iter_mut().for_each(|private| private.shown.clone_from(&shown));
        }
        Some(Data::LabelLowered(data)) => {
            data.signed = consent;
            data.private.iter_mut().for_each(|private| private.shown.clone_from(&shown));
        }
        Some(Data::ActionEnded(data)) => {
            data.signed = consent;
            let result = data.private.iter_mut().find_map(|private| private.result.as_mut());
            if let (Some(Json::Object(result)), Some(shown)) = (result, shown) {
                // Beside the evidence, where the result would stand.
                result.insert("shown", shown);
            }
        }
        _ => return Err(no("an act of this kind is not signed")),
    }
    Ok(decided)
}

/// Whether a signature is of this person, for an act of this kind, now, with a passkey that is theirs.
pub(super) fn stands(
    (control, by): (&ControlState, &By),
    (act, consent): (ConsentAct, &SignedConsent),
    now: Micros,
) -> Result<(), Reason> {
    let statement = &consent.statement;
    if !by.assurance.signed() || !consent.assertion.formed() || !statement.formed() {
        return Err(no("this act is signed with a passkey, and this one is not"));
    }
    if statement.person != by.person || control.passkey(&by.person, &consent.assertion.id).is_none() {
        return Err(no("the passkey is not enrolled for this person"));
    }
    if statement.act != act || statement.origin != control.origin || statement.epoch != control.epoch {
        return Err(no("what was signed is another act"));
    }
    if now >= statement.not_after || statement.not_after > now.after(CONSENT_SPAN_MAX) {
        return Err(no("what was signed has run out: look at it again, and sign anew"));
    }
    Ok(())
}

/// What is written is what was shown, and that was signed.
pub(super) fn same_as_shown(now: Option<&Json>, shown: &Json, statement: &ConsentStatement) -> Result<(), Reason> {
    if now != Some(shown) || shown_digest(shown) != statement.shown {
        return Err(no("what was signed is not what this comes to now: look at it again"));
    }
    Ok(())
}

impl<C> Signed<C> {
    pub(super) fn shown_blind(&self) -> Result<Salt, Reason> {
        blind_of(&self.shown).ok_or_else(|| no("what was shown has not the form of it"))
    }
}

/// What a person is shown of an act before they sign it. Decided as it will be, but for what it draws on mandates.
///
/// # Errors
/// The [`Reason`] that it would be refused for.
pub fn consent_shown(
    view: View<'_>,
    policy: &dyn Policy,
    command: &Command,
    blind: Salt,
    facts: &Facts,
) -> Result<Json, Reason> {
    let events = match command {
        Command::Start(start) => {
            let (started, minted, _) = drafted(view, start, facts)?;
            vec![super::event(facts, started), super::event(facts, minted)]
        }
        _ => {
            let decided = unsigned(view, policy, command, facts);
            match decided.reasons.into_iter().next() {
                Some(reason) => return Err(reason),
                None => decided.events,
            }
        }
    };
    let first = events.first().ok_or_else(|| no("it is so already: there is nothing to say yes to"))?;
    shown(view, (command, first, events.get(1)), blind).ok_or_else(|| no("an act of this kind is not signed"))
}

fn shown(view: View<'_>, (command, first, second): (&Command, &Event, Option<&Event>), blind: Salt) -> Option<Json> {
    match (command, &first.data, second.map(|event| &event.data)) {
        (Command::Start(_), Data::TaskStarted(started), Some(Data::GrantMinted(minted))) => {
            start_shown(started, minted, blind)
        }
        (Command::Consent { .. }, Data::TaskAmended(amended), _) => {
            let consent = Json::from(amended.private.as_ref()?.consent.as_str());
            let grant = text(&amended.grant);
            let act = Json::from("confirm");
            Some(Json::object([("act", act), ("blind", text(&blind)), ("consent", consent), ("grant", grant)]))
        }
        (Command::Amend(_), Data::TaskAmended(amended), _) => amend_shown(view, amended, blind),
        (Command::SettleDoubt(_), Data::ActionEnded(ended), _) => settle_shown(view, ended, blind),
        (Command::Lower(_), Data::LabelLowered(lowered), _) => lower_shown(lowered, blind),
        _ => None,
    }
}

fn start_shown(started: &TaskStarted, minted: &GrantMinted, blind: Salt) -> Option<Json> {
    let private = started.private.as_ref()?;
    let envelope = minted.whole_envelope()?;
    let window = envelope.window.expires.0.saturating_sub(envelope.window.not_before.0);
    let privileged = envelope.sentences(true).into_iter().map(Json::from);
    Some(Json::object([
        ("act", Json::from("start")),
        ("agent", text(&minted.holder)),
        ("blind", text(&blind)),
        ("consent", Json::from(private.consent.as_str())),
        ("intent", Json::from(private.intent.as_str())),
        ("only", Json::array(started.only.iter().map(|tool| text(tool)))),
        ("parameters", private.parameters.clone()),
        ("privileged", Json::array(privileged)),
        ("subject", private.subject.as_deref().map_or(Json::Null, Json::from)),
        ("template", text(&started.template)),
        ("template_digest", text(&started.template_digest)),
        ("window_seconds", Json::from(window / 1_000_000)),
    ]))
}

fn amend_shown(view: View<'_>, amended: &TaskAmended, blind: Salt) -> Option<Json> {
    let private = amended.private.as_ref()?;
    let common =
        [("blind", text(&blind)), ("consent", Json::from(private.consent.as_str())), ("grant", text(&amended.grant))];
    let own: Vec<(&str, Json)> = match amended.change.as_ref()? {
        Amendment::Widened { only, template, template_digest, .. } => vec![
            ("act", Json::from("widen")),
            ("intent", private.intent.as_deref().map_or(Json::Null, Json::from)),
            ("only", Json::array(only.iter().map(|tool| text(tool)))),
            ("parameters", private.parameters.clone().unwrap_or(Json::Null)),
            ("template", text(template)),
            ("template_digest", text(template_digest)),
            ("wish", amended.wish.map_or(Json::Null, Json::from)),
        ],
        Amendment::Renewed { expires, .. } => {
            // A window that is longer than the template's stays as it is.
            let held = view.task.grants.get(&amended.grant)?.envelope.as_ref()?.window.expires;
            let stays = *expires == held;
            let span = expires.0.saturating_sub(amended.facts.now.0) / 1_000_000;
            vec![
                ("act", Json::from("renew")),
                ("until", if stays { Json::from(expires.0) } else { Json::Null }),
                ("window_seconds", if stays { Json::Null } else { Json::from(span) }),
            ]
        }
        Amendment::Narrowed { .. } => return None,
    };
    Some(Json::object(common.into_iter().chain(own)))
}

/// With all that the holder has touched: a class that came since is another thing to say yes to. And the one value, where it is
/// only that.
fn lower_shown(lowered: &LabelLowered, blind: Salt) -> Option<Json> {
    let reason = &lowered.private.as_ref()?.reason;
    let value = lowered.value.as_ref().map(|value| {
        let at = Json::from(value.pointer.to_string());
        let (event, kind) = (Json::from(value.event), Json::from(value.kind.as_str()));
        ("value", Json::object([("at", at), ("event", event), ("hash", text(&value.hash)), ("kind", kind)]))
    });
    let common = [
        ("act", Json::from("declassify")),
        ("blind", text(&blind)),
        ("class", text(&lowered.class)),
        ("grant", text(&lowered.grant)),
        ("holder", text(&lowered.holder)),
        ("reason", Json::from(reason.as_str())),
        ("touched", Json::array(lowered.from.classes.iter().map(|class| text(class)))),
    ];
    Some(Json::object(common.into_iter().chain(value)))
}

fn settle_shown(view: View<'_>, ended: &ActionEnded, blind: Salt) -> Option<Json> {
    let act = view.task.acts.get(&ended.act)?;
    let charges = act.reserved.iter().zip(&ended.settled).map(|(held, now)| {
        Json::object([
            ("charged", text(&held.amount)),
            ("grant", text(&held.grant)),
            ("row", Json::from(held.row)),
            ("settled", text(&now.amount)),
            ("unit", text(&held.unit)),
        ])
    });
    Some(Json::object([
        ("act", Json::from("settle")),
        ("action", text(&act.digest)),
        ("blind", text(&blind)),
        ("charges", Json::array(charges)),
        ("done", Json::from(ended.status == crate::action::Status::Done)),
        ("event", Json::from(ended.begun)),
        ("evidence", ended.private.as_ref()?.result.as_ref()?.get("evidence")?.clone()),
        ("tool", text(&act.tool)),
    ]))
}
