//! What serde cannot say of a template: spans, bounds, and that parameters stand where values do.

use super::read::undotted;
use super::{BadDocument, Template};
use crate::Span;

impl Template {
    pub(super) fn check(&self) -> Result<(), BadDocument> {
        let bad = |place: &str, why: String| BadDocument { at: undotted(place), why };
        let window = Span::parse(&self.window)
            .ok_or_else(|| bad("window", format!("expected a span as `30m`, found `{}`", self.window)))?;
        if window > crate::envelope::WINDOW_MAX {
            return Err(bad("window", format!("at most 24h, found `{}`", self.window)));
        }
        if self.keep_results > Self::KEPT_BYTES_MAX {
            let most = Self::KEPT_BYTES_MAX;
            return Err(bad("keep_results", format!("at most {most} bytes, found `{}`", self.keep_results)));
        }
        if let Some(delegate) = &self.delegate {
            let most = crate::envelope::DELEGATES_MAX;
            if !delegate.bounded() {
                let why = format!("at most {most} agents, {most} zones and depth {}", crate::envelope::DEPTH_MAX);
                return Err(bad("delegate", why));
            }
            if !delegate.allowed() {
                return Err(bad("delegate", "expected `agents` or `zones`, and a `depth` above 0".to_owned()));
            }
        }
        let most = super::Mandate::DRAWN_MAX;
        let twice = self.draws.iter().enumerate().any(|(at, name)| self.draws.iter().skip(at + 1).any(|n| n == name));
        if self.draws.len() > most || twice {
            return Err(bad("draws", format!("expected at most {most} mandates, each once")));
        }
        if self.grant.is_empty() || self.grant.len() > crate::envelope::ROWS_MAX {
            return Err(bad("grant", format!("expected 1 to {} rows", crate::envelope::ROWS_MAX)));
        }
        for name in self.parameters.keys() {
            let fits = (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            if !fits {
                let at = undotted("parameters").join(name.as_str());
                return Err(BadDocument { at, why: "expected a name of a-z and _, at most 32".to_owned() });
            }
        }
        crate::template::check(self).map_err(|error| bad(&error.place, format!("expected {}", error.expected)))
    }
}
