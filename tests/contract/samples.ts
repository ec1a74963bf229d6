// Good and bad samples out of a schema, reproducible by seed. Every place of a good sample is spoilt in every way that the
// schema forbids, and in some that it allows; the judge decides which is which.
import { resolve, type Json, type Schema } from './contract.ts';

export type Random = { next(): number; below(n: number): number; pick<T>(of: readonly T[]): T; chance(p: number): boolean };

export function random(seed: number): Random {
  let s = seed >>> 0;
  const next = (): number => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = Math.imul(s ^ (s >>> 15), s | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return { next, below, pick: (of) => of[below(of.length)]!, chance: (p) => next() < p };
}

const LETTERS = [...'abcXYZ019 -_/.,;"\\\u00a0éя海关协调查验报关ＡＢ１２', '👍', '𠮷', '\t', '\n', '\u200d', '\u2028'];
const text = (r: Random, n: number): string => Array.from({ length: n }, () => r.pick(LETTERS)).join('');
const two = (n: number): string => String(n).padStart(2, '0');

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
function time(r: Random): string {
  const year = 1900 + r.below(200);
  const month = r.below(12);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const day = 1 + r.below(DAYS[month]! + (month === 1 && leap ? 1 : 0));
  const fraction = r.chance(0.4) ? `.${String(r.below(1e9)).padStart(9, '0').slice(0, 1 + r.below(9))}` : '';
  const offset = r.chance(0.3) ? 'Z' : `${r.pick(['+', '-'])}${two(r.below(24))}:${two(r.below(60))}`;
  return `${year}-${two(month + 1)}-${two(day)}T${two(r.below(24))}:${two(r.below(60))}:${two(r.below(60))}${fraction}${offset}`;
}

const NEARLY_TIMES = [
  '2026-02-30T10:00:00Z', '2026-02-29T10:00:00Z', '2024-02-29T10:00:00Z', '2000-02-29T00:00:00Z', '1900-02-29T00:00:00Z', '2100-02-28T00:00:00Z',
  '2026-04-31T10:00:00Z', '2026-13-01T10:00:00Z', '2026-00-10T10:00:00Z', '2026-01-00T10:00:00Z', '2026-11-23T24:00:00Z', '2026-11-23T23:60:00Z',
  '2026-11-23T23:59:60Z', '2026-12-31T23:59:60Z', '2026-11-23 10:00:00Z', '2026-11-23t10:00:00Z', '2026-11-23T10:00:00z', '2026-11-23T10:00:00',
  '2026-11-23T10:00Z', '2026-11-23T10:00:00+0800', '2026-11-23T10:00:00+08', '2026-11-23T10:00:00+24:00', '2026-11-23T10:00:00+08:60',
  '2026-11-23T10:00:00-00:00', '2026-11-23T10:00:00.Z', '2026-11-23T10:00:00.1234567890Z', '2026-11-23T10:00:00.123456789+08:00', '2026-11-23T10:00:00,5Z',
  '20261123T100000Z', '2026-11-23', '1700000000', '0001-01-01T00:00:00Z', '1899-12-31T23:59:59Z', '1900-01-01T00:00:00Z', '2099-12-31T23:59:59.9Z',
  '12026-11-23T10:00:00Z', '２０２６-11-23T10:00:00Z', ' 2026-11-23T10:00:00Z', '2026-11-23T10:00:00Z ', '2026-11-23T10:00:00Z\n', '-026-11-23T10:00:00Z', '',
];
const NEARLY_URLS = ['http://', 'https://a', 'ftp://a.example/x', 'HTTPS://A.EXAMPLE/', 'https://a b', 'https://例子.example/', 'https://a.example/\n', 'javascript:alert(1)', '//a.example', 'http://x'];
const MEDIA = ['application/json', 'Application/JSON; charset=utf-8', 'application/json ;x', 'application/jsonx', 'application/json,text/plain', 'text/plain', 'application/json;\tx', '', ' application/json', 'application/json '];

/** Strings worth trying at a place with this schema, whether it likes them or not. */
function strings(r: Random, s: Schema): string[] {
  const max = typeof s['maxLength'] === 'number' ? s['maxLength'] : 40;
  const pattern = String(s['pattern'] ?? '');
  const common = ['', ' ', 'x', text(r, max), text(r, max + 1), '👍'.repeat(max), '👍'.repeat(max + 1), '海'.repeat(max), 'a'.repeat(max + 1), 'a\u0000b', '\u0000', '\u0001', '\u007f', 'null', '０'];
  if (Array.isArray(s['enum'])) return [...common, ...(s['enum'] as string[]).flatMap((w) => (typeof w === 'string' ? [w, w.toUpperCase(), `${w} `, w.slice(0, -1), `${w}\u0000`] : []))];
  if (s['format'] === 'date-time') return [...common, ...NEARLY_TIMES, time(r), time(r)];
  if (pattern.startsWith('^https?')) return [...common, ...NEARLY_URLS, `https://a.example/${'x'.repeat(max - 18)}`, `https://a.example/${'x'.repeat(max - 17)}`];
  if (pattern === '^[0-9]+$') return [...common, '0', '1'.repeat(19), '1'.repeat(20), '-1', '1.0', '１'];
  if (pattern.startsWith('^[Aa]')) return [...common, ...MEDIA];
  return common;
}

const OTHERS: Json[] = [null, true, false, 0, 1, -1.5, 12360, 1e300, [], {}, ['x'], { x: 1 }, 'x', [null], [[]]];

function goodString(r: Random, s: Schema): string {
  const max = typeof s['maxLength'] === 'number' ? s['maxLength'] : 40;
  const min = typeof s['minLength'] === 'number' ? s['minLength'] : 0;
  const pattern = String(s['pattern'] ?? '');
  if (s['format'] === 'date-time') return time(r);
  if (pattern.startsWith('^https?')) return `${r.pick(['http', 'https'])}://a.example/${'x'.repeat(r.below(60))}`;
  if (pattern === '^[0-9]+$') return String(1 + r.below(1e9));
  if (pattern.startsWith('^[Aa]')) return r.pick(['application/json', 'application/json; charset=UTF-8', 'APPLICATION/JSON']);
  const word = text(r, Math.max(min, r.chance(0.1) ? max : Math.min(max, 1 + r.below(24))));
  return pattern.includes('u001f') ? word.replace(/[\u0000-\u001f\u007f]/g, '-') : word;
}

/** A sample that the schema accepts. whole: with every optional member, none null, nothing besides. */
export function good(r: Random, of: Schema, at: string, whole = false): Json {
  const { schema: s, base } = resolve(of, at);
  const types = Array.isArray(s['type']) ? (s['type'] as string[]) : [s['type'] as string];
  if ('const' in s) return s['const']!;
  if (Array.isArray(s['enum'])) return r.pick((s['enum'] as Json[]).filter((w) => !whole || w !== null));
  if (types.includes('null') && !whole && r.chance(0.2)) return null;
  if (types.includes('object')) return goodObject(r, s, base, whole);
  if (types.includes('array')) return Array.from({ length: r.chance(0.1) ? Number(s['maxItems']) : r.below(4) }, () => good(r, s['items'] as Schema, base, whole));
  if (types.includes('boolean')) return r.chance(0.5);
  return goodString(r, s);
}

function goodObject(r: Random, s: Schema, base: string, whole: boolean): Json {
  const required = (s['required'] ?? []) as string[];
  const out: Record<string, Json> = {};
  for (const [name, member] of Object.entries((s['properties'] ?? {}) as Record<string, Schema>))
    if (whole || required.includes(name) || r.chance(0.6)) out[name] = good(r, member, base, whole);
  if (!whole && r.chance(0.15)) out[r.pick(['extra', 'Text', 'uscc ', '', 'constructor', '标记'])] = r.pick(OTHERS);
  return out;
}

interface Place { path: (string | number)[]; schema: Schema; base: string; optional: boolean }

function places(of: Schema, at: string, path: (string | number)[] = [], optional = false): Place[] {
  const { schema, base } = resolve(of, at);
  const here = [{ path, schema, base, optional }];
  if (schema['properties'] !== undefined) {
    const required = (schema['required'] ?? []) as string[];
    return here.concat(...Object.entries(schema['properties'] as Record<string, Schema>).map(([n, s]) => places(s, base, [...path, n], !required.includes(n))));
  }
  return schema['items'] === undefined ? here : here.concat(places(schema['items'] as Schema, base, [...path, 0]));
}

/** A copy with value at path (undefined: taken out); parents are made where they are missing. */
function put(root: Json, path: (string | number)[], value: Json | undefined): Json {
  const [head, ...rest] = path;
  if (head === undefined) return value ?? null;
  if (typeof head === 'number') {
    const items = Array.isArray(root) ? [...root] : [];
    items[head] = put(items[head] ?? {}, rest, value);
    return items;
  }
  const object: Record<string, Json> = root !== null && typeof root === 'object' && !Array.isArray(root) ? { ...root } : {};
  if (rest.length === 0 && value === undefined) delete object[head];
  else object[head] = put(object[head] ?? null, rest, value);
  return object;
}

/** Every place of a full sample taken out, of another type, of every tried text; lists too long. */
export function spoilt(r: Random, of: Schema, at: string): Json[] {
  const out: Json[] = [];
  for (const place of places(of, at)) {
    const s = place.schema;
    const values: (Json | undefined)[] = [undefined, ...OTHERS, ...strings(r, s)];
    if (typeof s['maxItems'] === 'number')
      for (const n of [s['maxItems'] - 1, s['maxItems'], s['maxItems'] + 1]) values.push(Array.from({ length: n }, () => good(r, s['items'] as Schema, place.base)));
    for (const value of values) out.push(put(good(r, of, at, true), place.path, value));
  }
  return out;
}

/** JSON text in one of the many spellings of the same value. */
export function spell(r: Random, value: Json): Buffer {
  let json = JSON.stringify(value, null, r.pick([undefined, 1, '\t']));
  if (r.chance(0.5)) json = json.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Buffer.from(r.chance(0.1) ? ` \r\n${json}\n` : json);
}
