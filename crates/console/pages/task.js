// One task: what it may do in words, what was spent, the second act of consent, and its end.
import { lookFirst, signed } from '/console/consent.js'
import { holding } from '/console/hold.js'
import { ask, button, el, facts, list, moment, own, part, person, run, say, show, shown, theirs, twice } from '/console/kit.js'
import { settling } from '/console/settle.js'

const id = own()
const runs = (one) => one.standing.live

function charged(grant) {
  if (!grant.charged.length) return null
  const row = (meter) => el('tr', {}, el('th', { scope: 'row' }, shown(meter.unit)), el('td', {}, shown(meter.amount)),
    el('td', {}, meter.total === null ? 'no limit of the whole' : shown(meter.total)))
  return el('table', {},
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Unit'), el('th', { scope: 'col' }, 'Charged'), el('th', { scope: 'col' }, 'At most'))),
    el('tbody', {}, grant.charged.map(row)))
}

function consent(task, grant, who) {
  if (!runs(task) || !runs(grant) || !grant.waiting.length) return null
  const box = el('section', { class: 'ask', 'aria-labelledby': 'second' },
    el('h2', { id: 'second' }, 'Waits for your second yes'),
    el('p', {}, 'These are privileged. They may be called only after somebody says yes to them in particular:'),
    list(grant.waiting))
  if (task.requester !== who.person) {
    box.append(el('p', {}, `Only ${shown(task.requester)}, who started this task, can say it.`))
    return box
  }
  const count = grant.waiting.length
  box.append(button(count === 1 ? 'Yes, also to this' : `Yes, also to these ${count}`, async () => {
    await signed(`tasks/${part(id)}/consent`, (consent) => ({ consent }), (shown) => shown.consent === grant.waiting.join('\n') && shown.grant === grant.grant)
    await load()
    say('You consented. It stands in the record.', 'well')
  }, 'act'))
  return box
}

function grant(task, one, who) {
  const rows = runs(one) ? one.rows : [...one.rows, ...one.waiting.map((row) => `(nobody consented) ${row}`)]
  return el('section', {},
    el('h2', {}, one.parent === null ? `What ${shown(one.holder)} may do` : `What was handed on to ${shown(one.holder)}`),
    list(rows),
    facts([
      ['How it stands', runs(one) ? 'It may be used' : `Ended: ${one.standing.why}`],
      ['Until', one.expires === null ? null : moment(one.expires)],
      ['Refused so far', one.refused || null],
      ['Under way', one.open || null],
    ]),
    charged(one),
    one.parent === null ? consent(task, one, who) : null)
}

// What agents ask for: a yes is a turn that widens the task, by a template that the reader may use.
function wished(task, wishes, who) {
  if (!wishes.length) return null
  const mine = task.requester === who.person && runs(task)
  const one = (wish) => {
    const box = el('section', { class: 'ask' },
      theirs(`${shown(wish.agent ?? 'An agent')} asks for more, in its own words. Nobody checked them.`, wish.wanted),
      wish.tools.length ? el('p', {}, `It names ${wish.tools.map(shown).join(', ')}.`) : null)
    if (wish.standing !== 'open') {
      box.append(el('p', {}, wish.standing === 'granted' ? 'It was given.' : wish.standing === 'void' ? 'Nobody is asked any more: what asked for it has ended.' : `${shown(wish.refused_by)} said no: ${shown(wish.reason)}`))
      return box
    }
    if (!mine) return box
    const reason = el('input', { id: `no-${part(wish.wish)}`, maxlength: 500, autocomplete: 'off' })
    const only = (offer) => offer.only.map((tool) => `&only=${part(tool)}`).join('')
    box.append(...wish.offers.map((offer) => el('p', {}, el('a', { href: `/start?template=${part(offer.template)}&task=${part(id)}&wish=${part(wish.wish)}${only(offer)}` }, `Give it ${offer.only.length ? `${offer.only.map(shown).join(', ')}, and nothing else,` : 'more'} by “${shown(offer.template)}”`))))
    if (!wish.offers.length) box.append(el('p', {}, 'No template that you may use gives this agent what it asks for.'))
    box.append(el('label', { for: reason.id }, 'Or why not', el('span', { class: 'hint' }, 'The agent is told')), reason,
      button('No', async () => {
        await ask('POST', `tasks/${part(id)}/wishes/${part(wish.wish)}/refuse`, { reason: reason.value.trim() })
        await load()
        say('You said no. The agent is told why.', 'well')
      }))
    return box
  }
  return [el('h2', {}, 'What its agents ask for'), ...wishes.map(one)]
}

// The same for longer. What it comes to is shown whole before it is signed.
function renewing(task) {
  const place = el('div')
  place.append(button('Let it go on for longer', async () => {
    const body = (consent) => ({ renew: { consent } })
    const { place: look, focus } = await lookFirst(`tasks/${part(id)}/amend`, body, {
      told: (now) => [
        el('p', {}, now.window_seconds === null ? 'It may go on until it ends already, and the consent is fresh:' : `From now on for ${now.window_seconds / 60} minutes it may do this, with its limits as they are spent:`),
        list(now.consent.split('\n')),
        task.grants[0]?.needs_consent ? el('p', {}, 'What is privileged of it waits for your second yes again, on this page.') : null,
      ].filter(Boolean),
      yes: 'Yes, renew it',
      no: () => {},
      done: async () => {
        await load()
        say('Renewed. It stands in the record with your signature.', 'well')
      },
    })
    place.querySelector('section')?.remove()
    place.append(look)
    focus()
  }))
  return place
}

function end(task, completed) {
  return async () => {
    const receipt = await ask('POST', `tasks/${part(id)}/end`, { completed })
    const open = receipt.unsettled_acts.length
    await load()
    say(receipt.event === null
      ? 'It had ended before.'
      : `Ended. Nothing begins any more, and nothing leaves any more.${open ? ` Of ${open} acts the outcome is not known.` : ''}`, 'well')
  }
}

function draw(task, who, wishes, glasses) {
  const doubtful = task.doubtful_acts
  show(
    el('p', {}, shown(task.intent ?? 'What it is for was erased.')),
    glasses.map((one) => el('p', { class: 'unusual' }, el('a', { href: '/break-glass' }, `The glass is broken over this task, by ${shown(one.by)}`), ', until ', moment(one.expires), ': policy and approvals are not asked for what it names.')),
    facts([
      ['How it stands', runs(task) ? 'It runs' : `Ended: ${task.standing.why}`],
      ['Started by', task.requester],
      ['From the template', task.template],
      ['Last event', moment(task.at)],
      ['Kept until', task.keep_until === null || task.holds.length ? null : moment(task.keep_until)],
      ['Task', el('code', {}, shown(task.task))],
    ]),
    el('p', {}, el('a', { href: `/tasks/${part(id)}/data` }, 'What its agents have read')),
    task.grants.map((one) => grant(task, one, who)),
    wished(task, wishes, who),
    doubtful.length ? el('h2', {}, 'In doubt') : null,
    doubtful.length ? el('p', {}, 'Nobody knows whether these were done. They stay charged until somebody finds out:') : null,
    doubtful.length ? list(doubtful.map((act) => `event ${act.event}: ${act.tool}`)) : null,
    who.roles.includes('administrator') ? doubtful.map((act) => settling(id, act, load)) : null,
    runs(task) && task.requester === who.person ? el('h2', {}, 'Renew it') : null,
    runs(task) && task.requester === who.person ? renewing(task) : null,
    runs(task) && task.requester !== who.person && who.roles.includes('break-glass')
      ? el('p', {}, el('a', { href: `/break-glass/open?task=${part(id)}` }, 'Break the glass over it')) : null,
    runs(task) ? el('h2', {}, 'End it') : null,
    runs(task) ? button('Its work is done', end(task, true)) : null,
    runs(task) ? twice('Stop it now', 'Yes, stop it: nothing of it goes on', end(task, false)) : null,
    holding(task, who, load),
  )
}

let who
async function load() {
  const [task, { wishes }, glasses] = await Promise.all([ask('GET', `tasks/${part(id)}`), ask('GET', `tasks/${part(id)}/wishes`), ask('GET', 'break-glass')])
  draw(task, who, wishes, glasses.break_glass.filter((one) => one.task === id && one.standing === 'open'))
}

run(async () => {
  who = await person()
  await load()
})
