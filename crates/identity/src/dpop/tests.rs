use super::*;
use crate::testing::{
    JTI, NODE, NOW, RESOURCE, agent, key, nonces, opened, proof_door, proof_parts, signed, url, with,
};
use crate::{PublicKeyError, make_assertion, nonce::NONCE_WINDOW, token_digest};
use serde_json::{Value, json};

const TOKEN: &str = "a.token.here";

/// A proof by key `by` for `TOKEN` (bound to key 5) with changes, at the door `POST RESOURCE`.
fn check(by: u8, header: Value, payload: Value, want: Result<(), ProofRefusal>) {
    let (old_header, old_payload) = proof_parts(TOKEN);
    let text = signed(&key(by), &with(old_header, header.clone()), &with(old_payload, payload.clone()));
    let (url, nonces, jkt, digest) = (url(), nonces(), key(5).thumbprint().clone(), token_digest(TOKEN.as_bytes()));
    let door = proof_door(&url, &nonces, Some(TokenBinding { digest: &digest, jkt: &jkt }));
    let got = check_proof(text.as_bytes(), &door, NOW).map(|_| ());
    assert_eq!(got, want, "{header} {payload}");
}

fn jwk(n: u8) -> Value {
    serde_json::from_str(&key(n).public().to_jwk()).unwrap()
}

#[test]
fn a_proof_for_this_request_is_taken() {
    let j = || json!({});
    check(5, j(), j(), Ok(()));
    check(5, j(), json!({"htu": "HTTPS://Bailiwick.example:443/mcp/bank?q=1#x", "extra": [1]}), Ok(()));
    check(5, j(), json!({"iat": NOW.0 / 1_000_000 - 300}), Ok(()));
    check(5, j(), json!({"iat": NOW.0 / 1_000_000 + 60}), Ok(()));
}

#[test]
fn a_proof_for_another_request_is_refused() {
    use ProofRefusal as E;
    let j = || json!({});
    let method = |m: &str| Err(E::OtherMethod(Foreign::new(m)));
    let url = |u: &str| Err(E::OtherUrl(Foreign::new(u)));
    check(5, j(), json!({"htm": "GET"}), method("GET"));
    check(5, j(), json!({"htm": "post"}), method("post"));
    check(5, j(), json!({"htm": ""}), method(""));
    for other in [
        "https://bailiwick.example/mcp/mail",
        "https://bailiwick.example/mcp/bank/",
        "https://evil.example/mcp/bank",
        "http://bailiwick.example/mcp/bank",
        "https://bailiwick.example:8443/mcp/bank",
        "https://bailiwick.example@evil.example/mcp/bank",
        "/mcp/bank",
        "",
    ] {
        check(5, j(), json!({"htu": other}), url(other));
    }
}

#[test]
fn a_proof_that_is_old_or_ahead_or_without_our_nonce_is_refused() {
    use ProofRefusal as E;
    let (j, iat) = (|| json!({}), NOW.0 / 1_000_000);
    check(5, j(), json!({"iat": iat - 301}), Err(E::Old { seconds: 301 }));
    check(5, j(), json!({"iat": 0}), Err(E::Old { seconds: iat }));
    check(5, j(), json!({"iat": iat + 61}), Err(E::Ahead { seconds: 61 }));
    check(5, j(), json!({"nonce": null}), Err(E::NoNonce));
    check(5, j(), json!({"nonce": ""}), Err(E::Nonce(NonceRefusal::Unknown)));
    check(5, j(), json!({"nonce": "eyJ7S_zG.eyJH0-Z.HX4w-7v"}), Err(E::Nonce(NonceRefusal::Unknown)));
    let foreign = crate::NonceKey::new(&[99; 32]).issue(NODE, NOW);
    check(5, j(), json!({"nonce": foreign}), Err(E::Nonce(NonceRefusal::Unknown)));
    let old = nonces().issue(NODE, NOW.before(NONCE_WINDOW).before(NONCE_WINDOW));
    check(5, j(), json!({"nonce": old}), Err(E::Nonce(NonceRefusal::Old { windows: 2 })));
    let last = nonces().issue(NODE, NOW.before(NONCE_WINDOW));
    check(5, j(), json!({"nonce": last}), Ok(()));
}

#[test]
fn a_proof_of_another_key_or_for_another_token_is_refused() {
    use ProofRefusal as E;
    let j = || json!({});
    check(5, j(), json!({"ath": null}), Err(E::NoTokenHash));
    let other = base64url(token_digest(b"another.token").bytes());
    for ath in [other.as_str(), "", "AAAA", &format!("{other}=")] {
        check(5, j(), json!({"ath": ath}), Err(E::OtherToken));
    }
    let other_key = E::OtherKey { proof: key(6).thumbprint().clone(), token: key(5).thumbprint().clone() };
    check(6, json!({"jwk": jwk(6)}), j(), Err(other_key));
    check(6, j(), j(), Err(E::Jose(JoseError::BadSignature)));
}

#[test]
fn a_proof_of_another_kind_or_algorithm_is_refused() {
    use ProofRefusal as E;
    let j = || json!({});
    let other_type = |t: &str| Err(E::Jose(JoseError::OtherType { found: Foreign::new(t), expected: "dpop+jwt" }));
    check(5, json!({"typ": null}), j(), other_type(""));
    check(5, json!({"typ": "JWT"}), j(), other_type("JWT"));
    check(5, json!({"typ": "at+jwt"}), j(), other_type("at+jwt"));
    for alg in ["none", "HS256", "RS256", "ES384"] {
        check(5, json!({"alg": alg}), j(), Err(E::Jose(JoseError::AlgNotAllowed)));
    }
    let swapped = JoseError::AlgOfOtherKey { header: KeyAlg::Ed25519, key: KeyAlg::Es256 };
    check(5, json!({"alg": "EdDSA"}), j(), Err(E::Jose(swapped)));
    check(5, json!({"jwk": null}), j(), Err(E::Jose(JoseError::NoKey)));
    let private = with(jwk(5), json!({"d": "AAAA"}));
    check(5, json!({"jwk": private}), j(), Err(E::Jose(JoseError::Key(PublicKeyError::Private))));
    check(5, json!({"crit": ["x"]}), j(), Err(E::Jose(JoseError::Critical)));
}

#[test]
fn a_proof_without_its_claims_is_refused() {
    use ProofRefusal as E;
    let j = || json!({});
    for name in ["jti", "htm", "htu", "iat"] {
        check(5, j(), json!({name: null}), Err(E::Jose(JoseError::BadPayload)));
        check(5, j(), json!({name: [1]}), Err(E::Jose(JoseError::BadPayload)));
    }
    check(5, j(), json!({"iat": 1.5}), Err(E::Jose(JoseError::BadPayload)));
    check(5, j(), json!({"jti": ""}), Err(E::BadJti { bytes: 0, bytes_max: JTI_BYTES_MAX }));
    check(5, j(), json!({"jti": "x".repeat(257)}), Err(E::BadJti { bytes: 257, bytes_max: JTI_BYTES_MAX }));
    check(5, j(), json!({"bd": "AAAA"}), Err(E::BadBodyDigest));
}

#[test]
fn one_request_carries_one_proof() {
    let one = |headers: &[&'static [u8]]| one_proof(headers.iter().copied());
    assert_eq!(one(&[b"a"]), Ok(&b"a"[..]));
    assert_eq!(one(&[]), Err(ProofRefusal::Missing));
    assert_eq!(one(&[b"a", b"a"]), Err(ProofRefusal::Several { count: 2 }));
    assert_eq!(one(&[b"a", b"b", b"c"]), Err(ProofRefusal::Several { count: 3 }));
}

/// What `make_proof` writes for this request, checked at the same door.
fn made(by: u8, jti: Salt, token: Option<&str>, body: Option<&Digest>) -> Result<Proof, ProofRefusal> {
    let (url, nonces, jkt) = (url(), nonces(), key(by).thumbprint().clone());
    let nonce = nonces.issue(NODE, NOW);
    let what = ProofFor { method: "POST", url: &url, token, nonce: Some(&nonce), body, jti, now: NOW };
    let text = make_proof(&key(by), &what).unwrap();
    let digest = token.map(|token| token_digest(token.as_bytes()));
    let binding = digest.as_ref().map(|digest| TokenBinding { digest, jkt: &jkt });
    check_proof(text.as_bytes(), &proof_door(&url, &nonces, binding), NOW)
}

#[test]
fn what_the_client_makes_the_server_takes() {
    let body = sha256(&[b"{}"]);
    for (token, body) in [(None, None), (Some(TOKEN), None), (Some(TOKEN), Some(&body))] {
        let proof = made(5, JTI, token, body).unwrap();
        assert_eq!(proof.jkt(), key(5).thumbprint());
        assert_eq!(proof.nonce().node(), NODE);
        assert_eq!(proof.body_digest(), body);
    }
}

/// T53.
#[test]
fn a_proof_for_one_body_is_not_for_another() {
    let (body, other) = (sha256(&[b"{}"]), sha256(&[b"{ }"]));
    let proof = made(5, JTI, Some(TOKEN), Some(&body)).unwrap();
    assert_eq!(proof.check_body(&body), Ok(()));
    assert_eq!(proof.check_body(&other), Err(ProofRefusal::OtherBody));
    let unnamed = made(5, JTI, Some(TOKEN), None).unwrap();
    assert_eq!(unnamed.check_body(&other), Ok(()));
}

#[test]
fn a_proofs_name_is_of_its_key_and_id_alone() {
    let name = |by, jti| *made(by, jti, None, None).unwrap().jti_hash();
    assert_eq!(name(5, JTI), name(5, JTI), "two signatures of one id are one proof");
    assert_ne!(name(5, JTI), name(5, Salt::new([1; 16])));
    assert_ne!(name(5, JTI), name(6, JTI), "nobody can use up another's id");
}

#[test]
fn an_assertion_of_the_same_key_is_no_proof() {
    let text = make_assertion(&key(5), &agent("payer"), RESOURCE, (JTI, NOW), None).unwrap();
    let got = Unchecked::parse(text.as_bytes(), None).err();
    let want = JoseError::OtherType { found: Foreign::new("JWT"), expected: "dpop+jwt" };
    assert_eq!(got, Some(ProofRefusal::Jose(want)));
}

#[test]
fn a_made_proof_has_exactly_the_published_members() {
    let (url, body) = (url(), sha256(&[b"{}"]));
    let what = ProofFor {
        method: "POST",
        url: &url,
        token: Some(TOKEN),
        nonce: Some("n"),
        body: Some(&body),
        jti: JTI,
        now: NOW,
    };
    let (header, payload) = opened(&make_proof(&key(5), &what).unwrap());
    assert_eq!(header, json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk(5)}));
    assert_eq!(
        payload,
        json!({"jti": "09".repeat(16), "htm": "POST", "htu": RESOURCE, "iat": NOW.0 / 1_000_000, "nonce": "n",
               "ath": base64url(token_digest(TOKEN.as_bytes()).bytes()),
               BODY_DIGEST_CLAIM: base64url(body.bytes())})
    );
}

#[test]
fn each_refusal_has_its_code_on_the_wire() {
    use ProofRefusal as E;
    let (old, t) = (NonceRefusal::Old { windows: 2 }, key(5).thumbprint().clone());
    for (refusal, code) in [
        (E::Missing, "invalid_dpop_proof"),
        (E::Several { count: 2 }, "invalid_dpop_proof"),
        (E::Jose(JoseError::BadSignature), "invalid_dpop_proof"),
        (E::Old { seconds: 400 }, "invalid_dpop_proof"),
        (E::NoNonce, "use_dpop_nonce"),
        (E::Nonce(old), "use_dpop_nonce"),
        (E::OtherNode, "use_dpop_nonce"),
        (E::OtherKey { proof: t.clone(), token: t }, "invalid_token"),
        (E::OtherToken, "invalid_dpop_proof"),
        (E::OtherBody, "invalid_dpop_proof"),
        (E::Replayed, "invalid_dpop_proof"),
        (E::ReplayCacheFull, "temporarily_unavailable"),
    ] {
        assert_eq!(refusal.oauth_error().as_str(), code, "{refusal}");
        for sentence in [refusal.to_string(), refusal.peer_sentence().to_owned()] {
            assert!(!sentence.is_empty() && !sentence.ends_with('.'), "{sentence}");
        }
    }
}

#[test]
fn a_refusal_repeats_foreign_text_escaped_and_cut() {
    let shown = ProofRefusal::OtherUrl(Foreign::new(&format!("\x1b[2J`{}", "x".repeat(4000)))).to_string();
    assert!(shown.starts_with("the proof is for `\\u{1b}[2J'xxx") && shown.len() < 200, "{shown}");
}

/// RFC 9449 §4.3 without step 10, for published proofs carry no nonce of ours.
#[test]
fn the_vectors_of_proofs_hold() {
    let file: Value = serde_json::from_str(include_str!("../../../../vectors/jose/proof.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() >= 20);
    for case in cases {
        let text = |name: &str| case[name].as_str().unwrap();
        let url = PublicUrl::parse(text("url")).unwrap();
        let now = Micros(case["at_seconds"].as_u64().unwrap() * 1_000_000);
        let token = case["token"].as_str().map(|token| token_digest(token.as_bytes()));
        let jkt = case["jkt"].as_str().map(|jkt| KeyThumbprint::parse(jkt).unwrap());
        let got = Unchecked::parse(text("proof").as_bytes(), None).and_then(|proof| {
            proof.check_request(text("method"), &url)?;
            proof.check_age(now)?;
            if let (Some(digest), Some(jkt)) = (&token, &jkt) {
                proof.check_token(&TokenBinding { digest, jkt })?;
            }
            proof.check_signature()
        });
        let code = match got {
            Ok(()) => "ok",
            Err(ProofRefusal::Jose(_)) => "jose",
            Err(ProofRefusal::OtherMethod(_)) => "other_method",
            Err(ProofRefusal::OtherUrl(_)) => "other_url",
            Err(ProofRefusal::Old { .. }) => "old",
            Err(ProofRefusal::Ahead { .. }) => "ahead",
            Err(ProofRefusal::NoTokenHash) => "no_token_hash",
            Err(ProofRefusal::OtherToken) => "other_token",
            Err(ProofRefusal::OtherKey { .. }) => "other_key",
            Err(other) => panic!("{other}"),
        };
        assert_eq!(code, text("expect"), "{}: {}", case["n"], text("name"));
    }
}

#[test]
fn a_header_is_read_once_and_every_proof_is_verified() {
    let (url, nonces, jkt, digest) = (url(), nonces(), key(5).thumbprint().clone(), token_digest(TOKEN.as_bytes()));
    let door = proof_door(&url, &nonces, Some(TokenBinding { digest: &digest, jkt: &jkt }));
    let (header, payload) = proof_parts(TOKEN);
    let made =
        |by: u8, header: &Value, jti: &str| signed(&key(by), header, &with(payload.clone(), json!({"jti": jti})));
    let remembered = Header::default();
    let check = |text: &str| check_remembering(text.as_bytes(), &door, NOW, &remembered).map(|proof| *proof.jti_hash());
    let bad = Err(ProofRefusal::Jose(JoseError::BadSignature));
    // One that is not its key's is not remembered.
    let forged = made(6, &header, "one");
    assert_eq!(check(&forged), bad);
    assert!(remembered.0.get().is_none());
    let first = check(&made(5, &header, "one"));
    assert!(first.is_ok() && remembered.0.get().is_some());
    // From here on its text alone says whose it is; what it signs is looked at as before.
    assert_eq!(check(&forged), bad);
    assert_eq!(check(&made(5, &header, "one")), first);
    assert_ne!(check(&made(5, &header, "two")), first);
    let other = with(header.clone(), json!({"jwk": jwk(6)}));
    let refusal = ProofRefusal::OtherKey { proof: key(6).thumbprint().clone(), token: jkt.clone() };
    assert_eq!(check(&made(6, &other, "one")), Err(refusal));
    assert!(check(&made(5, &with(header.clone(), json!({"extra": 1})), "three")).is_ok());
    assert_eq!(
        check(&made(5, &with(header, json!({"crit": ["x"]})), "four")),
        Err(ProofRefusal::Jose(JoseError::Critical))
    );
}

#[test]
fn a_long_header_is_read_each_time() {
    let (url, nonces) = (url(), nonces());
    let (header, payload) = proof_parts(TOKEN);
    let text = signed(&key(5), &with(header, json!({"extra": "x".repeat(HEADER_KEPT_BYTES_MAX)})), &payload);
    let remembered = Header::default();
    assert!(check_remembering(text.as_bytes(), &proof_door(&url, &nonces, None), NOW, &remembered).is_ok());
    assert!(remembered.0.get().is_none());
}
