//! A decider behind the node's socket: what `wrap` asks before anything is forwarded.

use crate::client::{Client, Refused as Answered};
use crate::home::Trouble;
use crate::states::{State, unsealed};
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{Micros, Reason, ServerName};
use bailiwick_gateway::{
    Attempted, Authority, Call, Decider, Deciding, Forward, Given, Known, Look, Looked, Mark, Offer, Received, Refused,
    Round, Shown, Undecided, Waits,
};
use std::collections::BTreeMap;
use std::sync::Mutex;
use tokio::time::Instant;

/// The node behind its socket, for one session.
#[derive(Debug)]
pub(crate) struct Remote {
    client: Client,
    server: ServerName,
    executable: Option<String>,
    /// Under a key made of the session's secret: what it seals ends with this process.
    state: State,
    began: Instant,
    /// Which tool an open act is of: settling names it.
    open: Mutex<BTreeMap<u64, String>>,
}

impl Remote {
    /// For a session that was opened for this server.
    pub(crate) fn new(client: Client, server: ServerName, executable: Option<String>, secret: &str) -> Self {
        let (state, began, open) = (State::of_session(secret), Instant::now(), Mutex::new(BTreeMap::new()));
        Self { client, server, executable, state, began, open }
    }

    fn now(&self) -> Micros {
        Micros(u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    fn tools(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, String>> {
        self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Nobody decided: why.
fn undecided(trouble: &Trouble) -> Undecided {
    match trouble.downcast_ref::<Answered>() {
        Some(answer) if answer.code == "caller_unknown" => Undecided::Unbound,
        Some(answer) if answer.code == "unknown" => Undecided::Unknown,
        _ => Undecided::Unavailable(trouble.to_string()),
    }
}

fn text(json: &Json, name: &str) -> String {
    json.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
}

fn strange() -> Undecided {
    Undecided::Unavailable("the node's answer was not understood".to_owned())
}

fn round(round: &Round) -> Json {
    Json::object([
        ("act", Json::from(round.act)),
        ("asked", Json::from(round.asked)),
        ("leaf", Json::from(round.leaf)),
        ("under", Json::from(round.under.as_str())),
    ])
}

fn look(json: &Json) -> Result<Look, Undecided> {
    Ok(Look {
        pointer: Pointer::parse(&text(json, "pointer")).map_err(|_| strange())?,
        tool: text(json, "tool"),
        arguments: json.get("arguments").cloned().ok_or_else(strange)?,
    })
}

fn seen(looked: Looked) -> Json {
    let pointer = Json::from(looked.pointer.to_string().as_str());
    Json::object([("pointer", pointer), ("seen", looked.seen.unwrap_or(Json::Null))])
}

fn attempted(json: &Json) -> Result<Attempted, Undecided> {
    match json.get("verdict").and_then(Json::as_str) {
        Some("forward") => Ok(Attempted::Forward(Forward {
            act: json.get("act").and_then(Json::as_u64).ok_or_else(strange)?,
            leaf: json.get("leaf").and_then(Json::as_u64).ok_or_else(strange)?,
            arguments: json.get("arguments").cloned().ok_or_else(strange)?,
            idempotency: json.get("idempotency").and_then(Json::as_str).map(str::to_owned),
            under: text(json, "under"),
            forward_within_micros: json.get("within_micros").and_then(Json::as_u64).ok_or_else(strange)?,
            quiet: json.get("quiet").and_then(Json::as_bool).ok_or_else(strange)?,
        })),
        Some("look") => {
            let looks = json.get("looks").and_then(Json::as_array).ok_or_else(strange)?;
            looks.iter().map(look).collect::<Result<Vec<_>, _>>().map(Attempted::Look)
        }
        Some("again") => Ok(Attempted::Again {
            result: json.get("result").filter(|result| !result.is_null()).cloned(),
            outcome: text(json, "outcome"),
            // behind a wrapper nothing is asked about what is in doubt
            doubtful: None,
        }),
        Some("refused") => {
            let reasons = json.get("reasons").and_then(Json::as_array).unwrap_or_default();
            let read = |reason: &Json| serde_json::from_str::<Reason>(&reason.canonical()).map_err(|_| strange());
            let reasons = reasons.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            let known = json.get("known");
            let name = |name: &str| known.and_then(|known| known.get(name)).and_then(Json::as_str).map(str::to_owned);
            let known = Known { agent: name("agent"), task: name("task"), template: name("template") };
            let waits = json.get("waits").filter(|waits| !waits.is_null()).map(waits).transpose()?;
            Ok(Attempted::Refused(Refused { reasons, event: json.get("event").and_then(Json::as_u64), known, waits }))
        }
        _ => Err(strange()),
    }
}

fn waits(json: &Json) -> Result<Waits, Undecided> {
    Ok(Waits {
        approval: json.get("approval").and_then(Json::as_u64).ok_or_else(strange)?,
        until: Micros(json.get("until").and_then(Json::as_u64).ok_or_else(strange)?),
        url: json.get("url").and_then(Json::as_str).map(str::to_owned),
    })
}

impl Decider for Remote {
    fn attempt<'a>(&'a self, call: Call) -> Deciding<'a, Attempted> {
        Box::pin(async move {
            let tool = call.tool.clone();
            let body = Json::object([
                ("arguments", call.arguments),
                ("input", call.input),
                ("idempotency", call.idempotency.as_deref().map_or(Json::Null, Json::from)),
                ("continues", call.continues.as_ref().map_or(Json::Null, round)),
                ("declined", Json::from(call.declined)),
                ("looked", call.looked.map_or(Json::Null, |looked| Json::array(looked.into_iter().map(seen)))),
                ("server", Json::from(call.server.as_str())),
                ("settle_within_seconds", Json::from(call.settle_within_seconds)),
                ("tool", Json::from(call.tool.as_str())),
            ]);
            let answer = self.client.post("/v1/decisions", &body).await.map_err(|error| undecided(&error))?;
            let attempted = attempted(&answer)?;
            if let Attempted::Forward(forward) = &attempted {
                self.tools().insert(forward.act, tool);
            }
            Ok(attempted)
        })
    }

    fn settle<'a>(&'a self, act: u64, leaf: u64, received: Received) -> Deciding<'a, Given> {
        Box::pin(async move {
            let tool = self.tools().remove(&act).ok_or_else(strange)?;
            let mut error = None;
            let what = match received {
                Received::Result(result) => ("result", result),
                Received::Error(told) => {
                    error = Some(told);
                    ("nothing", Json::from("error"))
                }
                Received::NeverSent => ("nothing", Json::from("never_sent")),
                Received::Secret { failed: false } => ("nothing", Json::from("secret_returned")),
                Received::Secret { failed: true } => ("nothing", Json::from("secret_in_error")),
                Received::Nothing(why) => ("nothing", Json::from(why)),
            };
            let body = Json::object([
                ("act", Json::from(act)),
                ("leaf", Json::from(leaf)),
                ("server", Json::from(self.server.as_str())),
                ("tool", Json::from(tool.as_str())),
                what,
            ]);
            let answer = self.client.post("/v1/decisions/settle", &body).await.map_err(|error| undecided(&error))?;
            Ok(match answer.get("given").and_then(Json::as_str) {
                Some("whole") => Given::Whole(answer.get("result").cloned().ok_or_else(strange)?),
                Some("withheld") => Given::Withheld(text(&answer, "why")),
                Some("assumed") => error.map_or(Given::Assumed, Given::Whole),
                // an error proves nothing of what was done, and is the caller's to read
                _ => error.map_or_else(|| Given::Withheld("there is no result".to_owned()), Given::Whole),
            })
        })
    }

    fn stands<'a>(&'a self, act: Option<(u64, u64)>, call: Call) -> Deciding<'a, bool> {
        Box::pin(async move {
            let open = act.into_iter().flat_map(|(act, leaf)| [("act", Json::from(act)), ("leaf", Json::from(leaf))]);
            let called = [
                ("arguments", call.arguments),
                ("server", Json::from(call.server.as_str())),
                ("tool", Json::from(call.tool.as_str())),
            ];
            let body = Json::object(open.chain(called));
            let answer = self.client.post("/v1/decisions/stands", &body).await.map_err(|error| undecided(&error))?;
            answer.get("stands").and_then(Json::as_bool).ok_or_else(strange)
        })
    }

    fn mark<'a>(&'a self) -> Deciding<'a, Mark> {
        Box::pin(async move {
            let answer = self.client.get("/v1/decisions/mark").await.map_err(|error| undecided(&error))?;
            let live = answer.get("live").and_then(Json::as_bool).ok_or_else(strange)?;
            Ok(Mark { live, name: text(&answer, "mark") })
        })
    }

    fn shown<'a>(&'a self, _: Option<ServerName>) -> Deciding<'a, Vec<Shown>> {
        Box::pin(async move {
            let answer = self.client.get("/v1/decisions/shown").await.map_err(|error| undecided(&error))?;
            let tools = answer.get("tools").and_then(Json::as_array).unwrap_or_default();
            tools
                .iter()
                .map(|tool| {
                    let server = ServerName::parse(&text(tool, "server")).map_err(|_| strange())?;
                    Ok(Shown { server, words: tool.get("words").cloned().ok_or_else(strange)? })
                })
                .collect()
        })
    }

    fn offered<'a>(&'a self, offer: Offer) -> Deciding<'a, bool> {
        Box::pin(async move {
            // What the pool saw of the files that it started, as for a server that the node starts.
            let script = offer.identity.get("script").and_then(Json::as_str).map_or(Json::Null, Json::from);
            let body = Json::object([
                ("executable", self.executable.as_deref().map_or(Json::Null, Json::from)),
                ("instructions", offer.instructions.as_deref().map_or(Json::Null, Json::from)),
                ("methods", Json::array(offer.methods.iter().map(|method| Json::from(method.as_str())))),
                ("prompts", Json::array(offer.prompts)),
                ("script", script),
                ("server", Json::from(offer.server.as_str())),
                ("templates", Json::array(offer.templates)),
                ("tools", Json::array(offer.tools)),
            ]);
            let answer = self.client.post("/v1/offers", &body).await.map_err(|error| undecided(&error))?;
            Ok(answer.get("changed").and_then(Json::as_bool).unwrap_or_default())
        })
    }

    fn seal(&self, state: &[u8]) -> Result<String, Undecided> {
        self.state.seal(state, self.now()).ok_or_else(unsealed)
    }

    fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        self.state.open(sealed, self.now())
    }

    fn authority<'a>(&'a self) -> Deciding<'a, Authority> {
        Box::pin(async move {
            let answer = self.client.get("/v1/decisions/authority").await.map_err(|error| undecided(&error))?;
            let structured = answer.get("structured").cloned().ok_or_else(strange)?;
            Ok(Authority { text: text(&answer, "text"), structured })
        })
    }

    fn answered<'a>(&'a self, approval: u64) -> Deciding<'a, ()> {
        Box::pin(async move {
            let path = format!("/v1/decisions/answered/{approval}");
            self.client.get(&path).await.map(drop).map_err(|error| undecided(&error))
        })
    }

    fn ended<'a>(&'a self) -> Deciding<'a, Micros> {
        Box::pin(async move {
            self.client.get("/v1/decisions/ended").await.map_err(|error| undecided(&error))?;
            Ok(Micros(0))
        })
    }
}

#[cfg(test)]
mod tests;
