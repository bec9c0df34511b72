// oauth4webapi waits for a person: work is handed on by token exchange, which is `authorization_pending` until somebody has signed;
// the client then repeats the very same request, and has its token. One line a step; exit 1 when one is not as told.

import { execFileSync } from 'node:child_process';
import { randomUUID, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as oauth from 'oauth4webapi';
import * as jose from 'jose';
import { person } from './person.mjs';

const [base, people, home, bailiwick] = process.argv.slice(2);
const insecure = { [oauth.allowInsecureRequests]: true };
const resource = `${base}/mcp`;
let failed = 0;
function row(what, expected, found) {
  const good = String(expected) === String(found);
  failed += good ? 0 : 1;
  console.log(`${good ? 'ok ' : 'NOT'} ${what}: ${good ? found : `expected ${expected}, found ${found}`}`);
}
const cli = (...args) =>
  execFileSync(bailiwick, ['--home', home, '--json', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const fresh = () => webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const keyOf = (agent) => jose.importPKCS8(readFileSync(`${home}/${agent}.pem`, 'utf8'), 'ES256');

const boss = await person(people, JSON.parse(cli('person', 'invite', 'bea')).url);
row('a person with a passkey is signed in', '200 200', `${boss.enrolled} ${boss.signedIn}`);

const issuer = new URL(base);
const as = await oauth.processDiscoveryResponse(
  issuer, await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' }));
const client = { client_id: 'helper' };
const [helper, scout] = [await keyOf('helper'), await keyOf('scout')];
const assertion = (agent, key, more = {}) => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: agent, sub: agent, aud: as.issuer, jti: randomUUID(), iat: now, exp: now + 240, ...more };
  return new jose.SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'JWT' }).sign(key);
};
const DPoP = oauth.DPoP(client, await fresh());
// a request, again with a nonce where the first had none: the parameters are the same
async function token(grantType, parameters) {
  const once = async () => oauth.processGenericTokenEndpointResponse(as, client, await oauth.genericTokenEndpointRequest(
    as, client, oauth.None(), grantType, { resource, ...parameters }, { ...insecure, DPoP }));
  try {
    return await once();
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return once();
  }
}

const { task } = JSON.parse(cli('task', 'start', 'careful-together', '--agent', 'helper', '--yes', '--yes-privileged'));
const named = JSON.stringify([{ type: 'bailiwick_task', task }]);
const held = await token('urn:ietf:params:oauth:grant-type:jwt-bearer', { assertion: await assertion('helper', helper), authorization_details: named });
const begun = () => cli('event', 'list', '--task', task, '--kind', 'action.begun').trim().split('\n').filter(Boolean).length;
const scouts = await fresh();
const jkt = await jose.calculateJwkThumbprint(await jose.exportJWK(scouts.publicKey));
// what one exchange says, whatever becomes of it
const wanted = async (purpose) => ({
  subject_token: held.access_token,
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  actor_token: await assertion('scout', scout, { cnf: { jkt } }),
  actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  authorization_details: JSON.stringify([{
    type: 'bailiwick_task', purpose, grant: [{ tools: ['memory/read_graph'], effects: ['read', 'write'] }],
  }]),
});
const exchange = (parameters) => token('urn:ietf:params:oauth:grant-type:token-exchange', parameters)
  .then((granted) => ({ granted, error: 'granted' }), (error) => ({ error: error.error ?? error.message, refused: error.cause?.bailiwick_refused }));

const first = await wanted('look it up');
const pending = await exchange(first);
row('it waits for a person', 'authorization_pending approval_needed', `${pending.error} ${pending.refused?.reasons[0].code}`);
row('whose page the client is told', true, pending.refused?.waits.url.startsWith(`${people}/approvals/`));
row('nothing is handed on meanwhile', 0, begun());
const again = await exchange(first);
row('the same request asks nobody again', `authorization_pending ${pending.refused.waits.url}`, `${again.error} ${again.refused?.waits.url}`);
row('the person signs', 200, await boss.sign(pending.refused.waits.url, 'role:boss'));
const { granted, error } = await exchange(first);
row('the same request has its token', 'granted dpop', `${error} ${granted?.token_type}`);
row('it is of the same task', task, granted.authorization_details[0].task);
row('and for the delegate alone', `${jkt} scout helper`, (({ cnf, act }) => `${cnf.jkt} ${act.sub} ${act.act.sub}`)(jose.decodeJwt(granted.access_token)));
row('it was handed on once', 1, begun());
const once = await exchange(first);
row('who lost the answer has the same grant', granted.authorization_details[0].grant, once.granted?.authorization_details[0].grant);
row('and nothing more', 1, begun());

const second = await wanted('look it up once more');
const other = await exchange(second);
row('a yes is to one request', 'authorization_pending true', `${other.error} ${other.refused?.waits.url !== pending.refused.waits.url}`);
row('the person says no', 200, await boss.refuse(other.refused.waits.url, 'once is enough'));
const no = await exchange(second);
row('and the client is told so', 'access_denied approval_refused', `${no.error} ${no.refused?.reasons[0].code}`);
row('nothing was handed on by it', 1, begun());
cli('task', 'revoke', task);
process.exit(failed ? 1 : 0);
