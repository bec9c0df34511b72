//! Whether what came of an MCP task may still be given to its client.

use crate::lasting::TaskEntry;
use crate::refusal::Refusal;
use crate::rpc::{INTERNAL_ERROR, RpcError};
use crate::session::Asking;
use crate::session::looks::may_have;
use bailiwick_core::Disposition;

impl Asking<'_> {
    /// What came of a task goes out while such a call would still be allowed; from the first no on it is kept from its
    /// client for good. While the act is open its keeper asks.
    pub(super) async fn given_out(&self, entry: &TaskEntry) -> Result<(), RpcError> {
        if !entry.holds() {
            return Ok(());
        }
        match may_have(&*self.caller.decider, entry.call()).await {
            Some(true) => {}
            Some(false) => {
                let why = "its result is withheld: the call that it came of would be refused by now";
                let no = Refusal::own("result_withheld", why, Disposition::AskForMore);
                entry.withhold(why, no.result(true));
            }
            None => {
                let nobody = "nobody can say now whether what came of this task may be given out";
                return Err(RpcError::new(INTERNAL_ERROR, nobody));
            }
        }
        Ok(())
    }
}
