//! What every store must do, split by behaviour. Each case takes an empty store with two tenants in it; the stores'
//! own tests run them all by [`contract!`].

pub(crate) mod append;
pub(crate) mod bounds;
pub(crate) mod keys;
pub(crate) mod once;
pub(crate) mod read;
pub(crate) mod shelf;
pub(crate) mod stale;
pub(crate) mod threads;

use crate::{Advance, Append, Appended, Group, NewEvent, NewKey, Sealed, Stood, Store, StreamKind};
use bailiwick_core::{Digest, Micros, StreamId, TenantId};

pub(crate) const OURS: TenantId = TenantId::new([1; 16]);
pub(crate) const THEIRS: TenantId = TenantId::new([2; 16]);

/// Makes a test of each case. `$fresh` gives an empty store, or says why not and gives `None`.
macro_rules! contract {
    ($fresh:path: $($part:ident { $($case:ident)* })*) => {
        $(mod $part {
            $(#[test]
            fn $case() {
                if let Some(store) = $fresh() {
                    $crate::contract::two_tenants(&*store);
                    $crate::contract::$part::$case(&*store);
                }
            })*
        })*
    };
    ($fresh:path) => {
        $crate::contract::contract! { $fresh:
            append {
                events_get_dense_leaves_in_order_of_streams_and_events
                a_group_with_one_wrong_head_leaves_nothing_and_the_others_stand
                a_group_whose_key_exists_conflicts_whole
                sent_twice_it_stands_once
                a_stream_goes_on_at_its_head
                an_append_of_conflicts_alone_changes_nothing
                tenants_have_logs_of_their_own
                an_append_to_no_tenant_says_so
                the_largest_append_stands
            }
            stale {
                another_epoch_is_stale
                an_epoch_is_raised_and_never_falls_and_older_ones_are_stale
                another_format_is_stale
                under_the_floor_is_stale_and_on_it_is_not
                a_narrowing_append_raises_the_floor_to_its_last_leaf
                a_narrowing_append_that_conflicts_leaves_the_floor
                before_the_first_narrowing_anything_is_decided_under_enough
            }
            bounds {
                an_append_over_its_bounds_is_refused_and_leaves_nothing
                a_blob_under_another_name_is_refused
                a_narrowing_append_moves_the_control_stream_in_one_group
                a_partial_tile_is_refused
                names_are_refused_when_empty_or_too_long
            }
            read {
                an_event_comes_back_as_it_was_given
                a_stream_is_read_from_a_seq_on
                a_long_stream_among_others_is_read_from_anywhere
                leaves_and_their_lines_page_alike
                heads_page_sorted_by_stream
                a_kind_stays_as_first_written
                wakes_come_due_earliest_first_over_all_tenants
                a_wake_is_replaced_by_the_next_append
                a_blob_named_twice_stays_and_is_its_tenants_alone
                tenants_are_listed_by_name
                a_tenant_is_opened_twice_but_not_under_two_names
                an_unknown_tenant_is_no_empty_tenant
            }
            once {
                an_id_is_taken_once
                an_id_that_is_past_is_never_taken
                ids_are_apart_by_tenant_and_kind
            }
            keys {
                tenant_keys_come_back_oldest_first_and_are_never_replaced
                a_data_key_comes_with_its_append
                erasing_takes_the_key_and_every_body_under_it
                erasing_a_person_leaves_the_bodies_of_others
                a_key_is_wrapped_again_only_over_the_wrapping_named
                a_tenant_key_is_wrapped_again_only_over_the_wrapping_named
            }
            shelf {
                the_newest_snapshot_wins
                a_tile_that_differs_is_refused_and_none_of_its_batch_is_kept
                the_first_checkpoint_of_a_size_stays_and_the_largest_is_last
                a_cursor_never_goes_back
            }
            threads {
                eight_threads_append_and_none_is_lost
                of_eight_threads_on_one_stream_one_wins_each_head
                once_is_given_to_one_of_eight_threads
            }
        }
    };
}
pub(crate) use contract;

pub(crate) fn two_tenants(store: &dyn Store) {
    store.open_tenant(OURS, "ours").expect("a first tenant");
    store.open_tenant(THEIRS, "theirs").expect("a second tenant");
}

pub(crate) fn stream(n: u8) -> StreamId {
    StreamId::new([n; 16])
}

pub(crate) fn digest(text: &str) -> Digest {
    crate::bounds::sha256(text.as_bytes())
}

/// An event without a body whose hash is that of its text.
pub(crate) fn event(text: &str) -> NewEvent {
    let hash = digest(text);
    let mut stamp = [0; 16];
    stamp.iter_mut().zip(hash.bytes().iter().rev()).for_each(|(to, from)| *to = *from);
    NewEvent { at: Micros(1_000), hash, stamp, clear: text.as_bytes().to_vec(), sealed: None }
}

pub(crate) fn sealed(text: &str, key: StreamId) -> NewEvent {
    let bytes = format!("sealed {text}").into_bytes();
    let digest = crate::bounds::sha256(&bytes);
    NewEvent { sealed: Some(Sealed { key, drop_on: 0, digest, bytes }), ..event(text) }
}

pub(crate) fn new_key(id: StreamId) -> NewKey {
    NewKey { id, kek: 1, wrapped: b"wrapped".to_vec(), drop_on: 0 }
}

/// Moves a task's stream by events of these texts.
pub(crate) fn moved(n: u8, expect: u64, texts: &[&str]) -> Advance {
    let events = texts.iter().map(|text| event(text)).collect();
    Advance { stream: stream(n), kind: StreamKind::TASK, expect, events, wake: None }
}

pub(crate) fn group(streams: Vec<Advance>) -> Group {
    Group { streams, ..Group::default() }
}

/// An append of these groups as a fresh tenant takes it.
pub(crate) fn append_of(groups: Vec<Group>) -> Append {
    Append { tenant: OURS, epoch: 1, format: 1, decided_under: None, narrows: false, groups }
}

pub(crate) fn one(n: u8, expect: u64, texts: &[&str]) -> Append {
    append_of(vec![group(vec![moved(n, expect, texts)])])
}

/// Appends and expects every group to stand; answers the first leaves.
pub(crate) fn stands(store: &dyn Store, append: &Append) -> Vec<u64> {
    let answer: Appended = store.append(append).expect("the append is looked at");
    let leaf = |stood: &Stood| match stood {
        Stood::At { first_leaf } => *first_leaf,
        Stood::Conflict => panic!("a group conflicts: {answer:?}"),
    };
    answer.groups.iter().map(leaf).collect()
}

pub(crate) fn size(store: &dyn Store) -> u64 {
    store.log(OURS).expect("the tenant is there").size
}

/// The texts of all leaves, which must be dense from 0.
pub(crate) fn texts(store: &dyn Store) -> Vec<String> {
    let leaves = store.leaves(OURS, 0, 100_000).expect("leaves are read");
    assert!(leaves.iter().map(|event| event.leaf).eq(0..leaves.len() as u64), "leaves are dense");
    leaves.into_iter().map(|event| String::from_utf8(event.event.clear).expect("it is a text")).collect()
}
