//! TLS for the node's address, from PEM files.

use crate::home::Trouble;
use crate::trust::BadInput;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Reads a chain and its key.
///
/// # Errors
/// Naming the file that is not what it should be.
pub(crate) fn acceptor(chain: &Path, key: &Path) -> Result<TlsAcceptor, Trouble> {
    let certificates = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| BadInput(format!("{}: expected certificates in PEM: {error}", chain.display())))?;
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| BadInput(format!("{}: expected a private key in PEM: {error}", key.display())))?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, private)
        .map_err(|error| BadInput(format!("{}: {error}", chain.display())))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
