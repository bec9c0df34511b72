use super::*;
use bailiwick_store::{Ledger, MemoryStore};

const TENANT: TenantId = TenantId::new([7; 16]);
const START: u64 = 1_790_000_010;

fn at(second: u64) -> Micros {
    Micros((START + second) * 1_000_000)
}

fn store() -> MemoryStore {
    let store = MemoryStore::new(at(0));
    store.open_tenant(TENANT, "default").unwrap();
    store
}

#[test]
fn of_two_nodes_one_sends_for_as_long_as_it_lives() {
    let store = store();
    let (mut first, mut second) = (Lease::default(), Lease::default());
    for now in 0..120 {
        store.set_now(at(now));
        assert!(first.hold(&store, TENANT, at(now)).unwrap(), "at {now}");
        assert!(!second.hold(&store, TENANT, at(now)).unwrap(), "at {now}");
    }
    // the first is killed
    let begins = (120..).find(|now| {
        store.set_now(at(*now));
        second.hold(&store, TENANT, at(*now)).unwrap()
    });
    assert!(begins.is_some_and(|begins| begins <= 120 + 2 * 15), "{begins:?}");
    assert!(!first.hold(&store, TENANT, at(begins.unwrap())).unwrap(), "who comes back waits");
}

#[test]
fn who_cannot_ask_the_store_does_not_begin_and_goes_on_to_the_end_of_its_slot_alone() {
    let store = store();
    store.set_gone(true);
    assert!(Lease::default().hold(&store, TENANT, at(0)).is_err());
    store.set_gone(false);
    let mut lease = Lease::default();
    assert!(lease.hold(&store, TENANT, at(0)).unwrap());
    store.set_gone(true);
    let ends = (0..60).find(|now| lease.hold(&store, TENANT, at(*now)).is_err());
    assert!(ends.is_some_and(|ends| ends <= 15), "{ends:?}");
}
