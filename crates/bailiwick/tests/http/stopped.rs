//! Two nodes of one PostgreSQL, one of which is stopped between its append and the first byte, whose answers are cut, and
//! whose server loses its power: with work that was handed on, yeses that are used and a mandate that is drawn on.

use super::Plain;
use super::approved::{asked, signed};
use super::cluster::{Database, database};
use super::node::{Node, now};
use super::people::{Browser, json, text};
use super::proxy::{Cut, Proxy};
use super::shared::{ONE_AT_A_TIME, kinds, verified};
use super::till::{Says, Till, handed_on, pay};
use bailiwick_core::json::Json;
use bailiwick_core::{FORWARD_WITHIN, Micros, TaskId};
use bailiwick_identity::SoftPasskey;
use std::cell::RefCell;
use std::time::Duration;

/// Two nodes, the first by way of a proxy: `helper` works at the second, and hands on to `scout`, who works at the first.
struct Place {
    through: Node,
    straight: Node,
    proxy: Proxy,
    database: Database,
    till: Till,
    task: TaskId,
    scout: RefCell<Plain>,
}

impl Place {
    fn new() -> Option<Self> {
        let database = database()?;
        let documents = r#"{kind: mandate, name: household, giver: ann, for: {agents: [helper]}, meters: {EUR: {most: "1000.00", per: month in Europe/Berlin}}}
---
{kind: template, name: pay, purpose: pay, intent: "pay what is due", draws: [household], start: {who: [anyone], agents: [helper]}, grant: [{tools: ["till/pay"], effect: transfer, meters: {EUR: {each: "50.00", total: "300.00"}}}], delegate: {agents: [scout]}, ask: [{who: "role:boss", over: {EUR: "100.00"}}]}"#;
        let (straight, till) = Till::behind(Node::start_on(Some(database.url())), Says::Paid, documents);
        let proxy = Proxy::start(database.socket());
        let through = straight.beside_by(Some(proxy.url(&database)));
        let task = handed_on(&straight, r#"{"total":"200.00"}"#);
        let scout = RefCell::new(Plain::of(&through, "scout", &till.scouts));
        Some(Self { through, straight, proxy, database, till, task, scout })
    }

    fn begun(&self) -> usize {
        let listed = self.straight.cli(&["event", "list", "--task", &self.task.to_string(), "--kind", "action.begun"]);
        listed.lines().filter(|line| line.contains(r#""tool":"till/pay""#)).count()
    }

    /// The scout pays; whether the till was reached, its book says.
    fn pays(&self, amount: &str) -> String {
        self.scout.borrow_mut().ask(&pay(7, amount))
    }

    /// The scout asks to pay while the answer to that append is held back, and meanwhile something happens; then it goes on.
    fn pays_stopped(&self, amount: &str, meanwhile: impl FnOnce(&Self) -> Micros) -> String {
        let before = self.begun();
        self.proxy.cut_next_of(Cut::Hold, b"action.begun");
        self.scout.borrow_mut().say(&pay(7, amount));
        self.proxy.holds();
        // It is durable, and its node does not know that yet.
        self.through.signal("-STOP");
        assert_eq!(self.begun(), before + 1);
        let until = meanwhile(self);
        self.proxy.let_go();
        while now() <= until {
            std::thread::sleep(Duration::from_millis(20));
        }
        let paid = self.till.paid();
        self.through.signal("-CONT");
        let answer = self.scout.borrow_mut().next();
        assert_eq!(self.till.paid(), paid, "it left after its time: {answer}");
        answer
    }

    /// What of the mandate is left.
    fn left(&self) -> String {
        let shown = json(&self.straight.cli(&["mandate", "show", "household"]));
        let meters = shown.get("meters").and_then(Json::as_array).unwrap();
        text(&meters[0], "left").to_owned()
    }
}

fn done(answer: &str) -> bool {
    answer.contains(r#""text":"paid""#)
}

/// Until something is so; a machine that does much else takes its time.
pub(crate) fn comes(what: &str, mut so: impl FnMut() -> bool) {
    let comes = (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        so()
    });
    assert!(comes, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stopped_node_appended_does_not_leave_after_its_time_nor_after_a_revocation_elsewhere_is_drained() {
    let _alone = ONE_AT_A_TIME.lock().await;
    tokio::task::block_in_place(|| {
        let Some(place) = Place::new() else { return };
        assert!(done(&place.pays("10.00")));
        // Past the time to forward, with nothing ended.
        let late = place.pays_stopped("20.00", |_| now().after(FORWARD_WITHIN));
        assert!(late.contains("never_sent"), "{late}");
        assert_eq!((place.till.paid(), place.begun()), (1, 2));
        // What never left is charged to nobody: with it, this would be past what goes without a yes.
        assert!(done(&place.pays("40.00")) && done(&place.pays("50.00")));
        // The next takes a yes, which is used by the very act that is held up; and the task is revoked at the other node.
        let (bert, passkey) = Browser::of(&place.straight, "bert", "boss");
        yes(&bert, &passkey, &place.pays("30.00"));
        // Until the other node knows of the yes, it would say at once that one is needed.
        let known = || place.through.cli(&["approval", "list", "--all"]).contains(r#""standing":"signed""#);
        comes("the yes is known at the other node", known);
        let drained = |place: &Place| {
            let receipt = json(&place.straight.cli(&["task", "revoke", &place.task.to_string()]));
            Micros(receipt.get("drained_at").and_then(Json::as_u64).unwrap())
        };
        let revoked = place.pays_stopped("30.00", drained);
        assert!(!done(&revoked), "{revoked}");
        assert_eq!((place.till.paid(), place.begun()), (3, 5));
        let shown = place.straight.cli(&["approval", "list", "--all"]);
        assert!(shown.contains(r#""standing":"used""#), "the yes is used all the same: {shown}");
        assert!(!done(&place.pays("1.00")));
        // What never left comes back to the mandate with the rest; 100 were spent.
        comes("the rest goes back", || place.left() == "900");
        verified(&place.straight, place.task);
        assert_eq!(kinds(&place.straight, place.task, "allocation.returned"), 1);
        place.scout.into_inner().close();
    });
}

/// Whoever is asked says yes.
fn yes(browser: &Browser<'_>, passkey: &SoftPasskey, waits: &str) {
    let id = asked(waits);
    // It was asked at one node, and is answered at the other, which looks every second.
    comes("the request is there", || browser.ask("GET", &format!("/v1/approvals/{id}"), "").status() == 200);
    let (_, yes) = signed(browser, passkey, id, "role:boss");
    assert_eq!(browser.ask("POST", &format!("/v1/approvals/{id}/sign"), &yes).status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_answers_cut_and_the_server_stopped_at_once_each_act_that_is_told_done_was_done_once() {
    let _alone = ONE_AT_A_TIME.lock().await;
    tokio::task::block_in_place(|| {
        let Some(place) = Place::new() else { return };
        let mut told = 0;
        for cut in [Cut::AfterCommit, Cut::BeforeCommit, Cut::AfterCommit] {
            place.proxy.cut_next_of(cut, b"action.begun");
            told += usize::from(done(&place.pays("10.00")));
        }
        // The server loses its power; whoever is refused meanwhile asks again.
        place.database.server_dies();
        let mut cents = 0;
        comes("the nodes find their server again", || {
            cents += 1;
            done(&place.pays(&format!("5.{cents:02}")))
        });
        told += 1;
        assert_eq!(place.till.paid(), told, "what was told done was done, and once");
        // The yes is given at one node and used at the other, once, although the answer to its use is cut.
        let (bert, passkey) = Browser::of(&place.straight, "bert", "boss");
        for _ in 0..2 {
            told += usize::from(done(&place.pays("35.00")));
        }
        let waits = place.pays("35.00");
        yes(&bert, &passkey, &waits);
        let known = || place.through.cli(&["approval", "list", "--all"]).contains(r#""standing":"signed""#);
        comes("the yes is known at the other node", known);
        place.proxy.cut_next_of(Cut::AfterCommit, b"action.begun");
        let first = place.pays("35.00");
        let again = place.pays("35.00");
        assert!(!done(&again) && again.contains("approval"), "one yes is one act: {first} then {again}");
        told += usize::from(done(&first));
        assert_eq!(place.till.paid(), told);
        place.straight.cli(&["task", "revoke", &place.task.to_string()]);
        assert!(!done(&place.pays("1.00")));
        comes("the rest goes back", || kinds(&place.straight, place.task, "allocation.returned") > 0);
        verified(&place.straight, place.task);
        place.scout.into_inner().close();
    });
}
