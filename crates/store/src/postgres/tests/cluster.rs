//! A private PostgreSQL for one run of the tests, from the system's own binaries. It ends with the process.

use std::{
    fs,
    io::Write as _,
    os::unix::{fs::MetadataExt as _, fs::OpenOptionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio_postgres::{Client, NoTls};

/// `localhost`, under an authority that is made for these tests alone; good for a hundred years.
const CERTIFICATE: &str = include_str!("tls/localhost.pem");
const KEY: &str = include_str!("tls/localhost.key");

struct Cluster {
    directory: PathBuf,
    port: u16,
    /// A shell that waits for the end of its input, which is the end of this process, and then ends the server.
    _keeper: Child,
}

/// A database of its own for one test.
pub(super) struct Database {
    name: String,
    cluster: &'static Cluster,
}

/// The user that the server runs as; it refuses to run as root.
fn server_user() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").ok()?.uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let user = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = user.split(':').skip(2).map(|field| field.parse().ok());
    Some((fields.next()??, fields.next()??))
}

fn as_server(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = server_user() {
        command.uid(user).gid(group);
    }
    command.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The newest of the installed versions.
fn binaries() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    versions.filter(|bin| bin.join("initdb").exists()).max()
}

fn start(name: &str) -> Option<Cluster> {
    let Some(bin) = binaries() else {
        // Not by `eprintln!`, which the harness keeps to itself.
        writeln!(std::io::stderr(), "skipped: the PostgreSQL suite, no /usr/lib/postgresql/*/bin/initdb").ok();
        return None;
    };
    let directory = std::env::temp_dir().join(format!("bailiwick-postgres-{name}-{}", std::process::id()));
    fs::create_dir(&directory).expect("a fresh directory");
    if let Some((user, group)) = server_user() {
        std::os::unix::fs::chown(&directory, Some(user), Some(group)).expect("root may give it away");
    }
    let data = directory.join("data");
    let made = as_server(bin.join("initdb"))
        .args(["--no-sync", "-A", "trust", "-U", "bailiwick", "-E", "UTF8", "--locale=C", "-D"])
        .arg(&data)
        .status();
    assert!(made.expect("initdb runs").success(), "initdb fails");
    for (name, text) in [("server.crt", CERTIFICATE), ("server.key", KEY)] {
        write_for_server(&data.join(name), text);
    }
    let port = free_port();
    // A server that dies is started again, until the end of the input.
    let script = r#"
        (while [ ! -e "$2/over" ]; do
            "$1/postgres" -D "$2/data" -k "$2" -p "$3" -c listen_addresses=127.0.0.1 -c ssl=on -c max_connections=400
        done) & server=$!
        cat >/dev/null; : > "$2/over"; kill -QUIT $(head -n 1 "$2/data/postmaster.pid"); wait $server; rm -rf "$2""#;
    let mut keeper = as_server("sh");
    keeper.args(["-c", script, "sh"]).args([&bin, &directory]).arg(port.to_string());
    let keeper = keeper.stdin(Stdio::piped()).spawn();
    let cluster = Cluster { directory, port, _keeper: keeper.expect("a shell runs") };
    cluster.answers();
    Some(cluster)
}

impl Cluster {
    /// Waits for it.
    fn answers(&self) {
        for _ in 0..600 {
            if connect(self, "postgres", async |_| ()).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the server does not start within a minute")
    }

    /// The server's process.
    fn process(&self) -> Option<String> {
        let text = fs::read_to_string(self.directory.join("data/postmaster.pid")).ok()?;
        text.lines().next().map(str::to_owned)
    }
}

/// A port that nobody has: the server is given it at once.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

fn write_for_server(path: &Path, text: &str) {
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path).expect("a fresh file");
    file.write_all(text.as_bytes()).expect("it is written");
    if let Some((user, group)) = server_user() {
        std::os::unix::fs::chown(path, Some(user), Some(group)).expect("root may give it away");
    }
}

fn connect<T>(
    cluster: &Cluster,
    database: &str,
    work: impl AsyncFnOnce(Client) -> T,
) -> Result<T, tokio_postgres::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&cluster.directory).port(cluster.port).user("bailiwick").dbname(database);
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(work(client).await)
    })
}

pub(super) fn database() -> Option<Database> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    database_of(CLUSTER.get_or_init(|| start("all")).as_ref()?)
}

/// A database of a server that no other test uses: for what is set of the whole server.
pub(super) fn alone(name: &str) -> Option<Database> {
    database_of(Box::leak(Box::new(start(name)?)))
}

fn database_of(cluster: &'static Cluster) -> Option<Database> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let database = Database { name: format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed)), cluster };
    let make = format!("CREATE DATABASE {}", database.name);
    let made = connect(cluster, "postgres", async |client| client.batch_execute(&make).await);
    made.expect("the server is there").expect("a fresh database");
    Some(database)
}

impl Database {
    pub(super) fn url(&self) -> String {
        let host = self.cluster.directory.to_str().expect("a plain path").replace('/', "%2F");
        format!("postgres://bailiwick@{host}:{}/{}", self.cluster.port, self.name)
    }

    /// By TCP, at a name of this machine.
    pub(super) fn url_at(&self, host: &str) -> String {
        format!("postgres://bailiwick@{host}:{}/{}", self.cluster.port, self.name)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.cluster.directory.join(format!(".s.PGSQL.{}", self.cluster.port))
    }

    pub(super) fn run(&self, sql: &str) {
        let sql = sql.replace("DATABASE CURRENT", &format!("DATABASE {}", self.name));
        let done = connect(self.cluster, &self.name, async |client| client.batch_execute(&sql).await);
        done.expect("the server is there").expect("the statement runs");
    }

    pub(super) fn number(&self, sql: &str) -> i32 {
        let row = connect(self.cluster, &self.name, async |client| client.query_one(sql, &[]).await);
        row.expect("the server is there").expect("the query runs").get(0)
    }

    /// The server is stopped at once, as if its machine had lost its power, and started again.
    pub(super) fn server_dies(&self) {
        let old = self.cluster.process().expect("it runs");
        assert!(Command::new("kill").args(["-QUIT", &old]).status().expect("a signal is sent").success());
        while self.cluster.process().is_none_or(|new| new == old) {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.cluster.answers();
    }

    /// Ends all other sessions of this database; answers how many.
    pub(super) fn end_sessions(&self) -> i32 {
        self.number(
            "SELECT count(pg_terminate_backend(pid, 10000))::int FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
    }

    /// From now on each commit of the server waits until a second process has it on disk, until the answer is dropped.
    pub(super) fn replicated(&self) -> Replica<'_> {
        let folder = self.cluster.directory.join("replica");
        assert!(as_server("mkdir").arg(&folder).status().expect("mkdir runs").success());
        let mut receiver = as_server(binaries().expect("it runs").join("pg_receivewal"));
        receiver.args(["--synchronous", "-U", "bailiwick", "-p", &self.cluster.port.to_string(), "-h"]);
        let receiver = receiver.arg(&self.cluster.directory).arg("-D").arg(&folder).spawn().expect("it is installed");
        let replica = Replica { database: self, receiver };
        let follows = "SELECT count(*)::int FROM pg_stat_replication WHERE state = 'streaming'";
        while self.number(follows) == 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.run("ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.run("SELECT pg_reload_conf()");
        while self.number(&format!("{follows} AND sync_state = 'sync'")) == 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        replica
    }

    /// Holds what the statement locks until the answer is dropped.
    pub(super) fn hold(&self, sql: &'static str) -> Held {
        let (cluster, name) = (self.cluster, self.name.clone());
        let (held, is_held) = std::sync::mpsc::channel();
        let (release, released) = tokio::sync::oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let done = connect(cluster, &name, async |client| {
                client.batch_execute(&format!("BEGIN; {sql}")).await.expect("the statement locks");
                held.send(()).expect("the test waits");
                released.await.ok();
                client.batch_execute("ROLLBACK").await.expect("the lock is given back");
            });
            done.expect("the server is there");
        });
        is_held.recv().expect("it is held");
        Held { release: Some(release), thread: Some(thread) }
    }
}

pub(super) struct Replica<'a> {
    database: &'a Database,
    receiver: Child,
}

impl Drop for Replica<'_> {
    fn drop(&mut self) {
        self.database.run("ALTER SYSTEM RESET synchronous_standby_names");
        self.database.run("SELECT pg_reload_conf()");
        // A session that begins with it begins after all others were told.
        while self.database.number("SELECT length(current_setting('synchronous_standby_names'))") > 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.receiver.kill().ok();
        self.receiver.wait().ok();
    }
}

pub(super) struct Held {
    release: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.release = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
