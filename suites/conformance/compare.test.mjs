import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { difference, failures, findings, results, scored } from './compare.mjs';

const run = (checks) => new Map(Object.entries(checks));
const same = run({ ping: ['ping: SUCCESS'], tools: ['a: SUCCESS', 'b: SUCCESS'] });
const worse = run({ ping: ['ping: SUCCESS'], tools: ['a: SUCCESS', 'b: FAILURE'] });

test('equal runs have no findings', () => assert.deepEqual(findings(same, same, {}), []));

test('a check that is worse through the gateway is found', () =>
  assert.match(findings(same, worse, {}).join(), /^tools: direct .*b: SUCCESS.*through .*b: FAILURE/));

test('a scenario that did not run through the gateway is found', () =>
  assert.equal(findings(same, run({ ping: ['ping: SUCCESS'] }), {}).length, 1));

test('a known difference is not found again, and must stay as it is known', () => {
  const known = { tools: { waits_for: 'issue 9', instead: ['b: FAILURE'] } };
  assert.deepEqual(findings(same, worse, known), []);
  const other = run({ ping: ['ping: SUCCESS'], tools: ['a: FAILURE', 'b: FAILURE'] });
  assert.match(findings(same, other, known).join(), /another way/);
});

test('a known difference that went away must leave the baseline', () =>
  assert.match(findings(same, same, { tools: { waits_for: 'issue 9', instead: [] } }).join(), /take it out/));

test('a baseline names only scenarios of the suite, and what each waits for', () => {
  assert.match(findings(same, same, { nope: { waits_for: 'issue 9', instead: [] } }).join(), /not in the suite/);
  assert.match(findings(same, worse, { tools: { instead: ['b: FAILURE'] } }).join(), /waits for/);
});

test('checks with one id are counted, not merged', () =>
  assert.deepEqual(difference(['a: SUCCESS', 'a: SUCCESS'], ['a: SUCCESS']), { missing: ['a: SUCCESS'], instead: [] }));

test('a scored scenario that failed, warned or was not run is a failure', () => {
  assert.equal(failures(worse, ['tools']).length, 1);
  assert.equal(failures(run({ x: ['c: WARNING'] }), ['x']).length, 1);
  assert.deepEqual(failures(same, ['ping', 'gone']), ['gone: was not run']);
});

test('the scored server scenarios are read from the requirements', () =>
  assert.deepEqual(scored('# x\nserver:\n  - ping\n  - tools-list\n\nclient:\n  - initialize\n'), ['ping', 'tools-list']));

test('a scenario that wrote no checks has failed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'conformance-'));
  mkdirSync(join(directory, 'server-ping-2026-11-21T11-54-29-734Z'));
  mkdirSync(join(directory, 'something-else'));
  assert.deepEqual([...results(directory)], [['ping', ['finished: FAILURE']]]);
  rmSync(directory, { recursive: true });
});
