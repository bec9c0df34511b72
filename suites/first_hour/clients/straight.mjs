// Straight over HTTP: a token for the agent's one open task, asked for with its key (RFC 7523), and bound to proofs
// that the client library makes (RFC 9449).
import { DpopSession, StreamableHTTPClientTransport, withDpop } from "@modelcontextprotocol/client";
import { createHash, createPrivateKey, createPublicKey, randomUUID, sign } from "node:crypto";
import { readFileSync } from "node:fs";

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An assertion by the agent's registered key. */
function assertion(agent, file, audience) {
  const key = createPrivateKey(readFileSync(file));
  const { crv, kty, x, y } = createPublicKey(key).export({ format: "jwk" });
  const kid = createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: agent, sub: agent, aud: audience, iat, exp: iat + 60, jti: randomUUID() };
  const text = `${part({ alg: "ES256", typ: "JWT", kid })}.${part(claims)}`;
  return `${text}.${sign("sha256", text, { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

export async function straight({ url, agent, key }) {
  const session = await DpopSession.create({ alg: "ES256" });
  const authority = await (await fetch(new URL("/.well-known/oauth-authorization-server", url))).json();
  const ask = async () => {
    const answer = await fetch(authority.token_endpoint, {
      method: "POST",
      headers: { dpop: await session.buildProof({ htm: "POST", htu: authority.token_endpoint }) },
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: assertion(agent, key, authority.issuer),
        resource: url,
      }),
    });
    session.observeNonce(answer, authority.token_endpoint);
    return answer.json();
  };
  let said = await ask();
  if (said.error === "use_dpop_nonce") said = await ask();
  if (!said.access_token) throw new Error(`no token: ${JSON.stringify(said)}`);
  return new StreamableHTTPClientTransport(new URL(url), { fetch: withDpop(session, () => said.access_token)(fetch) });
}
