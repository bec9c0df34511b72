//! The keys of this home: those that the record names, and the root key's file beside the store.

use crate::home::Trouble;
use crate::places::Places;
use bailiwick_api::{KeyRing, Problem, Turning};
use bailiwick_authority::{KeysError, TurnError, record_root, root_is_recorded, token_keys, turn_token_key};
use bailiwick_core::json::Json;
use bailiwick_core::{By, Code, Reason, TenantId};
use bailiwick_node::{Failure, Node, Vault, VaultError};
use bailiwick_record::{KeyError, RootError, RootFile, system_random};
use std::fmt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The keys of the default tenant.
pub(crate) struct HomeKeys {
    node: Arc<Node>,
    tenant: TenantId,
    file: PathBuf,
    /// One turns at a time.
    turning: Mutex<()>,
}

impl fmt::Debug for HomeKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HomeKeys").field("file", &self.file).finish_non_exhaustive()
    }
}

/// What to do where a root key file is older than the store.
pub(crate) const ROOT_ELSEWHERE: &str =
    "keep that file aside, and put there the one of the node where the root key was turned, or its newest copy";

/// What is wrong where a root key file is older than the store.
pub(crate) fn not_held(file: &Path) -> String {
    format!("the store's keys are wrapped by a root key that `{}` does not hold", file.display())
}

/// Both.
pub(crate) fn other_root(file: &Path) -> String {
    format!("{}: {ROOT_ELSEWHERE}", not_held(file))
}

/// A key that was wrapped by another file than ours.
pub(crate) const fn is_of_another(error: &VaultError) -> bool {
    matches!(error, VaultError::Key(KeyError::Version(_) | KeyError::NotOurs))
}

fn problem(error: TurnError) -> Problem {
    match error {
        TurnError::Node(failure) => failure.into(),
        TurnError::Refused(reason) => Problem { command: None, ..Problem::refused(&reason) },
        TurnError::Keys(KeysError::Set(error)) => {
            let reason = Reason::new(Code::NotPossible).asked(error);
            Problem { command: None, ..Problem::refused(&reason) }
        }
        TurnError::Keys(KeysError::Unsigned) => Problem::bad(KeysError::Unsigned.to_string()),
        TurnError::Keys(error) => Problem::broken(error.to_string()),
    }
}

fn number(version: i32) -> Json {
    Json::from(u64::try_from(version).unwrap_or_default())
}

/// Goes on with a turn of the root key that was broken off after it was recorded.
///
/// # Errors
/// When the store fails.
pub(crate) fn finish(node: &Node, tenant: TenantId) -> Result<(), Trouble> {
    let vault = node.vault();
    // Another node may have recorded a key of its own under the number of one of ours that was never recorded.
    if root_is_recorded(node, tenant) {
        vault.rewrap(node.store().as_ref(), tenant)?;
    }
    Ok(())
}

impl HomeKeys {
    pub(crate) fn new(node: Arc<Node>, tenant: TenantId, places: &Places) -> Self {
        Self { node, tenant, file: places.root_key(), turning: Mutex::default() }
    }

    fn vault(&self) -> &Vault {
        self.node.vault()
    }

    fn unopened(&self, error: &VaultError) -> Problem {
        match error {
            error if is_of_another(error) => Problem::bad(other_root(&self.file)),
            VaultError::Store(error) => Failure::Unavailable(error.to_string()).into(),
            VaultError::Key(_) => Problem::broken(error.to_string()),
        }
    }

    /// Whether the file as it lies there now opens the tenant's keys: a node that runs goes on with what it read, the next
    /// start does not.
    fn held(&self) -> bool {
        let Ok(Some(root)) = RootFile::open(&self.file) else { return false };
        let there = Vault::new(Box::new(root), Arc::new(system_random));
        there.opens(self.node.store().as_ref(), self.tenant).is_ok()
    }

    async fn file<T: Send + 'static>(
        &self,
        work: impl FnOnce(PathBuf) -> Result<T, RootError> + Send + 'static,
    ) -> Result<T, Problem> {
        let path = self.file.clone();
        let done = tokio::task::spawn_blocking(move || work(path)).await;
        done.map_err(|error| Problem::broken(error.to_string()))?.map_err(|error| Problem::broken(error.to_string()))
    }

    async fn turn_root(&self, by: By) -> Result<Json, Problem> {
        let _one = self.turning.lock().await;
        let gone =
            format!("the root key file `{}` is not there: put the copy back that you keep apart", self.file.display());
        let root = self.file(|path| RootFile::open(&path)).await?.ok_or_else(|| Problem::bad(gone))?;
        self.vault().take_root(Box::new(root));
        let store = Arc::clone(self.node.store());
        // Another node may have turned it, in its own file: a second key of the same number would open nothing.
        self.vault().opens(store.as_ref(), self.tenant).map_err(|error| self.unopened(&error))?;
        let root = self.file(|path| RootFile::rotate(&path, &system_random)).await?;
        // A crash from here on leaves a version in the file that wraps nothing: nothing was turned.
        self.vault().take_root(Box::new(root));
        let version = self.vault().root_version();
        let event = record_root(&self.node, self.tenant, by).await.map_err(problem)?;
        // A crash from here on leaves keys that the version before wraps, and opens: the next start goes on.
        self.vault().rewrap(store.as_ref(), self.tenant).map_err(|error| self.unopened(&error))?;
        let file = self.file.display().to_string();
        Ok(Json::object([
            ("event", Json::from(event)),
            ("file", Json::from(file.as_str())),
            ("version", number(version)),
        ]))
    }

    async fn turn_token(&self, by: By) -> Result<Json, Problem> {
        let _one = self.turning.lock().await;
        let event = turn_token_key(&self.node, self.tenant, by).await.map_err(problem)?;
        Ok(Json::object([("event", Json::from(event)), ("tokens", self.tokens()?)]))
    }

    fn tokens(&self) -> Result<Json, Problem> {
        let Some(keys) = token_keys(&self.node, self.tenant).map_err(problem)? else { return Ok(Json::Null) };
        let retiring = keys
            .retiring
            .iter()
            .map(|(key, until)| Json::object([("key", Json::from(key.as_str())), ("until", Json::from(until.0))]));
        Ok(Json::object([
            ("active", Json::from(keys.active.as_str())),
            ("next", Json::from(keys.next.as_str())),
            ("retiring", Json::array(retiring)),
        ]))
    }
}

impl KeyRing for HomeKeys {
    fn list(&self) -> Result<Json, Problem> {
        let stored = self.node.store().tenant_keys(self.tenant);
        let stored = stored.map_err(|error| Problem::from(Failure::Unavailable(error.to_string())))?;
        let wraps = stored.iter().map(|(_, key)| key.by).max().unwrap_or_default();
        let root = Json::object([
            ("file", Json::from(self.file.display().to_string().as_str())),
            ("held", Json::from(self.held())),
            ("newest", number(self.vault().root_version())),
            ("wraps", number(wraps)),
        ]);
        Ok(Json::object([("root", root), ("tokens", self.tokens()?)]))
    }

    fn turn(&self, which: Turning, by: By) -> Pin<Box<dyn Future<Output = Result<Json, Problem>> + Send + '_>> {
        match which {
            Turning::Token => Box::pin(self.turn_token(by)),
            Turning::Root => Box::pin(self.turn_root(by)),
        }
    }
}
