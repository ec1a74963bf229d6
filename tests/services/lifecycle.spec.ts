/** The whole life of a case over HTTP, told in the order in which it happens: words that travel, answers read twice, objections, reopening, urging,
 * amending, moving, splitting, merging and undoing it; and two people at each step at once. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Api, type Answer } from '../lib/api.ts'
import { bin } from '../lib/paths.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'

const ids = { lin: 0, zhou: 0, chen: 0, rongtai: 0, broker: 0 }
const codes = { rongtai: '', broker: '' }

const river = useStack({ services: ['relay', 'intake', 'dispatch', 'clock', 'gateway'] }, async ({ db }) => {
  // Words can be taken back for as long as a test likes; letGo() lets them out.
  await db.rows(`update ql.parameters set value = '86400' where key = 'message.undo_seconds'`)
  const year = await db.value<number>(`select extract(year from now() at time zone 'Asia/Shanghai')::int`)
  for (const y of [year, year + 1]) {
    await db.rows(`insert into ql.holidays (day, kind, name, verified) values (make_date($1, 1, 1), 'rest', '元旦', 'test') on conflict do nothing`, y)
  }
  ids.lin = await seed.coordinator(db, { name: '林晓', unit: '2222', capacity: 200 })
  ids.zhou = await seed.coordinator(db, { name: '周敏', unit: '2248', capacity: 200 })
  ids.chen = await seed.coordinator(db, { name: '陈复', unit: '2222', capacity: 200, onDuty: false })
  const rongtai = await seed.enterprise(db, { name: '荣泰', home: '2222', named: ids.lin })
  const broker = await seed.enterprise(db, { name: '代理报关', home: '2222', broker: true })
  Object.assign(ids, { rongtai: rongtai.id, broker: broker.id })
  await db.rows(`insert into ql.authorisations values ($1, $2, current_date - 30, null)`, rongtai.id, broker.id)
  Object.assign(codes, { rongtai: rongtai.uscc, broker: broker.uscc })
  for (const [login, coordinator] of [['lin', ids.lin], ['zhou', ids.zhou], ['chen', ids.chen]] as const) {
    await seed.user(db, { login, role: 'coordinator', unit: login === 'zhou' ? '2248' : '2222', coordinator })
  }
  await seed.user(db, { login: 'wall', role: 'supervisor', unit: '0000' })
  await seed.user(db, { login: 'peng', role: 'supervisor', unit: '2222' })
  await seed.user(db, { login: 'rongtai', role: 'enterprise', enterprise: rongtai.id })
  await seed.user(db, { login: 'broker', role: 'enterprise', enterprise: broker.id })
  for (const login of ['peng', 'lin', 'chen']) {
    await db.rows(`insert into ql.user_duties (user_id, duty, unit_id) select u.id, 'second_reader', n.id from ql.users u, ql.units n where u.login = $1 and n.code = '2200'`, login)
  }
})

const people = new Map<string, Api>()
async function as(login: string): Promise<Api> {
  const known = people.get(login) ?? (await river().visitor().signIn(login, seed.PASSWORD))
  people.set(login, known)
  return known
}

function problem(answer: Answer, status: number, code: string): any {
  expect(answer.body).toMatchObject({ status, code })
  expect(answer.status).toBe(status)
  return answer.body
}

let said = 0

/** The enterprise asks, its case is assigned to its coordinator: the case's id. */
async function raise(more: Record<string, unknown> = {}, state = 'assigned'): Promise<number> {
  const subject = `事项 ${++said}`
  await river().kafka.event('enterprise.enquiries', {
    type: 'qingling.enquiry.received.v1',
    key: codes.rongtai,
    data: {
      uscc: codes.rongtai, channel: 'portal', channel_user: `person${said}`, contact: { name: '张三丰', phone: '13812341234' }, subject, text: `${subject}：放行在哪一步？`,
      occurred_at: new Date().toISOString(), references: [{ type: 'bill', value: `BL${Date.now()}${said}` }], ...more
    }
  })
  return Number(await waitUntil(() => river().db.value(`select id::text from ql.cases where subject = $1 and state = $2`, subject, state), { what: `"${subject}" being ${state}` }))
}

const version = (id: number): Promise<number> => river().db.value<number>('select version from ql.cases where id = $1', id)
const read = async (login: string, id: number | string): Promise<any> => (await (await as(login)).get(`/api/v1/cases/${id}`)).body

/** Does it at the version of now; the row afterwards. */
async function act(login: string, id: number, action: string, more: Record<string, unknown> = {}): Promise<any> {
  let answer = await tries(login, id, action, more)
  while (answer.body.code === 'stale_version') answer = await tries(login, id, action, more) // dispatch or the clock was quicker
  expect([action, answer.status, answer.body.detail ?? '']).toEqual([action, 200, ''])
  return answer.body.case
}

const tries = async (login: string, id: number, action: string, more: Record<string, unknown> = {}): Promise<Answer> =>
  (await as(login)).command(id, action, await version(id), more)

/** A case at work, with lin. */
async function working(more: Record<string, unknown> = {}): Promise<number> {
  const id = await raise(more)
  await act('lin', id, 'accept')
  return id
}

/** As if the time to take words back were over; the clock service then delivers what nothing carries. */
async function letGo(id: number): Promise<void> {
  await river().db.rows(`update ql.cases set held_until = now() - interval '1 s' where id = $1 and held_until is not null`, id)
  await river().db.rows(`update ql.messages set held_until = now() - interval '1 s', due_at = now() - interval '1 s' where case_id = $1 and state = 'queued'`, id)
}

async function delivered(id: number): Promise<void> {
  const before = await river().db.count(`select count(*) from ql.journal where case_id = $1 and event = 'delivered'`, id)
  await letGo(id)
  await waitUntil(async () => (await river().db.count(`select count(*) from ql.journal where case_id = $1 and event = 'delivered'`, id)) > before, { what: 'the delivery' })
}

const clock = (id: number, kind: string): Promise<any> =>
  river().db.rows(`select state, cycle, due_at, (select count(*)::int from ql.clock_segments s where s.case_id = k.case_id and s.clock_seq = k.seq) as segments
                    from ql.clocks k where case_id = $1 and kind = $2 order by seq desc limit 1`, id, kind).then(([row]) => row)
const events = (id: number): Promise<string[]> => river().db.rows<{ event: string }>('select event from ql.journal where case_id = $1 order by version', id).then((rows) => rows.map(({ event }) => event))
const said_ = (full: any): string[] => full.timeline.flatMap((item: any) => (item.entry ? [item.entry.text] : []))

test.describe('words travel', () => {
  test('an officer\'s words are held: nobody outside sees them, nor that anything changed', async () => {
    const id = await working()
    const live = await (await as('rongtai')).live()
    await live.until('the snapshot', ({ type }) => type === 'snapshot')
    await act('lin', id, 'ask', { text: '请补箱单' })
    expect((await read('lin', id)).case.state).toBe('waiting_enterprise')
    const outside = await read('rongtai', id)
    expect(outside.case).toMatchObject({ state: 'working', turn: 'coordinator' })
    expect(said_(outside)).not.toContain('请补箱单')
    expect(outside.timeline.map((item: any) => item.event)).not.toContain('asked')
    const heard = await live.until('the event', ({ type, case: row, event }) => type === 'event' && row.id === id && event.version === outside.case.version)
    expect(heard).toMatchObject({ event: { name: 'updated', actor: { kind: 'system', name: null } }, case: { state: 'working' } })

    await delivered(id)
    const now = await read('rongtai', id)
    expect(now.case).toMatchObject({ state: 'waiting_enterprise', turn: 'enterprise' })
    expect(said_(now)).toContain('请补箱单')
    await live.until('the delivery', ({ type, case: row }) => type === 'event' && row.id === id && row.state === 'waiting_enterprise')
    live.close()
  })

  test('a question pauses only when it has arrived; its delivery is shown', async () => {
    const id = await working()
    await act('lin', id, 'ask', { text: '请补箱单' })
    expect(await clock(id, 'resolution')).toMatchObject({ state: 'running' })
    const entry = () => read('lin', id).then((full) => full.timeline.find((item: any) => item.event === 'asked').entry)
    expect(await entry()).toMatchObject({ delivery: 'queued', messages: [{ channel: 'portal', state: 'queued', held_until: expect.any(String) }] })
    await delivered(id)
    expect(await clock(id, 'resolution')).toMatchObject({ state: 'paused' })
    expect(await entry()).toMatchObject({ delivery: 'delivered', messages: [{ state: 'delivered', settled_at: expect.any(String) }] })
    await act('rongtai', id, 'reply', { text: '已补' })
    expect(await clock(id, 'resolution')).toMatchObject({ state: 'running', segments: 3 })
  })

  test('what travels by another channel waits for whoever sends it', async () => {
    const id = await working({ channel: 'wechat' })
    await act('lin', id, 'reply', { audience: 'public', text: '正在办理' })
    await letGo(id)
    const near = await working()
    await act('lin', near, 'reply', { audience: 'public', text: '正在办理' })
    await delivered(near)
    expect(await river().db.value(`select state from ql.messages where case_id = $1`, id)).toBe('queued')
    expect(said_(await read('rongtai', id))).toContain('正在办理') // the portal shows what has gone out
  })

  test('taken back, they kept no promise', async () => {
    const id = await working()
    const { due_at } = await clock(id, 'first_response')
    await act('lin', id, 'reply', { audience: 'public', text: '写错了' })
    expect(await clock(id, 'first_response')).toMatchObject({ state: 'met' })
    const full = await read('lin', id)
    expect(full.undo).toBe(full.case.version)
    expect(full.actions).toContain('undo')
    problem(await tries('peng', id, 'undo', { entry: full.undo }), 409, 'not_allowed')
    await act('lin', id, 'undo')
    expect(await clock(id, 'first_response')).toMatchObject({ state: 'running', due_at, segments: 2 })
    expect(said_(await read('rongtai', id))).not.toContain('写错了')
    const after = await read('lin', id)
    expect([after.undo, after.actions.includes('undo')]).toEqual([null, false])
    problem(await tries('lin', id, 'undo'), 409, 'not_allowed')
  })

  test('an answer taken back is at work again, with its officer and his load', async () => {
    const load = () => river().db.value<number>('select open_weight from ql.coordinators where id = $1', ids.lin)
    const id = await working()
    const before = await load()
    await act('lin', id, 'answer_and_close', { department: '2222', text: '已放行' })
    expect(await load()).toBe(before - 1)
    const row = await act('lin', id, 'undo')
    expect(row).toMatchObject({ state: 'working', coordinator: { id: ids.lin }, outcome: null, closed_at: null })
    expect(await load()).toBe(before)
    expect(await clock(id, 'resolution')).toMatchObject({ state: 'running' })
  })

  test('what has gone out is not taken back', async () => {
    const id = await working()
    await act('lin', id, 'reply', { audience: 'public', text: '正在办理' })
    const { undo } = await read('lin', id)
    await delivered(id)
    expect(problem(await tries('lin', id, 'undo', { entry: undo }), 409, 'not_allowed').detail).toContain('gone out')
  })

  for (const [what, login, action, more, field, kind] of [
    ['an officer\'s reply', 'lin', 'reply', { audience: 'public', text: '该票已被布 控' }, '/text', 'risk_targeting'],
    ['a question', 'lin', 'ask', { text: 'It met a Risk-Profile.' }, '/text', 'risk_targeting'],
    ['an answer', 'lin', 'answer', { department: '2222', text: '已转缉私部门' }, '/text', 'investigation'],
    ['a supervisor\'s words, no less', 'peng', 'reply', { audience: 'public', text: 'профиль риска' }, '/text', 'risk_targeting'],
    ['the reason of a subject', 'peng', 'classify', { subject: '布控查验' }, '/subject', 'risk_targeting']
  ] as const) {
    test(`a work secret stops ${what}`, async () => {
      const id = action === 'reply' && login === 'peng' ? await working() : await working()
      const refused = problem(await tries(login, id, action, more), 422, 'invalid')
      expect(refused).toMatchObject({ field, detail: expect.stringContaining(kind) })
    })
  }

  test('but not what stays inside, nor what an enterprise says', async () => {
    const id = await working()
    await act('lin', id, 'reply', { audience: 'parties', text: '已布控，勿外传' })
    await act('rongtai', id, 'reply', { text: '是不是被布控了？' })
  })

  test('sealed words are for named readers; each reading is kept', async () => {
    const id = await working()
    const live = await (await as('zhou')).live()
    for (const [readers, field] of [[[], '/readers'], [['rongtai'], '/readers'], [['nobody'], '/readers'], ['peng', '/readers']] as const) {
      expect(problem(await tries('lin', id, 'reply', { audience: 'sealed', text: '密', readers }), 422, 'invalid').field).toBe(field)
    }
    const row = await act('lin', id, 'reply', { audience: 'sealed', text: '举报人信息', readers: ['peng'] })
    const seen = async (login: string) => said_(await read(login, id)).includes('举报人信息')
    expect([await seen('lin'), await seen('peng'), await seen('chen'), await seen('wall'), await seen('rongtai')]).toEqual([true, true, false, false, false])
    for (const login of ['chen', 'wall']) {
      const { timeline } = await read(login, id)
      expect(timeline.some((item: any) => item.version === row.version)).toBe(false)
      expect(JSON.stringify((await (await as(login)).get(`/api/v1/cases/${id}/journal`)).body)).not.toContain('举报人信息')
    }
    const reads = await river().db.rows(`select u.login, count(*)::int as n from ql.entry_reads r join ql.users u on u.id = r.user_id where r.case_id = $1 group by 1 order by 1`, id)
    expect(reads).toEqual([{ login: 'lin', n: 1 }, { login: 'peng', n: 1 }])
    const wall = await (await as('wall')).live()
    await act('lin', id, 'reply', { audience: 'sealed', text: '再一条', readers: ['peng'] })
    const heard = await wall.until('the event', ({ type, case: one, event }) => type === 'event' && one.id === id && event.version === row.version + 1)
    expect(heard['event']).toMatchObject({ name: 'updated', actor: { kind: 'system', id: null, name: null } })
    expect(heard['case'].messages).toBe(row.messages) // not even counted
    live.close()
    wall.close()
  })
})

test.describe('who has it', () => {
  test('declined with a reason, it goes to the next one', async () => {
    const id = await raise()
    expect(problem(await tries('lin', id, 'decline', { reason: ' ' }), 422, 'invalid').field).toBe('/reason')
    const { coordinator, state } = await act('lin', id, 'decline', { reason: '与本人近亲属有关' })
    expect([state, coordinator]).toEqual(['received', null])
    await waitUntil(async () => (await events(id)).includes('waiting') || (await events(id)).filter((event) => event === 'assigned').length === 2, { what: 'the next one, or nobody' })
    expect(await river().db.value('select tried::float8[] from ql.cases where id = $1', id)).toContain(ids.lin)
  })

  test('a supervisor takes it from whoever has it', async () => {
    const id = await working()
    problem(await tries('lin', id, 'release'), 409, 'not_allowed')
    await act('peng', id, 'release', { reason: '另有任务' })
    expect((await events(id)).slice(3)).toContain('released')
  })
})

test.describe('answers', () => {
  test('confirmed by the enterprise', async () => {
    const id = await working()
    await act('lin', id, 'answer', { department: '2222', text: '已放行' })
    expect(await clock(id, 'confirmation')).toBeUndefined()
    await delivered(id)
    expect(await clock(id, 'confirmation')).toMatchObject({ state: 'running' })
    expect(await act('rongtai', id, 'confirm')).toMatchObject({ state: 'closed', outcome: 'solved' })
    expect(await river().db.value('select closed_way from ql.cases where id = $1', id)).toBe('confirmed')
  })

  test('objected to, it is back with its officer and the old clock runs on', async () => {
    const id = await working()
    const { due_at } = await clock(id, 'resolution')
    await act('lin', id, 'answer', { department: '2222', text: '已放行' })
    await delivered(id)
    expect(problem(await tries('rongtai', id, 'object'), 422, 'invalid').field).toBe('/reason')
    await act('rongtai', id, 'object', { reason: '码头仍不放行' })
    expect(await clock(id, 'resolution')).toMatchObject({ state: 'running', cycle: 1, segments: 2 })
    expect((await clock(id, 'resolution')).due_at >= due_at).toBe(true)
    await waitUntil(() => river().db.value(`select coordinator_id = $2 from ql.cases where id = $1 and state = 'assigned'`, id, ids.lin), { what: 'its officer' })
  })

  test('withdrawn by who raised it', async () => {
    expect(await act('rongtai', await working(), 'withdraw')).toMatchObject({ state: 'closed', outcome: 'withdrawn' })
  })

  for (const [outcome, action, more, field] of [
    ['referred', 'answer', { department: '2222', text: '请找海事', how: '021-12345' }, '/to'],
    ['referred', 'answer_and_close', { department: '2222', text: '请找海事', to: '海事局' }, '/how'],
    ['referred', 'close', { reason: '不属海关' }, '/to'],
    ['no_fault_found', 'close', {}, '/reason'],
    ['unreachable', 'close', { reason: '无人接听' }, '/outcome'],
    ['explained', 'close', { reason: '不能解决' }, '/outcome']
  ] as const) {
    test(`${outcome} by ${action} without ${field} is refused by name`, async () => {
      expect(problem(await tries('lin', await working(), action, { outcome, ...more }), 422, 'invalid').field).toBe(field)
    })
  }

  test('referred tells the enterprise to whom, unreachable counts the calls', async () => {
    const one = await working()
    await act('lin', one, 'answer_and_close', { department: '2222', outcome: 'referred', text: '船期由船公司定', to: '船公司', how: '021-55550000' })
    await letGo(one)
    const item = (await read('rongtai', one)).timeline.find(({ event }: any) => event === 'closed')
    expect(item.data).toEqual({ outcome: 'referred', department: '2222', referred_to: '船公司', referred_how: '021-55550000' })
    const two = await working()
    for (let i = 0; i < 3; i++) await act('lin', two, 'call_attempt', { result: 'no_answer' })
    expect(await act('lin', two, 'close', { outcome: 'unreachable', reason: '三次无人接听' })).toMatchObject({ outcome: 'unreachable' })
  })

  test('what can\'t be solved is explained when a second person agrees: not the author, not without the duty, not recused', async () => {
    const { db } = river()
    const id = await working()
    await act('lin', id, 'answer', { department: '2222', outcome: 'explained', text: '目录外商品，暂无办法' })
    expect(await clock(id, 'resolution')).toMatchObject({ state: 'running' })
    const full = await read('lin', id)
    expect(full).toMatchObject({ case: { state: 'working', coordinator: { id: ids.lin } }, proposal: { close: false, mine: true } })
    expect(full.actions).not.toContain('approve')
    expect(said_(await read('rongtai', id))).not.toContain('目录外商品，暂无办法')
    expect((await read('peng', id)).actions).toEqual(expect.arrayContaining(['approve', 'return']))

    expect(problem(await tries('lin', id, 'approve'), 409, 'not_allowed').detail).toContain('wrote')
    expect(problem(await tries('wall', id, 'approve'), 409, 'not_allowed').detail).toContain('second reader')
    await db.rows(`insert into ql.recusals (coordinator_id, enterprise_id, reason) values ($1, $2, '亲属')`, ids.chen, ids.rongtai)
    expect(problem(await tries('chen', id, 'approve'), 409, 'not_allowed').detail).toContain('recused')
    await db.rows('delete from ql.recusals')

    expect(problem(await tries('peng', id, 'return'), 422, 'invalid').field).toBe('/reason')
    await act('peng', id, 'return', { reason: '请说明申诉途径' })
    problem(await tries('peng', id, 'approve'), 409, 'not_allowed')

    await act('lin', id, 'answer', { department: '2222', outcome: 'explained', text: '目录外商品，可申请归类' })
    expect(await act('chen', id, 'approve')).toMatchObject({ state: 'answered', outcome: 'explained' })
    await delivered(id)
    const outside = await read('rongtai', id)
    expect(said_(outside)).toContain('目录外商品，可申请归类')
    expect(await db.row(`select author_id, audience from ql.entries where case_id = $1 and text = '目录外商品，可申请归类' and audience = 'public'`, id))
      .toEqual({ author_id: ids.lin, audience: 'public' })
    expect(await clock(id, 'confirmation')).toMatchObject({ state: 'running' })
  })

  test('a proposal falls with the officer who made it', async () => {
    const id = await working()
    await act('lin', id, 'answer_and_close', { department: '2222', outcome: 'explained', text: '暂无办法' })
    await act('peng', id, 'release', { reason: '换人' })
    await waitUntil(() => river().db.value(`select coordinator_id from ql.cases where id = $1`, id).then((who) => who !== undefined), { what: 'somebody' })
    await act('wall', id, 'assign', { coordinator: ids.zhou })
    expect(await read('peng', id)).toMatchObject({ proposal: null })
    problem(await tries('peng', id, 'approve'), 409, 'not_allowed')
  })
})

test.describe('again', () => {
  async function closed(more: Record<string, unknown>): Promise<number> {
    const id = await working()
    await act('lin', id, 'answer_and_close', { department: '2222', text: '已答复', ...more })
    await delivered(id)
    return id
  }

  test('reopened within the window the old clock runs on', async () => {
    const id = await closed({})
    await act('rongtai', id, 'reopen', { reason: '仍未放行' })
    expect(await clock(id, 'resolution')).toMatchObject({ state: 'running', cycle: 1, segments: 2 })
  })

  test('what was referred begins with fresh promises', async () => {
    const id = await closed({ outcome: 'referred', to: '船公司', how: '021-55550000' })
    await act('rongtai', id, 'reopen', { reason: '船公司说是海关的事' })
    expect(await clock(id, 'resolution')).toMatchObject({ state: 'running', cycle: 2, segments: 1 })
    expect(await clock(id, 'first_response')).toMatchObject({ state: 'running', cycle: 2 })
  })

  test('past the window a new case takes it up, with all that it is about', async () => {
    const { db } = river()
    const id = await closed({})
    await db.rows(`update ql.cases set closed_at = closed_at - interval '31 days' where id = $1`, id)
    const answer = await tries('rongtai', id, 'reopen', { reason: '又被卡住' })
    expect(answer.body).toMatchObject({ case: { id, state: 'closed' }, opened: { state: 'received', enterprise: { id: ids.rongtai } } })
    const fresh = answer.body.opened.id
    await waitUntil(() => db.value(`select coordinator_id = $2 from ql.cases where id = $1 and state = 'assigned'`, fresh, ids.lin), { what: 'the officer who had it first' })
    const [was, is] = [await read('lin', id), await read('lin', fresh)]
    expect(is.references).toEqual(was.references)
    expect(is.contact).toEqual(was.contact)
    expect(is.case).toMatchObject({ subject: was.case.subject, text: '又被卡住' })
    expect(await db.rows('select case_id::float8, other_id::float8, kind from ql.case_links where case_id in ($1, $2) order by 1', id, fresh))
      .toEqual([{ case_id: id, other_id: fresh, kind: 'reopened_later' }, { case_id: fresh, other_id: id, kind: 'reopened_later' }].sort((a, b) => a.case_id - b.case_id))
    expect((await events(id)).at(-1)).toBe('reopened_later')
    expect(said_(await read('rongtai', fresh))).toContain('又被卡住')
  })
})

test.describe('urging', () => {
  test('pressed on once in a while, accusing nobody', async () => {
    const id = await working()
    await act('rongtai', id, 'press_on', { text: '船明天开' })
    const refused = problem(await tries('rongtai', id, 'press_on'), 409, 'not_allowed')
    expect(refused.detail).toContain('press on again from')
    const item = (await river().db.row<any>(`select audience, data from ql.journal where case_id = $1 and event = 'pressed_on'`, id))
    expect(item.data).toMatchObject({ coordinator: ids.lin })
    expect(await clock(id, 'resolution')).toMatchObject({ state: 'running', segments: 1 })
    problem(await tries('lin', id, 'press_on'), 409, 'not_allowed')
  })

  test('a review of the routing has a clock of its own, and a supervisor who answers', async () => {
    const id = await working()
    await act('rongtai', id, 'review', { text: '想换一位熟悉转关的' })
    expect(await clock(id, 'review')).toMatchObject({ state: 'running' })
    problem(await tries('rongtai', id, 'review'), 409, 'not_allowed')
    expect((await read('peng', id)).actions).toContain('reviewed')
    expect((await read('lin', id)).actions).not.toContain('reviewed')
    await act('peng', id, 'reviewed', { text: '林晓熟悉，仍由其办理' })
    expect(await clock(id, 'review')).toMatchObject({ state: 'met' })
    const other = await working()
    await act('rongtai', other, 'review')
    await act('wall', other, 'assign', { coordinator: ids.zhou })
    expect(await clock(other, 'review')).toMatchObject({ state: 'met' })
  })

  test('needed by, and no longer', async () => {
    const id = await working()
    const by = new Date(Date.now() + 3_600_000).toISOString()
    expect(problem(await tries('rongtai', id, 'set_need', { needed_by: by }), 422, 'invalid').field).toBe('/reason')
    expect(problem(await tries('rongtai', id, 'set_need', { needed_by: '2020-01-01T00:00:00Z', reason: 'cut_off' }), 422, 'invalid').field).toBe('/needed_by')
    expect(problem(await tries('rongtai', id, 'set_need', { needed_by: 'soon', reason: 'cut_off' }), 422, 'invalid').field).toBe('/needed_by')
    const row = await act('rongtai', id, 'set_need', { needed_by: by, reason: 'cut_off' })
    expect([new Date(row.needed_by).toISOString(), row.needed_reason]).toEqual([by, 'cut_off'])
    expect(await act('lin', id, 'set_need')).toMatchObject({ needed_by: null, needed_reason: null })
  })

  test('another class makes a promise better, never worse', async () => {
    const { db } = river()
    const id = await working()
    await db.rows(`insert into ql.policies (code, procedure, clock, category, amount, amount_unit, thresholds) values
      ('fast', 'coordination', 'first_response', 'transit_hold', 5, 'wall_minutes', '{breach}'), ('slow', 'coordination', 'first_response', 'complaint', 90, 'work_days', '{breach}')`)
    const first = await clock(id, 'first_response')
    await act('lin', id, 'classify', { category: 'transit_hold', priority: 'high', subject: '转关受阻' })
    const better = await clock(id, 'first_response')
    expect(better.due_at.getTime()).toBeLessThan(first.due_at.getTime())
    expect(better.state).toBe('running')
    expect(await act('lin', id, 'classify', { category: 'complaint' })).toMatchObject({ category: 'complaint', priority: 'high', subject: '转关受阻' })
    expect((await clock(id, 'first_response')).due_at).toEqual(better.due_at)
    expect(problem(await tries('lin', id, 'classify', { category: 'none' }), 422, 'invalid').field).toBe('/category')
    expect(problem(await tries('lin', id, 'classify', {}), 422, 'invalid').field).toBe('/category')
    await db.rows(`delete from ql.clock_fires where case_id = $1`, id)
  })

  test('following', async () => {
    const id = await working()
    const list = async (login: string) => (await (await as(login)).get('/api/v1/cases?view=followed')).body.items.map((row: any) => row.id)
    const peng = await as('peng')
    expect((await peng.post(`/api/v1/cases/${id}/follow`, {})).body).toEqual({ followed: true })
    expect((await peng.post(`/api/v1/cases/${id}/follow`, {})).body).toEqual({ followed: true })
    expect([await list('peng'), (await list('lin')).includes(id)]).toEqual([[id], false])
    expect((await read('peng', id)).followed).toBe(true)
    expect((await peng.post(`/api/v1/cases/${id}/unfollow`, {})).body).toEqual({ followed: false })
    expect(await list('peng')).toEqual([])
    problem(await (await as('broker')).post(`/api/v1/cases/${id}/follow`, {}), 404, 'not_found')
  })
})

test.describe('what it is about', () => {
  test('an enterprise comes on it and sees it at once, changes its role, and is gone at once', async () => {
    const id = await working()
    problem(await (await as('broker')).get(`/api/v1/cases/${id}`), 404, 'not_found')
    expect(problem(await tries('lin', id, 'add_enterprise', { uscc: '91310', role: 'declarant' }), 422, 'invalid').field).toBe('/uscc')
    expect(problem(await tries('lin', id, 'add_enterprise', { uscc: seed.uscc(99_999_999), role: 'declarant' }), 422, 'invalid').field).toBe('/uscc')
    expect(problem(await tries('lin', id, 'add_enterprise', { uscc: codes.broker, role: 'friend' }), 422, 'invalid').field).toBe('/role')
    const live = await (await as('broker')).live()
    await act('lin', id, 'add_enterprise', { uscc: codes.broker, role: 'declarant' })
    expect((await read('broker', id)).case.id).toBe(id)
    await live.until('the case', ({ type, case: row }) => type === 'event' && row.id === id)
    await act('lin', id, 'add_enterprise', { uscc: codes.broker, role: 'principal' })
    expect((await read('lin', id)).enterprises.map((one: any) => [one.id, one.role])).toEqual([[ids.broker, 'principal'], [ids.rongtai, 'affected']])
    expect(problem(await tries('lin', id, 'remove_enterprise', { uscc: codes.broker }), 422, 'invalid').field).toBe('/enterprise')
    await act('lin', id, 'add_enterprise', { uscc: codes.rongtai, role: 'principal' })
    await act('lin', id, 'remove_enterprise', { uscc: codes.broker })
    problem(await (await as('broker')).get(`/api/v1/cases/${id}`), 404, 'not_found')
    await live.until('that it is gone', ({ type, id: gone }) => type === 'gone' && gone === id)
    live.close()
  })

  test('references come and go; a faulty one is marked, a mistake stays in the journal', async () => {
    const id = await working()
    await act('lin', id, 'add_reference', { type: 'container', value: 'csqu 305438-4' })
    expect((await read('lin', id)).references).toContainEqual(expect.objectContaining({ type: 'container', valid: false, fault: expect.objectContaining({ code: 'bad_check' }) }))
    expect(problem(await tries('lin', id, 'add_reference', { type: 'container', value: 'CSQU3054384' }), 422, 'invalid').field).toBe('/value')
    expect(problem(await tries('lin', id, 'add_reference', { type: 'ship', value: 'x' }), 422, 'invalid').field).toBe('/type')
    await act('lin', id, 'remove_reference', { type: 'container', value: 'CSQU3054384' })
    expect((await read('lin', id)).references.map(({ type }: any) => type)).toEqual(['bill'])
    const kept = (await (await as('lin')).get(`/api/v1/cases/${id}/journal`)).body.items.filter(({ event }: any) => event === 'references_changed')
    expect(kept.map(({ data }: any) => [data.added ?? null, data.removed ?? null])).toEqual([['CSQU3054384', null], [null, 'CSQU3054384']])
  })
})

test.describe('several cases', () => {
  const reply = async (id: number, text: string): Promise<number> => (await act('rongtai', id, 'reply', { text })).version

  test('words that belong elsewhere are moved, with their author and time', async () => {
    const [from, to] = [await working(), await working()]
    const entry = await reply(from, '另一票的箱号')
    const at = await river().db.value('select at from ql.entries where case_id = $1 and version = $2', from, entry)
    expect(problem(await tries('lin', from, 'move', { entries: [1], to }), 422, 'invalid').field).toBe('/entries')
    expect(problem(await tries('lin', from, 'move', { entries: [entry], to: 'nowhere' }), 422, 'invalid').field).toBe('/to')
    expect(problem(await tries('lin', from, 'move', { entries: [entry], to: from }), 422, 'invalid').field).toBe('/to')
    const number = (await read('lin', to)).case.number
    await act('lin', from, 'move', { entries: [entry], to: number })
    expect([said_(await read('rongtai', from)).includes('另一票的箱号'), said_(await read('rongtai', to)).includes('另一票的箱号')]).toEqual([false, true])
    const moved = (await read('lin', from)).timeline.find((item: any) => item.version === entry)
    expect(moved.entry).toMatchObject({ text: '', moved_to: number })
    const arrived = await river().db.row('select author_kind, author_id, at from ql.entries where case_id = $1 and text = $2', to, '另一票的箱号')
    expect(arrived).toEqual({ author_kind: 'enterprise', author_id: ids.rongtai, at })
    expect(problem(await tries('lin', from, 'move', { entries: [entry], to }), 422, 'invalid').field).toBe('/entries')
  })

  test('an enterprise\'s words go only where it is', async () => {
    const [from, to] = [await working(), await working()]
    await act('lin', from, 'add_enterprise', { uscc: codes.broker, role: 'declarant' })
    const entry = (await act('broker', from, 'reply', { text: '我司代理' })).version
    expect(problem(await tries('lin', from, 'move', { entries: [entry], to }), 422, 'invalid').field).toBe('/to')
  })

  test('a second problem becomes a case of its own, promised since the first', async () => {
    const { db } = river()
    const id = await working()
    const bill = (await read('lin', id)).references[0].value
    const entry = await reply(id, '还有退税的事')
    expect(problem(await tries('lin', id, 'split', { subject: '退税' }), 422, 'invalid').field).toBe('/entries')
    expect(problem(await tries('lin', id, 'split', { subject: '退税', entries: [entry], references: [{ type: 'bill', value: 'NOT-THERE' }] }), 422, 'invalid').field).toBe('/references')
    const answer = await tries('lin', id, 'split', { subject: '退税', entries: [entry], references: [{ type: 'bill', value: bill }] })
    expect(answer.body).toMatchObject({ case: { id }, opened: { subject: '退税', enterprise: { id: ids.rongtai } } })
    const fresh = answer.body.opened.id
    await waitUntil(() => db.value(`select coordinator_id = $2 from ql.cases where id = $1 and state = 'assigned'`, fresh, ids.lin), { what: 'the same officer' })
    const [was, is] = [await read('rongtai', id), await read('rongtai', fresh)]
    expect([said_(was).includes('还有退税的事'), said_(is)]).toEqual([false, ['还有退税的事']])
    expect([was.references, is.references.map(({ value }: any) => value)]).toEqual([[], [bill]])
    const started = (of: number) => db.value<Date>(`select started_at from ql.clocks where case_id = $1 and kind = 'resolution'`, of)
    expect(await started(fresh)).toEqual(await started(id))
    expect((await read('lin', fresh)).contact).toEqual({ name: '张*', phone: '138****1234' })
    expect(await db.count(`select count(*) from ql.case_links where kind = 'split' and case_id in ($1, $2)`, id, fresh)).toBe(2)
  })

  test('merged by hand, what reaches the one lands on the other; undone, all is as before and what came meanwhile is named', async () => {
    const { db } = river()
    const [gone, heir] = [await working(), await working()]
    await act('lin', gone, 'add_enterprise', { uscc: codes.broker, role: 'declarant' })
    const before = { full: await read('lin', gone), due: (await clock(gone, 'resolution')).due_at, heir: await read('lin', heir) }
    const load = () => db.value<number>('select open_weight from ql.coordinators where id = $1', ids.lin)
    const carried = await load()
    expect(problem(await tries('lin', gone, 'merge', { into: gone }), 422, 'invalid').field).toBe('/into')
    await act('lin', gone, 'merge', { into: heir })
    expect(await load()).toBe(carried - 1)
    const number = before.full.case.number
    const through = await read('broker', number) // its number leads to the heir, also for who came along
    expect(through.case.id).toBe(heir)
    expect((await read('lin', heir)).references.length).toBe(2)
    await river().kafka.event('enterprise.enquiries', {
      type: 'qingling.enquiry.received.v1', key: codes.rongtai,
      data: { uscc: codes.rongtai, channel: 'portal', channel_user: `late${said}`, subject: '回复', text: '回复旧编号', reply_to: number, occurred_at: new Date().toISOString() }
    })
    const stayed = Number(await waitUntil(() => db.value(`select version::text from ql.entries where case_id = $1 and text = '回复旧编号'`, heir), { what: 'the reply on the heir' }))
    expect((await read('lin', heir)).actions).toContain('unmerge')
    expect(problem(await tries('lin', heir, 'unmerge', { merged: number }), 422, 'invalid').field).toBe('/reason')
    expect(problem(await tries('lin', heir, 'unmerge', { merged: (await read('lin', await working())).case.number, reason: '?' }), 422, 'invalid').field).toBe('/merged')
    await act('lin', heir, 'unmerge', { merged: number, reason: '是两件事' })
    const after = await read('lin', gone)
    expect(after.case).toMatchObject({ id: gone, state: 'working', coordinator: { id: ids.lin } })
    expect((await clock(gone, 'resolution'))).toMatchObject({ state: 'running', due_at: before.due })
    expect(await load()).toBe(carried + 1) // with the third case of this test
    expect([after.references, after.enterprises]).toEqual([before.full.references, before.full.enterprises])
    const still = await read('lin', heir)
    expect([still.references, still.enterprises]).toEqual([before.heir.references, before.heir.enterprises])
    problem(await (await as('broker')).get(`/api/v1/cases/${heir}`), 404, 'not_found')
    expect((await read('broker', number)).case.id).toBe(gone)
    const told = await db.value<any>(`select data from ql.journal where case_id = $1 and event = 'separated'`, heir)
    expect(told).toMatchObject({ other: gone, stayed: [stayed] })
  })
})

test.describe('two at once', () => {
  for (const [action, more] of [
    ['reply', { audience: 'parties', text: 'x' }], ['ask', { text: 'x' }], ['answer', { department: '2222', text: 'x' }], ['classify', { priority: 'high' }],
    ['add_reference', { type: 'bill', value: 'RACE-1' }], ['close', { outcome: 'solved' }], ['set_need', {}], ['split', { subject: 'x', references: null }]
  ] as const) {
    test(`${action}: one wins, the other is told what changed`, async () => {
      const id = await working()
      const body: Record<string, unknown> = action === 'split' ? { subject: '另一件', references: [(await read('lin', id)).references[0]] } : more
      const seen = await version(id)
      const lin = await as('lin')
      const answers = await Promise.all([1, 2].map(() => lin.command(id, action, seen, body)))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
      const loser = answers.find(({ status }) => status === 409)?.body
      expect(loser).toMatchObject({ code: 'stale_version', field: '/version' })
      expect(loser.changed.length).toBeGreaterThan(0)
      expect((await events(id)).length).toBe(await version(id))
    })
  }

  test('an undo and another step: never both from the same view', async () => {
    const id = await working()
    await act('lin', id, 'ask', { text: '请补' })
    const seen = await version(id)
    const [undo, reply] = await Promise.all([(await as('lin')).command(id, 'undo', seen), (await as('rongtai')).command(id, 'reply', seen, { text: '补充' })])
    expect([undo.status, reply.status].sort()).toEqual([200, 409])
  })

  test('two merges crosswise: one wins, nothing hangs', async () => {
    const [a, b] = [await working(), await working()]
    const lin = await as('lin')
    const [one, two] = await Promise.all([lin.command(a, 'merge', await version(a), { into: b }), lin.command(b, 'merge', await version(b), { into: a })])
    const states = await river().db.rows<{ state: string }>('select state from ql.cases where id in ($1, $2) order by state', a, b)
    expect(states.map(({ state }) => state)).toEqual(['merged', 'working'])
    expect([one.status, two.status]).toContain(200)
  })

  test('the journal of every case is whole', async () => {
    const { db } = river()
    const qlctl = (command: string) => promisify(execFile)(join(bin, 'qlctl'), [command], { env: { ...process.env, QL_PG_DSN: river().dsn('ql_operator') } })
    expect((await qlctl('verify')).stdout).toMatch(/^ok +\d+ cases, \d+ journal rows, 0 faults/)
    expect(await qlctl('check').then(({ stdout }) => stdout, ({ stdout }) => stdout)).not.toContain('FAULT')
    expect(await db.rows(`select c.id from ql.cases c where c.version <> (select count(*) from ql.journal j where j.case_id = c.id)
                             or c.head_hash <> (select j.hash from ql.journal j where j.case_id = c.id order by j.version desc limit 1)`)).toEqual([])
    expect(await db.rows(`select k.id from ql.coordinators k where k.open_weight <> (select coalesce(sum(weight), 0) from ql.cases c
                             where c.coordinator_id = k.id and c.state in ('assigned', 'working', 'waiting_enterprise'))`)).toEqual([])
  })
})
