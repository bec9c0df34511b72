use super::*;
use crate::testing::{ISSUER, NOW, RESOURCE, claims, key, key_set, opened, signed, token_door, with};
use serde_json::{Value, json};

fn seconds(n: u64) -> Span {
    Span::seconds(n)
}

fn minted() -> String {
    mint_token(&key_set(), &claims()).unwrap()
}

#[test]
fn a_minted_token_reads_back_as_it_was() {
    let text = minted();
    let token = check_token(text.as_bytes(), &key_set(), &token_door(), NOW).unwrap();
    assert_eq!(token.claims(), &claims());
    assert_eq!(token.expires(), NOW.after(TOKEN_LIFE));
    assert_eq!(token.kid(), key(1).thumbprint());
    assert_eq!(token.digest(), &token_digest(text.as_bytes()));
}

#[test]
fn a_token_has_exactly_the_published_members() {
    let (header, payload) = opened(&minted());
    assert_eq!(header, json!({"typ": "at+jwt", "alg": "ES256", "kid": key(1).thumbprint().as_str()}));
    let iat = NOW.0 / 1_000_000;
    assert_eq!(
        payload,
        json!({
            "iss": ISSUER, "aud": [RESOURCE, "https://bailiwick.example/mcp"], "sub": "p-4711",
            "client_id": "payer", "act": {"sub": "payer", "act": {"sub": "planner"}},
            "cnf": {"jkt": key(5).thumbprint().as_str()}, "jti": "09".repeat(16), "iat": iat, "exp": iat + 300,
            "authorization_details":
                [{"type": "bailiwick_task", "task": "01".repeat(16), "grant": "02".repeat(16), "epoch": 3}],
        })
    );
}

/// A token of ours with header and payload changed and rightly signed by `by`.
fn check(by: u8, header: Value, payload: Value, now: Micros, want: Result<(), TokenRefusal>) {
    let (old_header, old_payload) = opened(&minted());
    let text = signed(&key(by), &with(old_header, header.clone()), &with(old_payload, payload.clone()));
    let got = check_token(text.as_bytes(), &key_set(), &token_door(), now).map(|_| ());
    assert_eq!(got, want, "{header} {payload}");
    if let Err(refusal) = want {
        assert_eq!(refusal.oauth_error(), OauthError::InvalidToken);
        assert!(!refusal.peer_sentence().is_empty());
    }
}

#[test]
fn a_token_that_is_not_for_here_and_now_is_refused() {
    use TokenRefusal as E;
    let (j, iat) = (json!({}), NOW.0 / 1_000_000);
    check(1, j.clone(), j.clone(), NOW, Ok(()));
    check(1, j.clone(), j.clone(), NOW.after(seconds(299)), Ok(()));
    check(1, j.clone(), j.clone(), NOW.after(seconds(300)), Err(E::Expired { seconds: 0 }));
    check(1, j.clone(), j.clone(), NOW.after(seconds(420)), Err(E::Expired { seconds: 120 }));
    check(1, j.clone(), j.clone(), NOW.before(seconds(10)), Ok(()));
    check(1, j.clone(), j.clone(), NOW.before(seconds(11)), Err(E::Ahead { seconds: 11 }));
    check(1, j.clone(), json!({"iss": "https://bailiwick.example/t/other"}), NOW, Err(E::OtherIssuer));
    check(1, j.clone(), json!({"iss": "https://BAILIWICK.example"}), NOW, Err(E::OtherIssuer));
    check(1, j.clone(), json!({"aud": ["https://bailiwick.example/mcp/bank2"]}), NOW, Err(E::OtherAudience));
    check(1, j.clone(), json!({"aud": [format!("{RESOURCE}/")]}), NOW, Err(E::OtherAudience));
    check(1, j.clone(), json!({"aud": [RESOURCE.strip_suffix("/bank").unwrap()]}), NOW, Err(E::OtherAudience));
    check(1, j.clone(), json!({"exp": iat + 301}), NOW, Err(E::LivesTooLong { seconds: 301 }));
}

#[test]
fn a_token_signed_by_anybody_else_is_refused() {
    use TokenRefusal as E;
    let j = json!({});
    let kid = |n: u8| json!({"kid": key(n).thumbprint().as_str()});
    check(6, j.clone(), j.clone(), NOW, Err(E::Jose(JoseError::BadSignature)));
    check(6, kid(6), j.clone(), NOW, Err(E::UnknownKey));
    check(2, kid(2), j.clone(), NOW, Err(E::UnknownKey));
    check(1, json!({"kid": null}), j.clone(), NOW, Err(E::UnknownKey));
    check(1, json!({"kid": "../1"}), j.clone(), NOW, Err(E::UnknownKey));
    check(1, json!({"alg": "none"}), j.clone(), NOW, Err(E::Jose(JoseError::AlgNotAllowed)));
    check(1, json!({"alg": "HS256"}), j.clone(), NOW, Err(E::Jose(JoseError::AlgNotAllowed)));
    check(1, json!({"alg": "EdDSA"}), j.clone(), NOW, Err(E::Jose(JoseError::AlgNotAllowed)));
    let jwk: Value = serde_json::from_str(&key(6).public().to_jwk()).unwrap();
    check(6, json!({"jwk": jwk}), j, NOW, Err(E::Jose(JoseError::ForeignKey { member: "jwk" })));
}

#[test]
fn a_token_that_our_authority_never_wrote_is_refused() {
    use TokenRefusal as E;
    let bad = || Err(E::Jose(JoseError::BadPayload));
    let malformed = |what| Err(E::Malformed { what });
    let iat = NOW.0 / 1_000_000;
    let detail = |epoch: Value| json!({"type": "bailiwick_task", "task": "01".repeat(16), "grant": "02".repeat(16), "epoch": epoch});
    let deep = (0..LINEAGE_DEPTH_MAX).fold(json!({"sub": "planner"}), |act, _| json!({"sub": "payer", "act": act}));
    for (payload, want) in [
        (json!({"cnf": null}), Err(E::NotBound)),
        (json!({"cnf": {}}), bad()),
        (json!({"cnf": {"jkt": "short"}}), bad()),
        (json!({"cnf": {"x5t#S256": key(5).thumbprint().as_str()}}), bad()),
        (json!({"cnf": [key(5).thumbprint().as_str()]}), bad()),
        (json!({"act": ["payer"]}), bad()),
        (json!({"authorization_details": [["bailiwick_task", "01".repeat(16), "02".repeat(16), 3]]}), bad()),
        (json!({"authorization_details": detail(json!(3))}), bad()),
        (json!({"scope": "all"}), bad()),
        (json!({"aud": RESOURCE}), bad()),
        (json!({"aud": []}), malformed("no audience or too many")),
        (json!({"aud": vec![RESOURCE; AUDIENCES_MAX + 1]}), malformed("no audience or too many")),
        (json!({"sub": ""}), malformed("the subject is no opaque name")),
        (json!({"sub": "a b"}), malformed("the subject is no opaque name")),
        (json!({"sub": null}), bad()),
        (json!({"client_id": "Payer"}), bad()),
        (json!({"client_id": "planner"}), malformed("the newest actor is not the client")),
        (json!({"act": {"sub": "planner"}}), malformed("the newest actor is not the client")),
        (json!({"act": deep}), malformed("too many actors")),
        (json!({"authorization_details": []}), malformed("not one task")),
        (json!({"authorization_details": [detail(json!(3)), detail(json!(4))]}), malformed("not one task")),
        (
            json!({"authorization_details": [with(detail(json!(3)), json!({"type": "other"}))]}),
            malformed("the detail is of another type"),
        ),
        (json!({"authorization_details": [with(detail(json!(3)), json!({"limit": 5}))]}), bad()),
        (json!({"authorization_details": [detail(json!("3"))]}), bad()),
        (json!({"authorization_details": [detail(json!(-1))]}), bad()),
        (json!({"exp": iat - 1}), malformed("it ends before it begins")),
        (json!({"exp": u64::MAX, "iat": u64::MAX - 1}), malformed("a time beyond all clocks")),
        (json!({"exp": 1.5}), bad()),
        (json!({"exp": null}), bad()),
        (json!({"jti": null}), bad()),
    ] {
        check(1, json!({}), payload, NOW, want);
    }
}

/// T8: identity can not tell such a token from a good one, so it must show the node what the stream has to name.
#[test]
fn a_token_forged_with_our_own_key_parses_and_shows_the_key_grant_and_epoch_that_the_stream_must_name() {
    let (header, payload) = opened(&minted());
    let forged = with(
        payload,
        json!({"cnf": {"jkt": key(66).thumbprint().as_str()}, "authorization_details":
            [{"type": "bailiwick_task", "task": "01".repeat(16), "grant": "02".repeat(16), "epoch": 1}]}),
    );
    let text = signed(&key(1), &header, &forged);
    let token = check_token(text.as_bytes(), &key_set(), &token_door(), NOW).unwrap();
    assert_eq!(token.claims().jkt, *key(66).thumbprint());
    assert_eq!(token.claims().task, TaskClaim { epoch: 1, ..claims().task });
}

#[test]
fn claims_that_could_not_be_read_back_are_not_minted() {
    let base = claims();
    for (broken, what) in [
        (Claims { issuer: String::new(), ..base.clone() }, "no issuer"),
        (Claims { audience: vec![], ..base.clone() }, "no audience or too many"),
        (Claims { subject: "Anna Müller".to_owned(), ..base.clone() }, "the subject is no opaque name"),
        (Claims { delegators: vec![base.agent.clone(); LINEAGE_DEPTH_MAX], ..base.clone() }, "too many actors"),
    ] {
        assert_eq!(mint_token(&key_set(), &broken), Err(TokenRefusal::Malformed { what }));
    }
}

#[test]
fn about_a_token_one_may_speak_at_any_door_of_its_tenant() {
    let door = TokenDoor { audience: Audience::AnyOfOurs, ..token_door() };
    assert!(check_token(minted().as_bytes(), &key_set(), &door, NOW).is_ok());
    let other = TokenDoor { issuer: "https://other.example", ..door };
    assert_eq!(check_token(minted().as_bytes(), &key_set(), &other, NOW), Err(TokenRefusal::OtherIssuer));
}
