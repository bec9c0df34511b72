// Breaking the glass: over which task, by which template, why and for how long; then what that overrides in words, and the signature.
import { canonical } from '/console/act.js'
import { ask, button, el, facts, list, moment, part, person, run, say, show, shown } from '/console/kit.js'
import { second } from '/console/second.js'

const WITHIN = [5, 15, 30, 60]

// A line of the form, with what it is for.
function field(id, name, hint, input) {
  input.id = id
  return { name, input, parts: [el('label', { for: id }, name, el('span', { class: 'hint' }, hint)), input] }
}

const line = (most) => el('input', { maxlength: most, autocomplete: 'off' })

// What nobody should find out afterwards.
function warnings(told) {
  return [
    told.told ? null : 'Nobody is told of it at once, for no rule says so: tell them yourself.',
    told.signers ? null : 'Nobody could sign it as things stand: you sign with a passkey of your own, and a second person where one is needed.',
    told.may_close ? null : 'Nobody could close it as things stand: an administrator describes a person with the role break-glass who neither opens it nor started that task.',
  ].filter(Boolean)
}

function signers(told) {
  if (!told.persons) return 'It is broken at the node’s own socket: nobody here could sign it.'
  return told.persons === 1 ? 'Your signature is enough.' : 'You sign it, and so does a second person on the page of the change.'
}

// Whether what would be signed is what was shown.
const stands = (asked, told) => ({ change, loosens }) => {
  const said = change.break_glass ?? {}
  const same = { incident: told.incident, reason: told.reason, requester: told.requester, task: told.task, template: told.template }
  return Object.entries(same).every(([name, value]) => said[name] === value)
    && Number(said.span) === asked.minutes * 60_000_000
    && canonical(loosens.slice(1)) === canonical(told.rows)
}

function broken(told, waits, done) {
  show(
    el('p', {}, done.stands
      ? 'Policy and approvals are not asked of acts of that task that fit what you signed. Somebody else closes it, and says what they found.'
      : 'Nothing is overridden yet: a second person signs it on the page of the change.'),
    el('p', {}, done.stands
      ? el('a', { href: '/break-glass' }, 'What is broken now')
      : el('a', { href: `/changes/${part(waits)}` }, `Change ${waits}`)),
    ...warnings(told).map((line) => el('p', { class: 'unusual' }, line)),
  )
  say(done.stands ? 'Signed. The glass is broken.' : 'Signed. One more person signs it before it stands.', 'well')
}

function look(asked, told, form) {
  // What was asked for and not signed waits for an hour: the same is not asked for twice.
  let waits = null
  const yes = button('Yes, break it: sign with your passkey', async () => {
    waits ??= (await ask('POST', 'break-glass', asked)).proposed.id
    const one = await ask('GET', `changes/${part(waits)}`)
    broken(told, waits, await second(one, stands(asked, told)))
  }, 'act')
  const back = button('Change something', async () => { show(...form); say('') })
  show(
    el('h2', { id: 'yes', tabindex: '-1' }, 'You are about to break the glass'),
    facts([
      ['Over the task', told.task], ['Whose task it is', told.requester], ['By the template', told.template],
      ['Incident', told.incident], ['Why', told.reason], // it begins with the last signature
      ['For how long', told.persons > 1 ? `${asked.minutes} minutes from the second signature on` : null],
      ['Until', told.persons > 1 ? null : moment(told.expires)],
    ]),
    el('p', {}, 'It allows nothing new. While it is broken neither policy nor approvals are asked of acts that fit one of these, as far as the task’s own grants and its agents’ roles allow them anyway:'),
    list(told.rows),
    el('p', {}, told.reached.length ? 'So these go through without policy and approvals:' : 'As things stand that is no tool that a server here has.'),
    told.reached.length ? list(told.reached) : null,
    told.still_refused.length ? el('p', {}, 'It names these as well, and they stay refused:') : null,
    told.still_refused.length ? list(told.still_refused) : null,
    el('p', {}, 'As ever stay refused: every other tool, what is over a limit or out of time, data where it may not go, whoever does not hold the grant.'),
    el('p', {}, 'It stands in the record with your name and these words, and somebody else looks at it afterwards. ', signers(told)),
    ...warnings(told).map((line) => el('p', { class: 'unusual' }, line)),
    told.persons ? yes : null, back,
  )
  document.getElementById('yes').focus()
}

function asking(templates, tasks, wanted) {
  const ids = el('datalist', { id: 'tasks' }, tasks.map((one) => el('option', { value: one.task }, shown(one.intent ?? one.task))))
  const task = field('task', 'Over which task', 'Its whole id, as its person, its page or the command line tells it',
    el('input', { list: 'tasks', maxlength: 64, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off' }))
  task.input.value = wanted
  const template = field('template', 'By which template', 'What its rows name is overridden, and nothing else',
    el('select', {}, templates.map((one) => el('option', { value: one.name }, shown(one.name)))))
  const rows = el('div', { 'aria-live': 'polite' })
  const told = () => rows.replaceChildren(list(templates.find((one) => one.name === template.input.value).rows))
  template.input.addEventListener('change', told)
  told()
  const incident = field('incident', 'Incident', 'As it is called elsewhere: INC-7', line(64))
  const reason = field('reason', 'Why', 'It stands in the record for good, so write no names', line(500))
  const within = field('within', 'For how long', 'It is over by then, whatever happens',
    el('select', {}, WITHIN.map((minutes) => el('option', { value: minutes, selected: minutes === 15 }, `${minutes} minutes`))))
  const lines = [task, incident, reason]
  const form = [
    el('p', {}, 'For an emergency: for a while neither policy nor approvals are asked of one task of somebody else, for what a template names. Limits, grants, roles and the record stay.'),
    ...task.parts, ids, ...template.parts, rows, ...incident.parts, ...reason.parts, ...within.parts,
    button('Show me what that overrides', async () => {
      const empty = lines.find((one) => !one.input.value.trim())
      if (empty) {
        say(`Not yet: “${empty.name}” is empty.`, 'bad')
        empty.input.focus()
        return
      }
      const asked = { incident: incident.input.value.trim(), minutes: Number(within.input.value), reason: reason.input.value.trim(), task: task.input.value.trim(), template: template.input.value }
      const told = await ask('POST', 'break-glass/preview', asked)
      say('')
      look(asked, told, form)
    }, 'act'),
    el('p', {}, el('a', { href: '/break-glass' }, 'What is broken now')),
  ]
  show(...form)
}

run(async () => {
  const who = await person()
  if (!who.roles.includes('break-glass')) {
    show(el('p', {}, 'Only people with the role break-glass break it: an administrator gives it in the document of a person.'))
    return
  }
  say('Reading …')
  const [{ templates }, { tasks }] = await Promise.all([ask('GET', 'break-glass'), ask('GET', 'tasks?live=true')])
  const others = tasks.filter((one) => one.requester !== who.person)
  if (templates.length) asking(templates, others, new URLSearchParams(location.search).get('task') ?? '')
  else show(el('p', {}, 'No template here can be one: an administrator describes one without parameters, totals, uses and asks.'))
  say('')
})
