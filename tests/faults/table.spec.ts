/**
 * The failure table of the design, row by row; each fault alone, so that its test says what broke. All at once is river.spec.ts.
 * A cluster of several brokers (a leader that moves) and a standby of PostgreSQL (failover) need more than one machine's worth of
 * servers: here both are one server that dies and comes back where it was.
 */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { hostileRecords } from '../contract/hostile.ts'
import type { Live } from '../lib/api.ts'
import { binary, type Outgoing } from '../lib/kafka.ts'
import { tempDir } from '../lib/paths.ts'
import { coordinator, enterprise, PASSWORD, user } from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'
import { broken, lacking, unpublished } from './account.ts'
import { Watcher } from './watcher.ts'

const SERVICES = ['relay', 'intake', 'dispatch', 'clock', 'gateway']
const OFFICERS = 10
const TIMES = 3 // that a fault strikes before it stops
/** A category whose cases must be accepted at once, see below. */
const HASTY = 'complaint'
const MEMORY_KB = 32 * 1024 // the budget of a service

const jump = join(tempDir('jump'), 'seconds')
const library = jump.replace(/seconds$/, 'clock_jump.so')
execFileSync('gcc', ['-shared', '-fPIC', '-o', library, join(import.meta.dirname, 'clock_jump.c')])
writeFileSync(jump, '0')

let someone: { id: number; uscc: string }
const river = useStack({ services: SERVICES, env: { clock: { LD_PRELOAD: library, CLOCK_JUMP: jump } } }, async ({ db }) => {
  await db.run('checkpoint') // see river.spec.ts
  for (let i = 0; i < OFFICERS; i++) await coordinator(db, { unit: '2222', capacity: 200, skills: ['credit'] })
  someone = await enterprise(db, { home: '2222' })
  await user(db, { login: 'wall', role: 'supervisor', unit: '0000' })
  await db.rows(
    `insert into ql.policies (code, procedure, clock, category, amount, amount_unit, thresholds) values ('hasty', 'coordination', 'accept', $1, 0, 'wall_minutes', '{breach}')`, HASTY)
})
const db = () => river().db

let serial = 0
const event = (more: object = {}, id: string = randomUUID()): { id: string; record: Outgoing } => ({
  id,
  record: binary({
    type: 'qingling.enquiry.received.v1', source: '/faults', id, key: randomUUID(),
    data: { channel: 'portal', uscc: someone.uscc, subject: `表 ${++serial}`, text: '请协助', category: 'other', occurred_at: new Date().toISOString(), ...more }
  })
})
const send = async (...events: { id: string; record: Outgoing }[]): Promise<string[]> => {
  const records = events.map(({ record }) => record)
  await waitUntil(() => river().kafka.send('enterprise.enquiries', records).then(() => true), { what: 'the broker to take the records', timeout: 60_000, every: 100 })
  return events.map(({ id }) => id)
}
const many = (n: number, more: object = {}) => Array.from({ length: n }, () => event(more))

/** Each of these messages opened a case of its own, and that has its coordinator. */
async function settled(ids: string[], timeout = 60_000): Promise<number[]> {
  const cases = async () =>
    (await db().rows<{ id: number }>(`select c.id from ql.inbox i join ql.cases c on c.id = i.case_id where i.message_id = any ($1) and i.outcome = 'opened' and c.state = 'assigned'`, ids)).map(({ id }) => id)
  await waitUntil(async () => (await cases()).length >= ids.length, { what: `${ids.length} cases with their coordinators`, timeout, every: 50 })
  const found = await cases()
  expect(new Set(found).size).toBe(ids.length)
  return found
}

const pids = (): number[] => SERVICES.map((name) => river().service(name).pid)
const readiness = async (name: string): Promise<{ status: number; text: string }> => {
  const answer = await river().health(name, '/readyz')
  return { status: answer.status, text: await answer.text() }
}
const says = (name: string, part: string): Promise<unknown> =>
  waitUntil(async () => {
    const { status, text } = await readiness(name)
    return status === 503 && text.includes(part)
  }, { what: `${name} to say that ${part} is away`, timeout: 60_000, every: 100 })

/** The accounts are right, the journal is on the topic, and no service ended meanwhile. */
async function allIsWell(before?: number[]): Promise<void> {
  expect(await broken(db())).toEqual({})
  expect(await lacking(async () => unpublished(db(), await river().kafka.readAll('case.events')))).toEqual([])
  if (before) expect(pids()).toEqual(before)
}

test.describe('the broker', () => {
  test('gone: all who need it say so, wait, and go on with what came meanwhile', async () => {
    test.setTimeout(120_000)
    const before = pids()
    await settled(await send(...many(20)))
    await river().broker.kill()
    await Promise.all(['intake', 'relay', 'dispatch', 'gateway'].map((name) => says(name, 'broker')))
    expect((await readiness('clock')).status).toBe(200) // it needs no broker
    river().broker.start()
    await settled(await send(...many(20)))
    await Promise.all(SERVICES.map((name) => river().ready(name, 60_000)))
    await allIsWell(before)
  })

  test('slow: it stands still again and again, and nothing is lost or doubled', async () => {
    test.setTimeout(120_000)
    const before = pids()
    const ids: string[] = []
    for (let round = 0; round < 5; round++) {
      const sending = send(...many(20))
      await river().broker.kill('SIGSTOP')
      await new Promise((resolve) => setTimeout(resolve, 400)) // the fault itself
      await river().broker.kill('SIGCONT')
      ids.push(...(await sending))
    }
    await settled(ids)
    await allIsWell(before)
  })

  test('rebalancing: others join and leave, some without a word', async () => {
    test.setTimeout(120_000)
    const ids: string[] = []
    for (const leave of ['kill', 'stopService'] as const) {
      for (const name of ['intake#2', 'dispatch#2']) await river().start(name)
      ids.push(...(await send(...many(60))))
      for (const name of ['intake#2', 'dispatch#2']) await river()[leave](name)
      ids.push(...(await send(...many(20))))
    }
    await settled(ids)
    await allIsWell()
  })

  test('duplicate and reordered delivery, and everything ever sent delivered again: no effect', async () => {
    test.setTimeout(120_000)
    const events = many(60)
    const ids = events.map(({ id }) => id)
    await send(...events, ...[...events].reverse()) // keys are spread, so partitions tell them in any order
    await settled(ids)
    const account = () => db().row(`select (select count(*) from ql.cases) as cases, (select count(*) from ql.journal) as rows, (select count(*) from ql.inbox) as messages`)
    const before = await account()
    await river().stopService('intake')
    const ends = await db().rows<{ topic: string; part: number; next_offset: number }>('select topic, part, next_offset from ql.consumer_positions where next_offset > 0')
    await db().run('update ql.consumer_positions set next_offset = 0')
    await river().start('intake')
    await waitUntil(async () => {
      const now = await db().rows<{ topic: string; part: number; next_offset: number }>('select topic, part, next_offset from ql.consumer_positions')
      return ends.every((end) => now.some((p) => p.topic === end.topic && p.part === end.part && p.next_offset >= end.next_offset))
    }, { what: 'everything read again', timeout: 60_000, every: 100 })
    expect(await account()).toEqual(before)
    await allIsWell()
  })
})

/** Makes the next statements of a role on a table fail: with a SQLSTATE, or by cutting the connection in mid-transaction. Gives how often it struck, and the cure. */
async function fault(table: string, when: string, role: string, how: string, times = TIMES): Promise<{ struck(): Promise<number>; heal(): Promise<void> }> {
  const strike = how === 'cut' ? 'perform pg_terminate_backend(pg_backend_pid()), pg_sleep(1);' : `raise exception 'as if' using errcode = '${how}';`
  await db().run(`
    create sequence public.struck minvalue 0;
    create function public.strike() returns trigger language plpgsql security definer as $$
    begin
      if session_user = '${role}' and nextval('public.struck') <= ${times} then ${strike} end if;
      return null;
    end $$;
    select setval('public.struck', 0);
    create trigger strike after ${when} on ${table} for each statement execute function public.strike()`)
  return {
    struck: () => db().count('select last_value from public.struck'), // a sequence moves on whatever is rolled back
    heal: () => db().run(`drop trigger strike on ${table}; drop function public.strike(); drop sequence public.struck`)
  }
}

test.describe('PostgreSQL', () => {
  const FAULTS: Record<string, string> = { 'a serialisation failure': '40001', 'a deadlock': '40P01', 'a full disk': '53100', 'a connection cut in mid-transaction': 'cut' }
  // relay saves its place every few seconds only: there one strike must do.
  const WHERE: [name: string, table: string, when: string, times: number][] = [
    ['intake', 'ql.inbox', 'insert', TIMES], ['dispatch', 'ql.coordinators', 'update', TIMES], ['clock', 'ql.clock_fires', 'insert', TIMES], ['relay', 'ql.relay_positions', 'update', 1]
  ]
  for (const [what, how] of Object.entries(FAULTS)) {
    for (const [name, table, when, times] of WHERE) {
      test(`${what} in ${name}: tried again, done once`, async () => {
        const before = pids()
        const { struck, heal } = await fault(table, when, `ql_${name}`, how, times)
        const ids = await send(...many(5))
        const hasty = name === 'clock' ? await send(event({ category: HASTY })) : []
        await waitUntil(async () => (await struck()) >= times, { what: 'the fault to strike', timeout: 30_000 })
        if (times > 1) await waitUntil(async () => (await struck()) > times, { what: 'the attempt that succeeds', timeout: 30_000 })
        await heal()
        await settled(ids)
        await waitUntil(() => db().count('select count(*) from ql.inbox i join ql.cases c on c.id = i.case_id where i.message_id = any ($1) and cardinality(tried) = $2', hasty, OFFICERS).then((n) => n === hasty.length), {
          what: 'the hasty one offered to everybody'
        })
        await Promise.all(SERVICES.map((one) => river().ready(one)))
        await allIsWell(before)
      })
    }

    test(`${what} in the gateway: the command is done once, or its author is told to come again`, async () => {
      const before = pids()
      const [id] = (await settled(await send(event()))) as [number]
      const wall = await river().visitor().signIn('wall', PASSWORD)
      const { version } = (await wall.get(`/api/v1/cases/${id}`)).body.case
      const { struck, heal } = await fault('ql.journal', 'insert', 'ql_gateway', how, 5)
      const statuses: number[] = []
      await waitUntil(async () => {
        statuses.push((await wall.command(id, 'close', version, { outcome: 'withdrawn', reason: '试' })).status)
        return statuses.at(-1) === 200
      }, { what: 'the command to go through', every: 50 })
      expect(await struck()).toBeGreaterThan(5)
      await heal()
      expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([])
      expect(await db().value('select state from ql.cases where id = $1', id)).toBe('closed')
      await allIsWell(before)
    })
  }

  test('restarted without a word: all wait, say so, and go on', async ({ cluster }) => {
    test.setTimeout(120_000)
    const before = pids()
    await cluster.server.kill('SIGQUIT')
    await cluster.server.ended
    await Promise.all(SERVICES.map((name) => says(name, 'database')))
    const ids = await send(...many(20))
    cluster.server.start()
    await cluster.accepting()
    await settled(ids)
    await Promise.all(SERVICES.map((name) => river().ready(name, 60_000)))
    await allIsWell(before)
  })

  test('the slot lost: what was written meanwhile is on case.events, and whoever heard it twice does nothing twice', async () => {
    const ids = await send(...many(20))
    await river().kill('relay')
    await waitUntil(() => db().rows(`select pg_drop_replication_slot('ql_relay') where exists (select from pg_replication_slots where slot_name = 'ql_relay' and not active)`).then((r) => r.length), { what: 'the slot to be free' })
    ids.push(...(await send(...many(20))))
    await waitUntil(() => db().count('select count(*) from ql.inbox where message_id = any ($1)', ids).then((n) => n === ids.length), { what: 'all messages read' })
    await river().start('relay')
    await settled(ids)
    expect(await river().metric('relay', 'relay_recoveries_total')).toBe(1)
    await allIsWell()
  })

  test('a commit that nobody sees yet, though the WAL has it, is told only when it is seen', async () => {
    const published = async (id: number) => (await river().kafka.readAll('case.events')).filter(({ key }) => key === String(id)).length
    const [id] = (await settled(await send(event()))) as [number]
    const before = await published(id)
    const configure = (standby: string) => db().rows(`alter system set synchronous_standby_names = '${standby}'`).then(() => db().rows('select pg_reload_conf()'))
    // A standby that never answers keeps commits in this state for as long as we like.
    await configure('nobody')
    try {
      await db().session(async (client) => {
        await client.query(`set synchronous_commit = on`)
        const closing = client.query(
          `insert into ql.journal (case_id, version, number, event, state, at, actor_kind, data, prev_hash, hash)
           select id, version + 1, number, 'noted', state, now(), 'system', '{}', head_hash, sha256(head_hash || convert_to(concat_ws(chr(31), id, version + 1, number, 'noted', state,
                  (extract(epoch from now()) * 1000000)::int8, 'system', '', '', 'parties', '', '{}'), 'UTF8')) from ql.cases where id = $1`, [id])
        await waitUntil(() => db().count(`select count(*) from pg_stat_activity where wait_event = 'SyncRep' and query like 'insert into ql.journal%'`), { what: 'the commit to wait for its standby' })
        // Something later passes only behind it: so when that has not come, the row was not overlooked but held.
        const lsn = await db().value<string>('select pg_current_wal_flush_lsn()::text')
        await waitUntil(() => db().count(`select count(*) from pg_stat_replication where sent_lsn >= $1::pg_lsn`, lsn), { what: 'relay to have been handed the commit' })
        expect(await db().count('select count(*) from ql.journal where case_id = $1', id)).toBe(before)
        expect(await published(id)).toBe(before)
        await configure('')
        await closing
      })
    } finally {
      await configure('')
    }
    await waitUntil(async () => (await published(id)) === before + 1, { what: 'the row on case.events', every: 100 })
    await db().rows('update ql.cases c set version = j.version, head_hash = j.hash from ql.journal j where c.id = $1 and j.case_id = c.id and j.version = c.version + 1', id)
  })
})

test('hostile records and requests: put aside or refused, and nobody else is disturbed', async () => {
  const before = pids()
  const watcher = await new Watcher(await river().visitor().signIn('wall', PASSWORD)).start()
  const hostile = hostileRecords().filter((r) => r.value !== null && r.value.length < 500_000)
  const quarantined = () => db().count('select count(*) from ql.quarantine')
  const already = await quarantined()
  const good: string[] = []
  for (let i = 0; i < hostile.length; i += 40) {
    await Promise.all(hostile.slice(i, i + 40).map((r) => river().kafka.send(r.topic, [{ value: r.value as Buffer, headers: r.headers }])))
    good.push(...(await send(...many(3))))
  }
  const { hostname, port } = new URL(river().url)
  const REQUESTS = ['\0\0\0\0', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`, 'POST /api/v1/session HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n{', 'GET /live HTTP/1.1\r\nUpgrade: websocket\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00']
  const answers = await Promise.all(REQUESTS.map((bytes) => new Promise<string>((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.end(bytes))
    let said = ''
    socket.setTimeout(5_000, () => socket.destroy())
    socket.on('data', (chunk) => (said += chunk)).on('error', () => {}).on('close', () => resolve(said))
  })))
  for (const answer of answers) expect(answer === '' || /^HTTP\/1\.[01] 4\d\d/.test(answer), answer.slice(0, 80)).toBe(true)
  await settled(good)
  await waitUntil(async () => (await quarantined()) >= already + hostile.length, { what: 'all hostile records in quarantine', timeout: 60_000 })
  expect(await quarantined()).toBe(already + hostile.length)
  await waitUntil(async () => (await watcher.missed(db())).length === 0, { what: 'the watcher to have heard of all' })
  expect(watcher.reconnects).toBe(0)
  await watcher.stop()
  await allIsWell(before)
})

test('a storm of clients that come back at once, dead ones among them: all are served, memory stays bounded', async () => {
  test.setTimeout(120_000)
  const wall = await river().visitor().signIn('wall', PASSWORD)
  const welcomed = async (live: Live) => live.until('the welcome', ({ type }) => type === 'welcome', 30_000)
  const CLIENTS = 150
  let clients = await Promise.all(Array.from({ length: CLIENTS }, () => wall.live()))
  for (const live of clients.slice(0, 30)) live.answering = false // as good as dead
  await Promise.all(clients.map(welcomed))
  const ids = await send(...many(20))
  await settled(ids)
  await river().kill('gateway')
  await Promise.all(clients.map((live) => waitUntil(() => live.closed, { what: 'the connection to break' })))
  await river().start('gateway')
  const positions = clients.map(({ position }) => position)
  clients = await Promise.all(positions.map((position) => wall.live(position)))
  await Promise.all(clients.map(welcomed))
  const [id] = (await settled(await send(event()))) as [number]
  await Promise.all(clients.map((live) => live.until('the assignment', (f) => f.type === 'event' && f['case'].id === id && f['event'].name === 'assigned', 30_000)))
  expect(river().service('gateway').memory().peak).toBeLessThan(MEMORY_KB)
  for (const live of clients) live.close()
  await allIsWell()
})

test('the clock on the wall jumps: an alarm, and no clock of a case fires for it', async () => {
  const before = pids()
  const [id] = (await settled(await send(event()))) as [number]
  const clocks = () => db().rows('select kind, state, due_at, next_fire_at, fired from ql.clocks where case_id = $1 order by seq', id)
  const untouched = await clocks()
  const jumps = await river().metric('clock', 'clock_wall_jumps_total')
  for (const [i, seconds] of [30 * 24 * 3600, 0, -3600, 0].entries()) {
    writeFileSync(jump, String(seconds))
    await waitUntil(async () => (await river().metric('clock', 'clock_wall_jumps_total')) >= jumps + i + 1, { what: `the alarm about a jump to ${seconds} s` })
  }
  expect(river().service('clock').log()).toContain('event=clock_jump')
  expect(await clocks()).toEqual(untouched)
  await allIsWell(before)
})

test('a year without calendar: no deadline and an alarm, then the deadline', async () => {
  const before = pids()
  // An answer takes so long that it falls into a year of which no holidays are published.
  const reach = await db().value<number>(`select (max(year) - extract(year from now())::int + 1) * 250 from ql.holiday_years`)
  await db().rows(`insert into ql.policies (code, procedure, clock, category, amount, amount_unit) values ('far', 'coordination', 'resolution', 'credit_query', $1, 'work_days')`, reach)
  const far = await send(event({ category: 'credit_query' }))
  const row = () => db().rows<{ id: number; due: Date | null; fires: Date | null }>(
    `select k.case_id as id, due_at as due, next_fire_at as fires from ql.clocks k join ql.inbox i using (case_id) where i.message_id = $1 and kind = 'resolution'`, far[0]).then((rows) => rows[0])
  expect(await waitUntil(row, { what: 'the case' })).toMatchObject({ due: null, fires: null })
  await waitUntil(async () => (await river().metric('clock', 'clock_timeless')) >= 1, { what: 'the alarm', timeout: 30_000 })
  expect((await readiness('clock')).text).toMatch(/holidays of \d{4} are not imported/)
  expect((await readiness('clock')).status).toBe(503)
  await db().rows(`insert into ql.holidays (day, kind, name, verified) select make_date(y, 10, 1), 'rest', '国庆节', 'test' from generate_series(extract(year from now())::int + 1, extract(year from now())::int + 9) y on conflict do nothing`)
  await waitUntil(async () => (await row())?.due, { what: 'the deadline' })
  await river().ready('clock')
  await allIsWell(before)
})
