//! Step 5: where the values of a call came from, what its holder has touched, and whether that suffices.

use super::View;
use super::flow::brings;
use super::sheds::sheds;
use crate::action::{Action, Bound, BoundAs};
use crate::document::Transport;
use crate::elsewhere::{Elsewhere, touched_by};
use crate::event::{Label, Source};
use crate::reason::{Code, Reason};
use crate::source::{Origin, forms, wanted};
use crate::task::{GrantState, Seen, TaskState, value_hash};
use crate::template::{begins_as_said, form_of, words_of};
use crate::{DataClass, Effect};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the values of a call and of who calls.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Where each bound value came from, in the order of the action's.
    pub(super) sources: Vec<Source>,
    /// What the holder has touched.
    pub(super) before: Label,
    /// What it will have touched.
    pub(super) after: Label,
    /// What goes with the act: `before`, but for `sheds`.
    pub(super) carries: Label,
    /// Classes that the act goes without.
    pub(super) sheds: Vec<DataClass>,
    /// Bound values whose source does not suffice, by their place in `sources`.
    weak: Vec<usize>,
    /// Nobody named this tool, and the holder has read what others wrote, or no argument says what it is about.
    pub(super) unnamed: bool,
}

impl Judged {
    /// Why people are asked: the first value that nobody who may has vouched for.
    pub(super) fn reason(&self) -> Option<Reason> {
        let first = self.weak.first().and_then(|at| self.sources.get(*at));
        first.map(|source| Reason::new(Code::SourceNotEnough).at(&source.pointer).asked(source.source.as_str()))
    }

    /// Whether a value is one that its source does not suffice for.
    pub(super) fn weak(&self, at: usize) -> bool {
        self.weak.contains(&at)
    }

    /// Whether the person said where it goes and what it is about, every place and thing of it; or it stands in their own
    /// record, as an account that money came from.
    pub(super) fn said(&self, action: &Action) -> bool {
        let mut about = action
            .bound
            .iter()
            .zip(&self.sources)
            .filter(|(bound, _)| matches!(bound.role, BoundAs::Destination | BoundAs::Object));
        (!nowhere(action) || action.destination.is_none()) && about.all(|(_, source)| source.source <= Origin::Own)
    }
}

/// Whether an action names no destination at all.
pub(super) fn nowhere(action: &Action) -> bool {
    !action.bound.iter().any(|bound| bound.role == BoundAs::Destination)
}

/// Judges the values of a call under this lineage.
pub(super) fn judged(
    view: View<'_>,
    lineage: &[&GrantState],
    action: &Action,
    elsewhere: Option<&Elsewhere>,
) -> Judged {
    let root = lineage.first().copied();
    let rows = root.map(|root| consented(root, action)).unwrap_or_default();
    let own = |bound: &Bound| -> Source {
        // A row that fits and names this value is the person's word for it, whatever other rows would allow.
        let named =
            |row: &&crate::Row| row.when.get(&bound.pointer).is_some_and(|condition| names(condition, action, bound));
        let said = root.filter(|_| rows.iter().any(named));
        let found = match said {
            Some(root) => Some(Seen { event: root.seq, origin: Origin::Intent, record: None, said: true }),
            None => seen(view.task, bound),
        };
        let (kind, pointer) = (bound.kind.clone(), bound.pointer.clone());
        match found {
            Some(seen) => Source { event: Some(seen.event), kind, pointer, record: seen.record, source: seen.origin },
            None => Source { event: None, kind, pointer, record: None, source: Origin::Unknown },
        }
    };
    let mut sources: Vec<Source> = action.bound.iter().map(own).collect();
    // Said whole: a place to work in, a form or other words of theirs leave room to say something with.
    let whole = |bound: &Bound| {
        let one = |row: &&crate::Row| row.when.get(&bound.pointer).is_some_and(crate::Constraint::names_values);
        rows.iter().any(one) || told(view.task, bound)
    };
    let apart = apart(view.task, action, &sources);
    for at in apart {
        if let Some(source) = sources.get_mut(at) {
            source.source = Origin::Unknown;
        }
    }
    let before = lineage.last().map(|grant| touched_by(grant, elsewhere)).unwrap_or_default();
    let after = joined(view, lineage, &before, action).with(&left_by_others(elsewhere));
    let sheds = lineage.last().map(|grant| sheds(view.task, grant, &before, (action, &whole))).unwrap_or_default();
    let carries = before.without(&sheds);
    if as_consented(view, action) {
        return Judged { sources, before, after, carries, sheds, weak: Vec::new(), unnamed: false };
    }
    let own_zone = |bound: &Bound| own_zone(action, bound);
    let enough = |(bound, source): (&Bound, &Source)| wanted(action, bound).met_by(source.source) || own_zone(bound);
    let weak = action.bound.iter().zip(&sources).enumerate().filter(|(_, pair)| !enough(*pair)).map(|(at, _)| at);
    let weak: Vec<usize> = weak.collect();
    let named = rows.iter().any(|row| exact(row, action));
    let says_nothing = action.effect.privileged() && action.bound.is_empty();
    // A pattern that was consented to names tools that write; what is privileged is named one by one.
    let touched = before.trusted == Some(false) && action.effect.privileged();
    let unnamed = (touched || says_nothing) && !named && !crate::own::hands_on(&action.tool);
    Judged { sources, before, after, carries, sheds, weak, unnamed }
}

/// Behind a wrapper the line in the client's configuration is the consent, and counts as the intent of reads and writes.
fn as_consented(view: View<'_>, action: &Action) -> bool {
    let server = view.control.server(action.tool.server());
    let wrapped = server.is_some_and(|server| matches!(server.document.transport, Transport::Wrapped { .. }));
    wrapped && !action.effect.privileged()
}

/// The rows of the first grant that the action fits, as the person consented to them.
fn consented<'a>(root: &'a GrantState, action: &Action) -> Vec<&'a crate::Row> {
    let Some(envelope) = &root.envelope else { return Vec::new() };
    let fitting = envelope.fits(action, true).unwrap_or_default();
    fitting.into_iter().filter_map(|row| envelope.rows.get(row)).collect()
}

fn exact(row: &crate::Row, action: &Action) -> bool {
    row.tools.iter().any(|tool| tool.exact() && tool.matches(&action.tool))
}

/// Whether a condition that was consented to says which value is meant. A place within which the task works says it of what
/// is written there, a form says it of a title.
fn names(condition: &crate::Constraint, action: &Action, bound: &Bound) -> bool {
    let works_there = action.effect == Effect::Write && bound.role != BoundAs::Found;
    condition.names_values()
        || (works_there && (condition.path_within.is_some() || condition.host_of.is_some()))
        || (bound.kind == "title" && condition.pattern.is_some())
}

/// What this very zone holds is no other place.
fn own_zone(action: &Action, bound: &Bound) -> bool {
    let zone = action.destination.as_ref().and_then(|to| to.known()).and_then(|to| to.zone.as_ref());
    let place = matches!(bound.kind.as_str(), "url" | "host");
    place && bound.role == BoundAs::Destination && zone.is_some_and(|zone| *zone == crate::Zone::own())
}

/// Whether the person said this very value.
fn told(task: &TaskState, bound: &Bound) -> bool {
    let said = |salt: &crate::Salt| {
        let said = |(kind, form): &(&str, String)| {
            task.values.judged(&value_hash(salt, kind, form)).is_some_and(|seen| seen.said)
        };
        forms(bound).iter().any(said)
    };
    task.salt.as_ref().is_some_and(said)
}

/// The best form under which a value was seen. A title is the person's also where it is a part of their own words, or has a
/// form that they gave.
fn seen(task: &TaskState, bound: &Bound) -> Option<Seen> {
    let salt = task.salt.as_ref()?;
    if let Some(title) = bound.normal.known().filter(|_| bound.kind == "title")
        && task.intent.as_ref().is_some_and(|intent| words_of(intent, title) || form_of(intent, title))
    {
        return Some(Seen { event: 1, origin: Origin::Intent, record: None, said: true });
    }
    let forms = forms(bound);
    let found = || forms.iter().filter_map(|(kind, form)| task.values.judged(&value_hash(salt, kind, form)));
    // What an agent wrote is no better for coming back in another form, unless its person said it.
    let written = found().find(|seen| seen.origin == Origin::Proposed).filter(|_| !found().any(|seen| seen.said));
    let found = written.or_else(|| found().min_by_key(|seen| seen.origin)).cloned();
    // What the person told by its beginning is theirs where nobody outside could have called it so.
    let begun = |seen: &Seen| {
        let sure =
            matches!(seen.origin, Origin::Own | Origin::Trusted) && matches!(bound.kind.as_str(), "name" | "title");
        sure && task
            .intent
            .as_ref()
            .zip(bound.normal.known())
            .is_some_and(|(intent, name)| begins_as_said(intent, name))
    };
    found.map(|seen| if begun(&seen) { Seen { origin: Origin::Intent, ..seen } } else { seen })
}

/// Values that were said to belong together and do not: each came from a record, and no record has them all.
fn apart(task: &TaskState, action: &Action, sources: &[Source]) -> Vec<usize> {
    let mut groups: BTreeMap<(&str, Option<String>), Vec<usize>> = BTreeMap::new();
    for (at, bound) in action.bound.iter().enumerate() {
        if let Some(group) = &bound.group {
            groups.entry((group, element(bound))).or_default().push(at);
        }
    }
    let mut out = Vec::new();
    for members in groups.into_values() {
        // What the person said goes with whatever record they meant; a record of a result stands at a place of it.
        let of_record = |source: &Source| {
            source.source <= Origin::Created
                && source.record.as_ref().is_some_and(|at| at.is_empty() || at.starts_with('/'))
        };
        let known: Vec<usize> = members.into_iter().filter(|at| sources.get(*at).is_some_and(of_record)).collect();
        let places = known.iter().filter_map(|at| action.bound.get(*at)).map(|bound| places(task, bound));
        let common = places.reduce(|all, own| all.intersection(&own).cloned().collect());
        if known.len() > 1 && common.is_some_and(|common| common.is_empty()) {
            out.extend(known);
        }
    }
    out
}

/// The element of a list that a place stands in.
fn element(bound: &Bound) -> Option<String> {
    let tokens = bound.pointer.tokens();
    tokens.iter().rev().find(|token| token.parse::<u64>().is_ok()).map(ToString::to_string)
}

/// The records that a value was seen in.
fn places(task: &TaskState, bound: &Bound) -> BTreeSet<(u64, String)> {
    let Some(salt) = task.salt.as_ref() else { return BTreeSet::new() };
    let forms = forms(bound);
    let seen = forms.iter().flat_map(|(kind, form)| task.values.seen(&value_hash(salt, kind, form)));
    seen.filter_map(|seen| Some((seen.event, seen.record.clone()?))).collect()
}

/// What other tasks left where a call reads.
pub(super) fn left_by_others(elsewhere: Option<&Elsewhere>) -> Label {
    elsewhere.map(|elsewhere| elsewhere.left.label()).unwrap_or_default()
}

/// What a holder has touched once this is done, as the catalogue declares it of the tool.
fn joined(view: View<'_>, lineage: &[&GrantState], before: &Label, action: &Action) -> Label {
    let zone = view.control.server(action.tool.server()).map(|server| server.document.zone.clone());
    let clean = action.clean || crate::own::hands_on(&action.tool);
    let own = Label {
        classes: brings(lineage, action).cloned().collect(),
        trusted: Some(clean),
        zones: zone.filter(|zone| *zone != crate::Zone::own()).into_iter().collect(),
    };
    before.with(&view.task.met(action)).with(&own)
}
