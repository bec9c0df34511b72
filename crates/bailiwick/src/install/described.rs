//! What an installation tells the node: a server under its own account, an agent with a key, what it may be granted; and
//! the reviews that hold because what was reviewed is what is there.

use super::Plan;
use super::system::as_user;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{days_from_now, foreign, list, text, words};
use crate::trust::BadInput;
use bailiwick_core::json::Json;
use bailiwick_identity::SigningKey;
use std::collections::BTreeMap;
use std::time::Duration;

/// When what was made is to be looked at again.
const REVIEW_AFTER_DAYS: u64 = 180;
/// How long a server may take to be looked at.
const LOOKED_AT_WITHIN: Duration = Duration::from_secs(60);
/// How often it is asked whether it was.
const ASK_EVERY: Duration = Duration::from_millis(200);

fn words_of<'a>(all: impl IntoIterator<Item = &'a str>) -> Json {
    Json::array(all.into_iter().map(Json::from))
}

impl Plan {
    fn server(&self) -> Json {
        let env = self.env.iter().map(|(name, value)| (name.as_str(), Json::from(value.as_str())));
        let secret =
            self.secrets.keys().map(|name| (name.as_str(), Json::from(format!("secret:{}", self.secret(name)))));
        let (command, args) = self.command.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        let stdio = Json::object([
            ("args", words_of(args.iter().map(String::as_str))),
            ("command", Json::from(command)),
            ("env", Json::object(env.chain(secret))),
            ("run_as", Json::from(self.account.as_str())),
        ]);
        Json::object([
            ("kind", Json::from("server")),
            ("name", Json::from(self.name.as_str())),
            ("transport", Json::object([("stdio", stdio)])),
        ])
    }

    /// What the node is told, in the order that it is needed.
    pub(super) fn documents(&self) -> Vec<Json> {
        let name = || Json::from(self.name.as_str());
        let tools = || words_of([format!("{}/*", self.name).as_str()]);
        let effects = || words_of(["read", "write"]);
        let person = Json::from(self.user.name.as_str());
        vec![
            self.server(),
            Json::object([
                ("kind", Json::from("person")),
                ("name", person.clone()),
                ("uid", Json::from(u64::from(self.user.uid))),
            ]),
            Json::object([
                ("allow", Json::array([Json::object([("effects", effects()), ("tools", tools())])])),
                ("kind", Json::from("role")),
                ("name", name()),
            ]),
            Json::object([
                ("autonomy", Json::from("execute")),
                ("contact", Json::from(format!("{} of this machine", self.user.name))),
                ("kind", Json::from("agent")),
                ("name", name()),
                ("owner", person),
                ("review", Json::from(days_from_now(REVIEW_AFTER_DAYS))),
                ("role", name()),
                ("run_by", Json::from("own")),
            ]),
            Json::object([
                ("grant", Json::array([Json::object([("effects", effects()), ("tools", tools())])])),
                ("intent", Json::from(format!("Work with {} for {}", self.name, self.user.name))),
                ("kind", Json::from("template")),
                ("name", name()),
                ("purpose", name()),
                ("start", Json::object([("agents", words_of([self.name.as_str()])), ("who", words_of(["anyone"]))])),
                ("window", Json::from("12h")),
            ]),
        ]
    }

    /// Tells the node what it was not told yet. What a person changed of it since stays as that person wants it, but for the
    /// server, which is what is installed.
    pub(super) async fn describe(&self, node: &Client) -> Result<bool, Trouble> {
        let mut missing = Vec::new();
        for document in self.documents() {
            let (kind, name) = (text(&document, "kind"), text(&document, "name"));
            let path = match kind {
                "role" => format!("/v1/agents/{}", self.name),
                kind => format!("/v1/{kind}s/{name}"),
            };
            let there = node.get(&path).await.ok();
            let same = kind != "server"
                || there.as_ref().and_then(|there| there.get("document")?.get("transport").cloned())
                    == document.get("transport").cloned();
            if there.is_none() || !same {
                missing.push(document);
            }
        }
        if missing.is_empty() {
            return Ok(false);
        }
        let body = Json::object([("documents", Json::array(missing))]);
        let answer = node.post("/v1/documents", &body).await?;
        if answer.get("waits").is_some() || answer.get("proposed").is_some() {
            let why =
                "what is new waits for two administrators to sign it: `bailiwick change list`; run this again after it";
            return Err(BadInput(why.to_owned()).into());
        }
        Ok(true)
    }

    /// Whether the agent has a key here.
    pub(super) async fn has_key(&self, node: &Client) -> bool {
        let agent = node.get(&format!("/v1/agents/{}", self.name)).await.unwrap_or(Json::Null);
        crate::print::number(&agent, "keys") > 0
    }

    /// A key for the agent: the private half in a file of the user's, which no other account reads.
    pub(super) async fn make_key(&self, node: &Client) -> Result<(), Trouble> {
        let path = self.key().display().to_string();
        // One whose enrolment was broken off is enrolled now.
        if !self.key().exists() {
            let mut failed = None;
            let key = SigningKey::generate(&mut |bytes| failed = bailiwick_record::system_random(bytes).err());
            if let Some(error) = failed {
                return Err(error.into());
            }
            as_user(&self.user, &["install-file", "key", &path], &key?.to_pem()?)?;
        }
        let public = as_user(&self.user, &["install-file", "public", &path], "")?;
        let body = Json::object([("key", serde_json::from_str(&public)?)]);
        let enrolled = node.post(&format!("/v1/agents/{}/keys", self.name), &body).await?;
        if enrolled.get("proposed").is_some() {
            words("the agent's key waits for two administrators to sign it: `bailiwick change list`");
        }
        Ok(())
    }

    /// Reviews what is there, if it is what was reviewed at the user's own node: each tool by its pin, which holds its words,
    /// its schema and who its server is. Says what came of it.
    pub(super) async fn carry(
        &self,
        node: &Client,
        before: Option<&BTreeMap<String, String>>,
    ) -> Result<String, Trouble> {
        let shown = looked_at(node, self.name.as_str()).await?;
        let waits = |tool: &&Json| text(tool, "standing") == "new" || text(tool, "standing") == "changed";
        let waiting = list(&shown, "tools").iter().filter(waits).count();
        if waiting == 0 {
            return Ok("nothing of it waits for a review".to_owned());
        }
        let by_hand = format!("look at them: bailiwick --home {} server review {}", self.home.display(), self.name);
        let Some(before) = before.filter(|before| !before.is_empty()) else {
            return Ok(format!("{waiting} tools wait for a review, and none was reviewed before; {by_hand}"));
        };
        let now = pins(node, self.name.as_str(), |_| true).await?;
        let same = now.iter().filter(|(tool, pin)| before.get(*tool) == Some(*pin)).count();
        if same < now.len() {
            return Ok(format!(
                "{same} of {} tools are as they were reviewed, so nothing is taken over; {by_hand}",
                now.len()
            ));
        }
        // what is odd about them was there when they were taken
        let accept = list(shown.get("now").unwrap_or(&Json::Null), "offered")
            .iter()
            .flat_map(|tool| list(tool, "findings").iter().map(|finding| Json::from(text(finding, "accept"))));
        let seen = Json::object([
            ("accept", Json::array(accept.collect::<Vec<_>>())),
            ("look", shown.get("look").cloned().unwrap_or(Json::Null)),
        ]);
        node.post(&format!("/v1/servers/{}/review", self.name), &seen).await?;
        Ok(format!(
            "all {same} tools are as `{}` had reviewed them: taken over on the word of that account",
            self.user.name
        ))
    }
}

/// The pins of a server's tools, where they stand as asked.
pub(super) async fn pins(
    node: &Client,
    server: &str,
    stands: impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, String>, Trouble> {
    let shown = node.get(&format!("/v1/servers/{server}")).await?;
    let mut out = BTreeMap::new();
    for tool in list(&shown, "tools").iter().filter(|tool| stands(text(tool, "standing"))) {
        let name = text(tool, "tool");
        // What a path writes otherwise is asked for by hand.
        if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':')) {
            let one = node.get(&format!("/v1/tools/{server}/{name}")).await?;
            out.insert(name.to_owned(), text(&one, "pin").to_owned());
        }
    }
    Ok(out)
}

/// A server once the node has looked at it.
async fn looked_at(node: &Client, server: &str) -> Result<Json, Trouble> {
    let mut waited = Duration::ZERO;
    loop {
        let shown = node.get(&format!("/v1/servers/{server}")).await?;
        if shown.get("look").is_some_and(|look| !look.is_null()) {
            return Ok(shown);
        }
        let trouble = shown.get("trouble").and_then(Json::as_str).map(foreign);
        if trouble.is_some() || waited >= LOOKED_AT_WITHIN {
            let why = trouble.unwrap_or_else(|| "the node has not started it yet".to_owned());
            return Err(BadInput(format!("`{server}` cannot be used under its own account: {why}")).into());
        }
        tokio::time::sleep(ASK_EVERY).await;
        waited += ASK_EVERY;
    }
}
