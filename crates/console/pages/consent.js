// Acts of a person that are signed: what is signed is what stands on the page, or nothing is.
import { canonical } from '/console/act.js'
import { ask, button, el, say } from '/console/kit.js'
import { sha256, sign } from '/console/passkey.js'

// All that an act comes to now, and the statement that holds its digest.
async function statement(path, body) {
  const asked = await ask('POST', `${path}/options`, body())
  const said = JSON.parse(asked.statement)
  const holds = (await sha256(asked.statement)).base64url === asked.challenge && said.shown === (await sha256(canonical(asked.shown))).hex
  if (!holds) throw new Error('what would be signed is not what stands here')
  return asked
}

// What blinds the digest is drawn each time.
const same = (one, other) => canonical({ ...one, blind: null }) === canonical({ ...other, blind: null })

/**
 * Does what a path does, signed. `body` makes what is sent, of the signature where there is one already; `stands` says whether
 * what would be signed is what the page shows.
 */
export async function signed(path, body, stands) {
  const asked = await statement(path, body)
  if (!stands(asked.shown)) throw new Error('what would be signed is not what stands here any more: look at it again')
  const assertion = await sign(asked.challenge)
  return ask('POST', path, body({ assertion, shown: asked.shown, statement: asked.statement }))
}

/** Shows what an act comes to, as `told` puts it, with a button that signs that; answers what was answered to `done`. */
export async function lookFirst(path, body, { told, yes, no, done }) {
  const { shown } = await statement(path, body)
  const place = el('section', { class: 'ask', 'aria-label': yes })
  const sure = button(yes, async () => done(await signed(path, body, (now) => same(now, shown))), 'act')
  place.append(...told(shown), sure, button('No, leave it', async () => { place.remove(); say(''); no() }))
  return { place, focus: () => sure.focus() }
}
