use super::*;
use crate::vault::Vault;
use bailiwick_core::{Assurance, By, ControlCommand, EraseTask, Micros, PersonId, TaskId};
use bailiwick_record::{RootFile, system_random};
use bailiwick_store::{MemoryStore, Store};
use std::path::PathBuf;
use std::sync::Arc;

const TENANT: TenantId = TenantId::new([7; 16]);

/// A node with one tenant, its store, and the folder of its root key.
async fn opened(name: &str) -> (PathBuf, Arc<dyn Store>, Node) {
    let folder = std::env::temp_dir().join(format!("bailiwick-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let root = RootFile::open_or_create(&folder.join("root.key"), &system_random).unwrap();
    let vault = Arc::new(Vault::new(Box::new(root), Arc::new(system_random)));
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(Micros(1_800_000_000_000_000)));
    let node = Node::start(Arc::clone(&store), vault).unwrap();
    node.open_tenant(TENANT, "default", "test/origin").await.unwrap();
    (folder, store, node)
}

async fn erase(node: &Node, task: u8) {
    let by = By { assurance: Assurance::Local, person: PersonId::parse("ann").unwrap() };
    let task = TaskId::new([task; 16]);
    let said = EraseTask { by, listed: false, reason: "asked for".to_owned(), task };
    let (decided, _) = node.control_command(TENANT, ControlCommand::Erase(Box::new(said)), Vec::new()).await.unwrap();
    assert_eq!(decided.refused, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_anew_when_a_task_is_erased_is_kept_no_more() {
    let (folder, store, node) = opened("elsewhere-blind").await;
    erase(&node, 1).await;
    assert!(node.kept_elsewhere(TENANT).unwrap().is_some());
    let followed = Arc::clone(&node.elsewheres.0.lock().unwrap()[&TENANT]);
    followed.known.lock().unwrap().index.as_mut().unwrap().blind = true;
    erase(&node, 2).await;
    assert!(store.snapshot(TENANT, place_of(TENANT)).unwrap().unwrap().sealed.is_empty());
    assert!(node.kept_elsewhere(TENANT).unwrap().is_none());
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_other_tasks_is_read_again_where_it_was_kept_and_believed_there_alone() {
    let (folder, store, node) = opened("elsewhere").await;
    assert!(node.kept_elsewhere(TENANT).unwrap().is_none(), "nothing was kept yet");

    let mut index = node.follow_elsewhere(TENANT, Index::clone).unwrap();
    let size = store.log(TENANT).unwrap().size;
    assert_eq!(index.size, size);
    let mut kept = 0;
    node.keep_elsewhere(TENANT, &mut index, &mut kept);
    assert!(node.kept_elsewhere(TENANT).unwrap().is_none(), "so little is read anew");
    index.erases = true;
    node.keep_elsewhere(TENANT, &mut index, &mut kept);
    assert!(!index.erases, "once");
    assert_eq!(node.kept_elsewhere(TENANT).unwrap().map(|index| index.size), Some(size));

    let before = store.snapshot(TENANT, place_of(TENANT)).unwrap().unwrap();
    erase(&node, 1).await;
    let size = store.log(TENANT).unwrap().size;
    assert_eq!(node.kept_elsewhere(TENANT).unwrap().map(|index| index.size), Some(size), "of before nothing stays");
    store.put_snapshot(TENANT, place_of(TENANT), &before).unwrap();
    assert!(node.kept_elsewhere(TENANT).unwrap().is_some(), "nor does it come back");

    let there = store.snapshot(TENANT, place_of(TENANT)).unwrap().unwrap();
    let mut sealed = there.sealed.clone();
    sealed[50] ^= 1;
    for odd in [
        Snapshot { sealed, seq: size + 1, ..there.clone() },
        Snapshot { seq: size + 2, ..there.clone() },
        Snapshot { seq: size + 3, fold: FOLD + 1, ..there },
    ] {
        store.put_snapshot(TENANT, place_of(TENANT), &odd).unwrap();
        assert!(node.kept_elsewhere(TENANT).unwrap().is_none(), "{odd:?}");
    }
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}
