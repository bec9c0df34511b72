//! `/v1/doctor`, `/v1/backup`, `/v1/node/stop`: the node as a process, for who operates it.

use crate::decisions::text;
use crate::nouns::counted;
use crate::read::body;
use crate::{Api, Problem};
use bailiwick_catalogue::Method;
use bailiwick_core::json::Json;
use bailiwick_core::{ControlState, ServerName, ToolId, Transport};
use bailiwick_node::{BackupError, Failure};
use bailiwick_policy::UnknownTool;
use bailiwick_store::{Finding, StoreError};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// The process around the node.
pub trait Operator: std::fmt::Debug + Send + Sync {
    /// Ends the node, once what is under way has finished.
    fn stop(&self);
    /// Whether it is the user's own node, which was started for wrappers and ends when nobody uses it.
    fn is_users_own(&self) -> bool;
    /// How many requests are under way, besides the one that asks.
    fn busy(&self) -> usize;
    /// Looks at the store from outside.
    fn inspect(&self) -> Pin<Box<dyn Future<Output = Vec<Finding>> + Send + '_>>;
}

/// What is wrong with servers, by name: said once, until it is another.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Mutex<BTreeMap<ServerName, String>>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BackupBody {
    file: PathBuf,
}

/// What rids a server of its trouble.
const USABLE: &str = "correct the server's document, or what it needs here: its program, its URL, its secrets (`bailiwick serve --secret`)";

/// What lets rules erase again.
const DOUBTED: &str =
    "compare the clocks of this machine and of the store's; where they are right, let the node run for a day";

/// What lets a node remember its log again.
const UNKEPT: &str =
    "let the node write into its folder of state again: room on the disk, its owner, `checkpoints` as it was";

/// A check, in words; `well` is absent where it is only to be known.
fn check(name: &str, well: Option<bool>, words: &str, fix: Option<&str>) -> Json {
    Json::object([
        ("check", Json::from(name)),
        ("fix", fix.map_or(Json::Null, Json::from)),
        ("well", well.map_or(Json::Null, Json::from)),
        ("words", Json::from(words)),
    ])
}

/// Rules that name a tool which is not there decide nothing, whatever their author meant.
fn policies_checked(state: &ControlState, checks: &mut Vec<Json>) {
    for UnknownTool { document, rule, tool, seen, .. } in bailiwick_policy::unknown_tools(state) {
        let (well, why) = match (seen, state.servers.contains_key(tool.server())) {
            (_, false) => (Some(false), "there is no such server".to_owned()),
            (true, true) => (Some(false), format!("`{}` has no such tool", tool.server())),
            (false, true) => (None, format!("`{}` was not seen yet", tool.server())),
        };
        let words = format!("rule `{rule}` names `{tool}`, and decides nothing of it: {why}");
        let fix = "correct the policy, and apply it again: bailiwick apply -f FILE";
        checks.push(check(&format!("policy {document}"), well, &words, Some(fix)));
    }
}

impl From<BackupError> for Problem {
    fn from(error: BackupError) -> Self {
        let detail = error.to_string();
        match error {
            BackupError::There(_) | BackupError::Store(StoreError::Refused(_)) => Self::bad(detail),
            BackupError::Store(StoreError::Unavailable(_) | StoreError::Full) => Failure::Unavailable(detail).into(),
            BackupError::Io(_, why) if why.kind() == std::io::ErrorKind::NotFound => Self::bad(detail),
            BackupError::Io(..) | BackupError::Store(_) | BackupError::Differs(_) => Self::broken(detail),
        }
    }
}

impl Api {
    /// Says who runs the process.
    pub fn has_operator(&self, operator: Arc<dyn Operator>) {
        // One process has one.
        let _first = self.operator.set(operator);
    }

    /// The node goes: from here on no session, task or act begins.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// What keeps a server from being used; `None`: nothing any more. Answers whether that is news.
    pub fn trouble(&self, server: &ServerName, why: Option<String>) -> bool {
        let mut troubles = self.troubles.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = troubles.get(server);
        if before == why.as_ref() {
            return false;
        }
        // As many as there are servers: those that were taken away are forgotten.
        if let Ok(control) = self.control() {
            troubles.retain(|name, _| control.state.servers.contains_key(name));
        }
        match why {
            Some(why) => drop(troubles.insert(server.clone(), why)),
            None => drop(troubles.remove(server)),
        }
        true
    }

    /// What keeps a server from being used, as far as this node knows.
    pub fn trouble_of(&self, server: &ServerName) -> Option<String> {
        self.troubles.0.lock().unwrap_or_else(PoisonError::into_inner).get(server).cloned()
    }

    /// The process, for `status`.
    pub(crate) fn process(&self) -> Json {
        Json::object([
            ("own", self.operator.get().map_or(Json::Null, |operator| Json::from(operator.is_users_own()))),
            ("pid", Json::from(u64::from(std::process::id()))),
        ])
    }

    fn operator(&self) -> Result<&Arc<dyn Operator>, Problem> {
        self.operator.get().ok_or_else(|| Failure::Unavailable("the node has not started yet".to_owned()).into())
    }

    /// Ends the node; answers what it waits for.
    pub(crate) async fn stop(&self) -> Result<Json, Problem> {
        let operator = self.operator()?;
        let count = |count: usize| Json::from(u64::try_from(count).unwrap_or(u64::MAX));
        let answer = Json::object([
            ("acts", count(self.open_acts().await)),
            ("busy", count(operator.busy())),
            ("sessions", count(self.sessions())),
            ("stopping", Json::from(true)),
        ]);
        operator.stop();
        Ok(answer)
    }

    /// Writes a backup of the store into a file of this machine, as the user that the node runs as.
    pub(crate) async fn backup(&self, bytes: &[u8]) -> Result<Json, Problem> {
        let asked: BackupBody = body(bytes)?;
        if !asked.file.is_absolute() {
            return Err(Problem::bad("expected the whole path of a file"));
        }
        let node = self.desk.node();
        if let Some(why) = node.behind(self.tenant) {
            return Err(Failure::Behind(why).into());
        }
        let written = node.back_up(asked.file).await?;
        let logs = written.logs.iter().map(|log| {
            Json::object([
                ("epoch", Json::from(u64::from(log.epoch))),
                ("name", Json::from(log.name.as_str())),
                ("root", text(&log.root)),
                ("size", Json::from(log.size)),
                ("tenant", text(&log.tenant)),
            ])
        });
        Ok(Json::object([
            ("bytes", Json::from(written.bytes)),
            ("file", Json::from(written.file.display().to_string().as_str())),
            ("logs", Json::array(logs)),
        ]))
    }

    /// What a running node knows of how it stands, a check each.
    pub(crate) async fn doctor(&self) -> Result<Json, Problem> {
        let mut checks: Vec<Json> = Vec::new();
        for finding in self.operator()?.inspect().await {
            checks.push(check(finding.name, Some(finding.well), &finding.words, finding.fix.as_deref()));
        }
        let node = self.desk.node();
        checks.push(match node.behind(self.tenant) {
            Some(why) => {
                let fix = "put the newest copy of the store back";
                check("log", Some(false), &Failure::Behind(why).to_string(), Some(fix))
            }
            None => {
                let log = node.store().log(self.tenant).map_err(|error| Failure::Unavailable(error.to_string()))?;
                match node.compare_streams(self.tenant).await {
                    Ok(()) => {
                        let words = format!("{} events, none less than this node has seen", log.size);
                        check("log", Some(true), &words, None)
                    }
                    Err(error) => {
                        check("log", Some(false), &error.to_string(), Some("put the newest copy of the store back"))
                    }
                }
            }
        });
        if let Some(why) = node.unkept() {
            let words = format!("{why}; what happens now is neither remembered outside of the store nor signed");
            checks.push(check("memory of the log", Some(false), &words, Some(UNKEPT)));
        }
        self.servers_checked(&mut checks)?;
        policies_checked(&self.control()?.state, &mut checks);
        let kinds = crate::kinds::checked(&self.control()?.state);
        let fix = "bind both as one kind, or know that they are told apart";
        checks.extend(kinds.iter().map(|(name, words)| check(name, None, words, Some(fix))));
        let rules = self.told_checked(self.control()?.state.rules.values().map(|entry| &entry.document));
        checks.extend(rules.iter().map(|(name, well, words, fix)| check(name, *well, words, *fix)));
        if let Some((name, _)) = self.control()?.state.retention() {
            let (well, words, fix) = match node.clock_doubt(self.tenant) {
                None => (Some(true), format!("rule {name} erases by the store's time"), None),
                Some(doubt) => (doubt.needs_people().then_some(false), doubt.to_string(), Some(DOUBTED)),
            };
            checks.push(check("retention", well, &words, fix));
        }
        self.tasks_checked(&mut checks).await?;
        let glasses = crate::glass::checked(&self.control()?.state, node.now());
        checks.extend(glasses.iter().map(|(name, well, words, fix)| check(name, *well, words, Some(fix))));
        let observed = crate::observe::checked(&self.control()?.state, node.now());
        checks.extend(observed.iter().map(|(name, words, fix)| check(name, None, words, Some(fix))));
        let void = crate::changes::checked(&self.control()?.state, node.now());
        checks.extend(void.iter().map(|(name, words, fix)| check(name, None, words, Some(fix))));
        let words = format!("rests on {}", crate::persons::trust(&self.control()?.state, node.now()));
        checks.push(check("administration", None, &words, None));
        Ok(Json::object([("checks", Json::array(checks)), ("now", Json::from(node.now().0))]))
    }

    fn servers_checked(&self, checks: &mut Vec<Json>) -> Result<(), Problem> {
        let control = self.control()?;
        for (name, entry) in &control.state.servers {
            let called = format!("server {name}");
            if let Some(why) = self.trouble_of(name) {
                checks.push(check(&called, Some(false), &format!("cannot be used: {why}"), Some(USABLE)));
                continue;
            }
            let offers = |tool: &ToolId| tool.server() == name && !Method::answers(tool.tool());
            let own = control.state.tools.iter().filter(|(tool, _)| offers(tool));
            let (usable, waiting): (Vec<_>, Vec<_>) = own.partition(|(tool, _)| control.state.usable(tool));
            let ways: Vec<String> = self.ways(&entry.document).iter().map(crate::ways::Way::words).collect();
            let mode = match (ways.is_empty(), &entry.document.transport) {
                (true, _) => "enforced for agents of other accounts and machines".to_owned(),
                (false, Transport::Wrapped { .. }) => "cooperative: this machine's user could go around it".to_owned(),
                (false, _) => format!("cooperative: {}", ways.join("; ")),
            };
            let review = format!("bailiwick server review {name}");
            if !entry.same {
                let words = "another server answers under this name; nothing of it may be called";
                checks.push(check(&called, Some(false), words, Some(&review)));
            } else if !waiting.is_empty() {
                let wait = if waiting.len() == 1 { "waits" } else { "wait" };
                let usable = counted(usable.len(), "tool");
                let words = format!("{mode}; {usable} may be called, {} {wait} for review", waiting.len());
                checks.push(check(&called, None, &words, Some(&review)));
            } else if entry.identity.is_none() {
                checks.push(check(&called, None, &format!("{mode}; it was not seen yet"), None));
            } else {
                checks.push(check(
                    &called,
                    Some(true),
                    &format!("{mode}; {} may be called", counted(usable.len(), "tool")),
                    None,
                ));
            }
        }
        for (name, entry) in &control.state.agents {
            let owner = &entry.document.owner;
            // an account without a person of its own acts under its number
            if !owner.as_str().starts_with("uid:") && !control.state.persons.contains_key(owner) {
                let words = format!("no person `{owner}` is described: nobody answers for it");
                let fix = "describe the person, or name another owner: bailiwick apply -f FILE";
                checks.push(check(&format!("owner of agent {name}"), None, &words, Some(fix)));
            }
            // The built-in one acts behind `wrap`, and needs none.
            if entry.document.keys.is_empty() && name.to_string() != "personal" {
                let fix = format!("bailiwick agent key {name} --out {name}.key --enroll");
                let words = "has no key: it can act behind `wrap` only";
                checks.push(check(&format!("agent {name}"), None, words, Some(&fix)));
            }
        }
        Ok(())
    }

    async fn tasks_checked(&self, checks: &mut Vec<Json>) -> Result<(), Problem> {
        let tasks = self.tasks_if_followed(false).await?;
        for (task, why) in &tasks.closed {
            let fix = "put the newest copy of the store back";
            checks.push(check(&format!("task {task}"), Some(false), &format!("closed on this node: {why}"), Some(fix)));
        }
        let doubtful = tasks.open.iter().filter(|task| !task.doubtful.is_empty());
        let mut any = false;
        for task in doubtful {
            any = true;
            let words = match task.doubtful.len() {
                1 => "1 act is in doubt: whether it was done is not known".to_owned(),
                several => format!("{several} acts are in doubt: whether they were done is not known"),
            };
            let fix = format!("look whether it was done; the acts: bailiwick task show {}", task.task);
            checks.push(check(&format!("task {}", task.task), None, &words, Some(&fix)));
        }
        if !any {
            let live = tasks.open.iter().filter(|task| task.standing.live()).count();
            checks.push(check("tasks", Some(true), &format!("{live} live, no act is in doubt"), None));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
