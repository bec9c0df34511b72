// A signature under a change that waits: what is signed is what stands on the page, or nothing is.
import { canonical } from '/console/act.js'
import { ask, part } from '/console/kit.js'
import { sha256, sign } from '/console/passkey.js'

const hex = (text) => sha256(text).then((digest) => digest.hex)

// What is signed is what was shown: the lines, and the documents by their digests.
async function same(one) {
  const said = JSON.parse(one.statement)
  const named = said.change.documents?.documents ?? []
  const digests = await Promise.all(one.documents.map((document) => hex(canonical(document))))
  return (await sha256(one.statement)).base64url === one.challenge
    && canonical(said.loosens) === canonical(one.loosens)
    && canonical(named.map((document) => document.digest)) === canonical(digests)
}

/** Signs a change as `GET /v1/changes/{id}` showed it. `stands` says of its statement whether the page shows that. */
export async function second(one, stands = () => true) {
  if (!(await same(one)) || !stands(JSON.parse(one.statement))) throw new Error('what would be signed is not what stands here')
  const assertion = await sign(one.challenge)
  return ask('POST', `changes/${part(one.id)}/second`, { assertion, statement: one.statement })
}
