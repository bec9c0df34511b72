// One change that waits: who proposed it, what it loosens, and the documents themselves.
import { ask, button, el, facts, list, moment, own, part, person, run, say, show, shown, theirs, twice } from '/console/kit.js'
import { second } from '/console/second.js'

const id = own()

function answer(one, who) {
  const signing = button('Yes: sign it with your passkey', async () => {
    const done = await second(one)
    if (done.stands) show(el('p', {}, 'It stands from now on.'))
    else draw(await ask('GET', `changes/${part(id)}`), who)
    say(done.stands ? 'Signed. The change stands.' : 'Signed. One more person signs it before it stands.', 'well')
  }, 'act')
  const taking = twice('No: take it back', 'Yes, take it back', async () => {
    await ask('POST', `changes/${part(id)}/withdraw`)
    show(el('p', {}, 'It was taken back. Nothing of it stands.'))
    say('Taken back.', 'well')
  })
  return el('section', { class: 'ask', 'aria-labelledby': 'answer' },
    el('h2', { id: 'answer' }, 'Your answer'),
    one.mine ? signing : el('p', {}, `You cannot sign it: ${shown(one.not_mine)}.`),
    // only an administrator may
    who.roles.includes('administrator') ? taking : null)
}

function ending(of) {
  const whose = of.agent === undefined ? `rest on the mandate ${shown(of.mandate)}` : `are held by ${shown(of.agent)}`
  const more = of.tasks > of.first.length ? ` and ${of.tasks - of.first.length} more` : ''
  return `${of.grants} live grants ${whose}, in ${of.tasks} tasks: ${of.first.map(shown).join(', ')}${more} (${shown(of.why)})`
}

function draw(one, who) {
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
    answer(one, who),
  )
}

run(async () => {
  const who = await person()
  draw(await ask('GET', `changes/${part(id)}`), who)
})
