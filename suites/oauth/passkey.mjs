// A passkey in software (WebAuthn level 3, ES256, no attestation): the key of a program is nobody's yes, but in a test.

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const b64 = (bytes) => Buffer.from(bytes).toString('base64url');

export function passkey(origin) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(32);
  const { x, y } = publicKey.export({ format: 'jwk' });
  const number = (label, text) => Buffer.concat([Buffer.from([label, 0x58, 0x20]), Buffer.from(text, 'base64url')]);
  // RFC 9053 section 7.1: an EC2 key for ES256 on P-256
  const cose = Buffer.concat([Buffer.from('a5010203262001', 'hex'), number(0x21, x), number(0x22, y)]);
  const data = (flags) => Buffer.concat([sha256(new URL(origin).hostname), Buffer.from([flags, 0, 0, 0, 0])]);
  const client = (type, challenge) => Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  return {
    register(challenge) {
      const made = Buffer.concat([data(0x45), Buffer.alloc(16), Buffer.from([0, 32]), id, cose]);
      // CBOR: {"fmt": "none", "attStmt": {}, "authData": bytes}
      const head = Buffer.from('\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58', 'latin1');
      const object = Buffer.concat([head, Buffer.from([made.length]), made]);
      return { id: b64(id), client_data: b64(client('webauthn.create', challenge)), attestation: b64(object) };
    },
    sign(challenge) {
      const [shown, said] = [data(0x05), client('webauthn.get', challenge)];
      const signature = sign('sha256', Buffer.concat([shown, sha256(said)]), privateKey);
      return { id: b64(id), authenticator_data: b64(shown), client_data: b64(said), signature: b64(signature) };
    },
  };
}
