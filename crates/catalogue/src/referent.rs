//! Referents: what an argument points to (a draft, a pull request, a script), and how to see which version of it stands there.
//! A yes to "send draft 7" is a yes to what draft 7 said.

use crate::catalogue::Entry;
use crate::observe::structured;
use crate::path::Path;
use crate::schema::Openness;
use bailiwick_core::json::{Json, Object, Pointer};
use bailiwick_core::{Code, Reason, Referent, Resolved, ToolId, sha256};

/// The most referents of one tool.
pub(crate) const REFERENTS_MAX: usize = 4;
/// The most places of one referent that people are shown.
pub(crate) const SHOWN_MAX: usize = 16;
/// The most bytes that are shown of one referent: what is longer cannot be shown whole.
const SHOWN_BYTES_MAX: usize = 16 << 10;
/// The longest version.
const VERSION_BYTES_MAX: usize = 256;

/// How what an argument points to is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReferentFrom {
    /// The argument.
    pub(crate) at: Path,
    /// The tool of the same server that reads it.
    pub(crate) tool: String,
    /// Its arguments, and where in this call they stand.
    pub(crate) arguments: Vec<(String, Path)>,
    /// Where the result says which version it is; without it, all that it says is the version.
    pub(crate) version: Option<Path>,
    /// What of it people are shown.
    pub(crate) show: Vec<Path>,
    /// The argument that the server takes the version as, so that it refuses another.
    pub(crate) send: Option<String>,
}

impl ReferentFrom {
    /// Every place of the call that it looks at.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(&self.at).chain(self.arguments.iter().map(|(_, from)| from))
    }

    /// The argument, where this call has it.
    fn pointer(&self, arguments: &Json) -> Option<Pointer> {
        self.at.find(arguments).hits.into_iter().next().map(|hit| hit.pointer)
    }

    fn read(&self, seen: &Json) -> Result<(String, Vec<Resolved>), &'static str> {
        if seen.get("isError").is_some_and(|flag| flag.as_bool() != Some(false)) {
            return Err("the server says that it failed");
        }
        let content = structured(seen);
        let content = content.as_ref().unwrap_or(seen);
        let one = |path: &Path| path.find(content).hits.into_iter().next();
        let version = match &self.version {
            None => sha256(content.canonical().as_bytes()).to_string(),
            Some(path) => match one(path).map(|hit| hit.value) {
                Some(Json::String(text)) => text.to_string(),
                Some(Json::Number(number)) => number.to_string(),
                _ => return Err("the server does not say which version it is"),
            },
        };
        if version.is_empty() || version.len() > VERSION_BYTES_MAX {
            return Err("the server says a version that is empty or too long");
        }
        let shown = self.show.iter().filter_map(one).map(|hit| {
            let value = hit.value.as_str().map_or_else(|| hit.value.canonical(), str::to_owned);
            Resolved { at: hit.pointer, value }
        });
        let shown: Vec<Resolved> = shown.collect();
        if shown.iter().map(|shown| shown.value.len()).sum::<usize>() > SHOWN_BYTES_MAX {
            return Err("it is too long to be shown whole");
        }
        Ok((version, shown))
    }
}

/// Something to be read before a call can be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The argument that points to it.
    pub pointer: Pointer,
    /// The tool that reads it, of the same server.
    pub tool: ToolId,
    /// With these arguments.
    pub arguments: Json,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The argument that points to it.
    pub pointer: Pointer,
    /// The result, as the server gave it; `None` when there is none.
    pub seen: Option<Json>,
}

impl Entry {
    /// What a call of this tool points to.
    pub(crate) fn looks(&self, tool: &ToolId, arguments: &Json) -> Vec<Look> {
        let each = self.binding.referents.iter().filter_map(|from| {
            let pointer = from.pointer(arguments)?;
            let members = from.arguments.iter().filter_map(|(name, path)| {
                let hit = path.find(arguments).hits.into_iter().next()?;
                Some((name.clone(), hit.value.clone()))
            });
            let tool = ToolId::new(tool.server().clone(), &from.tool).ok()?;
            Some(Look { pointer, tool, arguments: Json::object(members) })
        });
        each.collect()
    }

    /// What a call points to, as far as somebody has looked, and why it is refused when they saw nothing.
    pub(crate) fn referents(&self, arguments: &Json, looked: Option<&[Looked]>) -> (Vec<Referent>, Option<Reason>) {
        let mut unread = None;
        let each = self.binding.referents.iter().filter_map(|from| {
            let pointer = from.pointer(arguments)?;
            let nothing = |pointer| Referent { pointer, shown: Vec::new(), version: None };
            let Some(looked) = looked else { return Some(nothing(pointer)) };
            let seen = looked.iter().find(|looked| looked.pointer == pointer).and_then(|looked| looked.seen.as_ref());
            match seen.map_or(Err("nothing came back"), |seen| from.read(seen)) {
                Ok((version, shown)) => Some(Referent { pointer, shown, version: Some(version) }),
                Err(why) => {
                    let why = format!("read with `{}`: {why}", from.tool);
                    unread.get_or_insert(Reason::new(Code::ReferentUnread).at(&pointer).asked(why));
                    Some(nothing(pointer))
                }
            }
        });
        let referents = each.collect();
        (referents, unread)
    }

    /// The arguments with versions as preconditions, where the server takes them: it refuses what changed since.
    pub(crate) fn with_versions(&self, arguments: &Json, referents: &[Referent]) -> Result<Option<Json>, Reason> {
        let mut with: Option<Object> = None;
        for from in &self.binding.referents {
            let read = from.pointer(arguments).and_then(|at| referents.iter().find(|referent| referent.pointer == at));
            let (Some(name), Some(version)) = (&from.send, read.and_then(|referent| referent.version.as_deref()))
            else {
                continue;
            };
            match arguments.get(name).filter(|value| !value.is_null()) {
                Some(own) if own.as_str() == Some(version) => {}
                Some(_) => return Err(Reason::new(Code::ReferentChanged).at(&Pointer::root().join(name.as_str()))),
                None => {
                    let members = with.get_or_insert_with(|| arguments.as_object().cloned().unwrap_or_default());
                    members.insert(name.as_str(), Json::from(version));
                }
            }
        }
        let Some(with) = with.map(Json::Object) else { return Ok(None) };
        let openness = Openness::of(self.nature.effect, self.nature.egress);
        let fits = self.checked().is_some_and(|validator| validator.check(&with, openness).is_ok());
        let unfit = || Reason::new(Code::ReferentUnread).asked("its version is none that the tool's schema takes");
        if fits { Ok(Some(with)) } else { Err(unfit()) }
    }
}

#[cfg(test)]
mod tests;
