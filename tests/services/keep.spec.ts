/** What is kept and for how long: personal data in full with a reason, holds, retention, a person's export and erasure. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { Answer, Api } from '../lib/api.ts'
import { bin, root } from '../lib/paths.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'

const ids = { lin: 0, rongtai: 0 }
let uscc = ''
const river = useStack({ services: ['relay', 'intake', 'dispatch', 'gateway'] }, async ({ db }) => {
  await seed.noSecondFactor(db)
  ids.lin = await seed.coordinator(db, { name: '林晓', unit: '2222', capacity: 200 })
  const rongtai = await seed.enterprise(db, { name: '荣泰', home: '2222', named: ids.lin })
  ids.rongtai = rongtai.id
  uscc = rongtai.uscc
  await seed.user(db, { login: 'lin', role: 'coordinator', unit: '2222', coordinator: ids.lin })
  await seed.user(db, { login: 'boss', role: 'supervisor', unit: '2222' })
  await seed.user(db, { login: 'above', role: 'supervisor', unit: '2200' })
  await seed.user(db, { login: 'away', role: 'supervisor', unit: '5301' })
  await seed.user(db, { login: 'rongtai', role: 'enterprise', enterprise: rongtai.id })
  await seed.user(db, { login: 'auditor', role: 'auditor', unit: '2200' })
})

const people = new Map<string, Api>()
async function as(login: string): Promise<Api> {
  const known = people.get(login) ?? (await river().visitor().signIn(login, seed.PASSWORD))
  people.set(login, known)
  return known
}

function problem(answer: Answer, status: number, code: string, field?: string): void {
  expect([answer.status, answer.body.code, answer.body.field]).toEqual([status, code, field])
}

const qlctl = (...words: string[]): Promise<{ code: number; out: string }> =>
  new Promise((resolve) => {
    execFile(join(bin, 'qlctl'), words, { cwd: root, env: { ...process.env, QL_PG_DSN: river().db.dsn } }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out: out + err }))
  })
const verified = async (): Promise<string> => (await qlctl('verify')).out

let said = 0
const NAME = '张三丰'
/** Someone of the enterprise asks, each by a telephone of their own; the case is assigned. */
async function ask(phone: string, text = '放行在哪一步？'): Promise<{ id: number; version: number }> {
  const subject = `${NAME} 问 ${++said}`
  await river().kafka.event('enterprise.enquiries', {
    type: 'qingling.enquiry.received.v1', key: uscc,
    data: { uscc, channel: 'portal', channel_user: `user-${said}`, contact: { name: NAME, phone }, subject, text, occurred_at: new Date().toISOString(),
      references: [{ type: 'bill', value: `K${Date.now()}${said}` }] }
  })
  return waitUntil(async () => (await river().db.rows<{ id: number; version: number }>(`select id, version from ql.cases where subject = $1 and state = 'assigned'`, subject))[0], { what: subject })
}
const version = (id: number): Promise<number> => river().db.value<number>('select version from ql.cases where id = $1', id)
async function step(who: string, id: number, action: string, more: Record<string, unknown> = {}): Promise<void> {
  const answer = await (await as(who)).command(id, action, await version(id), more)
  expect([action, answer.status, JSON.stringify(answer.body).slice(0, 200)]).toEqual([action, 200, expect.anything()])
}
async function close(id: number, text = '已办结'): Promise<void> {
  await step('lin', id, 'answer_and_close', { text, department: '2222', outcome: 'solved' })
}
/** As if it had ended that long ago. */
const ended = (id: number, months: number) => river().db.rows('update ql.cases set closed_at = now() - make_interval(months => $2) where id = $1', id, months)
const person = (id: number) => river().db.row<{ name: string | null; phone: string | null; erased_at: Date | null }>('select name, phone, erased_at from ql.case_people where case_id = $1', id)

test.describe('personal data in full', () => {
  test('is shown once, with a reason that stays in the journal of the unit', async () => {
    const { id } = await ask('13812340001')
    const lin = await as('lin')
    expect((await lin.get(`/api/v1/cases/${id}`)).body.contact).toEqual({ name: '张*', phone: '138****0001' })
    const before = await version(id)
    const answer = await lin.post(`/api/v1/cases/${id}/reveal`, { what: 'phone', reason: '需要回电核实箱号' })
    expect([answer.status, answer.body]).toEqual([200, { phone: '13812340001', version: before + 1 }])
    const { items } = (await lin.get(`/api/v1/cases/${id}/journal`)).body
    expect(items.at(-1)).toMatchObject({ event: 'revealed', actor: { kind: 'coordinator', id: ids.lin }, data: { what: 'phone' }, entry: { audience: 'unit', text: '需要回电核实箱号' } })
    expect(JSON.stringify(items)).not.toContain('13812340001')
    expect((await (await as('auditor')).get(`/api/v1/cases/${id}/journal`)).body.items.at(-1)).toMatchObject({ event: 'revealed', entry: null })
    for (const other of ['above', 'rongtai']) expect(JSON.stringify((await (await as(other)).get(`/api/v1/cases/${id}`)).body)).not.toContain('需要回电')
    expect(await river().metric('gateway', 'gateway_reveals_total')).toBeGreaterThan(0)
    expect((await lin.post(`/api/v1/cases/${id}/reveal`, { what: 'name', reason: '称呼' })).body).toMatchObject({ name: NAME })
    expect(await verified()).toContain('0 faults')
  })

  test('is not for everybody, and not without a reason', async () => {
    const { id } = await ask('13812340002')
    const ask_ = async (who: string, body: object) => (await as(who)).post(`/api/v1/cases/${id}/reveal`, body)
    problem(await ask_('lin', { what: 'phone', reason: '  ' }), 422, 'invalid', '/reason')
    problem(await ask_('lin', { what: 'password', reason: 'x' }), 422, 'invalid', '/what')
    problem(await ask_('rongtai', { what: 'phone', reason: 'x' }), 403, 'forbidden')
    problem(await ask_('auditor', { what: 'phone', reason: 'x' }), 403, 'forbidden')
    problem(await ask_('away', { what: 'phone', reason: 'x' }), 404, 'not_found')
    expect(await river().db.count(`select count(*) from ql.journal where case_id = $1 and event = 'revealed'`, id)).toBe(0)
  })
})

test('the hashed facts of the journal hold no words: whatever is said, reasons included, is an entry', async () => {
  const words = `${NAME} 13812340003`
  const { id } = await ask('13812340003', words)
  await step('boss', id, 'assign', { coordinator: ids.lin, reason: words })
  await step('lin', id, 'accept')
  await step('lin', id, 'reply', { audience: 'unit', text: words })
  await step('lin', id, 'ask', { text: words })
  await step('lin', id, 'resume', { reason: words })
  await step('lin', id, 'call_attempt', { result: 'no_answer', note: words })
  await step('rongtai', id, 'reply', { text: words })
  await (await as('lin')).post(`/api/v1/cases/${id}/reveal`, { what: 'phone', reason: words })
  await (await as('boss')).post(`/api/v1/cases/${id}/hold`, { reason: words })
  await (await as('boss')).post(`/api/v1/cases/${id}/release_hold`, { reason: words })
  await step('lin', id, 'answer', { text: words, department: '2222' })
  await step('rongtai', id, 'reopen', { reason: words })
  const rows = await river().db.rows<{ event: string; data: object }>('select event, data from ql.journal where case_id = $1 order by version', id)
  expect(rows.map(({ event }) => event)).toEqual(expect.arrayContaining(['assigned', 'accepted', 'asked', 'resumed', 'call_attempted', 'revealed', 'held', 'hold_released', 'answered', 'reopened']))
  for (const { event, data } of rows) {
    expect(JSON.stringify(data), event).not.toContain(NAME)
    expect(JSON.stringify(data), event).not.toContain('1381234')
  }
  expect(await river().db.count('select count(*) from ql.entries where case_id = $1 and text = $2', id, words)).toBeGreaterThan(10)
})

test('a hold is a supervisor’s, one at a time, with a reason', async () => {
  const { id } = await ask('13812340004')
  const post = async (who: string, what: string, reason = '复议中') => (await as(who)).post(`/api/v1/cases/${id}/${what}`, { reason })
  for (const who of ['lin', 'rongtai', 'auditor']) problem(await post(who, 'hold'), 403, 'forbidden')
  problem(await post('away', 'hold'), 404, 'not_found')
  problem(await post('boss', 'hold', ' '), 422, 'invalid', '/reason')
  problem(await post('boss', 'release_hold'), 409, 'not_allowed')
  expect((await post('boss', 'hold')).status).toBe(204)
  problem(await post('above', 'hold'), 409, 'not_allowed')
  expect((await post('above', 'release_hold')).status).toBe(204)
  expect((await post('boss', 'hold')).status).toBe(204)
  const { items } = (await (await as('lin')).get(`/api/v1/cases/${id}/journal`)).body
  expect(items.slice(-3).map((item: any) => [item.event, item.entry.text])).toEqual([['held', '复议中'], ['hold_released', '复议中'], ['held', '复议中']])
})

test.describe('retention', () => {
  test('never below what the law asks of logs', async () => {
    await river().db.run(`update ql.parameters set value = '179' where key = 'retention.audit_days'`)
    for (const verb of ['preview', 'run']) {
      const { code, out } = await qlctl('retention', verb)
      expect([code, out]).toEqual([1, expect.stringContaining('at least 180 days')])
    }
    await river().db.run(`update ql.parameters set value = '400' where key = 'retention.audit_days'`)
  })

  test('forgets who raised what ended long ago, but not what is held, open or younger; the chain still verifies', async () => {
    const { db } = river()
    const [old, held, young, open] = [await ask('13812340011'), await ask('13812340012'), await ask('13812340013'), await ask('13812340014')]
    for (const { id } of [old, held, young]) await close(id)
    await (await as('boss')).post(`/api/v1/cases/${held.id}/hold`, { reason: '诉讼' })
    await ended(old.id, 37)
    await ended(held.id, 37)
    await ended(young.id, 35)
    await db.rows(`insert into ql.audit (at, event) values (now() - interval '401 days', 'long_ago'), (now() - interval '399 days', 'lately')`)
    await db.rows(`insert into ql.calls (call_id, hotline, caller, caller_key, ended_at) values ('long-ago', '12360', '138', '+8613', now() - interval '37 months'), ('lately', '12360', '139', '+8613', now())`)
    await db.rows(`insert into ql.talk (channel, channel_user, text, at, source, message_id) values ('wechat', 'u', '您好', now() - interval '37 months', '/t', '1')`)
    await db.rows(`insert into ql.quarantine (cluster, topic, part, off, headers, value, size, reason, sentence_zh, sentence_en, state, settled_at)
      values ('c', 't', 0, 1, '{"a":"b"}', 'x', 1, 'r', 'z', 'e', 'discarded', now() - interval '401 days'), ('c', 't', 0, 2, '{}', 'x', 1, 'r', 'z', 'e', 'open', null)`)

    const preview = (await qlctl('retention', 'preview')).out
    for (const line of [/people of cases +1\n/, /record of accounts +1\n/, /settled faulty messages +1\n/, /callers +1\n/, /talk without a case +1\n/]) expect(preview).toMatch(line)
    expect((await person(old.id)).name).toBe(NAME) // looking changes nothing
    const { code, out } = await qlctl('retention', 'run')
    expect([code, out]).toEqual([0, preview])
    expect(await person(old.id)).toEqual({ name: null, phone: null, erased_at: expect.any(Date) })
    for (const { id } of [held, young, open]) expect((await person(id)).name).toBe(NAME)
    expect((await db.rows<{ event: string }>(`select event from ql.audit where event in ('long_ago', 'lately')`)).map(({ event }) => event)).toEqual(['lately'])
    expect(await db.rows('select call_id, caller from ql.calls order by 1')).toEqual([{ call_id: 'lately', caller: '139' }, { call_id: 'long-ago', caller: null }])
    expect(await db.value(`select count(*) from ql.quarantine where value is not null`)).toBe(1)
    expect(await db.value(`select count(*) from ql.audit where event = 'retention'`)).toBe(5)
    const { items } = (await (await as('lin')).get(`/api/v1/cases/${old.id}/journal`)).body
    expect(items.at(-1)).toMatchObject({ event: 'erased', actor: { kind: 'operator' }, data: { why: 'retention' } })
    expect((await (await as('lin')).get(`/api/v1/cases/${old.id}`)).body).toMatchObject({ contact: { name: null, phone: null }, case: { text: '放行在哪一步？' } })
    expect(await verified()).toContain('0 faults')
    expect((await qlctl('retention', 'run')).out).toMatch(/people of cases +0\n/) // again: nothing left to do
  })
})

test.describe('a person’s data', () => {
  test('is exported whole, and nobody else’s', async () => {
    const { id } = await ask('13812340021', '我的箱子')
    await ask('13812340022', '别人的箱子')
    await seed.enterprise(river().db, { name: '他的企业', phone: '+8613812340021' })
    const { code, out } = await qlctl('person', 'export', '--phone=138 1234 0021', '--why=letter 17')
    expect(code).toBe(0)
    const data = JSON.parse(out)
    const number = await river().db.value('select number from ql.cases where id = $1', id)
    expect(data.cases).toMatchObject([{ number, person: [{ name: NAME, phone: '13812340021' }], said: [{ text: '我的箱子' }] }])
    expect(data.contacts).toMatchObject([{ phone_key: '+8613812340021' }])
    expect(out).not.toContain('别人的箱子')
    expect(await river().db.rows(`select data from ql.audit where event = 'person_exported'`)).toEqual([{ data: { why: 'letter 17', cases: 1, kept: 0 } }])
  })

  test('is erased, words and all, without touching the chain; what is open or held is left and said so', async () => {
    const { db } = river()
    const phone = '13812340031'
    const [done, held, open] = [await ask(phone, '是我，箱子没放行'), await ask(phone, '另一件事'), await ask(phone, '还有一件')]
    await step('lin', done.id, 'reply', { audience: 'parties', text: `已联系 ${NAME}（${phone}），下午查验` })
    await step('rongtai', done.id, 'reply', { text: '谢谢，等您' })
    for (const { id } of [done, held]) await close(id, '已放行')
    await (await as('boss')).post(`/api/v1/cases/${held.id}/hold`, { reason: '诉讼' })
    const journal = () => db.rows('select version, event, data, encode(hash, \'hex\') as hash from ql.journal where case_id = $1 order by version', done.id)
    const before = await journal()
    const user = await db.value<string>('select channel_user from ql.case_people where case_id = $1', done.id)
    const { code, out } = await qlctl('person', 'erase', `--phone=+86 ${phone}`, '--why=letter 18')
    expect([code, out]).toEqual([0, expect.stringMatching(/^erased in 1 cases and 0 other places; left in 2 cases that are open or held/)])
    expect(await person(done.id)).toEqual({ name: null, phone: null, erased_at: expect.any(Date) })
    for (const { id } of [held, open]) expect((await person(id)).name).toBe(NAME)
    const entries = (await db.rows<{ text: string }>('select text from ql.entries where case_id = $1 order by version', done.id)).map(({ text }) => text)
    const tomb = expect.stringMatching(/^\[erased \d{4}-\d\d-\d\d\]$/)
    expect(entries).toEqual([tomb, expect.stringMatching(/^已联系 \[erased \S+\]（\[erased \S+\]），下午查验$/), tomb, '已放行'])
    expect(await db.value('select subject from ql.cases where id = $1', done.id)).toMatch(/^\[erased /)
    expect((await journal()).slice(0, before.length)).toEqual(before)
    expect((await journal()).at(-1)).toMatchObject({ event: 'erased', data: { why: 'request' } })
    expect(await verified()).toContain('0 faults')
    const dump = JSON.stringify(await db.rows('select c.*, p.*, e.text from ql.cases c join ql.case_people p on p.case_id = c.id join ql.entries e on e.case_id = c.id where c.id = $1', done.id))
    for (const trace of [NAME, phone, user, '是我']) expect(dump).not.toContain(trace)
    expect(JSON.stringify(await db.rows('select * from ql.audit'))).not.toContain(phone)
  })

  for (const [what, words, says] of [
    ['no person', ['--why=x'], /name the person/], ['no request', ['--phone=13812340031'], /--why names the request/],
    ['no number', ['--phone=abc', '--why=x'], /no telephone number/], ['half a person', ['--channel=wechat', '--why=x'], /name the person/]
  ] as const) {
    test(`is refused with ${what}`, async () => {
      for (const verb of ['export', 'erase']) {
        const { code, out } = await qlctl('person', verb, ...words)
        expect(code).toBe(1)
        expect(out).toMatch(says)
      }
    })
  }
})
