//! Replays the recorded attacks of AgentDojo through a real node, and counts what they came to.
//!
//! The honest agent makes exactly the calls of the ground truth; the hijacked one exactly the attacker's, from the moment
//! that the injected text was read, and once more after all honest calls. No model takes part. `README.md` says what that
//! is, and what it is not.

mod choose;
mod data;
mod play;
mod score;
mod tenant;

use choose::Chooser;
use data::Suite;
use score::Score;
use std::path::PathBuf;
use std::process::ExitCode;

/// What went wrong, for people.
pub(crate) type Trouble = Box<dyn std::error::Error + Send + Sync>;

const SUITES: [&str; 4] = ["banking", "slack", "travel", "workspace"];

const HELP: &str = "usage: bailiwick-agentdojo [--here FOLDER] [--suite NAME] [--out FILE] [--tell]
  --here FOLDER   where data/, catalogue/, templates/ and choose.yaml are (bench/agentdojo)
  --suite NAME    banking, slack, travel or workspace alone
  --without RULE  with one rule taken out: sources, groups, addresses, named, own, conditions
  --out FILE      writes the figures as JSON (target/agentdojo.json)
  --tell          names every honest call that was not let through, and every attack that was";

struct Asked {
    here: PathBuf,
    suite: Option<String>,
    without: Option<String>,
    out: PathBuf,
    tell: bool,
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Asked>, Trouble> {
    let mut asked = Asked {
        here: "bench/agentdojo".into(),
        suite: None,
        without: None,
        out: "target/agentdojo.json".into(),
        tell: false,
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}` wants a value"));
        match word.as_str() {
            "--here" => asked.here = value()?.into(),
            "--suite" => asked.suite = Some(value()?),
            "--without" => asked.without = Some(value()?),
            "--out" => asked.out = value()?.into(),
            "--tell" => asked.tell = true,
            "--help" => return Ok(None),
            _ => return Err(format!("expected an option, found `{word}`").into()),
        }
    }
    Ok(Some(asked))
}

async fn run(asked: &Asked) -> Result<(), Trouble> {
    let chooser = Chooser::read(&asked.here.join("choose.yaml"))?;
    let mut scores: Vec<Score> = Vec::new();
    for name in SUITES.into_iter().filter(|name| asked.suite.as_deref().is_none_or(|only| only == *name)) {
        let suite = Suite::read(&asked.here.join("data"), name)?;
        let score = play::suite(&suite, &asked.here, &chooser, (asked.without.as_deref(), asked.tell)).await?;
        println!("{}", score.line(name));
        scores.push(score);
    }
    let total = scores.iter().fold(Score::default(), |all, one| all.with(one));
    println!("{}", total.line("total"));
    std::fs::write(&asked.out, score::json(&scores, &total))?;
    Ok(())
}

fn main() -> ExitCode {
    let asked = match read(std::env::args().skip(1)) {
        Ok(Some(asked)) => asked,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(trouble) => {
            eprintln!("bailiwick-agentdojo: {trouble}\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let ran = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Trouble::from)
        .and_then(|runtime| runtime.block_on(run(&asked)));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("bailiwick-agentdojo: {trouble}");
            ExitCode::from(3)
        }
    }
}
