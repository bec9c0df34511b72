// A server on the SDK that most servers of today use (`@modelcontextprotocol/sdk` 1.x, revisions before 2026-07-28): its
// tools ask their client in the middle of a call.
//
//   node asking.mjs LOG      what becomes of its calls is written to LOG, a line each
import { appendFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';

const server = new McpServer({ name: 'asking', version: '1' });
const say = (text) => ({ content: [{ type: 'text', text }] });
const log = (line) => appendFileSync(process.argv[2], `${line}\n`);

async function name(message) {
  const requestedSchema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
  const { action, content } = await server.server.elicitInput({ message, requestedSchema });
  return action === 'accept' ? content.name : action;
}

async function model(text) {
  const messages = [{ role: 'user', content: { type: 'text', text } }];
  const { content } = await server.server.createMessage({ messages, maxTokens: 20 });
  return content.text;
}

function tool(called, description, does) {
  server.registerTool(called, { description, inputSchema: {} }, async (_, { signal }) => {
    log(`${called} begins`);
    signal.addEventListener('abort', () => log(`${called} cancelled`));
    const text = await does();
    log(`${called} ends`);
    return say(text);
  });
}

tool('ask_name', 'Notes a name that it asks for', () => name('Whose is it?'));
tool('ask_model', 'Notes what a model says', () => model('Say hello'));
tool('ask_both', 'Notes a name and what a model says of it', async () => {
  const first = await name('Who comes first?');
  return `${first}, ${await model(`Greet ${first}`)}, ${await name('And the other?')}`;
});
tool('note', 'Notes nothing', async () => 'noted');
await server.connect(new StdioServerTransport());
