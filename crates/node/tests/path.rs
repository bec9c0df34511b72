//! One call from consent to outcome, on a real SQLite store: what was decided stands after a restart, byte for byte.

#![cfg(test)]

mod world;

use bailiwick_core::json::Json;
use bailiwick_core::*;
use bailiwick_node::{Attempted, Bounds, Desk, Failure, Given, Node, Received};
use bailiwick_record::Guard;
use bailiwick_store::Store;
use std::sync::Arc;
use world::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_stands_after_a_restart() {
    let folder = std::env::temp_dir().join(format!("bailiwick-path-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let node = start_node(&folder, Bounds::default());
    let tenant = TenantId::new([7; 16]);
    furnish(&node, tenant).await;
    let bound = start_task(&node, tenant).await;
    let desk = Desk::new(Arc::clone(&node));

    let first = desk.attempt(&bound, pay("480.00")).await.unwrap();
    let Attempted::Forward { act, leaf, arguments, .. } = first else { panic!("{first:?}") };
    assert_eq!(arguments.get("amount").and_then(Json::as_str), Some("480.00"));
    let result = json(r#"{"content":[{"type":"text","text":"ok"}]}"#);
    let tool = ToolId::parse("bank/pay").unwrap();
    let given = desk.settle(&bound, &tool, (act, leaf), Received::Result(result.clone()), &[]).await.unwrap();
    assert_eq!(given, Given::Whole(result));
    assert_eq!(code(&desk.attempt(&bound, pay("20.01")).await.unwrap()), Some(Code::OverTotal));
    assert_eq!(code(&desk.attempt(&bound, pay("-1")).await.unwrap()), Some(Code::MeasureUnknown));

    let before = desk.task(tenant, bound.task).await.unwrap();
    node.drain().await;
    drop((desk, node));

    let node = start_node(&folder, Bounds::default());
    let desk = Desk::new(Arc::clone(&node));
    assert_eq!(desk.task(tenant, bound.task).await.unwrap(), before);
    assert_eq!(code(&desk.attempt(&bound, pay("20.01")).await.unwrap()), Some(Code::OverTotal));
    let receipt = desk.end(tenant, bound.task, None, by(), Code::Revoked).await.unwrap().unwrap();
    assert_eq!(receipt.open, Vec::<u64>::new());
    assert_eq!(code(&desk.attempt(&bound, pay("1")).await.unwrap()), Some(Code::TaskEnded));
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_goes_back_under_a_running_node_allows_nothing_from_the_next_look_on() {
    let folder = std::env::temp_dir().join(format!("bailiwick-back-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = Arc::new(bailiwick_store::MemoryStore::new(Micros(1_800_000_000_000_000)));
    let vault = vault(&folder);
    let guard = Guard::open(&folder.join("checkpoints")).unwrap();
    let node = Arc::new(Node::start_guarded(Arc::clone(&store) as Arc<dyn Store>, vault, guard).unwrap());
    let tenant = TenantId::new([7; 16]);
    furnish(&node, tenant).await;
    let bound = start_task(&node, tenant).await;
    node.checkpoint(tenant).await.unwrap();
    let backup = store.backup();
    let desk = Desk::new(Arc::clone(&node));
    assert_eq!(code(&desk.attempt(&bound, pay("1")).await.unwrap()), None);
    node.keep().await.unwrap();
    assert_eq!(node.behind(tenant), None);

    store.roll_back(&backup);
    node.keep().await.unwrap();
    assert!(node.behind(tenant).unwrap().contains("went back"));
    let refused = desk.attempt(&bound, pay("1")).await;
    assert!(matches!(refused, Err(Failure::Behind(_))), "{refused:?}");
    assert!(node.checkpoint(tenant).await.is_err() && node.checkpoint_with_heads(tenant).await.is_err());
    // What is there can be looked at.
    assert!(desk.task(tenant, bound.task).await.is_ok());
    node.close().await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_grew_is_remembered_at_once_and_signed_before_the_node_ends() {
    let folder = std::env::temp_dir().join(format!("bailiwick-keep-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = bailiwick_store::open(&format!("sqlite:{}", folder.join("t.db").display())).unwrap();
    let vault = vault(&folder);
    let path = folder.join("checkpoints");
    let node = Arc::new(Node::start_guarded(store, vault, Guard::open(&path).unwrap()).unwrap());
    let tenant = TenantId::new([7; 16]);
    furnish(&node, tenant).await;
    let size = || node.store().log(tenant).unwrap().size;
    node.keep().await.unwrap();
    let remembered = || Guard::open(&path).unwrap().mark(tenant).unwrap().size;
    assert_eq!(remembered(), size());
    start_task(&node, tenant).await;
    node.keep().await.unwrap();
    assert_eq!(remembered(), size());
    let before = size();
    node.close().await.unwrap();
    assert_eq!(size(), before + 1, "the heads were committed to");
    let (signed, _) = node.store().last_checkpoint(tenant, 1).unwrap().unwrap();
    assert_eq!((signed, remembered()), (size(), size()));
    std::fs::remove_dir_all(&folder).unwrap();
}
