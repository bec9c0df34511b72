// One act that waits for a yes: what it is, whose it is, what it costs, and only then what the agent says of it.
import { ask, button, el, facts, list, moment, own, part, person, run, say, show, shown, theirs } from '/console/kit.js'
import { sign } from '/console/passkey.js'

const id = own()
const text = (value) => (value !== null && typeof value === 'object' ? JSON.stringify(value) : value)

function meters(all) {
  if (!all?.length) return null
  const cell = (value) => el('td', {}, shown(text(value ?? '')))
  return [el('h2', {}, 'What it spends'), el('table', {},
    el('thead', {}, el('tr', {}, ['Unit', 'Spent before', 'After this', 'At most'].map((name) => el('th', { scope: 'col' }, name)))),
    el('tbody', {}, all.map((one) => el('tr', {}, el('th', { scope: 'row' }, shown(one.unit)), cell(one.before), cell(one.after), cell(one.total)))))]
}

async function signed(role, statement, challenge) {
  const assertion = await sign(challenge)
  await ask('POST', `approvals/${part(id)}/sign`, { assertion, role, statement })
  await load()
  say('Signed. It counts for this act alone, once.', 'well')
}

function answer(one) {
  const mine = one.mine ?? []
  if (one.standing !== 'open' || !mine.length) return null
  const reason = el('input', { id: 'reason', maxlength: 300, autocomplete: 'off' })
  return el('section', { class: 'ask', 'aria-labelledby': 'answer' },
    el('h2', { id: 'answer' }, 'Your answer'),
    mine.map((role) => button(mine.length > 1 ? `Sign as ${shown(role)}` : 'Sign with your passkey', () => {
      const { statement, challenge } = one.statements[role]
      return signed(role, statement, challenge)
    }, 'act')),
    el('label', { for: 'reason' }, 'Why not', el('span', { class: 'hint' }, 'The agent is told this.')),
    reason,
    button('Refuse', async () => {
      if (!reason.value.trim()) {
        say('Not yet: say why, for the agent to do better.', 'bad')
        reason.focus()
        return
      }
      await ask('POST', `approvals/${part(id)}/refuse`, { reason: reason.value.trim() })
      await load()
      say('Refused. The agent is told why.', 'well')
    }, 'no'))
}

function draw(one) {
  const what = one.display ?? {}
  const written = [what.written ?? []].flat()
  show(
    el('p', {}, el('strong', {}, shown(what.sentence ?? one.kind))),
    facts((what.fields ?? []).map((field) => [shown(field.name ?? field.at), text(field.value)])),
    what.lineage?.length ? [el('h2', {}, 'Whose it is'), list(what.lineage.map(text))] : null,
    meters(what.meters),
    what.sources?.length ? [el('h2', {}, 'Where its values come from'), list(what.sources.map(text))] : null,
    facts([
      ['How it stands', one.standing],
      ['Answer until', one.not_after ? moment(one.not_after) : null],
      ['Task', one.task ? el('a', { href: `/tasks/${part(one.task)}` }, shown(one.task)) : null],
    ]),
    written.length ? el('h2', {}, 'What the agent says') : null,
    written.map((words) => theirs('Written by the agent. Nobody checked it.', text(words.text ?? words))),
    answer(one),
  )
}

async function load() {
  draw(await ask('GET', `approvals/${part(id)}`))
}

run(async () => {
  await person()
  await load()
})
