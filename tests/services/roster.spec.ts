/** The roster as people ask about it: who would get a case, what a supervisor may overrule, duties without people, fairness. */
import type { Api, Answer } from '../lib/api.ts'
import { run } from '../lib/run.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { caseRow, giveTo, journal, load, openCase } from './cases.ts'

// Its own office, around the clock: what is asked about it means the same on every day of every year.
const UNIT = 'R1'
const ids = { wang: 0, li: 0, full: 0, night: 0, recused: 0, unskilled: 0, foreign: 0, expert: 0, enterprise: 0 }
let uscc = ''

const river = useStack({ services: ['gateway'] }, async ({ db }) => {
  await db.rows(`insert into ql.units (code, kind, name_zh, name_en, parent_id) select $1, 'office', $1, $1, id from ql.units where code = '2200'`, UNIT)
  await db.rows('select ql.units_link()')
  await db.rows(`insert into ql.unit_calendars select id, 'office', 'port_24h' from ql.units where code = $1`, UNIT)
  const skills = ['transit']
  ids.wang = await seed.coordinator(db, { name: '王岚', unit: UNIT, skills })
  ids.li = await seed.coordinator(db, { name: '李敏', unit: UNIT, skills, available: false })
  ids.full = await seed.coordinator(db, { unit: UNIT, skills, capacity: 0 })
  ids.night = await seed.coordinator(db, { unit: UNIT, skills: ['transit', 'declaration'], onDuty: false })
  ids.recused = await seed.coordinator(db, { unit: UNIT, skills })
  ids.unskilled = await seed.coordinator(db, { unit: UNIT })
  ids.foreign = await seed.coordinator(db, { unit: UNIT, skills, languages: ['ru'] })
  ids.expert = await seed.coordinator(db, { unit: '0000', skills, pools: [{ unit: '0000', pool: 'national' }], onDuty: false })
  // From 30 hours on the office has nobody, the nation has somebody.
  await db.rows(`insert into ql.shifts values ($1, now() + interval '25 hours', now() + interval '30 hours')`, ids.night)
  await db.rows(`insert into ql.shifts values ($1, now() + interval '24 hours', now() + interval '60 hours')`, ids.expert)
  const enterprise = await seed.enterprise(db, { home: UNIT, named: ids.wang })
  ids.enterprise = enterprise.id
  uscc = enterprise.uscc
  await db.rows(`insert into ql.recusals (coordinator_id, enterprise_id, reason) values ($1, $2, 'family')`, ids.recused, ids.enterprise)
  await seed.user(db, { login: 'supervisor', role: 'supervisor', unit: '0000' })
  await seed.user(db, { login: 'wang', role: 'coordinator', unit: UNIT, coordinator: ids.wang })
  await seed.user(db, { login: 'enterprise', role: 'enterprise', enterprise: ids.enterprise })
})

const people = new Map<string, Api>()
async function as(login: string): Promise<Api> {
  const known = people.get(login) ?? (await river().visitor().signIn(login, seed.PASSWORD))
  people.set(login, known)
  return known
}
const preview = async (body: Record<string, unknown>, login = 'wang'): Promise<Answer> => (await as(login)).post('/api/v1/dispatch/preview', body)
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString()

test.describe('who would get it', () => {
  test('is answered by the choice itself, with everybody and what removed them', async () => {
    const { status, body } = await preview({ uscc, category: 'transit_hold', language: 'zh' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ unit: UNIT, weight: 2, priority: 'normal', choice: { level: 'named', chosen: ids.wang, considered: 1, removed: {} } })
    expect(body.at).toBe(body.loads_at)

    const unknown = (await preview({ unit: UNIT, category: 'transit_hold' })).body.choice
    expect(unknown).toMatchObject({ level: 'office', chosen: expect.any(Number), considered: 7, removed: { unavailable: 1, full: 1, off_duty: 1, skill: 1, language: 1 } })
    expect(unknown.candidates.map(({ id }: { id: number }) => id)).toContain(ids.wang)
  })

  test('an urgent case, a skill more, a heavier one: the facts are those of the question', async () => {
    expect((await preview({ unit: UNIT, category: 'transit_hold', skills: ['tax'] })).body.choice.removed).toMatchObject({ skill: 5 })
    expect((await preview({ unit: UNIT, category: 'transit_hold', weight: 20, priority: 'urgent' })).body).toMatchObject({ weight: 20, priority: 'urgent' })
    expect((await preview({ unit: UNIT, category: 'transit_hold', language: 'ru' })).body.choice).toMatchObject({ chosen: ids.foreign })
    const parameter = `update ql.parameters set value = to_jsonb($2::int) where key = $1`
    await river().db.rows(parameter, 'dispatch.weight_urgent', 2)
    await river().db.rows(parameter, 'dispatch.weight_incident', 1)
    expect((await preview({ unit: UNIT, category: 'transit_hold', kind: 'incident', priority: 'urgent' })).body.weight).toBe(5)
    expect((await preview({ unit: UNIT, category: 'transit_hold', kind: 'call' })).body.weight).toBe(2)
    for (const key of ['dispatch.weight_urgent', 'dispatch.weight_incident']) await river().db.rows(parameter, key, 0)
  })

  test('a moment to come has the shifts of then: the office at first, the nation when the office is empty', async () => {
    const at = async (hours: number) => (await preview({ enterprise: ids.enterprise, category: 'transit_hold', at: inHours(hours) })).body.choice
    expect(await at(26)).toMatchObject({ level: 'office', chosen: ids.night })
    expect(await at(29.9)).toMatchObject({ level: 'national', chosen: ids.expert }) // too little of the shift is left
    expect(await at(40)).toMatchObject({ level: 'national', chosen: ids.expert })
    expect(await at(70)).toMatchObject({ level: 'duty', chosen: null })
  })

  test('changes nothing, and is for staff', async () => {
    const counts = `select (select count(*) from ql.journal) + (select count(*) from ql.cases) + (select sum(open_weight) from ql.coordinators) + (select count(*) from ql.duty_loads)`
    const before = await river().db.value(counts)
    await preview({ uscc, category: 'transit_hold' })
    expect(await river().db.value(counts)).toEqual(before)
    expect((await preview({ uscc }, 'enterprise')).status).toBe(403)
  })

  test('what it can\'t be asked is refused by name', async () => {
    for (const [field, body] of [
      ['/uscc', { uscc: '91310115MA1K000000' }], ['/enterprise', { enterprise: 999_999 }], ['/unit', { unit: 'nowhere' }], ['/goods_unit', { goods_unit: 'nowhere' }],
      ['/category', { category: 'nothing' }], ['/language', { language: 'xx' }], ['/skills', { skills: ['nothing'] }], ['/skills', { skills: 'transit' }],
      ['/at', { at: inHours(-1) }], ['/at', { at: inHours(24 * 63) }], ['/at', { at: 'soon' }], ['/weight', { weight: 21 }], ['/priority', { priority: 'now' }]
    ] as [string, Record<string, unknown>][]) {
      const answer = await preview(body)
      expect([body, answer.status, answer.body.code, answer.body.field]).toEqual([body, 422, 'invalid', field])
    }
  })
})

test.describe('by hand', () => {
  const open = () => openCase(river().db, { unit: UNIT, category: 'transit_hold', principal: ids.enterprise, weight: 2 })
  const assign = async (id: number, version: number, more: Record<string, unknown>) => (await as('supervisor')).command(id, 'assign', version, more)

  test('the same eligibility refuses, says by what, and whether it may be overruled', async () => {
    const id = await open()
    for (const [who, removed_by, may_override] of [
      [ids.li, ['unavailable'], true], [ids.night, ['off_duty'], true], [ids.foreign, ['language'], true],
      [ids.recused, ['recused'], false], [ids.unskilled, ['skill'], false]
    ] as [number, string[], boolean][]) {
      const answer = await assign(id, 1, { coordinator: who })
      expect(answer.status).toBe(409)
      expect(answer.body).toMatchObject({ code: 'not_eligible', field: '/coordinator', removed_by, may_override })
      const insisted = await assign(id, 1, { coordinator: who, override: true, reason: ' ' })
      expect(insisted.body).toMatchObject(may_override ? { code: 'invalid', field: '/reason' } : { code: 'not_eligible', may_override: false })
    }
    for (const who of [ids.recused, ids.unskilled, ids.full]) {
      expect((await assign(id, 1, { coordinator: who, override: true, reason: '必须' })).status).toBe(409)
    }
    expect((await assign(id, 1, { coordinator: ids.full })).body).toMatchObject({ code: 'capacity' })
    expect(await caseRow(river().db, id)).toMatchObject({ state: 'received', version: 1 })
  })

  test('what was overruled is kept with the reason', async () => {
    const { db } = river()
    const id = await open()
    const before = await load(db, ids.li)
    expect((await assign(id, 1, { coordinator: ids.li, override: true, reason: '他熟悉这批货' })).status).toBe(200)
    expect((await journal(db, id)).at(-1)).toMatchObject(
      { event: 'assigned', data: { coordinator: ids.li, why: { level: 'supervisor', overridden: ['unavailable'] } } })
    expect(await db.value('select text from ql.entries where case_id = $1 order by version desc limit 1', id)).toBe('他熟悉这批货')
    expect((await load(db, ids.li)) - before).toBe(2)
    const other = await open()
    expect((await assign(other, 1, { coordinator: ids.wang })).status).toBe(200)
    expect((await journal(db, other)).at(-1)?.data['why']).toMatchObject({ level: 'supervisor', chosen: ids.wang, overridden: [] })
  })

  test('a joint party gets its officer by the same rules', async () => {
    const { db } = river()
    const id = await open()
    await giveTo(db, id, id, ids.wang, 'working')
    await db.rows(`insert into ql.case_parties (case_id, seq, unit_id, capacity, state, weight, since, tried)
      select $1, 2, id, 'port', 'invited', 1, now(), $3 from ql.units where code = $2`, id, UNIT, [ids.foreign])
    await db.rows('update ql.cases set parties = 2 where id = $1', id)
    const give = async (more: Record<string, unknown>) => (await as('supervisor')).command(id, 'assign_party', 1, { party: 2, ...more })
    expect((await give({ coordinator: ids.foreign })).body).toMatchObject({ code: 'not_eligible', removed_by: ['excluded', 'language'], may_override: true })
    expect((await give({ coordinator: ids.recused, override: true, reason: '必须' })).body).toMatchObject({ code: 'not_eligible', removed_by: ['recused'] })
    expect((await give({ coordinator: ids.li, override: true, reason: '值班电话已联系' })).status).toBe(200)
    expect(await db.value('select coordinator_id from ql.case_parties where case_id = $1 and seq = 2', id)).toBe(ids.li)
  })
})

test.describe('duties without anybody', () => {
  const beijing = (days: number): string => new Date(Date.now() + 8 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10)

  test('are named by day and hour, also the nation\'s pool around the clock', async () => {
    const { db } = river()
    await db.rows(`insert into ql.shifts select $1, ($2::date + interval '12 hours') at time zone 'Asia/Shanghai', ($2::date + interval '23 hours') at time zone 'Asia/Shanghai'`,
      ids.li, beijing(5))
    await db.rows(`insert into ql.absences select $1, ($2::date + interval '20 hours') at time zone 'Asia/Shanghai', ($2::date + interval '30 hours') at time zone 'Asia/Shanghai', 'leave'`,
      ids.li, beijing(5))
    const { status, body } = await (await as('supervisor')).get(`/api/v1/roster/gaps?from=${beijing(5)}&to=${beijing(6)}`)
    expect(status).toBe(200)
    const at = (day: number, hour: number) => new Date(Date.parse(`${beijing(day)}T00:00:00+08:00`) + hour * 3_600_000).toISOString().replace('.000Z', '.000000Z')
    expect(body.items.filter((one: any) => one.unit === UNIT)).toEqual([
      { unit: UNIT, pool: 'office', service: 'office', day: beijing(5), whole_day: false, from: at(5, 0), to: at(5, 12) },
      { unit: UNIT, pool: 'office', service: 'office', day: beijing(5), whole_day: false, from: at(5, 20), to: at(5, 24) },
      { unit: UNIT, pool: 'office', service: 'office', day: beijing(6), whole_day: true, from: at(6, 0), to: at(6, 24) }])
    expect(body.items).toContainEqual({ unit: '0000', pool: 'national', service: 'port', day: beijing(6), whole_day: true, from: at(6, 0), to: at(6, 24) })
    expect(body.next).toBeNull()
    const own = await (await as('wang')).get('/api/v1/roster/gaps')
    expect(new Set(own.body.items.map((one: any) => one.unit))).toEqual(new Set([UNIT])) // one's own unit and what is below it
  })

  test('pages by duty, and refuses what it cannot look at', async () => {
    const wall = await as('supervisor')
    for (const [query, field] of [['from=2026-13-01', '/from'], ['from=2026-02-01&to=2026-01-01', '/to'], ['from=2026-01-01&to=2026-12-31', '/to'], ['after=x', '/after']]) {
      const answer = await wall.get(`/api/v1/roster/gaps?${query}`)
      expect([query, answer.status, answer.body.field]).toEqual([query, 422, field])
    }
    expect((await wall.get('/api/v1/roster/gaps?after=9999:office')).body).toMatchObject({ items: expect.any(Array), next: null })
    expect((await (await as('enterprise')).get('/api/v1/roster/gaps')).status).toBe(403)
  })

  test('qlctl names them too and ends with 1', async () => {
    const env = { QL_PG_DSN: river().dsn('ql_operator') }
    const qlctl = (...args: string[]) => run('qlctl', ['roster', ...args], { env })
    const found = await qlctl('check', `--unit=${UNIT}`, '--days=10')
    expect(found.code).toBe(1)
    expect(found.out).toContain(`${UNIT}         office    ${beijing(6)}  00:00-24:00  nobody all day\n`)
    await river().db.rows(`insert into ql.shifts values ($1, now() - interval '1 minute', now() + interval '40 days')`, ids.li)
    await river().db.rows('delete from ql.absences where coordinator_id = $1', ids.li)
    const well = await qlctl('check', `--unit=${UNIT}`)
    expect([well.code, well.out]).toEqual([0, 'somebody is there whenever somebody must be, from today on for 31 days\n'])
    expect((await qlctl('check', '--unit=nowhere')).code).toBe(1)
    expect((await qlctl()).code).toBe(1)
  })
})

test('fairness is told per unit and over all, from what was given by day', async () => {
  const { db } = river()
  await db.rows('delete from ql.duty_loads')
  await db.rows('delete from ql.shifts')
  const day = `(now() at time zone 'Asia/Shanghai')::date`
  for (const [who, hours, weight, old] of [[ids.wang, 2, 4, 0], [ids.li, 4, 8, 9], [ids.night, 2, 8, 0]] as const) {
    await db.rows(`insert into ql.shifts values ($1, now() - make_interval(hours => $2), now() + interval '1 hour')`, who, hours)
    await db.rows(`insert into ql.duty_loads values (${day}, $1, $2), (${day} - 7, $1, $3)`, who, weight, old)
  }
  await db.rows(`insert into ql.shifts values ($1, now() - interval '10 minutes', now() + interval '1 hour')`, ids.full) // not there long enough to say
  const { body } = await (await as('supervisor')).get('/api/v1/roster/fairness')
  // 2, 2 and 4 an hour: mean 8/3, deviation sqrt(8)/3.
  const figures = { people: 3, weight: 20, hours: expect.closeTo(8, 0), per_hour: expect.closeTo(2.5, 1), cv: expect.closeTo(0.354, 2), peak: expect.closeTo(2, 1) }
  expect(body).toEqual({ overall: { unit: null, ...figures }, units: [{ unit: UNIT, ...figures }], next: null })
  expect((await (await as('supervisor')).get('/api/v1/roster/fairness?days=8')).body.overall.weight).toBe(29)
  expect((await (await as('supervisor')).get(`/api/v1/roster/fairness?after=${UNIT}`)).body.units).toEqual([])
  expect((await (await as('supervisor')).get('/api/v1/roster/fairness?days=32')).body).toMatchObject({ code: 'invalid', field: '/days' })
  await db.rows('delete from ql.duty_loads')
  await db.rows('delete from ql.shifts')
  expect((await (await as('supervisor')).get('/api/v1/roster/fairness')).body).toEqual({ overall: null, units: [], next: null })
})
