//! What a wrapped server asks of its client: declined, until a person adds the answer to `personal`.

use crate::world::{World, Wrapped, verify};
use serde_json::{Value, json};

/// A server of the older era whose one tool asks for a name, and says what it was told.
const ASKER: &str = r#"
while read -r line; do
    id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\),.*/\1/p')
    case $line in
    *'"id":"q"'*)
        told=$(printf '%s' "$line" | sed 's/"/\\"/g')
        printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"%s"}]}}\n' "$call" "$told" ;;
    *'"method":"initialize"'*)
        hello='"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"asker","version":"1"}'
        printf '{"jsonrpc":"2.0","id":%s,"result":{%s}}\n' "$id" "$hello" ;;
    *'"method":"tools/list"'*)
        tool='{"name":"ask","inputSchema":{"type":"object","properties":{}}}'
        printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[%s]}}\n' "$id" "$tool" ;;
    *'"method":"tools/call"'*)
        call=$id
        form='"message":"Who?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}}}'
        printf '{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{%s}}\n' "$form" ;;
    *'"method":"server/discover"'*)
        printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no such method"}}\n' "$id" ;;
    esac
done
"#;

/// What a person adds, as the guide says.
const ADDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/personal-answers/answers.yaml");

fn opened(world: &World) -> Wrapped {
    let mut agent = world.wrap_of("asker", &["sh", "-c", ASKER]);
    agent.answers = Some(json!({"action": "accept", "content": {"name": "Ann"}}));
    let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {"elicitation": {}}, "clientInfo": {}});
    agent.ask("initialize", hello).unwrap();
    agent.ask("tools/list", json!({})).unwrap();
    agent
}

fn told(agent: &mut Wrapped) -> Value {
    let answer = agent.call("ask", json!({})).unwrap();
    let text = answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"));
    serde_json::from_str::<Value>(text).unwrap()["result"].clone()
}

#[test]
fn a_wrapped_server_is_declined_until_a_person_adds_the_answer_and_consents_to_it() {
    let mut world = World::new("wrap-asks");
    world.start();
    let mut agent = opened(&world);
    assert_eq!(told(&mut agent), json!({"action": "decline"}), "`personal` names reading and writing");
    agent.close();
    world.done(&["apply", ADDED]);
    let mut agent = opened(&world);
    assert_eq!(told(&mut agent), json!({"action": "decline"}), "nobody consented to what is privileged");
    let task = world.tasks()[0].clone();
    world.done(&["task", "consent", &task, "--yes"]);
    agent.ask("tools/list", json!({})).unwrap();
    assert_eq!(told(&mut agent), json!({"action": "accept", "content": {"name": "Ann"}}));
    agent.close();
    let begun = world.done(&["--json", "event", "list", "--task", &task, "--kind", "action.begun"]);
    let tools: Vec<Value> = begun.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let share = tools.iter().find(|event| event.to_string().contains("asker/elicitation:create"));
    let share = share.unwrap_or_else(|| panic!("{begun}")).to_string();
    assert!(share.contains(r#""effect":"share""#) && share.contains("Ann") && share.contains("Who?"), "{share}");
    let bundle = world.folder.0.join("asks.bwb");
    std::fs::write(&bundle, world.export(&task, &[])).unwrap();
    assert_eq!(verify(&bundle, &world.key(), &[])["answer"], "confirmed");
}
