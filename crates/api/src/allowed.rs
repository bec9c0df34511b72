//! What people may ask for over HTTP, by route and role. What is not in this table is not there for them. Over the node's
//! socket its own account may ask for everything.

use crate::described::methods;
use crate::problem::Own;
use crate::read::{decoded, task_id};
use crate::who::{SignedIn, Who, ends, sees};
use crate::{Api, Problem};
use http::StatusCode;

/// Who may ask for a route. An administrator may ask for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Anyone who signed in: the answer holds what is theirs.
    SignedIn,
    /// Who started the task that the path names, or answers for an agent of it.
    Sees,
    /// Who may end the task that the path names.
    Ends,
    /// Who started the task.
    Requester,
    /// The person that the path names.
    Themselves,
    /// The role `administrator`.
    Administrator,
}

/// A route: `*` is any one part, `**` are all that follow.
const TABLE: &[(&str, &str, Needs)] = &[
    ("GET", "session", Needs::SignedIn),
    ("GET", "approvals", Needs::SignedIn),
    ("GET", "approvals/*", Needs::SignedIn),
    ("GET", "approvals/*/yeses", Needs::SignedIn),
    ("POST", "approvals/sheet", Needs::SignedIn),
    ("POST", "approvals/*/sign", Needs::SignedIn),
    ("POST", "approvals/*/refuse", Needs::SignedIn),
    ("GET", "templates", Needs::SignedIn),
    ("GET", "templates/*", Needs::SignedIn),
    ("GET", "mandates", Needs::SignedIn),
    ("GET", "mandates/*", Needs::SignedIn),
    ("POST", "tasks/preview", Needs::SignedIn),
    ("POST", "tasks/options", Needs::SignedIn),
    ("POST", "tasks", Needs::SignedIn),
    ("GET", "tasks", Needs::SignedIn),
    ("GET", "tasks/*", Needs::Sees),
    ("POST", "tasks/*/consent", Needs::Requester),
    ("POST", "tasks/*/consent/options", Needs::Requester),
    ("POST", "tasks/*/amend", Needs::Requester),
    ("POST", "tasks/*/amend/options", Needs::Requester),
    ("POST", "tasks/*/attach", Needs::Requester),
    ("GET", "tasks/*/wishes", Needs::Sees),
    ("POST", "tasks/*/wishes/*/refuse", Needs::Requester),
    ("GET", "wishes", Needs::SignedIn),
    ("POST", "tasks/*/end", Needs::Ends),
    ("GET", "events", Needs::SignedIn),
    ("GET", "events/*/lineage", Needs::SignedIn),
    ("GET", "events/*/explain", Needs::SignedIn),
    ("GET", "tasks/*/timeline", Needs::Sees),
    ("GET", "tasks/*/tree", Needs::Sees),
    ("GET", "tasks/*/data", Needs::Sees),
    // Who may is decided: whoever sees the task and may not is told so.
    ("POST", "tasks/*/declassify", Needs::Sees),
    ("POST", "tasks/*/declassify/options", Needs::Sees),
    ("POST", "tasks/*/erase", Needs::Administrator),
    ("POST", "tasks/*/hold", Needs::Administrator),
    ("POST", "tasks/*/release", Needs::Administrator),
    ("GET", "policy/document", Needs::Administrator),
    ("GET", "policy/findings", Needs::Administrator),
    ("POST", "policy/test", Needs::Administrator),
    ("POST", "policy/diff", Needs::Administrator),
    ("POST", "policy/replay", Needs::Administrator),
    ("GET", "policy/shadow", Needs::Administrator),
    ("POST", "policy/shadow", Needs::Administrator),
    ("POST", "policy/shadow/end", Needs::Administrator),
    ("POST", "propose", Needs::Administrator),
    ("GET", "observe", Needs::Administrator),
    ("POST", "observe", Needs::Administrator),
    ("POST", "observe/*/end", Needs::Administrator),
    ("POST", "agents/*/offboard", Needs::Administrator),
    ("GET", "persons/*", Needs::Themselves),
    ("POST", "persons/*/passkeys/*/remove", Needs::Themselves),
    ("GET", "persons", Needs::Administrator),
    ("POST", "persons/*/erase", Needs::Administrator),
    ("POST", "persons/*/invite", Needs::Themselves),
    ("POST", "persons/*/invite/options", Needs::Themselves),
    ("POST", "persons/*/invitations/*/withdraw", Needs::Themselves),
    ("GET", "changes", Needs::SignedIn),
    ("GET", "changes/*", Needs::SignedIn),
    ("POST", "changes/*/second", Needs::SignedIn),
    ("GET", "break-glass", Needs::SignedIn),
    ("POST", "break-glass", Needs::SignedIn),
    ("POST", "break-glass/preview", Needs::SignedIn),
    ("POST", "break-glass/*/close", Needs::SignedIn),
    ("POST", "break-glass/*/close/options", Needs::SignedIn),
    ("GET", "breakers", Needs::Administrator),
    ("POST", "breakers/*/close", Needs::Administrator),
    ("POST", "breakers/*/close/options", Needs::Administrator),
    ("POST", "changes/*/withdraw", Needs::Administrator),
    ("POST", "tasks/*/settle", Needs::Administrator),
    ("POST", "tasks/*/settle/options", Needs::Administrator),
    ("POST", "tasks/*/settle-by-record", Needs::Administrator),
    ("GET", "friction", Needs::Administrator),
    ("GET", "review", Needs::Administrator),
    ("POST", "review/record", Needs::Administrator),
    ("GET", "status", Needs::Administrator),
    ("GET", "doctor", Needs::Administrator),
    ("GET", "enforcement", Needs::Administrator),
    ("GET", "documents", Needs::Administrator),
    ("POST", "documents", Needs::Administrator),
    ("GET", "agents", Needs::Administrator),
    ("GET", "agents/*", Needs::Administrator),
    ("POST", "agents/*/keys", Needs::Administrator),
    ("POST", "agents/*/suspend", Needs::Administrator),
    ("POST", "agents/*/resume", Needs::Administrator),
    ("GET", "servers", Needs::Administrator),
    ("GET", "servers/*", Needs::Administrator),
    ("GET", "servers/*/left", Needs::Administrator),
    ("POST", "servers/*/lower", Needs::Administrator),
    ("POST", "servers/*/review", Needs::Administrator),
    ("GET", "tools", Needs::Administrator),
    ("GET", "tools/**", Needs::Administrator),
    ("GET", "keys", Needs::Administrator),
    ("POST", "keys/token/turn", Needs::Administrator),
    ("POST", "tenant/stop", Needs::Administrator),
    ("POST", "tenant/resume", Needs::Administrator),
    ("GET", "log", Needs::Administrator),
    ("GET", "log/**", Needs::Administrator),
    ("POST", "log/checkpoint", Needs::Administrator),
    ("POST", "log/proof", Needs::Administrator),
];

fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some("**"), Some(_)) => return true,
            (Some("*"), Some(part)) if !part.is_empty() => {}
            (Some(name), Some(part)) if name == part => {}
            _ => return false,
        }
    }
}

fn needs(method: &str, path: &str) -> Option<Needs> {
    let path = path.strip_prefix("/v1/")?;
    let found = TABLE.iter().find(|(of, pattern, _)| *of == method && fits(pattern, path));
    found.map(|(_, _, needs)| *needs)
}

/// Known and refused.
fn no(code: Own, detail: &str) -> Problem {
    Problem { status: StatusCode::FORBIDDEN, code: code.into(), ..Problem::bad(detail) }
}

/// What is asked without a session: to begin one, to end one, to enrol a passkey. Browsers alone ask for it.
fn at_the_gate(method: &str, path: &str) -> bool {
    match path {
        "/v1/session/options" | "/v1/enroll" | "/v1/enroll/options" => true,
        "/v1/session" => method != "GET",
        _ => false,
    }
}

/// The methods that a path has for who asks, where the one that was asked with is none of them. What is not there for
/// people has none.
pub(crate) fn other_methods(method: &str, path: &str, who: &Who) -> Option<Vec<&'static str>> {
    let theirs = |of: &&str| match who {
        Who::Person(_) => needs(of, path).is_some() || at_the_gate(of, path),
        Who::Socket(_) => !at_the_gate(of, path),
    };
    let found: Vec<&str> = methods(path).into_iter().filter(theirs).collect();
    (!found.is_empty() && !found.contains(&method)).then_some(found)
}

impl Api {
    /// Whether who asks may ask for this. Default deny.
    pub(crate) async fn may(&self, method: &str, path: &str, who: &Who) -> Result<(), Problem> {
        let Who::Person(SignedIn { person, administrator }) = who else { return Ok(()) };
        let needs = needs(method, path).ok_or_else(|| Problem::not_found("place"))?;
        if *administrator {
            return Ok(());
        }
        let named = path.split('/').nth(3).unwrap_or_default();
        match needs {
            Needs::SignedIn => Ok(()),
            Needs::Administrator => Err(no(Own::NotAdministrator, "only an administrator may ask for this")),
            Needs::Themselves if decoded(named).as_deref() == Some(person.as_str()) => Ok(()),
            Needs::Themselves => Err(Problem::not_found("person")),
            Needs::Sees | Needs::Requester | Needs::Ends => {
                let task = self.desk.task(self.tenant, task_id(named)?).await?;
                let also = needs == Needs::Ends && ends(person, &task);
                if !also && !sees(&self.control()?.state, person, &task) {
                    return Err(Problem::not_found("task"));
                }
                if needs == Needs::Requester && task.requester.as_ref() != Some(person) {
                    return Err(no(Own::NotRequester, "only who started this task may do this"));
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests;
