use crate::exchange::TOKEN_EXCHANGE;
use crate::testing::{Answer, BASE, RESOURCE, TENANT, World, agent, id, key};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{
    Approve, Assertion, Assurance, By, ControlCommand, Document, GrantId, Passkey, PersonId, Salt, Software, Span,
    TaskId, Version, sha256,
};
use bailiwick_identity::{make_assertion, make_assertion_of};
use bailiwick_node::Desk;
use http::Method;
use serde_json::{Value, json};

const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// A task of `payer` that it may hand on, and its token, bound to key 5.
async fn ready() -> (World, TaskId, String) {
    started(World::new().await).await
}

async fn started(world: World) -> (World, TaskId, String) {
    let task = world.start_of("payer", "share").await;
    world.consent(task).await;
    let token = world.token().await;
    (world, task, token)
}

fn rows(rest: &Value) -> Value {
    crate::testing::with(
        json!({"type": "bailiwick_task", "purpose": "look", "grant": [{"tools": ["bank/list"]}]}),
        rest,
    )
}

/// An actor token of `name` by registered key `n`, for its instance's key.
fn actor(world: &World, name: &str, n: u8, instance: Option<u8>) -> String {
    let confirmed = instance.map(|n| key(n).thumbprint().clone());
    make_assertion(&key(n), &agent(name), BASE, (id(), world.now()), confirmed.as_ref()).unwrap()
}

async fn exchange(world: &World, by: u8, changes: &[(&str, &str)], token: &str, actor: &str, detail: &Value) -> Answer {
    let proof = world.proof(by, "POST", &format!("{BASE}/oauth/token"), None);
    let details = json!([detail]).to_string();
    let mut form = vec![
        ("grant_type", TOKEN_EXCHANGE),
        ("subject_token", token),
        ("subject_token_type", ACCESS),
        ("actor_token", actor),
        ("actor_token_type", JWT),
        ("authorization_details", &details),
        ("resource", RESOURCE),
    ];
    for (name, value) in changes {
        form.retain(|(known, _)| known != name);
        form.push((name, value));
    }
    world.form("/oauth/token", Some(&proof), &form).await
}

async fn grants(world: &World, task: TaskId) -> usize {
    world
        .node
        .look(TENANT, task, |task, _| task.grants.values().filter(|grant| grant.standing.live()).count())
        .await
        .unwrap()
}

#[tokio::test]
async fn the_delegate_alone_can_use_what_was_handed_on() {
    let (world, task, token) = ready().await;
    let answer = exchange(&world, 5, &[], &token, &actor(&world, "reader", 2, Some(6)), &rows(&json!({}))).await;
    assert_eq!(answer.said(), (200, ""), "{:?}", answer.body);
    assert_eq!((&answer.body["token_type"], &answer.body["issued_token_type"]), (&json!("DPoP"), &json!(ACCESS)));
    let theirs = answer.body["access_token"].as_str().unwrap().to_owned();
    let url = format!("{BASE}/mcp/bank");
    let call = async |by: u8| {
        let proof = world.proof(by, "POST", &url, Some(&theirs));
        world.call(&format!("DPoP {theirs}"), &[&proof], b"").await
    };
    let caller = call(6).await.unwrap();
    assert!(caller.named() && *caller.presented().agent() == agent("reader"));
    assert!(call(5).await.is_err(), "the delegator's key is another");
    let grant: GrantId = serde_json::from_value(answer.body["authorization_details"][0]["grant"].clone()).unwrap();
    let look = move |task: &bailiwick_core::TaskState, _: &bailiwick_node::LiveControl| {
        task.lineage(grant).unwrap().iter().map(|grant| grant.holder.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(world.node.look(TENANT, task, look).await.unwrap(), ["payer", "reader"]);
    // RFC 8693 §4.1: who acts, and for whom, newest first
    let payload: Vec<&str> = theirs.split('.').collect();
    let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, payload[1]).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["act"], json!({"sub": "reader", "act": {"sub": "payer"}}));
}

#[tokio::test]
async fn what_goes_beyond_is_told_axis_by_axis_and_makes_no_grant() {
    let (world, task, token) = ready().await;
    let more =
        rows(&json!({"grant": [{"tools": ["mail/send"], "uses": 9}], "delegation": {"agents": ["other"], "depth": 4}}));
    let answer = exchange(&world, 5, &[], &token, &actor(&world, "reader", 2, Some(6)), &more).await;
    assert_eq!(answer.said(), (400, "invalid_authorization_details"));
    let told: Vec<&str> = answer.body["bailiwick_refused"]["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| reason["at"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["/grant/0/tools", "/delegation/depth", "/delegation/agents"]);
    assert_eq!(answer.body["bailiwick_refused"]["reasons"][0]["most"], "bank/*");
    assert!(answer.body["bailiwick_refused"]["event"].is_u64(), "the refusal is on record");
    assert_eq!(grants(&world, task).await, 1);
}

#[tokio::test]
async fn only_good_tokens_of_two_agents_with_a_key_each_are_exchanged() {
    let (world, task, token) = ready().await;
    let good = actor(&world, "reader", 2, Some(6));
    let detail = rows(&json!({}));
    let cases: Vec<(&str, Answer)> = vec![
        (
            "an actor token without a key",
            exchange(&world, 5, &[], &token, &actor(&world, "reader", 2, None), &detail).await,
        ),
        ("the delegator's key", exchange(&world, 5, &[], &token, &actor(&world, "reader", 2, Some(5)), &detail).await),
        (
            "an actor token by no key of the agent",
            exchange(&world, 5, &[], &token, &actor(&world, "reader", 3, Some(6)), &detail).await,
        ),
        ("a proof by another key", exchange(&world, 7, &[], &token, &good, &detail).await),
        ("a broken subject token", exchange(&world, 5, &[], &format!("{token}x"), &good, &detail).await),
        ("another type of subject", exchange(&world, 5, &[("subject_token_type", JWT)], &token, &good, &detail).await),
        ("another type of actor", exchange(&world, 5, &[("actor_token_type", ACCESS)], &token, &good, &detail).await),
        ("another type wanted", exchange(&world, 5, &[("requested_token_type", JWT)], &token, &good, &detail).await),
    ];
    for (what, answer) in cases {
        assert_eq!(answer.said(), (400, "invalid_request"), "{what}: {:?}", answer.body);
    }
    let named = rows(&json!({"delegate": "reader"}));
    assert_eq!(exchange(&world, 5, &[], &token, &good, &named).await.said(), (400, "invalid_authorization_details"));
    let own = actor(&world, "payer", 1, Some(6));
    assert_eq!(exchange(&world, 5, &[], &token, &own, &detail).await.said(), (400, "access_denied"), "to oneself");
    let other = actor(&world, "other", 3, Some(6));
    assert_eq!(
        exchange(&world, 5, &[], &token, &other, &detail).await.said(),
        (400, "access_denied"),
        "to whom nobody said"
    );
    assert_eq!(grants(&world, task).await, 1);
}

#[tokio::test]
async fn the_same_request_again_is_the_same_grant_and_an_actor_token_makes_one() {
    let (world, task, token) = ready().await;
    let theirs = actor(&world, "reader", 2, Some(6));
    let first = exchange(&world, 5, &[], &token, &theirs, &rows(&json!({}))).await;
    let again = exchange(&world, 5, &[], &token, &theirs, &rows(&json!({}))).await;
    assert_eq!(again.said(), (200, ""), "{:?}", again.body);
    let grant = |answer: &Answer| answer.body["authorization_details"][0]["grant"].clone();
    assert_eq!(grant(&first), grant(&again), "whoever lost the answer asks again");
    assert_eq!(grants(&world, task).await, 2);
    // The same actor token for another part of the work, which nobody can take with it.
    let other = rows(&json!({"purpose": "look again"}));
    let refused = exchange(&world, 5, &[], &token, &theirs, &other).await;
    assert_eq!(refused.said(), (400, "access_denied"), "{:?}", refused.body);
    assert_eq!(grants(&world, task).await, 2);
}

#[tokio::test]
async fn an_actor_token_that_was_used_for_another_task_hands_nothing_on() {
    let (world, _, token) = ready().await;
    let theirs = actor(&world, "reader", 2, Some(6));
    assert_eq!(exchange(&world, 5, &[], &token, &theirs, &rows(&json!({}))).await.said(), (200, ""));
    let second = world.start_of("payer", "share").await;
    world.consent(second).await;
    let details = json!([{"type": "bailiwick_task", "task": second}]).to_string();
    let answer = world.ask("payer", 1, 7, &[("authorization_details", &details)]).await;
    let token = answer.body["access_token"].as_str().unwrap().to_owned();
    let refused = exchange(&world, 7, &[], &token, &theirs, &rows(&json!({}))).await;
    assert_eq!(refused.said(), (400, "invalid_request"), "{:?}", refused.body);
    assert_eq!(grants(&world, second).await, 1, "what nobody can take was taken back");
}

#[tokio::test]
async fn an_instance_that_runs_what_nobody_reviewed_is_handed_nothing() {
    let (world, task, token) = ready().await;
    let version = |text: &str| Software { config: None, version: Some(Version::parse(text).unwrap()) };
    let reader = json!({"kind": "agent", "name": "reader", "owner": "ann", "contact": "ann", "run_by": "own", "version": "2",
        "autonomy": "execute", "role": "all", "review": "2027-01-01",
        "keys": [serde_json::from_str::<Value>(&key(2).public().to_jwk()).unwrap()]});
    let reader = Document::read(&Json::parse(reader.to_string().as_bytes(), &Limits::default()).unwrap()).unwrap();
    let by = By { assurance: Assurance::Local, person: crate::testing::ann().person };
    let apply = ControlCommand::Apply { by, documents: vec![reader], removed: Vec::new() };
    assert_eq!(world.node.control_command(TENANT, apply, Vec::new()).await.unwrap().0.refused, None);
    let instance = key(6).thumbprint().clone();
    for (software, passes) in [(None, false), (Some(version("1")), false), (Some(version("2")), true)] {
        let confirmed = (Some(&instance), software.as_ref(), None);
        let theirs = make_assertion_of(&key(2), &agent("reader"), BASE, (id(), world.now()), confirmed).unwrap();
        let answer = exchange(&world, 5, &[], &token, &theirs, &rows(&json!({}))).await;
        let said = if passes { (200, "") } else { (400, "invalid_grant") };
        assert_eq!(answer.said(), said, "{software:?}: {:?}", answer.body);
        assert_eq!(grants(&world, task).await, if passes { 2 } else { 1 }, "{software:?}");
    }
}

#[tokio::test]
async fn the_exchange_stands_in_the_metadata() {
    let world = World::new().await;
    let answer = world.send(Method::GET, "/.well-known/oauth-authorization-server", &[], "").await;
    assert!(answer.body["grant_types_supported"].as_array().unwrap().contains(&json!(TOKEN_EXCHANGE)));
}

#[tokio::test]
async fn who_was_given_an_actor_token_cannot_be_its_agent() {
    let (world, _, _) = ready().await;
    let theirs = world.start("reader").await;
    let theirs_by_another_key = actor(&world, "reader", 2, Some(6));
    let proof = world.proof(5, "POST", &format!("{BASE}/oauth/token"), None);
    let form = [
        ("grant_type", crate::metadata::JWT_BEARER),
        ("assertion", theirs_by_another_key.as_str()),
        ("resource", RESOURCE),
    ];
    assert_eq!(world.form("/oauth/token", Some(&proof), &form).await.said(), (400, "invalid_grant"));
    assert_eq!(world.grant(theirs).await.1, None, "nobody took the delegate's own task");
    let client = [
        ("token", "x.y.z"),
        ("client_assertion", theirs_by_another_key.as_str()),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    ];
    assert_eq!(world.form("/oauth/revoke", None, &client).await.said(), (401, "invalid_client"));
}

#[tokio::test]
async fn one_agent_keeps_two_grants_of_one_task_apart_by_their_keys() {
    let (world, task, token) = ready().await;
    let details = json!([{"type": "bailiwick_task", "task": task}]).to_string();
    let mut grants = Vec::new();
    for (key, purpose) in [(6, "one"), (7, "two")] {
        let theirs = actor(&world, "reader", 2, Some(key));
        let answer = exchange(&world, 5, &[], &token, &theirs, &rows(&json!({"purpose": purpose}))).await;
        assert_eq!(answer.said(), (200, ""), "{:?}", answer.body);
        grants.push(answer.body["authorization_details"][0]["grant"].clone());
    }
    assert_ne!(grants[0], grants[1]);
    for (key, grant) in [(7, &grants[1]), (6, &grants[0])] {
        let answer = world.ask("reader", 2, key, &[("authorization_details", &details)]).await;
        assert_eq!(&answer.body["authorization_details"][0]["grant"], grant, "each key has its own");
    }
}

#[tokio::test]
async fn what_has_ended_or_is_anothers_by_now_is_not_given_again() {
    let (world, task, token) = ready().await;
    let keyed = async |actor: &str| {
        let proof = world.proof(5, "POST", &format!("{BASE}/oauth/token"), None);
        let details = json!([rows(&json!({}))]).to_string();
        let body: Vec<String> = [
            ("grant_type", TOKEN_EXCHANGE),
            ("subject_token", token.as_str()),
            ("subject_token_type", ACCESS),
            ("actor_token", actor),
            ("actor_token_type", JWT),
            ("authorization_details", &details),
            ("resource", RESOURCE),
        ]
        .iter()
        .map(|(name, value)| format!("{name}={}", crate::testing::escaped(value)))
        .collect();
        let headers = [("content-type", crate::testing::FORM), ("dpop", proof.as_str()), ("idempotency-key", "one")];
        world.send(Method::POST, "/oauth/token", &headers, &body.join("&")).await
    };
    let first = actor(&world, "reader", 2, Some(6));
    let answer = keyed(&first).await;
    assert_eq!(answer.said(), (200, ""), "{:?}", answer.body);
    assert_eq!(keyed(&actor(&world, "reader", 2, Some(7))).await.said(), (400, "invalid_grant"), "another instance");
    let grant: GrantId = serde_json::from_value(answer.body["authorization_details"][0]["grant"].clone()).unwrap();
    let end = bailiwick_core::Command::EndGrant {
        grant,
        who: bailiwick_core::Ender::Person(crate::testing::ann()),
        why: bailiwick_core::Code::Revoked,
    };
    world.node.command(TENANT, task, end, world.node.facts(0).unwrap()).await.unwrap();
    assert_eq!(keyed(&first).await.said(), (400, "invalid_grant"), "it has ended");
}

/// From now on `payer` only assists, and `ann` has a passkey to say yes with.
async fn assists(world: &World) -> By {
    let ann = PersonId::parse("ann").unwrap();
    let (local, signed) = (Assurance::Local, Assurance::Passkey);
    let by = |assurance| By { assurance, person: ann.clone() };
    let control = async |command| {
        let (decided, _) = world.node.control_command(TENANT, command, Vec::new()).await.unwrap();
        assert_eq!(decided.refused, None);
    };
    let jwk: Value = serde_json::from_str(&key(1).public().to_jwk()).unwrap();
    let payer = json!({"kind": "agent", "name": "payer", "owner": "ann", "contact": "ann", "run_by": "own",
        "autonomy": "assist", "role": "all", "review": "2027-01-01", "keys": [jwk]});
    let read = |text: &str| Json::parse(text.as_bytes(), &Limits::default()).unwrap();
    let payer = Document::read(&read(&payer.to_string())).unwrap();
    control(ControlCommand::Apply { by: by(local), documents: vec![payer], removed: Vec::new() }).await;
    let (code, expires) = (sha256(b"code"), world.now().after(Span::hours(1)));
    control(ControlCommand::Invite { by: by(local), person: ann.clone(), code, expires, signed: None }).await;
    let key = read(r#"{"crv":"P-256","kty":"EC","x":"1","y":"2"}"#);
    let (site, model) = ("localhost".to_owned(), Salt::new([0; 16]));
    let passkey = Passkey { id: "key-of-ann".to_owned(), key, model, site, name: "phone".to_owned() };
    control(ControlCommand::Enroll { by: by(signed), code, passkey }).await;
    by(signed)
}

#[tokio::test]
async fn an_exchange_that_needs_a_yes_is_pending_until_people_sign_and_then_the_same_request_is_granted() {
    let world = World::new().await;
    let ann = assists(&world).await;
    let (world, task, token) = started(world).await;
    world.authority.has_people("https://people.example");
    let pending = exchange(&world, 5, &[], &token, &actor(&world, "reader", 2, Some(6)), &rows(&json!({}))).await;
    assert_eq!(pending.said(), (400, "authorization_pending"), "{:?}", pending.body);
    let waits = &pending.body["bailiwick_refused"]["waits"];
    let approval = waits["approval"].as_u64().unwrap();
    assert_eq!(waits["url"], format!("https://people.example/approvals/{approval}"));
    assert!(waits["until"].is_u64());
    // whatever it is asked with, and by however fresh a token: nobody is asked twice, and nothing is granted
    let again = exchange(&world, 5, &[], &token, &actor(&world, "reader", 2, Some(6)), &rows(&json!({}))).await;
    assert_eq!(again.body["bailiwick_refused"]["waits"]["approval"], approval);
    let who = rows(&json!({"who": "reader"}));
    let named = exchange(&world, 5, &[], &token, &actor(&world, "reader", 2, Some(6)), &who).await;
    assert_ne!(named.said(), (200, ""), "whom to ask is nobody's to say in a request");
    assert_eq!(grants(&world, task).await, 1);

    let look = move |task: &bailiwick_core::TaskState, _: &bailiwick_node::LiveControl| {
        let state = task.approval_at(approval).unwrap();
        let (role, ann) = (&state.needs[0].role, PersonId::parse("ann").unwrap());
        (state.seq, role.clone(), task.statement(state, role, &ann).digest())
    };
    let (seq, role, signed) = world.node.look(TENANT, task, look).await.unwrap();
    assert_eq!(role, "requester");
    let part = || "cGFydA".to_owned();
    let id = "key-of-ann".to_owned();
    let assertion = Assertion { authenticator_data: part(), client_data: part(), id, signature: part() };
    let said = Approve { approval: seq, role, by: ann, signed, assertion, sheet: None };
    let desk = Desk::new(std::sync::Arc::clone(&world.node));
    desk.approve(TENANT, task, said).await.unwrap().unwrap();
    let granted = exchange(&world, 5, &[], &token, &actor(&world, "reader", 2, Some(6)), &rows(&json!({}))).await;
    assert_eq!(granted.said(), (200, ""), "{:?}", granted.body);
    assert_eq!(grants(&world, task).await, 2);
}
