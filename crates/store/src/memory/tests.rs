use super::*;
use crate::contract::{OURS, contract, one, size, stream, texts, two_tenants};
use bailiwick_core::Span;

fn fresh() -> Option<Box<MemoryStore>> {
    Some(Box::new(MemoryStore::new(Micros(1_800_000_000_000_000))))
}

contract!(super::fresh);

fn with_one() -> Box<MemoryStore> {
    let store = fresh().expect("memory is always there");
    two_tenants(&*store);
    store.append(&one(1, 0, &["first"])).expect("it stands");
    store
}

/// The append stands on top of [`with_one`].
fn next() -> Append {
    one(1, 1, &["next"])
}

#[test]
fn a_lost_answer_after_the_commit_is_unknown_and_stands() {
    let store = with_one();
    store.inject(Fault::LostAfterCommit);
    assert_eq!(store.append(&next()), Err(StoreError::Unknown));
    assert_eq!(texts(&*store), ["first", "next"]);
    assert_eq!(store.append(&next()).expect("it is looked at").groups, [Stood::Conflict]);
}

#[test]
fn a_lost_answer_before_the_commit_is_unknown_and_stands_when_sent_again() {
    let store = with_one();
    store.inject(Fault::LostBeforeCommit);
    assert_eq!(store.append(&next()), Err(StoreError::Unknown));
    assert_eq!(texts(&*store), ["first"]);
    assert_eq!(store.append(&next()).expect("it is looked at").groups, [Stood::At { first_leaf: 1 }]);
}

#[test]
fn a_zombie_lands_later_and_only_if_nobody_moved_its_stream() {
    let store = with_one();
    store.inject(Fault::Zombie);
    store.inject(Fault::Zombie);
    assert_eq!(store.append(&next()), Err(StoreError::Unknown));
    assert_eq!(store.append(&one(2, 0, &["other"])), Err(StoreError::Unknown));
    assert_eq!((store.zombies(), size(&*store)), (2, 1));
    store.append(&one(1, 1, &["faster"])).expect("it stands");
    let landed = store.land().expect("one is held");
    assert_eq!(landed.append, next());
    assert_eq!(landed.answer.expect("it is looked at").groups, [Stood::Conflict]);
    store.land().expect("another is held").answer.expect("it stands");
    assert_eq!(texts(&*store), ["first", "faster", "other"]);
    assert_eq!(store.land(), None);
}

#[test]
fn a_zombie_of_an_older_epoch_is_stale_when_it_lands() {
    let store = with_one();
    store.inject(Fault::Zombie);
    store.append(&next()).expect_err("it is held");
    store.set_epoch(OURS, 2).expect("the tenant is there");
    assert_eq!(store.land().expect("one is held").answer, Err(StoreError::Stale));
}

#[test]
fn faults_befall_appends_in_the_order_of_the_queue() {
    let store = with_one();
    for fault in [Fault::Pass, Fault::Conflict, Fault::Gone] {
        store.inject(fault);
    }
    assert!(store.append(&next()).is_ok());
    let third = one(1, 2, &["third"]);
    assert_eq!(store.append(&third).expect("it is looked at").groups, [Stood::Conflict]);
    assert!(matches!(store.append(&third), Err(StoreError::Unavailable(_))));
    assert_eq!(store.faults_waiting(), 0);
    assert_eq!(store.append(&third).expect("it stands").groups, [Stood::At { first_leaf: 2 }]);
}

#[test]
fn a_slow_append_is_answered_with_the_later_time() {
    let store = with_one();
    store.set_now(Micros(10));
    store.inject(Fault::Slow { before: Span(5), after: Span(7) });
    assert_eq!(store.append(&next()).expect("it stands").now, Micros(22));
    assert_eq!(store.log(OURS).expect("it is there").now, Micros(22));
}

#[test]
fn while_gone_nothing_is_read_or_written() {
    let store = with_one();
    store.set_gone(true);
    assert!(matches!(store.log(OURS), Err(StoreError::Unavailable(_))));
    assert!(matches!(store.append(&next()), Err(StoreError::Unavailable(_))));
    assert!(matches!(store.due(Micros(0), 1), Err(StoreError::Unavailable(_))));
    store.set_gone(false);
    assert_eq!(texts(&*store), ["first"]);
}

#[test]
fn a_store_rolled_back_is_what_it_was_at_the_backup() {
    let store = with_one();
    let backup = store.backup();
    store.append(&next()).expect("it stands");
    store.move_cursor("tiles", OURS, 2).expect("it moves");
    store.roll_back(&backup);
    assert_eq!(texts(&*store), ["first"]);
    assert_eq!(store.cursor("tiles", OURS).expect("it is read"), 0);
    assert_eq!(store.fail_over(5), 0, "a backup has no journal");
}

#[test]
fn a_failover_loses_the_last_appends_and_all_that_came_after_the_first_of_them() {
    let store = with_one();
    let until = Micros(u64::MAX / 4);
    store.move_cursor("tiles", OURS, 1).expect("it moves");
    store.append(&next()).expect("it stands");
    store.move_cursor("tiles", OURS, 2).expect("it moves");
    assert!(store.once(OURS, 1, crate::contract::digest("id"), until).expect("it is durable"));
    store.append(&one(2, 0, &["other"])).expect("it stands");
    assert_eq!(store.fail_over(2), 2);
    assert_eq!(texts(&*store), ["first"]);
    assert_eq!(store.cursor("tiles", OURS).expect("it is read"), 1);
    assert!(store.once(OURS, 1, crate::contract::digest("id"), until).expect("it is durable"));
    assert_eq!(store.append(&next()).expect("it stands").groups, [Stood::At { first_leaf: 1 }]);
}

#[test]
fn a_failover_loses_no_more_than_the_journal_holds_and_the_rest_stays_whole() {
    let store = with_one();
    for n in 1..200 {
        store.append(&one(1, n, &[&format!("{n}")])).expect("it stands");
    }
    let lost = store.fail_over(1_000);
    assert_eq!(lost, 64);
    assert_eq!(texts(&*store).len(), 200 - lost);
    let head = store.head(OURS, stream(1)).expect("it is read").expect("it is there");
    assert_eq!(head.head as usize, 200 - lost);
}

#[test]
fn the_same_script_gives_the_same_store() {
    let run = || {
        let store = with_one();
        for fault in [Fault::LostAfterCommit, Fault::Zombie, Fault::Conflict] {
            store.inject(fault);
        }
        for n in 0..6 {
            store.append(&one(2 + n, 0, &[&format!("{n}")])).ok();
        }
        store.land();
        store.fail_over(1);
        texts(&*store)
    };
    assert_eq!(run(), run());
}

#[test]
fn a_row_that_is_changed_where_it_lies_reads_so_and_a_backup_does_not() {
    let store = with_one();
    let backup = store.backup();
    assert!(store.edit(OURS, 0, |event| event.clear.push(b'!')));
    assert!(!store.edit(OURS, 1, |event| event.clear.clear()), "there is no such row");
    assert_eq!(texts(&*store), ["first!"]);
    store.roll_back(&backup);
    assert_eq!(texts(&*store), ["first"]);
}
