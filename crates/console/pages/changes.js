// What loosens and waits to be signed, the reader's own first.
import { ask, el, moment, part, person, run, say, show, shown } from '/console/kit.js'

const card = (one) => el('li', {},
  el('a', { href: `/changes/${part(one.id)}` }, shown(one.what.join(', '))),
  el('div', {}, el('span', { class: 'mark' }, one.void === null ? 'Waits' : 'Void'), ` · proposed by ${shown(one.by)}`),
  one.void === null ? el('div', { class: 'quiet' }, 'until ', moment(one.not_after)) : null)

run(async () => {
  await person()
  say('Reading …')
  const { changes } = await ask('GET', 'changes')
  const waits = changes.filter((one) => one.void === null)
  const [mine, others] = [waits.filter((one) => one.mine), waits.filter((one) => !one.mine)]
  const gone = changes.filter((one) => one.void !== null)
  show(
    el('h2', {}, 'For you to sign'),
    mine.length ? el('ul', { class: 'cards' }, mine.map(card)) : el('p', {}, 'Nothing.'),
    others.length ? el('h2', {}, 'Others are asked') : null,
    others.length ? el('ul', { class: 'cards' }, others.map(card)) : null,
    gone.length ? el('h2', {}, 'Nothing comes of these any more') : null,
    gone.length ? el('ul', { class: 'cards' }, gone.map(card)) : null,
  )
  say('')
})
