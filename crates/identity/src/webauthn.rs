//! Passkeys (WebAuthn level 3): registrations and assertions checked, over challenges that are ours.

mod assertion;
mod auth_data;
mod cbor;
mod client_data;
mod ed25519;
mod key;
mod options;
mod refusal;
mod registration;
mod site;
mod soft;
#[cfg(test)]
mod testing;

pub use assertion::{Signed, check_passkey};
pub use key::PasskeyKey;
pub use options::{creation_options, request_options};
pub use refusal::PasskeyRefusal;
pub use registration::{CREDENTIAL_ID_BYTES_MAX, NewPasskey, Registration, check_registration};
pub use site::Site;
pub use soft::SoftPasskey;

use {auth_data::AuthData, cbor::Cbor, client_data::ClientData};

/// Whether these bytes are CBOR as authenticators write it.
pub(crate) fn is_cbor(bytes: &[u8]) -> bool {
    Cbor::read(bytes).is_some()
}

/// Whether these bytes have the form of an authenticator's data.
pub(crate) fn is_auth_data(bytes: &[u8]) -> Result<(), PasskeyRefusal> {
    AuthData::read(bytes).map(|_| ())
}

/// Whether these bytes are a browser's data that could count at any site.
pub(crate) fn is_client_data(bytes: &[u8]) -> Result<(), PasskeyRefusal> {
    ClientData::read(bytes).map(|_| ())
}

#[cfg(test)]
mod tests;
