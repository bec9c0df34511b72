// A person at the node's address for people, whose passkey is this program's: enrolled by an invitation, and signed in.

import { passkey } from './passkey.mjs';

export async function person(people, invitation) {
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
  const code = invitation.split('#')[1];
  const made = await ask('POST', '/v1/enroll/options', { code });
  const enrolled = (await ask('POST', '/v1/enroll', { code, name: 'suite', registration: own.register(made.challenge) })).status;
  const { challenge } = await ask('POST', '/v1/session/options');
  const signedIn = (await ask('POST', '/v1/session', { assertion: own.sign(challenge) })).status;
  const number = (page) => page.slice(`${people}/approvals/`.length);

  // what the page shows is signed as this role
  async function sign(page, role) {
    const id = number(page);
    const { statements } = await ask('GET', `/v1/approvals/${id}`);
    const { statement, challenge } = statements[role];
    return (await ask('POST', `/v1/approvals/${id}/sign`, { role, statement, assertion: own.sign(challenge) })).status;
  }
  const refuse = async (page, reason) => (await ask('POST', `/v1/approvals/${number(page)}/refuse`, { reason })).status;
  return { enrolled, signedIn, sign, refuse };
}
