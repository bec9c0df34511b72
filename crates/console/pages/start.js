// Starting a task, or giving one more: a template, its parameters, what it comes to in words, and the consent.
import { canonical } from '/console/act.js'
import { signed } from '/console/consent.js'
import { ask, blanks, button, el, list, part, person, run, say, show, shown } from '/console/kit.js'

const HINTS = {
  amount: 'A number, as 12.50', iban: 'As DE89 3704 0044 0532 0130 00', email: 'As ann@example.org', host: 'As example.org',
  text: 'In your own words', content: 'In your own words', title: 'A few words',
  url: 'An address, from https on', path: 'As /home/me/notes', date: 'As 2030-06-30', phone: 'As +49 30 123456', party: 'Their name, as on their papers',
}

const query = new URLSearchParams(location.search)
// The task that is to be given more, the wish that this answers, and what that names: nothing else is given for it.
const [more, wish, wished] = [query.get('task'), query.get('wish'), query.getAll('only')]

function hint(parameter) {
  const kind = parameter.kind.split(':')[0]
  const most = parameter.at_most ? `, at most ${parameter.at_most} ${parameter.currency ?? ''}` : ''
  return `${HINTS[kind] ?? `A value of kind ${parameter.kind}`}${parameter.currency && !most ? `, in ${parameter.currency}` : ''}${most}`
}

function field(name, parameter) {
  const id = `p-${name}`
  const input = el('input', { id, name, required: true, value: parameter.default ?? null, autocomplete: 'off', spellcheck: 'false', maxlength: 4096,
    type: parameter.kind === 'secret' ? 'password' : null, inputmode: parameter.kind === 'amount' ? 'decimal' : null, 'aria-describedby': `${id}-hint` })
  input.addEventListener('keydown', (event) => event.key === 'Enter' && document.querySelector('button.act')?.click())
  // what others wrote is pasted apart: no value of it is their own word unless they say so
  const pasted = !more && ['content', 'text', 'title'].includes(parameter.kind)
    ? el('textarea', { id: `${id}-pasted`, rows: 4, maxlength: 16384, spellcheck: 'false' })
    : null
  const beside = pasted
    ? [el('details', {}, el('summary', {}, 'Paste what others wrote'),
        el('label', { for: `${id}-pasted` }, 'A mail, a page: what stands in it is not taken for your word'), pasted)]
    : []
  return { name, input, pasted, parts: [el('label', { for: id }, shown(name), el('span', { class: 'hint', id: `${id}-hint` }, shown(hint(parameter)))), input, ...beside] }
}

// Whether what would be signed is what stands here: these words, of this template, for this agent.
const shows = (asked, told) => (shown) => {
  const stated = [
    ...told.stated.map((line) => `from your own words: ${line}`),
    ...(told.pasted_confirmed ?? []).map((line) => `from what you pasted, confirmed by you: ${line}`),
    ...(told.pasted ?? []).map((line) => `from what you pasted, and not your word: ${line.value}`),
  ]
  const lines = [...told.rows, ...stated, ...(told.draws ?? [])]
  if (shown.intent !== told.intent || shown.template_digest !== told.digest) return false
  if (more) return shown.consent === told.consent && shown.wish === (asked.wish ?? null) && canonical(shown.only) === canonical(asked.only)
  return shown.consent.replace(/^\n/, '') === lines.join('\n') && shown.agent === asked.agent && canonical(shown.privileged) === canonical(told.privileged)
}

// Of a widening: all that is signed, but for what is shown beneath it by itself.
function consented(told) {
  const apart = [...told.privileged, ...told.stated.map((line) => `from your own words: ${line}`)]
  return told.consent.split('\n').filter((line) => line && (told.rows.includes(line) || !apart.includes(line)))
}

function preview(asked, told, form) {
  const stands = shows(asked, told)
  const unheld = told.not_enforced ?? []
  const confirm = ({ of, value }) => button('It is my own word', async () => {
    const name = `${of}.confirmed`
    const parameters = { ...asked.parameters, [name]: [asked.parameters[name], value].filter(Boolean).join('\n') }
    preview({ ...asked, parameters }, await ask('POST', 'tasks/preview', { ...asked, parameters }), form)
  })
  const back = button('Change something', async () => { show(...form); say('') })
  show(
    el('h2', { id: 'yes', tabindex: '-1' }, 'You are about to say yes to this'),
    el('p', {}, el('strong', {}, shown(told.intent))),
    el('p', {}, more ? 'The agents of this task may do this as well:' : `For ${shown(told.window)}, ${shown(asked.agent)} may:`),
    // to whom the task's own work may be handed on, and how its consent ages, is signed anew with what comes to it
    list(more ? consented(told) : told.rows),
    told.draws?.length ? list(told.draws.map((line) => `It ${line}`)) : null,
    told.stated.length ? el('p', {}, 'In your own words stand these, and your yes is to them as well:') : null,
    told.stated.length ? list(told.stated) : null,
    told.pasted_confirmed?.length ? el('p', {}, 'Of what you pasted these are your own word, and your yes is to them as well:') : null,
    told.pasted_confirmed?.length ? list(told.pasted_confirmed) : null,
    told.pasted?.length ? el('p', {}, 'Of what you pasted these are nobody’s word:') : null,
    told.pasted?.length ? el('ul', {}, told.pasted.map((one) => el('li', {}, shown(one.value), ' ', confirm(one)))) : null,
    told.privileged.length ? el('p', {}, 'These are privileged. They wait for a second yes of yours, on the page of the task:') : null,
    told.privileged.length ? list(told.privileged) : null,
    unheld.length ? el('p', {}, 'Only words: nothing holds the agent to ', unheld.map((word) => `“${shown(word)}”`).join(', '), '.') : null,
    told.confirmed?.length ? list(told.confirmed) : null,
    told.unanswerable?.length ? el('p', {}, 'As things stand nobody could answer this, so it is refused:') : null,
    told.unanswerable?.length ? list(told.unanswerable) : null,
    button(more ? 'Yes, give it more' : 'Yes, start it', async () => {
      const task = more
        ? await signed(`tasks/${part(more)}/amend`, (consent) => ({ widen: { ...asked, consent, digest: told.digest, preview: false } }), stands)
        : await signed('tasks', (consent) => ({ ...asked, consent, digest: told.digest }), stands)
      location.assign(`/tasks/${part(task.task)}`)
    }, 'act'),
    back,
  )
  document.getElementById('yes').focus()
}

async function chosen(name) {
  const template = await ask('GET', `templates/${part(name)}`)
  // As the sentence names them: an object's own order is that of its letters.
  const place = (key) => (template.intent.includes(`{${key}}`) ? template.intent.indexOf(`{${key}}`) : Infinity)
  const parameters = Object.entries(template.document.parameters ?? {}).sort(([a], [b]) => place(a) - place(b) || 0)
  const fields = parameters.map(([key, parameter]) => field(key, parameter))
  // Of a template that has them picked, nothing is granted that is not.
  const picks = template.document.choose && !wished.length
    ? template.tools.map((tool) => el('input', { type: 'checkbox', value: tool, id: `t-${tool}` }))
    : []
  const agent = el('select', { id: 'agent' }, template.agents.map((one) => el('option', { value: one }, shown(one))))
  const form = [
    el('h2', {}, shown(template.name)),
    el('p', {}, ...blanks(template.intent)),
    ...fields.flatMap((one) => one.parts),
    wished.length ? el('p', {}, `Of its tools ${wished.map(shown).join(', ')}, and no others.`) : null,
    picks.length ? el('fieldset', {}, el('legend', {}, 'Which tools it may use for it'),
      picks.map((pick) => el('label', { class: 'pick', for: pick.id }, pick, ' ', shown(pick.value)))) : null,
    ...(more ? [] : [el('label', { for: 'agent' }, 'Which agent does it'), agent]),
    button('Show me what that allows', async () => {
      const empty = fields.find((one) => !one.input.value.trim())
      if (empty) {
        say(`Not yet: ${shown(empty.name)} is empty.`, 'bad')
        empty.input.focus()
        return
      }
      const only = wished.length ? wished : picks.filter((pick) => pick.checked).map((pick) => pick.value)
      if (picks.length && !only.length) {
        say('Not yet: no tool is picked.', 'bad')
        picks[0].focus()
        return
      }
      const parameters = Object.fromEntries(fields.flatMap((one) => [
        [one.name, one.input.value.trim()],
        ...(one.pasted?.value.trim() ? [[`${one.name}.pasted`, one.pasted.value]] : []),
      ]))
      const asked = more
        ? { only, parameters, template: template.name, ...(wish ? { wish: Number(wish) } : {}) }
        : { agent: agent.value, only, parameters, template: template.name }
      const told = more
        ? await ask('POST', `tasks/${part(more)}/amend`, { widen: { ...asked, preview: true } })
        : await ask('POST', 'tasks/preview', asked)
      say('')
      preview(asked, told, form)
    }, 'act'),
    el('p', {}, el('a', { href: more ? `/tasks/${part(more)}` : '/start' }, more ? 'Back to the task' : 'Another kind of task')),
  ]
  show(...form)
}

run(async () => {
  await person()
  const wanted = query.get('template')
  if (wanted) return chosen(wanted)
  const { templates } = await ask('GET', 'templates')
  // A wrapper's task is started by its client.
  const startable = templates.filter((one) => one.agents.length && !(one.name === 'personal'))
  show(
    el('p', {}, 'What is it to be? Each of these is a kind of task that somebody described beforehand.'),
    startable.length
      ? el('ul', { class: 'cards' }, startable.map((one) => el('li', {},
          el('a', { href: `/start?template=${part(one.name)}` }, shown(one.name)), el('div', {}, ...blanks(one.intent)))))
      : el('p', {}, 'There is no template that you may start a task from.'),
  )
})
