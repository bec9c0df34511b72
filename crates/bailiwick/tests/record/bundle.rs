//! A bundle as lines that can be changed.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// The lines of a bundle.
#[derive(Clone)]
pub(crate) struct Bundle(pub(crate) Vec<Value>);

impl Bundle {
    pub(crate) fn read(text: &str) -> Self {
        Self(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    pub(crate) fn write(&self, folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(format!("{name}.bwb"));
        let text: String = self.0.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The lines of a stream's events, in order.
    pub(crate) fn of_stream(&self, stream: &str) -> Vec<usize> {
        let is_of = |line: &Value| line["event"]["stream"] == stream;
        self.0.iter().enumerate().filter(|(_, line)| is_of(line)).map(|(at, _)| at).collect()
    }

    /// The clear part of an event's line.
    pub(crate) fn clear(line: &Value) -> Value {
        serde_json::from_str(line["event"]["clear"].as_str().unwrap()).unwrap()
    }

    /// A private field of an event's line.
    pub(crate) fn opened(line: &Value, pointer: &str) -> Option<Value> {
        let fields = line["event"]["opened"].as_array()?;
        let field = fields.iter().find(|field| field["pointer"] == pointer)?;
        serde_json::from_str(field["value"].as_str().unwrap()).ok()
    }

    pub(crate) fn kinds(&self, stream: &str) -> Vec<(usize, String)> {
        let kind = |at: usize| Self::clear(&self.0[at])["kind"].as_str().unwrap().to_owned();
        self.of_stream(stream).into_iter().map(|at| (at, kind(at))).collect()
    }
}
