use super::*;
use crate::decider::Call;
use crate::era::Era;
use crate::rpc::RpcError;
use crate::testing::server;
use crate::upstream::fake::json;
use bailiwick_core::json::Json;

/// What the call of each takes that is kept with its result.
const CALL_BYTES: usize = "null".len();

fn task(id: &str, of: &str, answer: Option<Result<Json, RpcError>>, bytes: usize) -> Arc<TaskEntry> {
    let status = if answer.is_some() { Status::Completed } else { Status::Working };
    let stamp = Stamp::read(&json(r#"{"createdAt":"2026-01-02T03:04:05Z","statusMessage":"going"}"#));
    let stands = Stands { status, stamp, answer, withheld: false, bytes, poll: Duration::from_millis(250) };
    let call = Call {
        server: server(of),
        tool: "slow".to_owned(),
        arguments: Json::Null,
        input: Json::Null,
        idempotency: None,
        continues: None,
        looked: None,
        declined: false,
        settle_within_seconds: 60,
    };
    Arc::new(TaskEntry::new(id.to_owned(), call, stands, Duration::from_secs(60)))
}

fn done() -> Option<Result<Json, RpcError>> {
    Some(Ok(json(r#"{"content":[]}"#)))
}

#[test]
fn there_are_so_many_places_and_none_once_it_is_over() {
    let lasting = Lasting::default();
    let held: Vec<_> = (0..LASTING_MAX).map(|_| lasting.place().expect("a place")).collect();
    assert!(lasting.place().is_none());
    drop(held);
    assert!(lasting.place().is_some());
    lasting.end();
    assert!(lasting.place().is_none());
}

#[test]
fn what_has_ended_makes_room_and_what_is_open_stays() {
    let lasting = Lasting::default();
    lasting.put(task("open", "s", None, 0));
    for number in 0..TASKS_MAX {
        lasting.put(task(&format!("ended {number}"), "s", done(), 10));
    }
    assert_eq!(lasting.all_tasks(None).len(), TASKS_MAX);
    assert!(lasting.task("open", None).is_some());
    assert!(lasting.task("ended 0", None).is_none(), "the oldest that has ended went");
    lasting.put(task("large", "s", done(), RESULTS_BYTES_MAX - CALL_BYTES));
    lasting.make_room();
    let left: Vec<_> = lasting.all_tasks(None).iter().map(|task| task.id().to_owned()).collect();
    assert_eq!(left, ["open", "large"]);
}

#[test]
fn what_makes_room_is_held_by_nobody_and_whoever_waits_for_that_is_told() {
    let lasting = Lasting::default();
    let (old, asked) = (task("old", "s", done(), 10), task("asked", "s", done(), 10));
    let (kept, told) =
        ([Arc::downgrade(&old), Arc::downgrade(&asked)], [old.forgotten.clone(), asked.forgotten.clone()]);
    lasting.put(old);
    lasting.put(asked);
    lasting.put(task("large", "s", done(), RESULTS_BYTES_MAX - 10 - 2 * CALL_BYTES));
    lasting.make_room();
    assert_eq!((kept[0].upgrade().is_none(), told[0].why()), (true, Some("forgotten")));
    assert_eq!((kept[1].upgrade().is_some(), told[1].why()), (true, None));
    lasting.forget("asked");
    assert_eq!((kept[1].upgrade().is_none(), told[1].why()), (true, Some("forgotten")));
}

#[test]
fn a_task_of_another_server_is_unknown_at_the_endpoint_of_one() {
    let lasting = Lasting::default();
    lasting.put(task("one", "s", None, 0));
    assert!(lasting.task("one", Some(&server("s"))).is_some());
    assert!(lasting.task("one", Some(&server("t"))).is_none());
    assert_eq!(lasting.all_tasks(Some(&server("t"))).len(), 0);
}

#[test]
fn a_task_is_told_in_the_words_of_each_era_and_of_its_server_no_name() {
    let one = task("ours", "s", done(), 0);
    let older = Json::Object(one.words(Era::Legacy));
    let expected = r#"{"taskId":"ours","status":"completed","createdAt":"2026-01-02T03:04:05Z","lastUpdatedAt":"2026-01-02T03:04:05Z","statusMessage":"going","ttl":60000,"pollInterval":250}"#;
    assert_eq!(older, json(expected));
    let newer = one.detailed();
    assert_eq!(newer.get("ttlMs"), Some(&Json::from(60_000_u64)));
    assert_eq!(newer.get("result"), Some(&json(r#"{"content":[]}"#)));
    let cancelled = task("other", "s", None, 0);
    cancelled.cancel();
    assert!(cancelled.is_over() && !cancelled.has_ended(), "its act is not settled yet");
    assert_eq!(cancelled.detailed().get("status"), Some(&Json::from("cancelled")));
}

#[test]
fn what_a_server_says_of_its_time_is_a_time_or_is_not_passed_on() {
    for bad in [r#"{"createdAt":"<b>now</b>"}"#, r#"{"createdAt":7}"#, "{}"] {
        assert_eq!(Stamp::read(&json(bad)), Stamp::read(&Json::Null), "{bad}");
    }
}
