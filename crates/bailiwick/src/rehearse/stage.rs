//! A node to rehearse on: a real one, in this process, in a folder that goes with it. Its documents are a copy's, its servers are
//! played, agents have keys and people passkeys that were made a moment ago.

use super::copied::Copied;
use super::folder::Folder;
use super::servers::Servers;
use crate::client::Client;
use crate::home::{Home, Trouble};
use crate::http_server::{Address, HttpServer};
use crate::places::Places;
use crate::played::{self, Signer};
use crate::pool::Reach;
use crate::print::{list, text};
use crate::work::Work;
use bailiwick_api::Accounts;
use bailiwick_core::Server;
use bailiwick_core::json::{Json, Limits};
use bailiwick_identity::SigningKey;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long played servers may take to be seen.
const SEEN_WITHIN: Duration = Duration::from_secs(20);
/// How often it is asked whether they were.
const ASK_EVERY: Duration = Duration::from_millis(5);
/// How often what a server offers is taken, where more is found of it meanwhile.
const REVIEWS_MAX: u32 = 8;
/// Nobody's account: whoever plays here is not let in by the account that this process runs under.
const NOBODY: u32 = u32::MAX - 1;

/// Accounts as documents speak of them: a server that is to run under its own does, and agents are elsewhere.
#[derive(Debug)]
struct AsDocumented;

impl Accounts for AsDocumented {
    fn own(&self) -> u32 {
        NOBODY
    }
    fn uid(&self, _: &str) -> Option<u32> {
        Some(NOBODY - 1)
    }
    fn changeable(&self, _: &Server) -> Option<String> {
        None
    }
}

/// A node, and who acts on it.
pub(super) struct Stage {
    home: Arc<Home>,
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<()>>,
    _folder: Folder,
    /// Where agents reach it.
    pub(super) url: String,
    /// Its socket: whoever installed it.
    pub(super) local: Client,
    /// The servers.
    pub(super) servers: Servers,
    /// Who has signed in, by name.
    pub(super) people: BTreeMap<String, Signer>,
    /// The keys of agents.
    pub(super) keys: BTreeMap<String, SigningKey>,
}

impl Stage {
    /// Opens one with what was copied.
    ///
    /// # Errors
    /// When the node does not take the documents.
    pub(super) async fn open(copied: &Copied) -> Result<Self, Trouble> {
        let folder = Folder::new()?;
        let servers = Servers::play(copied.words.clone(), copied.answers.clone()).await?;
        let home = Arc::new(Home::alone(Places::under(&folder.path().join("node"))).await?);
        home.api.has_accounts(Arc::new(AsDocumented));
        let work = Work::new();
        let listen = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        let address = Address { listen, public_url: None, tls: None };
        let reach = Reach { played_at: Some(servers.url.clone()), ..Reach::default() };
        let http = Arc::new(HttpServer::open(&home, address, reach, Arc::clone(&work)).await?);
        let socket = crate::server::bind(&home)?;
        let (stop, stopped) = watch::channel(false);
        let (door, mut ended, own) = (Arc::clone(&http), stopped.clone(), Arc::clone(&home));
        let running = vec![
            tokio::spawn(async move { door.run(stopped).await }),
            tokio::spawn(async move {
                let ends = async move { drop(ended.wait_for(|stop| *stop).await.map(drop)) };
                // what is cut here was rehearsed
                let _cut = crate::server::run(&own, socket, &work, ends).await;
            }),
        ];
        let local = Client::new(&home.places.socket, None);
        let url = http.public_url().to_owned();
        let mut stage = Self {
            home,
            stop,
            running,
            _folder: folder,
            url,
            local,
            servers,
            people: BTreeMap::new(),
            keys: BTreeMap::new(),
        };
        stage.furnish(copied).await?;
        stage.review(&http, copied).await?;
        stage.enrol(copied).await?;
        Ok(stage)
    }

    /// Applies the documents, in the place of what a new tenant starts with.
    async fn furnish(&mut self, copied: &Copied) -> Result<(), Trouble> {
        let client = played::client();
        let mut documents = copied.documents.clone();
        for document in documents.iter_mut().filter(|document| text(document, "kind") == "agent") {
            let key = client.draw_key()?;
            let public = Json::parse(key.public().to_jwk().as_bytes(), &Limits::default())?;
            let name = text(document, "name").to_owned();
            if let Json::Object(members) = document {
                members.insert("keys", Json::array([public]));
            }
            self.keys.insert(name, key);
        }
        let given: BTreeSet<(String, String)> = documents.iter().map(named).collect();
        let starts = self.local.get("/v1/documents").await?;
        let removed = list(&starts, "documents").iter().map(named).filter(|one| !given.contains(one));
        let removed = removed.map(|(kind, name)| Json::array([Json::from(kind), Json::from(name)]));
        let body = Json::object([("documents", Json::array(documents.clone())), ("removed", Json::array(removed))]);
        self.local.post("/v1/documents", &body).await?;
        Ok(())
    }

    /// Takes what the servers offer, as it was taken where it was copied: once all of them were seen, for what is odd about the
    /// tools of one may be those of another.
    async fn review(&self, http: &Arc<HttpServer>, copied: &Copied) -> Result<(), Trouble> {
        http.beat();
        for server in copied.words.keys() {
            let seen = async {
                while !has_look(&self.shown(server).await?) {
                    tokio::time::sleep(ASK_EVERY).await;
                }
                Ok::<(), Trouble>(())
            };
            tokio::time::timeout(SEEN_WITHIN, seen)
                .await
                .map_err(|_| format!("the played server `{server}` was not seen"))??;
        }
        for server in copied.words.keys() {
            let mut tries = 1..=REVIEWS_MAX;
            loop {
                let last = tries.next() == Some(REVIEWS_MAX);
                // what was found meanwhile is named by the next; a tool that is not taken says so when it is called
                match self.taken(server).await {
                    Ok(all) if all || last => break,
                    Err(why) if last => return Err(why),
                    Ok(_) | Err(_) => {}
                }
            }
        }
        Ok(())
    }

    async fn shown(&self, server: &str) -> Result<Json, Trouble> {
        self.local.get(&format!("/v1/servers/{server}")).await
    }

    /// Takes what a server offers with what is found of it; whether that is all.
    async fn taken(&self, server: &str) -> Result<bool, Trouble> {
        let shown = self.shown(server).await?;
        let offered = shown.get("now").map(|now| list(now, "offered")).unwrap_or_default();
        let findings =
            offered.iter().flat_map(|tool| list(tool, "findings")).filter_map(|found| found.get("accept").cloned());
        let look = shown.get("look").cloned().unwrap_or(Json::Null);
        let body = Json::object([("accept", Json::array(findings)), ("look", look)]);
        let answer = self.local.post(&format!("/v1/servers/{server}/review"), &body).await?;
        Ok(list(&answer, "kept").is_empty())
    }

    /// Each person of the directory gets a passkey. All are invited before anybody has one: later it would take two.
    async fn enrol(&mut self, copied: &Copied) -> Result<(), Trouble> {
        let mut invited = Vec::new();
        for person in copied.of_kind("person") {
            let name = text(person, "name");
            let path = format!("/v1/persons/{}/invite", name.replace(':', "%3A"));
            invited.push((name.to_owned(), self.local.post(&path, &Json::Null).await?));
        }
        for (name, link) in invited {
            self.people.insert(name, Signer::enrol(&self.url, &link).await?);
        }
        Ok(())
    }

    /// Ends the node.
    pub(super) async fn end(self) {
        self.stop.send_replace(true);
        for running in self.running {
            // one that failed has ended
            let _ended = running.await;
        }
        // nothing of it is to last
        let _closed = self.home.node.close().await;
    }
}

fn has_look(shown: &Json) -> bool {
    shown.get("look").is_some_and(|look| *look != Json::Null)
}

fn named(document: &Json) -> (String, String) {
    let kind = text(document, "kind");
    (kind.to_owned(), text(document, if kind == "tool" { "tool" } else { "name" }).to_owned())
}
