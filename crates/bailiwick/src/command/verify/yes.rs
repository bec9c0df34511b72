//! `verify --approval`: who signed what, by public keys that come from elsewhere.

use crate::command::Outcome;
use crate::home::Trouble;
use crate::print::{self, data, foreign, time, words};
use crate::trust::{BadInput, short_file};
use bailiwick_core::json::{Json, Limits};
use bailiwick_verify::{Answer, Signer, YesChecked, check_yes};
use std::path::{Path, PathBuf};

pub(super) fn verify(file: &Path, passkeys: &[PathBuf], json: bool) -> Result<Outcome, Trouble> {
    let bad = |path: &Path, why: &dyn std::fmt::Display| BadInput(format!("{}: {why}", path.display()));
    let signer = |path: &PathBuf| Signer::read(short_file(path)?.as_bytes()).map_err(|why| bad(path, &why));
    let signers = passkeys.iter().map(signer).collect::<Result<Vec<_>, BadInput>>()?;
    let report = check_yes(short_file(file)?.as_bytes(), &signers).map_err(|why| bad(file, &why))?;
    if json {
        print::json(&Json::parse(serde_json::to_string(&report)?.as_bytes(), &Limits::default())?);
    } else {
        match &report.act {
            Some(act) => data(&format!("the act: {}", foreign(act))),
            None => data("the act: not in the file"),
        }
        report.yeses.iter().for_each(|yes| shown(yes, report.request));
        data(match report.answer {
            Answer::Confirmed => "CONFIRMED: each yes was signed with the key that was given for its person",
            Answer::NotDecidable if report.yeses.is_empty() => "NOT DECIDABLE: nobody has said yes to this",
            Answer::NotDecidable => "NOT DECIDABLE: of a yes no key was given",
            Answer::Contradicted => "CONTRADICTED: a yes is not what it says",
        });
        if !report.display_shown {
            words("what was displayed is not in the file: its digest was signed");
        }
        words("when it was said, and whether it was used, the record says: bailiwick verify BUNDLE --key KEY");
    }
    Ok(if report.answer == Answer::Confirmed { Outcome::Done } else { Outcome::No })
}

fn shown(yes: &YesChecked, request: u64) {
    let (statement, terms) = (&yes.statement, &yes.statement.terms);
    let held = yes.why.as_deref().map_or("signed".to_owned(), foreign);
    data(&format!("{} as {}: {held}", statement.person, foreign(&statement.role)));
    data(&format!(
        "  request number {} in task {}; event #{request}, as the file says",
        statement.approval, statement.task
    ));
    data(&format!("  good    until {}", time(terms.not_after.0)));
    data(&format!("  action  {}", terms.action));
    data(&format!("  display {}", terms.display));
    for meter in &terms.meters {
        data(&format!("  charges {} {}", meter.amount, meter.unit));
    }
    let at = yes.origin.as_deref().map_or(String::new(), |origin| format!(" at {}", foreign(origin)));
    data(&format!("  passkey {}{at}", foreign(&yes.passkey)));
}
