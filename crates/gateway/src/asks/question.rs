//! A server's question, as the client is shown it: who asks stands first, in our words; theirs stand last.

use super::secret::asks_for_secret;
use super::{ASKED_BYTES_MAX, Kind};
use bailiwick_core::json::{Json, Object};
use bailiwick_core::normal::invisible;
use bailiwick_core::{ServerName, sha256};
use std::fmt;

/// The most characters of a question.
const MESSAGE_CHARS_MAX: usize = 4096;
/// The most lines of a question.
const MESSAGE_LINES_MAX: usize = 40;
/// The most characters of a title or description in a form.
const LABEL_CHARS_MAX: usize = 1024;
/// How much of it is kept with the answer.
const KEPT_CHARS_MAX: usize = 1024;
/// The most characters of a page's address, and of the id of a question about one.
const URL_CHARS_MAX: usize = 2048;
/// The most values of one form.
const NAMES_MAX: usize = 64;
/// The most messages that a model is given.
const MESSAGES_MAX: usize = 256;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asker {
    pub(crate) server: ServerName,
    pub(crate) zone: Option<String>,
}

impl fmt::Display for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "server `{}`", self.server)?;
        self.zone.as_ref().map_or(Ok(()), |zone| write!(f, " (zone `{zone}`)"))
    }
}

/// What a server asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) kind: Kind,
    /// It is about a page to open.
    pub(crate) url: bool,
    /// As the client is shown it.
    pub(crate) params: Object,
    /// As policies see it beside the answer, and as the record keeps it.
    pub(crate) asked: Json,
}

/// Why a client is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unasked {
    /// It asks a person for a secret.
    Secret,
    TooLarge,
    /// It is not as MCP says.
    Malformed(&'static str),
}

impl fmt::Display for Unasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret => f.write_str("it asks a person for a secret, and nobody is asked for one here"),
            Self::TooLarge => write!(f, "what it asks is larger than {ASKED_BYTES_MAX} bytes"),
            Self::Malformed(why) => f.write_str(why),
        }
    }
}

impl Question {
    /// What the values of its answer are checked against; null where it has none.
    pub(crate) fn form(&self) -> &Json {
        self.params.get("requestedSchema").unwrap_or(&Json::Null)
    }

    /// Reads what a server asks. Members that we do not know are not passed on.
    pub(crate) fn read(kind: Kind, params: &Object, asker: &Asker) -> Result<Self, Unasked> {
        let whole = Json::Object(params.clone()).canonical();
        if whole.len() > ASKED_BYTES_MAX {
            return Err(Unasked::TooLarge);
        }
        let digest = sha256(whole.as_bytes()).to_string();
        match kind {
            Kind::Elicitation => elicitation(params, asker, &digest),
            Kind::Sampling => sampling(params, asker, &digest),
            Kind::Roots => {
                let (params, asked) = (Object::default(), Json::Null);
                Ok(Self { kind, url: false, params, asked })
            }
        }
    }
}

fn elicitation(params: &Object, asker: &Asker, digest: &str) -> Result<Question, Unasked> {
    let message = text_of(params, "message").ok_or(Unasked::Malformed("expected `message` to be a string"))?;
    let url = match params.get("mode").map(Json::as_str) {
        None | Some(Some("form")) => false,
        Some(Some("url")) => true,
        Some(_) => return Err(Unasked::Malformed("expected `mode` to be `form` or `url`")),
    };
    let mut shown = Object::default();
    if let Some(mode) = params.get("mode") {
        shown.insert("mode", mode.clone());
    }
    let mut asked = Object::default();
    asked.insert("digest", Json::from(digest));
    asked.insert("message", Json::from(cut(&plain(message), KEPT_CHARS_MAX)));
    asked.insert("mode", Json::from(if url { "url" } else { "form" }));
    let mut about = "asks".to_owned();
    if url {
        let (page, host) = page(params)?;
        about = format!("asks to open a page of `{host}`");
        asked.insert("url", Json::from(page));
        shown.insert("url", Json::from(page));
        if let Some(id) = text_of(params, "elicitationId") {
            if !is_plain(id) || id.chars().count() > URL_CHARS_MAX {
                return Err(Unasked::Malformed("expected `elicitationId` to be a short plain text"));
            }
            shown.insert("elicitationId", Json::from(id));
        }
    } else {
        let schema = params.get("requestedSchema").filter(|schema| schema.as_object().is_some());
        let schema = schema.ok_or(Unasked::Malformed("expected `requestedSchema` to be an object"))?;
        if asks_for_secret(message, schema) {
            return Err(Unasked::Secret);
        }
        asked.insert("names", names(schema)?);
        shown.insert("requestedSchema", super::form::form(schema)?);
    }
    let who = format!("The {asker} {about}:");
    shown.insert("message", Json::from(format!("{who}\n{}", quote(&cut(&plain(message), MESSAGE_CHARS_MAX)))));
    Ok(Question { kind: Kind::Elicitation, url, params: shown, asked: Json::Object(asked) })
}

/// The names of what a form asks for.
fn names(schema: &Json) -> Result<Json, Unasked> {
    let properties = schema.get("properties").and_then(Json::as_object);
    let properties = properties.ok_or(Unasked::Malformed("expected `requestedSchema.properties` to be an object"))?;
    if properties.len() > NAMES_MAX {
        return Err(Unasked::Malformed("the form asks for more values than a form may have"));
    }
    Ok(Json::array(properties.keys().map(Json::from)))
}

/// The page to open, and whose it is. Plain HTTP stays on this machine.
fn page(params: &Object) -> Result<(&str, String), Unasked> {
    let bad = Unasked::Malformed("expected `url` to be the `https` address of a page");
    let url = text_of(params, "url").filter(|url| url.len() <= URL_CHARS_MAX && is_plain(url)).ok_or(bad)?;
    let host = bailiwick_core::normal::url_host(url).ok_or(bad)?;
    let here = matches!(&*host, "127.0.0.1" | "localhost" | "[::1]" | "::1");
    if url.starts_with("https://") || here && url.starts_with("http://") {
        Ok((url, host.to_string()))
    } else {
        Err(bad)
    }
}

/// What the client's model is asked. Nothing of other servers is brought in (`includeContext`), and no tools: neither was
/// declared.
fn sampling(params: &Object, asker: &Asker, digest: &str) -> Result<Question, Unasked> {
    let messages = params.get("messages").and_then(Json::as_array);
    let messages = messages.ok_or(Unasked::Malformed("expected `messages` to be a list"))?;
    if messages.len() > MESSAGES_MAX {
        return Err(Unasked::TooLarge);
    }
    if params.get("maxTokens").and_then(Json::as_number).is_none() {
        return Err(Unasked::Malformed("expected `maxTokens` to be a number"));
    }
    // rebuilt from what MCP names; a model may take the system prompt for its user's, so it says first whose it is
    let mut shown = Object::default();
    shown.insert("messages", Json::array(messages.iter().map(message).collect::<Result<Vec<_>, _>>()?));
    let own = text_of(params, "systemPrompt").map_or_else(String::new, |own| format!("\n\n{}", plain(own)));
    shown.insert("systemPrompt", Json::from(format!("This is asked by the {asker}.{own}")));
    for name in ["maxTokens", "temperature"] {
        if let Some(number) = params.get(name).filter(|value| value.as_number().is_some()) {
            shown.insert(name, number.clone());
        }
    }
    if let Some(stops) = params.get("stopSequences").and_then(Json::as_array) {
        shown.insert("stopSequences", Json::array(stops.iter().filter(|stop| stop.as_str().is_some()).cloned()));
    }
    if let Some(wished) = params.get("modelPreferences").and_then(Json::as_object) {
        shown.insert("modelPreferences", Json::Object(preferences(wished)));
    }
    let last = messages.last().and_then(|message| message.get("content")?.get("text")?.as_str());
    let mut asked = Object::default();
    asked.insert("digest", Json::from(digest));
    if let Some(last) = last {
        asked.insert("message", Json::from(cut(&plain(last), KEPT_CHARS_MAX)));
    }
    Ok(Question { kind: Kind::Sampling, url: false, params: shown, asked: Json::Object(asked) })
}

fn message(said: &Json) -> Result<Json, Unasked> {
    let role = said.get("role").and_then(Json::as_str).filter(|role| matches!(*role, "user" | "assistant"));
    let role = role.ok_or(Unasked::Malformed("expected each message to be of `user` or `assistant`"))?;
    let content = match said.get("content") {
        Some(block @ Json::Object(_)) => self::block(block)?,
        Some(Json::Array(blocks)) => Json::array(blocks.iter().map(block).collect::<Result<Vec<_>, _>>()?),
        _ => return Err(Unasked::Malformed("expected each message to have `content`")),
    };
    Ok(Json::object([("content", content), ("role", Json::from(role))]))
}

fn block(said: &Json) -> Result<Json, Unasked> {
    let bad = Unasked::Malformed("expected messages to be texts, images or sound");
    let text = |name: &str| said.get(name).and_then(Json::as_str).ok_or(bad);
    match text("type")? {
        "text" => Ok(Json::object([("text", Json::from(plain(text("text")?))), ("type", Json::from("text"))])),
        kind @ ("image" | "audio") => {
            let (data, mime) = (text("data")?, text("mimeType")?);
            if !is_plain(data) || !is_plain(mime) {
                return Err(bad);
            }
            let members = [("data", Json::from(data)), ("mimeType", Json::from(mime)), ("type", Json::from(kind))];
            Ok(Json::object(members))
        }
        _ => Err(bad),
    }
}

fn preferences(wished: &Object) -> Object {
    let mut out = Object::default();
    for name in ["costPriority", "intelligencePriority", "speedPriority"] {
        if let Some(number) = wished.get(name).filter(|value| value.as_number().is_some()) {
            out.insert(name, number.clone());
        }
    }
    if let Some(hints) = wished.get("hints").and_then(Json::as_array) {
        let named = |hint: &Json| Some(Json::object([("name", Json::from(plain(hint.get("name")?.as_str()?)))]));
        out.insert("hints", Json::array(hints.iter().filter_map(named)));
    }
    out
}

fn text_of<'a>(params: &'a Object, name: &str) -> Option<&'a str> {
    params.get(name).and_then(Json::as_str)
}

fn cut(text: &str, chars_max: usize) -> String {
    let mut out: String = text.chars().take(chars_max).collect();
    if text.chars().nth(chars_max).is_some() {
        out.push('…');
    }
    out
}

pub(super) fn is_plain(text: &str) -> bool {
    !text.chars().any(invisible)
}

/// Text that shows what it is: line breaks and tabs stay, what hides is written out. Of a sign that has a coloured form
/// the plain one is left.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars().filter(|c| *c != '\u{fe0f}') {
        if invisible(c) && !matches!(c, '\n' | '\t') {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// Somebody else's lines, each marked as theirs: none can pass for ours.
fn quote(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().take(MESSAGE_LINES_MAX).map(|line| format!("> {line}")).collect();
    if text.lines().nth(MESSAGE_LINES_MAX).is_some() {
        lines.push("> …".to_owned());
    }
    lines.join("\n")
}

/// A title or description: one bounded line.
pub(super) fn label(text: &str) -> String {
    cut(&plain(text).split_whitespace().collect::<Vec<_>>().join(" "), LABEL_CHARS_MAX)
}
