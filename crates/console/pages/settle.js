// What became of an act that is in doubt: an administrator says it, with how they know, and signs it.
import { lookFirst } from '/console/consent.js'
import { el, button, facts, list, part, say, shown } from '/console/kit.js'

const charge = (one) => `${one.charged} ${one.unit} charged, ${one.settled} ${one.unit} from now on`

/** A form for one act of a task. `load` draws the page anew. */
export function settling(task, act, load) {
  const box = el('section', { class: 'ask' }, el('h3', {}, `What became of event ${act.event}: ${shown(act.tool)}`))
  const evidence = el('input', { id: `e-${act.event}`, maxlength: 1000, autocomplete: 'off' })
  const first = (done) => async () => {
    if (!evidence.value.trim()) {
      say('Not yet: say how you know.', 'bad')
      evidence.focus()
      return
    }
    const body = (consent) => ({ done, event: act.event, evidence: evidence.value.trim(), consent })
    box.querySelector('section')?.remove()
    const { place, focus } = await lookFirst(`tasks/${part(task)}/settle`, body, {
      told: (now) => [
        facts([['It was', now.done ? 'done' : 'not done'], ['With', now.tool], ['How you know', now.evidence]]),
        now.charges.length ? list(now.charges.map(charge)) : el('p', {}, 'It charged nothing.'),
      ],
      yes: 'Yes: sign it with your passkey',
      no: () => {},
      done: async () => {
        await load()
        say('Settled. It stands in the record with your signature.', 'well')
      },
    })
    box.append(place)
    focus()
  }
  box.append(el('label', { for: evidence.id }, 'How you know', el('span', { class: 'hint' }, 'A reference in the record of the other side, say')), evidence,
    button('It was done', first(true)), button('It was not done', first(false)))
  return box
}
