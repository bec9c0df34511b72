//! A server that may forget is noticed while nodes run, not only when they start.

use super::*;

fn turned_off(fresh: &Fresh) {
    fresh.database.run("ALTER DATABASE CURRENT SET synchronous_commit = off");
    // A session keeps what it began with, and keeps what it confirms.
    fresh.append(&one(1, 1, &["before"])).expect("it stands");
    assert!(fresh.database.end_sessions() > 0);
    fresh.pool.forget();
}

#[test]
fn an_append_to_a_server_that_was_let_forget_writes_nothing_and_says_why() {
    let Some(fresh) = with_one() else { return };
    turned_off(&fresh);
    let answer = fresh.append(&one(1, 2, &["next"]));
    assert!(matches!(&answer, Err(StoreError::Refused(why)) if why.contains("synchronous_commit = off")), "{answer:?}");
    assert_eq!(texts(&*fresh), ["first", "before"]);
    fresh.database.run("ALTER DATABASE CURRENT RESET synchronous_commit");
    fresh.pool.forget();
    fresh.append(&one(1, 2, &["next"])).expect("it stands");
    assert_eq!(texts(&*fresh), ["first", "before", "next"]);
}

#[test]
fn a_node_that_only_looks_at_its_log_notices_that_the_server_was_let_forget() {
    let Some(fresh) = with_one() else { return };
    turned_off(&fresh);
    let answer = fresh.log(OURS);
    assert!(matches!(&answer, Err(StoreError::Refused(why)) if why.contains("synchronous_commit = off")), "{answer:?}");
}

#[test]
fn a_url_that_asks_for_a_replica_is_refused_where_commits_wait_for_none() {
    let Some(fresh) = with_one() else { return };
    let url = format!("{}?replicas=sync", fresh.database.url());
    let answer = PostgresStore::open(&url).map(drop);
    let Err(StoreError::Broken(why)) = answer else { panic!("{answer:?}") };
    assert!(why.contains("`replicas=sync`") && why.contains("`synchronous_standby_names` is empty"), "{why}");
    // The same while it runs.
    let store = PostgresStore::connected(&url).expect("a URL");
    for answer in [store.append(&one(1, 1, &["next"])).map(drop), store.log(OURS).map(drop)] {
        assert!(matches!(&answer, Err(StoreError::Refused(why)) if why.contains("standby")), "{answer:?}");
    }
    assert_eq!(texts(&*fresh), ["first"]);
    PostgresStore::open(&format!("{}?replicas=none", fresh.database.url())).expect("none is asked for");
}

#[test]
fn a_commit_whose_wait_for_a_replica_was_ended_is_unknown_and_not_believed_until_a_replica_has_it() {
    let Some(database) = cluster::alone("waited") else { return };
    let _replica = database.replicated();
    let store = PostgresStore::open(&format!("{}?replicas=sync", database.url())).expect("a replica is waited for");
    two_tenants(&store);
    store.append(&one(1, 0, &["first"])).expect("it stands");
    let waits_for = |names: &str, synced: i32| {
        database.run(&format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'"));
        database.run("SELECT pg_reload_conf()");
        let follows = "SELECT count(*)::int FROM pg_stat_replication WHERE sync_state = 'sync'";
        while database.number(follows) != synced {
            thread::sleep(Duration::from_millis(10));
        }
    };
    for (seq, end, text) in [(1, "pg_cancel_backend", "second"), (2, "pg_terminate_backend", "third")] {
        waits_for("ghost", 0);
        let ended = format!("SELECT count({end}(pid))::int FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
        let answer = thread::scope(|scope| {
            let appended = scope.spawn(|| store.append(&one(1, seq, &[text])));
            while database.number(&ended) == 0 {
                thread::sleep(Duration::from_millis(10));
            }
            appended.join().expect("it ends")
        });
        assert_eq!(answer, Err(StoreError::Unknown), "{end}");
        let answer = store.log(OURS);
        assert!(
            matches!(&answer, Err(StoreError::Unavailable(why)) if why.contains("no replica has confirmed")),
            "{answer:?}"
        );
        waits_for("*", 1);
        assert_eq!(texts(&store).last().map(String::as_str), Some(text), "a replica has it");
    }
}
