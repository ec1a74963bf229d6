/** Files on a case: what is taken and what is not, who may have it, how it comes out again. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { deflateSync, crc32 } from 'node:zlib'
import { Api, type Answer } from '../lib/api.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'
import { events, openCase } from './cases.ts'

const ids = { rongtai: 0, jinqiao: 0 }

const river = useStack({ services: ['gateway'], env: { gateway: { QL_GATEWAY_CANARY: '0', QL_GATEWAY_UPLOAD_QUOTA_MB: '60' } } }, async ({ db }) => {
  for (const login of ['rongtai', 'jinqiao'] as const) {
    ids[login] = (await seed.enterprise(db, { name: login })).id
    await seed.user(db, { login, role: 'enterprise', enterprise: ids[login] })
  }
  for (const [login, unit] of [['lin', '2222'], ['zhou', '2248']] as const) await seed.user(db, { login, role: 'coordinator', unit, coordinator: await seed.coordinator(db, { unit }) })
  for (const [login, unit] of [['wall', '0000'], ['much', '2222'], ['port', '2248']] as const) await seed.user(db, { login, role: 'supervisor', unit })
})

const people = new Map<string, Api>()
async function as(login: string): Promise<Api> {
  const known = people.get(login) ?? (await river().visitor().signIn(login, seed.PASSWORD))
  people.set(login, known)
  return known
}

/** A case of 荣泰 led by 2222. */
async function given(): Promise<number> {
  const { db } = river()
  const id = await openCase(db, { principal: ids.rongtai })
  await db.rows(`insert into ql.case_access select -principal_id, id, open, sort_at from ql.cases where id = $1`, id)
  return id
}

let serial = 0
const pdf = (more = ''): Buffer => Buffer.from(`%PDF-1.7\n${++serial} 0 obj <<${more}>> endobj\nstartxref\n9\n%%EOF\n`)
const chunk = (type: string, data: Buffer): Buffer => {
  const [body, size, check] = [Buffer.concat([Buffer.from(type), data]), Buffer.alloc(4), Buffer.alloc(4)]
  size.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([size, body, check])
}
const png = (): Buffer => Buffer.concat([
  Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])), chunk('IDAT', deflateSync(Buffer.from([0, 0]))), chunk('IEND', Buffer.alloc(0))])
const jpeg = (more = 64): Buffer => Buffer.concat([
  Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), Buffer.from('ffc0000b080001000101011100', 'hex'), Buffer.from('ffda0008010100003f00', 'hex'), Buffer.alloc(more, ++serial), Buffer.from('ffd9', 'hex')])

function attach(who: Api, id: number | string, data: Buffer, query = 'name=a.pdf', headers: Record<string, string> = {}): Promise<Answer> {
  return who.post(`/api/v1/cases/${id}/attachments?${query}`, data.toString('latin1'), { 'content-type': 'application/octet-stream', ...headers })
}

/** fetch() writes strings as UTF-8, so bytes go past the helper. */
async function send(who: Api, id: number, data: Buffer, query = 'name=a.pdf', headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${who.url}/api/v1/cases/${id}/attachments?${query}`, { method: 'POST', headers: { cookie: who.cookie, 'x-csrf-token': who.csrf, ...headers }, body: new Uint8Array(data) })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

const fetchFile = (who: Api, id: number, version: number, headers: Record<string, string> = {}) =>
  fetch(`${who.url}/api/v1/cases/${id}/attachments/${version}`, { headers: { cookie: who.cookie, ...headers } })

function problem(answer: Answer, status: number, code: string): any {
  expect([answer.status, answer.body.code]).toEqual([status, code])
  return answer.body
}

const folder = () => join(river().dir, 'files')
const stored = () => readdirSync(folder(), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())

test('what was sent comes out again, byte by byte, with its name, in a sandbox', async () => {
  const lin = await as('lin')
  for (const [data, name, type] of [[pdf(), '报关单 1.pdf', 'application/pdf'], [png(), 'a.png', 'image/png'], [jpeg(), "o'k.jpg", 'image/jpeg']] as const) {
    const id = await given()
    const sha256 = createHash('sha256').update(data).digest('hex')
    const added = await send(lin, id, data, `name=${encodeURIComponent(name)}`)
    expect([added.status, added.body.items]).toEqual([201, [{ id: 2, name, media_type: type, size: data.length, sha256, audience: 'parties', author: 'coordinator', at: expect.any(String) }]])
    expect((await lin.get(`/api/v1/cases/${id}/attachments`)).body).toEqual(added.body)
    const file = await fetchFile(lin, id, 2)
    expect(Buffer.from(await file.arrayBuffer()).equals(data)).toBe(true)
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'content-type': type, 'content-length': String(data.length), 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; sandbox",
      'accept-ranges': 'bytes', etag: `"${sha256.slice(0, 32)}"`
    })
    expect(decodeURIComponent(file.headers.get('content-disposition') ?? '')).toBe(`attachment; filename*=UTF-8''${name}`)
    expect(await events(river().db, id)).toEqual(['opened', 'attached_file'])
    // Not the name: it may be personal, and the journal can't forget.
    expect(await river().db.value(`select data from ql.journal where case_id = $1 and version = 2`, id)).toEqual({ sha256, media_type: type, size: data.length })
  }
})

test('20 MB come through in little memory; the same again is kept once', async () => {
  test.setTimeout(60_000)
  const big = jpeg((20 << 20) - 47 - 2)
  expect(big.length).toBeLessThanOrEqual(20 << 20)
  const much = await as('much')
  const [id, other] = [await given(), await given()]
  expect((await send(much, id, big)).status).toBe(201)
  const files = stored().length
  expect((await send(await as('lin'), other, big, 'name=b.jpg')).status).toBe(201)
  expect(stored().length).toBe(files)
  const file = await fetchFile(await as('lin'), other, 2)
  expect(createHash('sha256').update(Buffer.from(await file.arrayBuffer())).digest('hex')).toBe(createHash('sha256').update(big).digest('hex'))
  expect(readdirSync(join(folder(), 'incoming'))).toEqual([])
})

test('parts of a file, as HTTP has them', async () => {
  const lin = await as('lin')
  const id = await given()
  const data = pdf()
  await send(lin, id, data)
  const n = data.length
  const tag = (await fetchFile(lin, id, 2)).headers.get('etag') ?? ''
  for (const [range, status, from, to] of [
    ['bytes=0-4', 206, 0, 5], ['bytes=5-', 206, 5, n], ['bytes=-6', 206, n - 6, n], [`bytes=0-${n + 9}`, 206, 0, n], [`bytes=-${n + 9}`, 206, 0, n],
    ['bytes=0-1,3-4', 200, 0, n], ['bytes=4-2', 200, 0, n], ['lines=1-2', 200, 0, n], ['bytes=x', 200, 0, n]
  ] as const) {
    const part = await fetchFile(lin, id, 2, { range })
    expect([range, part.status, await part.text()]).toEqual([range, status, data.subarray(from, to).toString()])
    expect(part.headers.get('content-range')).toBe(status === 206 ? `bytes ${from}-${to - 1}/${n}` : null)
  }
  const outside = await fetchFile(lin, id, 2, { range: `bytes=${n}-` })
  expect([outside.status, outside.headers.get('content-range')]).toEqual([416, `bytes */${n}`])
  expect((await fetchFile(lin, id, 2, { range: 'bytes=0-4', 'if-range': tag })).status).toBe(206)
  expect((await fetchFile(lin, id, 2, { range: 'bytes=0-4', 'if-range': '"other"' })).status).toBe(200)
  expect((await fetchFile(lin, id, 2, { 'if-none-match': tag })).status).toBe(304)
})

test.describe('what is not taken', () => {
  const cases: [string, Buffer][] = [
    ['a page', Buffer.from('<!doctype html><script>alert(1)</script>')], ['a program', Buffer.from('\x7fELF\x02\x01\x01')], ['an archive', Buffer.from('PK\x03\x04')],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')], ['a PDF behind a page', Buffer.concat([Buffer.from('<html>'), pdf()])],
    ['a page behind a PDF', Buffer.concat([pdf(), Buffer.from('<script>alert(1)</script>')])], ['an archive behind a PNG', Buffer.concat([png(), Buffer.from('PK\x03\x04')])],
    ['half a PNG', png().subarray(0, 40)], ['half a JPEG', jpeg().subarray(0, 30)], ['a page behind a JPEG', Buffer.concat([jpeg(), Buffer.from('<html>')])],
    ['a PDF with a script', pdf('/JS (app.alert(1))')], ['a PDF that launches', pdf('/Launch')], ['a PDF with files inside', pdf('/EmbeddedFiles')], ['one byte', Buffer.from('%')]
  ]
  for (const [what, data] of cases) {
    test(what, async () => {
      const id = await given()
      const before = stored().length
      problem(await send(await as('lin'), id, data), 415, 'media_type')
      expect([stored().length, await events(river().db, id)]).toEqual([before, ['opened']])
    })
  }

  test('nothing, and too much', async () => {
    const id = await given()
    const lin = await as('lin')
    problem(await send(lin, id, Buffer.alloc(0)), 400, 'bad_request')
    // Refused before the body is read.
    const socket = connect(Number(new URL(lin.url).port), '127.0.0.1')
    let said = ''
    socket.on('data', (data) => (said += data))
    socket.write(`POST /api/v1/cases/${id}/attachments?name=a HTTP/1.1\r\nhost: x\r\ncookie: ${lin.cookie}\r\nx-csrf-token: ${lin.csrf}\r\ncontent-length: ${(20 << 20) + 1}\r\n\r\n`)
    await waitUntil(() => said.includes('too_large'), { what: 'the refusal' })
    socket.destroy()
  })

  for (const query of ['', 'name=', `name=${'x'.repeat(121)}`, 'name=a%2Fb', 'name=..%5Cb', 'name=a%22b']) {
    test(`a name like "${query.slice(0, 20)}"`, async () => {
      expect(problem(await send(await as('lin'), await given(), pdf(), query), 422, 'invalid').field).toBe('/name')
    })
  }

  test('an audience that is none, and one that is not an enterprise\'s to choose', async () => {
    const id = await given()
    expect(problem(await send(await as('lin'), id, pdf(), 'name=a&audience=everyone'), 422, 'invalid').field).toBe('/audience')
    expect(problem(await send(await as('rongtai'), id, pdf(), 'name=a&audience=parties'), 422, 'invalid').field).toBe('/audience')
  })

  test('without a session, its token, or the case', async () => {
    const id = await given()
    problem(await send(river().visitor(), id, pdf()), 401, 'unauthenticated')
    const thief = river().visitor()
    thief.cookie = (await as('lin')).cookie
    problem(await send(thief, id, pdf()), 403, 'csrf')
    problem(await send(await as('jinqiao'), id, pdf()), 404, 'not_found')
    problem(await attach(await as('lin'), 'nothing', pdf()), 404, 'not_found')
  })

  test('the fifty-first file of a case', async () => {
    const id = await given()
    await river().db.rows(
      `insert into ql.attachments (case_id, version, audience, author_kind, name, media_type, size, sha256, at)
       select $1, 100 + n, 'parties', 'system', 'x', 'image/png', 1, repeat('0', 64), now() from generate_series(1, 50) n`, id)
    problem(await send(await as('lin'), id, pdf()), 409, 'not_allowed')
  })

  test('more than a day\'s quota, whoever may see it', async () => {
    const id = await given()
    await river().db.rows(
      `insert into ql.attachments (case_id, version, audience, author_kind, user_id, name, media_type, size, sha256, at)
       select $1, 100, 'parties', 'coordinator', u.id, 'x', 'image/png', 60 << 20, repeat('0', 64), now() from ql.users u where login = 'zhou'`, await given())
    const { db } = river()
    await db.rows(`insert into ql.case_access select u.id, c.id, c.open, c.sort_at from ql.cases c, ql.units u where c.id = $1 and u.code = '2248'`, id)
    problem(await send(await as('zhou'), id, pdf()), 429, 'quota')
    await db.rows(`update ql.attachments set at = now() - interval '25 hours' where version = 100 and size > 60`)
    expect((await send(await as('zhou'), id, pdf())).status).toBe(201)
  })
})

test('who may have it: each audience to its own', async () => {
  const id = await given()
  await river().db.rows(`insert into ql.case_access select u.id, c.id, c.open, c.sort_at from ql.cases c, ql.units u where c.id = $1 and u.code = '2248' on conflict do nothing`, id)
  await river().db.rows(`insert into ql.case_access select -$2::bigint, id, open, sort_at from ql.cases where id = $1`, id, ids.jinqiao)
  const lin = await as('lin')
  for (const audience of ['public', 'parties', 'unit']) expect((await send(lin, id, pdf(), `name=${audience}&audience=${audience}`)).status).toBe(201)
  expect((await send(await as('rongtai'), id, pdf(), 'name=theirs')).status).toBe(201)
  const seen = async (login: string) => {
    const who = await as(login)
    const names = (await who.get(`/api/v1/cases/${id}/attachments`)).body.items.map((file: any) => file.name)
    const had = []
    for (const [i, name] of ['public', 'parties', 'unit', 'theirs'].entries()) if ((await fetchFile(who, id, 2 + i)).status === 200) had.push(name)
    expect(had).toEqual(names)
    return names.join()
  }
  expect({ lin: await seen('lin'), port: await seen('port'), wall: await seen('wall'), rongtai: await seen('rongtai'), jinqiao: await seen('jinqiao') }).toEqual({
    lin: 'public,parties,unit,theirs', port: 'public,parties,theirs', wall: 'public,parties,theirs', rongtai: 'public,theirs', jinqiao: 'public'
  })
  expect((await fetchFile(await as('lin'), await given(), 2)).status).toBe(404)
})

test('sent again with its key it is attached once; another file under that key is refused', async () => {
  const id = await given()
  const lin = await as('lin')
  const data = pdf()
  const key = { 'idempotency-key': 'file-1' }
  const [first, second] = [await send(lin, id, data, 'name=a', key), await send(lin, id, data, 'name=a', key)]
  expect([second.status, second.headers.get('idempotency-replayed'), second.body]).toEqual([201, 'true', first.body])
  problem(await send(lin, id, pdf(), 'name=a', key), 422, 'key_reused')
  expect(await events(river().db, id)).toEqual(['opened', 'attached_file'])
})

test('a sender who goes away leaves nothing, and what an earlier life left is swept', async () => {
  const id = await given()
  const lin = await as('lin')
  const incoming = join(folder(), 'incoming')
  const begin = async () => {
    const socket = connect(Number(new URL(lin.url).port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`POST /api/v1/cases/${id}/attachments?name=a HTTP/1.1\r\nhost: x\r\ncookie: ${lin.cookie}\r\nx-csrf-token: ${lin.csrf}\r\ncontent-length: 1000\r\n\r\n%PDF-`)
    await waitUntil(() => readdirSync(incoming).length === 1, { what: 'the beginning of a file' })
    return socket
  }
  ;(await begin()).destroy()
  await waitUntil(() => readdirSync(incoming).length === 0, { what: 'nothing' })
  await begin()
  await river().restart('gateway', 'SIGKILL')
  expect(readdirSync(incoming)).toEqual([])
  expect(existsSync(folder())).toBe(true)
})
