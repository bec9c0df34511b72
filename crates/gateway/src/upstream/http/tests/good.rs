use crate::decider::Received;
use crate::era::Era;
use crate::testing::*;
use crate::upstream::http::peer::*;
use crate::upstream::locked;
use bailiwick_core::json::Json;
use std::time::Duration;

const BOTH: [Era; 2] = [Era::Legacy, Era::Modern];

#[tokio::test]
async fn a_server_of_either_era_is_spoken_to_as_its_transport_says() {
    for era in BOTH {
        for streams in [false, true] {
            let peer = calls(era, move |heard| {
                let answer = result(era, heard, &heard.body.canonical());
                if streams { says_events(&[&answer]) } else { says_json(&answer) }
            })
            .await;
            let mut client = Client::of(peer.target());
            for id in 1..3 {
                let answer = client.ask(&call(id, "echo", r#"{"text":"a"}"#)).await;
                assert!(text(&answer).contains(r#""arguments":{"text":"a"}"#), "{}", answer.canonical());
            }
            client.close().await;
            let heard = peer.heard();
            let calls: Vec<_> = heard.iter().filter(|heard| heard.method() == "tools/call").collect();
            assert_eq!(calls.len(), 2);
            for heard in calls {
                assert_eq!(heard.path, "/mcp");
                let head = ["mcp-protocol-version", "mcp-method", "mcp-name", "mcp-session-id"];
                let head = head.map(|name| heard.header(name));
                match era {
                    Era::Modern => assert_eq!(head, [Some("2026-07-28"), Some("tools/call"), Some("echo"), None]),
                    Era::Legacy => assert_eq!(head, [Some("2025-11-25"), None, None, Some("session-1")]),
                }
            }
            let at = |method: &str| heard.iter().position(|heard| heard.method() == method);
            match era {
                Era::Legacy => {
                    let initialize = &heard[at("initialize").unwrap()];
                    assert_eq!(initialize.header("mcp-session-id"), None);
                    assert_eq!(initialize.header("mcp-protocol-version"), None);
                    assert!(at("notifications/initialized") < at("tools/list"));
                }
                Era::Modern => assert_eq!(at("initialize"), None),
            }
        }
    }
}

#[tokio::test]
async fn arguments_that_the_server_wants_in_headers_go_there_encoded() {
    let tools = r#"[{"name":"q","inputSchema":{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},"n":{"type":"integer","x-mcp-header":"N"}}}}]"#;
    let peer = Peer::start(move |heard| match heard.method() {
        "tools/list" => says_json(&format!(
            r#"{{"jsonrpc":"2.0","id":{},"result":{{"tools":{tools},"resultType":"complete","ttlMs":0,"cacheScope":"private"}}}}"#,
            heard.id()
        )),
        _ => begins(Era::Modern, heard).unwrap_or_else(|| says_json(&result(Era::Modern, heard, "ok"))),
    })
    .await;
    let mut client = Client::of(peer.target());
    client.ask(&call(1, "q", r#"{"region":"東","n":42}"#)).await;
    let heard = peer.heard();
    let heard = heard.iter().find(|heard| heard.method() == "tools/call").unwrap();
    assert_eq!(heard.header("mcp-param-region"), Some("=?base64?5p2x?="));
    assert_eq!(heard.header("mcp-param-n"), Some("42"));
    client.close().await;
}

#[tokio::test]
async fn progress_comes_before_the_answer_and_requests_of_the_server_are_declined() {
    let peer = calls(Era::Legacy, |heard| {
        if heard.body.get("method").is_none() {
            return Does::Says(http("202 Accepted", "", ""));
        }
        let progress = format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":1}}}}"#,
            heard.id()
        );
        let ask = r#"{"jsonrpc":"2.0","id":"theirs","method":"elicitation/create","params":{"message":"?"}}"#;
        says_events(&[&progress, ask, &result(Era::Legacy, heard, "done")])
    })
    .await;
    let mut client = Client::of(peer.target());
    let meta = meta(r#""progressToken":"mine""#);
    let ask = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo","arguments":{{}},{meta}}}}}"#
    );
    let progress = client.ask(&ask).await;
    assert_eq!(progress.get("params").unwrap().get("progressToken"), Some(&Json::from("mine")));
    assert_eq!(text(&client.next().await), "done");
    let reply = until(|| peer.heard().into_iter().find(|heard| heard.body.get("id") == Some(&"theirs".into()))).await;
    assert_eq!(reply.body.get("result"), Some(&Json::object([("action", Json::from("decline"))])));
    assert_eq!(reply.header("mcp-session-id"), Some("session-1"));
    client.close().await;
}

#[tokio::test]
async fn a_change_that_the_server_tells_of_is_looked_at_before_the_next_call() {
    let changed = r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#;
    for era in BOTH {
        let peer = Peer::start(move |heard| match (heard.verb.as_str(), heard.method()) {
            ("GET", _) | (_, "subscriptions/listen") => {
                Does::Waits(format!("HTTP/1.1 200 OK\r\n{EVENTS}\r\n{}", events(&[changed])).into_bytes())
            }
            _ => begins(era, heard).unwrap_or_else(|| says_json(&result(era, heard, "ok"))),
        })
        .await;
        let mut client = Client::of(peer.target());
        let mut changes = client.upstreams.watch_changes();
        client.ask(&call(1, "echo", "{}")).await;
        tokio::time::timeout(Duration::from_secs(5), changes.wait_for(|count| *count > 0)).await.unwrap().unwrap();
        client.ask(&call(2, "echo", "{}")).await;
        assert!(locked(&client.decider.offers).len() >= 2);
        let listens = peer.heard().into_iter().find(|heard| heard.method() == "subscriptions/listen");
        assert_eq!(listens.is_some(), era == Era::Modern);
        if let Some(listens) = listens {
            let wanted = listens.body.get("params").unwrap().get("notifications").unwrap().canonical();
            assert_eq!(wanted, r#"{"toolsListChanged":true}"#);
        }
        client.close().await;
    }
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_loses_nothing() {
    for era in BOTH {
        let peer = Peer::start(move |heard| {
            match begins(era, heard).unwrap_or_else(|| says_json(&result(era, heard, "ok"))) {
                Does::Says(bytes) => Does::Ends(bytes),
                other => other,
            }
        })
        .await;
        let mut client = Client::of(peer.target());
        for id in 0..20 {
            assert_eq!(text(&client.ask(&call(id, "echo", "{}")).await), "ok");
        }
        assert_eq!(peer.asked("tools/call"), 20);
        client.close().await;
    }
}

#[tokio::test]
async fn connections_are_used_again() {
    let peer = calls(Era::Modern, |heard| says_events(&[&result(Era::Modern, heard, "ok")])).await;
    let mut client = Client::of(peer.target());
    for id in 0..20 {
        client.ask(&call(id, "echo", "{}")).await;
    }
    assert!(*locked(&peer.opened) <= 6, "{}", locked(&peer.opened));
    client.close().await;
}

#[tokio::test]
async fn a_session_ends_at_the_server_with_the_grant() {
    let peer = calls(Era::Legacy, |heard| says_json(&result(Era::Legacy, heard, "ok"))).await;
    let mut client = Client::of(peer.target());
    client.ask(&call(1, "echo", "{}")).await;
    client.upstreams.close().await;
    let ended = until(|| peer.heard().into_iter().find(|heard| heard.verb == "DELETE")).await;
    assert_eq!(ended.header("mcp-session-id"), Some("session-1"));
    client.close().await;
}

#[tokio::test]
async fn a_call_that_is_cut_is_cancelled_at_the_server() {
    for era in BOTH {
        let peer = calls(era, |_| Does::Waits(Vec::new())).await;
        let mut client = Client::of(peer.target());
        client.say(&call(1, "echo", "{}")).await;
        let asked = until(|| peer.heard().into_iter().find(|heard| heard.method() == "tools/call")).await;
        let mut closed = peer.closed.clone();
        let before = *closed.borrow();
        client.decider.ended.send_replace(true);
        let told = client.next().await;
        assert_eq!(refused(&told), "ended_in_doubt");
        // it had begun: the words say so, and where the record has it
        assert!(
            text(&told).contains("it had begun, as event 101") && text(&told).contains("nobody knows"),
            "{}",
            text(&told)
        );
        assert_eq!(client.settled(), [Received::Nothing("cut")]);
        if era == Era::Legacy {
            let cancelled =
                until(|| peer.heard().into_iter().find(|heard| heard.method() == "notifications/cancelled")).await;
            assert_eq!(cancelled.body.get("params").unwrap().get("requestId"), asked.body.get("id"));
        } else {
            // the closed connection is the cancellation
            tokio::time::timeout(Duration::from_secs(5), closed.wait_for(|now| *now > before)).await.unwrap().unwrap();
            assert_eq!(peer.asked("notifications/cancelled"), 0);
        }
        client.close().await;
    }
}

#[tokio::test]
async fn an_argument_goes_into_the_header_that_the_servers_schema_asks_for() {
    for era in BOTH {
        let peer = calls(era, move |heard| says_json(&result(era, heard, "ok"))).await;
        let mut client = Client::of(peer.target());
        client.ask(&call(1, "echo", r#"{"region":"eu west","text":"a"}"#)).await;
        client.ask(&call(2, "echo", r#"{"text":"a"}"#)).await;
        client.close().await;
        let said: Vec<_> = peer
            .heard()
            .iter()
            .filter(|heard| heard.method() == "tools/call")
            .map(|heard| heard.header("mcp-param-region").map(str::to_owned))
            .collect();
        let expected = if era == Era::Modern { Some("eu west".to_owned()) } else { None };
        assert_eq!(said, [expected, None]);
    }
}

/// What is there in a moment; a test that waits for long fails.
pub(super) async fn until<T>(mut there: impl FnMut() -> Option<T>) -> T {
    for _ in 0..500 {
        if let Some(there) = there() {
            return there;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come");
}
