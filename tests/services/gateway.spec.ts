/** The gateway as people meet it: signing in, lists, one case, commands, files. The live stream has a file of its own. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { gzipSync, brotliCompressSync } from 'node:zlib'
import { Api, type Answer } from '../lib/api.ts'
import { tempDir } from '../lib/paths.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'

const web = tempDir('web')
const script = `console.log(${JSON.stringify('清零 '.repeat(500))})`
mkdirSync(join(web, 'assets'))
writeFileSync(join(web, 'index.html'), '<!doctype html><title>清零</title>')
writeFileSync(join(web, 'assets/app-1a2b3c4d.js'), script)
writeFileSync(join(web, 'assets/app-1a2b3c4d.js.gz'), gzipSync(script))
writeFileSync(join(web, 'assets/app-1a2b3c4d.js.br'), brotliCompressSync(script))

const ids = { lin: 0, zhou: 0, tired: 0, rongtai: 0, jinqiao: 0 }
const codes = { rongtai: '', jinqiao: '' }

const river = useStack(
  { services: ['relay', 'intake', 'dispatch', 'gateway'], env: { gateway: { QL_GATEWAY_WEB: web } } },
  async ({ db }) => {
    await db.rows(`update ql.parameters set value = '0' where key = 'message.undo_seconds'`) // lifecycle.spec.ts takes words back
    ids.lin = await seed.coordinator(db, { name: '林晓', unit: '2222', capacity: 200 })
    ids.zhou = await seed.coordinator(db, { name: '周敏', unit: '2248', capacity: 200 })
    ids.tired = await seed.coordinator(db, { name: '满员', unit: '2222', capacity: 0 })
    const rongtai = await seed.enterprise(db, { name: '荣泰', home: '2222', named: ids.lin })
    const jinqiao = await seed.enterprise(db, { name: '金桥', home: '2248', named: ids.zhou })
    ids.rongtai = rongtai.id
    ids.jinqiao = jinqiao.id
    codes.rongtai = rongtai.uscc
    codes.jinqiao = jinqiao.uscc
    await seed.user(db, { login: 'wall', role: 'supervisor', unit: '0000' })
    await seed.user(db, { login: 'shanghai', role: 'supervisor', unit: '2200' })
    await seed.user(db, { login: 'beijing', role: 'supervisor', unit: '0100' })
    await seed.user(db, { login: 'lin', role: 'coordinator', unit: '2222', coordinator: ids.lin })
    await seed.user(db, { login: 'zhou', role: 'coordinator', unit: '2248', coordinator: ids.zhou })
    await seed.user(db, { login: 'rongtai', role: 'enterprise', enterprise: rongtai.id })
    await seed.user(db, { login: 'jinqiao', role: 'enterprise', enterprise: jinqiao.id })
    await seed.user(db, { login: 'guessed', role: 'supervisor', unit: '0000' })
  }
)

const people = new Map<string, Api>()

/** Signed in once for the whole file. */
async function as(login: string): Promise<Api> {
  const known = people.get(login) ?? (await river().visitor().signIn(login, seed.PASSWORD))
  people.set(login, known)
  return known
}

interface Problem { status: number; code: string; title: string; detail?: string; field?: string; [more: string]: any }

function problem(answer: Answer, status: number, code: string): Problem {
  expect(answer.body).toMatchObject({ status, code, type: 'about:blank' })
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  return answer.body
}

let said = 0

/** An enterprise asks, and its case is assigned: its row as the wall sees it. */
async function ask(enterprise: keyof typeof codes, more: Record<string, unknown> = {}): Promise<any> {
  const subject = `问题 ${++said}`
  await river().kafka.event('enterprise.enquiries', {
    type: 'qingling.enquiry.received.v1',
    key: codes[enterprise],
    // Each by another person about another thing: else they would be one case.
    data: {
      uscc: codes[enterprise], channel: 'wechat', channel_user: `user${said}`, contact: { name: '张三丰', phone: '13812341234' }, subject,
      text: `${subject}：放行在哪一步？`, occurred_at: new Date().toISOString(), references: [{ type: 'bill', value: `BL${Date.now()}${said}` }], ...more
    }
  })
  return assigned(subject)
}

async function assigned(subject: string): Promise<any> {
  const id = await waitUntil(
    () => river().db.value(`select id::text from ql.cases where subject = $1 and state = 'assigned'`, subject),
    { what: `the assignment of "${subject}"` })
  return (await (await as('wall')).get(`/api/v1/cases/${id}`)).body.case
}

test.describe('signing in', () => {
  test('gives a session, its cookie and its token', async () => {
    const visitor = river().visitor()
    const answer = await visitor.post('/api/v1/session', { login: 'lin', password: seed.PASSWORD })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      user: { login: 'lin', role: 'coordinator', unit: { code: '2222' }, enterprise: null, coordinator_id: ids.lin, language: 'zh-CN' },
      csrf: expect.stringMatching(/^[0-9a-f]{64}$/)
    })
    const cookie = answer.headers.getSetCookie()[0] ?? ''
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=']) expect(cookie).toContain(part)
    expect((await visitor.get('/api/v1/session')).body).toEqual(answer.body)
  })

  test('keeps only a hash of the cookie', async () => {
    const { cookie } = await as('lin')
    const stored = await river().db.value<number>(
      `select count(*)::int from ql.sessions where token_hash = sha256($1::bytea)`, Buffer.from(cookie.slice('ql_session='.length)))
    expect(stored).toBe(1)
  })

  test('a login is not case-sensitive', async () => {
    await river().visitor().signIn('LIN', seed.PASSWORD)
  })

  test('a wrong password and an unknown login are answered alike', async () => {
    const wrong = await river().visitor().post('/api/v1/session', { login: 'lin', password: 'no' })
    const unknown = await river().visitor().post('/api/v1/session', { login: 'nobody', password: 'no' })
    problem(wrong, 401, 'bad_credentials')
    expect(unknown.body).toEqual(wrong.body)
  })

  test('a disabled account is gone at once', async () => {
    const { db } = river()
    await seed.user(db, { login: 'leaver', role: 'supervisor', unit: '0000' })
    const leaver = await river().visitor().signIn('leaver', seed.PASSWORD)
    await db.rows(`update ql.users set disabled_at = now() where login = 'leaver'`)
    problem(await leaver.get('/api/v1/session'), 401, 'unauthenticated')
    problem(await river().visitor().post('/api/v1/session', { login: 'leaver', password: seed.PASSWORD }), 401, 'bad_credentials')
  })

  test('signing out ends the session', async () => {
    const visitor = await river().visitor().signIn('lin', seed.PASSWORD)
    expect((await visitor.delete('/api/v1/session')).status).toBe(204)
    problem(await visitor.get('/api/v1/session'), 401, 'unauthenticated')
  })

  test('five failures make the next attempts wait, however the login is spelled and even with the right password', async () => {
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push((await river().visitor().post('/api/v1/session', { login: 'guessed', password: `guess ${i}` })).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401])
    const next = await river().visitor().post('/api/v1/session', { login: 'Guessed', password: seed.PASSWORD })
    problem(next, 429, 'throttled')
    expect(Number(next.headers.get('retry-after'))).toBeGreaterThan(0)
    await river().visitor().signIn('lin', seed.PASSWORD)
  })

  for (const [what, body, field] of [
    ['no login', { password: 'x' }, '/login'],
    ['a number for a password', { login: 'lin', password: 7 }, '/password'],
    ['an endless password', { login: 'lin', password: 'x'.repeat(300) }, '/password']
  ] as const) {
    test(`${what} is named`, async () => {
      expect(problem(await river().visitor().post('/api/v1/session', body), 422, 'invalid').field).toBe(field)
    })
  }
})

test.describe('who may send a request', () => {
  test('without a session nothing is read', async () => {
    for (const path of ['/api/v1/session', '/api/v1/cases', '/api/v1/cases/1', '/api/v1/counters', '/api/v1/roster', '/api/v1/reference', '/api/v1/river']) {
      problem(await river().visitor().get(path), 401, 'unauthenticated')
    }
  })

  test('a change needs the token of the session', async () => {
    const thief = river().visitor()
    thief.cookie = (await as('lin')).cookie
    problem(await thief.command(1, 'accept', 1), 403, 'csrf')
    thief.csrf = '0'.repeat(64)
    problem(await thief.command(1, 'accept', 1), 403, 'csrf')
  })

  test('and comes from our own page, when it comes from a page', async () => {
    const lin = await as('lin')
    for (const origin of ['https://evil.example', 'null', `${river().url}.evil.example`, 'http://127.0.0.1']) {
      problem(await lin.post('/api/v1/cases/1/accept', { version: 1 }, { origin }), 403, 'origin')
      problem(await river().visitor().post('/api/v1/session', { login: 'lin', password: seed.PASSWORD }, { origin }), 403, 'origin')
    }
    problem(await lin.post('/api/v1/cases/1/accept', { version: 1 }, { origin: river().url }), 404, 'not_found')
  })

  test('what is for staff is not for enterprises', async () => {
    const mine = await ask('rongtai')
    const rongtai = await as('rongtai')
    problem(await rongtai.get('/api/v1/roster'), 403, 'forbidden')
    problem(await rongtai.get(`/api/v1/cases/${mine.id}/journal`), 403, 'forbidden')
    problem(await rongtai.post(`/api/v1/roster/${ids.lin}/availability`, { available: false }), 403, 'forbidden')
  })
})

test.describe('lists', () => {
  test('each sees its own: by unit, by district, by enterprise', async () => {
    const a = await ask('rongtai')
    const b = await ask('jinqiao')
    const seen = async (login: string) => {
      const { items } = (await (await as(login)).get('/api/v1/cases?limit=200')).body
      return [a, b].map(({ id }) => items.some((row: any) => row.id === id))
    }
    expect({
      wall: await seen('wall'), shanghai: await seen('shanghai'), beijing: await seen('beijing'), lin: await seen('lin'), zhou: await seen('zhou'),
      rongtai: await seen('rongtai'), jinqiao: await seen('jinqiao')
    }).toEqual({
      wall: [true, true], shanghai: [true, true], beijing: [false, false], lin: [true, false], zhou: [false, true],
      rongtai: [true, false], jinqiao: [false, true]
    })
    for (const [login, row] of [['beijing', a], ['jinqiao', a], ['rongtai', b]] as const) {
      problem(await (await as(login)).get(`/api/v1/cases/${row.id}`), 404, 'not_found')
      expect((await (await as(login)).get(`/api/v1/cases?q=${row.number}`)).body.items).toEqual([])
      expect((await (await as(login)).get('/api/v1/cases?view=closed')).body.items).toEqual([])
    }
  })

  test('the same row everywhere, and for an enterprise without what is internal', async () => {
    const row = await ask('rongtai')
    const of = async (login: string) => (await (await as(login)).get(`/api/v1/cases?q=${row.number}`)).body.items[0]
    const staff = await of('wall')
    const { text, language, first_asked, ...bare } = row
    expect(staff).toEqual(bare)
    expect(staff).toMatchObject({
      state: 'assigned', turn: 'coordinator', unit: '2222', district: '2200', coordinator: { id: ids.lin, name: '林晓' }, messages: 1,
      enterprise: { id: ids.rongtai, name: '荣泰', uscc: codes.rongtai }, next_clock: { kind: 'accept', state: 'running' },
      why: { level: 'named', capacity: 200 }, opened_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    })
    expect(await of('rongtai')).toEqual({
      ...staff, why: null, messages: null, next_clock: { kind: 'first_response', state: 'running', due_at: expect.any(String) }
    })
  })

  test('pages come one behind the other without gap or repetition', async () => {
    for (let i = 0; i < 5; i++) await ask('rongtai')
    const lin = await as('lin')
    const all = (await lin.get('/api/v1/cases?limit=200')).body
    expect(all.next).toBeNull()
    const paged = []
    let after = ''
    do {
      const page = (await lin.get(`/api/v1/cases?limit=2${after}`)).body
      paged.push(...page.items)
      after = page.next === null ? '' : `&after=${page.next}`
    } while (after !== '')
    expect(paged).toEqual(all.items)
    const due = paged.map((row: any) => row.due_at)
    expect(due).toEqual([...due].sort())
  })

  test('filters', async () => {
    const mine = await ask('rongtai')
    const lin = await as('lin')
    const wall = await as('wall')
    const found = async (who: Api, query: string) => (await who.get(`/api/v1/cases?limit=200&${query}`)).body.items.some((row: any) => row.id === mine.id)
    for (const query of ['state=assigned', 'state=working,assigned', 'coordinator=me', `coordinator=${ids.lin}`, `enterprise=${ids.rongtai}`, 'priority=normal', 'overdue=false']) {
      expect([query, await found(lin, query)]).toEqual([query, true])
    }
    for (const query of ['state=received', 'coordinator=none', `coordinator=${ids.zhou}`, `enterprise=${ids.jinqiao}`, 'priority=urgent', 'overdue=true', 'view=closed', 'category=tax']) {
      expect([query, await found(lin, query)]).toEqual([query, false])
    }
    for (const [unit, there] of [['2200', true], ['2222', true], ['2248', false], ['0100', false], ['0000', true]] as const) {
      expect([unit, await found(wall, `unit=${unit}`)]).toEqual([unit, there])
    }
    expect(await found(await as('shanghai'), 'unit=2222')).toBe(true)
    expect(await found(await as('beijing'), 'unit=2222')).toBe(false)
    expect(await found(await as('rongtai'), 'unit=2200')).toBe(true)
  })

  test('is found by number as it is said, and by reference as it is written', async () => {
    const bill = `HBL-${Date.now()}`
    const row = await ask('rongtai', { references: [{ type: 'bill', value: bill }, { type: 'container', value: 'CSQU3054383' }] })
    const lin = await as('lin')
    const digits = row.number.replaceAll('-', '')
    for (const q of [row.number, digits, `${digits.slice(0, 6)} ${digits.slice(6)}`, bill, 'csqu 305438-3']) {
      const { items } = (await lin.get(`/api/v1/cases?q=${encodeURIComponent(q)}`)).body
      expect([q, items.map((item: any) => item.id)]).toEqual([q, expect.arrayContaining([row.id])])
    }
    expect((await lin.get(`/api/v1/cases/${row.number}`)).body.case.id).toBe(row.id)
  })

  for (const [query, field] of [
    ['view=some', '/view'], ['state=asleep', '/state'], ['limit=0', '/limit'], ['limit=201', '/limit'], ['after=x', '/after'], ['coordinator=-1', '/coordinator'],
    ['enterprise=1e9', '/enterprise'], ['priority=low', '/priority'], ['unit=9999999', '/unit'], ['overdue=perhaps', '/overdue']
  ] as const) {
    test(`${query} is refused by name`, async () => {
      expect(problem(await (await as('lin')).get(`/api/v1/cases?${query}`), 422, 'invalid').field).toBe(field)
    })
  }
})

test.describe('one case', () => {
  test('with everything on it, personal data masked', async () => {
    const row = await ask('rongtai', { references: [{ type: 'container', value: 'CSQU3054384' }] })
    const { body } = await (await as('lin')).get(`/api/v1/cases/${row.id}`)
    expect(body).toMatchObject({
      case: { id: row.id, text: `${row.subject}：放行在哪一步？`, first_asked: { id: ids.lin } },
      enterprises: [{ id: ids.rongtai, role: 'principal', tier: 'unknown' }],
      parties: [{ unit: '2222', capacity: 'home', lead: true, coordinator: { id: ids.lin, name: '林晓' } }],
      references: [{ type: 'container', value: 'CSQU3054384', valid: false, fault: { code: 'bad_check' } }],
      contact: { name: '张*', phone: '138****1234' },
      timeline: [{ version: 1, event: 'opened', entry: { audience: 'public' } }, { version: 2, event: 'assigned', entry: null }],
      notices: [],
      why: { level: 'named', chosen: ids.lin },
      actions: expect.arrayContaining(['accept', 'reply', 'ask', 'answer', 'answer_and_close'])
    })
    expect(body.clocks.map((clock: any) => [clock.kind, clock.state])).toEqual(
      [['unassigned', 'met'], ['first_response', 'running'], ['resolution', 'running'], ['accept', 'running']])
    expect(body.clocks[1]).toMatchObject({ policy: { amount: expect.any(Number), unit: 'work_minutes' }, segments: [{ kind: 'run', to: null }] })
  })

  test('an enterprise reads what is meant for it, and no more', async () => {
    const row = await ask('rongtai')
    const lin = await as('lin')
    const accepted = (await lin.command(row.id, 'accept', row.version)).body.case
    const noted = (await lin.command(row.id, 'reply', accepted.version, { audience: 'parties', text: '内部：查布控' })).body.case
    const private_ = (await lin.command(row.id, 'reply', noted.version, { audience: 'unit', text: '本关：再查' })).body.case
    expect((await lin.command(row.id, 'reply', private_.version, { audience: 'public', text: '正在办理' })).status).toBe(200)
    const { body } = await (await as('rongtai')).get(`/api/v1/cases/${row.id}`)
    expect(body.timeline.map((item: any) => [item.event, item.entry?.text ?? null])).toEqual(
      [['opened', `${row.subject}：放行在哪一步？`], ['accepted', null], ['replied', '正在办理']])
    expect(body.timeline[2]).toMatchObject({ actor: { kind: 'coordinator', name: '林*' }, data: {} })
    expect(body).toMatchObject({ contact: null, why: null, notices: [], case: { why: null, coordinator: { name: '林晓' } } })
    expect(body.clocks.map((clock: any) => clock.kind)).toEqual(['first_response', 'resolution', 'next_update']) // the word promised the next one
    // Another unit on the way up sees the talk of the parties, not what stays in the unit.
    const wall = (await (await as('wall')).get(`/api/v1/cases/${row.id}`)).body
    expect(wall.timeline.map((item: any) => item.entry?.audience ?? null)).toEqual(['public', null, null, 'parties', 'public'])
    expect(JSON.stringify(wall)).not.toContain('本关')
  })

  test('the journal has its hashes, each the next one\'s predecessor', async () => {
    const row = await ask('rongtai')
    const { items } = (await (await as('lin')).get(`/api/v1/cases/${row.id}/journal`)).body
    expect(items.length).toBe(2)
    expect(items[0].hash).toMatch(/^[0-9a-f]{64}$/)
    expect(items[1].prev_hash).toBe(items[0].hash)
  })

  test('the number of a merged case answers with its heir', async () => {
    const [gone, heir] = [await ask('rongtai'), await ask('rongtai')]
    await river().db.rows(`update ql.cases set merged_into = $2 where id = $1`, gone.id, heir.id)
    expect((await (await as('lin')).get(`/api/v1/cases/${gone.number}`)).body.case.id).toBe(heir.id)
    await river().db.rows(`update ql.cases set merged_into = null where id = $1`, gone.id)
  })
})

test.describe('commands', () => {
  test('a life: accepted, asked, resumed, answered and closed, reopened; every list follows', async () => {
    const { db } = river()
    const lin = await as('lin')
    let row = await ask('rongtai')
    const step = async (action: string, more: Record<string, unknown> = {}) => {
      const answer = await lin.command(row.id, action, row.version, more)
      expect([action, answer.status, answer.body.detail]).toEqual([action, 200, undefined])
      row = answer.body.case
      return [row.state, row.turn]
    }
    expect(await step('accept')).toEqual(['working', 'coordinator'])
    expect(await step('ask', { text: '请补提单号' })).toEqual(['waiting_enterprise', 'enterprise'])
    expect(await step('resume', { reason: '已在电话中说明' })).toEqual(['working', 'coordinator'])
    expect(await step('call_attempt', { result: 'no_answer', note: '无人接听' })).toEqual(['working', 'coordinator'])
    expect(await step('answer_and_close', { department: '2222', text: '已放行' })).toEqual(['closed', 'nobody'])
    expect(row.outcome).toBe('solved')
    // Everybody's list has moved, also those that the coordinator may not see.
    for (const login of ['lin', 'shanghai', 'wall', 'rongtai']) {
      const has = async (view: string) => (await (await as(login)).get(`/api/v1/cases?limit=200&view=${view}`)).body.items.some((item: any) => item.id === row.id)
      expect([login, await has('open'), await has('closed')]).toEqual([login, false, true])
    }
    expect(await step('reopen', { reason: '仍未放行' })).toEqual(['received', 'duty'])
    expect(await db.value(`select count(*)::int from ql.case_access where case_id = $1 and not open`, row.id)).toBe(0)
    const journal = (await lin.get(`/api/v1/cases/${row.id}/journal`)).body.items
    expect(journal[2]).toMatchObject({ actor: { kind: 'coordinator', id: ids.lin, name: '林晓' }, trace: expect.stringMatching(/^[0-9a-f]{32}$/) })
  })

  test('a stale version is refused with what happened since', async () => {
    const row = await ask('rongtai')
    const lin = await as('lin')
    await lin.command(row.id, 'accept', row.version)
    const stale = problem(await lin.command(row.id, 'reply', row.version, { audience: 'public', text: '你好' }), 409, 'stale_version')
    expect(stale).toMatchObject({ field: '/version', current: { id: row.id, version: row.version + 1, state: 'working' }, changed: [{ event: 'accepted', version: row.version + 1 }] })
    expect(await river().db.value(`select count(*)::int from ql.entries where case_id = $1`, row.id)).toBe(1)
  })

  test('of two who do the same at once, one wins and the other is told', async () => {
    const row = await ask('rongtai')
    const lin = await as('lin')
    const answers = await Promise.all([1, 2, 3, 4].map(() => lin.command(row.id, 'accept', row.version)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409])
    expect(answers.filter(({ status }) => status === 409).every(({ body }) => body.code === 'stale_version')).toBe(true)
  })

  test('what the lifecycle forbids is refused with what it allows', async () => {
    const row = await ask('rongtai')
    const refused = problem(await (await as('lin')).command(row.id, 'resume', row.version), 409, 'not_allowed')
    expect(refused).toMatchObject({ state: 'assigned', allowed: expect.arrayContaining(['accept', 'answer_and_close']) })
    expect(problem(await (await as('wall')).command(row.id, 'accept', row.version), 409, 'not_allowed').allowed).toContain('assign')
  })

  test('a supervisor assigns whom he likes, as far as there is room', async () => {
    const row = await ask('rongtai')
    const shanghai = await as('shanghai')
    problem(await shanghai.command(row.id, 'assign', row.version, { coordinator: ids.tired }), 409, 'capacity')
    expect(problem(await shanghai.command(row.id, 'assign', row.version, { coordinator: 999_999 }), 422, 'invalid').field).toBe('/coordinator')
    const loads = () => river().db.value<number[]>(`select array_agg(open_weight order by id = $2) from ql.coordinators where id in ($1, $2)`, ids.lin, ids.zhou)
    const before = await loads()
    const moved = await shanghai.command(row.id, 'assign', row.version, { coordinator: ids.zhou, reason: '熟悉此类货物' })
    expect(moved.body.case).toMatchObject({ coordinator: { id: ids.zhou }, state: 'assigned', why: { level: 'supervisor' } })
    expect((await loads()).map((load, i) => load - (before[i] ?? 0))).toEqual([-1, 1])
    // Whoever works it sees it, though it is led elsewhere.
    expect((await (await as('zhou')).get(`/api/v1/cases/${row.id}`)).body.why).toMatchObject({ level: 'supervisor', chosen: ids.zhou })
    problem(await (await as('lin')).command(row.id, 'accept', moved.body.case.version), 409, 'not_allowed')
    expect((await (await as('zhou')).command(row.id, 'accept', moved.body.case.version)).status).toBe(200)
    problem(await (await as('lin')).command(row.id, 'assign', moved.body.case.version + 1, { coordinator: ids.lin }), 409, 'not_allowed')
  })

  test('an enterprise answers in its own case and in no other', async () => {
    const row = await ask('rongtai')
    const said = await (await as('rongtai')).command(row.id, 'reply', row.version, { text: '再补充一句' })
    expect(said.status).toBe(200)
    const item = (await (await as('lin')).get(`/api/v1/cases/${row.id}`)).body.timeline.at(-1)
    expect(item).toMatchObject({ actor: { kind: 'enterprise', id: ids.rongtai }, entry: { audience: 'public', text: '再补充一句' } })
    problem(await (await as('jinqiao')).command(row.id, 'reply', row.version + 1, { text: '插嘴' }), 404, 'not_found')
    problem(await (await as('rongtai')).command(row.id, 'reply', row.version + 1, { audience: 'parties', text: '偷看' }), 409, 'not_allowed')
    problem(await (await as('rongtai')).command(row.id, 'close', row.version + 1, { outcome: 'solved' }), 409, 'not_allowed')
  })

  for (const [what, action, more, status, code, field] of [
    ['no words', 'ask', { text: '  ' }, 422, 'invalid', '/text'],
    ['an unknown audience', 'reply', { audience: 'everyone', text: 'x' }, 422, 'invalid', '/audience'],
    ['no audience', 'reply', { text: 'x' }, 422, 'invalid', '/audience'],
    ['an unknown department', 'answer_and_close', { department: 'x', text: 'x' }, 422, 'invalid', '/department'],
    ['an unknown outcome', 'answer_and_close', { department: '2222', text: 'x', outcome: 'bored' }, 422, 'invalid', '/outcome'],
    ['a text that is too long', 'ask', { text: '长'.repeat(8001) }, 422, 'invalid', '/text'],
    ['a text with NUL', 'ask', { text: 'a\u0000b' }, 400, 'bad_request', undefined],
    ['an unknown action', 'forget', {}, 404, 'not_found', undefined],
    ['no version', 'accept', { version: null }, 422, 'invalid', '/version']
  ] as const) {
    test(`${what} changes nothing and is named`, async () => {
      const row = await ask('rongtai')
      const refused = problem(await (await as('lin')).command(row.id, action, row.version, more), status, code)
      expect(refused.field).toBe(field)
      expect((await (await as('lin')).get(`/api/v1/cases/${row.id}`)).body.case.version).toBe(row.version)
    })
  }
})

test.describe('beside the cases', () => {
  test('counters count what the reader sees', async () => {
    await ask('jinqiao')
    const [wall, beijing] = [(await (await as('wall')).get('/api/v1/counters')).body, (await (await as('beijing')).get('/api/v1/counters')).body]
    const open = await river().db.value<number>(`select count(*)::int from ql.cases where open`)
    expect(wall).toMatchObject({ open, overdue: 0, faulty_messages: 0, oldest_open_at: expect.any(String) })
    expect(Object.values(wall.by_state as Record<string, number>).reduce((a, b) => a + b)).toBe(open)
    expect(wall.hours.length).toBe(12)
    expect(wall.opened_today).toBeGreaterThanOrEqual(wall.hours.at(-1).opened)
    expect(beijing).toMatchObject({ open: 0, oldest_open_at: null, by_unit: [], by_state: {} })
  })

  test('the roster is that of one\'s own unit and below', async () => {
    const names = async (login: string) => (await (await as(login)).get('/api/v1/roster')).body.items.map((row: any) => row.name).sort()
    expect(await names('wall')).toEqual(['周敏', '林晓', '满员'].sort())
    expect(await names('lin')).toEqual(['林晓', '满员'].sort())
    expect(await names('beijing')).toEqual([])
    const lin = (await (await as('lin')).get('/api/v1/roster')).body.items.find((row: any) => row.id === ids.lin)
    expect(lin).toMatchObject({ unit: '2222', capacity: 200, on_duty: true, available: true, until: null, languages: ['zh'], pools: ['office'] })
  })

  test('availability is one\'s own to declare, and a supervisor\'s below', async () => {
    const { db } = river()
    const rows = async () => db.value<number>(`select count(*)::int from ql.roster_journal where coordinator_id = $1 and event = 'availability_changed'`, ids.zhou)
    const before = await rows()
    problem(await (await as('lin')).post(`/api/v1/roster/${ids.zhou}/availability`, { available: false }), 404, 'not_found')
    problem(await (await as('beijing')).post(`/api/v1/roster/${ids.zhou}/availability`, { available: false }), 404, 'not_found')
    expect(await rows()).toBe(before)
    const until = new Date(Date.now() + 3_600_000).toISOString()
    expect((await (await as('zhou')).post(`/api/v1/roster/${ids.zhou}/availability`, { available: false, until })).body.items[0]).toMatchObject({ id: ids.zhou, available: false })
    expect((await (await as('shanghai')).post(`/api/v1/roster/${ids.zhou}/availability`, { available: true })).body.items[0]).toMatchObject({ available: true, until: null })
    expect(await rows()).toBe(before + 2)
    expect(problem(await (await as('zhou')).post(`/api/v1/roster/${ids.zhou}/availability`, { available: false, until: 'soon' }), 422, 'invalid').field).toBe('/until')
  })

  test('reference data are sent again only when they changed', async () => {
    const lin = await as('lin')
    const first = await lin.get('/api/v1/reference')
    expect(first.body.units).toContainEqual(expect.objectContaining({ code: '2222', kind: 'office', parent: '2200' }))
    const etag = first.headers.get('etag') ?? ''
    expect((await lin.get('/api/v1/reference', { 'if-none-match': etag })).status).toBe(304)
    await river().db.rows(`update ql.skills set name_en = name_en`)
    expect((await lin.get('/api/v1/reference', { 'if-none-match': etag })).status).toBe(200)
  })

  test('the river says how it is, canary included', async () => {
    const wall = await as('wall')
    const healthy = await waitUntil(async () => {
      const { body } = await wall.get('/api/v1/river')
      return body.canary_ms !== null && body
    }, { what: 'a canary that came back' })
    expect(healthy).toMatchObject({ ok: true, lag: expect.any(Number), timer_late_ms: expect.any(Number) })
  })
})

test.describe('files', () => {
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') => fetch(river().url + path, { method, headers })

  test('the page, with what protects it', async () => {
    const page = await get('/')
    expect(await page.text()).toContain('清零')
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin', 'content-security-policy': expect.stringMatching(/default-src 'self'.*frame-ancestors 'none'/)
    })
    const again = await get('/', { 'if-none-match': page.headers.get('etag') ?? '' })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  test('a place inside the page is the page; a file that is not there is not', async () => {
    expect(await (await get('/cases/261123-00417-5')).text()).toContain('清零')
    for (const path of ['/assets/app-00000000.js', '/robots.txt', '/assets/app-1a2b3c4d.js/x.js']) expect([path, (await get(path)).status]).toEqual([path, 404])
  })

  test('named by their content they are kept for ever, compressed as the client likes', async () => {
    const path = '/assets/app-1a2b3c4d.js'
    for (const [accepts, coding] of [['gzip, br', 'br'], ['gzip', 'gzip'], ['br;q=0, gzip', 'gzip'], ['identity', null]] as const) {
      const file = await get(path, { 'accept-encoding': accepts })
      expect([accepts, file.headers.get('content-encoding')]).toEqual([accepts, coding])
      expect(await file.text()).toBe(script)
      expect(file.headers.get('cache-control')).toContain('immutable')
      expect(file.headers.get('vary')).toBe('accept-encoding')
    }
    const tags = await Promise.all(['br', 'gzip', 'identity'].map(async (coding) => (await get(path, { 'accept-encoding': coding })).headers.get('etag')))
    expect(new Set(tags).size).toBe(3)
  })

  test('HEAD says the same without the body', async () => {
    const head = await get('/', {}, 'HEAD')
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, String(Buffer.byteLength('<!doctype html><title>清零</title>')), ''])
  })
})

test.describe('hostile requests', () => {
  /** Bytes as they are; what comes back until the server closes or says all it has to say. */
  function raw(bytes: string | Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(river().url).port), '127.0.0.1', () => socket.write(bytes))
      let answer = ''
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1')
        if (/\r\n\r\n[^]*[}>\n]$/.test(answer)) socket.end()
      })
      socket.on('close', () => resolve(answer))
      socket.on('error', reject)
    })
  }
  const status = (answer: string) => Number(answer.split(' ')[1] ?? 0)
  const post = (body: string | Buffer, headers = `content-length: ${Buffer.byteLength(body)}\r\n`) =>
    raw(Buffer.concat([Buffer.from(`POST /api/v1/session HTTP/1.1\r\nhost: x\r\n${headers}\r\n`), Buffer.from(body)]))

  for (const [what, path] of [
    ['a way out of the folder', '/../../../../etc/passwd'], ['a coded way out', '/%2e%2e/%2e%2e/etc/passwd'], ['a doubly coded one', '/..%252f..%252fetc/passwd'],
    ['backslashes', '/..\\..\\etc\\passwd'], ['a NUL', '/index.html%00.js'], ['control characters', '/%0d%0aset-cookie:%20a=b'], ['no UTF-8', '/%ff%fe'],
    ['an endless path', `/${'a'.repeat(2000)}`], ['an endless header', `/api/v1/cases?q=${'a'.repeat(20_000)}`], ['a thousand arguments', `/api/v1/cases?${'a=b&'.repeat(1000)}`]
  ] as const) {
    test(`${what} in a path`, async () => {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
      expect(answer).not.toContain('root:')
      expect(answer.toLowerCase()).not.toContain('\r\nset-cookie: a=b')
      expect([0, 200, 400, 401, 403, 404, 414, 431]).toContain(status(answer))
    })
  }

  test('arguments that are too long are refused, not cut', async () => {
    problem(await (await as('lin')).get(`/api/v1/cases?state=${'a'.repeat(1500)}`), 400, 'bad_request')
  })

  for (const [what, body, expected] of [
    ['nothing', '', 400], ['no JSON', 'login=lin', 400], ['half of it', '{"login":"lin","pass', 400], ['nested a thousand deep', '['.repeat(1000), 400],
    ['a list', '[]', 400], ['a name twice', '{"login":"a","login":"b","password":"c"}', 400], ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400],
    ['a megabyte', 'x'.repeat(1 << 20), 413]
  ] as const) {
    test(`${what} for a body`, async () => {
      const answer = await post(body)
      expect([what, status(answer)]).toEqual([what, expected])
    })
  }

  test('who goes on sending what was refused is told all the same', async () => {
    const body = 'x'.repeat(1 << 20)
    const socket = connect({ port: Number(new URL(river().url).port), host: '127.0.0.1', allowHalfOpen: true })
    const closed = new Promise((done) => socket.on('close', done))
    const failures: Error[] = []
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
    socket.on('error', (error) => failures.push(error))
    socket.write(`POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`)
    await waitUntil(() => answer.includes('too_large'), { what: 'the refusal, before the body' })
    socket.end(body)
    await closed
    expect(failures).toEqual([])
    expect(status(answer)).toBe(413)
  })

  test('a body without a length, and one with two', async () => {
    expect(status(await post('0\r\n\r\n', 'transfer-encoding: chunked\r\n'))).toBe(400)
    expect([0, 400]).toContain(status(await post('{}', 'content-length: 2\r\ncontent-length: 7\r\n')))
    expect([0, 400, 413]).toContain(status(await post('{}', 'content-length: -1\r\n')))
    expect([0, 400, 413]).toContain(status(await post('{}', 'content-length: 99999999999999999999\r\n')))
  })

  test('methods that are not for the thing', async () => {
    for (const [method, path] of [['PUT', '/api/v1/cases'], ['POST', '/api/v1/cases'], ['DELETE', '/api/v1/cases/1'], ['POST', '/'], ['PATCH', '/api/v1/session'], ['GET', '/api/v1/cases/1/accept']] as const) {
      const answer = await (await as('lin')).request(method, path, method === 'GET' ? undefined : {}, { origin: river().url })
      expect([method, path, answer.status]).toEqual([method, path, 405])
    }
  })

  test('cookies that are none', async () => {
    for (const cookie of ['ql_session=', `ql_session=${'x'.repeat(5000)}`, 'ql_session', '=;=;=;', 'ql_session=abc; ql_session=def', `a=b; ${'; '.repeat(500)}`]) {
      const visitor = river().visitor()
      visitor.cookie = cookie
      const { status: said } = await visitor.get('/api/v1/session').catch(() => ({ status: 0 }))
      expect([0, 401, 431]).toContain(said)
    }
    expect((await (await as('lin')).get('/api/v1/session')).status).toBe(200)
  })
})
