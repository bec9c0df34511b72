//! Engines outside, asked by a desk over a real store. The engine is a double: it says what it is told to.

use super::*;
use bailiwick_node::{Engines, Reached};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Says this; `None` says nothing, for ever.
#[derive(Default)]
struct Double {
    says: Mutex<Option<String>>,
    told: Mutex<Vec<String>>,
    turns: AtomicUsize,
}

impl Engines for Double {
    fn reach<'a>(&'a self, _: &'a Outside, body: String) -> Reached<'a> {
        Box::pin(async move {
            self.turns.fetch_add(1, Ordering::Relaxed);
            self.told.lock().unwrap().push(body);
            let says = self.says.lock().unwrap().clone();
            match says {
                Some(says) => Ok(says.into_bytes()),
                None => std::future::pending().await,
            }
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_outside_has_its_say_in_each_call_and_its_silence_is_a_no() {
    let folder = std::env::temp_dir().join(format!("bailiwick-engines-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let node = start_node(&folder, Bounds::default());
    let tenant = TenantId::new([7; 16]);
    furnish(&node, tenant).await;
    let bound = start_task(&node, tenant).await;
    let desk = Desk::new(Arc::clone(&node));
    let text = r#"{"kind":"policy","name":"corporate","opa":{"url":"https://opa","path":"authz","within_ms":30,"rules":["deny"],"context":["amounts","uses"]}}"#;
    let documents = vec![Document::read(&json(text)).unwrap()];
    let apply = ControlCommand::Apply { by: by(), documents, removed: Vec::new() };
    node.control_command(tenant, apply, Vec::new()).await.unwrap();

    let asked = |amount| desk.attempt(&bound, pay(amount));
    assert_eq!(code(&asked("1").await.unwrap()), Some(Code::EngineFailed), "nobody reaches it");
    let double = Arc::new(Double::default());
    node.reaches_engines(double.clone());
    let says = |answer: &str| *double.says.lock().unwrap() = Some(answer.to_owned());
    assert_eq!(code(&asked("2").await.unwrap()), Some(Code::EngineFailed), "it hangs");
    says(r#"{"result":{"deny":"no"}}"#);
    assert_eq!(code(&asked("3").await.unwrap()), Some(Code::EngineFailed), "it lies about types");
    says(r#"{"result":{"deny":["no"]}}"#);
    assert_eq!(code(&asked("4").await.unwrap()), Some(Code::PolicyForbidden));
    says(r#"{"result":{"deny":[]},"decision_id":"d-7"}"#);
    let before = double.turns.load(Ordering::Relaxed);
    let allowed = asked("5").await.unwrap();
    assert!(matches!(allowed, Attempted::Forward { .. }), "{allowed:?}");
    assert_eq!(double.turns.load(Ordering::Relaxed), before + 1, "once");
    let told = double.told.lock().unwrap().last().cloned().unwrap();
    assert!(told.contains(r#"{"input":{"action":"bank/pay","context":{"amounts":{"EUR":50000},"uses":0}"#), "{told}");
    says(r#"{"result":{"allow":true,"deny":[]}}"#);
    let over = code(&asked("1000000").await.unwrap());
    assert!(matches!(over, Some(Code::OverEach | Code::OverTotal)), "it permits nothing: {over:?}");

    let before = desk.task(tenant, bound.task).await.unwrap();
    node.drain().await;
    drop((desk, node));
    let node = start_node(&folder, Bounds::default());
    let desk = Desk::new(Arc::clone(&node));
    assert_eq!(desk.task(tenant, bound.task).await.unwrap(), before, "read again without it");
    node.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}
