use serde_json::json;

use super::*;
use crate::{Day, State, Which};

/// What a server answers to these lines.
fn talk(which: Which, lines: &[&str]) -> Vec<Value> {
    let mut server = Server::new(which, State::memory(), Day::read("2026-11-21").unwrap());
    let mut written = Vec::new();
    serve(lines.join("\n").as_bytes(), &mut written, &mut server).unwrap();
    String::from_utf8(written).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn modern(id: u32, method: &str, params: Value) -> String {
    let mut params = params;
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
}

fn names(list: &Value) -> Vec<&str> {
    list["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

#[test]
fn a_client_with_a_handshake_is_served() {
    let said = talk(
        Which::Mail,
        &[
            r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"search","arguments":{"query":""}}}"#,
        ],
    );
    assert_eq!(said.len(), 4);
    assert_eq!(said[0]["result"]["protocolVersion"], "2025-06-18");
    assert_eq!(said[1], json!({"jsonrpc": "2.0", "id": "p", "result": {}}));
    assert_eq!(names(&said[2]), ["search", "read", "send", "write_draft", "read_draft", "send_draft"]);
    assert_eq!(said[3]["result"]["structuredContent"]["mails"].as_array().unwrap().len(), 3);
    assert!(said[3]["result"].get("resultType").is_none(), "the field is of a later revision");
}

#[test]
fn an_unknown_revision_is_answered_with_the_newest_of_ours() {
    let said = talk(
        Which::Bank,
        &[r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2099-01-01"}}"#],
    );
    assert_eq!(said[0]["result"]["protocolVersion"], "2025-11-25");
}

#[test]
fn a_client_without_a_handshake_is_served() {
    let said = talk(
        Which::Bank,
        &[
            &modern(1, "server/discover", json!({})),
            &modern(2, "tools/list", json!({})),
            &modern(3, "tools/call", json!({"name": "balance", "arguments": {}})),
        ],
    );
    assert_eq!(said[0]["result"]["supportedVersions"], json!(["2026-07-28"]));
    assert_eq!(names(&said[1]), ["pay", "cancel_payment", "get_payment", "balance", "export_statements"]);
    assert_eq!(said[2]["result"]["structuredContent"]["amount"]["value"], "25000.00");
    for result in &said {
        assert_eq!(result["result"]["resultType"], "complete");
        assert_eq!(result["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "demo-bank");
    }
}

#[test]
fn what_an_era_does_not_have_is_no_method() {
    for line in [
        &modern(1, "ping", json!({})),
        &modern(1, "initialize", json!({})),
        &modern(1, "resources/list", json!({})),
        r#"{"jsonrpc":"2.0","id":1,"method":"resources/list"}"#,
    ] {
        assert_eq!(talk(Which::Bank, &[line])[0]["error"]["code"], -32601, "{line}");
    }
}

#[test]
fn an_envelope_that_is_short_or_of_another_revision_is_refused() {
    let lacking = r#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;
    assert_eq!(talk(Which::Bank, &[lacking])[0]["error"]["code"], -32602);
    let other = modern(1, "server/discover", json!({})).replace("2026-07-28", "2030-01-01");
    let said = talk(Which::Bank, &[&other]);
    assert_eq!(said[0]["error"]["code"], -32022);
    assert_eq!(said[0]["error"]["data"], json!({"supported": ["2026-07-28"], "requested": "2030-01-01"}));
}

#[test]
fn lines_that_are_no_request_are_answered_and_the_next_one_is_served() {
    let ping = r#"{"jsonrpc":"2.0","id":9,"method":"ping"}"#;
    for (line, code) in [
        ("{", -32700),
        ("[]", -32600),
        (r#"{"id":1,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nope"}}"#, -32602),
        (&format!("\"{}\"", "x".repeat(LINE_BYTES_MAX)), -32600),
    ] {
        let said = talk(Which::Bank, &[line, "", ping]);
        assert_eq!(said[0]["error"]["code"], code, "{}", line.chars().take(80).collect::<String>());
        assert_eq!(said[1]["id"], 9);
    }
}

#[test]
fn a_call_that_the_tool_cannot_do_is_a_result_that_a_model_can_read() {
    let said = talk(Which::Bank, &[&modern(1, "tools/call", json!({"name": "pay", "arguments": {"iban": "x"}}))]);
    assert_eq!(said[0]["result"]["isError"], true);
    assert!(said[0]["result"]["content"][0]["text"].as_str().unwrap().contains("missing field `payee`"));
}

#[test]
fn every_answer_of_a_tool_has_the_shape_that_the_tool_names() {
    let order = json!({"iban": crate::INVOICE_IBAN, "payee": "p", "amount": "1", "currency": "EUR",
        "reference": "r", "idempotency_key": "k"});
    let cases = [
        (Which::Bank, "pay", order),
        (Which::Bank, "get_payment", json!({"idempotency_key": "none"})),
        (Which::Bank, "balance", json!({})),
        (Which::Bank, "export_statements", json!({"from": "2026-01-01", "to": "2026-12-31"})),
        (Which::Mail, "search", json!({"query": "invoice"})),
        (Which::Mail, "read", json!({"id": crate::INVOICE_MAIL})),
        (Which::Mail, "send", json!({"to": "a@b.example", "subject": "s", "body": "b"})),
    ];
    for (which, name, arguments) in cases {
        let said = talk(
            which,
            &[
                &modern(1, "tools/list", json!({})),
                &modern(2, "tools/call", json!({"name": name, "arguments": arguments})),
            ],
        );
        let tool = said[0]["result"]["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == name).unwrap();
        let answer = said[1]["result"]["structuredContent"].as_object().unwrap();
        let named = tool["outputSchema"]["properties"].as_object().unwrap();
        assert!(answer.keys().all(|key| named.contains_key(key)), "{name}");
        let required = tool["outputSchema"]["required"].as_array().unwrap();
        assert!(required.iter().all(|key| answer.contains_key(key.as_str().unwrap())), "{name}");
    }
}
