// @modelcontextprotocol/client waits for a person: it is given their page in both eras, and its call is done once they have
// signed there, and not by what it says itself. One line a step; exit 1 when one is not as told.

import { execFileSync } from 'node:child_process';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/client';
import { person } from './person.mjs';

const [base, people, home, bailiwick] = process.argv.slice(2);
let failed = 0;
function row(what, expected, found) {
  const good = String(expected) === String(found);
  failed += good ? 0 : 1;
  console.log(`${good ? 'ok ' : 'NOT'} ${what}: ${good ? found : `expected ${expected}, found ${found}`}`);
}
const cli = (...args) =>
  execFileSync(bailiwick, ['--home', home, '--json', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

const boss = await person(people, JSON.parse(cli('person', 'invite', 'bea')).url);
row('a passkey is made', 200, boss.enrolled);
row('its person signs in', 200, boss.signedIn);
const sign = (page) => boss.sign(page, 'role:boss');
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
