/** qlctl and qlgen: what an operator does from a shell, and the traffic that demonstrations and tests run on. */
import { createHash, randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../lib/paths.ts'
import type { Db } from '../lib/pg.ts'
import { run as runAlone, type Said } from '../lib/run.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'

const river = useStack({ services: ['relay', 'intake', 'dispatch', 'clock'], template: 'demo' })
const db = () => river().db

/** With the brokers of the river. */
const run = (program: string, args: string[], { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {}): Promise<Said> =>
  runAlone(program, args, { input, env: { QL_KAFKA_BROKERS: river().brokers, ...env } })
const asOwner = (args: string[], input = '') => run('qlctl', args, { input, env: { QL_PG_DSN: river().dsn('owner') } })
const asOperator = (args: string[], env: Record<string, string> = {}) => run('qlctl', args, { env: { QL_PG_DSN: river().dsn('ql_operator'), ...env } })
const generate = (args: string[], env: Record<string, string> = {}) => run('qlgen', args, { env: { QL_PG_DSN: river().dsn('ql_operator'), ...env } })

/** Nothing is behind; every case has a coordinator, or dispatch has said that nobody is free for it. */
const settled = (): Promise<boolean> =>
  waitUntil(async () => {
    const unplaced = `select count(*) from ql.cases c where state = 'received' and not exists (select from ql.journal j where j.case_id = c.id and j.event = 'waiting')`
    return (await river().metric('intake', 'intake_lag_records')) === 0 && (await db().count(unplaced)) === 0
  }, { what: 'the river to settle', timeout: 45_000 })
const worked = (n: number): Promise<boolean> =>
  waitUntil(async () => (await river().metric('intake', 'intake_records_total')) >= n, { what: `${n} records worked`, timeout: 45_000 })

test.describe('qlctl demo', () => {
  const content = (one: Db) =>
    one.row(`select (select md5(string_agg(t::text, '' order by id)) from ql.enterprises t) as enterprises, (select md5(string_agg(t::text, '' order by id)) from ql.contacts t) as contacts,
       (select md5(string_agg(t::text, '' order by id)) from ql.coordinators t) as coordinators, (select md5(string_agg(t::text, '' order by id)) from ql.users t) as users,
       (select count(*) from ql.shifts) as shifts, (select count(*) from ql.roster_journal) as told, (select count(*) from ql.coordinator_skills) as skills,
       (select count(*) from ql.enterprise_classes) as classes, (select count(*) from ql.named_coordinators) as named, (select count(*) from ql.deputies) as deputies`)

  test('a second run changes nothing', async () => {
    const before = await content(db())
    const { code, out } = await asOwner(['demo'])
    expect(code, out).toBe(0)
    expect(out).toContain('clear-to-zero')
    expect(await content(db())).toEqual(before)
  })

  test('a later run carries the shifts on and announces them', async () => {
    const shifts = await db().count('select count(*) from ql.shifts')
    await db().rows(`delete from ql.shifts where starts_at > (select max(starts_at) - interval '2 days' from ql.shifts)`)
    expect((await asOwner(['demo'])).code).toBe(0)
    expect(await db().count('select count(*) from ql.shifts')).toBe(shifts)
    expect(await db().count(`select count(distinct coordinator_id) from ql.roster_journal where event = 'duty_changed'`)).toBe(await db().count('select count(*) from ql.coordinators'))
  })

  test('whoever has a login takes work at every hour, so that the demonstration is the same by day and by night', async () => {
    expect(await db().rows(
      `select k.name, t from ql.users u join ql.coordinators k on k.id = u.coordinator_id
        cross join generate_series(now(), now() + interval '13 days', interval '10 minutes') t
       where not exists (select from ql.shifts s where s.coordinator_id = k.id and s.starts_at <= t and s.ends_at > t + interval '45 minutes')`)).toEqual([])
    expect(await db().count('select count(*) from ql.users where coordinator_id is not null')).toBeGreaterThan(1)
  })

  test('another password replaces the old one, the same is left alone', async () => {
    const hash = () => db().value<string>(`select password_hash from ql.users where login = 'supervisor'`)
    const first = await hash()
    expect((await asOwner(['demo', '--demo.password=another one'])).out).toContain('another one')
    expect(await hash()).not.toBe(first)
    expect((await asOwner(['demo'])).code).toBe(0)
  })
})

test.describe('qlctl user', () => {
  const account = (login: string) =>
    db().row(`select u.role, u.name, u.password_hash, n.code as unit, k.staff_no, e.uscc, u.disabled_at from ql.users u left join ql.units n on n.id = u.unit_id
      left join ql.coordinators k on k.id = u.coordinator_id left join ql.enterprises e on e.id = u.enterprise_id where u.login = $1`, login)
  const session = (login: string) =>
    db().rows(`insert into ql.sessions (token_hash, user_id, csrf, expires_at) select decode(md5(random()::text), 'hex'), id, 'x', now() + interval '1 hour' from ql.users where login = $1`, login)
  const sessions = (login: string) => db().count('select count(*) from ql.sessions s join ql.users u on u.id = s.user_id where u.login = $1', login)

  test('adds each kind of account; the password comes on standard input and is stored as argon2id', async () => {
    expect(await asOwner(['user', 'add', 'Wang', '--role=coordinator', '--unit=2248', '--staff-no=2248-2', '--name=王芳'], 'a long password\n')).toEqual({ code: 0, out: '' })
    expect(await account('wang')).toMatchObject({ role: 'coordinator', name: '王芳', unit: '2248', staff_no: '2248-2', password_hash: expect.stringMatching(/^\$argon2id\$/) })
    expect((await asOwner(['user', 'add', 'boss', '--role=supervisor', '--unit=2200'], 'a long password')).code).toBe(0)
    expect((await asOwner(['user', 'add', 'firm', '--role=enterprise', '--uscc=913100007449143662'], 'a long password')).code).toBe(0)
    expect(await account('firm')).toMatchObject({ role: 'enterprise', unit: null, uscc: '913100007449143662' })
    const { out } = await asOwner(['user', 'list'])
    expect(out).toMatch(/wang +coordinator +王芳 @ 2248 \S+ 2248-2/)
    expect(out).not.toContain('argon2')
  })

  const REFUSED: [string, string[], string, RegExp][] = [
    ['a short password', ['add', 'x1', '--role=supervisor', '--unit=2200'], 'short', /10 to 200 bytes/],
    ['no password', ['add', 'x2', '--role=supervisor', '--unit=2200'], '', /no password came/],
    ['an unknown unit', ['add', 'x3', '--role=supervisor', '--unit=9999'], 'a long password', /no unit \\?"9999/],
    ['a coordinator without staff number', ['add', 'x4', '--role=coordinator', '--unit=2200'], 'a long password', /needs --unit and --staff-no/],
    ['an unknown role', ['add', 'x5', '--role=king'], 'a long password', /must be supervisor, coordinator, agent, enterprise, administrator, security, auditor or kiosk/],
    ['a login that is taken', ['add', 'LIN', '--role=supervisor', '--unit=2200'], 'a long password', /is taken/],
    ['a password for nobody', ['password', 'nobody'], 'a long password', /no login nobody/],
    ['a password as an argument', ['password', 'lin', 'secret'], '', /qlctl user add LOGIN/],
  ]
  for (const [what, args, input, words] of REFUSED) {
    test(`refuses ${what}`, async () => {
      const { code, out } = await asOwner(['user', ...args], input)
      expect(code).toBe(1)
      expect(out).toMatch(words)
    })
  }

  test('a new password and a disabled account end all sessions', async () => {
    await session('zhou')
    const before = (await account('zhou'))['password_hash']
    expect((await asOwner(['user', 'password', 'zhou'], 'quite another one\n')).code).toBe(0)
    expect((await account('zhou'))['password_hash']).not.toBe(before)
    expect(await sessions('zhou')).toBe(0)
    await session('zhou')
    expect((await asOwner(['user', 'disable', 'zhou'])).code).toBe(0)
    expect((await account('zhou'))['disabled_at']).not.toBeNull()
    expect(await sessions('zhou')).toBe(0)
    expect((await asOwner(['user', 'enable', 'zhou'])).code).toBe(0)
    expect((await account('zhou'))['disabled_at']).toBeNull()
  })

  test('no service role may do it', async () => {
    expect((await run('qlctl', ['user', 'disable', 'lin'], { env: { QL_PG_DSN: river().dsn('ql_operator') } })).code).toBe(1)
  })
})

test.describe('qlgen', () => {
  const START = '--qlgen.start=2026-11-23T09:00:00+08:00'
  const TOPICS = ['enterprise.enquiries', 'clearance.incidents', 'hotline.calls']

  /** How often each record is on the inbound topics: identity and a digest of key, headers and value. */
  const census = async () => {
    const seen = new Map<string, number>()
    for (const topic of TOPICS) {
      for (const { key, value, headers } of await river().kafka.readAll(topic)) {
        if (headers['ce_source'] === '/qingling/gateway') continue
        const digest = createHash('sha256').update([topic, key, JSON.stringify(headers), value.toString('hex')].join('|')).digest('hex')
        const record = `${headers['ce_source'] ?? topic} ${headers['ce_id'] ?? '-'} ${digest}`
        seen.set(record, (seen.get(record) ?? 0) + 1)
      }
    }
    return seen
  }

  test('the same seed, start and people give the same records to the byte; another seed gives others', async () => {
    const args = ['--qlgen.rate=0', '--qlgen.count=400', '--qlgen.seed=7', '--qlgen.replies=false', START]
    const before = await census()
    expect((await generate(args)).code).toBe(0)
    const once = await census()
    expect((await generate(args)).code).toBe(0)
    const twice = await census()
    const added = (from: Map<string, number>, to: Map<string, number>) =>
      [...to].flatMap(([record, n]) => Array.from({ length: n - (from.get(record) ?? 0) }, () => record)).sort()
    const first = added(before, once)
    expect(first.length).toBe(400)
    expect(added(once, twice)).toEqual(first)

    expect((await generate([...args.slice(0, 2), '--qlgen.seed=8', '--qlgen.replies=false', START])).code).toBe(0)
    const other = await census()
    expect(added(twice, other).filter((record) => twice.has(record))).toEqual([])
  })

  test('what it sends comes to what its ledger expects, and all accounts balance', async () => {
    const ledger = join(river().dir, 'ledger')
    const before = await river().metric('intake', 'intake_records_total')
    const { code, out } = await generate(['--qlgen.rate=0', '--qlgen.count=2500', '--qlgen.bad=20', '--qlgen.haste=600', `--qlgen.ledger=${ledger}`])
    expect(code, out).toBe(0)
    expect(out).toContain('acknowledged=2500 lost=0')
    await worked(before + 2500)
    await settled()

    const lines = readFileSync(ledger, 'utf8').trim().split('\n').map((line) => line.split('\t'))
    expect(lines.length).toBe(2500)
    const topics = new Map<string, number>()
    for (const [topic] of lines) topics.set(topic as string, (topics.get(topic as string) ?? 0) + 1)
    expect([...topics.keys()].sort()).toEqual([...TOPICS].sort())
    for (const n of topics.values()) expect(n).toBeGreaterThan(200)
    const ids = lines.map(([, source, id]) => `${source} ${id}`).filter((id) => !id.endsWith(' -'))
    expect(new Set(ids).size).toBeLessThan(ids.length) // some were sent twice
    for (const outcome of ['opened', 'opened_closed', 'attached', 'joined', 'recorded']) {
      expect(await db().count('select count(*) from ql.inbox where outcome = $1', outcome), outcome).toBeGreaterThan(0)
    }
    expect(await db().count('select count(*) from ql.case_links')).toBeGreaterThan(0) // twins

    // What earlier tests sent may still have been under way when counting began, so the accounts themselves are waited for.
    await waitUntil(async () => {
      const check = await asOperator(['check', `--check.ledger=${ledger}`])
      if (check.code !== 0) throw new Error(check.out)
      return true
    }, { what: 'balanced accounts', timeout: 30_000, every: 500 })
    const verify = await asOperator(['verify'])
    expect(verify.code, verify.out).toBe(0)
    expect(verify.out).toMatch(/^ok +\d+ cases, \d+ journal rows, 0 faults/)

    writeFileSync(ledger, `enterprise.enquiries\t/portal\tnever-sent\tcase\n${readFileSync(ledger, 'utf8')}`)
    const missing = await asOperator(['check', `--check.ledger=${ledger}`])
    expect(missing.code).toBe(1)
    expect(missing.out).toContain('/portal never-sent: expected case, is nowhere')
  })

  test('with qlgen.work cases are accepted, answered and closed by coordinators', async () => {
    const closed = () => db().count(`select count(distinct case_id) from ql.journal where event = 'closed' and actor_kind = 'coordinator'`)
    const before = await closed()
    const working = generate(['--qlgen.rate=20', '--qlgen.count=300', '--qlgen.work', '--qlgen.open=20'], { QL_PG_DSN_WORK: river().dsn('ql_clock') })
    await waitUntil(async () => (await closed()) > before, { what: 'an officer to close a case', timeout: 45_000 })
    const { code, out } = await working
    expect(code, out).toBe(0)
    expect(out).not.toContain('officers_pause')
    await settled()
    const check = await asOperator(['check'])
    expect(check.code, check.out).toBe(0)
    const clocks = await asOperator(['verify', 'clocks']) // of everything that was met, paused, stopped and of every part
    expect(clocks.code, clocks.out).toBe(0)
    expect(clocks.out).toMatch(/^ok +\d{3,} clocks computed again, 0 differ/m)
  })

  test('only the topics asked for', async () => {
    const count = async (topic: string) => (await river().kafka.readAll(topic)).length
    const before = await Promise.all(TOPICS.map(count))
    expect((await generate(['--qlgen.rate=0', '--qlgen.count=50', '--qlgen.topics=hotline.calls'])).code).toBe(0)
    const after = await Promise.all(TOPICS.map(count))
    expect(after.map((n, i) => n - (before[i] as number))).toEqual([0, 0, 50])
    expect((await generate(['--qlgen.topics=nothing'])).out).toContain('names none of')
  })
})

test.describe('qlctl verify and check', () => {
  test.beforeAll(async () => {
    if ((await db().count('select count(*) from ql.cases')) > 0) return
    await generate(['--qlgen.rate=0', '--qlgen.count=300'])
    await settled()
  })

  /** Runs `tamper` as a superuser past triggers, then `look`, then puts everything back. */
  async function tampered(tamper: string, undo: string, look: () => Promise<void>): Promise<void> {
    const past = (sql: string) => db().session((client) => client.query(`set session_replication_role = replica; ${sql}`))
    await past(tamper)
    try {
      await look()
    } finally {
      await past(undo)
    }
  }
  const one = () => db().row<{ id: number; number: string; version: number }>(`select id, number, version from ql.cases where version >= 3 order by id limit 1`)

  test('a changed row, a forged hash and a missing row are found and named', async () => {
    const { id, number, version } = await one()
    await tampered(`create table public.kept as select * from ql.journal where case_id = ${id}; update ql.journal set event = 'forged' where case_id = ${id} and version = 2`,
      `update ql.journal j set event = k.event from public.kept k where k.case_id = j.case_id and k.version = j.version`, async () => {
        const { code, out } = await asOperator(['verify'])
        expect(code).toBe(1)
        expect(out).toContain(`case ${number} version 2: its content is not what was hashed`)
        expect((await asOperator(['verify', number])).code).toBe(1)
      })
    await tampered(`delete from ql.journal where case_id = ${id} and version = 2`, `insert into ql.journal select * from public.kept where version = 2`, async () => {
      expect((await asOperator(['verify', number])).out).toContain(`version 3: a row before it is missing`)
    })
    await tampered(`delete from ql.journal where case_id = ${id} and version = ${version}`, `insert into ql.journal select * from public.kept where version = ${version}; drop table public.kept`, async () => {
      const { code, out } = await asOperator(['verify', number])
      expect(code).toBe(1)
      expect(out).toContain(`not at their journal's last row: ${number}`)
    })
    expect((await asOperator(['verify', number])).out).toMatch(/^ok +1 cases, \d+ journal rows, 0 faults/)
    expect((await asOperator(['verify', '000000-00000-0'])).code).toBe(1)
  })

  test('an account that does not balance is named', async () => {
    const { id, number } = await one()
    const loaded = await db().row<{ id: number; staff_no: string }>('select id, staff_no from ql.coordinators where open_weight > 0 order by id limit 1')
    const cases: [string, string, string | RegExp][] = [
      [`update ql.coordinators set open_weight = open_weight - 1 where id = ${loaded.id}`, `update ql.coordinators set open_weight = open_weight + 1 where id = ${loaded.id}`, `${loaded.staff_no}:`],
      [`insert into ql.case_access (scope, case_id, open, sort_at) select -99999, id, open, sort_at from ql.cases where id = ${id}`, `delete from ql.case_access where scope = -99999`, `${number} scope -99999`],
      [`update ql.case_access set sort_at = sort_at + interval '1 second' where case_id = ${id}`, `update ql.case_access a set sort_at = c.sort_at from ql.cases c where c.id = a.case_id`, `FAULT  lists show a case in the order and state it has`],
      [`update ql.cases set entries = entries + 1 where id = ${id}`, `update ql.cases set entries = entries - 1 where id = ${id}`, number],
    ]
    for (const [tamper, undo, words] of cases) {
      await tampered(tamper, undo, async () => {
        const { code, out } = await asOperator(['check'])
        expect(code, tamper).toBe(1)
        expect(out).toContain(words)
      })
    }
    const { code, out } = await asOperator(['check'])
    expect(code, out).toBe(0)
  })
})

test.describe('qlctl quarantine', () => {
  const good = { channel: 'portal', subject: '查验', text: '箱子还没有查验', occurred_at: '2026-11-22T09:00:00+08:00' }
  async function faulty(data: object): Promise<{ row: number; id: string }> {
    const id = await river().kafka.event('enterprise.enquiries', { type: 'qingling.enquiry.received.v1', source: '/quarantine', id: randomUUID(), key: '钥匙', data })
    const row = await waitUntil(async () => (await db().rows<{ id: number }>(`select id from ql.quarantine where message_id = $1 and state = 'open'`, id))[0]?.id, { what: 'the message in quarantine' })
    return { row, id }
  }

  test('lists and shows a faulty message with its reason, headers and bytes', async () => {
    const { row, id } = await faulty({ ...good, channel: 'telepathy', text: '\u001b[31mred' })
    expect((await asOperator(['quarantine', 'list'])).out).toMatch(new RegExp(`^ *${row} .*enterprise\\.enquiries +not_allowed +/channel`, 'm'))
    const { code, out } = await asOperator(['quarantine', 'show', String(row)])
    expect(code).toBe(0)
    for (const words of [`message   ${row}, open`, `/quarantine ${id}`, 'not_allowed at /channel', 'ce_type = qingling.enquiry.received.v1', '钥匙', 'telepathy']) expect(out).toContain(words)
    expect(out).not.toContain('\u001b')
    expect((await asOperator(['quarantine', 'show', '99999999'])).code).toBe(1)
  })

  test('sent again unchanged it is faulty again; corrected it becomes a case, still the same message', async () => {
    const { row, id } = await faulty({ ...good, occurred_at: 'yesterday' })
    expect((await asOperator(['quarantine', 'replay', String(row), '--by=duty'])).code).toBe(0)
    expect(await db().row('select state, settled_by, settled_why from ql.quarantine where id = $1', row)).toEqual({ state: 'replayed', settled_by: 'duty', settled_why: 'sent again unchanged' })
    const again = await waitUntil(async () => (await db().rows<{ id: number }>(`select id from ql.quarantine where message_id = $1 and id > $2`, id, row))[0]?.id, { what: 'the message in quarantine again' })
    const headers = await db().value<{ name: string; value: string }[]>('select headers from ql.quarantine where id = $1', again)
    expect(headers.find(({ name }) => name === 'ql_replay_of')?.value).toBe(`\\x${Buffer.from(String(row)).toString('hex')}`)

    const edit = join(river().dir, 'corrected.json')
    writeFileSync(edit, JSON.stringify(good))
    expect((await asOperator(['quarantine', 'replay', String(again), `--edit=${edit}`])).code).toBe(0)
    await waitUntil(() => db().count(`select count(*) from ql.inbox where source = '/quarantine' and message_id = $1 and outcome = 'opened'`, id), { what: 'the corrected message as a case' })
    expect((await asOperator(['quarantine', 'replay', String(again)])).out).toContain('is replayed already')
    const sent = (await river().kafka.readAll('enterprise.enquiries')).filter(({ headers: h }) => h['ce_id'] === id)
    const copies = sent.map(({ key, headers: h }) => `${key} ${h['ql_replay_of'] ?? 'first'}`).sort()
    expect(copies).toEqual([`钥匙 ${row}`, `钥匙 ${again}`, '钥匙 first'].sort())
  })

  test('a missing header can be added', async () => {
    const id = randomUUID()
    await river().kafka.send('enterprise.enquiries', [{ value: JSON.stringify(good), headers: { 'content-type': 'application/json', ce_specversion: '1.0', ce_source: '/quarantine', ce_type: 'qingling.enquiry.received.v1' } }])
    const row = await waitUntil(async () => (await db().rows<{ id: number }>(`select id from ql.quarantine where reason = 'missing_header' and source = '/quarantine' and state = 'open'`))[0]?.id, { what: 'the message without id' })
    expect((await asOperator(['quarantine', 'replay', String(row), `--header=ce_id=${id}`])).code).toBe(0)
    await waitUntil(() => db().count(`select count(*) from ql.inbox where message_id = $1`, id), { what: 'the message with its id' })
  })

  test('discarding wants a reason', async () => {
    const { row } = await faulty({ ...good, text: 7 })
    expect((await asOperator(['quarantine', 'discard', String(row)])).out).toContain('say why')
    expect((await asOperator(['quarantine', 'discard', String(row), '--why=a test of the sender'])).code).toBe(0)
    expect(await db().row('select state, settled_by, settled_why from ql.quarantine where id = $1', row)).toEqual({ state: 'discarded', settled_by: 'ql_operator', settled_why: 'a test of the sender' })
    expect((await asOperator(['quarantine', 'discard', String(row), '--why=again'])).code).toBe(1)
  })
})

test.describe('qlctl health', () => {
  const SERVICES = ['relay', 'intake', 'dispatch', 'clock']
  const health = async () => asOperator(['health'], Object.fromEntries(SERVICES.map((name) => [`QL_HEALTH_${name.toUpperCase()}`, String(river().healthPort(name))])))

  test('all is well: status 0, one line each', async () => {
    await settled()
    const { out } = await waitUntil(async () => {
      const said = await health()
      return said.code === 0 ? said : undefined
    }, { what: 'good health' })
    for (const what of [...SERVICES.map((name) => `service ${name}`), 'cases', 'clocks', 'journal to case.events', 'enterprise.enquiries', 'clearance.incidents', 'hotline.calls']) {
      expect(out).toMatch(new RegExp(`^ok +${what.replaceAll('.', '\\.')} `, 'm'))
    }
    expect(out.split('\n').length).toBeLessThan(24)
  })

  test('a service that is down, and what waits for it, is red, with what to do', async () => {
    await river().kill('relay')
    await waitUntil(async () => {
      const { code, out } = await health()
      return code === 1 && /^RED +service relay +does not answer on port \d+\n.*-> start it/m.test(out) && /^RED +journal to case.events +slot ql_relay idle/m.test(out)
    }, { what: 'relay red' })
    await river().start('relay')
    await waitUntil(async () => (await health()).code === 0, { what: 'good health again' })
  })

  test('takes addresses from the file of make run', async () => {
    const file = join(river().dir, 'env')
    writeFileSync(file, `QL_URL=http://127.0.0.1:1\nQL_KAFKA_BROKERS='${river().brokers}'\nQL_PG_DSN='${river().dsn('ql_operator')}'\n${SERVICES.map((name) => `QL_HEALTH_${name}=${river().healthPort(name)}\n`).join('')}`)
    const { code, out } = await run('qlctl', ['health', `--health.file=${file}`], { env: { QL_KAFKA_BROKERS: '', QL_PG_DSN: '' } })
    expect(code, out).toBe(0)
    expect(out).toMatch(/^ok +service intake/m)
    const nothing = await run('qlctl', ['health', '--health.file=/nowhere'], { env: { QL_KAFKA_BROKERS: '', QL_PG_DSN: '' } })
    expect(nothing.code).toBe(1)
    expect(nothing.out).toContain('no health port is known')
  })
})

test('every command explains itself, and says what it does not know', async () => {
  const { code, out } = await run('qlctl', ['--help'])
  expect(code).toBe(0)
  for (const [, name] of out.matchAll(/^ {2}(\w+)/gm)) {
    const help = await run('qlctl', [name as string, '--help'])
    expect(help.code, name).toBe(0)
    expect(help.out, name).toContain('usage:')
  }
  expect((await run('qlctl', ['dance'])).code).toBe(1)
  expect((await run('qlctl', ['verify', '--nonsense'], { env: { QL_PG_DSN: 'postgresql://x' } })).out).toContain('unknown argument')
})

test('the option tables of the READMEs are what the programs print', async () => {
  const tables: [string, string, string[]][] = [
    ...['migrate', 'import', 'demo', 'topics', 'user', 'quarantine', 'health', 'verify', 'roster', 'clock', 'clocks', 'check'].map((name): [string, string, string[]] => ['qlctl', 'qlctl', [name]]),
    ['qlgen', 'qlgen', []]
  ]
  for (const [folder, program, words] of tables) {
    const { code, out } = await run(program, [...words, '--help=markdown'])
    expect(code).toBe(0)
    expect(readFileSync(join(root, 'services/tools', folder, 'README.md'), 'utf8'), `${program} ${words.join(' ')}: paste the output of --help=markdown`).toContain(out)
  }
})
