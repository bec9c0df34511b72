//! Breakers over a whole node: what opens one, who passes as a probe, and what closes it.

use super::*;
use bailiwick_store::MemoryStore;

/// A node over a store whose time is set, with a rule.
struct House {
    store: Arc<MemoryStore>,
    node: Arc<Node>,
    desk: Desk,
    bound: Bound,
    now: Micros,
    folder: std::path::PathBuf,
}

impl House {
    async fn with(name: &str, breaker: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("bailiwick-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let now = Micros(1_800_000_000_000_000);
        let store = Arc::new(MemoryStore::new(now));
        let node = Arc::new(Node::start(Arc::clone(&store) as Arc<dyn Store>, vault(&folder)).unwrap());
        let tenant = TenantId::new([7; 16]);
        furnish(&node, tenant).await;
        let rule = format!(r#"{{"kind":"rule","name":"calm","breaker":{breaker}}}"#);
        let documents = vec![Document::read(&json(&rule)).unwrap()];
        let apply = ControlCommand::Apply { by: by(), documents, removed: Vec::new() };
        assert_eq!(node.control_command(tenant, apply, Vec::new()).await.unwrap().0.refused, None);
        let bound = start_task(&node, tenant).await;
        Self { store, desk: Desk::new(Arc::clone(&node)), node, bound, now, folder }
    }

    async fn begun(&self, amount: &str) -> Result<(u64, u64), Code> {
        match self.desk.attempt(&self.bound, pay(amount)).await.unwrap() {
            Attempted::Forward { act, leaf, .. } => Ok((act, leaf)),
            other => Err(code(&other).unwrap()),
        }
    }

    async fn ended(&self, act: (u64, u64), received: Received) {
        let tool = ToolId::parse("bank/pay").unwrap();
        self.desk.settle(&self.bound, &tool, act, received, &[]).await.unwrap();
    }

    async fn stands(&self, amount: &str, act: (u64, u64)) -> bool {
        self.desk.stands(&self.bound, pay(amount), Some(act)).await.unwrap()
    }

    async fn fails(&self, amount: &str) {
        let act = self.begun(amount).await.unwrap();
        self.ended(act, Received::NeverSent).await;
    }

    fn pass(&mut self, span: Span) {
        self.now = self.now.after(span);
        self.store.set_now(self.now);
        self.node.beat().unwrap();
    }

    fn breakers(&self) -> Vec<Breaker> {
        let control = self.node.control(self.bound.tenant).unwrap();
        control.state.breakers.values().cloned().collect()
    }

    async fn down(self) {
        self.node.drain().await;
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

fn paid() -> Received {
    Received::Result(json(r#"{"content":[{"type":"text","text":"ok"}]}"#))
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_open_a_breaker_a_probe_that_fails_opens_it_again_and_one_that_goes_well_closes_it() {
    let rule = r#"{"per":"agent","on":"failures","most":3,"over":"1m"}"#;
    let mut house = House::with("breaker-failures", rule).await;
    for amount in ["1", "2", "3"] {
        assert_eq!(house.breakers(), []);
        house.fails(amount).await;
    }
    let open = house.breakers();
    assert_eq!(open.iter().map(|one| (one.counted, one.on)).collect::<Vec<_>>(), [(3, Trouble::Failures)]);
    assert_eq!(house.begun("4").await, Err(Code::BreakerOpen));

    house.pass(Span::seconds(61));
    let probe = house.begun("5").await.unwrap();
    assert_eq!(house.begun("6").await, Err(Code::BreakerOpen), "one probe at a time");
    house.ended(probe, Received::NeverSent).await;
    assert!(house.breakers()[0].opened > open[0].opened, "it opened again");
    assert_eq!(house.begun("7").await, Err(Code::BreakerOpen));

    house.pass(Span::seconds(61));
    let probe = house.begun("8").await.unwrap();
    house.ended(probe, paid()).await;
    assert_eq!(house.breakers(), []);
    house.begun("9").await.unwrap();
    house.down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_that_lasts_goes_on_while_its_breaker_is_half_open_and_what_is_none_is_cut() {
    let rule = r#"{"per":"agent","on":"failures","most":2,"over":"1h"}"#;
    let mut house = House::with("breaker-lasting", rule).await;
    let before = house.begun("9").await.unwrap();
    assert!(house.stands("9", before).await);
    house.fails("1").await;
    house.fails("2").await;
    assert!(!house.stands("9", before).await, "such calls are cut off");
    house.pass(Span::seconds(61));
    let probe = house.begun("5").await.unwrap();
    for _ in 0..2 {
        assert!(house.stands("5", probe).await, "each look knows it");
    }
    assert_eq!(house.begun("6").await, Err(Code::BreakerOpen));
    house.ended(probe, paid()).await;
    assert_eq!(house.breakers(), []);
    house.down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_calls_and_the_same_call_again_open_a_breaker_and_a_person_closes_it() {
    let house = House::with("breaker-refusals", r#"{"per":"grant","on":"refusals","most":4,"over":"1m"}"#).await;
    for _ in 0..4 {
        assert_eq!(house.begun("501").await, Err(Code::OverEach));
    }
    assert_eq!(house.begun("1").await, Err(Code::BreakerOpen), "what is allowed else is refused as well");
    let breaker = *house.node.control(house.bound.tenant).unwrap().state.breakers.first_key_value().unwrap().0;
    let close = ControlCommand::CloseBreaker { by: Some(by()), breaker };
    assert_eq!(house.node.control_command(house.bound.tenant, close, Vec::new()).await.unwrap().0.refused, None);
    house.begun("1").await.unwrap();
    house.down().await;

    let house = House::with("breaker-retries", r#"{"per":"grant","on":"retries","most":3,"over":"1m"}"#).await;
    for amount in ["1", "2", "1", "3", "1"] {
        house.begun(amount).await.unwrap();
    }
    assert_eq!(house.begun("4").await, Err(Code::BreakerOpen));
    house.down().await;
}
