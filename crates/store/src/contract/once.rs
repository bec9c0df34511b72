use super::*;
use bailiwick_core::Span;

fn later(store: &dyn Store) -> Micros {
    store.log(OURS).expect("it is there").now.after(Span::hours(1))
}

pub(crate) fn an_id_is_taken_once(store: &dyn Store) {
    let take = |text| store.once(OURS, 1, digest(text), later(store)).expect("it is durable");
    assert!(take("a"));
    assert!(take("b"));
    assert!(!take("a"));
    assert!(!take("a"));
    assert!(!take("b"));
}

pub(crate) fn an_id_that_is_past_is_never_taken(store: &dyn Store) {
    let past = Micros(store.log(OURS).expect("it is there").now.0.saturating_sub(1));
    assert!(!store.once(OURS, 1, digest("a"), past).expect("it is looked at"));
    assert!(store.once(OURS, 1, digest("a"), later(store)).expect("it is durable"));
}

pub(crate) fn ids_are_apart_by_tenant_and_kind(store: &dyn Store) {
    for (tenant, kind) in [(OURS, 1), (OURS, 2), (THEIRS, 1)] {
        assert!(store.once(tenant, kind, digest("a"), later(store)).expect("it is durable"));
    }
}
