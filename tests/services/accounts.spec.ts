/** Sessions, passwords, accounts and duties, and the record that is kept of them. */
import { Api, type Answer } from '../lib/api.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'

const river = useStack({ services: ['relay', 'gateway'] }, async ({ db }) => {
  await seed.noSecondFactor(db)
  const officer = await seed.coordinator(db, { unit: '2222' })
  const { id } = await seed.enterprise(db, { name: '荣泰', home: '2222' })
  await seed.user(db, { login: 'lin', role: 'coordinator', unit: '2222', coordinator: officer })
  await seed.user(db, { login: 'wall', role: 'supervisor', unit: '0000' })
  await seed.user(db, { login: 'away', role: 'supervisor', unit: '5301' })
  await seed.user(db, { login: 'rongtai', role: 'enterprise', enterprise: id })
  await seed.user(db, { login: 'safe', role: 'security', unit: '2200' })
  await seed.user(db, { login: 'equal', role: 'security', unit: '2200' })
  await seed.user(db, { login: 'auditor', role: 'auditor', unit: '2200' })
  await seed.user(db, { login: 'screen', role: 'kiosk', unit: '2222' })
  await seed.user(db, { login: 'mover', role: 'supervisor', unit: '2222' })
  await seed.user(db, { login: 'leaver', role: 'supervisor', unit: '2222' })
})

const signIn = (login: string, password = seed.PASSWORD): Promise<Api> => river().visitor().signIn(login, password)
const userId = (login: string): Promise<number> => river().db.value<number>('select id from ql.users where login = $1', login)
const alive = async (api: Api): Promise<boolean> => (await api.get('/api/v1/session')).status === 200
const sessionOf = async (api: Api): Promise<any> => (await api.get('/api/v1/sessions')).body.items.find((one: any) => one.current)

function problem(answer: Answer, status: number, code: string, field?: string): void {
  expect([answer.status, answer.body.code, answer.body.field]).toEqual([status, code, field])
}

test('one sees one’s sessions, where they are from, and ends one of them; its stream ends with it', async () => {
  const [one, two] = [await signIn('lin'), await signIn('lin')]
  const { items, next } = (await one.get('/api/v1/sessions')).body
  expect(next).toBeNull()
  expect(items.length).toBe(2)
  expect(items.find((item: any) => item.current)).toMatchObject({ address: '127.0.0.1', device: expect.stringMatching(/node|undici/), user: { login: 'lin' } })
  expect(JSON.stringify(items)).not.toContain('token')
  const live = await two.live()
  await live.until('the welcome', ({ type }) => type === 'welcome')
  expect((await one.delete(`/api/v1/sessions/${items.find((item: any) => !item.current).id}`)).status).toBe(204)
  await waitUntil(() => live.closed, { what: 'the end of the stream' })
  expect([await alive(one), await alive(two)]).toEqual([true, false])
  problem(await one.delete(`/api/v1/sessions/${items.find((item: any) => !item.current).id}`), 404, 'not_found')
})

test('signs out everywhere', async () => {
  const all = [await signIn('lin'), await signIn('lin'), await signIn('lin')]
  expect((await all[0]!.delete('/api/v1/sessions')).status).toBe(204)
  expect(await Promise.all(all.map(alive))).toEqual([false, false, false])
})

test('others’ sessions are the security administrator’s, of the own unit and below; nobody else sees or ends them', async () => {
  const [lin, wall, away, safe] = [await signIn('lin'), await signIn('wall'), await signIn('away'), await signIn('safe')]
  const theirs = await sessionOf(lin)
  const far = await sessionOf(away)
  for (const other of [wall, await signIn('rongtai'), await signIn('auditor')]) {
    problem(await other.delete(`/api/v1/sessions/${theirs.id}`), 404, 'not_found')
    expect((await other.get('/api/v1/sessions?user=all')).body.items.every((item: any) => item.user.id === theirs.user.id)).toBe(false)
    expect((await other.get(`/api/v1/sessions?user=${theirs.user.id}`)).body.items).toEqual([])
  }
  const logins = (await safe.get('/api/v1/sessions?user=all&limit=200')).body.items.map((item: any) => item.user.login)
  expect(logins).toEqual(expect.arrayContaining(['lin', 'rongtai', 'safe']))
  for (const above of ['wall', 'away']) expect(logins).not.toContain(above)
  problem(await safe.delete(`/api/v1/sessions/${far.id}`), 404, 'not_found')
  expect((await safe.delete(`/api/v1/sessions/${theirs.id}`)).status).toBe(204)
  expect([await alive(lin), await alive(away)]).toEqual([false, true])
})

test('a session that nobody uses is over, by role; a page that merely stands open does not use it', async () => {
  const { db } = river()
  const [rongtai, wall] = [await signIn('rongtai'), await signIn('wall')]
  const live = await rongtai.live()
  await live.until('the welcome', ({ type }) => type === 'welcome')
  const unused = async (minutes: number) =>
    db.rows(`update ql.sessions s set used_at = now() - make_interval(mins => $1) from ql.users u where u.id = s.user_id and u.login in ('rongtai', 'wall')`, minutes)
  await unused(119)
  expect([await alive(rongtai), await alive(wall)]).toEqual([true, true])
  expect(await db.value(`select max(s.used_at) > now() - interval '1 minute' from ql.sessions s join ql.users u on u.id = s.user_id where u.login = 'rongtai'`)).toBe(true)
  await unused(121)
  expect([await alive(rongtai), await alive(wall)]).toEqual([false, true])
  live.close()
})

test('a display stays signed in on one screen, and only where it was opened', async () => {
  const { db } = river()
  const before = await signIn('screen')
  const now = await signIn('screen')
  expect([await alive(before), await alive(now)]).toEqual([false, true])
  await db.rows(`update ql.sessions s set used_at = now() - interval '300 days' from ql.users u where u.id = s.user_id and u.login = 'screen'`)
  expect(await alive(now)).toBe(true)
  expect(await db.value(`select s.expires_at > now() + interval '9 years' from ql.sessions s join ql.users u on u.id = s.user_id where u.login = 'screen'`)).toBe(true)
  await db.rows(`update ql.sessions s set address = '203.0.113.9' from ql.users u where u.id = s.user_id and u.login = 'screen'`)
  problem(await now.get('/api/v1/counters'), 401, 'unauthenticated')
})

test.describe('another password', () => {
  const change = (api: Api, old: string, password: string) => api.post('/api/v1/session/password', { old, password })

  test('wants the old one, and one that is long and new', async () => {
    const mover = await signIn('mover')
    problem(await change(mover, 'wrong', 'a new long password'), 422, 'invalid', '/old')
    for (const bad of ['short', 'aaaaaaaaaaaaaaaa', 'my login is Mover', seed.PASSWORD]) problem(await change(mover, seed.PASSWORD, bad), 422, 'invalid', '/password')
    expect(await alive(await signIn('mover'))).toBe(true)
  })

  test('ends the other sessions, and is the only one that opens a new one', async () => {
    const [mover, other] = [await signIn('mover'), await signIn('mover')]
    expect((await change(mover, seed.PASSWORD, 'a new long password')).status).toBe(204)
    expect([await alive(mover), await alive(other)]).toEqual([true, false])
    problem(await river().visitor().post('/api/v1/session', { login: 'mover', password: seed.PASSWORD }), 401, 'bad_credentials')
    await signIn('mover', 'a new long password')
  })

  test('guessing the old one has to wait', async () => {
    const mover = await signIn('mover', 'a new long password')
    for (let i = 0; i < 5; i++) problem(await change(mover, `guess ${i}`, 'another long password'), 422, 'invalid', '/old')
    problem(await change(mover, 'a new long password', 'another long password'), 429, 'throttled')
  })
})

test.describe('accounts', () => {
  test('the security administrator sees those of the unit and below, page by page', async () => {
    const safe = await signIn('safe')
    const paged: string[] = []
    for (let after: number | null = 0; after !== null;) {
      const { items, next }: any = (await safe.get(`/api/v1/accounts?limit=2&after=${after}`)).body
      paged.push(...items.map((item: any) => item.login))
      after = next
    }
    expect(paged).toEqual(['lin', 'rongtai', 'safe', 'equal', 'auditor', 'screen', 'mover', 'leaver'])
    for (const login of ['lin', 'wall', 'auditor', 'rongtai']) problem(await (await signIn(login)).get('/api/v1/accounts'), 403, 'forbidden')
  })

  test('disables one at once, with its stream, and enables it again; but no equal, nor oneself, nor who is elsewhere', async () => {
    const [safe, leaver] = [await signIn('safe'), await signIn('leaver')]
    const live = await leaver.live()
    await live.until('the welcome', ({ type }) => type === 'welcome')
    expect((await safe.post(`/api/v1/accounts/${await userId('leaver')}/disable`, {})).status).toBe(204)
    await waitUntil(() => live.closed, { what: 'the end of the stream' })
    problem(await leaver.get('/api/v1/session'), 401, 'unauthenticated')
    problem(await river().visitor().post('/api/v1/session', { login: 'leaver', password: seed.PASSWORD }), 401, 'bad_credentials')
    expect((await safe.post(`/api/v1/accounts/${await userId('leaver')}/enable`, {})).status).toBe(204)
    await signIn('leaver')
    for (const login of ['equal', 'safe', 'wall', 'away']) problem(await safe.post(`/api/v1/accounts/${await userId(login)}/disable`, {}), 404, 'not_found')
    problem(await safe.post(`/api/v1/accounts/${await userId('leaver')}/promote`, {}), 404, 'not_found')
  })

  test('gives duties, dated, for a unit in charge', async () => {
    const safe = await signIn('safe')
    const give = async (login: string, body: object) => safe.post(`/api/v1/accounts/${await userId(login)}/duty`, body)
    const duty = { duty: 'second_reader', unit: '2222', valid_from: '2020-01-01' }
    expect((await give('leaver', duty)).status).toBe(204)
    expect((await (await signIn('leaver')).get('/api/v1/session')).body.user.duties).toEqual(['second_reader'])
    expect((await give('leaver', { ...duty, valid_to: '2020-12-31' })).status).toBe(204) // the same duty ends
    expect((await (await signIn('leaver')).get('/api/v1/session')).body.user.duties).toEqual([])
    problem(await give('leaver', { ...duty, unit: '5301' }), 404, 'not_found')
    problem(await give('away', duty), 404, 'not_found')
    problem(await give('auditor', duty), 422, 'invalid', '/duty')
    problem(await give('leaver', { ...duty, duty: 'king' }), 422, 'invalid', '/duty')
    problem(await give('leaver', { ...duty, valid_from: '2020-02-31' }), 422, 'invalid', '/valid_from')
    problem(await give('leaver', { ...duty, valid_to: '2019-01-01' }), 422, 'invalid', '/valid_to')
  })
})

test.describe('the record', () => {
  test('tells the auditor and the security administrator what was done, by whom, to whom, the newest first', async () => {
    const [safe, auditor] = [await signIn('safe'), await signIn('auditor')]
    const target = await userId('leaver')
    await safe.post(`/api/v1/accounts/${target}/disable`, {})
    await river().visitor().post('/api/v1/session', { login: 'rongtai', password: 'wrong' })
    const { items } = (await auditor.get('/api/v1/audit?limit=20')).body
    expect(items[0]).toMatchObject({ event: 'sign_in_refused', about: { name: 'rongtai' }, by: null, address: '127.0.0.1', data: { why: 'password' } })
    expect(items[1]).toMatchObject({ event: 'account_disabled', by: { name: 'safe' }, about: { id: target } })
    const about = (await safe.get(`/api/v1/audit?user=${target}&limit=200`)).body.items
    expect(about.map((one: any) => one.event)).toEqual(expect.arrayContaining(['signed_in', 'account_enabled', 'duty_given']))
    expect((await auditor.get(`/api/v1/audit?limit=1&after=${items[0].id}`)).body).toMatchObject({ items: [{ id: items[1].id }], next: items[1].id })
    for (const login of ['lin', 'wall', 'rongtai']) problem(await (await signIn(login)).get('/api/v1/audit'), 403, 'forbidden')
    expect((await auditor.get('/api/v1/audit?limit=200')).body.items.filter((one: any) => one.about?.name === 'away')).toEqual([])
  })

  test('is changed by nobody, and what is younger than 180 days is deleted by nobody, its owner included', async () => {
    const { db } = river()
    await db.run(`insert into ql.audit (event) values ('now')`)
    for (const sql of [`update ql.audit set event = 'x'`, 'delete from ql.audit', 'truncate ql.audit']) await expect(db.run(sql), sql).rejects.toMatchObject({ code: '42501' })
    await db.run(`insert into ql.audit (at, event) values (now() - interval '179 days', 'young'), (now() - interval '181 days', 'old')`)
    await expect(db.run(`delete from ql.audit where event = 'young'`)).rejects.toMatchObject({ code: '42501' })
    await db.run(`delete from ql.audit where event = 'old'`)
  })
})

for (const [path, field] of [['sessions?limit=0', '/limit'], ['sessions?after=-1', '/after'], ['sessions?user=x', '/user']] as const) {
  test(`${path} is refused by name`, async () => {
    problem(await (await signIn('wall')).get(`/api/v1/${path}`), 422, 'invalid', field)
  })
}
