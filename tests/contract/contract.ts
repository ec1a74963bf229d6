// topics/ as data: the AsyncAPI document, the schemas, and a judge made of them.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Schema = { [keyword: string]: Json };
type Ref = { $ref: string };
interface Channel { address: string; messages: Record<string, Ref>; bindings: { kafka: { topic: string; partitions: number; topicConfiguration: Record<string, number> } } }
interface Message { name: string; contentType: string; payload: { schemaFormat?: string; schema?: Schema } & Record<string, unknown> }
interface Document { asyncapi: string; channels: Record<string, Channel>; operations: Record<string, { action: string; channel: Ref }>; components: { messages: Record<string, Message> } }

const BASE = 'https://qingling.example/topics/';
export const topics = fileURLToPath(new URL('../../topics/', import.meta.url));
export const readTopicFile = (path: string): string => readFileSync(topics + path, 'utf8');
export const asyncapi = parse(readTopicFile('asyncapi.yaml')) as Document;

const schemaFiles = readdirSync(`${topics}schemas`).filter((f) => f.endsWith('.json'));
const byId = new Map<string, Schema>();
const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, allErrors: false });
(formats as unknown as (a: Ajv2020) => void)(ajv);

for (const file of schemaFiles) {
  const schema = JSON.parse(readTopicFile(`schemas/${file}`)) as Schema;
  byId.set(`${BASE}schemas/${file}`, schema);
  ajv.addSchema(schema);
}
export const schemaNames = schemaFiles.map((f) => f.replace(/\.json$/, ''));

export function validatorOf(schemaName: string): ValidateFunction {
  const found = ajv.getSchema(`${BASE}schemas/${schemaName}.json`);
  if (found === undefined) throw new Error(`no schema ${schemaName}`);
  return found;
}

/** One way in which a record may come: a message of a channel, its payload schema and the compiled judge. */
export interface Arrival { message: string; topic: string; type: string; structured: boolean; schema: Schema; base: string; validate: ValidateFunction }

/** Every JSON message that Qingling receives, binary and structured. */
export const arrivals: Arrival[] = compileArrivals();

function compileArrivals(): Arrival[] {
  const incoming = Object.values(asyncapi.operations).filter((o) => o.action === 'receive').map((o) => o.channel.$ref.split('/').pop()!);
  return incoming.flatMap((name) => {
    const channel = asyncapi.channels[name]!;
    return Object.values(channel.messages).map((ref) => ref.$ref.split('/').pop()!).flatMap((message) => {
      const { contentType, payload, name: type } = asyncapi.components.messages[message]!;
      if (payload.schema === undefined) return [];
      const base = `${BASE}asyncapi.yaml`;
      const validate = ajv.compile({ $id: `${base}/${message}`, $ref: `#/$defs/payload`, $defs: { payload: absolute(payload.schema, base) } });
      return [{ message, topic: channel.address, type, structured: contentType === 'application/cloudevents+json', schema: payload.schema, base, validate }];
    });
  });
}

/** The same schema with references that hold wherever it stands. */
function absolute(schema: Json, base: string): Json {
  if (Array.isArray(schema)) return schema.map((s) => absolute(s, base));
  if (schema === null || typeof schema !== 'object') return schema;
  return Object.fromEntries(Object.entries(schema).map(([k, v]) => [k, k === '$ref' ? new URL(v as string, base).href : absolute(v, base)]));
}

/** Follows references and merges allOf, so that a generator sees one object of keywords. */
export function resolve(schema: Schema, base: string): { schema: Schema; base: string } {
  if (typeof schema['$ref'] === 'string') {
    const target = new URL(schema['$ref'], base);
    let found: Json = byId.get(target.href.split('#')[0]!)!;
    for (const step of target.hash.slice(1).split('/').filter(Boolean)) found = (found as Schema)[step]!;
    return resolve(found as Schema, target.href.split('#')[0]!);
  }
  if (Array.isArray(schema['allOf'])) {
    const parts = (schema['allOf'] as Schema[]).map((s) => withBase(s, base));
    return { base, schema: parts.reduce((a, b) => ({ ...a, ...b, required: [...list(a['required']), ...list(b['required'])], properties: { ...(a['properties'] as object), ...(b['properties'] as object) } })) };
  }
  return { schema, base };
}

const list = (v: Json | undefined): Json[] => (Array.isArray(v) ? v : []);
function withBase(s: Schema, base: string): Schema {
  const r = resolve(s, base);
  return absolute(r.schema, r.base) as Schema;
}
