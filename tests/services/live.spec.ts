/** The live stream: snapshot, events by who may see them, coming back, and clients that do not keep up. */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { Live, type Api, type Frame } from '../lib/api.ts'
import { freePort } from '../lib/port.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'

const ids = { lin: 0, zhou: 0, rongtai: 0, broker: 0 }
const codes = { rongtai: '', jinqiao: '', broker: '' }
const smallPort = String(await freePort())
const ROOM = 4096 // events that the small gateway keeps

const river = useStack(
  {
    services: ['relay', 'intake', 'dispatch', 'gateway'],
    env: { 'gateway#small': { QL_GATEWAY_PORT: smallPort, QL_GATEWAY_REPLAY_EVENTS: String(ROOM), QL_GATEWAY_SOCKETS: '3', QL_GATEWAY_CANARY: '0' } }
  },
  async ({ db }) => {
    await db.rows(`update ql.parameters set value = '0' where key = 'message.undo_seconds'`) // lifecycle.spec.ts takes words back
    ids.lin = await seed.coordinator(db, { name: '林晓', unit: '2222', capacity: 200 })
    ids.zhou = await seed.coordinator(db, { name: '周敏', unit: '2248', capacity: 200 })
    const rongtai = await seed.enterprise(db, { name: '荣泰', home: '2222', named: ids.lin })
    const jinqiao = await seed.enterprise(db, { name: '金桥', home: '2248', named: ids.zhou })
    const broker = await seed.enterprise(db, { name: '报关行', home: '2248', broker: true })
    ids.rongtai = rongtai.id
    ids.broker = broker.id
    codes.rongtai = rongtai.uscc
    codes.jinqiao = jinqiao.uscc
    codes.broker = broker.uscc
    await seed.user(db, { login: 'wall', role: 'supervisor', unit: '0000' })
    await seed.user(db, { login: 'beijing', role: 'supervisor', unit: '0100' })
    await seed.user(db, { login: 'lin', role: 'coordinator', unit: '2222', coordinator: ids.lin })
    await seed.user(db, { login: 'zhou', role: 'coordinator', unit: '2248', coordinator: ids.zhou })
    await seed.user(db, { login: 'rongtai', role: 'enterprise', enterprise: rongtai.id })
    await seed.user(db, { login: 'jinqiao', role: 'enterprise', enterprise: jinqiao.id })
    await seed.user(db, { login: 'broker', role: 'enterprise', enterprise: broker.id })
  }
)

const people = new Map<string, Api>()

async function as(login: string): Promise<Api> {
  const known = people.get(login) ?? (await river().visitor().signIn(login, seed.PASSWORD))
  people.set(login, known)
  return known
}

const open: { close(): void }[] = []
test.afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

/** Someone before the live page, welcomed. */
async function watch(login: string, position: string | null = null): Promise<Live> {
  const live = await (await as(login)).live(position)
  open.push(live)
  await live.until('the welcome', ({ type }) => type === 'welcome')
  if (position === null) await live.until('the snapshot', ({ type }) => type === 'snapshot')
  return live
}

let said = 0

/** An enquiry of an enterprise: its subject. */
async function say(enterprise: keyof typeof codes): Promise<string> {
  const subject = `问题 ${++said}`
  await river().kafka.event('enterprise.enquiries', {
    type: 'qingling.enquiry.received.v1',
    key: codes[enterprise],
    data: { uscc: codes[enterprise], channel: 'wechat', channel_user: `user${said}`, subject, text: '放行在哪一步？', occurred_at: new Date().toISOString() }
  })
  return subject
}

const about = (subject: string, name: string) => (frame: Frame): boolean =>
  frame.type === 'event' && frame['case'].subject === subject && frame['event'].name === name
const assignment = (live: Live, subject: string): Promise<Frame> => live.until(`the assignment of ${subject}`, about(subject, 'assigned'))
const idOf = (subject: string) => waitUntil(() => river().db.value<string>(`select id::text from ql.cases where subject = $1 and state = 'assigned'`, subject), { what: `${subject} assigned` })

test('welcome, snapshot, then what happens, then counters and the roster', async () => {
  const before = await say('rongtai')
  await idOf(before)
  const live = await watch('wall')
  expect(live.frames[0]).toMatchObject({ type: 'welcome', protocol: 1, resumed: false, heartbeat_s: 10, now: expect.any(String) })
  const snapshot = live.frames[1]
  expect(snapshot).toMatchObject({ type: 'snapshot', total: snapshot?.['rows'].length, counters: { open: snapshot?.['total'] } })
  expect(snapshot?.['rows'].map((row: any) => row.subject)).toContain(before)
  const subject = await say('rongtai')
  const opened = await live.until('the opening', about(subject, 'opened'))
  expect(opened).toMatchObject({ event: { version: 1, actor: { kind: 'enterprise', id: ids.rongtai, name: '荣泰' } }, case: { unit: '2222', enterprise: { name: '荣泰' } } })
  const assigned = await assignment(live, subject)
  expect(assigned).toMatchObject({ event: { version: 2, actor: { kind: 'system' } }, case: { state: 'assigned', version: 2, coordinator: { id: ids.lin }, why: { level: 'named' } } })
  const listed = (await (await as('wall')).get(`/api/v1/cases?q=${assigned['case'].number}`)).body.items[0]
  expect(assigned['case']).toEqual(listed)
  const roster = await live.until('the roster', ({ type, items }) => type === 'roster' && items.some((row: any) => row.id === ids.lin))
  expect(roster['items'].find((row: any) => row.id === ids.lin)).toMatchObject({ name: '林晓', load: expect.any(Number), capacity: 200, pools: ['office'] })
  await live.until('fresh counters', ({ type, counters }) => type === 'counters' && counters.open === snapshot?.['total'] + 1)
})

test('everyone sees his own, and an enterprise only what is meant for it', async () => {
  const [wall, beijing, lin, zhou, rongtai, jinqiao] = await Promise.all(['wall', 'beijing', 'lin', 'zhou', 'rongtai', 'jinqiao'].map((login) => watch(login)))
  const subject = await say('rongtai')
  await assignment(wall!, subject)
  await assignment(lin!, subject)
  // What an enterprise is not told of it learns only as a changed row, without who and what.
  const updated = await rongtai!.until('the changed row', about(subject, 'updated'))
  expect(updated).toMatchObject({ event: { version: 2, actor: { kind: 'system', id: null, name: null } }, case: { state: 'assigned', why: null, messages: null, next_clock: { kind: 'first_response' }, enterprise: { id: ids.rongtai } } })
  expect(rongtai!.events().map(({ event }) => event.name)).toEqual(['opened', 'updated'])
  const id = updated['case'].id
  let version = (await (await as('lin')).command(id, 'accept', updated['case'].version)).body.case.version
  version = (await (await as('lin')).command(id, 'reply', version, { audience: 'parties', text: '内部：查布控' })).body.case.version
  await (await as('lin')).command(id, 'reply', version, { audience: 'public', text: '正在办理' })
  const replied = await rongtai!.until('the public reply', about(subject, 'replied'))
  expect(replied['event']).toMatchObject({ version: version + 1, actor: { kind: 'coordinator', id: ids.lin, name: null } })
  await wall!.until('the public reply', (frame) => about(subject, 'replied')(frame) && frame['event'].version === version + 1)
  expect(wall!.events().at(-1)?.['event'].actor).toEqual({ kind: 'coordinator', id: ids.lin, name: '林晓' })
  expect(rongtai!.events().map(({ event }) => event.name)).toEqual(['opened', 'updated', 'accepted', 'updated', 'replied'])
  // Those whom it does not concern have heard nothing by the time they hear of something that does.
  const other = await say('jinqiao')
  await assignment(zhou!, other)
  await jinqiao!.until('its own case', about(other, 'opened'))
  for (const one of [zhou, jinqiao]) expect(one!.events().filter((frame) => frame['case'].subject === subject)).toEqual([])
  for (const one of [lin, rongtai]) expect(one!.events().filter((frame) => frame['case'].subject === other)).toEqual([])
  expect(beijing!.events()).toEqual([])
  expect(jinqiao!.frames.filter(({ type }) => type === 'roster')).toEqual([])
})

test('an enterprise that is on the case, but not its principal, is not told whose it is', async () => {
  const { db } = river()
  const subject = await say('rongtai')
  const id = await idOf(subject)
  await db.rows(`insert into ql.case_enterprises values ($1, $2, 'declarant', now())`, id, ids.broker)
  await db.rows(`insert into ql.case_access select -$2::bigint, id, open, sort_at from ql.cases where id = $1`, id, ids.broker)
  await db.rows(`insert into ql.authorisations values ($1, $2, current_date - 2, null)`, ids.rongtai, ids.broker)
  const broker = await watch('broker')
  expect(broker.frames[1]).toMatchObject({ rows: [{ subject, enterprise: null, tier: 'unknown' }], total: 1 })
  await (await as('lin')).command(id, 'accept', 2)
  const accepted = await broker.until('the acceptance', about(subject, 'accepted'))
  expect(accepted['case']).toMatchObject({ enterprise: null, tier: 'unknown', state: 'working' })
  expect(JSON.stringify(broker.frames)).not.toContain('荣泰')
})

test('a case that one may no longer see is taken away', async () => {
  const { db } = river()
  const subject = await say('rongtai')
  const zhou = await watch('zhou')
  const wall = await watch('wall')
  const id = await idOf(subject)
  const version = await db.value<number>(`select version from ql.cases where id = $1`, id)
  const moved = (await (await as('wall')).command(id, 'assign', version, { coordinator: ids.zhou })).body.case
  await zhou.until('the case that came here', about(subject, 'assigned'))
  await db.rows(`delete from ql.case_access a using ql.units u where a.case_id = $1 and u.code = '2248' and a.scope = u.id`, id)
  await (await as('wall')).command(id, 'reply', moved.version, { audience: 'parties', text: '转回' })
  expect(await zhou.until('its going', ({ type }) => type === 'gone')).toMatchObject({ id: Number(id), position: expect.any(String) })
  await wall.until('the note', about(subject, 'noted'))
  expect(wall.frames.filter(({ type }) => type === 'gone')).toEqual([])
})

test.describe('coming back', () => {
  test('a client goes on where it was', async () => {
    const first = await watch('lin')
    const seen = await say('rongtai')
    await assignment(first, seen)
    first.close()
    const missed = [await say('rongtai'), await say('rongtai')]
    for (const subject of missed) await idOf(subject)
    const second = await watch('lin', first.position)
    for (const subject of missed) await assignment(second, subject)
    expect(second.frames[0]).toMatchObject({ type: 'welcome', resumed: true })
    expect(second.frames.filter(({ type }) => type === 'snapshot')).toEqual([])
    expect(second.events().filter((frame) => frame['case'].subject === seen)).toEqual([])
    for (const subject of missed) expect(second.events().filter((frame) => frame['case'].subject === subject).map(({ event }) => event.name)).toEqual(['opened', 'assigned'])
  })

  test('also to a gateway that was killed meanwhile', async () => {
    const first = await watch('lin')
    await assignment(first, await say('rongtai'))
    const { position } = first
    await river().kill('gateway')
    await waitUntil(() => first.closed, { what: 'the connection to break' })
    const missed = await say('rongtai')
    await idOf(missed)
    await river().start('gateway')
    const second = await watch('lin', position)
    await assignment(second, missed)
    // It resumes, or it is given a snapshot: nothing is missing either way.
    expect(second.frames[0]?.type).toBe('welcome')
    expect([...second.rows().values()].find((row) => row.subject === missed)).toMatchObject({ state: 'assigned' })
  })

  test('a gateway that stops says so first', async () => {
    const live = await watch('lin')
    await river().restart('gateway')
    await waitUntil(() => live.closed, { what: 'the goodbye' })
    expect(live.frames.at(-1)).toMatchObject({ type: 'resync', reason: 'server_restart' })
    expect(live.closed?.code).toBe(1012)
  })

  for (const [what, position] of [['no token of ours', 'nonsense'], ['the token of another river', 'AQECAwQFBgcIAAE'], ['an endless one', 'A'.repeat(870)]] as const) {
    test(`${what} gets a snapshot`, async () => {
      const live = await watch('lin', position)
      expect(live.frames[0]).toMatchObject({ type: 'welcome', resumed: false })
      await live.until('the snapshot', ({ type }) => type === 'snapshot')
    })
  }
})

test.describe('when something is away', () => {
  test('connections to the database may be cut: requests and the stream go on', async () => {
    const { db } = river()
    const live = await watch('lin')
    const cut = await db.value<number>(`select count(pg_terminate_backend(pid))::int from pg_stat_activity where application_name like 'gateway%' and datname = current_database()`)
    expect(cut).toBeGreaterThan(1)
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(async () => (await (await as('lin')).get('/api/v1/cases')).status))
    expect(answers).toEqual([200, 200, 200, 200, 200, 200])
    await assignment(live, await say('rongtai'))
  })

  test('while there is no database the answer is 503, and readiness says why', async () => {
    const { db } = river()
    const lin = await as('lin')
    const wall = await watch('wall')
    const block = (allow: boolean) => db.run(`alter role ql_gateway ${allow ? 'login' : 'nologin'}`)
    const cut = () => db.rows(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'ql_gateway' and datname = current_database()`)
    await block(false)
    try {
      await cut()
      const refused = await waitUntil(async () => {
        const answer = await lin.get('/api/v1/cases')
        return answer.status === 200 ? undefined : answer
      }, { what: 'a refusal' })
      expect(refused.body).toMatchObject({ status: 503, code: 'unavailable' })
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      await waitUntil(async () => (await (await river().health('gateway', '/readyz')).text()).includes('database'), { what: 'readiness to say so' })
      expect((await fetch(`${river().url}/healthz`)).status).toBe(200)
    } finally {
      await block(true)
    }
    const subject = await say('rongtai')
    await assignment(wall, subject)
    expect((await lin.get('/api/v1/cases')).status).toBe(200)
    await river().ready('gateway')
  })

  test('a broker that forgot everything: clients begin anew, and go on @embedded', async () => {
    const live = await watch('lin')
    const { position } = live
    await river().broker.kill()
    river().broker.start()
    await river().brokerReady()
    await waitUntil(() => live.closed, { what: 'the resync', timeout: 40_000 })
    expect(live.frames.at(-1)).toMatchObject({ type: 'resync', reason: 'position_lost' })
    const again = await watch('lin', position)
    expect(again.frames[0]).toMatchObject({ type: 'welcome', resumed: false })
    await assignment(again, await say('rongtai'))
  })
})

test.describe('who may connect', () => {
  /** The status line with which the server answers an upgrade. */
  function knock(headers: Record<string, string>, port = new URL(river().url).port): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', reject)
      socket.on('data', (chunk) => {
        resolve(chunk.toString('latin1').split('\r\n')[0] ?? '')
        socket.destroy()
      })
      socket.on('close', () => resolve('closed'))
      socket.write(upgrade(`127.0.0.1:${port}`, headers))
    })
  }

  test('nobody without a cookie, from another site, with another protocol, at another path', async () => {
    const { cookie } = await as('lin')
    const fine = { cookie, origin: river().url, 'sec-websocket-protocol': 'qingling.v1' }
    expect(await knock(fine)).toMatch(/ 101 /)
    expect(await knock({ ...fine, cookie: 'a=b' })).toMatch(/ 401 /)
    expect(await knock({ ...fine, origin: 'https://evil.example' })).toMatch(/ 403 /)
    expect(await knock({ ...fine, 'sec-websocket-protocol': 'chat' })).toMatch(/ 400 |closed/)
    expect(await knock({ ...fine, 'x-path': '/elsewhere' })).toMatch(/ 404 /)
  })

  test('a session that is none is told after its hello', async () => {
    const live = new Live(river().url, 'ql_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')
    await live.opened
    live.send({ type: 'hello', protocol: 1, position: null })
    await waitUntil(() => live.closed, { what: 'the refusal' })
    expect(live.closed).toEqual({ code: 1008, reason: 'session' })
    expect(live.frames).toEqual([])
  })

  test('signing out ends the stream', async () => {
    const visitor = await river().visitor().signIn('lin', seed.PASSWORD)
    const live = await visitor.live()
    await live.until('the snapshot', ({ type }) => type === 'snapshot')
    await visitor.delete('/api/v1/session')
    await waitUntil(() => live.closed, { what: 'the end of the stream' })
    expect(live.closed).toEqual({ code: 1008, reason: 'session' })
  })

  test('another protocol is told to load anew', async () => {
    const live = new Live(river().url, (await as('lin')).cookie)
    await live.opened
    live.send({ type: 'hello', protocol: 2, position: null })
    await waitUntil(() => live.closed, { what: 'the end' })
    expect(live.frames).toMatchObject([{ type: 'resync', reason: 'protocol' }])
    expect(live.closed?.code).toBe(1002)
  })

  for (const [what, text] of [['nothing', ''], ['no JSON', 'hello'], ['a list', '[1]'], ['something else first', '{"type":"beat"}'], ['too much', `{"type":"hello","protocol":1,"position":"${'A'.repeat(5000)}"}`], ['numbers for words', '{"type":7}']] as const) {
    test(`whoever says ${what} is sent away`, async () => {
      const live = new Live(river().url, (await as('lin')).cookie)
      await live.opened
      live.sendText(text)
      await waitUntil(() => live.closed, { what: 'the end' })
      expect(live.closed?.code).toBe(1002)
    })
  }

  test('and whoever says nothing', async () => {
    const live = new Live(river().url, (await as('lin')).cookie)
    await live.opened
    await waitUntil(() => live.closed, { what: 'the end' })
    expect(live.closed).toMatchObject({ code: 1002, reason: 'hello' })
  })

  test('both sides are heard every ten seconds; who falls silent is cut', async () => {
    test.setTimeout(90_000)
    const live = await watch('lin')
    const mute = await watch('lin')
    mute.answering = false
    const beat = await live.until('a beat', ({ type }) => type === 'beat', 20_000)
    expect(beat).toMatchObject({ now: expect.any(String), position: expect.any(String), river: { lag: expect.any(Number), ok: expect.any(Boolean) } })
    await waitUntil(() => mute.closed, { what: 'the silent one to be cut', timeout: 60_000 })
    expect(mute.closed?.code).toBe(1008)
    expect(live.closed).toBeUndefined()
  })
})

function upgrade(host: string, { 'x-path': path = '/live', ...headers }: Record<string, string>): string {
  const lines = Object.entries({ host, upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13', 'sec-websocket-key': randomBytes(16).toString('base64'), ...headers })
  return `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

/** A client whose reading can be stopped, which no WebSocket of Node offers. Keeps texts and the close code. */
class SlowClient {
  readonly texts: string[] = []
  code: number | undefined
  gone = false
  readonly #socket: Socket
  #rest: Buffer = Buffer.alloc(0)
  #upgraded = false

  constructor(port: number, cookie: string) {
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.write(upgrade(`127.0.0.1:${port}`, { cookie, 'sec-websocket-protocol': 'qingling.v1' }))
    this.#socket.on('data', (chunk) => this.#take(chunk))
    this.#socket.on('close', () => { this.gone = true })
    this.#socket.on('error', () => { this.gone = true })
  }

  say(frame: Frame): void {
    const payload = Buffer.from(JSON.stringify(frame))
    // A mask of zeros is a mask too.
    this.#socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]))
  }

  pause(): void { this.#socket.pause() }
  resume(): void { this.#socket.resume() }
  close(): void { this.#socket.destroy() }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    if (!this.#upgraded) {
      const end = this.#rest.indexOf('\r\n\r\n')
      if (end < 0) return
      this.#upgraded = true
      this.#rest = this.#rest.subarray(end + 4)
    }
    while (this.#frame());
  }

  #frame(): boolean {
    const rest = this.#rest
    if (rest.length < 2) return false
    const short = (rest[1] ?? 0) & 0x7f
    const head = short === 126 ? 4 : short === 127 ? 10 : 2
    if (rest.length < head) return false
    const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short
    if (rest.length < head + length) return false
    const payload = rest.subarray(head, head + length)
    if (((rest[0] ?? 0) & 0x0f) === 8) this.code = payload.readUInt16BE(0)
    else this.texts.push(payload.toString())
    this.#rest = rest.subarray(head + length)
    return true
  }
}

test.describe('a gateway with little room', () => {
  const N = 3 * ROOM
  const small = `http://127.0.0.1:${smallPort}`

  test.beforeAll(() => river().start('gateway#small'))

  async function connected(position: string | null = null): Promise<Live> {
    const live = new Live(small, (await as('lin')).cookie)
    open.push(live)
    await live.opened
    live.send({ type: 'hello', protocol: 1, position })
    return live
  }

  const flooded = (live: Live): number[] => live.events().map(({ event }) => event.version).filter((version) => version >= 1_000_000)

  /** Records as relay makes them, for a case that is there. Its row is all that a gateway looks at. */
  async function flood(id: string, from: number, n: number): Promise<void> {
    const at = new Date().toISOString()
    const record = (i: number) => ({
      key: id, headers: { ce_type: 'qingling.case.noted.v1', ce_source: '/qingling/journal', ce_id: `${id}:${from + i}` },
      value: JSON.stringify({ case: Number(id), number: 'x', version: from + i, event: 'noted', state: 'assigned', at, actor: { kind: 'system', id: null }, unit: null, audience: 'parties', enterprise: null, data: {} })
    })
    for (let i = 0; i < n; i += 2000) await river().kafka.send('case.events', Array.from({ length: Math.min(2000, n - i) }, (_, k) => record(i + k)))
  }

  test('whoever does not keep up begins anew; those who do miss nothing', async () => {
    test.setTimeout(120_000)
    const id = await idOf(await say('rongtai'))
    const quick = await connected()
    await quick.until('the snapshot', ({ type }) => type === 'snapshot')
    const slow = new SlowClient(Number(smallPort), (await as('lin')).cookie)
    open.push(slow)
    slow.say({ type: 'hello', protocol: 1, position: null })
    await waitUntil(() => slow.texts.some((text) => text.includes('"snapshot"')), { what: 'the snapshot of the slow one' })
    slow.pause()
    for (let sent = 0; sent < N; sent += ROOM / 4) {
      await flood(id, 1_000_000 + sent, ROOM / 4)
      await waitUntil(() => flooded(quick).length >= sent + ROOM / 4, { what: 'the quick one to have all', timeout: 60_000 })
    }
    expect(flooded(quick)).toEqual(Array.from({ length: N }, (_, i) => 1_000_000 + i))
    expect(quick.closed).toBeUndefined()
    await waitUntil(async () => (await river().metric('gateway#small', 'gateway_resyncs_total')) === 1, { what: 'the slow one to be given up', timeout: 30_000 })
    slow.resume()
    await waitUntil(() => slow.gone || slow.code !== undefined, { what: 'the slow one to learn of it' })
    expect(slow.texts.filter((text) => text.includes('"noted"')).length).toBeLessThan(N)
    // When its socket could be written once more, its last words say why.
    if (slow.code !== undefined) {
      expect(slow.code).toBe(1008)
      expect(JSON.parse(slow.texts.at(-1) ?? '')).toEqual({ type: 'resync', reason: 'overflow' })
    }
  })

  test('whoever was away for more than it keeps gets a snapshot', async () => {
    const first = await connected()
    await first.until('the snapshot', ({ type }) => type === 'snapshot')
    first.close()
    const watcher = await connected()
    const id = await idOf(await say('rongtai'))
    for (let sent = 0; sent < ROOM + 1000; sent += 1000) {
      await flood(id, 2_000_000 + sent, 1000)
      await waitUntil(() => flooded(watcher).length >= sent + 1000, { what: 'all of it to be in the ring', timeout: 60_000 })
    }
    const second = await connected(first.position)
    expect(await second.until('the welcome', ({ type }) => type === 'welcome')).toMatchObject({ resumed: false })
    await second.until('the snapshot', ({ type }) => type === 'snapshot')
  })

  test('no more come in than it has seats', async () => {
    await waitUntil(async () => (await river().metric('gateway#small', 'gateway_sockets')) === 0, { what: 'the others to be gone' })
    for (let i = 0; i < 3; i++) await connected()
    await expect(connected()).rejects.toThrow('refused')
  })
})
