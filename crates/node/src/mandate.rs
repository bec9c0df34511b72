//! A mandate as its stream says it is, to be told to people.

use crate::calendar::periods;
use crate::live::{LoadError, load_mandate};
use crate::node::Node;
use crate::step::Failure;
use bailiwick_core::{Facts, MandateName, MandateState, TenantId};
use std::sync::Arc;

impl Node {
    /// What tasks drew on a mandate, as it stands in the store.
    ///
    /// # Errors
    /// [`Failure`] when the stream cannot be read or is not what was written.
    pub async fn mandate(self: &Arc<Self>, tenant: TenantId, name: &MandateName) -> Result<MandateState, Failure> {
        let (node, name) = (Arc::clone(self), name.clone());
        let read = move || load_mandate((node.store().as_ref(), node.vault(), node.reaches()), tenant, &name, None);
        match tokio::task::spawn_blocking(read).await {
            Ok(Ok(live)) => Ok(live.state),
            Ok(Err(LoadError::Store(error))) => Err(Failure::Unavailable(error.to_string())),
            Ok(Err(LoadError::Broken(why))) => Err(Failure::Closed(why)),
            Err(_) => Err(Failure::Draining),
        }
    }

    /// Facts by which these mandates are counted now.
    ///
    /// # Errors
    /// [`Failure`] when the tenant's control was not read.
    pub fn facts_of_mandates(&self, tenant: TenantId, names: &[MandateName]) -> Result<Facts, Failure> {
        let facts = Facts::of_nobody(self.now(), Vec::new());
        let periods = periods(&self.control_now(tenant)?.state, names, facts.now);
        Ok(Facts { periods, ..facts })
    }
}
