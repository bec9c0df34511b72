//! What was decided, why, and by which rules: with the rule that a caller is never told.

use super::Story;
use super::next::filled;
use super::told::{Told, optional};
use crate::people::text;
use crate::risk::{risk_json, risk_lines};
use bailiwick_core::json::Json;
use bailiwick_core::{ApprovalStanding, Code, Data, Disposition, Reason, Row, Under};
use bailiwick_policy::described_rule;

/// What the refused may do next, in words.
const fn may_do(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::WaitForApproval => "wait for an approval, and repeat the call",
        Disposition::AskForMore => "ask the person for more",
        Disposition::ChangeArgument => "change this argument, and call again",
        Disposition::TryLater => "try the same call later",
        Disposition::Stop => "stop: nothing that it does will change it",
    }
}

/// What was decided and why.
pub(super) fn decided(story: &Story, elsewhere: Vec<String>) -> Told {
    let mut told = Told::new("decided", "what was decided, and why");
    let (answer, reasons, under) = match &story.event.data {
        Data::ActionRefused(refused) => ("refused", refused.reasons.as_slice(), Some(&refused.under)),
        Data::ActionWaiting(waiting) => {
            told.say(format!("it waits for a yes of {}", waiting.who.join(", ")));
            ("waiting", waiting.reasons.as_slice(), Some(&waiting.under))
        }
        Data::TaskEnded(ended) => return ended_by(told, story, ended.why, "the task, and every grant of it"),
        Data::GrantEnded(ended) => return ended_by(told, story, ended.why, "the grant, and every grant below it"),
        Data::RefusalsCounted(counted) => {
            for entry in &counted.counted {
                let calls = if entry.count == 1 { "call" } else { "calls" };
                told.say(format!("{} {calls} of {} refused: {}", entry.count, entry.tool, entry.code.sentence()));
            }
            ("counted", [].as_slice(), None)
        }
        Data::ApprovalAsked(asked) => {
            for need in &asked.needs {
                told.say(format!("{} yes of {}: {}", need.count, need.role, need.why.sentence()));
            }
            ("asked", [].as_slice(), None)
        }
        Data::ApprovalGiven(_) => {
            told.say("a yes to one act as it was shown, used once; nothing was done by it alone");
            ("given", [].as_slice(), None)
        }
        Data::ApprovalRefused(refused) => {
            let private = refused.private.as_ref();
            told.say(private.map_or("the reason is erased".to_owned(), |private| format!("why: {}", private.reason)));
            ("refused", [].as_slice(), None)
        }
        Data::WishMade(_) => {
            told.say("an agent asked its person for more, in its own words; it may do no more than before");
            ("wished", [].as_slice(), None)
        }
        Data::LabelLowered(lowered) => {
            let why = lowered.private.as_ref().map_or("(erased)", |private| &private.reason);
            let (class, holder) = (&lowered.class, &lowered.holder);
            told.say(match &lowered.value {
                Some(value) => format!(
                    "the {} that event {} showed at {} goes without {class}, whole and as it is; all else that {holder} \
                     touched keeps it; what for: {why}",
                    value.kind,
                    story.named.as_ref().map_or("(not there)".to_owned(), |named| named.leaf.to_string()),
                    value.pointer
                ),
                None => format!(
                    "{class} counts no more as touched by {holder}, so it may go where {class} may not; what for: {why}"
                ),
            });
            ("lowered", [].as_slice(), None)
        }
        Data::WishRefused(_) => {
            told.say("the person whose task it is said no");
            ("refused", [].as_slice(), None)
        }
        Data::TaskAmended(_) => {
            told.say("a turn of the person whose task it is");
            ("amended", [].as_slice(), None)
        }
        _ => match story.begun() {
            Some(begun) => {
                told.say(match begun.rows.is_empty() {
                    false => "it was allowed: every grant above has a row for it, and every meter had room",
                    true => "it was allowed: every grant above lets it be handed on, and has what was handed on",
                });
                if let Some(offer) = story.past.before.offer_of(begun) {
                    told.say(format!(
                        "it is what {} offered in the place of request #{}, or less: a no to that request is none to it, once",
                        offer.by, offer.request
                    ));
                }
                if let Some(glass) = begun.under.breakglass {
                    told.say(format!("neither policy nor people were asked: it stands under break-glass {glass}"));
                }
                if let Some(observed) = &begun.under.observed {
                    told.say(format!(
                        "NOT enforced: it began only because observation {} covers it",
                        observed.observation
                    ));
                }
                let would = begun.under.observed.as_ref().map_or([].as_slice(), |observed| observed.reasons.as_slice());
                ("allowed", would, Some(&begun.under))
            }
            None => {
                told.say(format!("{}: a consequence, not an act that is asked for", story.event.data.kind()));
                ("done", [].as_slice(), None)
            }
        },
    };
    // What its holder had touched in other tasks, and what they left where it reads, counted as touched here.
    elsewhere.iter().for_each(|words| told.say(format!("from another task: {words}")));
    if let Some(sheds) = story.begun().map(|begun| &begun.sheds).filter(|sheds| !sheds.is_empty()) {
        let names: Vec<String> = sheds.iter().map(ToString::to_string).collect();
        told.say(format!(
            "it went without {}: all that it says are values that a person let go without, and the person's own words",
            names.join(", ")
        ));
    }
    let first = reasons.first().map(|reason| reason.code);
    let reasons = reasons.iter().enumerate();
    let reasons: Vec<Json> = reasons.map(|(at, reason)| reason_told(&mut told, story, reason, (at, first))).collect();
    let under = under.map_or(Json::Null, |under| under_told(&mut told, story, under));
    told.json(Json::object([("answer", Json::from(answer)), ("reasons", Json::array(reasons)), ("under", under)]))
}

fn ended_by(mut told: Told, story: &Story, why: Code, what: &str) -> Told {
    told.say(format!("{what} ended: {} ({why})", why.sentence()));
    if let Some(agent) = story.event.data.ended_by_holder() {
        told.say(format!(
            "it is the word of agent {agent}, which held it or handed it on; nobody else has looked at it"
        ));
    }
    told.say("an ending is for good: what is wanted again is consented to anew");
    let reason = Json::object([("code", Json::from(why.as_str())), ("sentence", Json::from(why.sentence()))]);
    told.json(Json::object([
        ("answer", Json::from("ended")),
        ("reasons", Json::array([reason])),
        ("under", Json::Null),
    ]))
}

/// A reason as it was told: with the condition and with what a person said, which an event does not keep beside it. They are
/// read where they stand, as the task was before, and are missing once they are erased.
fn heard(story: &Story, reason: &Reason) -> Reason {
    let bare = || reason.clone();
    let Data::ActionRefused(refused) = &story.event.data else { return bare() };
    let before = &story.past.before;
    match (reason.code, &reason.at) {
        (Code::ApprovalRefused, _) => {
            let asked = before.approvals.values().filter(|of| of.grant == refused.grant);
            let said =
                asked.rev().filter(|of| of.terms.action == refused.action.digest).find_map(|of| match &of.standing {
                    ApprovalStanding::Refused { told: false, reason, instead, .. } => Some((reason, instead)),
                    _ => None,
                });
            said.map_or_else(bare, |(why, instead)| bare().said(why, instead.clone()))
        }
        // Of a grant above nothing was told: there the condition has no name here either.
        (Code::ArgumentNotGranted, Some(at)) if reason.most.is_some() => {
            let envelope = before.grants.get(&refused.grant).and_then(|grant| grant.envelope.as_ref());
            let (tool, effect) = (&refused.action.tool, refused.action.effect);
            let names = |row: &&Row| row.effects.contains(&effect) && row.tools.iter().any(|named| named.matches(tool));
            let row = envelope.and_then(|envelope| envelope.rows.iter().find(names));
            row.and_then(|row| row.when.get(at)).map_or_else(bare, |condition| bare().allowed(condition))
        }
        _ => bare(),
    }
}

/// What the agent may do is what the first reason says: the others say why it is so.
fn reason_told(told: &mut Told, story: &Story, reason: &Reason, (at, first): (usize, Option<Code>)) -> Json {
    let reason = &heard(story, reason);
    let beside = at > 0 && first == Some(Code::ApprovalUnavailable);
    let words = |reason: &Reason| if beside { reason.unasked() } else { reason.to_string() };
    told.say(format!("{} ({})", words(reason), reason.code));
    if let Some(rule) = &reason.rule {
        let known = described_rule(&story.control.state, rule).and_then(|rule| rule.description);
        let said = known.map_or_else(String::new, |said| format!(": {said}"));
        told.say(format!("  by rule {rule}{said}; the agent is not told which"));
    }
    let agent = words(&reason.clone().told());
    let may = if at == 0 { format!("; it may {}", may_do(reason.code.disposition())) } else { String::new() };
    told.say(format!("  the agent was told: {agent}{may}"));
    Json::object([
        ("asked", optional(reason.asked.as_deref())),
        ("at", reason.at.as_ref().map_or(Json::Null, |at| text(at))),
        ("code", Json::from(reason.code.as_str())),
        ("command", reason.command().map_or(Json::Null, |command| Json::from(filled(story, command)))),
        ("most", optional(reason.most.as_deref())),
        ("rule", optional(reason.rule.as_deref())),
        ("sentence", Json::from(words(reason))),
        ("told", Json::from(agent)),
    ])
}

/// The rules that it was decided under: by digest, so that a change since is seen.
fn under_told(told: &mut Told, story: &Story, under: &Under) -> Json {
    let now = story.control.state.policy_digest() == under.policy;
    let control = under.control.map_or_else(|| "nothing".to_owned(), |leaf| format!("#{leaf}"));
    let since = if now { "which stands now" } else { "which has changed since" };
    told.say(format!("policy {}, {since}; control as of {control}; epoch {}", under.policy, under.epoch));
    let rules = under.policy_rules.iter().map(|name| {
        // what stands under the name now says nothing of what stood there then
        let known = now.then(|| described_rule(&story.control.state, name)).flatten();
        let way = known.as_ref().map(|rule| if rule.permits { "permits" } else { "forbids" });
        let said = known.as_ref().and_then(|rule| rule.description.as_deref());
        let words = said.map_or_else(String::new, |said| format!(": {said}"));
        told.say(format!("  rule {name}{}{words}", way.map_or_else(String::new, |way| format!(" {way}"))));
        Json::object([
            ("description", optional(said)),
            ("permits", known.as_ref().map_or(Json::Null, |rule| Json::from(rule.permits))),
            ("rule", Json::from(name.as_str())),
        ])
    });
    let rules: Vec<Json> = rules.collect();
    for line in under.risk.iter().flat_map(risk_lines) {
        told.say(line);
    }
    Json::object([
        ("risk", under.risk.as_ref().map_or(Json::Null, risk_json)),
        ("control", under.control.map_or(Json::Null, Json::from)),
        ("epoch", Json::from(under.epoch)),
        ("policy", text(&under.policy)),
        ("policy_rules", Json::array(rules)),
        ("rules", Json::from(under.rules)),
        ("stands_now", Json::from(now)),
    ])
}
