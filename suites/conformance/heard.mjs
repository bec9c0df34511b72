// A server of others, and a book of what it is told: every line goes through as it is, both ways.
//
//   node heard.mjs BOOK SERVER ARG...      a line a message: its method, and which resource or task it is of; last `gone`
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [book, ...command] = process.argv.slice(2);
const server = spawn(process.execPath, command, { stdio: ['pipe', 'inherit', 'ignore'] });
const note = (line) => appendFileSync(book, `${line}\n`);
server.on('exit', (code) => { note('gone'); process.exit(code ?? 1); });
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => server.kill(signal));
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { method, params } = JSON.parse(line);
  if (method) note(`${method} ${params?.uri ?? params?.taskId ?? params?.name ?? ''}`.trim());
  server.stdin.write(`${line}\n`);
});
lines.on('close', () => server.stdin.end());
