// All tasks that are the reader's to see: what they started, and what their agents have a part in.
import { ask, el, moment, part, person, run, say, show, shown } from '/console/kit.js'

const waits = (task) => task.standing.live && task.grants.some((grant) => grant.standing.live && grant.waiting.length > 0)

function card(task) {
  const holders = [...new Set(task.grants.map((grant) => grant.holder))].map(shown).join(', ')
  const how = !task.standing.live ? `Ended: ${shown(task.standing.why)}` : waits(task) ? 'Runs; waits for consent' : 'Runs'
  return el('li', {},
    el('a', { href: `/tasks/${part(task.task)}` }, shown(task.intent ?? task.task)),
    el('div', {}, el('span', { class: 'mark' }, how), ` · ${holders}`),
    el('div', { class: 'quiet' }, `for ${shown(task.requester ?? 'nobody')}, last `, moment(task.at)))
}

run(async () => {
  await person()
  say('Reading …')
  const { tasks, closed } = await ask('GET', 'tasks')
  const [live, ended] = [tasks.filter((task) => task.standing.live), tasks.filter((task) => !task.standing.live)]
  const cards = (some, none) => (some.length ? el('ul', { class: 'cards' }, some.map(card)) : el('p', {}, none))
  show(
    el('h2', {}, 'What runs'), cards(live, 'No task runs.'),
    el('p', {}, el('a', { href: '/start' }, 'Start a task')),
    el('h2', {}, 'What has ended'), cards(ended.slice(0, 50), 'Nothing yet.'),
    ended.length > 50 ? el('p', { class: 'quiet' }, `And ${ended.length - 50} older ones: bailiwick task list`) : null,
    closed.length ? el('h2', {}, 'What cannot be read') : null,
    closed.length ? el('ul', {}, closed.map((one) => el('li', {}, `${shown(one.task)}: ${shown(one.why)}`))) : null,
  )
  say('')
})
