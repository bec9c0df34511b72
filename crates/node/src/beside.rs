//! What takes long, beside the node's own threads.

use crate::node::Node;
use crate::step::Failure;

impl Node {
    /// Runs what takes long beside the node's own threads: nothing that is decided waits for it.
    ///
    /// # Errors
    /// [`Failure::Draining`] when the node ends meanwhile.
    pub async fn beside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
        tokio::task::spawn_blocking(work).await.map_err(|_| Failure::Draining)
    }
}
