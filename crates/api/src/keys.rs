//! `/v1/keys`: which keys the tenant has, and turning them. Who holds them is elsewhere.

use crate::{Api, Problem, Who};
use bailiwick_core::By;
use bailiwick_core::json::Json;
use bailiwick_node::Failure;
use std::pin::Pin;
use std::sync::Arc;

/// A key that can be turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turning {
    /// The one that tokens are signed with.
    Token,
    /// The root key, which wraps the tenant's.
    Root,
}

/// Who holds the tenant's keys.
pub trait KeyRing: std::fmt::Debug + Send + Sync {
    /// Which there are, without a private byte.
    ///
    /// # Errors
    /// [`Problem`] when they cannot be had.
    fn list(&self) -> Result<Json, Problem>;

    /// Turns to the next one; answers the event that says so, and what is to be known of it.
    fn turn(&self, which: Turning, by: By) -> Pin<Box<dyn Future<Output = Result<Json, Problem>> + Send + '_>>;
}

impl Api {
    /// Says who holds the keys.
    pub fn has_keys(&self, keys: Arc<dyn KeyRing>) {
        // One node holds them.
        let _first = self.keys.set(keys);
    }

    fn key_ring(&self) -> Result<&Arc<dyn KeyRing>, Problem> {
        self.keys.get().ok_or_else(|| Failure::Unavailable("the node has not started yet".to_owned()).into())
    }

    pub(crate) fn keys(&self) -> Result<Json, Problem> {
        self.key_ring()?.list()
    }

    pub(crate) async fn turn_key(&self, which: Turning, who: &Who) -> Result<Json, Problem> {
        let by = self.by(who)?;
        if let Some(why) = self.desk.node().behind(self.tenant) {
            return Err(Failure::Behind(why).into());
        }
        self.key_ring()?.turn(which, by).await
    }
}
