// Broken glasses: what was overridden, by whom, why; somebody else says what they found, and closes it.
import { signed } from '/console/consent.js'
import { ask, button, el, facts, list, moment, part, person, run, say, show, shown } from '/console/kit.js'

const STANDS = { open: 'It is open', to_review: 'It is over, and waits for somebody to look at it', overdue: 'It is over, and should have been looked at', closed: 'It is closed' }

function card(one, who) {
  const box = el('section', { class: 'ask' },
    el('h2', {}, `${shown(one.by)} broke the glass`),
    facts([
      ['How it stands', STANDS[one.standing]],
      ['Why', shown(one.reason)],
      ['Incident', shown(one.incident)],
      ['From', moment(one.opened)],
      ['Until', moment(one.expires)],
      ['Over the task', el('a', { href: `/tasks/${part(one.task)}` }, shown(one.task))],
      ['Closed by', one.closed_by === null ? null : shown(one.closed_by)],
    ]),
    el('p', {}, 'Without policy and approvals it allows:'),
    list(one.rows))
  if (one.standing === 'closed') return box
  if (one.by === who.person || one.requester === who.person) {
    box.append(el('p', {}, one.may_close
      ? 'Somebody closes it who neither opened it nor started that task.'
      : 'Somebody closes it who neither opened it nor started that task, and there is nobody: an administrator describes a person with the role break-glass.'))
    return box
  }
  const findings = el('input', { id: `f-${one.id}`, maxlength: 1000, autocomplete: 'off' })
  box.append(el('label', { for: findings.id }, 'What you found', el('span', { class: 'hint' }, 'It stands in the record')), findings,
    button('Close it', async () => {
      const found = findings.value.trim()
      const stands = (now) => now.glass === one.id && now.findings === found && now.reason === one.reason && now.incident === one.incident && now.by === one.by
      await signed(`break-glass/${part(one.id)}/close`, (consent) => ({ consent, findings: found }), stands)
      await listed(who)
      say('Closed. Policy and approvals are asked again.', 'well')
    }, 'act'))
  return box
}

async function listed(who) {
  const all = (await ask('GET', 'break-glass')).break_glass
  show(all.length ? all.map((one) => card(one, who)) : el('p', {}, 'Nobody broke the glass, of what you may see.'))
}

run(async () => {
  const who = await person()
  say('Reading …')
  await listed(who)
  say('')
})
