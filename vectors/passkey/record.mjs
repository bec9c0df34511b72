// Writes registration.json and assertion.json: what real Chromium answers with its virtual authenticator, and what becomes
// of it when somebody changes a part. `node record.mjs` where playwright-core and a Chromium are; the keys are new each time.
import { createHash, createPublicKey } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const PORT = 8400;
const ORIGIN = `http://localhost:${PORT}`, OTHER = `http://localhost:${PORT + 1}`;
const ALGORITHMS = { ES256: -7, EdDSA: -8, RS256: -257 };
const statement = (act) => JSON.stringify({ act, amount: "320.00 EUR", nonce: "c0ffee" });
const challenge = (text) => createHash("sha256").update(text).digest("base64url");

// one page, at two origins of one site; each can hold the other in a frame
const page = `<!doctype html><title>passkeys</title><script>
const name = new URLSearchParams(location.search).get("frame");
if (name) document.write('<iframe allow="publickey-credentials-get *" src="' + name + '"></iframe>');
</script>`;
const serve = (port) => new Promise((ready) => {
  const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(page));
  server.listen(port, "127.0.0.1", () => ready(server));
});
const servers = [await serve(PORT), await serve(PORT + 1)];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

const create = (at, alg, text) => at.evaluate(async ({ alg, challenge }) => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON({
    rp: { id: "localhost", name: "Bailiwick" }, user: { id: "AAAA", name: "ada", displayName: "ada" }, challenge,
    pubKeyCredParams: [{ type: "public-key", alg }], attestation: "none",
    authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
  });
  const made = await navigator.credentials.create({ publicKey });
  return { ...made.toJSON(), spki: [...new Uint8Array(made.response.getPublicKey())] };
}, { alg, challenge: challenge(text) });

const get = async (at, text, userVerification = "required") => {
  const { id, response } = await at.evaluate(async (asked) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON({ ...asked, rpId: "localhost" });
    return (await navigator.credentials.get({ publicKey })).toJSON();
  }, { challenge: challenge(text), userVerification });
  return { id, authenticator_data: response.authenticatorData, client_data: response.clientDataJSON, signature: response.signature };
};

const made = {};
for (const [name, alg] of Object.entries(ALGORITHMS)) {
  const tab = await (await browser.newContext()).newPage();
  const cdp = await tab.context().newCDPSession(tab);
  const open = async (url) => { await tab.goto(url); await tab.waitForLoadState("load"); };
  await open(ORIGIN);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", { options: {
    protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
  } });
  const enroll = statement(`enroll ${name}`), pay = statement(`pay ${name}`);
  const { id, response, spki } = await create(tab, alg, enroll);
  const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" }).export({ format: "jwk" });
  const now = { enroll, pay, key, registration: { id, client_data: response.clientDataJSON, attestation: response.attestationObject } };
  now.good = await get(tab, pay);
  if (name === "ES256") {
    await open(OTHER);
    now.elsewhere = await get(tab, pay);
    await open(`${OTHER}/?frame=${ORIGIN}/`);
    now.framed = await get(tab.frames()[1], pay);
    await open(ORIGIN);
    await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    now.unverified = await get(tab, pay, "discouraged");
    const unverified = await create(await fresh(), alg, enroll);
    now.made_unverified = { id: unverified.id, client_data: unverified.response.clientDataJSON, attestation: unverified.response.attestationObject };
  }
  made[name] = now;
}
async function fresh() {
  const tab = await (await browser.newContext()).newPage();
  await tab.goto(ORIGIN);
  const cdp = await tab.context().newCDPSession(tab);
  await cdp.send("WebAuthn.enable");
  await cdp.send("WebAuthn.addVirtualAuthenticator", { options: {
    protocol: "ctap2", transport: "usb", hasResidentKey: false, hasUserVerification: false,
  } });
  return tab;
}
const version = browser.version();
await browser.close();
servers.forEach((server) => server.close());

const { ES256: es, EdDSA: ed, RS256: rs } = made;
const bytes = (text) => Buffer.from(text, "base64url");
// the byte at `at`, from the end where negative, with its lowest bit the other way
const flipped = (text, at) => {
  const changed = bytes(text);
  changed[at < 0 ? changed.length + at : at] ^= 1;
  return changed.toString("base64url");
};
const retold = (text, change) => Buffer.from(change(bytes(text).toString())).toString("base64url");
const paid = (of, given = {}, more = {}) => ({ statement: of.pay, key: of.key, given: { ...of.good, ...given }, ...more });
const enrolled = (of, given = {}, more = {}) => ({ statement: of.enroll, key: of.key, given: { ...of.registration, ...given }, ...more });
const site = { rp_id: "localhost", origins: [ORIGIN] };
const write = (file, about, cases) => {
  const numbered = cases.map(([name, expect, of], at) => ({ n: at + 1, name, expect, ...site, ...of }));
  writeFileSync(new URL(file, import.meta.url), `${JSON.stringify({ about, cases: numbered }, null, 1)}\n`);
};
const source = `Recorded from Chromium ${version}. The challenge is SHA-256 of \`statement\`. \`expect\`: good, or why not.`;

write("assertion.json", `Yeses by passkeys. ${source}`, [
  ["ES256", "good", paid(es)],
  ["EdDSA, with a member that browsers add now and then", "good", paid(ed)],
  ["RS256", "good", paid(rs)],
  ["a site with two origins", "good", { ...paid(es), given: es.elsewhere, origins: [ORIGIN, OTHER] }],
  ["a yes to another statement", "other_challenge", paid(es, {}, { statement: es.pay.replace("320.00", "920.00") })],
  ["a statement with a space more", "other_challenge", paid(es, {}, { statement: `${es.pay} ` })],
  ["the registration's client data", "other_type", paid(es, { client_data: es.registration.client_data }, { statement: es.enroll })],
  ["another port of the same host", "other_origin", paid(es, es.elsewhere)],
  ["an origin that only begins alike", "other_origin", paid(es, {}, { origins: [`${ORIGIN}0`] })],
  ["a page in a frame of another", "framed", paid(es, es.framed)],
  ["nobody was verified", "not_verified", paid(es, es.unverified)],
  ["the flag of verification set by hand", "bad_signature", paid(es, { ...es.unverified, authenticator_data: (() => {
    const data = bytes(es.unverified.authenticator_data);
    data[32] |= 4;
    return data.toString("base64url");
  })() })],
  ["another site's id", "other_site", paid(es, {}, { rp_id: "localhost.example" })],
  ["the hash of the site changed", "other_site", paid(es, { authenticator_data: flipped(es.good.authenticator_data, 0) })],
  ["the counter changed", "bad_signature", paid(es, { authenticator_data: flipped(es.good.authenticator_data, -1) })],
  ["a byte after the authenticator's data", "form", paid(es, { authenticator_data: `${es.good.authenticator_data}`.length % 4 === 2 ? `${es.good.authenticator_data}AA` : Buffer.concat([bytes(es.good.authenticator_data), Buffer.of(0)]).toString("base64url") })],
  ["authenticator data cut short", "form", paid(es, { authenticator_data: bytes(es.good.authenticator_data).subarray(0, 36).toString("base64url") })],
  ["a member of the client data twice", "form", paid(es, { client_data: retold(es.good.client_data, (text) => text.replace("{", '{"type":"webauthn.get",')) })],
  ["client data that are a list", "form", paid(es, { client_data: retold(es.good.client_data, (text) => `[${text}]`) })],
  ["a byte order mark before the client data", "form", paid(es, { client_data: retold(es.good.client_data, (text) => `\ufeff${text}`) })],
  ["a space more in the client data", "bad_signature", paid(es, { client_data: retold(es.good.client_data, (text) => text.replace("{", "{ ")) })],
  ["the ES256 signature changed", "bad_signature", paid(es, { signature: flipped(es.good.signature, -1) })],
  ["the EdDSA signature changed", "bad_signature", paid(ed, { signature: flipped(ed.good.signature, -1) })],
  ["the RS256 signature changed", "bad_signature", paid(rs, { signature: flipped(rs.good.signature, -1) })],
  ["an RS256 signature cut short", "bad_signature", paid(rs, { signature: bytes(rs.good.signature).subarray(1).toString("base64url") })],
  ["a byte after the ES256 signature", "bad_signature", paid(es, { signature: Buffer.concat([bytes(es.good.signature), Buffer.of(0)]).toString("base64url") })],
  ["an ES256 signature of zeros", "bad_signature", paid(es, { signature: Buffer.from("3006020100020100", "hex").toString("base64url") })],
  ["an empty signature", "bad_signature", paid(es, { signature: "" })],
  ["another person's key", "bad_signature", paid(es, {}, { key: ed.key })],
  ["another passkey's id", "other_passkey", paid(es, {}, { passkey: ed.good.id })],
  ["a signature with padding", "not_base64", paid(es, { signature: `${es.good.signature}=` })],
  ["client data in the other alphabet", "not_base64", paid(es, { client_data: `${es.good.client_data.slice(0, -4)}+/+/` })],
]);
write("registration.json", `New passkeys. ${source} A good one gives \`key\`.`, [
  ["ES256", "good", enrolled(es)],
  ["EdDSA", "good", enrolled(ed)],
  ["RS256", "good", enrolled(rs)],
  ["another statement", "other_challenge", enrolled(es, {}, { statement: es.pay })],
  ["a sign-in's client data", "other_type", enrolled(es, { client_data: es.good.client_data }, { statement: es.pay })],
  ["another origin", "other_origin", enrolled(es, {}, { origins: [OTHER] })],
  ["another site's id", "other_site", enrolled(es, {}, { rp_id: "localhost.example" })],
  ["an authenticator that verifies nobody", "not_verified", enrolled(es, es.made_unverified)],
  ["another passkey's id", "other_passkey", enrolled(es, { id: ed.registration.id })],
  ["an attestation object cut short", "form", enrolled(es, { attestation: bytes(es.registration.attestation).subarray(0, -1).toString("base64url") })],
  ["a byte after the attestation object", "form", enrolled(es, { attestation: Buffer.concat([bytes(es.registration.attestation), Buffer.of(0)]).toString("base64url") })],
  ["a point that is not of the curve", "key", enrolled(es, { attestation: flipped(es.registration.attestation, -1) })],
  ["an attestation with padding", "not_base64", enrolled(es, { attestation: `${es.registration.attestation}=` })],
]);
console.log(`recorded from Chromium ${version}`);
