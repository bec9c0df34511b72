//! Rows of a template that share acts. The first that fits with room is charged: what narrows one row moves acts to the
//! next that fits, and leaves room behind them. Only where no later row shares an act is narrower surely less.

use crate::json::Json;

/// Whether acts of the row at this index may go to a row after it. `gone` is a tool or an effect that the row named and
/// names no longer: then those acts are meant.
pub(super) fn falls_through(rows: &[Json], index: usize, gone: Option<&Json>) -> bool {
    let Some(row) = rows.get(index) else { return true };
    let gone = gone.and_then(Json::as_str);
    let later = rows.iter().skip(index + 1);
    let shares = |later: &Json| match gone {
        Some(tool) if tool.contains('/') => words(later, "tools").iter().any(|other| meet(tool, other)),
        Some(effect) => effects(later).contains(&effect),
        None => {
            let own = words(row, "tools");
            let tools = words(later, "tools").iter().any(|other| own.iter().any(|own| meet(own, other)));
            tools && effects(later).iter().any(|effect| effects(row).contains(effect))
        }
    };
    later.into_iter().any(shares)
}

fn words<'a>(row: &'a Json, name: &str) -> Vec<&'a str> {
    row.get(name).and_then(Json::as_array).unwrap_or_default().iter().filter_map(Json::as_str).collect()
}

/// One effect, several, or none for read.
fn effects(row: &Json) -> Vec<&str> {
    let one = row.get("effect").and_then(Json::as_str);
    let several = words(row, "effects");
    match one {
        Some(one) => several.into_iter().chain([one]).collect(),
        None if several.is_empty() => vec!["read"],
        None => several,
    }
}

/// Whether some tool may be named by both patterns. Texts in which a parameter stands for the server may name any.
fn meet(one: &str, other: &str) -> bool {
    if one.contains('{') || other.contains('{') {
        return true;
    }
    let (Some((server, one)), Some((of, other))) = (one.split_once('/'), other.split_once('/')) else { return true };
    if server != of {
        return false;
    }
    // what stands before the first star of each, and behind the last, must go together
    let ends = |pattern: &str| {
        let (head, _) = pattern.split_once('*')?;
        let (_, tail) = pattern.rsplit_once('*')?;
        Some((head.to_owned(), tail.to_owned()))
    };
    match (ends(one), ends(other)) {
        (None, None) => one == other,
        (Some((head, tail)), None) => other.starts_with(&head) && other.ends_with(&tail),
        (None, Some((head, tail))) => one.starts_with(&head) && one.ends_with(&tail),
        (Some((head, tail)), Some((begins, ends))) => {
            (head.starts_with(&begins) || begins.starts_with(&head)) && (tail.ends_with(&ends) || ends.ends_with(&tail))
        }
    }
}
