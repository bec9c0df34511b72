use super::*;
use crate::contract::{OURS, contract, moved, one, size, stream, texts, two_tenants};
use crate::{Advance, Stood};
use std::thread;

#[expect(dead_code, reason = "by INVARIANT of the tests of the crates above: they use the rest of it")]
mod cluster;
mod kept;
mod proxy;
mod secured;

use cluster::{Database, database};
use proxy::{Cut, Proxy};

struct Fresh {
    store: PostgresStore,
    database: Database,
}

impl std::ops::Deref for Fresh {
    type Target = PostgresStore;
    fn deref(&self) -> &PostgresStore {
        &self.store
    }
}

fn fresh() -> Option<Fresh> {
    let database = database()?;
    let store = PostgresStore::open(&database.url()).expect("a fresh database opens");
    Some(Fresh { store, database })
}

contract!(super::fresh);

fn with_one() -> Option<Fresh> {
    let fresh = fresh()?;
    two_tenants(&*fresh);
    fresh.append(&one(1, 0, &["first"])).expect("it stands");
    Some(fresh)
}

/// A store that reaches the database of `fresh` through a proxy.
fn through_proxy(fresh: &Fresh) -> (Proxy, PostgresStore) {
    let proxy = Proxy::start(fresh.database.socket());
    let store = PostgresStore::open(&proxy.url(&fresh.database)).expect("it opens through the proxy");
    store.head(OURS, stream(1)).expect("a connection is warm");
    (proxy, store)
}

#[test]
fn an_answer_cut_after_the_commit_is_unknown_and_stands() {
    let Some(fresh) = with_one() else { return };
    let (proxy, store) = through_proxy(&fresh);
    proxy.cut_next(Cut::AfterCommit);
    assert_eq!(store.append(&one(1, 1, &["next"])), Err(StoreError::Unknown));
    assert_eq!(texts(&*fresh), ["first", "next"]);
    assert_eq!(store.append(&one(1, 1, &["next"])).expect("it is looked at").groups, [Stood::Conflict]);
}

#[test]
fn an_answer_that_is_held_back_is_waited_for_and_stands() {
    let Some(fresh) = with_one() else { return };
    let (proxy, store) = through_proxy(&fresh);
    proxy.cut_next_of(Cut::Hold, b"next");
    let stood = thread::scope(|scope| {
        let appended = scope.spawn(|| store.append(&one(1, 1, &["next"])));
        proxy.holds();
        assert_eq!(texts(&*fresh), ["first", "next"]);
        assert!(!appended.is_finished());
        proxy.let_go();
        appended.join().expect("it is answered")
    });
    assert_eq!(stood.expect("it stands").groups, [Stood::At { first_leaf: 1 }]);
}

#[test]
fn a_connection_cut_before_the_commit_is_unknown_and_does_not_stand() {
    let Some(fresh) = with_one() else { return };
    let (proxy, store) = through_proxy(&fresh);
    proxy.cut_next(Cut::BeforeCommit);
    assert_eq!(store.append(&one(1, 1, &["next"])), Err(StoreError::Unknown));
    assert_eq!(texts(&*fresh), ["first"]);
    assert_eq!(store.append(&one(1, 1, &["next"])).expect("it stands").groups, [Stood::At { first_leaf: 1 }]);
}

#[test]
fn with_a_third_of_the_answers_cut_nothing_is_lost_and_nothing_stands_twice() {
    let Some(fresh) = with_one() else { return };
    let (proxy, store) = through_proxy(&fresh);
    let mut unknown = 0;
    for seq in 1..=60_u64 {
        match seq % 6 {
            0 => proxy.cut_next(Cut::AfterCommit),
            3 => proxy.cut_next(Cut::BeforeCommit),
            _ => {}
        }
        let text = format!("event {seq}");
        let append = one(1, seq, &[&text]);
        let stands = |answer: Result<Appended, StoreError>| match answer {
            Ok(answer) => answer.groups == [Stood::At { first_leaf: seq }],
            Err(error) => {
                assert_eq!(error, StoreError::Unknown);
                false
            }
        };
        if !stands(store.append(&append)) {
            unknown += 1;
            let head = store.head(OURS, stream(1)).expect("it is read").expect("it is there");
            if head.hash != crate::contract::digest(&text) {
                assert!(stands(store.append(&append)), "it was not written, so it stands when it is sent again");
            }
        }
    }
    assert_eq!(unknown, 20);
    let want: Vec<String> = (1..=60).map(|seq| format!("event {seq}")).collect();
    assert_eq!(texts(&*fresh)[1..], want);
}

#[test]
fn a_database_out_of_reach_is_unavailable_and_comes_back() {
    let Some(fresh) = with_one() else { return };
    let (proxy, store) = through_proxy(&fresh);
    proxy.refuse(true);
    let answer = store.append(&one(1, 1, &["next"]));
    assert!(matches!(answer, Err(StoreError::Unavailable(_) | StoreError::Unknown)), "{answer:?}");
    let answer = store.append(&one(1, 1, &["next"]));
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    assert_eq!(texts(&*fresh), ["first"]);
    proxy.refuse(false);
    store.append(&one(1, 1, &["next"])).expect("it stands");
}

#[test]
fn sessions_ended_by_the_server_lose_nothing() {
    const EVENTS: u64 = 200;
    const EVENTS_PER_END: u64 = 10;
    let Some(fresh) = with_one() else { return };
    let (at, reached) = std::sync::mpsc::channel();
    let ended = thread::scope(|scope| {
        // Ends sessions while the writer goes on, each time it has come a little further.
        let database = &fresh.database;
        let ender = scope.spawn(move || reached.iter().map(|()| database.end_sessions()).sum::<i32>());
        let mut seq = 1;
        while seq < EVENTS {
            let text = format!("event {seq}");
            match fresh.append(&one(1, seq, &[&text])) {
                Ok(answer) if answer.groups == [Stood::Conflict] => {
                    // Written before the session ended; a read may meet an end of its own.
                    let Ok(head) = fresh.head(OURS, stream(1)) else { continue };
                    let head = head.expect("it is there");
                    assert_eq!((head.head, head.hash), (seq + 1, crate::contract::digest(&text)));
                }
                Ok(_) => {}
                Err(StoreError::Unknown | StoreError::Unavailable(_)) => continue,
                Err(error) => panic!("{error}"),
            }
            if seq % EVENTS_PER_END == 0 {
                at.send(()).expect("the ender listens");
            }
            seq += 1;
        }
        drop(at);
        ender.join().expect("the ender ends well")
    });
    assert!(ended > 0, "no session was ended");
    assert_eq!(size(&*fresh), EVENTS);
    assert_eq!(texts(&*fresh).len() as u64, EVENTS);
}

#[test]
fn a_row_that_another_session_holds_is_unavailable_and_nothing_is_written() {
    let Some(fresh) = with_one() else { return };
    let held = fresh.database.hold("SELECT FROM tenant_log FOR UPDATE");
    let answer = fresh.append(&one(1, 1, &["next"]));
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    drop(held);
    fresh.append(&one(1, 1, &["next"])).expect("it stands");
    assert_eq!(texts(&*fresh), ["first", "next"]);
}

#[test]
fn tables_of_a_newer_version_are_refused_by_their_number() {
    let Some(fresh) = with_one() else { return };
    fresh.database.run("UPDATE store SET tables = 99");
    let Err(StoreError::Broken(why)) = PostgresStore::open(&fresh.database.url()) else { panic!("it opened") };
    assert!(why.contains("`99`") && why.contains("`1`"), "{why}");
    assert!(PostgresStore::migrate(&fresh.database.url()).is_err());
}

#[test]
fn tables_of_another_program_are_refused() {
    let Some(database) = database() else { return };
    database.run("CREATE TABLE store (shelf text)");
    let answer = PostgresStore::open(&database.url()).map(drop);
    assert!(matches!(answer, Err(StoreError::Broken(_))), "{answer:?}");
}

#[test]
fn a_server_that_may_forget_is_refused() {
    let Some(database) = database() else { return };
    database.run("ALTER DATABASE CURRENT SET synchronous_commit = off");
    let answer = PostgresStore::open(&database.url()).map(drop);
    let Err(StoreError::Broken(why)) = answer else { panic!("{answer:?}") };
    assert!(why.contains("synchronous_commit = off"), "{why}");
}

#[test]
fn a_migration_makes_the_tables_once() {
    let Some(database) = database() else { return };
    assert_eq!(PostgresStore::migrate(&database.url()), Ok(Migrated { from: None, to: 1 }));
    assert_eq!(PostgresStore::migrate(&database.url()), Ok(Migrated { from: Some(1), to: 1 }));
}

#[test]
fn older_tables_are_never_changed_at_start_and_are_by_a_migration() {
    use crate::schema::tests::NEXT;
    let Some(fresh) = with_one() else { return };
    let url = fresh.database.url();
    let next = || PostgresStore::open_as(&url, &NEXT);
    assert!(matches!(next().map(drop), Err(StoreError::Older(_))));
    PostgresStore::open(&url).expect("nothing was changed");
    let migrated = || PostgresStore::migrate_as(&url, &NEXT);
    assert_eq!(migrated(), Ok(Migrated { from: Some(1), to: 2 }));
    assert_eq!(migrated(), Ok(Migrated { from: Some(2), to: 2 }), "a second time changes nothing");
    assert_eq!(texts(&next().expect("it opens")), ["first"]);
    assert!(matches!(PostgresStore::open(&url).map(drop), Err(StoreError::Broken(_))));
}

#[test]
fn a_value_longer_than_any_of_ours_is_not_read() {
    let Some(fresh) = fresh() else { return };
    two_tenants(&*fresh);
    let raw = |sql: &str| fresh.database.run(sql);
    let blob = |bytes: usize| format!("decode(repeat('00', {bytes}), 'hex')");
    crate::contract::shelf::a_value_that_is_too_long_is_none(&*fresh, &raw, &blob);
}

#[test]
fn an_event_longer_than_any_of_ours_is_left_where_it_is() {
    let Some(fresh) = fresh() else { return };
    two_tenants(&*fresh);
    let blob = |bytes: usize| format!("decode(repeat('00', {bytes}), 'hex')");
    crate::contract::shelf::an_event_that_is_too_long_is_left(&*fresh, &|sql| fresh.database.run(sql), &blob);
}

#[test]
fn a_database_is_looked_at_and_nothing_is_made() {
    let Some(database) = database() else { return };
    let looked = crate::inspect(&database.url()).expect("a URL").findings;
    assert!(looked[0].well && looked[0].words.contains("without tables yet"), "{looked:?}");
    let looked = crate::inspect(&database.url()).expect("a URL").findings;
    assert!(looked[0].words.contains("without tables yet"), "the first look made none: {looked:?}");
    PostgresStore::open(&database.url()).expect("it opens");
    let looked = crate::inspect(&database.url()).expect("a URL").findings;
    assert!(looked.iter().all(|finding| finding.well), "{looked:?}");
    assert!(looked[2].words.starts_with("none: "), "{looked:?}");
    database.run("ALTER DATABASE CURRENT SET synchronous_commit = off");
    let looked = crate::inspect(&database.url()).expect("a URL").findings;
    assert!(!looked[1].well && looked[1].words.contains("synchronous_commit = off"), "{looked:?}");
}

#[test]
fn a_database_is_not_copied_by_us() {
    let Some(fresh) = with_one() else { return };
    let to = std::env::temp_dir().join("bailiwick-never-written.db");
    assert!(matches!(fresh.copy_to(&to), Err(StoreError::Refused(_))));
    assert!(!to.exists());
}

#[test]
fn nodes_that_start_at_once_make_the_tables_once() {
    let Some(database) = database() else { return };
    thread::scope(|scope| {
        let nodes: Vec<_> = (0..4).map(|_| scope.spawn(|| PostgresStore::open(&database.url()))).collect();
        for node in nodes {
            node.join().expect("the thread ends well").expect("the node starts");
        }
    });
}

#[test]
fn a_body_goes_to_the_partition_of_its_month_and_past_months_are_refused() {
    let Some(fresh) = with_one() else { return };
    let body = |n, drop_on| {
        let mut event = crate::contract::sealed("body", stream(n));
        event.sealed.as_mut().expect("it has a body").drop_on = drop_on;
        crate::contract::append_of(vec![crate::contract::group(vec![Advance {
            events: vec![event],
            ..moved(n, 0, &[])
        }])])
    };
    let this = fresh.database.number("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMM')::int");
    let next = if this % 100 == 12 { this + 89 } else { this + 1 };
    fresh.append(&body(2, next)).expect("it stands");
    assert_eq!(fresh.database.number(&format!("SELECT count(*)::int FROM body_{next}")), 1);
    for refused in [this - 100, this + 1_100] {
        let answer = fresh.append(&body(3, refused));
        assert!(matches!(answer, Err(StoreError::Refused(_))), "{refused}: {answer:?}");
    }
    // A month whose bodies were dropped takes no more of them, though this node has seen its partition.
    fresh.database.run(&format!("DROP TABLE body_{next}"));
    let answer = fresh.append(&body(3, next));
    assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
    assert_eq!(size(&*fresh), 2);
    assert_eq!(
        fresh.leaves(OURS, 1, 1).expect("it is read")[0].event.sealed,
        None,
        "the body is gone, the event stays"
    );
}
