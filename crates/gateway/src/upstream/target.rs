//! Where a server is, and what it is given that no agent may see.

use bailiwick_catalogue::Secret;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A server.
#[derive(Clone)]
pub enum Target {
    /// A process of ours, spoken to over its standard streams.
    Stdio(StdioTarget),
    /// Somebody's endpoint, spoken to over Streamable HTTP.
    Http(HttpTarget),
    /// A script in the test's own process.
    #[cfg(test)]
    Fake(super::fake::Fake),
}

/// An account of this machine that a server runs under, and the program that takes it on: it is given `run-as UID GID HOME --`
/// and the server's command, lets go of all that this process may do beyond that account, and becomes the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// Its home, where the server runs.
    pub home: PathBuf,
    /// The program that takes it on.
    pub starter: PathBuf,
}

/// A command that starts a server.
#[derive(Clone)]
pub struct StdioTarget {
    /// The program: a path, or a name that is looked up.
    pub program: OsString,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Whether it is given the environment of this process besides.
    pub inherit_environment: bool,
    /// Its own environment, secrets among it.
    pub environment: Vec<(OsString, Zeroizing<String>)>,
    /// The secrets among it: what holds one of them is withheld when it comes back.
    pub secrets: Arc<[Secret]>,
    /// The account that it runs under; `None`: this process's own.
    pub account: Option<Account>,
    /// Where it runs; `None`: where this process does.
    pub directory: Option<PathBuf>,
    /// Where programs without a path are looked up, to see which one it is; `None`: not looked up.
    pub search: Option<OsString>,
    /// What becomes of what it writes to stderr.
    pub stderr: StderrTo,
}

/// What becomes of a server's stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StderrTo {
    /// It goes on to ours; the last of it is kept, which explains a failed start.
    Shown,
    /// Read and dropped, but for the last of it, which explains a failed start.
    Kept,
}

/// An endpoint.
#[derive(Clone)]
pub struct HttpTarget {
    /// Its URL.
    pub url: String,
    /// Headers that go with each request to this origin and no other, secrets among them.
    pub headers: Vec<(String, Zeroizing<String>)>,
    /// The secrets among them: what holds one of them is withheld when it comes back.
    pub secrets: Arc<[Secret]>,
    /// Certificates (DER) of the authorities that prove its name; none: the public ones.
    pub authorities: Vec<Vec<u8>>,
}

impl HttpTarget {
    /// With headers of which none is a secret, proven by a public authority.
    pub fn new(url: impl Into<String>, headers: Vec<(String, Zeroizing<String>)>) -> Self {
        Self { url: url.into(), headers, secrets: Arc::default(), authorities: Vec::new() }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdio(target) => target.fmt(f),
            Self::Http(target) => target.fmt(f),
            #[cfg(test)]
            Self::Fake(_) => f.write_str("Fake"),
        }
    }
}

/// Names only: the values are secrets.
impl fmt::Debug for StdioTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.environment.iter().map(|(name, _)| name).collect();
        f.debug_struct("StdioTarget")
            .field("program", &self.program)
            .field("environment", &names)
            .finish_non_exhaustive()
    }
}

/// Names only: the values are secrets.
impl fmt::Debug for HttpTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("HttpTarget").field("url", &self.url).field("headers", &names).finish_non_exhaustive()
    }
}
