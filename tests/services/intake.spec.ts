/** intake: what each kind of record comes to, and that nothing is lost, doubled or in the way of others. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hostileRecords } from '../contract/hostile.ts'
import { structured, type CloudEvent } from '../lib/kafka.ts'
import { root } from '../lib/paths.ts'
import { enterprise, uscc } from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'
import { events, unitId } from './cases.ts'

const river = useStack({ services: ['intake'] })
const db = () => river().db

interface Inbox { outcome: string; case_id: number | null }
const settled = (id: string): Promise<Inbox> =>
  waitUntil(async () => (await db().rows<Inbox>('select outcome, case_id from ql.inbox where message_id = $1', id))[0], { what: `message ${id} in the inbox` })
const faulty = (id: string): Promise<{ reason: string; sentence_zh: string }> =>
  waitUntil(async () => (await db().rows<{ reason: string; sentence_zh: string }>('select reason, sentence_zh from ql.quarantine where message_id = $1', id))[0], {
    what: `message ${id} in quarantine`
  })

let serial = 0
const container = () => {
  // ISO 6346: letters count 10, 12 ... without multiples of 11, weights are powers of two, the check is mod 11 mod 10
  const body = `CSQU${String(100000 + ++serial)}`
  const value = (c: string) => (/\d/.test(c) ? Number(c) : [10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 34, 35, 36, 37, 38][c.charCodeAt(0) - 65]!)
  return body + ((([...body].reduce((sum, c, i) => sum + value(c) * 2 ** i, 0)) % 11) % 10)
}
const declaration = () => `222220260${String(100000000 + ++serial)}`
const soon = (seconds = 0) => new Date(Date.now() + seconds * 1000).toISOString()

const enquiry = (data: object = {}, more: Partial<CloudEvent> = {}): CloudEvent => ({
  type: 'qingling.enquiry.received.v1',
  data: { channel: 'portal', subject: `subject ${++serial}`, text: '箱子进不了港, 请协助', occurred_at: soon(), ...data },
  ...more
})
const incident = (data: object): CloudEvent => ({ type: 'qingling.incident.raised.v1', data: { unit: '2248', occurred_at: soon(), ...data } })
const call = (stage: string, data: object): CloudEvent => ({ type: `qingling.call.${stage}.v1`, data })

const say = (event: CloudEvent) => river().kafka.event('enterprise.enquiries', event)
const raise = (event: CloudEvent) => river().kafka.event('clearance.incidents', event)
const ring = (event: CloudEvent) => river().kafka.event('hotline.calls', event)

async function ended(data: object): Promise<string> {
  const base = { call_id: `call-${++serial}`, hotline: '12360', caller: '13800000001', started_at: soon(-120), ended_at: soon(), outcome: 'answered', solved: false }
  return ring(call('ended', { ...base, ...data }))
}

test('an enquiry becomes a case with its identifiers, its unit, its clocks and its first journal row', async () => {
  const { id: principal, uscc: code } = await enterprise(db(), { home: '2222', credit: ['decree282', 'advanced_certified'] })
  const box = container()
  const needed = new Date(Date.now() + 3 * 3600_000).toISOString()
  const id = await say(enquiry({
    uscc: code.toLowerCase(), unit: '2248', category: 'examination_wait', receipt: 'R-1001', contact: { name: '李四', phone: '138 1234 5678' },
    needed_by: { at: needed, reason: 'cut_off' }, references: [{ type: 'container', value: box.toLowerCase() }, { type: 'hs', value: '9026809000' }]
  }))
  const { outcome, case_id } = await settled(id)
  expect(outcome).toBe('opened')

  const c = await db().row(`select c.*, u.code as lead, d.code as district from ql.cases c join ql.units u on u.id = c.lead_unit_id join ql.units d on d.id = c.district_id where c.id = $1`, case_id)
  expect(c).toMatchObject({ procedure: 'coordination', kind: 'enquiry', state: 'received', version: 1, tier: 'aeo', principal_id: principal, lead: '2222', district: '2200', reach: 'department', priority: 'urgent', needed_reason: 'cut_off' })
  expect(c['number']).toMatch(/^\d{6}-\d{5,}-\d$/)
  expect(await db().rows('select type, value, fault from ql.case_references where case_id = $1 order by type', case_id)).toEqual([
    { type: 'container', value: box, fault: null }, { type: 'hs', value: '9026809000', fault: null }
  ])
  expect((await db().rows('select kind from ql.clocks where case_id = $1 order by kind', case_id)).map((k) => k['kind'])).toEqual(['first_response', 'joint_accept', 'resolution', 'unassigned'])
  // The goods stand at another unit than the one that leads: it is on the case from the first minute.
  expect(await db().rows('select u.code, p.capacity, p.state, p.is_lead from ql.case_parties p join ql.units u on u.id = p.unit_id where p.case_id = $1 order by p.seq', case_id))
    .toEqual([{ code: '2222', capacity: 'home', state: 'working', is_lead: true }, { code: '2248', capacity: 'port', state: 'invited', is_lead: false }])
  expect(await db().row('select phone_key from ql.case_people where case_id = $1', case_id)).toEqual({ phone_key: '+8613812345678' })
  expect(await db().value('select case_id from ql.case_aliases where alias = $1', 'R-1001')).toBe(case_id)
  const scopes = (await db().rows<{ scope: number }>('select scope from ql.case_access where case_id = $1', case_id)).map((a) => a.scope).sort((a, b) => a - b)
  expect(scopes).toEqual([-principal, ...(await Promise.all(['0000', '2200', '2222', '2248'].map((u) => unitId(db(), u))))].sort((a, b) => a - b))
  const j = await db().row(`select j.event, j.hash = c.head_hash as head, length(j.hash) as n from ql.journal j join ql.cases c on c.id = j.case_id where j.case_id = $1`, case_id)
  expect(j).toEqual({ event: 'opened', head: true, n: 32 })
})

test('the same message again, by redelivery or by its producer, has no effect', async () => {
  const event = enquiry({}, { id: randomUUID(), source: '/twice' })
  await say(event)
  await say(event)
  await river().kafka.send('enterprise.enquiries', [structured(event)]) // in another mode, still the same message
  await say(enquiry({}, { id: 'after-twice' }))
  await settled('after-twice')
  await waitUntil(async () => (await river().metric('intake', 'intake_duplicates_total')) >= 2, { what: 'two duplicates counted' })
  expect(await db().count('select count(*) from ql.inbox where message_id = $1', event.id)).toBe(1)
  expect(await db().count('select count(*) from ql.cases c join ql.inbox i on i.case_id = c.id where i.message_id = $1', event.id)).toBe(1)
})

test('a repeated report of one enterprise attaches, the same box of another one is linked', async () => {
  const owner = await enterprise(db()), broker = await enterprise(db(), { broker: true })
  const references = [{ type: 'container', value: container() }]
  const first = await settled(await say(enquiry({ uscc: owner.uscc, references })))
  const again = await settled(await say(enquiry({ uscc: owner.uscc, references, channel: 'mail' })))
  const other = await settled(await say(enquiry({ uscc: broker.uscc, role: 'declarant', references })))

  expect(again).toEqual({ outcome: 'attached', case_id: first.case_id })
  expect(await db().value('select repeats from ql.cases where id = $1', first.case_id)).toBe(1)
  expect(other.outcome).toBe('opened')
  expect(other.case_id).not.toBe(first.case_id)
  expect(await db().count(`select count(*) from ql.case_links where kind = 'same_reference' and (case_id, other_id) in (($1, $2), ($2, $1))`, first.case_id, other.case_id)).toBe(2)
  expect(await events(db(), other.case_id!)).toEqual(['opened', 'linked'])
})

test('a message that names what two open cases are about makes them one', async () => {
  const owner = await enterprise(db())
  const [a, b] = [{ type: 'container', value: container() }, { type: 'bill', value: `B${++serial}` }]
  const older = (await settled(await say(enquiry({ uscc: owner.uscc, references: [a] })))).case_id!
  const younger = (await settled(await say(enquiry({ uscc: owner.uscc, references: [b] })))).case_id!
  const both = await settled(await say(enquiry({ uscc: owner.uscc, references: [b, a] })))
  expect(await db().row('select state, merged_into from ql.cases where id = $1', younger)).toEqual({ state: 'merged', merged_into: older })
  expect([older, younger]).toContain(both.case_id)
  expect(await db().count(`select count(*) from ql.clocks where case_id = $1 and state in ('running', 'paused')`, younger)).toBe(0)
  const number = await db().value<string>('select number from ql.cases where id = $1', younger)
  const later = await settled(await say(enquiry({ uscc: owner.uscc, subject: '补充', reply_to: number, occurred_at: soon(900) })))
  expect(later).toEqual({ outcome: 'attached', case_id: older }) // what reaches the merged one lands on its heir
})

test('two reports of one box in the same instant, through two topics, are one case', async () => {
  const owner = await enterprise(db())
  const box = container()
  const ids = await Promise.all(Array.from({ length: 6 }, (_, i) => i % 2
    ? say(enquiry({ uscc: owner.uscc, references: [{ type: 'container', value: box }] }, { key: `k${i}` }))
    : ended({ uscc: owner.uscc, references: [{ type: 'container', value: box }], summary: `箱子 ${i}` })))
  const cases = new Set((await Promise.all(ids.map(settled))).map((one) => one.case_id))
  expect(cases.size).toBe(1)
})

test('several messages of one person within the pause are one, a greeting alone is a record', async () => {
  const person = { channel: 'wechat', channel_user: `o${++serial}` }
  const hello = await settled(await say(enquiry({ ...person, subject: '您好', text: '您好！' }, { key: person.channel_user })))
  const one = await settled(await say(enquiry({ ...person, subject: '查验', text: '我们的箱子还没查验' }, { key: person.channel_user })))
  const two = await settled(await say(enquiry({ ...person, subject: '箱号', text: '在洋山' }, { key: person.channel_user })))
  const later = await settled(await say(enquiry({ ...person, subject: '另一件事', text: '税单没有收到', occurred_at: soon(600) }, { key: person.channel_user })))

  expect(hello).toEqual({ outcome: 'recorded', case_id: null })
  expect(one.outcome).toBe('opened')
  expect(two).toEqual({ outcome: 'joined', case_id: one.case_id })
  expect(await db().value('select repeats from ql.cases where id = $1', one.case_id)).toBe(0)
  expect(later.outcome).toBe('opened')
  expect(later.case_id).not.toBe(one.case_id)
})

test('a message without a subject takes its first line, one that says nothing is a record only', async () => {
  const lines = await settled(await say(enquiry({ subject: '', text: '箱子还没放行\n请看附件' })))
  expect(await db().value('select subject from ql.cases where id = $1', lines.case_id)).toBe('箱子还没放行')
  expect(await settled(await say(enquiry({ subject: '', text: ' ' })))).toEqual({ outcome: 'recorded', case_id: null })
  const bare = await settled(await say(enquiry({ subject: ' ', text: ' ', references: [{ type: 'container', value: container() }] })))
  expect(await db().value('select subject from ql.cases where id = $1', bare.case_id)).toBe('（无文字）')
})

test('a record that the database refuses is put aside alone, and at once', async () => {
  await db().run(`create or replace function ql.refuse() returns trigger language plpgsql as $$ begin if new.subject = 'refuse me' then raise exception using errcode = '23514'; end if; return new; end $$;
                  create trigger refuse before insert on ql.cases for each row execute function ql.refuse()`)
  const ids = await river().kafka.events('enterprise.enquiries', [enquiry({}, { key: 'one' }), enquiry({ subject: 'refuse me' }, { key: 'one' }), enquiry({}, { key: 'one' })])
  expect((await faulty(ids[1]!)).reason).toBe('refused')
  for (const id of [ids[0]!, ids[2]!]) expect((await settled(id)).outcome).toBe('opened')
  await db().run('drop trigger refuse on ql.cases')
})

test('whoever is unknown is served too, and wrong identifiers are kept, marked and shown', async () => {
  const { outcome, case_id } = await settled(await say(enquiry({ uscc: '913100007449143661', unit: '2248', references: [{ type: 'container', value: 'CSQU3054384' }] })))
  expect(outcome).toBe('opened')
  expect(await db().row(`select c.principal_id, u.code from ql.cases c join ql.units u on u.id = c.lead_unit_id where c.id = $1`, case_id)).toEqual({ principal_id: null, code: '2248' })
  const reference = await db().row<{ value: string; fault: { code: string; zh: string } }>('select value, fault from ql.case_references where case_id = $1', case_id)
  expect(reference).toMatchObject({ value: 'CSQU3054384', fault: { code: 'bad_check' } })
  const data = await db().value<{ message: { uscc: { value: string; fault: string } } }>('select data from ql.journal where case_id = $1', case_id)
  expect(data.message.uscc).toMatchObject({ value: '913100007449143661', fault: 'bad_check' })
})

test('a valid code nobody has entered becomes an enterprise that is marked as not known', async () => {
  const code = uscc(70_000_000 + ++serial)
  const { case_id } = await settled(await say(enquiry({ uscc: code })))
  expect(await db().row('select e.uscc, e.known from ql.cases c join ql.enterprises e on e.id = c.principal_id where c.id = $1', case_id)).toEqual({ uscc: code, known: false })
})

test('every notice is kept by reference; the map says which open a case; another one attaches', async () => {
  const number = declaration()
  const release = await settled(await raise(incident({ declaration: number, code: 'J' })))
  const hold = await settled(await raise(incident({ declaration: number, code: 'H', note: '工作秘密' })))
  const recheck = await settled(await raise(incident({ declaration: number, code: 'M' })))
  expect(release).toEqual({ outcome: 'recorded', case_id: null })
  expect(hold.outcome).toBe('opened')
  expect(recheck).toEqual({ outcome: 'attached', case_id: hold.case_id })
  expect(await db().rows('select code from ql.notices where declaration = $1 order by rank', number)).toEqual([{ code: 'M' }, { code: 'J' }, { code: 'H' }])
  expect(await db().count(`select count(*) from ql.entries where case_id = $1 and (text like '%秘密%' or audience = 'public')`, hold.case_id)).toBe(0)
})

test('a notice arms a watch for what must follow; what follows disarms it, in whatever order it comes', async () => {
  const [a, b] = [declaration(), declaration()]
  await settled(await raise(incident({ declaration: a, code: 'T' })))
  await waitUntil(() => db().count(`select count(*) from ql.watches where declaration = $1 and rule = 'tax_due' and state = 'armed' and due_at > now()`, a), { what: 'the watch' })
  await settled(await raise(incident({ declaration: a, code: 'P' })))
  expect(await db().rows('select rule, state from ql.watches where declaration = $1', a)).toEqual([{ rule: 'tax_due', state: 'disarmed' }])
  await settled(await raise(incident({ declaration: b, code: 'P' })))
  await settled(await raise(incident({ declaration: b, code: 'T' })))
  expect(await db().count('select count(*) from ql.watches where declaration = $1', b)).toBe(0)
})

test('the raw DEC_RESULT XML of the clearance systems is read as it is', async () => {
  const number = declaration()
  const xml = readFileSync(join(root, 'topics/examples/dec_result.xml'), 'utf8').replace(/<ENTRY_ID>.*<\/ENTRY_ID>/, `<ENTRY_ID>${number}</ENTRY_ID>`)
  await river().kafka.send('clearance.incidents', [{ value: xml, headers: { 'content-type': 'application/xml' } }])
  const kept = await waitUntil(async () => (await db().rows('select n.code, i.outcome from ql.notices n join ql.inbox i on i.source = n.message_source and i.message_id = n.message_id where n.declaration = $1', number))[0], { what: 'the notice' })
  expect(kept).toEqual({ code: 'E', outcome: 'opened' })
})

test('a solved call is a closed case in one step, an abandoned one of an AEO a call-back, one given up in the menu a record', async () => {
  const phone = `+861390000${String(1000 + ++serial)}`
  const aeo = await enterprise(db(), { phone, credit: ['decree282', 'advanced_certified'] })
  const solved = await settled(await ended({ caller: phone.slice(3), solved: true, summary: '咨询原产地证, 已答复' }))
  const lost = await settled(await ended({ caller: `0086 ${phone.slice(3)}`, outcome: 'abandoned_queue' }))
  const lostAgain = await settled(await ended({ caller: phone, outcome: 'abandoned_queue' }))
  const regular = await settled(await ended({ caller: '13700000009', outcome: 'abandoned_queue' }))
  const menu = await settled(await ended({ caller: phone, outcome: 'abandoned_ivr' }))

  expect(solved.outcome).toBe('opened_closed')
  expect(await db().row('select state, outcome, closed_way, principal_id from ql.cases where id = $1', solved.case_id)).toEqual({ state: 'closed', outcome: 'solved', closed_way: 'direct', principal_id: aeo.id })
  expect(await db().count('select count(*) from ql.clocks where case_id = $1', solved.case_id)).toBe(0)
  expect(lost.outcome).toBe('opened')
  expect(await db().row('select procedure, principal_id from ql.cases where id = $1', lost.case_id)).toEqual({ procedure: 'callback', principal_id: aeo.id })
  expect((await db().rows('select kind from ql.clocks where case_id = $1 order by kind', lost.case_id)).map((k) => k['kind'])).toEqual(['call_back', 'unassigned'])
  expect(lostAgain).toEqual({ outcome: 'attached', case_id: lost.case_id })
  expect(regular).toEqual({ outcome: 'recorded', case_id: null })
  expect(menu).toEqual({ outcome: 'recorded', case_id: null })
})

test('queued, answered and ended tell one call; its recording attaches whenever it comes', async () => {
  const call_id = `call-${++serial}`
  const base = { call_id, hotline: '962116', caller: '02168901234', started_at: soon(-90) }
  await settled(await ring(call('queued', { ...base, queue: 'AEO', ivr_path: '1>3' })))
  await settled(await ring(call('answered', { ...base, agent: 'A7', answered_at: soon(-60) })))
  const { case_id, outcome } = await settled(await ring(call('ended', { ...base, ended_at: soon(), outcome: 'answered', solved: false, summary: '舱单与运抵不符' })))
  expect(outcome).toBe('opened')
  const recorded = await settled(await ring(call('recorded', { call_id, recording_url: 'https://recordings.example/7.mp3' })))
  expect(recorded).toEqual({ outcome: 'attached', case_id })
  expect(await db().row('select queue, agent, outcome, recording_url, case_id from ql.calls where call_id = $1', call_id)).toEqual({
    queue: 'AEO', agent: 'A7', outcome: 'answered', recording_url: 'https://recordings.example/7.mp3', case_id
  })
})

test('a reply finds its case by number, however it is written; a stranger does not enter it', async () => {
  const [mine, stranger] = [await enterprise(db()), await enterprise(db())]
  const { case_id } = await settled(await say(enquiry({ uscc: mine.uscc })))
  const number = await db().value<string>('select number from ql.cases where id = $1', case_id)
  const reply = await settled(await say(enquiry({ uscc: mine.uscc, subject: '补充', reply_to: number.replaceAll('-', ' '), occurred_at: soon(600) })))
  expect(reply).toEqual({ outcome: 'attached', case_id })
  const foreign = await faulty(await say(enquiry({ uscc: stranger.uscc, reply_to: number })))
  expect(foreign).toEqual({ reason: 'foreign_case', sentence_zh: '所回复的协调事项不属于发信企业或本人' })
})

test('a reply to a closed case takes it up again; long after that, a new case refers to it', async () => {
  const mine = await enterprise(db())
  const close = (id: number, days: number) =>
    db().rows(`update ql.cases set state = 'closed', outcome = 'solved', closed_way = 'direct', closed_at = now() - make_interval(days => $2::int) where id = $1`, id, days)
  const number = (id: number) => db().value<string>('select number from ql.cases where id = $1', id)
  const [recent, old] = [(await settled(await say(enquiry({ uscc: mine.uscc })))).case_id!, (await settled(await say(enquiry({ uscc: mine.uscc })))).case_id!]
  await close(recent, 2)
  await close(old, 40)
  const again = await settled(await say(enquiry({ uscc: mine.uscc, subject: '码头仍不放行', reply_to: await number(recent), occurred_at: soon(600) })))
  const anew = await settled(await say(enquiry({ uscc: mine.uscc, subject: '又发生了', reply_to: await number(old), occurred_at: soon(1200) })))
  expect(again).toEqual({ outcome: 'attached', case_id: recent })
  expect(await db().row('select state, cycle from ql.cases where id = $1', recent)).toEqual({ state: 'received', cycle: 2 })
  expect(anew.outcome).toBe('opened')
  expect(await db().count(`select count(*) from ql.case_links where kind = 'reopened_later' and (case_id, other_id) in (($1, $2), ($2, $1))`, anew.case_id, old)).toBe(2)
})

test('over 200 hostile records: each put aside with its reason, told to dead.letters, and no good one harmed', async ({ broker }) => {
  test.setTimeout(120_000)
  const fits = broker === 'kafka' ? 16e6 : 4e6 // the embedded broker keeps only the newest 5 MB of a partition
  const hostile = hostileRecords().filter((r) => r.value !== null && r.value.length < fits)
  const good: string[] = []
  const kept = () => db().count(`select count(*) from ql.quarantine where reason not in ('foreign_case', 'refused')`)
  const sendAll = (records: typeof hostile) =>
    Promise.all(['enterprise.enquiries', 'clearance.incidents', 'hotline.calls'].map((topic) => {
      const of = records.filter((r) => r.topic === topic)
      return of.length ? river().kafka.send(topic, of.map((r) => ({ value: r.value!, headers: r.headers }))) : undefined
    }))
  const small = hostile.filter((r) => r.value!.length <= 100_000)
  const large = hostile.filter((r) => r.value!.length > 100_000)
  for (let i = 0; i < small.length; i += 20) {
    await Promise.all([sendAll(small.slice(i, i + 20)), say(enquiry()).then((id) => good.push(id))])
  }
  await waitUntil(async () => (await kept()) >= small.length, { what: 'the small ones in quarantine', timeout: 60_000 })
  for (const [i, one] of large.entries()) { // one by one, for the same reason
    await sendAll([one])
    await waitUntil(async () => (await kept()) >= small.length + i + 1, { what: `${one.name} in quarantine` })
  }
  const wanted = hostile.map((r) => r.expectedReasonCode).sort()
  const found = await waitUntil(async () => {
    const rows = await db().rows<{ reason: string }>(`select reason from ql.quarantine where reason not in ('foreign_case', 'refused') order by reason collate "C"`)
    return rows.length >= wanted.length && rows.map((r) => r.reason).sort()
  }, { what: 'all of them in quarantine', timeout: 60_000 })
  expect(wanted.length).toBeGreaterThanOrEqual(200)
  expect(found).toEqual(wanted)
  for (const id of good) expect((await settled(id)).outcome).toBe('opened')
  expect(await db().count(`select count(*) from ql.quarantine where sentence_zh = '' or sentence_en = ''`)).toBe(0)
  const told = await river().kafka.readAll('dead.letters')
  const ids = new Set(told.map((r) => r.headers['ce_id']))
  const rows = await db().rows<{ id: string }>(`select topic || '/' || part || '/' || off as id from ql.quarantine`)
  if (broker === 'kafka') expect(rows.filter(({ id }) => !ids.has(id))).toEqual([]) // the embedded broker forgets beyond 5 MB
  expect(ids.size).toBeGreaterThan(0)
})

test('a record of 10 MB is refused unread and stops nothing @kafka', async () => {
  await river().kafka.send('enterprise.enquiries', [{ value: Buffer.alloc(10_000_000, 0x7b), headers: { ce_id: 'huge', ce_source: '/tests', ce_type: 'qingling.enquiry.received.v1', ce_specversion: '1.0', 'content-type': 'application/json' } }])
  const row = await waitUntil(async () => (await db().rows('select reason, size, length(value) as kept from ql.quarantine where size = 10000000'))[0], { what: 'the huge record in quarantine' })
  expect(row).toEqual({ reason: 'too_large', size: 10_000_000, kept: 64 * 1024 })
  expect((await settled(await say(enquiry()))).outcome).toBe('opened')
})

test('killed and started again in the middle of a stream, two of them at once: every message exactly one row @kafka', async () => {
  test.setTimeout(120_000)
  const ids: string[] = []
  await river().start('intake#2')
  for (let round = 0; round < 6; round++) {
    const batch = Array.from({ length: 40 }, () => enquiry({}, { id: randomUUID(), key: `k${serial}` }))
    ids.push(...batch.map((e) => e.id!))
    const sent = river().kafka.events('enterprise.enquiries', batch)
    const victim = round % 2 ? 'intake' : 'intake#2'
    await river().kill(victim)
    await sent
    await river().launch(victim)
  }
  await waitUntil(async () => (await db().count('select count(*) from ql.inbox where message_id = any ($1)', ids)) === ids.length, { what: 'all messages in the inbox', timeout: 60_000 })
  expect(await db().count('select count(distinct case_id) from ql.inbox where message_id = any ($1)', ids)).toBe(ids.length)
  expect(await db().count('select count(*) from ql.consumer_positions p group by cluster order by 1 limit 1')).toBeGreaterThan(0)
})

test('PostgreSQL restarts under it: it says so, waits, and goes on where it was', async ({ cluster }) => {
  test.setTimeout(90_000)
  const before = await say(enquiry())
  await settled(before)
  await cluster.server.stop()
  const during = await say(enquiry({}, { id: randomUUID() }))
  cluster.server.start()
  await cluster.accepting()
  expect((await settled(during)).outcome).toBe('opened')
})
