//! Token exchanges a second, each with its own grant on record, beside the signatures alone that one needs.

use crate::Trouble;
use crate::table::{Row, Table, begins, now};
use crate::world::{World, by, json};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use bailiwick_authority::{Authority, ByWake};
use bailiwick_core::{AgentId, ControlCommand, Document, Salt, TaskId};
use bailiwick_identity::{ProofFor, PublicUrl, SigningKey, make_assertion, make_proof};
use bailiwick_record::system_random;
use http::{HeaderValue, Method, Request, header};
use hyper::body::Bytes;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

const BASE: &str = "https://bench.example";
const RESOURCE: &str = "https://bench.example/mcp";
/// Tasks, each with an agent that hands on at the same time as the others.
const TASKS: usize = 32;
/// How often each does; one holder has at most 64 live grants below it.
const EACH: usize = 48;
/// How often the signatures are made and checked alone.
const SIGNED: u32 = 2_000;

/// An authority on the world's node, and who asks it.
struct Asking {
    authority: Authority,
    world: World,
    payer: SigningKey,
    delegate: SigningKey,
    instance: SigningKey,
}

fn drawn() -> Result<SigningKey, Trouble> {
    let mut failed = None;
    let key = SigningKey::generate(&mut |bytes| failed = system_random(bytes).err())?;
    failed.map_or(Ok(key), |why| Err(why.into()))
}

fn form(pairs: &[(&str, &str)]) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let escaped = |text: &str| {
        text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02x}") }).collect::<String>()
    };
    pairs.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
}

impl Asking {
    async fn new() -> Result<Self, Trouble> {
        let world = World::new("exchange").await?;
        let (payer, delegate, instance) = (drawn()?, drawn()?, drawn()?);
        let agent = |name: &str, key: &SigningKey| {
            let jwk = key.public().to_jwk();
            let text = format!(
                r#"{{"kind":"agent","name":"{name}","owner":"ann","contact":"ann","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01","keys":[{jwk}]}}"#
            );
            Ok::<_, Trouble>(Document::read(&json(&text)?)?)
        };
        let node = Arc::clone(world.desk.node());
        let documents = vec![agent("payer", &payer)?, agent("a1", &delegate)?];
        let tenant = world.tenant();
        node.control_command(tenant, ControlCommand::Apply { by: by()?, documents, removed: Vec::new() }, Vec::new())
            .await?;
        let tasks = Arc::new(ByWake::new(Arc::clone(&node)));
        let authority = Authority::open(node, tasks, tenant, BASE).await?;
        Ok(Self { authority, world, payer, delegate, instance })
    }

    /// An id that was never used.
    fn id(&self) -> Result<Salt, Trouble> {
        Ok(Salt::new(self.world.desk.node().vault().random()?))
    }

    /// An assertion by an agent's registered key; `confirmed`: the key that what is asked for is bound to.
    fn assertion(&self, name: &str, key: &SigningKey, confirmed: Option<&SigningKey>) -> Result<String, Trouble> {
        let when = (self.id()?, self.world.desk.node().now());
        Ok(make_assertion(key, &AgentId::parse(name)?, BASE, when, confirmed.map(SigningKey::thumbprint))?)
    }

    /// A request at the token endpoint, proven by the instance's key.
    fn request(&self, pairs: &[(&str, &str)]) -> Result<Request<Bytes>, Trouble> {
        let nonce = self.authority.nonce().to_str()?.to_owned();
        let url = format!("{BASE}/oauth/token");
        let what = ProofFor {
            method: "POST",
            url: &PublicUrl::parse(&url)?,
            token: None,
            nonce: Some(&nonce),
            body: None,
            jti: self.id()?,
            now: self.world.desk.node().now(),
        };
        let proof = make_proof(&self.instance, &what)?;
        let mut request = Request::new(Bytes::from(form(pairs)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = "/oauth/token".parse()?;
        request
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        request.headers_mut().insert("dpop", HeaderValue::from_str(&proof)?);
        Ok(request)
    }

    async fn token(&self, request: Request<Bytes>) -> Result<String, Trouble> {
        let answer = self.authority.handle(request, IpAddr::V4(Ipv4Addr::LOCALHOST)).await;
        let body: serde_json::Value = serde_json::from_slice(answer.body())?;
        let token = body.get("access_token").and_then(serde_json::Value::as_str);
        Ok(token.ok_or_else(|| format!("no token: {body}"))?.to_owned())
    }

    /// The token of one task's agent.
    async fn begun(&self, task: TaskId) -> Result<String, Trouble> {
        let assertion = self.assertion("payer", &self.payer, None)?;
        let details = format!(r#"[{{"type":"bailiwick_task","task":"{task}"}}]"#);
        self.token(self.request(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", &assertion),
            ("resource", RESOURCE),
            ("authorization_details", &details),
        ])?)
        .await
    }

    /// A request to hand on, for another instance of the delegate each time.
    fn exchange(&self, token: &str) -> Result<Request<Bytes>, Trouble> {
        let actor = self.assertion("a1", &self.delegate, Some(&drawn()?))?;
        let details = r#"[{"type":"bailiwick_task","purpose":"p","grant":[{"tools":["bank/look"]}]}]"#;
        self.request(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", token),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("actor_token", &actor),
            ("actor_token_type", "urn:ietf:params:oauth:token-type:jwt"),
            ("authorization_details", details),
            ("resource", RESOURCE),
        ])
    }
}

/// Measures.
pub(crate) async fn measure(table: &mut Table) -> Result<(), Trouble> {
    begins(&format!("{TASKS} tasks, each to be handed on {EACH} times"));
    let asking = Arc::new(Asking::new().await?);
    let mut asked = Vec::with_capacity(TASKS);
    for _ in 0..TASKS {
        let task = asking.world.started("team").await?;
        let token = asking.begun(task).await?;
        // What the client signs is not what is measured.
        let requests = (0..EACH).map(|_| asking.exchange(&token)).collect::<Result<Vec<_>, _>>()?;
        asked.push(requests);
    }
    begins("token exchanges, and the signatures alone");
    let mut under_way = tokio::task::JoinSet::new();
    let start = now();
    for requests in asked {
        let asking = Arc::clone(&asking);
        under_way.spawn(async move {
            for request in requests {
                asking.token(request).await?;
            }
            Ok::<(), Trouble>(())
        });
    }
    while let Some(done) = under_way.join_next().await {
        done??;
    }
    let exchanges = f64::from(u32::try_from(TASKS * EACH)?);
    let ours = exchanges / start.elapsed().as_secs_f64();
    table.add(Row {
        name: format!("token exchanges, {TASKS} tasks at once, durable"),
        reference: "one ECDSA P-256 signature and three checks, one thread".to_owned(),
        ours,
        theirs: bare()?,
        unit: "1/s",
    });
    Ok(())
}

/// A second's worth of the signatures that one exchange needs, and nothing else.
fn bare() -> Result<f64, Trouble> {
    let chance = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &chance).map_err(|_| "no key")?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).map_err(|_| "no key")?;
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
    let message = [b'm'; 600];
    let start = now();
    for _ in 0..SIGNED {
        let signature = pair.sign(&chance, &message).map_err(|_| "nothing is signed")?;
        for _ in 0..3 {
            public.verify(&message, signature.as_ref()).map_err(|_| "a signature does not hold")?;
        }
    }
    Ok(f64::from(SIGNED) / start.elapsed().as_secs_f64())
}
