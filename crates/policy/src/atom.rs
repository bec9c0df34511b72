//! What the conditions of a rule compare: attributes of the context with constants, and with each other. Read for people
//! who look for mistakes, never to decide.

use cedar_policy::Policy;
use serde_json::{Map, Value};

/// An attribute of the context, or a member of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path {
    pub(crate) attribute: String,
    pub(crate) member: Option<String>,
}

/// What an attribute is compared with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Constant {
    Text(String),
    Long(i64),
    /// As Cedar writes it: `decimal("1.5")`.
    Decimal(String),
    /// The id of an entity.
    Word(String),
    /// A pattern of `like`, its wild cards as `None`.
    Like(Vec<Option<String>>),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Atom {
    /// With a constant.
    With(Path, Constant),
    /// With another attribute.
    Both(Path, Path),
    /// It is only read, or asked whether it is there.
    Read(Path),
}

impl Atom {
    /// The attributes that it is about.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        match self {
            Self::With(path, _) | Self::Read(path) => vec![path],
            Self::Both(one, other) => vec![one, other],
        }
    }
}

/// All comparisons of a rule, each once. None of a rule that has no JSON form: such a rule is never applied.
pub(crate) fn atoms(policy: &Policy) -> Vec<Atom> {
    let mut out = Vec::new();
    if let Ok(json) = policy.to_json() {
        walk(json.get("conditions").unwrap_or(&Value::Null), &mut out);
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Operators whose operands are compared with each other. `in` and `is` of entities are the head's matter.
const COMPARES: [&str; 14] = [
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "contains",
    "containsAll",
    "containsAny",
    "lessThan",
    "lessThanOrEqual",
    "greaterThan",
    "greaterThanOrEqual",
    "like",
];

fn walk(value: &Value, out: &mut Vec<Atom>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, out)),
        Value::Object(members) => {
            if let Some((_, operands)) = members.iter().find(|(name, _)| COMPARES.contains(&name.as_str())) {
                compared(operands, out);
            }
            if let Some(path) = path(members) {
                out.push(Atom::Read(path));
            }
            members.values().for_each(|member| walk(member, out));
        }
        _ => {}
    }
}

/// Every attribute of a comparison with every constant of it: what is reckoned with is told as well.
fn compared(operands: &Value, out: &mut Vec<Atom>) {
    let (mut paths, mut constants) = (Vec::new(), Vec::new());
    parts(operands, &mut paths, &mut constants);
    for (index, path) in paths.iter().enumerate() {
        out.extend(constants.iter().map(|constant| Atom::With(path.clone(), constant.clone())));
        out.extend(paths.iter().skip(index + 1).map(|other| Atom::Both(path.clone(), other.clone())));
    }
}

fn parts(value: &Value, paths: &mut Vec<Path>, constants: &mut Vec<Constant>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| parts(item, paths, constants)),
        Value::Object(members) => {
            if let Some(path) = path(members) {
                paths.push(path);
                return;
            }
            if let Some(pattern) = members.get("pattern").and_then(Value::as_array) {
                constants.push(Constant::Like(pattern.iter().map(literal).collect()));
            }
            match members.get("decimal").and_then(|of| of.get(0)?.get("Value")?.as_str()) {
                Some(decimal) => constants.push(Constant::Decimal(decimal.to_owned())),
                None => {
                    constants.extend(members.get("Value").and_then(constant));
                    let inner = members.iter().filter(|(name, _)| !matches!(name.as_str(), "pattern" | "Value"));
                    inner.for_each(|(_, member)| parts(member, paths, constants));
                }
            }
        }
        _ => {}
    }
}

fn literal(part: &Value) -> Option<String> {
    part.get("Literal")?.as_str().map(str::to_owned)
}

fn constant(value: &Value) -> Option<Constant> {
    match value {
        Value::String(text) => Some(Constant::Text(text.clone())),
        Value::Number(number) => number.as_i64().map(Constant::Long),
        Value::Object(_) => {
            let id = value.get("__entity")?.get("id")?.as_str()?;
            Some(Constant::Word(id.to_owned()))
        }
        _ => None,
    }
}

/// `context.a`, `context.a.b`, `context has a`, `context.a has b`.
fn path(members: &Map<String, Value>) -> Option<Path> {
    let (parent, names) = accessed(members)?;
    let mut names = names.into_iter();
    let (attribute, member) = if is_context(parent) {
        (names.next()?, names.next())
    } else {
        let (outer, above) = parent.as_object().and_then(accessed)?;
        let attribute = above.first().filter(|_| is_context(outer))?;
        ((*attribute).to_owned(), names.next())
    };
    Some(Path { attribute, member })
}

fn accessed(members: &Map<String, Value>) -> Option<(&Value, Vec<String>)> {
    let operands = members.get(".").or_else(|| members.get("has"))?;
    let names = match operands.get("attr")? {
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        name => vec![name.as_str()?.to_owned()],
    };
    Some((operands.get("left")?, names))
}

fn is_context(value: &Value) -> bool {
    value.get("Var").and_then(Value::as_str) == Some("context")
}

#[cfg(test)]
mod tests;
