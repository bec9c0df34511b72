//! What each method of each path of `/v1` does.

use crate::keys::Turning;
use crate::servers::Offered;
use crate::{Api, Peer, Problem, Request, Who, read};
use bailiwick_core::json::Json;
use bailiwick_node::Failure;
use std::sync::atomic::Ordering;

impl Api {
    pub(crate) async fn route(&self, request: &Request, who: &Who) -> Result<Json, Problem> {
        let body = request.body.as_slice();
        let parts: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("POST", ["v1", "wrap" | "decisions"] | ["v1", "tasks"]) if self.draining.load(Ordering::Relaxed) => {
                Err(Failure::Draining.into())
            }
            ("GET", ["v1", "status"]) => self.status().await,
            ("GET", ["v1", "events"]) => self.events_of(number(&request.query, "from")?.unwrap_or(0), who).await,
            ("GET", ["v1", "events", leaf, "lineage"]) => self.lineage(event_number(leaf)?, who).await,
            ("GET", ["v1", "events", leaf, "explain"]) => self.explain(event_number(leaf)?, who).await,
            ("GET", ["v1", "documents"]) => self.configuration(),
            ("POST", ["v1", "documents"]) => self.apply_body(body, who).await,
            ("GET", ["v1", "tasks"]) => self.tasks(&request.query, who).await,
            ("POST", ["v1", "tasks"]) => self.start_body(body, who).await,
            ("POST", ["v1", "tasks", "preview"]) => self.preview_body(body, who),
            ("POST", ["v1", "tasks", "options"]) => self.start_options(body, who).await,
            ("GET", ["v1", "tasks", task]) => self.task_of(task).await,
            ("GET", ["v1", "tasks", task, "timeline"]) => {
                self.timeline(read::task_id(task)?, number(&request.query, "from")?.unwrap_or(1)).await
            }
            ("GET", ["v1", "tasks", task, "data"]) => {
                self.data(read::task_id(task)?, number(&request.query, "from")?.unwrap_or(1)).await
            }
            ("POST", ["v1", "tasks", task, "declassify"]) => self.lower(read::task_id(task)?, body, who).await,
            ("POST", ["v1", "tasks", task, "declassify", "options"]) => {
                self.lower_options(read::task_id(task)?, body, who).await
            }
            ("POST", ["v1", "tasks", task, "erase"]) => self.erase(read::task_id(task)?, body, who).await,
            ("POST", ["v1", "tasks", task, "hold"]) => self.hold(read::task_id(task)?, body, who).await,
            ("POST", ["v1", "tasks", task, "release"]) => self.release(read::task_id(task)?, body, who).await,
            ("GET", ["v1", "tasks", task, "tree"]) => self.tree(read::task_id(task)?).await,
            ("POST", ["v1", "tasks", task, "consent"]) => self.consent(read::task_id(task)?, body, who).await,
            ("POST", ["v1", "tasks", task, "consent", "options"]) => {
                self.consent_options(read::task_id(task)?, who).await
            }
            ("POST", ["v1", "tasks", task, "amend"]) => self.amend(read::task_id(task)?, body, who).await,
            ("POST", ["v1", "tasks", task, "amend", "options"]) => {
                self.amend_options(read::task_id(task)?, body, who).await
            }
            ("GET", ["v1", "wishes"]) => self.wishes(None, who).await,
            ("GET", ["v1", "tasks", task, "wishes"]) => self.wishes(Some(read::task_id(task)?), who).await,
            ("POST", ["v1", "tasks", task, "wishes", wish, "refuse"]) => {
                self.refuse_wish(read::task_id(task)?, wish, body, who).await
            }
            ("POST", ["v1", "tasks", task, "attach"]) => self.attach(read::task_id(task)?, body, who).await,
            ("POST", ["v1", "tasks", task, "settle-by-record"]) => {
                self.settle_by_record(read::task_id(task)?, body, who).await
            }
            ("POST", ["v1", "tasks", task, "settle"]) => self.settle_doubt(read::task_id(task)?, body, who).await,
            ("POST", ["v1", "tasks", task, "settle", "options"]) => {
                self.settle_options(read::task_id(task)?, body, who).await
            }
            ("POST", ["v1", "tasks", task, "end"]) => self.end(read::task_id(task)?, body, who).await,
            ("GET", ["v1", "friction"]) => self.friction(number(&request.query, "days")?),
            ("GET", ["v1", "review"]) => self.review_sprawl(number(&request.query, "days")?),
            ("POST", ["v1", "review", "record"]) => self.record_sprawl().await,
            ("GET", ["v1", "approvals"]) => self.approvals(&request.query, who).await,
            ("GET", ["v1", "approvals", id]) => self.approval(id, who).await,
            ("GET", ["v1", "approvals", id, "yeses"]) => self.yeses(id, who).await,
            ("POST", ["v1", "approvals", "sheet"]) => self.sign_sheet(body, who).await,
            ("POST", ["v1", "approvals", id, "sign"]) => self.sign_approval(id, body, who).await,
            ("POST", ["v1", "approvals", id, "refuse"]) => self.refuse_approval(id, body, who).await,
            ("GET", ["v1", "changes"]) => self.changes(who),
            ("GET", ["v1", "changes", id]) => self.change(id, who).await,
            ("POST", ["v1", "changes", id, "second"]) => self.second_change(id, body, who).await,
            ("POST", ["v1", "changes", id, "withdraw"]) => self.withdraw_change(id, who).await,
            ("GET", ["v1", "break-glass"]) => self.glasses(who).await,
            ("POST", ["v1", "break-glass"]) => self.break_glass(body, who).await,
            ("POST", ["v1", "break-glass", "preview"]) => self.preview_glass(body, who).await,
            ("POST", ["v1", "break-glass", id, "close"]) => self.close_glass(id, body, who).await,
            ("POST", ["v1", "break-glass", id, "close", "options"]) => self.close_options(id, body, who).await,
            ("GET", ["v1", "breakers"]) => self.breakers(),
            ("POST", ["v1", "breakers", id, "close"]) => self.close_breaker(id, body, who).await,
            ("POST", ["v1", "breakers", id, "close", "options"]) => self.close_breaker_options(id, who).await,
            ("POST", ["v1", "propose"]) => self.propose(body).await,
            ("GET", ["v1", "observe"]) => self.observations(),
            ("POST", ["v1", "observe"]) => self.observe(body, who).await,
            ("POST", ["v1", "observe", id, "end"]) => self.end_observation(id, who).await,
            ("GET", ["v1", "session"]) => self.whoami(who),
            ("GET", ["v1", "persons"]) => self.persons(),
            ("GET", ["v1", "persons", person]) => self.person(person),
            ("POST", ["v1", "persons", person, "erase"]) => self.erase_person(person, body, who).await,
            ("POST", ["v1", "persons", person, "invite"]) => self.invite(person, body, who).await,
            ("POST", ["v1", "persons", person, "invite", "options"]) => self.invite_options(person, who),
            ("POST", ["v1", "persons", person, "invitations", id, "withdraw"]) => self.uninvite(person, id, who).await,
            ("POST", ["v1", "persons", person, "passkeys", id, "remove"]) => self.remove_passkey(person, id, who).await,
            ("GET", ["v1", "agents"]) => self.agents(),
            ("GET", ["v1", "agents", agent]) => self.agent_of(agent).await,
            ("GET", ["v1", "servers"]) => self.servers(),
            ("GET", ["v1", "servers", server]) => self.server(server),
            ("GET", ["v1", "tools"]) => self.tools(),
            // a tool's id is split at its first slash: the rest is its name
            ("GET", ["v1", "tools", server, tool @ ..]) if !tool.is_empty() => self.tool(server, &tool.join("/")),
            ("GET", ["v1", "templates"]) => self.templates(who),
            ("GET", ["v1", "templates", template]) => self.template(template, who),
            ("GET", ["v1", "mandates"]) => self.mandates(who).await,
            ("GET", ["v1", "mandates", mandate]) => self.mandate(mandate, who).await,
            ("GET", ["v1", "policy", "document"]) => self.policy_document(),
            ("GET", ["v1", "policy", "findings"]) => self.policy_findings().await,
            ("POST", ["v1", "policy", "test"]) => self.policy_test(body).await,
            ("POST", ["v1", "policy", "diff"]) => self.policy_diff(body).await,
            ("POST", ["v1", "policy", "replay"]) => self.policy_replay(body).await,
            ("GET", ["v1", "policy", "shadow"]) => self.policy_shadow().await,
            ("POST", ["v1", "policy", "shadow"]) => self.begin_shadow(body, who).await,
            ("POST", ["v1", "policy", "shadow", "end"]) => self.end_shadow().await,
            ("GET", ["v1", "keys"]) => self.keys(),
            ("POST", ["v1", "keys", "token", "turn"]) => self.turn_key(Turning::Token, who).await,
            ("POST", ["v1", "keys", "root", "turn"]) => self.turn_key(Turning::Root, who).await,
            ("GET", ["v1", "log"]) => self.log(),
            ("GET", ["v1", "servers", server, "left"]) => self.left(server).await,
            ("POST", ["v1", "servers", server, "lower"]) => self.lower_place(server, body, who).await,
            ("POST", ["v1", "servers", server, "review"]) => self.review(server, body, who).await,
            ("POST", ["v1", "agents", agent, "keys"]) => self.enroll(agent, body, who).await,
            ("POST", ["v1", "agents", agent, "suspend"]) => self.agent(agent, false, who).await,
            ("POST", ["v1", "agents", agent, "offboard"]) => self.offboard(agent, body, who).await,
            ("POST", ["v1", "agents", agent, "resume"]) => self.agent(agent, true, who).await,
            ("POST", ["v1", "tenant", "stop"]) => self.tenant(false, who).await,
            ("POST", ["v1", "tenant", "resume"]) => self.tenant(true, who).await,
            ("POST", ["v1", "log", "checkpoint"]) => self.checkpoint().await,
            ("GET", ["v1", "log", "key"]) => self.log_key(),
            ("POST", ["v1", "log", "heads"]) => self.heads().await,
            ("POST", ["v1", "log", "proof"]) => self.proof(&request.query).await,
            ("GET", ["v1", "doctor"]) => self.doctor().await,
            ("GET", ["v1", "enforcement"]) => self.enforcement(),
            ("POST", ["v1", "backup"]) => self.backup(body).await,
            ("POST", ["v1", "node", "stop"]) => self.stop().await,
            (_, ["v1", "wrap" | "offers" | "decisions", ..]) => {
                let Who::Socket(peer) = who else { return Err(Problem::not_found("place")) };
                self.route_of_wrapper(request, parts.as_slice(), peer).await
            }
            _ => Err(Problem::not_found("place")),
        }
    }

    /// What is for wrappers alone.
    async fn route_of_wrapper(&self, request: &Request, parts: &[&str], peer: &Peer) -> Result<Json, Problem> {
        let (body, secret) = (request.body.as_slice(), request.session.as_deref());
        match (request.method.as_str(), parts) {
            ("POST", ["v1", "wrap"]) => self.open_wrap(body, peer).await,
            ("DELETE", ["v1", "wrap"]) => self.close_wrap(secret, &request.query, peer.uid).await,
            ("GET", ["v1", "wrap", "held"]) => {
                self.session(secret, peer)?;
                self.sessions.hold(secret.unwrap_or_default());
                // Never answered: whoever asked is there for as long as it waits, and the session no longer.
                std::future::pending().await
            }
            ("POST", ["v1", "offers"]) => {
                let session = self.session(secret, peer)?;
                let offered: Offered = read::body(body)?;
                // A wrapper speaks of the server whose process it holds, and of no other.
                if session.server.as_ref() != Some(&offered.server) {
                    return Err(Problem::not_found("server"));
                }
                self.wrapped_offer(offered, secret.unwrap_or_default(), &session).await
            }
            ("POST", ["v1", "decisions"]) => {
                let session = self.session(secret, peer)?;
                self.attempt(body, secret.unwrap_or_default(), &session).await
            }
            ("POST", ["v1", "decisions", "settle"]) => self.settle(body, &self.session(secret, peer)?).await,
            ("POST", ["v1", "decisions", "stands"]) => self.stands(body, &self.session(secret, peer)?).await,
            ("GET", ["v1", "decisions", "mark"]) => self.mark(&self.session(secret, peer)?).await,
            ("GET", ["v1", "decisions", "shown"]) => self.shown(&self.session(secret, peer)?).await,
            ("GET", ["v1", "decisions", "authority"]) => self.authority(&self.session(secret, peer)?).await,
            ("GET", ["v1", "decisions", "answered", id]) => {
                let session = self.session(secret, peer)?;
                let id = id.parse().map_err(|_| Problem::not_found("request"))?;
                self.answered(&session, id).await
            }
            ("GET", ["v1", "decisions", "ended"]) => self.ended(&self.session(secret, peer)?).await,
            _ => Err(Problem::not_found("place")),
        }
    }
}

fn event_number(text: &str) -> Result<u64, Problem> {
    text.parse().map_err(|_| Problem::bad("expected the number of an event"))
}

/// A number of the query; a name that stands twice is refused.
pub(crate) fn number(query: &str, name: &str) -> Result<Option<u64>, Problem> {
    let mut found = query.split('&').filter_map(|pair| pair.split_once('=')).filter(|(key, _)| *key == name);
    let value = found.next().map(|(_, value)| value);
    if found.next().is_some() {
        return Err(Problem::bad(format!("`{name}` stands twice")));
    }
    value.map(|text| text.parse().map_err(|_| Problem::bad(format!("`{name}`: expected a whole number")))).transpose()
}
