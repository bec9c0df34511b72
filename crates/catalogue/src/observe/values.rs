//! The values of a result: those that a binding names, with whether anybody outside could have written them, and the
//! addresses that stand in everything else.

use super::classes::says_the_same;
use crate::binding::{ResultForm, ResultValue, Trusted};
use crate::path::Hit;
use crate::read::typed;
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::normal::{Kind, found, normal};
use bailiwick_core::{Digest, ObservedValue};
use std::collections::BTreeSet;

/// The most values of one result. What is beyond is unknown where it is asked for.
const VALUES_MAX: usize = 256;
/// How many of them are untrusted, if there are so many: whoever answers with many trusted ones hides none of them.
const UNTRUSTED_SHARE: usize = 64;
const _: () = assert!(UNTRUSTED_SHARE < VALUES_MAX);
/// How much of a result's text is searched. An address behind it is unknown where it is asked for.
const SEARCHED_BYTES_MAX: usize = 256 << 10;

/// Hashes a value of a kind in its normal form.
type KeyOf<'k> = &'k dyn Fn(&Kind, &str) -> Digest;

/// Trusted values first, then the others. `result` is as received, `json` the same read strictly, `content` what bindings
/// look into. Where texts are not searched, what a binding names is all.
pub(super) fn read(
    form: &ResultForm,
    result: &[u8],
    json: Option<&Json>,
    content: Option<&Json>,
    (key, searches): (KeyOf<'_>, bool),
) -> Vec<ObservedValue> {
    let mut reader = Reader::new(key);
    if !searches {
        reader.searched_bytes = SEARCHED_BYTES_MAX;
    }
    if let Some(content) = content {
        for value in &form.values {
            for hit in value.at.find(content).hits {
                reader.bound(value, &hit, content);
            }
        }
        reader.search_below(content);
    }
    match json {
        // what is not strict JSON is one text
        None => {
            let start = result.get(..SEARCHED_BYTES_MAX).unwrap_or(result);
            reader.search(&String::from_utf8_lossy(start), &Pointer::root(), &Pointer::root());
        }
        Some(json) => reader.search_around(json, content),
    }
    let Reader { mut trusted, mut others, .. } = reader;
    trusted.truncate(VALUES_MAX - others.len().min(UNTRUSTED_SHARE));
    others.truncate(VALUES_MAX - trusted.len());
    trusted.append(&mut others);
    trusted
}

struct Reader<'k> {
    key: KeyOf<'k>,
    trusted: Vec<ObservedValue>,
    others: Vec<ObservedValue>,
    /// Places that hold a value of their kind: they are no text to search.
    read: BTreeSet<String>,
    records: BTreeSet<String>,
    /// What was found already, in which record.
    seen: BTreeSet<(Digest, Pointer)>,
    searched_bytes: usize,
}

impl<'k> Reader<'k> {
    fn new(key: KeyOf<'k>) -> Self {
        let (read, records, seen) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { key, trusted: Vec::new(), others: Vec::new(), read, records, seen, searched_bytes: 0 }
    }

    /// A value that breaks its kind is none: it is searched as any other text.
    fn bound(&mut self, value: &ResultValue, hit: &Hit<'_>, content: &Json) {
        let Some(form) = typed(&value.kind, hit.value) else { return };
        let record = hit.record.clone().unwrap_or_default();
        self.records.insert(record.to_string());
        let trusted = value.trusted.holds(hit, content);
        let one = ObservedValue {
            created: value.created && trusted,
            hash: (self.key)(&value.kind, &form),
            kind: value.kind.to_string(),
            name: value.name,
            own: value.own && trusted,
            pointer: hit.pointer.clone(),
            record: Some(record.to_string()),
            trusted,
        };
        self.put(one);
        let prose = matches!(value.kind, Kind::Content | Kind::Text | Kind::Title);
        // What stands inside a text that nobody outside can write is theirs neither. Other texts are searched below.
        if prose
            && trusted
            && let Some(text) = hit.value.as_str()
        {
            self.found_in(text, &hit.pointer, &record, true);
        }
        if !prose || trusted {
            self.read.insert(hit.pointer.to_string());
        }
    }

    fn put(&mut self, value: ObservedValue) {
        let into = if value.trusted { &mut self.trusted } else { &mut self.others };
        // more than are kept are not gathered
        if into.len() < VALUES_MAX {
            into.push(value);
        }
    }

    /// Every string in a value, and every name of a member: whoever fills a map writes its names.
    fn search_below(&mut self, value: &Json) {
        let mut rest = vec![(Pointer::root(), Pointer::root(), value)];
        while let Some((at, record, value)) = rest.pop() {
            if self.searched_bytes >= SEARCHED_BYTES_MAX {
                return;
            }
            let name = if self.read.is_empty() && self.records.is_empty() { String::new() } else { at.to_string() };
            if self.read.contains(&name) {
                continue;
            }
            let record = if self.records.contains(&name) { at.clone() } else { record };
            match value {
                Json::String(text) => self.search(text, &at, &record),
                Json::Array(items) => {
                    let inner = items.iter().enumerate().rev().map(|(index, item)| {
                        let at = at.clone().index(index);
                        (at.clone(), at, item)
                    });
                    rest.extend(inner);
                }
                Json::Object(members) => {
                    let mut inner: Vec<_> = Vec::with_capacity(members.len());
                    for (name, item) in members.iter() {
                        let place = at.clone().join(name);
                        self.search(name, &place, &record);
                        inner.push((place, record.clone(), item));
                    }
                    rest.extend(inner.into_iter().rev());
                }
                Json::Null | Json::Bool(_) | Json::Number(_) => {}
            }
        }
    }

    /// What stands in a result beside what bindings look into.
    fn search_around(&mut self, json: &Json, content: Option<&Json>) {
        let structured = json.get("structuredContent").is_some();
        let of_text = !structured && json.get("content").is_some() && content.is_some();
        let Some(members) = json.as_object().filter(|_| structured || of_text || content.is_none()) else { return };
        // its places are those of the whole result, which were not read
        self.read.clear();
        self.records.clear();
        let skip = match (structured, of_text) {
            (true, _) => "structuredContent",
            (false, true) => "content",
            (false, false) => "",
        };
        // A text that says what the structure says, as servers do for clients that read no structure, tells nothing more.
        let beside = |value: &Json| match (value, content) {
            (Json::Array(items), Some(content)) if structured => {
                Json::array(items.iter().filter(|item| !says_the_same(item, content)).cloned())
            }
            (value, _) => value.clone(),
        };
        let around = members.iter().filter(|(name, _)| *name != skip);
        self.search_below(&Json::Object(around.map(|(name, value)| (name, beside(value))).collect()));
    }

    fn search(&mut self, text: &str, at: &Pointer, record: &Pointer) {
        self.found_in(text, at, record, false);
    }

    fn found_in(&mut self, text: &str, at: &Pointer, record: &Pointer, trusted: bool) {
        if text.len() < 4 || self.searched_bytes >= SEARCHED_BYTES_MAX {
            return;
        }
        let left = SEARCHED_BYTES_MAX - self.searched_bytes;
        let end = (0..=left.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        let text = text.get(..end).unwrap_or_default();
        self.searched_bytes += text.len();
        for one in found(text, VALUES_MAX).found {
            // what has no form equals nothing, so there is nothing to remember
            let Some(form) = one.normal else { continue };
            let pages = first_pages(&one.kind, &form);
            for (kind, form) in std::iter::once((one.kind, form)).chain(pages) {
                let hash = (self.key)(&kind, &form);
                if !self.seen.insert((hash, record.clone())) {
                    continue;
                }
                self.put(ObservedValue {
                    created: false,
                    hash,
                    kind: kind.to_string(),
                    name: false,
                    own: false,
                    pointer: at.clone(),
                    record: Some(record.to_string()),
                    trusted,
                });
            }
        }
    }
}

/// Who names a host in a text names its first page, as in what a person says.
fn first_pages(kind: &Kind, host: &str) -> Vec<(Kind, String)> {
    let page = |scheme: &str| Some((Kind::Url, normal(&Kind::Url, &format!("{scheme}//{host}/"))?));
    if *kind == Kind::Host { ["https:", ""].into_iter().filter_map(page).collect() } else { Vec::new() }
}

impl Trusted {
    fn holds(&self, hit: &Hit<'_>, content: &Json) -> bool {
        match self {
            Self::No => false,
            Self::Yes => true,
            Self::Where(at, values) => {
                let place = at.beside(hit);
                let there = place.and_then(|place| content.pointer(&place));
                there.is_some_and(|there| values.contains(there))
            }
        }
    }
}
