// An agent: a client that knows only MCP over its standard streams, through `bailiwick connect`.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const META = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };

export function agent(bailiwick, url, name, key) {
  const child = spawn(bailiwick, ['connect', url, '--agent', name, '--key', key], { stdio: ['pipe', 'pipe', 'ignore'] });
  const waiting = new Map();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line);
    waiting.get(message.id)?.(message);
  });
  let last = 0;
  /** The whole answer to a call of a tool, as text. */
  const call = (tool, given) => new Promise((done) => {
    const id = ++last;
    waiting.set(id, (message) => done(JSON.stringify(message)));
    const params = { name: tool, arguments: given, _meta: META };
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })}\n`);
  });
  const close = () => new Promise((done) => { child.on('exit', done); child.stdin.end(); });
  return { call, close };
}
