//! Where an event stands in the file: tenant and leaf in one number, so that the log of a tenant is one range of a table.

use crate::StoreError;

const LEAF_BITS: u32 = 40;
const LEAF_MAX: i64 = (1 << LEAF_BITS) - 1;
const TENANT_MAX: i64 = i64::MAX >> LEAF_BITS;

/// The place before which nothing of the tenant stands.
pub(super) fn first(tenant: i64) -> i64 {
    tenant << LEAF_BITS
}

/// The last place that the tenant may ever have.
pub(super) fn last(tenant: i64) -> i64 {
    first(tenant) + LEAF_MAX
}

/// The place of a leaf that is only compared: past the end means the end.
pub(super) fn from(tenant: i64, leaf: u64) -> i64 {
    first(tenant) + i64::try_from(leaf).unwrap_or(LEAF_MAX).min(LEAF_MAX)
}

/// Refuses what has no place: more leaves or tenants than the numbers can hold.
pub(super) fn checked(tenant: i64, last_leaf: i64) -> Result<(), StoreError> {
    if tenant > TENANT_MAX || last_leaf > LEAF_MAX {
        return Err(StoreError::Refused(format!(
            "a file holds at most `{TENANT_MAX}` tenants of `{LEAF_MAX}` events each"
        )));
    }
    Ok(())
}
