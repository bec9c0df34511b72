// Asking the browser for a passkey: bytes to text and back, and the two ceremonies of WebAuthn.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

/** SHA-256 of a text, in the two forms that stand in statements and challenges. */
export async function sha256(words) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(words))
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return { base64url: text(digest), hex }
}

export const able = () => Boolean(window.PublicKeyCredential && navigator.credentials)

/** A signature over a challenge, by a person whom the authenticator made sure of. */
export async function sign(challenge, rpId, known = []) {
  const publicKey = {
    challenge: bytes(challenge),
    allowCredentials: known.map((id) => ({ type: 'public-key', id: bytes(id) })),
    userVerification: 'required',
    timeout: 120_000,
  }
  if (rpId) publicKey.rpId = rpId
  const { rawId, response } = await navigator.credentials.get({ publicKey })
  return {
    authenticator_data: text(response.authenticatorData),
    client_data: text(response.clientDataJSON),
    id: text(rawId),
    signature: text(response.signature),
  }
}

/** A new passkey, of the options that the node gave. */
export async function make(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: options.excludeCredentials.map((known) => ({ ...known, id: bytes(known.id) })),
  }
  const { rawId, response } = await navigator.credentials.create({ publicKey })
  return { attestation: text(response.attestationObject), client_data: text(response.clientDataJSON), id: text(rawId) }
}
