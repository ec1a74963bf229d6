// The C decoders as a function: many records in, one verdict each, through one run of decode_cli.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Headers = Record<string, string | Buffer | null>;
export interface RawRecord { topic: string; headers: Headers; value: Buffer | null }
export type Verdict =
  | { accepted: true; kind: string; source: string; id: string }
  | { accepted: false; code: string; field: string; zh: string; en: string };

const root = fileURLToPath(new URL('../..', import.meta.url));
const ABSENT = 0xffffffff;

function decoderPath(): string {
  const named = process.env['QL_DECODE_CLI'];
  if (named !== undefined) return named;
  const built = ['build-san', 'build'].map((b) => `${root}${b}/test/contract/decode_cli`).filter((p) => existsSync(p));
  const [newest] = built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (newest === undefined) throw new Error('decode_cli is not built: make SAN=1 driver-bins, or set QL_DECODE_CLI');
  return newest;
}

function chunk(bytes: Buffer | string | null): Buffer[] {
  const body = bytes === null ? null : Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body === null ? ABSENT : body.length);
  return body === null ? [length] : [length, body];
}

function encode(record: RawRecord): Buffer[] {
  const headers = Object.entries(record.headers);
  return [
    ...chunk(record.topic),
    ...chunk(String(headers.length)),
    ...headers.flatMap(([name, value]) => [...chunk(name), ...chunk(value)]),
    ...chunk(record.value),
  ];
}

function parse(line: string): Verdict {
  const [word, a = '', b = '', c = '', d = ''] = line.split('\t');
  if (word === 'accept') return { accepted: true, kind: a, source: b, id: c };
  if (word === 'reject') return { accepted: false, code: a, field: b, zh: c, en: d };
  throw new Error(`decode_cli said: ${line}`);
}

/** Judges all records in order. semantics: also the rules between members that no schema can state. */
export function judge(records: RawRecord[], semantics = false): Verdict[] {
  const run = spawnSync(decoderPath(), semantics ? ['--semantics'] : [], {
    input: Buffer.concat(records.flatMap(encode)),
    maxBuffer: 256 << 20,
  });
  if (run.status !== 0) throw new Error(`decode_cli ended with ${run.status ?? run.signal}: ${run.stderr.toString()}`);
  const verdicts = run.stdout.toString('utf8').split('\n').slice(0, -1).map(parse);
  if (verdicts.length !== records.length) throw new Error(`${records.length} records, ${verdicts.length} verdicts`);
  return verdicts;
}
