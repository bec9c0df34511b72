//! The form of `outcome`: where a server has on record what became of an act.

use super::result::{measured_at, named};
use super::{At, Read, read_with, reader};
use crate::binding::{Argument, Role};
use crate::record::RecordFrom;

/// Of an act that names no key the record may be that of another: then nobody is told what became of this one.
pub(super) fn read(at: &At<'_>, arguments: &[Argument]) -> Read<RecordFrom> {
    at.members(&["tool", "arguments", "done", "not_done", "measured"])?;
    let with = read_with(at)?;
    let key = arguments.iter().find(|argument| argument.role == Role::Idempotency).map(|argument| &argument.at);
    if !with.iter().any(|(_, from)| Some(from) == key) {
        let of_key = "expected one of them to be read with the argument of role `idempotency`: it alone names this act";
        return at.need("arguments")?.bad(of_key);
    }
    let list = |name: &str| -> Read<Vec<_>> {
        let items = at.get(name).map(|list| list.items()).transpose()?.unwrap_or_default();
        items.iter().map(named).collect()
    };
    let (done, not_done) = (list("done")?, list("not_done")?);
    if done.is_empty() && not_done.is_empty() {
        return at.bad("expected `done` or `not_done`: which answers tell what became of it");
    }
    let measured = at.get("measured").map(|list| list.items()).transpose()?.unwrap_or_default();
    Ok(RecordFrom {
        tool: reader(at)?,
        arguments: with,
        done,
        not_done,
        measured: measured.iter().map(measured_at).collect::<Read<_>>()?,
    })
}
