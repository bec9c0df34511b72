//! A store that was put back, and nodes that remember more or less of it.

use super::*;
use bailiwick_core::{Assurance, By, PersonId};
use bailiwick_record::Mark;
use bailiwick_store::Ledger;

fn otto() -> By {
    By { assurance: Assurance::Local, person: PersonId::parse("otto").unwrap() }
}

fn guarded(store: &Arc<bailiwick_store::MemoryStore>, folder: &std::path::Path, guard: &str) -> Arc<Node> {
    let guard = Guard::open(&folder.join(guard)).unwrap();
    let store = Arc::clone(store) as Arc<dyn Store>;
    Arc::new(Node::start_guarded(store, vault(folder), guard).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_epoch_is_believed_by_who_knew_no_more_of_the_old_one_than_who_began_it() {
    let folder = std::env::temp_dir().join(format!("bailiwick-restored-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = Arc::new(bailiwick_store::MemoryStore::new(Micros(1_800_000_000_000_000)));
    let tenant = TenantId::new([7; 16]);
    let mark = |guard: &str| -> Option<Mark> { Guard::open(&folder.join(guard)).unwrap().mark(tenant) };
    let one = guarded(&store, &folder, "one");
    furnish(&one, tenant).await;
    let bound = start_task(&one, tenant).await;
    one.keep().await.unwrap();
    let backup = store.backup();
    let desk = Desk::new(Arc::clone(&one));
    assert_eq!(code(&desk.attempt(&bound, pay("1")).await.unwrap()), None);
    one.keep().await.unwrap();
    std::fs::copy(folder.join("one"), folder.join("less")).unwrap();
    assert_eq!(code(&desk.attempt(&bound, pay("2")).await.unwrap()), None);
    one.keep().await.unwrap();
    one.drain().await;
    let (less, more) = (mark("less").unwrap(), mark("one").unwrap());
    assert!(less.size < more.size);

    store.roll_back(&backup);
    // it broke off between the row and the event: nothing is allowed, and it is gone on with
    store.raise_epoch(tenant, 2).unwrap();
    let behind = guarded(&store, &folder, "one");
    assert!(behind.behind(tenant).is_some());
    behind.drain().await;
    let bare = Arc::new(Node::start(Arc::clone(&store) as Arc<dyn Store>, vault(&folder)).unwrap());
    let restored = bare.restore(tenant, otto(), Some(less)).await.unwrap();
    assert_eq!((restored.epoch, restored.ended), (2, 1));
    bare.drain().await;

    let knew_less = guarded(&store, &folder, "less");
    assert_eq!(knew_less.behind(tenant), None);
    let desk = Desk::new(Arc::clone(&knew_less));
    let refused = desk.attempt(&bound, pay("1")).await.unwrap();
    assert_eq!(code(&refused), Some(Code::EpochPassed), "{refused:?}");
    assert_eq!(mark("less").unwrap().epoch, 2, "it knows the new log from here on");
    knew_less.drain().await;
    let knew_more = guarded(&store, &folder, "one");
    let why = knew_more.behind(tenant).unwrap();
    assert!(why.contains("whoever put it back did not"), "{why}");
    knew_more.drain().await;

    // who knows most begins it, and everybody follows
    let bare = Arc::new(Node::start(Arc::clone(&store) as Arc<dyn Store>, vault(&folder)).unwrap());
    assert_eq!(bare.restore(tenant, otto(), Some(more)).await.unwrap().epoch, 3);
    bare.drain().await;
    for guard in ["one", "less"] {
        let node = guarded(&store, &folder, guard);
        assert_eq!(node.behind(tenant), None, "{guard}");
        node.drain().await;
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
