//! `install`: a wrapped server becomes an enforced one. The node and the server get accounts of their own, the agent's
//! client keeps `connect` alone.
//!
//! 1. Each step looks first whether it is done, so a run that was broken off goes on with the next one.
//! 2. The client's configuration is changed last: until then what was there works as it did.
//! 3. Files of the user are touched under the user's account alone.

mod client_file;
mod described;
mod service;
mod system;
mod undo;

pub(crate) use client_file::act;
pub(crate) use undo::uninstall;

use crate::accounts::{self, Entry, changeable, looked_up};
use crate::cli::Install;
use crate::client::Client;
use crate::command::Outcome;
use crate::home::Trouble;
use crate::places::{Places, variable};
use crate::print::{data, foreign, words};
use crate::trust::BadInput;
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{AgentId, ServerName};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use system::{Made, as_user, file, file_is, folder, folder_is, run};
use zeroize::Zeroizing;

/// The node's account.
const ACCOUNT: &str = "bailiwick";
const COMMENT: &str = "Bailiwick node";
/// What the comment of a server's account begins with.
const COMMENT_SERVER: &str = "Bailiwick server";
/// Where the node keeps its state.
const HOME: &str = "/var/lib/bailiwick";
/// Where servers run, each in a folder that only it may enter.
const SERVERS: &str = "/var/lib/bailiwick-servers";
/// What starts it.
const ETC: &str = "/etc/bailiwick";
/// What servers are given that no document holds: a file each, by the secret's name.
const SECRETS: &str = "/etc/bailiwick/secrets";
/// Where the service looks programs up.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// How long the node may take to answer.
const START_WITHIN: Duration = Duration::from_secs(30);
/// How often it is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A shorter value of a variable is no credential.
const SECRET_CHARS_MIN: usize = 8;

/// What is to be installed.
struct Plan {
    user: Entry,
    name: ServerName,
    /// The server's account.
    account: String,
    command: Vec<String>,
    binary: PathBuf,
    home: PathBuf,
    listen: SocketAddr,
    config: Option<PathBuf>,
    from: Option<PathBuf>,
    /// Variables of the server that are no credentials, and those that may be.
    env: BTreeMap<String, String>,
    secrets: BTreeMap<String, Zeroizing<String>>,
    dry: bool,
}

/// Installs, or says what it would do.
///
/// # Errors
/// What is in the way, or what a step says that fails: what was done before it stays, and the next run goes on there.
pub(crate) async fn install(asked: Install, home: Option<PathBuf>) -> Result<Outcome, Trouble> {
    let plan = Plan::new(asked, home)?;
    let in_the_way = plan.in_the_way();
    for why in &in_the_way {
        data(&format!("IN THE WAY  {why}"));
    }
    if !plan.dry && !in_the_way.is_empty() {
        return Err(BadInput("nothing was done: see what is in the way".to_owned()).into());
    }
    plan.machine()?;
    plan.service().await?;
    plan.node().await?;
    plan.client()?;
    plan.last();
    Ok(if in_the_way.is_empty() { Outcome::Done } else { Outcome::No })
}

/// The account that the agent's client runs under. It is one that can be kept out.
fn the_user(named: Option<&str>) -> Result<Entry, BadInput> {
    let name = named.map(str::to_owned).or_else(|| variable("SUDO_USER"));
    let name = name.ok_or_else(|| BadInput("expected --for USER: the account that the agent runs under".to_owned()))?;
    let user =
        accounts::find(&name).ok_or_else(|| BadInput(format!("there is no account `{}`", name.escape_debug())))?;
    if user.uid == 0 {
        return Err(BadInput("no agent of root's can be kept to its way: name another account with --for".to_owned()));
    }
    Ok(user)
}

impl Plan {
    fn new(asked: Install, home: Option<PathBuf>) -> Result<Self, Trouble> {
        let user = the_user(asked.user.as_deref())?;
        let name = match &asked.name {
            Some(name) => ServerName::parse(name)?,
            None => bailiwick_api::called(&asked.command),
        };
        AgentId::parse(name.as_str())?;
        let config = asked.config.map(std::path::absolute).transpose()?;
        let from = asked.from.map(std::path::absolute).transpose()?;
        let home = home.map_or_else(|| Ok(PathBuf::from(HOME)), std::path::absolute)?;
        let mut plan = Self {
            account: format!("bw-{name}"),
            binary: std::env::current_exe()?,
            command: asked.command,
            listen: asked.listen,
            dry: asked.dry_run,
            env: BTreeMap::new(),
            secrets: BTreeMap::new(),
            user,
            name,
            home,
            config,
            from,
        };
        plan.variables(&asked.env)?;
        Ok(plan)
    }

    /// Variables that the client's entry gives to the server, of those that were named: whatever account writes that entry
    /// could have a variable load code of its own. What may be a credential becomes a secret of the node's.
    fn variables(&mut self, named: &[String]) -> Result<(), Trouble> {
        let Some(config) = &self.config else { return Ok(()) };
        let path = config.display().to_string();
        let told = |path: &str| -> Result<Json, Trouble> {
            let told = as_user(&self.user, &["install-file", "entry", path, self.name.as_str()], "")?;
            Ok(Json::parse(told.trim().as_bytes(), &Limits::default())?)
        };
        let mut entry = told(&path)?;
        let first = entry.get("args").and_then(Json::as_array).and_then(<[Json]>::first).and_then(Json::as_str);
        if first == Some("connect") {
            // It was installed before: as it was stands beside it.
            entry = told(&format!("{path}.{}", client_file::BEFORE))?;
        }
        let (mut env, mut secrets, mut left_out) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for (name, value) in entry.get("env").and_then(Json::as_object).into_iter().flat_map(|env| env.iter()) {
            let text = value.as_str().filter(|_| named.iter().any(|named| named == name));
            match text {
                None => left_out.push(foreign(name)),
                Some(text) if text.len() < SECRET_CHARS_MIN || text.starts_with('/') => {
                    env.insert(name.to_owned(), text.to_owned());
                }
                Some(text) => {
                    secrets.insert(name.to_owned(), Zeroizing::new(text.to_owned()));
                }
            }
        }
        if !left_out.is_empty() {
            let left_out = left_out.join(", ");
            words(&format!("not given to the server: {left_out}; with --env NAME it is, if you know what it does"));
        }
        (self.env, self.secrets) = (env, secrets);
        Ok(())
    }

    /// What a secret of the server is called at the node.
    fn secret(&self, variable: &str) -> String {
        format!("{}-{variable}", self.name)
    }

    /// The agent's key, in the user's own folder.
    fn key(&self) -> PathBuf {
        self.user.home.join(".config/bailiwick").join(format!("{}.key", self.name))
    }

    fn place(&self) -> PathBuf {
        Path::new(SERVERS).join(self.name.as_str())
    }

    /// Why nothing can be done, each in a sentence.
    fn in_the_way(&self) -> Vec<String> {
        let mut out = Vec::new();
        if !cfg!(target_os = "linux") {
            out.push("only on Linux does a node start servers under accounts of their own".to_owned());
        }
        if !rustix::process::geteuid().is_root() {
            out.push("only root makes accounts and services: run it with sudo".to_owned());
        }
        let own: Vec<u32> =
            [ACCOUNT, &self.account].iter().filter_map(|name| accounts::find(name)).map(|it| it.uid).collect();
        let trusted: Vec<u32> = std::iter::once(0).chain(own).collect();
        let others = |place: &Path| {
            format!("`{}` can be changed by others than root: put it where they cannot", place.display())
        };
        out.extend(changeable(&self.binary, &trusted).map(|place| others(&place)));
        let (program, args) = self.command.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        let found = |folder: PathBuf| folder.join(program).is_file();
        if !program.contains('/') && !std::env::split_paths(PATH).any(found) {
            out.push(format!("there is no program `{}` in {PATH}: install it for all accounts", foreign(program)));
        } else if let Some(place) = looked_up(program, args, Some(PATH.as_ref()), &self.place(), &trusted) {
            out.push(others(&place));
        }
        out.extend(self.made().iter().filter_map(|made| made.is_there().err()).map(|error| error.to_string()));
        out
    }

    fn made(&self) -> [MadeOwned; 2] {
        let server = format!("{COMMENT_SERVER} {}", self.name);
        [
            MadeOwned { name: ACCOUNT.to_owned(), home: self.home.clone(), comment: COMMENT.to_owned() },
            MadeOwned { name: self.account.clone(), home: self.place(), comment: server },
        ]
    }

    /// A step: told, and done unless it is done already or nothing is to be done.
    fn step(&self, what: &str, done: bool, act: impl FnOnce() -> Result<(), Trouble>) -> Result<bool, Trouble> {
        match (done, self.dry) {
            (true, _) => data(&format!("is so       {what}")),
            (false, true) => data(&format!("would do    {what}")),
            (false, false) => {
                act().map_err(|trouble| {
                    format!("{what}: {trouble}; what was done before stays, run it again to go on")
                })?;
                data(&format!("done        {what}"));
            }
        }
        Ok(!done)
    }

    /// Accounts, folders and secrets.
    fn machine(&self) -> Result<(), Trouble> {
        for made in self.made() {
            let command = made.as_made().command();
            // What is in the way of a dry run is told already.
            let there = made.is_there().unwrap_or(false);
            self.step(&format!("account `{}`: {}", made.name, command.join(" ")), there, || run(&command))?;
        }
        let (root, node, server) = (accounts::find("root"), accounts::find(ACCOUNT), accounts::find(&self.account));
        let place = self.place();
        for (path, mode, owner, whose) in [
            (self.home.as_path(), 0o700, &node, ACCOUNT),
            (Path::new(SERVERS), 0o755, &root, "root"),
            (place.as_path(), 0o700, &server, &self.account),
            (Path::new(ETC), 0o755, &root, "root"),
            (Path::new(SECRETS), 0o700, &node, ACCOUNT),
        ] {
            let what = format!("folder {}, mode {mode:o}, of `{whose}`", path.display());
            self.step(&what, folder_is(path, mode, owner.as_ref()), || folder(path, mode, known(owner, whose)?))?;
        }
        Ok(())
    }

    /// What starts the node; and that it runs, with the secrets that it has now.
    async fn service(&self) -> Result<(), Trouble> {
        let (root, node) = (accounts::find("root"), accounts::find(ACCOUNT));
        let mut changed = false;
        for (name, value) in &self.secrets {
            let path = Path::new(SECRETS).join(self.secret(name));
            let what = format!(
                "secret {} from `{name}` of the client's entry; it was readable there: change it",
                path.display()
            );
            let write = || file(&path, 0o600, known(&node, ACCOUNT)?, value);
            changed |= self.step(&what, file_is(&path, value), write)?;
        }
        let mut files = vec![(service::serve_file(), 0o755, self.serve_script())];
        match system::has_systemd() {
            true => files.push((PathBuf::from(service::UNIT), 0o644, self.unit())),
            false => files.push((service::start_file(), 0o755, self.start_script())),
        }
        for (path, mode, text) in &files {
            let what = format!("file {}", path.display());
            changed |= self.step(&what, file_is(path, text), || file(path, *mode, known(&root, "root")?, text))?;
        }
        let client = self.client_of_node();
        let runs = client.answers().await;
        if runs && changed && !self.dry {
            // It reads its secrets once.
            undo::stop(&client).await?;
        }
        let what = match system::has_systemd() {
            true => "service `bailiwick`: systemctl enable --now bailiwick".to_owned(),
            false => {
                format!("node: {} (no systemd runs here: have it run at each start)", service::start_file().display())
            }
        };
        self.step(&what, runs && !changed, start)?;
        let mut waited = Duration::ZERO;
        while !self.dry && !client.answers().await {
            if waited >= START_WITHIN {
                let log = self.home.join("node.log");
                return Err(format!("the node did not come up; see {}", log.display()).into());
            }
            tokio::time::sleep(LOOK_EVERY).await;
            waited += LOOK_EVERY;
        }
        Ok(())
    }

    fn client_of_node(&self) -> Client {
        Client::new(&Places::under(&self.home).socket, None)
    }

    /// What the node is told.
    async fn node(&self) -> Result<(), Trouble> {
        let client = self.client_of_node();
        let what = format!("documents: server, agent, role and template `{}`, person `{}`", self.name, self.user.name);
        if self.dry {
            self.step(&what, false, || Ok(()))?;
            self.documents().iter().for_each(|document| data(&format!("              {}", document.canonical())));
            self.step(&format!("key of the agent: {}", self.key().display()), self.key().exists(), || Ok(()))?;
            self.step(
                "reviews: those of the user's own node, where each tool is as it was reviewed",
                false,
                || Ok(()),
            )?;
            return Ok(());
        }
        let before = self.reviewed_before().await;
        let did = self.describe(&client).await?;
        self.step(&what, !did, || Ok(()))?;
        let has = self.has_key(&client).await;
        if !has {
            self.make_key(&client).await?;
        }
        self.step(&format!("key of the agent: {}", self.key().display()), has, || Ok(()))?;
        let came = self.carry(&client, before.as_ref()).await?;
        data(&format!("done        reviews: {came}"));
        Ok(())
    }

    /// What the user's own node had reviewed of this server, where one answers.
    async fn reviewed_before(&self) -> Option<BTreeMap<String, String>> {
        let runtime = PathBuf::from(format!("/run/user/{}/bailiwick.sock", self.user.uid));
        let usual = self.user.home.join(".local/state/bailiwick/node.sock");
        let places = self.from.iter().map(|home| home.join("node.sock")).chain([runtime, usual]);
        for socket in places {
            let client = Client::new(&socket, None);
            if client.answers().await {
                return described::pins(&client, self.name.as_str(), |standing| standing == "reviewed").await.ok();
            }
        }
        None
    }

    /// The client's entry, last of all.
    fn client(&self) -> Result<(), Trouble> {
        let args =
            ["connect", &format!("http://{}/mcp/{}", self.listen, self.name), "--agent", self.name.as_str(), "--key"];
        let key = self.key().display().to_string();
        let args = args.into_iter().chain([key.as_str()]).map(Json::from);
        let command = self.binary.display().to_string();
        let entry = Json::object([("args", Json::array(args)), ("command", Json::from(command.as_str()))]);
        let Some(config) = &self.config else {
            let servers = Json::object([(self.name.as_str(), entry)]);
            words("put this into the client's configuration, in the place of the entry that starts the server:");
            data(&Json::object([("mcpServers", servers)]).canonical());
            return Ok(());
        };
        let path = config.display().to_string();
        let of_file =
            |act: &str, input: &str| as_user(&self.user, &["install-file", act, &path, self.name.as_str()], input);
        let now = Json::parse(of_file("entry", "")?.trim().as_bytes(), &Limits::default())?;
        let what =
            format!("client: `{}` of {path} is `connect` alone; as it was: {path}.{}", self.name, client_file::BEFORE);
        self.step(&what, now == entry, || of_file("put", &entry.canonical()).map(drop))?;
        Ok(())
    }

    fn last(&self) {
        let bailiwick = format!("sudo bailiwick --home {}", self.home.display());
        words(&format!("`{}` runs as `{}`: give that account what it needs, and no more", self.name, self.account));
        words(&format!("start a task for the agent:  {bailiwick} task start {} --agent {}", self.name, self.name));
        words(&format!("what is enforced:            {bailiwick} enforcement"));
        words(&format!("let {} start tasks by a page: {bailiwick} person invite {}", self.user.name, self.user.name));
    }
}

/// An account that the installation makes, with its words.
struct MadeOwned {
    name: String,
    home: PathBuf,
    comment: String,
}

impl MadeOwned {
    fn as_made(&self) -> Made<'_> {
        Made { name: &self.name, home: &self.home, comment: &self.comment }
    }

    fn is_there(&self) -> Result<bool, BadInput> {
        self.as_made().is_there()
    }
}

/// An account that a step before has made. It is looked up anew: at the beginning it may not have been there.
fn known<'a>(found: &'a Option<Entry>, name: &str) -> Result<&'a Entry, Trouble> {
    found.as_ref().ok_or_else(|| format!("there is no account `{name}`").into())
}

/// Starts the service, as this machine does.
fn start() -> Result<(), Trouble> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    if system::has_systemd() {
        run(&words(&["systemctl", "daemon-reload"]))?;
        run(&words(&["systemctl", "enable", "bailiwick"]))?;
        return run(&words(&["systemctl", "restart", "bailiwick"]));
    }
    use std::os::unix::process::CommandExt;
    let mut command = std::process::Command::new(service::start_file());
    // A group of its own, and nobody's terminal: it lives on when who installed it goes.
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop).map_err(|error| format!("{}: {error}", service::start_file().display()).into())
}
