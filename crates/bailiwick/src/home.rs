//! A node at home: store, keys, the default tenant and what it starts with.

use crate::accounts::Machine;
use crate::cvc5;
use crate::engines::OverHttp;
use crate::keys::{HomeKeys, finish, is_of_another, other_root};
use crate::places::Places;
use crate::print::days_from_now;
use crate::trust::BadInput;
use crate::yaml;
use bailiwick_api::Api;
use bailiwick_core::{Assurance, By, ControlCommand, Document, PersonId, TenantId};
use bailiwick_node::{Desk, Node, StartError, Vault};
use bailiwick_record::{Guard, RootError, RootFile, system_random};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

/// The tenant that always exists.
pub(crate) const DEFAULT_TENANT: &str = "default";

const BUILTIN: &str = include_str!("builtin/documents.yaml");

/// What a new tenant of this uid starts with, as text.
pub(crate) fn builtin(uid: u32) -> String {
    BUILTIN.replace("{person}", &format!("uid:{uid}")).replace("{review}", &days_from_now(REVIEW_AFTER_DAYS))
}

/// When the built-in agents are to be looked at again.
const REVIEW_AFTER_DAYS: u64 = 180;

/// A node, its desk and its `/v1`.
pub(crate) struct Home {
    /// The node.
    pub(crate) node: Arc<Node>,
    /// `/v1` of the default tenant.
    pub(crate) api: Arc<Api>,
    /// The default tenant.
    pub(crate) tenant: TenantId,
    /// Where things are.
    pub(crate) places: Places,
}

/// What goes wrong when a node comes home, in a user's words.
pub(crate) type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// The store has no tenant, but this home has seen one.
fn lost(places: &Places) -> String {
    format!(
        "the store `{}` is empty, but this node has seen a log of it: nothing is allowed\n\
         put the newest copy of the store back; to begin anew, choose another --home, or move `{}` away",
        bailiwick_store::shown(&places.store),
        places.guard().display()
    )
}

/// The store has a log, but the key that opens what is sealed in it is not there. A fresh one would open nothing.
fn locked_out(places: &Places) -> String {
    let (store, key) = (bailiwick_store::shown(&places.store), places.root_key());
    format!(
        "the store `{store}` has a log, but its root key `{}` is not there: nothing is allowed\n\
         copy `root.key` from the store's first node, or put back the copy that you keep apart; to begin anew,\n\
         choose another --home and store",
        key.display()
    )
}

/// A key file that cannot be used as it is, is for the user to mend.
fn unusable(error: RootError) -> Trouble {
    match error {
        RootError::Exposed(..) | RootError::Form(_) => BadInput(error.to_string()).into(),
        other => other.into(),
    }
}

/// Whoever may write to the folder of state may put another root key, socket or memory of the log in place. Its group
/// may be the user's own, as it is where that is usual; everybody never is.
fn own(state: &Path) -> Result<(), Trouble> {
    let mode = fs::metadata(state)?.permissions().mode() & 0o7777;
    if mode & 0o002 == 0 {
        return Ok(());
    }
    let state = state.display();
    let why =
        format!("everybody may write to the folder of state `{state}`, its mode is `{mode:o}`: chmod 700 {state}");
    Err(BadInput(why).into())
}

impl Home {
    /// Opens the store and starts a node. The first time, makes the default tenant and what it starts with.
    ///
    /// # Errors
    /// What the system, the store or the keys say.
    pub(crate) async fn open(places: Places) -> Result<Self, Trouble> {
        let home = Self::alone(places).await?;
        home.node.reaches_engines(Arc::new(OverHttp::new()));
        home.api.has_accounts(Arc::new(Machine::new(home.uid()?)));
        home.api.has_provers(Arc::new(cvc5::OfNode));
        Ok(home)
    }

    /// The same, which reaches no engine outside and knows no account of this machine.
    ///
    /// # Errors
    /// What the system, the store or the keys say.
    pub(crate) async fn alone(places: Places) -> Result<Self, Trouble> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&places.state);
        made.map_err(|error| BadInput(format!("{}: no node can live here: {error}", places.state.display())))?;
        own(&places.state)?;
        let store = bailiwick_store::open(&places.store)?;
        let tenants = store.tenants()?;
        let root = match RootFile::open(&places.root_key()).map_err(unusable)? {
            Some(root) => root,
            None if !tenants.is_empty() => return Err(BadInput(locked_out(&places)).into()),
            None => RootFile::open_or_create(&places.root_key(), &system_random).map_err(unusable)?,
        };
        let vault = Arc::new(Vault::new(Box::new(root), Arc::new(system_random)));
        let known = tenants.into_iter().find(|(_, name)| name == DEFAULT_TENANT);
        let guard = Guard::open(&places.guard())?;
        if known.is_none() && !guard.is_empty() {
            return Err(lost(&places).into());
        }
        let started = Node::start_guarded(store, vault, guard).map_err(|error| match &error {
            StartError::Vault(why) if is_of_another(why) => BadInput(other_root(&places.root_key())).into(),
            _ => Trouble::from(error),
        });
        let node = Arc::new(started?);
        let tenant = match known {
            Some((tenant, _)) => tenant,
            None => TenantId::new(node.vault().random()?),
        };
        // A node that was killed between making the tenant and its first event left a tenant without one.
        let behind = node.behind(tenant).is_some();
        if !behind && node.store().log(tenant).map_or(true, |log| log.size == 0) {
            node.open_tenant(tenant, DEFAULT_TENANT, &format!("bailiwick.local/{tenant}")).await?;
        }
        let desk = Desk::new(Arc::clone(&node));
        let api = Arc::new(Api::new(desk, tenant, places.shown()));
        api.has_keys(Arc::new(HomeKeys::new(Arc::clone(&node), tenant, &places)));
        let home = Self { node, api, tenant, places };
        if !behind {
            home.furnish().await?;
            finish(&home.node, tenant)?;
        }
        Ok(home)
    }

    /// The uid that this node runs as.
    pub(crate) fn uid(&self) -> Result<u32, Trouble> {
        Ok(fs::metadata(&self.places.state)?.uid())
    }

    /// One beat of the node's housekeeping.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn beat(&self) -> Result<(), Trouble> {
        let node = Arc::clone(&self.node);
        Ok(tokio::task::spawn_blocking(move || node.beat()).await??)
    }

    /// Looks after the log: what grew is remembered outside of the store, and signed from time to time.
    ///
    /// # Errors
    /// When the log cannot be read, or what is remembered cannot be written.
    pub(crate) async fn keep(&self) -> Result<(), Trouble> {
        Ok(self.node.keep().await?)
    }

    /// Writes what a new tenant starts with, once.
    async fn furnish(&self) -> Result<(), Trouble> {
        let control = self.node.control_now(self.tenant)?;
        if !control.state.roles.is_empty() || !control.state.policies.is_empty() {
            return Ok(());
        }
        let uid = self.uid()?;
        let person = format!("uid:{uid}");
        let text = builtin(uid);
        let mut documents = Vec::new();
        for placed in yaml::documents("the built-in documents", &text)? {
            documents.push(Document::read(&placed.json)?);
        }
        let policy = yaml::policy(bailiwick_policy::STARTER_NAME, bailiwick_policy::STARTER);
        documents.push(Document::read(&policy)?);
        let by = By { assurance: Assurance::Local, person: PersonId::parse(&person)? };
        let command = ControlCommand::Apply { by, documents, removed: Vec::new() };
        let (decided, _) = self.node.control_command(self.tenant, command, Vec::new()).await?;
        match decided.refused {
            Some(reason) => Err(reason.to_string().into()),
            None => Ok(()),
        }
    }
}
