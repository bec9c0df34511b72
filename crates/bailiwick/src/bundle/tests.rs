use super::*;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

const RULES: &str = "package authz\nallow if input.context.amounts.EUR < data.limits.EUR\n";
const DATA_TEXT: &str = r#"{"limits": {"EUR": 5000000}}"#;

/// Somebody who signs bundles.
struct Signer(EcdsaKeyPair);

impl Signer {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn pem(&self) -> String {
        // what stands before an uncompressed point of P-256 in a SubjectPublicKeyInfo (RFC 5480)
        let mut der = vec![0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8];
        der.extend([0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 3, 0x42, 0]);
        der.extend(self.0.public_key().as_ref());
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64_STANDARD.encode(der))
    }

    fn token(&self, alg: &str, payload: &str) -> String {
        let text = |of: &str| BASE64_URL_SAFE_NO_PAD.encode(of);
        let signed = format!("{}.{}", text(&format!(r#"{{"alg":"{alg}"}}"#)), text(payload));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

fn hash(name: &str, text: &str) -> String {
    let last = name.rsplit('/').next().unwrap();
    let bytes = match last {
        "data.json" | ".manifest" => Json::parse(text.as_bytes(), &Limits::stored()).unwrap().canonical(),
        _ => text.to_owned(),
    };
    digest(&SHA256, bytes.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn listed(files: &[(&str, &str)]) -> String {
    let one = |(name, text): &(&str, &str)| {
        format!(r#"{{"name":"{name}","hash":"{}","algorithm":"SHA-256"}}"#, hash(name, text))
    };
    format!(r#"{{"files":[{}]}}"#, files.iter().map(one).collect::<Vec<_>>().join(","))
}

fn entry(name: &str, kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut head = vec![0_u8; 512];
    head[..name.len()].copy_from_slice(name.as_bytes());
    head[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
    head[156] = kind;
    head.extend(bytes);
    head.resize(head.len().div_ceil(512) * 512, 0);
    head
}

fn packed(tar: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend(miniz_oxide::deflate::compress_to_vec(tar, 6));
    out.extend([0; 8]);
    out
}

fn archive_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar: Vec<u8> =
        files.iter().flat_map(|(name, text)| entry(&format!("/{name}"), b'0', text.as_bytes())).collect();
    tar.extend([0; 1024]);
    packed(&tar)
}

/// A bundle of these files, signed over those.
fn bundle_of(files: &[(&str, &str)], token: Option<&str>) -> Vec<u8> {
    let signatures = token.map(|token| format!(r#"{{"signatures":["{token}"]}}"#));
    let mut all = files.to_vec();
    all.extend(signatures.as_ref().map(|text| (".signatures.json", text.as_str())));
    archive_of(&all)
}

fn refused(file: &[u8], signer: &Signer, part: &str) {
    let error = read(file, &signer.pem(), ("guard", "authz")).unwrap_err().to_string();
    assert!(error.contains(part), "{error}");
}

#[test]
fn a_signed_bundle_is_read_with_its_revision_data_and_modules() {
    let signer = Signer::new();
    let manifest = r#"{"revision": "r7", "roots": ["authz", "limits", "eu"]}"#;
    let nested = r#"{"most": 5}"#;
    let files =
        [("authz/rules.rego", RULES), ("data.json", DATA_TEXT), ("eu/data.json", nested), (".manifest", manifest)];
    let token = signer.token("ES256", &listed(&files));
    let file = bundle_of(&files, Some(&token));
    let text = read(&file, &signer.pem(), ("guard", "authz")).unwrap();
    let bundle = text.bundle.clone().unwrap();
    assert_eq!((bundle.revision.as_str(), bundle.entry.as_str(), bundle.sha256), ("r7", "authz", sha256(&file)));
    assert_eq!(bundle.modules.keys().collect::<Vec<_>>(), ["authz/rules.rego"]);
    assert_eq!(bundle.data.canonical(), r#"{"eu":{"most":5},"limits":{"EUR":5000000}}"#);
    let document = Document::Policy(text.clone()).json();
    assert_eq!(Document::read(&document).unwrap(), Document::Policy(text));
}

#[test]
fn an_unsigned_bundle_is_refused_and_so_is_one_of_another_or_one_that_was_changed() {
    let (signer, other) = (Signer::new(), Signer::new());
    let files = [("rules.rego", RULES), ("data.json", DATA_TEXT)];
    let token = signer.token("ES256", &listed(&files));
    refused(&bundle_of(&files, None), &signer, "the bundle is not signed");
    refused(&bundle_of(&files, Some(&token)), &other, "the signature is not of this key");
    let changed = [("rules.rego", "package authz\nallow := true\n"), ("data.json", DATA_TEXT)];
    refused(&bundle_of(&changed, Some(&token)), &signer, "`rules.rego` is not as it was signed");
    let limit = [("rules.rego", RULES), ("data.json", r#"{"limits": {"EUR": 5000001}}"#)];
    refused(&bundle_of(&limit, Some(&token)), &signer, "`data.json` is not as it was signed");
    let more = [("rules.rego", RULES), ("data.json", DATA_TEXT), ("more.rego", RULES)];
    refused(&bundle_of(&more, Some(&token)), &signer, "`more.rego` is not signed");
    refused(&bundle_of(&files[..1], Some(&token)), &signer, "`data.json` was signed and is not there");
    let (signed, _) = token.rsplit_once('.').unwrap();
    refused(&bundle_of(&files, Some(&format!("{signed}."))), &signer, "the signature is not of this key");
    // members in another order are the same data
    let spaced = [("rules.rego", RULES), ("data.json", "{ \"limits\" : {\"EUR\":5000000} }")];
    assert!(read(&bundle_of(&spaced, Some(&token)), &signer.pem(), ("guard", "authz")).is_ok());
}

#[test]
fn an_algorithm_that_whoever_checks_could_have_signed_with_is_refused() {
    let signer = Signer::new();
    let files = [("rules.rego", RULES)];
    for alg in ["HS256", "none", "", "RS1"] {
        let token = signer.token(alg, &listed(&files));
        refused(&bundle_of(&files, Some(&token)), &signer, "expected `alg` to be");
    }
    let token = signer.token("RS256", &listed(&files));
    refused(&bundle_of(&files, Some(&token)), &signer, "the signature is not of this key");
}

#[test]
fn a_bundle_of_ten_megabytes_is_refused_by_its_bound() {
    let signer = Signer::new();
    refused(&vec![0; 10 << 20], &signer, "the bundle has 10485760 bytes, at most 1048576 are read");
    // small as a file, large as what it holds
    let large = "x".repeat(10 << 20);
    refused(&archive_of(&[("rules.rego", &large)]), &signer, "what the bundle holds has more than 4194304 bytes");
    let files = [("rules.rego", &format!("{RULES}# {}", "x".repeat(200 << 10)) as &str)];
    let token = signer.token("ES256", &listed(&files));
    refused(&bundle_of(&files, Some(&token)), &signer, "as a document, at most 131072 are read");
}

#[test]
fn what_stands_outside_of_its_roots_is_refused() {
    let signer = Signer::new();
    let of = |files: &[(&str, &str)]| bundle_of(files, Some(&signer.token("ES256", &listed(files))));
    let manifest = (".manifest", r#"{"revision": "r", "roots": ["authz"]}"#);
    refused(&of(&[("a.rego", "package other\nallow := true"), manifest]), &signer, "of package `other`, outside");
    refused(&of(&[("a.rego", RULES), ("data.json", DATA_TEXT), manifest]), &signer, "the data at `limits`");
    refused(&of(&[("a.rego", "package authzz\nallow := true"), manifest]), &signer, "outside of the roots");
}

#[test]
fn an_archive_that_leads_out_of_itself_or_is_none_is_refused() {
    let signer = Signer::new();
    for name in ["../x.rego", "a/../../x.rego", "a//x.rego"] {
        refused(&packed(&entry(name, b'0', b"x")), &signer, "a name that leads out of it");
    }
    refused(&packed(&entry("link", b'2', b"")), &signer, "neither a file nor a folder");
    let twice = [entry("a.rego", b'0', b"x"), entry("/a.rego", b'0', b"y")].concat();
    refused(&packed(&twice), &signer, "stands in it twice");
    refused(&packed(&entry("a.rego", b'0', &[b'x'; 600])[..700]), &signer, "it ends within a file");
    refused(b"PK\x03\x04 no gzip at all", &signer, "not those of gzip");
    refused(&[], &signer, "not those of gzip");
    refused(&archive_of(&[("policy.wasm", "x")]), &signer, "not signed");
}
