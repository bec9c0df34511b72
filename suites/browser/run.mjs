// The way of a person through the pages, in a real Chromium. One line a step; exit 1 when one is not as told.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { agent } from './agent.mjs';
import { open, phone } from './browser.mjs';

const [base, agents, home, bailiwick, executable, shots] = process.argv.slice(2);
let failed = 0;
function row(what, expected, found) {
  const good = String(expected) === String(found);
  failed += good ? 0 : 1;
  console.log(`${good ? 'ok ' : 'NOT'} ${what}: ${good ? found : `expected ${expected}, found ${found}`}`);
}
const cli = (...args) => execFileSync(bailiwick, ['--home', home, '--json', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const lines = (text) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
const invite = (name) => JSON.parse(cli('person', 'invite', name)).url;
const tasks = () => lines(cli('task', 'list', '--live'));

const { browser, close } = await open(executable);
const ann = await phone(browser);
const { page } = ann;
page.setDefaultTimeout(8000);
// a picture of each page; what of it a person who does not see it could not use
const nameless = [];
async function shot(name, of = ann) {
  await of.page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  for (const what of await of.unnamed()) nameless.push(`${name}: ${what}`);
}
const press = (name, of = page) => of.getByRole('button', { name, exact: true }).click();
const said = async (words, of = page) => {
  await of.getByRole('status').filter({ hasText: words }).waitFor();
  return (await of.getByRole('status').textContent()).trim();
};
const heading = (words, of = page) => of.getByRole('heading', { name: words }).waitFor();
const wide = (of = page) => of.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

// invited, enrolled
const link = invite('ann');
await page.goto(link);
await page.getByLabel('What to call it').fill('Phone');
row('the code is out of the address once the page is there', `${base}/enroll`, page.url());
await shot('enroll');
await press('Make the passkey');
row('a passkey is made', 'Done: this passkey signs for ann from now on.', await said('Done'));
row('the record names it', 'Phone', JSON.parse(cli('person', 'show', 'ann')).passkeys[0].name);
row('nothing was complained of', '', ann.complained());

// signed in, by keyboard alone
await page.goto(`${base}/tasks`);
await page.waitForURL(/\/\?next=/);
await page.getByRole('button', { name: 'Sign in with a passkey' }).focus();
await shot('sign-in');
await page.keyboard.press('Enter');
await page.waitForURL(`${base}/tasks`);
await heading('What runs');
row('who signs in comes to where they wanted to go', `${base}/tasks`, page.url());
const [cookie] = await ann.context.cookies();
row('the session is no script\'s to read, and no other site\'s to use', 'bailiwick true Strict', `${cookie.name} ${cookie.httpOnly} ${cookie.sameSite}`);
row('nothing is kept elsewhere', '0 0', await page.evaluate(() => `${localStorage.length} ${sessionStorage.length}`));

// one in their own words, of which nothing is started
await page.goto(`${base}/start`);
await page.getByRole('link', { name: 'look-into' }).click();
await page.getByLabel('wanted').fill('Tell office@example.org what is left of 500 EUR');
await press('Show me what that allows');
row('nothing is granted that was not picked', true, (await said('Not yet')).includes('no tool is picked'));
await page.getByLabel('bank/balance').check();
await shot('start-own-words');
await press('Show me what that allows');
await heading('You are about to say yes to this');
const told = await page.textContent('main');
row('their words are read back by kind', true, told.includes('email office@example.org') && told.includes('amount 500 EUR'));
row('with what was picked, and no more', 'true false', `${told.includes('bank/balance')} ${told.includes('export_statements')}`);

// a task by its form
await page.goto(`${base}/start`);
await page.getByRole('link', { name: 'pay-one-invoice' }).click();
await page.getByLabel('payee').fill('Example Printing');
await page.getByLabel('iban').fill('DE89 3704 0044 0532 0130 00');
await page.getByLabel('max').fill('900');
await shot('start-form');
await press('Show me what that allows');
row('what the template forbids is told before anything begins', true, (await said('Not done')).includes('500'));
ann.complained(); // the refusal above is one
await page.getByLabel('max').fill('500');
await press('Show me what that allows');
await heading('You are about to say yes to this');
await shot('start-preview');
row('nothing has started yet', 0, tasks().length);
// what a thief of the session could ask: the page's own request, without the passkey
const alone = (path, body) => page.evaluate(async ([path, body]) => {
  const answer = await fetch(`/v1/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return `${answer.status} ${(await answer.json()).code}`;
}, [path, body]);
const parameters = { payee: 'Example Printing', iban: 'DE89 3704 0044 0532 0130 00', max: '500' };
row('a session alone starts nothing', '403 signature_needed', await alone('tasks', { agent: 'clerk', template: 'pay-one-invoice', parameters }));
await page.route('**/v1/tasks/options', async (route) => {
  const answer = await route.fetch();
  const told = await answer.json();
  told.shown.intent = told.shown.intent.replace('500', '5');
  await route.fulfill({ response: answer, json: told });
});
await press('Yes, start it');
row('what is signed is what stands there, or nothing is', 'Not done: what would be signed is not what stands here', await said('Not done'));
await page.unrouteAll();
row('and nothing has started', 0, tasks().length);
ann.complained(); // the refusal above is one
await press('Yes, start it');
await page.waitForURL(/\/tasks\/[0-9a-f]+$/);
await heading('Waits for your second yes');
await shot('task-waits');
row('it is started by whom the passkey is of, signed', 'ann passkey true', (() => {
  const [started] = lines(cli('event', 'list', '--kind', 'task.started'));
  return `${started.data.by.person} ${started.data.by.assurance} ${started.data.signed?.statement.task === tasks()[0].task}`;
})());

// the second act
row('a session alone gives no second yes', '403 signature_needed', await alone(`tasks/${tasks()[0].task}/consent`, {}));
ann.complained();
await press('Yes, also to this');
row('consent is an act of its own', 'You consented. It stands in the record.', await said('You consented'));
await shot('task-runs');
row('and stands in the record', true, tasks()[0].grants[0].consented);

// the same for longer
row('a session alone renews nothing', '403 signature_needed', await alone(`tasks/${tasks()[0].task}/amend`, { renew: {} }));
ann.complained();
await press('Let it go on for longer');
await shot('task-renew');
await press('Yes, renew it');
row('a task is renewed by a signature', 'Renewed. It stands in the record with your signature.', await said('Renewed'));
await heading('Waits for your second yes');
row('what is privileged waits again', false, tasks()[0].grants[0].consented);
await press('Yes, also to this');
await said('You consented');
row('and is said yes to again', true, tasks()[0].grants[0].consented);
await page.goto(`${base}/`);
await heading('Your passkeys');
await shot('home');
row('no page is wider than a phone', false, await wide());

// what others write stays text
const shown = await page.evaluate(async () => {
  const kit = await import('/console/kit.js');
  const made = kit.theirs('agent', '<img src=x onerror=alert(1)>\u202Eevil\u0000\nline');
  return `${made.querySelector('img')} ${made.querySelector('blockquote').textContent}`;
});
row('markup is text, and what cannot be seen is spelt out', 'null <img src=x onerror=alert(1)>\\u{202e}evil\\u{0}\nline', shown);
row('nothing was complained of', '', ann.complained());
const blocked = await page.evaluate(() => {
  const script = document.createElement('script');
  try { script.textContent = 'window.ran = 1'; document.body.append(script); } catch (error) { return error.name; }
  return String(window.ran);
});
row('no script can be put into a page', 'TypeError', blocked);
ann.complained(); // the browser says that it was blocked

// a page of somebody else, with the person's own browser
const evil = createServer((request, answer) => answer.setHeader('content-type', 'text/html').end('<title>evil</title>')).listen(0, '127.0.0.1');
const other = await ann.context.newPage();
await other.goto(`http://localhost:${evil.address().port}/`);
const attempt = (init) => other.evaluate(async ([url, init]) => {
  try { return (await fetch(url, init)).status; } catch (error) { return error.name; }
}, [`${base}/v1/tasks/${tasks()[0].task}/end`, init]);
row('it cannot ask as the person', 'TypeError', await attempt({ method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json' }, body: '{}' }));
await attempt({ method: 'POST', credentials: 'include', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: '{}' });
row('nor without looking at the answer', 1, tasks().length);
const framed = await other.evaluate((url) => new Promise((done) => {
  const frame = document.createElement('iframe');
  frame.onload = () => { try { done(frame.contentDocument ? 'ours' : 'nothing to see'); } catch { done('nothing to see'); } };
  frame.src = url;
  document.body.append(frame);
}), `${base}/tasks`);
const inside = other.frames().find((frame) => frame.url().startsWith(base));
row('nor frame a page', 'nothing to see ', `${framed} ${inside ? await inside.evaluate(() => document.body?.querySelector('h1')?.textContent ?? '') : ''}`);
await other.close();
evil.close();
ann.complained();

// what the agent wants waits for another person, who signs that very act
const clerk = agent(bailiwick, agents, 'clerk', join(home, 'clerk.pem'));
const pay = (amount, key, reference = 'Invoice 118\u202E <b>approved already</b>') => clerk.call('bank__pay', {
  amount, currency: 'EUR', iban: 'DE89370400440532013000', idempotency_key: key, payee: 'Example Printing',
  reference,
});
row('nobody is asked while nobody could say yes', true, (await pay('250.00', 'early')).includes('approval_unavailable'));
const carl = await phone(browser, { colorScheme: 'dark' });
carl.page.setDefaultTimeout(8000);
await carl.page.goto(invite('carl'));
await press('Make the passkey', carl.page);
await said('Done', carl.page);
row('a payment over the threshold waits for a yes', true, /"code":"approval_needed"/.test(await pay('250.00', 'first')));
await carl.page.goto(`${base}/`);
await press('Sign in with a passkey', carl.page);
await heading('Your passkeys', carl.page);
await shot('home-dark', carl);
await carl.page.getByRole('link', { name: /^To sign: clerk wants to move 250/ }).click();
await heading('Your answer', carl.page);
await shot('approval', carl);
row('no approval is wider than a phone', false, await wide(carl.page));
const words = await carl.page.locator('main').innerText();
row('what the agent wrote comes last, as text', true,
  words.indexOf('Written by the agent') > words.indexOf('Who is asked') && words.includes('\\u{202e} <b>approved already</b>'));
row('what the agent has read stands there', true, words.includes('What the agent has read'));
const origins = words.slice(words.indexOf('Where its values come from'), words.indexOf('What the agent wrote'));
row('and where each of its values came from', 'true true', `${/iban, at \/iban: \S/.test(origins)} ${/party, at \/payee: \S/.test(origins)}`);
const changes = {
  sentence: (told) => { told.display.sentence = told.display.sentence.replace('250', '2.50'); },
  'what was read': (told) => { told.labels = { classes: [], trusted: true, zones: ['own'] }; },
};
for (const [what, change] of Object.entries(changes)) {
  await carl.page.route('**/v1/approvals/*', async (route) => {
    const answer = await route.fetch();
    const told = await answer.json();
    change(told);
    await route.fulfill({ response: answer, json: told });
  });
  await carl.page.reload();
  await press('Yes: sign it with your passkey', carl.page);
  row(`what stands there is what would be signed, or nothing is: ${what}`, 'Not done: what would be signed is not what stands here.', await said('Not done', carl.page));
  await carl.page.unrouteAll();
}
await carl.page.reload();
await press('Yes: sign it with your passkey', carl.page);
row('a person signs it', true, (await said('Signed', carl.page)).startsWith('Signed. It counts for this act alone'));
await shot('approval-signed', carl);
row('another amount is another act', true, /"code":"approval_needed"/.test(await pay('240.00', 'other')));
row('the act that was signed is done', true, (await pay('250.00', 'first')).includes('payment_id'));
const [given] = lines(cli('event', 'list', '--kind', 'approval.given'));
row('the record says who, by what', 'carl passkey', `${given.data.by.person} ${given.data.by.assurance}`);
await carl.page.goto(`${base}/approvals`);
await carl.page.getByRole('link', { name: /^clerk wants to move 240/ }).click();
await carl.page.getByLabel('Why not').fill('one was enough');
await press('No: refuse it', carl.page);
row('a person refuses', 'Refused. The agent is told why.', await said('Refused', carl.page));
row('and the agent is told why', true, (await pay('240.00', 'other')).includes('one was enough'));

// several at once
const small = [['10.00', 'third'], ['11.00', 'fourth']];
for (const [amount, key] of small) row(`a payment of ${amount} waits for a yes`, true, /"code":"approval_needed"/.test(await pay(amount, key)));
await carl.page.goto(`${base}/approvals`);
await carl.page.getByRole('checkbox').first().check();
await press('Look at the ticked ones whole, to sign them together', carl.page);
row('one alone is no sheet', true, (await said('Not yet', carl.page)).startsWith('Not yet: tick 2 to 10'));
await carl.page.getByRole('checkbox').last().check();
await press('Look at the ticked ones whole, to sign them together', carl.page);
await heading('Your answer', carl.page);
await shot('sheet', carl);
row('no sheet is wider than a phone', false, await wide(carl.page));
const together = await carl.page.locator('main').innerText();
row('each act of a sheet is shown whole', '2 2 2', ['What it does', 'Together: payee', 'Written by the agent'].map((part) => together.split(part).length - 1).join(' '));
row('and its limits with those above it', '2 271', `${together.split('With those above').length - 1} ${(together.match(/\b271\b/) ?? [])[0]}`);
await press('Yes to all 2: sign them with your passkey', carl.page);
row('a person signs both at once', true, (await said('Signed', carl.page)).startsWith('Signed: 2 acts, by one signature'));
for (const [amount, key] of small) row(`the payment of ${amount} is done`, true, (await pay(amount, key)).includes('payment_id'));
row('by one signature', 1, new Set(lines(cli('event', 'list', '--kind', 'approval.given')).slice(-2).map((event) => event.data.assertion.signature)).size);
row('nothing was complained of', '', carl.complained());

// what the agent asks for, its person gives or refuses
const wished = await clerk.call('bailiwick_request', { wanted: 'read the statements <b>of May</b>\u200E?', tools: ['bank/statements'] });
row('what cannot be seen is not asked for', true, wished.includes('argument_malformed'));
await clerk.call('bailiwick_request', { wanted: 'read the statements <b>of May</b>', tools: ['bank/statements'] });
await page.goto(`${base}/approvals`);
await page.getByRole('link', { name: /^clerk: read the statements <b>of May/ }).click();
await shot('task-wish');
await page.getByRole('link', { name: 'Give it more by “read-statements”' }).click();
await press('Show me what that allows');
await press('Yes, give it more');
await page.waitForURL(/\/tasks\//);
row('by a signature', 'widen', lines(cli('event', 'list', '--kind', 'task.amended')).at(-1).data.signed?.statement.act);
row('what was asked for is given', true, (await clerk.call('bailiwick_authority', {})).includes('"standing":"granted"'));
await clerk.call('bailiwick_request', { wanted: 'pay twice', tools: ['bank/pay'] });
await page.reload();
await page.getByLabel('Or why not').fill('once is enough');
await press('No');
row('or refused', 'You said no. The agent is told why.', await said('You said no'));
row('and the agent is told', true, (await clerk.call('bailiwick_authority', {})).includes('once is enough'));
row('nothing was complained of', '', ann.complained());

// the bank answers this with an error, so nobody knows what became of it
row('a payment that the bank cannot take waits like any other', true, /"code":"approval_needed"/.test(await pay('20.00', 'odd', ' ')));
await carl.page.goto(`${base}/approvals`);
await carl.page.getByRole('link', { name: /^clerk wants to move 20/ }).click();
await press('Yes: sign it with your passkey', carl.page);
await said('Signed', carl.page);
await pay('20.00', 'odd', ' ');
const ended = tasks()[0].task;
row('and then it is in doubt', 1, tasks()[0].doubtful_acts.length);
await clerk.close();

// what it has read, and where its values came from
await page.goto(`${base}/tasks/${tasks()[0].task}`);
await page.getByRole('link', { name: 'What its agents have read' }).click();
await heading('What clerk has read');
const data = await page.textContent('main');
row('each call is there with where its values came from', true, data.includes('bank/pay') && data.includes('/iban'));
row('and fits a phone', false, await wide());
await shot('task-data');
row('nothing was complained of', '', ann.complained());

// its end
await page.goto(`${base}/tasks/${tasks()[0].task}`);
await press('Stop it now');
await shot('task-stop');
await press('Yes, stop it: nothing of it goes on');
row('a task is ended by two presses', true, (await said('Ended')).startsWith('Ended. Nothing begins any more'));
row('and has ended', 0, tasks().length);
await page.goto(`${base}/tasks`);
await heading('What has ended');
await shot('tasks');
row('nothing was complained of', '', ann.complained());

// who may not
await page.goto(link);
row('a link is good once', true, (await said('Not done')).includes('was used'));
await carl.page.goto(`${base}/tasks`);
await heading('What has ended', carl.page);
row('another person sees nothing of it', 0, await carl.page.getByRole('listitem').count());
await carl.page.goto(`${base}/start`);
await carl.page.getByText('What is it to be?').waitFor();
row('and is not shown what they may not start', 0, await carl.page.getByRole('link', { name: 'pay-one-invoice' }).count());
row('nothing was complained of', '', carl.complained());
await carl.page.goto(`${base}/`);
await press('Sign out', carl.page);
await carl.page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor();
await carl.key('setUserVerified', { isUserVerified: false });
await press('Sign in with a passkey', carl.page);
row('a passkey that does not know its person signs nobody in', true, (await said('Not done', carl.page)).startsWith('Not done'));
await carl.key('setUserVerified', { isUserVerified: true });
cli('person', 'remove-passkey', 'carl', JSON.parse(cli('person', 'show', 'carl')).passkeys[0].id);
await press('Sign in with a passkey', carl.page);
row('nor does one that was taken away', true, (await said('not known here', carl.page)).includes('not known'));
await shot('refused', carl);

// out
await page.goto(`${base}/`);
await press('Sign out');
await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor();
row('who signs out has no session', 0, (await ann.context.cookies()).length);
await page.goto(`${base}/tasks`);
await page.waitForURL(/\/\?next=%2Ftasks$/);
row('and is asked to sign in', `${base}/?next=%2Ftasks`, page.url());
await page.goto(`${base}/?next=//evil.example/`);
await press('Sign in with a passkey');
await heading('Your passkeys');
row('nobody is sent elsewhere', `${base}/`, page.url());

// somebody breaks the glass over a task of hers, by their account
await page.goto(`${base}/start`);
await page.getByRole('link', { name: 'look-at-balance' }).click();
await press('Show me what that allows');
await press('Yes, start it');
await page.waitForURL(/\/tasks\/[0-9a-f]+$/);
const more = join(home, 'eve.yaml');
writeFileSync(more, `{kind: person, name: eve, roles: [break-glass], uid: ${process.getuid()}}\n`);
cli('apply', more);
cli('break-glass', 'open', '--task', tasks()[0].task, '--envelope', 'look-at-balance', '--incident', 'INC-7', '--reason', 'it burns');
await page.goto(`${base}/tasks/${tasks()[0].task}`);
const glass = page.getByRole('link', { name: 'The glass is broken over this task, by eve' });
await glass.waitFor();
row('the page of her task says that it is, by whom and what that means', true, (await page.textContent('main')).includes('policy and approvals are not asked for what it names'));
row('and leads to it', '/break-glass', await glass.getAttribute('href'));
await shot('task-glass');
await page.goto(`${base}/`);
row('her first page says so as well, and why', 'The glass is broken, by eve: it burns', (await page.getByRole('link', { name: 'The glass is broken' }).textContent()).trim());

// what can be gone around, for an administrator alone. Last: from her passkey on what loosens waits for a second person
await page.goto(`${base}/enforcement`);
row('who is no administrator is told so', true, (await said('Not done')).includes('only an administrator'));
const dora = await phone(browser);
dora.page.setDefaultTimeout(8000);
await dora.page.goto(invite('dora'));
await press('Make the passkey', dora.page);
await said('Done', dora.page);
await dora.page.goto(`${base}/`);
await press('Sign in with a passkey', dora.page);
await dora.page.getByRole('link', { name: 'What can be gone around' }).click();
await heading('Not governed', dora.page);
row('a server under the node\'s account is cooperative', true, (await dora.page.getByRole('listitem').first().textContent()).startsWith('Cooperative'));
row('and the page says why', true, (await dora.page.textContent('main')).includes("it runs under the node's own account"));
row('and fits a phone', false, await wide(dora.page));
await shot('enforcement', dora);
await dora.page.goto(`${base}/breakers`);
await dora.page.getByText('No calls are cut off.').waitFor();
row('nothing was complained of', '', dora.complained());

// what became of the payment, and the broken glass: an administrator says it, and signs
await dora.page.goto(`${base}/tasks/${ended}`);
await dora.page.getByLabel('How you know').fill('the bank has no such payment');
await press('It was not done', dora.page);
await shot('settle', dora);
await press('Yes: sign it with your passkey', dora.page);
row('an act in doubt is settled by a signature', 'Settled. It stands in the record with your signature.', await said('Settled', dora.page));
const settled = lines(cli('event', 'list', '--kind', 'action.ended')).at(-1).data;
row('the record says whose', 'dora passkey settle', `${settled.by.person} ${settled.by.assurance} ${settled.signed?.statement.act}`);
// held, and let go of: which waits for two
await dora.page.getByLabel('Why it is not to be erased').fill('case 17');
await press('Hold it', dora.page);
row('a task is held by its page', 'Held. Nobody and no rule erases it.', await said('Held', dora.page));
const [hold] = JSON.parse(cli('task', 'show', ended)).holds;
row('the record says who holds it, and why', 'dora case 17', `${hold.by} ${hold.reason}`);
await shot('held', dora);
await dora.page.getByLabel(`Why hold ${hold.id} is released`).fill('case 17 is closed');
await press(`Release hold ${hold.id}`, dora.page);
row('to let go of it waits for two', 'It waits for two to sign: see the changes that wait.', await said('two to sign', dora.page));
row('so it is held yet', hold.id, JSON.parse(cli('task', 'show', ended)).holds[0].id);
await dora.page.goto(`${base}/break-glass`);
await dora.page.getByLabel('What you found').fill('one look, which was due');
await press('Close it', dora.page);
row('an override is closed by a signature', 'Closed. Policy and approvals are asked again.', await said('Closed', dora.page));
const [closed] = lines(cli('event', 'list', '--kind', 'control.glass_closed'));
row('the record says whose that is', 'dora passkey close', `${closed.data.by.person} ${closed.data.by.assurance} ${closed.data.signed?.statement.act}`);
row('nothing was complained of', '', dora.complained());

// what loosens: two administrators sign the same words
const finn = await phone(browser);
finn.page.setDefaultTimeout(8000);
await finn.page.goto(invite('finn'));
await press('Make the passkey', finn.page);
await said('Done', finn.page);
await finn.page.goto(`${base}/`);
await press('Sign in with a passkey', finn.page);
await heading('Your passkeys', finn.page);
writeFileSync(more, '{kind: person, name: carl, roles: [boss, break-glass]}\n');
cli('apply', more);
await dora.page.goto(`${base}/changes`);
await dora.page.getByRole('link', { name: /carl/ }).click();
await heading('What it lets happen that did not before', dora.page);
row('what it gives is said', true, (await dora.page.textContent('main')).includes('break-glass'));
row('and fits a phone', false, await wide(dora.page));
await shot('change', dora);
await press('Yes: sign it with your passkey', dora.page);
row('one signature is not enough', 'Signed. One more person signs it before it stands.', await said('Signed', dora.page));
row('and nothing stands of it', 'boss', JSON.parse(cli('person', 'show', 'carl')).roles);
await finn.page.goto(dora.page.url());
await press('Yes: sign it with your passkey', finn.page);
row('two are', 'Signed. The change stands.', await said('Signed', finn.page));
row('and it stands', 'boss,break-glass', JSON.parse(cli('person', 'show', 'carl')).roles.toSorted());
row('nothing was complained of', '', `${dora.complained()}${finn.complained()}`);

// the glass is broken on a page: for a reason, over nobody's own task, and what is signed is what was told
const gus = await phone(browser);
gus.page.setDefaultTimeout(8000);
await gus.page.goto(invite('gus'));
await press('Make the passkey', gus.page);
await said('Done', gus.page);
const anns = tasks().find((one) => one.requester === 'ann').task;
const proposed = () => lines(cli('event', 'list', '--kind', 'control.proposed')).length;
const before = proposed();
await gus.page.goto(`${base}/break-glass/open?task=${anns}`);
await gus.page.waitForURL(/\/\?next=/);
await press('Sign in with a passkey', gus.page);
await gus.page.getByLabel('Over which task').waitFor();
row('who signs in comes to the very form', anns, await gus.page.getByLabel('Over which task').inputValue());
row('what the template covers stands there', true, (await gus.page.textContent('main')).includes('bank/balance'));
row('and fits a phone', false, await wide(gus.page));
await shot('break-glass-form', gus);
await gus.page.getByLabel('Incident').fill('INC-8');
await press('Show me what that overrides', gus.page);
row('without a reason nothing is asked for', 'Not yet: “Why” is empty.', await said('Not yet', gus.page));
await gus.page.getByLabel('Why').fill('the <b>boss</b> is away');
await press('Show me what that overrides', gus.page);
await heading('You are about to break the glass', gus.page);
const covered = await gus.page.textContent('main');
row('what it covers is told before anything is signed', true,
  covered.includes('ann') && covered.includes('So these go through without policy and approvals:bank/balance') && covered.includes('the <b>boss</b> is away'));
row('and that two sign it, once more within a day', true, covered.includes('so does a second person'));
row('and fits a phone', false, await wide(gus.page));
await shot('break-glass-preview', gus);
row('nothing was written for it', before, proposed());
await press('Change something', gus.page);
await gus.page.route('**/v1/break-glass/preview', async (route) => {
  const answer = await route.fetch();
  const told = await answer.json();
  told.rows = ['read nothing at all'];
  await route.fulfill({ response: answer, json: told });
});
await press('Show me what that overrides', gus.page);
await press('Yes, break it: sign with your passkey', gus.page);
row('what is signed is what was told, or nothing is', 'Not done: what would be signed is not what stands here', await said('Not done', gus.page));
await gus.page.unrouteAll();
await press('Change something', gus.page);
await press('Show me what that overrides', gus.page);
await press('Yes, break it: sign with your passkey', gus.page);
row('one signature is not enough for a second one within a day', 'Signed. One more person signs it before it stands.', await said('Signed', gus.page));
const opened = () => lines(cli('break-glass', 'list')).filter((one) => one.by === 'gus');
row('so nothing is overridden', 0, opened().length);
await gus.page.getByRole('link', { name: /^Change / }).click();
await heading('What it lets happen that did not before', gus.page);
await dora.page.goto(gus.page.url());
await press('Yes: sign it with your passkey', dora.page);
row('two are', 'Signed. The change stands.', await said('Signed', dora.page));
row('it stands as it was told', `open ${anns} 15 the <b>boss</b> is away`,
  opened().map((one) => `${one.standing} ${one.task} ${(one.expires - one.opened) / 60e6} ${one.reason}`));
await gus.page.goto(`${base}/break-glass`);
await heading('gus broke the glass', gus.page);
const standing = await gus.page.textContent('main');
row('the page shows it', true, standing.includes('It is open') && standing.includes('the <b>boss</b> is away'));
await shot('break-glass-open', gus);
await gus.page.goto(`${base}/start`);
await gus.page.getByRole('link', { name: 'look-at-balance' }).click();
await press('Show me what that allows', gus.page);
await press('Yes, start it', gus.page);
await gus.page.waitForURL(/\/tasks\/[0-9a-f]+$/);
row('on the page of one\'s own task nobody is led to break it', 0, await gus.page.getByRole('link', { name: 'Break the glass over it' }).count());
row('nothing was complained of', '', `${dora.complained()}${gus.complained()}`);
await gus.page.goto(`${base}/break-glass/open?task=${gus.page.url().split('/').at(-1)}`);
await gus.page.getByLabel('Incident').fill('INC-9');
await gus.page.getByLabel('Why').fill('it is mine');
await press('Show me what that overrides', gus.page);
row('over one\'s own task it is not broken', true, (await said('Not done', gus.page)).includes("this person's own"));
gus.complained(); // the refusal above is one
await finn.page.goto(`${base}/break-glass/open`);
await finn.page.getByText('Only people with the role break-glass').waitFor();
row('nor by who has not the role', 0, await finn.page.getByRole('button').count());
row('nothing was complained of', '', finn.complained());

row('all that can be pressed or filled in has a name that is read aloud', '', nameless);

await close();
console.log(failed ? `${failed} not as expected` : 'all as expected');
process.exit(failed ? 1 : 0);
