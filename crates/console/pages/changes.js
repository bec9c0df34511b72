// What loosens and waits to be signed, the reader's own first.
import { ask, el, moment, part, person, run, say, show, shown } from '/console/kit.js'

const card = (one) => el('li', {},
  el('a', { href: `/changes/${part(one.id)}` }, shown(one.what.join(', '))),
  el('div', {}, el('span', { class: 'mark' }, 'Waits'), ` · proposed by ${shown(one.by)}`),
  el('div', { class: 'quiet' }, 'until ', moment(one.not_after)))

run(async () => {
  await person()
  say('Reading …')
  const { changes } = await ask('GET', 'changes')
  const [mine, others] = [changes.filter((one) => one.mine), changes.filter((one) => !one.mine)]
  show(
    el('h2', {}, 'For you to sign'),
    mine.length ? el('ul', { class: 'cards' }, mine.map(card)) : el('p', {}, 'Nothing.'),
    others.length ? el('h2', {}, 'Others are asked') : null,
    others.length ? el('ul', { class: 'cards' }, others.map(card)) : null,
  )
  say('')
})
