/** The search: what each role finds by whose words, in whatever writing, in which order; and that it never disagrees with the cases. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Api } from '../lib/api.ts'
import { bin, root } from '../lib/paths.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'

const run = promisify(execFile)
const enterprises = { rongtai: { id: 0, uscc: '' }, jinqiao: { id: 0, uscc: '' }, haifeng: { id: 0, uscc: '' } }

const river = useStack({ services: ['relay', 'intake', 'dispatch', 'gateway'], template: 'reference' }, async ({ db }) => {
  const lin = await seed.coordinator(db, { name: '林晓', unit: '2222', capacity: 200 })
  const zhou = await seed.coordinator(db, { name: '周敏', unit: '2248', capacity: 200 })
  const wang = await seed.coordinator(db, { name: '王芳', unit: '0100', capacity: 0 })
  enterprises.rongtai = await seed.enterprise(db, { name: '上海榮泰健康科技', home: '2222', named: lin })
  enterprises.jinqiao = await seed.enterprise(db, { name: '金桥报关行', home: '2248', named: zhou })
  enterprises.haifeng = await seed.enterprise(db, { name: '海丰', home: '2248', named: zhou })
  for (const [login, unit] of [['root', '0000'], ['shanghai', '2200'], ['beijing', '0100']] as const) await seed.user(db, { login, role: 'supervisor', unit })
  await db.rows(`update ql.parameters set value = '0' where key = 'message.undo_seconds'`) // what can be taken back is found by nobody outside
  for (const [login, unit, coordinator] of [['lin', '2222', lin], ['zhou', '2248', zhou], ['wang', '0100', wang]] as const) await seed.user(db, { login, role: 'coordinator', unit, coordinator })
  for (const [login, { id }] of Object.entries(enterprises)) await seed.user(db, { login, role: 'enterprise', enterprise: id })
})

const people = new Map<string, Api>()
async function as(login: string): Promise<Api> {
  const known = people.get(login) ?? (await river().visitor().signIn(login, seed.PASSWORD))
  people.set(login, known)
  return known
}

const qlctl = (...words: string[]) => run(join(bin, 'qlctl'), words, { cwd: root, env: { ...process.env, QL_PG_DSN: river().db.dsn } })

let said = 0
interface Report { subject: string; text?: string; enterprise?: keyof typeof enterprises; references?: { type: string; value: string }[]; [more: string]: unknown }

/** An enterprise reports, each time somebody else about something else; the case's row once it is assigned. */
async function report({ enterprise = 'rongtai', ...data }: Report): Promise<any> {
  const { uscc } = enterprises[enterprise]
  await river().kafka.event('enterprise.enquiries', {
    type: 'qingling.enquiry.received.v1',
    key: uscc,
    data: { uscc, channel: 'wechat', channel_user: `user${++said}`, text: '……', occurred_at: new Date().toISOString(), references: [{ type: 'bill', value: `OWN${said}X` }], ...data }
  })
  const id = await waitUntil(() => river().db.value(`select id::text from ql.cases where subject = $1 and state = 'assigned'`, data.subject), { what: `the assignment of "${data.subject}"` })
  return (await (await as('root')).get(`/api/v1/cases/${id}`)).body.case
}

async function search(login: string, q: string, more = ''): Promise<any[]> {
  const answer = await (await as(login)).get(`/api/v1/cases?q=${encodeURIComponent(q)}${more}`)
  expect([q, answer.status]).toEqual([q, 200])
  return answer.body.items
}
const found = async (login: string, q: string, more = '') => (await search(login, q, more)).map(({ id }) => id as number)

async function command(login: string, id: number, action: string, more: Record<string, unknown>): Promise<void> {
  const api = await as(login)
  const { version } = (await api.get(`/api/v1/cases/${id}`)).body.case
  const answer = await api.command(id, action, version, more)
  expect([action, answer.status, answer.body.detail]).toEqual([action, 200, undefined])
}

/** The index as text, row by row. */
const index = () => river().db.rows('select case_id, reader, open, shared::text, terms::text from ql.search_terms order by 1, 2')

test.describe('who finds what by whose words', () => {
  const STAFF = ['root', 'shanghai', 'lin', 'zhou']
  const ALL = [...STAFF, 'rongtai', 'jinqiao']
  const EVERYBODY = [...ALL, 'beijing', 'wang', 'haifeng']
  let id: number
  let number: string

  test.beforeAll(async () => {
    const { db } = river()
    const row = await report({ subject: '放行后港区不予装船', text: '码头提示未放行', receipt: 'RCPT-2026-77', references: [{ type: 'container', value: 'CSQU3054383' }, { type: 'declaration', value: '222220260000345678' }] })
    id = row.id
    number = row.number
    // The port office works on it, and another enterprise is concerned.
    await db.rows(`insert into ql.case_parties (case_id, seq, unit_id, capacity, since) select $1, 2, id, 'port', now() from ql.units where code = '2248'`, id)
    await db.rows(`insert into ql.case_enterprises (case_id, enterprise_id, role, since) values ($1, $2, 'affected', now())`, id, enterprises.jinqiao.id)
    await db.rows(
      `insert into ql.case_access (scope, case_id, open, sort_at) select s, c.id, c.open, c.sort_at from ql.cases c,
         lateral (select id::int8 from ql.units where code = '2248' union select -$2::int8) x (s) where c.id = $1 on conflict do nothing`, id, enterprises.jinqiao.id)
    await db.rows(`select ql.search_add(json_build_array(json_build_object('case_id', $1::int8, 'who', 'all', 'reader', 0, 'terms',
      (select format('#%s #-%s', id, $2::int8) from ql.units where code = '2248')), json_build_object('case_id', $1::int8, 'who', 'talk', 'reader', -$2::int8, 'terms', '^金桥 ^桥报 ^报关 ^关行 ^行 =' || lower($3))))`,
      id, enterprises.jinqiao.id, enterprises.jinqiao.uscc)
    await command('lin', id, 'accept', {})
    await command('lin', id, 'reply', { audience: 'public', text: '已联系查验科' })
    await command('lin', id, 'reply', { audience: 'parties', text: '布控指令尚未解除' })
    await command('lin', id, 'reply', { audience: 'unit', text: '怀疑夹藏锂电池' })
    await command('shanghai', id, 'reply', { audience: 'unit', text: '请关注舆情' })
    await command('rongtai', id, 'reply', { text: '船期临近, 请尽快' })
  })

  for (const [what, q, finders] of [
    ['the subject', () => '港区', ALL], ['the subject in traditional characters', () => '放行後港區', ALL], ['the number', () => number, ALL], ['a reference', () => 'CSQU3054383', ALL],
    ['the beginning of one', () => 'csqu3054', ALL], ['a declaration with blanks', () => '2222 2026 0000 345678', ALL], ['the receipt', () => 'rcpt 2026-77', ALL],
    ['the first words of its talk', () => '码头提示', [...STAFF, 'rongtai']], ['a later word of its talk', () => '船期', [...STAFF, 'rongtai']],
    ['what an officer wrote to all', () => '查验科', ALL], ['its name', () => '荣泰', [...STAFF, 'rongtai']], ['its credit code', () => enterprises.rongtai.uscc, [...STAFF, 'rongtai']],
    ['the name of the other one', () => '金桥报关', [...STAFF, 'jinqiao']], ['a note to the parties', () => '布控', STAFF],
    ["a unit's own note", () => '锂电池', ['lin']], ["another unit's own note", () => '舆情', ['shanghai']],
    ['the subject and a note to the parties', () => '港区 布控', STAFF], ['the subject and an own note', () => '港区 锂电池', ['lin']],
    ['the talk, a note and an own note', () => '船期 布控 锂电池', ['lin']], ['names of both', () => '荣泰 金桥', STAFF],
    ["one's own note and another's", () => '锂电池 舆情', []], ['a word that stands nowhere', () => '冻虾', []]
  ] as [string, () => string, string[]][]) {
    test(`${what}: ${finders.join(', ') || 'nobody'}`, async () => {
      for (const login of EVERYBODY) expect([login, (await found(login, q())).includes(id)]).toEqual([login, finders.includes(login)])
    })
  }

  test('a sealed entry is found by nobody, its reader included', async () => {
    const { db } = river()
    await db.rows(`insert into ql.entries (case_id, version, audience, author_kind, text, at) values ($1, 1000, 'sealed', 'coordinator', '举报线索', now())`, id)
    await db.rows(`insert into ql.entry_readers select $1, 1000, id from ql.users where login = 'lin'`, id)
    await qlctl('reindex', '--reindex.all')
    for (const login of EVERYBODY) expect([login, await found(login, '举报')]).toEqual([login, []])
    await db.rows(`delete from ql.entry_readers where version = 1000`)
    await db.rows(`delete from ql.entries where version = 1000`)
  })

  test('what a role may not read it can not reach by asking the database either', async () => {
    const { db } = river()
    expect(await db.rows(`select privilege_type from information_schema.table_privileges where table_schema = 'ql' and table_name like 'search_terms%' and grantee = 'ql_gateway'`)).toEqual([{ privilege_type: 'INSERT' }]) // of a case that it opens, and of no other: a policy says so
  })
})

test.describe('writings', () => {
  let id: number
  test.beforeAll(async () => {
    id = (await report({
      subject: '集装箱 TEMU7654321 滯港', text: 'Контейнер задержан в порту, Seal broken; HS 8471.30, 税率待定', references: [{ type: 'bill', value: 'COSU-6123/456 A' }, { type: 'hs', value: '8471300000' }]
    })).id
  })

  for (const q of ['集装箱', '装箱', '滞港', '滯港', '港', 'ＴＥＭＵ７６５４３２１', 'temu7654321', 'TEMU 765432-1', 'TEMU765', 'cosu6123456a', 'COSU-6123/456 A', 'cosu6123', '8471300000', '847130', '847130000',
    'контейнер', 'КОНТЕЙНЕР порту', 'контейн', 'seal BROKEN', 'broke', '税率', '稅率', '税', '滞港集装箱', 'TEMU7654321 滞港', 'temu7654321 税率 seal']) {
    test(`"${q}" finds it`, async () => {
      expect(await found('lin', q)).toContain(id)
    })
  }
  for (const q of ['箱集', '集装箱 冻虾', 'temu7654322', 'emu7654321', '654321', 'тейнер', 'TEMU7654321 冻虾']) {
    test(`"${q}" does not`, async () => {
      expect(await found('lin', q)).not.toContain(id)
    })
  }
  for (const [what, query, field] of [
    ['nothing to look for', 'q=%3F%21', '/q'], ['a question without end', `q=${'x'.repeat(201)}`, '/q'], ['the place of another list', 'q=x1&after=MTc2NDI5ODc5MDAwMDAwMC4x', '/after']
  ] as const) {
    test(`${what} is refused`, async () => {
      const { status, body } = await (await as('lin')).get(`/api/v1/cases?${query}`)
      expect([status, body.field]).toEqual([422, field])
    })
  }
})

test('codes before subjects before words, open before closed, newest first; pages meet without gap or double', async () => {
  const text = await report({ subject: '甲', text: '光刻胶 ABCD1234567' })
  const subject = await report({ subject: '光刻胶 ABCD1234567', enterprise: 'jinqiao' })
  const code = await report({ subject: '乙', text: '光刻胶', references: [{ type: 'bill', value: 'ABCD1234567' }] })
  const newer = await report({ subject: '丙', text: '光刻胶' })
  await command('lin', code.id, 'answer_and_close', { department: '2222', outcome: 'solved', text: '已办结' })
  expect(await found('root', '光刻胶 abcd1234567')).toEqual([code.id, subject.id, text.id])
  const all = [subject.id, newer.id, text.id, code.id]
  expect(await found('root', '光刻胶')).toEqual(all)
  expect(await found('root', '光刻胶', '&view=open')).toEqual(all.slice(0, 3))
  expect(await found('root', '光刻胶', '&view=closed')).toEqual([code.id])
  expect(await found('root', '光刻胶', '&unit=2248')).toEqual([subject.id])
  expect(await found('root', '光刻胶', `&enterprise=${enterprises.rongtai.id}&state=assigned`)).toEqual([newer.id, text.id])
  expect(await found('root', '光刻胶', '&state=closed,working')).toEqual([code.id])
  expect(await found('lin', '光刻胶', '&coordinator=me&state=assigned')).toEqual([newer.id, text.id])
  expect(await found('root', '光刻胶', '&overdue=true')).toEqual([])
  for (const limit of [1, 2, 3]) {
    const pages: number[] = []
    let after = ''
    do {
      const { body } = await (await as('root')).get(`/api/v1/cases?q=${encodeURIComponent('光刻胶')}&limit=${limit}${after}`)
      pages.push(...body.items.map((item: any) => item.id))
      after = body.next ? `&after=${body.next}` : ''
    } while (after)
    expect(pages).toEqual(all)
  }
  await command('root', code.id, 'reopen', { reason: '还没有解决' })
  expect(await found('root', '光刻胶', '&view=closed')).toEqual([])
})

test('what commands kept up is what would be made anew, and what is missing is made', async () => {
  const { db } = river()
  const { uscc } = enterprises.rongtai
  const first = await report({ subject: '转关单证无法核注', text: '请协助', references: [{ type: 'container', value: 'MSKU1111111' }] })
  // A second report of the same box attaches, with words and a reference of its own.
  await river().kafka.event('enterprise.enquiries', {
    type: 'qingling.enquiry.received.v1', key: uscc,
    data: { uscc, channel: 'wechat', channel_user: 'another', subject: '转关', text: '仍然无法核注', occurred_at: new Date().toISOString(), receipt: 'AGAIN-1', references: [{ type: 'container', value: 'MSKU1111111' }, { type: 'bill', value: 'NEWBILL77' }] }
  })
  await waitUntil(() => found('lin', 'newbill77').then((ids) => ids.includes(first.id)), { what: 'the second report' })
  expect(await found('rongtai', '仍然无法')).toEqual([first.id])
  expect(await found('root', 'again1')).toEqual([first.id])

  const kept = await index()
  expect(kept.length).toBeGreaterThan(5)
  await qlctl('reindex', '--reindex.all', '--reindex.batch=3')
  expect(await index()).toEqual(kept)

  await db.rows('delete from ql.search_terms where case_id = any ($1)', [first.id])
  expect(await found('root', 'newbill77')).toEqual([])
  await expect(qlctl('check')).rejects.toMatchObject({ stdout: expect.stringMatching(/FAULT +a search can find every case[^\n]*\n +\d{6}-/) })
  expect((await qlctl('reindex')).stdout).toContain('1 cases')
  expect(await index()).toEqual(kept)
  expect((await qlctl('reindex')).stdout).toContain('0 cases')
})

test('writing on while the index is made anew loses no word', async () => {
  const row = await report({ subject: '同时' })
  await command('lin', row.id, 'accept', {})
  let making = true
  const anew = qlctl('reindex', '--reindex.all', '--reindex.batch=1').finally(() => (making = false))
  let n = 0
  do await command('lin', row.id, 'reply', { audience: 'parties', text: `第wort${++n}x句` })
  while (making && n < 40)
  await anew
  for (let i = 1; i <= n; i++) expect([i, await found('lin', `wort${i}x`)]).toEqual([i, [row.id]])
})
