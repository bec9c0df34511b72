// One change that waits: who proposed it, what it loosens, and the documents themselves.
import { ask, button, el, facts, list, moment, own, part, person, run, say, show, shown, theirs, twice } from '/console/kit.js'
import { sha256, sign } from '/console/passkey.js'

const id = own()

const hex = (text) => sha256(text).then((digest) => digest.hex)

// RFC 8785 form: what JSON.stringify writes of each part, with the names of members in order.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
}

// What is signed is what stands here: the lines, and the documents by their digests.
async function same(one) {
  const said = JSON.parse(one.statement)
  const named = said.change.documents?.documents ?? []
  const digests = await Promise.all(one.documents.map((document) => hex(canonical(document))))
  return (await sha256(one.statement)).base64url === one.challenge
    && canonical(said.loosens) === canonical(one.loosens)
    && canonical(named.map((document) => document.digest)) === canonical(digests)
}

function answer(one) {
  const signing = button('Yes: sign it with your passkey', async () => {
    if (!(await same(one))) {
      say('Not done: what would be signed is not what stands here.', 'bad')
      return
    }
    const assertion = await sign(one.challenge)
    const done = await ask('POST', `changes/${part(id)}/second`, { assertion, statement: one.statement })
    if (done.stands) show(el('p', {}, 'It stands from now on.'))
    else draw(await ask('GET', `changes/${part(id)}`))
    say(done.stands ? 'Signed. The change stands.' : 'Signed. One more person signs it before it stands.', 'well')
  }, 'act')
  const taking = twice('No: take it back', 'Yes, take it back', async () => {
    await ask('POST', `changes/${part(id)}/withdraw`)
    show(el('p', {}, 'It was taken back. Nothing of it stands.'))
    say('Taken back.', 'well')
  })
  return el('section', { class: 'ask', 'aria-labelledby': 'answer' },
    el('h2', { id: 'answer' }, 'Your answer'),
    one.mine ? signing : el('p', {}, `You cannot sign it: ${shown(one.not_mine)}.`), taking)
}

function ending(of) {
  const whose = of.agent === undefined ? `rest on the mandate ${shown(of.mandate)}` : `are held by ${shown(of.agent)}`
  const more = of.tasks > of.first.length ? ` and ${of.tasks - of.first.length} more` : ''
  return `${of.grants} live grants ${whose}, in ${of.tasks} tasks: ${of.first.map(shown).join(', ')}${more} (${shown(of.why)})`
}

function draw(one) {
  show(
    facts([
      ['Proposed by', one.by],
      ['At', moment(one.asked)],
      ['Sign until', one.void === null ? moment(one.not_after) : null],
      ['One person alone may sign it from', one.alone_from === null || one.void !== null ? null : moment(one.alone_from)],
      ['Persons who have to sign it', String(one.signers)],
      ['Signed so far by', one.signed.join(', ')],
    ]),
    el('h2', {}, 'What it is'), list(one.what.map(shown)),
    el('h2', {}, 'What it lets happen that did not before'), list(one.loosens.map(shown)),
    one.ends.some((of) => of.grants) ? el('h2', {}, 'What live work it ends') : null,
    one.ends.some((of) => of.grants) ? list(one.ends.filter((of) => of.grants).map(ending)) : null,
    el('h2', {}, 'What it would have changed of what happened'), el('p', {}, shown(one.replayed)),
    one.documents.length ? el('h2', {}, 'The documents as they are to stand') : null,
    ...one.documents.map((document) => theirs(`Written by ${shown(one.by)}.`, JSON.stringify(document, null, 2))),
    answer(one),
  )
}

run(async () => {
  await person()
  draw(await ask('GET', `changes/${part(id)}`))
})
