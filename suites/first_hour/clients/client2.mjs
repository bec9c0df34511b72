// `@modelcontextprotocol/client` 2.x, which asks for the newer era first: reads a job from standard input, drives the
// server, writes outcomes.
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { drive, job, said } from "./drive.mjs";
import { straight } from "./straight.mjs";

const client = new Client(
  { name: "first-hour", version: "1" },
  { capabilities: { sampling: {}, elicitation: { form: {} }, roots: {} }, versionNegotiation: { mode: "auto" } },
);
client.setRequestHandler("sampling/createMessage", () => said.sampled);
client.setRequestHandler("elicitation/create", () => said.elicited);
client.setRequestHandler("roots/list", () => said.roots(job));
await drive({
  client,
  transport: job.server.url ? await straight(job.server) : new StdioClientTransport({ ...job.server, stderr: "inherit" }),
  onLog: (count) => client.setNotificationHandler("notifications/message", count),
  call: (params, options) => client.callTool(params, options),
  version: () => (client.getNegotiatedProtocolVersion() >= "2026" ? "newer" : "older"),
});
