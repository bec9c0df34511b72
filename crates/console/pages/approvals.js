// What waits for a yes, the reader's own first. Several may be looked at whole, one below the other, and signed once.
import { canonical, exact, plain, same, together as adding, whole } from '/console/act.js'
import { ask, button, el, moment, part, person, run, say, sentence, show, shown } from '/console/kit.js'
import { sha256, sign } from '/console/passkey.js'

const SHEET_MAX = 10

// What is critical is signed by itself.
const together = (one) => one.standing === 'open' && one.mine.length > 0 && one.impact !== 'critical'

const card = (one, ticks) => el('li', {},
  el('a', { href: `/approvals/${part(one.id)}` }, sentence(one.sentence ?? `A request of ${one.agent}`)),
  el('div', {}, el('span', { class: 'mark' }, one.standing === 'open' ? 'Waits' : shown(one.standing)), one.intent ? ` · ${shown(one.intent)}` : ''),
  el('div', { class: 'quiet' }, 'until ', moment(one.not_after)),
  ticks && together(one) ? tick(one, ticks) : null)

function tick(one, ticks) {
  const box = el('input', { type: 'checkbox', id: `tick-${one.id}` })
  box.addEventListener('change', () => (box.checked ? ticks.add(one.id) : ticks.delete(one.id)))
  return el('label', { for: `tick-${one.id}`, class: 'tick' }, box, ` Look at request ${shown(one.id)} with others`)
}

// What the acts come to together, by unit. Of an act that several grants are charged for, it counts once.
function sums(all) {
  const totals = new Map()
  for (const one of all) {
    const units = new Map(one.display.meters.map((meter) => [meter.unit, meter.amount]))
    units.forEach((amount, unit) => totals.set(unit, (totals.get(unit) ?? 0n) + exact(amount)))
  }
  return [...totals].map(([unit, sum]) => `${plain(sum)} ${shown(unit)}`)
}

// Each is shown whole before the one signature; what is signed lists the statements that stand here.
async function sheet(ids) {
  if (ids.length < 2 || ids.length > SHEET_MAX) {
    say(`Not yet: tick 2 to ${SHEET_MAX} of them.`, 'bad')
    return
  }
  const all = []
  for (const id of ids) {
    const one = await ask('GET', `approvals/${part(id)}`)
    if (!one.display || !together(one)) throw new Error(`request ${id} cannot be signed with others`)
    all.push(one)
  }
  const above = adding(all)
  const acts = all.map((one, at) => el('article', { 'aria-labelledby': `act-${one.id}` },
    el('h2', { id: `act-${one.id}` }, `${at + 1} of ${all.length}: request ${shown(one.id)}`),
    el('p', {}, el('strong', {}, sentence(one.display.sentence), '.')),
    one.mine.length > 1 ? el('p', { class: 'hint' }, `You sign as ${shown(one.mine[0])}.`) : null,
    ...whole(one, above[at])))
  const signing = button(`Yes to all ${all.length}: sign them with your passkey`, () => signed(all), 'act')
  show(
    el('p', {}, `Each of these ${all.length} acts is shown whole. One signature says yes to each; each yes counts for its own act, once. To refuse one, open it by itself.`),
    ...acts,
    el('section', { class: 'ask', 'aria-labelledby': 'answer' }, el('h2', { id: 'answer' }, 'Your answer'),
      sums(all).map((sum) => el('p', {}, el('strong', {}, `Together: ${sum}`))), signing, el('p', {}, el('a', { href: '/approvals' }, 'Back, without an answer'))))
  say('')
  scrollTo(0, 0)
}

async function signed(all) {
  const digests = []
  for (const one of all) {
    const asked = one.statements[one.mine[0]]
    if (!(await same(asked, one))) {
      say('Not done: what would be signed is not what stands here.', 'bad')
      return
    }
    digests.push((await sha256(asked.statement)).hex)
  }
  const text = canonical({ statements: digests, type: 'bailiwick/sheet/1' })
  const assertion = await sign((await sha256(text)).base64url)
  const statements = all.map((one) => ({ approval: one.id, role: one.mine[0], statement: one.statements[one.mine[0]].statement }))
  const { answered } = await ask('POST', 'approvals/sheet', { assertion, statements })
  const not = answered.filter((one) => !one.signed)
  await listed()
  say(not.length
    ? `Signed, but for ${not.map((one) => `request ${one.id}: ${shown(one.detail)}`).join('; ')}`
    : `Signed: ${answered.length} acts, by one signature. Each yes counts for its own act alone, once.`, not.length ? 'bad' : 'well')
}

async function listed() {
  const [{ approvals }, { wishes }] = await Promise.all([ask('GET', 'approvals'), ask('GET', 'wishes')])
  const [mine, others] = [approvals.filter((one) => one.mine.length), approvals.filter((one) => !one.mine.length)]
  const ticks = new Set()
  const several = mine.filter(together).length > 1
  show(
    el('h2', {}, 'For you to answer'),
    mine.length ? el('ul', { class: 'cards' }, mine.map((one) => card(one, several && ticks))) : el('p', {}, 'Nothing.'),
    several ? button('Look at the ticked ones whole, to sign them together', () => sheet([...ticks])) : null,
    others.length ? el('h2', {}, 'Others are asked') : null,
    others.length ? el('ul', { class: 'cards' }, others.map((one) => card(one))) : null,
    wishes.length ? el('h2', {}, 'Agents ask for more') : null,
    wishes.length ? el('ul', { class: 'cards' }, wishes.map(wish)) : null,
  )
}

const wish = (one) => el('li', {},
  el('a', { href: `/tasks/${part(one.task)}` }, `${shown(one.agent ?? 'An agent')}: ${shown(one.wanted)}`),
  el('div', {}, one.intent ? shown(one.intent) : ''),
  el('div', { class: 'quiet' }, 'asked ', moment(one.at)))

run(async () => {
  await person()
  say('Reading …')
  await listed()
  say('')
})
