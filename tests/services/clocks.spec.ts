/** A clock's time as people and policies move it: agreed and contested pauses, extensions, new rules for what is open, and the explanation of it all. */
import { Client } from 'pg'
import type { Api, Answer } from '../lib/api.ts'
import type { Db } from '../lib/pg.ts'
import { run } from '../lib/run.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'
import { giveTo, journal, openCases, startClock } from './cases.ts'
import { queries } from './queries.ts'

/** Works around the clock: what is promised there means the same at any hour of any day. */
const PORT = '2248'
const DAY = 24 * 3600 * 1000
const HOUR = 3600 * 1000

const ids = { officer: 0 }
let uscc = ''
const river = useStack({ services: ['relay', 'intake', 'dispatch', 'clock', 'gateway'] }, async ({ db }) => {
  ids.officer = await seed.coordinator(db, { name: '周敏', unit: PORT, capacity: 200, skills: ['laboratory'] })
  const enterprise = await seed.enterprise(db, { name: '荣泰', home: PORT, named: ids.officer })
  const other = await seed.enterprise(db, { name: '金桥', home: PORT })
  uscc = enterprise.uscc
  await seed.user(db, { login: 'officer', role: 'coordinator', unit: PORT, coordinator: ids.officer })
  await seed.user(db, { login: 'duty', role: 'supervisor', unit: PORT })
  await seed.user(db, { login: 'rongtai', role: 'enterprise', enterprise: enterprise.id })
  await seed.user(db, { login: 'jinqiao', role: 'enterprise', enterprise: other.id })
  await db.rows(`update ql.parameters set value = '0' where key = 'message.undo_seconds'`) // lifecycle.spec.ts takes words back
})

const people = new Map<string, Api>()
async function as(login: string): Promise<Api> {
  const known = people.get(login) ?? (await river().visitor().signIn(login, seed.PASSWORD))
  people.set(login, known)
  return known
}

/** What an operator's command says, whether it is content or not. */
const qlctl = (...words: string[]) => run('qlctl', words, { env: { QL_PG_DSN: river().dsn('ql_operator') } })

interface Case { id: number; number: string; version: number; state: string }
let said = 0

/** A case of the enterprise that a business department has a part in, so three working days are promised; accepted by its officer. */
async function working(): Promise<Case> {
  const subject = `问题 ${++said}`
  await river().kafka.event('enterprise.enquiries', {
    type: 'qingling.enquiry.received.v1',
    key: uscc,
    data: { uscc, channel: 'portal', subject, text: `${subject}：放行在哪一步？`, category: 'laboratory_pending', occurred_at: new Date().toISOString(), references: [{ type: 'bill', value: `BL${Date.now()}${said}` }] }
  })
  const id = await waitUntil(() => river().db.value<number | undefined>(`select max(id) from ql.cases where subject = $1 and state = 'assigned'`, subject), { what: 'the assignment' })
  return done(await (await as('officer')).command(id, 'accept', await version(id)))
}
const version = (id: number) => river().db.value<number>('select version from ql.cases where id = $1', id)

function done(answer: Answer): Case {
  expect(answer.body).toMatchObject({ case: { id: expect.any(Number) } })
  return answer.body.case
}
function refused(answer: Answer, status: number, field?: string): void {
  expect(answer.body).toMatchObject({ status, ...(field ? { field } : {}) })
}

/** Hours pass for a case: whatever it has was earlier. */
async function earlier(id: number, hours: number): Promise<void> {
  const { db } = river()
  for (const [table, columns] of [['clocks', ['started_at', 'due_at', 'next_fire_at']], ['clock_segments', ['from_at', 'to_at']]] as const) {
    await db.rows(`update ql.${table} set ${columns.map((c) => `${c} = ${c} - make_interval(hours => $2)`).join(', ')} where case_id = $1`, id, hours)
  }
}

interface Explained { due_at: string | null; budget_us: number; segments: any[]; ledger: any[]; days: any[]; thresholds?: any[]; fires?: any[]; policy: any; calendar: any; [more: string]: any }
const explained = async (login: string, id: number, clock: string | number = 'resolution'): Promise<Explained> => (await (await as(login)).get(`/api/v1/cases/${id}/clocks/${clock}`)).body

test('a pause agreed on the telephone: seen by the enterprise, contested by it, decided by a supervisor', async () => {
  let c = await working()
  const officer = await as('officer')
  const rongtai = await as('rongtai')
  c = done(await officer.command(c.id, 'reply', c.version, { text: '正在核实', audience: 'public' })) // the first response is given: it does not come due meanwhile
  await earlier(c.id, 3)
  const since = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString()
  const agree = (more: Record<string, unknown>) => officer.command(c.id, 'agree_pause', c.version, { since: since(2), agreed_by: '李经理', text: '等贵司补充箱单', ...more })
  refused(await agree({ since: 'yesterday' }), 422, '/since')
  refused(await agree({ since: since(-1) }), 422, '/since')
  refused(await agree({ since: since(4) }), 422, '/since')
  refused(await agree({ agreed_by: '' }), 422, '/agreed_by')
  refused(await agree({ text: ' ' }), 422, '/text')
  refused(await rongtai.command(c.id, 'agree_pause', c.version, { since: since(2), agreed_by: 'x', text: 'x' }), 409)
  c = done(await agree({}))
  expect(c.state).toBe('waiting_enterprise')

  const seen = await rongtai.get(`/api/v1/cases/${c.id}`)
  const item = seen.body.timeline.find(({ event }: { event: string }) => event === 'pause_agreed')
  expect(item).toMatchObject({ entry: { text: '等贵司补充箱单', delivery: 'delivered' }, data: { since: expect.any(String) } })
  expect(JSON.stringify(await journal(river().db, c.id))).not.toContain('李经理')

  c = done(await rongtai.command(c.id, 'contest_pause', c.version, { text: '箱单早已提交' }))
  refused(await rongtai.command(c.id, 'contest_pause', c.version, { text: '再说一次' }), 409)
  const duty = await as('duty')
  const asked = await duty.get('/api/v1/clocks/asked')
  expect(asked.body).toMatchObject({ items: [{ case: c.id, kind: 'contest', clock: 'resolution', text: '箱单早已提交' }], next: null })
  refused(await officer.command(c.id, 'void_pause', c.version, { text: '不成立' }), 409)
  refused(await duty.command(c.id, 'void_pause', c.version, { text: '' }), 422, '/text')
  c = done(await duty.command(c.id, 'void_pause', c.version, { text: '经核实，暂停不成立' }))
  expect(c.state).toBe('working')
  expect((await duty.get('/api/v1/clocks/asked')).body.items).toEqual([])
  const clock = await explained('rongtai', c.id)
  expect((await explained('officer', c.id)).ledger[0]).toMatchObject({ kind: 'agreement', agreed_by: '李经理' })
  expect(clock.ledger[0]).toMatchObject({ kind: 'agreement', agreed_by: null }) // a broker on the case need not know who
  expect(clock.segments.map(({ kind, voided }) => [kind, voided])).toEqual([['run', false], ['pause', true], ['run', false]])
  expect(clock.days.reduce((sum, { counted_us }) => sum + counted_us, 0)).toBe(clock.budget_us)
})

test('an extension moves the promise when another grants it, in the words of who asked; the explanation tells each what is theirs to know', async () => {
  let c = await working()
  const [officer, duty, rongtai] = [await as('officer'), await as('duty'), await as('rongtai')]
  const before = await explained('officer', c.id)
  refused(await officer.command(c.id, 'ask_extension', c.version, { amount: 4, reason: '化验排期', words: '化验需时' }), 422, '/amount')
  refused(await officer.command(c.id, 'ask_extension', c.version, { amount: 2, words: '化验需时' }), 422, '/reason')
  refused(await officer.command(c.id, 'ask_extension', c.version, { amount: 2, reason: '化验排期' }), 422, '/words')
  refused(await officer.command(c.id, 'ask_extension', c.version, { clock: 'accept', amount: 2, reason: '化验排期', words: '化验需时' }), 422, '/clock')
  refused(await duty.command(c.id, 'grant_extension', c.version), 409)
  const stale = c.version
  c = done(await officer.command(c.id, 'ask_extension', c.version, { amount: 2, reason: '化验排期', words: '化验需时，请谅解' }))
  refused(await duty.command(c.id, 'grant_extension', stale), 409)
  refused(await officer.command(c.id, 'grant_extension', c.version), 409)
  expect((await rongtai.get(`/api/v1/cases/${c.id}`)).body.timeline.map(({ event }: { event: string }) => event)).not.toContain('extension_asked')
  expect((await explained('rongtai', c.id)).ledger).toEqual([])
  expect((await explained('officer', c.id)).due_at).toBe(before.due_at)

  c = done(await duty.command(c.id, 'grant_extension', c.version))
  const theirs = await explained('rongtai', c.id)
  expect(Date.parse(theirs.due_at!) - Date.parse(before.due_at!)).toBe(2 * DAY)
  expect(theirs).toMatchObject({
    policy: { code: 'resolution_department', version: 1, amount: 3, unit: 'work_days', extension: 2 }, calendar: { code: 'port_24h', version: 1 },
    ledger: [{ kind: 'extension', state: 'granted', amount: 2, words: '化验需时，请谅解', due_was: before.due_at, due_at: theirs.due_at, actor: { kind: 'coordinator', id: null, name: null }, settled_by: null }],
    segments: [{ kind: 'run', why: 'opened', to: null }]
  })
  expect(theirs.thresholds).toBeUndefined()
  const item = (await rongtai.get(`/api/v1/cases/${c.id}`)).body.timeline.find(({ event }: { event: string }) => event === 'extended')
  expect(item).toMatchObject({ entry: { text: '化验需时，请谅解' }, data: { due_was: before.due_at, due_at: theirs.due_at } })
  const ours = await explained('officer', c.id)
  expect(ours.ledger).toMatchObject([{ actor: { name: '周敏' }, settled_by: 'duty' }])
  expect(ours.thresholds).toMatchObject([{ name: 'warn_75pct', to: 'officer', to_unit: PORT, fired: false }, { name: 'breach', to: 'duty', at: ours.due_at }, { name: 'late_480min', to: 'district', to_unit: '2200' }])

  for (const name of ['accept', 'unassigned']) expect((await rongtai.get(`/api/v1/cases/${c.id}/clocks/${name}`)).status, name).toBe(404)
  for (const name of ['99', '0', 'no_such', 'call_back']) expect((await officer.get(`/api/v1/cases/${c.id}/clocks/${name}`)).status, name).toBe(404)
  expect((await (await as('jinqiao')).get(`/api/v1/cases/${c.id}/clocks/resolution`)).status).toBe(404)
  expect((await rongtai.get('/api/v1/clocks/asked')).status).toBe(403)
})

test('whoever recomputes from outside agrees with every deadline, and names the one that was tampered with', async () => {
  let c = await working()
  const officer = await as('officer')
  c = done(await officer.command(c.id, 'reply', c.version, { text: '正在核实', audience: 'public' }))
  await earlier(c.id, 2)
  c = done(await officer.command(c.id, 'ask', c.version, { text: '请补箱单' }))
  c = done(await officer.command(c.id, 'resume', c.version, { reason: '已补' }))
  c = done(await officer.command(c.id, 'reply', c.version, { text: '已收', audience: 'public' }))
  const told = await qlctl('clock', c.number, 'resolution')
  expect(told.out).toMatch(/resolution +cycle 1 +running .*agrees\n/)
  expect(told.out).toMatch(/pause .* asked \(journal/)
  expect(told.code).toBe(0)
  expect((await qlctl('clock', c.number)).out.match(/agrees/g)!.length).toBeGreaterThanOrEqual(5)
  expect(JSON.parse((await qlctl('clock', c.number, 'resolution', '--json=true')).out).due_at).toBe((await explained('officer', c.id)).due_at)
  expect((await qlctl('clock', '260101-00001-0')).code).not.toBe(0)
  expect((await qlctl('clock', c.number, 'nothing')).out).toContain('no kind of clock')

  const all = await qlctl('verify', 'clocks')
  expect(all.out).toMatch(/^ok +\d+ clocks computed again, 0 differ/m)
  await river().db.rows(`update ql.clocks set due_at = due_at + interval '1 microsecond' where case_id = $1 and kind = 'resolution'`, c.id)
  const one = await qlctl('verify', 'clocks')
  expect(one).toMatchObject({ code: 1, out: expect.stringContaining(`FAULT  case ${c.number}`) })
  expect(one.out).toMatch(/1 differ/)
  await river().db.rows(`update ql.clocks set due_at = due_at - interval '1 microsecond' where case_id = $1 and kind = 'resolution'`, c.id)
})

test('what a policy of tomorrow would do is said before, and nothing is written', async () => {
  const c = await working()
  const { db } = river()
  const duty = await as('duty')
  await db.rows(`insert into ql.policies (code, version, procedure, clock, reach, amount, amount_unit, valid_from)
                 values ('resolution_department', 50, 'coordination', 'resolution', 'department', 0, 'wall_minutes', now() + interval '1 day')`)
  const now = await duty.get('/api/v1/clocks/preview')
  expect(now.body).toMatchObject({ earlier: 0, later: 0, breached: 0, complete: true })
  const then = await duty.get('/api/v1/clocks/preview?policy=resolution_department:50')
  const open = then.body.units.find(({ unit }: { unit: string }) => unit === PORT)
  expect(then.body.earlier).toBeGreaterThan(0)
  expect(open).toMatchObject({ unit: PORT, earlier: then.body.earlier, breached: then.body.earlier })
  expect(then.body).toMatchObject({ policy: { code: 'resolution_department', version: 50 }, later: 0 })
  refused(await duty.get('/api/v1/clocks/preview?policy=nothing'), 422, '/policy')
  expect((await (await as('officer')).get('/api/v1/clocks/preview')).status).toBe(403)
  const told = await qlctl('clocks', 'preview', '--policy=resolution_department:50')
  expect(told.out).toMatch(new RegExp(`^${PORT} +${open.open} +${open.earlier} +0 +${open.breached}$`, 'm'))
  expect((await journal(db, c.id)).map(({ event }) => event)).not.toContain('rebased')
  await db.rows('delete from ql.policies where version = 50')
})

test.describe('new rules for what is open', () => {
  const rules = useStack({ services: ['clock'] })

  /** A walk over open clocks has come to its end, and whatever holds now was looked at. */
  const walked = (db: Db, walks: number): Promise<unknown> =>
    waitUntil(async () => (await db.count(`select count(*) from ql.clock_rebases where ended_at is not null`)) >= walks, { what: `${walks} walks over open clocks` })
  const walks = (db: Db): Promise<number> => db.count('select count(*) from ql.clock_rebases')

  interface Rebased { policy_was: { version: number }; policy: { version: number }; due_was: string; due_at: string }
  const rebased = async (db: Db, id: number): Promise<Rebased[]> =>
    (await journal(db, id)).flatMap(({ event, data }) => (event === 'rebased' ? [data as unknown as Rebased] : []))

  /** Its clock as it would be: due is what it will be computed to be. */
  async function promised(db: Db, n: number): Promise<number[]> {
    await walked(db, 1) // the clock knows what held before
    const ids = await openCases(db, n, { unit: PORT })
    const [from, to] = [ids[0] as number, ids.at(-1) as number]
    await giveTo(db, from, to, await seed.coordinator(db, { capacity: 200 }), 'working')
    await db.rows(`update ql.cases set reach = 'department' where id between $1 and $2`, from, to)
    await db.session((client) => startClock(client, from, to, 'resolution', { policy: 'resolution_department' }))
    // three whole days around the clock, as the calendar counts them
    await db.rows(
      `update ql.clocks set due_at = x.due, next_fire_at = x.due from (select date_trunc('day', now() at time zone 'Asia/Shanghai') + interval '4 days' as local) l,
         lateral (select l.local at time zone 'Asia/Shanghai' as due) x where kind = 'resolution' and case_id between $1 and $2`, from, to)
    return ids
  }
  const policyVersion = (db: Db, version: number, amount: number) =>
    db.rows(`insert into ql.policies (code, version, procedure, clock, reach, amount, amount_unit) values ('resolution_department', $1, 'coordination', 'resolution', 'department', $2, 'work_days')`, version, amount)

  test('a better policy reaches each open clock once, also when the walk is cut in the middle; a worse one none', async () => {
    const { db } = rules()
    const ids = await promised(db, 180)
    const before = await walks(db)
    await policyVersion(db, 2, 9)
    await walked(db, before + 1)
    expect(await db.count(`select count(*) from ql.journal where event = 'rebased' and case_id = any($1)`, ids)).toBe(0)

    // The clock is killed in the middle of the next walk: half is done, as its row says, and whoever comes goes on behind it.
    await rules().kill('clock')
    await db.rows(`insert into ql.clock_rebases (rules, after_case) values ('of that walk', $1)`, ids[89])
    await policyVersion(db, 3, 2)
    const poison = ids[120] as number // can't be worked on: the others go on
    await db.rows(`update ql.cases set state = 'of_a_later_release' where id = $1`, poison)
    await rules().start('clock')
    await walked(db, before + 3) // the rest, and then those before it, since that walk was for other rules
    expect(await db.rows('select changed, earlier, later from ql.clock_rebases where id > $1 order by id', before + 1)).toEqual([
      { changed: 89, earlier: 89, later: 0 }, { changed: 90, earlier: 90, later: 0 }])
    expect(await rules().metric('clock', 'clock_set_aside_total')).toBeGreaterThan(0)
    expect(await rebased(db, poison)).toEqual([])
    const rows = await db.rows(`select version, count(*) from ql.journal where event = 'rebased' and case_id = any($1) group by 1`, ids)
    expect(rows).toEqual([{ version: 2, count: ids.length - 1 }])
    expect((await rebased(db, ids[0] as number))[0]).toMatchObject({ policy_was: { version: 1 }, policy: { version: 3 } })
    expect(await db.count(
      `select count(*) from ql.clock_ledger where kind = 'rebase' and due_was - due_at = interval '1 day' and case_id = any($1)`, ids)).toBe(ids.length - 1)
    expect(await db.count(`select count(*) from ql.cases c join ql.clocks k on k.case_id = c.id and k.kind = 'resolution' where c.id = any($1) and c.promise_at = k.due_at`, ids)).toBe(ids.length - 1)
    await db.rows(`update ql.cases set state = 'working' where id = $1`, poison)
    await db.rows(`update ql.policies set valid_to = now() where code = 'resolution_department' and version > 1`)
    await walked(db, before + 4) // for what holds now: the next test begins at rest
  })

  test('a storm is a version of the calendar: it moves what was promised only when it says so', async () => {
    const { db } = rules()
    const [id] = await promised(db, 1) as [number]
    const storm = async (version: number, worsens: boolean) => {
      const began = await walks(db)
      await db.rows(
        `with c as (insert into ql.calendars (code, version, name_zh, name_en, observes_holidays, worsens, valid_from) values ('port_24h', $1, 'p', 'p', false, $2, '2026-01-01') returning id),
              s as (insert into ql.calendar_slots select c.id, s.weekday, s.from_minute, s.to_minute from c, ql.calendar_slots s join ql.calendars o on o.id = s.calendar_id where o.code = 'port_24h' and o.version = 1)
         insert into ql.calendar_days (calendar_id, day, kind, name) select id, (now() at time zone 'Asia/Shanghai')::date + 1, 'rest', '台风' from c`, version, worsens)
      await walked(db, began + 1)
    }
    await storm(2, false)
    expect(await rebased(db, id)).toEqual([])
    await storm(3, true)
    const [row] = (await rebased(db, id)).filter(({ due_was, due_at }) => due_was !== due_at) as [Rebased]
    expect(Date.parse(row.due_at) - Date.parse(row.due_was)).toBe(24 * 3600 * 1000)
  })

  test('what is due is found by an index alone, whatever there is', async () => {
    const { db } = rules()
    const ids = await openCases(db, 3000, { unit: PORT })
    await db.rows(`update ql.clocks set state = 'met', next_fire_at = null where case_id = any($1)`, ids.slice(100)) // history costs nothing
    const wanted = await queries(['services/clock/due_store.c', 'services/casebook/facts_store.c'])
    await db.rows('analyze ql.clocks')
    const client = new Client({ connectionString: rules().dsn('ql_clock') })
    await client.connect()
    try {
      await client.query('set search_path = pg_catalog; set plan_cache_mode = force_generic_plan')
      const plan = async (name: string, args: string) => {
        const query = wanted.find((q) => q.name === name)!
        await client.query(`prepare ${name} as ${query.text}`)
        return (await client.query(`explain execute ${name} (${args})`)).rows.map((row) => row['QUERY PLAN']).join('\n')
      }
      expect(await plan('clock_due', '700')).toMatch(/Index Only Scan using clocks_due on clocks/)
      const open = await plan('cb_facts_open', '0, 0, 500')
      expect(open).toMatch(/Index Scan using clocks_open on clocks/)
      expect(open).not.toMatch(/Seq Scan/)
    } finally {
      await client.end()
    }
    await db.rows(`update ql.clocks set state = 'stopped', next_fire_at = null where case_id = any($1)`, ids)
  })
})
