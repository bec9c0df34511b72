//! `/v1/log`: checkpoints, the log's key, heads, proofs, the log as static files, and bundles that are written while they
//! are sent.

use crate::route::number;
use crate::{Api, Problem, Request, read};
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;
use bailiwick_node::{ExportError, ExportOptions, Failure, KeepError, SignedCheckpoint};
use bailiwick_record::{TilePath, VerifierKey};
use http::{HeaderValue, Method, Response, header};
use std::io::Write;
use std::sync::Arc;

/// What may stand in the query of a bundle.
const NAMES: [&str; 4] = ["redact", "since", "task", "whole"];

type Writes = Box<dyn FnOnce(&mut dyn Write) -> Result<(), ExportError> + Send>;

/// A body that is written while it is sent: a bundle may be larger than memory.
pub struct Streamed(Writes);

impl std::fmt::Debug for Streamed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Streamed")
    }
}

impl Streamed {
    /// The type of what is written.
    pub const CONTENT_TYPE: &'static str = "application/jsonl";

    /// Writes it; blocks, on the store and on who reads.
    ///
    /// # Errors
    /// [`ExportError`]; what was written until then is no whole bundle.
    pub fn write(self, out: &mut dyn Write) -> Result<(), ExportError> {
        (self.0)(out)
    }
}

impl From<KeepError> for Problem {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Node(failure) => failure.into(),
            KeepError::NoLeaf(_) => Self { detail: error.to_string(), ..Self::not_found("event") },
            KeepError::Log(error) => Failure::Unavailable(error.to_string()).into(),
        }
    }
}

impl Api {
    /// Signs the log as it stands.
    pub(crate) async fn checkpoint(&self) -> Result<Json, Problem> {
        Ok(checkpoint_json(&self.desk.node().checkpoint(self.tenant).await?))
    }

    /// The key that checkpoints are checked with.
    pub(crate) fn log_key(&self) -> Result<Json, Problem> {
        let key: VerifierKey = self.desk.node().log_key(self.tenant)?;
        Ok(Json::object([("key", Json::from(key.to_string().as_str())), ("origin", Json::from(key.name()))]))
    }

    /// Commits to the heads of all streams and signs.
    pub(crate) async fn heads(&self) -> Result<Json, Problem> {
        Ok(checkpoint_json(&self.desk.node().checkpoint_with_heads(self.tenant).await?))
    }

    /// Proves that an event stands in the log.
    pub(crate) async fn proof(&self, query: &str) -> Result<Json, Problem> {
        let leaf = number(query, "leaf")?.ok_or_else(|| Problem::bad("expected `leaf`, the number of an event"))?;
        let proof = self.desk.node().prove(self.tenant, leaf).await?;
        let path = proof.path.iter().map(|hash| Json::from(hash.to_string().as_str()));
        Ok(Json::object([
            ("checkpoint", Json::from(proof.checkpoint.note.as_str())),
            ("entry", Json::from(proof.entry.to_string().as_str())),
            ("leaf", Json::from(leaf)),
            ("path", Json::array(path)),
            ("size", Json::from(proof.checkpoint.size)),
        ]))
    }

    /// The log as static files, as C2SP tlog-tiles has them below a log's prefix: `checkpoint` and `tile/…`. `None` when
    /// something else is asked for.
    pub(crate) async fn file(&self, request: &Request) -> Option<Result<Response<Vec<u8>>, Problem>> {
        let name = request.path.strip_prefix("/v1/log/").filter(|_| request.method == Method::GET)?;
        let node = self.desk.node();
        let (read, kind) = if name == "checkpoint" {
            let note = node.last_checkpoint(self.tenant).await.map(|note| note.map(String::into_bytes));
            (note, "text/plain; charset=utf-8")
        } else {
            (node.log_file(self.tenant, TilePath::parse(name)?).await, "application/octet-stream")
        };
        Some(read.map_err(Problem::from).and_then(|bytes| {
            let mut response = Response::new(bytes.ok_or_else(|| Problem::not_found("file of the signed log"))?);
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            Ok(response)
        }))
    }

    /// The answers that are written while they are sent; `None` for all others.
    pub async fn stream(&self, request: &Request) -> Option<Result<Streamed, Problem>> {
        let here = request.method == Method::POST && request.path == "/v1/log/bundle";
        if here { Some(self.bundle(&request.query).await) } else { None }
    }

    /// A task's bundle, or the whole log's. All that can be refused is refused before the first byte.
    async fn bundle(&self, query: &str) -> Result<Streamed, Problem> {
        let (task, options) = self.asked(query)?;
        let node = Arc::clone(self.desk.node());
        let tenant = self.tenant;
        if let Some(task) = task {
            self.desk.task(tenant, task).await?;
        }
        let checkpoint = node.checkpoint_with_heads(tenant).await?;
        if let Some(since) = options.since.filter(|since| *since > checkpoint.size) {
            let size = checkpoint.size;
            return Err(Problem::bad(format!("`since` is `{since}`, but the log has `{size}` leaves")));
        }
        Ok(Streamed(Box::new(move |out| node.export(tenant, task, &checkpoint, &options, out))))
    }

    fn asked(&self, query: &str) -> Result<(Option<TaskId>, ExportOptions), Problem> {
        let mut values = std::collections::BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if !NAMES.contains(&name) {
                return Err(Problem::bad(format!("`{name}` is not known; expected one of {}", NAMES.join(", "))));
            }
            if values.insert(name, value).is_some() {
                return Err(Problem::bad(format!("`{name}` stands twice")));
            }
        }
        let flag = |name: &str| match values.get(name) {
            None => Ok(false),
            Some(&"true") => Ok(true),
            Some(_) => Err(Problem::bad(format!("`{name}`: expected `true`"))),
        };
        let task = values.get("task").map(|task| read::task_id(task)).transpose()?;
        if task.is_some() == flag("whole")? {
            return Err(Problem::bad("expected either `task` or `whole=true`"));
        }
        let since = number(query, "since")?;
        let now = self.desk.node().now();
        Ok((task, ExportOptions { redact: flag("redact")?, since, now }))
    }
}

fn checkpoint_json(checkpoint: &SignedCheckpoint) -> Json {
    Json::object([
        ("epoch", Json::from(u64::from(checkpoint.epoch))),
        ("note", Json::from(checkpoint.note.as_str())),
        ("root", Json::from(checkpoint.root.to_string().as_str())),
        ("size", Json::from(checkpoint.size)),
    ])
}
