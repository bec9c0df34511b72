// One act as a person is shown it before they sign: alone on its page, or with others on a sheet.
import { el, facts, list, shown, theirs } from '/console/kit.js'
import { sha256 } from '/console/passkey.js'

const UNDO = { 'read-only': 'There is nothing to undo', reversible: 'Whoever did it can undo it', 'by-others': 'Somebody else can undo it', irreversible: 'Nobody can undo it' }

// RFC 8785 form: what JSON.stringify writes of each part, with the names of members in order.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
}

// What is signed is what stands here: the challenge is of the statement, and that holds the digest of what is displayed.
// What the agent has read stands in the statement itself.
export async function same({ statement, challenge }, { display, labels }) {
  const { terms } = JSON.parse(statement)
  return (await sha256(statement)).base64url === challenge && terms.display === (await sha256(canonical(display))).hex &&
    canonical(terms.labels) === canonical(labels)
}

const zone = (hand) => (hand.zone && hand.zone !== 'own' ? `, of ${hand.zone}` : '')

function lineage(what) {
  const hands = what.lineage.map((hand) => `${hand.agent}${zone(hand)}; ${hand.owner ?? 'nobody'} answers for it`)
  return el('ol', {}, [`${what.requester ?? 'Somebody'} wanted it${what.subject ? `, for ${what.subject}` : ''}: ${what.intent ?? 'what for was erased'}`, ...hands]
    .map((step) => el('li', {}, shown(step))))
}

// Sums are exact: eighteen digits behind the point, and none is ever rounded.
const DIGITS = 18
export const exact = (text) => {
  const [whole, fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(DIGITS, '0'))
}
export const plain = (sum) => {
  const text = sum.toString().padStart(DIGITS + 1, '0')
  return `${text.slice(0, -DIGITS)}.${text.slice(-DIGITS)}`.replace(/\.?0+$/, '')
}

/** What each act of a sheet adds to the same limits as those above it, by the limits that its statement names. */
export function together(all) {
  const sums = new Map()
  return all.map((one) => {
    const { terms } = JSON.parse(one.statements[one.mine[0]].statement)
    return terms.meters.map(({ amount, grant, row, unit }) => {
      const limit = `${one.task} ${grant} ${row} ${unit}`
      const above = sums.get(limit) ?? 0n
      sums.set(limit, above + exact(amount))
      return above
    })
  })
}

// Beside others on a sheet each limit is also told with what stands above it.
function meters(all, above) {
  if (!all.length) return [el('p', {}, 'It spends nothing that is counted.')]
  const cell = (value) => el('td', {}, shown(value ?? '–'))
  const names = ['Of whom', 'Before', 'After', ...(above ? ['With those above'] : []), 'At most']
  const after = (one, at) => exact(one.after) + (above[at] ?? 0n)
  const beyond = above && all.some((one, at) => one.total !== null && after(one, at) > exact(one.total))
  return [
    el('table', {},
      el('thead', {}, el('tr', {}, names.map((name) => el('th', { scope: 'col' }, name)))),
      el('tbody', {}, all.map((one, at) => el('tr', {}, el('th', { scope: 'row' }, shown(`${one.agent ?? ''} ${one.unit}`)),
        cell(one.before), cell(one.after), above ? cell(plain(after(one, at))) : null, cell(one.total))))),
    beyond ? el('p', {}, el('strong', {}, 'With those above it goes past the limit: whichever comes last is refused.')) : null,
  ]
}

// A yes whose person left or whose passkey went is told, and not counted.
function needs(one) {
  return list(one.needs.map((need) => {
    const [stand, gone] = [need.given.filter((yes) => yes.void === null), need.given.filter((yes) => yes.void !== null)]
    const given = stand.map((yes) => `${yes.person}${yes.single_person ? ' (alone)' : ''}`).join(', ')
    const voided = gone.map((yes) => ` The yes of ${yes.person} counts no more: ${yes.void}.`).join('')
    const whose = need.confirms ? 'the one whose act it is' : need.role.replace(/^role:/, 'the role ')
    return `${whose}: ${stand.length} of ${need.count}${given ? `, by ${given}` : ''}.${voided} Why: ${need.why}`
  }))
}

// What the agent had read when it asked: the signature says it as well.
function touched({ classes, zones, trusted }) {
  if (trusted === null) return list(['Nothing yet'])
  return list([
    classes.length ? `Data of class ${classes.join(', ')}` : 'No data of a class that is named',
    zones.length ? `From ${zones.join(', ')}` : 'Nothing from another zone',
    trusted ? 'Nothing of it was written by others' : 'Others wrote some of it: what it asks for may be theirs',
  ])
}

// Where each value came from: what is signed says whose it is, and the line that brought it is looked up beside it.
function sources(one) {
  const line = (source, at) => {
    const found = (one.came_from ?? [])[at]
    const words = found && found.pointer === source.pointer && found.source === source.source ? found.words : source.words
    return `${source.kind}, at ${source.pointer}: ${words}${source.enough ? '' : ' (so somebody is asked)'}`
  }
  return list(one.display.sources.map(line))
}

// What speaks against it, as it was counted when it was decided: ours, and part of what is signed.
function risky(risk) {
  if (!risk) return []
  const one = (reason) => `${reason.words} (${reason.adds})`
  return [el('h2', {}, `What speaks against it: ${risk.score} of ${risk.most}`), list(risk.reasons.map(one))]
}

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

/** What a person is shown of one act, whole: ours first, and what others wrote last. `above`: beside others on a sheet. */
export function whole(one, above) {
  const what = one.display
  return [
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
    el('h2', {}, 'What the agent has read'), touched(one.labels),
    (one.elsewhere ?? []).length ? el('p', {}, 'Of it from other tasks:') : null,
    (one.elsewhere ?? []).length ? list(one.elsewhere) : null,
    el('h2', {}, 'What it spends'), ...meters(what.meters, above),
    el('h2', {}, 'Who is asked, and why'), needs(one),
    ...risky(what.risk),
    ...pointed(what.referents ?? []),
    what.sources.length ? el('h2', {}, 'Where its values come from') : null,
    what.sources.length ? sources(one) : null,
    el('h2', {}, 'What the agent wrote'),
    theirs('Written by the agent, and sent as it stands. Nobody checked it.', JSON.stringify(what.arguments, null, 2)),
  ]
}
