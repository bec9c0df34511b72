//! Asking for a token: an assertion by the agent's registered key (RFC 7523), a proof by the instance's own.

use super::find::{Found, text};
use super::http::{Client, ClientError, Outgoing, Secured};
use crate::metadata::{JWT_BEARER, TASK_DETAIL};
use bailiwick_core::{AgentId, GrantId, InstanceId, Micros, Software, TaskId};
use bailiwick_identity::{OauthError, SigningKey, make_assertion_of};
use http::{HeaderMap, HeaderValue, Method, header};
use hyper::body::Bytes;
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The agent.
    pub agent: &'a AgentId,
    /// Its registered key.
    pub agent_key: &'a SigningKey,
    /// The fresh key that the grant is to answer to.
    pub key: &'a SigningKey,
    /// The task, where one is named.
    pub task: Option<TaskId>,
    /// Which grant of that task, where the agent has several.
    pub grant: Option<GrantId>,
    /// What the process calls itself, where it does: then all its keys are known as one's.
    pub instance: Option<&'a InstanceId>,
    /// What the instance runs, where it says so.
    pub software: Option<&'a Software>,
}

/// A token.
#[derive(Debug, Clone)]
pub struct Granted {
    /// Its text.
    pub token: Zeroizing<String>,
    /// Until when it is good, by the client's clock.
    pub until: Micros,
    /// The task that it is for.
    pub task: TaskId,
}

/// A task that waits for this agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub task: String,
    /// What it is for: in the person's words, of a part in those of whoever handed it on.
    pub intent: String,
    /// The grant, where it is a part.
    pub part: Option<String>,
}

/// A task that an earlier instance of the agent holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldTask {
    /// Its id.
    pub task: String,
    /// What it is for: in the person's words, of a part in those of whoever handed it on.
    pub intent: String,
    /// The grant, where it is a part.
    pub part: Option<String>,
    /// It is free in so many seconds, if that instance does not ask again.
    pub seconds: u64,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotGranted {
    /// No task waits for the agent: a person starts one.
    #[error("no task waits for this agent")]
    NoTask,
    /// All work is stopped: a person lets it go on, then starts one.
    #[error("all work of this tenant is stopped")]
    Stopped,
    /// Earlier instances hold all there are: a person gives one to this one.
    #[error("the tasks of this agent are held by earlier instances")]
    Held(Vec<HeldTask>),
    /// Several do: a person picks one.
    #[error("several tasks wait for this agent")]
    Several(Vec<Waiting>),
    /// A no.
    #[error("{sentence} ({error})")]
    Refused {
        /// The code.
        error: String,
        /// In words.
        sentence: String,
    },
    /// No answer.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl Client {
    /// Asks for a token.
    ///
    /// # Errors
    /// [`NotGranted`].
    pub async fn ask(&self, found: &Found, asked: &Asked<'_>) -> Result<Granted, NotGranted> {
        let answer = self.ask_once(found, asked).await?;
        // RFC 9449 §8: refused before the assertion was looked at, and sent again with the nonce that came
        match text(&answer, "/error") == Some(OauthError::UseDpopNonce.as_str()) {
            true => self.granted(found, &self.ask_once(found, asked).await?),
            false => self.granted(found, &answer),
        }
    }

    /// Says that this instance is going, so that the next one gets its task at once.
    ///
    /// # Errors
    /// [`ClientError`] when it could not be told; then the next one waits for the end of the token.
    pub async fn release(&self, found: &Found, key: &SigningKey, token: &str) -> Result<(), ClientError> {
        let Some(endpoint) = &found.release_endpoint else { return Ok(()) };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let body = Bytes::from(format!("token={}", escaped(token)));
        let outgoing = Outgoing { method: Method::POST, url: endpoint, headers, body };
        self.document(&outgoing, Some(Secured { key, token: Some(token) })).await.map(drop)
    }

    async fn ask_once(&self, found: &Found, asked: &Asked<'_>) -> Result<Value, ClientError> {
        let when = (self.salt()?, (self.clock)());
        let said = (None, asked.software, asked.instance);
        let assertion = make_assertion_of(asked.agent_key, asked.agent, &found.issuer, when, said)
            .map_err(|error| ClientError::Key(error.to_string()))?;
        let mut form =
            vec![("grant_type", JWT_BEARER.to_owned()), ("assertion", assertion), ("resource", found.resource.clone())];
        if let Some(task) = asked.task {
            let mut detail = json!({"type": TASK_DETAIL, "task": task});
            if let (Some(grant), Value::Object(members)) = (asked.grant, &mut detail) {
                members.insert("grant".to_owned(), json!(grant));
            }
            form.push(("authorization_details", json!([detail]).to_string()));
        }
        let form: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let body = Bytes::from(form.join("&"));
        let outgoing = Outgoing { method: Method::POST, url: &found.token_endpoint, headers, body };
        let answer = self.document(&outgoing, Some(Secured { key: asked.key, token: None })).await?;
        serde_json::from_slice(&answer.body)
            .map_err(|error| ClientError::Strange(found.token_endpoint.clone(), error.to_string()))
    }

    fn granted(&self, found: &Found, answer: &Value) -> Result<Granted, NotGranted> {
        let said = |pointer: &str| text(answer, pointer).unwrap_or_default();
        match said("/error") {
            "" => {}
            "authorization_pending" if answer.get("bailiwick_stopped").and_then(Value::as_bool) == Some(true) => {
                return Err(NotGranted::Stopped);
            }
            "authorization_pending" => {
                let held = answer.get("bailiwick_held").and_then(Value::as_array).map(Vec::as_slice);
                let held = held.unwrap_or_default().iter().map(|task| HeldTask {
                    task: text(task, "/task").unwrap_or_default().to_owned(),
                    intent: meant(task),
                    part: part(task),
                    seconds: task.get("held_seconds").and_then(Value::as_u64).unwrap_or_default(),
                });
                let held: Vec<HeldTask> = held.collect();
                return Err(if held.is_empty() { NotGranted::NoTask } else { NotGranted::Held(held) });
            }
            "interaction_required" => {
                let tasks =
                    answer.get("bailiwick_tasks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let waiting = tasks.iter().map(|task| Waiting {
                    task: text(task, "/task").unwrap_or_default().to_owned(),
                    intent: meant(task),
                    part: part(task),
                });
                return Err(NotGranted::Several(waiting.collect()));
            }
            error => {
                let sentence = said("/error_description").to_owned();
                return Err(NotGranted::Refused { error: error.to_owned(), sentence });
            }
        }
        let strange = |why: &str| ClientError::Strange(found.token_endpoint.clone(), why.to_owned());
        // RFC 9449 §5: a token of another type is not bound to the key.
        if !said("/token_type").eq_ignore_ascii_case("DPoP") {
            return Err(strange("the token is not bound to the key").into());
        }
        let task = text(answer, "/authorization_details/0/task").and_then(|text| TaskId::parse(text).ok());
        let task = task.ok_or_else(|| strange("the token names no task"))?;
        let seconds =
            answer.get("expires_in").and_then(Value::as_u64).ok_or_else(|| strange("the token has no end"))?;
        let until = Micros((self.clock)().0.saturating_add(seconds.saturating_mul(1_000_000)));
        Ok(Granted { token: Zeroizing::new(said("/access_token").to_owned()), until, task })
    }
}

/// What a task that is listed is for.
fn meant(task: &Value) -> String {
    text(task, "/intent").or_else(|| text(task, "/purpose")).unwrap_or_default().to_owned()
}

/// The grant, of what is a part of a task.
fn part(task: &Value) -> Option<String> {
    let part = task.get("part").and_then(Value::as_bool) == Some(true);
    text(task, "/grant").filter(|_| part).map(str::to_owned)
}

/// RFC 6749 appendix B.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
