use crate::decider::Received;
use crate::era::Era;
use crate::rpc::{INVALID_PARAMS, METHOD_NOT_FOUND, MISSING_CAPABILITY};
use crate::testing::*;
use crate::upstream::Target;
use crate::upstream::fake::{Fake, Seen};
use bailiwick_core::json::Json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

const BOTH: [Era; 2] = [Era::Legacy, Era::Modern];
/// The server's own name for the task.
const THEIRS: &str = "task-of-the-server";
const TOOLS: &str = r#"[{"name":"slow","inputSchema":{"type":"object"},"execution":{"taskSupport":"required"}},{"name":"either","inputSchema":{"type":"object"},"execution":{"taskSupport":"optional"}},{"name":"quick","inputSchema":{"type":"object"}}]"#;

fn can(era: Era) -> &'static str {
    match era {
        Era::Legacy => r#"{"tools":{},"tasks":{"list":{},"cancel":{},"requests":{"tools":{"call":{}}}}}"#,
        Era::Modern => r#"{"tools":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}"#,
    }
}

/// A server that makes one task of each call of `slow` and says that it stands as `stands` says; and what it was asked.
struct World {
    target: Target,
    stands: Arc<watch::Sender<&'static str>>,
    asked: mpsc::UnboundedReceiver<Json>,
}

fn world(era: Era) -> World {
    let stands = Arc::new(watch::Sender::new("working"));
    let (asked_in, asked) = mpsc::unbounded_channel();
    let says = Arc::clone(&stands);
    let target = Fake::target(move |mut wire| {
        let (says, asked) = (Arc::clone(&says), asked_in.clone());
        async move {
            let times =
                r#""createdAt":"2026-01-02T03:04:05Z","lastUpdatedAt":"2026-01-02T03:04:05Z","statusMessage":"going""#;
            while let Some(Seen { id, method, whole }) = wire.call_of(era, can(era), TOOLS).await {
                let status = *says.borrow();
                let task = |more: &str| {
                    let ms = if era == Era::Legacy {
                        r#""ttl":1,"pollInterval":100"#
                    } else {
                        r#""ttlMs":1,"pollIntervalMs":100"#
                    };
                    format!(r#""taskId":"{THEIRS}","status":"{status}",{times},{ms}{more}"#)
                };
                let done = r#""content":[{"type":"text","text":"done"}]"#;
                let complete = r#","resultType":"complete""#;
                let as_task = whole.get("params").unwrap().get("task").is_some();
                let answer = match (method.as_str(), era) {
                    ("tools/call", Era::Legacy) if as_task => format!(r#"{{"task":{{{}}}}}"#, task("")),
                    ("tools/call", Era::Modern) if whole.canonical().contains("\"slow\"") => {
                        format!("{{{}}}", task(r#","resultType":"task""#))
                    }
                    ("tools/call", Era::Legacy) => format!("{{{done}}}"),
                    ("tools/call", Era::Modern) => format!("{{{done}{complete}}}"),
                    ("tasks/get", Era::Modern) => {
                        let more = match status {
                            "completed" => format!(r#","result":{{{done}}}"#),
                            "failed" => r#","error":{"code":-32603,"message":"broke"}"#.to_owned(),
                            "input_required" => {
                                let asks = r#"{"method":"elicitation/create","params":{"message":"who?","requestedSchema":{"type":"object","properties":{}}}}"#;
                                format!(r#","inputRequests":{{"name":{asks}}}"#)
                            }
                            _ => String::new(),
                        };
                        format!("{{{}}}", task(&format!("{more}{complete}")))
                    }
                    ("tasks/result", _) => {
                        let own =
                            format!(r#""_meta":{{"io.modelcontextprotocol/related-task":{{"taskId":"{THEIRS}"}}}}"#);
                        format!("{{{done},{own}}}")
                    }
                    ("tasks/update", _) => {
                        says.send_replace("working");
                        format!("{{\"a\":1{complete}}}")
                    }
                    (_, Era::Legacy) => format!("{{{}}}", task("")),
                    (_, Era::Modern) => format!("{{{}}}", task(complete)),
                };
                wire.result(&id, &answer).await;
                asked.send(whole).unwrap();
            }
        }
    });
    World { target, stands, asked }
}

impl World {
    /// The next question of this method, and its parameters.
    async fn asked(&mut self, method: &str) -> Json {
        loop {
            let whole = self.asked.recv().await.expect("the server is asked");
            if whole.get("method").and_then(Json::as_str) == Some(method) {
                return whole.get("params").unwrap().clone();
            }
        }
    }
}

/// As a client of an era asks.
fn ask(era: Era, id: u64, method: &str, params: &str) -> String {
    let comma = if params.is_empty() { "" } else { "," };
    let able = r#""io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}"#;
    let version = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28""#;
    let meta = match era {
        Era::Legacy => r#""_meta":{}"#.to_owned(),
        Era::Modern => format!(r#""_meta":{{{version},{able}}}"#),
    };
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{{params}{comma}{meta}}}}}"#)
}

fn slow(era: Era, id: u64) -> String {
    let task = if era == Era::Legacy { r#","task":{"ttl":5}"# } else { "" };
    ask(era, id, "tools/call", &format!(r#""name":"slow","arguments":{{}}{task}"#))
}

/// The task that a call became.
fn made(era: Era, answer: &Json) -> (String, Json) {
    let result = answer.get("result").unwrap_or_else(|| panic!("{}", answer.canonical()));
    let task = if era == Era::Legacy { result.get("task").unwrap() } else { result };
    if era == Era::Modern {
        assert_eq!(result.get("resultType"), Some(&Json::from("task")));
    }
    (task.get("taskId").unwrap().as_str().unwrap().to_owned(), task.clone())
}

async fn about(client: &mut Client, era: Era, method: &str, id: &str) -> Json {
    client.ask(&ask(era, 90, method, &format!(r#""taskId":"{id}""#))).await
}

fn status(answer: &Json) -> &str {
    let result = answer.get("result").unwrap_or_else(|| panic!("{}", answer.canonical()));
    result.get("status").and_then(Json::as_str).unwrap_or_else(|| panic!("{}", answer.canonical()))
}

/// How long a task may take to end.
const ENDS_WITHIN: Duration = Duration::from_secs(20);

/// Asks until the task no longer works; one that works for long fails the test.
async fn ended(client: &mut Client, era: Era, id: &str) -> Json {
    let asked = async {
        loop {
            let answer = about(client, era, "tasks/get", id).await;
            if status(&answer) != "working" {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(ENDS_WITHIN, asked).await.expect("the task ends")
}

async fn opened(era: Era, target: Target) -> Client {
    let mut client = Client::of(target);
    if era == Era::Legacy {
        client.initialize().await;
    }
    client
}

#[tokio::test]
async fn where_only_parts_of_a_result_may_be_read_the_words_of_a_task_that_works_are_not_passed_on() {
    for (down, up) in BOTH.iter().flat_map(|down| BOTH.map(|up| (*down, up))) {
        let world = world(up);
        let decider = FakeDecider { quiet: true, ..FakeDecider::default() };
        let mut client = Client::with(vec![("s", world.target.clone())], decider, settings());
        if down == Era::Legacy {
            client.initialize().await;
        }
        let (id, task) = made(down, &client.ask(&slow(down, 1)).await);
        assert_eq!(task.get("statusMessage"), None);
        let looked = about(&mut client, down, "tasks/get", &id).await;
        assert_eq!(status(&looked), "working");
        world.stands.send_replace("completed");
        let end = ended(&mut client, down, &id).await;
        assert_eq!(status(&end), "completed");
        let said = [task, looked, end].map(|answer| answer.canonical());
        assert!(said.iter().all(|answer| !answer.contains("going")), "{said:?}");
        client.close().await;
    }
}

#[tokio::test]
async fn a_call_that_becomes_a_task_stays_open_as_long_as_its_server_works_and_settles_with_its_result() {
    for (down, up) in BOTH.iter().flat_map(|down| BOTH.map(|up| (*down, up))) {
        let mut world = world(up);
        let mut client = opened(down, world.target.clone()).await;
        let (id, task) = made(down, &client.ask(&slow(down, 1)).await);
        assert_ne!(id, THEIRS);
        assert!(!task.canonical().contains(THEIRS), "{}", task.canonical());
        assert_eq!(task.get("statusMessage"), Some(&Json::from("going")));
        if up == Era::Legacy {
            let sent = world.asked("tools/call").await;
            assert_eq!(sent.get("task"), Some(&json(r#"{"ttl":3600000}"#)), "how long is ours to say");
        }
        assert_eq!(status(&about(&mut client, down, "tasks/get", &id).await), "working");
        assert_eq!(world.asked("tasks/get").await.get("taskId"), Some(&Json::from(THEIRS)));
        assert_eq!((client.calls(), client.settled().len()), (1, 0), "its act is open");
        world.stands.send_replace("completed");
        let end = ended(&mut client, down, &id).await;
        assert_eq!(status(&end), "completed");
        let result = if down == Era::Modern {
            end.get("result").unwrap().get("result").unwrap().clone()
        } else {
            let answer = about(&mut client, down, "tasks/result", &id).await;
            let result = answer.get("result").unwrap().clone();
            let own = format!(r#"{{"io.modelcontextprotocol/related-task":{{"taskId":"{id}"}}}}"#);
            assert_eq!(result.get("_meta"), Some(&json(&own)));
            result
        };
        assert!(result.get("content").unwrap().canonical().contains("done"), "{}", result.canonical());
        assert!(!result.canonical().contains(THEIRS));
        assert_eq!(client.calls(), 1, "what is asked about a task is no act");
        let settled = client.settled();
        assert!(matches!(settled.as_slice(), [Received::Result(_)]), "{settled:?}");
        client.close().await;
    }
}

#[tokio::test]
async fn a_task_that_failed_says_so_and_its_act_is_in_doubt() {
    let world = world(Era::Modern);
    let mut client = opened(Era::Modern, world.target.clone()).await;
    let (id, _) = made(Era::Modern, &client.ask(&slow(Era::Modern, 1)).await);
    world.stands.send_replace("failed");
    let end = ended(&mut client, Era::Modern, &id).await;
    assert_eq!(status(&end), "failed");
    assert_eq!(end.get("result").unwrap().get("error").unwrap().get("message"), Some(&Json::from("broke")));
    assert!(matches!(client.settled().as_slice(), [Received::Error(_)]));
    client.close().await;
}

#[tokio::test]
async fn the_end_of_a_grant_cancels_its_tasks_at_the_server_and_withholds_their_results() {
    for era in BOTH {
        for refused in [false, true] {
            let mut world = world(era);
            let mut client = opened(era, world.target.clone()).await;
            let (id, _) = made(era, &client.ask(&slow(era, 1)).await);
            if refused {
                client.decider.stands.send_replace(false);
            } else {
                client.decider.ended.send_replace(true);
            }
            assert_eq!(world.asked("tasks/cancel").await.get("taskId"), Some(&Json::from(THEIRS)));
            world.stands.send_replace("completed");
            if refused {
                let end = ended(&mut client, era, &id).await;
                assert_eq!(status(&end), "cancelled");
                assert!(!end.canonical().contains("done"));
                let settled = client.settled();
                assert_eq!(settled, [Received::Nothing("cut")], "in doubt");
            } else {
                let told = about(&mut client, era, "tasks/get", &id).await;
                assert!(told.get("error").is_some() && !told.canonical().contains("done"), "{}", told.canonical());
            }
            let decider = Arc::clone(&client.decider);
            client.close().await;
            assert_eq!(*decider.settled.lock().unwrap(), [Received::Nothing("cut")]);
        }
    }
}

#[tokio::test]
async fn what_came_of_a_task_is_withheld_from_the_first_no_on_also_when_its_tool_was_narrowed_away_after_it_ended() {
    for (era, fetched) in BOTH.iter().flat_map(|era| [false, true].map(|fetched| (*era, fetched))) {
        let world = world(era);
        let mut client = opened(era, world.target.clone()).await;
        let (id, _) = made(era, &client.ask(&slow(era, 1)).await);
        world.stands.send_replace("completed");
        // its act has ended before anything is taken away
        assert_eq!(status(&ended(&mut client, era, &id).await), "completed");
        assert!(matches!(client.settled().as_slice(), [Received::Result(_)]));
        let fetch = if era == Era::Legacy { "tasks/result" } else { "tasks/get" };
        if fetched {
            let answer = about(&mut client, era, fetch, &id).await;
            assert!(answer.canonical().contains("done"), "{}", answer.canonical());
        }
        for allowed in [false, true] {
            client.decider.stands.send_replace(allowed);
            for method in [fetch, "tasks/get"] {
                let answer = about(&mut client, era, method, &id).await;
                let told = answer.canonical();
                assert!(!told.contains("done") && !told.contains("going"), "{allowed} {told}");
                assert_eq!(method == "tasks/result", told.contains("result_withheld"), "{told}");
            }
            if era == Era::Legacy {
                let listed = client.ask(&ask(era, 91, "tasks/list", "")).await.canonical();
                assert!(listed.contains(&id) && !listed.contains("going"), "{listed}");
            }
        }
        client.close().await;
    }
}

#[tokio::test]
async fn a_client_cancels_its_own_task_and_the_server_is_told() {
    for era in BOTH {
        let mut world = world(era);
        let mut client = opened(era, world.target.clone()).await;
        let (id, _) = made(era, &client.ask(&slow(era, 1)).await);
        let answer = about(&mut client, era, "tasks/cancel", &id).await;
        if era == Era::Legacy {
            assert_eq!(status(&answer), "cancelled");
        } else {
            assert_eq!(answer.get("result").unwrap().get("resultType"), Some(&Json::from("complete")));
            assert!(answer.get("result").unwrap().get("taskId").is_none(), "an empty answer");
        }
        assert_eq!(world.asked("tasks/cancel").await.get("taskId"), Some(&Json::from(THEIRS)));
        assert_eq!(status(&ended(&mut client, era, &id).await), "cancelled");
        let again = about(&mut client, era, "tasks/cancel", &id).await;
        assert_eq!(again.get("error").is_some(), era == Era::Legacy, "{}", again.canonical());
        let decider = Arc::clone(&client.decider);
        client.close().await;
        assert_eq!(*decider.settled.lock().unwrap(), [Received::Nothing("cancelled")]);
    }
}

#[tokio::test]
async fn a_task_is_known_to_the_grant_that_made_it_and_by_our_name_alone() {
    for era in BOTH {
        let (one, other) = (world(era), world(era));
        let mut client = opened(era, one.target.clone()).await;
        let decider = FakeDecider { grant: "h", ..FakeDecider::default() };
        let mut stranger = Client::with(vec![("s", other.target.clone())], decider, settings());
        stranger.initialize().await;
        let (id, _) = made(era, &client.ask(&slow(era, 1)).await);
        // so that its server makes tasks too
        let _own = made(era, &stranger.ask(&slow(era, 1)).await);
        for method in ["tasks/get", "tasks/cancel", "tasks/result", "tasks/update"] {
            if crate::methods::asked(era, method).is_none() {
                continue;
            }
            for name in [THEIRS, "", "0"] {
                assert_eq!(code(&about(&mut client, era, method, name).await), INVALID_PARAMS, "{method} {name}");
            }
            assert_eq!(code(&about(&mut stranger, era, method, &id).await), INVALID_PARAMS, "{method}");
        }
        assert_eq!(status(&about(&mut client, era, "tasks/get", &id).await), "working");
        if era == Era::Legacy {
            let all = stranger.ask(&ask(era, 5, "tasks/list", "")).await;
            let tasks = all.get("result").unwrap().get("tasks").unwrap().as_array().unwrap().to_vec();
            assert_eq!(tasks.len(), 1);
            assert_ne!(tasks[0].get("taskId").unwrap().as_str(), Some(id.as_str()));
        }
        client.close().await;
        stranger.close().await;
    }
}

#[tokio::test]
async fn what_a_server_asks_in_a_task_is_declined_and_the_task_goes_on() {
    let mut world = world(Era::Modern);
    let mut client = opened(Era::Modern, world.target.clone()).await;
    let (id, _) = made(Era::Modern, &client.ask(&slow(Era::Modern, 1)).await);
    world.stands.send_replace("input_required");
    let said = world.asked("tasks/update").await;
    assert_eq!(said.get("inputResponses"), Some(&json(r#"{"name":{"action":"decline"}}"#)));
    world.stands.send_replace("completed");
    assert_eq!(status(&ended(&mut client, Era::Modern, &id).await), "completed");
    client.close().await;
}

#[tokio::test]
async fn a_tool_that_works_only_as_a_task_is_begun_as_nothing_else() {
    let world = world(Era::Legacy);
    let mut client = opened(Era::Legacy, world.target.clone()).await;
    let plain = r#""name":"slow","arguments":{}"#;
    assert_eq!(code(&client.ask(&ask(Era::Legacy, 1, "tools/call", plain)).await), METHOD_NOT_FOUND);
    let newer = call(2, "slow", "{}");
    assert_eq!(code(&client.ask(&newer).await), MISSING_CAPABILITY);
    let never = r#""name":"quick","arguments":{},"task":{}"#;
    assert_eq!(code(&client.ask(&ask(Era::Legacy, 3, "tools/call", never)).await), METHOD_NOT_FOUND);
    for bad in [r#""task":7"#, r#""task":{"ttl":"long"}"#] {
        let bad = format!(r#""name":"slow","arguments":{{}},{bad}"#);
        assert_eq!(code(&client.ask(&ask(Era::Legacy, 4, "tools/call", &bad)).await), INVALID_PARAMS);
    }
    assert_eq!(client.calls(), 0, "nothing was decided");
    // what is not shown is refused as what is not there
    let hidden = |shown: &crate::decider::Shown| shown.words.get("name") != Some(&Json::from("slow"));
    client.decider.shown.lock().unwrap().retain(hidden);
    client.decider.forbid("slow");
    let refusal = client.ask(&ask(Era::Legacy, 5, "tools/call", plain)).await;
    assert_eq!(refused(&refusal), "tool_not_granted");
    client.close().await;
}

#[tokio::test]
async fn a_client_that_does_not_know_tasks_is_given_none_and_asks_about_none() {
    for up in BOTH {
        let world = world(up);
        let mut client = Client::of(world.target.clone());
        let answer = client.ask(&call(1, "either", "{}")).await;
        assert_eq!(text(&answer), "done");
        let meta = meta("");
        let get = format!(r#"{{"jsonrpc":"2.0","id":2,"method":"tasks/get","params":{{"taskId":"x",{meta}}}}}"#);
        assert_eq!(code(&client.ask(&get).await), MISSING_CAPABILITY);
        client.close().await;
    }
}

#[tokio::test]
async fn where_no_server_makes_tasks_a_call_is_a_call_and_nothing_is_asked_about_them_while_the_grant_lives() {
    let mut client = Client::of(crate::upstream::fake::echo(Era::Legacy));
    client.initialize().await;
    let params = r#""name":"echo","arguments":{},"task":{"ttl":5}"#;
    let answer = client.ask(&ask(Era::Legacy, 1, "tools/call", params)).await;
    assert!(text(&answer).contains("echo") && !text(&answer).contains("ttl"), "{}", answer.canonical());
    for (era, method) in [(Era::Legacy, "tasks/list"), (Era::Legacy, "tasks/get"), (Era::Modern, "tasks/get")] {
        assert_eq!(code(&about(&mut client, era, method, "x").await), METHOD_NOT_FOUND);
    }
    // what makes tasks goes with the grant: that it has ended is what is told then
    client.decider.ended.send_replace(true);
    for era in BOTH {
        let told = about(&mut client, era, "tasks/get", "x").await;
        assert!(code(&told) != METHOD_NOT_FOUND && told.canonical().contains("ended"), "{}", told.canonical());
    }
    client.close().await;
}
