//! What a rule keeps no longer is erased by whichever node comes to it first, once, and nothing else is.

use super::*;
use bailiwick_store::MemoryStore;

const START: Micros = Micros(1_800_000_000_000_000);
const TENANT: TenantId = TenantId::new([7; 16]);

fn days(count: u64) -> Span {
    Span::hours(count * 24)
}

struct Place {
    folder: std::path::PathBuf,
    store: Arc<MemoryStore>,
}

impl Place {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("bailiwick-expired-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder, store: Arc::new(MemoryStore::new(START)) }
    }

    fn node(&self) -> Arc<Node> {
        let guard = Guard::open(&self.folder.join("checkpoints")).unwrap();
        let store = Arc::clone(&self.store) as Arc<dyn Store>;
        Arc::new(Node::start_guarded(store, vault(&self.folder), guard).unwrap())
    }

    /// Time passes while the nodes run, and they hear of it.
    async fn pass(&self, nodes: &[&Arc<Node>], span: Span) {
        for node in nodes {
            node.expire(TENANT, machine(node)).await.unwrap();
        }
        self.set_ahead(nodes, span);
    }

    /// The store's clock is another at once.
    fn set_ahead(&self, nodes: &[&Arc<Node>], span: Span) {
        self.store.set_now(nodes[0].now().after(span));
        nodes.iter().for_each(|node| node.beat().unwrap());
    }

    fn has_key(&self, bound: &Bound) -> bool {
        bailiwick_store::Keys::data_key(self.store.as_ref(), TENANT, bound.task).unwrap().is_some()
    }

    async fn done(self, node: Arc<Node>) {
        node.drain().await;
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

/// A machine whose clocks go as the store's does.
fn machine(node: &Arc<Node>) -> OwnTime {
    let now = node.now();
    OwnTime { up: Span(now.0), wall: now }
}

async fn apply(node: &Arc<Node>, text: &str) {
    let documents = vec![Document::read(&json(text)).unwrap()];
    let command = ControlCommand::Apply { by: by(), documents, removed: Vec::new() };
    assert_eq!(node.control_command(TENANT, command, Vec::new()).await.unwrap().0.refused, None);
}

async fn end(node: &Arc<Node>, bound: &Bound) {
    let desk = Desk::new(Arc::clone(node));
    desk.end(TENANT, bound.task, None, Ender::Person(by()), Code::Revoked).await.unwrap().unwrap();
}

/// Looks until a whole round has passed; how many were erased.
async fn round(node: &Arc<Node>) -> u64 {
    round_at(node, machine).await
}

/// The same, on a machine that tells its time so.
async fn round_at(node: &Arc<Node>, own: impl Fn(&Arc<Node>) -> OwnTime) -> u64 {
    let mut erased = 0;
    for _ in 0..8 {
        erased += node.expire(TENANT, own(node)).await.unwrap();
    }
    erased
}

fn written(node: &Arc<Node>) -> u64 {
    node.control(TENANT).unwrap().state.seq
}

const RULE: &str = r#"{"kind":"rule","name":"keep","retention":{"after":"90d"}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_erases_what_ended_long_ago_and_neither_what_lives_nor_what_is_in_doubt() {
    let place = Place::new("rule");
    let node = place.node();
    furnish(&node, TENANT).await;
    let (ended, doubtful) = (start_task(&node, TENANT).await, start_task(&node, TENANT).await);
    let desk = Desk::new(Arc::clone(&node));
    let Attempted::Forward { act, leaf, .. } = desk.attempt(&doubtful, pay("480.00")).await.unwrap() else { panic!() };
    let tool = ToolId::parse("bank/pay").unwrap();
    desk.settle(&doubtful, &tool, (act, leaf), Received::Nothing("cut off".to_owned()), &[]).await.unwrap();
    end(&node, &ended).await;
    end(&node, &doubtful).await;
    assert_eq!(round(&node).await, 0, "without a rule nothing is erased");
    apply(&node, RULE).await;
    place.pass(&[&node], Span(days(90).0 - 60_000_000)).await;
    assert_eq!(round(&node).await, 0, "not a minute before its time");
    let until = desk.task(TENANT, ended.task).await.unwrap().keep_until.unwrap();
    assert!(until > node.now() && until <= node.now().after(Span::minutes(1)), "{until:?}");

    place.pass(&[&node], Span::minutes(61)).await;
    let live = start_task(&node, TENANT).await;
    let would = node.would_expire(TENANT, node.control(TENANT).unwrap().state.clone()).await.unwrap();
    assert_eq!((would.tasks, would.all), (1, true));
    assert_eq!(round(&node).await, 1);
    assert!(!place.has_key(&ended) && place.has_key(&doubtful) && place.has_key(&live));
    let shown = desk.task(TENANT, ended.task).await.unwrap();
    assert_eq!((shown.intent, shown.keep_until), (None, None));
    end(&node, &live).await;
    place.pass(&[&node], days(1_000)).await;
    assert_eq!(round(&node).await, 1);
    assert!(!place.has_key(&live) && place.has_key(&doubtful), "what is in doubt stays until somebody settles it");
    let before = written(&node);
    assert_eq!(round(&node).await, 0);
    assert_eq!(written(&node), before, "nothing is written where nothing is erased");
    place.done(node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_one_erases_and_the_other_remembers_it_outside_of_the_store_as_well() {
    let place = Place::new("two");
    let one = place.node();
    furnish(&one, TENANT).await;
    apply(&one, RULE).await;
    let bound = start_task(&one, TENANT).await;
    end(&one, &bound).await;
    let other_folder = place.folder.join("other");
    std::fs::create_dir_all(&other_folder).unwrap();
    let guard = Guard::open(&other_folder.join("checkpoints")).unwrap();
    let store = Arc::clone(&place.store) as Arc<dyn Store>;
    let other = Arc::new(Node::start_guarded(store, vault(&place.folder), guard).unwrap());
    place.pass(&[&one, &other], days(91)).await;
    let (first, second) = tokio::join!(round(&one), round(&other));
    assert_eq!(first + second, 1, "{first} and {second}");
    let expired = |node: &Arc<Node>| node.control(TENANT).unwrap().state.erased.contains_key(&bound.task);
    // It reads on threads of its own.
    for _ in 0..1_000 {
        one.beat().unwrap();
        other.beat().unwrap();
        if expired(&one) && expired(&other) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    one.beat().unwrap();
    other.beat().unwrap();
    for folder in [&place.folder, &other_folder] {
        assert_eq!(Guard::open(&folder.join("checkpoints")).unwrap().erased(TENANT), [bound.task], "{folder:?}");
    }
    other.drain().await;
    place.done(one).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_cut_off_between_the_record_and_the_key_destroys_it_later() {
    let place = Place::new("cut");
    let node = place.node();
    furnish(&node, TENANT).await;
    apply(&node, RULE).await;
    let bound = start_task(&node, TENANT).await;
    end(&node, &bound).await;
    place.pass(&[&node], days(91)).await;
    // What is remembered outside cannot be written, so that the key stays: a backup of before would bring it back.
    let list = place.folder.join("erased");
    std::fs::write(&list, "spoilt").unwrap();
    let failed = node.expire(TENANT, machine(&node)).await;
    assert!(matches!(&failed, Err(Failure::Unavailable(why)) if why.contains("the erasure stands")), "{failed:?}");
    assert!(place.has_key(&bound) && node.control(TENANT).unwrap().state.erased.contains_key(&bound.task));
    std::fs::remove_file(&list).unwrap();
    node.drain().await;
    let node = place.node();
    assert!(!place.has_key(&bound), "the next start destroys it");
    assert_eq!(Guard::open(&place.folder.join("checkpoints")).unwrap().erased(TENANT), [bound.task]);
    assert_eq!(round(&node).await, 0);
    place.done(node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_erased_is_erased_again_when_a_backup_of_before_is_put_back() {
    let place = Place::new("back");
    let node = place.node();
    furnish(&node, TENANT).await;
    let (bound, other) = (start_task(&node, TENANT).await, start_task(&node, TENANT).await);
    end(&node, &bound).await;
    node.checkpoint(TENANT).await.unwrap();
    let backup = place.store.backup();
    apply(&node, RULE).await;
    place.pass(&[&node], days(91)).await;
    assert_eq!(round(&node).await, 1);
    node.checkpoint(TENANT).await.unwrap();
    node.drain().await;

    place.store.roll_back(&backup);
    assert!(place.has_key(&bound), "the copy has it");
    let guard = Guard::open(&place.folder.join("checkpoints")).unwrap();
    let (known, listed) = (guard.mark(TENANT), guard.erased(TENANT));
    assert_eq!(listed, [bound.task]);
    drop(guard);
    let store = Arc::clone(&place.store) as Arc<dyn Store>;
    let node = Arc::new(Node::start(store, vault(&place.folder)).unwrap());
    node.restore(TENANT, by(), known).await.unwrap();
    assert_eq!(node.erase_again(TENANT, &by(), listed).await.unwrap(), 1);
    assert!(!place.has_key(&bound) && place.has_key(&other));
    place.done(node).await;
}

/// A task that ended, under a rule, on a node that runs.
async fn ended_under_a_rule(place: &Place) -> (Arc<Node>, Bound) {
    let node = place.node();
    furnish(&node, TENANT).await;
    apply(&node, RULE).await;
    let bound = start_task(&node, TENANT).await;
    end(&node, &bound).await;
    assert_eq!(round(&node).await, 0);
    (node, bound)
}

/// How many findings there are, and whether the clock is one of them.
fn findings(node: &Arc<Node>) -> (usize, bool) {
    let control = node.control(TENANT).unwrap();
    let clock = control.state.found_before(Sprawl::ClockDoubted, "retention", node.now());
    (control.state.findings.len(), clock.is_some())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_clock_is_ahead_of_the_machines_erases_nothing_and_people_are_told() {
    let place = Place::new("ahead");
    let (node, bound) = ended_under_a_rule(&place).await;
    let began = node.now();
    place.set_ahead(&[&node], days(1_000));
    // The machine's own clocks go on as before.
    let right = |node: &Arc<Node>| OwnTime { up: Span(node.now().before(days(1_000)).0), wall: began };
    assert_eq!(round_at(&node, right).await, 0);
    assert!(place.has_key(&bound));
    assert!(matches!(node.clock_doubt(TENANT), Some(ClockDoubt::Apart { .. })), "{:?}", node.clock_doubt(TENANT));
    assert_eq!(findings(&node), (1, true));
    assert_eq!(round_at(&node, right).await, 0);
    assert_eq!(findings(&node), (1, true), "once");
    place.done(node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_are_set_ahead_together_erase_nothing_before_the_node_ran_for_a_day() {
    let place = Place::new("together");
    let (node, bound) = ended_under_a_rule(&place).await;
    place.set_ahead(&[&node], days(1_000));
    let set = |node: &Arc<Node>| OwnTime { up: Span(node.now().before(days(1_000)).0), wall: node.now() };
    assert_eq!(round_at(&node, set).await, 0);
    assert!(matches!(node.clock_doubt(TENANT), Some(ClockDoubt::Silent { stepped: true, .. })));
    assert_eq!(findings(&node), (1, true));
    node.drain().await;
    // One that starts later sees it in the log, whatever was written since.
    let node = place.node();
    let again = |node: &Arc<Node>| OwnTime { up: Span(node.now().0), wall: node.now() };
    assert_eq!(round_at(&node, again).await, 0);
    assert!(matches!(node.clock_doubt(TENANT), Some(ClockDoubt::Silent { stepped: false, .. })));
    assert!(place.has_key(&bound));
    place.set_ahead(&[&node], days(1));
    assert_eq!(round_at(&node, again).await, 1, "a day later it is believed");
    assert_eq!(node.clock_doubt(TENANT), None);
    place.done(node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_ahead_again_and_again_erases_nothing_before_the_node_ran_for_a_day() {
    let place = Place::new("seldom");
    let (node, bound) = ended_under_a_rule(&place).await;
    node.drain().await;
    place.store.set_now(START.after(days(91)));
    let node = place.node();
    assert_eq!(round(&node).await, 0, "whether that time passed is not known");
    assert!(place.has_key(&bound));
    // What it writes bears a time that may be wrong, so that is no word on what was due by then.
    let other = start_task(&node, TENANT).await;
    end(&node, &other).await;
    node.drain().await;
    place.store.set_now(START.after(days(95)));
    let node = place.node();
    assert_eq!(round(&node).await, 0);
    assert!(place.has_key(&bound) && place.has_key(&other));
    assert!(matches!(node.clock_doubt(TENANT), Some(ClockDoubt::Silent { .. })));
    place.set_ahead(&[&node], days(1));
    assert_eq!(round(&node).await, 1, "it ran for a day");
    assert!(!place.has_key(&bound) && place.has_key(&other));
    place.done(node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_was_erased_is_held_no_more_however_long_ago_that_was() {
    let place = Place::new("held-late");
    let (node, bound) = ended_under_a_rule(&place).await;
    let held = |task| {
        let said = HoldTask { by: by(), gone: false, hold: None, reason: "case 17".to_owned(), task };
        node.control_command(TENANT, ControlCommand::Hold(Box::new(said)), Vec::new())
    };
    assert_eq!(held(bound.task).await.unwrap().0.refused, None);
    let other = start_task(&node, TENANT).await;
    // As it is once the state has forgotten it.
    bailiwick_store::Keys::erase(place.store.as_ref(), TENANT, other.task).unwrap();
    let why = held(other.task).await.unwrap().0.refused.expect("there is nothing to hold").to_string();
    assert!(why.contains("the task is erased"), "{why}");
    place.done(node).await;
}
