//! `restore`: goes on from a backup, in an epoch in which nothing of before counts.

use super::{Outcome, with_store};
use crate::cli::Restore;
use crate::client::Client;
use crate::hint::{here, ours};
use crate::home::{DEFAULT_TENANT, Trouble};
use crate::places::Places;
use crate::print::{self, data, words};
use crate::trust::BadInput;
use bailiwick_core::json::Json;
use bailiwick_core::{Assurance, By, PersonId, TenantId};
use bailiwick_node::{Node, Reaches, Restored, Vault, log_key, watch_log};
use bailiwick_record::{Guard, RootFile, system_random};
use bailiwick_store::Store;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) async fn restore(client: &Client, asked: Restore, places: Places, json: bool) -> Result<Outcome, Trouble> {
    if client.answers().await {
        let socket = places.socket.display();
        return Err(BadInput(format!("{socket}: a node answers; end it first: bailiwick stop")).into());
    }
    let places = with_store(places, asked.store);
    // Without its key nothing of the copy is believed, and without a folder of state there is no key.
    let root = RootFile::open(&places.root_key())?.ok_or_else(|| no_key(&places.root_key()))?;
    let mut guard = Guard::open(&places.guard())?;
    let aside = match asked.file {
        None => None,
        Some(file) => {
            let into = places.store.strip_prefix("sqlite:").map(PathBuf::from).ok_or_else(not_a_file)?;
            tokio::task::spawn_blocking(move || put_back(&file, &into)).await??
        }
    };
    if let Some(aside) = &aside {
        words(&format!("the store of before is kept at {}", aside.display()));
    }
    let store = bailiwick_store::open(&places.store)?;
    let known = store.tenants()?.into_iter().find(|(_, name)| name == DEFAULT_TENANT);
    let (tenant, _) = known.ok_or_else(|| BadInput("the store holds no log: there is nothing to go on from".into()))?;
    let vault = Arc::new(Vault::new(Box::new(root), Arc::new(system_random)));
    let (restored, erased) = go_on(&store, &vault, tenant, (&guard, &places)).await?;
    // From here on the node knows the new log, and gives up what it knew of the old one.
    let reaches = Reaches::default();
    let size = watch_log((store.as_ref(), &vault, &reaches), &mut guard, tenant)?;
    let key = log_key(store.as_ref(), &vault, tenant)?.verifier().to_string();
    // The node's own list is in its guard; what another node erased stands in that one's.
    told((&restored, erased), (size, &key), aside.as_deref(), json);
    Ok(Outcome::Done)
}

fn no_key(path: &Path) -> BadInput {
    BadInput(format!("{}: the root key is not here; put it back first: without it no backup opens", path.display()))
}

fn not_a_file() -> BadInput {
    BadInput(
        "the store is a PostgreSQL database, which has a tool of its own for this: end all nodes, put the dump back \
         with pg_restore, then: bailiwick restore --in-place"
            .to_owned(),
    )
}

/// The copy is looked at before anything is moved.
fn put_back(file: &Path, into: &Path) -> Result<Option<PathBuf>, Trouble> {
    let copy = bailiwick_store::open_copy(file).map_err(|error| BadInput(error.to_string()))?;
    copy.whole()?;
    if copy.logs()?.iter().all(|log| log.name != DEFAULT_TENANT || log.size == 0) {
        return Err(BadInput(format!("{}: it holds no log", file.display())).into());
    }
    drop(copy);
    Ok(bailiwick_store::put_back(file, into)?)
}

async fn go_on(
    store: &Arc<dyn Store>,
    vault: &Arc<Vault>,
    tenant: TenantId,
    (guard, places): (&Guard, &Places),
) -> Result<(Restored, u64), Trouble> {
    // What is remembered of the log is not compared: that it went back is why this is done.
    let node = Arc::new(Node::start(Arc::clone(store), Arc::clone(vault))?);
    let done = async {
        if let Some(why) = node.behind(tenant) {
            return Err(Trouble::from(format!("the copy is not what nodes of this tenant wrote: {why}")));
        }
        let uid = fs::metadata(&places.state)?.uid();
        let control = node.control_now(tenant)?;
        let person = control.state.persons.values().find(|person| person.uid == Some(uid));
        let person = match person {
            Some(person) => person.name.clone(),
            None => PersonId::parse(&format!("uid:{uid}"))?,
        };
        let by = By { assurance: Assurance::Local, person };
        let restored = node.restore(tenant, by.clone(), guard.mark(tenant)).await?;
        // A crash before this has what was erased in the store: whoever restores again, or starts the node, erases it.
        let erased = node.erase_again(tenant, &by, guard.erased(tenant)).await?;
        Ok((restored, erased))
    };
    let done = done.await;
    node.drain().await;
    done
}

fn told((restored, erased): (&Restored, u64), (size, key): (u64, &str), aside: Option<&Path>, json: bool) {
    let agents = || restored.suspended.iter().map(ToString::to_string);
    if json {
        print::json(&Json::object([
            ("aside", aside.map_or(Json::Null, |path| Json::from(path.display().to_string().as_str()))),
            ("ended", Json::from(restored.ended)),
            ("epoch", Json::from(u64::from(restored.epoch))),
            ("erased", Json::from(erased)),
            ("event", Json::from(restored.leaf)),
            ("key", Json::from(key)),
            ("leaves", Json::from(size)),
            ("quarantined", Json::array(restored.quarantined.iter().map(|tool| Json::from(tool.to_string())))),
            ("running", Json::from(restored.running)),
            ("suspended", Json::array(agents().map(|agent| Json::from(agent.as_str())))),
        ]));
        return;
    }
    data(&format!("epoch {} begins with event {}, of {size}", restored.epoch, restored.leaf));
    words(&format!("its log has a name of its own; the key to check it by: {key}"));
    words(&format!("{} tasks ended with it", restored.ended));
    if erased > 0 {
        words(&format!("{erased} tasks were in the copy that had been erased since, and are erased again"));
    }
    words("what was granted, signed, proposed or invited before is dead; tokens and sessions are, too");
    for agent in agents() {
        let resume = ours(&format!("agent resume {agent}"));
        words(&format!("{agent} is suspended until somebody says otherwise: {resume}"));
    }
    words(
        "what came after the copy is not in it: where it took something away, that stands again. Look, before you resume:",
    );
    words(&format!("  people, their roles and passkeys  {}", ours("person list")));
    words(&format!("  documents                         {}", ours("apply --dry-run -f FOLDER")));
    words(&format!(
        "  tools                             {}; {} quarantined, as in the copy: what was quarantined since is usable again",
        ours("server list"),
        match restored.quarantined.len() {
            1 => "1 is".to_owned(),
            many => format!("{many} are"),
        }
    ));
    words(&here(match restored.running {
        true => {
            "  a stop of all work                it runs, as in the copy: bailiwick tenant stop, where it was stopped since"
        }
        false => "  a stop of all work                it is stopped, as in the copy",
    }));
    words("  mandates: what was drawn since the copy is not known, and each gives nothing until it is applied again");
    words(&format!(
        "  a rule with `retention`            it erases nothing until it is applied again; hold again what was held since: {}",
        ours("task hold"),
    ));
    words(&format!("  token-signing keys                {}", ours("key turn token")));
}
