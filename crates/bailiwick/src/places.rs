//! Where files are: state, keys, the socket. The one place that reads the environment.

use bailiwick_core::json::Json;
use std::path::{Path, PathBuf};

/// Where a node keeps things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    /// The folder of state.
    pub(crate) state: PathBuf,
    /// The socket of the node.
    pub(crate) socket: PathBuf,
    /// The store, as a URL.
    pub(crate) store: String,
}

/// A variable of the environment, if it is set to something.
#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Places {
    /// Of the user's own node: `$XDG_STATE_HOME/bailiwick`, and a socket in `$XDG_RUNTIME_DIR`. `BAILIWICK_HOME` puts all
    /// of it elsewhere.
    pub(crate) fn of_user() -> Option<Self> {
        if let Some(home) = variable("BAILIWICK_HOME") {
            return Some(Self::under(Path::new(&home)));
        }
        let home = variable("HOME").map(PathBuf::from)?;
        let state =
            variable("XDG_STATE_HOME").map_or_else(|| home.join(".local/state"), PathBuf::from).join("bailiwick");
        let runtime = variable("XDG_RUNTIME_DIR").map(|folder| PathBuf::from(folder).join("bailiwick.sock"));
        let places = Self::under(&state);
        Some(match runtime {
            Some(socket) => Self { socket, ..places },
            None => places,
        })
    }

    /// Whether nobody said that the user's own files are elsewhere.
    pub(crate) fn are_usual() -> bool {
        variable("BAILIWICK_HOME").is_none()
    }

    /// Whether a node has kept something here.
    pub(crate) fn has_store(&self) -> bool {
        self.state.join("bailiwick.db").is_file()
    }

    /// All under one folder.
    pub(crate) fn under(folder: &Path) -> Self {
        Self {
            state: folder.to_owned(),
            socket: folder.join("node.sock"),
            store: format!("sqlite:{}", folder.join("bailiwick.db").display()),
        }
    }

    /// As people are shown them.
    pub(crate) fn shown(&self) -> Json {
        let path = |path: &Path| Json::from(path.display().to_string().as_str());
        Json::object([
            ("log", path(&self.log())),
            ("root_key", path(&self.root_key())),
            ("socket", path(&self.socket)),
            ("state", path(&self.state)),
            ("store", Json::from(bailiwick_store::shown(&self.store).as_str())),
        ])
    }

    /// The root key.
    pub(crate) fn root_key(&self) -> PathBuf {
        self.state.join("root.key")
    }

    /// What the node remembers of its own logs, outside the store.
    pub(crate) fn guard(&self) -> PathBuf {
        self.state.join("checkpoints")
    }

    /// The candidate that runs beside the policies.
    pub(crate) fn shadow(&self) -> PathBuf {
        self.state.join("shadow.json")
    }

    /// The node's own log.
    pub(crate) fn log(&self) -> PathBuf {
        self.state.join("node.log")
    }
}
