// The first page: sign in, or what waits.
import { ask, button, el, list, moment, part, run, say, sentence, show, shown, twice } from '/console/kit.js'
import { able, sign } from '/console/passkey.js'

// Where somebody wanted to go before: one of these pages, and nothing else.
function next() {
  const wanted = new URLSearchParams(location.search).get('next') ?? ''
  return /^\/(approvals|changes|break-glass|breakers|enforcement|tasks|start)(\/[A-Za-z0-9-]{1,64})?(\?(template|task)=[A-Za-z0-9._-]{1,64})?$/.test(wanted) ? wanted : '/'
}

async function signIn() {
  const { challenge, rp_id } = await ask('POST', 'session/options')
  const assertion = await sign(challenge, rp_id)
  await ask('POST', 'session', { assertion })
  location.replace(next())
}

function gate() {
  if (!able()) {
    show(el('p', {}, 'This browser knows no passkeys, or the page was not opened at its own name.'))
    return
  }
  show(
    el('p', {}, 'Agents act here for people, and only as far as people said. Sign in to see what waits for you.'),
    button('Sign in with a passkey', signIn, 'act'),
    el('p', { class: 'quiet' }, 'No passkey here yet? An administrator invites you: ', el('code', {}, 'bailiwick person invite NAME')),
  )
}

const waits = (task) => task.standing.live && task.grants.some((grant) => grant.standing.live && grant.waiting.length > 0)

async function inside(who) {
  const [tasks, approvals, { changes }, { wishes }, glasses, me] = await Promise.all([
    ask('GET', 'tasks?live=true'),
    ask('GET', 'approvals'),
    ask('GET', 'changes'),
    ask('GET', 'wishes'),
    ask('GET', 'break-glass'),
    ask('GET', `persons/${part(who.person)}`),
  ])
  const waiting = tasks.tasks.filter(waits)
  const signing = approvals.approvals.filter((one) => one.mine.length)
  const cards = [
    ...signing.map((one) => el('li', {}, el('a', { href: `/approvals/${part(one.id)}` }, 'To sign: ', sentence(one.sentence ?? `a request of ${one.agent}`)))),
    ...changes.filter((one) => one.mine).map((one) => el('li', {}, el('a', { href: `/changes/${part(one.id)}` }, `To sign: ${shown(one.what.join(', '))}`))),
    ...glasses.break_glass.filter((one) => one.standing !== 'closed').map((one) => el('li', {}, el('a', { href: '/break-glass' }, `The glass is broken, by ${shown(one.by)}: ${shown(one.reason)}`))),
    ...wishes.map((one) => el('li', {}, el('a', { href: `/tasks/${part(one.task)}` }, `${shown(one.agent ?? 'An agent')} asks for more: ${shown(one.wanted)}`))),
    ...waiting.map((one) => el('li', {}, el('a', { href: `/tasks/${part(one.task)}` }, `To consent to: ${shown(one.intent ?? one.task)}`))),
  ]
  const keys = me.passkeys.map((key) =>
    el('li', {}, shown(key.name), twice('Remove it', `Yes, remove “${shown(key.name)}”`, async () => {
      await ask('POST', `persons/${part(who.person)}/passkeys/${part(key.id)}/remove`)
      location.reload()
    })))
  const invited = me.invited.map((one) =>
    el('li', {}, `An invitation to make another, by ${shown(one.by)}, open until `, moment(one.expires), ' ', twice('Withdraw it', 'Yes, withdraw it', async () => {
      await ask('POST', `persons/${part(who.person)}/invitations/${one.id}/withdraw`)
      location.reload()
    })))
  show(
    el('p', {}, `You are ${shown(who.person)}`, who.roles.length ? `, ${who.roles.map(shown).join(', ')}.` : '.'),
    el('h2', {}, 'What waits for you'),
    cards.length ? el('ul', { class: 'cards' }, cards) : el('p', {}, 'Nothing.'),
    el('h2', {}, 'What runs'),
    tasks.tasks.length
      ? list(tasks.tasks.map((one) => el('a', { href: `/tasks/${part(one.task)}` }, shown(one.intent ?? one.task))))
      : el('p', {}, 'No task runs. ', el('a', { href: '/start' }, 'Start one')),
    who.roles.includes('break-glass') ? el('p', {}, el('a', { href: '/break-glass/open' }, 'Break the glass')) : null,
    who.roles.includes('administrator') ? el('p', {}, el('a', { href: '/enforcement' }, 'What can be gone around')) : null,
    who.roles.includes('administrator') ? el('p', {}, el('a', { href: '/breakers' }, 'Calls that a fault has cut off')) : null,
    el('h2', {}, 'Your passkeys'),
    el('ul', { class: 'cards' }, keys, invited),
    button('Sign out', async () => {
      await ask('DELETE', 'session')
      location.replace('/')
    }),
  )
}

run(async () => {
  const who = await ask('GET', 'session')
  if (who.person === null) gate()
  else if (next() !== '/') location.replace(next())
  else await inside(who)
  say('')
})
