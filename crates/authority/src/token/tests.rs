use crate::testing::{BASE, FORM, RESOURCE, TENANT, World, agent, ann, id, jwt, key, with};
use bailiwick_core::{ControlCommand, TaskId};
use http::Method;
use serde_json::{Value, json};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const URL: &str = "https://bailiwick.example/oauth/token";

#[tokio::test]
async fn a_token_comes_only_after_the_stream_names_its_key() {
    let world = World::new().await;
    let task = world.start("payer").await;
    assert_eq!(world.grant(task).await.1, None);
    let answer = world.ask("payer", 1, 5, &[]).await;
    assert_eq!(answer.said(), (200, ""));
    assert_eq!(answer.body["token_type"], "DPoP");
    assert_eq!(answer.body["expires_in"], 300);
    assert_eq!(answer.body["authorization_details"][0]["task"], json!(task));
    let (live, bound) = world.grant(task).await;
    assert!(live && bound.is_some_and(|bound| bound.key == *key(5).thumbprint()));
}

#[tokio::test]
async fn asked_again_with_the_same_key_the_instance_keeps_its_place() {
    let world = World::new().await;
    let task = world.start("payer").await;
    world.token().await;
    let (before, events) = (world.grant(task).await, world.seq(task).await);
    world.token().await;
    assert_eq!(world.grant(task).await, before);
    assert_eq!(world.seq(task).await, events, "nothing was appended");
}

#[tokio::test]
async fn a_named_task_goes_to_the_new_key_and_the_old_one_is_retired() {
    let world = World::new().await;
    let task = world.start("payer").await;
    world.token().await;
    assert_eq!(world.ask("payer", 1, 6, &[]).await.said(), (400, "authorization_pending"), "the task has a live key");
    let details = json!([{"type": "bailiwick_task", "task": task}]).to_string();
    let answer = world.ask("payer", 1, 6, &[("authorization_details", &details)]).await;
    assert_eq!(answer.said(), (200, ""));
    assert!(world.grant(task).await.1.is_some_and(|bound| bound.key == *key(6).thumbprint()));
}

#[tokio::test]
async fn which_task_is_said_by_a_person_when_several_wait() {
    let world = World::new().await;
    assert_eq!(world.ask("payer", 1, 5, &[]).await.said(), (400, "authorization_pending"));
    let theirs = world.start("reader").await;
    assert_eq!(world.ask("payer", 1, 5, &[]).await.said(), (400, "authorization_pending"), "another agent's");
    let (one, two) = (world.start("payer").await, world.start("payer").await);
    let answer = world.ask("payer", 1, 5, &[]).await;
    assert_eq!(answer.said(), (400, "interaction_required"));
    let mut listed: Vec<String> = answer.body["bailiwick_tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["task"].as_str().unwrap().to_owned())
        .collect();
    listed.sort();
    let mut expected = [one.to_string(), two.to_string()];
    expected.sort();
    assert_eq!(listed, expected);
    let details = json!([{"type": "bailiwick_task", "task": theirs}]).to_string();
    let answer = world.ask("payer", 1, 5, &[("authorization_details", &details)]).await;
    assert_eq!(answer.said(), (400, "invalid_grant"));
    assert_eq!(world.grant(theirs).await.1, None);
}

#[tokio::test]
async fn nothing_but_a_registered_key_of_an_active_agent_gets_a_token() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let now = world.now().0 / 1_000_000;
    let claims = json!({"iss": "payer", "sub": "payer", "aud": BASE, "jti": "one", "iat": now, "exp": now + 60});
    let es256 = json!({"typ": "JWT", "alg": "ES256"});
    let cases: [(&str, u8, Value, Value); 11] = [
        ("another agent's key", 2, es256.clone(), json!({})),
        ("no registered key", 9, es256.clone(), json!({})),
        ("an agent that is not there", 1, es256.clone(), json!({"iss": "ghost", "sub": "ghost"})),
        ("two names", 1, es256.clone(), json!({"sub": "reader"})),
        ("another audience", 1, es256.clone(), json!({"aud": "https://other.example"})),
        ("several audiences", 1, es256.clone(), json!({"aud": [BASE, "https://other.example"]})),
        ("expired", 1, es256.clone(), json!({"exp": now - 1})),
        ("good for an hour", 1, es256.clone(), json!({"exp": now + 3600})),
        ("from the future", 1, es256.clone(), json!({"iat": now + 600, "exp": now + 300})),
        ("no algorithm", 1, json!({"typ": "JWT", "alg": "none"}), json!({})),
        ("an algorithm that the key is not for", 1, json!({"typ": "JWT", "alg": "HS256"}), json!({})),
    ];
    for (what, n, header, changes) in cases {
        let assertion = jwt(&key(n), &header, &with(claims.clone(), &changes));
        let proof = world.proof(5, "POST", URL, None);
        let form = [("grant_type", GRANT), ("assertion", &*assertion), ("resource", RESOURCE)];
        assert_eq!(world.form("/oauth/token", Some(&proof), &form).await.said(), (400, "invalid_grant"), "{what}");
    }
    assert_eq!(world.grant(task).await.1, None, "nothing was bound");
    let suspend = ControlCommand::Agent { by: ann(), agent: agent("payer"), active: false };
    world.node.control_command(TENANT, suspend, Vec::new()).await.unwrap();
    let told = |answer: &crate::testing::Answer| answer.body["error_description"].as_str().unwrap().to_owned();
    let suspended = world.ask("payer", 1, 5, &[]).await;
    assert_eq!(suspended.said(), (400, "invalid_grant"), "a suspended agent");
    assert!(told(&suspended).contains("`bailiwick agent resume payer`"), "{:?}", suspended.body);
    let offboard = ControlCommand::Offboard { by: ann(), agent: agent("payer") };
    world.node.control_command(TENANT, offboard, Vec::new()).await.unwrap();
    let gone = world.ask("payer", 1, 5, &[]).await;
    assert!(told(&gone).contains("it was offboarded") && !told(&gone).contains("resume"), "{:?}", gone.body);
    let stranger = world.ask("payer", 2, 5, &[]).await;
    assert_eq!(told(&stranger), "the assertion is not valid", "who has no key of it is not told");
}

#[tokio::test]
async fn an_assertion_and_a_proof_are_good_once() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let assertion = world.assertion("payer", 1);
    let (first, second) = (world.proof(5, "POST", URL, None), world.proof(6, "POST", URL, None));
    let form = [("grant_type", GRANT), ("assertion", &*assertion), ("resource", RESOURCE)];
    assert_eq!(world.form("/oauth/token", Some(&first), &form).await.said(), (200, ""));
    assert_eq!(world.form("/oauth/token", Some(&second), &form).await.said(), (400, "invalid_grant"), "used assertion");
    let fresh = world.assertion("payer", 1);
    let form = [("grant_type", GRANT), ("assertion", &*fresh), ("resource", RESOURCE)];
    let again = world.form("/oauth/token", Some(&first), &form).await;
    assert_eq!(again.said(), (400, "invalid_dpop_proof"), "used proof");
    assert!(world.grant(task).await.1.is_some_and(|bound| bound.key == *key(5).thumbprint()));
}

#[tokio::test]
async fn a_proof_must_be_for_this_request_now() {
    let world = World::new().await;
    world.start("payer").await;
    let now = world.now().0 / 1_000_000;
    let cases: [(&str, Value, &str); 8] = [
        ("no nonce", json!({"nonce": null}), "use_dpop_nonce"),
        ("a made up nonce", json!({"nonce": "x"}), "use_dpop_nonce"),
        ("old", json!({"iat": now - 400}), "invalid_dpop_proof"),
        ("from the future", json!({"iat": now + 400}), "invalid_dpop_proof"),
        ("another URL", json!({"htu": RESOURCE}), "invalid_dpop_proof"),
        ("another host", json!({"htu": "https://other.example/oauth/token"}), "invalid_dpop_proof"),
        ("another method", json!({"htm": "GET"}), "invalid_dpop_proof"),
        ("without an id", json!({"jti": null}), "invalid_dpop_proof"),
    ];
    let assertion = world.assertion("payer", 1);
    let form = [("grant_type", GRANT), ("assertion", &*assertion), ("resource", RESOURCE)];
    for (what, changes, error) in cases {
        let (header, payload) = world.proof_parts(5, "POST", URL, None);
        let proof = jwt(&key(5), &header, &with(with(payload, &json!({"ath": null})), &changes));
        assert_eq!(world.form("/oauth/token", Some(&proof), &form).await.said(), (400, error), "{what}");
    }
    assert_eq!(world.form("/oauth/token", None, &form).await.said(), (400, "invalid_dpop_proof"), "no proof");
    let good = world.proof(5, "POST", URL, None);
    // What was refused for its proof used nothing up: a client may send the same assertion with the nonce that it got.
    assert_eq!(world.form("/oauth/token", Some(&good), &form).await.said(), (200, ""));
}

#[tokio::test]
async fn a_request_that_is_not_the_one_we_know_is_refused() {
    let world = World::new().await;
    world.start("payer").await;
    let details = |value: Value| value.to_string();
    let good = json!({"type": "bailiwick_task", "task": TaskId::new([1; 16])});
    let texts = [
        details(json!([good, good])),
        details(json!({"type": "bailiwick_task"})),
        details(json!([with(good.clone(), &json!({"type": "payment"}))])),
        details(json!([with(good.clone(), &json!({"grant": "x"}))])),
        details(json!([with(good.clone(), &json!({"task": "7"}))])),
        r#"[{"type":"bailiwick_task","type":"bailiwick_task","task":"01"}]"#.to_owned(),
        "[[[[[[]]]]]]".to_owned(),
    ];
    for text in &texts {
        let answer = world.ask("payer", 1, 5, &[("authorization_details", text)]).await;
        assert_eq!(answer.said(), (400, "invalid_authorization_details"), "{text}");
    }
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case<'_>; 5] = [
        ("a parameter twice", &[("grant_type", GRANT)], "invalid_request"),
        ("an assertion twice", &[("assertion", "x")], "invalid_request"),
        ("another client", &[("client_id", "reader")], "invalid_grant"),
        ("another's resource", &[("resource", "https://other.example/mcp")], "invalid_target"),
        ("a server that is not there", &[("resource", "https://bailiwick.example/mcp/ghost")], "invalid_target"),
    ];
    for (what, more, error) in cases {
        assert_eq!(world.ask("payer", 1, 5, more).await.said(), (400, error), "{what}");
    }
    let proof = world.proof(5, "POST", URL, None);
    let assertion = world.assertion("payer", 1);
    let password = [("grant_type", "password"), ("assertion", &*assertion), ("resource", RESOURCE)];
    assert_eq!(world.form("/oauth/token", Some(&proof), &password).await.said(), (400, "unsupported_grant_type"));
    let aimless = [("grant_type", GRANT), ("assertion", &*assertion)];
    assert_eq!(world.form("/oauth/token", Some(&proof), &aimless).await.said(), (400, "invalid_target"));
    for (what, kind, body) in [("JSON", "application/json", "{}"), ("no form", "text/plain", "grant_type=x")] {
        let answer = world.send(Method::POST, "/oauth/token", &[("content-type", kind), ("dpop", &proof)], body).await;
        assert_eq!(answer.said(), (400, "invalid_request"), "{what}");
    }
    let twice = [("content-type", FORM), ("dpop", &*proof), ("dpop", &*proof)];
    let answer = world.send(Method::POST, "/oauth/token", &twice, &format!("grant_type={GRANT}")).await;
    assert_eq!(answer.said(), (400, "invalid_dpop_proof"), "two proofs");
    let answer = world.send(Method::POST, "/oauth/token?assertion=x", &[("content-type", FORM)], "").await;
    assert_eq!(answer.said(), (400, "invalid_request"), "parameters in the URL");
    assert_eq!(world.send(Method::GET, "/oauth/token", &[], "").await.status, 405);
}

#[tokio::test]
async fn no_refresh_token_is_given_and_none_is_taken() {
    let world = World::new().await;
    world.start("payer").await;
    let offline = world.ask("payer", 1, 5, &[("scope", "offline_access")]).await;
    assert!(offline.body.get("refresh_token").is_none(), "{}", offline.body);
    let answer = world.ask("payer", 1, 5, &[]).await;
    let token = answer.body["access_token"].as_str().unwrap().to_owned();
    assert!(answer.body.get("refresh_token").is_none(), "{}", answer.body);
    let proof = world.proof(5, "POST", URL, None);
    let assertion = world.assertion("payer", 1);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*token),
        ("assertion", &*assertion),
        ("resource", RESOURCE),
    ];
    assert_eq!(world.form("/oauth/token", Some(&proof), &form).await.said(), (400, "unsupported_grant_type"));
}

#[tokio::test]
async fn an_instance_may_name_itself_and_its_key_stays_with_it() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let ask = async |instance: &Value, by: u8| {
        let now = world.now().0 / 1_000_000;
        let claims =
            json!({"iss": "payer", "sub": "payer", "aud": URL, "jti": id(), "exp": now + 60, "instance": instance});
        let assertion = jwt(&key(1), &json!({"alg": "ES256"}), &claims);
        let proof = world.proof(by, "POST", URL, None);
        let form = [("grant_type", GRANT), ("assertion", &*assertion), ("resource", RESOURCE)];
        let answer = world.form("/oauth/token", Some(&proof), &form).await;
        (answer.status.as_u16(), answer.body["error"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(ask(&json!("with space"), 5).await, (400, "invalid_grant".into()));
    assert_eq!(ask(&json!(7), 5).await, (400, "invalid_grant".into()));
    assert_eq!(ask(&json!("laptop-1"), 5).await, (200, String::new()));
    assert_eq!(world.grant(task).await.1.unwrap().instance.as_str(), "laptop-1");
    assert_eq!(ask(&json!("laptop-2"), 5).await, (400, "invalid_grant".into()), "the key is another instance's");
}

#[tokio::test]
async fn no_token_is_given_for_a_key_that_the_store_did_not_take() {
    let world = World::new().await;
    let task = world.start("payer").await;
    world.store.inject(bailiwick_store::Fault::Gone);
    let answer = world.ask("payer", 1, 5, &[]).await;
    assert_eq!(answer.said(), (503, "temporarily_unavailable"));
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(world.grant(task).await.1, None);
    assert_eq!(world.ask("payer", 1, 5, &[]).await.said(), (200, ""), "the same instance tries again");
}

#[tokio::test]
async fn a_tenant_that_is_stopped_is_told_from_an_agent_without_a_task() {
    let world = World::new().await;
    let bare = world.ask("payer", 1, 5, &[]).await;
    assert!(bare.body.get("bailiwick_stopped").is_none(), "{}", bare.body);
    let stop = ControlCommand::Tenant { by: ann(), running: false };
    world.node.control_command(TENANT, stop, Vec::new()).await.unwrap();
    let stopped = world.ask("payer", 1, 5, &[]).await;
    assert_eq!(stopped.said(), (400, "authorization_pending"));
    assert_eq!(stopped.body["bailiwick_stopped"], true);
    assert!(stopped.body["error_description"].as_str().unwrap().contains("`bailiwick tenant resume`"));
}

#[tokio::test]
async fn a_client_that_authenticates_itself_as_somebody_else_gets_no_token() {
    const TYPE: (&str, &str) = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let world = World::new().await;
    let task = world.start("payer").await;
    for (what, assertion) in [
        ("another agent", world.assertion("reader", 2)),
        ("another agent's key", world.assertion("payer", 2)),
        ("no assertion", "x.y.z".to_owned()),
    ] {
        let answer = world.ask("payer", 1, 5, &[TYPE, ("client_assertion", &assertion)]).await;
        assert_eq!(answer.said(), (401, "invalid_client"), "{what}");
        assert_eq!(world.grant(task).await.1, None, "{what}");
    }
    let (first, own) = (world.assertion("payer", 1), world.assertion("payer", 1));
    let untyped = world.ask("payer", 1, 5, &[("client_assertion", &first)]).await;
    assert_eq!(untyped.said(), (400, "invalid_request"), "what kind it is has to be said");
    for what in ["its own", "the same again, as clients send it for a while"] {
        assert_eq!(world.ask("payer", 1, 5, &[TYPE, ("client_assertion", &own)]).await.said(), (200, ""), "{what}");
    }
}

#[tokio::test]
async fn what_an_instance_says_that_it_runs_stands_with_its_key_and_is_bounded() {
    let world = World::new().await;
    let task = world.start("payer").await;
    let assertion = |claims: serde_json::Value| {
        let now = world.now().0 / 1_000_000;
        let own = json!({"iss": "payer", "sub": "payer", "aud": BASE, "jti": id(), "iat": now, "exp": now + 60});
        jwt(&key(1), &json!({"typ": "JWT", "alg": "ES256"}), &with(own, &claims))
    };
    for bad in [
        json!({"version": ""}),
        json!({"version": "two words"}),
        json!({"version": "v".repeat(65)}),
        json!({"version": 2}),
        json!({"config": "abc"}),
        json!({"config": ["x"]}),
    ] {
        let answer = world.ask_by(&assertion(bad.clone()), 5, &[]).await;
        assert_eq!(answer.said(), (400, "invalid_grant"), "{bad}");
    }
    let config = "ab".repeat(32);
    let answer = world.ask_by(&assertion(json!({"version": "2.1", "config": config})), 5, &[]).await;
    assert_eq!(answer.said(), (200, ""), "{}", answer.body);
    let software = world.grant(task).await.1.unwrap().software.unwrap();
    let told = (software.version.unwrap().to_string(), software.config.unwrap().to_string());
    assert_eq!(told, ("2.1".to_owned(), config));
}
