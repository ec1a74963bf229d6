/** Promises of time: warnings, breaches and what follows them, exactly once, whatever happens to the clock. */
import type { Db } from '../lib/pg.ts'
import { coordinator, enterprise, rosterChanged } from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'
import { caseRow, events, giveTo, journal, load, openCase, openCases, startClock, type ClockSeed } from './cases.ts'

/** A year with one day off counts as published. */
async function publish(db: Db, ...years: number[]): Promise<void> {
  for (const year of years) {
    await db.rows(`insert into ql.holidays (day, kind, name, verified) values (make_date($1, 1, 1), 'rest', '元旦', 'test') on conflict do nothing`, year)
  }
}
const beijingYear = (db: Db): Promise<number> => db.value<number>(`select extract(year from now() at time zone 'Asia/Shanghai')::int`)

const river = useStack({ services: ['clock'] }, async ({ db }) => publish(db, await beijingYear(db)))

const LATE_ENOUGH: ClockSeed = { looksDueIn: 0 }
/** What is urgent tells people at any hour; else a late step waits for the hours of whom it tells. */
const AT_ANY_HOUR = { priority: 'urgent' } as const

async function clockOf(db: Db, from: number, kind: string, seed: ClockSeed = {}, to = from): Promise<void> {
  await db.session((client) => startClock(client, from, to, kind, { ...LATE_ENOUGH, ...seed }))
}

const reached = (db: Db, id: number, ...expected: string[]): Promise<string[]> =>
  waitUntil(async () => {
    const seen = await events(db, id)
    return expected.every((event) => seen.includes(event)) ? seen : undefined
  }, { what: `${expected.join(', ')} in the journal of case ${id}` })

const thresholds = async (db: Db, id: number): Promise<string[]> =>
  (await journal(db, id)).flatMap(({ data }) => (typeof data['threshold'] === 'string' ? [`${String(data['clock'])}:${data['threshold']}`] : []))

interface ClockRow { kind: string; state: string; fired: number; breached_at: Date | null; next_fire_at: Date | null; due_at: Date | null }
const clockRow = (db: Db, id: number, kind: string): Promise<ClockRow> =>
  db.row<ClockRow>('select kind, state, fired, breached_at, next_fire_at, due_at from ql.clocks where case_id = $1 and kind = $2 order by seq desc limit 1', id, kind)

test('a warning comes before the breach, and the breach at its time', async () => {
  const { db } = river()
  const officer = await coordinator(db)
  const id = await openCase(db)
  await giveTo(db, id, id, officer)
  await clockOf(db, id, 'accept', { ago: 25 }) // of 30 minutes: the warning at 22.5 is due, the breach is not
  expect(await reached(db, id, 'warned')).toEqual(['opened', 'warned'])
  const clock = await clockRow(db, id, 'accept')
  expect(clock).toMatchObject({ state: 'running', fired: 1, breached_at: null })
  expect(clock.next_fire_at).toEqual(clock.due_at)
  expect(await caseRow(db, id)).toMatchObject({ state: 'assigned', coordinator_id: officer })
})

test('not accepted in time: the coordinator is free again and not asked twice', async () => {
  const { db } = river()
  const officer = await coordinator(db)
  const id = await openCase(db, { weight: 3 })
  await giveTo(db, id, id, officer)
  expect(await load(db, officer)).toBe(3)
  await clockOf(db, id, 'accept', { ago: 31 })
  expect(await reached(db, id, 'not_accepted')).toEqual(['opened', 'warned', 'breached', 'not_accepted'])
  expect(await caseRow(db, id)).toMatchObject({ state: 'received', coordinator_id: null, tried: [officer], why: null })
  expect(await load(db, officer)).toBe(0)
  expect(await clockRow(db, id, 'accept')).toMatchObject({ state: 'stopped', fired: 3, next_fire_at: null })
  expect(await clockRow(db, id, 'unassigned')).toMatchObject({ state: 'running' })
  expect(await thresholds(db, id)).toEqual(['accept:warn_75pct', 'accept:breach'])
})

test('what nobody has goes up the ladder, step by step', async () => {
  const { db } = river()
  const id = await openCase(db, AT_ANY_HOUR)
  await db.rows(`delete from ql.clock_segments where case_id = $1`, id)
  await db.rows(`delete from ql.clocks where case_id = $1`, id)
  await clockOf(db, id, 'unassigned', { ago: 21 }) // of 5 minutes, late_15min at 20
  expect(await reached(db, id, 'late')).toEqual(['opened', 'breached', 'escalated', 'late', 'escalated'])
  const why = (await journal(db, id)).filter(({ event }) => event === 'escalated').map(({ data }) => data['why'])
  expect(why).toEqual(['unassigned:breach', 'unassigned:late_15min'])
  expect(await caseRow(db, id)).toMatchObject({ state: 'received' })
})

test('first response and resolution breach and escalate, the case goes on', async () => {
  const { db } = river()
  const officer = await coordinator(db)
  const id = await openCase(db, AT_ANY_HOUR)
  await giveTo(db, id, id, officer, 'working')
  await clockOf(db, id, 'first_response', { ago: 61 })
  await clockOf(db, id, 'resolution', { ago: 6 * 24 * 60, policy: 'resolution_department' })
  await waitUntil(async () => (await thresholds(db, id)).length === 5, { what: 'five thresholds' })
  expect((await thresholds(db, id)).sort()).toEqual(['first_response:breach', 'first_response:warn_75pct', 'resolution:breach', 'resolution:late_480min', 'resolution:warn_75pct'])
  expect((await events(db, id)).filter((event) => event === 'escalated')).toHaveLength(3)
  expect(await caseRow(db, id)).toMatchObject({ state: 'working', coordinator_id: officer })
  const breached = await clockRow(db, id, 'first_response')
  expect(breached.breached_at).toEqual(breached.due_at)
})

test('an answer that nobody objects to closes silently, with the outcome it was given, when that was announced', async () => {
  const { db } = river()
  const officer = await coordinator(db)
  const id = await openCase(db)
  await giveTo(db, id, id, officer, 'answered')
  await db.rows(`update ql.cases set announced_version = 1, announced_at = now() - interval '1 day' where id = $1`, id)
  await clockOf(db, id, 'confirmation', { ago: 5 * 24 * 60 })
  expect(await reached(db, id, 'closed')).toEqual(['opened', 'warned', 'breached', 'closed'])
  expect(await caseRow(db, id)).toMatchObject({ state: 'closed', closed_way: 'silent', outcome: 'self_recovered' })
  expect(await db.count(`select count(*) from ql.clocks where case_id = $1 and state = 'running'`, id)).toBe(0)
})

test('silence that was not announced closes nothing: it is announced, and the time for objections begins anew', async () => {
  const { db } = river()
  const officer = await coordinator(db)
  const id = await openCase(db)
  await giveTo(db, id, id, officer, 'answered')
  await clockOf(db, id, 'confirmation', { ago: 5 * 24 * 60 })
  expect(await reached(db, id, 'announced')).toEqual(['opened', 'warned', 'announced'])
  expect(await caseRow(db, id)).toMatchObject({ state: 'answered', closed_way: null })
  expect(await db.rows(`select state, cycle from ql.clocks where case_id = $1 and kind = 'confirmation' order by seq`, id))
    .toEqual([{ state: 'stopped', cycle: 1 }, { state: 'running', cycle: 2 }])
  expect(await db.row(`select n.audience, m.state from ql.entries n join ql.messages m using (case_id, version) where n.case_id = $1`, id))
    .toEqual({ audience: 'public', state: 'delivered' })
})

test('a row that only looks due is put right and fires nothing', async () => {
  const { db } = river()
  const officer = await coordinator(db)
  const id = await openCase(db)
  await giveTo(db, id, id, officer)
  await clockOf(db, id, 'accept', { ago: 10 })
  const clock = await waitUntil(async () => {
    const row = await clockRow(db, id, 'accept')
    return row.next_fire_at && row.next_fire_at.getTime() > Date.now() ? row : undefined
  }, { what: 'the row put right' })
  expect(clock.fired).toBe(0)
  expect(await db.value(`select next_fire_at - started_at = interval '22 minutes 30 seconds' from ql.clocks where case_id = $1 and kind = 'accept'`, id)).toBe(true)
  expect(await events(db, id)).toEqual(['opened'])
})

test('a case that cannot be worked on does not hold up the others', async () => {
  const { db } = river()
  const officer = await coordinator(db)
  const [poison, ...others] = await openCases(db, 6) as [number, ...number[]]
  await giveTo(db, poison, poison + 5, officer)
  await db.rows(`update ql.cases set state = 'of_a_later_release' where id = $1`, poison)
  await clockOf(db, poison, 'accept', { ago: 31 }, poison + 5)
  for (const id of others) await reached(db, id, 'not_accepted')
  await waitUntil(async () => (await river().metric('clock', 'clock_set_aside_total')) > 0, { what: 'the count of what was set aside' })
  expect(await events(db, poison)).toEqual(['opened'])
  await db.rows(`update ql.clocks set state = 'stopped', next_fire_at = null where case_id = $1`, poison)
})

test('two clocks, the leader killed again and again: everything fires once', async () => {
  const { db } = river()
  await river().start('clock#2')
  expect((await river().metric('clock', 'clock_standby')) + (await river().metric('clock#2', 'clock_standby'))).toBe(1)
  const officer = await coordinator(db, { capacity: 200 })
  const ids: number[] = []
  for (let round = 0; round < 6; round++) {
    const some = await openCases(db, 30)
    const [from, to] = [some[0] as number, some.at(-1) as number]
    ids.push(...some)
    await giveTo(db, from, to, officer)
    await clockOf(db, from, 'accept', { ago: 31 }, to)
    const leader = round % 2 === 0 ? 'clock' : 'clock#2'
    await river().kill(leader)
    await river().launch(leader)
  }
  await waitUntil(async () => (await db.count(`select count(*) from ql.journal where event = 'not_accepted' and case_id = any($1)`, ids)) === ids.length, { what: 'every case taken back' })
  const counts = await db.rows(`select event, count(*), count(distinct case_id) as cases from ql.journal where case_id = any($1) and event <> 'opened' group by 1 order by 1`, ids)
  expect(counts).toEqual(['breached', 'not_accepted', 'warned'].map((event) => ({ event, count: ids.length, cases: ids.length })))
  expect(await db.count('select count(*) from ql.clock_fires where case_id = any($1)', ids)).toBe(2 * ids.length)
  expect(await load(db, officer)).toBe(0)
  await river().ready('clock')
  await river().ready('clock#2')
  await river().stopService('clock#2')
})

test('a watch whose time has come opens a case; the next one about the same declaration attaches', async () => {
  const { db } = river()
  const { id: principal } = await enterprise(db, { home: '2222' })
  const declaration = '222220261000000017'
  const arm = (rule: string, due: string) => db.value<number>(
    `insert into ql.watches (rule, declaration, enterprise_id, unit_id, container, armed_at, due_at)
     select $1, $2, $3, id, 'CSQU3054383', now() - interval '2 days', now() + $4::interval from ql.units where code = '2248' returning id`, rule, declaration, principal, due)
  const watchRow = (id: number) => db.row<{ state: string; case_id: number | null }>('select state, case_id from ql.watches where id = $1', id)
  const [first, second, later] = [await arm('tax_due', '-1 second'), await arm('release_usual', '-1 minute'), await arm('examination_aeo', '1 day')]
  const fired = (id: number) => waitUntil(async () => {
    const row = await watchRow(id)
    return row.state === 'fired' ? row : undefined
  }, { what: `watch ${id}` })
  const { case_id: opened } = await fired(second) // due before the first
  expect((await fired(first)).case_id).toBe(opened)
  expect(await watchRow(later)).toEqual({ state: 'armed', case_id: null })

  const row = await db.row(
    `select c.kind, c.state, c.category, c.principal_id, l.code as lead, g.code as goods, c.channel from ql.cases c
       join ql.units l on l.id = c.lead_unit_id left join ql.units g on g.id = c.goods_unit_id where c.id = $1`, opened)
  expect(row).toEqual({ kind: 'watch', state: 'received', category: 'release_late', principal_id: principal, lead: '2222', goods: '2248', channel: 'notice' })
  expect(await events(db, opened as number)).toEqual(['opened', 'attached'])
  expect(await db.rows('select type, value from ql.case_references where case_id = $1 order by 1', opened)).toEqual([{ type: 'container', value: 'CSQU3054383' }, { type: 'declaration', value: declaration }])
  expect(await db.rows('select kind from ql.clocks where case_id = $1 order by 1', opened)).toEqual([{ kind: 'first_response' }, { kind: 'joint_accept' }, { kind: 'resolution' }, { kind: 'unassigned' }])
  await db.rows('delete from ql.watches where id = $1', later)
})

test('a database restart: the clock takes the lead again and fires on', async ({ cluster }) => {
  const { db } = river()
  await cluster.server.stop()
  cluster.server.start()
  await cluster.accepting()
  const officer = await coordinator(db)
  const id = await openCase(db)
  await giveTo(db, id, id, officer)
  await clockOf(db, id, 'accept', { ago: 31 })
  await waitUntil(async () => (await events(db, id)).includes('not_accepted'), { what: 'the breach after the restart', timeout: 30_000 })
})

test('a year without calendar: no deadline, a loud alarm, and the deadline once it is imported', async () => {
  const { db } = river()
  const year = await beijingYear(db)
  const officer = await coordinator(db)
  const id = await openCase(db)
  await giveTo(db, id, id, officer, 'working')
  await db.rows(
    `insert into ql.policies (code, procedure, clock, category, amount, amount_unit)
     select 'two_years', 'coordination', 'next_update', code, 500, 'work_days' from ql.categories limit 1`)
  await db.rows(`update ql.cases set category = (select category from ql.policies where code = 'two_years') where id = $1`, id) // a better promise would replace it
  await clockOf(db, id, 'next_update', { policy: 'two_years', calendar: 'office' })
  const timeless = await waitUntil(async () => {
    const row = await clockRow(db, id, 'next_update')
    return row.due_at === null ? row : undefined
  }, { what: 'the doubtful deadline taken away' })
  expect(timeless).toMatchObject({ state: 'running', next_fire_at: null })
  await publish(db, year + 9) // any import makes the clock look again
  await waitUntil(async () => (await (await river().health('clock', '/readyz')).text()).includes(`holidays of ${year + 1} are not imported`), { what: 'the alarm' })
  expect(await river().metric('clock', 'clock_calendar_missing_year')).toBe(year + 1)
  expect(await river().metric('clock', 'clock_timeless')).toBe(1)

  await publish(db, year + 1, year + 2, year + 3, year + 4, year + 5)
  const known = await waitUntil(async () => {
    const row = await clockRow(db, id, 'next_update')
    return row.due_at ? row : undefined
  }, { what: 'the deadline' })
  expect(known.due_at!.getTime()).toBeGreaterThan(Date.now() + 500 * 24 * 3600 * 1000)
  expect(known.next_fire_at).not.toBeNull()
  expect(await reached(db, id, 'promised')).toContain('promised')
  await river().ready('clock')
})

test('with dispatch beside it, a case that was not accepted has its next coordinator at once', async () => {
  const { db } = river()
  await river().start('relay', 'dispatch')
  await db.rows(`insert into ql.units (code, kind, name_zh, name_en, parent_id) select 'XC', 'office', 'XC', 'XC', id from ql.units where code = '2200'`)
  await db.rows('select ql.units_link()')
  const [one, other] = [await coordinator(db, { unit: 'XC' }), await coordinator(db, { unit: 'XC' })]
  for (const id of [one, other]) await rosterChanged(db, id, 'created')
  const id = await openCase(db, { unit: 'XC' })
  const first = await waitUntil(async () => (await caseRow(db, id)).coordinator_id, { what: 'the first coordinator' })
  // The accept limit passes: its clock is moved into the past.
  await db.rows(
    `update ql.clocks set calendar_id = (select id from ql.calendars where code = 'port_24h'), started_at = now() - interval '31 minutes', next_fire_at = now()
      where case_id = $1 and kind = 'accept'`, id)
  await db.rows(
    `update ql.clock_segments s set from_at = now() - interval '31 minutes' from ql.clocks k
      where k.case_id = s.case_id and k.seq = s.clock_seq and k.kind = 'accept' and s.case_id = $1`, id)
  const second = await waitUntil(async () => {
    const row = await caseRow(db, id)
    return row.coordinator_id !== null && row.coordinator_id !== first ? row.coordinator_id : undefined
  }, { what: 'the next coordinator' })
  expect([one, other]).toContain(second)
  expect(await caseRow(db, id)).toMatchObject({ state: 'assigned', tried: [first] })
  expect(await load(db, first)).toBe(0)
})
