//! What a URL says beside what the driver reads: how the way to the server is guarded, and whether a replica is waited for.

use super::tls::Tls;
use crate::StoreError;
use std::{net::IpAddr, path::PathBuf};
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

/// Where the database is, and what it must do.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) config: Config,
    /// Absent only where nothing leaves this machine.
    pub(super) tls: Option<Tls>,
    /// Whether each commit must wait for a replica.
    pub(super) replicas: bool,
}

/// Ours, not the driver's: it does not check a certificate, and knows no replicas.
#[derive(Default)]
struct Asked {
    mode: Option<String>,
    roots: Option<PathBuf>,
    replicas: bool,
}

fn refused(why: impl Into<String>) -> StoreError {
    StoreError::Refused(why.into())
}

impl Place {
    /// Reads a URL. The text may hold a password and is not repeated.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let (driver, asked) = split(url)?;
        let mut config: Config = driver.parse().map_err(|error| refused(format!("the store's URL: {error}")))?;
        let wants_tls = match asked.mode.as_deref() {
            // A socket of this machine's has no name that a certificate could show.
            _ if is_sockets(&config) => false,
            None => !is_here(&config),
            Some("disable") if is_here(&config) => false,
            Some("disable") => {
                return Err(refused(
                    "`sslmode=disable` would send the password and the record in the clear to another machine; \
                     use `sslmode=verify-full`",
                ));
            }
            // We refuse more than libpq does: it checks no certificate for `require`.
            Some("require" | "verify-full") => true,
            Some(other) => {
                let known = "`verify-full`, `require`, or `disable` for a server on this machine";
                return Err(refused(format!("the store's URL has `sslmode={other}`, expected {known}")));
            }
        };
        if asked.roots.is_some() && !wants_tls {
            return Err(refused("the store's URL has `sslrootcert`, and TLS is not used; add `sslmode=verify-full`"));
        }
        config.ssl_mode(if wants_tls { SslMode::Require } else { SslMode::Disable });
        let tls = wants_tls.then(|| Tls::new(asked.roots.as_deref())).transpose()?;
        Ok(Self { config, tls, replicas: asked.replicas })
    }
}

/// What is ours is taken out of the query; the rest is the driver's.
fn split(url: &str) -> Result<(String, Asked), StoreError> {
    let mut asked = Asked::default();
    let Some((place, query)) = url.split_once('?') else { return Ok((url.to_owned(), asked)) };
    let mut driver = Vec::new();
    for part in query.split('&') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match (plain(name)?.as_str(), value) {
            ("sslmode", mode) => asked.mode = Some(plain(mode)?),
            ("sslrootcert", path) => asked.roots = Some(plain(path)?.into()),
            ("replicas", "sync") => asked.replicas = true,
            ("replicas", "none") => asked.replicas = false,
            ("replicas", _) => return Err(refused("the store's URL has `replicas`, expected `sync` or `none`")),
            _ => driver.push(part),
        }
    }
    let query = if driver.is_empty() { String::new() } else { format!("?{}", driver.join("&")) };
    Ok((format!("{place}{query}"), asked))
}

/// Text of a URL without its percent signs.
fn plain(text: &str) -> Result<String, StoreError> {
    let bad = || refused("the store's URL: `%` is followed by two hexadecimal digits");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16)).ok_or_else(bad);
        bytes.push(match byte {
            b'%' => u8::try_from(digit()? * 16 + digit()?).map_err(|_| bad())?,
            _ => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

fn is_sockets(config: &Config) -> bool {
    let hosts = config.get_hosts();
    !hosts.is_empty() && hosts.iter().all(|host| matches!(host, Host::Unix(_))) && config.get_hostaddrs().is_empty()
}

/// Whether nothing leaves this machine.
fn is_here(config: &Config) -> bool {
    let name = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
    };
    config.get_hosts().iter().all(name) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

#[cfg(test)]
mod tests;
