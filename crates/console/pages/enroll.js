// Making a passkey by a link that is good once. Its code stands behind a `#`: no server sees it before it is used.
import { ask, button, el, run, say, show, shown } from '/console/kit.js'
import { able, make } from '/console/passkey.js'

const code = location.hash.slice(1)
// It is out of the address at once, so that neither history nor a screenshot keeps it.
history.replaceState(null, '', location.pathname)

async function enrolled(options, name) {
  const registration = await make(options)
  const done = await ask('POST', 'enroll', { code, name, registration })
  say(`Done: this passkey signs for ${shown(done.person)} from now on.`, 'well')
  show(el('p', {}, el('a', { href: '/' }, 'Sign in')))
}

run(async () => {
  if (!code) {
    show(el('p', {}, 'Open this page by the link that an administrator gave you. A link is good once, for an hour, and this page forgets it when it is loaded again.'))
    return
  }
  if (!able()) {
    show(el('p', {}, 'This browser knows no passkeys, or the page was not opened at its own name.'))
    return
  }
  const options = await ask('POST', 'enroll/options', { code })
  const name = el('input', { id: 'name', maxlength: 64, autocomplete: 'off', value: 'This device' })
  show(
    el('p', {}, 'You are about to make a passkey for ', el('strong', {}, shown(options.user.name)), '. Whoever unlocks it signs as that person. If that is not you, close this page and say so.'),
    el('label', { for: 'name' }, 'What to call it', el('span', { class: 'hint' }, 'So that you know it again: where it is kept.')),
    name,
    button('Make the passkey', () => enrolled(options, name.value.trim()), 'act'),
  )
})
