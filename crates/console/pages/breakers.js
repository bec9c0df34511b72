// Calls that a fault has cut off: whose, by which rule; an administrator lets them go on, by a signature.
import { signed } from '/console/consent.js'
import { ask, button, el, facts, moment, part, person, run, say, show, shown } from '/console/kit.js'

const ON = { failures: 'acts that failed', refusals: 'refused calls', retries: 'the same call again', fan_out: 'work handed on, and requests to people', goals: 'what was refused, tried another way' }
const told = (one) => [one.counted, one.on, one.opened, one.rule, one.whose]

function card(one) {
  return el('section', { class: 'ask' },
    el('h2', {}, `Calls of ${shown(one.whose)} are cut off`),
    facts([
      ['By the rule', shown(one.rule)],
      ['What was counted', `${one.counted}: ${ON[one.on] ?? shown(one.on)}`],
      ['Since', moment(one.opened)],
      [one.standing === 'half_open' ? 'Probes pass since' : 'Probes pass from', moment(one.until)],
    ]),
    button('Let them go on now', async () => {
      const stands = (now) => now.breaker === one.id && told(now).join('\n') === told(one).join('\n')
      await signed(`breakers/${part(one.id)}/close`, (consent) => ({ consent }), stands)
      await listed()
      say('They go on.', 'well')
    }, 'act'))
}

async function listed() {
  const { breakers } = await ask('GET', 'breakers')
  show(breakers.length ? breakers.map(card) : el('p', {}, 'No calls are cut off.'))
}

run(async () => {
  await person()
  say('Reading …')
  await listed()
  say('')
})
