//! The strict reader: one pass, its own stack, no recursion.

use super::{
    DEPTH_MAX, Json, Limits,
    error::{Fault, JsonError, Place},
    number::{Number, NumberFault},
    object::{KeyClash, Object},
    pointer::Pointer,
    strings,
};
use std::sync::Arc;

/// An array or object that is not closed yet.
enum Open {
    Array(Vec<Json>),
    Object { members: Vec<(Arc<str>, Json)>, key: Option<Arc<str>>, first_key: usize },
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    limits: &'t Limits,
    nodes: usize,
    open: Vec<Open>,
    /// Where the keys of all open objects stand, for the message about a clash.
    key_places: Vec<usize>,
    /// An element was just read, so the place is the array and not its next element.
    between: bool,
    scratch: String,
}

pub(super) fn document(bytes: &[u8], limits: &Limits) -> Result<Json, JsonError> {
    let start = |fault| JsonError { fault, place: place_in("", 0, Pointer::root()) };
    if bytes.len() > limits.bytes {
        return Err(start(Fault::TooManyBytes { most: limits.bytes }));
    }
    // RFC 8259 section 8.1 lets a parser ignore it; two readers then differ
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(start(Fault::ByteOrderMark));
    }
    let text = str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).and_then(|head| str::from_utf8(head).ok()).unwrap_or_default();
        JsonError { fault: Fault::NotUtf8, place: place_in(valid, valid.len(), Pointer::root()) }
    })?;
    let scratch = String::new();
    let mut parser =
        Parser { text, at: 0, limits, nodes: 0, open: Vec::new(), key_places: Vec::new(), between: false, scratch };
    parser.document().map_err(|(fault, at)| JsonError { fault, place: place_in(text, at, parser.pointer()) })
}

fn place_in(text: &str, at: usize, pointer: Pointer) -> Place {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    Place { byte: at, line, column, pointer }
}

type Step<T> = Result<T, (Fault, usize)>;

impl Parser<'_> {
    fn document(&mut self) -> Step<Json> {
        loop {
            self.skip_space();
            if let Some(mut value) = self.value()? {
                // the value may end its array or object, and that the next one out
                loop {
                    match self.put(value)? {
                        Put::Whole(document) => return self.end().map(|()| document),
                        Put::Closed(closed) => value = closed,
                        Put::Next => break,
                    }
                }
            }
        }
    }

    /// A scalar or an empty container; `None` when a container was opened and its first value comes next.
    fn value(&mut self) -> Step<Option<Json>> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return self.fail(Fault::TooManyValues { most: self.limits.nodes });
        }
        match self.peek() {
            Some(b'"') => Ok(Some(Json::String(self.string()?))),
            Some(b'{') => self.open_object(),
            Some(b'[') => self.open_array(),
            Some(b'-' | b'0'..=b'9') => self.number().map(|number| Some(Json::Number(number))),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            _ => self.expected("a value"),
        }
    }

    fn open_array(&mut self) -> Step<Option<Json>> {
        self.deeper()?;
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Some(Json::Array(Vec::new())));
        }
        self.open.push(Open::Array(Vec::new()));
        Ok(None)
    }

    fn open_object(&mut self) -> Step<Option<Json>> {
        self.deeper()?;
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Some(Json::Object(Object::default())));
        }
        self.open.push(Open::Object { members: Vec::new(), key: None, first_key: self.key_places.len() });
        self.key("a key or `}`")?;
        Ok(None)
    }

    fn deeper(&self) -> Step<()> {
        let most = self.limits.depth.min(DEPTH_MAX);
        if self.open.len() >= most { self.fail(Fault::TooDeep { most }) } else { Ok(()) }
    }

    fn key(&mut self, expected: &'static str) -> Step<()> {
        if self.peek() != Some(b'"') {
            return self.expected(expected);
        }
        self.key_places.push(self.at);
        let name = self.string()?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return self.expected("`:`");
        }
        self.at += 1;
        if let Some(Open::Object { key, .. }) = self.open.last_mut() {
            *key = Some(name);
        }
        Ok(())
    }

    /// Puts a whole value where it belongs and reads what follows it.
    fn put(&mut self, value: Json) -> Step<Put> {
        self.skip_space();
        let next = self.peek();
        match self.open.last_mut() {
            None => Ok(Put::Whole(value)),
            Some(Open::Array(items)) => {
                items.push(value);
                self.between = true;
                match next {
                    Some(b',') => self.between = false,
                    Some(b']') => return self.close(),
                    _ => return self.expected("`,` or `]`"),
                }
                self.at += 1;
                Ok(Put::Next)
            }
            Some(Open::Object { members, key, .. }) => {
                members.extend(key.take().map(|name| (name, value)));
                match next {
                    Some(b',') => {}
                    Some(b'}') => return self.close(),
                    _ => return self.expected("`,` or `}`"),
                }
                self.at += 1;
                self.skip_space();
                self.key("a key")?;
                Ok(Put::Next)
            }
        }
    }

    fn close(&mut self) -> Step<Put> {
        self.at += 1;
        self.between = false;
        match self.open.pop() {
            Some(Open::Array(items)) => Ok(Put::Closed(Json::Array(items))),
            Some(Open::Object { members, first_key, .. }) => match Object::from_members(members) {
                Ok(object) => {
                    self.key_places.truncate(first_key);
                    Ok(Put::Closed(Json::Object(object)))
                }
                Err(clash) => Err(self.clash(&clash, first_key)),
            },
            // by INVARIANT of put: it closes only what is open
            None => self.expected("the end"),
        }
    }

    /// Finds the later of two clashing keys by reading the object's keys again.
    fn clash(&mut self, clash: &KeyClash, first_key: usize) -> (Fault, usize) {
        let places = self.key_places.split_off(first_key);
        let mut earlier: Option<Arc<str>> = None;
        for place in places {
            self.at = place;
            let Ok(key) = self.string() else { continue };
            if key != clash.key && key != clash.other {
                continue;
            }
            let Some(earlier) = &earlier else {
                earlier = Some(key);
                continue;
            };
            let fault = if *earlier == key {
                Fault::DuplicateKey { key: (&*key).into() }
            } else {
                Fault::ClashingKeys { key: (&*key).into(), earlier: (&**earlier).into() }
            };
            self.open.push(Open::Object { members: Vec::new(), key: Some(key), first_key });
            return (fault, place);
        }
        (Fault::DuplicateKey { key: (&*clash.key).into() }, self.at)
    }

    fn end(&self) -> Step<()> {
        if self.at == self.text.len() { Ok(()) } else { self.fail(Fault::Trailing) }
    }

    fn string(&mut self) -> Step<Arc<str>> {
        let start = self.at + 1;
        let rest = self.text.get(start..).unwrap_or_default();
        let (text, length) =
            strings::read(rest, &mut self.scratch).map_err(|(fault, offset)| (fault, start + offset))?;
        self.at = start + length;
        Ok(text.into())
    }

    /// RFC 8259 section 6.
    fn number(&mut self) -> Step<Number> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if matches!(self.peek(), Some(b'0'..=b'9')) {
            return self.expected("no digit after a leading zero");
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        Number::read(text).map_err(|fault| match fault {
            NumberFault::OutOfRange => (Fault::NumberOutOfRange, start),
            NumberFault::Inexact(kept) => (Fault::InexactNumber { becomes: kept.as_str().into() }, start),
        })
    }

    fn digits(&mut self) -> Step<()> {
        let rest = self.rest();
        let count = rest.iter().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
        if count == 0 {
            return self.expected("a digit");
        }
        self.at += count;
        Ok(())
    }

    fn word(&mut self, word: &'static str, value: Json) -> Step<Option<Json>> {
        if !self.rest().starts_with(word.as_bytes()) {
            return self.expected("a value");
        }
        self.at += word.len();
        Ok(Some(value))
    }

    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn fail<T>(&self, fault: Fault) -> Step<T> {
        Err((fault, self.at))
    }

    fn expected<T>(&self, expected: &'static str) -> Step<T> {
        let found = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        self.fail(Fault::Expected { expected, found })
    }

    /// The value that is being read.
    fn pointer(&self) -> Pointer {
        let deepest = self.open.len();
        self.open.iter().zip(1..).fold(Pointer::root(), |pointer, (open, depth)| match open {
            Open::Array(_) if self.between && depth == deepest => pointer,
            Open::Array(items) => pointer.index(items.len()),
            Open::Object { key: Some(key), .. } => pointer.join(key.clone()),
            Open::Object { key: None, .. } => pointer,
        })
    }
}

/// What became of a value.
enum Put {
    /// It is the document.
    Whole(Json),
    /// It was the last of this array or object.
    Closed(Json),
    /// Another follows.
    Next,
}
