//! What people said no to, over a whole node: asked again in their other tasks, and who goes on trying is cut off.

use super::*;
use bailiwick_store::{MemoryStore, SqliteStore, StoreError, StoredEvent};

const ASKS: &str = r#"{"kind":"policy","name":"asks","cedar":"@step_up(\"requester\") forbid(principal, action == Action::\"bank/pay\", resource) when { context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"100.0\")) };"}"#;

struct House {
    node: Arc<Node>,
    desk: Desk,
    tenant: TenantId,
    folder: std::path::PathBuf,
}

impl House {
    /// A node on which ann, who has a passkey, is asked about what is over 100 EUR.
    async fn with(name: &str, more: &[&str]) -> Self {
        Self::on(name, more, |_| Arc::new(MemoryStore::new(Micros(1_800_000_000_000_000)))).await
    }

    async fn on(name: &str, more: &[&str], store: impl FnOnce(&std::path::Path) -> Arc<dyn Store>) -> Self {
        let folder = std::env::temp_dir().join(format!("bailiwick-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let node = Arc::new(Node::start(store(&folder), vault(&folder)).unwrap());
        let tenant = TenantId::new([7; 16]);
        furnish(&node, tenant).await;
        let house = Self { desk: Desk::new(Arc::clone(&node)), node, tenant, folder };
        let person = r#"{"kind":"person","name":"ann","roles":["clerk"]}"#;
        let documents = [person, ASKS].into_iter().chain(more.iter().copied());
        let documents = documents.map(|text| Document::read(&json(text)).unwrap()).collect();
        house.govern(ControlCommand::Apply { by: by(), documents, removed: Vec::new() }).await;
        let (code, expires) = (sha256(b"code"), house.node.now().after(Span::hours(1)));
        let person = by().person;
        house.govern(ControlCommand::Invite { by: by(), person, code, expires, signed: None }).await;
        let key = json(r#"{"crv":"P-256","kty":"EC","x":"1","y":"2"}"#);
        let (id, site, name) = ("cGFzc2tleQ".to_owned(), "localhost".to_owned(), "phone".to_owned());
        let passkey = Passkey { id, key, model: Salt::new([0; 16]), site, name };
        let signer = By { assurance: Assurance::Passkey, ..by() };
        house.govern(ControlCommand::Enroll { by: signer, code, passkey }).await;
        house
    }

    async fn govern(&self, command: ControlCommand) {
        let (decided, _) = self.node.control_command(self.tenant, command, Vec::new()).await.unwrap();
        assert_eq!(decided.refused, None);
    }

    /// What a payment came to: allowed, or why not.
    async fn pays(&self, bound: &Bound, amount: &str) -> Option<Code> {
        code(&self.desk.attempt(bound, pay(amount)).await.unwrap())
    }

    /// Ann says no to a payment that waits for her.
    async fn refuses(&self, bound: &Bound, amount: &str) {
        let asked = self.desk.attempt(bound, pay(amount)).await.unwrap();
        let Attempted::Refused { waits: Some(waits), .. } = asked else { panic!("nobody is asked: {asked:?}") };
        let seq = move |task: &TaskState, _: &LiveControl| task.approval_at(waits.approval).unwrap().seq;
        let approval = self.node.look(self.tenant, bound.task, seq).await.unwrap();
        let said = RefuseApproval { approval, by: by(), reason: "not to them".to_owned(), instead: None, voids: true };
        self.desk.refuse_approval(self.tenant, bound.task, said).await.unwrap().unwrap();
    }

    async fn down(self) {
        self.node.drain().await;
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_in_one_task_asks_its_person_in_the_next_and_no_other() {
    let house = House::with("goals-elsewhere", &[]).await;
    let (first, second) = (start_task(&house.node, house.tenant).await, start_task(&house.node, house.tenant).await);
    assert_eq!(house.pays(&second, "1").await, None, "nobody was ever asked");
    house.refuses(&first, "200").await;
    assert_eq!(house.pays(&second, "1").await, Some(Code::ApprovalNeeded), "a no to this in another task");
    let later = start_task(&house.node, house.tenant).await;
    assert_eq!(house.pays(&later, "2").await, Some(Code::ApprovalNeeded));
    let log = house.node.store().leaves(house.tenant, 0, 1_000).unwrap();
    let said =
        log.iter().filter(|stored| String::from_utf8_lossy(&stored.event.clear).contains("refused_elsewhere\":1"));
    assert!(said.count() >= 2, "it is a fact of each of these decisions");
    house.down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_at_what_was_refused_before_open_a_breaker() {
    let rule = r#"{"kind":"rule","name":"goals","breaker":{"per":"agent","on":"goals","most":2,"over":"1h"}}"#;
    let house = House::with("goals-breaker", &[rule]).await;
    let bound = start_task(&house.node, house.tenant).await;
    for amount in ["150", "160"] {
        assert_eq!(house.pays(&bound, amount).await, Some(Code::ApprovalNeeded), "that nobody has refused");
    }
    house.refuses(&bound, "200").await;
    assert_eq!(house.pays(&bound, "200").await, Some(Code::ApprovalRefused), "told, and not counted");
    assert_eq!(house.pays(&bound, "170").await, Some(Code::ApprovalNeeded));
    assert_eq!(house.pays(&bound, "180").await, Some(Code::ApprovalNeeded));
    assert_eq!(house.pays(&bound, "1").await, Some(Code::BreakerOpen));
    let control = house.node.control(house.tenant).unwrap();
    let open: Vec<Trouble> = control.state.breakers.values().map(|breaker| breaker.on).collect();
    assert_eq!(open, [Trouble::Goals]);
    house.down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_at_one_node_asks_at_the_next_and_after_a_restart() {
    let house = House::with("goals-followed", &[]).await;
    let first = start_task(&house.node, house.tenant).await;
    house.refuses(&first, "200").await;
    let store = Arc::clone(house.node.store());
    let other = Arc::new(Node::start(store, vault(&house.folder)).unwrap());
    other.open_tenant(house.tenant, "default", "test/origin").await.unwrap();
    let desk = Desk::new(Arc::clone(&other));
    let before = start_task(&other, house.tenant).await;
    assert_eq!(code(&desk.attempt(&before, pay("1")).await.unwrap()), None, "it has heard of nothing yet");
    for _ in 0..2 {
        other.hear_noes(house.tenant).await.unwrap();
    }
    let after = start_task(&other, house.tenant).await;
    assert_eq!(code(&desk.attempt(&after, pay("2")).await.unwrap()), Some(Code::ApprovalNeeded));
    let log = other.store().leaves(house.tenant, 0, 1_000).unwrap();
    let once = |stored: &&StoredEvent| String::from_utf8_lossy(&stored.event.clear).contains("refused_elsewhere\":1");
    assert!(log.iter().any(|stored| once(&stored)), "heard twice it is one");
    other.drain().await;
    house.down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_heard_behind_a_leaf_that_cannot_be_read() {
    let open = |folder: &std::path::Path| Arc::new(SqliteStore::open(&folder.join("t.db")).unwrap()) as Arc<dyn Store>;
    let house = House::on("goals-unreadable", &[], open).await;
    let hidden = start_task(&house.node, house.tenant).await;
    let first = start_task(&house.node, house.tenant).await;
    house.refuses(&first, "200").await;
    let leaf = house.node.store().stream(house.tenant, hidden.task, 1, 1).unwrap()[0].leaf;
    let House { node, desk, tenant, folder } = house;
    node.drain().await;
    drop((node, desk));
    let database = rusqlite::Connection::open(folder.join("t.db")).unwrap();
    database.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
    // More than any store of ours takes, where it is not cut short as what events say is.
    let sql = "UPDATE event SET body = zeroblob(33554432) WHERE seq = 1 AND stream = (SELECT stream FROM stream WHERE id = ?1)";
    assert_eq!(database.execute(sql, [hidden.task.bytes()]).unwrap(), 1);
    drop(database);
    let other = Arc::new(Node::start(open(&folder), vault(&folder)).unwrap());
    other.open_tenant(tenant, "default", "test/origin").await.unwrap();
    let read = other.store().leaves(tenant, leaf, 1_000);
    assert!(matches!(read, Err(StoreError::Refused(_))), "it cannot be read, nor what follows with it: {read:?}");
    for _ in 0..2 {
        other.hear_noes(tenant).await.unwrap();
    }
    let (desk, after) = (Desk::new(Arc::clone(&other)), start_task(&other, tenant).await);
    assert_eq!(code(&desk.attempt(&after, pay("2")).await.unwrap()), Some(Code::ApprovalNeeded));
    let stream = other.store().stream(tenant, after.task, 1, 100).unwrap();
    let heard = |stored: &StoredEvent| String::from_utf8_lossy(&stored.event.clear).contains("refused_elsewhere\":1");
    assert!(stream.iter().any(heard), "what came behind it was listened to");
    other.drain().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lets_an_act_pass_without_its_persons_yes_ends_no_no_of_theirs() {
    let rita = r#"{"kind":"person","name":"rita","roles":["break-glass"]}"#;
    let glass = r#"{"kind":"template","name":"emergency","purpose":"p","intent":"emergency","start":{"who":["anyone"],"agents":["payer"]},"grant":[{"tools":["bank/pay"],"effect":"transfer","meters":{"EUR":{"each":"400.00"}}}]}"#;
    let house = House::with("goals-glass", &[rita, glass]).await;
    let (first, second) = (start_task(&house.node, house.tenant).await, start_task(&house.node, house.tenant).await);
    house.refuses(&first, "200").await;
    assert_eq!(house.pays(&second, "1").await, Some(Code::ApprovalNeeded));
    let said = BreakGlass {
        by: By { person: PersonId::parse("rita").unwrap(), ..by() },
        incident: "INC-1".to_owned(),
        reason: "it burns".to_owned(),
        requester: by().person,
        span: Span::minutes(5),
        task: second.task,
        template: TemplateName::parse("emergency").unwrap(),
    };
    house.govern(ControlCommand::BreakGlass(Box::new(said))).await;
    assert_eq!(house.pays(&second, "1").await, None, "policy and approvals are not asked");
    let third = start_task(&house.node, house.tenant).await;
    assert_eq!(house.pays(&third, "1").await, Some(Code::ApprovalNeeded), "ann has said no, and nothing since");
    house.down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_listed_as_asking_for_as_long_as_it_asks_at_any_node() {
    let house = House::with("goals-asking", &[]).await;
    let (first, second) = (start_task(&house.node, house.tenant).await, start_task(&house.node, house.tenant).await);
    let other = Arc::new(Node::start(Arc::clone(house.node.store()), vault(&house.folder)).unwrap());
    other.open_tenant(house.tenant, "default", "test/origin").await.unwrap();
    let elsewhere = Desk::new(Arc::clone(&other));
    // Memory of what is not one's own is compared with the store within two seconds.
    let asking = async |desk: &Desk, expected: &[TaskId]| {
        let mut found = Vec::new();
        for _ in 0..600 {
            let tasks = desk.asking_tasks(house.tenant).await.unwrap();
            assert!(tasks.closed.is_empty());
            found = tasks.open.iter().map(|task| task.task).collect();
            if found == expected {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(found, expected);
    };
    asking(&house.desk, &[]).await;
    asking(&elsewhere, &[]).await;
    assert_eq!(house.pays(&first, "200").await, Some(Code::ApprovalNeeded));
    asking(&house.desk, &[first.task]).await;
    asking(&elsewhere, &[first.task]).await;
    assert_eq!(house.pays(&second, "1").await, None, "it asks nobody");
    asking(&house.desk, &[first.task]).await;
    house.refuses(&first, "200").await;
    asking(&house.desk, &[]).await;
    asking(&elsewhere, &[]).await;
    assert_eq!(house.pays(&second, "300").await, Some(Code::ApprovalNeeded));
    asking(&house.desk, &[second.task]).await;
    asking(&elsewhere, &[second.task]).await;
    other.drain().await;
    house.down().await;
}
