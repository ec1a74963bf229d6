/** What programs need of the API beyond what a page needs: conditions, sparse fields, methods and types. */
import { Api, type Answer } from '../lib/api.ts'
import { load } from '../lib/openapi.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { giveTo, openCase } from './cases.ts'

const ids = { lin: 0, rongtai: 0 }

const river = useStack({ services: ['gateway'], env: { gateway: { QL_GATEWAY_CANARY: '0' } } }, async ({ db }) => {
  ids.lin = await seed.coordinator(db, { name: '林晓', unit: '2222', capacity: 200 })
  ids.rongtai = (await seed.enterprise(db, { name: '荣泰', home: '2222' })).id
  await seed.user(db, { login: 'lin', role: 'coordinator', unit: '2222', coordinator: ids.lin })
  await seed.user(db, { login: 'wall', role: 'supervisor', unit: '0000' })
  await seed.user(db, { login: 'rongtai', role: 'enterprise', enterprise: ids.rongtai })
})

const people = new Map<string, Api>()
async function as(login: string): Promise<Api> {
  const known = people.get(login) ?? (await river().visitor().signIn(login, seed.PASSWORD))
  people.set(login, known)
  return known
}

function problem(answer: Answer, status: number, code: string): any {
  expect([answer.status, answer.body.code]).toEqual([status, code])
  return answer.body
}

/** A case of 荣泰 that 林晓 has to accept. */
async function given(): Promise<number> {
  const { db } = river()
  const id = await openCase(db, { principal: ids.rongtai })
  await db.rows(`insert into ql.case_access select -principal_id, id, open, sort_at from ql.cases where id = $1`, id)
  await giveTo(db, id, id, ids.lin)
  return id
}

/** One that 林晓 works on, with words of 荣泰 as its third entry. */
async function talkedAbout(): Promise<number> {
  const id = await given()
  await (await as('lin')).command(id, 'accept', 1)
  expect((await (await as('rongtai')).command(id, 'reply', 2, { text: '还有一件事' })).status).toBe(200)
  return id
}

test.describe('entity tags', () => {
  test('a case has its version in front, another one for each reader, and is sent again only when it changed', async () => {
    const id = await given()
    const [lin, rongtai] = [await as('lin'), await as('rongtai')]
    const first = await lin.get(`/api/v1/cases/${id}`)
    const tag = first.headers.get('etag') ?? ''
    expect(tag).toMatch(/^"1-[0-9a-f]{16}"$/)
    const same = await lin.get(`/api/v1/cases/${id}`, { 'if-none-match': `"x", W/${tag}` })
    expect([same.status, same.body, same.headers.get('etag')]).toEqual([304, '', tag])
    expect((await rongtai.get(`/api/v1/cases/${id}`, { 'if-none-match': tag })).status).toBe(200)
    expect((await lin.command(id, 'accept', 1)).headers.get('etag')).toBe('"2"')
    const changed = await lin.get(`/api/v1/cases/${id}`, { 'if-none-match': tag })
    expect([changed.status, changed.headers.get('etag')?.startsWith('"2-')]).toEqual([200, true])
  })

  test('so have lists, counters, the roster and journals', async () => {
    const id = await given()
    const lin = await as('lin')
    for (const path of ['/api/v1/cases?limit=3', '/api/v1/roster', '/api/v1/reference', `/api/v1/cases/${id}/journal`, '/api/v1/openapi.json']) {
      const tag = (await lin.get(path)).headers.get('etag') ?? ''
      expect([path, (await lin.get(path, { 'if-none-match': tag })).status]).toEqual([path, 304])
      expect([path, (await lin.get(path, { 'if-none-match': '"0"' })).status]).toEqual([path, 200])
    }
  })

  test('If-Match is as good as a version; behind it stands what one saw besides', async () => {
    const lin = await as('lin')
    for (const match of ['"1"', '"1-0123456789abcdef"', '"7", "1"']) {
      const id = await given()
      expect([match, (await lin.post(`/api/v1/cases/${id}/accept`, {}, { 'if-match': match })).status]).toEqual([match, 200])
    }
  })

  test('of which a stale one is a 412 with what happened since, where a stale version is a 409', async () => {
    const id = await given()
    const lin = await as('lin')
    await lin.command(id, 'accept', 1)
    const words = { audience: 'public', text: '正在办理' }
    const refused = problem(await lin.post(`/api/v1/cases/${id}/reply`, words, { 'if-match': '"1"' }), 412, 'precondition_failed')
    expect(refused).toMatchObject({ current: { id, version: 2 }, changed: [{ version: 2, event: 'accepted' }] })
    problem(await lin.post(`/api/v1/cases/${id}/reply`, { ...words, version: 1 }), 409, 'stale_version')
    problem(await lin.post(`/api/v1/cases/${id}/reply`, { ...words, version: 2 }, { 'if-match': '"1"' }), 412, 'precondition_failed')
    problem(await lin.post(`/api/v1/cases/${id}/reply`, { ...words, version: 1 }, { 'if-match': '"2"' }), 409, 'stale_version')
    expect((await lin.post(`/api/v1/cases/${id}/reply`, { ...words, version: 2 }, { 'if-match': '"2"' })).status).toBe(200)
  })

  for (const match of ['*', 'W/"1"', '""', '"x"', '1', '"-1"', '"1e3"', '"9999999999"']) {
    test(`If-Match: ${match} names no version`, async () => {
      const id = await given()
      expect(problem(await (await as('lin')).post(`/api/v1/cases/${id}/accept`, {}, { 'if-match': match }), 422, 'invalid').field).toBe('/version')
    })
  }

  test('a list of tags without an end is refused, not cut', async () => {
    problem(await (await as('lin')).post('/api/v1/cases/1/accept', { version: 1 }, { 'if-match': '"1", '.repeat(40) }), 400, 'bad_request')
  })
})

test.describe('sparse fields', () => {
  test('a list holds the members that are asked for, also when it was searched', async () => {
    const id = await given()
    const lin = await as('lin')
    const whole = (await lin.get('/api/v1/cases?limit=200')).body
    const some = (await lin.get('/api/v1/cases?limit=200&fields=number,id,coordinator')).body
    expect(some).toEqual({ items: whole.items.map(({ number, id: no, coordinator }: any) => ({ number, id: no, coordinator })), next: whole.next })
    const found = (await lin.get(`/api/v1/cases?q=T-${id}&fields=state`)).body.items
    expect(found.every((row: any) => Object.keys(row).join() === 'state')).toBe(true)
  })

  test('all members that are described can be asked for, and no other', async () => {
    const lin = await as('lin')
    for (const name of Object.keys(load().components.schemas['Case']?.['properties'])) {
      expect([name, (await lin.get(`/api/v1/cases?fields=${name}`)).status]).toEqual([name, 200])
    }
    for (const wrong of ['secret', 'id,,state', ',', 'ID', 'x'.repeat(40)]) {
      expect(problem(await lin.get(`/api/v1/cases?fields=${wrong}`), 422, 'invalid').field).toBe('/fields')
    }
  })

  test('pages go on when rows fall in between, and when the row they ended with is gone', async () => {
    const lin = await as('lin')
    for (let i = 0; i < 4; i++) await given()
    const all = (await lin.get('/api/v1/cases?limit=200&fields=id')).body.items.map((row: any) => row.id)
    const first = (await lin.get('/api/v1/cases?limit=2&fields=id')).body
    const gone = first.items[1].id
    await lin.command(gone, 'answer_and_close', 1, { department: '2222', text: '已放行' })
    const rest = (await lin.get(`/api/v1/cases?limit=200&fields=id&after=${first.next}`)).body
    expect([...first.items, ...rest.items].map((row: any) => row.id)).toEqual(all)
  })
})

test.describe('methods and types', () => {
  test('what a path can be asked is said by OPTIONS and with every 405', async () => {
    const visitor = river().visitor()
    for (const [path, allow] of [
      ['/api/v1/cases', 'GET, HEAD, OPTIONS'], ['/api/v1/cases/1', 'GET, HEAD, OPTIONS'], ['/api/v1/cases/1/accept', 'POST, OPTIONS'],
      ['/api/v1/session', 'POST, GET, HEAD, DELETE, OPTIONS']
    ] as const) {
      const options = await fetch(river().url + path, { method: 'OPTIONS' })
      expect([path, options.status, options.headers.get('allow')]).toEqual([path, 204, allow])
      const refused = await visitor.request('PATCH', path, {})
      problem(refused, 405, 'method')
      expect(refused.headers.get('allow')).toBe(allow)
    }
    problem(await visitor.request('OPTIONS', '/api/v1/nothing'), 404, 'not_found')
    const page = await fetch(river().url + '/', { method: 'PUT', body: 'x' })
    expect([page.status, page.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  test('HEAD says of an answer what GET says', async () => {
    const lin = await as('lin')
    for (const path of ['/api/v1/cases?limit=1', '/api/v1/roster', '/api/v1/cases/0']) {
      const [get, head] = [await lin.get(path), await lin.request('HEAD', path)]
      expect([head.status, head.body, head.headers.get('etag'), head.headers.get('content-type')]).toEqual(
        [get.status, '', get.headers.get('etag'), get.headers.get('content-type')])
    }
  })

  test('a body is JSON, or says nothing of itself', async () => {
    const id = await given()
    const lin = await as('lin')
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json-patch+json', 'application/jsonx']) {
      problem(await lin.post(`/api/v1/cases/${id}/accept`, { version: 1 }, { 'content-type': type }), 415, 'media_type')
    }
    expect((await lin.post(`/api/v1/cases/${id}/accept`, { version: 1 }, { 'content-type': 'Application/JSON; charset=utf-8' })).status).toBe(200)
  })

  test('and is answered with JSON, if that is taken', async () => {
    const lin = await as('lin')
    for (const [accept, status] of [
      ['application/json', 200], ['application/*', 200], ['*/*', 200], ['text/html, */*;q=0.1', 200], ['text/html;q=1, application/json;q=0.5', 200],
      ['text/html', 406], ['application/json;q=0', 406], ['application/json;q=0, */*', 406], ['image/*', 406], ['application/jsonx', 406]
    ] as const) {
      expect([accept, (await lin.get('/api/v1/river', { accept })).status]).toEqual([accept, status])
    }
  })
})

test.describe('a request sent again', () => {
  let serial = 0
  const key = () => ({ 'idempotency-key': `key-${++serial}` })
  const versions = (id: number) => river().db.count('select version from ql.cases where id = $1', id)

  test('is answered the same and done once', async () => {
    const id = await given()
    const lin = await as('lin')
    const again = key()
    const first = await lin.post(`/api/v1/cases/${id}/accept`, { version: 1 }, again)
    const second = await lin.post(`/api/v1/cases/${id}/accept`, { version: 1 }, again)
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([200, null])
    expect([second.status, second.headers.get('idempotency-replayed'), second.headers.get('etag')]).toEqual([200, 'true', first.headers.get('etag')])
    expect(second.body).toEqual(first.body)
    expect(await versions(id)).toBe(2)
  })

  test('also by several at once', async () => {
    const id = await given()
    const lin = await as('lin')
    const again = key()
    const answers = await Promise.all(Array.from({ length: 8 }, () => lin.post(`/api/v1/cases/${id}/accept`, { version: 1 }, again)))
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null).length).toBe(1)
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body)
    expect(await versions(id)).toBe(2)
  })

  test('opens one case only, where a case is opened, and tells of it again', async () => {
    const { db } = river()
    const id = await talkedAbout()
    const lin = await as('lin')
    const again = key()
    const body = { version: 3, subject: '另一件事', entries: [3] }
    const answers = [...await Promise.all([1, 2, 3].map(() => lin.post(`/api/v1/cases/${id}/split`, body, again))), await lin.post(`/api/v1/cases/${id}/split`, body, again)]
    for (const answer of answers) expect([answer.status, answer.body]).toEqual([200, answers[0]?.body])
    expect(answers[0]?.body.opened).toMatchObject({ subject: '另一件事', state: 'received' })
    expect(await db.count(`select count(*)::int from ql.case_links where kind = 'split' and case_id = $1`, id)).toBe(1)
    expect(await db.count(`select count(*)::int from ql.cases where subject = '另一件事'`)).toBe(1)
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null).length).toBe(1)
  })

  test('a case closed long ago is taken up by one new case', async () => {
    const { db } = river()
    const id = await given()
    const [lin, rongtai] = [await as('lin'), await as('rongtai')]
    await lin.command(id, 'accept', 1)
    await lin.command(id, 'answer_and_close', 2, { department: '2222', text: '已放行' })
    await db.rows(`update ql.messages set held_until = now() - interval '1 minute' where case_id = $1`, id)
    await db.rows(`update ql.cases set closed_at = closed_at - interval '400 days', held_until = null, held_state = null where id = $1`, id)
    const version = (await rongtai.get(`/api/v1/cases/${id}`)).body.case.version
    const again = key()
    const [first, second] = [await rongtai.post(`/api/v1/cases/${id}/reopen`, { version, reason: '又来了' }, again), await rongtai.post(`/api/v1/cases/${id}/reopen`, { version, reason: '又来了' }, again)]
    expect([first.status, second.status, second.headers.get('idempotency-replayed')]).toEqual([200, 200, 'true'])
    expect(second.body).toEqual(first.body)
    expect(first.body.opened.id).not.toBe(id)
    expect((await rongtai.get(`/api/v1/cases/${first.body.opened.id}`)).status).toBe(200)
  })

  test('but a secret is kept for nobody', async () => {
    const rongtai = await as('rongtai')
    const again = key()
    const answer = await rongtai.post('/api/v1/webhooks', { url: 'https://hooks.example.com/' }, again)
    const rotated = await rongtai.post(`/api/v1/webhooks/${answer.body.id}/rotate`, undefined, again)
    expect([answer.status, rotated.status, rotated.body.secret === answer.body.secret]).toEqual([201, 200, false])
    expect(await river().db.count('select count(*)::int from ql.kept_answers where key = $1', again['idempotency-key'])).toBe(0)
  })

  test('but its key is for no other request, in whatever it differs', async () => {
    const [id, other] = [await given(), await given()]
    const lin = await as('lin')
    const again = key()
    await lin.post(`/api/v1/cases/${id}/accept`, { version: 1 }, again)
    problem(await lin.post(`/api/v1/cases/${id}/accept`, { version: 2 }, again), 422, 'key_reused')
    problem(await lin.post(`/api/v1/cases/${other}/accept`, { version: 1 }, again), 422, 'key_reused')
    problem(await lin.post(`/api/v1/cases/${id}/accept`, { version: 1 }, { ...again, 'if-match': '"1"' }), 422, 'key_reused')
    problem(await lin.post(`/api/v1/cases/${id}/accept?x=1`, { version: 1 }, again), 422, 'key_reused')
    expect(await versions(other)).toBe(1)
  })

  test('a key is its owner\'s', async () => {
    const id = await given()
    const again = key()
    const words = { version: 1, text: '补充' }
    expect((await (await as('rongtai')).post(`/api/v1/cases/${id}/reply`, words, again)).status).toBe(200)
    problem(await (await as('lin')).post(`/api/v1/cases/${id}/reply`, words, again), 409, 'stale_version')
  })

  test('what was refused is asked anew: nothing had been done', async () => {
    const id = await given()
    const lin = await as('lin')
    const again = key()
    const words = { version: 1, audience: 'nobody', text: '你好' }
    for (let i = 0; i < 2; i++) problem(await lin.post(`/api/v1/cases/${id}/reply`, words, again), 422, 'invalid')
    expect((await lin.post(`/api/v1/cases/${id}/reply`, { ...words, audience: 'parties' }, again)).status).toBe(200)
  })

  test('other changes have it too; reading needs none', async () => {
    const lin = await as('lin')
    const again = key()
    const rows = () => river().db.count(`select count(*)::int from ql.roster_journal where coordinator_id = $1`, ids.lin)
    const before = await rows()
    for (let i = 0; i < 3; i++) expect((await lin.post(`/api/v1/roster/${ids.lin}/availability`, { available: true }, again)).status).toBe(200)
    expect(await rows()).toBe(before + 1)
    expect((await lin.get('/api/v1/river', again)).status).toBe(200)
  })

  test('answers are kept for a day, and cleared away a few at a time', async () => {
    const { db } = river()
    const [id, other] = [await given(), await given()]
    const lin = await as('lin')
    const again = key()
    await lin.post(`/api/v1/cases/${id}/accept`, { version: 1 }, again)
    await db.rows(`insert into ql.kept_answers (user_id, key, request, at, status) select id, 'old' || n, sha256('x'), now() - interval '2 days', 200
                     from ql.users, generate_series(1, 25) n where login = 'lin'`)
    await db.rows(`update ql.kept_answers set at = now() - interval '25 hours' where key = $1`, again['idempotency-key'])
    const old = () => db.count(`select count(*)::int from ql.kept_answers where key like 'old%'`)
    // Forgotten, though nobody has cleared it away yet: so it is a new request, and a stale one.
    problem(await lin.post(`/api/v1/cases/${id}/accept`, { version: 1 }, again), 409, 'stale_version')
    expect((await lin.post(`/api/v1/cases/${other}/accept`, { version: 1 }, again)).status).toBe(200)
    expect(await old()).toBe(15)
    await lin.post(`/api/v1/roster/${ids.lin}/availability`, { available: true }, key())
    expect(await old()).toBe(5)
  })

  for (const wrong of ['a b', 'x'.repeat(71), '""', 'schl\u00fcssel']) {
    test(`${JSON.stringify(wrong.slice(0, 9))} is no key`, async () => {
      problem(await (await as('lin')).post('/api/v1/cases/1/accept', { version: 1 }, { 'idempotency-key': wrong }), 400, 'bad_request')
    })
  }
})

test.describe('bulk', () => {
  test('each item is done or refused for itself, in order', async () => {
    const [a, b, taken, foreign] = [await given(), await given(), await given(), await openCase(river().db, { unit: '2248' })]
    const lin = await as('lin')
    await lin.command(taken, 'accept', 1)
    const answer = await lin.post('/api/v1/cases/bulk', { action: 'accept', items: [
      { case: a, version: 1 }, { case: taken, version: 1 }, { case: foreign, version: 1 }, { case: String(b), version: 1 }, { case: a, version: 2 }, { case: b }
    ] })
    expect(answer.status).toBe(207)
    expect(answer.body.items.map((item: any) => [item.item, item.status, item.problem?.code ?? item.result.case.state])).toEqual([
      [0, 200, 'working'], [1, 409, 'stale_version'], [2, 404, 'not_found'], [3, 200, 'working'], [4, 409, 'not_allowed'], [5, 422, 'invalid']])
    expect(answer.body).toMatchObject({ done: 2, failed: 4 })
  })

  test('takes what the command takes', async () => {
    const [a, b] = [await given(), await given()]
    const answer = await (await as('lin')).post('/api/v1/cases/bulk', { action: 'answer_and_close', items: [
      { case: a, version: 1, department: '2222', text: '已放行' }, { case: b, version: 1, department: 'x', text: '已放行' }] })
    expect(answer.body.items).toMatchObject([{ result: { case: { state: 'closed' } } }, { problem: { field: '/department' } }])
  })

  test('a second case is named by each item', async () => {
    const [a, b, into, moved] = [await talkedAbout(), await talkedAbout(), await talkedAbout(), await talkedAbout()]
    const lin = await as('lin')
    const version = async (id: number) => (await lin.get(`/api/v1/cases/${id}`)).body.case.version
    const merge = { action: 'merge', items: [{ case: a, version: 3, into }, { case: b, version: 3, into: b }, { case: b, version: 3 }, { case: b, version: 3, into: String(into) }] }
    const again = { 'idempotency-key': 'bulk-merge' }
    const merged = await lin.post('/api/v1/cases/bulk', merge, again)
    expect(merged.body.items.map((item: any) => item.problem?.field ?? item.status)).toEqual([200, '/into', '/into', 200])
    expect((await lin.post('/api/v1/cases/bulk', merge, again)).body.items.map((item: any) => item.replayed)).toEqual([true, false, false, true])
    const apart = await lin.post('/api/v1/cases/bulk', { action: 'unmerge', items: [{ case: into, merged: a, version: await version(into), reason: '是两件事' }] })
    expect(apart.body.items).toMatchObject([{ status: 200, result: { case: { id: into } } }])
    expect(await river().db.count(`select count(*)::int from ql.cases where merged_into = $1`, into)).toBe(1)
    const move = await lin.post('/api/v1/cases/bulk', { action: 'move', items: [{ case: moved, version: 3, to: into, entries: [3] }] })
    expect(move.body).toMatchObject({ done: 1, failed: 0 })
    const { entry } = (await lin.get(`/api/v1/cases/${moved}`)).body.timeline.find((item: any) => item.version === 3)
    expect(entry.moved_to).toBe(await river().db.value('select number from ql.cases where id = $1', into))
  })

  test('sent again, what is done is not done again, and what was left is done', async () => {
    const [a, b] = [await given(), await given()]
    const lin = await as('lin')
    const body = { action: 'accept', items: [{ case: a, version: 1 }, { case: b, version: 2 }] }
    const again = { 'idempotency-key': 'bulk-1' }
    expect((await lin.post('/api/v1/cases/bulk', body, again)).body).toMatchObject({ done: 1, failed: 1 })
    await lin.command(b, 'reply', 1, { audience: 'parties', text: '查' })
    const second = await lin.post('/api/v1/cases/bulk', body, again)
    expect(second.body.items.map((item: any) => [item.status, item.replayed])).toEqual([[200, true], [200, false]])
  })

  test('a hundred at once', async () => {
    const cases = []
    for (let i = 0; i < 100; i++) cases.push(await given())
    const answer = await (await as('lin')).post('/api/v1/cases/bulk', { action: 'accept', items: cases.map((id) => ({ case: id, version: 1 })) })
    expect(answer.body).toMatchObject({ done: 100, failed: 0 })
  })

  for (const [what, body, field] of [
    ['no action', { items: [{ case: 1 }] }, '/action'], ['an unknown action', { action: 'forget', items: [{ case: 1 }] }, '/action'], ['no items', { action: 'accept' }, '/items'],
    ['an empty list', { action: 'accept', items: [] }, '/items'], ['a hundred and one', { action: 'accept', items: Array(101).fill({ case: 1 }) }, '/items'],
    ['an item without a case', { action: 'accept', items: [{ case: 1 }, {}] }, '/items/1/case'], ['an item that is none', { action: 'accept', items: ['x'] }, '/items/0/case'],
    ['a way out of the path', { action: 'accept', items: [{ case: '1/accept?x=' }] }, '/items/0/case']
  ] as const) {
    test(`${what}: nothing is done, and it is named`, async () => {
      expect(problem(await (await as('lin')).post('/api/v1/cases/bulk', body), 422, 'invalid').field).toBe(field)
    })
  }
})
