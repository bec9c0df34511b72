// What waits for a yes, the reader's own first.
import { ask, el, moment, part, person, run, say, show, shown } from '/console/kit.js'

const card = (one) => el('li', {},
  el('a', { href: `/approvals/${part(one.id)}` }, shown(one.sentence ?? `A request of ${one.agent}`)),
  el('div', {}, el('span', { class: 'mark' }, one.standing === 'open' ? 'Waits' : shown(one.standing)), one.intent ? ` · ${shown(one.intent)}` : ''),
  el('div', { class: 'quiet' }, 'until ', moment(one.not_after)))

const wish = (one) => el('li', {},
  el('a', { href: `/tasks/${part(one.task)}` }, `${shown(one.agent ?? 'An agent')}: ${shown(one.wanted)}`),
  el('div', {}, one.intent ? shown(one.intent) : ''),
  el('div', { class: 'quiet' }, 'asked ', moment(one.at)))

run(async () => {
  await person()
  say('Reading …')
  const [{ approvals }, { wishes }] = await Promise.all([ask('GET', 'approvals'), ask('GET', 'wishes')])
  const [mine, others] = [approvals.filter((one) => one.mine.length), approvals.filter((one) => !one.mine.length)]
  show(
    el('h2', {}, 'For you to answer'),
    mine.length ? el('ul', { class: 'cards' }, mine.map(card)) : el('p', {}, 'Nothing.'),
    others.length ? el('h2', {}, 'Others are asked') : null,
    others.length ? el('ul', { class: 'cards' }, others.map(card)) : null,
    wishes.length ? el('h2', {}, 'Agents ask for more') : null,
    wishes.length ? el('ul', { class: 'cards' }, wishes.map(wish)) : null,
  )
  say('')
})
