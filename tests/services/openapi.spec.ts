/** The description of the API: complete, and true of a gateway under thousands of generated requests. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { random, type Random } from '../contract/samples.ts'
import { Api } from '../lib/api.ts'
import { deref, fresh, isCommand, isStale, judge, METHODS, tables, type Operation, type Parameter, type Schema } from '../lib/openapi.ts'
import { bin } from '../lib/paths.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'

const { doc } = judge
const operations = Object.entries(doc.paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method, operation })))

test.describe('the document', () => {
  test('has exactly the operations of the gateway', () => {
    const { routes, commands } = tables()
    const wanted = routes.flatMap(({ method, path }) =>
      path === '/api/v1/cases/{}/{}' ? commands.map(({ name }) => `${method} /api/v1/cases/{}/${name}`) : [`${method} ${path}`])
    const has = operations.map(({ path, method }) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`)
    expect(has.sort()).toEqual(wanted.sort())
  })

  test('says of each command and problem what the tables say (node tests/openapi.ts brings it up to date)', () => {
    const wanted = fresh(doc, tables())
    expect(doc).toEqual(wanted)
    expect(isStale(wanted)).toBe(false)
  })

  test('says of each operation whether a session is needed, and which of its answers are refusals', () => {
    for (const { method, path, signed_in, refuses, body } of tables().routes) {
      for (const { operation } of operations.filter((o) => o.method === method.toLowerCase() && o.path.replaceAll(/\{\w+\}/g, '{}') === path)) {
        const has = (status: number) => operation.responses[status] !== undefined
        expect([operation.operationId, operation.security === undefined, has(503)]).toEqual([operation.operationId, signed_in, true])
        if (signed_in) expect([operation.operationId, has(401)]).toEqual([operation.operationId, true])
        if (refuses || (signed_in && method !== 'GET')) expect([operation.operationId, has(403)]).toEqual([operation.operationId, true])
        if (body) expect([operation.operationId, ...[400, 413, 415, 422].map(has)]).toEqual([operation.operationId, true, true, true, true])
        if ((operation.responses[200] as { content?: Record<string, unknown> } | undefined)?.content?.['application/json'] && method === 'GET') expect([operation.operationId, has(304)]).toEqual([operation.operationId, true])
      }
    }
  })

  test('names each operation once, and everything it refers to is there', () => {
    const names = operations.map(({ operation }) => operation.operationId)
    expect(new Set(names).size).toBe(names.length)
    for (const [, ref] of JSON.stringify(doc).matchAll(/"\$ref":"([^"]+)"/g)) expect([ref, deref(doc, { $ref: ref as string })]).toEqual([ref, expect.any(Object)])
    for (const { path, operation } of operations) {
      const named = (operation.parameters ?? []).map((p) => deref(doc, p)).filter((p) => p.in === 'path').map((p) => `{${p.name}}`)
      expect([path, named.sort()]).toEqual([path, [...path.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort()])
    }
    for (const { method } of operations) expect(METHODS).toContain(method)
  })
})

// --- a client that does all it may, and much that it may not ---

/** Tried by tests of their own. */
const ELSEWHERE = ['signIn', 'signOut', 'changePassword', 'beginFactor', 'confirmFactor', 'removeFactor', 'endSession', 'endSessions', 'endAccountSessions', 'changeAccount', 'oidcStart', 'oidcCallback']
/** Tried here too, but they need something that is there and one's own: tests of their own reach them. */
const BY_LUCK = ['readAttachment', 'readLetter', 'removeWebhook', 'enableWebhook', 'rotateWebhook', 'listDeliveries', 'replayDelivery']
const SEED = Number(process.env['QL_SEED'] ?? 20261128)
const LANES = 4
const REQUESTS = 1000 // of each lane

const ENTERPRISES = ['rongtai', 'jinqiao'] as const
const MARK: Record<string, string> = { rongtai: '荣泰暗号', jinqiao: '金桥暗号' } // in every word of that enterprise's cases

interface Person { login: string; api: Api; scope: number }
interface Known { id: number; number: string; version: number; of: string; scopes: Set<number> }

const known: Known[] = []
const people: Person[] = []
const officers: number[] = []

const river = useStack({ services: ['relay', 'intake', 'dispatch', 'gateway'], env: { gateway: { QL_GATEWAY_CANARY: '0' } } }, async ({ db }) => {
  officers.push(await seed.coordinator(db, { name: '林晓', unit: '2222', capacity: 200 }), await seed.coordinator(db, { name: '周敏', unit: '2248', capacity: 200 }))
  for (const [i, login] of ENTERPRISES.entries()) {
    const { id } = await seed.enterprise(db, { name: `${MARK[login]}有限公司`, home: i === 0 ? '2222' : '2248', named: officers[i] as number, uscc: seed.uscc(77_000_000 + i) })
    await seed.user(db, { login, role: 'enterprise', enterprise: id })
  }
  for (const [login, unit] of [['wall', '0000'], ['shanghai', '2200'], ['beijing', '0100']] as const) await seed.user(db, { login, role: 'supervisor', unit })
  await seed.noSecondFactor(db)
  await seed.user(db, { login: 'guard', role: 'security', unit: '0000' })
  for (const [i, login] of ['lin', 'zhou'].entries()) await seed.user(db, { login, role: 'coordinator', unit: i === 0 ? '2222' : '2248', coordinator: officers[i] as number })
})

async function openCases(): Promise<void> {
  for (const [i, login] of ENTERPRISES.entries()) {
    for (let n = 0; n < 5; n++) {
      const subject = `${MARK[login]} ${n}`
      await river().kafka.event('enterprise.enquiries', {
        type: 'qingling.enquiry.received.v1', key: login,
        data: { uscc: seed.uscc(77_000_000 + i), channel: 'portal', channel_user: `${login}${n}`, subject, text: `${subject}：何时放行？`, occurred_at: new Date().toISOString(),
          references: [{ type: 'bill', value: `BL${login}${n}` }] }
      })
    }
  }
  await waitUntil(async () => (await river().db.count(`select count(*)::int from ql.cases where state = 'assigned'`)) === 10, { what: 'ten assigned cases' })
  for (const row of await river().db.rows<Known>(
    `select c.id, c.number, c.version, e.name as of, array_agg(a.scope) as scopes from ql.cases c join ql.enterprises e on e.id = c.principal_id
       join ql.case_access a on a.case_id = c.id group by c.id, e.name order by c.id`)) known.push({ ...row, scopes: new Set([...row.scopes].map(Number)) })
}

async function signAllIn(): Promise<void> {
  for (const login of ['wall', 'shanghai', 'beijing', 'lin', 'zhou', 'guard', ...ENTERPRISES]) {
    const scope = await river().db.value<number>(`select coalesce(-enterprise_id, unit_id)::int from ql.users where login = $1`, login)
    people.push({ login, api: await river().visitor().signIn(login, seed.PASSWORD), scope })
  }
  people.push({ login: 'nobody', api: river().visitor(), scope: 0 })
}

const WORDS = ['public', 'parties', 'unit', 'sealed', 'solved', 'explained', 'referred', 'withdrawn', '2222', '2248', '2200', 'reached', 'no_answer', 'urgent', 'normal', '已放行', '请补单证']
// A NUL in a path or an argument never comes to us: libwebsockets hangs up.
const NASTY_ARGS = [' ', '\u202e清零', "';drop table ql.cases;--", '<script>alert(1)</script>', '=1+1', '👍'.repeat(20), '../..', '-1', 'null', 'true', '1e9', '９']
const NASTY = [...NASTY_ARGS, '', '\u0000', 'x'.repeat(9000), '\ud800']
const OTHERS: unknown[] = [null, true, 0, -1, 1.5, 1e300, '', 'x', [], {}, [[]], { x: 1 }, Number.MAX_SAFE_INTEGER]

function valueOf(r: Random, name: string, schema: Schema, of: Known | undefined): unknown {
  const types = [schema['type']].flat()
  if (types.includes('null') && r.chance(0.25)) return null
  if (schema['enum']) return r.pick(schema['enum'])
  if (name === 'action') return r.pick(operations.filter(({ operation }) => isCommand(operation))).operation.operationId
  if (name === 'case') return of ? r.pick<unknown>([of.id, of.number]) : r.below(9)
  if (name === 'version') return r.chance(0.8) ? (of?.version ?? 1) : r.below(9)
  if (types.includes('boolean')) return r.chance(0.5)
  if (types.includes('integer')) return r.chance(0.6) ? r.pick(officers) : Number(schema['minimum'] ?? 0) + r.below(50)
  if (types.includes('array')) return Array.from({ length: r.below(4) }, () => valueOf(r, name, schema['items'] ?? {}, of))
  if (types.includes('object')) return objectOf(r, schema, of)
  if (name === 'into' || name === 'to' && types.includes('integer') || name === 'merged') return r.chance(0.8) ? r.pick([...known]).id : 0
  if (name === 'url') return r.pick(['https://hooks.example.com/a', 'https://hooks.example.com/b', 'ftp://x', 'https://127.0.0.1/'])
  if (name === 'policy') return 'coordination'
  if (schema['format'] === 'date-time') return r.pick(['2026-11-30T01:02:03Z', '2027-01-04T09:00:00+08:00', '2030-02-28T23:59:59.999999Z'])
  return r.chance(0.9) ? r.pick(WORDS) : '好'.repeat(Math.min(schema['maxLength'] ?? 20, 1 + r.below(60)))
}

function objectOf(r: Random, schema: Schema, of: Known | undefined): Record<string, unknown> {
  const required: string[] = schema['required'] ?? []
  const bare = r.chance(0.15)
  return Object.fromEntries(Object.entries((schema['properties'] ?? {}) as Record<string, Schema>)
    .filter(([name]) => required.includes(name) || name === 'version' || (!bare && r.chance(0.7)))
    .map(([name, member]) => [name, valueOf(r, name, member['$ref'] ? deref(doc, member as { $ref: string }) : member, of)]))
}

/** Something taken out, put in, or of another kind. */
function spoil(r: Random, body: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(body)
  const name = names.length > 0 ? r.pick(names) : 'x'
  const { [name]: _, ...without } = body
  return r.pick([without, { ...body, [name]: r.pick(OTHERS) }, { ...body, [name]: r.pick(NASTY) }, { ...body, extra: r.pick(OTHERS) }])
}

const BROKEN = ['', '{', 'null', '[]', '"x"', '{"version":1,"version":2}', '[[[[[[', '{"version":1e999}', '\ufeff{}', '{"text":"\\ud800"}', '{"a\\u0000b":1}']

function queryOf(r: Random, parameters: Parameter[]): { query: string; good: boolean } {
  const args: string[] = []
  let good = true
  for (const { name, schema } of parameters.filter((p) => p.in === 'query' && r.chance(0.25))) {
    const spoilt = r.chance(0.2)
    const value = spoilt ? r.pick(NASTY_ARGS) : String(name === 'unit' ? r.pick(['2222', '2200']) : name === 'state' ? 'assigned,working' : valueOf(r, name, schema, undefined))
    const read: unknown = schema['type'] === 'integer' && /^[0-9]{1,15}$/.test(value) ? Number(value) : value
    good &&= judge.accepts(schema, read)
    args.push(`${name}=${encodeURIComponent(value)}`)
  }
  return { query: args.length > 0 ? `?${args.join('&')}` : '', good }
}

const PDF = '%PDF-1.4\n1 0 obj <<>> endobj\nstartxref\n0\n%%EOF\n'

interface Request { what: string; method: string; url: string; body: unknown; headers: Record<string, string>; of: Known | undefined; one: boolean; good: boolean }

function requestOf(r: Random, { path, method, operation }: { path: string; method: string; operation: Operation }): Request {
  const parameters = (operation.parameters ?? []).map((p) => deref(doc, p))
  const of = r.chance(0.9) ? r.pick(known) : undefined
  const place = (name: string): string => {
    if (name === 'clock') return r.pick(['1', '2', '3', 'first_response', 'resolution', 'x'])
    if (name === 'webhook' || name === 'delivery') return String(1 + r.below(12))
    if (name === 'party') return String(1 + r.below(4))
    if (name === 'attachment') return String(1 + r.below(30))
    if (name !== 'case') return r.chance(0.8) ? String(r.pick(officers)) : encodeURIComponent(r.pick(NASTY_ARGS))
    if (of) return r.chance(0.5) ? String(of.id) : r.chance(0.5) ? of.number : of.number.replaceAll('-', '')
    return r.pick(['0', '1', '999999999999999', '9'.repeat(40), '261128-00001-0', 'x', '%F0%9F%91%8D', encodeURIComponent("' or 1=1")])
  }
  const { query, good } = queryOf(r, parameters)
  const schema = operation.requestBody?.content['application/json']?.schema
  const headers: Record<string, string> = {}
  if (r.chance(0.02)) headers['origin'] = 'https://evil.example'
  if (r.chance(0.02)) headers['x-csrf-token'] = '0'.repeat(64)
  if (r.chance(0.05)) headers['if-none-match'] = r.pick(['*', '"x"', 'W/"1"', '"', ',,,'])
  if (method === 'post' && r.chance(0.1)) headers['idempotency-key'] = r.chance(0.9) ? `"key-${r.below(40)}"` : r.pick(['', '""', ' ', 'a b', 'x'.repeat(71)])
  if (r.chance(0.03)) headers['accept'] = r.pick(['text/html', 'application/*', '*/*;q=0', 'application/json;q=0, */*', ';;,'])
  let body: unknown
  if (schema) {
    if (r.chance(0.03)) headers['content-type'] = r.pick(['text/plain', 'application/json; charset=utf-8', 'application/jsonx', 'multipart/form-data'])
    body = objectOf(r, schema, of)
    if (of && r.chance(0.15)) {
      delete (body as Record<string, unknown>)['version']
      headers['if-match'] = r.pick([`"${of.version}"`, `"${of.version}-0123456789abcdef"`, '"1", "2"', '*', 'W/"1"', 'x'.repeat(80)])
    }
    if (r.chance(0.3)) body = spoil(r, body as Record<string, unknown>)
    if (r.chance(0.05)) body = r.pick(BROKEN)
  }
  if (operation.requestBody?.content['application/octet-stream']) body = r.pick([PDF, PDF, PDF, `${PDF}<script>`, PDF.replace('<<>>', '<</JS 1>>'), 'x', ''])
  return { what: operation.operationId, method: method === 'get' && r.chance(0.05) ? 'HEAD' : method.toUpperCase(), url: path.replaceAll(/\{(\w+)\}/g, (_, name) => place(name)) + query,
    body, headers, of, one: path.includes('{case}'), good: good && !(operation.requestBody && schema === undefined && body !== PDF) && (schema === undefined || (typeof body === 'object' && judge.accepts(schema, body))) }
}

/** Whether a case is in the scope of a person; whom it was given to meanwhile sees it too. */
async function mayKnow(person: Person, of: Known): Promise<boolean> {
  if (!of.scopes.has(person.scope)) {
    for (const { scope } of await river().db.rows<{ scope: number }>(`select scope from ql.case_access where case_id = $1`, of.id)) of.scopes.add(scope)
  }
  return of.scopes.has(person.scope)
}

/** What a person must never be told: the other enterprise's words, or any case that is not in the own scope. */
async function leak(person: Person, request: Request, status: number, text: string): Promise<string | undefined> {
  if (request.of && request.one && status < 400 && !(await mayKnow(person, request.of))) return `${status} on a case of somebody else`
  for (const of of known) if (text.includes(of.number) && !(await mayKnow(person, of))) return `tells of ${of.number}`
  const other = ENTERPRISES.find((login) => ENTERPRISES.includes(person.login as never) && login !== person.login && text.includes(MARK[login] as string))
  return other && `tells words of ${other}`
}

async function lane(n: number, faults: string[], count: Map<string, number>): Promise<void> {
  const r = random(SEED + n)
  const targets = operations.filter(({ operation }) => !ELSEWHERE.includes(operation.operationId))
  for (let i = 0; i < REQUESTS; i++) {
    const target = r.chance(0.3) ? r.pick(targets) : r.pick(targets.filter(({ operation }) => isCommand(operation) === r.chance(0.7)))
    const request = requestOf(r, target)
    const person = r.chance(0.05) ? (people.at(-1) as Person) : r.pick(people)
    const shown = () => `lane ${n}, request ${i}: ${person.login} ${request.method} ${request.url} ${JSON.stringify(request.body)?.slice(0, 300) ?? ''}`
    try {
      const { status, body } = await person.api.request(request.method, request.url, request.body, request.headers)
      const fault = await leak(person, request, status, JSON.stringify(body))
      if (fault) faults.push(`${shown()}: ${fault}`)
      if (status >= 500) faults.push(`${shown()}: ${status}`)
      if (!request.good && status < 300) faults.push(`${shown()}: ${status}, though openapi.json forbids the request`)
      if (status < 300) count.set(request.what, (count.get(request.what) ?? 0) + 1)
      const version = body?.case?.version ?? body?.current?.version
      if (request.of && Number.isInteger(version)) request.of.version = Math.max(request.of.version, version)
    } catch (error) {
      faults.push(`${shown()}: ${String(error)}`)
    }
    if (faults.length > 5) return
  }
}

test('thousands of generated requests: nothing breaks, nothing leaks, nothing is answered that is not described', async () => {
  test.setTimeout(180_000)
  await openCases()
  await signAllIn()
  const faults: string[] = []
  const count = new Map<string, number>()
  await Promise.all(Array.from({ length: LANES }, (_, n) => lane(n, faults, count)))
  expect(faults).toEqual([])
  // Each operation was really reached, not only refused at the door.
  for (const { method, operation } of operations.filter((o) => ![...ELSEWHERE, ...BY_LUCK].includes(o.operation.operationId))) {
    const statuses = [...(judge.seen.get(operation.operationId) ?? [])].filter((status) => ![400, 401, 403, 404].includes(status))
    expect([operation.operationId, statuses.length > 0]).toEqual([operation.operationId, true])
    if (method === 'get') expect([operation.operationId, count.has(operation.operationId)]).toEqual([operation.operationId, true])
  }
  // What the storm left behind is sound: chains hold, and load is what is held.
  const verify = spawnSync(join(bin, 'qlctl'), ['verify'], { env: { ...process.env, QL_PG_DSN: river().dsn('ql_operator') }, encoding: 'utf8' })
  expect(verify.stdout).toMatch(/ 0 faults/)
  expect(await river().db.rows(
    `select k.id from ql.coordinators k where k.open_weight <>
       (select coalesce(sum(c.weight), 0) from ql.cases c where c.coordinator_id = k.id and c.state in ('assigned', 'working', 'waiting_enterprise'))
       + (select coalesce(sum(p.weight), 0) from ql.case_parties p where p.coordinator_id = k.id and not p.is_lead and p.state in ('invited', 'working'))`)).toEqual([])
})

test('signing in and out', async () => {
  const visitor = river().visitor()
  for (const body of [{}, { login: 'lin' }, { login: 'lin', password: '' }, { login: 1, password: [] }, { login: 'x'.repeat(65), password: 'x' }]) {
    expect((await visitor.post('/api/v1/session', body)).status).toBeGreaterThanOrEqual(400)
  }
  await visitor.signIn('lin', seed.PASSWORD)
  expect((await visitor.request('DELETE', '/api/v1/session', undefined, { 'x-csrf-token': '' })).status).toBe(403)
  expect((await visitor.delete('/api/v1/session')).status).toBe(204)
  expect((await visitor.delete('/api/v1/session')).status).toBe(401)
})

test('the gateway gives the document to whoever asks, once', async () => {
  const visitor = river().visitor()
  const first = await visitor.get('/api/v1/openapi.json')
  expect(first.body).toEqual(doc)
  expect((await visitor.get('/api/v1/openapi.json', { 'if-none-match': first.headers.get('etag') ?? '' })).status).toBe(304)
})
