//! What a review takes: nothing whose arguments nobody reads, unless a person names it; and servers that are described already.

use crate::world::World;

const MAIL: &str =
    "kind: server\nname: mail\nclasses: [mail]\ntransport: {stdio: {command: bailiwick, args: [demo-server, mail]}}\n";
const DRAFT: &str = "kind: tool\ntool: mail/write_draft\neffect: write\nreversibility: reversible\nbind:\n  arguments:\n    \
                     /id: {role: harmless}\n    /to: {kind: email}\n    /subject: {kind: text}\n";

/// How each tool of the mailbox stands.
fn standing(world: &World, tool: &str) -> String {
    let shown = world.json(&["server", "show", "mail"]);
    let tools = shown["tools"].as_array().unwrap();
    let one = tools.iter().find(|one| one["tool"] == tool).unwrap_or_else(|| panic!("{tool} is not in {shown}"));
    one["standing"].as_str().unwrap().to_owned()
}

#[test]
fn a_tool_whose_arguments_nobody_reads_is_taken_by_its_name_alone() {
    let world = World::running();
    world.done(&["apply", &world.file("mail.yaml", MAIL)]);
    let said = world.run(&["server", "review", "mail", "--yes"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("\"body, subject, to\" (send:unbound)"), "{said:?}");
    assert!(said.err.contains("not taken: send:unbound; --accept-finding send:unbound takes it"), "{said:?}");
    // what only reads is bound to nothing worse than what it reads
    assert_eq!([standing(&world, "read"), standing(&world, "send")], ["reviewed", "new"]);

    // one argument that is left out is enough
    world.done(&["apply", &world.file("draft.yaml", DRAFT)]);
    let said = world.run(&["server", "review", "mail", "--yes"]);
    assert!(said.code == 1 && said.err.contains("\"body\" (write_draft:unbound)"), "{said:?}");
    world.done(&["apply", &world.file("draft.yaml", &format!("{DRAFT}    /body: {{kind: content}}\n"))]);
    let said = world.run(&["server", "review", "mail", "--yes", "--accept-finding", "send:unbound"]);
    assert!(said.code == 1 && said.err.contains("not taken: send_draft:unbound"), "{said:?}");
    assert!(!said.err.contains("write_draft:unbound"), "{said:?}");
    let all = ["write_draft", "send", "send_draft"].map(|tool| standing(&world, tool));
    assert_eq!(all, ["reviewed", "reviewed", "new"]);
    let told = world.done(&["event", "tail", "--once"]).out;
    assert!(told.contains("findings among its tools accepted"), "{told}");

    // what was taken stands, and is named on
    let said = world.run(&["server", "review", "mail", "--yes"]);
    assert!(said.err.contains("NOT READ body, subject, to") && !said.err.contains("(send:unbound)"), "{said:?}");
    assert_eq!(standing(&world, "send"), "reviewed");
    world.done(&["server", "review", "mail", "--yes", "--accept-finding", "*:unbound"]);
    assert_eq!(standing(&world, "send_draft"), "reviewed");
}

#[test]
fn what_is_proposed_of_a_mailbox_is_applied_and_leaves_no_finding() {
    let world = World::running();
    world.done(&["apply", &world.file("mail.yaml", MAIL)]);
    let path = world.folder.join("tools.yaml");
    let path = path.to_str().unwrap();
    world.done(&["server", "review", "mail", "--write", path]);
    let written = std::fs::read_to_string(path).unwrap();
    assert!(
        written.contains("{at: /subject, class: mail}  # mail, as all that its server has; not trusted"),
        "{written}"
    );
    world.done(&["apply", path]);
    let said = world.done(&["server", "review", "mail", "--yes"]);
    assert!(!said.err.contains("FOUND") && !said.err.contains("NOT READ"), "{said:?}");
}

#[test]
fn servers_that_are_described_already_are_listed_and_written_without_a_node() {
    let world = World::empty();
    let listed = world.done(&["server", "catalogue"]).out;
    assert!(
        listed.lines().count() == 8 && listed.contains("git           12 tools  The official `git` server"),
        "{listed}"
    );
    let git = world.done(&["server", "catalogue", "git", "--as", "repo"]).out;
    assert!(
        git.contains("\nname: repo\n") && git.contains("\ntool: repo/git_add\n") && !git.contains("tool: git/"),
        "{git}"
    );
    let tools = world.json(&["server", "catalogue", "git", "--tools"]);
    assert_eq!(tools["documents"].as_array().unwrap().len(), 12, "{tools}");
    let near = world.run(&["server", "catalogue", "slac"]);
    assert!(near.code == 2 && near.err.contains("did you mean `slack`?"), "{near:?}");
    let bad = world.run(&["server", "catalogue", "git", "--as", "No Name"]);
    assert!(bad.code == 2 && bad.err.contains("--as No Name"), "{bad:?}");
}
