//! Who is calling: keys, client assertions, access tokens and proofs of possession; who says yes: passkeys and sessions
//! of people.
//!
//! This crate reads what a caller presents and says which task, grant, agent and key it names. It does not know what
//! a grant means, whether it is alive, which key a task's stream names, any server, any store, any clock: time and
//! chance come in by parameter (the one exception: the per-signature number of ECDSA is drawn inside the
//! cryptographic library).
//!
//! 1. A value of type [`AccessToken`], [`Proof`], [`Assertion`], [`Presented`] or [`Signed`] exists only after every check of its
//!    kind has passed; none can be built by hand.
//! 2. An algorithm is chosen by the key, never by the message: a header may only agree. `none` and keyed hashes have
//!    no name here.
//! 3. Every input is bounded before it is parsed, and every cache is bounded; a full replay cache refuses.
//! 4. Private keys are wiped when dropped and never reach `Debug`, an error or a log.
//! 5. A token proves only what its signing key said. The node must still find the token's key in the task's stream:
//!    the signing key alone can mint nothing.
//! 6. A passkey is asked to sign what we chose: a statement's digest, or a challenge that our nodes know again. A
//!    session signs nothing.

mod assertion;
mod bytes;
mod caller;
mod challenge;
mod dpop;
mod foreign;
mod jose;
mod key;
mod nonce;
mod oauth;
mod parse;
mod replay;
mod session;
#[cfg(test)]
mod testing;
mod token;
mod url;
mod webauthn;

pub use assertion::{
    ASSERTION_KEYS_MAX, ASSERTION_LIFE_MAX, Assertion, AssertionDoor, AssertionRefusal, AssertionRole,
    PresentedAssertion, make_assertion, make_assertion_of,
};
pub use caller::{CallDoor, CallerRefusal, Presented, present};
pub use challenge::{Aim, CHALLENGE_LIFE, Challenge, ChallengeKey, ChallengeRefusal, statement_challenge};
pub use dpop::{
    BODY_DIGEST_CLAIM, PROOF_AGE_MAX, PROOF_AHEAD_MAX, Proof, ProofDoor, ProofFor, ProofRefusal, TokenBinding,
    check_proof, make_proof, one_proof,
};
pub use foreign::Foreign;
pub use jose::{JOSE_BYTES_MAX, JoseError, KeyAlg, PROOF_ALGS, PublicKey, PublicKeyError};
pub use key::{KEYS_RETIRING_MAX, KeySet, KeySetError, SigningKey, SigningKeyError};
pub use nonce::{NONCE_WINDOW, NodeId, Nonce, NonceKey, NonceRefusal};
pub use oauth::OauthError;
pub use parse::{
    parse_access_token, parse_assertion, parse_auth_data, parse_cbor, parse_client_data, parse_jwk, parse_key_set,
    parse_nonce, parse_pem, parse_private_key, parse_proof, parse_url,
};
pub use replay::{ReplayCache, ReplayLimits};
pub use session::{PersonSession, SESSION_IDLE, SESSION_LIFE, SESSION_RENEW, SessionKey, SessionRefusal};
pub use token::{
    AUDIENCES_MAX, AccessToken, Audience, Claims, LINEAGE_DEPTH_MAX, TOKEN_AHEAD_MAX, TOKEN_LIFE, TaskClaim,
    TokenCache, TokenDoor, TokenRefusal, check_token, mint_token, token_digest,
};
pub use url::{BadUrl, PublicUrl, URL_BYTES_MAX};
pub use webauthn::{
    CREDENTIAL_ID_BYTES_MAX, NewPasskey, PasskeyKey, PasskeyRefusal, Registration, Signed, Site, SoftPasskey,
    check_passkey, check_registration, creation_options, request_options,
};
