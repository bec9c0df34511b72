//! From a request to a call: which server, which tool, which arguments.

use super::act::{Act, Lasts};
use super::own::{AUTHORITY_TOOL, COMPLETE_TOOL, DELEGATE_TOOL, REQUEST_TOOL};
use super::round::Returned;
use super::share::SETTLE_SLACK_SECONDS;
use super::subscribe::uri_of;
use super::wait::Waited;
use super::{Asking, Scope, only};
use crate::decider::{Attempted, Call, Undecided};
use crate::methods::{Governed, RESERVED_TOOLS};
use crate::names::server_of;
use crate::refusal::Refusal;
use crate::rpc::{INVALID_PARAMS, RpcError};
use bailiwick_core::json::{Json, Object};
use bailiwick_core::{COMPLETE, Code, DELEGATE, REQUEST, ServerName, ToolId};

/// The most bytes of an idempotency key.
const IDEMPOTENCY_BYTES_MAX: usize = 255;

/// What becomes of an act's request: a result, an error, or nothing when it was cancelled.
pub(super) type Asked = Option<Result<Json, RpcError>>;

impl Asking<'_> {
    /// `tools/call`.
    pub(super) async fn call_tool(&self, mut params: Object) -> Asked {
        let returned = match self.returned(&mut params) {
            Ok(returned) => returned,
            Err(error) => return Some(Err(error)),
        };
        let lasts = match self.asks_for_task(&mut params) {
            Ok(lasts) => lasts,
            Err(error) => return Some(Err(error)),
        };
        if let Err(error) = only(&params, &["arguments", "name"]) {
            return Some(Err(error));
        }
        let name = match params.remove("name") {
            Some(Json::String(name)) => name,
            _ => return Some(Err(expected("name", "a string"))),
        };
        let arguments = match params.remove("arguments") {
            None => Json::Object(Object::default()),
            Some(arguments @ Json::Object(_)) => arguments,
            Some(_) => return Some(Err(expected("arguments", "an object"))),
        };
        if &*name == AUTHORITY_TOOL {
            return Some(self.authority(&arguments).await);
        }
        let own = match &*name {
            COMPLETE_TOOL => Some(COMPLETE),
            DELEGATE_TOOL => Some(DELEGATE),
            REQUEST_TOOL => Some(REQUEST),
            _ => None,
        };
        if let Some(own) = own {
            return self.own_act(own, arguments, returned).await;
        }
        let (server, tool) = match self.resolve(&name).await {
            Ok(Some(found)) => found,
            Ok(None) => {
                let sentence = Code::NotAvailable.sentence();
                let refusal = Refusal::own(Code::NotAvailable.as_str(), sentence, Code::NotAvailable.disposition());
                return Some(Ok(refusal.result(false)));
            }
            Err(error) => return Some(Err(error)),
        };
        match self.call(server, tool, arguments) {
            Ok(call) => self.act(Act { lasts, ..Act::new(call, "tools/call", true, returned) }).await,
            Err(error) => Some(Err(error)),
        }
    }

    /// A method that is no tool and is an act all the same.
    pub(super) async fn govern(&self, governed: Governed, mut params: Object) -> Asked {
        let returned = match governed {
            Governed::ReadResource | Governed::GetPrompt => self.returned(&mut params),
            Governed::ListResources | Governed::Subscribe | Governed::Complete => Ok(Returned::default()),
        };
        let returned = match returned.and_then(|returned| only(&params, governed.params()).map(|()| returned)) {
            Ok(returned) => returned,
            Err(error) => return Some(Err(error)),
        };
        let server = match self.server_for(governed, &mut params).await {
            Ok(server) => server,
            Err(error) => return Some(Err(error)),
        };
        let lasts = match governed {
            Governed::Subscribe => match uri_of(&params) {
                // it is subscribed to: one is enough
                Ok(uri) if self.session.subscriptions.has(&None, uri) => {
                    return Some(Ok(Json::Object(Object::default())));
                }
                Ok(_) => Lasts::Subscription(None),
                Err(error) => return Some(Err(error)),
            },
            _ => Lasts::No,
        };
        match self.call(server, governed.tool().to_owned(), Json::Object(params)) {
            Ok(call) => self.act(Act { lasts, ..Act::new(call, governed.method(), false, returned) }).await,
            Err(error) => Some(Err(error)),
        }
    }

    pub(super) fn call(&self, server: ServerName, tool: String, arguments: Json) -> Result<Call, RpcError> {
        let idempotency = self.meta.idempotency.clone();
        if idempotency.as_ref().is_some_and(|key| key.is_empty() || key.len() > IDEMPOTENCY_BYTES_MAX) {
            let message = format!("expected an idempotency key of 1 to {IDEMPOTENCY_BYTES_MAX} bytes");
            return Err(RpcError::new(INVALID_PARAMS, message));
        }
        let settle_within_seconds = self.session.settings.call_within.as_secs().saturating_add(SETTLE_SLACK_SECONDS);
        let (input, continues, declined) = (Json::Null, None, false);
        let looked = None;
        Ok(Call { server, tool, arguments, input, idempotency, continues, looked, declined, settle_within_seconds })
    }

    /// The tool that a name means, `None` for a name that can mean none. What the caller is not shown is asked for all the
    /// same: the decider refuses it, and the record says that it was tried.
    async fn resolve(&self, name: &str) -> Result<Option<(ServerName, String)>, RpcError> {
        let found = match &self.session.scope {
            Scope::One(server) => Some((server.clone(), name.to_owned())),
            Scope::All => match server_of(name) {
                None => None,
                Some((server, rest)) => {
                    // one that is not shown is asked for by what it is called here, so that the no is decided and kept
                    let tool = self.shelf(false).await?.tool(&server, name).unwrap_or_else(|| rest.to_owned());
                    Some((server, tool))
                }
            },
        };
        Ok(found.filter(|(_, tool)| !RESERVED_TOOLS.contains(&tool.as_str())))
    }

    /// The server that a method is about; a prompt's name says it, as a tool's does.
    pub(super) async fn server_for(&self, governed: Governed, params: &mut Object) -> Result<ServerName, RpcError> {
        if let Scope::One(server) = &self.session.scope {
            return Ok(server.clone());
        }
        let shelf = self.shelf(false).await?;
        let unknown = || RpcError::new(INVALID_PARAMS, Code::NotAvailable.sentence());
        let prompt = |name: Option<&Json>| {
            let name = name.and_then(Json::as_str).ok_or_else(unknown)?;
            let (server, _) = server_of(name).ok_or_else(unknown)?;
            let own = shelf.prompt(&server, name).ok_or_else(unknown)?;
            Ok::<_, RpcError>((server, own))
        };
        if governed == Governed::GetPrompt {
            let (server, own) = prompt(params.get("name"))?;
            params.insert("name", Json::from(own));
            return Ok(server);
        }
        if let Some(Json::Object(mut reference)) = params.get("ref").cloned()
            && reference.get("type").and_then(Json::as_str) == Some("ref/prompt")
        {
            let (server, own) = prompt(reference.get("name"))?;
            reference.insert("name", Json::from(own));
            params.insert("ref", Json::Object(reference));
            return Ok(server);
        }
        match shelf.only_server_with(governed.tool()) {
            Ok(Some(server)) => Ok(server),
            Ok(None) => Err(unknown()),
            Err(()) => {
                let message = "several servers have this: use the endpoint of one of them, `/mcp/{server}`";
                Err(RpcError::new(INVALID_PARAMS, message))
            }
        }
    }

    /// A tool of our own that hands work on, asks for more or ends it: done once it is decided, with no server behind it.
    async fn own_act(&self, tool: &str, arguments: Json, returned: Returned) -> Asked {
        let own = ToolId::parse(tool).map_err(|_| RpcError::new(INVALID_PARAMS, Code::NotAvailable.sentence()));
        let call = own.and_then(|own| self.call(own.server().clone(), own.tool().to_owned(), arguments));
        let mut act = match call {
            Ok(call) => Act::new(call, "tools/call", true, returned),
            Err(error) => return Some(Err(error)),
        };
        match self.waited(&mut act).await {
            Waited::Decide => {}
            Waited::Answer(answer) => return Some(answer),
            Waited::Silence => return None,
        }
        let refusal = match self.caller.decider.attempt(act.call.clone()).await {
            Ok(Attempted::Again { result: Some(result), .. }) => return Some(Ok(result)),
            Ok(Attempted::Refused(refused)) => Refusal::decided(&refused, &act.call.server),
            // Nothing of ours is forwarded, and what is done has a result.
            Ok(Attempted::Forward(_) | Attempted::Look(_) | Attempted::Again { result: None, .. }) => {
                Refusal::undecided(&Undecided::Unknown)
            }
            Err(why) => Refusal::undecided(&why),
        };
        Some(self.refuse(&refusal, &act, false))
    }

    /// Our own tool. Decides nothing and appends nothing.
    async fn authority(&self, arguments: &Json) -> Result<Json, RpcError> {
        if arguments.as_object().is_some_and(|members| !members.is_empty()) {
            return Err(RpcError::new(INVALID_PARAMS, format!("`{AUTHORITY_TOOL}` has no arguments")));
        }
        let (mut text, structured, failed) = match self.caller.decider.authority().await {
            Ok(authority) => (authority.text, authority.structured, false),
            Err(why @ (Undecided::Unbound | Undecided::Unavailable(_) | Undecided::Unknown)) => {
                let refusal = Refusal::undecided(&why);
                (refusal.text(), refusal.json(), true)
            }
        };
        for (server, why) in self.caller.upstreams.troubles() {
            text.push_str(&format!("\nThe server `{server}` cannot be used now: {why}."));
        }
        Ok(Json::object([
            ("content", Json::array([Json::object([("text", Json::from(text)), ("type", Json::from("text"))])])),
            ("isError", Json::from(failed)),
            ("structuredContent", structured),
        ]))
    }
}

fn expected(name: &str, what: &str) -> RpcError {
    RpcError::new(INVALID_PARAMS, format!("expected `params.{name}` to be {what}"))
}
