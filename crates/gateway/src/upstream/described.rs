//! From a server's document to where it is, with its secrets put in place.

use super::http;
use super::secrets::Secrets;
use super::target::{Account, HttpTarget, StderrTo, StdioTarget, Target};
use bailiwick_catalogue::Secret;
use bailiwick_core::{Server, Transport};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use zeroize::Zeroizing;

/// What a server's process is given of the node's environment: where programs, its home and temporary files are, and
/// how people write. Nothing that could be a credential.
const FIXED: [&str; 8] = ["HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER"];

/// Those of them that say whose a process is.
const OF_ACCOUNT: [&str; 3] = ["HOME", "LOGNAME", "USER"];

/// Why a document describes no server that could be reached from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoTarget {
    /// A wrapped server is a process of its client's.
    Wrapped,
    /// A value names a secret that this node does not have.
    NoSecret {
        /// The header or variable.
        place: String,
        /// What it names.
        secret: String,
    },
    /// The endpoint is none.
    Endpoint(String),
    /// It is to run under an account that this machine does not have.
    NoAccount(String),
}

impl fmt::Display for NoTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrapped => f.write_str("a wrapped server is started by its client, not by a node"),
            Self::NoSecret { place, secret } => {
                let [place, secret] = [place, secret].map(|text| crate::rpc::quoted(text));
                write!(f, "`{place}` names the secret `{secret}`, which this node does not have")
            }
            Self::Endpoint(why) => f.write_str(why),
            Self::NoAccount(name) => {
                write!(f, "it is to run as `{}`, and this machine has no such account", crate::rpc::quoted(name))
            }
        }
    }
}
impl std::error::Error for NoTarget {}

impl Target {
    /// What a document describes. `environment` is the node's own, of which a process is given a small part; `accounts` are
    /// this machine's.
    ///
    /// # Errors
    /// [`NoTarget`] when it is nothing that could be reached, or a secret of it is missing.
    pub fn of(
        server: &Server,
        secrets: &Secrets,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        accounts: impl FnOnce(&str) -> Option<Account>,
    ) -> Result<Self, NoTarget> {
        match &server.transport {
            Transport::Wrapped { .. } => Err(NoTarget::Wrapped),
            Transport::Http { url, headers } => {
                let (headers, secrets) = filled(headers, secrets)?;
                let target = HttpTarget { secrets: secrets.into(), ..HttpTarget::new(url.as_str(), headers) };
                http::check(&target).map_err(NoTarget::Endpoint)?;
                Ok(Self::Http(target))
            }
            Transport::Stdio { command, args, env, run_as } => {
                let (own, secrets) = filled(env, secrets)?;
                let mut fixed: Vec<(OsString, OsString)> =
                    environment.into_iter().filter(|(name, _)| FIXED.iter().any(|fixed| name == fixed)).collect();
                let account = match run_as {
                    None => None,
                    Some(name) => Some(accounts(name).ok_or_else(|| NoTarget::NoAccount(name.clone()))?),
                };
                if let Some(account) = &account {
                    // whose it is, not whose the node is
                    fixed.retain(|(name, _)| name != "TMPDIR" && OF_ACCOUNT.iter().all(|own| name != own));
                    let values = [account.home.as_os_str(), account.name.as_ref(), account.name.as_ref()];
                    fixed.extend(OF_ACCOUNT.iter().zip(values).map(|(name, value)| ((*name).into(), value.into())));
                }
                let search =
                    own.iter().find(|(name, _)| name == "PATH").map(|(_, value)| OsString::from(value.as_str()));
                let search = search.or_else(|| fixed.iter().find(|(name, _)| name == "PATH").map(|(_, it)| it.clone()));
                // one that is no text is not given on
                let text = |value: OsString| value.into_string().ok().map(Zeroizing::new);
                let fixed = fixed.into_iter().filter_map(|(name, value)| Some((name, text(value)?)));
                let own = own.into_iter().map(|(name, value)| (OsString::from(name), value));
                Ok(Self::Stdio(StdioTarget {
                    program: OsString::from(command),
                    args: args.iter().map(OsString::from).collect(),
                    inherit_environment: false,
                    environment: fixed.chain(own).collect(),
                    secrets: secrets.into(),
                    directory: account.as_ref().map(|account| account.home.clone()),
                    account,
                    search,
                    stderr: StderrTo::Kept,
                }))
            }
        }
    }
}

/// Values with their secrets in place, and the secrets.
type Filled = (Vec<(String, Zeroizing<String>)>, Vec<Secret>);

fn filled(values: &BTreeMap<String, String>, secrets: &Secrets) -> Result<Filled, NoTarget> {
    let (mut out, mut sent) = (Vec::new(), Vec::new());
    for (place, value) in values {
        let missing = |secret| NoTarget::NoSecret { place: place.clone(), secret };
        let (value, secret) = secrets.fill(value).map_err(missing)?;
        out.push((place.clone(), value));
        sent.extend(secret);
    }
    Ok((out, sent))
}

#[cfg(test)]
mod tests;
