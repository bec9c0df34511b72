// What lasts ends with its grant, at a server of others: `@modelcontextprotocol/server-everything` behind a node, a client on
// `@modelcontextprotocol/sdk`. It subscribes to a resource and hears of it, has an MCP task done and another begun; then its task
// is revoked.
//
//   node lasting.mjs BASE HOME BAILIWICK BOOK      one line a step; exit 1 when one is not as told
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CallToolResultSchema, ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

const [base, home, bailiwick, book] = process.argv.slice(2);
let failed = 0;
function row(what, expected, found) {
  const good = String(expected) === String(found);
  failed += good ? 0 : 1;
  console.log(`  ${good ? 'ok ' : 'NOT'} ${what}: ${good ? found : `expected ${expected}, found ${found}`}`);
}
const cli = (...args) =>
  execFileSync(bailiwick, ['--home', home, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const lines = (...args) => cli('--json', ...args).trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
const heard = () => readFileSync(book, 'utf8').trim().split('\n');
// a machine that does much else takes its time
async function comes(so) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await so()) return true;
    await new Promise((done) => { setTimeout(done, 100); });
  }
  return false;
}

const { task } = JSON.parse(cli('--json', 'task', 'start', 'conformance', 'server=everything', '--agent', 'lasting', '--yes', '--yes-privileged'));
const client = new Client({ name: 'suite', version: '1' }, { capabilities: {} });
const updated = [];
client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => { updated.push(params.uri); });
await client.connect(new StdioClientTransport({
  command: bailiwick,
  args: ['connect', base, '--agent', 'lasting', '--key', `${home}/lasting.key`, '--task', task],
  stderr: 'ignore',
}));
await client.listTools();
const named = (name) => `everything__${name}`;
const call = (name, args = {}) => client.callTool({ name: named(name), arguments: args });
const begun = (tool) => lines('event', 'list', '--task', task, '--kind', 'action.begun').filter((event) => event.data.action.tool === `everything/${tool}`);
const ended = (leaf) => lines('event', 'list', '--task', task, '--kind', 'action.ended').find((event) => event.data.begun === leaf);

// a subscription
const { resources } = await client.listResources();
const { uri } = resources[0];
await client.subscribeResource({ uri });
row('what is subscribed to is open', '1 true', `${begun('resources:subscribe').length} ${!ended(begun('resources:subscribe')[0].leaf)}`);
await call('toggle-subscriber-updates');
row('its client hears of it', true, await comes(() => updated.includes(uri)));

// an MCP task that is done, and one that is under way
const research = (topic) =>
  client.experimental.tasks.callToolStream({ name: named('simulate-research-query'), arguments: { topic } }, CallToolResultSchema, { task: { ttl: 60000 } });
let result;
for await (const message of research('owls')) if (message.type === 'result' || message.type === 'error') result = message;
row('a task is done, and its result given out', true, result.result?.content[0].text.includes('Research Report: owls') ?? result.error.message);
let running;
for await (const message of research('larks')) {
  running = message.task?.taskId ?? message.error?.message;
  break;
}
const [done, open] = begun('simulate-research-query');
row('another is under way', 'done working true', `${ended(done.leaf)?.data.status} ${(await client.experimental.tasks.getTask(running)).status} ${!ended(open.leaf)}`);
row('its client knows it by no name of the server\'s', false, heard().some((line) => line.includes(running)));

// the grant ends
const gone = () => heard().filter((line) => line === 'gone').length;
const before = gone();
const receipt = JSON.parse(cli('--json', 'task', 'revoke', task));
row('the receipt names both as open', 'everything/resources:subscribe everything/simulate-research-query', receipt.open_acts.map(({ tool }) => tool).toSorted().join(' '));
row('the server is told that nobody listens any more', true, await comes(() => heard().includes(`resources/unsubscribe ${uri}`)));
row('and that the task is not wanted', true, await comes(() => heard().some((line) => line.startsWith('tasks/cancel '))));
row('its session ends with the grant', true, await comes(() => gone() > before));
const refused = async (asks) => asks().then(() => 'answered', ({ message }) => (/ended/.test(message) ? 'told' : message));
row('its client is given nothing of the task', 'told', await refused(() => client.experimental.tasks.getTaskResult(running, CallToolResultSchema)));
row('nor how it stands', 'told', await refused(() => client.experimental.tasks.getTask(running)));
const next = await call('echo', { message: 'x' }).catch((error) => ({ content: [{ text: error.message }] }));
row('and told at its next call that the task is over', true, /ended|No task waits/.test(next.content[0].text));

// what stands of it in the record
row('the subscription is settled', true, await comes(() => ended(begun('resources:subscribe')[0].leaf)?.data.status === 'done'));
const doubtful = () => JSON.parse(cli('--json', 'task', 'show', task)).doubtful_acts.map(({ tool }) => tool).join(' ');
row('what became of the task nobody knows', true, await comes(() => doubtful() === 'everything/simulate-research-query'));
const bundle = `${home}/lasting.bundle`;
writeFileSync(bundle, cli('log', 'export', task));
const report = cli('--json', 'verify', bundle, '--key', cli('log', 'key').trim());
row('and the record is decided again', 'confirmed', JSON.parse(report).answer);
await client.close();
console.log(`  ${failed} not as told`);
process.exit(failed ? 1 : 0);
