//! The order of a decision, how work is handed on, what needs a yes, and limits that are constants of the program.

use super::page::{Page, value, values};
use super::people::said;
use bailiwick_core::{
    ABROAD_WINDOW_MAX, Autonomy, CHILDREN_MAX, ControlState, DELEGATES_MAX, DEPTH_MAX, Digest, EVENTS_MAX, Effect,
    FORWARD_WITHIN, GRANTS_MAX, Impact, OPEN_PER_GRANT_MAX, OPEN_PER_TASK_MAX, REFUSAL_WINDOW, REFUSALS_MAX,
    REFUSALS_WRITTEN_MAX, ROWS_MAX, Reversibility, SETTLE_WITHIN_MAX, Span, Template, WINDOW_MAX,
};

/// In which order a call is judged.
pub(super) fn order(page: &mut Page) {
    page.heading(2, &["How a call is decided"]);
    page.text("In this order; the first no ends it, and no is an answer with a reason, never an error.");
    for step in [
        "caller: its key is the one that the grant answers to, its proof was not used before, its token is of this epoch",
        "lineage: the task and every grant above are live and within their windows",
        "control: the tenant runs, the agent is active, server and tool are as reviewed",
        "envelope: one row of every grant of the lineage names the tool with its effect, and the arguments meet its conditions; then the role of each agent",
        "policy",
        "meters: in every grant of the lineage there is room; what is charged is charged in all of them",
        "approvals: what needs a yes",
    ] {
        page.item(&[step]);
    }
}

/// Who may hand work on, to whom, and how far.
pub(super) fn delegation(page: &mut Page, state: &ControlState) {
    page.heading(2, &["How work is handed on"]);
    page.text(
        "Only what is held can be handed on, and less: what is asked for beyond it is refused, never cut to fit. Whoever holds \
         the part is charged, and so is every grant above. Nobody hands work back to an agent of the lineage.",
    );
    let mut any = false;
    for (template, _) in state.templates.values() {
        let Some(delegate) = &template.delegate else { continue };
        any = true;
        let depth = delegate.depth.to_string();
        let name = value(template.name.as_str());
        page.item(&[
            "template ",
            &name,
            ": to ",
            &value(&delegate.whom()),
            "; at most ",
            &depth,
            " grants one below the other",
        ]);
    }
    if !any {
        page.item(&["no template lets work be handed on"]);
    }
    page.item(&[
        "to an agent of another zone: for at most ",
        &span(ABROAD_WINDOW_MAX),
        " and half of what its holder has left; it hands nothing on, and does nothing of impact high or critical",
    ]);
    for impact in Impact::ALL {
        let most = impact.hands_most().map(|most| most.to_string());
        if let Some(most) = most {
            page.item(&["how many grants below the first an act of impact ", &said(&impact), " may be done: ", &most]);
        }
    }
}

/// What tasks draw on, and which do.
pub(super) fn mandates(page: &mut Page, state: &ControlState) {
    if state.mandates.is_empty() {
        return;
    }
    page.heading(2, &["Mandates"]);
    page.text(
        "A task that draws on one draws, as it begins, all that its rows allow of each unit; what it did not use goes back once it \
         is over and nothing of it is open. What is in doubt stays charged.",
    );
    for entry in state.mandates.values() {
        let of = |(template, _): &&(std::sync::Arc<Template>, Digest)| template.draws.contains(&entry.document.name);
        let drawn: Vec<&str> =
            state.templates.values().filter(of).map(|(template, _)| template.name.as_str()).collect();
        let by = if drawn.is_empty() { "no template".to_owned() } else { values(drawn) };
        let name = value(entry.document.name.as_str());
        page.item(&[&name, ": ", &value(&entry.document.sentence()), "; drawn on by tasks of: ", &by]);
    }
}

/// What needs a yes before it begins.
pub(super) fn approvals(page: &mut Page, state: &ControlState) {
    page.heading(2, &["What needs a yes"]);
    page.item(&["the first use of any privileged row: the requester's second act of consent (", &privileged(), ")"]);
    page.item(&["what a template asks for: told with each template above"]);
    let assists = state.agents.values().filter(|entry| entry.document.autonomy == Autonomy::Assist);
    let assists: Vec<&str> = assists.map(|entry| entry.document.name.as_str()).collect();
    if !assists.is_empty() {
        page.item(&["every effect but read of agents that assist, by the requester: ", &values(assists)]);
    }
    page.item(&["an act of impact high that the consent did not name, by the requester"]);
    page.item(&[
        "an act of impact critical, by two: owners of the agents of the lineage, or persons with the role `approver`",
    ]);
    page.item(&["what somebody said no to before in the same task, by those who were asked then"]);
    page.item(&["what a rule of policy asks for"]);
    page.item(&["the same act again while nobody knows whether it was done; but for a read that stays where it is, and for plain reads and writes in front of a cooperative server"]);
    page.text(
        "Who could say yes may say no as well, and so may the person whose task it is. What is offered in its place is for who \
         could say yes, and is less of the same act.",
    );
}

fn privileged() -> String {
    values(Effect::ALL.into_iter().filter(|effect| effect.privileged()))
}

/// How much is at stake, as it is built in: a document may only raise it.
pub(super) fn impact(page: &mut Page) {
    page.heading(2, &["Impact of each effect"]);
    page.text("As built in. A tool's document says which effect it has and whether that can be undone; it may raise the impact above \
         this, never lower it.");
    let rows = Effect::ALL.map(|effect| {
        let (back, gone) = (effect.impact(Reversibility::Reversible), effect.impact(Reversibility::Irreversible));
        vec![said(&effect), said(&back), said(&gone)]
    });
    page.table(&["effect", "where it can be undone", "where it cannot"], &rows, "");
}

/// Limits that no document changes.
pub(super) fn limits(page: &mut Page) {
    page.heading(2, &["Limits built in"]);
    let rows = [
        ("grants one below the other, as a grant may allow", DEPTH_MAX.to_string()),
        ("live grants that one holder has handed on", CHILDREN_MAX.to_string()),
        ("agents, and zones, that one grant may name to hand work to", DELEGATES_MAX.to_string()),
        ("grants of one task", GRANTS_MAX.to_string()),
        ("rows of one grant", ROWS_MAX.to_string()),
        ("events of one task", EVENTS_MAX.to_string()),
        ("acts of one grant that are open", OPEN_PER_GRANT_MAX.to_string()),
        ("acts of one task that are open", OPEN_PER_TASK_MAX.to_string()),
        ("how long a grant may live", span(WINDOW_MAX)),
        ("how long one may live that was handed to another zone", span(ABROAD_WINDOW_MAX)),
        ("from the decision until a call has left, else it never does", span(FORWARD_WITHIN)),
        ("from then until its outcome is in doubt, at most", span(SETTLE_WITHIN_MAX)),
        ("refused calls of a grant, past which it ends", REFUSALS_MAX.to_string()),
        ("refused calls of a grant that are written one by one in a minute", REFUSALS_WRITTEN_MAX.to_string()),
        ("one refusal of a kind is written in, the others are counted", span(REFUSAL_WINDOW)),
    ];
    let rows = rows.map(|(what, most)| vec![what.to_owned(), most]);
    page.table(&["what", "limit"], &rows, "");
}

/// A length of time in the largest unit that tells it whole.
fn span(span: Span) -> String {
    let seconds = span.0 / 1_000_000;
    match seconds {
        whole if whole > 0 && whole % 3_600 == 0 => format!("{} h", whole / 3_600),
        whole if whole > 0 && whole % 60 == 0 => format!("{} min", whole / 60),
        other => format!("{other} s"),
    }
}
