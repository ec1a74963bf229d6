/** What leaves the house: letters over a real mail server, webhooks to a real endpoint, and what holds when either fails or notify is killed. */
import type { Api } from '../lib/api.ts'
import { Endpoint, verify, type Hooked } from '../lib/endpoint.ts'
import { Mailbox } from '../lib/mailbox.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'
import { events, giveTo, openCase, openCases } from './cases.ts'

let mailbox: Mailbox
let endpoint: Endpoint
const env: Record<string, Record<string, string>> = { notify: {}, 'notify#2': {}, 'notify#outside': {}, 'notify#stranger': {}, gateway: { QL_WEBHOOK_INSIDE: 'true', QL_GATEWAY_WEB: '/nowhere' } }
const who = { lin: 0, chief: 0, rongtai: 0, jinqiao: 0 }
const users = { lin: 0, chief: 0 }

test.beforeAll(async () => {
  mailbox = await Mailbox.start()
  endpoint = await Endpoint.start()
  const quick = { QL_NOTIFY_RETRY_MS: '20', QL_NOTIFY_LEASE: '2', QL_NOTIFY_TIMEOUT: '2', QL_WEBHOOK_DISABLE_AFTER: '3600', QL_NOTIFY_URL: 'https://qingling.example' }
  Object.assign(env['notify'] as object, quick, mailbox.options, { QL_WEBHOOK_INSIDE: 'true' })
  Object.assign(env['notify#2'] as object, env['notify'])
  Object.assign(env['notify#outside'] as object, quick, mailbox.options, { QL_NOTIFY_GROUP: 'outside' })
  Object.assign(env['notify#stranger'] as object, quick, mailbox.options, { QL_MAIL_PASSWORD: 'wrong', QL_NOTIFY_GROUP: 'stranger' })
})
test.afterAll(async () => {
  await endpoint.stop()
  await mailbox.stop()
})
test.afterEach(() => {
  mailbox.judge = () => {}
  endpoint.respond = () => 200
})

const river = useStack({ services: ['relay', 'gateway', 'notify'], env }, async ({ db }) => {
  // Around the clock, so that a test means the same at any hour of any day; who rests is said where it matters.
  await db.rows(`insert into ql.unit_calendars (unit_id, service, calendar) select id, 'office', 'port_24h' from ql.units where code = '2222'
                 on conflict (unit_id, service) do update set calendar = excluded.calendar`)
  who.lin = await seed.coordinator(db, { name: '林晓', unit: '2222', capacity: 200, onDuty: false })
  who.chief = await seed.coordinator(db, { name: '值班长', unit: '2222', onDuty: false, pools: [{ unit: '2222', pool: 'duty' }] })
  users.lin = await seed.user(db, { login: 'lin', role: 'coordinator', unit: '2222', coordinator: who.lin })
  users.chief = await seed.user(db, { login: 'chief', role: 'supervisor', unit: '2222', coordinator: who.chief, language: 'en' })
  await seed.user(db, { login: 'shanghai', role: 'supervisor', unit: '2200' })
  who.rongtai = (await seed.enterprise(db, { name: '荣泰' })).id
  who.jinqiao = (await seed.enterprise(db, { name: '金桥' })).id
  await seed.user(db, { login: 'rongtai', role: 'enterprise', enterprise: who.rongtai })
  await seed.user(db, { login: 'jinqiao', role: 'enterprise', enterprise: who.jinqiao })
})

const people = new Map<string, Api>()
async function as(login: string): Promise<Api> {
  const known = people.get(login) ?? (await river().visitor().signIn(login, seed.PASSWORD))
  people.set(login, known)
  return known
}

let groups = 0
/** notify again, with more options. A group of its own each time: its places are in the database, and the embedded broker lets a group whose members are gone rejoin late. */
async function again(more: Record<string, string> = {}): Promise<void> {
  Object.assign(river().service('notify').program.env as object, { QL_NOTIFY_GROUP: `notify${++groups}`, ...more })
  await river().start('notify')
}

/* --- letters --- */

interface Message { channel?: string; text?: string; recipient?: string; language?: string; principal?: number }

/** A case whose officer has written to its enterprise: a message that waits to be sent. */
async function write(message: Message = {}): Promise<{ id: number; version: number }> {
  const { db } = river()
  const id = await openCase(db, { language: message.language ?? 'zh', principal: message.principal ?? who.rongtai })
  await db.rows(`update ql.cases set channel = $2 where id = $1`, id, message.channel ?? 'mail')
  await db.session(async (client) => {
    await client.query('begin')
    await client.query(`insert into ql.entries (case_id, version, audience, author_kind, channel, text, at) values ($1, 1, 'public', 'coordinator', $2, $3, now())`,
      [id, message.channel ?? 'mail', message.text ?? '请补充装箱单。'])
    await client.query(`insert into ql.messages (case_id, version, channel, recipient, due_at) values ($1, 1, $2, $3, now())`,
      [id, message.channel ?? 'mail', message.recipient ?? null])
    await client.query('commit')
  })
  return { id, version: 1 }
}

const state = (id: number): Promise<{ state: string; failure: string | null }> =>
  river().db.row(`select state, failure from ql.messages where case_id = $1`, id)
const becomes = (id: number, wanted: string): Promise<unknown> => waitUntil(async () => (await state(id)).state === wanted, { what: `message of case ${id} ${wanted}` })
const number = (id: number): Promise<string> => river().db.value<string>('select number from ql.cases where id = $1', id)

for (const [language, address, words] of [['zh', 'zh@荣泰.example', '新消息'], ['zh', 'li@rongtai.example', '新消息'], ['en', 'lee@rongtai.example', 'a message for you'],
  ['ru', 'li.ru@rongtai.example', 'новое сообщение']] as const) {
  test(`a message by mail in ${language} to ${address}`, async () => {
    const text = '第一行：请补充装箱单。\n.\nBcc: everyone@example.com\n\nПоследняя строка — конец.'
    const { id } = await write({ recipient: address, language, text })
    if (!/^[\x21-\x7e]+$/.test(address)) { // no server we know takes it: the officer hears of it
      await becomes(id, 'failed')
      expect(await state(id)).toMatchObject({ failure: 'bad_address' })
      return
    }
    const letter = await mailbox.until(address)
    await becomes(id, 'delivered')
    expect(await events(river().db, id)).toEqual(['opened', 'delivered'])
    expect(letter.secure).toBe(true)
    expect(letter.from).toBe('coordinator@customs.example')
    expect(letter.mail.subject).toContain(words)
    expect(letter.mail.subject).toContain(await number(id))
    expect(letter.mail.from).toMatchObject({ address: 'coordinator@customs.example', name: '海关企业协调' })
    expect(letter.mail.to?.map((one) => one.address)).toEqual([address])
    expect(letter.mail.cc ?? letter.mail.bcc).toBeUndefined()
    expect(letter.mail.text?.replace(/\r/g, '')).toContain(text)
    expect(letter.mail.text).toContain(`https://qingling.example/cases/${await number(id)}`)
    expect(letter.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m)
    expect(letter.raw.split('\r\n').every((line) => line.length <= 78)).toBe(true)
    const promise = await river().db.value<Date>('select promise_at from ql.cases where id = $1', id)
    expect(letter.mail.text).toContain(new Date(promise.getTime() + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')) // Beijing time
  })
}

test('the address: the one named, else who wrote by mail, else the contact of the enterprise, in whose language; none is a failure with its reason', async () => {
  const { db } = river()
  const { id: a } = await seed.enterprise(db)
  await db.rows(`insert into ql.contacts (enterprise_id, name, channel, channel_user, language) values ($1, '李', 'mail', 'contact@a.example', 'en')`, a)
  await write({ principal: a })
  expect((await mailbox.until('contact@a.example')).mail.subject).toContain('a message for you')
  const nobody = await write({ principal: (await seed.enterprise(db)).id })
  await becomes(nobody.id, 'failed')
  expect(await state(nobody.id)).toMatchObject({ failure: 'no_address' })
  expect(await events(db, nobody.id)).toEqual(['opened', 'undelivered']) // its officer hears of it
})

test('refused for good is a failure, refused for now is tried again under the same Message-ID', async () => {
  mailbox.refused.set('gone@x.example', 550)
  const gone = await write({ recipient: 'gone@x.example' })
  await becomes(gone.id, 'failed')
  expect(await state(gone.id)).toMatchObject({ failure: 'refused' })
  let times = 0
  mailbox.judge = () => (++times < 3 ? { code: 451, text: 'come back' } : undefined)
  const later = await write({ recipient: 'later@x.example' })
  await becomes(later.id, 'delivered')
  const ids = mailbox.to('later@x.example').map(({ mail }) => mail.messageId)
  expect(ids).toHaveLength(3)
  expect(new Set(ids).size).toBe(1)
})

test('killed after the mail server took it and before that was written down: it goes out again, as the same letter', async () => {
  const { db } = river()
  await db.session(async (client) => {
    let taken = (): void => {}
    const sent = new Promise<void>((resolve) => (taken = resolve))
    mailbox.judge = async () => {
      await client.query('begin')
      await client.query(`select from ql.mails where kind = 'message' and state = 'sending' for update`) // nothing can be settled now
      taken()
    }
    await write({ recipient: 'twice@x.example' })
    await sent
    const waits = `select count(*) from pg_stat_activity where datname = current_database() and application_name = 'notify' and wait_event_type = 'Lock'`
    await waitUntil(async () => (await db.count(waits)) > 0, { what: 'notify about to settle' })
    await river().kill('notify')
    mailbox.judge = () => {}
    await client.query('rollback')
  })
  await again()
  const second = await mailbox.until('twice@x.example', 2)
  expect(second.mail.messageId).toBe(mailbox.to('twice@x.example')[0]?.mail.messageId)
  await waitUntil(async () => (await db.count(`select count(*) from ql.messages where recipient = 'twice@x.example' and state = 'delivered'`)) === 1, { what: 'delivered in the end' })
  expect(mailbox.to('twice@x.example')).toHaveLength(2)
})

test('a mail server that refuses our login costs no letter: they wait, and health says what to do', async () => {
  await river().stopService('notify')
  await river().start('notify#stranger')
  const { id } = await write({ recipient: 'patient@x.example' })
  await waitUntil(async () => /mail: .*check mail.user/.test(await (await river().health('notify#stranger', '/readyz')).text()), { what: 'health that names the login' })
  await waitUntil(async () => (await river().db.value<number>(`select attempts from ql.mails where case_id = $1`, id)) >= 3, { what: 'three tries' })
  expect(await state(id)).toMatchObject({ state: 'queued' })
  await river().stopService('notify#stranger')
  await again()
  await mailbox.until('patient@x.example')
  await becomes(id, 'delivered')
})

test('a channel without a way out keeps its messages queued, says why, and sends them once an adapter is there', async () => {
  const { id } = await write({ channel: 'wechat', recipient: 'oWx-9f2c', text: '箱号已收到' })
  await waitUntil(async () => (await state(id)).failure === 'no_way_out', { what: 'a reason' })
  expect(await state(id)).toEqual({ state: 'queued', failure: 'no_way_out' })

  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  await river().stopService('notify')
  endpoint.respond = ({ body }) => ({ 'oWx-closed': 409, 'oWx-9f2c': 200 })[body.to as string] ?? 202
  await again({ QL_ADAPTER_URL: endpoint.url('/adapter'), QL_ADAPTER_SECRET: secret })
  await becomes(id, 'delivered')
  const [posted] = await endpoint.until('/adapter')
  verify(secret, posted as Hooked)
  expect(posted?.body).toEqual({ channel: 'wechat', to: 'oWx-9f2c', case: await number(id), language: 'zh', text: '箱号已收到' })
  const closed = await write({ channel: 'wechat', recipient: 'oWx-closed' })
  await becomes(closed.id, 'window_closed')
  const passed = await write({ channel: 'wechat', recipient: 'oWx-passed' })
  await becomes(passed.id, 'sent') // the adapter passed it on; whether it arrived is not known
})

/* --- webhooks --- */

let paths = 0

interface Hook { id: number; path: string; secret: string }
async function hook(login: string, more: Record<string, unknown> = {}): Promise<Hook> {
  const path = `/hook${++paths}`
  const made = await (await as(login)).post('/api/v1/webhooks', { url: endpoint.url(path), ...more })
  expect(made.status).toBe(201)
  expect(made.body.secret).toMatch(/^whsec_[A-Za-z0-9+/=]{44}$/)
  return { id: made.body.id, path, secret: made.body.secret }
}

async function unhook(login: string, { id }: Hook): Promise<void> {
  expect((await (await as(login)).delete(`/api/v1/webhooks/${id}`)).status).toBe(204)
}

interface Happening { event?: string; audience?: string; enterprise?: number | null; unit?: number | null; data?: Record<string, unknown>; actor?: { kind: string; id: number | null } }

/** An event of a case as relay publishes it. */
const happening = (id: number, version: number, more: Happening = {}) => ({
  type: `qingling.case.${more.event ?? 'replied'}.v1`,
  key: String(id),
  data: {
    case: id, number: '261123-00417-5', version, event: more.event ?? 'replied', state: 'working', at: new Date().toISOString(), actor: more.actor ?? { kind: 'system', id: null },
    unit: more.unit ?? null, audience: more.audience ?? 'public', enterprise: more.enterprise ?? null, data: more.data ?? {}, xid: '1'
  }
})
const happen = (id: number, version: number, more: Happening = {}) => river().kafka.event('case.events', happening(id, version, more))

async function caseOf(enterprise: number): Promise<number> {
  const { db } = river()
  const id = await openCase(db, { principal: enterprise })
  await db.rows(`insert into ql.case_access (scope, case_id, open, sort_at) select $2, id, open, sort_at from ql.cases where id = $1 on conflict do nothing`, id, -enterprise)
  return id
}
const versions = (hooked: Hooked[], event = 'replied'): number[] => hooked.filter(({ body }) => body.data.event === event).map(({ body }) => body.data.version)
const settled = (which: Hook, wanted: string, n = 1): Promise<unknown> =>
  waitUntil(async () => (await river().db.count(`select count(*) from ql.webhook_deliveries where webhook_id = $1 and state = $2`, which.id, wanted)) >= n, { what: `${n} ${wanted}` })

test('each owner is told what it may see, signed; an enterprise only what is public and its own', async () => {
  const id = await caseOf(who.rongtai)
  const ours = await hook('rongtai')
  const others = await hook('jinqiao')
  const district = await hook('shanghai')
  const picky = await hook('rongtai', { events: ['answered'] })
  await happen(id, 2, { data: { outcome: 'solved', reason: 'a work secret' } })
  await happen(id, 3, { audience: 'parties', data: { reason: 'a work secret' } })
  await happen(id, 4, { audience: 'unit', unit: await river().db.value<number>(`select id from ql.units where code = '2222'`) })
  await happen(id, 5, { audience: 'sealed' })
  await happen(id, 6, { enterprise: who.jinqiao })
  await happen(id, 7, { event: 'answered', data: { outcome: 'solved', department: '2222' } })
  const got = await waitUntil(() => endpoint.at(ours.path).find(({ body }) => body.data.version === 7) && endpoint.at(ours.path), { what: 'the last event' })
  for (const one of got) verify(ours.secret, one)
  expect(got.map(({ body }) => body.data.version).filter((v) => v > 1)).toEqual([2, 7])
  expect(got.map(({ raw }) => raw).join()).not.toContain('secret')
  expect(got.find(({ body }) => body.data.version === 7)?.body).toMatchObject({ type: 'case.answered', data: { event: 'answered', facts: { outcome: 'solved', department: '2222' } } })
  expect((await endpoint.until(picky.path)).map(({ body }) => body.data.event)).toEqual(['answered'])
  const seen = await waitUntil(() => endpoint.at(district.path).find(({ body }) => body.data.version === 7) && endpoint.at(district.path), { what: 'the last event' })
  expect(seen.filter(({ body }) => body.data.version > 1).map(({ body }) => body.data.version)).toEqual([2, 3, 6, 7])
  expect(JSON.stringify(seen.find(({ body }) => body.data.version === 3)?.body.data.facts)).toContain('a work secret')
  expect(endpoint.at(others.path)).toEqual([])
  expect(new Set(got.map((one) => one.id)).size).toBe(got.length)
  for (const [login, one] of [['rongtai', ours], ['rongtai', picky], ['jinqiao', others], ['shanghai', district]] as const) await unhook(login, one)
})

test('an event told twice is one delivery', async () => {
  const id = await caseOf(who.rongtai)
  const ours = await hook('rongtai')
  for (let i = 0; i < 3; i++) await happen(id, 2)
  await happen(id, 3)
  await waitUntil(() => versions(endpoint.at(ours.path)).includes(3), { what: 'the third version' })
  expect(versions(endpoint.at(ours.path))).toEqual([2, 3])
  await unhook('rongtai', ours)
})

test('failures, redirects and answers without end are tried again in the order of the case; another case does not wait', async () => {
  const [stuck, free] = [await caseOf(who.rongtai), await caseOf(who.rongtai)]
  const ours = await hook('rongtai', { events: ['replied'] })
  const elsewhere = await hook('rongtai', { events: ['never_happens'] })
  const replies: ReturnType<typeof endpoint.respond>[] = [500, { status: 302, headers: { location: endpoint.url(elsewhere.path) } }, { status: 503, headers: { 'retry-after': '1' } },
    { status: 200, body: Buffer.alloc(1 << 20) }]
  endpoint.respond = ({ body }) => (body.data.version === 2 && replies.length > 0 ? (replies.shift() as number) : 200)
  await river().kafka.events('case.events', [happening(stuck, 2), happening(stuck, 3), happening(stuck, 4), happening(free, 5)])
  await waitUntil(() => versions(endpoint.at(ours.path)).includes(4), { what: 'the last of the case' })
  const order = endpoint.at(ours.path).map(({ body }) => body.data.version as number)
  expect(order.filter((v) => v < 5)).toEqual([2, 2, 2, 2, 3, 4])
  expect(new Set(endpoint.at(ours.path).filter(({ body }) => body.data.version === 2).map((one) => one.id)).size).toBe(1)
  expect(order).toContain(5)
  expect(endpoint.at(elsewhere.path)).toEqual([])
  await settled(ours, 'delivered', 4)
  await unhook('rongtai', ours)
  await unhook('rongtai', elsewhere)
})

test('a slow endpoint gets few at once and holds up nobody', async () => {
  const slow = await hook('rongtai', { events: ['replied'] })
  const quick = await hook('shanghai', { events: ['replied'] })
  const ids = await Promise.all(Array.from({ length: 12 }, () => caseOf(who.rongtai)))
  let release = (): void => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  endpoint.busiest = 0
  endpoint.respond = async ({ path }) => (path === slow.path && (await held), 200)
  await river().kafka.events('case.events', ids.map((id) => happening(id, 2)))
  await endpoint.until(quick.path, ids.length)
  expect(endpoint.at(slow.path).length).toBeGreaterThan(0)
  expect(endpoint.at(slow.path).length).toBeLessThanOrEqual(4)
  release()
  await settled(slow, 'delivered', ids.length)
  await unhook('rongtai', slow)
  await unhook('shanghai', quick)
})

test('410 disables, and so does failing for long; the owner is told by a letter and may enable it again', async () => {
  const { db } = river()
  const shanghai = await as('shanghai')
  expect((await shanghai.request('PUT', '/api/v1/me/notices', { mail: 'shanghai@customs.example' })).status).toBe(200)
  const id = await caseOf(who.rongtai)
  const gone = await hook('shanghai', { events: ['replied'] })
  endpoint.respond = () => 410
  await happen(id, 2)
  const letter = await mailbox.until('shanghai@customs.example')
  expect(letter.mail.subject).toContain(`127.0.0.1:${endpoint.port}`)
  expect(letter.mail.text).not.toContain(gone.path)
  const listed = (await shanghai.get('/api/v1/webhooks')).body.items
  expect(listed).toMatchObject([{ id: gone.id, state: 'disabled', why: 'gone' }])
  expect(JSON.stringify(listed)).not.toContain('whsec_')

  endpoint.respond = () => 500
  expect((await shanghai.post(`/api/v1/webhooks/${gone.id}/enable`, {})).status).toBe(204)
  await happen(id, 3)
  await waitUntil(async () => await db.value(`select failing_since from ql.webhooks where id = $1`, gone.id), { what: 'a first failure' })
  await db.rows(`update ql.webhooks set failing_since = now() - interval '2 hours' where id = $1`, gone.id)
  await waitUntil(async () => (await db.value(`select state_why from ql.webhooks where id = $1`, gone.id)) === 'failing', { what: 'the end of patience' })
  await mailbox.until('shanghai@customs.example', 2)
  await unhook('shanghai', gone)
})

test('given up after so many tries; the log shows it page by page; a replay comes under the same id, with the same bytes', async () => {
  const id = await caseOf(who.rongtai)
  const rongtai = await as('rongtai')
  await river().stopService('notify')
  await again({ QL_WEBHOOK_TRIES: '3' })
  const ours = await hook('rongtai', { events: ['replied'] })
  endpoint.respond = ({ body }) => (body.data.version === 2 ? 500 : 200)
  await river().kafka.events('case.events', [2, 3, 4].map((v) => happening(id, v)))
  await settled(ours, 'failed')
  await settled(ours, 'delivered', 2)
  const log = `/api/v1/webhooks/${ours.id}/deliveries`
  const failed = await rongtai.get(`${log}?state=failed`)
  expect(failed.body).toMatchObject({ items: [{ version: 2, attempts: 3, status: 500, failure: 'answered 500', replays: 0 }], next: null })
  const first = await rongtai.get(`${log}?limit=2`)
  expect(first.body.items.map((one: { version: number }) => one.version)).toEqual([4, 3])
  expect((await rongtai.get(`${log}?limit=2&after=${first.body.next}`)).body).toMatchObject({ items: [{ version: 2 }] })
  expect((await rongtai.get(`${log}?limit=0`)).body).toMatchObject({ status: 422, field: '/limit' })
  expect((await (await as('jinqiao')).get(log)).status).toBe(404)

  endpoint.respond = () => 200
  const tries = endpoint.at(ours.path).filter(({ body }) => body.data.version === 2)
  expect((await (await as('jinqiao')).post(`${log}/${failed.body.items[0].id}/replay`, {})).status).toBe(404)
  expect((await rongtai.post(`${log}/${failed.body.items[0].id}/replay`, {})).status).toBe(204)
  const replayed = await waitUntil(() => endpoint.at(ours.path).filter(({ body }) => body.data.version === 2)[tries.length], { what: 'the replay' })
  verify(ours.secret, replayed)
  expect([replayed.id, replayed.raw]).toEqual([tries[0]?.id, tries[0]?.raw])
  await settled(ours, 'delivered', 3)
  await unhook('rongtai', ours)
})

test('a new secret: for a day both sign', async () => {
  const id = await caseOf(who.rongtai)
  const ours = await hook('rongtai', { events: ['replied'] })
  const rotated = await (await as('rongtai')).post(`/api/v1/webhooks/${ours.id}/rotate`, {})
  expect(rotated.body.secret).not.toBe(ours.secret)
  expect((await (await as('jinqiao')).post(`/api/v1/webhooks/${ours.id}/rotate`, {})).status).toBe(404)
  await happen(id, 2)
  const [one] = await endpoint.until(ours.path)
  verify(ours.secret, one as Hooked)
  verify(rotated.body.secret, one as Hooked)
  expect(() => verify(`whsec_${Buffer.alloc(24).toString('base64')}`, one as Hooked)).toThrow()
  await river().db.rows(`update ql.webhooks set old_until = now() where id = $1`, ours.id)
  await happen(id, 3)
  const second = (await endpoint.until(ours.path, 2))[1] as Hooked
  verify(rotated.body.secret, second)
  expect(() => verify(ours.secret, second)).toThrow()
  await unhook('rongtai', ours)
})

test('who may have webhooks, how many, and what an address must be', async () => {
  const refused = async (body: Record<string, unknown>) => (await (await as('rongtai')).post('/api/v1/webhooks', body)).body
  for (const url of ['ftp://x.example/', 'no url', 'https://', 'https://user:pw@x.example/', 'https://x.example/#part', `https://x.example/${'a'.repeat(500)}`, 'https://x.example/a b']) {
    expect(await refused({ url }), url).toMatchObject({ status: 422, field: '/url' })
  }
  for (const events of ['replied', [], ['Replied'], ['a,b}'], [7], Array(33).fill('replied')]) {
    expect(await refused({ url: 'https://x.example/', events }), JSON.stringify(events)).toMatchObject({ status: 422, field: '/events' })
  }
  expect((await (await as('lin')).post('/api/v1/webhooks', { url: 'https://x.example/' })).status).toBe(403)
  expect((await (await as('lin')).get('/api/v1/webhooks')).status).toBe(403)
  const made: number[] = []
  for (let i = 0; i < 20; i++) made.push((await refused({ url: 'https://x.example/' })).id)
  expect(await refused({ url: 'https://x.example/' })).toMatchObject({ status: 422, field: '/url' })
  for (const id of made) await (await as('rongtai')).delete(`/api/v1/webhooks/${id}`)
  expect((await (await as('rongtai')).get('/api/v1/webhooks')).body).toEqual({ items: [] })
})

test('never into our own network: neither by address nor by a name that leads there', async () => {
  const { db } = river()
  const id = await caseOf(who.rongtai)
  await river().stopService('notify')
  const before = endpoint.connections
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0']) {
    await db.rows(`insert into ql.webhooks (enterprise_id, url, secret, created_by) select $1, $2, $3, id from ql.users where login = 'rongtai'`, who.rongtai,
      `https://${host}:${endpoint.port}/inside`, `whsec_${Buffer.alloc(32).toString('base64')}`)
  }
  await happen(id, 2)
  await river().start('notify#outside')
  const why = `select distinct d.failure from ql.webhook_deliveries d join ql.webhooks w on w.id = d.webhook_id where w.url like '%/inside' and d.version = 2 and d.attempts > 0 and d.failure is not null`
  await waitUntil(async () => (await db.count(`select count(*) from ql.webhook_deliveries d join ql.webhooks w on w.id = d.webhook_id where w.url like '%/inside' and d.version = 2
    and d.failure is not null`)) === 4, { what: 'four refusals' })
  expect(await db.rows(why)).toEqual([{ failure: 'the name leads into a private or local network' }])
  expect(endpoint.connections).toBe(before)
  await river().stopService('notify#outside')
  await db.rows(`update ql.webhooks set state = 'removed' where url like '%/inside'`)
  await again()
})

test('ten thousand events for an endpoint that is dead: read to the end, kept as rows, little memory; then all arrive', async () => {
  const { db } = river()
  const ids = await openCases(db, 100, { principal: who.rongtai })
  await db.rows(`insert into ql.case_access (scope, case_id, open, sort_at) select $2, id, open, sort_at from ql.cases where id = any ($1) on conflict do nothing`, ids, -who.rongtai)
  const ours = await hook('rongtai', { events: ['replied'] })
  endpoint.respond = () => 503
  for (let v = 2; v < 102; v += 20) {
    await river().kafka.events('case.events', ids.flatMap((id) => Array.from({ length: 20 }, (_, k) => happening(id, v + k))))
  }
  await waitUntil(async () => (await db.count(`select count(*) from ql.webhook_deliveries where webhook_id = $1`, ours.id)) === 10_000, { what: '10000 rows', timeout: 40_000 })
  expect(await river().metric('notify', 'notify_transfers')).toBeLessThanOrEqual(4)
  if (!process.env['QL_BIN']?.includes('san')) expect(river().service('notify').memory().peak).toBeLessThan(32 * 1024)
  endpoint.respond = () => 200
  expect((await (await as('rongtai')).post(`/api/v1/webhooks/${ours.id}/enable`, {})).status).toBe(204) // it works again: no need to wait for the next try
  await settled(ours, 'delivered', 50)
  await unhook('rongtai', ours)
})

test('two instances, one killed at work: every delivery arrives, of each case in order', async () => {
  const { db } = river()
  Object.assign(env['notify#2'] as object, { QL_NOTIFY_GROUP: `notify${groups}` })
  await river().start('notify#2')
  const ids = await Promise.all(Array.from({ length: 20 }, () => caseOf(who.rongtai)))
  const ours = await hook('rongtai', { events: ['replied'] })
  let release = (): void => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  endpoint.respond = async () => (endpoint.at(ours.path).length > 30 && (await held), 200)
  await river().kafka.events('case.events', ids.flatMap((id) => [2, 3, 4, 5, 6].map((v) => happening(id, v))))
  await endpoint.until(ours.path, 32)
  await waitUntil(async () => (await db.count(`select count(*) from ql.webhook_deliveries where webhook_id = $1`, ours.id)) === 100, { what: 'all rows' })
  await river().kill('notify')
  release()
  await settled(ours, 'delivered', 100)
  for (const id of ids) {
    const raw = await db.rows<{ id: number }>(`select id from ql.webhook_deliveries where webhook_id = $1 and case_id = $2 order by version`, ours.id, id)
    const first = raw.map((row) => endpoint.at(ours.path).findIndex((one) => one.id === `msg_${row.id}`))
    expect(first).toEqual([...first].sort((a, b) => a - b))
    expect(first).not.toContain(-1)
  }
  await unhook('rongtai', ours)
  await river().start('notify')
  await river().stopService('notify#2')
})

/* --- notices --- */

test('how one is told is one\'s own to choose; what is not possible is named', async () => {
  const lin = await as('lin')
  expect((await lin.get('/api/v1/me/notices')).body).toEqual({ mail: null, digest_hour: 8, quiet: true,
    ways: { assigned: 'now', warned: 'now', breached: 'now', escalated: 'now', invited: 'now', task: 'now', followed: 'digest' } })
  for (const [body, field] of [[{ mail: 'no address' }, '/mail'], [{ mail: 'a@b.example\r\nBcc: c@d.example' }, '/mail'], [{ digest_hour: 24 }, '/digest_hour'], [{ quiet: 'yes' }, '/quiet'],
    [{ ways: { assigned: 'later' } }, '/ways/assigned'], [{ ways: { nothing: 'now' } }, '/ways/nothing'], [{ ways: [] }, '/ways']] as const) {
    expect((await lin.request('PUT', '/api/v1/me/notices', body)).body, JSON.stringify(body)).toMatchObject({ status: 422, field })
  }
  const chosen = await lin.request('PUT', '/api/v1/me/notices', { mail: 'lin@customs.example', digest_hour: 9, ways: { warned: 'off', breached: 'digest' } })
  expect(chosen.body).toMatchObject({ mail: 'lin@customs.example', digest_hour: 9, quiet: true, ways: { assigned: 'now', warned: 'off', breached: 'digest' } })
  expect((await lin.get('/api/v1/me/notices')).body).toEqual(chosen.body)
})

const notices = (user: number, kind?: string): Promise<{ kind: string; case_id: number; times: number; way: string; state: string; due_at: Date; version: number }[]> =>
  river().db.rows(`select * from ql.notices_out where user_id = $1 and ($2::text is null or kind = $2) order by id`, user, kind ?? null)

async function choose(login: string, body: Record<string, unknown>): Promise<void> {
  expect((await (await as(login)).request('PUT', '/api/v1/me/notices', body)).status).toBe(200)
}

test('assigned to you: a letter with number, link and time limit, once, and never about what one did oneself', async () => {
  const { db } = river()
  await choose('lin', { mail: 'lin1@customs.example' })
  const [id, own] = [await openCase(db), await openCase(db)]
  await giveTo(db, id, own, who.lin)
  await happen(own, 2, { event: 'assigned', audience: 'parties', data: { coordinator: who.lin }, actor: { kind: 'coordinator', id: who.lin } })
  for (let i = 0; i < 2; i++) await happen(id, 2, { event: 'assigned', audience: 'parties', data: { coordinator: who.lin } })
  const letter = await mailbox.until('lin1@customs.example')
  expect(letter.mail.subject).toBe(`分派给您，请接收：${await number(id)}`)
  expect(letter.mail.text).toContain(`https://qingling.example/cases/${await number(id)}`)
  expect(letter.mail.text).toMatch(/办理时限：\d{4}-\d\d-\d\d \d\d:\d\d（北京时间）/)
  await happen(id, 3, { event: 'breached', audience: 'parties' })
  await mailbox.until('lin1@customs.example', 2)
  expect(mailbox.to('lin1@customs.example').map(({ mail }) => mail.subject)).toEqual([`分派给您，请接收：${await number(id)}`, `已超时：${await number(id)}`])
})

test('escalated: the duty supervisors of the unit, or of the nearest one above that has any', async () => {
  const { db } = river()
  await choose('chief', { mail: 'chief@customs.example' })
  const id = await openCase(db)
  await happen(id, 2, { event: 'escalated', audience: 'parties', data: { why: 'unassigned:breach' } })
  expect((await mailbox.until('chief@customs.example')).mail.subject).toBe(`Escalated to the duty supervisor: ${await number(id)}`)
})

test('a unit that is asked to join: its duty supervisors, then the officer; a clock of a part is that officer\'s; who is recused hears nothing', async () => {
  const { db } = river()
  const port = await seed.coordinator(db, { unit: '2248', onDuty: false, pools: [{ unit: '2248', pool: 'duty' }] })
  await seed.user(db, { login: 'port', role: 'supervisor', unit: '2248', coordinator: port, language: 'ru' })
  await choose('port', { mail: 'port@customs.example', quiet: false })
  await choose('lin', { mail: 'lin0@customs.example' })
  const id = await openCase(db, { unit: '2210' })
  await db.rows(`insert into ql.case_parties (case_id, seq, unit_id, capacity, state, coordinator_id, since) select $1, 2, id, 'port', 'invited', $2, now() from ql.units where code = '2222'`, id, who.lin)
  await happen(id, 2, { event: 'party_invited', audience: 'parties', data: { party: 2, unit: '2248', capacity: 'port' } })
  expect((await mailbox.until('port@customs.example')).mail.subject).toBe(`Вас просят о соисполнении: ${await number(id)}`)
  await happen(id, 3, { event: 'party_assigned', audience: 'parties', data: { party: 2, unit: '2222', coordinator: who.lin } })
  expect((await mailbox.until('lin0@customs.example')).mail.subject).toBe(`请您协办：${await number(id)}`)
  await happen(id, 4, { event: 'warned', audience: 'parties', data: { clock: 'joint_accept', party: 2 } })
  expect((await mailbox.until('lin0@customs.example', 2)).mail.subject).toBe(`办理时限将到：${await number(id)}`)
  await db.rows(`update ql.cases set recused = array[$2::bigint] where id = $1`, id, who.lin)
  await happen(id, 5, { event: 'breached', audience: 'parties', data: { clock: 'joint_accept', party: 2 } })
  await happen(id, 6, { event: 'party_invited', audience: 'parties', data: { party: 3, unit: '2248', capacity: 'port' } })
  await mailbox.until('port@customs.example', 2)
  expect(await notices(users.lin, 'breached').then((all) => all.filter((n) => n.case_id === id))).toEqual([])
})

test('who follows a case hears of what they may see, in the digest unless they want it at once', async () => {
  const { db } = river()
  const id = await caseOf(who.rongtai)
  await choose('lin', { mail: 'lin5@customs.example', ways: { followed: 'now' } })
  await choose('rongtai', { mail: 'rongtai@x.example' })
  await choose('jinqiao', { mail: 'jinqiao@x.example', ways: { followed: 'now' } })
  await db.rows(`insert into ql.case_followers (case_id, user_id) select $1, id from ql.users where login in ('lin', 'rongtai', 'jinqiao')`, id)
  await happen(id, 2, { event: 'replied', audience: 'parties' })
  expect((await mailbox.until('lin5@customs.example')).mail.subject).toBe(`您关注的协调事项有变化：${await number(id)}`)
  await happen(id, 3, { event: 'answered' })
  await mailbox.until('lin5@customs.example', 2)
  const told = await db.rows(`select u.login, n.way, n.version, n.times from ql.notices_out n join ql.users u on u.id = n.user_id where n.case_id = $1 and u.login <> 'lin'`, id)
  expect(told).toEqual([{ login: 'rongtai', way: 'digest', version: 3, times: 1 }]) // not of what is between parties; and who has no part in it hears nothing
})

/** A calendar that opens three days from now at the earliest, whatever today is. */
async function restingUnit(): Promise<void> {
  const { db } = river()
  await db.run(`insert into ql.calendars (code, name_zh, name_en, observes_holidays) values ('resting', '休', 'resting', false) on conflict do nothing`)
  await db.run(`insert into ql.calendar_slots (calendar_id, weekday, from_minute, to_minute)
    select id, extract(isodow from (now() at time zone 'Asia/Shanghai')::date + 3)::int, 540, 1020 from ql.calendars where code = 'resting' on conflict do nothing`)
  await db.run(`update ql.unit_calendars set calendar = 'resting' where service = 'office' and unit_id = (select id from ql.units where code = '2222')`)
}
const workingUnit = () => river().db.run(`update ql.unit_calendars set calendar = 'port_24h' where service = 'office' and unit_id = (select id from ql.units where code = '2222')`)

test('outside working hours only what is urgent, or who is on shift, or who wants it; of one kind about one case one waits', async () => {
  const { db } = river()
  await restingUnit()
  await choose('lin', { mail: 'lin2@customs.example' })
  const [calm, urgent] = [await openCase(db), await openCase(db, { priority: 'urgent' })]
  await giveTo(db, calm, urgent, who.lin)
  for (const v of [2, 3, 4]) await happen(calm, v, { event: 'warned', audience: 'parties' })
  await happen(urgent, 2, { event: 'warned', audience: 'parties' })
  await mailbox.until('lin2@customs.example')
  await waitUntil(async () => (await notices(users.lin, 'warned')).find((n) => n.case_id === calm)?.times === 3, { what: 'three in one' })
  const waiting = (await notices(users.lin, 'warned')).filter((n) => n.case_id === calm)
  expect(waiting).toMatchObject([{ state: 'queued', version: 4, way: 'now' }])
  expect((waiting[0]?.due_at.getTime() ?? 0) - Date.now()).toBeGreaterThan(24 * 3_600_000)
  await db.rows(`update ql.notices_out set due_at = now() where state = 'queued' and user_id = $1`, users.lin) // three days later
  expect((await mailbox.until('lin2@customs.example', 2)).mail.text).toContain('（3 次）')

  await choose('lin', { mail: 'lin3@customs.example', quiet: false })
  await happen(calm, 5, { event: 'breached', audience: 'parties' })
  await mailbox.until('lin3@customs.example')
  await choose('lin', { mail: 'lin3@customs.example' })
  await db.rows(`insert into ql.shifts values ($1, now() - interval '1 hour', now() + interval '8 hours')`, who.lin)
  await happen(calm, 6, { event: 'assigned', audience: 'parties', data: { coordinator: who.lin } })
  await mailbox.until('lin3@customs.example', 2)
  await db.rows(`delete from ql.shifts where coordinator_id = $1`, who.lin)
  await workingUnit()
})

test('the digest: one letter on a working day at the hour chosen, everything in it', async () => {
  const { db } = river()
  await choose('lin', { mail: 'lin4@customs.example', digest_hour: 9, ways: { assigned: 'digest', warned: 'digest', breached: 'off' } })
  const ids = await openCases(db, 3)
  await giveTo(db, ids[0] as number, ids[2] as number, who.lin)
  for (const id of ids) {
    await happen(id, 2, { event: 'assigned', audience: 'parties', data: { coordinator: who.lin } })
    await happen(id, 3, { event: 'breached', audience: 'parties' })
    await happen(id, 4, { event: 'warned', audience: 'parties' })
  }
  const mine = async () => (await notices(users.lin)).filter((n) => ids.includes(n.case_id))
  await waitUntil(async () => (await mine()).length === 6, { what: 'six notices' })
  expect((await mine()).every((n) => n.way === 'digest' && n.kind !== 'breached')).toBe(true)
  const hours = await db.rows(`select distinct extract(hour from due_at at time zone 'Asia/Shanghai')::int as hour, due_at > now() as later from ql.notices_out where case_id = any ($1)`, ids)
  expect(hours).toEqual([{ hour: 9, later: true }])
  await db.rows(`update ql.notices_out set due_at = now() where case_id = any ($1)`, ids)
  const letter = await mailbox.until('lin4@customs.example')
  expect(letter.mail.subject).toBe('协调事项每日汇总：6 项')
  for (const id of ids) expect(letter.mail.text?.split(await number(id))).toHaveLength(3)
  await waitUntil(async () => (await db.count(`select count(*) from ql.mails where user_id = $1 and kind = 'digest' and state = 'sent'`, users.lin)) === 1, { what: 'one digest sent' })
  expect(mailbox.to('lin4@customs.example')).toHaveLength(1)
})

/* --- faults --- */

test('what is no event of a case is passed over, and said; the rest goes on', async () => {
  const id = await caseOf(who.rongtai)
  const ours = await hook('rongtai', { events: ['replied'] })
  const skipped = await river().metric('notify', 'notify_events_skipped_total')
  const { data, ...rest } = happening(id, 2)
  await river().kafka.send('case.events', [{ key: String(id), value: 'no JSON', headers: { ce_type: 'qingling.case.replied.v1' } }, { key: String(id), value: '[]' }])
  await river().kafka.events('case.events', [{ ...rest, data: { ...data, version: -1 } }, { ...rest, data: { ...data, at: 'yesterday' } }, { ...rest, data: { ...data, case: 'x' } }])
  await happen(id, 3)
  await waitUntil(() => versions(endpoint.at(ours.path)).includes(3), { what: 'the good one' })
  expect((await river().metric('notify', 'notify_events_skipped_total')) - skipped).toBe(4)
  await unhook('rongtai', ours)
})

test('database and broker away for a while: it waits, says so, and goes on by itself', async ({ cluster }) => {
  test.setTimeout(90_000)
  const id = await caseOf(who.rongtai)
  const ours = await hook('rongtai', { events: ['replied'] })
  await cluster.server.stop()
  await waitUntil(async () => /database: /.test(await (await river().health('notify', '/readyz')).text()), { what: 'health that names the database' })
  cluster.server.start()
  await cluster.accepting()
  await waitUntil(async () => {
    await happen(id, 2)
    return versions(endpoint.at(ours.path)).includes(2)
  }, { what: 'a delivery after the restart', every: 500 })
  const { id: letter } = await write({ recipient: 'after@x.example' })
  await becomes(letter, 'delivered')
  await river().broker.kill('SIGKILL')
  const { id: blind } = await write({ recipient: 'blind@x.example' })
  await becomes(blind, 'delivered')
  river().broker.start()
  await river().brokerReady()
  await waitUntil(async () => (await river().health('notify', '/readyz')).status === 200, { what: 'readiness', timeout: 30_000 })
})

