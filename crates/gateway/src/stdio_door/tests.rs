use crate::decider::Received;
use crate::era::Era;
use crate::rpc::{INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR};
use crate::testing::*;
use crate::upstream::fake::{Fake, echo};
use bailiwick_core::json::Json;

const BOTH: [Era; 2] = [Era::Legacy, Era::Modern];

fn names(answer: &Json) -> Vec<&str> {
    let tools = answer.get("result").unwrap().get("tools").unwrap().as_array().unwrap();
    tools.iter().map(|tool| tool.get("name").unwrap().as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_client_of_either_era_reaches_a_server_of_either_era() {
    for up in BOTH {
        let mut client = Client::of(echo(up));
        let hello = client.initialize().await;
        assert_eq!(hello.get("result").unwrap().get("protocolVersion"), Some(&Json::from("2025-11-25")));
        let list = client.ask(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).await;
        assert_eq!(names(&list), ["bailiwick_authority", "echo", "typed"]);
        assert!(list.get("result").unwrap().get("resultType").is_none());
        let legacy =
            r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo","arguments":{"text":"a"}}}"#;
        let answer = client.ask(legacy).await;
        assert!(answer.get("result").unwrap().get("resultType").is_none());
        assert!(text(&answer).contains(r#""arguments":{"text":"a"}"#));
        client.close().await;

        let mut client = Client::of(echo(up));
        let discover = format!(r#"{{"jsonrpc":"2.0","id":0,"method":"server/discover","params":{{{}}}}}"#, meta(""));
        let hello = client.ask(&discover).await;
        let result = hello.get("result").unwrap();
        for (member, value) in
            [("ttlMs", Json::from(0u64)), ("cacheScope", "private".into()), ("resultType", "complete".into())]
        {
            assert_eq!(result.get(member), Some(&value));
        }
        let answer = client.ask(&call(1, "echo", r#"{"text":"b"}"#)).await;
        assert_eq!(answer.get("result").unwrap().get("resultType"), Some(&Json::from("complete")));
        assert!(text(&answer).contains(r#""arguments":{"text":"b"}"#));
        client.close().await;
    }
}

#[tokio::test]
async fn nothing_of_the_client_goes_up_but_the_decided_arguments() {
    for up in BOTH {
        let decider = FakeDecider { arguments: Some(json(r#"{"text":"decided"}"#)), ..FakeDecider::default() };
        let mut client = Client::with(vec![("s", echo(up))], decider, settings());
        let meta = meta(r#""progressToken":"mine","vendor.example/x":"secret""#);
        let ask = format!(
            r#"{{"jsonrpc":"2.0","id":99,"method":"tools/call","params":{{"name":"echo","arguments":{{"text":"client"}},{meta}}}}}"#
        );
        let answer = client.ask(&ask).await;
        let seen = json(text(&answer));
        let params = seen.get("params").unwrap();
        assert_eq!(params.get("arguments"), Some(&json(r#"{"text":"decided"}"#)));
        for foreign in ["client\"", "mine", "vendor.example", "sampling", "\"99\""] {
            assert!(!seen.canonical().contains(foreign), "{foreign}: {}", seen.canonical());
        }
        assert_eq!(params.get("_meta").unwrap().get("progressToken"), seen.get("id"));
        assert_eq!(client.settled().len(), 1);
        client.close().await;
    }
}

#[tokio::test]
async fn lists_and_handshakes_decide_nothing() {
    let mut client = Client::of(echo(Era::Legacy));
    client.initialize().await;
    for (id, method) in ["ping", "tools/list", "prompts/list", "resources/templates/list"].iter().enumerate() {
        let answer = client.ask(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}"}}"#)).await;
        assert!(answer.get("result").is_some(), "{}", answer.canonical());
    }
    let level = client.ask(r#"{"jsonrpc":"2.0","id":9,"method":"logging/setLevel","params":{"level":"error"}}"#).await;
    assert_eq!(level.get("result"), Some(&empty()));
    let own =
        client.ask(r#"{"jsonrpc":"2.0","id":10,"method":"tools/call","params":{"name":"bailiwick_authority"}}"#).await;
    assert_eq!(text(&own), "you may pay");
    assert_eq!(client.calls(), 0);
    client.close().await;
}

#[tokio::test]
async fn methods_that_are_no_tools_are_acts() {
    for up in BOTH {
        let target = Fake::target(move |mut wire| async move {
            while let Some(call) = wire.call(up).await {
                let kind = if up == Era::Modern { r#","resultType":"complete""# } else { "" };
                wire.result(&call.id, &format!(r#"{{"seen":{}{kind}}}"#, call.whole.canonical())).await;
            }
        });
        let mut client = Client::of(target);
        for (id, tool, method, params) in [
            (1, "resources:read", "resources/read", r#""uri":"a:b""#),
            (2, "resources:list", "resources/list", r#""cursor":"c""#),
            (3, "prompts:get", "prompts/get", r#""name":"hi","arguments":{"a":"b"}"#),
            (
                4,
                "completion:complete",
                "completion/complete",
                r#""ref":{"type":"ref/prompt","name":"hi"},"argument":{"name":"a","value":"b"}"#,
            ),
        ] {
            let meta = meta("");
            let answer = client
                .ask(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{{params},{meta}}}}}"#))
                .await;
            let seen = answer.get("result").unwrap().get("seen").unwrap();
            assert_eq!(seen.get("method"), Some(&Json::from(method)));
            let call = client.decider.calls.lock().unwrap().last().cloned().unwrap();
            assert_eq!(call.tool, tool);
            assert_eq!(call.arguments, json(&format!("{{{params}}}")));
            let cached = matches!(id, 1 | 2).then(|| Json::from("private"));
            assert_eq!(answer.get("result").unwrap().get("cacheScope"), cached.as_ref());
        }
        client.close().await;
    }
}

#[tokio::test]
async fn a_refusal_is_a_result_for_a_tool_and_an_error_for_a_method() {
    let mut client = Client::of(echo(Era::Legacy));
    let answer = client.ask(&call(1, "forbidden", "{}")).await;
    assert_eq!(refused(&answer), "tool_not_granted");
    assert!(text(&answer).contains("Event 1"), "{}", text(&answer));
    assert!(answer.get("result").unwrap().get("structuredContent").is_some());
    assert_eq!(refused(&client.ask(&call(2, "again", "{}")).await), "repeated");
    assert_eq!(client.settled(), []);
    client.close().await;
}

#[tokio::test]
async fn a_tool_cannot_be_called_by_the_name_of_a_method() {
    let mut client = Client::of(echo(Era::Legacy));
    for name in ["resources:read", "prompts:get", "server:instructions"] {
        assert_eq!(refused(&client.ask(&call(1, name, "{}")).await), "not_available");
    }
    assert_eq!(client.calls(), 0);
    client.close().await;
}

#[tokio::test]
async fn bad_messages_are_refused_with_their_code_and_the_next_one_is_served() {
    let mut client = Client::of(echo(Era::Legacy));
    let modern = meta("");
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"a":{}{}}}}}"#,
        "[".repeat(120),
        "]".repeat(120)
    );
    let param = |method: &str, params: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{params},{modern}}}}}"#)
    };
    for (line, expected) in [
        ("{", PARSE_ERROR),
        (deep.as_str(), PARSE_ERROR),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1,"a":2}}"#, PARSE_ERROR),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1,"A":2}}"#, PARSE_ERROR),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, INVALID_REQUEST),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, INVALID_REQUEST),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, INVALID_PARAMS),
        (&param("tools/eat", r#""a":1"#), METHOD_NOT_FOUND),
        (&param("initialize", r#""a":1"#), METHOD_NOT_FOUND),
        (&param("resources/subscribe", r#""uri":"a:b""#), METHOD_NOT_FOUND),
        (&param("subscriptions/listen", r#""a":1"#), INVALID_PARAMS),
        (&param("subscriptions/listen", r#""notifications":{"toolsListChanged":1}"#), INVALID_PARAMS),
        (&param("subscriptions/listen", r#""notifications":{"resourceSubscriptions":[""]}"#), INVALID_PARAMS),
        (&param("tools/call", r#""name":"echo","task":{}"#), INVALID_PARAMS),
        (&param("tools/call", r#""name":"echo","inputResponses":null"#), INVALID_PARAMS),
        (&param("tools/call", r#""name":"echo","arguments":[]"#), INVALID_PARAMS),
        (&param("tools/call", r#""arguments":{}"#), INVALID_PARAMS),
        (&param("tools/list", r#""cursor":"x""#), INVALID_PARAMS),
    ] {
        let answer = client.ask(line).await;
        assert_eq!(code(&answer), expected, "{line}: {}", answer.canonical());
    }
    assert_eq!(client.calls(), 0);
    assert!(text(&client.ask(&call(2, "echo", "{}")).await).contains("echo"));
    client.close().await;
}

#[tokio::test]
async fn a_huge_line_is_refused_and_the_next_one_is_served() {
    let settings = crate::Settings { client_message_bytes_max: 5000, ..settings() };
    let mut client = Client::with(vec![("s", echo(Era::Legacy))], FakeDecider::default(), settings);
    let answer = client.ask(&call(1, "echo", &format!(r#"{{"text":"{}"}}"#, "x".repeat(100_000)))).await;
    assert_eq!(code(&answer), PARSE_ERROR);
    assert!(text(&client.ask(&call(2, "echo", "{}")).await).contains("echo"));
    client.close().await;
}

#[tokio::test]
async fn the_second_of_two_requests_with_one_id_is_refused_and_the_first_is_answered() {
    let target = Fake::target(|mut wire| async move {
        let call = wire.call(Era::Legacy).await.unwrap();
        // answers when the gateway has sent something that only the refusal lets the client send
        let second = wire.call(Era::Legacy).await.unwrap();
        wire.text(Era::Legacy, &second.id, "second").await;
        wire.text(Era::Legacy, &call.id, "first").await;
        wire.next().await;
    });
    let mut client = Client::of(target);
    client.say(&call(5, "echo", "{}")).await;
    let refused = client.ask(&call(5, "echo", "{}")).await;
    assert_eq!(code(&refused), INVALID_REQUEST);
    assert_eq!(text(&client.ask(&call(6, "echo", "{}")).await), "second");
    assert_eq!(text(&client.next().await), "first");
    assert_eq!(client.calls(), 2);
    client.close().await;
}

#[tokio::test]
async fn more_requests_than_the_bound_are_refused() {
    let target = Fake::target(|mut wire| async move {
        let mut held = Vec::new();
        while let Some(call) = wire.call(Era::Legacy).await {
            held.push(call);
        }
    });
    let settings = crate::Settings { open_requests_max: 2, ..settings() };
    let mut client = Client::with(vec![("s", target)], FakeDecider::default(), settings);
    client.say(&call(1, "echo", "{}")).await;
    client.say(&call(2, "echo", "{}")).await;
    let answer = client.ask(&call(3, "echo", "{}")).await;
    assert_eq!(answer.get("id"), Some(&Json::from(3u64)));
    assert!(answer.get("error").is_some());
    client.close().await;
}

#[tokio::test]
async fn a_cancelled_call_is_cancelled_upstream_settled_and_not_answered() {
    for up in BOTH {
        let target = Fake::target(move |mut wire| async move {
            let call = wire.call(up).await.unwrap();
            wire.say(&format!(
                r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":1}}}}"#,
                call.id.canonical()
            ))
            .await;
            let cancelled = wire.next().await.unwrap();
            assert_eq!(cancelled.get("method"), Some(&Json::from("notifications/cancelled")));
            assert_eq!(cancelled.get("params").unwrap().get("requestId"), Some(&call.id));
            wire.text(up, &call.id, "late").await;
            let next = wire.call(up).await.unwrap();
            wire.text(up, &next.id, "next").await;
            wire.next().await;
        });
        let mut client = Client::of(target);
        let progress = meta(r#""progressToken":7"#);
        client
            .say(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo",{progress}}}}}"#))
            .await;
        let note = client.next().await;
        assert_eq!(note.get("params"), Some(&json(r#"{"progress":1,"progressToken":7}"#)));
        client
            .say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"no"}}"#)
            .await;
        assert_eq!(text(&client.ask(&call(2, "echo", "{}")).await), "next");
        assert_eq!(client.settled()[0], Received::Nothing("cancelled"));
        client.close().await;
    }
}

#[tokio::test]
async fn where_only_parts_of_a_result_may_be_read_nothing_that_is_said_beside_it_is_passed_on() {
    for up in BOTH {
        let target = Fake::target(move |mut wire| async move {
            let call = wire.call(up).await.unwrap();
            wire.say(&format!(
                r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":1,"message":"Ada earns 5000"}}}}"#,
                call.id.canonical()
            ))
            .await;
            wire.text(up, &call.id, "the result").await;
            wire.next().await;
        });
        let decider = FakeDecider { quiet: true, ..FakeDecider::default() };
        let mut client = Client::with(vec![("s", target)], decider, settings());
        let progress = meta(r#""progressToken":7"#);
        let ask = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo",{progress}}}}}"#);
        assert_eq!(text(&client.ask(&ask).await), "the result");
        client.close().await;
    }
}

#[tokio::test]
async fn the_end_of_the_grant_cuts_what_is_open_and_what_follows_is_refused() {
    let target = Fake::target(|mut wire| async move {
        let call = wire.call(Era::Legacy).await.unwrap();
        wire.say(r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"open"}}"#).await;
        let cancelled = wire.next().await.unwrap();
        assert_eq!(cancelled.get("params").unwrap().get("requestId"), Some(&call.id));
        wire.next().await;
    });
    let mut client = Client::of(target);
    client.initialize().await;
    let ask = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}"#;
    assert_eq!(client.ask(ask).await.get("params").unwrap().get("data"), Some(&Json::from("open")));
    client.decider.ended.send_replace(true);
    let told = client.next().await;
    assert_eq!(refused(&told), "ended_in_doubt");
    assert!(text(&told).contains("it had begun, as event 101"), "{}", text(&told));
    assert_eq!(client.settled(), [Received::Nothing("cut")]);
    assert_eq!(refused(&client.ask(ask).await), "grant_ended");
    client.close().await;
}

#[tokio::test]
async fn a_withheld_result_shows_nothing_of_it() {
    let decider = FakeDecider { withhold: true, ..FakeDecider::default() };
    let mut client = Client::with(vec![("s", echo(Era::Legacy))], decider, settings());
    let answer = client.ask(&call(1, "echo", r#"{"text":"hidden"}"#)).await;
    assert_eq!(refused(&answer), "result_withheld");
    assert!(!answer.canonical().contains("hidden"));
    client.close().await;
}

#[tokio::test]
async fn an_unbound_caller_is_shown_our_own_tool_and_nothing_is_forwarded() {
    let decider = FakeDecider { unbound: true, ..FakeDecider::default() };
    let mut client = Client::with(vec![("s", echo(Era::Legacy))], decider, settings());
    client.initialize().await;
    let list = client.ask(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).await;
    assert_eq!(names(&list), ["bailiwick_authority"]);
    assert_eq!(refused(&client.ask(&call(2, "echo", "{}")).await), "unbound");
    assert_eq!(client.calls(), 0);
    client.close().await;
}

#[tokio::test]
async fn several_servers_share_one_endpoint_under_names_that_say_which() {
    let targets = vec![("a", echo(Era::Legacy)), ("b", echo(Era::Modern))];
    let mut client = Client::with(targets, FakeDecider::default(), settings());
    let list =
        client.ask(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{}}}}}"#, meta(""))).await;
    assert_eq!(names(&list), ["bailiwick_authority", "a__echo", "a__typed", "b__echo", "b__typed"]);
    assert!(text(&client.ask(&call(2, "b__echo", "{}")).await).contains(r#""name":"echo""#));
    assert_eq!(client.decider.calls.lock().unwrap()[0].server, server("b"));
    for unknown in ["echo", "nowhere__echo", "a__none"] {
        assert_eq!(refused(&client.ask(&call(3, unknown, "{}")).await), "not_available");
    }
    // of what names a server the no is decided, and so kept
    assert_eq!(client.calls(), 3);
    let prompt =
        format!(r#"{{"jsonrpc":"2.0","id":4,"method":"prompts/get","params":{{"name":"a__hi",{}}}}}"#, meta(""));
    client.ask(&prompt).await;
    let last = client.decider.calls.lock().unwrap().last().cloned().unwrap();
    assert_eq!((last.server, last.arguments), (server("a"), json(r#"{"name":"hi"}"#)));
    let read = format!(r#"{{"jsonrpc":"2.0","id":5,"method":"resources/read","params":{{"uri":"x:y",{}}}}}"#, meta(""));
    assert_eq!(code(&client.ask(&read).await), INVALID_PARAMS);
    client.close().await;
}

#[tokio::test]
async fn messages_sent_at_once_after_initialize_are_of_its_session() {
    let mut client = Client::of(echo(Era::Legacy));
    let all = [
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#,
    ];
    client.say(&all.join("\n")).await;
    let answers = [client.next().await, client.next().await];
    assert!(answers.iter().all(|answer| answer.get("result").is_some()), "{answers:?}");
    let again = client.ask(all[0]).await;
    assert_eq!(code(&again), INVALID_REQUEST);
    client.close().await;
}

#[tokio::test]
async fn a_discover_without_its_envelope_is_told_what_it_lacks() {
    let mut client = Client::of(echo(Era::Legacy));
    for params in ["", r#","params":{}"#, r#","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":{}}}"#] {
        let answer = client.ask(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"server/discover"{params}}}"#)).await;
        assert_eq!(
            answer.get("error").unwrap().get("code"),
            Some(&Json::from(INVALID_PARAMS)),
            "{}",
            answer.canonical()
        );
    }
    client.close().await;
}

#[tokio::test]
async fn of_an_idempotency_key_only_what_was_decided_goes_up() {
    for era in [Era::Legacy, Era::Modern] {
        let mut client = Client::of(echo(era));
        let meta = meta(r#""bailiwick.dev/idempotency-key":"mine","other":"dropped""#);
        let ask = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo",{meta}}}}}"#);
        let heard = client.ask(&ask).await;
        let heard = json(text(&heard));
        let meta = heard.get("params").unwrap().get("_meta").unwrap();
        assert_eq!(meta.get("bailiwick.dev/idempotency-key"), Some(&Json::from("hash of mine")), "{era:?}");
        assert_eq!(meta.get("other"), None);
        client.close().await;
    }
}

#[tokio::test]
async fn a_client_whose_server_does_not_start_is_told_so_where_it_is_needed() {
    for needed in [true, false] {
        let target = Fake::target(|_gone| async {});
        let settings = crate::Settings { server_needed: needed, ..settings() };
        let mut client = Client::with(vec![("s", target)], FakeDecider::default(), settings);
        let hello = client.initialize().await;
        assert_eq!(hello.get("error").is_some(), needed, "{}", hello.canonical());
        let discover = format!(r#"{{"jsonrpc":"2.0","id":9,"method":"server/discover","params":{{{}}}}}"#, meta(""));
        let told = client.ask(&discover).await.canonical();
        assert_eq!(told.contains("the server is not there: it ended while it started"), needed, "{told}");
        client.close().await;
    }
}

#[tokio::test]
async fn of_a_read_that_was_cut_nobody_is_told_that_it_is_in_doubt() {
    let target = Fake::target(|mut wire| async move {
        wire.call(Era::Legacy).await.unwrap();
        wire.say(r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"open"}}"#).await;
        wire.next().await;
    });
    let mut client =
        Client::with(vec![("s", target)], FakeDecider { reads: true, ..FakeDecider::default() }, settings());
    client.initialize().await;
    client.ask(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}"#).await;
    client.decider.ended.send_replace(true);
    let told = client.next().await;
    assert_eq!(refused(&told), "no_answer");
    assert!(text(&told).contains("the grant ended") && text(&told).contains("counts as done"), "{}", text(&told));
    assert!(!text(&told).contains("nobody knows"), "{}", text(&told));
    client.close().await;
}
