// Who holds a task, so that nobody and no rule erases it. An administrator holds it as well, or lets go of a hold: that waits for two to sign.
import { ask, button, el, moment, part, say, shown } from '/console/kit.js'

function reasoned(id, label, words, act) {
  const reason = el('input', { id, maxlength: 500, autocomplete: 'off' })
  return [el('label', { for: id }, label, el('span', { class: 'hint' }, 'It stands in the record for good, so write no names')), reason,
    button(words, async () => {
      if (!reason.value.trim()) {
        say('Not yet: say why.', 'bad')
        reason.focus()
        return
      }
      await act(reason.value.trim())
    })]
}

function one(task, hold, mayAct, load) {
  const box = el('section', { class: 'ask' },
    el('h3', {}, `Hold ${hold.id}, by ${shown(hold.by)}`),
    el('p', {}, 'Since ', moment(hold.at), ': ', shown(hold.reason)))
  if (!mayAct) return box
  box.append(...reasoned(`r-${hold.id}`, `Why hold ${hold.id} is released`, `Release hold ${hold.id}`, async (reason) => {
    const done = await ask('POST', `tasks/${part(task.task)}/release`, { hold: hold.id, reason })
    await load()
    say(done.proposed ? 'It waits for two to sign: see the changes that wait.' : 'Released. It stands in the record.', 'well')
  }))
  return box
}

/** The holds over a task, and what an administrator may do about them. `load` draws the page anew. */
export function holding(task, who, load) {
  const mayAct = who.roles.includes('administrator')
  if (!mayAct && !task.holds.length) return []
  const all = [el('h2', {}, 'Held'),
    el('p', {}, task.holds.length ? 'Nobody and no rule erases this task before each of these is released.' : 'Nobody holds this task: people and rules may erase it once it has ended.'),
    ...task.holds.map((hold) => one(task, hold, mayAct, load))]
  if (!mayAct) return all
  const box = el('section', { class: 'ask' })
  box.append(...reasoned('hold', 'Why it is not to be erased', 'Hold it', async (reason) => {
    await ask('POST', `tasks/${part(task.task)}/hold`, { reason })
    await load()
    say('Held. Nobody and no rule erases it.', 'well')
  }))
  return [...all, box]
}
