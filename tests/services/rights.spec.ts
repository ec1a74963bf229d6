/** Who may see and do what: one table, asked of SQL, of the HTTP interface and of the live stream alike. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join as path } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { Api, type Live } from '../lib/api.ts'
import { bin, root } from '../lib/paths.ts'
import { freePort } from '../lib/port.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'
import { openCase, unitId } from './cases.ts'

/*
 * The people. lead: has the case, at office 2222. mate: same office. named: same office, reader of the sealed entry. joint: a
 * party at another office of the district. former: an office whose part has ended. beside: an office of the district that is
 * not on it. away: another district. above, root: supervisors over it. owner: the principal. partner: another enterprise on it.
 * broker: declares for the owner, authorised; lapsed: the same, the authorisation is over. stranger: an enterprise not on it.
 */
const SEES = `
                 root above lead mate named joint former beside away agent owner partner broker lapsed stranger admin security auditor kiosk
  case           x    x     x    x    x     x     .      .      .    x     x     x       x      .      .        .     .        x       .
  merged         x    x     x    x    x     .     .      .      .    x     x     .       .      .      .        .     .        x       .
  to_all         x    x     x    x    x     x     .      .      .    x     x     x       x      .      .        .     .        .       .
  to_owner       x    x     x    x    x     x     .      .      .    x     x     .       .      .      .        .     .        .       .
  to_partner     x    x     x    x    x     x     .      .      .    x     .     x       .      .      .        .     .        .       .
  to_parties     x    x     x    x    x     x     .      .      .    x     .     .       .      .      .        .     .        .       .
  to_unit        .    .     x    x    x     .     .      .      .    x     .     .       .      .      .        .     .        .       .
  to_joint_unit  .    .     .    .    .     x     .      .      .    .     .     .       .      .      .        .     .        .       .
  to_reader      .    .     .    .    x     .     .      .      .    .     .     .       .      .      .        .     .        .       .
  j:to_all       x    x     x    x    x     x     .      .      .    x     x     x       x      .      .        .     .        x       .
  j:to_owner     x    x     x    x    x     x     .      .      .    x     x     .       .      .      .        .     .        x       .
  j:to_partner   x    x     x    x    x     x     .      .      .    x     .     x       .      .      .        .     .        x       .
  j:to_parties   x    x     x    x    x     x     .      .      .    x     .     .       .      .      .        .     .        x       .
  j:to_unit      .    .     x    x    x     .     .      .      .    x     .     .       .      .      .        .     .        x       .
  j:to_joint_unit .   .     .    .    .     x     .      .      .    .     .     .       .      .      .        .     .        x       .
  j:to_reader    .    .     .    .    x     .     .      .      .    .     .     .       .      .      .        .     .        x       .
  parties        x    x     x    x    x     x     .      .      .    x     x     x       x      .      .        .     .        x       .
  clocks         x    x     x    x    x     x     .      .      .    x     x     x       x      .      .        .     .        x       .
  references     x    x     x    x    x     x     .      .      .    x     x     x       x      .      .        .     .        x       .
  messages       x    x     x    x    x     x     .      .      .    x     x     x       x      .      .        .     .        x       .
  people         x    x     x    x    x     x     .      .      .    x     .     .       .      .      .        .     .        .       .
  whose          x    x     x    x    x     x     .      .      .    x     x     .       .      .      .        .     .        x       .
  owner          x    x     x    x    x     x     x      x      x    x     x     .       .      .      .        .     .        x       .
  notices        x    x     x    x    x     x     x      x      x    x     .     .       .      .      .        .     .        .       .
  faulty         x    x     x    x    x     x     x      x      x    x     .     .       .      .      .        .     .        .       .
  officer        x    x     x    x    x     x     x      x      x    x     x     .       .      .      .        x     .        x       .
  duties         x    x     x    x    x     x     x      x      x    x     .     .       .      .      .        .     x        x       .
`

/** HTTP doors that do not depend on a case: x opens, . is refused. */
const DOORS = `
                 root above lead mate named joint former beside away agent owner partner broker lapsed stranger admin security auditor kiosk
  session        x    x     x    x    x     x     x      x      x    x     x     x       x      x      x        x     x        x       x
  reference      x    x     x    x    x     x     x      x      x    x     x     x       x      x      x        x     x        x       x
  cases          x    x     x    x    x     x     x      x      x    x     x     x       x      x      x        .     .        x       .
  counters       x    x     x    x    x     x     x      x      x    x     x     x       x      x      x        .     .        .       x
  roster         x    x     x    x    x     x     x      x      x    x     .     .       .      .      .        x     .        x       .
  live           x    x     x    x    x     x     x      x      x    x     x     x       x      x      x        .     .        .       .
`

/** Changes of the case: x is done (or refused only by its state), . is not theirs. */
const DOES = `
                 root above lead mate named joint former beside away agent owner partner broker lapsed stranger admin security auditor kiosk
  note           x    x     x    x    x     x     .      .      .    x     .     .       .      .      .        .     .        .       .
  speak          x    x     x    .    x     .     .      .      .    .     x     x       x      .      .        .     .        .       .
  update         x    x     x    x    x     x     .      .      .    x     x     x       x      .      .        .     .        .       .
  write          x    x     x    x    x     x     .      .      .    x     x     x       x      .      .        .     .        .       .
`

interface Grid { people: string[]; rows: Map<string, Map<string, boolean>> }
function grid(text: string): Grid {
  const [head = '', ...lines] = text.trim().split('\n')
  const people = head.trim().split(/\s+/)
  const rows = new Map(lines.map((line) => {
    const [name = '', ...marks] = line.trim().split(/\s+/)
    if (marks.length !== people.length) throw new Error(`${name}: ${marks.length} marks for ${people.length} people`)
    return [name, new Map(people.map((who, i) => [who, marks[i] === 'x']))]
  }))
  return { people, rows }
}
const sees = grid(SEES)
const doors = grid(DOORS)
const does = grid(DOES)
const PEOPLE = sees.people
const OUTSIDE = ['owner', 'partner', 'broker', 'lapsed', 'stranger']

const wanted = (table: Grid, who: string, names = [...table.rows.keys()]): string[] => names.filter((name) => table.rows.get(name)?.get(who))

const publicPort = String(await freePort())
const internalPort = String(await freePort())
const river = useStack(
  {
    services: ['relay', 'gateway', 'gateway#public', 'gateway#internal'],
    env: {
      'gateway#public': { QL_GATEWAY_PORT: publicPort, QL_GATEWAY_SURFACE: 'public', QL_GATEWAY_CANARY: '0' },
      'gateway#internal': { QL_GATEWAY_PORT: internalPort, QL_GATEWAY_SURFACE: 'internal', QL_GATEWAY_CANARY: '0' }
    },
    roles: { 'gateway#public': 'ql_gateway_public' }
  },
  async ({ db }) => {
    await seed.noSecondFactor(db)
    const officer = await seed.coordinator(db, { name: '林晓', unit: '2222', capacity: 200 })
    const mate = await seed.coordinator(db, { unit: '2222' })
    const joint = await seed.coordinator(db, { unit: '2248' })
    ids.officer = officer
    for (const [who, unit] of [['root', '0000'], ['above', '2200'], ['named', '2222'], ['former', '2225'], ['beside', '2218'], ['away', '5301']] as const) {
      await seed.user(db, { login: who, role: 'supervisor', unit })
    }
    await seed.user(db, { login: 'lead', role: 'coordinator', unit: '2222', coordinator: officer })
    await seed.user(db, { login: 'mate', role: 'coordinator', unit: '2222', coordinator: mate })
    await seed.user(db, { login: 'joint', role: 'coordinator', unit: '2248', coordinator: joint })
    await seed.user(db, { login: 'agent', role: 'agent', unit: '2222' })
    await seed.user(db, { login: 'admin', role: 'administrator', unit: '2200' })
    await seed.user(db, { login: 'security', role: 'security', unit: '2200' })
    await seed.user(db, { login: 'auditor', role: 'auditor', unit: '2200' })
    await seed.user(db, { login: 'kiosk', role: 'kiosk', unit: '2222' })
    for (const who of OUTSIDE) {
      const { id } = await seed.enterprise(db, { name: who, broker: ['broker', 'lapsed'].includes(who), ...(who === 'owner' && { named: officer }) })
      ids[who] = id
      await seed.user(db, { login: who, role: 'enterprise', enterprise: id })
    }
    await db.rows(`insert into ql.authorisations values ($1, $2, current_date - 30, null), ($1, $3, current_date - 30, current_date - 2)`, ids['owner'], ids['broker'], ids['lapsed'])
    await makeCases(db)
  }
)

const ids: Record<string, number> = {}
const VERSIONS = ['to_all', 'to_owner', 'to_partner', 'to_parties', 'to_unit', 'to_joint_unit', 'to_reader'] as const

type Db = ReturnType<typeof river>['db']

async function join(db: Db, id: number, enterprise: number, role: string): Promise<void> {
  await db.rows(`insert into ql.case_enterprises values ($1, $2, $3, now())`, id, enterprise, role)
  await db.rows(`insert into ql.case_access select -$2::bigint, id, open, sort_at from ql.cases where id = $1 on conflict do nothing`, id, enterprise)
}

async function makeCases(db: Db): Promise<void> {
  const id = await openCase(db, { unit: '2222', principal: ids['owner'] as number })
  ids['case'] = id
  await db.rows(`insert into ql.case_access select -$2::bigint, id, open, sort_at from ql.cases where id = $1`, id, ids['owner'])
  await join(db, id, ids['partner'] as number, 'affected')
  await join(db, id, ids['broker'] as number, 'declarant')
  await join(db, id, ids['lapsed'] as number, 'declarant')
  // A party of another office, and one whose part has ended: its access went with it.
  await db.rows(`insert into ql.case_parties (case_id, seq, unit_id, capacity, state, since, ended_at)
    values ($1, 2, $2, 'port', 'working', now(), null), ($1, 3, $3, 'business', 'withdrawn', now(), now())`, id, await unitId(db, '2248'), await unitId(db, '2225'))
  await db.rows(`insert into ql.case_access select $2, id, open, sort_at from ql.cases where id = $1`, id, await unitId(db, '2248'))
  await db.rows(`insert into ql.case_people (case_id, name, phone) values ($1, '张三丰', '13812341234')`, id)
  await db.rows(`insert into ql.case_references (case_id, type, value) values ($1, 'declaration', '222220261000000001')`, id)
  await db.rows(`insert into ql.notices (source, code, rank, declaration, noticed_at, received_at, message_source, message_id)
    values ('dec_result', 'L', 1, '222220261000000001', now(), now(), '/t', '1')`)
  await db.rows(`insert into ql.quarantine (cluster, topic, part, off, headers, size, reason, sentence_zh, sentence_en) values ('c', 't', 0, 1, '{}', 0, 'r', 'z', 'e')`)
  await db.rows(`insert into ql.user_duties select id, 'second_reader', unit_id from ql.users where login = 'named'`)
  await db.rows(`update ql.cases set state = 'working', coordinator_id = $2 where id = $1`, id, ids['officer'])
  await db.rows(`update ql.case_parties set coordinator_id = $2 where case_id = $1 and is_lead`, id, ids['officer'])
  await db.rows(`update ql.coordinators set open_weight = 1 where id = $1`, ids['officer'])
  for (const what of VERSIONS) await say(db, what)
  await db.rows(`insert into ql.messages (case_id, version, channel, due_at, state) values ($1, 2, 'portal', now(), 'delivered')`, id)

  ids['merged'] = await openCase(db, { unit: '2222', principal: ids['owner'] as number })
  await db.rows(`insert into ql.case_access select -$2::bigint, id, open, sort_at from ql.cases where id = $1`, ids['merged'], ids['owner'])
  await db.rows(`update ql.cases set state = 'merged', merged_into = $2, closed_at = now() where id = $1`, ids['merged'], id)
  await db.rows(`select ql.case_access_follow(array[$1::int8])`, ids['merged'])
  // Made past casebook: what they are found by is still to be made.
  await promisify(execFile)(path(bin, 'qlctl'), ['reindex'], { cwd: root, env: { ...process.env, QL_PG_DSN: db.dsn } })
}

/** One entry with its journal row, to an audience, under the case's next version. */
async function say(db: Db, what: (typeof VERSIONS)[number]): Promise<number> {
  const to = {
    to_all: ['public', null, '2222'], to_owner: ['public', 'owner', '2222'], to_partner: ['public', 'partner', '2222'], to_parties: ['parties', null, '2222'],
    to_unit: ['unit', null, '2222'], to_joint_unit: ['unit', null, '2248'], to_reader: ['sealed', null, '2222']
  } as const
  const [audience, enterprise, unit] = to[what]
  return db.session(async (client) => {
    await client.query('begin')
    const { rows: [row] } = await client.query(
      `update ql.cases set version = version + 1, updated_at = now() where id = $1 returning version, number, state, head_hash`, [ids['case']])
    const values = [ids['case'], row.version, audience, enterprise === null ? null : ids[enterprise], await unitId(river().db, unit)]
    await client.query(
      `insert into ql.entries (case_id, version, audience, enterprise_id, unit_id, author_kind, author_id, text, at) values ($1, $2, $3, $4, $5, 'supervisor', null, $6, now())`,
      [...values, what])
    if (audience === 'sealed') await client.query(`insert into ql.entry_readers select $1, $2, id from ql.users where login = 'named'`, values.slice(0, 2))
    await client.query(
      `insert into ql.journal (case_id, version, number, event, state, at, actor_kind, unit_id, audience, enterprise_id, data, prev_hash, hash)
       values ($1, $2, $6, $9, $7, now(), 'supervisor', $5, $3, $4, '{}', $8, sha256($8))`, [...values, row.number, row.state, row.head_hash, what])
    await client.query(`update ql.cases set head_hash = sha256(head_hash) where id = $1`, [ids['case']])
    await client.query('commit')
    return row.version as number
  })
}

const people = new Map<string, Api>()
async function as(login: string, url = river().url): Promise<Api> {
  const key = login === 'kiosk' ? login : `${login} ${url}` // which has one session only
  const known = people.get(key) ?? (await new Api(url).signIn(login, seed.PASSWORD))
  people.set(key, known)
  if (known.url === url) return known
  const there = new Api(url)
  there.cookie = known.cookie
  there.csrf = known.csrf
  return there
}

const outside = () => `http://127.0.0.1:${publicPort}`
const inside = () => `http://127.0.0.1:${internalPort}`

// --- SQL ---

const OBJECTS: Record<string, string> = {
  case: 'select from ql.cases where id = $1',
  merged: 'select from ql.cases where id = $2',
  parties: 'select from ql.case_parties where case_id = $1',
  clocks: 'select from ql.clocks where case_id = $1',
  references: 'select from ql.case_references where case_id = $1',
  messages: 'select from ql.messages where case_id = $1',
  people: 'select name from ql.case_people where case_id = $1',
  whose: `select from ql.case_enterprises where case_id = $1 and role = 'principal'`,
  owner: `select from ql.enterprises where id = $3`,
  notices: 'select id from ql.notices',
  faulty: 'select state from ql.quarantine',
  officer: 'select id from ql.coordinators where id = $4',
  duties: 'select from ql.user_duties'
}
for (const what of VERSIONS) {
  const version = VERSIONS.indexOf(what) + 2
  OBJECTS[what] = `select from ql.entries where case_id = $1 and version = ${version}`
  OBJECTS[`j:${what}`] = `select from ql.journal where case_id = $1 and version = ${version}`
}

/** A transaction of that person, as the gateway opens one; rolled back. */
async function entered<T>(role: string, api: Api, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: river().dsn(role) })
  await client.connect()
  try {
    await client.query('begin')
    await client.query('select ql.enter($1)', [createHash('sha256').update(api.cookie.slice('ql_session='.length)).digest()])
    return await work(client)
  } finally {
    await client.query('rollback')
    await client.end()
  }
}

async function seenInSql(client: Client): Promise<string[]> {
  const found: string[] = []
  const values = [ids['case'], ids['merged'], ids['owner'], ids['officer']]
  for (const name of sees.rows.keys()) {
    const sql = OBJECTS[name] as string
    // Unused parameters are given a type, so that every question may take the same ones.
    await client.query('savepoint one')
    const { rowCount } = await client.query(`with p as (select $1::int8, $2::int8, $3::int8, $4::int8) ${sql}`, values).catch((error: { code?: string }) => {
      if (error.code !== '42501') throw error
      return { rowCount: 0 }
    })
    await client.query('rollback to one')
    if ((rowCount ?? 0) > 0) found.push(name)
  }
  return found
}

for (const who of PEOPLE) {
  test(`${who}: SQL shows what the table says`, async () => {
    expect(await entered('ql_gateway', await as(who), seenInSql)).toEqual(wanted(sees, who))
  })
}

for (const who of OUTSIDE) {
  test(`${who}: the role of the outer zone shows the same`, async () => {
    expect(await entered('ql_gateway_public', await as(who), seenInSql)).toEqual(wanted(sees, who))
  })
}

test('to the role of the outer zone staff are nobody, and what is not for enterprises is not there, whatever a transaction says of itself', async () => {
  for (const who of PEOPLE.filter((name) => !OUTSIDE.includes(name))) {
    expect(await entered('ql_gateway_public', await as(who), seenInSql), who).toEqual([])
  }
  const lies: [string, string][] = [['supervisor', `{${await unitId(river().db, '0000')}}`], ['coordinator', `{${await unitId(river().db, '2222')}}`], ['stream', '{}']]
  for (const [role, scopes] of lies) {
    const found = await entered('ql_gateway_public', river().visitor(), async (client) => {
      await client.query(`select set_config('ql.role', $1, true), set_config('ql.scopes', $2, true), set_config('ql.unit_id', $3, true)`,
        [role, scopes, String(await unitId(river().db, '2222'))])
      return seenInSql(client)
    })
    for (const secret of ['to_parties', 'to_unit', 'to_joint_unit', 'to_reader', 'j:to_parties', 'j:to_unit', 'j:to_reader', 'people', 'notices', 'faulty', 'officer', 'duties']) {
      expect(found, `as ${role}`).not.toContain(secret)
    }
    if (role !== 'stream') expect(found).toEqual([])
  }
})

// --- HTTP ---

const TIMELINE = VERSIONS.map((what) => `j:${what}`)

async function seenByHttp(api: Api): Promise<string[]> {
  const found: string[] = []
  const answer = await api.get(`/api/v1/cases/${ids['case']}`)
  if (answer.status === 200) {
    const { body } = answer
    found.push('case')
    for (const item of body.timeline) {
      if (item.version < 2) continue
      found.push(`j:${VERSIONS[item.version - 2]}`)
      if (item.entry?.text) found.push(item.entry.text)
    }
    for (const name of ['parties', 'clocks', 'references', 'notices'] as const) if (body[name].length > 0) found.push(name)
    if (body.contact !== null) found.push('people')
    if (body.enterprises.some((one: any) => one.role === 'principal')) found.push('whose')
  }
  const merged = await api.get(`/api/v1/cases?view=closed&limit=200`)
  if (merged.status === 200 && merged.body.items.some((row: any) => row.id === ids['merged'])) found.push('merged')
  return found.sort()
}

const HTTP = ['case', 'merged', ...VERSIONS, ...TIMELINE, 'parties', 'clocks', 'references', 'people', 'whose', 'notices']
/** The clocks of assignment, the only one here, are internal; notices are shown with the case that they belong to. */
const byHttp = (who: string): string[] =>
  wanted(sees, who, HTTP).filter((name) => (name !== 'notices' || sees.rows.get('case')?.get(who)) && (name !== 'clocks' || sees.rows.get('people')?.get(who) || false)).sort()

for (const who of PEOPLE) {
  test(`${who}: a case, its lists, counts and search are what the table says`, async () => {
    const api = await as(who)
    expect(await seenByHttp(api)).toEqual(byHttp(who))
    const number = await river().db.value<string>('select number from ql.cases where id = $1', ids['case'])
    const open = sees.rows.get('case')?.get(who) ?? false
    const list = async (query: string) => ((await api.get(`/api/v1/cases?${query}`)).body.items ?? []).map((row: any) => row.id)
    expect(await list('limit=200')).toEqual(open ? [ids['case']] : [])
    expect(await list('q=222220261000000001')).toEqual(open ? [ids['case']] : [])
    expect(await list(`q=${number}`)).toEqual(open ? [ids['case']] : [])
    const counters = await api.get('/api/v1/counters')
    if (counters.status === 200) expect(counters.body.open).toBe(open || who === 'kiosk' ? 1 : 0)
  })
}

for (const who of PEOPLE) {
  test(`${who}: the doors that open`, async () => {
    const api = await as(who)
    const opened: string[] = []
    for (const door of ['session', 'reference', 'cases', 'counters', 'roster']) {
      const { status } = await api.get(`/api/v1/${door}`)
      expect([200, 403], `${door}: ${status}`).toContain(status)
      if (status === 200) opened.push(door)
    }
    const live = await api.live()
    await waitUntil(() => live.closed !== undefined || live.frames.some(({ type }) => type === 'welcome'), { what: 'a verdict' })
    if (live.frames.some(({ type }) => type === 'welcome')) opened.push('live')
    live.close()
    expect(opened).toEqual(wanted(doors, who))
    const journal = await api.get(`/api/v1/cases/${ids['case']}/journal`)
    const staff = !OUTSIDE.includes(who) && !['admin', 'security', 'kiosk'].includes(who)
    expect(journal.status).toBe(!staff ? 403 : sees.rows.get('case')?.get(who) ? 200 : 404)
    if (journal.status === 200) expect(journal.body.items.filter((item: any) => item.version > 1).map((item: any) => `j:${VERSIONS[item.version - 2]}`)).toEqual(wanted(sees, who, TIMELINE))
  })
}

test('an enterprise meets the same case at the gateway of the outer zone, a member of staff at that of the inner one, and neither at the other', async () => {
  for (const who of PEOPLE) {
    const [mine, other] = OUTSIDE.includes(who) ? [outside(), inside()] : [inside(), outside()]
    expect(await seenByHttp(await as(who, mine)), who).toEqual(byHttp(who))
    const refused = await new Api(other).post('/api/v1/session', { login: who, password: seed.PASSWORD })
    expect([refused.status, refused.body.code], who).toEqual([401, 'bad_credentials'])
    const carried = new Api(other) // a cookie from the right door does not open the wrong one
    carried.cookie = (await as(who)).cookie
    expect((await carried.get('/api/v1/session')).status, who).toBe(401)
  }
})

// --- the live stream ---

/** What a member of staff or an enterprise is told of each thing said now: its name, or only that the case is another. */
test('live: each hears by name what the table shows, and of the rest no more than that the row is another', async () => {
  const watching = new Map<string, Live>()
  const listeners = PEOPLE.filter((who) => doors.rows.get('live')?.get(who))
  for (const who of listeners) {
    for (const url of OUTSIDE.includes(who) ? [river().url, outside()] : [river().url, inside()]) {
      const live = await (await as(who, url)).live()
      await live.until('the snapshot', ({ type }) => type === 'snapshot')
      watching.set(`${who} ${url}`, live)
    }
  }
  for (const what of VERSIONS) await say(river().db, what)
  const last = await say(river().db, 'to_all')
  try {
    for (const [key, live] of watching) {
      const who = key.split(' ')[0] as string
      const on = sees.rows.get('case')?.get(who) ?? false
      const snapshot = live.frames.find(({ type }) => type === 'snapshot')
      expect(snapshot?.['rows'].map((row: any) => row.id), key).toEqual(on ? [ids['case']] : [])
      if (on) await live.until('the last', (frame) => frame.type === 'event' && frame['event'].version === last)
      const names = live.events().map((frame) => frame['event'].name)
      // A sealed entry is known by name to its readers; the stream, one for a whole unit, tells nobody.
      const told = VERSIONS.map((what) => (what !== 'to_reader' && sees.rows.get(`j:${what}`)?.get(who) ? what : 'updated'))
      if (who === 'partner') told[VERSIONS.indexOf('to_partner')] = 'updated' // one text serves all enterprises that are not the principal
      expect(names, key).toEqual(on ? [...told, 'to_all'] : [])
      for (const frame of live.events()) {
        if (frame['event'].name === 'updated') expect(frame['event'].actor, key).toEqual({ kind: 'system', id: null, name: null })
      }
    }
    // Whoever was not on it heard nothing while others heard all.
    expect([...watching.values()].every(({ closed }) => closed === undefined)).toBe(true)
  } finally {
    for (const live of watching.values()) live.close()
  }
})

// --- changing ---

async function doneBy(who: string): Promise<string[]> {
  const api = await as(who)
  const done: string[] = []
  const version = () => river().db.value<number>('select version from ql.cases where id = $1', ids['case'])
  const note = await api.command(ids['case'] as number, 'reply', await version(), { audience: 'parties', text: `${who} notes` })
  if (note.status === 200) done.push('note')
  const spoken = await api.command(ids['case'] as number, 'reply', await version(), { audience: 'public', text: `${who} speaks` })
  if (spoken.status === 200) done.push('speak')
  for (const answer of [note, spoken]) expect([200, 403, 404, 409], JSON.stringify(answer.body)).toContain(answer.status)
  await entered(OUTSIDE.includes(who) ? 'ql_gateway_public' : 'ql_gateway', api, async (client) => {
    if (((await client.query('update ql.cases set repeats = repeats where id = $1', [ids['case']])).rowCount ?? 0) > 0) done.push('update')
    const written = await client.query(
      `insert into ql.journal (case_id, version, number, event, state, at, actor_kind, audience, data, prev_hash, hash)
       values ($1, 999, 'n', 'x', 'working', now(), 'system', 'public', '{}', sha256('a'), sha256('b'))`, [ids['case']]).catch((error: { code?: string }) => {
      if (error.code !== '42501') throw error
    })
    if (written) done.push('write')
  })
  return done
}

for (const who of PEOPLE) {
  test(`${who}: changes what the table says, by HTTP and in SQL`, async () => {
    expect(await doneBy(who)).toEqual(wanted(does, who))
  })
}

test('administrator, security administrator and auditor are never one person, and a duty is for who works on cases', async () => {
  const { db } = river()
  for (const role of ['administrator', 'security', 'auditor'] as const) {
    await expect(seed.user(db, { login: `second ${role}`, role, person: 'auditor' })).rejects.toMatchObject({ code: '23505' })
    await expect(db.run(`insert into ql.users (login, password_hash, name, role, unit_id) select 'x', 'x', 'x', '${role}', min(id) from ql.units`)).rejects.toMatchObject({ code: '23514' })
  }
  await expect(db.run(`insert into ql.user_duties select id, 'arbitration', unit_id from ql.users where login = 'auditor'`)).rejects.toMatchObject({ code: '23514' })
})

test('a session says which duties its person has today', async () => {
  const { db } = river()
  expect((await (await as('named')).get('/api/v1/session')).body.user).toMatchObject({ role: 'supervisor', duties: ['second_reader'] })
  await db.rows(`update ql.user_duties set valid_from = current_date - 9, valid_to = current_date - 3`)
  expect((await (await as('named')).get('/api/v1/session')).body.user.duties).toEqual([])
})

test('an authorisation that ends takes the case away, one that begins shows it', async () => {
  const { db } = river()
  const sight = async (who: string) => (await (await as(who)).get(`/api/v1/cases/${ids['case']}`)).status
  await db.rows(`update ql.authorisations set valid_to = current_date - 2 where broker_id = $1`, ids['broker'])
  await db.rows(`update ql.authorisations set valid_to = null where broker_id = $1`, ids['lapsed'])
  expect([await sight('broker'), await sight('lapsed')]).toEqual([404, 200])
})
