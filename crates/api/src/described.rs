//! What the OpenAPI document says of a path: its methods, and what may stand in a query. A test holds it against the routes.

use crate::Problem;
use crate::openapi::DOCUMENT;
use crate::read::BODY_LIMITS;
use bailiwick_core::json::Json;
use std::sync::OnceLock;

/// Paths whose last parameter is all that follows: a tool's own name may hold slashes.
const OPEN_ENDED: [&str; 2] = ["/v1/tools/", "/v1/log/tile/"];

/// One method of one path.
#[derive(Debug)]
struct Operation {
    method: String,
    path: String,
    /// The names that may stand in its query.
    query: Vec<String>,
}

fn operations() -> &'static [Operation] {
    static READ: OnceLock<Vec<Operation>> = OnceLock::new();
    READ.get_or_init(|| {
        let document = Json::parse(DOCUMENT.as_bytes(), &BODY_LIMITS).unwrap_or(Json::Null);
        let paths = document.get("paths").and_then(Json::as_object).into_iter().flat_map(|paths| paths.iter());
        let of_path = |(path, of): (&str, &Json)| {
            let of_method = |(method, operation): (&str, &Json)| Operation {
                method: method.to_uppercase(),
                path: path.to_owned(),
                query: query_names(operation),
            };
            of.as_object().into_iter().flat_map(|methods| methods.iter()).map(of_method).collect::<Vec<_>>()
        };
        paths.flat_map(of_path).collect()
    })
}

fn query_names(operation: &Json) -> Vec<String> {
    let parameters = operation.get("parameters").and_then(Json::as_array).unwrap_or_default();
    let of_query = parameters.iter().filter(|of| of.get("in").and_then(Json::as_str) == Some("query"));
    of_query.filter_map(|of| of.get("name").and_then(Json::as_str)).map(str::to_owned).collect()
}

fn fits(pattern: &str, path: &str) -> bool {
    let open_ended = OPEN_ENDED.iter().any(|head| pattern.starts_with(head));
    let (mut patterns, mut parts) = (pattern.split('/').peekable(), path.split('/'));
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return true,
            (Some(name), Some(part)) if name == part => {}
            (Some(name), Some(part)) if name.starts_with('{') && !part.is_empty() => {
                if open_ended && patterns.peek().is_none() {
                    return true;
                }
            }
            _ => return false,
        }
    }
}

/// The methods that a path has, by name.
pub(crate) fn methods(path: &str) -> Vec<&'static str> {
    let mut found: Vec<&str> = Vec::new();
    for operation in operations().iter().filter(|operation| fits(&operation.path, path)) {
        if !found.contains(&operation.method.as_str()) {
            found.push(&operation.method);
        }
    }
    found
}

/// Refuses what a query holds and nobody reads: who mistypes a name must not believe that it was heard.
///
/// # Errors
/// [`Problem`] naming it, and what is known.
pub(crate) fn read_whole(method: &str, path: &str, query: &str) -> Result<(), Problem> {
    let here = || operations().iter().filter(|of| of.method == method && fits(&of.path, path));
    let known: Vec<&str> = here().flat_map(|of| &of.query).map(String::as_str).collect();
    let mut seen: Vec<&str> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, _) = pair.split_once('=').unwrap_or((pair, ""));
        if !known.contains(&name) {
            let shown: String = name.chars().take(64).collect();
            let expected = if known.is_empty() { "nothing".to_owned() } else { format!("`{}`", known.join("`, `")) };
            return Err(Problem::bad(format!("the query names `{shown}`; expected {expected}")));
        }
        if seen.contains(&name) {
            return Err(Problem::bad(format!("`{name}` stands twice")));
        }
        seen.push(name);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
