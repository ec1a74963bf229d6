/** The schema: forward, back and forward again, empty and filled; who may do what in it; and what it refuses to everyone. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { copyFileSync, globSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { SERVICE_ROLES, type Cluster } from '../lib/cluster.ts'
import { bin, root, tempDir } from '../lib/paths.ts'
import type { Db } from '../lib/pg.ts'
import { coordinator, enterprise, uscc } from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'
import { openCase } from './cases.ts'

const run = promisify(execFile)
const FILES = globSync('migrations/*.sql', { cwd: root }).sort()
const CASES = 2_000

const qlctl = (dsn: string, ...words: string[]) => run(join(bin, 'qlctl'), words, { cwd: root, env: { ...process.env, QL_PG_DSN: dsn } })
const down = (dsn: string) => qlctl(dsn, 'migrate', 'down')

/** Up to the first n migrations and no further: a folder that holds only those. */
async function up(dsn: string, n = FILES.length): Promise<void> {
  const folder = tempDir('migrations')
  for (const file of FILES.slice(0, n)) copyFileSync(join(root, file), join(folder, basename(file)))
  await qlctl(dsn, 'migrate', `--migrate.dir=${folder}`)
  rmSync(folder, { recursive: true })
}

/** The tables that a migration makes, and so takes along when it goes back. */
const tablesOfFile = (file: string): string[] => [...readFileSync(join(root, file), 'utf8').matchAll(/^create table ql\.(\w+)/gm)].map(([, name]) => name as string)

/** The whole schema as text, without what pg_dump invents anew each time, and roles in one order. */
async function schemaOf(dsn: string): Promise<string> {
  const { stdout } = await run('pg_dump', ['--schema-only', '--schema=ql', '--no-publications', dsn], { maxBuffer: 64 << 20 })
  const blocks = stdout.replace(/^\\(un)?restrict .*$/gm, '').replace(/ TO (ql_\w+(?:, ql_\w+)+)/g, (_, roles: string) => ` TO ${roles.split(', ').sort().join(', ')}`)
  return blocks.split(/^(?=--\n-- Name: )/m).map((block) => (block.includes('Type: ACL') ? block.split('\n').sort().join('\n') : block)).join('')
}

/** What of ours is left in a database. */
const remains = (db: Db): Promise<unknown> =>
  db.row(`select (select count(*) from pg_namespace where nspname = 'ql') as schemas, (select count(*) from pg_publication where pubname = 'ql_journal') as publications,
                 (select count(*) from public.schema_migrations) as steps`)

const published = (db: Db): Promise<unknown> => db.rows(`select tablename from pg_publication_tables where pubname = 'ql_journal' order by 1`)

test.describe('on an empty database', () => {
  const river = useStack({ template: 'empty' })

  test('each migration goes back to exactly what was there before it, and forward to exactly what was there behind it', async () => {
    test.setTimeout(180_000)
    const { db } = river()
    const whole = await schemaOf(db.dsn)
    const before = await published(db)
    expect(await remains(db)).toEqual({ schemas: 1, publications: 1, steps: FILES.length })
    for (const _ of FILES) await down(db.dsn)
    expect(await remains(db)).toEqual({ schemas: 0, publications: 0, steps: 0 })

    const heights = [await schemaOf(db.dsn).catch(() => '')] // pg_dump refuses a schema that is not there
    for (let n = 1; n <= FILES.length; n++) {
      await up(db.dsn, n)
      expect(await db.count('select count(*) from public.schema_migrations')).toBe(n)
      heights.push(await schemaOf(db.dsn))
    }
    expect(heights[FILES.length]).toBe(whole)
    expect(await published(db)).toEqual(before)
    for (const { role } of await db.rows<{ role: string }>(`select rolname as role from pg_roles where rolname like 'ql\\_%'`)) expect(SERVICE_ROLES).toContain(role)
    for (let n = FILES.length - 1; n > 0; n--) {
      await down(db.dsn)
      expect(await schemaOf(db.dsn), `behind ${FILES[n - 1]}`).toBe(heights[n])
    }
  })
})

test.describe('on a filled database', () => {
  const river = useStack({ template: 'demo', services: ['intake', 'relay', 'dispatch', 'clock'] })

  test('thousands of cases in the tables, each migration goes back and forward again; what it does not own stays', async () => {
    test.setTimeout(300_000)
    const { db, kafka } = river()
    const stages = ['queued', 'answered', 'ended']
    for (let i = 0; i < CASES; i += 100) {
      const events = Array.from({ length: 100 }, (_, k) => enquiry(i + k))
      await kafka.events('enterprise.enquiries', events)
      if (i % 500 === 0) await kafka.events('hotline.calls', stages.map((stage) => call(stage, i)))
      await waitUntil(() => db.count('select count(*) from ql.inbox').then((n) => n >= i), { what: `${i} messages read`, timeout: 60_000 })
    }
    await kafka.send('clearance.incidents', [{ value: 'not a notice', headers: {} }])
    await waitUntil(() => db.count(`select count(*) from ql.inbox where topic = 'enterprise.enquiries'`).then((n) => n === CASES), { what: 'all cases', timeout: 120_000 })
    await waitUntil(() => db.count(`select count(*) from ql.quarantine`), { what: 'the bad one aside' })
    await waitUntil(() => db.count(`select count(*) from ql.cases where state = 'assigned'`), { what: 'somebody at work' })
    for (const name of ['intake', 'relay', 'dispatch', 'clock']) await river().stopService(name)

    const whole = await schemaOf(db.dsn)
    const full = await contents(db)
    expect(full['cases']).toBeGreaterThan(CASES * 0.9)
    expect(full['users']).toBeGreaterThan(0)

    const left = { ...full }
    for (let n = FILES.length; n > 0; n--) {
      await down(db.dsn)
      await up(db.dsn, n)
      const again = await contents(db)
      for (const table of tablesOfFile(FILES[n - 1] as string)) {
        delete left[table]
        delete again[table] // is made anew, empty or with what the migration itself puts in
      }
      expect(again, `after ${FILES[n - 1]} went back and forward`).toEqual(left)
      await down(db.dsn)
    }
    await up(db.dsn)
    expect(await schemaOf(db.dsn)).toBe(whole)
    await qlctl(db.dsn, 'import')
    await qlctl(db.dsn, 'demo')
    expect((await contents(db))['users']).toBe(full['users'])
  })
})

const enquiry = (i: number) => ({
  type: 'qingling.enquiry.received.v1',
  key: `k${i}`,
  data: { channel: 'portal', uscc: uscc(80_000_000 + i), subject: `第 ${i} 件`, text: '舱单与运抵不符, 请协助', unit: '2248', occurred_at: new Date().toISOString() }
})
const call = (stage: string, i: number) => ({
  type: `qingling.call.${stage}.v1`,
  id: randomUUID(),
  data: {
    call_id: `m-${i}`, hotline: '12360', caller: '13800000001', queue: '1', started_at: new Date(Date.now() - 60_000).toISOString(),
    ...(stage === 'answered' && { agent: 'A1', answered_at: new Date(Date.now() - 30_000).toISOString() }),
    ...(stage === 'ended' && { ended_at: new Date().toISOString(), outcome: 'answered', solved: false, summary: '税单未收到' })
  }
})

/** Rows by table, of those that hold what people entered or sent. */
async function contents(db: Db): Promise<Record<string, number>> {
  const tables = await db.rows<{ name: string }>(`select relname as name from pg_class where relnamespace = 'ql'::regnamespace and relkind = 'r' and relname <> 'reference_version' order by 1`)
  const counts = await Promise.all(tables.map(({ name }) => db.count(`select count(*) from ql.${name}`)))
  return Object.fromEntries(tables.map(({ name }, i) => [name, counts[i] as number]))
}

test.describe('rights', () => {
  const river = useStack({ template: 'reference' })

  interface Right { role: string; table: string; right: string }
  const rights = (db: Db): Promise<Right[]> =>
    db.rows<Right>(
      `select r.rolname as role, c.relname as table, p.right
         from pg_class c, pg_roles r, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) as p ("right")
        where c.relnamespace = 'ql'::regnamespace and c.relkind in ('r', 'v') and r.rolname = any ($1)
          and (has_table_privilege(r.rolname, c.oid, p.right)
               or (p.right in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') and has_any_column_privilege(r.rolname, c.oid, p.right)))`, SERVICE_ROLES)
  const tablesOf = (all: Right[], role: string, ...wanted: string[]): string[] =>
    [...new Set(all.filter((r) => r.role === role && wanted.includes(r.right)).map((r) => r.table))].sort()

  test('no role of a service owns anything, is above row security, or may delete, truncate or build in the schema', async () => {
    const { db } = river()
    const all = await rights(db)
    expect(all.length).toBeGreaterThan(100)
    expect(all.filter(({ right }) => ['DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'].includes(right))).toEqual([])
    expect(await db.rows(`select rolname from pg_roles where rolname = any ($1) and (rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolinherit)`, SERVICE_ROLES)).toEqual([])
    expect(await db.rows(`select rolname from pg_roles where rolname = any ($1) and rolreplication`, SERVICE_ROLES)).toEqual([{ rolname: 'ql_relay' }])
    expect(await db.rows(`select relname from pg_class where pg_get_userbyid(relowner) = any ($1)`, SERVICE_ROLES)).toEqual([])
    for (const role of SERVICE_ROLES) expect(await db.value(`select has_schema_privilege($1, 'ql', 'create')`, role), role).toBe(false)
    expect(await db.rows(`select grantee from information_schema.role_table_grants where table_schema = 'ql' and grantee = 'PUBLIC'`)).toEqual([])
  })

  test('nobody changes what is append-only; only the gateway and the owner know of sessions, through functions', async () => {
    const all = await rights(river().db)
    const changers = (table: string, right: string) => all.filter((r) => r.table === table && r.right === right).map((r) => r.role).sort()
    for (const table of ['journal', 'roster_journal', 'inbox', 'talk', 'notices']) expect(changers(table, 'UPDATE'), table).toEqual([])
    expect(changers('journal', 'INSERT')).toEqual(['ql_clock', 'ql_dispatch', 'ql_gateway', 'ql_gateway_public', 'ql_intake', 'ql_notify'])
    expect(changers('sessions', 'SELECT')).toEqual([])
    expect(changers('inbox', 'INSERT')).toEqual(['ql_intake'])
    expect(changers('quarantine', 'INSERT')).toEqual(['ql_intake'])
    expect(changers('cases', 'INSERT')).toEqual(['ql_clock', 'ql_dispatch', 'ql_gateway', 'ql_gateway_public', 'ql_intake']) // outside: one that takes up a case closed long ago
  })

  test('relay reads the two journals and keeps its place, and that is all', async () => {
    const all = await rights(river().db)
    expect(tablesOf(all, 'ql_relay', 'SELECT')).toEqual(['journal', 'relay_positions', 'roster_journal'])
    expect(tablesOf(all, 'ql_relay', 'INSERT', 'UPDATE')).toEqual(['relay_positions'])
  })

  test('the operator reads everything but secrets, and changes quarantine alone', async () => {
    const { db } = river()
    const all = await rights(db)
    expect(tablesOf(all, 'ql_operator', 'INSERT')).toEqual([])
    expect(tablesOf(all, 'ql_operator', 'UPDATE')).toEqual(['quarantine'])
    expect(await db.value(`select has_column_privilege('ql_operator', 'ql.users', 'password_hash', 'select')`)).toBe(false)
    expect(await db.value(`select has_column_privilege('ql_operator', 'ql.quarantine', 'value', 'update')`)).toBe(false)
  })

  // What each must be refused, tried for real: a right given by mistake shows here whatever the catalogue is asked.
  const REFUSED: [role: string, sql: string][] = [
    ['ql_intake', `update ql.journal set event = 'x'`],
    ['ql_intake', 'delete from ql.journal'],
    ['ql_intake', 'delete from ql.cases'],
    ['ql_intake', 'select * from ql.users'],
    ['ql_intake', `insert into ql.coordinators (staff_no, name, unit_id) values ('x', 'x', 1)`],
    ['ql_intake', 'update ql.coordinators set capacity = 200'],
    ['ql_intake', `update ql.inbox set outcome = 'recorded'`],
    ['ql_intake', `update ql.quarantine set state = 'discarded'`],
    ['ql_intake', `update ql.parameters set value = '1'`],
    ['ql_dispatch', 'delete from ql.cases'],
    ['ql_dispatch', 'truncate ql.cases cascade'],
    ['ql_dispatch', 'select * from ql.inbox'],
    ['ql_dispatch', 'select * from ql.users'],
    ['ql_dispatch', 'update ql.coordinators set available = true'],
    ['ql_clock', 'delete from ql.clock_fires'],
    ['ql_clock', 'select * from ql.quarantine'],
    ['ql_clock', `insert into ql.watches (rule, declaration, armed_at, due_at) values ('x', 'x', now(), now())`],
    ['ql_relay', 'select * from ql.cases'],
    ['ql_relay', 'select * from ql.entries'],
    ['ql_relay', 'select * from ql.contacts'],
    ['ql_relay', 'delete from ql.relay_positions'],
    ['ql_gateway', 'select password_hash from ql.users'],
    ['ql_gateway', 'select login from ql.users'],
    ['ql_gateway', 'select * from ql.sessions'],
    ['ql_gateway', 'select * from ql.contacts'],
    ['ql_gateway', 'select * from ql.inbox'],
    ['ql_gateway', 'insert into ql.sessions (token_hash, user_id, csrf, expires_at) values (\'x\', 1, \'x\', now())'],
    ['ql_gateway', 'delete from ql.cases'],
    ['ql_gateway', 'update ql.coordinators set capacity = 200'],
    ['ql_gateway', 'alter table ql.cases disable row level security'],
    ['ql_gateway', 'set role ql_intake'],
    ['ql_operator', `update ql.cases set state = 'closed'`],
    ['ql_operator', 'select password_hash from ql.users'],
    ['ql_operator', 'select token_hash from ql.sessions'],
    ['ql_operator', `select ql.enter('x')`]
  ]
  test('what a role may not do is refused when tried', async ({ cluster }) => {
    const { database } = river()
    for (const role of SERVICE_ROLES) {
      await as(cluster, role, database, async (client) => {
        for (const [, sql] of REFUSED.filter(([who]) => who === role)) {
          await expect(client.query(sql), `${role}: ${sql}`).rejects.toMatchObject({ code: '42501' })
        }
      })
    }
  })

  test('whoever has not entered sees no row, an enterprise its own, a unit those below it', async ({ cluster }) => {
    const { db, database } = river()
    const [mine, other] = [await enterprise(db), await enterprise(db)]
    const [a, b] = [await openCase(db, { principal: mine.id, unit: '2222' }), await openCase(db, { principal: other.id, unit: '5301' })]
    await db.rows(`insert into ql.case_access select -$1::int8, $2::int8, true, now()`, mine.id, a)
    const TABLES = ['cases', 'case_access', 'journal', 'clocks', 'clock_segments', 'case_parties', 'enterprises', 'coordinators', 'quarantine', 'case_people', 'entries']
    await as(cluster, 'ql_gateway', database, async (client) => {
      const ids = async () => (await client.query('select id from ql.cases where id = any ($1) order by id', [[a, b]])).rows.map((r) => Number(r.id))
      for (const table of TABLES) expect((await client.query(`select from ql.${table}`)).rowCount, table).toBe(0)
      await client.query(`begin; select set_config('ql.scopes', '{${-mine.id}}', true), set_config('ql.role', 'enterprise', true), set_config('ql.enterprise_id', '${mine.id}', true)`)
      expect(await ids()).toEqual([a])
      expect((await client.query('select from ql.enterprises')).rowCount).toBe(1)
      await client.query('rollback; begin')
      const root = await db.value<number>(`select id from ql.units where code = '0000'`)
      await client.query(`select set_config('ql.scopes', '{${root}}', true), set_config('ql.role', 'supervisor', true)`)
      expect(await ids()).toEqual([a, b])
      await client.query('rollback; begin')
      const district = await db.value<number>(`select id from ql.units where code = '5300'`)
      await client.query(`select set_config('ql.scopes', '{${district}}', true), set_config('ql.role', 'supervisor', true)`)
      expect(await ids()).toEqual([b])
      await client.query('rollback')
      expect(await ids()).toEqual([])
    })
  })
})

test.describe('what the schema refuses to everyone, its owner too', () => {
  const river = useStack({ template: 'reference' })

  test('the journals are append-only', async () => {
    const { db } = river()
    const who = await coordinator(db)
    await openCase(db)
    await db.rows(`insert into ql.roster_journal (unit_id, unit_code, coordinator_id, event, actor_kind) select id, code, $1, 'created', 'system' from ql.units where code = '2222'`, who)
    for (const table of ['journal', 'roster_journal']) {
      for (const sql of [`update ql.${table} set data = '{}'`, `delete from ql.${table}`, `truncate ql.${table}`]) {
        await expect(db.run(sql), sql).rejects.toMatchObject({ code: '42501', message: `ql.${table} is append-only` })
      }
    }
  })

  const REFUSED: [what: string, sql: string, code: string, constraint: RegExp][] = [
    ['a load above capacity', 'update ql.coordinators set open_weight = capacity + 1', '23514', /within_capacity/],
    ['a capacity below the load', 'update ql.coordinators set open_weight = 5, capacity = 4', '23514', /within_capacity/],
    ['a load below nothing', 'update ql.coordinators set open_weight = -1', '23514', /within_capacity/],
    ['a second lead party', `insert into ql.case_parties (case_id, seq, unit_id, capacity, is_lead, since) select id, 2, lead_unit_id, 'port', true, now() from ql.cases`, '23505', /case_parties_lead/],
    ['a version that was there', `insert into ql.journal select * from ql.journal limit 1`, '23505', /journal_pkey/],
    ['a hash of another length', `insert into ql.journal (case_id, version, number, event, state, at, actor_kind, data, prev_hash, hash) select id, 9, number, 'x', state, now(), 'system', '{}', 'x', 'x' from ql.cases limit 1`, '23514', /hash_check/],
    ['the same threshold fired twice', `insert into ql.clock_fires select case_id, seq, 1, now(), now() from ql.clocks, generate_series(1, 2)`, '23505', /clock_fires_pkey/],
    ['the same message twice', `insert into ql.inbox (source, message_id, topic, type, outcome) select '/a', '1', 't', 't', 'recorded' from generate_series(1, 2)`, '23505', /inbox_pkey/],
    ['the same bad record twice', `insert into ql.quarantine (cluster, topic, part, off, headers, size, reason, sentence_zh, sentence_en) select 'c', 't', 0, 7, '{}', 0, 'r', 'z', 'e' from generate_series(1, 2)`, '23505', /quarantine_/],
    ['a number given twice', `update ql.cases set number = (select min(number) from ql.cases)`, '23505', /cases_number/],
    ['a word that is no state of a clock', `update ql.clocks set state = 'asleep'`, '23514', /clocks_state/],
    ['a deputy of himself', 'insert into ql.deputies (coordinator_id, deputy_id) select id, id from ql.coordinators', '23514', /deputies/],
    ['an enterprise account without enterprise', `insert into ql.users (login, password_hash, name, role) values ('x', 'x', 'x', 'enterprise')`, '23514', /users_check/],
    ['an armed watch twice', `insert into ql.watches (rule, declaration, armed_at, due_at) select code, 'd', now(), now() from (select min(code) as code from ql.watch_rules) r, generate_series(1, 2)`, '23505', /watches_one/]
  ]
  for (const [what, sql, code, constraint] of REFUSED) {
    test(what, async () => {
      const { db } = river()
      await coordinator(db)
      await openCase(db)
      await openCase(db)
      await expect(db.run(sql)).rejects.toMatchObject({ code, constraint: expect.stringMatching(constraint) as unknown as string })
    })
  }

  test('a change of reference data moves its version, so that services reload', async () => {
    const { db } = river()
    const version = () => db.value<number>('select version from ql.reference_version')
    const before = await version()
    await db.run(`update ql.parameters set value = value`)
    expect(await version()).toBe(before + 1)
  })
})

async function as(cluster: Cluster, role: string, database: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: cluster.dsn(role, database) })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
