// The C decoders accept and refuse exactly what the schemas do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrivals, type Arrival, type Json } from './contract.ts';
import { judge, type RawRecord, type Verdict } from './decoder.ts';
import { good, random, spell, spoilt, type Random } from './samples.ts';

const SEED = Number(process.env['QL_SEED'] ?? 20261123);
const GOOD = 150; // of each message, besides the spoilt ones

interface Sample { value: Json; record: RawRecord; valid: boolean }

function recordOf(arrival: Arrival, value: Buffer): RawRecord {
  const headers = arrival.structured
    ? { 'content-type': 'application/cloudevents+json; charset=utf-8' }
    : { 'content-type': 'application/json', ce_specversion: '1.0', ce_id: 'sample', ce_source: '/contract', ce_type: arrival.type };
  return { topic: arrival.topic, headers, value };
}

function samplesOf(arrival: Arrival, r: Random): Sample[] {
  const values = [...Array.from({ length: GOOD }, () => good(r, arrival.schema, arrival.base)), ...spoilt(r, arrival.schema, arrival.base)];
  return values.map((value) => ({ value, record: recordOf(arrival, spell(r, value)), valid: arrival.validate(value) as boolean }));
}

const judged: { samples: number; refused: Verdict[] } = { samples: 0, refused: [] };

for (const arrival of arrivals) {
  test(`${arrival.message}: the decoder agrees with the schema`, () => {
    const samples = samplesOf(arrival, random(SEED));
    const verdicts = judge(samples.map((s) => s.record));
    const differ = samples.flatMap((s, i) => (verdicts[i]!.accepted === s.valid ? [] : [{ value: JSON.stringify(s.value).slice(0, 400), schema: s.valid, decoder: verdicts[i] }]));

    judged.samples += samples.length;
    judged.refused.push(...verdicts.filter((v) => !v.accepted));
    assert.deepEqual(differ, []);
    assert.ok(samples.slice(0, GOOD).every((s) => s.valid), 'what was made good is valid');
    assert.ok(samples.filter((s) => !s.valid).length >= 20, 'and some of what was spoilt is not');
  });
}

test('there were enough samples, and every refusal says where and why', (t) => {
  t.diagnostic(`${judged.samples} samples, ${judged.refused.length} refused`);
  assert.ok(judged.samples >= 2000 && judged.refused.length >= 1000, `${judged.samples} samples, ${judged.refused.length} refused`);
  for (const v of judged.refused) {
    assert.ok(!v.accepted);
    assert.match(v.code, /^[a-z0-9_]+$/);
    assert.match(v.zh, /[\u4e00-\u9fff]/);
    assert.ok(v.en.length > 5 && v.en.startsWith(v.field));
    assert.ok(v.field !== '' || ['nul', 'wrong_type'].includes(v.code), JSON.stringify(v));
  }
});
