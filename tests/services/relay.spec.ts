/** The journal reaches case.events: every row, each case in its order, whatever is killed, dropped or away meanwhile. */
import { Admin } from '@platformatic/kafka'
import type { Received } from '../lib/kafka.ts'
import { Db } from '../lib/pg.ts'
import type { Stack } from '../lib/stack.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'

const OLD_CASE = 1
const NOBODY = '127.0.0.1:1' // no broker listens there

const river = useStack(
  { template: 'empty', services: ['relay'], env: { 'relay#mute': { QL_KAFKA_BROKERS: NOBODY } } },
  async ({ db }) => write(db, OLD_CASE, 1, 3)
)

let lastCase = OLD_CASE
const newCase = (): number => ++lastCase

interface RowOptions {
  /** Each row in a transaction of its own. */
  apart?: boolean
}

/** Journal rows `from`..`to` of a case, in one transaction. The case behind them does not matter to relay: foreign keys are not looked at. */
async function write(db: Db, caseId: number, from: number, to = from, { apart = false }: RowOptions = {}): Promise<void> {
  const insert = (first: string, last: string) => `
    insert into ql.journal (case_id, version, number, event, state, at, actor_kind, data, prev_hash, hash)
    select ${caseId}, v, '261123-00417-5', 'assigned', 'assigned', now(), 'system', '{}', decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex')
      from generate_series(${first}, ${last}) v;`
  const loop = `do $$ begin for i in ${from}..${to} loop ${insert('i', 'i')} commit; end loop; end $$`
  await db.session(async (client) => {
    await client.query('set session_replication_role = replica')
    await client.query(apart ? `set synchronous_commit = off; set statement_timeout = 0` : 'select 1')
    await client.query(apart ? loop : insert(String(from), String(to)))
  })
}

async function writeRoster(db: Db, unit: string): Promise<void> {
  await db.session(async (client) => {
    await client.query('set session_replication_role = replica')
    await client.query(
      `insert into ql.roster_journal (unit_id, unit_code, coordinator_id, event, actor_kind, data)
       values (1, $1, 7, 'duty_changed', 'system', '{"on": true}')`, [unit])
  })
}

const version = ({ headers }: Received): number => Number(headers['ce_id']?.split(':')[1])
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

/** The versions of a case on the topic in the order in which they appeared first; what is sent again counts once. */
function firstAppearances(records: Received[], caseId: number): number[] {
  return [...new Set(records.filter(({ key }) => key === String(caseId)).map(version))]
}

/** Exactly the rows 1..n of the case are on the topic, in order. */
async function expectCase(stack: Stack, caseId: number, n: number): Promise<void> {
  const see = async () => firstAppearances(await stack.kafka.readAll('case.events'), caseId)
  await waitUntil(async () => (await see()).length >= n, { what: `${n} versions of case ${caseId}`, timeout: 30_000, every: 250 })
  expect(await see()).toEqual(range(n))
}

/** The slot's confirmed position is not past $1. */
const HELD = `select confirmed_flush_lsn <= $1::pg_lsn from pg_replication_slots where slot_name = 'ql_relay'`
const slotExists = (db: Db): Promise<number> => db.count(`select count(*) from pg_replication_slots where slot_name = 'ql_relay' and database = current_database()`)
const dropSlot = (db: Db): Promise<unknown> => db.rows(`select pg_drop_replication_slot('ql_relay')`)
const owed = (db: Db): Promise<boolean> => db.value<boolean>(`select lsn is null from ql.relay_positions where name = 'ql_relay'`)

/** With one more setting until the next restart. Fails when the server does not stop within its patience. */
async function restartPostgres({ cluster }: Stack, setting?: string): Promise<void> {
  const { args = [] } = cluster.server.program
  const usual = args.length
  if (setting) args.push('-c', setting)
  await cluster.server.restart()
  args.length = usual
  await cluster.accepting()
}

async function isStandby(stack: Stack, name: string): Promise<boolean> {
  return (await stack.metric(name, 'relay_standby')) === 1
}

test('what was there before the first start is published', async () => {
  await expectCase(river(), OLD_CASE, 3)
  expect(await river().metric('relay', 'relay_recoveries_total')).toBe(0)
})

test('a row becomes a CloudEvent with the row inside', async () => {
  const { db, kafka } = river()
  const id = newCase()
  const follower = await kafka.follow('case.events')
  await db.session(async (client) => {
    await client.query('set session_replication_role = replica')
    await client.query(
      `insert into ql.journal (case_id, version, number, event, state, at, actor_kind, actor_id, unit_id, audience, enterprise_id, data, trace, prev_hash, hash)
       values ($1, 1, '261123-00398-5', 'not_accepted', 'received', '2026-11-23 09:02:03.4+08', 'coordinator', 12, 5, 'public', 9, $2,
               '4bf92f3577b34da6a3ce929d0e0e4736', decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'))`,
      [id, '{"text": "货物\\"好\\"",  "n": 1.50}'])
  })
  const record = await follower.until('the row', ({ key }) => key === String(id))
  const xid = await db.value<string>('select xid::text from ql.journal where case_id = $1', id)
  expect(record.headers).toEqual({
    ce_specversion: '1.0',
    ce_id: `${id}:1`,
    ce_source: '/qingling/journal',
    ce_type: 'qingling.case.not_accepted.v1',
    ce_time: '2026-11-23T01:02:03.400000Z',
    ce_subject: '261123-00398-5',
    'content-type': 'application/json',
    traceparent: expect.stringMatching(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/) as unknown as string
  })
  expect(record.value.toString()).toContain('"data":{"text": "货物\\"好\\"",  "n": 1.50}')
  expect(JSON.parse(record.value.toString())).toEqual({
    case: id,
    number: '261123-00398-5',
    version: 1,
    event: 'not_accepted',
    state: 'received',
    at: '2026-11-23T01:02:03.400000Z',
    actor: { kind: 'coordinator', id: 12 },
    unit: 5,
    audience: 'public',
    enterprise: 9,
    data: { text: '货物"好"', n: 1.5 },
    xid
  })
  follower.close()
})

test('a roster row goes to roster.events, keyed by unit', async () => {
  const { db, kafka } = river()
  const follower = await kafka.follow('roster.events')
  await writeRoster(db, '2222')
  const record = await follower.until('the row', ({ key }) => key === '2222')
  expect(record.headers).toMatchObject({ ce_type: 'qingling.roster.duty_changed.v1', ce_source: '/qingling/roster' })
  expect(JSON.parse(record.value.toString())).toMatchObject({ coordinator: 7, unit: '2222', event: 'duty_changed', data: { on: true } })
  follower.close()
})

test('a canary comes through, a broken or foreign message does not disturb', async () => {
  const { db, kafka } = river()
  const follower = await kafka.follow('case.events')
  await db.rows(`select pg_logical_emit_message(true, 'ql.canary', 'no canary at all')`)
  await db.rows(`select pg_logical_emit_message(true, 'someone.else', 'a|b|c')`)
  await db.rows(`select pg_logical_emit_message(false, 'ql.canary', '/qingling/gateway/1|outside|1')`)
  await db.rows(`select pg_logical_emit_message(true, 'ql.canary', '/qingling/gateway/1|c-1|1795392123000000')`)
  const record = await follower.until('the canary', ({ key }) => key === 'canary')
  expect(record.headers).toMatchObject({ ce_type: 'qingling.canary.v1', ce_source: '/qingling/gateway/1', ce_id: 'c-1' })
  expect(JSON.parse(record.value.toString())).toEqual({ sent: '1795392123000000' })
  follower.close()
})

test('a rolled back row is never seen, the next one is', async () => {
  const { db, kafka } = river()
  const id = newCase()
  await db.session(async (client) => {
    await client.query('set session_replication_role = replica')
    await client.query('begin')
    await client.query(
      `insert into ql.journal (case_id, version, number, event, state, at, actor_kind, data, prev_hash, hash)
       values ($1, 99, 'x', 'opened', 'received', now(), 'system', '{}', decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'))`, [id])
    await client.query('rollback')
  })
  await write(db, id, 1)
  await expectCase(river(), id, 1)
  expect((await kafka.readAll('case.events')).filter(({ key }) => key === String(id)).map(version)).not.toContain(99)
})

test('data that no record could carry is left out, the event is not', async () => {
  const { db, kafka } = river()
  const id = newCase()
  const follower = await kafka.follow('case.events')
  await db.session(async (client) => {
    await client.query('set session_replication_role = replica')
    await client.query(
      `insert into ql.journal (case_id, version, number, event, state, at, actor_kind, data, prev_hash, hash)
       values ($1, 1, 'x', 'replied', 'working', now(), 'system', json_build_object('text', repeat('字', 700000)), decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'))`,
      [id])
  })
  await write(db, id, 2)
  await follower.until('the next row', (record) => record.key === String(id) && version(record) === 2)
  const [cut] = follower.records.filter(({ key }) => key === String(id))
  expect(JSON.parse(String(cut?.value))).toMatchObject({ version: 1, event: 'replied', data: { omitted: true } })
  follower.close()
})

test('the saved point follows what is published', async () => {
  const { db } = river()
  const id = newCase()
  await write(db, id, 1)
  await waitUntil(
    () => db.value<boolean>(
      `select p.published_below > j.xid from ql.relay_positions p, ql.journal j where p.name = 'ql_relay' and j.case_id = $1`, id),
    { what: 'a saved point above the row', timeout: 30_000 })
  await expectCase(river(), id, 1)
})

test('killed again and again under eight writers, no row is lost and no case out of order', async () => {
  test.setTimeout(120_000)
  const stack = river()
  const cases = range(8).map(newCase)
  const databases = [new Db(stack.db.dsn), new Db(stack.db.dsn)]
  const written = new Map<number, number>(cases.map((id) => [id, 0]))
  let writing = true

  const writers = cases.map(async (id, i) => {
    const db = databases[i % databases.length] as Db
    while (writing) {
      const last = (written.get(id) ?? 0) + 1 + (i % 3)
      await write(db, id, (written.get(id) ?? 0) + 1, last)
      written.set(id, last)
    }
  })
  try {
    for (let round = 0; round < 5; round++) {
      await waitUntil(async () => (await stack.metric('relay', 'relay_records_total')) >= 40, { what: 'records since the start' })
      await stack.kill('relay')
      await stack.launch('relay')
    }
  } finally {
    writing = false
    await Promise.all(writers)
    await Promise.all(databases.map((db) => db.close()))
  }
  for (const id of cases) await expectCase(stack, id, written.get(id) as number)
})

test('a lost slot is made good from the journal', async () => {
  const stack = river()
  const id = newCase()
  await write(stack.db, id, 1, 5)
  await expectCase(stack, id, 5)
  await stack.stopService('relay')
  await dropSlot(stack.db)
  await write(stack.db, id, 6, 250) // more than one fetch of the recovery
  await stack.start('relay')
  await write(stack.db, id, 251, 255)
  await expectCase(stack, id, 255)
  expect(await stack.metric('relay', 'relay_recoveries_total')).toBe(1)
  expect(stack.service('relay').log()).toContain('event=slot_lost')
  expect(await owed(stack.db)).toBe(false)
})

test('a slot that the server gave up is made good from the journal', async () => {
  const stack = river()
  const id = newCase()
  await stack.stopService('relay')
  await restartPostgres(stack, 'max_slot_wal_keep_size=1MB')
  await write(stack.db, id, 1, 5)
  await waitUntil(
    async () => {
      await stack.db.run('select pg_switch_wal()')
      await stack.db.run('checkpoint')
      await write(stack.db, newCase(), 1)
      return stack.db.value<boolean>(`select wal_status = 'lost' from pg_replication_slots where slot_name = 'ql_relay'`)
    },
    { what: 'a slot given up', timeout: 30_000 })
  await restartPostgres(stack)
  await stack.start('relay')
  await write(stack.db, id, 6)
  await expectCase(stack, id, 6)
  expect(await stack.metric('relay', 'relay_recoveries_total')).toBe(1)
})

test('a recovery that was killed half way is not taken for done', async () => {
  const stack = river()
  const id = newCase()
  await stack.stopService('relay')
  await dropSlot(stack.db)
  await write(stack.db, id, 1, 20)
  await stack.launch('relay#mute') // makes the slot, but can't publish what is owed
  await waitUntil(async () => (await slotExists(stack.db)) === 1, { what: 'the new slot' })
  await waitUntil(async () => (await stack.metric('relay#mute', 'relay_pending_records')) >= 20, { what: 'the rows under way' })
  await stack.kill('relay#mute')
  expect(await owed(stack.db)).toBe(true)
  await stack.start('relay')
  await write(stack.db, id, 21)
  await expectCase(stack, id, 21)
  expect(await owed(stack.db)).toBe(false)
})

test('a second relay waits, and takes over when the first is killed', async () => {
  const stack = river()
  const id = newCase()
  await waitUntil(async () => !(await isStandby(stack, 'relay')), { what: 'a leader' })
  await stack.start('relay#2') // a standby is ready: to take over
  await waitUntil(() => isStandby(stack, 'relay#2'), { what: 'a standby' })
  await write(stack.db, id, 1, 5)
  await stack.kill('relay')
  await write(stack.db, id, 6, 10)
  await expectCase(stack, id, 10)
  expect(await isStandby(stack, 'relay#2')).toBe(false)
  await stack.start('relay')
  await waitUntil(() => isStandby(stack, 'relay'), { what: 'the former leader to stand by' })
  await stack.stopService('relay#2')
  await write(stack.db, id, 11)
  await expectCase(stack, id, 11)
})

test('PostgreSQL restarted: the stream goes on', async () => {
  const stack = river()
  const id = newCase()
  await write(stack.db, id, 1, 5)
  await restartPostgres(stack)
  await write(stack.db, id, 6, 10)
  await expectCase(stack, id, 10)
})

test('the broker away: said in readiness, PostgreSQL can still be stopped, nothing is lost', async () => {
  test.setTimeout(120_000)
  const stack = river()
  const id = newCase()
  const rows = 5000 // one transaction each: more than relay keeps open
  await stack.stopService('relay')
  await stack.launch('relay#mute')
  await waitUntil(async () => (await (await stack.health('relay#mute', '/readyz')).text()).startsWith('broker:'), { what: 'the word on readiness' })
  await write(stack.db, id, 1)
  const before = await stack.db.value<string>('select pg_current_wal_insert_lsn()::text') // behind the first row, which does not arrive
  await write(stack.db, id, 2, rows, { apart: true })
  await waitUntil(async () => (await stack.metric('relay#mute', 'relay_pending_records')) >= 4096, { what: 'a relay that can take no more', timeout: 30_000 })
  expect(await stack.db.value<boolean>(HELD, before), 'nothing is confirmed that did not arrive').toBe(true)
  await restartPostgres(stack)
  expect(stack.service('relay#mute').running).toBe(true)
  await stack.kill('relay#mute')
  await stack.start('relay')
  await expectCase(stack, id, rows)
})

test('the broker killed and back: what was written meanwhile arrives', async () => {
  test.setTimeout(180_000)
  const stack = river()
  const id = newCase()
  await stack.broker.kill()
  await write(stack.db, id, 1, 20)
  await waitUntil(async () => (await stack.health('relay', '/readyz')).status === 503, { what: 'the word on readiness' })
  stack.broker.start()
  await stack.brokerReady()
  await expectCase(stack, id, 20)
  await stack.ready('relay')
})

test('a record that the broker refuses holds back what follows, and both come once it is taken @kafka', async () => {
  test.setTimeout(180_000)
  const stack = river()
  const id = newCase()
  const refused = await stack.metric('relay', 'relay_refused_records_total')
  const admin = new Admin({ clientId: 'tests', bootstrapBrokers: [stack.brokers] })
  await admin.deleteTopics({ topics: ['roster.events'] })
  await admin.close()
  const before = await stack.db.value<string>('select pg_current_wal_insert_lsn()::text')
  await writeRoster(stack.db, '9999')
  await write(stack.db, id, 1, 5)
  await waitUntil(async () => (await stack.metric('relay', 'relay_refused_records_total')) > refused, { what: 'a refusal', timeout: 60_000 })
  expect(await stack.db.value<boolean>(HELD, before), 'nothing is confirmed past the refused record').toBe(true)
  await stack.brokerReady() // makes the missing topic
  await waitUntil(async () => (await stack.kafka.readAll('roster.events')).some(({ key }) => key === '9999'), { what: 'the roster row', timeout: 60_000, every: 250 })
  await expectCase(stack, id, 5)
  expect(stack.service('relay').running).toBe(true)
})

test('a transaction of 100,000 rows passes in bounded memory @kafka', async () => {
  test.setTimeout(180_000)
  const stack = river()
  const id = newCase()
  const rows = 100_000
  await write(stack.db, id, 1, rows)
  await expectCase(stack, id, rows)
  expect(stack.service('relay').memory().peak).toBeLessThan(32 * 1024)
})
