//! Patterns: which tools a row names, and which texts an argument may be. Both match the whole text, in linear time.

use crate::{BadName, ServerName, ToolId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// `server/tool`, where `*` stands for any run of characters: `bank/*`, `files/read_*`. The server is always named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ToolPattern {
    server: ServerName,
    tool: String,
}

impl ToolPattern {
    const EXPECTED: &str = "a tool pattern: `server/tool`, where `*` may stand in the tool's name at most 4 times";
    /// The most stars in one pattern: bounds the cost of a match.
    const STARS_MAX: usize = 4;

    /// Reads the pattern.
    ///
    /// # Errors
    /// [`BadName`] when the server is not named or the pattern has too many stars.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let bad = BadName { expected: Self::EXPECTED };
        let (server, tool) = text.split_once('/').ok_or(bad.clone())?;
        let stars = tool.matches('*').count();
        let fits = (1..=256).contains(&tool.len()) && stars <= Self::STARS_MAX && !tool.chars().any(char::is_control);
        if !fits {
            return Err(bad);
        }
        Ok(Self { server: ServerName::parse(server)?, tool: tool.to_owned() })
    }

    /// Whether the pattern names this tool.
    pub fn matches(&self, tool: &ToolId) -> bool {
        self.server == *tool.server() && wildcard(&self.tool, tool.tool())
    }

    /// Whether it names every tool that `other` names. A star of `other` stands for anything, so only a star covers it.
    pub fn covers(&self, other: &Self) -> bool {
        self.server == other.server && wildcard(&self.tool, &other.tool)
    }

    /// Whether some tool is named by both.
    pub fn meets(&self, other: &Self) -> bool {
        let (one, two) = (self.tool.as_str(), other.tool.as_str());
        let named = match (self.exact(), other.exact()) {
            (_, true) => wildcard(one, two),
            (true, false) => wildcard(two, one),
            // What stands between the stars of both goes between the longer head and the longer tail: those must agree.
            (false, false) => {
                let agree = |one: &str, two: &str, ends: fn(&str, &str) -> bool| ends(one, two) || ends(two, one);
                agree(head(one), head(two), |of, with| of.starts_with(with))
                    && agree(tail(one), tail(two), |of, with| of.ends_with(with))
            }
        };
        self.server == other.server && named
    }

    /// The server it speaks of.
    pub fn server(&self) -> &ServerName {
        &self.server
    }

    /// Whether it names exactly one tool.
    pub fn exact(&self) -> bool {
        !self.tool.contains('*')
    }
}

/// What stands before the first star.
fn head(pattern: &str) -> &str {
    pattern.split('*').next().unwrap_or_default()
}

/// What stands behind the last one.
fn tail(pattern: &str) -> &str {
    pattern.rsplit('*').next().unwrap_or_default()
}

/// Matches greedily from star to star: linear in the text for each star, and stars are few.
fn wildcard(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

impl fmt::Display for ToolPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.server, self.tool)
    }
}
impl Serialize for ToolPattern {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for ToolPattern {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::read_text::parsed(d, Self::parse)
    }
}

/// A regular expression over a whole text, compiled by a linear-time engine with a bounded size.
#[derive(Debug, Clone)]
pub struct TextPattern {
    text: String,
    compiled: regex::Regex,
}

impl TextPattern {
    /// The most bytes a pattern may have.
    pub const BYTES_MAX: usize = 1024;
    const COMPILED_BYTES_MAX: usize = 256 << 10;
    const LONG: &str = "a pattern of at most 1024 bytes";
    const NONE: &str = "a pattern that is a regular expression, without look-around and back-references";
    const COSTLY: &str = "a pattern that is cheap to match: a count multiplies what it counts, and `\\w`, `\\d` or `.` stand for \
                          thousands of characters, so write `[a-z0-9]+` in the place of `\\w{1,500}`, no count within a \
                          count, and say by `length` how long the text may be";

    /// Compiles the pattern; it matches whole texts only.
    ///
    /// # Errors
    /// [`BadName`] when it is too long, not a regular expression, or needs more than a linear engine gives.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        if text.len() > Self::BYTES_MAX {
            return Err(BadName { expected: Self::LONG });
        }
        let bad = |error| match error {
            regex::Error::CompiledTooBig(_) => BadName { expected: Self::COSTLY },
            _ => BadName { expected: Self::NONE },
        };
        let build =
            |text: &str| regex::RegexBuilder::new(text).size_limit(Self::COMPILED_BYTES_MAX).build().map_err(bad);
        // By itself first: a text whose brackets close what stands around it would escape the whole.
        build(text)?;
        let compiled = build(&format!("^(?:{text})$"))?;
        Ok(Self { text: text.to_owned(), compiled })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the whole text is of this form.
    pub fn matches(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }
}

impl PartialEq for TextPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl Eq for TextPattern {}
impl Serialize for TextPattern {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}
impl<'de> Deserialize<'de> for TextPattern {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::read_text::parsed(d, Self::parse)
    }
}

#[cfg(test)]
mod tests;
