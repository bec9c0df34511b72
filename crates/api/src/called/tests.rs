use super::{called, is_second, numbered};
use bailiwick_core::{ControlState, Document, Server, ServerEntry, Transport};

fn words(command: &str) -> Vec<String> {
    command.split(' ').map(str::to_owned).collect()
}

#[test]
fn a_command_says_what_its_server_is_called() {
    for (command, expected) in [
        ("npx -y @modelcontextprotocol/server-filesystem /home/me/notes", "filesystem"),
        ("npx -y @modelcontextprotocol/server-memory@2026.8.31", "memory"),
        ("npx -y @modelcontextprotocol/server-filesystem /home/me/mcp-server-notes", "filesystem"),
        ("node node_modules/@modelcontextprotocol/server-everything/dist/index.js stdio", "everything"),
        ("node /opt/weather-mcp/build/main.js", "weather"),
        ("uvx mcp-server-git --repository .", "git"),
        ("python -m mcp_server_fetch", "fetch"),
        ("venv/bin/mcp-server-git --repository /home/me/server", "git"),
        ("docker run -i --rm mcp/postgres", "postgres"),
        ("python server.py", "server"),
        ("target/debug/bank", "bank"),
        ("./Notes_Server", "notes"),
    ] {
        assert_eq!(called(&words(command)).as_str(), expected, "{command}");
    }
}

#[test]
fn a_command_that_says_nothing_has_a_name_all_the_same() {
    for command in ["", "-", "///", "@", "\u{e9}", "mcp-", "server-------------------------------------x"] {
        let name = called(&words(command));
        assert!(!name.as_str().is_empty() && !name.as_str().ends_with('-'), "{command}: {name}");
    }
}

#[test]
fn the_second_of_a_name_is_told_by_its_number() {
    assert_eq!(numbered(&words("uvx mcp-server-git"), 2).unwrap().as_str(), "git-2");
}

#[test]
fn a_numbered_server_is_a_second_one_while_another_command_has_its_name() {
    let server = |name: &str, command: &str| {
        let text = format!(r#"{{"kind":"server","name":"{name}","transport":{{"wrapped":{{"command":["x"]}}}}}}"#);
        let json = bailiwick_core::json::Json::parse(text.as_bytes(), &bailiwick_core::json::Limits::default());
        let Document::Server(server) = Document::read(&json.unwrap()).unwrap() else { panic!("no server") };
        Server { transport: Transport::Wrapped { command: words(command) }, ..server }
    };
    let mut control = ControlState::default();
    let second = server("git-2", "uvx mcp-server-git --other");
    assert!(!is_second(&control, &second), "nobody has the name");
    let document = server("git", "uvx mcp-server-git");
    control.servers.insert(document.name.clone(), ServerEntry { document, identity: None, same: true });
    assert!(is_second(&control, &second));
    assert!(!is_second(&control, &server("git", "uvx mcp-server-git")));
    assert!(!is_second(&control, &server("git-2", "uvx mcp-server-git")), "the same command by two names");
    assert!(!is_second(&control, &server("git-hub", "uvx mcp-server-git --other")), "a name that a person chose");
}
