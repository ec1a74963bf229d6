/** services/gateway/openapi.json: the description of the API, what the gateway's tables say of it, and a judge of answers. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { bin, root } from './paths.ts'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
export type Schema = Record<string, any>
export interface Parameter { name: string; in: 'path' | 'query' | 'header'; required?: boolean; description?: string; schema: Schema }
interface Response { description: string; headers?: Record<string, unknown>; content?: Record<string, { schema: Schema }> }
interface Ref { $ref: string }
export interface Operation {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  parameters?: (Parameter | Ref)[]
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> }
  responses: Record<string, Response | Ref>
  security?: unknown[]
}
export interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { parameters: Record<string, Parameter>; responses: Record<string, Response>; schemas: Record<string, Schema>; [more: string]: unknown }
  [more: string]: unknown
}

/** What `gateway --routes` prints. */
export interface Tables {
  routes: { method: string; path: string; signed_in: boolean; refuses: boolean; body: boolean }[]
  commands: { name: string; action: string; other: string | null; fields: Field[] }[]
  problems: { code: string; status: number }[]
}
interface Field { name: string; type: 'string' | 'integer' | 'boolean'; required: boolean; maxLength?: number; enum?: string[] }

const FILE = join(root, 'services/gateway/openapi.json')
export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const
export const COMMAND_PATH = '/api/v1/cases/{case}/'

export const load = (): Document => JSON.parse(readFileSync(FILE, 'utf8')) as Document
export const tables = (): Tables => JSON.parse(execFileSync(join(bin, 'gateway'), ['--routes'], { encoding: 'utf8' })) as Tables
export const isCommand = (operation: Operation): boolean => operation.tags[0] === 'commands'

export function deref<T extends object>(doc: Document, of: T | Ref): T {
  if (!('$ref' in of)) return of
  return of.$ref.split('/').slice(1).reduce((at: any, key) => at[key], doc) as T
}

// --- the part that the tables know: commands and problems ---

const propertyOf = ({ type, required, maxLength, enum: words }: Field, written: Schema = {}): Schema => ({
  ...(written['description'] ? { description: written['description'] } : {}),
  type: required ? type : [type, 'null'],
  ...(maxLength === undefined ? {} : { maxLength }),
  ...(words === undefined ? {} : { enum: required ? words : [...words, null] })
})

const VERSION: Field = { name: 'version', type: 'integer', required: false }
const VERSION_WRITTEN = { description: 'the version you saw; required unless If-Match names it' }
/** Lists are read by the commands themselves: the tables do not know them. */
const listsOf = (given: Record<string, Schema>): Record<string, Schema> => Object.fromEntries(Object.entries(given).filter(([, { type }]) => [type].flat().includes('array')))
const AFTERWARDS = [
  '400:BadRequest', '401:Unauthenticated', '403:Forbidden', '404:NotFound', '406:NotAcceptable', '409:Conflict', '412:PreconditionFailed', '413:TooLarge', '415:MediaType',
  '422:Invalid', '503:Unavailable'
]

/** A second case, named as a path names one. */
const OTHER: Schema = { type: ['integer', 'string'], minimum: 1, minLength: 1, maxLength: 63 }

function commandOf({ name, fields, other }: Tables['commands'][number], written: Operation | undefined): Operation {
  const given: Record<string, Schema> = { ...written?.requestBody?.content['application/json']?.schema['properties'], version: VERSION_WRITTEN }
  const all = [VERSION, ...fields]
  return {
    operationId: name,
    tags: ['commands'],
    summary: written?.summary ?? name.replaceAll('_', ' '),
    ...(written?.description ? { description: written.description } : {}),
    parameters: ['Case', 'Csrf', 'IfMatch', 'IdempotencyKey'].map((name) => ({ $ref: `#/components/parameters/${name}` })),
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            properties: {
              ...Object.fromEntries(all.map((field) => [field.name, propertyOf(field, given[field.name])])),
              ...(other === null ? {} : { [other]: { ...(given[other]?.['description'] ? { description: given[other]['description'] } : {}), ...OTHER } }),
              ...listsOf(given)
            },
            required: [...fields.filter(({ required }) => required).map((field) => field.name), ...(other === null ? [] : [other])]
          }
        }
      }
    },
    responses: Object.fromEntries(['200:CommandDone', ...AFTERWARDS].map((line) => {
      const [status, response] = line.split(':') as [string, string]
      return [status, { $ref: `#/components/responses/${response}` }]
    }))
  }
}

/** The document as the tables want it: words stay, commands and problem codes follow. */
export function fresh(doc: Document, { commands, problems }: Tables): Document {
  const paths = Object.entries(doc.paths).filter(([, item]) => !Object.values(item).some(isCommand))
  const made = commands.map((command) => {
    const path = COMMAND_PATH + command.name
    return [path, { post: commandOf(command, doc.paths[path]?.['post']) }] as const
  })
  const problem = doc.components.schemas['Problem'] as Schema
  const sparse = structuredClone(doc.components.schemas['CasePageSparse']) as Schema
  sparse['properties'].items.items.maxProperties = Object.keys(doc.components.schemas['Case']?.['properties']).length - 1
  const code = { ...problem['properties'].code, enum: problems.map((p) => p.code) }
  return {
    ...doc,
    paths: Object.fromEntries([...paths, ...made].sort(([a], [b]) => (a < b ? -1 : 1))),
    components: { ...doc.components, schemas: { ...doc.components.schemas, CasePageSparse: sparse, Problem: { ...problem, properties: { ...problem['properties'], code } } } }
  }
}

const WIDTH = 160

/** JSON of which each value that fits stands on one line. */
export function format(value: Json, indent = '', room = WIDTH): string {
  const short = oneLine(value)
  if (short.length <= room || value === null || typeof value !== 'object') return short
  const deeper = `${indent}  `
  if (Array.isArray(value)) return `[\n${value.map((v) => deeper + format(v, deeper, WIDTH - deeper.length)).join(',\n')}\n${indent}]`
  const members = Object.entries(value).map(([k, v]) => {
    const key = `${deeper}${JSON.stringify(k)}: `
    return key + format(v, deeper, WIDTH - key.length)
  })
  return `{\n${members.join(',\n')}\n${indent}}`
}

function oneLine(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`
  const members = Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}: ${oneLine(v)}`)
  return members.length > 0 ? `{ ${members.join(', ')} }` : '{}'
}

export const textOf = (doc: Document): string => `${format(doc as unknown as Json)}\n`
export const isStale = (doc: Document): boolean => readFileSync(FILE, 'utf8') !== textOf(doc)
export const save = (doc: Document): void => writeFileSync(FILE, textOf(doc))

// --- the judge ---

/** Answers may grow, so the document leaves objects open; a test that watches over it must not. */
function closed(schema: any): any {
  if (Array.isArray(schema)) return schema.map(closed)
  if (schema === null || typeof schema !== 'object') return schema
  const out = Object.fromEntries(Object.entries(schema).map(([k, v]) => [k, closed(v)]))
  return out['properties'] !== undefined && out['type'] === 'object' && out['additionalProperties'] === undefined ? { ...out, additionalProperties: false } : out
}

const inAjv = (schema: Schema): Schema => JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"api#/$defs/')) as Schema

export interface Found { path: string; method: string; operation: Operation }

/** Knows which operation a request is, and what may be answered to it. */
export class Judge {
  readonly doc: Document
  /** Statuses seen so far, by operation. */
  readonly seen = new Map<string, Set<number>>()
  readonly #ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictTypes: false, strictRequired: false, allErrors: false })
  readonly #validators = new Map<string, ValidateFunction>()
  readonly #patterns: { pattern: RegExp; path: string }[]

  constructor(doc: Document = load()) {
    this.doc = doc
    ;(formats as unknown as (ajv: Ajv2020) => void)(this.#ajv)
    this.#ajv.addSchema(inAjv({ $id: 'api', $defs: closed(doc.components.schemas) }))
    // What is written out wins over what stands for anything.
    this.#patterns = Object.keys(doc.paths)
      .sort((a, b) => a.split('{').length - b.split('{').length || b.length - a.length)
      .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/[.]/g, '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`) }))
  }

  find(method: string, url: string): Found | undefined {
    const path = this.#patterns.find(({ pattern }) => pattern.test(url.replace(/\?.*/s, '')))?.path
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase()
    const operation = path === undefined ? undefined : this.doc.paths[path]?.[verb]
    return path === undefined || operation === undefined ? undefined : { path, method: verb, operation }
  }

  /** What is wrong with an answer; undefined: nothing. */
  fault(method: string, url: string, status: number, contentType: string, body: unknown): string | undefined {
    const what = `${method} ${url.replace(/\?.*/s, '')} -> ${status}`
    const found = this.find(method, url)
    if (found === undefined) {
      // Only the API is described, and what it does not have it says so.
      if (!url.startsWith('/api/')) return undefined
      return status >= 400 && status < 500 ? this.#mismatch(what, 'Problem', { $ref: '#/components/schemas/Problem' }, contentType, body) : `${what}: openapi.json knows no such operation`
    }
    const { operationId, responses } = found.operation
    this.seen.set(operationId, (this.seen.get(operationId) ?? new Set()).add(status))
    const documented = responses[String(status)]
    if (documented === undefined) return `${what}: openapi.json has no such status for ${operationId}`
    const { content } = deref(this.doc, documented)
    const type = contentType.replace(/;.*/, '')
    if (method === 'HEAD' || (content === undefined && !body)) return undefined
    if (content?.[type] === undefined) return `${what}: openapi.json has no ${type || 'body'} for ${operationId}`
    return /json$/.test(type) ? this.#mismatch(what, `${operationId} ${status}`, closed(content[type].schema), type, body) : undefined
  }

  /** Whether a value is what the schema of a request wants. */
  accepts(schema: Schema, value: unknown): boolean {
    const key = JSON.stringify(schema)
    const validate = this.#validators.get(key) ?? this.#ajv.compile(inAjv(schema))
    this.#validators.set(key, validate)
    return validate(value) as boolean
  }

  #mismatch(what: string, key: string, schema: Schema, type: string, body: unknown): string | undefined {
    if (key === 'Problem' && !type.startsWith('application/problem+json')) return `${what}: not a problem but ${type}`
    let validate = this.#validators.get(key)
    if (validate === undefined) {
      validate = this.#ajv.compile(inAjv(schema))
      this.#validators.set(key, validate)
    }
    if (validate(body)) return undefined
    const [error] = validate.errors ?? []
    const extra = error?.params['additionalProperty'] ? ` "${error.params['additionalProperty']}"` : ''
    return `${what}: ${error?.instancePath || '/'} ${error?.message}${extra}, says openapi.json (${error?.schemaPath})`
  }
}

/** One for all tests of a process. */
export const judge = new Judge()
