use super::*;

const PROGRAM: &str = "/usr/local/bin/bailiwick";

fn asked(name: Option<&str>, command: &[&str]) -> Wrap {
    Wrap {
        print: None,
        name: name.map(str::to_owned),
        agent: "personal".to_owned(),
        command: command.iter().map(|word| (*word).to_owned()).collect(),
    }
}

fn check(client: McpClient, file: &str) {
    let asked = asked(Some("notes"), &["npx", "-y", "@modelcontextprotocol/server-filesystem", "/home/me/notes"]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/clients").join(file);
    let golden = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(configuration(client, &asked, Path::new(PROGRAM), None).unwrap().trim(), golden.trim(), "{file}");
}

#[test]
fn each_client_gets_its_own_form() {
    check(McpClient::ClaudeCode, "claude-code.json");
    check(McpClient::ClaudeDesktop, "claude-desktop.json");
    check(McpClient::Cursor, "cursor.json");
    check(McpClient::Vscode, "vscode.json");
}

#[test]
fn a_server_without_a_name_is_called_as_the_node_will_call_it() {
    let asked = asked(None, &["node", "node_modules/server-memory/dist/index.js"]);
    let said = configuration(McpClient::Cursor, &asked, Path::new(PROGRAM), None).unwrap();
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(json["mcpServers"]["memory"]["args"][0], "wrap", "{said}");
}

#[test]
fn a_home_of_its_own_stands_in_the_configuration() {
    let asked = asked(Some("notes"), &["notes"]);
    let home = Path::new("/home/me/other");
    let said = configuration(McpClient::Vscode, &asked, Path::new(PROGRAM), Some(home)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    let args = json["servers"]["notes"]["args"].as_array().unwrap();
    assert_eq!(args[..3], ["--home", "/home/me/other", "wrap"], "{said}");
}
