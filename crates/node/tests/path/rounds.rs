//! Calls that their server answers with a question: each is charged once, whatever comes between.

use super::world::*;
use bailiwick_core::json::Json;
use bailiwick_core::*;
use bailiwick_node::{Asked, Attempted, Bound, Bounds, Desk, Given, Node, Received, Round};
use std::sync::Arc;

/// An enforced agent's bank that asks before it pays.
struct Asking {
    desk: Desk,
    bound: Bound,
    round: Option<Round>,
}

impl Asking {
    async fn of(node: &Arc<Node>, tenant: TenantId) -> Self {
        let bound = Bound { mode: Mode::Enforced, ..start_task(node, tenant).await };
        Self { desk: Desk::new(Arc::clone(node)), bound, round: None }
    }

    /// A call, or the next round of the one that was asked about; its result, and what was forwarded as its key.
    async fn call(&mut self, asked: Asked, result: &str) -> Result<String, Code> {
        let continues = self.round.take();
        let before = continues.as_ref().map_or(0, |round| round.asked);
        let beside = if before == 0 { Json::Null } else { json(r#"{"inputResponses":{}}"#) };
        let attempted = self.desk.attempt(&self.bound, Asked { continues, beside, ..asked }).await.unwrap();
        let Attempted::Forward { act, leaf, arguments, under, .. } = attempted else {
            return Err(code(&attempted).unwrap_or_else(|| panic!("{attempted:?}")));
        };
        let tool = ToolId::parse("bank/pay").unwrap();
        self.desk.settle(&self.bound, &tool, (act, leaf), Received::Result(json(result)), &[]).await.unwrap();
        self.round = Some(Round { act, leaf, asked: before + 1, under });
        Ok(arguments.get("key").and_then(Json::as_str).unwrap_or_default().to_owned())
    }

    async fn charged(&self) -> Amount {
        self.desk.task(self.bound.tenant, self.bound.task).await.unwrap().grants[0].charged[0].2
    }

    async fn open(&self) -> usize {
        self.desk.node().look(self.bound.tenant, self.bound.task, |task, _| task.open).await.unwrap()
    }
}

const ASKS: &str = r#"{"inputRequests":{},"requestState":"s","resultType":"input_required"}"#;
const PAID: &str = r#"{"content":[{"text":"ok","type":"text"}]}"#;

fn keyed(amount: &str, key: &str) -> Asked {
    let mut arguments = pay(amount).arguments.as_object().unwrap().clone();
    arguments.insert("key", Json::from(key));
    Asked { arguments: Json::Object(arguments), ..pay(amount) }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_that_are_asked_and_answered_are_charged_once_each_and_leave_nothing_open() {
    let folder = std::env::temp_dir().join(format!("bailiwick-path-asks-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let node = start_node(&folder, Bounds::default());
    let tenant = TenantId::new([12; 16]);
    furnish(&node, tenant).await;
    let mut bank = Asking::of(&node, tenant).await;
    for n in 0..=OPEN_PER_GRANT_MAX {
        let asked = keyed("1.00", &format!("payment-{n}"));
        let first = bank.call(asked.clone(), ASKS).await.unwrap();
        let second = bank.call(asked, PAID).await.unwrap();
        assert_eq!(first, second, "the server knows its arguments again");
        assert!(!first.is_empty() && !first.contains("payment"), "{first}");
        bank.round = None;
    }
    assert_eq!((bank.charged().await, bank.open().await), ("65".parse().unwrap(), 0));
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_under_other_words_goes_nowhere_and_one_that_was_declined_is_recorded() {
    let folder = std::env::temp_dir().join(format!("bailiwick-path-passed-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let node = start_node(&folder, Bounds::default());
    let tenant = TenantId::new([13; 16]);
    furnish(&node, tenant).await;
    let mut bank = Asking::of(&node, tenant).await;
    bank.call(pay("10.00"), ASKS).await.unwrap();
    let asked = bank.round.clone().unwrap();
    bank.round = Some(Round { under: sha256(b"another pin, server or epoch"), ..asked.clone() });
    assert_eq!(bank.call(pay("10.00"), PAID).await, Err(Code::QuestionPassed));
    assert_eq!((bank.charged().await, bank.open().await), ("10".parse().unwrap(), 1), "the first stays in doubt");
    let declined = bank.desk.attempt(&bank.bound, Asked { declined: true, ..pay("10.00") }).await.unwrap();
    let Attempted::Refused { reasons, event: Some(_), .. } = declined else { panic!("{declined:?}") };
    assert_eq!(reasons[0].code, Code::Declined);
    bank.round = Some(asked);
    bank.call(pay("10.00"), PAID).await.unwrap();
    assert_eq!((bank.charged().await, bank.open().await), ("10".parse().unwrap(), 0));
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enforced_agent_may_repeat_what_was_named_as_not_done_and_is_told_which_act_is_in_doubt() {
    let folder = std::env::temp_dir().join(format!("bailiwick-path-twin-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let node = start_node(&folder, Bounds::default());
    let tenant = TenantId::new([10; 16]);
    furnish(&node, tenant).await;
    let bound = Bound { mode: Mode::Enforced, ..start_task(&node, tenant).await };
    let desk = Desk::new(Arc::clone(&node));
    let tool = ToolId::parse("bank/pay").unwrap();
    let failed = |text: &str| json(&format!(r#"{{"content":[{{"text":"{text}","type":"text"}}],"isError":true}}"#));
    let pay_and = async |text: &str| match desk.attempt(&bound, pay("10.00")).await.unwrap() {
        Attempted::Forward { act, leaf, .. } => {
            let given = desk.settle(&bound, &tool, (act, leaf), Received::Result(failed(text)), &[]).await.unwrap();
            assert_eq!(given, Given::Whole(failed(text)), "the agent reads the error");
            Ok(leaf)
        }
        Attempted::Refused { reasons, .. } => Err(reasons),
        other => panic!("{other:?}"),
    };
    pay_and("insufficient funds").await.unwrap();
    let charged = |task: bailiwick_node::TaskSummary| task.grants[0].charged[0].2;
    assert_eq!(charged(desk.task(tenant, bound.task).await.unwrap()), "0".parse().unwrap(), "nothing was done");
    let doubtful = pay_and("something went wrong").await.expect("it may be tried again");
    assert_eq!(charged(desk.task(tenant, bound.task).await.unwrap()), "10.00".parse().unwrap());
    let reasons = pay_and("").await.unwrap_err();
    assert_eq!([reasons[0].code, reasons[1].code], [Code::ApprovalUnavailable, Code::TwinInDoubt]);
    assert_eq!(reasons[1].asked, Some(doubtful.to_string()));
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}
