//! The signature of a bundle: a JWT over the digest of every file of it. Only keys that cannot sign are taken: whoever could
//! check a shared secret could have made the bundle.

use super::form::written;
use super::{BadBundle, digest_of, json};
use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};
use bailiwick_core::Digest;
use bailiwick_core::json::Json;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use std::collections::BTreeMap;

const SIGNATURES: &str = ".signatures.json";

/// A public key, as `openssl pkey -pubout` writes it.
pub(super) struct Key(Vec<u8>);

impl Key {
    pub(super) fn read(pem: &str) -> Result<Self, BadBundle> {
        let bad = || BadBundle::new("expected a public key in PEM form, `-----BEGIN PUBLIC KEY-----`");
        let body = pem.trim().strip_prefix("-----BEGIN PUBLIC KEY-----").ok_or_else(bad)?;
        let body = body.strip_suffix("-----END PUBLIC KEY-----").ok_or_else(bad)?;
        let text: String = body.split_ascii_whitespace().collect();
        BASE64_STANDARD.decode(text).map(Self).map_err(|_| bad())
    }

    pub(super) fn digest(&self) -> Digest {
        digest_of(&self.0)
    }
}

/// The files without their signatures, each as it was signed.
pub(super) fn checked(mut files: BTreeMap<String, Vec<u8>>, key: &Key) -> Result<BTreeMap<String, Vec<u8>>, BadBundle> {
    let Some(signatures) = files.remove(SIGNATURES) else {
        return Err(BadBundle::new(format!("the bundle is not signed: it has no `{SIGNATURES}`")));
    };
    let signatures = json(SIGNATURES, &signatures)?;
    let token = match signatures.get("signatures") {
        Some(Json::Array(all)) => match all.as_slice() {
            [Json::String(one)] => one.clone(),
            _ => return Err(BadBundle::new(format!("`{SIGNATURES}` has {} signatures, expected one", all.len()))),
        },
        _ => return Err(BadBundle::new(format!("`{SIGNATURES}` has no `signatures`"))),
    };
    let payload = held(&token, key)?;
    if payload.get("scope").and_then(Json::as_str).is_some_and(|scope| !scope.is_empty()) {
        return Err(BadBundle::new("it was signed for a `scope`, and none is named here"));
    }
    let Some(Json::Array(listed)) = payload.get("files") else {
        return Err(BadBundle::new("what was signed names no `files`"));
    };
    let mut unsigned: Vec<&String> = files.keys().collect();
    for file in listed {
        let field = |name: &str| file.get(name).and_then(Json::as_str).unwrap_or_default();
        let name = field("name").trim_start_matches("./").trim_start_matches('/');
        let bytes = files.get(name).ok_or_else(|| BadBundle::new(format!("`{name}` was signed and is not there")))?;
        if hashed(name, bytes, field("algorithm"))? != field("hash").to_ascii_lowercase() {
            return Err(BadBundle::new(format!("`{name}` is not as it was signed")));
        }
        unsigned.retain(|path| *path != name);
    }
    match unsigned.first() {
        Some(path) => Err(BadBundle::new(format!("`{path}` is not signed"))),
        None => Ok(files),
    }
}

/// What a token says, once its signature held (RFC 7515, section 5.2).
fn held(token: &str, key: &Key) -> Result<Json, BadBundle> {
    let bad = |why: &str| BadBundle::new(format!("`{SIGNATURES}`: {why}"));
    let mut parts = token.split('.');
    let (Some(head), Some(body), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(bad("expected a JWT of three parts"));
    };
    let decoded = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| bad("a part is not base64url"));
    let header = json(SIGNATURES, &decoded(head)?)?;
    if header.get("crit").is_some() {
        return Err(bad("it names what must be understood and is not (`crit`)"));
    }
    let algorithm: &'static dyn VerificationAlgorithm = match header.get("alg").and_then(Json::as_str) {
        Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
        Some("PS256") => &RSA_PSS_2048_8192_SHA256,
        Some("ES256") => &ECDSA_P256_SHA256_FIXED,
        Some("ES384") => &ECDSA_P384_SHA384_FIXED,
        // We refuse more than OPA: with HS256 whoever checks could have signed.
        _ => return Err(bad("expected `alg` to be `RS256`, `PS256`, `ES256` or `ES384`")),
    };
    let signed = format!("{head}.{body}");
    let held = UnparsedPublicKey::new(algorithm, &key.0).verify(signed.as_bytes(), &decoded(signature)?);
    held.map_err(|_| bad("the signature is not of this key"))?;
    json(SIGNATURES, &decoded(body)?)
}

/// The digest that OPA signs: of JSON its form with sorted members, of all else the bytes.
fn hashed(name: &str, bytes: &[u8], algorithm: &str) -> Result<String, BadBundle> {
    let algorithm = match algorithm {
        "" | "SHA-256" => &SHA256,
        "SHA-384" => &SHA384,
        "SHA-512" => &SHA512,
        other => return Err(BadBundle::new(format!("`{name}` was signed with `{other}`, expected `SHA-256`"))),
    };
    let last = name.rsplit('/').next().unwrap_or_default();
    let digest = match last {
        "data.json" | ".manifest" => {
            // strictly read first: no member twice, and bounded in depth
            json(name, bytes)?;
            let form = written(bytes).ok_or_else(|| BadBundle::new(format!("`{name}` is not JSON")))?;
            digest(algorithm, form.as_bytes())
        }
        _ => digest(algorithm, bytes),
    };
    Ok(digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}
