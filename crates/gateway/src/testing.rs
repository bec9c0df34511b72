//! A decider that does as it is told, and a client that writes bytes.

use crate::decider::*;
use crate::session::Caller;
use crate::settings::Settings;
use crate::stdio_door::run_stdio;
use crate::upstream::{Line, Lines, Target, Upstreams, locked};
use bailiwick_core::json::{Json, Object};
use bailiwick_core::{Code, Micros, Reason, ServerName};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::watch;

pub(crate) use crate::upstream::fake::json;

pub(crate) fn server(name: &str) -> ServerName {
    ServerName::parse(name).unwrap()
}

/// The page of the request that `careful` waits for.
pub(crate) const PAGE: &str = "https://node.example/approvals/7";

/// Allows every call but those of a tool called `forbidden`, of one that is none, and of a server that is nowhere; keeps what it was asked.
pub(crate) struct FakeDecider {
    pub(crate) calls: Mutex<Vec<Call>>,
    pub(crate) settled: Mutex<Vec<Received>>,
    pub(crate) offers: Mutex<Vec<Offer>>,
    pub(crate) shown: Mutex<Vec<Shown>>,
    pub(crate) ended: watch::Sender<bool>,
    /// What lasts would still be allowed.
    pub(crate) stands: watch::Sender<bool>,
    pub(crate) named: Mutex<Vec<String>>,
    pub(crate) forbidden: Mutex<Vec<String>>,
    pub(crate) grant: &'static str,
    /// What calls are read under.
    pub(crate) under: Mutex<String>,
    /// What was sealed is too old by now.
    pub(crate) expired: Mutex<bool>,
    /// Calls of these wait for people until they have said yes: at first `careful`, and our own.
    pub(crate) waits: Mutex<Vec<String>>,
    pub(crate) yes: watch::Sender<bool>,
    /// Where people answer.
    pub(crate) page: Option<&'static str>,
    pub(crate) unbound: bool,
    pub(crate) withhold: bool,
    /// Nothing is given but results.
    pub(crate) quiet: bool,
    /// Each act is a read that stays where it is.
    pub(crate) reads: bool,
    pub(crate) forward_within: Duration,
    /// How a server has on record what is in doubt, and each answer that told of it: with act, read, and how many acts were
    /// settled by then.
    pub(crate) record: Option<OnRecord>,
    pub(crate) told: Mutex<Vec<(u64, u64, usize)>>,
    /// Put in the place of the caller's arguments, to see whose bytes leave.
    pub(crate) arguments: Option<Json>,
}

impl Default for FakeDecider {
    fn default() -> Self {
        Self {
            calls: Mutex::default(),
            settled: Mutex::default(),
            offers: Mutex::default(),
            shown: Mutex::default(),
            ended: watch::Sender::new(false),
            stands: watch::Sender::new(true),
            named: Mutex::default(),
            forbidden: Mutex::new(vec!["forbidden".to_owned()]),
            grant: "g",
            under: Mutex::new("pin".to_owned()),
            expired: Mutex::new(false),
            waits: Mutex::new(vec!["careful".to_owned(), "delegate".to_owned()]),
            yes: watch::Sender::new(false),
            page: Some(PAGE),
            unbound: false,
            withhold: false,
            quiet: false,
            reads: false,
            forward_within: Duration::from_secs(2),
            record: None,
            told: Mutex::default(),
            arguments: None,
        }
    }
}

impl FakeDecider {
    /// The grant names these answers.
    pub(crate) fn name(&self, methods: &[&str]) {
        *locked(&self.named) = methods.iter().map(|name| (*name).to_owned()).collect();
    }

    /// From now on this tool is refused.
    pub(crate) fn forbid(&self, tool: &str) {
        locked(&self.forbidden).push(tool.to_owned());
    }

    /// What was asked for, in order.
    pub(crate) fn tools(&self) -> Vec<String> {
        locked(&self.calls).iter().map(|call| call.tool.clone()).collect()
    }

    fn no(&self, call: &Call) -> Option<Code> {
        let passed = call.continues.as_ref().is_some_and(|round| round.under != *locked(&self.under));
        if passed { Some(Code::QuestionPassed) } else { call.declined.then_some(Code::Declined) }
    }

    fn forward(&self, seq: u64, call: Call) -> Attempted {
        Attempted::Forward(Forward {
            act: seq,
            leaf: seq + 100,
            arguments: self.arguments.clone().unwrap_or(call.arguments),
            idempotency: call.idempotency.map(|key| format!("hash of {key}")),
            under: locked(&self.under).clone(),
            forward_within_micros: u64::try_from(self.forward_within.as_micros()).unwrap(),
            quiet: self.quiet,
        })
    }

    fn attempted(&self, call: Call) -> Attempted {
        let seq = {
            let mut calls = locked(&self.calls);
            calls.push(call.clone());
            u64::try_from(calls.len()).unwrap()
        };
        if let Some(code) = self.no(&call) {
            let (reasons, known) = (vec![Reason::new(code)], Known::default());
            return Attempted::Refused(Refused { reasons, event: Some(seq), known, waits: None });
        }
        if call.tool == "none" || call.server == server("nowhere") {
            return Attempted::Refused(Refused {
                reasons: vec![Reason::new(Code::NotAvailable)],
                event: Some(seq),
                known: Known::default(),
                waits: None,
            });
        }
        match call.tool.as_str() {
            tool if locked(&self.forbidden).iter().any(|own| own == tool) => {
                let reason = Reason::new(Code::ToolNotGranted).asked(&call.tool);
                Attempted::Refused(Refused {
                    reasons: vec![reason],
                    event: Some(seq),
                    known: Known::default(),
                    waits: None,
                })
            }
            tool if !*self.yes.borrow() && locked(&self.waits).iter().any(|own| own == tool) => {
                Attempted::Refused(Refused {
                    reasons: vec![Reason::new(Code::ApprovalNeeded)],
                    event: Some(seq),
                    known: Known::default(),
                    waits: Some(Waits { approval: 7, until: Micros(9), url: self.page.map(str::to_owned) }),
                })
            }
            "pointing" => match &call.looked {
                None => {
                    let arguments = json(r#"{"id":"d-1"}"#);
                    let pointer = bailiwick_core::json::Pointer::parse("/draft").unwrap();
                    Attempted::Look(vec![Look { pointer, tool: "reads".to_owned(), arguments }])
                }
                Some(looked) if looked.iter().all(|looked| looked.seen.is_some()) => self.forward(seq, call),
                Some(_) => Attempted::Refused(Refused {
                    reasons: vec![Reason::new(Code::ReferentUnread)],
                    event: Some(seq),
                    known: Known::default(),
                    waits: None,
                }),
            },
            "delegate" => {
                Attempted::Again { result: Some(json(r#"{"content":[]}"#)), outcome: "done".into(), doubtful: None }
            }
            "again" => Attempted::Again { result: None, outcome: "in doubt".into(), doubtful: Some((1, 101)) },
            _ => self.forward(seq, call),
        }
    }
}

impl Decider for FakeDecider {
    /// Legible and bound to the grant, so that a test can be of another grant, or of another day.
    fn seal(&self, state: &[u8]) -> Result<String, Undecided> {
        let text = String::from_utf8(state.to_vec()).unwrap();
        Ok(format!("{}|{}|{text}", self.grant, bailiwick_core::sha256(state)))
    }

    fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        let (digest, text) = sealed.strip_prefix(&format!("{}|", self.grant))?.split_once('|')?;
        let fresh = !*locked(&self.expired);
        (fresh && bailiwick_core::sha256(text.as_bytes()).to_string() == digest).then(|| text.as_bytes().to_vec())
    }

    fn attempt<'a>(&'a self, call: Call) -> Deciding<'a, Attempted> {
        Box::pin(async move {
            if self.unbound {
                return Err(Undecided::Unbound);
            }
            if *self.ended.borrow() {
                let reasons = vec![Reason::new(Code::GrantEnded)];
                return Ok(Attempted::Refused(Refused { reasons, event: None, known: Known::default(), waits: None }));
            }
            Ok(self.attempted(call))
        })
    }

    fn settle<'a>(&'a self, _act: u64, _leaf: u64, received: Received) -> Deciding<'a, Given> {
        Box::pin(async move {
            locked(&self.settled).push(received.clone());
            Ok(match received {
                Received::Nothing(_) if self.reads => Given::Assumed,
                _ if self.withhold => Given::Withheld("it holds a secret".into()),
                Received::Result(json) | Received::Error(json) => Given::Whole(json),
                Received::Secret { .. } => Given::Withheld("it held a secret".into()),
                Received::NeverSent | Received::Nothing(_) => Given::Whole(Json::Null),
            })
        })
    }

    fn stands<'a>(&'a self, act: Option<(u64, u64)>, _: Call) -> Deciding<'a, bool> {
        Box::pin(async move {
            assert!(act.is_none_or(|(act, leaf)| leaf == act + 100), "it is the act that it was given");
            Ok(*self.stands.borrow())
        })
    }

    fn record<'a>(&'a self, (act, leaf): (u64, u64), _: Call) -> Deciding<'a, Option<OnRecord>> {
        assert_eq!(leaf, act + 100, "it is the act that it was given");
        Box::pin(std::future::ready(Ok(self.record.clone())))
    }

    fn settle_by_record<'a>(&'a self, act: (u64, u64), _: Call, read: u64, seen: Json) -> Deciding<'a, Option<bool>> {
        locked(&self.told).push((act.0, read, locked(&self.settled).len()));
        let seen = seen.canonical();
        let done = if seen.contains("booked") { Some(true) } else { seen.contains("rejected").then_some(false) };
        Box::pin(std::future::ready(Ok(done)))
    }

    fn mark<'a>(&'a self) -> Deciding<'a, Mark> {
        Box::pin(async move {
            if self.unbound {
                return Err(Undecided::Unbound);
            }
            let live = !*self.ended.borrow();
            let all = (live, *self.stands.borrow(), locked(&self.shown).clone(), locked(&self.named).clone());
            Ok(Mark { live, name: format!("{all:?}") })
        })
    }

    fn shown<'a>(&'a self, server: Option<ServerName>) -> Deciding<'a, Vec<Shown>> {
        Box::pin(async move {
            if self.unbound {
                return Err(Undecided::Unbound);
            }
            if *self.ended.borrow() {
                return Ok(Vec::new());
            }
            let mut all = locked(&self.shown).clone();
            let servers: std::collections::BTreeSet<_> = all.iter().map(|shown| shown.server.clone()).collect();
            for server in servers {
                let named = locked(&self.named).clone();
                all.extend(
                    named.into_iter().map(|name| Shown {
                        server: server.clone(),
                        words: Json::object([("name", Json::from(name))]),
                    }),
                );
            }
            Ok(all.into_iter().filter(|shown| server.as_ref().is_none_or(|server| *server == shown.server)).collect())
        })
    }

    /// Shows what is offered, as a person who trusts everything would have it.
    fn offered<'a>(&'a self, offer: Offer) -> Deciding<'a, bool> {
        Box::pin(async move {
            locked(&self.offers).push(offer.clone());
            let mut shown = locked(&self.shown);
            let before = shown.clone();
            shown.retain(|shown| shown.server != offer.server);
            let method = |name: &str| {
                let said = match name {
                    "prompts:get" => Json::object([("prompts", Json::from(offer.prompts.clone()))]),
                    _ => Json::Null,
                };
                Json::object([("name", Json::from(name)), ("said", said)])
            };
            let methods = offer.methods.iter().map(|name| method(name));
            let words = offer.tools.iter().cloned().chain(methods);
            shown.extend(words.map(|words| Shown { server: offer.server.clone(), words }));
            Ok(*shown != before)
        })
    }

    fn authority<'a>(&'a self) -> Deciding<'a, Authority> {
        Box::pin(async move {
            Ok(Authority { text: "you may pay".into(), structured: Json::object([("task", Json::from("t"))]) })
        })
    }

    fn answered<'a>(&'a self, approval: u64) -> Deciding<'a, ()> {
        Box::pin(async move {
            assert_eq!(approval, 7, "it is the one that it waits for");
            let mut yes = self.yes.subscribe();
            yes.wait_for(|yes| *yes).await.unwrap();
            Ok(())
        })
    }

    fn ended<'a>(&'a self) -> Deciding<'a, Micros> {
        Box::pin(async move {
            let mut ended = self.ended.subscribe();
            ended.wait_for(|ended| *ended).await.unwrap();
            Ok(Micros(1))
        })
    }
}

/// Short waits, so that what never comes is known soon.
pub(crate) fn settings() -> Settings {
    Settings {
        probe_within: Duration::from_millis(300),
        start_within: Duration::from_secs(5),
        call_within: Duration::from_secs(5),
        answered_within: Duration::from_millis(50),
        stop_within: Duration::from_millis(200),
        drain_within: Duration::from_millis(500),
        restart_after: Duration::from_millis(10),
        ..Settings::default()
    }
}

/// A client behind a stdio door.
pub(crate) struct Client {
    lines: Lines<ReadHalf<DuplexStream>>,
    writer: Option<WriteHalf<DuplexStream>>,
    pub(crate) decider: Arc<FakeDecider>,
    pub(crate) upstreams: Arc<Upstreams>,
    pub(crate) door: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Client {
    /// In front of one server called `s`, under its own names.
    pub(crate) fn of(target: Target) -> Self {
        Self::with(vec![("s", target)], FakeDecider::default(), settings())
    }

    pub(crate) fn with(targets: Vec<(&str, Target)>, decider: FakeDecider, settings: Settings) -> Self {
        let one = if let [(name, _)] = targets.as_slice() { Some(server(name)) } else { None };
        let decider = Arc::new(decider);
        let targets = targets.into_iter().map(|(name, target)| (server(name), target));
        let upstreams = Arc::new(Upstreams::new(targets, settings.clone()));
        let caller = Caller { key: "k".into(), decider: decider.clone(), upstreams: upstreams.clone() };
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let (reader, writer) = tokio::io::split(theirs);
        let door = tokio::spawn(run_stdio(reader, writer, caller, one, settings, std::future::pending()));
        let (reader, writer) = tokio::io::split(ours);
        Self { lines: Lines::new(reader, 64 << 20), writer: Some(writer), decider, upstreams, door }
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.writer.as_mut().unwrap().write_all(format!("{text}\n").as_bytes()).await.unwrap();
    }

    /// The next message; a door that says nothing for long fails the test.
    pub(crate) async fn next(&mut self) -> Json {
        let next = tokio::time::timeout(Duration::from_secs(20), self.lines.next()).await;
        match next.expect("the door says something").unwrap() {
            Line::Whole(line) => json(std::str::from_utf8(&line).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn ask(&mut self, text: &str) -> Json {
        self.say(text).await;
        self.next().await
    }

    /// Opens a session of the older era.
    pub(crate) async fn initialize(&mut self) -> Json {
        self.initialize_as(r#"{"roots":{}}"#).await
    }

    /// As one that has these capabilities.
    pub(crate) async fn initialize_as(&mut self, can: &str) -> Json {
        let client = r#""clientInfo":{"name":"c","version":"1"}"#;
        let params = format!(r#"{{"protocolVersion":"2025-11-25","capabilities":{can},{client}}}"#);
        let answer =
            self.ask(&format!(r#"{{"jsonrpc":"2.0","id":"i","method":"initialize","params":{params}}}"#)).await;
        self.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
        answer
    }

    /// Closes the client's end and waits for the door.
    pub(crate) async fn close(mut self) {
        drop(self.writer.take());
        drop(self.lines);
        self.door.await.unwrap().unwrap();
    }

    pub(crate) fn calls(&self) -> usize {
        locked(&self.decider.calls).len()
    }

    pub(crate) fn settled(&self) -> Vec<Received> {
        locked(&self.decider.settled).clone()
    }
}

/// `_meta` of the newer era, with further members.
pub(crate) fn meta(more: &str) -> String {
    let comma = if more.is_empty() { "" } else { "," };
    format!(
        r#""_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{{"sampling":{{}}}},"io.modelcontextprotocol/clientInfo":{{"name":"c","version":"1"}}{comma}{more}}}"#
    )
}

/// A `tools/call` of the newer era.
pub(crate) fn call(id: u64, tool: &str, arguments: &str) -> String {
    let meta = meta("");
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},{meta}}}}}"#
    )
}

/// The first text of a tool's result.
pub(crate) fn text(answer: &Json) -> &str {
    let content = answer.get("result").and_then(|result| result.get("content")).and_then(Json::as_array);
    content
        .and_then(|content| content.first()?.get("text")?.as_str())
        .unwrap_or_else(|| panic!("{}", answer.canonical()))
}

/// The code of an error answer.
pub(crate) fn code(answer: &Json) -> i64 {
    let code = answer.get("error").and_then(|error| error.get("code")).and_then(Json::as_i64);
    code.unwrap_or_else(|| panic!("{}", answer.canonical()))
}

/// The stable code of a refusal.
pub(crate) fn refused(answer: &Json) -> String {
    let result = answer.get("result").expect("a result");
    assert_eq!(result.get("isError"), Some(&Json::from(true)), "{}", answer.canonical());
    let data = result.get("_meta").and_then(|meta| meta.get(crate::era::META_REFUSAL)).cloned();
    data.as_ref().and_then(|data| data.get("code")).and_then(Json::as_str).expect("a code").to_owned()
}

pub(crate) fn empty() -> Json {
    Json::Object(Object::default())
}
