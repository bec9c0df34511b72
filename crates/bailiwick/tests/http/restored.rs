//! A backup that is put back: nothing that was taken away since is given back by it, and work goes on under new consents.

use super::Plain;
use super::approved::{asked, call, node, signed};
use super::node::{BINARY, Node, key};
use super::people::{Browser, json, text};
use super::servers::Holder;
use super::shared::{called, verified};
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

fn restore(home: &Path, args: &[&str]) -> Json {
    let output = Command::new(BINARY).arg("--home").arg(home).args(["--json", "restore"]).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    json(&String::from_utf8(output.stdout).unwrap())
}

fn started(node: &Node, template: &str) -> TaskId {
    let told = json(&node.cli(&["task", "start", template, "--agent", "helper", "--yes"]));
    TaskId::parse(text(&told, "task")).unwrap()
}

fn backed_up(node: &Node, name: &str) -> String {
    let file = node.home.join(name).to_str().unwrap().to_owned();
    node.cli(&["backup", &file]);
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_put_back_gives_nothing_back_that_was_taken_away_since() {
    let (mut node, waiting) = tokio::task::spawn_blocking(node).await.unwrap();
    tokio::task::block_in_place(|| {
        // a yes that was given and not used
        let (bert, passkey) = Browser::of(&node, "bert", "boss");
        let mut helper = Plain::start(&node);
        let id = asked(&helper.ask(&call(1, "one__pid")));
        let (_, yes) = signed(&bert, &passkey, id, "role:boss");
        assert_eq!(bert.ask("POST", &format!("/v1/approvals/{id}/sign"), &yes).status(), 200);
        helper.close();
    });
    let (task, bound) = (started(&node, "look"), Arc::new(key()));
    let holder = Holder::with(Arc::clone(&bound), &node, "one", Some(task)).await;
    called(&holder, &node).unwrap();
    let waits = Holder::with(Arc::new(key()), &node, "one", Some(waiting)).await;
    let old_key = node.cli(&["log", "key"]);

    let file = backed_up(&node, "monday.db");
    node.cli(&["task", "revoke", &task.to_string()]);
    assert!(called(&holder, &node).is_err(), "it is revoked");
    assert!(node.fails(&["restore", &file]).contains("a node answers"), "not under a node that runs");

    let told = node.meanwhile(|home| restore(home, &[&file]));
    assert_eq!(told.get("epoch"), Some(&Json::from(2_u64)), "{}", told.canonical());
    let aside = std::path::PathBuf::from(text(&told, "aside"));
    assert!(std::fs::metadata(aside).unwrap().len() > 0, "the store of before is kept");
    assert!(json(&node.cli(&["status"])).get("behind").unwrap().is_null());
    assert_eq!(holder.call(&node, "one", "pid").status(), 401, "the token of before");
    assert!(node.ask("/mcp/one", &bound, Some(task)).await.is_err(), "the grant of before");
    assert_eq!(waits.call(&node, "one", "pid").status(), 401, "a yes of before");
    assert!(node.ask("/mcp/one", &key(), Some(waiting)).await.is_err());
    let over = node.cli(&["task", "list"]);
    assert!(over.contains("epoch_passed") && !over.contains(r#""live":true"#), "{over}");

    // whoever was suspended since the backup is not known: nobody acts before somebody says so
    let refused = node.fails(&["task", "start", "look", "--agent", "helper", "--yes"]);
    assert!(refused.contains("suspended"), "{refused}");
    node.cli(&["agent", "resume", "helper"]);
    let fresh = started(&node, "look");
    let holder = Holder::with(bound, &node, "one", Some(fresh)).await;
    called(&holder, &node).unwrap();

    // the log goes on under a name of its own, so that what was signed before is not belied
    let new_key = node.cli(&["log", "key"]);
    assert!(new_key != old_key && new_key.contains("/epoch/2"), "{new_key}");
    tokio::task::block_in_place(|| verified(&node, fresh));
    assert!(node.cli(&["event", "list", "--kind", "control.restored"]).contains("epoch 2 begins"));

    // once more, of a store that was put back by other means: never an epoch twice
    let told = node.meanwhile(|home| {
        for file in ["bailiwick.db-wal", "bailiwick.db-shm"] {
            let _there_or_not = std::fs::remove_file(home.join(file));
        }
        std::fs::copy(&file, home.join("bailiwick.db")).unwrap();
        restore(home, &["--in-place"])
    });
    assert_eq!(told.get("epoch"), Some(&Json::from(3_u64)), "{}", told.canonical());
    assert_eq!(holder.call(&node, "one", "pid").status(), 401);
    assert!(json(&node.cli(&["status"])).get("behind").unwrap().is_null());
    node.meanwhile(|_| ());
    assert!(json(&node.cli(&["status"])).get("behind").unwrap().is_null(), "nor after another start");
}

#[test]
fn what_is_no_backup_of_ours_is_not_put_in_place() {
    let node = Node::start();
    let home = node.home.join("elsewhere");
    std::fs::create_dir(&home).unwrap();
    let run = |args: &[&str]| {
        let output = Command::new(BINARY).arg("--home").arg(&home).arg("restore").args(args).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let file = backed_up(&node, "monday.db");
    let (code, said) = run(&[&file]);
    assert!(code == Some(2) && said.contains("root key is not here"), "{said}");
    std::fs::copy(node.home.join("root.key"), home.join("root.key")).unwrap();
    let text = home.join("text.db");
    std::fs::write(&text, "no store").unwrap();
    let (code, said) = run(&[text.to_str().unwrap()]);
    assert!(code == Some(2) || code == Some(3), "{code:?}: {said}");
    assert!(!home.join("bailiwick.db").exists(), "nothing was put in place");
    let (code, said) = run(&[&file, "--store", "postgres://a@b/c"]);
    assert!(code == Some(2) && said.contains("pg_restore"), "{said}");
    let (code, said) = run(&[&file]);
    assert_eq!(code, Some(0), "elsewhere, with its key, it is gone on from: {said}");
}
