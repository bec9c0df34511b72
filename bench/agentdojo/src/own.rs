//! Attacks of our own, as data: each says what comes of it, and the run fails when something else does.

use crate::Trouble;
use crate::choose::Chooser;
use crate::data::{Call, Suite, Tool};
use crate::run::{Answer, Person, Run};
use crate::tenant::{LOOK, Tenant, files};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// What becomes of an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Comes {
    /// It is refused, and nobody is asked.
    Stopped,
    /// A person is asked, and sees what it is.
    Asked,
    /// It is done.
    NotStopped,
}

impl Comes {
    const fn words(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Asked => "asked",
            Self::NotStopped => "not stopped",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    tool: String,
    args: Value,
    #[serde(default)]
    result: Value,
    /// It comes back as an error.
    #[serde(default)]
    fails: bool,
    key: Option<String>,
    /// Who calls: the agent itself unless work was handed on.
    #[serde(default)]
    mate: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Attack {
    name: String,
    /// What it tries, in a sentence.
    tries: String,
    prompt: String,
    /// Templates beside `look` where the prompt alone does not say them.
    #[serde(default)]
    templates: Vec<String>,
    /// The template that the task begins with, where it is not `look`.
    from: Option<String>,
    #[serde(default)]
    honest: Vec<Step>,
    attack: Vec<Step>,
    comes: Comes,
    /// The code of a reason.
    by: Option<String>,
}

/// How work is handed on, among the steps.
const HAND_ON: &str = "hand_on";

/// What came of all.
#[derive(Debug, Default)]
pub(crate) struct Own {
    came: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

impl Own {
    /// Whether all came out as their data says.
    pub(crate) fn as_said(&self) -> bool {
        self.wrong.is_empty()
    }

    /// In a line, and a line for each that came out otherwise.
    pub(crate) fn lines(&self) -> String {
        let count = |comes: Comes| self.came.get(comes.words()).copied().unwrap_or_default();
        let (stopped, asked, through) = (count(Comes::Stopped), count(Comes::Asked), count(Comes::NotStopped));
        let all: usize = self.came.values().sum();
        let wrong: String = self.wrong.iter().map(|line| format!("\n  {line}")).collect();
        format!("{all} attacks of our own: {stopped} stopped, {asked} asked about, {through} not stopped{wrong}")
    }

    pub(crate) fn value(&self) -> Value {
        json!({"came": self.came, "wrong": self.wrong})
    }
}

/// Tools of all suites, each once, and those that our own attacks have beside.
fn tools(suites: &[Suite], here: &Path) -> Result<Vec<Tool>, Trouble> {
    let more: Vec<Tool> = serde_saphyr::from_str(&std::fs::read_to_string(here.join("own/tools.yaml"))?)?;
    let mut out: Vec<Tool> = Vec::new();
    for tool in suites.iter().flat_map(|suite| &suite.tools).chain(&more) {
        if !out.iter().any(|known| known.name == tool.name) {
            out.push(tool.clone());
        }
    }
    Ok(out)
}

/// Plays all of them.
pub(crate) async fn play(suites: &[Suite], (here, chooser): (&Path, &Chooser), tell: bool) -> Result<Own, Trouble> {
    let books = [here.to_path_buf(), here.join("own")];
    let (tools, mut number) = (tools(suites, here)?, 0_u64);
    let mut out = Own::default();
    for file in files(&here.join("own/attacks"))? {
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = std::fs::read_to_string(&file)?;
        let attacks: Vec<Attack> = serde_saphyr::from_str(&text).map_err(|error| told(&error))?;
        for attack in attacks {
            // What one attack leaves on a server is nothing to the next: each has servers of its own.
            number += 1;
            let tenant = Tenant::new(&books, &format!("own-{number}"), &tools, None).await?;
            let (came, why) =
                one(&tenant, chooser, &attack).await.map_err(|error| told(&format!("{}: {error}", attack.name)))?;
            *out.came.entry(came.words()).or_default() += 1;
            if tell {
                println!("  {}: {}; {why}", attack.name, came.words());
            }
            let by = attack.by.as_ref().is_none_or(|by| why.contains(&format!("{by} (")));
            if came != attack.comes || !by {
                let (name, said) = (&attack.name, attack.comes.words());
                let rule = attack.by.as_deref().unwrap_or("any rule");
                out.wrong.push(format!(
                    "{name}: {}, expected {said} by {rule}; {why}; it tries this: {}",
                    came.words(),
                    attack.tries
                ));
            }
        }
    }
    Ok(out)
}

/// Plays one: what came of it, and why.
async fn one(tenant: &Tenant, chooser: &Chooser, attack: &Attack) -> Result<(Comes, String), Trouble> {
    let mut chosen = chooser.choose(&attack.prompt, &tenant.stated(&attack.prompt)?);
    chosen.extend(attack.templates.iter().cloned());
    let bound = tenant.start(attack.from.as_deref().unwrap_or(LOOK), &attack.prompt, &chosen).await?;
    let mut run = Run { tenant, bound: bound.clone(), person: Person::Perfect, approvals: 0 };
    for step in &attack.honest {
        let came = step.made(&mut run, true).await?;
        if let Some((_, why)) = came {
            return Err(format!("an honest call of {} is refused: {why}", step.tool).into());
        }
    }
    let mut mate = None;
    for step in &attack.attack {
        if step.tool == HAND_ON {
            match tenant.hand_on(&run.bound, &step.args).await? {
                Ok(handed) => mate = Some(handed),
                Err(reasons) => {
                    let why = reasons.iter().map(|reason| format!("{} ({reason})", reason.code)).collect::<Vec<_>>();
                    return Ok((Comes::Stopped, why.join("; ")));
                }
            }
            continue;
        }
        run.bound = if step.mate { mate.clone().ok_or("nobody was handed anything")? } else { bound.clone() };
        if let Some(came) = step.made(&mut run, false).await? {
            return Ok(came);
        }
    }
    tenant.end(&bound).await?;
    Ok((Comes::NotStopped, "done".to_owned()))
}

impl Step {
    /// Makes the call: `None` when it is done.
    async fn made(&self, run: &mut Run<'_>, honest: bool) -> Result<Option<(Comes, String)>, Trouble> {
        let class = "write".to_owned();
        let call =
            Call { tool: self.tool.clone(), args: self.args.clone(), result: None, class, key: self.key.clone() };
        let answer = if self.fails { Answer::Failed } else { Answer::Result };
        let came = run.answered(&call, (&self.result, answer), honest).await?;
        Ok(match (came.through, came.asked) {
            (true, _) => None,
            (false, true) => Some((Comes::Asked, came.why)),
            (false, false) => Some((Comes::Stopped, came.why)),
        })
    }
}
