/** Nothing on a hot path reads a table whole or sorts it: plans of every statement, as the role that runs it, on tens of thousands of cases. */
import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { fill } from '../bench/fill.ts'
import { Api } from '../lib/api.ts'
import type { Db } from '../lib/pg.ts'
import { bin, root } from '../lib/paths.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { queries, type Query } from './queries.ts'

const run = promisify(execFile)
const CASES = 20_000

/** Tables that grow with what happens; the others are reference data and people. */
const LARGE = /^(cases|case_\w+|entries|entry_readers|messages|journal|clocks|clock_(segments|fires|ledger)|inbox|talk|calls|notices|watches|search_terms\w*|enterprises|sessions|count_changes|meetings|tasks|visits|mails|notices_out|webhook_deliveries)$/

/** Indexes of only what waits for somebody, which is walked through whole. */
const SHORT = ['case_parties_waiting', 'clock_ledger_asked', 'webhook_deliveries_sending', 'mails_held']

interface Node { 'Node Type': string; 'Relation Name'?: string; 'Index Cond'?: string; 'Recheck Cond'?: string; 'Index Name'?: string; Plans?: Node[] }

/** What is wrong with a plan, in words. A walk along an index without a condition is right only where a limit ends it. */
function faults(node: Node, limited = false): string[] {
  const type = node['Node Type']
  const on = node['Relation Name'] ?? ''
  const mine: string[] = []
  if (LARGE.test(on) && type === 'Seq Scan') mine.push(`reads all of ${on}`)
  if (LARGE.test(on) && /^Index (Only )?Scan$/.test(type) && node['Index Cond'] === undefined && !limited && !SHORT.includes(node['Index Name'] ?? '')) mine.push(`walks through all of ${node['Index Name']}`)
  const passes = type === 'Limit' || (limited && !/Sort|Aggregate|Hash|Materialize/.test(type))
  return [...mine, ...(node.Plans ?? []).flatMap((child) => faults(child, passes))]
}

/** Rows in the tables that the cases do not fill: what stands in them is not asked, only how many there are. */
async function crowd(db: Db): Promise<void> {
  await db.session(async (client) => {
    await client.query('set session_replication_role = replica')
    const columns = (await client.query(
      `select c.table_name as table, json_object_agg(c.column_name, c.data_type) as columns from information_schema.columns c
         join pg_class k on k.relname = c.table_name and k.relnamespace = 'ql'::regnamespace
        where c.table_schema = 'ql' and c.is_nullable = 'NO' and c.is_identity = 'NO' and c.column_default is null and c.is_generated = 'NEVER' and c.table_name = any ($1) group by 1`,
      [['inbox', 'calls', 'notices', 'watches', 'messages', 'entry_readers', 'count_changes', 'talk', 'clock_fires', 'clock_ledger', 'case_proposals', 'case_followers', 'case_holds', 'meetings', 'tasks', 'visits', 'mails', 'notices_out', 'webhook_deliveries']])).rows
    for (const { table, columns: wanted } of columns) {
      const checks = (await client.query(`select conname from pg_constraint where contype = 'c' and conrelid = $1::regclass`, [`ql.${table}`])).rows
      for (const { conname } of checks) await client.query(`alter table ql.${table} drop constraint ${conname}`)
      const value = (type: string) => (/^time/.test(type) ? 'now()' : /json/.test(type) ? `'{}'` : /bytea/.test(type) ? 'sha256(i::text::bytea)' : /int/.test(type) ? 'i % 30000' : /bool/.test(type) ? 'true' : 'i::text')
      const names = Object.keys(wanted)
      await client.query(`insert into ql.${table} (${names.join(', ')}) select ${names.map((name) => value(wanted[name])).join(', ')} from generate_series(1, 20000) i`)
    }
  })
}

const ids = { few: 0, many: 0 }
const river = useStack({ services: ['gateway'], template: 'demo', env: { gateway: { QL_GATEWAY_CANARY: '0', QL_GATEWAY_WORKERS: '1' } } }, async ({ db, database }) => {
  await fill(db, CASES)
  await run(join(bin, 'qlctl'), ['reindex', '--reindex.batch=1000'], { cwd: root, env: { ...process.env, QL_PG_DSN: db.dsn } })
  await crowd(db)
  await db.run('vacuum analyze')
  const [many, few] = await db.rows<{ id: number }>('select principal_id as id from ql.cases group by 1 order by count(*) desc, 1 limit 2')
  Object.assign(ids, { many: many?.id, few: few?.id })
  for (const [login, unit] of [['root', '0000'], ['district', '2200']] as const) await seed.user(db, { login, role: 'supervisor', unit })
  await seed.user(db, { login: 'many', role: 'enterprise', enterprise: ids.many })
  await db.run(`alter role ql_gateway in database ${database} set log_statement = 'all'`)
})

/** What the code of a folder runs as. */
const ROLES: [where: RegExp, roles: string[]][] = [
  [/^services\/casebook\/reindex_store/, []],
  [/^services\/casebook\//, ['ql_intake', 'ql_gateway']],
  [/^services\/(intake|dispatch|clock|relay|gateway|notify)\//, []]
]
function rolesOf({ file }: Query): string[] {
  const [where, roles] = ROLES.find(([pattern]) => pattern.test(file)) ?? []
  return roles?.length === 0 && !file.includes('reindex') ? [`ql_${where?.exec(file)?.[1]}`] : (roles ?? [])
}

test('no statement of a service reads a large table whole or sorts it', async () => {
  test.setTimeout(120_000)
  const found: string[] = []
  const all = (await queries()).filter(({ text }) => /^(select|insert|update|delete|with)\b/.test(text))
  let seen = 0
  for (const role of ['ql_intake', 'ql_dispatch', 'ql_clock', 'ql_relay', 'ql_gateway', 'ql_notify']) {
    const client = new Client({ connectionString: river().dsn(role) })
    await client.connect()
    const names = new Map((await client.query('select oid::int4 as oid, oid::regtype::text as name from pg_type')).rows.map(({ oid, name }) => [oid, name]))
    await client.query(`set search_path = pg_catalog; set plan_cache_mode = force_generic_plan`)
    for (const query of all.filter((q) => rolesOf(q).includes(role))) {
      const list = (of: string[]) => (of.length > 0 ? `(${of.join(', ')})` : '')
      try {
        await client.query(`prepare "${query.name}" ${list(query.types.map((oid) => names.get(oid)))} as ${query.text}`)
        const [{ 'QUERY PLAN': [{ Plan }] }] = (await client.query(`explain (format json) execute "${query.name}" ${list(query.types.map(() => 'null'))}`)).rows
        found.push(...faults(Plan).map((what) => `${role} ${query.name}: ${what}`))
        seen++
      } catch (error) {
        if (!/permission denied/.test((error as Error).message)) throw error // what a role never runs; statements.spec.ts has the list
      }
    }
    await client.end()
  }
  expect([...new Set(found)]).toEqual([])
  expect(seen).toBeGreaterThan(100)
})

/** Plans of everything inside, functions and triggers included: the server tells as it runs them. */
async function plansOf(role: string, before: string[], texts: string[]): Promise<{ text: string; plan: Node }[]> {
  const client = new Client({ connectionString: river().db.dsn })
  const plans: { text: string; plan: Node }[] = []
  await client.connect()
  client.on('notice', ({ message }) => {
    const json = /plan:\s*(\{[\s\S]*\})/.exec(message ?? '')?.[1]
    if (!json) return
    const { 'Query Text': text, Plan } = JSON.parse(json)
    plans.push({ text, plan: Plan })
  })
  try {
    await client.query(`load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on; set auto_explain.log_format = json; set auto_explain.log_level = notice`)
    await client.query(`set session authorization ${role}; set enable_hashjoin = off; set enable_mergejoin = off; begin`)
    for (const text of [...before, ...texts]) await client.query(text)
    await client.query('rollback')
  } finally {
    await client.end()
  }
  return plans
}

const faultsOf = (plans: { text: string; plan: Node }[]): string[] => plans.flatMap(({ text, plan }) => faults(plan).map((what) => `${what}: ${text.trim().slice(0, 120)}`))

for (const [who, scope, role, unit] of [['root', 1, 'supervisor', 1], ['a district', 0, 'supervisor', 0], ['an enterprise', -1, 'enterprise', 0]] as const) {
  test(`a search of ${who} looks through its index alone`, async () => {
    const district = await river().db.value<number>(`select id from ql.units where code = '2200'`)
    const me = scope === 1 ? await river().db.value<number>(`select id from ql.units where code = '0000'`) : scope === 0 ? district : -ids.many
    const enter = `select set_config('ql.scopes', '{${me}}', true), set_config('ql.role', '${role}', true), set_config('ql.unit_id', '${unit ? me : scope === 0 ? district : ''}', true), set_config('ql.enterprise_id', '${scope < 0 ? ids.many : ''}', true)`
    const ask = (queries: string[], more = 'null, null, null, null, 0, 0, 0, false, 5, false, 0, 50') => `select count(*) as n from ql.search(array[${queries.map((q) => `'${q.replaceAll("'", "''")}'`).join(', ')}], ${more})`
    const plans = await plansOf('ql_gateway', [enter], [
      ask(['', '', "'^放行'", "'放行' | '^放行'"]), ask(["'=csqu0000001'", "'=csqu00':*", "'=csqu0000001'", "'csqu0000001'"]), ask(['', '', '', "'放行' & '不了'"]),
      ask(['', '', "'^放行'", "'放行' | '^放行'"], `false, '{closed}', 'tax_relief', 'urgent', 0, 0, 0, false, 2, false, 261101000000000, 50`)
    ])
    expect(plans.filter(({ text }) => text.includes('search_terms')).length).toBeGreaterThan(8)
    expect(faultsOf(plans)).toEqual([])
  })
}

test('keeping index and counts up goes by indexes alone', async () => {
  const [one, other] = (await river().db.rows<{ id: number }>('select id from ql.cases where open order by id desc limit 2')).map(({ id }) => id) as [number, number]
  const notes = JSON.stringify([{ case_id: one, who: 'all', reader: 0, terms: '=new77' }, { case_id: one, who: 'staff', reader: 0, terms: '备注' }, { case_id: other, who: 'unit', reader: 7, terms: '备注' }])
  const plans = await plansOf('ql_clock', [], [
    `select ql.search_add('${notes}')`, `select ql.search_move('[{"case_id":${one},"open":false}]')`,
    `update ql.cases set state = 'closed', sort_at = now() where id = ${one}`, `insert into ql.case_access (scope, case_id, open, sort_at) select 99, ${other}, true, now()`
  ])
  expect(plans.filter(({ text }) => text.includes('count_changes')).length).toBeGreaterThan(1)
  expect(faultsOf(plans)).toEqual([])
})

test.describe('statements for a request', () => {
  const people = new Map<string, Api>()
  /** How many statements the gateway ran for it; its log is the server's. */
  async function statements(login: string, path: string): Promise<number> {
    const api = people.get(login) ?? (await river().visitor().signIn(login, login === 'demo' ? 'clear-to-zero' : seed.PASSWORD))
    people.set(login, api)
    const file = join(river().cluster.dir, 'log')
    const from = statSync(file).size
    expect([path, (await api.get(path)).status]).toEqual([path, 200])
    return readFileSync(file).subarray(from).toString().split('\n').filter((line) => / gateway LOG: {2}(execute|statement)/.test(line)).length
  }

  for (const login of ['root', 'district', 'many']) {
    test(`of ${login} does not grow with what is found`, async () => {
      const word = encodeURIComponent('放行')
      for (const path of ['/api/v1/cases?', '/api/v1/cases?view=closed&', `/api/v1/cases?q=${word}&`]) {
        const few = await statements(login, `${path}limit=1`)
        expect([path, await statements(login, `${path}limit=200`)]).toEqual([path, few])
        expect(few).toBeLessThanOrEqual(6) // one of them notes that the session is in use
      }
      expect(await statements(login, '/api/v1/counters')).toBeLessThanOrEqual(6)
    })
  }

  test('of a single read does not grow with what was said on the case', async () => {
    const { db } = river()
    const id = await db.value<number>('select max(id) from ql.cases where open')
    const before = await statements('root', `/api/v1/cases/${id}`)
    await db.rows(
      `insert into ql.journal (case_id, version, number, event, state, at, actor_kind, audience, data, prev_hash, hash)
       select $1, v, 'x', 'replied', 'working', now(), 'coordinator', 'parties', '{}', sha256(''), sha256('') from generate_series(100, 150) v`, id)
    await db.rows(`insert into ql.entries (case_id, version, audience, author_kind, text, at) select $1, v, 'parties', 'coordinator', 'x', now() from generate_series(100, 150) v`, id)
    expect(await statements('root', `/api/v1/cases/${id}`)).toBe(before)
    expect(before).toBeLessThanOrEqual(20)
  })
})
