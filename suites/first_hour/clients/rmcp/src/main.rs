//! rmcp as a client of the older era: reads a job from standard input, drives the server, writes outcomes.

#![expect(deprecated, reason = "log lines are deprecated in the newer era; this client speaks the older one")]

use rmcp::model::{ClientRequest, LoggingMessageNotificationParam, ProgressNotificationParam};
use rmcp::service::{NotificationContext, RoleClient, RunningService, ServiceError};
use rmcp::transport::TokioChildProcess;
use rmcp::{ClientHandler, ServiceExt};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Deserialize)]
struct Job {
    server: Server,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Server {
    command: String,
    args: Vec<String>,
    env: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Step {
    method: String,
    params: Value,
}

/// Counts what a server says beside its answers.
#[derive(Default)]
struct Ear {
    progress: AtomicU64,
    logs: AtomicU64,
}

impl ClientHandler for Ear {
    async fn on_progress(&self, _: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.progress.fetch_add(1, Ordering::SeqCst);
    }

    async fn on_logging_message(&self, _: LoggingMessageNotificationParam, _: NotificationContext<RoleClient>) {
        self.logs.fetch_add(1, Ordering::SeqCst);
    }
}

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let job: Job = serde_json::from_str(&text)?;
    let mut command = tokio::process::Command::new(&job.server.command);
    command.args(&job.server.args).envs(&job.server.env);
    let client = Ear::default().serve(TokioChildProcess::new(command)?).await?;
    let mut outcomes = Vec::new();
    for step in &job.steps {
        let (progress, logs) = counts(&client);
        let mut outcome = match take(&client, step).await {
            Ok(result) => json!({ "result": result }),
            Err(error) => json!({ "error": error }),
        };
        let after = counts(&client);
        outcome["progress"] = json!(after.0 - progress);
        outcome["logs"] = json!(after.1 - logs);
        outcomes.push(outcome);
    }
    client.cancel().await?;
    println!("{}", json!({ "era": "older", "outcomes": outcomes }));
    Ok(())
}

fn counts(client: &RunningService<RoleClient, Ear>) -> (u64, u64) {
    let ear = client.service();
    (ear.progress.load(Ordering::SeqCst), ear.logs.load(Ordering::SeqCst))
}

/// One step: rmcp makes the request out of its own types and reads the answer into them.
async fn take(client: &RunningService<RoleClient, Ear>, step: &Step) -> Result<Value, Value> {
    let failed = |why: String| json!({ "code": null, "message": why, "data": null });
    let request: ClientRequest = serde_json::from_value(json!({ "method": step.method, "params": step.params }))
        .map_err(|error| failed(error.to_string()))?;
    match client.send_request(request).await {
        Ok(result) => serde_json::to_value(result).map_err(|error| failed(error.to_string())),
        Err(ServiceError::McpError(error)) => {
            Err(json!({ "code": error.code.0, "message": error.message, "data": error.data }))
        }
        Err(other) => Err(failed(other.to_string())),
    }
}
