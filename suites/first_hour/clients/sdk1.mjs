// `@modelcontextprotocol/sdk` 1.x, the older era: reads a job from standard input, drives the server, writes outcomes.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { drive, job, said } from "./drive.mjs";

const client = new Client(
  { name: "first-hour", version: "1" },
  { capabilities: { sampling: {}, elicitation: {}, roots: {} } },
);
client.setRequestHandler(CreateMessageRequestSchema, () => said.sampled);
client.setRequestHandler(ElicitRequestSchema, () => said.elicited);
client.setRequestHandler(ListRootsRequestSchema, () => said.roots(job));
await drive({
  client,
  transport: new StdioClientTransport({ ...job.server, stderr: "inherit" }),
  onLog: (count) => client.setNotificationHandler(LoggingMessageNotificationSchema, count),
  call: (params, options) => client.callTool(params, undefined, options),
  version: () => "older",
});
