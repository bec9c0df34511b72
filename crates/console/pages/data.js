// One task's data: what each holder has read, by which events; and of each call, where its values came from.
import { signed } from '/console/consent.js'
import { ask, button, el, list, moment, part, person, run, say, sentence, show, shown } from '/console/kit.js'

const id = decodeURIComponent(location.pathname.split('/').at(-2))
const by = (event) => (event === null ? '' : ` (event ${event})`)

function holder(one) {
  const from = (of) => (of.task === null ? by(of.event) : ` (event ${of.event}, from task ${shown(of.task)})`)
  const names = (all) => all.map((of) => `${shown(of.name)}${from(of)}`).join(', ')
  const trust = { true: 'Nothing of it was written by others', false: `Others wrote some of it${by(one.untrusted_by)}`, null: 'It has read nothing yet' }
  return el('section', {},
    el('h2', {}, `What ${shown(one.holder)} has read`),
    list([
      one.classes.length ? `Data of class ${names(one.classes)}` : 'No data of a class that is named',
      one.zones.length ? `From ${names(one.zones)}` : 'Nothing from another zone',
      trust[String(one.trusted)],
    ]),
    one.classes.map((of) => lowering(one, of.name)))
}

// Who may is decided: whoever may not is told so.
function lowering(one, name) {
  const why = el('input', { id: `why-${one.grant}-${name}`, maxlength: 500, autocomplete: 'off' })
  const stands = (now) => !now.value && now.class === name && now.grant === one.grant && now.holder === one.holder && now.reason === why.value.trim() && now.touched.join('\n') === one.classes.map((of) => of.name).join('\n')
  return el('details', {},
    el('summary', {}, `Let ${shown(name)} count no more as read`),
    el('p', {}, 'Then it may send where data of that class may not go. Read again, it counts again.'),
    el('label', { for: why.id }, 'What for', el('span', { class: 'hint' }, 'It stands in the record')), why,
    button('Sign that it counts no more', async () => {
      await signed(`tasks/${part(id)}/declassify`, (consent) => ({ class: name, consent, grant: one.grant, reason: why.value.trim() }), stands)
      location.reload()
    }, 'act'))
}

function source(of) {
  const from = of.line === null ? by(of.event) : `${by(of.event)}: ${shown(of.line)}`
  return el('li', {}, el('code', {}, shown(of.pointer)), of.value === null ? '' : ` ${shown(of.value)}`,
    el('div', { class: 'quiet' }, `${shown(of.words)}${from}`))
}

function act(one) {
  return el('li', {},
    el('div', {}, sentence(one.sentence)),
    el('div', { class: 'quiet' }, `Event ${one.event}, `, moment(one.at)),
    one.brings.length ? el('div', {}, `It may bring: ${one.brings.map(shown).join('; ')}`) : null,
    one.elsewhere.length ? el('div', {}, `From other tasks: ${one.elsewhere.map(shown).join('; ')}`) : null,
    one.showed.length ? el('div', {}, `It showed, and no call has named yet: ${one.showed.slice(0, 16).map((of) => `${shown(of.kind)} at ${shown(of.at)}`).join(', ')}`) : null,
    one.sources.length ? el('ul', {}, one.sources.map(source)) : null)
}

run(async () => {
  await person()
  say('Reading …')
  let [told, acts] = [await ask('GET', `tasks/${part(id)}/data`), []]
  const { grants, left_out: left } = told
  for (acts = told.acts; told.next !== null && acts.length < 1000; acts = [...acts, ...told.acts]) {
    told = await ask('GET', `tasks/${part(id)}/data?from=${told.next}`)
  }
  show(
    el('p', {}, el('a', { href: `/tasks/${part(id)}` }, 'The task')),
    grants.map(holder),
    left ? el('p', {}, `${left} more that work was handed on to are not listed.`) : null,
    el('h2', {}, 'Where the values of its calls came from'),
    acts.length ? el('ul', { class: 'cards' }, acts.map(act)) : el('p', {}, 'Nothing was called yet.'),
    told.next === null ? null : el('p', {}, 'Later calls are not listed.'),
  )
  say('')
})
