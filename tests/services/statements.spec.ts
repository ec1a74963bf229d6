/** Every statement of every program fits the schema: PostgreSQL prepares it, and the role that runs it may. */
import { Client } from 'pg'
import { SERVICE_ROLES, type Cluster, type Template } from '../lib/cluster.ts'
import { expect, test } from '../lib/test.ts'
import { queries, type Query } from './queries.ts'

/** What the code of a folder runs as; casebook is linked into whoever changes cases. */
const CASE_ROLES = ['ql_intake', 'ql_dispatch', 'ql_clock', 'ql_gateway', 'ql_gateway_public', 'ql_notify']
/** Rosters, and who gets a case: nothing of the outer zone. */
const INSIDE = CASE_ROLES.filter((role) => role !== 'ql_gateway_public')
const ROLES: [where: RegExp, roles: readonly string[]][] = [
  [/^services\/base\//, SERVICE_ROLES],
  [/^services\/casebook\/gaps_store/, [...INSIDE, 'ql_operator']], // qlctl roster
  [/^services\/casebook\/reference_store/, [...CASE_ROLES, 'ql_operator']],
  [/^services\/casebook\/reindex_store/, ['owner']],
  [/^services\/casebook\/(roster|work)_store/, INSIDE],
  [/^services\/casebook\//, CASE_ROLES],
  [/^services\/gateway\//, ['ql_gateway', 'ql_gateway_public']],
  [/^services\/tools\/qlgen\/officers/, ['ql_clock']],
  [/^services\/tools\/qlgen\//, ['ql_operator']],
  [/^services\/tools\/qlctl\/(demo|import|user|keep)/, ['owner']],
  [/^services\/tools\/qlctl\//, ['ql_operator']],
  [/^services\/(\w+)\//, []]
]
const rolesOf = ({ file }: Query): readonly string[] => {
  const [where, roles] = ROLES.find(([pattern]) => pattern.test(file)) as [RegExp, readonly string[]]
  return roles.length > 0 ? roles : [`ql_${where.exec(file)?.[1]}`]
}

/** What a program reaches through its libraries. */
const programOf = ({ file }: Query): string => /^services\/(?:tools\/)?(\w+)\//.exec(file)?.[1] ?? ''

/** Parts of casebook that a role never comes to, and may not: dispatch opens no case, no service takes anything off one, decides about time or reads what a person must. */
const PEOPLE_ONLY = 'people_copied|enterprises_gone|references_gone|separated|second_reader|told_segments|told_ledger'
const NEVER: Record<string, RegExp> = {
  ql_intake: new RegExp(`^cb_(${PEOPLE_ONLY}|ledger.*|attachments)$`),
  ql_dispatch: new RegExp(`^cb_(serials|${PEOPLE_ONLY}|ledger.*|attachments)$`),
  ql_clock: new RegExp(`^cb_(${PEOPLE_ONLY}|attachments)$`),
  ql_gateway: /^cb_(people|fires)$/,
  ql_notify: new RegExp(`^(cb_(serials|cases_new|access|aliases|people|enterprises|enterprise_roles|parties|reference|references|references_of|links|entries|entries_moved|readers|messages|fires|meetings|minutes|tasks|tasks_done|visits|visit_results|found_new|recused|leaves|take|absorbed|proposal|proposals|proposals_settled|ledger.*|asked|attachments|${PEOPLE_ONLY})|gap_\\w+|roster_read|roster_read_some|work_\\w+)$`),
  // What enterprises do not do: take, assign, see rosters and units' work, seal, move and merge, settle what was asked, count for a unit. A case they reopen past the window is a new one.
  ql_gateway_public: /^(cb_(people|fires|take|loads_of|meetings|minutes|tasks|tasks_done|visits|visit_results|recused|enterprise_roles|enterprises_gone|references_gone|separated|absorbed|entries_moved|readers|messages_changed|second_reader|proposals|proposals_settled|ledger_settled)|gw_(fairness|roster|roster_of|river_roster|availability|assignee|accounts|account_switch|duty_give|audit|factor_reset|hold_place|hold_release|colleague|unit_of_coordinator|recusal|proposals|counters_unit|staff_ids))$/
}

/** What `explain` takes; the rest needs no right of its own. */
const EXPLAINABLE = /^(select|insert|update|delete|with|merge|values)\b/
/** The query inside a cursor is what needs rights. */
const plain = (text: string): string => text.replace(/^declare \w+ no scroll cursor for\s+/, '')

let all: Query[]
test.beforeAll(async () => {
  test.setTimeout(120_000)
  all = await queries()
})

test('the sources name at least as many statements as a look through them says', () => {
  expect(all.length).toBeGreaterThan(100)
  for (const folder of ['intake', 'dispatch', 'clock', 'relay', 'gateway', 'notify', 'casebook', 'base', 'qlctl']) {
    expect(all.filter((q) => programOf(q) === folder).length, folder).toBeGreaterThan(0)
  }
})

test('a name is given once in a program, since a connection remembers statements by it', () => {
  const shared = all.filter((q) => ['base', 'casebook'].includes(programOf(q)))
  for (const program of new Set(all.map(programOf))) {
    const own = all.filter((q) => programOf(q) === program)
    const names = [...own, ...(['base', 'casebook'].includes(program) ? [] : shared)].map(({ name }) => name)
    expect(names.filter((name, i) => names.indexOf(name) !== i), program).toEqual([])
  }
  const both = shared.map(({ name }) => name)
  expect(new Set(both).size).toBe(both.length)
})

test('each parameter that is declared is used, and each that is used is declared', () => {
  for (const { file, name, text, types } of all) {
    const used = new Set([...text.matchAll(/\$(\d+)/g)].map((m) => Number(m[1])))
    expect([...used].sort((a, b) => a - b), `${file}: ${name}`).toEqual(types.map((_, i) => i + 1))
  }
})

test('all text names the schema: nothing depends on a search path', () => {
  for (const { file, name, text } of all) {
    const loose = [...text.matchAll(/\b(?:insert into|update|from|join)\s+(cases|journal|clocks|coordinators|entries|inbox|units|enterprises)\b/g)].map((m) => m[0])
    expect(loose, `${file}: ${name}`).toEqual([])
  }
})

for (const template of ['empty', 'demo'] as Template[]) {
  test(`every statement is prepared and permitted for the role that runs it (${template} database)`, async ({ cluster }) => {
    test.setTimeout(120_000)
    const database = await cluster.createDatabase(template)
    try {
      const faults: string[] = []
      for (const role of [...SERVICE_ROLES, 'owner']) faults.push(...(await tryAs(cluster, role, database)))
      expect(faults).toEqual([])
    } finally {
      await cluster.dropDatabase(database)
    }
  })
}

/** Prepares and explains what a role runs: a plan is made only after its rights were checked. */
async function tryAs(cluster: Cluster, role: string, database: string): Promise<string[]> {
  const client = new Client({ connectionString: cluster.dsn(role, database) })
  const faults: string[] = []
  await client.connect()
  try {
    await client.query(`set search_path = pg_catalog`)
    await client.query(`set plan_cache_mode = force_generic_plan`)
    const names = new Map((await client.query('select oid::int4 as oid, oid::regtype::text as name from pg_type')).rows.map(({ oid, name }) => [oid, name]))
    for (const query of all.filter((q) => rolesOf(q).includes(role) && EXPLAINABLE.test(plain(q.text)))) {
      const refusal = await attempt(client, query, query.types.map((oid) => names.get(oid)))
      if (NEVER[role]?.test(query.name)) {
        if (!/permission denied/.test(refusal ?? '')) faults.push(`${role} may run ${query.name}, though it never does`)
      } else if (refusal) {
        faults.push(`${role}: ${query.file}: ${query.name}: ${refusal}`)
      }
    }
  } finally {
    await client.end()
  }
  return faults
}

async function attempt(client: Client, { name, text, types }: Query, names: string[]): Promise<string | undefined> {
  const list = (of: string[]) => (of.length > 0 ? `(${of.join(', ')})` : '')
  try {
    await client.query(`prepare "${name}" ${list(names)} as ${plain(text)}`)
    await client.query(`explain execute "${name}" ${list(types.map(() => 'null'))}`)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
