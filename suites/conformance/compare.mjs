// Compares the suite's results of two runs, scenario by scenario, against the differences that are known.
//
//   node compare.mjs direct DIR REVISION                  every scored scenario passed
//   node compare.mjs through DIRECT_DIR DIR REVISION BASELINE   the same results but for the baseline's, which must differ
//
// A line a finding; exit 0 as expected, 1 not, 2 nothing to compare.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/;

/** The results of a run: for each scenario what each check came to, notes left out. */
export function results(directory) {
  const found = new Map();
  for (const folder of readdirSync(directory)) {
    const scenario = FOLDER.exec(folder)?.[1];
    if (!scenario) continue;
    const file = join(directory, folder, 'checks.json');
    // the suite writes no checks when a scenario throws
    const checks = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [{ id: 'finished', status: 'FAILURE' }];
    const said = checks.filter(({ status }) => status !== 'INFO').map(({ id, status }) => `${id}: ${status}`);
    found.set(scenario, said.sort());
  }
  return found;
}

/** The checks that are on one side only. */
export function difference(direct, through) {
  const rest = [...through];
  const missing = direct.filter((check) => {
    const at = rest.indexOf(check);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return { missing, instead: rest };
}

/** What differs and should not, and what should differ and does not. */
export function findings(direct, through, baseline) {
  const said = [];
  for (const scenario of new Set([...direct.keys(), ...through.keys()])) {
    const { missing, instead } = difference(direct.get(scenario) ?? [], through.get(scenario) ?? []);
    const same = missing.length === 0 && instead.length === 0;
    const known = baseline[scenario];
    if (known && same) said.push(`${scenario}: the same as direct; take it out of the baseline`);
    if (known && !same && JSON.stringify(known.instead) !== JSON.stringify(instead)) {
      said.push(`${scenario}: differs in another way than the baseline says: ${JSON.stringify(instead)}`);
    }
    if (!known && !same) said.push(`${scenario}: direct ${JSON.stringify(missing)}, through ${JSON.stringify(instead)}`);
  }
  for (const scenario of Object.keys(baseline)) {
    if (!direct.has(scenario)) said.push(`${scenario}: in the baseline but not in the suite`);
    if (!baseline[scenario].waits_for) said.push(`${scenario}: the baseline does not say what it waits for`);
  }
  return said;
}

/** Scored scenarios of a run in which a check failed. */
export function failures(direct, scored) {
  const failed = (checks) => checks.filter((check) => / (FAILURE|WARNING)$/.test(check));
  const said = [];
  for (const scenario of scored) {
    const checks = direct.get(scenario);
    if (!checks) said.push(`${scenario}: was not run`);
    else if (failed(checks).length > 0) said.push(`${scenario}: ${failed(checks).join(', ')}`);
  }
  return said;
}

/** The server scenarios that count, read from the suite's own requirements. */
export function scored(yaml) {
  const list = /^server:\n((?: {2}- .+\n)+)/m.exec(yaml)?.[1] ?? '';
  return list.split('\n').map((line) => line.slice(4).trim()).filter(Boolean);
}

function main([kind, ...given]) {
  let said;
  let count;
  if (kind === 'direct') {
    const [directory, requirements] = given;
    const needed = scored(readFileSync(requirements, 'utf8'));
    said = failures(results(directory), needed);
    count = needed.length;
  } else {
    const [directDirectory, directory, revision, baseline] = given;
    const known = JSON.parse(readFileSync(baseline, 'utf8'))[revision] ?? {};
    const direct = results(directDirectory);
    said = findings(direct, results(directory), known);
    count = direct.size;
  }
  said.forEach((line) => console.log(`  ${line}`));
  if (count === 0) {
    console.log('  there is nothing to compare');
    return 2;
  }
  console.log(`  ${count} scenarios, ${said.length} not as expected`);
  return said.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
