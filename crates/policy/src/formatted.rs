//! A text of policies, laid out as Cedar's own formatter does it.

use crate::bounds;
use crate::problem::PolicyProblem;
use bailiwick_core::PolicyText;
use cedar_policy_formatter::{Config, policies_str_to_pretty};

/// How long lines may be.
const LINE_CHARS_MAX: usize = 100;
/// How far a part is moved in.
const INDENT_CHARS: isize = 2;

/// The text, laid out. It means the same: the formatter reads what it wrote and compares.
///
/// # Errors
/// What keeps the text from being read.
pub fn formatted(text: &PolicyText) -> Result<String, Vec<PolicyProblem>> {
    if text.cedar.is_none() {
        let problem = PolicyProblem::new(&text.name, "it is not in Cedar");
        return Err(vec![problem.expected("Rego is laid out by `opa fmt`")]);
    }
    bounds::check(&text.name, text.cedar_text()).map_err(|problem| vec![problem])?;
    crate::rules::read(std::iter::once(text))?;
    let config = Config { line_width: LINE_CHARS_MAX, indent_width: INDENT_CHARS };
    let out = policies_str_to_pretty(text.cedar_text(), &config);
    let out = out.map_err(|error| vec![PolicyProblem::new(&text.name, error.to_string())])?;
    Ok(if out.is_empty() || out.ends_with('\n') { out } else { format!("{out}\n") })
}

#[cfg(test)]
mod tests;
