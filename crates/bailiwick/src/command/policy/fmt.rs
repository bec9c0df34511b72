//! `policy fmt`: files of policies laid out.

use crate::cli::Fmt;
use crate::command::Outcome;
use crate::home::Trouble;
use crate::print::{self, data, words};
use crate::trust::BadInput;
use crate::yaml;
use bailiwick_core::PolicyText;
use bailiwick_core::json::Json;
use bailiwick_policy::formatted;

pub(super) fn fmt(asked: &Fmt, json: bool) -> Result<Outcome, Trouble> {
    let placed = yaml::whole(yaml::from_paths(&asked.paths))?;
    let files: Vec<_> = placed.iter().filter(|one| one.own == Some("cedar")).collect();
    if files.is_empty() {
        return Err(BadInput(
            "there is no .cedar file: what stands in YAML is not laid out, and Rego by `opa fmt`".to_owned(),
        )
        .into());
    }
    let mut changed = 0;
    for file in files {
        let field = |name| print::text(&file.json, name).to_owned();
        let text = PolicyText::in_cedar(field("name"), field("cedar"));
        let out = formatted(&text).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(|problem| format!("{}: {problem}", file.file)).collect();
            BadInput(lines.join("\n"))
        })?;
        let differs = out != text.cedar_text();
        if differs && !asked.check {
            write(&file.file, &out)?;
        }
        changed += usize::from(differs);
        if json {
            print::json(&Json::object([("changed", Json::from(differs)), ("file", Json::from(file.file.as_str()))]));
        } else if differs {
            data(&format!("{} {}", if asked.check { "would change" } else { "changed" }, file.file));
        }
    }
    if changed == 0 && !json {
        words("all is laid out");
    }
    Ok(if asked.check && changed > 0 { Outcome::No } else { Outcome::Done })
}

/// Written beside it and put in its place: a crash between leaves the old file.
fn write(file: &str, text: &str) -> Result<(), BadInput> {
    let bad = |error: std::io::Error| BadInput(format!("{file}: {error}"));
    let beside = format!("{file}.new");
    std::fs::write(&beside, text).map_err(bad)?;
    let kept = std::fs::metadata(file).map_err(bad)?.permissions();
    std::fs::set_permissions(&beside, kept).map_err(bad)?;
    std::fs::rename(&beside, file).map_err(bad)
}
