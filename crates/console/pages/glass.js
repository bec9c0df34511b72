// Broken glasses: what was overridden, by whom, why; somebody else says what they found, and closes it.
import { signed } from '/console/consent.js'
import { ask, button, el, facts, list, moment, part, person, run, say, show, shown } from '/console/kit.js'

const STANDS = { open: 'It is open', to_review: 'It is over, and waits for somebody to look at it', overdue: 'It is over, and should have been looked at', closed: 'It is closed' }

// What that is of the tools that there are; nothing of one that is over.
function tools(one) {
  if (one.reached === undefined) return []
  return [
    el('p', {}, one.reached.length ? 'So these go through without policy and approvals now:' : 'As things stand that is no tool at all.'),
    one.reached.length ? list(one.reached.map(shown)) : null,
    one.still_refused.length ? el('p', {}, 'It names these as well, and they stay refused: the task’s grants or its agents’ roles do not allow them.') : null,
    one.still_refused.length ? list(one.still_refused.map(shown)) : null,
    el('p', {}, 'As ever stay refused: every other tool, what is over a limit or out of time, data where it may not go, whoever does not hold the grant; and what repeats an act in doubt asks people.'),
  ]
}

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
    el('p', {}, 'It allows nothing new. While it is open, neither policy nor approvals are asked of acts that fit one of these, as far as the task’s own grants and its agents’ roles allow them anyway:'),
    list(one.rows),
    ...tools(one))
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
  show(
    all.length ? all.map((one) => card(one, who)) : el('p', {}, 'Nobody broke the glass, of what you may see.'),
    who.roles.includes('break-glass') ? el('p', {}, el('a', { href: '/break-glass/open' }, 'Break the glass')) : null,
  )
}

run(async () => {
  const who = await person()
  say('Reading …')
  await listed(who)
  say('')
})
