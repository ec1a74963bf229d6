// Records that an enemy, a broken gateway or a bad day sends. Each must be put aside with the reason named here, and disturb
// nothing else: service tests produce them to a real broker, hostile.test.ts shows them to the decoders alone.
import { readFileSync } from 'node:fs';
import { topics, type Json } from './contract.ts';
import type { Headers } from './decoder.ts';

export interface HostileRecord {
  name: string;
  topic: string;
  headers: Headers;
  value: Buffer | null;
  expectedReasonCode: string; // empty_field, not_utf8, ... as in services/intake/decode_reason.c
}
type Change = { topic?: string; headers?: Headers; without?: string[]; value?: Buffer | string | null };

const ENQUIRIES = 'enterprise.enquiries';
const INCIDENTS = 'clearance.incidents';
const CALLS = 'hotline.calls';

const example = (file: string): Buffer => readFileSync(`${topics}examples/${file}`);
const json = (file: string): { [name: string]: Json } => JSON.parse(example(file).toString()) as { [name: string]: Json };
const ENQUIRY = json('enquiry.received.v1.json');
const INCIDENT = json('incident.raised.v1.json');
const CALL = json('call.ended.v1.json');
const ENVELOPE = json('cloudevent.v1.json');
const XML = example('dec_result.xml');
const GBK = example('dec_result.gbk.xml');

let serial = 0;
const binary = (type: string): Headers => ({ 'content-type': 'application/json', ce_specversion: '1.0', ce_id: `hostile-${++serial}`, ce_source: '/hostile', ce_type: type });

const KINDS = {
  enquiry: { topic: ENQUIRIES, headers: () => binary('qingling.enquiry.received.v1'), value: JSON.stringify(ENQUIRY) },
  incident: { topic: INCIDENTS, headers: () => binary('qingling.incident.raised.v1'), value: JSON.stringify(INCIDENT) },
  call: { topic: CALLS, headers: () => binary('qingling.call.ended.v1'), value: JSON.stringify(CALL) },
  envelope: { topic: ENQUIRIES, headers: (): Headers => ({ 'content-type': 'application/cloudevents+json' }), value: JSON.stringify(ENVELOPE) },
  xml: { topic: INCIDENTS, headers: (): Headers => ({ 'content-type': 'application/xml' }), value: XML.toString() },
};
type Kind = keyof typeof KINDS;

function record(expectedReasonCode: string, kind: Kind, name: string, change: Change = {}): HostileRecord {
  const base = KINDS[kind];
  const headers = { ...base.headers(), ...change.headers };
  for (const gone of change.without ?? []) delete headers[gone];
  const value = change.value === undefined ? base.value : change.value;
  return { name: `${kind}: ${name}`, topic: change.topic ?? base.topic, headers, value: value === null ? null : Buffer.from(value), expectedReasonCode };
}

const withMember = (of: object, change: object): string => JSON.stringify({ ...of, ...change });
const deep = (n: number, open: string, close: string): string => open.repeat(n) + close.repeat(n);

function emptyAndHuge(): HostileRecord[] {
  const kinds: Kind[] = ['enquiry', 'incident', 'call', 'envelope', 'xml'];
  const big = (n: number): string => withMember(ENQUIRY, { extra: 'x'.repeat(n) });
  return [
    ...kinds.map((k) => record('empty', k, 'no value', { value: null })),
    ...kinds.map((k) => record('empty', k, 'value of no bytes', { value: '' })),
    record('too_large', 'enquiry', 'one byte over 1 MiB', { value: big(0).padEnd((1 << 20) + 1, ' ') }),
    record('too_large', 'enquiry', '10 MB of text', { value: big(10_000_000) }),
    record('too_large', 'xml', '10 MB of elements', { value: `<DecData>${'<A/>'.repeat(2_500_000)}</DecData>` }),
    record('too_large', 'call', '2 MB of blanks', { value: ' '.repeat(2_000_000) }),
    record('too_large', 'incident', '3 MB of zeros', { value: Buffer.alloc(3_000_000) }),
  ];
}

/** Cut off at every twentieth or so of its length. */
function truncated(): HostileRecord[] {
  const out: HostileRecord[] = [];
  for (const kind of ['enquiry', 'incident', 'call', 'envelope'] as const) {
    const whole = Buffer.from(KINDS[kind].value);
    for (let i = 1; i <= 12; i++) {
      const cut = whole.subarray(0, Math.floor((whole.length * i) / 13));
      out.push(record(Buffer.from(cut.toString('utf8')).equals(cut) ? 'not_json' : 'not_utf8', kind, `cut off after ${cut.length} bytes`, { value: cut }));
    }
  }
  for (const [name, whole, broken] of [['UTF-8', XML, 'not_utf8'], ['GBK', GBK, 'xml_encoding']] as const) {
    const decoder = new TextDecoder(name === 'GBK' ? 'gbk' : 'utf-8', { fatal: true });
    for (let i = 1; i <= 8; i++) {
      const cut = whole.subarray(0, Math.floor((whole.length * i) / 9));
      let complete = true;
      try { decoder.decode(cut); } catch { complete = false; }
      out.push(record(complete ? 'not_xml' : broken, 'xml', `${name}, cut off after ${cut.length} bytes`, { value: cut }));
    }
  }
  return out;
}

function encodings(): HostileRecord[] {
  const bytes = (...b: number[]): Buffer => Buffer.concat([Buffer.from('{"text":"'), Buffer.from(b), Buffer.from('"}')]);
  const bad: [string, Buffer][] = [
    ['Latin-1', Buffer.from(withMember(ENQUIRY, { subject: 'café déjà' }), 'latin1').subarray(0)],
    ['GBK', bytes(0xba, 0xa3, 0xb9, 0xd8)],
    ['UTF-16 with its mark', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(JSON.stringify(INCIDENT), 'utf16le')])],
    ['an overlong slash', bytes(0xc0, 0xaf)],
    ['an overlong NUL', bytes(0xc0, 0x80)],
    ['a surrogate in UTF-8', bytes(0xed, 0xa0, 0x80)],
    ['beyond Unicode', bytes(0xf4, 0x90, 0x80, 0x80)],
    ['five-byte form', bytes(0xf8, 0x88, 0x80, 0x80, 0x80)],
    ['a lone continuation', bytes(0x80)],
    ['a sequence cut by the quote', bytes(0xe6, 0xb5)],
    ['random bytes', Buffer.from(Array.from({ length: 300 }, (_, i) => 0x80 + ((i * 167) % 128)))],
  ];
  const nul: [string, Buffer | string][] = [
    ['a raw NUL in a text', '{"text":"a\u0000b"}'],
    ['a raw NUL at the end', `${JSON.stringify(ENQUIRY)}\u0000`],
    ['a raw NUL between members', JSON.stringify(ENQUIRY).replace(',', ',\u0000')],
    ['nothing but NULs', Buffer.alloc(64)],
    ['an escaped NUL in a text', withMember(ENQUIRY, { text: 'a\u0000b' })],
    ['an escaped NUL in a name', withMember(ENQUIRY, { 'a\u0000b': 1 })],
    ['an escaped NUL in an unknown member', withMember(ENQUIRY, { extra: ['\u0000'] })],
  ];
  return [
    ...bad.map(([name, value]) => record('not_utf8', 'enquiry', name, { value })),
    ...nul.map(([name, value]) => record('nul', 'enquiry', name, { value })),
    record('not_json', 'enquiry', 'a lone high surrogate, escaped', { value: JSON.stringify(ENQUIRY).replace('洋山', '\\ud83d') }),
    record('not_json', 'enquiry', 'a lone low surrogate, escaped', { value: JSON.stringify(ENQUIRY).replace('洋山', '\\udc00') }),
  ];
}

function brokenJson(): HostileRecord[] {
  const texts: Record<string, string> = {
    'a comma too many': '{"a":1,}', 'single quotes': "{'a':1}", 'a comment': '{/* x */}', 'names without quotes': '{a:1}', 'two values': '{}{}', 'text behind': '{} x', 'only a brace': '{',
    'NaN': '{"a":NaN}', 'Infinity': '{"a":Infinity}', 'a leading zero': '{"a":01}', 'hexadecimal': '{"a":0x1}', 'a number over 64 bits': '{"a":12345678901234567890}',
    'a number beyond double': '{"a":1e999}', 'a raw line break in a text': '{"a":"x\ny"}', 'an unknown escape': '{"a":"\\x41"}', 'XML instead': '<a/>', 'form data': 'a=1&b=2', 'a bare word': 'hello', 'blanks only': ' \n\t ',
  };
  const bare: Record<string, string> = { 'a bare text': '"x"', 'a bare number': '7', 'null': 'null', 'true': 'true', 'a list': '[]', 'a batch of events': JSON.stringify([ENVELOPE, ENVELOPE]) };
  const twice: Record<string, string> = {
    'a member given twice': JSON.stringify(ENQUIRY).replace('{', '{"text":"first",'), 'an unknown member given twice': JSON.stringify(ENQUIRY).replace('{', '{"x":1,"x":2,'),
    'a nested member given twice': withMember(ENQUIRY, { contact: 0 }).replace('"contact":0', '"contact":{"name":"a","phone":"1","name":"b"}'),
    'the same name spelt by escapes': JSON.stringify(ENQUIRY).replace('{', '{"t\\u0065xt":"first",'),
  };
  return [
    ...Object.entries(texts).map(([name, value]) => record('not_json', 'enquiry', name, { value })),
    ...Object.entries(bare).map(([name, value]) => record('wrong_type', 'enquiry', name, { value })),
    record('wrong_type', 'envelope', 'a list for an envelope', { value: '[]' }),
    ...Object.entries(twice).map(([name, value]) => record('duplicate_key', 'enquiry', name, { value })),
    record('duplicate_key', 'envelope', 'two ids', { value: JSON.stringify(ENVELOPE).replace('{', '{"id":"other",') }),
    ...[33, 100, 1000, 100_000].map((n) => record('too_deep', 'enquiry', `lists nested ${n} deep`, { value: deep(n, '[', ']') })),
    ...[33, 1000].map((n) => record('too_deep', 'enquiry', `objects nested ${n} deep`, { value: `${'{"a":'.repeat(n)}1${'}'.repeat(n)}` })),
    record('too_deep', 'enquiry', 'an unknown member nested 1000 deep', { value: JSON.stringify(ENQUIRY).replace('{', `{"extra":${deep(1000, '[', ']')},`) }),
    record('too_deep', 'enquiry', 'half a million brackets never closed', { value: '['.repeat(500_000) }),
  ];
}

function wrongHeaders(): HostileRecord[] {
  const attributes = ['ce_specversion', 'ce_id', 'ce_source', 'ce_type'];
  const bad: [string, Buffer | string][] = [['empty', ''], ['too long', 'x'.repeat(201)], ['with a line break', 'a\nb'], ['with a NUL', 'a\u0000b'], ['not UTF-8', Buffer.from([0xff, 0xfe])]];
  const versions = ['0.3', '1', '1.0.0', '2.0', ' 1.0', 'v1.0'];
  const media = ['text/plain', 'application/octet-stream', 'application/cloudevents-batch+json', 'application/avro', 'application/jsonp', 'image/png', 'json'];
  return [
    ...attributes.map((a) => record('missing_header', 'enquiry', `without ${a}`, { without: [a] })),
    ...attributes.flatMap((a) => bad.map(([name, value]) => record('bad_header', 'incident', `${a} ${name}`, { headers: { [a]: value } }))),
    record('missing_header', 'call', 'no header at all', { without: ['content-type', ...attributes] }),
    record('missing_header', 'enquiry', 'only a content type', { without: attributes }),
    record('missing_header', 'xml', 'an envelope of only an id', { headers: { ce_id: 'x' } }),
    record('missing_header', 'enquiry', 'ce_id without value', { headers: { ce_id: null } }),
    ...versions.map((v) => record('wrong_specversion', 'enquiry', `version "${v}"`, { headers: { ce_specversion: v } })),
    record('wrong_specversion', 'envelope', 'version 0.3 in the envelope', { value: withMember(ENVELOPE, { specversion: '0.3' }) }),
    ...media.map((m) => record('unknown_content', 'enquiry', m, { headers: { 'content-type': m } })),
    record('unknown_content', 'envelope', 'data of plain text', { value: withMember(ENVELOPE, { datacontenttype: 'text/plain', data: 'hello' }) }),
    record('unknown_content', 'xml', 'XML where calls are expected', { topic: CALLS }),
    record('unknown_content', 'xml', 'XML where enquiries are expected', { topic: ENQUIRIES }),
    ...['', 'x', 'qingling.enquiry.received.v2', 'QINGLING.ENQUIRY.RECEIVED.V1', 'qingling.enquiry.received.v1 '].filter(Boolean).map((t) => record('unknown_type', 'enquiry', `type "${t}"`, { headers: { ce_type: t } })),
    record('unknown_type', 'envelope', 'a type of another house', { value: withMember(ENVELOPE, { type: 'com.example.order.created' }) }),
    record('other_topic', 'enquiry', 'an enquiry among the calls', { topic: CALLS }),
    record('other_topic', 'call', 'a call among the incidents', { topic: INCIDENTS }),
    record('other_topic', 'incident', 'an incident among the enquiries', { topic: ENQUIRIES }),
    record('other_topic', 'envelope', 'an enquiry in an envelope among the incidents', { topic: INCIDENTS }),
    record('bad_time', 'enquiry', 'ce_time in words', { headers: { ce_time: 'yesterday' } }),
    record('bad_time', 'enquiry', 'ce_time of 30 February', { headers: { ce_time: '2026-02-30T00:00:00Z' } }),
    record('missing_field', 'envelope', 'without data', { value: withMember(ENVELOPE, { data: null }) }),
    record('missing_field', 'envelope', 'data in base64', { value: withMember(ENVELOPE, { data: undefined, data_base64: 'e30=' }) }),
    record('wrong_type', 'envelope', 'data as text', { value: withMember(ENVELOPE, { data: '{}' }) }),
  ];
}

function wrongMembers(): HostileRecord[] {
  const dates = ['2026-02-30T10:00:00Z', '2026-13-01T10:00:00Z', '2025-02-29T10:00:00Z', '2026-11-23T25:00:00Z', '2026-11-23 10:00', '2026-11-23T10:00:00', 'tomorrow', '', '1763863200', '0000-00-00T00:00:00Z', '2026-11-23T23:59:60Z'];
  const of = { enquiry: ENQUIRY, incident: INCIDENT, call: CALL } as const;
  const cases: [string, keyof typeof of, string, object][] = [
    ...dates.map((d): [string, 'enquiry', string, object] => ['bad_time', 'enquiry', `occurred_at "${d}"`, { occurred_at: d }]),
    ...dates.slice(0, 4).map((d): [string, 'call', string, object] => ['bad_time', 'call', `ended_at "${d}"`, { ended_at: d }]),
    ['bad_time', 'enquiry', 'needed by 31 June', { needed_by: { at: '2026-06-31T00:00:00Z', reason: 'sailing' } }],
    ...['channel', 'subject', 'text', 'occurred_at'].map((m): [string, 'enquiry', string, object] => ['missing_field', 'enquiry', `without ${m}`, { [m]: undefined }]),
    ...['declaration', 'code', 'unit', 'occurred_at'].map((m): [string, 'incident', string, object] => ['missing_field', 'incident', `${m} null`, { [m]: null }]),
    ...['call_id', 'hotline', 'caller', 'started_at', 'ended_at', 'outcome'].map((m): [string, 'call', string, object] => ['missing_field', 'call', `without ${m}`, { [m]: undefined }]),
    ['missing_field', 'enquiry', 'a contact without a number', { contact: { name: '王' } }],
    ['missing_field', 'enquiry', 'a reference without value', { references: [{ type: 'hs' }] }],
    ['wrong_type', 'enquiry', 'text as number', { text: 7 }],
    ['wrong_type', 'enquiry', 'text as list', { text: ['a'] }],
    ['wrong_type', 'enquiry', 'text as object', { text: { $ne: null } }],
    ['wrong_type', 'enquiry', 'contact as text', { contact: '王 13800138000' }],
    ['wrong_type', 'enquiry', 'references as object', { references: { type: 'hs', value: '1' } }],
    ['wrong_type', 'enquiry', 'a reference as text', { references: ['CSQU3054383'] }],
    ['wrong_type', 'incident', 'declaration as number', { declaration: 224820261000000762 }],
    ['wrong_type', 'incident', 'unit as number', { unit: 2248 }],
    ['wrong_type', 'call', 'hotline as number', { hotline: 12360 }],
    ['wrong_type', 'call', 'solved as text', { solved: 'true' }],
    ['wrong_type', 'call', 'solved as number', { solved: 1 }],
    ['empty_field', 'enquiry', 'an empty text', { text: '' }],
    ['empty_field', 'incident', 'an empty code', { code: '' }],
    ['empty_field', 'call', 'an empty call id', { call_id: '' }],
    ['empty_field', 'enquiry', 'an empty reference', { references: [{ type: 'hs', value: '' }] }],
    ['too_long', 'enquiry', 'text of 8001 characters', { text: '海'.repeat(8001) }],
    ['too_long', 'enquiry', 'subject of 201 characters', { subject: '👍'.repeat(201) }],
    ['too_long', 'enquiry', 'a name of 900 KB', { contact: { name: 'x'.repeat(900_000), phone: '1' } }],
    ['too_long', 'incident', 'note of 1001 characters', { note: 'x'.repeat(1001) }],
    ['too_long', 'call', 'summary of 4001 characters', { summary: 'x'.repeat(4001) }],
    ['too_many', 'enquiry', '21 references', { references: Array.from({ length: 21 }, () => ({ type: 'hs', value: '9026809000' })) }],
    ['too_many', 'call', '20,000 references', { references: Array.from({ length: 20_000 }, () => ({ type: 'hs', value: '1' })) }],
    ['not_allowed', 'enquiry', 'an unknown channel', { channel: 'fax' }],
    ['not_allowed', 'enquiry', 'a channel in capitals', { channel: 'PORTAL' }],
    ['not_allowed', 'enquiry', 'SQL for a role', { role: "x'; drop table ql.cases; --" }],
    ['not_allowed', 'enquiry', 'an unknown reference type', { references: [{ type: 'invoice', value: '1' }] }],
    ['not_allowed', 'call', 'an unknown hotline', { hotline: '110' }],
    ['not_allowed', 'call', 'an unknown outcome', { outcome: 'hung_up' }],
    ['ended_before_started', 'call', 'ends before it starts', { started_at: '2026-11-23T09:23:20+08:00', answered_at: null, ended_at: '2026-11-23T09:20:00+08:00' }],
    ['ended_before_started', 'call', 'ends before it starts, by its offset only', { started_at: '2026-11-23T09:00:00+08:00', answered_at: null, ended_at: '2026-11-23T09:00:00+09:00' }],
    ['answered_before_started', 'call', 'answered before it starts', { answered_at: '2026-11-23T09:19:59+08:00' }],
    ['ended_before_answered', 'call', 'ends before it is answered', { answered_at: '2026-11-23T09:27:00+08:00' }],
  ];
  const urls = ['javascript:alert(1)', 'file:///etc/passwd', 'http://a b', '', 'https://a.example/\u0009'];
  return [
    ...cases.map(([reason, kind, name, change]) => record(reason, kind, name, { value: withMember(of[kind], change) })),
    ...urls.map((u) => record('bad_url', 'call', `recording at "${u}"`, { headers: { ce_type: 'qingling.call.recorded.v1' }, value: JSON.stringify({ call_id: 'x', recording_url: u }) })),
  ];
}

function hostileXml(): HostileRecord[] {
  const text = XML.toString();
  const swap = (from: string | RegExp, to: string): string => text.replace(from, () => to);
  const lol = `<!DOCTYPE x [<!ENTITY a "ha">${'bcdefghij'.split('').map((c, i) => `<!ENTITY ${c} "${`&${'abcdefghi'[i]};`.repeat(10)}">`).join('')}]>`;
  const doctypes: [string, string][] = [
    ['reads a file', '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'], ['calls out', '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'],
    ['a billion laughs', lol], ['a parameter entity', '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///dev/zero"> %p;]>'], ['plain', '<!DOCTYPE DecData>'],
  ];
  const cases: [string, string, string | Buffer][] = [
    ...doctypes.map(([name, d]): [string, string, string] => ['xml_doctype', `DOCTYPE ${name}`, swap('<DecData>', `${d}<DecData>`)]),
    ['not_xml', 'an undeclared entity', swap('单证', '&f;')],
    ['not_xml', 'tags that cross', swap('</NOTE>', '</CHANNEL>')],
    ['not_xml', 'two roots', `${text}<DecData/>`],
    ['not_xml', 'a forbidden character', swap('单证', '&#1;')],
    ['not_xml', 'an unquoted attribute', swap('<NOTE>', '<NOTE a=1>')],
    ['not_xml', 'no notice in it', '<DecData><RESULT_INFO>x</RESULT_INFO></DecData>'],
    ['not_xml', 'another document', '<html><body>502 Bad Gateway</body></html>'],
    ['not_xml', 'JSON instead', JSON.stringify(INCIDENT)],
    ['nul', 'a NUL inside', swap('单证', '单\u0000证')],
    ['not_utf8', 'GBK that says it is UTF-8', Buffer.from(GBK.toString('latin1').replace('GBK', 'UTF-8'), 'latin1')],
    ['not_utf8', 'UTF-16', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])],
    ['xml_encoding', 'an encoding not read', swap('UTF-8', 'ISO-8859-1')],
    ['xml_encoding', 'UTF-7', swap('UTF-8', 'UTF-7')],
    ['xml_encoding', 'UTF-8 that says it is GBK', Buffer.from(swap('encoding="UTF-8"', 'encoding="GBK"').replace('单证', '👍\u0301单'))],
    ['too_deep', 'nested 1000 deep', swap('<SEQ_NO>', `${'<x>'.repeat(1000)}${'</x>'.repeat(1000)}<SEQ_NO>`)],
    ['missing_field', 'no channel', swap(/<CHANNEL>.*<\/CHANNEL>/, '')],
    ['missing_field', 'no date', swap(/<NOTICE_DATE>.*<\/NOTICE_DATE>/, '')],
    ['missing_field', 'nothing to know it by', text.replace(/<(ENTRY_ID|SEQ_NO|CUS_CIQ_NO)>.*<\/\1>/g, '')],
    ['empty_field', 'an empty channel', swap('<CHANNEL>E<', '<CHANNEL> \n <')],
    ['too_long', 'a channel of 17 characters', swap('<CHANNEL>E<', `<CHANNEL>${'E'.repeat(17)}<`)],
    ['too_long', 'a note of half a megabyte', swap('<NOTE>', `<NOTE>${'海'.repeat(170_000)}`)],
    ['duplicate_key', 'two channels', swap('<CHANNEL>', '<CHANNEL>P</CHANNEL><CHANNEL>')],
    ['duplicate_key', 'two notices', swap(/(<DEC_RESULT>[^]*<\/DEC_RESULT>)/, text.match(/<DEC_RESULT>[^]*<\/DEC_RESULT>/)![0].repeat(2))],
    ...['2026-02-30T00:00:00', '20261332', 'soon', '9999999999'].map((d): [string, string, string] => ['bad_time', `dated ${d}`, swap('2026-11-23T09:18:33', d)]),
  ];
  return cases.map(([reason, name, value]) => record(reason, 'xml', name, { value }));
}

/** All of them, in an order that never changes; ids are unique, so none is another's duplicate. */
export function hostileRecords(): HostileRecord[] {
  serial = 0;
  return [...emptyAndHuge(), ...truncated(), ...encodings(), ...brokenJson(), ...wrongHeaders(), ...wrongMembers(), ...hostileXml()];
}
