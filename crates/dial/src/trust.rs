//! Whom TLS believes that a name is theirs. With one cryptographic library for all connections.

use std::sync::Arc;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Why nobody would be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTrust {
    /// What should be certificates is none.
    #[error("expected certificates in PEM form: {0}")]
    Pem(String),
    /// It has no certificate.
    #[error("no certificate is in it")]
    Empty,
    /// A certificate that is no authority's.
    #[error("a certificate authority is not read: {0}")]
    Authority(String),
    /// The library takes none of its own versions.
    #[error("no TLS: {0}")]
    Library(String),
}

/// The authorities that prove a name.
#[derive(Debug, Clone)]
pub struct Trust(RootCertStore);

impl Trust {
    /// Those that browsers trust.
    #[must_use]
    pub fn public() -> Self {
        Self(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
    }

    /// These alone, each a certificate in DER.
    ///
    /// # Errors
    /// [`BadTrust`] where there is none, or one is no authority.
    pub fn only<'a>(certificates: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, BadTrust> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates {
            let added = roots.add(CertificateDer::from(certificate));
            added.map_err(|error| BadTrust::Authority(error.to_string()))?;
        }
        if roots.is_empty() { Err(BadTrust::Empty) } else { Ok(Self(roots)) }
    }

    /// Those in this text alone.
    ///
    /// # Errors
    /// [`BadTrust`] where it is no PEM, has no certificate, or has one that is no authority's.
    pub fn pem(text: &[u8]) -> Result<Self, BadTrust> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
        let read = read.map_err(|error| BadTrust::Pem(error.to_string()))?;
        Self::only(read.iter().map(AsRef::as_ref))
    }

    /// What a client of TLS is made of. Whoever it speaks to learns nothing of who we are.
    ///
    /// # Errors
    /// [`BadTrust::Library`].
    pub fn client(self) -> Result<ClientConfig, BadTrust> {
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| BadTrust::Library(error.to_string()))?;
        Ok(config.with_root_certificates(self.0).with_no_client_auth())
    }
}

#[cfg(test)]
mod tests;
