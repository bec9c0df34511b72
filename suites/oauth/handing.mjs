// Two agents in two processes, on MCP SDKs of others: the helper here on @modelcontextprotocol/client, the scout in scout.py on
// Python's mcp. The helper hands a part of its work on by the tool `bailiwick_delegate`; the scout does it under its own key, and no
// more, until the root is revoked. One line a step; exit 1 when one is not as told.

import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as jose from 'jose';
import { Client, DpopSession, StreamableHTTPClientTransport, withDpop } from '@modelcontextprotocol/client';

const [base, home, bailiwick, python, scoutFile] = process.argv.slice(2);
const url = new URL(`${base}/mcp`);
const key = await jose.importPKCS8(readFileSync(`${home}/helper.pem`, 'utf8'), 'ES256');

let failed = 0;
function row(what, expected, found) {
  const good = String(expected) === String(found);
  failed += good ? 0 : 1;
  console.log(`${good ? 'ok ' : 'NOT'} ${what}: ${good ? found : `expected ${expected}, found ${found}`}`);
}
const cli = (...args) =>
  execFileSync(bailiwick, ['--home', home, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const lines = (text) => text.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));

// the helper's token, bound to the key of its SDK's own proofs
async function token(session, task) {
  const claims = { iss: 'helper', sub: 'helper', aud: base, jti: randomUUID() };
  const assertion = await new jose.SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
    .setIssuedAt().setExpirationTime('60s').sign(key);
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion, resource: url.href,
    authorization_details: JSON.stringify([{ type: 'bailiwick_task', task }]),
  });
  const to = `${base}/oauth/token`;
  // the first proof has no nonce yet
  for (let tries = 0; tries < 2; tries++) {
    const dpop = await session.buildProof({ htm: 'POST', htu: to });
    const response = await fetch(to, { method: 'POST', headers: { dpop }, body: form });
    session.observeNonce(response, to);
    const said = await response.json();
    if (said.access_token) return said.access_token;
    if (said.error !== 'use_dpop_nonce') throw new Error(JSON.stringify(said));
  }
  throw new Error('no token');
}

// the other process: a line asks, a line answers
function scout(mode) {
  const child = spawn(python, [scoutFile, base, `${home}/scout.pem`, mode], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid,
    async ask(what) {
      child.stdin.write(`${JSON.stringify(what)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error('the scout is gone');
      return JSON.parse(value);
    },
    end: () => new Promise((gone) => { child.on('exit', gone); child.stdin.end(); }),
  };
}

async function story(ours, theirs) {
  const row_ = (what, expected, found) => row(`${ours} to ${theirs}: ${what}`, expected, found);
  const { task } = JSON.parse(cli('--json', 'task', 'start', 'together', '--agent', 'helper', '--yes', '--yes-privileged'));
  const session = await DpopSession.create({ alg: 'ES256' });
  const access = await token(session, task);
  const helper = new Client({ name: 'helper', version: '1' }, { versionNegotiation: { mode: ours } });
  await helper.connect(new StreamableHTTPClientTransport(url, { fetch: withDpop(session, () => access)(fetch) }));
  const hand = (detail) => helper.callTool({ name: 'bailiwick_delegate', arguments: { delegate: 'scout', purpose: 'look it up', ...detail } });
  const graph = { tools: ['memory/read_graph'], effects: ['read', 'write'], uses: 2 };
  const refusal = (result) => result._meta?.['bailiwick.dev/refusal'] ?? {};

  row_('who may hand on is shown how', true, (await helper.listTools()).tools.some((tool) => tool.name === 'bailiwick_delegate'));
  // beyond what is held, on four axes: each is told with what was asked, and the most
  const beyond = await hand({ grant: [{ tools: ['memory/*', 'bank/*'] }], window: '2h', delegation: { agents: ['helper', 'scout'], depth: 3 } });
  row_('more than is held', 'true beyond_grant', `${beyond.isError} ${refusal(beyond).code}`);
  const told = [refusal(beyond), ...(refusal(beyond).also ?? [])].map(({ at }) => at);
  row_('told axis by axis', '/delegation/agents /delegation/depth /grant/0/tools /window', [...told].sort().join(' '));
  row_('to oneself', 'true delegate_in_lineage', await hand({ delegate: 'helper', grant: [graph] }).then((it) => `${it.isError} ${refusal(it).code}`));
  const handed = await hand({ grant: [graph] });
  row_('a part of it', 'false scout', `${handed.isError ?? false} ${handed.structuredContent?.delegate}`);
  row_('of the same task', task, handed.structuredContent?.task);

  // what the delegate is told, as one agent tells another: words, and no secret
  const other = scout(theirs);
  row_('two processes', true, other.pid !== process.pid);
  const taken = await other.ask({ take: { task, grant: handed.structuredContent.grant } });
  row_('the delegate takes it by its own key', `DPoP ${handed.structuredContent.grant}`, `${taken.token_type} ${taken.grant}`);
  row_('in its own era', theirs === 'legacy' ? 'older' : 'newer', taken.era);
  row_('it is shown its part', 'bailiwick_authority memory__read_graph',
    (await other.ask({ list: true })).tools.filter((name) => !['bailiwick_complete', 'bailiwick_request'].includes(name)).sort().join(' '));
  const call = (name, args = {}) => other.ask({ call: name, arguments: args });
  row_('it does its part', 'done', (await call('memory__read_graph')).said);
  row_('it does no other part', 'not_available', (await call('memory__create_entities', { entities: [] })).said);
  row_('it hands nothing on', true,
    ['delegation_not_allowed', 'depth_spent', 'not_available', 'delegate_in_lineage'].includes(
      (await call('bailiwick_delegate', { delegate: 'helper', purpose: 'p', grant: [{ tools: ['memory/read_graph'] }] })).said));
  row_("with its delegator's token", '401 invalid_token', (await other.ask({ as: access })).said);
  const borrowed = new Client({ name: 'helper', version: '1' }, { versionNegotiation: { mode: ours } });
  row_("its delegator with the delegate's token", 'refused', await borrowed.connect(
    new StreamableHTTPClientTransport(url, { fetch: withDpop(session, () => taken.token)(fetch) })).then(() => 'let in', () => 'refused'));
  row_('its own part, the last time', 'done', (await call('memory__read_graph')).said);
  row_('its own bound holds', 'uses_spent', (await call('memory__read_graph')).said);
  row_('what its delegator holds is another thing', false, (await helper.callTool({ name: 'memory__read_graph', arguments: {} })).isError ?? false);

  const acts = () => lines(cli('--json', 'event', 'list', '--task', task, '--kind', 'action.begun'));
  const own = acts().find((event) => JSON.stringify(event).includes('scout memory/read_graph'));
  const way = cli('event', 'lineage', String(own?.leaf));
  row_('the way back leads from the delegate to its person', true,
    ['held by scout', 'look it up', 'held by helper', 'wanted by', 'Keep notes together'].every((part) => way.includes(part)));

  // another part, that is not used up, and the root is revoked under it
  const second = await hand({ grant: [graph] });
  await other.ask({ take: { task, grant: second.structuredContent.grant } });
  row_('another part', 'done', (await call('memory__read_graph')).said);
  const before = acts().length;
  cli('task', 'revoke', task);
  row_('its next call, once the root is revoked', 'task_ended', (await call('memory__read_graph')).said);
  row_('and its delegator hands nothing on', 'task_ended', refusal(await hand({ grant: [graph] })).code);
  row_('nothing began after it', before, acts().length);
  row_('the delegate ends as it should', 0, await other.end());
  await helper.close();
}

await story('auto', 'legacy');
await story('legacy', 'auto');
process.exit(failed ? 1 : 0);
