//! The catalogue of one tenant as of one control event: for each tool its reviewed words, its binding and its schema,
//! ready for use.

use crate::binding::Binding;
use crate::hide::Keyed;
use crate::idempotency::{self, Shape};
use crate::method::Method;
use crate::observe::{Observation, Redacted};
use crate::path::Step;
use crate::read::{Call, Read};
use crate::record::{OnRecord, RecordCall};
use crate::referent::{Look, Looked};
use crate::schema::{Place, Unsupported, Validator};
use crate::unbound::unread;
use crate::words::ToolWords;
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::normal::Kind;
use bailiwick_core::{
    Blobs, ControlState, DataClass, Digest, Effect, Egress, Observed, PinnedTool, ServerEntry, ServerName, Standing,
    Tool, ToolId, ToolNature, sha256,
};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Why a tool of the catalogue cannot be used, or not as its document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueProblem {
    /// The tool.
    pub tool: ToolId,
    /// What is wrong, naming the place.
    pub why: String,
    /// Whether it is the binding that is wrong: a person's document, not the server's words.
    pub of_binding: bool,
}

impl fmt::Display for CatalogueProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.tool, self.why)
    }
}
impl std::error::Error for CatalogueProblem {}

/// A tool as a client may be shown it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The tool.
    pub tool: &'a ToolId,
    /// Its reviewed words.
    pub words: &'a ToolWords,
    /// What it is.
    pub nature: ToolNature,
    /// How it stands.
    pub standing: Standing,
}

/// Words, and the schema in them, compiled. Shared by every catalogue in which the same words stand.
#[derive(Debug)]
struct Reviewed {
    words: ToolWords,
    validator: Validator,
}

/// One tool, ready to read calls and results.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    reviewed: Option<Arc<Reviewed>>,
    words_digest: Digest,
    /// Something is wrong with it: nothing of it is let through.
    broken: bool,
    /// Its binding cannot be read, so nobody knows where secrets stand.
    pub(crate) unreadable: bool,
    pub(crate) binding: Arc<Binding>,
    pub(crate) nature: ToolNature,
    pub(crate) pin: Digest,
    pub(crate) server: Digest,
    pub(crate) classes: Vec<DataClass>,
    /// The credential that will be sent with it, by reference.
    pub(crate) credential: Option<String>,
    pub(crate) int64_exact: bool,
    /// Forms in which an idempotency key that stands in the arguments may be forwarded.
    pub(crate) key_shapes: Vec<Shape>,
    standing: Standing,
}

impl Entry {
    /// The schema, if the tool may be used at all.
    pub(crate) fn checked(&self) -> Option<&Validator> {
        if self.broken { None } else { self.reviewed.as_ref().map(|reviewed| &reviewed.validator) }
    }
}

/// All tools of a tenant, as of a control event.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    leaf: Option<u64>,
    tools: BTreeMap<ToolId, Entry>,
    problems: Vec<CatalogueProblem>,
}

impl Catalogue {
    /// Compiles what the control state names. One tool that cannot be compiled does not stop the others: it is in
    /// [`Catalogue::problems`], and its calls are refused as under review.
    pub fn compile(control: &ControlState, words: &dyn Blobs) -> Self {
        Self::default().follow(control, words)
    }

    /// The catalogue of a later control state. Words that stand as they stood are not compiled again.
    #[must_use]
    pub fn follow(&self, control: &ControlState, words: &dyn Blobs) -> Self {
        let mut next = Self { leaf: control.leaf, tools: BTreeMap::new(), problems: Vec::new() };
        for (tool, entry) in &control.tools {
            let Some(server) = control.servers.get(tool.server()) else { continue };
            let (Some(identity), Some(nature)) = (server.identity, control.nature(tool)) else { continue };
            let reviewed = self.reviewed(tool, &entry.pinned, words);
            let rule = control.tool_rules.get(tool).map(Arc::as_ref);
            next.put(&entry.pinned, reviewed, rule, server, (identity, nature));
        }
        next.look_by_reads();
        next
    }

    fn reviewed(&self, tool: &ToolId, pinned: &PinnedTool, words: &dyn Blobs) -> Result<Arc<Reviewed>, String> {
        if let Some(known) = self.tools.get(tool).filter(|known| known.words_digest == pinned.words)
            && let Some(reviewed) = &known.reviewed
        {
            return Ok(Arc::clone(reviewed));
        }
        let bytes = words.blob(&pinned.words).filter(|bytes| sha256(bytes) == pinned.words);
        let bytes = bytes.ok_or("its words are missing or are not what their digest says")?;
        let words = ToolWords::from_bytes(&bytes).map_err(|error| format!("its words: {error}"))?;
        if words.name() != tool.tool() {
            return Err(format!("its words are those of `{}`", words.name().escape_debug()));
        }
        let validator = Validator::compile(words.input_schema());
        Ok(Arc::new(Reviewed { words, validator }))
    }

    fn put(
        &mut self,
        pinned: &PinnedTool,
        reviewed: Result<Arc<Reviewed>, String>,
        rule: Option<&Tool>,
        server: &ServerEntry,
        (identity, nature): (Digest, ToolNature),
    ) {
        let mut problems = Vec::new();
        let (mut broken, mut unreadable) = (false, false);
        let reviewed = reviewed.map_err(|why| problems.push((false, why))).ok();
        let binding = rule.map_or_else(|| Ok(Binding::default()), |rule| Binding::read(&rule.bind));
        let binding = binding.unwrap_or_else(|error| {
            (broken, unreadable) = (true, true);
            problems.push((true, format!("`bind`: {error}")));
            Binding::default()
        });
        if let Some(reviewed) = &reviewed {
            let (faults, unchecked) = fits(&binding, &reviewed.validator);
            // A binding that looks where nothing stands reads nothing: what it should bound would be unbounded.
            broken |= !faults.is_empty() || !unchecked.is_empty();
            problems.extend(faults.into_iter().map(|fault| (true, fault)));
            problems.extend(unchecked.iter().map(|place| (false, format!("`inputSchema` at {place}"))));
        }
        broken |= reviewed.is_none();
        let key_at = idempotency::place(&binding.arguments);
        let key_shapes = match (key_at, &reviewed) {
            (Some(at), Some(reviewed)) => idempotency::shapes(reviewed.words.input_schema(), at),
            _ => Vec::new(),
        };
        if let (Some(at), true, true) = (key_at, key_shapes.is_empty(), reviewed.is_some()) {
            broken = true;
            let why = format!(
                "`bind` names `{at}` as the idempotency key, whose schema takes none of the forms that a key is \
                 forwarded in: 32 or 64 hexadecimal digits, or a UUID of version 8"
            );
            problems.push((true, why));
        }
        let document = &server.document;
        let classes = if binding.classes.is_empty() { document.classes.clone() } else { binding.classes.clone() };
        let entry = Entry {
            reviewed,
            words_digest: pinned.words,
            broken,
            unreadable,
            binding: Arc::new(binding),
            nature,
            pin: pinned.pin,
            server: identity,
            classes,
            credential: document.transport.credential(),
            int64_exact: document.int64_exact,
            key_shapes,
            standing: pinned.standing,
        };
        let problem = |(of_binding, why)| CatalogueProblem { tool: pinned.tool.clone(), why, of_binding };
        self.problems.extend(problems.into_iter().map(problem));
        self.tools.insert(pinned.tool.clone(), entry);
    }

    /// What a call points to is looked at by tools that read, and by none that can do more.
    fn look_by_reads(&mut self) {
        let mut unfit = Vec::new();
        for (tool, entry) in &self.tools {
            let referents = entry.binding.referents.iter().map(|from| ("a referent", &from.tool));
            let outcome = entry.binding.outcome.iter().map(|from| ("its outcome", &from.tool));
            for (what, name) in referents.chain(outcome) {
                let reader = ToolId::new(tool.server().clone(), name).ok();
                let reader = reader.and_then(|reader| self.tools.get(&reader));
                let why = match reader {
                    None => "which its server does not have".to_owned(),
                    Some(reader) if reader.nature.effect != Effect::Read => {
                        format!("whose effect is {}: only what reads looks", reader.nature.effect)
                    }
                    // what people are shown of it, and its version, are written down
                    Some(reader) if reader.binding.gives_secrets() => "whose result may hold a secret".to_owned(),
                    // what it says is taken for the truth: it comes from nowhere else
                    Some(reader) if what == "its outcome" && reader.nature.egress != Egress::None => {
                        "which sends what its caller chose elsewhere".to_owned()
                    }
                    Some(_) => continue,
                };
                unfit.push((tool.clone(), format!("`bind` reads {what} with `{name}`, {why}")));
            }
        }
        for (tool, why) in unfit {
            if let Some(entry) = self.tools.get_mut(&tool) {
                entry.broken = true;
            }
            self.problems.push(CatalogueProblem { tool, why, of_binding: true });
        }
    }

    /// The control event it was compiled as of.
    pub const fn leaf(&self) -> Option<u64> {
        self.leaf
    }

    /// What is wrong, a tool at a time.
    pub fn problems(&self) -> &[CatalogueProblem] {
        &self.problems
    }

    /// Reads a call; `keyed` hashes its secrets. `None` when no such tool is known, or it is no tool that is called:
    /// `not_available`.
    pub fn read(&self, call: &Call, keyed: Keyed<'_>) -> Option<Read> {
        self.read_as(call, None, keyed)
    }

    /// Reads a call with what it points to, as somebody saw it just now. What they were not given to see refuses it.
    pub fn read_looked(&self, call: &Call, looked: &[Looked], keyed: Keyed<'_>) -> Option<Read> {
        self.read_as(call, Some(looked), keyed)
    }

    fn read_as(&self, call: &Call, looked: Option<&[Looked]>, keyed: Keyed<'_>) -> Option<Read> {
        let method = Method::of_tool(call.tool.tool());
        let entry = self.tools.get(&call.tool).filter(|_| method.is_none_or(Method::callable))?;
        Some(entry.read(call, looked, keyed))
    }

    /// What a call points to, and how to look at it.
    pub fn looks(&self, tool: &ToolId, arguments: &Json) -> Vec<Look> {
        self.tools.get(tool).map_or_else(Vec::new, |entry| entry.looks(tool, arguments))
    }

    /// How to read what a server has on record of a call, by its arguments as they were forwarded; `None` where nothing says.
    pub fn record_call(&self, tool: &ToolId, forwarded: &Json) -> Option<RecordCall> {
        self.tools.get(tool)?.record_call(tool, forwarded)
    }

    /// What the answer to that says of the act; `None` where it tells nothing.
    pub fn on_record(&self, tool: &ToolId, seen: &Json) -> Option<OnRecord> {
        self.tools.get(tool)?.on_record(seen)
    }

    /// What the caller calls this act, and whether that stands in the arguments: its keyed hash goes into [`Call::key`].
    pub fn key_of(&self, call: &Call) -> Option<(String, bool)> {
        match self.tools.get(&call.tool) {
            Some(entry) => entry.key_of(call),
            None => call.idempotency.clone().map(|beside| (beside, false)),
        }
    }

    /// Reads the bytes of a result of that tool. `kept_bytes_max` is what the template keeps of results; `key` makes a
    /// keyed hash of a kind and a normal form.
    pub fn observe(
        &self,
        tool: &ToolId,
        result: &[u8],
        kept_bytes_max: u64,
        key: &dyn Fn(&Kind, &str) -> Digest,
    ) -> Option<Observation> {
        self.tools.get(tool).map(|entry| entry.observe(result, kept_bytes_max, key))
    }

    /// What may be given out of a result of that tool to somebody who may read the classes of data that `readable` says.
    pub fn redact(&self, tool: &ToolId, result: &[u8], readable: &dyn Fn(&DataClass) -> bool) -> Option<Redacted> {
        self.tools.get(tool).map(|entry| entry.redact(result, readable))
    }

    /// Whether nothing is given of results of that tool but values of closed types.
    pub fn is_sanitizer(&self, tool: &ToolId) -> bool {
        self.tools.get(tool).is_some_and(Entry::is_sanitizer)
    }

    /// The ids that a result of a sanitizer says: of each is to be asked whether a list that nobody outside writes showed it.
    pub fn ids(&self, tool: &ToolId, result: &[u8]) -> Vec<(Kind, String)> {
        self.tools.get(tool).map(|entry| entry.ids(result)).unwrap_or_default()
    }

    /// What is given of a result of a sanitizer; `None` where it cannot be read. `known` says which ids are known.
    pub fn sanitize(&self, tool: &ToolId, result: &[u8], known: &dyn Fn(&Kind, &str) -> bool) -> Option<Vec<u8>> {
        self.tools.get(tool)?.sanitize(result, known)
    }

    /// The classes of data of what a binding of that tool does not name: errors, progress, texts, other fields; and of its fields.
    pub fn classes(&self, tool: &ToolId) -> (&[DataClass], Vec<DataClass>) {
        self.tools.get(tool).map_or((&[], Vec::new()), |entry| (&entry.classes, entry.by_field()))
    }

    /// What is known of a result of that tool that nobody may look into.
    pub fn unseen(&self, tool: &ToolId, size: u64) -> Observed {
        let bare = || Observed { size, ..Observed::default() };
        self.tools.get(tool).map_or_else(bare, |entry| entry.unseen(size))
    }

    /// The tools to show: those that can be called now, as reviewed, for which the filter says yes. Methods are not
    /// among them.
    pub fn tools_for<'a>(&'a self, filter: impl Fn(&ToolId, &ToolNature) -> bool) -> impl Iterator<Item = Shown<'a>> {
        let usable =
            |entry: &Entry| matches!(entry.standing, Standing::FirstUse | Standing::Reviewed | Standing::Reworded);
        self.tools.iter().filter_map(move |(tool, entry)| {
            let shown = usable(entry) && !entry.broken && Method::of_tool(tool.tool()).is_none();
            (shown && filter(tool, &entry.nature)).then(|| Self::shown(tool, entry)).flatten()
        })
    }

    /// The reviewed words of one tool or method.
    pub fn tool<'a>(&'a self, tool: &'a ToolId) -> Option<Shown<'a>> {
        self.tools.get(tool).and_then(|entry| Self::shown(tool, entry))
    }

    /// The reviewed words of a method: what the server lists under it.
    pub fn method(&self, server: &ServerName, method: Method) -> Option<&ToolWords> {
        let tool = ToolId::new(server.clone(), method.tool()).ok()?;
        self.tools.get(&tool)?.reviewed.as_ref().map(|reviewed| &reviewed.words)
    }

    fn shown<'a>(tool: &'a ToolId, entry: &'a Entry) -> Option<Shown<'a>> {
        let words = &entry.reviewed.as_ref()?.words;
        Some(Shown { tool, words, nature: entry.nature, standing: entry.standing })
    }

    /// Whether the tool's arguments can have something at this place; `None` where its schema is not known.
    pub fn has_place(&self, tool: &ToolId, at: &Pointer) -> Option<bool> {
        let reviewed = self.tools.get(tool)?.reviewed.as_ref()?;
        let tokens: Vec<Option<&str>> = at.tokens().into_iter().map(Some).collect();
        Some(reviewed.validator.place(&tokens) != Place::Nothing)
    }

    /// Arguments that no binding reads, by name or place.
    pub fn unbound(&self, tool: &ToolId) -> Vec<String> {
        let entry = self.tools.get(tool);
        let reviewed = entry.and_then(|entry| Some((entry, entry.reviewed.as_ref()?)));
        reviewed.map_or_else(Vec::new, |(entry, reviewed)| unread(&reviewed.validator, &entry.binding))
    }
}

/// Whether a binding and a schema belong together: places that the schema does not have, and places that it cannot check
/// and nobody accepted.
fn fits<'v>(binding: &Binding, validator: &'v Validator) -> (Vec<String>, Vec<&'v Unsupported>) {
    let nowhere = binding.places().filter(|path| {
        let tokens: Vec<Option<&str>> = path
            .steps()
            .iter()
            .map(|step| match step {
                Step::Every => None,
                Step::Member(name) => Some(&**name),
            })
            .collect();
        validator.place(&tokens) == Place::Nothing
    });
    let faults = nowhere.map(|path| format!("`bind` names `{path}`, which the schema does not have")).collect();
    let open = validator.unsupported().iter().filter(|place| !binding.accepts(&place.place)).collect();
    (faults, open)
}

#[cfg(test)]
mod tests;
