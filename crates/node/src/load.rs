//! What an engine asks to be read, read: the other half of [`Output::LoadTask`] and [`Output::LoadControl`].

use crate::live::{load_control, load_mandate, load_task};
use crate::reach::Reaches;
use crate::step::{Input, LoadedControl, LoadedMandate, LoadedTask, Output};
use crate::vault::Vault;
use bailiwick_store::Store;

/// Reads what `wanted` asks for, and answers what the engine is to be told; `None` for an output that asks for nothing.
pub fn load(store: &dyn Store, vault: &Vault, reaches: &Reaches, wanted: Output) -> Option<Input> {
    let from = (store, vault, reaches);
    match wanted {
        Output::LoadTask { tenant, task, live, lost_from } => {
            let live = load_task(from, tenant, task, live.map(|live| live.0), lost_from);
            Some(Input::LoadedTask { tenant, task, live: live.map(|live| Box::new(LoadedTask(live))) })
        }
        Output::LoadMandate { tenant, name, live } => {
            let live = load_mandate(from, tenant, &name, live.map(|live| live.0));
            Some(Input::LoadedMandate { tenant, live: live.map(|live| Box::new(LoadedMandate(live))), name })
        }
        Output::LoadControl { tenant, live } => {
            let live = load_control(from, tenant, live.as_deref());
            Some(Input::LoadedControl { tenant, live: live.map(|live| Box::new(LoadedControl(live))) })
        }
        Output::Append(_)
        | Output::Answer { .. }
        | Output::Control { .. }
        | Output::Ended { .. }
        | Output::Snapshot(_) => None,
    }
}
