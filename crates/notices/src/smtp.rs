//! The server that mail goes out by: submission over TLS, or over STARTTLS which must be had (RFC 8314, RFC 3207).

use crate::lane::Outcome;
use bailiwick_core::MailAddress;
use bailiwick_core::normal::url_host;
use lettre::address::{Address, Envelope};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long one command of the dialogue may take.
const COMMAND_WITHIN: Duration = Duration::from_secs(10);
/// How long a mail may take in all.
const TRY_WITHIN: Duration = Duration::from_secs(30);

/// Why there is no server for mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSmtp {
    /// The URL is not one.
    #[error("expected a mail server as `smtps://user@host:465` or `smtp://user@host:587`, found `{0}`")]
    Url(String),
    /// The password stands in the URL.
    #[error("a password has no place in a URL: give it as `--smtp-password secret:NAME`")]
    Password,
    /// A user without a password, or the other way round.
    #[error("a user of the mail server and `--smtp-password` go together")]
    Half,
    /// The certificates cannot be read.
    #[error("the mail server's authorities are not read: {0}")]
    Authorities(String),
}

/// A mail server, and who this node is there.
pub struct Smtp {
    host: String,
    port: u16,
    tls: Tls,
    user: Option<(String, Zeroizing<String>)>,
    from: MailAddress,
    sender: Address,
}

/// Without the password.
impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Smtp {
    /// Reads the node's settings. `authorities` are PEM certificates trusted beside the public ones.
    ///
    /// # Errors
    /// [`BadSmtp`] saying what is wrong.
    pub fn read(
        url: &str,
        password: Option<Zeroizing<String>>,
        from: MailAddress,
        authorities: Option<&[u8]>,
    ) -> Result<Self, BadSmtp> {
        let bad = || BadSmtp::Url(url.escape_debug().to_string());
        let (scheme, rest) = url.split_once("://").ok_or_else(bad)?;
        let (user, place) = rest.rsplit_once('@').map_or((None, rest), |(user, place)| (Some(user), place));
        if user.is_some_and(|user| user.contains(':')) {
            return Err(BadSmtp::Password);
        }
        if place.is_empty() || place.contains(['/', '?', '#']) {
            return Err(bad());
        }
        // one reader of hosts for all
        let host = url_host(&format!("https://{place}/")).ok_or_else(bad)?;
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let after = place.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.ends_with(']'));
        let port = after.map(|port| port.parse::<u16>().map_err(|_| bad())).transpose()?;
        let user = match (user, password) {
            (None, None) => None,
            (Some(user), Some(password)) if !user.is_empty() => Some((user.to_owned(), password)),
            _ => return Err(BadSmtp::Half),
        };
        let near =
            bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
        let proven = || parameters(&bare, authorities);
        let (usual, tls) = match scheme {
            "smtps" => (465, Tls::Wrapper(proven()?)),
            // what does not leave the machine may go in the clear
            "smtp" if near && authorities.is_none() => (587, Tls::None),
            "smtp" => (587, Tls::Required(proven()?)),
            _ => return Err(bad()),
        };
        let sender = from.as_str().parse().map_err(|_| bad())?;
        Ok(Self { host: bare, port: port.unwrap_or(usual), tls, user, from, sender })
    }

    /// Where mail comes from.
    pub const fn from(&self) -> &MailAddress {
        &self.from
    }

    /// Sends one message to one person, once.
    pub(crate) async fn send(&self, to: &MailAddress, message: &str) -> Outcome {
        match tokio::time::timeout(TRY_WITHIN, self.attempt(to, message)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Again(format!("the mail server took longer than {} s", TRY_WITHIN.as_secs())),
        }
    }

    async fn attempt(&self, to: &MailAddress, message: &str) -> Outcome {
        let Ok(to) = to.as_str().parse::<Address>() else {
            return Outcome::Never("the address is none to the mail server".to_owned());
        };
        let envelope = match Envelope::new(Some(self.sender.clone()), vec![to]) {
            Ok(envelope) => envelope,
            Err(error) => return Outcome::Never(error.to_string()),
        };
        let domain = self.from.as_str().split_once('@').map_or("localhost", |(_, host)| host);
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(self.host.as_str())
            .port(self.port)
            .tls(self.tls.clone())
            .hello_name(ClientId::Domain(domain.to_owned()))
            .timeout(Some(COMMAND_WITHIN));
        if let Some((user, password)) = &self.user {
            builder = builder.credentials(Credentials::new(user.clone(), password.as_str().to_owned()));
        }
        match builder.build().send_raw(&envelope, message.as_bytes()).await {
            Ok(_) => Outcome::Taken,
            Err(error) => {
                let code = error.status().map(u16::from);
                let why = format!("the mail server: {error}");
                // RFC 4954 section 6: who this node is there can be mended; RFC 5321 section 4.2.1: other 5yz stay
                let account = matches!(code, Some(530 | 534 | 535 | 538));
                // RFC 5321 section 4.2.3: these are about a mailbox, or about this one mail, and not about the server
                let mailbox = matches!(code, Some(450..=452));
                match error.is_permanent() && !account {
                    true => Outcome::Never(why),
                    false if mailbox => Outcome::Later(why),
                    false => Outcome::Again(why),
                }
            }
        }
    }
}

fn parameters(host: &str, authorities: Option<&[u8]>) -> Result<TlsParameters, BadSmtp> {
    let told = |error: lettre::transport::smtp::Error| BadSmtp::Authorities(error.to_string());
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = authorities {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(told)?);
    }
    builder.build_rustls().map_err(told)
}

#[cfg(test)]
mod tests;
