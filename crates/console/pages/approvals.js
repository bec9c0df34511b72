// What waits for the reader's yes.
import { ask, el, moment, part, person, run, show, shown } from '/console/kit.js'

run(async () => {
  await person()
  const { approvals } = await ask('GET', 'approvals')
  const card = (one) => el('li', {},
    el('a', { href: `/approvals/${part(one.id)}` }, shown(one.display?.sentence ?? one.sentence ?? one.id)),
    el('div', { class: 'quiet' }, one.not_after ? ['until ', moment(one.not_after)] : ''))
  show(approvals.length ? el('ul', { class: 'cards' }, approvals.map(card)) : el('p', {}, 'Nothing waits for you.'))
})
