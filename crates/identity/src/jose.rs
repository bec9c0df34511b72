//! The strict subset of JOSE that we speak: compact JWS, ES256 and Ed25519, public JWKs, SPKI in PEM.

mod claims;
mod jwk;
mod jws;
mod pem;

pub(crate) use claims::{Obj, some, strict};
pub(crate) use jwk::jwk_json;
pub use jwk::{KeyAlg, PublicKey, PublicKeyError};
pub use jws::{JOSE_BYTES_MAX, JoseError, PROOF_ALGS};
pub(crate) use jws::{Jws, KeyIs, Known, Shape, sign};
pub(crate) use pem::{from_pem, to_pem};
