// One act that waits for a yes: what it is, whose it is, what it costs, and only then what the agent wrote.
import { ask, button, el, facts, list, moment, own, part, person, run, say, show, shown, theirs } from '/console/kit.js'
import { sha256, sign } from '/console/passkey.js'

const id = own()
const STANDING = { open: 'It waits', signed: 'Signed by all; the agent goes on by asking again', over: 'Over: its task has ended', expired: 'It has run out', refused: 'Refused', used: 'Signed, and used once' }
const UNDO = { 'read-only': 'There is nothing to undo', reversible: 'Whoever did it can undo it', 'by-others': 'Somebody else can undo it', irreversible: 'Nobody can undo it' }

// RFC 8785 form: what JSON.stringify writes of each part, with the names of members in order.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
}

// What is signed is what stands here: the challenge is of the statement, and that holds the digest of what is displayed.
async function same({ statement, challenge }, display) {
  const { terms } = JSON.parse(statement)
  return (await sha256(statement)).base64url === challenge && terms.display === (await sha256(canonical(display))).hex
}

const zone = (hand) => (hand.zone && hand.zone !== 'own' ? `, of ${hand.zone}` : '')

function lineage(what) {
  const hands = what.lineage.map((hand) => `${hand.agent}${zone(hand)}; ${hand.owner ?? 'nobody'} answers for it`)
  return el('ol', {}, [`${what.requester ?? 'Somebody'} wanted it${what.subject ? `, for ${what.subject}` : ''}: ${what.intent ?? 'what for was erased'}`, ...hands]
    .map((step) => el('li', {}, shown(step))))
}

function meters(all) {
  if (!all.length) return [el('p', {}, 'It spends nothing that is counted.')]
  const cell = (value) => el('td', {}, shown(value ?? '–'))
  return [el('table', {},
    el('thead', {}, el('tr', {}, ['Of whom', 'Before', 'After', 'At most'].map((name) => el('th', { scope: 'col' }, name)))),
    el('tbody', {}, all.map((one) => el('tr', {}, el('th', { scope: 'row' }, shown(`${one.agent ?? ''} ${one.unit}`)), cell(one.before), cell(one.after), cell(one.total)))))]
}

function needs(one) {
  return list(one.needs.map((need) => {
    const given = need.given.map((yes) => `${yes.person}${yes.single_person ? ' (alone)' : ''}`).join(', ')
    const whose = need.confirms ? 'the one whose act it is' : need.role.replace(/^role:/, 'the role ')
    return `${whose}: ${need.given.length} of ${need.count}${given ? `, by ${given}` : ''}. Why: ${need.why}`
  }))
}

// A value as text: what is no text is spelt as JSON.
const spelt = (value) => (typeof value === 'string' ? value : JSON.stringify(value))

function destination(to) {
  if (to === null) return null
  if (to.value === null) return 'could not be read'
  return `${to.kind} ${to.value}${to.zone ? `, in the zone ${to.zone}` : ''}`
}

// What arguments point to, as its server said it right before: a yes is to this version.
function pointed(all) {
  if (!all.length) return []
  const one = (referent) => [
    facts([[`What ${shown(referent.pointer)} points to`, `version ${shown(referent.version)}`]]),
    theirs('Written by the server. A yes is to this, and to nothing that stands there later.', referent.shown.map((part) => `${part.at}: ${part.value}`).join('\n')),
  ]
  return [el('h2', {}, 'What it points to'), ...all.flatMap(one)]
}

// What belongs together stands in one line: an amount beside whom it goes to.
function fields(all) {
  const one = (field) => `${field.value ?? 'could not be read'}${field.unit ? ` ${field.unit}` : ''}`
  const alone = all.filter((field) => !field.group).map((field) => [`${field.kind}, at ${shown(field.pointer)}`, one(field)])
  const groups = [...new Set(all.map((field) => field.group).filter(Boolean))]
  return [...groups.map((group) => [`Together: ${shown(group)}`, all.filter((field) => field.group === group).map((field) => `${field.kind} ${one(field)}`).join(' · ')]), ...alone]
}

function beyond(what) {
  if (what.egress) return 'Something of it may leave them'
  if (['transfer', 'share', 'export'].includes(what.effect)) return `What it ${{ transfer: 'moves', share: 'shares', export: 'takes out' }[what.effect]} goes where it says; by the catalogue, nothing else leaves them`
  return 'By the catalogue, nothing of it leaves them'
}

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
    el('h2', {}, 'What it does'),
    facts([
      ['With', what.tool],
      ['To', destination(what.destination)],
      ...fields(what.fields),
      ['At stake', what.impact],
      ['Afterwards', UNDO[what.reversibility] ?? what.reversibility],
      ['Beyond your systems', beyond(what)],
    ]),
    el('h2', {}, 'Who wants it'), lineage(what),
    el('h2', {}, 'What it spends'), ...meters(what.meters),
    el('h2', {}, 'Who is asked, and why'), needs(one),
    ...pointed(what.referents ?? []),
    what.sources.length ? el('h2', {}, 'Where its values come from') : null,
    what.sources.length ? list(what.sources.map(spelt)) : null,
    el('h2', {}, 'What the agent wrote'),
    theirs('Written by the agent, and sent as it stands. Nobody checked it.', JSON.stringify(what.arguments, null, 2)),
    answer(one),
  )
}

let who
run(async () => {
  who = await person()
  draw(await ask('GET', `approvals/${part(id)}`))
})
