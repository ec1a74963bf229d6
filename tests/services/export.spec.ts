/** Whole lists as CSV and XLSX: complete, harmless, in bounded memory, and nobody else waits. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { inflateRawSync } from 'node:zlib'
import { Api } from '../lib/api.ts'
import { bin } from '../lib/paths.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'
import { openCases } from './cases.ts'

const MANY = 30_000
const FEW = 620 // more than two pages

const river = useStack({ services: ['gateway'], env: { gateway: { QL_GATEWAY_CANARY: '0', QL_GATEWAY_WORKERS: '2' } } }, async ({ db }) => {
  const { id } = await seed.enterprise(db, { name: '荣泰', home: '2222' })
  await seed.user(db, { login: 'wall', role: 'supervisor', unit: '0000' })
  await seed.user(db, { login: 'lin', role: 'coordinator', unit: '2222', coordinator: await seed.coordinator(db, { unit: '2222' }) })
  await seed.user(db, { login: 'rongtai', role: 'enterprise', enterprise: id })
  await openCases(db, FEW, { unit: '2222' })
  const [mine] = await openCases(db, 3, { unit: '2248', priority: 'high', principal: id })
  await db.rows(`insert into ql.case_access select -principal_id, id, open, sort_at from ql.cases where principal_id = $1`, id)
  for (const [i, subject] of RISKY.entries()) await db.rows(`update ql.cases set subject = $2 where id = $1`, (mine as number) + i, subject)
})

const RISKY = ['=HYPERLINK("https://evil.example","点此")', '@SUM(1,2)\r\n第二行, "引号"', '+86 138']

async function as(login: string): Promise<Api> {
  return river().visitor().signIn(login, seed.PASSWORD)
}

/** RFC 4180, by the letter. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]]
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/gy
  for (let m; cell.lastIndex < text.length && (m = cell.exec(text));) {
    rows.at(-1)?.push(m[1]?.replaceAll('""', '"') ?? m[2] ?? '')
    if (m[3] === '\r\n') rows.push([])
  }
  expect(rows.pop()).toEqual([]) // the last line has its end
  return rows
}

async function csv(who: Api, query = ''): Promise<Record<string, string>[]> {
  const response = await fetch(`${who.url}/api/v1/cases/export.csv${query}`, { headers: { cookie: who.cookie } })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8; header=present'])
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="cases.csv"')
  const bytes = Buffer.from(await response.arrayBuffer())
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
  const [titles = [], ...rows] = parse(bytes.subarray(3).toString())
  expect(rows.find((row) => row.length !== titles.length)).toBeUndefined()
  return rows.map((row) => Object.fromEntries(titles.map((title, i) => [title, row[i] as string])))
}

/** A member of a ZIP file, by its central directory. */
function unzip(zip: Buffer, name: string): string {
  for (let at = zip.readUInt32LE(zip.lastIndexOf('PK\x05\x06', undefined, 'latin1') + 16); zip.readUInt32LE(at) === 0x02014b50;) {
    const [method, size, n, extra, comment, offset] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32), zip.readUInt32LE(at + 42)] as const
    if (zip.toString('utf8', at + 46, at + 46 + n) === name) {
      const start = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28)
      const data = zip.subarray(start, start + size)
      return (method === 8 ? inflateRawSync(data) : data).toString()
    }
    at += 46 + n + extra + comment
  }
  throw new Error(`no ${name} in the file`)
}

async function xlsx(who: Api, query = ''): Promise<string[]> {
  const response = await fetch(`${who.url}/api/v1/cases/export.xlsx${query}`, { headers: { cookie: who.cookie } })
  expect(response.status).toBe(200)
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(Number(response.headers.get('content-length'))).toBe(bytes.length)
  return [...unzip(bytes, 'xl/worksheets/sheet1.xml').matchAll(/<row .*?<\/row>/gs)].map((m) => m[0])
}

test('CSV holds every case of the list, in its order, with what the list says of it', async () => {
  const wall = await as('wall')
  const rows = await csv(wall)
  const listed = []
  for (let after = ''; ;) {
    const { items, next } = (await wall.get(`/api/v1/cases?limit=200${after}`)).body
    listed.push(...items)
    if (next === null) break
    after = `&after=${next}`
  }
  expect(rows.map((row) => row['number'])).toEqual(listed.map((row) => row.number))
  expect(rows.map((row) => row['due_at'])).toEqual(listed.map((row) => row.due_at))
  expect(rows[0]).toMatchObject({ state: 'received', unit: '2222', district: '2200', coordinator: '', version: '1', closed_at: '' })
})

test('the filters and the rights are those of the list', async () => {
  expect((await csv(await as('wall'), '?priority=high')).length).toBe(3)
  expect((await csv(await as('lin'))).length).toBe(FEW)
  expect((await csv(await as('wall'), '?unit=2248')).length).toBe(3)
  expect(await csv(await as('lin'), '?view=closed')).toEqual([])
  const mine = await csv(await as('rongtai'))
  expect(mine.map((row) => [row['enterprise'], row['tier']])).toEqual(Array(3).fill(['荣泰', 'unknown']))
})

test('no cell is a formula, and every text comes through', async () => {
  const subjects = (await csv(await as('rongtai'))).map((row) => row['subject'])
  expect(subjects).toEqual(RISKY.map((text) => `'${text}`))
})

test('XLSX holds the same: text as text, times as times', async () => {
  const rows = await xlsx(await as('wall'))
  expect(rows.length).toBe(1 + FEW + 3)
  const mine = (await xlsx(await as('rongtai'))).slice(1)
  expect(mine[0]).toContain('t="inlineStr"><is><t>=HYPERLINK("https://evil.example","点此")</t>')
  expect(mine.join('')).not.toContain('<f>')
  expect(mine[0]).toMatch(/<c r="P2" s="\d"><v>4\d{4}\.\d+<\/v>/) // opened_at
})

for (const [query, field] of [['q=1', '/q'], ['after=x', '/after'], ['limit=1', '/limit'], ['fields=id', '/fields'], ['view=some', '/view'], ['unit=9999999', '/unit']] as const) {
  test(`${query} is refused by name`, async () => {
    for (const kind of ['csv', 'xlsx']) {
      const { status, body } = await (await as('wall')).get(`/api/v1/cases/export.${kind}?${query}`)
      expect([status, body.field]).toEqual([422, field])
    }
  })
}

/** Asks on a socket of its own and reads nothing until told. */
function asking(who: Api, path: string, version = '1.1'): Socket {
  const { port } = new URL(who.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(`GET ${path} HTTP/${version}\r\nhost: x\r\ncookie: ${who.cookie}\r\n\r\n`)
  socket.pause()
  return socket
}

test('HTTP/1.0 is told the end by the end of the connection', async () => {
  const socket = asking(await as('wall'), '/api/v1/cases/export.csv', '1.0')
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk) => (text += chunk)).resume()
  await new Promise((resolve) => socket.on('end', resolve))
  socket.end()
  expect(text).not.toMatch(/transfer-encoding/i)
  expect(parse(text.slice(text.indexOf('\ufeff') + 1)).length).toBe(1 + FEW + 3)
})

test.describe('of a long list', () => {
  const pid = () => river().service('gateway').pid as number
  const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid()}/status`, 'utf8'))?.[1]) / 1024
  /** Files of exports that it holds open. */
  const files = () => readdirSync(`/proc/${pid()}/fd`).map((fd) => readlinkSync(`/proc/${pid()}/fd/${fd}`)).filter((name) => / \(deleted\)$|\/export-/.test(name))

  test.beforeAll(async () => {
    test.setTimeout(120_000)
    await openCases(river().db, MANY, { unit: '0100' })
    await river().db.run('analyze')
  })

  test('memory does not grow with it', async () => {
    test.setTimeout(120_000)
    test.skip(bin.includes('san'), 'a sanitizer keeps freed memory for a while')
    const wall = await as('wall')
    await csv(wall, '?unit=2222')
    await xlsx(wall, '?unit=2222')
    const before = peak()
    // CSV line by line as it comes: the cells are looked at above.
    const response = await fetch(`${wall.url}/api/v1/cases/export.csv?unit=0100`, { headers: { cookie: wall.cookie } })
    expect((await response.text()).split('\r\n').length).toBe(1 + MANY + 1)
    expect((await xlsx(wall, '?unit=0100')).length).toBe(1 + MANY)
    expect(peak() - before).toBeLessThan(8)
  })

  test('who does not read holds up nobody, and who goes away leaves nothing behind', async () => {
    test.setTimeout(120_000)
    const wall = await as('wall')
    const sockets = Array.from({ length: 16 }, () => asking(wall, '/api/v1/cases/export.csv'))
    await waitUntil(async () => (await wall.get('/api/v1/cases/export.csv?unit=2248')).status === 503, { what: 'as many exports as there may be' })
    expect((await wall.get('/api/v1/cases?limit=1')).status).toBe(200)
    for (const socket of sockets) socket.destroy()
    await waitUntil(async () => (await wall.get('/api/v1/cases/export.csv?unit=2248')).status === 200, { what: 'room for an export' })
    // A sheet in the making, given up by its reader.
    const sheets = Array.from({ length: 4 }, () => asking(wall, '/api/v1/cases/export.xlsx'))
    await waitUntil(() => files().length >= 4, { what: 'sheets in the making' })
    for (const socket of sheets) socket.destroy()
    await expect.poll(files).toEqual([])
  })
})
