//! A few connections, made when they are needed, waited for at most so long.

use super::{fail, place::Place};
use crate::StoreError;
use std::{
    collections::BTreeMap,
    future::poll_fn,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::{sync::Semaphore, time::timeout};
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls, Statement};

/// The most connections of one node.
const CONNECTIONS_MAX: usize = 8;
/// How long a call waits for one of them.
const WAIT_MS_MAX: u64 = 2_000;
/// How long a connection may take to be made.
const CONNECT_MS_MAX: u64 = 2_000;
/// How long a replica may take to confirm what nobody knows of.
const CONFIRM_MS_MAX: u64 = 2_000;

/// What holds for every session. A node that vanishes holds nobody up (the first two). Every statement of ours goes through
/// an index, and a plan made while a table was empty must not stay (the last line).
const SESSION: &str = "
    SET lock_timeout = '500ms'; SET idle_in_transaction_session_timeout = '1s'; SET default_transaction_isolation = 'read committed';
    SET jit = off; SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";

pub(super) struct Pool {
    place: Place,
    idle: Mutex<Vec<Conn>>,
    free: Semaphore,
    /// How often nobody knew whether a write stands, and up to which of those a replica has what stands since.
    unknown: AtomicU64,
    confirmed: AtomicU64,
}

/// Moves the bytes of a connection until its client is gone. What the server warns of is kept: the answer comes after it.
async fn moved<S, T>(mut connection: Connection<S, T>, warned: Arc<AtomicBool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notice(_) = message {
            warned.store(true, Ordering::Release);
        }
    }
}

/// One connection with the statements that it has prepared.
pub(super) struct Conn {
    pub(super) client: Client,
    /// Whether each commit must wait for a replica.
    pub(super) replicas: bool,
    statements: tokio::sync::Mutex<BTreeMap<&'static str, Statement>>,
    /// Set by each notice of the server.
    warned: Arc<AtomicBool>,
    /// Set while a transaction of ours is open; such a connection is never given to the next.
    open: AtomicBool,
}

impl Pool {
    pub(super) fn new(mut place: Place) -> Self {
        place.config.connect_timeout(Duration::from_millis(CONNECT_MS_MAX)).application_name("bailiwick");
        Self {
            place,
            idle: Mutex::default(),
            free: Semaphore::new(CONNECTIONS_MAX),
            unknown: AtomicU64::new(0),
            confirmed: AtomicU64::new(0),
        }
    }

    /// Whether each commit must wait for a replica.
    pub(super) const fn replicas(&self) -> bool {
        self.place.replicas
    }

    pub(super) async fn run<T>(&self, work: impl AsyncFnOnce(&Conn) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let busy = || StoreError::Unavailable(format!("all `{CONNECTIONS_MAX}` connections are busy"));
        let wait = timeout(Duration::from_millis(WAIT_MS_MAX), self.free.acquire());
        let _permit = wait.await.map_err(|_| busy())?.map_err(|_| busy())?;
        let conn = match self.idle() {
            Some(conn) => conn,
            None => self.connect().await?,
        };
        // What may stand here alone is not believed until a replica has it.
        let unknown = self.unknown.load(Ordering::Acquire);
        if self.replicas() && self.confirmed.load(Ordering::Acquire) < unknown {
            conn.confirmed().await?;
            self.confirmed.fetch_max(unknown, Ordering::AcqRel);
        }
        // When the caller gives up here, the connection goes with the future: nobody else may read its answers.
        let answer = work(&conn).await;
        if matches!(answer, Err(StoreError::Unknown)) {
            self.unknown.fetch_add(1, Ordering::AcqRel);
        }
        if !conn.client.is_closed() && !conn.open.load(Ordering::Relaxed) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        }
        answer
    }

    /// Lets go of all connections that nobody uses.
    pub(super) fn forget(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn idle(&self) -> Option<Conn> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(|conn| !conn.client.is_closed())
    }

    async fn connect(&self) -> Result<Conn, StoreError> {
        // The driver's task ends with its client; what went wrong is told to whoever waits for an answer.
        let warned = Arc::new(AtomicBool::new(false));
        let client = match &self.place.tls {
            None => {
                let (client, connection) = self.place.config.connect(NoTls).await.map_err(|error| fail::of(&error))?;
                tokio::spawn(moved(connection, Arc::clone(&warned)));
                client
            }
            Some(tls) => {
                // The handshake too has its time: the driver counts only that of the socket.
                let connected = timeout(Duration::from_millis(CONNECT_MS_MAX), self.place.config.connect(tls.clone()));
                let late = |_| StoreError::Unavailable(format!("no TLS within `{CONNECT_MS_MAX}` ms"));
                let (client, connection) = connected.await.map_err(late)?.map_err(|error| fail::of(&error))?;
                tokio::spawn(moved(connection, Arc::clone(&warned)));
                client
            }
        };
        client.batch_execute(SESSION).await.map_err(|error| fail::of(&error))?;
        Ok(Conn {
            client,
            replicas: self.place.replicas,
            statements: tokio::sync::Mutex::default(),
            open: AtomicBool::new(false),
            warned,
        })
    }
}

impl Conn {
    /// What the server told of before is over.
    pub(super) fn unwarned(&self) {
        self.warned.store(false, Ordering::Release);
    }

    /// A commit of ours that comes with a notice was not waited for: PostgreSQL calls it done where the wait for a replica
    /// was cancelled, and only warns.
    pub(super) fn stands(&self) -> Result<(), StoreError> {
        if !self.warned.load(Ordering::Acquire) {
            return Ok(());
        }
        self.open.store(true, Ordering::Relaxed);
        Err(StoreError::Unknown)
    }

    /// A commit after all that stand here: once a replica has it, it has them too.
    async fn confirmed(&self) -> Result<(), StoreError> {
        super::tables::still_checked(self).await?;
        self.open.store(true, Ordering::Relaxed);
        self.unwarned();
        let unsaid = || StoreError::Unavailable("no replica has confirmed what stands here".to_owned());
        let sent = self.client.batch_execute("SELECT pg_logical_emit_message(true, 'bailiwick', '')");
        let sent = timeout(Duration::from_millis(CONFIRM_MS_MAX), sent).await.map_err(|_| unsaid())?;
        sent.map_err(|error| fail::of(&error))?;
        self.stands().map_err(|_| unsaid())?;
        self.open.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// The statement, prepared once on each connection.
    pub(super) async fn statement(&self, sql: &'static str) -> Result<Statement, StoreError> {
        let mut statements = self.statements.lock().await;
        if let Some(statement) = statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await.map_err(|error| fail::of(&error))?;
        statements.insert(sql, statement.clone());
        Ok(statement)
    }

    /// Several statements that stand together. Any error undoes them: at the latest when the connection is thrown away.
    pub(super) async fn transaction<T>(
        &self,
        work: impl AsyncFnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.open.store(true, Ordering::Relaxed);
        self.client.batch_execute("BEGIN").await.map_err(|error| fail::of(&error))?;
        let answer = work(self).await?;
        // What was told before, as of a table that is there, says nothing of the commit.
        self.unwarned();
        self.client.batch_execute("COMMIT").await.map_err(|error| fail::of_write(&error))?;
        self.stands()?;
        self.open.store(false, Ordering::Relaxed);
        Ok(answer)
    }
}
