// Every hostile record is refused for the reason it was made for, in words, and what follows it is read as if nothing had been.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { topics } from './contract.ts';
import { judge } from './decoder.ts';
import { hostileRecords } from './hostile.ts';

const records = hostileRecords();
const reasons = [...readFileSync(new URL('../../services/intake/decode_reason.c', import.meta.url), 'utf8').matchAll(/\{ "([a-z0-9_]+)",/g)].map((m) => m[1]!);

test('hostile records are refused, each for its reason', (t) => {
  const good = { topic: 'clearance.incidents', headers: { 'content-type': 'text/xml' }, value: readFileSync(`${topics}examples/dec_result.xml`) };
  const verdicts = judge(records.flatMap((r) => [r, good]), true);
  const wrong = records.flatMap((r, i) => {
    const v = verdicts[2 * i]!;
    return !v.accepted && v.code === r.expectedReasonCode ? [] : [{ name: r.name, expected: r.expectedReasonCode, got: v }];
  });

  t.diagnostic(`${records.length} hostile records`);
  assert.deepEqual(wrong, []);
  assert.ok(records.length >= 200);
  assert.ok(verdicts.every((v, i) => i % 2 === 0 || v.accepted), 'the good record behind each is accepted');
});

test('every reason has a hostile record, and README.md names every reason', () => {
  const readme = readFileSync(`${topics}README.md`, 'utf8');
  assert.deepEqual(reasons.filter((r) => !records.some((h) => h.expectedReasonCode === r)), []);
  assert.deepEqual(reasons.filter((r) => !readme.includes(`\`${r}\``)), []);
});

test('names are unique, so that a failure names one record', () => {
  assert.equal(new Set(records.map((r) => r.name)).size, records.length);
});
