// What both JavaScript clients do with a job: each step once, in order, and what came of it.
import { readFileSync } from "node:fs";

export const job = JSON.parse(readFileSync(0, "utf8"));

/** What this client answers a server that asks for something. */
export const said = {
  sampled: { model: "none", role: "assistant", content: { type: "text", text: "hello" } },
  elicited: { action: "accept", content: { name: "Ada", check: true } },
  roots: ({ play }) => ({ roots: [{ uri: `file://${play}`, name: "play" }] }),
};

export async function drive({ client, transport, onLog, call, version }) {
  let logs = 0;
  onLog(() => {
    logs += 1;
  });
  await client.connect(transport);
  const outcomes = [];
  for (const { method, params, progress } of job.steps) {
    const before = logs;
    let steps = 0;
    const options = progress ? { onprogress: () => (steps += 1) } : {};
    const outcome = {};
    try {
      outcome.result = await step(client, call, method, params, options);
    } catch (error) {
      outcome.error = { code: error.code ?? null, message: String(error.message), data: error.data ?? null };
    }
    outcomes.push({ ...outcome, progress: steps, logs: logs - before });
  }
  const era = version();
  await client.close();
  process.stdout.write(JSON.stringify({ era, outcomes }));
}

function step(client, call, method, params, options) {
  switch (method) {
    case "tools/list": return client.listTools(params, options);
    case "tools/call": return call(params, options);
    case "resources/list": return client.listResources(params, options);
    case "resources/templates/list": return client.listResourceTemplates(params, options);
    case "resources/read": return client.readResource(params, options);
    case "prompts/list": return client.listPrompts(params, options);
    case "prompts/get": return client.getPrompt(params, options);
    case "completion/complete": return client.complete(params, options);
    case "logging/setLevel": return client.setLoggingLevel(params.level, options);
    default: throw new Error(`no such step: ${method}`);
  }
}
