/** Waiting cases find their coordinator: order of draw, every filter, capacity, urgency, and what happens when nobody can. */
import type { Db } from '../lib/pg.ts'
import { coordinator, enterprise, rosterChanged } from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'
import { caseRow, events, journal, load, openCase, openCases, unitId, type CaseRow } from './cases.ts'

const river = useStack({ services: ['relay', 'dispatch'] })

// Each test has an office of its own, so that none draws on another's people.
let offices = 0
async function office(db: Db): Promise<string> {
  const code = `X${++offices}`
  await db.rows(`insert into ql.units (code, kind, name_zh, name_en, parent_id) select $1, 'office', $1, $1, id from ql.units where code = '2200'`, code)
  await db.rows('select ql.units_link()')
  return code
}

const assigned = (db: Db, id: number): Promise<CaseRow> =>
  waitUntil(async () => {
    const row = await caseRow(db, id)
    return row.state === 'assigned' ? row : undefined
  }, { what: `a coordinator for case ${id}` })

const told = (db: Db, id: number): Promise<true> =>
  waitUntil(async () => (await events(db, id)).includes('waiting') || undefined, { what: `word that case ${id} waits` }).then(() => true)

interface Why {
  level: string
  chosen: number | null
  owner?: number | null
  considered: number
  removed: Record<string, number>
  relaxed: string[]
  candidates: { id: number; name: string; level: string; removed_by: string | null; score: { load: number; capacity: number } | null }[]
}
async function why(db: Db, id: number, event = 'assigned'): Promise<Why> {
  const row = (await journal(db, id)).find((one) => one.event === event)
  return row?.data['why'] as Why
}

/** As closing one of his cases would: room, and the event that says so. */
async function freeOne(db: Db, who: number, weight = 1): Promise<void> {
  const other = await openCase(db, { unit: '0000', language: 'xx' })
  await db.session(async (client) => {
    await client.query('begin')
    await client.query(`update ql.coordinators set open_weight = open_weight - $2 where id = $1`, [who, weight])
    await client.query(
      `insert into ql.journal (case_id, version, number, event, state, at, actor_kind, data, prev_hash, hash)
       select id, 90, number, 'closed', 'closed', now(), 'system', '{}', head_hash, head_hash from ql.cases where id = $1`, [other])
    await client.query('commit')
  })
}

const fill = (db: Db, who: number): Promise<unknown> => db.rows('update ql.coordinators set open_weight = capacity where id = $1', who)

test('the named coordinator gets the case, and the journal says why', async () => {
  const { db } = river()
  const unit = await office(db)
  const [named, colleague] = [await coordinator(db, { unit, name: '王岚' }), await coordinator(db, { unit })]
  await rosterChanged(db, named, 'created')
  await rosterChanged(db, colleague, 'created')
  const { id: principal } = await enterprise(db, { named })
  const id = await openCase(db, { unit, principal, weight: 2 })
  const row = await assigned(db, id)
  expect(row).toMatchObject({ coordinator_id: named, version: 2, why: { level: 'named', load: 0, capacity: 20 } })
  expect(await load(db, named)).toBe(2)
  expect(await load(db, colleague)).toBe(0)
  expect(await why(db, id)).toMatchObject({ level: 'named', chosen: named, considered: 1, removed: {}, candidates: [{ id: named, name: '王岚', level: 'named', removed_by: null }] })
  const clocks = await db.rows(`select kind, state from ql.clocks where case_id = $1 order by seq`, id)
  expect(clocks).toEqual([{ kind: 'unassigned', state: 'met' }, { kind: 'accept', state: 'running' }])
  expect(await db.value('select coordinator_id from ql.case_parties where case_id = $1 and is_lead', id)).toBe(named)
  const [opened, given] = await journal(db, id)
  expect(given?.trace).toBe(opened?.trace) // one trace from the record to the coordinator
})

test('order of draw: named, deputy, deputy of the deputy, office, district, nation', async () => {
  const { db } = river()
  const unit = await office(db)
  const elsewhere = await office(db)
  const named = await coordinator(db, { unit, onDuty: false })
  const deputy = await coordinator(db, { unit: elsewhere, pools: [], available: false })
  const second = await coordinator(db, { unit: elsewhere, pools: [] })
  const officer = await coordinator(db, { unit })
  const district = await coordinator(db, { unit: elsewhere, pools: [{ unit: '2200', pool: 'district' }], languages: ['ru'] })
  const expert = await coordinator(db, { unit: '0000', pools: [{ unit: '0000', pool: 'national' }], languages: ['en', 'ru'] })
  await db.rows('insert into ql.deputies (coordinator_id, deputy_id, rank) values ($1, $2, 1), ($2, $3, 1), ($3, $1, 1)', named, deputy, second) // a loop, too
  for (const id of [named, deputy, second, officer, district, expert]) await rosterChanged(db, id, 'created')
  const { id: principal } = await enterprise(db, { named })

  expect(await assigned(db, await openCase(db, { unit, principal }))).toMatchObject({ coordinator_id: second, why: { level: 'deputy' } })
  expect(await assigned(db, await openCase(db, { unit }))).toMatchObject({ coordinator_id: officer, why: { level: 'office' } })
  expect(await assigned(db, await openCase(db, { unit, language: 'ru' }))).toMatchObject({ coordinator_id: district, why: { level: 'district' } })
  expect(await assigned(db, await openCase(db, { unit, language: 'en' }))).toMatchObject({ coordinator_id: expert, why: { level: 'national' } })
})

test('every filter keeps a coordinator out, and the explanation counts it', async () => {
  const { db } = river()
  const unit = await office(db)
  const category = await db.value<string>(`select code from ql.categories where skill = 'declaration' order by code limit 1`)
  const another = await db.value<string>(`select code from ql.categories where code <> $1 order by code limit 1`, category)
  const { id: principal } = await enterprise(db)
  const skills = ['declaration']
  const away = await coordinator(db, { unit, skills })
  const recused = await coordinator(db, { unit, skills })
  const leaving = await coordinator(db, { unit, skills, onDuty: false })
  const full = await coordinator(db, { unit, skills, capacity: 3 })
  const tried = await coordinator(db, { unit, skills })
  const people = [
    await coordinator(db, { unit, skills, onDuty: false }), await coordinator(db, { unit, skills, available: false }), recused,
    await coordinator(db, { unit, skills, categories: [another] }),
    await coordinator(db, { unit }), await coordinator(db, { unit, skills, languages: ['ru'] }), leaving, full, tried, away
  ]
  await db.rows(`insert into ql.recusals (coordinator_id, enterprise_id, reason) values ($1, $2, 'family')`, recused, principal)
  await db.rows(`insert into ql.shifts values ($1, now() - interval '1 hour', now() + interval '10 minutes')`, leaving)
  await db.rows(`insert into ql.absences values ($1, now() - interval '1 hour', now() + interval '1 hour', 'training')`, away)
  await db.rows('update ql.coordinators set open_weight = 2 where id = $1', full)
  for (const id of people) await rosterChanged(db, id, 'created')
  const right = await coordinator(db, { unit, skills })
  await rosterChanged(db, right, 'created')

  const id = await openCase(db, { unit, category, principal, weight: 2, tried: [tried] })
  expect(await assigned(db, id)).toMatchObject({ coordinator_id: right, why: { level: 'office' } })
  const reasons = await why(db, id)
  expect(reasons.considered).toBe(people.length + 1)
  expect(reasons.removed).toEqual({ off_duty: 2, unavailable: 1, recused: 1, excluded: 1, not_authorised: 1, skill: 1, language: 1, shift_ends: 1, full: 1 })
})

test('inside a pool the lowest load goes first, then who has waited longest', async () => {
  const { db } = river()
  const unit = await office(db)
  const [a, b, c] = [await coordinator(db, { unit, capacity: 10 }), await coordinator(db, { unit, capacity: 20 }), await coordinator(db, { unit, capacity: 10 })]
  await db.rows('update ql.coordinators set open_weight = 2 where id in ($1, $2)', a, b)
  await db.rows('update ql.coordinators set open_weight = 5 where id = $1', c)
  for (const id of [a, b, c]) await rosterChanged(db, id, 'created')
  const ids = await openCases(db, 5, { unit })
  for (const id of ids) await assigned(db, id)
  expect([await load(db, a), await load(db, b), await load(db, c)]).toEqual([3, 6, 5]) // b, b; a, who had none yet, at 20 per cent each; b, b
})

test('nobody can: it stays with the duty supervisor, said once, and is drawn when somebody can', async () => {
  const { db } = river()
  const unit = await office(db)
  const supervisor = await coordinator(db, { unit, pools: [{ unit, pool: 'duty' }], name: '值班长' })
  const officer = await coordinator(db, { unit, available: false })
  await rosterChanged(db, supervisor, 'created')
  await rosterChanged(db, officer, 'created')
  const id = await openCase(db, { unit })
  await told(db, id)
  expect(await caseRow(db, id)).toMatchObject({ state: 'received', coordinator_id: null, why: { level: 'duty' } })
  expect(await why(db, id, 'waiting')).toMatchObject({ level: 'duty', chosen: null, owner: supervisor, removed: { unavailable: 1 } })
  expect(await load(db, supervisor)).toBe(0)

  await river().restart('dispatch', 'SIGKILL')
  const sweeps = await river().metric('dispatch', 'dispatch_sweeps_total')
  await waitUntil(async () => (await river().metric('dispatch', 'dispatch_sweeps_total')) > sweeps + 1, { what: 'two more sweeps' })
  expect(await events(db, id)).toEqual(['opened', 'waiting'])

  await db.rows('update ql.coordinators set available = true where id = $1', officer)
  await rosterChanged(db, officer, 'availability_changed')
  expect(await assigned(db, id)).toMatchObject({ coordinator_id: officer })
  expect(await events(db, id)).toEqual(['opened', 'waiting', 'assigned'])
})

test('freed capacity draws the most urgent case, not the oldest nor the newest', async () => {
  const { db } = river()
  const unit = await office(db)
  const officer = await coordinator(db, { unit, capacity: 5 })
  await fill(db, officer)
  await rosterChanged(db, officer, 'created')
  const later = await openCase(db, { unit, dueIn: 600 })
  const needed = await openCase(db, { unit, dueIn: 700, neededIn: 30 })
  const soon = await openCase(db, { unit, dueIn: 60 })
  const urgent = await openCase(db, { unit, dueIn: 800, priority: 'urgent' })
  for (const id of [later, needed, soon, urgent]) await told(db, id)
  const drawn: number[] = []
  for (const next of [urgent, needed, soon, later]) {
    await freeOne(db, officer)
    await assigned(db, next)
    drawn.push(next)
    const waiting = await db.rows<{ id: number }>(`select id from ql.cases where lead_unit_id = $1 and state = 'received'`, await unitId(db, unit))
    expect(waiting.map(({ id }) => id).sort()).toEqual([later, needed, soon, urgent].filter((id) => !drawn.includes(id)).sort())
  }
})

test('what cannot be placed does not hold up what can', async () => {
  const { db } = river()
  const [full, free] = [await office(db), await office(db)]
  const blocked = await openCases(db, 1200, { unit: full, priority: 'urgent', dueIn: 1 })
  const officer = await coordinator(db, { unit: free })
  await rosterChanged(db, officer, 'created')
  const id = await openCase(db, { unit: free })
  expect(await assigned(db, id)).toMatchObject({ coordinator_id: officer })
  await waitUntil(async () => (await db.count(`select count(*) from ql.journal where event = 'waiting' and case_id = any($1)`, blocked)) === blocked.length,
    { what: 'word of all that wait' })

  const helper = await coordinator(db, { unit: full, capacity: 40 })
  await rosterChanged(db, helper, 'created')
  await waitUntil(async () => (await load(db, helper)) === 40, { what: 'the 40 most urgent' })
  const taken = await db.rows<{ id: number }>(`select id from ql.cases where coordinator_id = $1 order by id`, helper)
  expect(taken.map((row) => row.id)).toEqual(blocked.slice(0, 40))
  await db.rows(`update ql.cases set state = 'closed', closed_at = now() where id = any($1)`, blocked) // out of the next tests' way
})

test('a shift begins: no event tells, and yet the case is drawn', async () => {
  const { db } = river()
  const unit = await office(db)
  const officer = await coordinator(db, { unit, onDuty: false })
  await db.rows(`insert into ql.shifts values ($1, now() + interval '2 seconds', now() + interval '5 hours')`, officer)
  await rosterChanged(db, officer, 'duty_changed')
  const id = await openCase(db, { unit })
  await told(db, id)
  await assigned(db, id)
  const row = await db.row<{ early: boolean }>(
    `select j.at < s.starts_at as early from ql.journal j, ql.shifts s where j.case_id = $1 and j.event = 'assigned' and s.coordinator_id = $2`, id, officer)
  expect(row.early).toBe(false)
})

test('after an absence only a share of the capacity is in use', async () => {
  const { db } = river()
  const unit = await office(db)
  const officer = await coordinator(db, { unit, capacity: 10 })
  await db.rows(`update ql.coordinators set ramp_until = now() + interval '1 day' where id = $1`, officer)
  await rosterChanged(db, officer, 'absence_changed')
  const ids = await openCases(db, 8, { unit })
  await waitUntil(async () => (await db.count(`select count(*) from ql.journal where case_id = any($1) and event in ('assigned', 'waiting')`, ids)) === 8, { what: 'a word on each' })
  expect(await load(db, officer)).toBe(5)
})

test('the share in use grows with the time since the return', async () => {
  const { db } = river()
  const unit = await office(db)
  const officer = await coordinator(db, { unit, capacity: 12 })
  const fresh = await coordinator(db, { unit, capacity: 2 })
  await db.rows(`insert into ql.absences values ($1, now() - interval '6 days', now() - interval '12 hours', 'leave')`, officer)
  await db.rows(`insert into ql.absences values ($1, now() - interval '20 hours', now() - interval '12 hours', 'training')`, fresh) // too short to need one
  for (const id of [officer, fresh]) await rosterChanged(db, id, 'absence_changed')
  const ids = await openCases(db, 15, { unit })
  await waitUntil(async () => (await db.count(`select count(*) from ql.journal where case_id = any($1) and event in ('assigned', 'waiting')`, ids)) === 15, { what: 'a word on each' })
  expect([await load(db, officer), await load(db, fresh)]).toEqual([9, 2]) // half at first, three quarters after half of the day
})

test('preferred skills are given up one by one from the end, required ones never', async () => {
  const { db } = river()
  const unit = await office(db)
  const skills = async (category: string) => db.row<{ skill: string; preferred_skills: string[] }>('select skill, preferred_skills from ql.categories where code = $1', category)
  const category = 'manifest_mismatch'
  const { skill, preferred_skills: [first = '', second = ''] } = await skills(category)
  const both = await coordinator(db, { unit, skills: [skill, first, second], capacity: 3 })
  const one = await coordinator(db, { unit, skills: [skill, first], capacity: 3 })
  const none = await coordinator(db, { unit, skills: [skill], capacity: 3 })
  const other = await coordinator(db, { unit, skills: [first, second] })
  for (const id of [both, one, none, other]) await rosterChanged(db, id, 'created')
  const drawn: [number | null, unknown][] = []
  for (let i = 0; i < 3; i++) {
    const id = await openCase(db, { unit, category, weight: 3 })
    drawn.push([(await assigned(db, id)).coordinator_id, (await why(db, id)).relaxed])
  }
  expect(drawn).toEqual([[both, []], [one, [second]], [none, [first, second]]])
  const last = await openCase(db, { unit, category })
  await told(db, last)
  const { removed } = await why(db, last, 'waiting')
  expect(removed['full']).toBe(3)
  expect(removed['skill']).toBeGreaterThan(0) // who has nothing but what is liked
})

/** As a change of the case's facts by a command: one version, one row of the journal. */
async function classify(db: Db, id: number, category: string): Promise<void> {
  await db.rows(
    `with c as (update ql.cases set category = $2, version = version + 1 where id = $1 returning *)
     insert into ql.journal (case_id, version, number, event, state, at, actor_kind, data, prev_hash, hash)
     select id, version, number, 'classified', state, now(), 'coordinator', '{}', head_hash, head_hash from c`, id, category)
}
test.describe('facts change', () => {
  test('what waits is chosen anew; what was not accepted goes back and to another', async () => {
    const { db } = river()
    const unit = await office(db)
    const [manifest, transit] = [await coordinator(db, { unit, skills: ['manifest'] }), await coordinator(db, { unit, skills: ['transit'] })]
    for (const id of [manifest, transit]) await rosterChanged(db, id, 'created')
    const waiting = await openCase(db, { unit, category: 'tax_due' }) // of a skill that nobody has
    await told(db, waiting)
    await classify(db, waiting, 'transit_hold')
    expect(await assigned(db, waiting)).toMatchObject({ coordinator_id: transit })

    const given = await openCase(db, { unit, category: 'manifest_mismatch' })
    expect(await assigned(db, given)).toMatchObject({ coordinator_id: manifest })
    await classify(db, given, 'transit_hold')
    await waitUntil(async () => (await events(db, given)).length === 5 || undefined, { what: 'another officer' })
    expect(await events(db, given)).toEqual(['opened', 'assigned', 'classified', 'released', 'assigned'])
    expect((await journal(db, given))[3]?.data).toMatchObject({ coordinator: manifest, removed_by: ['skill'] })
    expect(await caseRow(db, given)).toMatchObject({ state: 'assigned', coordinator_id: transit, tried: [manifest] })
    expect([await load(db, manifest), await load(db, transit)]).toEqual([0, 2])
  })

  test('whoever works on it keeps it, and the duty supervisor is told once for the same reasons', async () => {
    const { db } = river()
    const unit = await office(db)
    const officer = await coordinator(db, { unit, skills: ['manifest'], categories: ['manifest_mismatch', 'transit_hold'] })
    const supervisor = await coordinator(db, { unit, pools: [{ unit, pool: 'duty' }] })
    for (const id of [officer, supervisor]) await rosterChanged(db, id, 'created')
    const id = await openCase(db, { unit, category: 'manifest_mismatch' })
    await assigned(db, id)
    await db.rows(`update ql.cases set state = 'working' where id = $1`, id)
    await classify(db, id, 'transit_hold')
    const proposals = async () => (await journal(db, id)).filter(({ event }) => event === 'reroute_proposed')
    await waitUntil(async () => (await proposals()).length === 1, { what: 'the proposal' })
    await classify(db, id, 'transit_hold')
    await classify(db, id, 'examination_wait') // not authorised for it either
    await waitUntil(async () => (await proposals()).length === 2, { what: 'another proposal' })
    expect((await proposals()).map(({ data }) => data)).toEqual([
      { coordinator: officer, removed_by: ['skill'], owner: supervisor },
      { coordinator: officer, removed_by: ['not_authorised', 'skill'], owner: supervisor }])
    expect(await caseRow(db, id)).toMatchObject({ state: 'working', coordinator_id: officer, why: { level: 'office', reroute: ['not_authorised', 'skill'] } })
    expect(await load(db, officer)).toBe(1)
  })

  test('a credit class that turns reaches the open cases of the enterprise, a later one does not yet', async () => {
    const { db } = river()
    const unit = await office(db)
    const officer = await coordinator(db, { unit })
    await rosterChanged(db, officer, 'created')
    const { id: principal } = await enterprise(db)
    const { id: another } = await enterprise(db)
    const given = await openCase(db, { unit, principal })
    await assigned(db, given)
    const left = await openCase(db, { unit, principal: another })
    await assigned(db, left)
    const today = `(now() at time zone 'Asia/Shanghai')::date`
    const turn = (who: number, day: string) =>
      db.rows(`insert into ql.enterprise_classes (enterprise_id, scheme, class, valid_from, source)
        select $1, scheme, code, ${day}, 'test' from ql.credit_classes where tier = 'aeo' and valid_to is null order by scheme limit 1`, who)
    await turn(another, `${today} + 1`)
    await turn(principal, today)
    await waitUntil(async () => (await events(db, given)).includes('tier_changed'), { what: 'the class', timeout: 20_000 })
    expect((await journal(db, given)).at(-1)?.data).toEqual({ from: 'unknown', to: 'aeo' })
    expect(await db.value('select tier from ql.cases where id = $1', given)).toBe('aeo')
    expect(await db.rows('select enterprise_id, done_at is not null as done from ql.class_turns where enterprise_id = any($1) order by day', [principal, another]))
      .toEqual([{ enterprise_id: principal, done: true }, { enterprise_id: another, done: false }])
    expect(await events(db, left)).toEqual(['opened', 'assigned'])
    await db.rows('delete from ql.class_turns where enterprise_id = $1', another)
  })
})

/** A unit is asked to work along; nobody of it has the part yet. */
async function ask(db: Db, id: number, unit: string, weight = 1, tried: number[] = []): Promise<void> {
  await db.rows(
    `with c as (update ql.cases set version = version + 1, parties = parties + 1 where id = $1 returning *),
          p as (insert into ql.case_parties (case_id, seq, unit_id, capacity, state, weight, since, tried)
                select c.id, c.parties, u.id, 'port', 'invited', $3, now(), $4 from c, ql.units u where u.code = $2)
     insert into ql.journal (case_id, version, number, event, state, at, actor_kind, data, prev_hash, hash)
     select id, version, number, 'party_invited', state, now(), 'coordinator', '{}', head_hash, head_hash from c`, id, unit, weight, tried)
}
const partyOf = (db: Db, id: number, seq = 2): Promise<number> =>
  waitUntil(async () => (await db.value<number | null>('select coordinator_id from ql.case_parties where case_id = $1 and seq = $2', id, seq)) ?? undefined,
    { what: `an officer for party ${seq} of case ${id}` })

test.describe('an officer for a joint party', () => {
  test('comes from the unit that was asked, with the weight of the part, by the same filters', async () => {
    const { db } = river()
    const [home, port] = [await office(db), await office(db)]
    const skills = ['examination']
    const lead = await coordinator(db, { unit: home, skills })
    const people = { unskilled: await coordinator(db, { unit: port }), refused: await coordinator(db, { unit: port, skills }), right: await coordinator(db, { unit: port, skills }) }
    const expert = await coordinator(db, { unit: '0000', skills, pools: [{ unit: '0000', pool: 'national' }] })
    for (const id of [lead, ...Object.values(people), expert]) await rosterChanged(db, id, 'created')
    const { id: principal } = await enterprise(db, { named: lead })
    const id = await openCase(db, { unit: home, category: 'examination_wait', principal, weight: 3 })
    await assigned(db, id)
    await ask(db, id, port, 2, [people.refused])
    expect(await partyOf(db, id)).toBe(people.right)
    expect([await load(db, lead), await load(db, people.right)]).toEqual([3, 2])
    const row = (await journal(db, id)).find(({ event }) => event === 'party_assigned')
    expect(row?.data['why']).toMatchObject({ level: 'office', chosen: people.right, removed: { skill: 1, excluded: 1 } })
    expect(await caseRow(db, id)).toMatchObject({ state: 'assigned', coordinator_id: lead, why: { level: 'named' } }) // the lead's own choice stays

    await db.rows('update ql.coordinators set available = false where id = $1', people.right)
    await rosterChanged(db, people.right, 'availability_changed')
    const later = await openCase(db, { unit: home, category: 'examination_wait', principal })
    await assigned(db, later)
    await ask(db, later, port, 1, [people.refused])
    const helper = await coordinator(db, { unit: home, skills, pools: [{ unit: '2200', pool: 'district' }], capacity: 1 })
    await rosterChanged(db, helper, 'created')
    expect(await partyOf(db, later)).toBe(helper) // of the district, never of the nation
    expect(await db.count('select count(*) from ql.case_parties where coordinator_id = $1 and not is_lead', expert)).toBe(0)
    await db.rows(`delete from ql.coordinator_pools where coordinator_id in ($1, $2)`, helper, expert)
    for (const who of [helper, expert]) await rosterChanged(db, who, 'pools_changed')
  })

  test('waits for room, and never is the lead himself', async () => {
    const { db } = river()
    const unit = await office(db)
    const lead = await coordinator(db, { unit })
    await rosterChanged(db, lead, 'created')
    const id = await openCase(db, { unit })
    await assigned(db, id)
    await ask(db, id, unit, 2)
    const colleague = await coordinator(db, { unit, capacity: 2 })
    await fill(db, colleague)
    await rosterChanged(db, colleague, 'created')
    const sweeps = await river().metric('dispatch', 'dispatch_sweeps_total')
    await waitUntil(async () => (await river().metric('dispatch', 'dispatch_sweeps_total')) > sweeps, { what: 'a sweep' })
    expect(await events(db, id)).toEqual(['opened', 'assigned', 'party_invited'])
    await freeOne(db, colleague, 2)
    expect(await partyOf(db, id)).toBe(colleague)
    expect([await load(db, lead), await load(db, colleague)]).toEqual([1, 2])
  })
})

test('at its start it finds what no event told, and takes the measure of the roster', async () => {
  const { db } = river()
  const [unit, port] = [await office(db), await office(db)]
  const [first, second] = [await coordinator(db, { unit, skills: ['laboratory'] }), await coordinator(db, { unit, skills: ['laboratory'], capacity: 30 })]
  await db.rows('update ql.coordinators set open_weight = 20 where id = $1', second)
  for (const id of [first, second]) await rosterChanged(db, id, 'created')
  const ids = await openCases(db, 3, { unit, category: 'laboratory_pending', weight: 2 })
  for (const id of ids) expect(await assigned(db, id)).toMatchObject({ coordinator_id: first })
  expect(await db.rows('select weight from ql.duty_loads where coordinator_id = $1', first)).toEqual([{ weight: 6 }]) // kept by day

  await river().kill('dispatch')
  await db.rows('delete from ql.coordinator_skills where coordinator_id = $1', first)
  await ask(db, ids[0] as number, port)
  const third = await coordinator(db, { unit: port, skills: ['laboratory'] })
  await river().start('dispatch')
  for (const id of ids) await waitUntil(async () => (await caseRow(db, id)).coordinator_id === second, { what: 'the one who has the skill still' })
  expect(await events(db, ids[1] as number)).toEqual(['opened', 'assigned', 'released', 'assigned'])
  expect(await partyOf(db, ids[0] as number)).toBe(third)

  await waitUntil(async () => (await river().metric('dispatch', 'dispatch_roster_days_unstaffed')) > 0, { what: 'the alarm' }) // nobody stands duty at 0000
  await waitUntil(async () => (await river().metric('dispatch', 'dispatch_fairness_peak_thousandths')) > 0, { what: 'the spread' })
  expect(river().service('dispatch').log()).toMatch(/event=roster_gaps days=\d+ minutes=\d+ first_unit=0000/)
})

test('two dispatchers, one killed again and again: nobody over capacity, nothing assigned twice', async () => {
  const { db } = river()
  await river().start('dispatch#2')
  const unit = await office(db)
  const people = await Promise.all(Array.from({ length: 12 }, () => coordinator(db, { unit, capacity: 30 })))
  for (const id of people) await rosterChanged(db, id, 'created')
  const ids: number[] = []
  for (let round = 0; round < 8; round++) {
    ids.push(...(await openCases(db, 50, { unit, weight: 1 + (round % 3) })))
    if (round % 3 === 1) {
      await river().kill('dispatch')
      await river().launch('dispatch') // ready or not: it is needed
    }
  }
  const settled = `select count(*) from ql.cases c where c.id = any($1) and (c.state = 'assigned' or c.why ->> 'level' = 'duty')`
  await waitUntil(async () => (await db.count(settled, ids)) === ids.length, { what: 'every case placed or told', timeout: 40_000 })
  const taken = await db.rows<{ open_weight: number; held: number }>(
    `select k.open_weight, coalesce((select sum(c.weight) from ql.cases c where c.coordinator_id = k.id), 0)::int as held
       from ql.coordinators k where k.id = any($1)`, people)
  for (const { open_weight, held } of taken) {
    expect(held).toBe(open_weight)
    expect(open_weight).toBe(30) // there is more work than room: none of it may stay free
  }
  const twice = `select count(*) from (select from ql.journal where event in ('assigned', 'waiting') and case_id = any($1) group by case_id, event having count(*) > 1) x`
  expect(await db.count(twice, ids)).toBe(0)
  await river().stopService('dispatch#2')
})

test('a database restart and a broker that is away: it goes on by itself', async ({ cluster }) => {
  test.setTimeout(90_000)
  const { db } = river()
  const unit = await office(db)
  const officer = await coordinator(db, { unit, capacity: 50 })
  await rosterChanged(db, officer, 'created')
  expect(await assigned(db, await openCase(db, { unit }))).toMatchObject({ coordinator_id: officer })
  await cluster.server.stop()
  cluster.server.start()
  await cluster.accepting()
  const after = await openCase(db, { unit })
  await waitUntil(async () => (await caseRow(db, after)).state === 'assigned', { what: 'a coordinator after the restart', timeout: 30_000 })

  await river().broker.kill('SIGKILL')
  const blind = await openCase(db, { unit }) // no event can tell
  await waitUntil(async () => (await caseRow(db, blind)).state === 'assigned', { what: 'a coordinator without a broker', timeout: 30_000 })
  river().broker.start()
  await river().brokerReady()
})
