// A Chromium with a virtual authenticator, and an ear for what it complains of.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const USED = ['button', 'link', 'textbox', 'combobox', 'heading'];

/** The browser, with a folder of its own that goes with it. */
export async function open(executablePath) {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-browser-'));
  const browser = await chromium.launch({ executablePath, args: FLAGS, env: { ...process.env, HOME: folder } });
  const close = async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { browser, close };
}

/** A person at a phone: a page, its authenticator, and what went wrong on it. */
export async function phone(browser, given = {}) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, ...given });
  const complaints = [];
  context.on('weberror', (error) => complaints.push(String(error.error())));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options });
  const key = (method, more = {}) => cdp.send(`WebAuthn.${method}`, { authenticatorId, ...more });
  // what was complained of since it was asked last
  const complained = () => complaints.splice(0);
  // controls without a name, as a screen reader would meet them
  const unnamed = async () => {
    const { nodes } = await cdp.send('Accessibility.getFullAXTree');
    const used = nodes.filter((node) => !node.ignored && USED.includes(node.role?.value));
    return used.length ? used.filter((node) => !node.name?.value?.trim()).map((node) => node.role.value) : ['nothing'];
  };
  return { context, page, key, complained, unnamed };
}
