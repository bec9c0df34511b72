// One act that waits for a yes: what it is, whose it is, what it costs, and only then what the agent wrote.
import { same, whole } from '/console/act.js'
import { ask, button, el, facts, moment, own, part, person, run, say, sentence, show, shown } from '/console/kit.js'
import { sign } from '/console/passkey.js'

const id = own()
const STANDING = { open: 'It waits', signed: 'Signed by all; the agent goes on by asking again', over: 'Over: its task has ended, its act cannot be done any more, or its consent was renewed', expired: 'It has run out', refused: 'Refused', void: 'Void: somebody has said no to the same since, so no yes to it counts', used: 'Signed, and used once' }

function signing(one, role) {
  const many = one.mine.length > 1
  return button(many ? `Yes: sign as ${shown(role)}` : 'Yes: sign it with your passkey', async () => {
    const asked = one.statements[role]
    if (!(await same(asked, one))) {
      say('Not done: what would be signed is not what stands here.', 'bad')
      return
    }
    const assertion = await sign(asked.challenge)
    const now = await ask('POST', `approvals/${part(id)}/sign`, { assertion, role, statement: asked.statement })
    draw(now)
    say(`Signed. It counts for this act alone, once. ${now.standing === 'signed' ? 'The agent goes on by asking again.' : 'Others have still to sign.'}`, 'well')
  }, 'act')
}

// A field for each argument that is one value; what is more than that stays as it is. A number stays one.
function offered(before) {
  const one = ([name, value]) => {
    const id = `instead-${name}`
    const field = el('input', { id, value: String(value), spellcheck: 'false', autocomplete: 'off' })
    const now = () => (typeof value === 'string' ? field.value : JSON.parse(field.value))
    return { name, value, now, shown: [el('label', { for: id }, shown(name)), field] }
  }
  const single = Object.entries(before ?? {}).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
  const fields = single.map(one)
  const changed = () => {
    const other = fields.map((field) => [field.name, field.now(), field.value]).filter(([, now, was]) => now !== was)
    return other.length ? { ...before, ...Object.fromEntries(other) } : null
  }
  return { fields: fields.flatMap((field) => field.shown), changed }
}

// What somebody would say yes to, a line an argument.
const spelled = (instead) => Object.entries(instead).map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ')

function refusing(one) {
  const reason = el('input', { id: 'reason', maxlength: 500, autocomplete: 'off' })
  const smaller = offered(one.display.arguments)
  return [
    el('label', { for: 'reason' }, 'Why not', el('span', { class: 'hint' }, 'The agent is told this.')), reason,
    el('details', {}, el('summary', {}, 'Offer something smaller instead'),
      el('p', { class: 'hint' }, 'What you would say yes to. The agent is told it. It is no yes yet.'), smaller.fields),
    button('No: refuse it', async () => {
      if (!reason.value.trim()) {
        say('Not yet: say why, so that the agent can do better.', 'bad')
        reason.focus()
        return
      }
      const body = { reason: reason.value.trim() }
      const instead = smaller.changed()
      if (instead) body.instead = instead
      draw(await ask('POST', `approvals/${part(id)}/refuse`, body))
      say('Refused. The agent is told why.', 'well')
    }, 'no'),
  ]
}

// Who sees no button is told why.
function why(one) {
  const signed = one.needs.some((need) => need.given.some((yes) => yes.person === who.person && yes.void === null))
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

// What was asked since, in the place of this.
function newer(one) {
  if (one.standing === 'void') return `The same is asked anew: request ${one.newer}`
  if (one.standing === 'over') return `The agent has asked for another amount: request ${one.newer} stands in its place`
  return `What it points to is another by now: request ${one.newer} asks about that`
}

function draw(one) {
  const what = one.display
  const how = facts([
    ['How it stands', STANDING[one.standing] ?? one.standing],
    ['Changed since', one.newer ? el('a', { href: `/approvals/${part(one.newer)}` }, newer(one)) : null],
    ['Said no', one.void ? el('a', { href: `/approvals/${part(one.void.request)}` }, `${shown(one.void.by)}, to request ${one.void.request}${one.void.anew ? '; the next call of the agent asks anew' : ''}`) : null],
    ['Offered', what?.offered ? el('a', { href: `/approvals/${part(what.offered.in_place_of)}` }, `by ${shown(what.offered.by)} in the place of request ${what.offered.in_place_of}; an offer is no signature`) : null],
    ['Answer until', one.standing === 'open' ? moment(one.not_after) : null],
    ['Refused by', one.refused?.by],
    ['Refused because', one.refused?.reason],
    ['Would say yes to', one.refused?.instead ? spelled(one.refused.instead) : null],
    ['Task', one.requester === who.person ? el('a', { href: `/tasks/${part(one.task)}` }, shown(one.task)) : one.task],
  ])
  if (!what) {
    show(el('p', {}, 'What was displayed is not there any more, so nothing can be signed.'), how)
    return
  }
  show(
    el('p', {}, el('strong', {}, sentence(what.sentence), '.')),
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
