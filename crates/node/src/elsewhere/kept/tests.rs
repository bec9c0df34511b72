use super::*;
use crate::vault::Vault;
use bailiwick_core::{Assurance, By, ControlCommand, EraseTask, Micros, PersonId, TaskId};
use bailiwick_record::{RootFile, system_random};
use bailiwick_store::{MemoryStore, Store};
use std::sync::Arc;

async fn erase(node: &Node, tenant: TenantId, task: u8) {
    let by = By { assurance: Assurance::Local, person: PersonId::parse("ann").unwrap() };
    let task = TaskId::new([task; 16]);
    let said = EraseTask { by, listed: false, reason: "asked for".to_owned(), task };
    let (decided, _) = node.control_command(tenant, ControlCommand::Erase(Box::new(said)), Vec::new()).await.unwrap();
    assert_eq!(decided.refused, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_anew_when_a_task_is_erased_is_kept_no_more() {
    let folder = std::env::temp_dir().join(format!("bailiwick-elsewhere-blind-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let root = RootFile::open_or_create(&folder.join("root.key"), &system_random).unwrap();
    let vault = Arc::new(Vault::new(Box::new(root), Arc::new(system_random)));
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(Micros(1_800_000_000_000_000)));
    let node = Node::start(Arc::clone(&store), vault).unwrap();
    let tenant = TenantId::new([7; 16]);
    node.open_tenant(tenant, "default", "test/origin").await.unwrap();
    erase(&node, tenant, 1).await;
    assert!(node.kept_elsewhere(tenant).unwrap().is_some());
    let followed = Arc::clone(&node.elsewheres.0.lock().unwrap()[&tenant]);
    followed.known.lock().unwrap().index.as_mut().unwrap().blind = true;
    erase(&node, tenant, 2).await;
    assert!(store.snapshot(tenant, place_of(tenant)).unwrap().unwrap().sealed.is_empty());
    assert!(node.kept_elsewhere(tenant).unwrap().is_none());
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_other_tasks_is_read_again_where_it_was_kept_and_believed_there_alone() {
    let folder = std::env::temp_dir().join(format!("bailiwick-elsewhere-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let root = RootFile::open_or_create(&folder.join("root.key"), &system_random).unwrap();
    let vault = Arc::new(Vault::new(Box::new(root), Arc::new(system_random)));
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(Micros(1_800_000_000_000_000)));
    let node = Node::start(Arc::clone(&store), vault).unwrap();
    let tenant = TenantId::new([7; 16]);
    node.open_tenant(tenant, "default", "test/origin").await.unwrap();
    assert!(node.kept_elsewhere(tenant).unwrap().is_none(), "nothing was kept yet");

    let mut index = node.follow_elsewhere(tenant, Index::clone).unwrap();
    let size = store.log(tenant).unwrap().size;
    assert_eq!(index.size, size);
    let mut kept = 0;
    node.keep_elsewhere(tenant, &mut index, &mut kept);
    assert!(node.kept_elsewhere(tenant).unwrap().is_none(), "so little is read anew");
    index.erases = true;
    node.keep_elsewhere(tenant, &mut index, &mut kept);
    assert!(!index.erases, "once");
    assert_eq!(node.kept_elsewhere(tenant).unwrap().map(|index| index.size), Some(size));

    let before = store.snapshot(tenant, place_of(tenant)).unwrap().unwrap();
    erase(&node, tenant, 1).await;
    let size = store.log(tenant).unwrap().size;
    assert_eq!(node.kept_elsewhere(tenant).unwrap().map(|index| index.size), Some(size), "of before nothing stays");
    store.put_snapshot(tenant, place_of(tenant), &before).unwrap();
    assert!(node.kept_elsewhere(tenant).unwrap().is_some(), "nor does it come back");

    let there = store.snapshot(tenant, place_of(tenant)).unwrap().unwrap();
    let mut sealed = there.sealed.clone();
    sealed[50] ^= 1;
    for odd in [
        Snapshot { sealed, seq: size + 1, ..there.clone() },
        Snapshot { seq: size + 2, ..there.clone() },
        Snapshot { seq: size + 3, fold: FOLD + 1, ..there },
    ] {
        store.put_snapshot(tenant, place_of(tenant), &odd).unwrap();
        assert!(node.kept_elsewhere(tenant).unwrap().is_none(), "{odd:?}");
    }
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}
