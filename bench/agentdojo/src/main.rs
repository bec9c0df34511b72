//! Replays the recorded attacks of AgentDojo, and some of our own, through a real node, and counts what they came to.
//!
//! The honest agent makes exactly the calls of the ground truth; the hijacked one exactly the attacker's, from the moment
//! that the injected text was read, and once more after all honest calls. No model takes part. `README.md` says what that
//! is, and what it is not.

mod bare;
mod choose;
mod data;
mod own;
mod plan;
mod play;
mod pool;
mod rules;
mod run;
mod score;
mod tenant;

use bare::Bare;
use choose::Chooser;
use data::Suite;
use pool::How;
use score::{HEAD, Score, whole};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::process::ExitCode;
use tenant::Tenant;

/// What went wrong, for people.
pub(crate) type Trouble = Box<dyn std::error::Error + Send + Sync>;

const SUITES: [&str; 4] = ["banking", "slack", "travel", "workspace"];

const HELP: &str =
    "usage: bailiwick-agentdojo [--here FOLDER] [--suite NAME] [--without RULE] [--quick] [--own] [--plan] [--out FILE] [--tell]
  --here FOLDER   where data/, catalogue/, templates/, own/ and choose.yaml are (bench/agentdojo)
  --suite NAME    banking, slack, travel or workspace alone
  --without RULE  with one rule taken out: sources, groups, addresses, named, own, conditions
  --quick         without what simpler controls come to, and without taking each rule out
  --own           our own attacks alone
  --plan          plays nothing, and writes what would be played as JSON, a suite a line
  --out FILE      writes the figures as JSON (target/agentdojo.json)
  --tell          names every call that is asked about or not let through, and every attack that is";

struct Asked {
    here: PathBuf,
    suite: Option<String>,
    without: Option<String>,
    quick: bool,
    own: bool,
    plan: bool,
    out: PathBuf,
    tell: bool,
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Asked>, Trouble> {
    let mut asked = Asked {
        here: "bench/agentdojo".into(),
        suite: None,
        without: None,
        quick: false,
        own: false,
        plan: false,
        out: "target/agentdojo.json".into(),
        tell: false,
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}` wants a value"));
        match word.as_str() {
            "--here" => asked.here = value()?.into(),
            "--suite" => asked.suite = Some(value()?),
            "--without" => asked.without = Some(value()?),
            "--quick" => asked.quick = true,
            "--own" => asked.own = true,
            "--plan" => asked.plan = true,
            "--out" => asked.out = value()?.into(),
            "--tell" => asked.tell = true,
            "--help" => return Ok(None),
            _ => return Err(format!("expected an option, found `{word}`").into()),
        }
    }
    let known = |all: &[&str], of: &Option<String>| of.as_ref().is_none_or(|name| all.contains(&name.as_str()));
    if !known(&SUITES, &asked.suite) || !known(&rules::RULES, &asked.without) {
        return Err("there is no such suite or rule".into());
    }
    Ok(Some(asked))
}

/// Runs what was asked for; `false` when an attack of our own came out otherwise than its data says, or one of theirs wins
/// where the person is perfect, or an honest task does not pass, or over all suites a goal is missed.
fn run(asked: &Asked) -> Result<bool, Trouble> {
    let chooser = Chooser::read(&asked.here.join("choose.yaml"))?;
    let read = |name: &&str| Suite::read(&asked.here.join("data"), name);
    let suites = SUITES.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let only = |suite: &&Suite| asked.suite.as_ref().is_none_or(|only| *only == suite.name);
    if asked.plan {
        for suite in suites.iter().filter(only) {
            println!("{}", runtime.block_on(plan::of(suite, (&asked.here, &chooser)))?);
        }
        return Ok(true);
    }
    let own = match (&asked.suite, &asked.without) {
        (None, None) => Some(runtime.block_on(own::play(&suites, (&asked.here, &chooser), asked.tell))?),
        _ => None,
    };
    let as_said = own.as_ref().is_none_or(own::Own::as_said);
    if let Some(own) = &own {
        println!("{}", own.lines());
    }
    if asked.own {
        return Ok(as_said);
    }
    let mut suites = suites;
    suites.retain(|suite| asked.suite.as_ref().is_none_or(|only| *only == suite.name));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let how =
        How { here: &asked.here, chooser: &chooser, without: asked.without.as_deref(), tell: asked.tell, threads };
    let scores = pool::play(&suites, how)?;
    println!("{HEAD}");
    scores.iter().for_each(|score| println!("{}", score.line(&score.name)));
    let total = Score::total(&scores);
    println!("{}", total.line("total"));
    // With a rule taken out that is what is asked.
    let passes = total.won_perfect == 0 && total.honest_pass == total.honest_total;
    let held = asked.without.is_some() || (passes && (asked.suite.is_some() || total.within_goals()));
    let mut out = whole(&scores);
    if !asked.quick {
        let beside = runtime.block_on(baselines(&suites, how))?;
        out.insert("baselines".to_owned(), Value::Object(beside));
    }
    out.extend(own.map(|own| ("own".to_owned(), own.value())));
    std::fs::write(&asked.out, format!("{:#}\n", Value::Object(out)))?;
    Ok(as_said && held)
}

/// The same attacks under simpler controls, and under ours with one rule less.
async fn baselines(suites: &[Suite], how: How<'_>) -> Result<Map<String, Value>, Trouble> {
    let mut out = Map::new();
    for (name, control) in Bare::ALL {
        let mut scores = Vec::new();
        for suite in suites {
            let tenant =
                Tenant::new(&[how.here.to_path_buf()], &format!("{}-bare", suite.name), &suite.tools, None).await?;
            scores.push(bare::suite(suite, (&tenant, how.chooser), control)?);
        }
        println!("{}", Score::total(&scores).line(name));
        out.insert(name.to_owned(), Value::Object(whole(&scores)));
    }
    for rule in rules::RULES {
        let scores = pool::play(suites, How { without: Some(rule), tell: false, ..how })?;
        let name = format!("without_{rule}");
        println!("{}", Score::total(&scores).line(&name));
        out.insert(name, Value::Object(whole(&scores)));
    }
    Ok(out)
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
    match run(&asked) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(trouble) => {
            eprintln!("bailiwick-agentdojo: {trouble}");
            ExitCode::from(3)
        }
    }
}
