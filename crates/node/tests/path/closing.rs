//! That the window of a task closes soon: written down by a node's own beat, and told to its agent where it asks.

use super::*;
use bailiwick_store::Ledger;

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_closes_soon_is_written_down_once_and_told_to_the_agent_that_asks() {
    let folder = std::env::temp_dir().join(format!("bailiwick-closing-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let start = Micros(1_800_000_000_000_000);
    let store = Arc::new(bailiwick_store::MemoryStore::new(start));
    let node = Arc::new(Node::start(Arc::clone(&store) as Arc<dyn Store>, vault(&folder)).unwrap());
    let tenant = TenantId::new([7; 16]);
    furnish(&node, tenant).await;
    let bound = start_task(&node, tenant).await;
    let desk = Desk::new(Arc::clone(&node));
    let told = async || {
        let authority = desk.authority(&bound, |_| None).await.unwrap();
        let renew = authority.structured.get("renew").and_then(Json::as_str).map(str::to_owned);
        assert_eq!(authority.text.contains("closes soon"), renew.is_some(), "{}", authority.text);
        renew
    };
    let ending = async || {
        let written = store.stream(tenant, bound.task, 1, 1_000).unwrap();
        let kinds = written.iter().filter_map(|stored| Event::kind_of(&stored.event.clear));
        kinds.filter(|kind| kind == "task.ending").count()
    };
    node.beat().unwrap();
    assert_eq!((told().await, ending().await), (None, 0));
    let closing =
        node.look(tenant, bound.task, |task: &TaskState, _: &LiveControl| task.closing()).await.unwrap().unwrap();
    store.set_now(closing.told_at);
    for _ in 0..3 {
        node.beat().unwrap();
        // what was due is decided before whatever is asked of its stream after it
        let look = |task: &TaskState, _: &LiveControl| task.closing_told;
        assert_eq!(node.look(tenant, bound.task, look).await.unwrap(), Some(closing.expires));
        assert_eq!(told().await, Some(format!("bailiwick task renew {}", bound.task)));
    }
    node.drain().await;
    assert_eq!(ending().await, 1, "once");
    std::fs::remove_dir_all(&folder).unwrap();
}
