// For each agent and server, whether the node is the only way; and what is not governed at all.
import { ask, el, person, run, say, show, shown } from '/console/kit.js'

const WORDS = { enforced: 'Enforced', cooperative: 'Cooperative', not_seen: 'Not seen yet', observed: 'NOT enforced, only observed' }

function card(pair) {
  const from = pair.from.length ? `called from ${pair.from.map(shown).join(', ')}` : 'it has not called since the node began'
  return el('li', {},
    el('div', {}, el('span', { class: 'mark' }, WORDS[pair.state] ?? shown(pair.state)), ` · ${shown(pair.agent)}`),
    pair.observed_until ? el('div', {}, `Rules are not enforced until ${new Date(pair.observed_until / 1000).toLocaleString()}.`) : null,
    el('div', { class: 'quiet' }, from),
    pair.ways.map((way) => el('div', {}, shown(way.words), el('div', { class: 'quiet' }, shown(way.fix)))))
}

run(async () => {
  await person()
  say('Reading …')
  const told = await ask('GET', 'enforcement')
  const servers = [...new Set(told.pairs.map((pair) => pair.server))]
  const kept = told.pairs.filter((pair) => pair.state === 'enforced').length
  show(
    el('p', {}, told.pairs.length
      ? `${kept} of ${told.pairs.length} are enforced. Only these are a control. ${told.observed.length ? `${told.observed.length} only observed.` : 'Nothing is only observed.'}`
      : 'No agent’s role names a server: nobody may call anything through this node.'),
    ...servers.flatMap((name) => [
      el('h2', {}, shown(name)),
      el('ul', { class: 'cards' }, told.pairs.filter((pair) => pair.server === name).map(card)),
    ]),
    told.left_off ? el('p', {}, `${told.left_off} more are not listed.`) : null,
    el('h2', {}, 'Not governed'),
    told.ungoverned.length
      ? el('ul', { class: 'cards' }, told.ungoverned.map((one) => el('li', {}, shown(one.server),
        el('div', {}, shown(one.why)), el('div', { class: 'quiet' }, shown(one.fix)))))
      : el('p', {}, 'Nothing that this node was told of.'),
    el('p', { class: 'quiet' }, shown(told.unseen)),
  )
  say('')
})
