//! What a policy in Rego says of a question.

use super::text::{ALLOW, DENY, Rego, STEP_UP, told};
use super::{STEPS_MAX, ask};
use crate::attribute::{Attribute, Presence};
use crate::context::Asked;
use bailiwick_core::Ask;
use regorus::{LimitError, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How the engine says that its clock ran out.
const ENDLESS: &str = "execution exceeded time limit";
/// The longest message that names a rule.
const NAME_BYTES_MAX: usize = 64;
/// The most that one question may ask of people.
const ASKS_MAX: usize = 16;

/// What all policies in Rego say together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) permits: BTreeSet<String>,
    pub(crate) forbids: BTreeSet<String>,
    /// The rules that ask, each with whom.
    pub(crate) asks: BTreeMap<String, Vec<Ask>>,
}

/// What one rule failed by.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ruled {
    pub(crate) rule: String,
    pub(crate) why: String,
}

/// The question as one document: who, what, on what, and these attributes of the rest. `resource` says that it is read.
///
/// # Errors
/// A sentence: what of it could not be read.
pub(crate) fn input<'a>(
    asked: &Asked<'_>,
    attributes: impl IntoIterator<Item = &'a Attribute>,
    resource: bool,
) -> Result<Value, String> {
    let mut context = BTreeMap::new();
    for attribute in attributes {
        match (attribute.value)(asked).and_then(crate::plain::Plain::rego) {
            Some(value) => drop(context.insert(Value::from(attribute.name), value)),
            // Rego takes what is missing for undefined, and a rule that forbids would fall silent.
            None if attribute.presence == Presence::Always => {
                return Err(format!("it reads `input.context.{}`, which could not be read", attribute.name));
            }
            None => {}
        }
    }
    let action = asked.question.action;
    // what was bound and could not be read is missing as what was never there is
    if asked.resource_unread() && resource {
        return Err("it reads `input.resource`, which could not be read".to_owned());
    }
    let agent = &asked.agent.document;
    let principal =
        [("agent", agent.name.to_string()), ("role", agent.role.to_string()), ("zone", agent.zone.to_string())];
    let principal: BTreeMap<Value, Value> =
        principal.into_iter().map(|(name, value)| (Value::from(name), Value::from(value))).collect();
    let members = [
        ("action", Some(Value::from(action.tool.to_string()))),
        ("context", Some(Value::from(context))),
        ("principal", Some(Value::from(principal))),
        ("resource", action.resource.as_ref().map(|resource| Value::from(resource.to_string()))),
    ];
    let there = members.into_iter().filter_map(|(name, value)| Some((Value::from(name), value?)));
    Ok(Value::from(there.collect::<BTreeMap<_, _>>()))
}

impl Rego {
    fn reads_resource(&self) -> bool {
        let resource = |path: &[String]| {
            matches!(path.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), [] | ["context"])
                || path.iter().take(2).any(|part| part == "resource")
        };
        self.paths.iter().any(|(path, _)| resource(path))
    }

    /// Adds what this policy says.
    pub(crate) fn ask(&self, asked: &Asked<'_>, said: &mut Said) -> Result<(), Ruled> {
        let mut engine = self.engine.clone();
        let attributes = self.attributes.iter().copied();
        let input = input(asked, attributes, self.reads_resource()).map_err(|why| self.failed(None, &why))?;
        engine.set_input(input);
        for rule in [DENY, ALLOW, STEP_UP].into_iter().filter(|rule| self.has(rule)) {
            let value = engine.eval_rule(format!("{}.{rule}", self.package)).map_err(|error| {
                // within functions the engine keeps the text of the error alone
                let text = error.to_string();
                let endless = matches!(error.downcast_ref(), Some(LimitError::TimeLimitExceeded { .. }));
                self.stopped(rule, endless || text.contains(ENDLESS), &text)
            })?;
            match rule {
                DENY => self.forbidden(&value, said)?,
                ALLOW => self.permitted(&value, said)?,
                _ => self.asking(&value, said)?,
            }
        }
        Ok(())
    }

    fn failed(&self, rule: Option<&str>, why: &str) -> Ruled {
        let rule = rule.map_or_else(|| self.document.clone(), |rule| self.full(rule));
        Ruled { rule, why: crate::problem::clip(&format!("the engine of Rego failed: {why}")) }
    }

    fn stopped(&self, rule: &str, endless: bool, error: &str) -> Ruled {
        if endless {
            return self.failed(Some(rule), &format!("it took more than {STEPS_MAX} steps"));
        }
        let (line, why) = told(error);
        let why = line.map_or_else(|| why.clone(), |line| format!("line {line}: {why}"));
        self.failed(Some(rule), &why)
    }

    fn full(&self, rule: &str) -> String {
        format!("{}.{rule}", self.document)
    }

    fn nonsense(&self, rule: &str, value: &Value, expected: &str) -> Ruled {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Set(_) => "a set",
            Value::Object(_) => "an object",
            Value::Undefined => "nothing",
        };
        self.failed(Some(rule), &format!("it is {found}, expected {expected}"))
    }

    fn permitted(&self, value: &Value, said: &mut Said) -> Result<(), Ruled> {
        match value {
            Value::Bool(true) => drop(said.permits.insert(self.full(ALLOW))),
            Value::Bool(false) | Value::Undefined => {}
            other => return Err(self.nonsense(ALLOW, other, "`true` or `false`")),
        }
        Ok(())
    }

    fn forbidden(&self, value: &Value, said: &mut Said) -> Result<(), Ruled> {
        let expected = "`true`, `false` or a set of messages";
        match value {
            Value::Bool(true) => drop(said.forbids.insert(self.full(DENY))),
            Value::Bool(false) | Value::Undefined => {}
            Value::Set(messages) => {
                for message in messages.iter() {
                    let Value::String(message) = message else { return Err(self.nonsense(DENY, message, expected)) };
                    said.forbids.insert(self.messaged(message));
                }
            }
            other => return Err(self.nonsense(DENY, other, expected)),
        }
        Ok(())
    }

    /// A message that is a name, and stands in the text, names the rule. Any other is not written down: what a rule says may
    /// be made of what the call holds, and names of rules stand in the open part of the record.
    fn messaged(&self, message: &str) -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let name = (1..=NAME_BYTES_MAX).contains(&message.len()) && message.bytes().all(plain);
        if name && self.texts.contains(message) { self.full(&format!("{DENY}.{message}")) } else { self.full(DENY) }
    }

    fn asking(&self, value: &Value, said: &mut Said) -> Result<(), Ruled> {
        let expected = "a set of who is asked";
        let words = match value {
            Value::Undefined => return Ok(()),
            Value::Set(words) => words,
            other => return Err(self.nonsense(STEP_UP, other, expected)),
        };
        if words.len() > ASKS_MAX {
            return Err(self.failed(Some(STEP_UP), &format!("it asks {}, at most {ASKS_MAX}", words.len())));
        }
        for word in words.iter() {
            let Value::String(word) = word else { return Err(self.nonsense(STEP_UP, word, expected)) };
            let ask = ask::parse(word).map_err(|why| self.failed(Some(STEP_UP), &why))?;
            said.asks.entry(self.full(STEP_UP)).or_default().push(ask);
        }
        Ok(())
    }
}
