// A server that knows the older era alone, as most servers do today: the one that it starts, without `server/discover`.
//
//   node older.mjs COMMAND ARG...
//
// The fixture speaks both eras, and whoever asks it first for the newer one is given that. Everything else goes through
// as it is, both ways.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const [command, ...args] = process.argv.slice(2);
const server = spawn(command, args, { stdio: ['pipe', 'inherit', 'inherit'] });
server.on('exit', (code) => process.exit(code ?? 1));
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { id, method } = JSON.parse(line);
  if (method !== 'server/discover') {
    server.stdin.write(`${line}\n`);
    return;
  }
  const error = { code: -32601, message: 'Method not found' };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, error })}\n`);
});
lines.on('close', () => server.stdin.end());
