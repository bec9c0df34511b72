//! The context: every attribute with its type, its words and where its value comes from. Schema, documentation and
//! question are all made from this one table.

use crate::context::{self, Asked};
use crate::plain::Plain;
use crate::words::Words;

/// What an attribute is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `String`
    Text,
    /// `Long`
    Long,
    /// `Bool`
    Bool,
    /// `Set<String>`
    Texts,
    /// An entity of an enumerated type.
    Word(Words),
    /// A record of decimals by unit, each optional.
    Amounts,
    /// A record of texts by JSON Pointer, each optional; each tool has its own.
    Args,
    /// A record of sets of texts by JSON Pointer, each optional; each tool has its own.
    ArgSources,
    /// A record of `kind`, `value` and `zone`, each optional.
    Destination,
}

/// Whether a rule may read an attribute without asking first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// There, or the rule that reads it errs.
    Always,
    /// May be absent in a sound question: a rule asks `context has` first.
    Sometimes,
}

/// One attribute.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) presence: Presence,
    /// For people: one line.
    pub(crate) meaning: &'static str,
    /// `None` leaves it out.
    pub(crate) value: fn(&Asked<'_>) -> Option<Plain>,
}

macro_rules! table {
    ($($name:ident: $kind:expr, $presence:ident, $meaning:literal;)*) => {
        /// All attributes, by name.
        pub(crate) const ATTRIBUTES: &[Attribute] = &[$(Attribute {
            name: stringify!($name),
            kind: $kind,
            presence: Presence::$presence,
            meaning: $meaning,
            value: context::$name,
        },)*];
    };
}

table! {
    amounts: Kind::Amounts, Always, "What this act is about, by unit, as `context.amounts.EUR`. An act that measures nothing has none. Missing where a measure could not be read or is no Cedar decimal.";
    arg_sources: Kind::ArgSources, Always, "Where each argument that bindings read came from, by JSON Pointer: a set of the words of `sources`, as `context.arg_sources[\"/iban\"]`. At a place that a binding writes with `*` stand those of all its arguments, as `context.arg_sources[\"/to/*\"]`. Missing where one of the arguments could not be read.";
    args: Kind::Args, Always, "Arguments that bindings read, by JSON Pointer, in their whole normal form, as `context.args[\"/iban\"]`. Missing where one of them could not be read.";
    assurance: Kind::Word(Words::Assurance), Always, "How the agent was made sure for this call.";
    attested: Kind::Bool, Always, "Whether something attested the running process.";
    autonomy: Kind::Word(Words::Autonomy), Always, "How far the agent may go on its own.";
    classes: Kind::Texts, Always, "Classes of data that the result may bring.";
    depth: Kind::Long, Always, "How many grants stand in the lineage; 1 for the task's first.";
    destination: Kind::Destination, Always, "Where the act sends something. Empty where the tool sends nothing that a binding names; `zone` only where the catalogue knows it. Missing where it could not be read.";
    effect: Kind::Word(Words::Effect), Always, "What the act does. In a rule's head: `action in Effect::Action::\"transfer\"`.";
    egress: Kind::Word(Words::Egress), Always, "Whether the call carries bytes of the caller's choice to another zone.";
    hour: Kind::Long, Always, "The hour of the day, 0 to 23, in UTC.";
    impact: Kind::Word(Words::Impact), Always, "How much is at stake. In a rule's head: `action in Impact::Action::\"high\"`.";
    lineage: Kind::Texts, Always, "The agents that hold the grants of the lineage.";
    memory: Kind::Word(Words::Memory), Always, "Whether what the agent has read outlives its process.";
    mode: Kind::Word(Words::Mode), Always, "Whether the agent could go around: only `enforced` cannot.";
    now: Kind::Long, Always, "Seconds since 1970-01-01T00:00:00Z, by the store's clock.";
    owner: Kind::Text, Always, "Who is accountable for the agent.";
    purpose: Kind::Text, Always, "Why the task is done, as the tenant codes it.";
    requester: Kind::Text, Always, "Who consented to the task.";
    resource: Kind::Text, Sometimes, "The resource's whole normal form, where a binding names one.";
    reversibility: Kind::Word(Words::Reversibility), Always, "How far the act can be undone.";
    risk: Kind::Long, Always, "How much speaks against the call, 0 to 100: what its reasons add up to. Missing where nobody gathered it, as in what was recorded before there was such a number.";
    risk_reasons: Kind::Texts, Always, "What speaks against it, as names of the table below. Missing where `risk` is.";
    road: Kind::Word(Words::Road), Always, "By what road the call came.";
    run_by: Kind::Word(Words::RunBy), Always, "Who runs the agent.";
    server: Kind::Text, Always, "The server's name.";
    server_zone: Kind::Text, Always, "Where the server lives.";
    sources: Kind::Texts, Always, "Where the values that bindings read came from: `intent`, `own`, `trusted`, `created`, `proposed`, `untrusted`, `unknown`; of all of them, each once.";
    subject: Kind::Text, Sometimes, "The customer that the task is done for.";
    sums: Kind::Amounts, Always, "What the task has been charged so far with this act added, by unit. Only units that the task's grant limits, and those of this act. Missing where `amounts` is, or where a sum is no Cedar decimal.";
    sums_since_approval: Kind::Amounts, Always, "What the task has been charged after its last act that people approved because a policy asked, with this act added, by unit; an approval counts for the units of its act. Missing as `sums` is.";
    sums_to_destination: Kind::Amounts, Always, "What the task has been charged for acts that send to the destination of this one, with this act added, by unit. Acts that send nowhere a binding names have sums together. Missing as `sums` is, where the destination could not be read, after a charge whose destination could not be read, and for a destination past the 1,024 that a task remembers.";
    template: Kind::Text, Sometimes, "The template that the task was made from.";
    tool: Kind::Text, Always, "The tool, as `server/tool`.";
    touched: Kind::Texts, Always, "Classes of data that the holder of the grant has touched in this task, or who handed it on.";
    touched_untrusted: Kind::Bool, Always, "Whether the holder has read what somebody outside the tenant may have written.";
    touched_zones: Kind::Texts, Always, "Zones other than `own` that the holder has had something from.";
    unknown: Kind::Texts, Always, "What could not be read: `amounts`, the three `sums`, `destination`, `args`, `arg_sources`, and pointers of arguments.";
    uses: Kind::Long, Always, "How many acts were begun under this grant before this one.";
    values: Kind::Texts, Always, "The whole normal forms of all arguments that bindings read, wherever they stand. Missing where one of them could not be read.";
    zone: Kind::Text, Always, "Where the agent lives.";
}

/// What may be missing although every question should have it, and what only some have: a rule that reads it may err.
const MAY_BE_MISSING: [&str; 11] = [
    "amounts",
    "arg_sources",
    "args",
    "destination",
    "resource",
    "subject",
    "sums",
    "sums_since_approval",
    "sums_to_destination",
    "template",
    "values",
];

/// Whether reading the attribute never errs.
pub(crate) fn surely_there(name: &str) -> bool {
    attribute(name).is_some_and(|attribute| !MAY_BE_MISSING.contains(&attribute.name))
}

/// The attribute of that name.
pub(crate) fn attribute(name: &str) -> Option<&'static Attribute> {
    ATTRIBUTES.iter().find(|attribute| attribute.name == name)
}
