// A URL that needs no token, in front of a gateway that wants one with proofs: the suite's client sends no credentials.
//
//   node bridge.mjs AGENT KEYFILE http://127.0.0.1:PORT/mcp/SERVER     prints `listening on URL`
//
// It adds the agent's token and a fresh proof (RFC 9449) to each request, and changes nothing else: methods, bodies,
// statuses and streams are the client's and the gateway's own. A Host or Origin that is not the bridge's goes through.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';

const [agent, keyFile, to] = process.argv.slice(2);
const target = new URL(to);
const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
const seconds = () => Math.floor(Date.now() / 1000);

/** The public members of a key, and its thumbprint (RFC 7638). */
function publicOf(key) {
  const { crv, kty, x, y } = createPublicKey(key).export({ format: 'jwk' });
  const jwk = y ? { crv, kty, x, y } : { crv, kty, x };
  return { jwk, kid: base64url(createHash('sha256').update(JSON.stringify(jwk)).digest()) };
}

function signed(key, header, claims) {
  const text = [header, claims].map((part) => base64url(JSON.stringify(part))).join('.');
  const ecdsa = key.asymmetricKeyType === 'ec';
  const signature = ecdsa ? sign('sha256', text, { key, dsaEncoding: 'ieee-p1363' }) : sign(null, text, key);
  return `${text}.${base64url(signature)}`;
}
const algorithm = (key) => (key.asymmetricKeyType === 'ec' ? 'ES256' : 'EdDSA');

const agentKey = createPrivateKey(readFileSync(keyFile));
const own = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ownPublic = publicOf(own);
let nonce;
let held;

function proof(method, url, token) {
  const claims = { htm: method, htu: url, iat: seconds(), jti: randomUUID() };
  if (nonce) claims.nonce = nonce;
  if (token) claims.ath = base64url(createHash('sha256').update(token).digest());
  return signed(own, { alg: 'ES256', typ: 'dpop+jwt', jwk: ownPublic.jwk }, claims);
}

/** A token for the agent's one open task, renewed a minute before its end. */
async function token(again = true) {
  if (held && seconds() < held.until - 60) return held.token;
  const metadata = await (await fetch(new URL('/.well-known/oauth-authorization-server', target))).json();
  const claims = { iss: agent, sub: agent, aud: metadata.issuer, iat: seconds(), exp: seconds() + 60, jti: randomUUID() };
  const assertion = signed(agentKey, { alg: algorithm(agentKey), typ: 'JWT', kid: publicOf(agentKey).kid }, claims);
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion, resource: to };
  const headers = { dpop: proof('POST', metadata.token_endpoint) };
  const answer = await fetch(metadata.token_endpoint, { method: 'POST', headers, body: new URLSearchParams(form) });
  nonce = answer.headers.get('dpop-nonce') ?? nonce;
  const said = await answer.json();
  if (said.error === 'use_dpop_nonce' && again) return token(false);
  if (!said.access_token) throw new Error(`no token: ${JSON.stringify(said)}`);
  held = { token: said.access_token, until: seconds() + said.expires_in };
  return held.token;
}

async function forward(request, response, body, again = true) {
  const bearer = await token();
  const headers = { ...request.headers, authorization: `DPoP ${bearer}`, dpop: proof(request.method, to, bearer) };
  const mine = `127.0.0.1:${server.address().port}`;
  if ([mine, mine.replace('127.0.0.1', 'localhost')].includes(headers.host)) headers.host = target.host;
  if (headers.origin?.endsWith(mine)) headers.origin = target.origin;
  const upstream = http.request(target, { method: request.method, headers, agent: false }, (answer) => {
    nonce = answer.headers['dpop-nonce'] ?? nonce;
    if (answer.statusCode === 401 && again && /use_dpop_nonce/.test(answer.headers['www-authenticate'] ?? '')) {
      answer.resume();
      forward(request, response, body, false).catch((error) => response.destroy(error));
      return;
    }
    response.writeHead(answer.statusCode, answer.headers);
    response.flushHeaders();
    answer.pipe(response);
  });
  upstream.on('error', (error) => response.destroy(error));
  // in the newer era a client cancels by going away
  response.on('close', () => upstream.destroy());
  upstream.end(body);
}

const server = http.createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  try {
    await forward(request, response, Buffer.concat(parts));
  } catch (error) {
    process.stderr.write(`${error.stack}\n`);
    response.writeHead(502).end();
  }
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening on http://127.0.0.1:${server.address().port}/mcp\n`));
