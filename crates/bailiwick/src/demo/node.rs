//! The node of the story: this binary as `serve`, in a folder of its own that goes with it.

use crate::client::Client;
use crate::home::Trouble;
use crate::places::Places;
use crate::yaml;
use bailiwick_core::json::Json;
use bailiwick_identity::PublicKey;
use std::net::TcpListener;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// How long the node may take to start.
const START_WITHIN: Duration = Duration::from_secs(30);
/// How often it is asked whether it has.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// How long it may take to end when it is told to.
const END_WITHIN: Duration = Duration::from_secs(10);

/// The documents that a reader of the demo can apply as well.
const DOCUMENTS: [(&str, &str); 6] = [
    ("1-servers.yaml", include_str!("../../../../examples/pay-invoice/1-servers.yaml")),
    ("2-people-and-agents.yaml", include_str!("../../../../examples/pay-invoice/2-people-and-agents.yaml")),
    ("3-template.yaml", include_str!("../../../../examples/pay-invoice/3-template.yaml")),
    ("1-mandate.yaml", include_str!("../../../../examples/monthly-mandate/1-mandate.yaml")),
    ("scout.yaml", include_str!("../../../../examples/hand-on/scout.yaml")),
    ("suppliers.yaml", include_str!("../../../../examples/suppliers/suppliers.yaml")),
];

/// A folder that goes when it is dropped.
#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays is a folder for temporary files.
        let _kept = std::fs::remove_dir_all(&self.0);
    }
}

/// A running node.
#[derive(Debug)]
pub(super) struct DemoNode {
    child: Child,
    folder: Folder,
    /// Where agents reach it.
    pub(super) url: String,
    /// Where people reach it.
    pub(super) people: Client,
}

impl DemoNode {
    /// Starts one in a fresh folder, at a port that is free.
    ///
    /// # Errors
    /// When it does not come up.
    pub(super) async fn start() -> Result<Self, Trouble> {
        let mut id = [0; 8];
        bailiwick_record::system_random(&mut id)?;
        let name = format!("bailiwick-demo-{:016x}", u64::from_be_bytes(id));
        let folder = Folder(std::env::temp_dir().join(name));
        let places = Places::under(&folder.0.join("node"));
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&places.state)?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let log = std::fs::File::create(folder.0.join("node.log"))?;
        let child = Command::new(std::env::current_exe()?)
            .arg("--home")
            .arg(&places.state)
            .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let people = Client::new(&places.socket, None);
        let node = Self { child, folder, url: format!("http://127.0.0.1:{port}"), people };
        match tokio::time::timeout(START_WITHIN, node.up()).await {
            Ok(()) => Ok(node),
            Err(_) => Err(format!("the node did not start: {}", node.log()).into()),
        }
    }

    async fn up(&self) {
        while !self.people.answers().await {
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.0.join("node.log")).unwrap_or_default()
    }

    /// Its home.
    pub(super) fn home(&self) -> PathBuf {
        self.folder.0.join("node")
    }

    /// A file beside the node.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    /// Where payments are held while somebody listens.
    pub(super) fn hold(&self) -> PathBuf {
        self.file("hold.sock")
    }

    /// The documents of [`DOCUMENTS`], with the keys of the agents and with servers whose books are kept.
    ///
    /// # Errors
    /// When one of them is none.
    pub(super) fn documents(&self, keys: &[(&str, &PublicKey)]) -> Result<Vec<Json>, Trouble> {
        let program = std::env::current_exe()?;
        let mut all = Vec::new();
        for (name, text) in DOCUMENTS {
            for placed in yaml::documents(name, text)? {
                let mut document = placed.json;
                let named = of(&document, "name").to_owned();
                let key = keys.iter().find(|(agent, _)| *agent == named).map(|(_, key)| key.to_jwk());
                if let ("agent", Some(key)) = (of(&document, "kind"), key) {
                    set(&mut document, "keys", Json::array([serde_json::from_str::<Json>(&key)?]));
                }
                if of(&document, "kind") == "server" {
                    set(&mut document, "transport", self.transport(&program, &named));
                }
                // What a later example says of the same thing stands in its place, as if it had been applied later.
                let same = |other: &&mut Json| {
                    ["kind", "name", "tool"].iter().all(|part| of(other, part) == of(&document, part))
                };
                match all.iter_mut().find(same) {
                    Some(earlier) => *earlier = document,
                    None => all.push(document),
                }
            }
        }
        Ok(all)
    }

    fn transport(&self, program: &Path, name: &str) -> Json {
        let text = |path: &Path| Json::from(path.display().to_string().as_str());
        let mut args = vec![Json::from("demo-server"), Json::from(name), Json::from("--state")];
        args.push(text(&self.file(&format!("{name}.json"))));
        if name == "bank" {
            args.extend([Json::from("--hold"), text(&self.hold())]);
        }
        let stdio = Json::object([("args", Json::array(args)), ("command", text(program))]);
        Json::object([("stdio", stdio)])
    }

    /// Ends it, as a service manager would.
    ///
    /// # Errors
    /// When it does not end.
    pub(super) async fn end(mut self) -> Result<(), Trouble> {
        if let Some(pid) = self.child.id() {
            let told = Command::new("kill").arg(pid.to_string()).status().await?;
            if told.success() {
                tokio::time::timeout(END_WITHIN, self.child.wait()).await??;
                return Ok(());
            }
        }
        Ok(self.child.kill().await?)
    }
}

fn of<'a>(document: &'a Json, name: &str) -> &'a str {
    document.get(name).and_then(Json::as_str).unwrap_or_default()
}

fn set(document: &mut Json, name: &str, value: Json) {
    if let Json::Object(members) = document {
        members.insert(name, value);
    }
}
