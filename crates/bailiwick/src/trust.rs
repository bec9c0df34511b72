//! Whom a verification trusts: keys and kept checkpoints, from files of who asks.

use bailiwick_verify::{Trust, VerifierKey};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The most bytes of a file of keys or of a checkpoint.
const FILE_BYTES_MAX: u64 = 64 << 10;

/// Something that was given cannot be used: where, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadInput(pub(crate) String);

impl fmt::Display for BadInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for BadInput {}

/// A short file of text.
pub(crate) fn short_file(path: &Path) -> Result<String, BadInput> {
    let bad = |why: &dyn fmt::Display| BadInput(format!("{}: {why}", path.display()));
    let mut text = String::new();
    let file = File::open(path).map_err(|error| bad(&error))?;
    let read = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| bad(&error))?;
    if u64::try_from(read).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        return Err(bad(&format_args!("it has more than {FILE_BYTES_MAX} bytes")));
    }
    Ok(text)
}

/// A log's key as it was typed, or in a file.
pub(crate) fn log_key(given: &str) -> Result<VerifierKey, BadInput> {
    let path = Path::new(given);
    let (at, text) = if path.exists() { (given, short_file(path)?) } else { ("--key", given.to_owned()) };
    let neither = if at == given { "" } else { " (and there is no such file)" };
    let bad = |error: &dyn fmt::Display| {
        BadInput(format!("{at}: {error}{neither}; it is what `bailiwick log key` prints at the node whose log it is"))
    };
    let key = VerifierKey::parse(text.trim()).map_err(|error| bad(&error))?;
    if key.is_log() { Ok(key) } else { Err(BadInput(format!("{at}: it is the key of a witness, not of a log"))) }
}

/// What a file in the form of C2SP tlog-policy trusts. Groups of groups, and more than one log, are refused.
pub(crate) fn policy(file: &str) -> Result<Trust, BadInput> {
    let mut log = None;
    let mut witnesses: BTreeMap<&str, VerifierKey> = BTreeMap::new();
    let mut groups: BTreeMap<&str, (usize, Vec<VerifierKey>)> = BTreeMap::new();
    let mut quorum = None;
    for (number, line) in (1..).zip(file.lines()) {
        let bad = |why: &str| BadInput(format!("line {number}: {why}"));
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.first().is_none_or(|word| word.starts_with('#')) {
            continue;
        }
        if quorum.is_some() {
            return Err(bad("nothing comes after `quorum`"));
        }
        let key = |text: &str| VerifierKey::parse(text).map_err(|error| bad(&error.to_string()));
        match words.as_slice() {
            ["log", text] | ["log", text, _] if log.is_none() => log = Some(key(text)?).filter(VerifierKey::is_log),
            ["log", ..] => return Err(bad("expected one log, as `log KEY`")),
            ["witness", name, text] | ["witness", name, text, _] => {
                let key = key(text)?;
                if !key.is_witness() || groups.contains_key(name) || witnesses.insert(name, key).is_some() {
                    return Err(bad("expected the key of a witness, under a name of its own"));
                }
            }
            ["group", name, count, members @ ..] if !members.is_empty() => {
                let known: Option<Vec<_>> = members.iter().map(|member| witnesses.get(member).cloned()).collect();
                let known = known.ok_or_else(|| bad("a member is no witness that is named above"))?;
                let count = match *count {
                    "any" => 1,
                    "all" => known.len(),
                    number => number.parse().map_err(|_| bad("expected `any`, `all` or a number"))?,
                };
                let taken = witnesses.contains_key(name) || groups.contains_key(name);
                if count == 0 || count > known.len() || taken {
                    return Err(bad("expected a name of its own, and a number that the members can reach"));
                }
                groups.insert(name, (count, known));
            }
            ["quorum", "none"] => quorum = Some((0, witnesses.values().cloned().collect())),
            ["quorum", name] => {
                let one = witnesses.get(name).map(|witness| (1, vec![witness.clone()]));
                quorum =
                    Some(one.or_else(|| groups.get(name).cloned()).ok_or_else(|| bad("no such group or witness"))?);
            }
            _ => return Err(bad("expected `log`, `witness`, `group` or `quorum`")),
        }
    }
    let log = log.ok_or_else(|| BadInput("there is no line `log KEY` with the key of a log".to_owned()))?;
    let (witnesses_needed, witnesses) =
        quorum.ok_or_else(|| BadInput("there is no line `quorum`; `quorum none` asks for no witness".to_owned()))?;
    Ok(Trust { witnesses, witnesses_needed, ..Trust::in_log(log) })
}

#[cfg(test)]
mod tests;
