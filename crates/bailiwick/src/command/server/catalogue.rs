//! `server catalogue`: servers that many people use, described. The files are those of examples/catalogue, as this program was
//! built with them; what they say counts for nothing until a person applies it.

use super::Outcome;
use crate::hint::ours;
use crate::home::Trouble;
use crate::names::known;
use crate::print::{self, data, list, raw, text};
use crate::trust::BadInput;
use crate::yaml;
use bailiwick_core::ServerName;
use bailiwick_core::json::Json;
use std::collections::BTreeSet;

/// A server that is described.
#[derive(Debug, Clone, Copy)]
struct Described {
    name: &'static str,
    /// How it is started.
    server: &'static str,
    /// What its tools are.
    tools: &'static str,
}

macro_rules! described {
    ($($name:literal),+) => {
        [$(Described {
            name: $name,
            server: include_str!(concat!("../../../../../examples/catalogue/", $name, "/server.yaml")),
            tools: include_str!(concat!("../../../../../examples/catalogue/", $name, "/tools.yaml")),
        }),+]
    };
}

/// By name.
static ALL: [Described; 8] =
    described!["everything", "fetch", "filesystem", "git", "github", "memory", "postgres", "slack"];
/// Of a file with fewer tools than these, tools of the same names say nothing.
const TELLING_MIN: usize = 3;

impl Described {
    fn named(name: &str) -> Result<Self, BadInput> {
        let name = known("catalogue file", name, ALL.iter().map(|one| one.name))?;
        let one = ALL.into_iter().find(|one| one.name == name);
        one.ok_or_else(|| BadInput(format!("`{name}` is not described")))
    }

    /// What it is, in the file's own words.
    fn sentence(&self) -> &'static str {
        let first = self.tools.lines().next().unwrap_or_default().trim_start_matches("# ");
        first.split_once(". ").map_or(first, |(sentence, _)| sentence).trim_end_matches('.')
    }

    /// The names of the tools.
    fn tools(&self) -> BTreeSet<&'static str> {
        let whole = self.tools.lines().filter_map(|line| line.strip_prefix("tool: "));
        whole.filter_map(|whole| Some(whole.split_once('/')?.1)).collect()
    }

    /// The documents of a server of that name, with how it is started or without.
    fn written(&self, name: &str, server: bool) -> String {
        let own = |line: &str| match line.strip_prefix("tool: ").and_then(|whole| whole.strip_prefix(self.name)) {
            Some(tool) => format!("tool: {name}{tool}\n"),
            None if line.strip_prefix("name: ") == Some(self.name) => format!("name: {name}\n"),
            None => format!("{line}\n"),
        };
        let parts = [server.then_some(self.server), Some(self.tools)];
        let parts: Vec<String> = parts.into_iter().flatten().map(|text| text.lines().map(own).collect()).collect();
        parts.join("---\n")
    }

    /// Whether a server seems to be this one: by the program that is started, or because it offers nearly all of these tools.
    fn is(&self, server: &Json, offered: &BTreeSet<&str>) -> bool {
        let own = self.tools();
        let there = own.iter().filter(|tool| offered.contains(**tool)).count();
        let telling = own.len() >= TELLING_MIN || text(server, "name") == self.name;
        there > 0 && (runs(server, self.name) || (telling && there * 4 >= own.len() * 3))
    }
}

/// Whether a word of the command names the program of that server: `/bin/mcp-server-git`, `@modelcontextprotocol/server-git@1.2`.
fn runs(server: &Json, name: &str) -> bool {
    let transport = server.get("document").and_then(|document| document.get("transport")).unwrap_or(&Json::Null);
    let stdio = transport.get("stdio").unwrap_or(&Json::Null);
    let wrapped = transport.get("wrapped").unwrap_or(&Json::Null);
    let words = [std::slice::from_ref(stdio.get("command").unwrap_or(&Json::Null)), list(stdio, "args")];
    words.into_iter().chain([list(wrapped, "command")]).flatten().filter_map(Json::as_str).any(|word| {
        let program = word.rsplit('/').next().unwrap_or_default();
        let program = program.split('@').next().unwrap_or_default();
        let program = program.strip_prefix("mcp-").unwrap_or(program);
        program.strip_prefix("server-") == Some(name)
    })
}

/// Lists what is described, or writes one of them.
pub(super) fn catalogue(name: Option<&str>, own: Option<&str>, tools: bool, json: bool) -> Result<Outcome, Trouble> {
    let Some(name) = name else {
        let one = |of: &Described| {
            let count = u64::try_from(of.tools().len()).unwrap_or(u64::MAX);
            Json::object([
                ("name", Json::from(of.name)),
                ("says", Json::from(of.sentence())),
                ("tools", Json::from(count)),
            ])
        };
        if json {
            print::json_lines(&Json::object([("catalogue", Json::array(ALL.iter().map(one)))]), "catalogue");
        } else {
            for of in &ALL {
                data(&format!("{:<12} {:>3} tools  {}", of.name, of.tools().len(), of.sentence()));
            }
        }
        return Ok(Outcome::Done);
    };
    let described = Described::named(name)?;
    let own = own.unwrap_or(described.name);
    let own = ServerName::parse(own).map_err(|error| BadInput(format!("`--as {own}`: {error}")))?;
    let written = described.written(own.as_str(), !tools);
    if json {
        let documents = yaml::documents(described.name, &written)?;
        let documents = Json::array(documents.into_iter().map(|placed| placed.json));
        print::json(&Json::object([("documents", documents), ("name", Json::from(described.name))]));
    } else {
        raw(written.as_bytes());
    }
    Ok(Outcome::Done)
}

/// Where the tools of a server, as it is shown, are described, and some of them by nobody here: the command that gives the file.
pub(super) fn hint(server: &Json) -> Option<String> {
    let offered = server.get("now").map(|now| list(now, "offered")).unwrap_or_default();
    let open = |tool: &&Json| tool.get("described").and_then(Json::as_bool) == Some(false);
    let names: BTreeSet<&str> = offered.iter().map(|tool| text(tool, "tool")).collect();
    let undescribed: BTreeSet<&str> = offered.iter().filter(open).map(|tool| text(tool, "tool")).collect();
    let fits = ALL.iter().filter(|of| of.tools().iter().any(|tool| undescribed.contains(tool)));
    let of = fits.into_iter().find(|of| of.is(server, &names))?;
    let name = text(server, "name");
    let own = if name == of.name { String::new() } else { format!(" --as {name}") };
    let command = ours(&format!("server catalogue {}{own} --tools > {name}-tools.yaml", of.name));
    Some(format!("  it seems to be `{}`, whose tools are described: {command}", of.name))
}

#[cfg(test)]
mod tests;
