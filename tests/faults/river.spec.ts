/**
 * Everything at once: a load that is known to the last record, and every part of the river killed, restarted and cut off while it
 * flows. At the end the account must be right to the last message.
 *
 * QL_FAULTS_SEED has a run again; QL_FAULTS_RECORDS makes it longer.
 */
import type { Api } from '../lib/api.ts'
import type { Cluster } from '../lib/cluster.ts'
import { coordinator, enterprise, PASSWORD, rosterChanged, user } from '../lib/seed.ts'
import type { Stack } from '../lib/stack.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'
import { broken, lacking, misjudged, unaccounted, unpublished, verified } from './account.ts'
import { CLOSABLE, HASTY, Load, deliver, dice, type Sent } from './load.ts'
import { Watcher } from './watcher.ts'

const SEED = Number(process.env['QL_FAULTS_SEED'] ?? 20261122)
const RECORDS = Number(process.env['QL_FAULTS_RECORDS'] ?? 3000)
const RATE = 100 // records a second, about
const BATCH = 10
const SERVICES = ['relay', 'intake', 'dispatch', 'clock', 'gateway']
const OFFICES = ['2222', '2248', '5301', '5304']
const PER_OFFICE = 6 // a case whose goods are elsewhere weighs there too
const FULL = 200 // the most a coordinator may hold

const enterprises: { id: number; uscc: string }[] = []
const coordinators: number[] = []

const river = useStack({ services: SERVICES }, async ({ db }) => {
  // A cloned database's sequences are as safe as its template's last checkpoint: a crash would have them give numbers twice.
  await db.run('checkpoint')
  const skills = (await db.rows<{ code: string }>('select code from ql.skills')).map(({ code }) => code)
  for (let i = 0; i < OFFICES.length * PER_OFFICE; i++) {
    const unit = OFFICES[i % OFFICES.length] as string
    const id = await coordinator(db, { unit, skills, capacity: 40 })
    coordinators.push(id)
    if (i < OFFICES.length) await user(db, { login: `officer${i}`, role: 'coordinator', unit, coordinator: id })
  }
  // Calls of strangers and the like belong to no office.
  for (let i = 0; i < PER_OFFICE; i++) coordinators.push(await coordinator(db, { unit: '0000', skills, capacity: 40, pools: [{ unit: '0000', pool: 'office' }] }))
  for (let i = 0; i < 120; i++) enterprises.push(await enterprise(db, { home: OFFICES[i % OFFICES.length] as string }))
  await user(db, { login: 'wall', role: 'supervisor', unit: '0000' })
  await user(db, { login: 'desk', role: 'enterprise', enterprise: enterprises[0]?.id as number })
  // Whoever gets such a case has no time to accept it.
  await db.rows(
    `insert into ql.policies (code, procedure, clock, category, amount, amount_unit, thresholds) values ('hasty', 'coordination', 'accept', $1, 0, 'wall_minutes', '{breach}')`, HASTY)
})

/** An officer at his desk: answers and closes what may be closed, as fast as the gateway lets him. Gives what was acknowledged. */
async function officer(api: Api, unit: string, stopped: () => boolean): Promise<number[]> {
  const closed: number[] = []
  while (!stopped()) {
    const mine = await api.get('/api/v1/cases?coordinator=me&state=assigned&limit=20').catch(() => undefined)
    const row = mine?.status === 200 ? mine.body.items.find(({ subject }: { subject: string }) => subject.startsWith(CLOSABLE)) : undefined
    if (row) {
      const answer = await api.command(row.id, 'answer_and_close', row.version, { department: unit, text: '已办结' }).catch(() => undefined)
      if (answer?.status === 200) closed.push(row.id)
    }
    await new Promise((resolve) => setTimeout(resolve, 100)) // a person, not a machine
  }
  return closed
}

interface Disaster {
  /** So many records were sent when it strikes. */
  at: number
  /** Of one target one comes after the other; several targets are struck at once. */
  target: string
  strike: () => Promise<unknown>
}

/** What befalls the river: each service three times, the database and the broker once, and connections cut all along, those of watchers too. */
function disasters(stack: Stack, cluster: Cluster, watchers: Watcher[]): Disaster[] {
  const { below } = dice(SEED + 1)
  const kills = [0, 1, 2].flatMap((round) => SERVICES.map((target) => ({
    at: Math.floor(RECORDS * 0.3 * (round + below(1000) / 1000)),
    target,
    strike: () => stack.kill(target).then(() => stack.launch(target))
  })))
  const cuts = Array.from({ length: 30 }, () => ({
    at: below(RECORDS),
    target: 'connections',
    // With the server away there is nothing to cut.
    strike: () => stack.db.rows(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename like 'ql\\_%' and random() < 0.5`).catch(() => [])
  }))
  const servers = [
    {
      at: Math.floor(RECORDS * 0.4),
      target: 'database',
      strike: async () => {
        await cluster.server.kill('SIGQUIT') // no checkpoint and no good-bye: its log is all it has
        await cluster.server.ended
        cluster.server.start()
        await cluster.accepting()
      }
    },
    { at: Math.floor(RECORDS * 0.7), target: 'broker', strike: () => stack.broker.kill().then(() => stack.broker.start()) }
  ]
  const drops = Array.from({ length: 6 }, () => ({ at: below(RECORDS), target: 'watchers', strike: async () => watchers.forEach((one) => one.drop()) }))
  return [...kills, ...cuts, ...drops, ...servers].sort((a, b) => a.at - b.at)
}

test('killed, cut and restarted under load, the account is right to the last message', async ({ cluster }) => {
  test.setTimeout(300_000)
  const stack = river()
  const { db, kafka } = stack
  const load = new Load(SEED, enterprises.map(({ uscc }) => uscc))
  const as = (login: string) => stack.visitor().signIn(login, PASSWORD)
  const wall = await new Watcher(await as('wall')).start()
  const desk = await new Watcher(await as('desk')).start()
  let stopped = false
  const officers = await Promise.all(OFFICES.map(async (unit, i) => ({ unit, api: await as(`officer${i}`) })))
  const working = officers.map(({ api, unit }) => officer(api, unit, () => stopped))

  await test.step('the load, and what befalls it', async () => {
    const coming = disasters(stack, cluster, [wall, desk])
    const chains = new Map<string, Promise<unknown>>()
    const began = performance.now()
    while (load.sent.length < RECORDS || coming.length > 0) {
      const batch: Sent[] = []
      while (batch.length < BATCH) batch.push(...load.next())
      for (; coming[0] && coming[0].at <= load.sent.length; coming.shift()) {
        const { target, strike } = coming[0]
        chains.set(target, (chains.get(target) ?? Promise.resolve()).then(strike))
      }
      await deliver(kafka, batch)
      await waitUntil(() => performance.now() - began >= (load.sent.length / RATE) * 1000, { what: 'the time of the next records', timeout: 60_000, every: 2 })
    }
    await Promise.all(chains.values())
  })

  await test.step('everything is worked', async () => {
    const good = new Set(load.sent.filter(({ fate }) => fate.is !== 'quarantine').map(({ id }) => id)).size
    await waitUntil(() => db.count(`select count(*) from ql.inbox`).then((n) => n >= good), { what: `${good} messages accepted`, timeout: 90_000, every: 250 })
    await Promise.all(SERVICES.map((name) => stack.ready(name, 60_000)))
    stopped = true
    await Promise.all(working)
    // Until now there was not room for all; what waits is drawn as soon as there is.
    expect(await db.count(`select count(*) from ql.cases where state = 'received'`)).toBeGreaterThan(0)
    await db.rows('update ql.coordinators set capacity = $1', FULL)
    for (const id of coordinators) await rosterChanged(db, id, 'capacity_changed')
    // A coordinator for every case; but the hasty ones have been with everybody, and nobody took them.
    const waiting = await lacking(async () => (await db.rows<{ what: string }>(
      `select concat_ws(' ', number, state, category, tried, (select string_agg(concat_ws(' ', kind, state, next_fire_at), ', ') from ql.clocks k where k.case_id = c.id)) as what
         from ql.cases c where open and case when category = $1 then cardinality(tried) < $2 else state = 'received' end`, HASTY, PER_OFFICE)).map(({ what }) => what), 60_000)
    expect(waiting).toEqual([])
  })

  await test.step('the account', async () => {
    expect(await lacking(async () => unpublished(db, await kafka.readAll('case.events')))).toEqual([])
    expect(await unaccounted(stack, load.sent)).toEqual([])
    expect(await misjudged(db, load.sent)).toEqual([])
    expect(await broken(db)).toEqual({})
    await verified(stack)
    const closed = (await Promise.all(working)).flat()
    expect(await db.count(`select count(*) from ql.cases where id = any ($1) and state <> 'closed'`, closed)).toBe(0)
    expect(closed.length).toBeGreaterThan(0)
    expect(await db.count(`select count(*) from ql.journal where event = 'not_accepted'`)).toBeGreaterThan(0)
  })

  await test.step('who watched saw it all', async () => {
    const open = `audience = 'public' and (j.enterprise_id is null or j.enterprise_id = ${enterprises[0]?.id})
                  and exists (select from ql.case_enterprises e where e.case_id = j.case_id and e.enterprise_id = ${enterprises[0]?.id})`
    for (const [watcher, readable] of [[wall, 'true'], [desk, open]] as const) {
      expect(await lacking(() => watcher.missed(db, readable))).toEqual([])
      expect(watcher.reconnects).toBeGreaterThanOrEqual(3)
      expect(watcher.resumed).toBeGreaterThan(0)
      await watcher.stop()
    }
  })
})
