//! The instance's grant: a fresh key a task, a token renewed before its time, another task when one has ended.

use bailiwick_authority::client::{Asked, Client, ClientError, Found, Granted, NotGranted};
use bailiwick_core::{AgentId, GrantId, InstanceId, Micros, Software, Span, TaskId};
use bailiwick_identity::SigningKey;
use std::sync::Arc;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

/// A token is renewed when it has less than this left: each call has so long at least before the node must see a newer
/// one.
const LEFT_MIN: Span = Span::seconds(240);
const _: () = assert!(LEFT_MIN.0 < bailiwick_identity::TOKEN_LIFE.0);

/// What is needed to act.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) key: Arc<SigningKey>,
    pub(super) token: Arc<Zeroizing<String>>,
    pub(super) task: TaskId,
    until: Micros,
}

/// Whoever acts for an agent from this process.
pub(super) struct Grantee {
    pub(super) client: Client,
    pub(super) url: String,
    pub(super) agent: AgentId,
    agent_key: SigningKey,
    /// What this process calls itself: what it read in one task counts in the next.
    instance: InstanceId,
    /// What this process says that the agent runs.
    software: Option<Software>,
    /// The task that the user named, and which grant of it.
    named: Option<Named>,
    clock: fn() -> Micros,
    found: Mutex<Option<Found>>,
    held: Mutex<Option<Held>>,
}

/// A task, and which grant of it where its agent has several.
pub(super) type Named = (TaskId, Option<GrantId>);

impl Grantee {
    pub(super) fn new(
        client: Client,
        url: String,
        (agent, agent_key, software, instance): super::Acting,
        named: Option<Named>,
        clock: fn() -> Micros,
    ) -> Self {
        let (found, held) = (Mutex::default(), Mutex::default());
        Self { client, url, agent, agent_key, instance, software, named, clock, found, held }
    }

    /// A token that is good for a while yet.
    pub(super) async fn hold(&self) -> Result<Held, NotGranted> {
        let mut held = self.held.lock().await;
        let now = (self.clock)();
        if let Some(held) = held.as_ref().filter(|held| now.after(LEFT_MIN) < held.until) {
            return Ok(held.clone());
        }
        let found = self.find().await?;
        // The same task with the same key, as long as it lasts.
        if let Some(old) = held.take() {
            match self.ask(&found, &old.key, Some((old.task, None))).await {
                Ok(granted) => return Ok(held.insert(of(old.key, granted)).clone()),
                Err(NotGranted::Refused { error, .. }) if error == "invalid_grant" && self.named.is_none() => {}
                Err(NotGranted::Client(error)) => {
                    // Nobody said no: it is asked again with the next request.
                    *held = Some(old);
                    return Err(error.into());
                }
                Err(refused) => return Err(refused),
            }
        }
        let key = Arc::new(self.client.draw_key()?);
        let granted = self.ask(&found, &key, self.named).await?;
        Ok(held.insert(of(key, granted)).clone())
    }

    /// Whether a token was had already.
    pub(super) async fn holds(&self) -> bool {
        self.held.lock().await.is_some()
    }

    /// The token was refused, or its grant has ended: the next request asks again.
    pub(super) async fn spent(&self, spent: &Held) {
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_mut().filter(|held| held.token == spent.token) {
            held.until = Micros(0);
        }
    }

    /// This instance is going: its task is the next one's.
    pub(super) async fn release(&self) {
        let (found, held) = (self.found.lock().await.clone(), self.held.lock().await.take());
        if let (Some(found), Some(held)) = (found, held) {
            // One that could not be told lets the next instance wait for the end of the token, no more.
            let _lost = self.client.release(&found, &held.key, held.token.as_str()).await;
        }
    }

    async fn ask(&self, found: &Found, key: &SigningKey, named: Option<Named>) -> Result<Granted, NotGranted> {
        let (task, grant) = (named.map(|(task, _)| task), named.and_then(|(_, grant)| grant));
        let (agent, agent_key, software) = (&self.agent, &self.agent_key, self.software.as_ref());
        let asked = Asked { agent, agent_key, key, task, grant, instance: Some(&self.instance), software };
        self.client.ask(found, &asked).await
    }

    async fn find(&self) -> Result<Found, ClientError> {
        let mut found = self.found.lock().await;
        if let Some(found) = &*found {
            return Ok(found.clone());
        }
        let fresh = self.client.find(&self.url).await?;
        Ok(found.insert(fresh).clone())
    }
}

fn of(key: Arc<SigningKey>, granted: Granted) -> Held {
    Held { key, token: Arc::new(granted.token), task: granted.task, until: granted.until }
}
