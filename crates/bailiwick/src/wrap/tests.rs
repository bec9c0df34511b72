use super::*;

fn check(client: McpClient, file: &str) {
    let command = ["npx", "-y", "@modelcontextprotocol/server-filesystem", "/home/me/notes"];
    let asked = Wrap {
        print: Some(client),
        name: Some("notes".to_owned()),
        agent: "personal".to_owned(),
        command: command.map(str::to_owned).to_vec(),
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/clients").join(file);
    let golden = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(configuration(client, &asked).unwrap().trim(), golden.trim(), "{file}");
}

#[test]
fn each_client_gets_its_own_form() {
    check(McpClient::ClaudeCode, "claude-code.json");
    check(McpClient::ClaudeDesktop, "claude-desktop.json");
    check(McpClient::Cursor, "cursor.json");
    check(McpClient::Vscode, "vscode.json");
}
