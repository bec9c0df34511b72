// What every page needs: elements made of text, questions to /v1, and words that others wrote shown as theirs.

// Characters that cannot be seen, or that turn the order of others around, are spelt out.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]/gu
const spelt = (char) => `\\u{${char.codePointAt(0).toString(16)}}`

/** A text as it may be shown: nothing in it is invisible or acts on what stands beside it. */
export function shown(text) {
  return String(text ?? '').replace(UNSEEN, spelt)
}

/** The same of several lines: their ends stay. */
export function shownLines(text) {
  return String(text ?? '').split('\n').map(shown).join('\n')
}

/** An element. What stands in it is text or other elements, never markup. */
export function el(name, given = {}, ...inside) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(given)) {
    if (key === 'click') made.addEventListener('click', value)
    else if (value === true) made.setAttribute(key, '')
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(key, value)
  }
  made.append(...inside.flat().filter((part) => part !== null && part !== undefined && part !== ''))
  return made
}

const content = document.getElementById('content')
const saying = document.getElementById('said')

/** Puts these in the place of what the page showed. */
export function show(...parts) {
  content.replaceChildren(...parts.flat().filter(Boolean))
}

/** A template's sentence: where a person's value will stand there is its name, set apart. */
export const blanks = (text) => String(text ?? '').split(/\{([a-z_]+)\}/).map((piece, at) => (at % 2 ? el('em', {}, shown(piece)) : shown(piece)))

/** Words with values set apart by backticks, as the node writes them. */
const marked = (text) => text.split(/`([^`]*)`/).map((piece, at) => (at % 2 ? el('code', {}, piece) : piece))

/** A sentence of the node's: values of others stand in it between backticks, and in no value is one. */
export const sentence = (text) => marked(shown(text))

/** Says something to everybody, also to who listens instead of looking. */
export function say(text, how = '') {
  saying.className = how
  saying.replaceChildren(...marked(text))
}

/** What went wrong, in the node's words. */
export function trouble(error) {
  const word = { NotAllowedError: 'the passkey was not given: it was cancelled, took too long, or none is here' }[error?.name]
  say(`Not done: ${shownLines(word ?? error?.message ?? error)}`, 'bad')
  saying.scrollIntoView({ block: 'nearest' })
}

/** A node's no. */
export class Refused extends Error {
  constructor(status, json) {
    super(json?.detail ?? `the node answered ${status}`)
    this.status = status
    this.code = json?.code
  }
}

/** Asks /v1. */
export async function ask(method, path, body) {
  const init = { method, headers: { accept: 'application/json' }, credentials: 'same-origin', redirect: 'error', cache: 'no-store' }
  if (method !== 'GET') {
    init.headers['content-type'] = 'application/json'
    init.body = JSON.stringify(body ?? {})
  }
  const answer = await fetch(`/v1/${path}`, init)
  const json = await answer.json().catch(() => null)
  if (!answer.ok) throw new Refused(answer.status, json)
  return json
}

/** A part of a path. */
export const part = (text) => encodeURIComponent(text)

/** The last part of the page's own address. */
export const own = () => decodeURIComponent(location.pathname.split('/').at(-1))

/** Who is signed in. Nobody is sent to sign in, and comes back here after it. */
export async function person() {
  const who = await ask('GET', 'session')
  if (who.person === null) {
    location.replace(`/?next=${part(location.pathname + location.search)}`)
    return new Promise(() => {})
  }
  return who
}

/** A button that does one thing at a time, and says what came of it when it did not. */
export function button(text, act, kind = '') {
  const made = el('button', { type: 'button', class: kind }, text)
  made.addEventListener('click', async () => {
    made.disabled = true
    try {
      await act()
    } catch (error) {
      trouble(error)
    } finally {
      made.disabled = false
    }
  })
  return made
}

/** A button for what cannot be taken back: it asks once more, by a second button in its place. */
export function twice(text, sure, act) {
  const place = el('div')
  const first = button(text, async () => {
    const yes = button(sure, act, 'no sure')
    place.replaceChildren(yes, button('No, leave it', async () => { place.replaceChildren(first); first.focus() }))
    yes.focus()
  }, 'no')
  place.append(first)
  return place
}

/** Words that somebody else wrote, marked as theirs. */
export function theirs(whose, text) {
  return el('figure', { class: 'theirs' }, el('figcaption', {}, whose), el('blockquote', { dir: 'auto' }, shownLines(text)))
}

/** Names and what they stand for. */
export function facts(pairs) {
  const rows = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '')
  return el('dl', {}, rows.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value instanceof Node ? value : shown(value))]))
}

export const list = (items) => el('ul', {}, items.map((item) => el('li', {}, item instanceof Node ? item : shown(item))))

/** A moment of the node's time, in the reader's own. */
export function moment(micros) {
  const date = new Date(Number(micros) / 1000)
  return el('time', { datetime: date.toISOString() }, date.toLocaleString())
}

/** Runs a page; what goes wrong is said on it. */
export async function run(page) {
  try {
    await page()
  } catch (error) {
    trouble(error)
  }
}
