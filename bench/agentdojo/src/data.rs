//! The recording: suites, tasks, attacks and results, as `data/README.md` says.

use crate::Trouble;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// One recorded call.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Call {
    pub(crate) tool: String,
    pub(crate) args: Value,
    #[serde(default)]
    pub(crate) result: Option<String>,
    pub(crate) class: String,
    /// What its caller calls this act.
    #[serde(default)]
    pub(crate) key: Option<String>,
}

impl Call {
    /// Whether it changes something, or takes what its caller chose to the world.
    pub(crate) fn acts(&self) -> bool {
        self.class != "read" || self.tool == "get_webpage"
    }
}

/// The call as what it is: its tool and arguments.
pub(crate) fn same(call: &Call) -> String {
    format!("{} {}", call.tool, call.args)
}

/// A tool as its suite offers it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) parameters: Value,
}

/// What a user asked for.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct UserTask {
    pub(crate) id: String,
    pub(crate) prompt: String,
    pub(crate) calls: Vec<Call>,
    pub(crate) clean_results: Vec<Option<String>>,
    pub(crate) clean_args: Option<Vec<Option<Value>>>,
    pub(crate) vectors_seen: Vec<String>,
    /// What AgentDojo expects to be answered.
    #[serde(default)]
    pub(crate) output: Option<String>,
    first_injected_call: Option<usize>,
}

impl UserTask {
    /// How many honest calls have been made when the text of an attack has been read.
    pub(crate) fn read_by(&self) -> usize {
        self.first_injected_call.map_or(self.calls.len(), |at| at + 1)
    }
}

/// What an attacker wants.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Injection {
    pub(crate) id: String,
    pub(crate) goal: String,
    succeeds_if_calls: Vec<Vec<usize>>,
    output_only: bool,
}

impl Injection {
    /// Whether these of its calls suffice, by AgentDojo's own check.
    pub(crate) fn succeeds(&self, through: &BTreeSet<usize>) -> bool {
        self.succeeds_if_calls.iter().any(|set| set.iter().all(|at| through.contains(at)))
    }
}

/// An attack on a task.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Pair {
    user_task: String,
    pub(crate) injection_task: String,
    attack: String,
}

/// One suite.
#[derive(Debug, Default)]
pub(crate) struct Suite {
    pub(crate) name: String,
    vectors: BTreeMap<String, String>,
    template: String,
    pub(crate) tools: Vec<Tool>,
    pub(crate) tasks: Vec<UserTask>,
    pub(crate) injections: BTreeMap<String, Injection>,
    pairs: Vec<Pair>,
    attacks: BTreeMap<String, Vec<Call>>,
    results: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Head {
    injection_vectors: BTreeMap<String, String>,
    attack_template: String,
    tools: Vec<Tool>,
}

#[derive(Deserialize)]
struct Attack {
    id: String,
    calls: Vec<Call>,
}

#[derive(Deserialize)]
struct Stored {
    id: String,
    value: Value,
}

impl Suite {
    /// Reads one file of the recording.
    pub(crate) fn read(folder: &Path, name: &str) -> Result<Self, Trouble> {
        let text = std::fs::read_to_string(folder.join(format!("{name}.jsonl")))?;
        let mut suite = Self { name: name.to_owned(), ..Self::default() };
        for line in text.lines() {
            let value: Value = serde_json::from_str(line)?;
            match value.get("kind").and_then(Value::as_str) {
                Some("suite") => {
                    let head: Head = serde_json::from_value(value)?;
                    suite.vectors = head.injection_vectors;
                    suite.template = head.attack_template;
                    suite.tools = head.tools;
                }
                Some("user_task") => suite.tasks.push(serde_json::from_value(value)?),
                Some("injection_task") => {
                    let injection: Injection = serde_json::from_value(value)?;
                    suite.injections.insert(injection.id.clone(), injection);
                }
                Some("pair") => suite.pairs.push(serde_json::from_value(value)?),
                Some("attack") => {
                    let attack: Attack = serde_json::from_value(value)?;
                    suite.attacks.insert(attack.id, attack.calls);
                }
                Some("result") => {
                    let stored: Stored = serde_json::from_value(value)?;
                    suite.results.insert(stored.id, stored.value);
                }
                other => return Err(format!("{name}: no such kind of line: {other:?}").into()),
            }
        }
        Ok(suite)
    }

    /// The attacks on a task that want a call, and not only words in the answer.
    pub(crate) fn pairs_of<'a>(&'a self, task: &'a UserTask) -> impl Iterator<Item = &'a Pair> {
        let calls = |pair: &&Pair| self.injections.get(&pair.injection_task).is_some_and(|of| !of.output_only);
        self.pairs.iter().filter(|pair| pair.user_task == task.id).filter(calls)
    }

    /// What the attacker wrote, in one line.
    pub(crate) fn attack_text(&self, goal: &str) -> String {
        let filled = self.template.replace("{goal}", goal).replace("{user}", "the user");
        let filled = filled.replace("{model}", "the AI language model");
        filled.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// A recorded result.
    pub(crate) fn result(&self, id: Option<&String>) -> Value {
        id.and_then(|id| self.results.get(id)).cloned().unwrap_or(Value::Null)
    }

    /// The honest calls of a task, each with its result: with nothing injected, or with this text at every place that the
    /// task reads.
    pub(crate) fn honest(&self, task: &UserTask, attack: Option<&str>) -> Vec<(Call, Value)> {
        let put = |value: &Value| match attack {
            Some(text) => filled(value, &|name| {
                let seen = task.vectors_seen.iter().any(|seen| seen == name);
                if seen { text.to_owned() } else { self.vectors.get(name).cloned().unwrap_or_default() }
            }),
            None => filled(value, &|name| self.vectors.get(name).cloned().unwrap_or_default()),
        };
        let each = task.calls.iter().enumerate().map(|(at, call)| {
            if attack.is_some() {
                let call = Call { args: put(&call.args), ..call.clone() };
                let result = put(&self.result(call.result.as_ref()));
                return (call, result);
            }
            let own = task.clean_args.as_ref().and_then(|all| all.get(at)).and_then(Clone::clone);
            let call = Call { args: own.unwrap_or_else(|| put(&call.args)), ..call.clone() };
            let result = put(&self.result(task.clean_results.get(at).and_then(Option::as_ref)));
            (call, result)
        });
        each.collect()
    }

    /// The attacker's calls, each with its result.
    pub(crate) fn attack(&self, pair: &Pair, text: &str) -> Vec<(Call, Value)> {
        let calls = self.attacks.get(&pair.attack).map(Vec::as_slice).unwrap_or_default();
        let put = |value: &Value| filled(value, &|_| text.to_owned());
        let each = calls.iter().map(|call| {
            let own = Call { args: put(&call.args), ..call.clone() };
            (own, put(&self.result(call.result.as_ref())))
        });
        each.collect()
    }
}

/// Puts a text in the place of each `{{inj:NAME}}`, and of `{{inj}}`.
fn filled(value: &Value, with: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) if text.contains("{{inj") => {
            let mut out = String::new();
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once("{{inj") {
                let Some((name, tail)) = after.split_once("}}") else { break };
                out.push_str(before);
                out.push_str(&with(name.trim_start_matches(':')));
                rest = tail;
            }
            out.push_str(rest);
            Value::String(out)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| filled(item, with)).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), filled(value, with))).collect())
        }
        other => other.clone(),
    }
}
