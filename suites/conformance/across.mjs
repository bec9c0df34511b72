// What a server of the older era asks in the middle of a call, answered by a client of the newer era, whose requests do not
// wait: `@modelcontextprotocol/sdk` 1.x on one end and `@modelcontextprotocol/client` 2.x on the other, both of others.
//
//   node across.mjs BASE HOME BAILIWICK LOG      one line a step; exit 1 when one is not as told
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [base, home, bailiwick, log] = process.argv.slice(2);
let failed = 0;
function row(what, expected, found) {
  const good = String(expected) === String(found);
  failed += good ? 0 : 1;
  console.log(`  ${good ? 'ok ' : 'NOT'} ${what}: ${good ? found : `expected ${expected}, found ${found}`}`);
}
const cli = (...args) =>
  execFileSync(bailiwick, ['--home', home, '--json', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const lines = (...args) => cli(...args).trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));

const { task } = JSON.parse(cli('task', 'start', 'conformance', 'server=asking', '--agent', 'asked', '--yes', '--yes-privileged'));
const client = new Client(
  { name: 'suite', version: '1' },
  { capabilities: { elicitation: { form: {} }, sampling: {} }, versionNegotiation: { mode: 'auto' } },
);
let answers = [];
const shown = [];
client.setRequestHandler('elicitation/create', async ({ params }) => {
  shown.push(params.message);
  return answers.shift()();
});
client.setRequestHandler('sampling/createMessage', async ({ params }) => {
  shown.push(params.systemPrompt);
  return answers.shift()();
});
await client.connect(new StdioClientTransport({
  command: bailiwick,
  args: ['connect', base, '--agent', 'asked', '--key', `${home}/asking.key`, '--task', task],
  stderr: 'ignore',
}));
const named = (name) => () => ({ action: 'accept', content: { name } });
const spoken = (text) => () => ({ role: 'assistant', model: 'm', content: { type: 'text', text } });
async function call(name, ...given) {
  answers = given;
  const { content, isError, _meta } = await client.callTool({ name: `asking__${name}`, arguments: {} });
  return isError ? _meta?.['bailiwick.dev/refusal']?.code ?? content[0].text : content[0].text;
}
const kinds = (kind) => lines('event', 'list', '--task', task, '--kind', kind).length;

row('the client is of the newer era', true, client.getNegotiatedProtocolVersion() >= '2026');
await client.listTools();
row('a call that asks nothing', 'noted', await call('note'));
row('a form', 'Ann', await call('ask_name', named('Ann')));
row('who asks is said first', 'The server `asking`', shown[0].slice(0, 19));
row('a form that its person declines', 'decline', await call('ask_name', () => ({ action: 'decline' })));
row('a form that its person turns away from', 'decline', await call('ask_both', () => ({ action: 'cancel' }), spoken('so be it'), named('Bob'))
  .then((text) => text.split(',')[0]));
row('a model', 'hello', await call('ask_model', spoken('hello')));
row('three questions in one call', 'Eve, good day, Joe', await call('ask_both', named('Eve'), spoken('good day'), named('Joe')));
const done = readFileSync(log, 'utf8').trim().split('\n');
row('each call reached the server once', '6 6', `${done.filter((line) => / begins$/.test(line)).length} ${done.filter((line) => / ends$/.test(line)).length}`);
// six calls, and seven answers that were shared with the server
row('what left was decided first', 13, kinds('action.begun'));
row('and is settled', 13, kinds('action.ended'));

// the grant ends while the call waits
const ended = await call('ask_name', async () => {
  cli('task', 'revoke', task);
  // what waits is cut within a moment; the answer comes too late
  for (let tries = 0; tries < 100 && !readFileSync(log, 'utf8').includes('ask_name cancelled'); tries += 1) {
    await new Promise((done) => { setTimeout(done, 100); });
  }
  return named('late')();
}).catch((error) => error.message);
row('a call that waits is cancelled at its server when its task is revoked', true, readFileSync(log, 'utf8').includes('ask_name cancelled'));
row('and its client is told that it is over', true, /grant_ended|task_ended|ended/.test(ended));
row('nothing more was shared', 14, kinds('action.begun'));
await client.close();
console.log(`  ${failed} not as told`);
process.exit(failed ? 1 : 0);
