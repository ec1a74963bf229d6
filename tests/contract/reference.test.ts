// migrations/reference: what an administration decides, checked against itself before any database sees it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

type Row = Record<string, string>;

function csv(name: string): Row[] {
  const text = readFileSync(new URL(`../../migrations/reference/${name}.csv`, import.meta.url), 'utf8');
  const rows = text.trimEnd().split('\n').map((line) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g)].map((m) => (m[1] ?? m[2] ?? '').replaceAll('""', '"')));
  const head = rows[0]!;
  return rows.slice(1).map((cells, i) => {
    assert.equal(cells.length, head.length, `${name}.csv line ${i + 2}`);
    return Object.fromEntries(head.map((h, k) => [h, cells[k]!]));
  });
}

const list = (array: string): string[] => array.replace(/[{}]/g, '').split(',').filter(Boolean);
const column = (rows: Row[], name: string): string[] => rows.map((r) => r[name]!);
const among = (values: string[], known: string[], what: string): void => assert.deepEqual(values.filter((v) => v !== '' && !known.includes(v)), [], what);

const categories = csv('categories');
const channels = csv('channel_codes');
const rules = csv('watch_rules');
const units = csv('units');

test('the tree of units: one root, 42 districts, 56 offices, every parent known', () => {
  const count = (kind: string): number => units.filter((u) => u['kind'] === kind).length;
  assert.deepEqual([count('hq'), count('district'), count('office')], [1, 42, 56]);
  assert.equal(new Set(column(units, 'code')).size, units.length);
  among(column(units, 'parent'), column(units, 'code'), 'parents');
  for (const u of units.filter((o) => o['kind'] === 'office')) assert.equal(u['parent'], `${u['code']!.slice(0, 2)}00`);
  among(column(csv('unit_calendars'), 'unit'), column(units, 'code'), 'units with calendars');
});

test('holidays give the published number of working days', () => {
  const days = new Map(csv('holidays').map((h) => [h['day']!, h['kind']!]));
  const working = (year: number): number => {
    let n = 0;
    for (let d = new Date(Date.UTC(year, 0, 1)); d.getUTCFullYear() === year; d.setUTCDate(d.getUTCDate() + 1)) {
      const kind = days.get(d.toISOString().slice(0, 10)) ?? (d.getUTCDay() % 6 === 0 ? 'rest' : 'work');
      n += Number(kind === 'work');
    }
    return n;
  };
  assert.deepEqual([2024, 2025, 2026].map(working), [251, 248, 248]);
});

test('categories name skills and measures that exist', () => {
  among(column(categories, 'skill'), column(csv('skills'), 'code'), 'skills');
  among(categories.flatMap((c) => list(c['measures']!)), column(csv('measures'), 'no'), 'measures');
  assert.equal(csv('measures').length, 33);
  for (const set of [csv('skills'), csv('languages')]) assert.deepEqual(column(set, 'bit'), set.map((_, i) => String(i)));
});

test('every channel code leads to what it opens, and one code is one row whatever its source', () => {
  assert.equal(new Set(column(channels, 'code')).size, channels.length);
  for (const c of channels) {
    assert.equal(c['opens'] === 'case', c['category'] !== '', `${c['code']}: a case has a category`);
    assert.equal(c['opens'] === 'watch', c['watch_rule'] !== '', `${c['code']}: a watch has a rule`);
  }
  among(column(channels, 'category'), column(categories, 'code'), 'categories');
  among(column(channels, 'watch_rule'), column(rules, 'code'), 'rules');
});

test('watches are armed by the codes that name them, and end by codes that exist', () => {
  for (const rule of rules) {
    assert.deepEqual(list(rule['armed_by']!), channels.filter((c) => c['watch_rule'] === rule['code']).map((c) => c['code']));
    among(list(rule['disarmed_by']!), column(channels, 'code'), rule['code']!);
    assert.ok(!list(rule['disarmed_by']!).some((code) => list(rule['armed_by']!).includes(code)));
    among([rule['category']!], column(categories, 'code'), rule['code']!);
  }
});

test('a declaration that only moves on is read in its order: received, reviewed, duties, released, completed', () => {
  const rank = (code: string): number => Number(channels.find((c) => c['code'] === code)!['rank']);
  const ranks = ['L', 'J', 'T', 'C', 'P', 'R'].map(rank);
  assert.deepEqual(ranks, [...ranks].sort((a, b) => a - b));
});

test('credit classes: four tiers that the policies know, schemes that follow each other without a gap', () => {
  const classes = csv('credit_classes');
  among(column(classes, 'tier'), ['aeo', 'certified', 'regular', 'dishonest'], 'tiers');
  const end = classes.find((c) => c['scheme'] === 'decree251')!['valid_to']!;
  const start = classes.find((c) => c['scheme'] === 'decree282')!['valid_from']!;
  assert.equal(Date.parse(start) - Date.parse(end), 86_400_000);
});

test('policies name tiers and categories that exist', () => {
  const policies = csv('policies');
  among(column(policies, 'category'), column(categories, 'code'), 'categories');
  among(column(policies, 'tier'), column(csv('credit_classes'), 'tier'), 'tiers');
});

test('liftings: every category but those that need nobody has a unit to ask first, and each row names what exists', () => {
  const liftings = csv('liftings');
  const of = (kind: string): Row[] => liftings.filter((l) => l['kind'] === kind);
  among(column(of('category'), 'code'), column(categories, 'code'), 'categories');
  among(of('notice').map((l) => `${l['source']} ${l['code']}`), channels.map((c) => `${c['source']} ${c['code']}`), 'notice codes');
  const asked = new Set(of('category').filter((l) => l['rank'] === '1').map((l) => l['code']));
  assert.deepEqual(column(categories, 'code').filter((code) => !asked.has(code)), ['call_back', 'complaint', 'other']);
  // What the category itself says first is whom the proposal names first.
  for (const c of categories.filter((one) => asked.has(one['code']!) && one['unit_role'] !== 'home')) {
    const first = of('category').find((l) => l['code'] === c['code'] && l['rank'] === '1')!;
    assert.equal(first['capacity'], c['unit_role'], c['code']);
  }
});
