//! Connections of one session, used again while they are fresh.

use super::valve::Ticket;
use super::wire::{Answered, Asked, Wire};
use crate::upstream::locked;
use bailiwick_dial::{Dialler, Unreached};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// Servers close idle connections after 5 s and more (Node's default): one that is closed just as a request leaves
/// leaves an act in doubt.
const IDLE: Duration = Duration::from_secs(3);
/// How many wait to be used again.
const IDLE_MAX: usize = 16;
/// How long a connection whose last answer was read may take to be ready.
const READY_WITHIN: Duration = Duration::from_millis(50);

/// Connections to one place, of one session and no other.
pub(super) struct Wires {
    dialler: Dialler,
    idle: Mutex<Vec<(Instant, Wire)>>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Lost {
    /// No connection: nothing left.
    Unreached(Unreached),
    /// Nothing left.
    Unsent,
    /// Something left, and no answer came.
    Sent,
}

impl Wires {
    pub(super) const fn new(dialler: Dialler) -> Self {
        Self { dialler, idle: Mutex::new(Vec::new()) }
    }

    pub(super) const fn dialler(&self) -> &Dialler {
        &self.dialler
    }

    /// Sends a request once, and waits for the head of its answer.
    pub(super) async fn send(&self, request: Asked, ticket: &Arc<Ticket>) -> Result<Answered, Lost> {
        if let Some(wire) = self.fresh().await {
            match attempt(wire, request.clone(), ticket).await {
                // the server had closed it: not one byte of this was taken, so it is not sent twice
                Err(Lost::Unsent) => {}
                other => return other,
            }
        }
        let wire = Wire::open(&self.dialler).await.map_err(Lost::Unreached)?;
        attempt(wire, request, ticket).await
    }

    /// Keeps a connection whose answer was read to its end.
    pub(super) fn keep(&self, wire: Wire) {
        let mut idle = locked(&self.idle);
        idle.retain(|(since, wire)| since.elapsed() < IDLE && !wire.sender.is_closed());
        if idle.len() < IDLE_MAX {
            idle.push((Instant::now(), wire));
        }
    }

    async fn fresh(&self) -> Option<Wire> {
        loop {
            let (since, mut wire) = locked(&self.idle).pop()?;
            if since.elapsed() >= IDLE {
                continue;
            }
            if let Ok(Ok(())) = tokio::time::timeout(READY_WITHIN, wire.sender.ready()).await {
                return Some(wire);
            }
        }
    }
}

async fn attempt(mut wire: Wire, request: Asked, ticket: &Arc<Ticket>) -> Result<Answered, Lost> {
    wire.valve.carry(ticket);
    match wire.sender.try_send_request(request).await {
        Ok(response) => Ok((wire, response)),
        Err(_) if ticket.has_left() => Err(Lost::Sent),
        Err(_) => Err(Lost::Unsent),
    }
}
