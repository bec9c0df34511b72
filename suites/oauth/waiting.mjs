// @modelcontextprotocol/client waits for a person: it is given their page in both eras, and its call is done once they have
// signed there, and not by what it says itself. One line a step; exit 1 when one is not as told.

import { execFileSync } from 'node:child_process';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/client';
import { passkey } from './passkey.mjs';

const [base, people, home, bailiwick] = process.argv.slice(2);
let failed = 0;
function row(what, expected, found) {
  const good = String(expected) === String(found);
  failed += good ? 0 : 1;
  console.log(`${good ? 'ok ' : 'NOT'} ${what}: ${good ? found : `expected ${expected}, found ${found}`}`);
}
const cli = (...args) =>
  execFileSync(bailiwick, ['--home', home, '--json', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

// a person with a passkey, signed in
const own = passkey(people);
let cookie;
async function ask(method, path, body) {
  const response = await fetch(`${people}${path}`, {
    method,
    headers: { origin: people, 'content-type': 'application/json', ...(cookie ? { cookie } : {}) },
    body: method === 'GET' ? undefined : JSON.stringify(body ?? {}),
  });
  cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
  return { status: response.status, ...(await response.json()) };
}
const code = JSON.parse(cli('person', 'invite', 'bea')).url.split('#')[1];
const made = await ask('POST', '/v1/enroll/options', { code });
row('a passkey is made', 200, (await ask('POST', '/v1/enroll', { code, name: 'suite', registration: own.register(made.challenge) })).status);
const { challenge } = await ask('POST', '/v1/session/options');
row('its person signs in', 200, (await ask('POST', '/v1/session', { assertion: own.sign(challenge) })).status);

async function sign(page) {
  const id = page.slice(`${people}/approvals/`.length);
  const { statements } = await ask('GET', `/v1/approvals/${id}`);
  const { statement, challenge } = statements['role:boss'];
  return (await ask('POST', `/v1/approvals/${id}/sign`, { role: 'role:boss', statement, assertion: own.sign(challenge) })).status;
}
const begun = (task) => cli('event', 'list', '--task', task, '--kind', 'action.begun').trim().split('\n').filter(Boolean).length;
const graph = { name: 'memory__read_graph', arguments: {} };

for (const mode of ['auto', 'legacy']) {
  const task = JSON.parse(cli('task', 'start', 'careful', '--agent', 'helper', '--yes')).task;
  const mcp = new Client({ name: 'suite', version: '1' }, { versionNegotiation: { mode }, capabilities: { elicitation: { url: {} } } });
  const pages = [];
  let signed;
  mcp.setRequestHandler('elicitation/create', async ({ params }) => {
    pages.push(params.url);
    row(`${mode}: nothing is begun when the page is shown`, `url 0`, `${params.mode} ${begun(task)}`);
    // while the call is held
    signed = sign(params.url);
    return { action: 'accept' };
  });
  let complete;
  const completed = new Promise((done) => { complete = done; });
  if (mode === 'legacy') mcp.setNotificationHandler('notifications/elicitation/complete', ({ params }) => complete(params.elicitationId));
  await mcp.connect(new StdioClientTransport({
    command: bailiwick,
    args: ['connect', base, '--agent', 'helper', '--key', `${home}/helper.pem`, '--task', task],
    stderr: 'ignore',
  }));
  if (mode === 'auto') {
    const done = await mcp.callTool(graph);
    row(`${mode}: the call went on by itself once its person had signed`, '200 false 1', `${await signed} ${done.isError ?? false} ${begun(task)}`);
    row(`${mode}: the page was shown once`, 1, pages.length);
  } else {
    const error = await mcp.callTool(graph).then(() => undefined, (error) => error);
    const [elicitation] = error?.data?.elicitations ?? [];
    row(`${mode}: the page comes in an error`, '-32042 url 0', `${error?.code} ${elicitation?.mode} ${begun(task)}`);
    row(`${mode}: its person signs`, 200, await sign(elicitation.url));
    row(`${mode}: the client is told when it was answered`, elicitation.elicitationId, await completed);
    row(`${mode}: the same call is done`, 'false 1', `${(await mcp.callTool(graph)).isError ?? false} ${begun(task)}`);
  }
  await mcp.close();
  cli('task', 'revoke', task);
}
process.exit(failed ? 1 : 0);
