// oauth4webapi and @modelcontextprotocol/client against a node. One line a step; exit 1 when one is not as told.

import { execFileSync } from 'node:child_process';
import { createHash, randomUUID, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as oauth from 'oauth4webapi';
import * as jose from 'jose';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client, DpopSession, StreamableHTTPClientTransport, withDpop } from '@modelcontextprotocol/client';

const [base, home, bailiwick] = process.argv.slice(2);
const agent = 'helper';
const resource = `${base}/mcp`;
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const insecure = { [oauth.allowInsecureRequests]: true };
const client = { client_id: agent };
const pem = readFileSync(`${home}/helper.pem`, 'utf8');
const agentKey = await jose.importPKCS8(pem, 'ES256');
const other = () => webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const keyPair = await other();

let failed = 0;
const rows = [];
function row(what, expected, found) {
  const good = String(expected) === String(found);
  failed += good ? 0 : 1;
  rows.push([good ? 'ok' : 'NOT', what, good ? String(found) : `expected ${expected}, found ${found}`]);
}

function cli(...args) {
  return execFileSync(bailiwick, ['--home', home, '--json', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}
const start = () => JSON.parse(cli('task', 'start', 'remember', '--agent', agent, '--yes')).task;

// metadata and keys
const rs = await oauth.processResourceDiscoveryResponse(
  new URL(resource), await oauth.resourceDiscoveryRequest(new URL(resource), insecure));
row('RFC 9728 metadata names its authority', base, rs.authorization_servers[0]);
const issuer = new URL(base);
const as = await oauth.processDiscoveryResponse(
  issuer, await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' }));
row('RFC 8414 metadata is of the issuer', base, as.issuer);
const jwks = await (await fetch(as.jwks_uri)).json();
row('the key set has public ES256 keys alone', true, jwks.keys.length > 0 && jwks.keys.every((key) => key.alg === 'ES256' && !key.d));

// tokens
const assertion = (changes = {}, key = agentKey) => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: agent, sub: agent, aud: as.issuer, jti: randomUUID(), iat: now, exp: now + 60, ...changes };
  return new jose.SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'JWT' }).sign(key);
};
const ask = (DPoP, parameters) =>
  oauth.genericTokenEndpointRequest(as, client, oauth.None(), grantType, { resource, ...parameters }, { ...insecure, DPoP });
async function token(DPoP, parameters) {
  const once = async () => oauth.processGenericTokenEndpointResponse(as, client, await ask(DPoP, parameters));
  try {
    return await once();
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return once();
  }
}
const why = async (promise) => promise.then(() => 'granted', (error) => error.error ?? error.code ?? error.message);

const DPoP = oauth.DPoP(client, keyPair);
row('a first proof has no nonce', 'use_dpop_nonce', await why(oauth.processGenericTokenEndpointResponse(
  as, client, await ask(DPoP, { assertion: await assertion() }))));
row('no task yet', 'authorization_pending', await why(token(DPoP, { assertion: await assertion() })));
const task = start();
const shown = await assertion();
const granted = await token(DPoP, { assertion: shown });
row('a token that is bound to the key', 'dpop', granted.token_type);
row('it names its task (RFC 9396)', task, granted.authorization_details[0].task);
row('an assertion is good once', 'invalid_grant', await why(token(DPoP, { assertion: shown })));
row('an assertion by another key', 'invalid_grant',
  await why(token(DPoP, { assertion: await assertion({}, (await other()).privateKey) })));
row('an expired assertion', 'invalid_grant',
  await why(token(DPoP, { assertion: await assertion({ iat: 1, exp: 61 }) })));
row('an assertion for another authority', 'invalid_grant',
  await why(token(DPoP, { assertion: await assertion({ aud: 'https://other.example' }) })));
row('a resource that is none', 'invalid_target',
  await why(token(DPoP, { assertion: await assertion(), resource: `${base}/other` })));
row('the same key again: the same task', task,
  (await token(DPoP, { assertion: await assertion() })).authorization_details[0].task);

// calls
const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const message = (method, params = {}) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } });
const headersOf = (method, name) => ({
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': method,
  ...(name ? { 'mcp-name': name } : {}),
});
let captured;
const call = async (method, params, { access = granted.access_token, dpop = DPoP } = {}) => {
  const send = () => oauth.protectedResourceRequest(
    access, 'POST', new URL(resource), new Headers(headersOf(method, params?.name)), message(method, params), {
      ...insecure, DPoP: dpop,
      [oauth.customFetch]: (url, options) => { captured = { url, options }; return fetch(url, options); },
    });
  try {
    return await send();
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return send();
  }
};
const graph = { name: 'memory__read_graph', arguments: {} };
const said = async (response) => (await response.json()).result;
const challenged = (error) => (error instanceof oauth.WWWAuthenticateChallengeError ? error.cause[0].parameters.error : error.code ?? error.message);
const refusal = (promise) => promise.then(async (r) => (r.status === 200 ? 'let in' : String(r.status)), challenged);

const tools = (await said(await call('tools/list'))).tools.map((tool) => tool.name);
row('what the grant can use is listed', true, tools.includes('memory__read_graph') && tools[0] === 'bailiwick_authority');
row('a call is done', false, (await said(await call('tools/call', graph))).isError ?? false);
const jwt = await oauth.validateJwtAccessToken(
  as, new Request(captured.url, { method: 'POST', headers: captured.options.headers }), resource, { ...insecure, requireDPoP: true });
row('a resource of others can check token and proof', agent, jwt.client_id);

// what must be refused, the same message each time
const url = new URL(resource);
const b64 = (text) => Buffer.from(text).toString('base64url');
const ath = (text) => createHash('sha256').update(text).digest('base64url');
let nonce = (await fetch(resource, { method: 'POST', headers: headersOf('tools/list'), body: message('tools/list') })).headers.get('dpop-nonce');
const proof = async (changes = {}, keys = keyPair, access = granted.access_token) => {
  const claims = { jti: randomUUID(), htm: 'POST', htu: url.href, iat: Math.floor(Date.now() / 1000), ath: ath(access), nonce, ...changes };
  for (const name of Object.keys(claims)) if (claims[name] === undefined) delete claims[name];
  return new jose.SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await jose.exportJWK(keys.publicKey) })
    .sign(keys.privateKey);
};
async function raw({ access = granted.access_token, dpop, scheme = 'DPoP', method = 'tools/list', params, more = {}, body, to = resource } = {}) {
  const response = await fetch(to, {
    method: 'POST',
    headers: { ...headersOf(method, params?.name), authorization: `${scheme} ${access}`, ...(dpop ? { dpop } : {}), ...more },
    body: body ?? message(method, params),
  });
  nonce = response.headers.get('dpop-nonce') ?? nonce;
  const error = /error="([^"]*)"/.exec(response.headers.get('www-authenticate') ?? '')?.[1] ?? '';
  return { line: `${response.status} ${error}`.trim(), response };
}
const line = async (options) => (await raw(options)).line;
const [header, payload, signature] = granted.access_token.split('.');
const edited = (changes) => b64(JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url')), ...changes }));
const none = `${b64(JSON.stringify({ alg: 'none', typ: 'at+jwt' }))}.${payload}.`;
const hs256 = await new jose.SignJWT(JSON.parse(Buffer.from(payload, 'base64url')))
  .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: jwks.keys[0].kid })
  .sign(Buffer.from(JSON.stringify(jwks.keys[0])));
const stranger = await other();
const used = await proof();
row('a good proof', '200', await line({ dpop: used }));
row('the same proof again', '401 invalid_dpop_proof', await line({ dpop: used }));
row('no proof', '401 invalid_dpop_proof', await line());
row('as a bearer token', '401 invalid_token', await line({ scheme: 'Bearer', dpop: await proof() }));
row('a proof by another key', '401 invalid_token', await line({ dpop: await proof({}, stranger) }));
row('a proof for another URL', '401 invalid_dpop_proof', await line({ dpop: await proof({ htu: `${base}/mcp/memory` }) }));
row('a proof for another method', '401 invalid_dpop_proof', await line({ dpop: await proof({ htm: 'GET' }) }));
row('a proof for another body', '401 invalid_dpop_proof', await line({ dpop: await proof({ bd: ath('other') }) }));
row('a proof for this body', '200', await line({ dpop: await proof({ bd: ath(message('tools/list')) }) }));
row('a proof without ath', '401 invalid_dpop_proof', await line({ dpop: await proof({ ath: undefined }) }));
row('a proof of another token', '401 invalid_dpop_proof', await line({ dpop: await proof({ ath: ath('other') }) }));
row('a proof without nonce', '401 use_dpop_nonce', await line({ dpop: await proof({ nonce: undefined }) }));
row('a proof with a made-up nonce', '401 use_dpop_nonce', await line({ dpop: await proof({ nonce: 'made-up' }) }));
row('an old proof', '401 invalid_dpop_proof', await line({ dpop: await proof({ iat: Math.floor(Date.now() / 1000) - 600 }) }));
row('a token with alg none', '401 invalid_token', await line({ access: none, dpop: await proof({}, keyPair, none) }));
row('a token signed with the public key', '401 invalid_token', await line({ access: hs256, dpop: await proof({}, keyPair, hs256) }));
for (const [what, changes] of [
  ['a token that lives longer', { exp: 4102444800 }],
  ['a token for another audience', { aud: ['https://other.example'] }],
  ['a token of another grant', { authorization_details: [] }],
]) {
  const text = [header, edited(changes), signature].join('.');
  row(what, '401 invalid_token', await line({ access: text, dpop: await proof({}, keyPair, text) }));
}
row('a token for one server at the door of all', '401 invalid_token', await (async () => {
  const one = await token(DPoP, { assertion: await assertion(), resource: `${base}/mcp/memory` });
  return line({ access: one.access_token, dpop: await proof({}, keyPair, one.access_token) });
})());
row('a page of somebody else', '403', await line({ dpop: await proof(), more: { origin: 'https://evil.example' } }));
row('a batch', '400', await line({ dpop: await proof(), body: `[${message('tools/list')}]` }));
row('a header that disagrees', '400', await line({ dpop: await proof(), more: { 'mcp-method': 'tools/call' } }));
row('a proof of a call again is refused and kept', 'proof_replayed', await (async () => {
  const twice = await proof();
  await raw({ dpop: twice, method: 'tools/call', params: graph });
  const { response } = await raw({ dpop: twice, method: 'tools/call', params: graph });
  return (await response.json()).result?._meta?.['bailiwick.dev/refusal']?.code;
})());

// introspection and revocation
const authenticate = oauth.PrivateKeyJwt(agentKey);
const about = async (text) => oauth.processIntrospectionResponse(
  as, client, await oauth.introspectionRequest(as, client, authenticate, text, insecure));
row('introspection: active (RFC 7662)', true, (await about(granted.access_token)).active);
row('introspection of nothing', false, (await about('x.y.z')).active);
const revoked = await oauth.revocationRequest(as, client, authenticate, granted.access_token, insecure);
await oauth.processRevocationResponse(revoked);
row('revocation (RFC 7009)', 200, revoked.status);
row('introspection: not active', false, (await about(granted.access_token)).active);
const after = await said(await call('tools/call', graph));
row('the next call is refused', 'true task_ended', `${after.isError} ${after._meta['bailiwick.dev/refusal'].code}`);

// token exchange (RFC 8693): a part of the work is handed to another agent, whose key alone can use the token
const together = JSON.parse(cli('task', 'start', 'together', '--agent', agent, '--yes', '--yes-privileged')).task;
const delegators = oauth.DPoP(client, await other());
const held = await token(delegators, { assertion: await assertion() });
const scoutKey = await jose.importPKCS8(readFileSync(`${home}/scout.pem`, 'utf8'), 'ES256');
const scouts = await other();
const jkt = await jose.calculateJwkThumbprint(await jose.exportJWK(scouts.publicKey));
const actor = (changes = {}) => assertion({ iss: 'scout', sub: 'scout', cnf: { jkt }, ...changes }, scoutKey);
async function exchange(detail, actorToken, dpop = delegators) {
  const parameters = {
    resource,
    subject_token: held.access_token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    actor_token: actorToken,
    actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    authorization_details: JSON.stringify([{ type: 'bailiwick_task', purpose: 'look it up', ...detail }]),
  };
  const once = async () => oauth.processGenericTokenEndpointResponse(as, client, await oauth.genericTokenEndpointRequest(
    as, client, oauth.None(), 'urn:ietf:params:oauth:grant-type:token-exchange', parameters, { ...insecure, DPoP: dpop }));
  try {
    return await once();
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return once();
  }
}
const looking = { grant: [{ tools: ['memory/read_graph'], effects: ['read', 'write'] }] };
row('exchange: more than is held', 'invalid_authorization_details',
  await why(exchange({ grant: [{ tools: ['memory/*', 'bank/*'] }] }, await actor())));
row('exchange: an actor token without a key', 'invalid_request', await why(exchange(looking, await actor({ cnf: undefined }))));
row('exchange: by another key than the token has', 'invalid_request',
  await why(exchange(looking, await actor(), oauth.DPoP(client, await other()))));
row('exchange: to whom the grant does not name', 'access_denied', await why(exchange(looking, await assertion({ cnf: { jkt } }))));
const handed = await exchange(looking, await actor());
row('exchange: a token for the delegate (RFC 8693)', 'dpop', handed.token_type);
row('it is of the same task', together, handed.authorization_details[0].task);
row('it names who acts for whom', 'scout helper', (({ sub, act }) => `${sub} ${act.sub}`)(jose.decodeJwt(handed.access_token).act));
const theirDpop = oauth.DPoP({ client_id: 'scout' }, scouts);
const asScout = { access: handed.access_token, dpop: theirDpop };
row('the delegate calls', false, (await said(await call('tools/call', graph, asScout))).isError ?? false);
row('the delegator cannot use it', 'invalid_token',
  await refusal(call('tools/call', graph, { access: handed.access_token, dpop: delegators })));
const beyond = await said(await call('tools/call', { name: 'memory__delete_entities', arguments: { entityNames: [] } }, asScout));
row('the delegate does no more than was handed on', 'not_available', beyond._meta['bailiwick.dev/refusal'].code);
cli('task', 'revoke', together);
row('and nothing once the task has ended', 'task_ended',
  (await said(await call('tools/call', graph, asScout)))._meta['bailiwick.dev/refusal'].code);

// the MCP client of others, with its own DPoP
start();
const session = await DpopSession.create({ alg: 'ES256' });
const publicKey = await jose.importJWK(session.publicJwk, 'ES256', { extractable: true });
const keys = { privateKey: session.keyPair.privateKey, publicKey };
const theirs = await token(oauth.DPoP(client, keys), { assertion: await assertion() });
for (const mode of ['auto', 'legacy']) {
  const mcp = new Client({ name: 'suite', version: '1' }, { versionNegotiation: { mode } });
  const transport = new StreamableHTTPClientTransport(url, { fetch: withDpop(session, () => theirs.access_token)(fetch) });
  await mcp.connect(transport);
  const names = (await mcp.listTools()).tools.map((tool) => tool.name);
  row(`client 2.x (${mode}) lists`, true, names.includes('memory__create_entities'));
  const created = await mcp.callTool({
    name: 'memory__create_entities',
    arguments: { entities: [{ name: mode, entityType: 'mode', observations: ['seen'] }] },
  });
  row(`client 2.x (${mode}) calls`, false, created.isError ?? false);
  const resources = (await mcp.listResources()).resources.map((entry) => entry.uri);
  row(`client 2.x (${mode}) lists resources`, 'memory://knowledge-graph', resources[0]);
  await mcp.close();
}

// the same client, which here knows neither tokens nor proofs, through `connect`
for (const mode of ['auto', 'legacy']) {
  const own = start();
  const mcp = new Client({ name: 'suite', version: '1' }, { versionNegotiation: { mode } });
  await mcp.connect(new StdioClientTransport({
    command: bailiwick,
    args: ['connect', base, '--agent', agent, '--key', `${home}/helper.pem`, '--task', own],
    stderr: 'ignore',
  }));
  const names = (await mcp.listTools()).tools.map((tool) => tool.name);
  row(`connect, client 2.x (${mode}) lists`, true, names.includes('memory__read_graph'));
  row(`connect, client 2.x (${mode}) calls`, false, (await mcp.callTool(graph)).isError ?? false);
  cli('task', 'revoke', own);
  const ended = await mcp.callTool(graph);
  row(`connect, client 2.x (${mode}) after the ending`, 'true task_ended', `${ended.isError} ${ended._meta?.['bailiwick.dev/refusal']?.code}`);
  await mcp.close();
}

for (const [mark, what, found] of rows) console.log(`${mark.padEnd(4)}${what.padEnd(52)}${found}`);
console.log(`${rows.length} steps, ${failed} not as told`);
process.exit(failed ? 1 : 0);
