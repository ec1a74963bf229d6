// topics/ is one whole: document, topics.csv, schemas and examples agree with each other.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { arrivals, asyncapi, readTopicFile, schemaNames, topics, validatorOf } from './contract.ts';
import { judge, type RawRecord } from './decoder.ts';

const refs = (value: unknown): string[] =>
  Array.isArray(value) ? value.flatMap(refs) : value !== null && typeof value === 'object' ? Object.entries(value).flatMap(([k, v]) => (k === '$ref' ? [String(v)] : refs(v))) : [];

test('channels and their settings are those of topics.csv', () => {
  const [head, ...rows] = readTopicFile('topics.csv').trim().split('\n').map((l) => l.split(','));
  const channels = Object.values(asyncapi.channels).map((c) => {
    const k = c.bindings.kafka;
    assert.equal(k.topic, c.address);
    return [c.address, k.partitions, k.topicConfiguration['retention.ms'], k.topicConfiguration['max.message.bytes']].map(String);
  });
  assert.deepEqual(head, ['name', 'partitions', 'retention_ms', 'max_message_bytes']);
  assert.deepEqual(channels.sort(), rows.sort());
});

test('every reference inside the document and between schemas leads somewhere', () => {
  assert.match(asyncapi.asyncapi, /^3\./);
  for (const ref of refs(asyncapi)) {
    if (ref.startsWith('#/')) {
      const found = ref.slice(2).split('/').reduce<unknown>((o, k) => (o as Record<string, unknown>)?.[k], asyncapi);
      assert.notEqual(found, undefined, ref);
    } else assert.ok(schemaNames.includes(ref.replace('./schemas/', '').replace('.json', '')), ref);
  }
  for (const name of schemaNames) validatorOf(name); // compiles, strictly
});

test('every schema of a message is used by the document and has an example', () => {
  const used = refs(asyncapi).filter((r) => r.startsWith('./schemas/')).map((r) => r.replace('./schemas/', '').replace('.json', ''));
  const examples = readdirSync(`${topics}examples`);
  for (const name of schemaNames.filter((n) => n !== 'common.v1')) {
    assert.ok(used.includes(name), `${name} is used`);
    assert.ok(examples.some((e) => e.startsWith(name)), `${name} has an example`);
  }
});

for (const file of readdirSync(`${topics}examples`).filter((f) => f.endsWith('.json'))) {
  test(`example ${file} is valid and accepted`, () => {
    const value: unknown = JSON.parse(readTopicFile(`examples/${file}`));
    const schema = schemaNames.find((n) => file === `${n}.json` || file.startsWith(`${n}.`))!;
    const validate = validatorOf(schema);
    const arrival = arrivalOf(schema);

    assert.ok(validate(value), JSON.stringify(validate.errors));
    if (arrival === undefined) return; // outgoing
    const headers = { 'content-type': 'application/json', ce_specversion: '1.0', ce_id: file, ce_source: '/examples', ce_type: arrival.type };
    const structured = { 'content-type': 'application/cloudevents+json' };
    const record: RawRecord = { topic: arrival.topic, headers: schema.startsWith('cloudevent') ? structured : headers, value: readFileSync(`${topics}examples/${file}`) };
    const [verdict] = judge([record], true);
    assert.ok(verdict!.accepted, JSON.stringify(verdict));
  });
}

function arrivalOf(schema: string): { topic: string; type: string } | undefined {
  if (schema === 'cloudevent.v1') return arrivals[0];
  return arrivals.find((a) => !a.structured && a.type === `qingling.${schema}`);
}

test('the XML examples are accepted, and in both encodings are the same notice', () => {
  const records = ['dec_result.xml', 'dec_result.gbk.xml'].map((f) => ({ topic: 'clearance.incidents', headers: { 'content-type': 'application/xml' }, value: readFileSync(`${topics}examples/${f}`) }));
  const [utf8, gbk] = judge(records, true);
  assert.ok(utf8?.accepted && utf8.kind === 'notice' && utf8.source === 'dec-result' && utf8.id.length === 32, JSON.stringify(utf8));
  assert.deepEqual(gbk, utf8);
});
