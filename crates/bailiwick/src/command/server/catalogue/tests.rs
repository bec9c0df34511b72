use super::*;
use bailiwick_catalogue::Binding;
use bailiwick_core::Document;
use bailiwick_core::json::Limits;

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn every_folder_of_the_catalogue_is_built_in_and_no_other() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/catalogue");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let there: BTreeSet<String> = entries.collect();
    let built: BTreeSet<String> = ALL.iter().map(|of| of.name.to_owned()).collect();
    assert_eq!(there, built);
}

#[test]
fn what_is_written_can_be_read_under_its_name_and_under_another() {
    for of in &ALL {
        for (name, server) in [(of.name, true), ("other", true), ("other", false)] {
            let read = yaml::documents("written", &of.written(name, server)).unwrap();
            assert_eq!(read.len(), of.tools().len() + usize::from(server), "{}", of.name);
            for placed in read {
                match Document::read(&placed.json).unwrap() {
                    Document::Server(document) => assert_eq!((document.name.as_str(), server), (name, true)),
                    Document::Tool(tool) => {
                        assert_eq!(tool.tool.server().as_str(), name);
                        assert!(Binding::read(&tool.bind).is_ok(), "{}", tool.tool);
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        assert!(!of.sentence().is_empty() && !of.sentence().contains('\n'), "{}", of.sentence());
    }
}

/// A server as a node shows it.
fn shown(name: &str, transport: &str, tools: &[(&str, bool)]) -> Json {
    let tools: Vec<String> =
        tools.iter().map(|(tool, described)| format!(r#"{{"tool":"{tool}","described":{described}}}"#)).collect();
    json(&format!(
        r#"{{"name":"{name}","document":{{"transport":{transport}}},"now":{{"offered":[{}]}}}}"#,
        tools.join(",")
    ))
}

#[test]
fn a_server_that_is_described_is_told_of_by_its_program_or_by_its_tools() {
    let git: Vec<(&str, bool)> = ALL[3].tools().into_iter().map(|tool| (tool, false)).collect();
    let stdio = |command: &str, args: &str| format!(r#"{{"stdio":{{"command":"{command}","args":{args}}}}}"#);
    let other = stdio("/bin/other", "[]");
    for (what, server, expected) in [
        ("its tools", shown("repo", &other, &git), Some("git --as repo --tools")),
        ("its name", shown("git", &other, &git), Some("git --tools")),
        ("a few of its tools", shown("repo", &other, &git[..4]), None),
        ("its program", shown("repo", &stdio("/usr/bin/mcp-server-git", "[]"), &git[..1]), Some("git --as repo")),
        (
            "its package",
            shown("pages", &stdio("npx", r#"["-y","@modelcontextprotocol/server-fetch@1.0"]"#), &[("fetch", false)]),
            Some("fetch --as pages"),
        ),
        (
            "wrapped",
            shown("pages", r#"{"wrapped":{"command":["uvx","mcp-server-fetch"]}}"#, &[("fetch", false)]),
            Some("fetch --as pages"),
        ),
        ("one tool of a common name", shown("pages", &other, &[("fetch", false)]), None),
        ("one tool, and the name", shown("fetch", &other, &[("fetch", false)]), Some("fetch --tools")),
        ("a path among its arguments", shown("x", &stdio("cat", r#"["/srv/git"]"#), &[("git_log", false)]), None),
        ("described already", shown("fetch", &other, &[("fetch", true)]), None),
        ("not looked at", json(r#"{"name":"git","now":null}"#), None),
    ] {
        let hint = hint(&server);
        assert_eq!(hint.is_some(), expected.is_some(), "{what}: {hint:?}");
        assert!(hint.is_none_or(|hint| hint.contains(&format!("server catalogue {}", expected.unwrap()))), "{what}");
    }
}
