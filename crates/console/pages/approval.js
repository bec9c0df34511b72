// One act that waits for a yes: what it is, whose it is, what it costs, and only then what the agent wrote.
import { same, whole } from '/console/act.js'
import { ask, button, el, facts, moment, own, part, person, run, say, show, shown } from '/console/kit.js'
import { sign } from '/console/passkey.js'

const id = own()
const STANDING = { open: 'It waits', signed: 'Signed by all; the agent goes on by asking again', over: 'Over: its task has ended, its act cannot be done any more, or its consent was renewed', expired: 'It has run out', refused: 'Refused', used: 'Signed, and used once' }

function signing(one, role) {
  const many = one.mine.length > 1
  return button(many ? `Yes: sign as ${shown(role)}` : 'Yes: sign it with your passkey', async () => {
    const asked = one.statements[role]
    if (!(await same(asked, one.display))) {
      say('Not done: what would be signed is not what stands here.', 'bad')
      return
    }
    const assertion = await sign(asked.challenge)
    const now = await ask('POST', `approvals/${part(id)}/sign`, { assertion, role, statement: asked.statement })
    draw(now)
    say(`Signed. It counts for this act alone, once. ${now.standing === 'signed' ? 'The agent goes on by asking again.' : 'Others have still to sign.'}`, 'well')
  }, 'act')
}

function refusing(one) {
  const reason = el('input', { id: 'reason', maxlength: 500, autocomplete: 'off' })
  const before = JSON.stringify(one.display.arguments, null, 2)
  const instead = el('textarea', { id: 'instead', rows: 6, spellcheck: 'false', autocomplete: 'off' }, before)
  return [
    el('label', { for: 'reason' }, 'Why not', el('span', { class: 'hint' }, 'The agent is told this.')), reason,
    el('details', {}, el('summary', {}, 'Offer something smaller instead'),
      el('label', { for: 'instead' }, 'Arguments that you would say yes to', el('span', { class: 'hint' }, 'The agent is told these. They are no yes yet.')), instead),
    button('No: refuse it', async () => {
      if (!reason.value.trim()) {
        say('Not yet: say why, so that the agent can do better.', 'bad')
        reason.focus()
        return
      }
      const body = { reason: reason.value.trim() }
      if (instead.value !== before) body.instead = JSON.parse(instead.value)
      draw(await ask('POST', `approvals/${part(id)}/refuse`, body))
      say('Refused. The agent is told why.', 'well')
    }, 'no'),
  ]
}

// Who sees no button is told why.
function why(one) {
  const signed = one.needs.some((need) => need.given.some((yes) => yes.person === who.person))
  if (signed) return 'You have said yes to it. Others have still to answer.'
  if (one.requester === who.person) return 'You asked for this work, so others say yes to it: whoever wanted something does not review it.'
  return 'Others are asked, not you.'
}

function answer(one) {
  if (one.standing !== 'open') return null
  if (!one.mine.length) return el('p', { class: 'hint' }, why(one))
  return el('section', { class: 'ask', 'aria-labelledby': 'answer' },
    el('h2', { id: 'answer' }, 'Your answer'), one.mine.map((role) => signing(one, role)), refusing(one))
}

function draw(one) {
  const what = one.display
  const how = facts([
    ['How it stands', STANDING[one.standing] ?? one.standing],
    ['Changed since', one.newer ? el('a', { href: `/approvals/${part(one.newer)}` }, `What it points to is another by now: request ${one.newer} asks about that`) : null],
    ['Answer until', one.standing === 'open' ? moment(one.not_after) : null],
    ['Refused by', one.refused?.by],
    ['Refused because', one.refused?.reason],
    ['Would say yes to', one.refused?.instead ? JSON.stringify(one.refused.instead) : null],
    ['Task', one.requester === who.person ? el('a', { href: `/tasks/${part(one.task)}` }, shown(one.task)) : one.task],
  ])
  if (!what) {
    show(el('p', {}, 'What was displayed is not there any more, so nothing can be signed.'), how)
    return
  }
  show(
    el('p', {}, el('strong', {}, shown(what.sentence), '.')),
    how,
    ...whole(one),
    answer(one),
  )
}

let who
run(async () => {
  who = await person()
  draw(await ask('GET', `approvals/${part(id)}`))
})
