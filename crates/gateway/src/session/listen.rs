//! `subscriptions/listen`: the one stream on which a client of the newer era hears what it did not ask for (MCP 2026-07-28,
//! subscriptions). Each resource on it is an act that lasts; the rest is what the client may see anyway.

use super::act::{Act, Lasts};
use super::ask::Asked;
use super::mcp_task::lacks_tasks;
use super::round::Returned;
use super::subscribe::Updates;
use super::watch::{Changed, Watch};
use super::{Asking, only};
use crate::era::META_SUBSCRIPTION;
use crate::lasting::LASTING_MAX;
use crate::methods::Governed;
use crate::rpc::{self, INVALID_PARAMS, RpcError};
use crate::upstream::URI_BYTES_MAX;
use bailiwick_core::json::{Json, Object};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a client wants to hear of.
#[derive(Default)]
struct Filter {
    tools: bool,
    prompts: bool,
    resources: BTreeSet<String>,
}

impl Asking<'_> {
    /// Opens the stream, and answers when it is over.
    pub(super) async fn listen(&self, params: &Object) -> Asked {
        let wanted = match only(params, &["notifications"]).and_then(|()| self.filter(params)) {
            Ok(wanted) => wanted,
            Err(error) => return Some(Err(error)),
        };
        let owner = Some(self.admitted.id.clone());
        let session = Arc::clone(&self.admitted.session);
        let prompts = wanted.prompts && self.shelf(true).await.is_ok_and(|shelf| shelf.has("prompts:get"));
        let mut honoured = Filter { tools: wanted.tools, prompts, resources: BTreeSet::new() };
        // what is another from here on is told; a request of this era is the whole of its session over HTTP
        self.session.has_listed(self.caller).await;
        let mut watch = Watch::start(Arc::clone(&session), self.caller.clone());
        let mut updates = Updates::new(session, owner.clone());
        for uri in wanted.resources {
            // what is refused stands in the record, and is left out of what is acknowledged
            if self.hears_of(&uri).await {
                honoured.resources.insert(uri);
            }
        }
        let over = self.tell(&honoured, &mut watch, &mut updates).await;
        self.session.subscriptions.end(&owner, None);
        over.then(|| Ok(Json::object([("_meta", self.tag())])))
    }

    /// Tells what there is to tell. Answers whether the client waits for an end: it did not end it itself.
    async fn tell(&self, honoured: &Filter, watch: &mut Watch, updates: &mut Updates) -> bool {
        if !self.say("notifications/subscriptions/acknowledged", "notifications", honoured.json()).await {
            return false;
        }
        let lasting = self.caller.upstreams.lasting().over();
        let mut ending = std::pin::pin!(async {
            tokio::select! {
                () = self.ending() => {}
                // its client is gone, or its servers are
                _ = lasting.wait() => {}
            }
        });
        loop {
            tokio::select! {
                biased;
                why = self.admitted.cut.wait() => return why != "cancelled",
                () = &mut ending => {
                    // what is left is seen before the stream ends
                    let changed = self.session.changed(self.caller).await;
                    return self.say_changed(changed, honoured).await;
                }
                changed = watch.next() => if !self.say_changed(changed, honoured).await { return false },
                uri = updates.next() => {
                    if !self.say("notifications/resources/updated", "uri", Json::from(uri)).await {
                        return false;
                    }
                }
            }
        }
    }

    async fn say_changed(&self, changed: Changed, honoured: &Filter) -> bool {
        let told = Changed { tools: changed.tools && honoured.tools, prompts: changed.prompts && honoured.prompts };
        for method in told.methods() {
            let params = [("_meta", self.tag())].into_iter().collect();
            if self.out.send(rpc::notification(method, params)).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Whether the client still reads.
    async fn say(&self, method: &str, member: &'static str, value: Json) -> bool {
        let params = [("_meta", self.tag()), (member, value)].into_iter().collect();
        self.out.send(rpc::notification(method, params)).await.is_ok()
    }

    fn tag(&self) -> Json {
        Json::object([(META_SUBSCRIPTION, self.admitted.id.json())])
    }

    /// Subscribes to one resource. Answers whether it is heard of.
    async fn hears_of(&self, uri: &str) -> bool {
        let mut params: Object = [("uri", Json::from(uri))].into_iter().collect();
        let Ok(server) = self.server_for(Governed::Subscribe, &mut params).await else { return false };
        let Ok(call) = self.call(server, Governed::Subscribe.tool().to_owned(), Json::Object(params)) else {
            return false;
        };
        let lasts = Lasts::Subscription(Some(self.admitted.id.clone()));
        let act = Act::new(call, Governed::Subscribe.method(), false, Returned::default());
        self.act(Act { lasts, ..act }).await.is_some_and(|answer| answer.is_ok())
    }

    fn filter(&self, params: &Object) -> Result<Filter, RpcError> {
        let bad = |what: String| RpcError::new(INVALID_PARAMS, format!("expected `params.notifications{what}"));
        let Some(Json::Object(wanted)) = params.get("notifications") else {
            return Err(bad("` to be an object".to_owned()));
        };
        let flag = |name: &str| match wanted.get(name) {
            None => Ok(false),
            Some(Json::Bool(wanted)) => Ok(*wanted),
            Some(_) => Err(bad(format!(".{name}` to be true or false"))),
        };
        let texts = |name: &str| match wanted.get(name) {
            None => Ok(BTreeSet::new()),
            Some(Json::Array(all)) if all.len() <= LASTING_MAX => {
                let text = |one: &Json| {
                    one.as_str().filter(|text| (1..=URI_BYTES_MAX).contains(&text.len())).map(str::to_owned)
                };
                let wrong = || bad(format!(".{name}` to hold strings of at most {URI_BYTES_MAX} bytes"));
                all.iter().map(text).collect::<Option<BTreeSet<_>>>().ok_or_else(wrong)
            }
            Some(_) => Err(bad(format!(".{name}` to be a list of at most {LASTING_MAX}"))),
        };
        // the tasks extension, task status notifications; nothing is told of tasks here, so none is acknowledged
        let tasks = texts("taskIds")?;
        if !tasks.is_empty() && !self.meta.envelope.as_ref().is_some_and(|envelope| envelope.able.tasks) {
            return Err(lacks_tasks());
        }
        let resources = texts("resourceSubscriptions")?;
        Ok(Filter { tools: flag("toolsListChanged")?, prompts: flag("promptsListChanged")?, resources })
    }
}

impl Filter {
    fn json(&self) -> Json {
        let mut all = Object::default();
        for (name, wanted) in [("promptsListChanged", self.prompts), ("toolsListChanged", self.tools)] {
            if wanted {
                all.insert(name, Json::from(true));
            }
        }
        if !self.resources.is_empty() {
            let uris = self.resources.iter().map(|uri| Json::from(uri.as_str()));
            all.insert("resourceSubscriptions", Json::array(uris));
        }
        Json::Object(all)
    }
}
