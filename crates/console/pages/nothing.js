// There is no page at this address.
import { el, show } from '/console/kit.js'

show(el('p', {}, 'There is no page at this address. ', el('a', { href: '/' }, 'To the first page')))
