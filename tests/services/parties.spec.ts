/** Several units on one case, by the interface: asked, given to officers, handed over, ruled, met, visited; and nobody where nobody may be. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Api } from '../lib/api.ts'
import { tempDir } from '../lib/paths.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'
import { broken, verified } from '../faults/account.ts'

const ids = { lu: 0, mei: 0, zhou: 0, shen: 0, tan: 0, firm: 0 }
let code = ''

// No dispatcher: supervisors choose, so that each step is the one that the test took.
const river = useStack({ services: ['relay', 'intake', 'gateway'] }, async ({ db }) => {
  ids.lu = await seed.coordinator(db, { name: '陆安', unit: '4218', capacity: 40 })
  ids.mei = await seed.coordinator(db, { name: '梅青', unit: '4218', capacity: 40 })
  ids.zhou = await seed.coordinator(db, { name: '周敏', unit: '2248', capacity: 40 })
  ids.shen = await seed.coordinator(db, { name: '沈立', unit: '2248', capacity: 40 })
  ids.tan = await seed.coordinator(db, { name: '谭山', unit: '5304', capacity: 1 })
  const firm = await seed.enterprise(db, { name: '青岛某厂', home: '4218' })
  ids.firm = firm.id
  code = firm.uscc
  for (const [login, unit, coordinator] of [['lu', '4218', ids.lu], ['mei', '4218', ids.mei], ['zhou', '2248', ids.zhou], ['shen', '2248', ids.shen], ['tan', '5304', ids.tan]] as const) {
    await seed.user(db, { login, role: 'coordinator', unit, coordinator })
  }
  for (const [login, unit] of [['home', '4218'], ['port', '2248'], ['far', '5304'], ['hq', '0000'], ['ruler', '0000']] as const) {
    await seed.user(db, { login, role: 'supervisor', unit })
  }
  await seed.user(db, { login: 'firm', role: 'enterprise', enterprise: firm.id })
  await db.run(`insert into ql.user_duties (user_id, duty, unit_id) select u.id, 'arbitration', n.id from ql.users u, ql.units n where u.login = 'ruler' and n.code = '0000'`)
})

const people = new Map<string, Api>()
async function as(login: string): Promise<Api> {
  const known = people.get(login) ?? (await river().visitor().signIn(login, seed.PASSWORD))
  people.set(login, known)
  return known
}

/** The case as a person sees it. */
const read = async (login: string, id: number): Promise<any> => (await (await as(login)).get(`/api/v1/cases/${id}`)).body
const versionOf = (id: number): Promise<number> => river().db.value<number>('select version from ql.cases where id = $1', id)

/** A command at the version that the case has now, answered as it should be. */
async function act(login: string, id: number, action: string, more: Record<string, unknown> = {}, status = 200): Promise<any> {
  const answer = await (await as(login)).command(id, action, await versionOf(id), more)
  expect(answer.status, `${login} ${action}: ${JSON.stringify(answer.body)}`).toBe(status)
  return answer.body
}

let said = 0
/** The factory asks; its goods stand where `goods` says. */
async function ask(goods = '2248', more: Record<string, unknown> = {}): Promise<number> {
  const subject = `货物受阻 ${++said}`
  await river().kafka.event('enterprise.enquiries', {
    type: 'qingling.enquiry.received.v1', key: code,
    data: { uscc: code, channel: 'wechat', channel_user: `u${said}`, subject, text: `${subject}，卡在哪一步？`, occurred_at: new Date().toISOString(), unit: goods,
      references: [{ type: 'bill', value: `BL${Date.now()}${said}` }], ...more }
  })
  return Number(await waitUntil(() => river().db.value('select id::text from ql.cases where subject = $1', subject), { what: subject }))
}

/** Led and worked by Lu of the home office. */
async function working(goods?: string): Promise<number> {
  const id = await ask(goods)
  await act('home', id, 'assign', { coordinator: ids.lu })
  await act('lu', id, 'accept')
  return id
}

const party = (full: any, unit: string): any => full.parties.find((one: any) => one.unit === unit)
const load = (coordinator: number): Promise<number> => river().db.value<number>('select open_weight from ql.coordinators where id = $1', coordinator)
const soon = (hours = 48): string => new Date(Date.now() + hours * 3600_000).toISOString()

test('a problem at a port two districts away: four officers, each in the own part, and the journal tells it back', async () => {
  const id = await working()
  const wall = await (await as('port')).live()
  await wall.until('the snapshot', (frame) => frame.type === 'snapshot')

  // The port is on the case from the first minute; its supervisor finds an officer.
  expect(party(await read('port', id), '2248')).toMatchObject({ party: 2, capacity: 'port', lead: false, state: 'invited', coordinator: null, wanted: null })
  await act('lu', id, 'invite', { unit: '2248', capacity: 'port', text: '请核舱单与运抵是否一致' })
  await act('port', id, 'assign_party', { party: 2, coordinator: ids.zhou, reason: '熟悉舱单' })
  expect((await read('zhou', id)).actions).toEqual(expect.arrayContaining(['accept_party', 'refuse_party', 'contribute', 'finish_party', 'pass_on', 'invite', 'recuse']))
  expect((await read('shen', id)).actions).not.toContain('accept_party')
  await act('zhou', id, 'contribute', { party: 2, text: '先写一句' }, 409) // not accepted yet
  await act('zhou', id, 'accept_party', { party: 2 })
  await act('zhou', id, 'contribute', { text: '运抵报告缺一份' }) // the part is one's own when none is named
  expect((await act('shen', id, 'contribute', { text: '我也说一句' }, 422)).field).toBe('/party')

  // A party asks in its own district; the lead anywhere.
  expect((await act('zhou', id, 'invite', { unit: '5304', capacity: 'business', text: '请核' }, 422)).field).toBe('/unit')
  await act('zhou', id, 'invite', { unit: '2222', capacity: 'business', text: '请核归类' })
  await act('lu', id, 'invite', { unit: '5304', capacity: 'origin', text: '请核原产地证' })
  await act('far', id, 'assign_party', { party: 4, coordinator: ids.tan })
  await act('tan', id, 'accept_party', { party: 4 })
  expect([await load(ids.lu), await load(ids.zhou), await load(ids.tan)]).toEqual([1, 1, 1])
  const again = await (await as('far')).command(await working('5304'), 'assign_party', 3, { party: 2, coordinator: ids.tan })
  expect([again.status, again.body.code]).toEqual([409, 'capacity'])

  // No result over their heads, unless that is said.
  const answer = { text: '可以提箱', department: '4218' }
  const refused = await act('lu', id, 'answer', answer, 422)
  expect(refused.field).toBe('/despite_open_parties')
  await act('tan', id, 'finish_party', { party: 4, text: '产地证有效' })
  await act('zhou', id, 'finish_party', { party: 2, text: '运抵已补，可放行' })
  await act('lu', id, 'answer', { ...answer, despite_open_parties: true })

  const seen = await read('lu', id)
  expect(seen.parties.map((one: any) => [one.unit, one.capacity, one.state, one.coordinator?.name ?? null, one.wanted, one.result])).toEqual([
    ['4218', 'home', 'working', '陆安', null, null],
    ['2248', 'port', 'done', '周敏', '请核舱单与运抵是否一致', '运抵已补，可放行'],
    ['2222', 'business', 'invited', null, '请核归类', null],
    ['5304', 'origin', 'done', '谭山', '请核原产地证', '产地证有效']
  ])
  expect(seen.timeline.map((item: any) => item.event)).toEqual(['opened', 'assigned', 'accepted', 'party_invited', 'party_assigned', 'party_accepted', 'contributed',
    'party_invited', 'party_invited', 'party_assigned', 'party_accepted', 'party_done', 'party_done', 'answered'])
  // The enterprise reads who works on it, and of their words nothing.
  const theirs = await read('firm', id)
  expect(theirs.parties.map((one: any) => [one.wanted, one.contribution, one.result])).toEqual(Array(4).fill([null, null, null]))
  expect(JSON.stringify(theirs)).not.toMatch(/运抵|归类|产地证/)
  expect(theirs.clocks.map((one: any) => one.kind)).not.toContain('joint_accept')
  await wall.until('the party that is done', (frame) => frame.type === 'event' && frame['event'].name === 'party_done' && frame['case'].id === id)
  wall.close()
  await act('firm', id, 'invite', { unit: '2222', capacity: 'business', text: '请' }, 409)
})

test('a unit that says it is not theirs does not see the case any more, live and in lists', async () => {
  const id = await working()
  const wall = await (await as('port')).live()
  await wall.until('the case', (frame) => frame.type === 'snapshot' && frame['rows'].some((row: any) => row.id === id))
  expect(await act('port', id, 'refuse_party', { party: 2, text: '货不在本关' })).toEqual({ case: null })
  expect((await (await as('port')).get(`/api/v1/cases/${id}`)).status).toBe(404)
  await wall.until('that it is gone', (frame) => frame.type === 'gone' && frame['id'] === id)
  wall.close()
  expect(party(await read('lu', id), '2248')).toMatchObject({ state: 'refused' })
  await act('lu', id, 'invite', { unit: '2248', capacity: 'port', text: '箱号已核对，请再看' })
  expect(party(await read('port', id), '2248')).toMatchObject({ party: 2, state: 'invited' })
})

test('the lead is taken by one of two who want it at once; the promise stays what it was', async () => {
  const id = await working()
  const before = (await read('lu', id)).case
  const held = [await load(ids.lu), await load(ids.zhou), await load(ids.shen)] as const
  await act('lu', id, 'hand_over', { unit: '2248', reason: '货在贵关，请主办' })
  expect((await read('shen', id)).actions).toEqual(expect.arrayContaining(['accept_lead', 'refuse_lead']))
  expect((await read('tan', id)).status).toBe(404)
  const version = await versionOf(id)
  const both = await Promise.all([as('zhou'), as('shen')].map(async (who) => (await who).command(id, 'accept_lead', version)))
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
  expect(both.find(({ status }) => status === 409)?.body.code).toBe('stale_version')
  const after = (await read('lu', id)).case // the first-asked officer follows it to the end
  expect(after).toMatchObject({ unit: '2248', district: '2200', state: 'working', promise_at: before.promise_at, first_asked: { id: ids.lu } })
  const now = [await load(ids.lu), await load(ids.zhou), await load(ids.shen)]
  expect(now[0]).toBe(held[0] - 1)
  expect(now[1]! + now[2]!).toBe(held[1] + held[2] + 1)
  expect(await river().db.rows(`select kind from ql.clocks where case_id = $1 and state = 'running' order by 1`, id)).toEqual([{ kind: 'first_response' }, { kind: 'resolution' }])
})

test('two refusals bring it before the arbitration duty, whose word is final', async () => {
  const id = await working('4218')
  await act('lu', id, 'hand_over', { unit: '2248', reason: '请主办' })
  await act('zhou', id, 'refuse_lead', { reason: '属企业管理事项' })
  await act('ruler', id, 'rule', { unit: '2248', reason: '还没到时候' }, 409)
  await act('lu', id, 'hand_over', { unit: '5304', reason: '请主办' })
  await act('far', id, 'refuse_lead', { reason: '不属本关' })
  expect((await read('lu', id)).timeline.at(-1).event).toBe('arbitration_asked')
  expect((await read('lu', id)).clocks.find((one: any) => one.kind === 'arbitration')).toBeTruthy()
  await act('lu', id, 'hand_over', { unit: '2222', reason: '再试' }, 409)
  await act('hq', id, 'rule', { unit: '2248', reason: '我来定' }, 403) // of the root, but without the duty
  await act('ruler', id, 'rule', { unit: '2248', reason: '货物在口岸，由口岸主办' })
  expect((await read('ruler', id)).case).toMatchObject({ unit: '2248', state: 'received', coordinator: null })
  await act('port', id, 'hand_over', { unit: '4218', reason: '不服' }, 409)
  await act('port', id, 'assign', { coordinator: ids.shen })
  await act('shen', id, 'accept')
})

test('at the end of a shift each part goes to a colleague by name, who takes it or does not', async () => {
  const id = await working('4218')
  await river().db.rows(`update ql.cases set needed_by = now() where id = $1`, id) // due before tomorrow morning on any day
  const list = (await (await as('lu')).get('/api/v1/shift/handover')).body
  expect(list.mine).toContainEqual(expect.objectContaining({ case: expect.objectContaining({ id }), lead: true, asked: null }))
  const other = await working('4218')
  const handed = await (await as('lu')).post('/api/v1/shift/handover', { items: [
    { case: id, version: await versionOf(id), coordinator: ids.mei, text: '船期在明早，等运抵回执' },
    { case: other, version: 1, coordinator: ids.mei, text: '旧版本' },
    { case: other, version: await versionOf(other), coordinator: ids.zhou, text: '不是同事' }
  ] })
  expect(handed.body.items.map((one: any) => one.result)).toEqual(['asked', 'not_allowed', 'invalid'])
  expect((await read('lu', id)).case.coordinator.id).toBe(ids.lu) // until she takes it
  expect((await (await as('mei')).get('/api/v1/shift/handover')).body.asked).toContainEqual(expect.objectContaining({ case: expect.objectContaining({ id }), asked: ids.mei }))
  const held = [await load(ids.lu), await load(ids.mei)] as const
  const version = await versionOf(id)
  const twice = await Promise.all([1, 2].map(async () => (await as('mei')).command(id, 'take_over', version)))
  expect(twice.map(({ status }) => status).sort()).toEqual([200, 409])
  expect([await load(ids.lu), await load(ids.mei)]).toEqual([held[0] - 1, held[1] + 1])
  expect((await read('lu', id)).case.coordinator.id).toBe(ids.mei)
  await act('mei', id, 'pass_on', { coordinator: ids.lu, text: '还给你' })
  await act('lu', id, 'keep', { reason: '已下班' })
  expect((await read('mei', id)).case.coordinator.id).toBe(ids.mei)
  for (const [body, field] of [[{}, '/items'], [{ items: [] }, '/items'], [{ items: [{ case: id }] }, '/items/0/version']] as const) {
    const answer = await (await as('mei')).post('/api/v1/shift/handover', body)
    expect([answer.status, answer.body.field]).toEqual([422, field])
  }
})

test('a meeting, its minutes and tasks; a visit of two officers', async () => {
  const id = await working()
  expect((await act('lu', id, 'call_meeting', { at: soon(), place: '视频 301', units: ['2222'], text: '议题' }, 422)).field).toBe('/units')
  const called = (await act('lu', id, 'call_meeting', { at: soon(), place: '视频 301', units: ['2248'], text: '议题：运抵' })).case.version
  await act('shen', id, 'minutes', { meeting: called, text: '无份' }, 409) // no part in it
  expect((await act('lu', id, 'minutes', { meeting: called, text: '纪要', tasks: [{ text: '补运抵', due_at: soon(-1), owner: ids.zhou }] }, 422)).field).toBe('/due_at')
  expect((await act('lu', id, 'minutes', { meeting: called, text: '纪要', tasks: [{ text: '补运抵' }] }, 422)).field).toBe('/tasks/0/due_at')
  const held = (await act('lu', id, 'minutes', { meeting: called, text: '议定两项', tasks: [{ text: '补运抵', due_at: soon(4), owner: ids.zhou }, { text: '通知企业', due_at: soon(8) }] })).case.version
  await act('lu', id, 'minutes', { meeting: called, text: '又一次' }, 422)
  await act('lu', id, 'add_task', { text: '复核', due_at: soon(2), owner: ids.zhou })
  await river().db.rows(`update ql.tasks set due_at = now() - interval '1 hour' where case_id = $1 and version = $2 and seq = 1`, id, held)
  const mine = (await (await as('zhou')).get('/api/v1/tasks?overdue=true')).body.items.filter((one: any) => one.case.id === id)
  expect(mine).toEqual([expect.objectContaining({ text: '补运抵', added: held, item: 1, meeting: called, overdue: true })])
  await act('zhou', id, 'finish_task', { added: held, item: 1 }) // one's own task, though without a part in the case
  await act('zhou', id, 'finish_task', { added: held, item: 1 }, 409)
  await act('lu', id, 'reopen_task', { added: held, item: 1 })
  const page = (await (await as('zhou')).get('/api/v1/tasks?limit=1')).body
  const rest = (await (await as('zhou')).get(`/api/v1/tasks?limit=1&after=${page.next}`)).body
  expect([page.items[0].text, rest.items[0].text]).toEqual(['补运抵', '复核'])
  expect((await (await as('zhou')).get('/api/v1/tasks?after=1.2')).status).toBe(422)

  expect((await act('lu', id, 'plan_visit', { at: soon(), place: '洋山三期', first: ids.lu, second: ids.lu }, 422)).field).toBe('/second')
  const visit = (await act('lu', id, 'plan_visit', { at: soon(), place: '洋山三期', first: ids.lu, second: ids.zhou })).case.version
  await act('lu', id, 'visit_result', { visit, text: '现场已核' })
  await act('lu', id, 'visit_result', { visit, text: '再来' }, 422)
  const full = await read('lu', id)
  expect(full.meetings).toEqual([expect.objectContaining({ called, place: '视频 301', units: ['2248'], minutes: '议定两项', held: true })])
  expect(full.tasks.map((one: any) => [one.text, one.owner?.id ?? null, one.unit])).toEqual([['补运抵', ids.zhou, '2248'], ['通知企业', null, '4218'], ['复核', ids.zhou, '2248']])
  expect(full.visits).toEqual([expect.objectContaining({ planned: visit, first: { id: ids.lu, name: '陆安' }, second: { id: ids.zhou, name: '周敏' }, result: '现场已核' })])
  expect(Object.keys(await read('firm', id))).not.toContain('tasks')
})

test('proposals follow from what holds the goods: the category, and the notice that is furthest on the track', async () => {
  const declaration = '222220261000004711'
  const id = await ask('2248', { category: 'manifest_mismatch', references: [{ type: 'declaration', value: declaration }] })
  const proposed = async () => (await (await as('home')).get(`/api/v1/cases/${id}/proposals`)).body.items.map((one: any) => [one.capacity, one.unit, one.party, one.because.code])
  expect(await proposed()).toEqual([['port', '2248', 2, 'manifest_mismatch'], ['declaring', '2222', null, 'manifest_mismatch']])
  const notice = (messageId: string, channel: string) => river().kafka.event('clearance.incidents', {
    type: 'qingling.incident.raised.v1', id: messageId, key: declaration,
    data: { declaration, code: channel, unit: '2248', occurred_at: new Date().toISOString(), uscc: code }
  })
  await notice('lift-1', 'M') // reviewed again: the declaring customs decides that
  await waitUntil(() => river().db.value(`select 1 from ql.notices where message_id = 'lift-1'`), { what: 'the notice' })
  expect((await proposed())[0]).toEqual(['declaring', '2222', null, 'M'])
  expect((await (await as('firm')).get(`/api/v1/cases/${id}/proposals`)).status).toBe(403)
  expect((await (await as('far')).get(`/api/v1/cases/${id}/proposals`)).status).toBe(404)
})

test('the letter of request is one page of PDF in three languages, whatever was written', async () => {
  const id = await working()
  const folder = tempDir('letters')
  const hostile = `请核 <b>舱单</b> & 运抵 \u202Eabc\u202C ${'很长的说明。'.repeat(1200)}`.slice(0, 7900)
  await act('lu', id, 'invite', { unit: '2248', capacity: 'port', text: hostile })
  const { number } = (await read('lu', id)).case
  for (const [language, title, from] of [['zh', '工作联系单', '黄岛海关'], ['en', 'Letter of request', 'Huangdao'], ['ru', 'Служебный запрос', 'Huangdao']] as const) {
    const response = await fetch(`${river().url}/api/v1/cases/${id}/parties/2/letter?language=${language}`, { headers: { cookie: (await as('lu')).cookie } })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/pdf'])
    const file = join(folder, `${language}.pdf`)
    writeFileSync(file, Buffer.from(await response.arrayBuffer()))
    expect(execFileSync('pdfinfo', [file], { encoding: 'utf8' })).toMatch(/Pages: +1\n/)
    const text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' })
    for (const part of [title, from, `${number}/2`, '青岛某厂', '货物受阻', '<b>舱单</b> &', '陆安']) expect(text).toContain(part)
  }
  const lu = await as('lu')
  expect((await lu.get(`/api/v1/cases/${id}/parties/2/letter?language=fr`)).body.field).toBe('/language')
  for (const no of ['1', '9', 'x', '99999']) expect((await lu.get(`/api/v1/cases/${id}/parties/${no}/letter`)).status, no).toBe(404)
  expect((await (await as('tan')).get(`/api/v1/cases/${id}/parties/2/letter`)).status).toBe(404)
})

test('who is recused is out of every path at once: lead, list, read, live, tasks, visits, new assignments', async () => {
  const id = await working('4218')
  await act('lu', id, 'add_task', { text: '催单', due_at: soon(), owner: ids.lu })
  await act('lu', id, 'plan_visit', { at: soon(), place: '厂区', first: ids.mei, second: ids.lu })
  const live = await (await as('lu')).live()
  await live.until('the case', (frame) => frame.type === 'snapshot' && frame['rows'].some((row: any) => row.id === id))
  await act('lu', id, 'recuse', { reason: '' }, 422)
  expect(await act('lu', id, 'recuse', { reason: '近亲属任职于该企业', principal: true })).toEqual({ case: null })

  await live.until('that it must begin anew', (frame) => frame.type === 'resync')
  expect(live.rows().get(id)?.state).not.toBe('received') // nothing after
  const anew = await (await as('lu')).live()
  const snapshot = await anew.until('the snapshot', (frame) => frame.type === 'snapshot')
  expect(snapshot['rows'].map((row: any) => row.id)).not.toContain(id)
  expect(snapshot).toMatchObject({ total: snapshot['rows'].length, counters: { open: snapshot['rows'].length } }) // the unit's sums hold it, these do not
  live.close()
  expect((await (await as('lu')).get(`/api/v1/cases/${id}`)).status).toBe(404)
  expect((await (await as('lu')).get('/api/v1/cases?limit=200')).body.items.map((row: any) => row.id)).not.toContain(id)
  const number = await river().db.value<string>('select number from ql.cases where id = $1', id)
  expect((await (await as('home')).get(`/api/v1/cases?q=${number}`)).body.items.map((row: any) => row.id)).toEqual([id])
  expect((await (await as('lu')).get(`/api/v1/cases?q=${number}`)).body.items).toEqual([])
  expect((await (await as('lu')).get('/api/v1/counters')).body.open).toBe(snapshot['rows'].length)
  expect((await (await as('lu')).command(id, 'reply', await versionOf(id), { text: '还在吗', audience: 'public' })).status).toBe(404)
  expect((await (await as('lu')).get('/api/v1/tasks')).body.items.filter((one: any) => one.case.id === id)).toEqual([])

  const seen = await read('home', id)
  expect(seen.case).toMatchObject({ state: 'received', coordinator: null, first_asked: null })
  expect(seen.tasks).toEqual([expect.objectContaining({ text: '催单', owner: null, unit: '4218' })])
  expect(seen.visits).toEqual([expect.objectContaining({ first: { id: ids.mei, name: '梅青' }, second: null })])
  expect((await act('home', id, 'assign', { coordinator: ids.lu, override: true, reason: '硬派' }, 409)).removed_by).toEqual(['recused'])
  // The unit knows why; whoever else works on it knows that; the enterprise knows neither.
  expect(seen.timeline.at(-1)).toMatchObject({ event: 'recused', entry: { audience: 'unit', text: '近亲属任职于该企业' } })
  expect((await read('hq', id)).timeline.at(-1)).toMatchObject({ event: 'recused', entry: null })
  expect(JSON.stringify(await read('firm', id))).not.toMatch(/recused|近亲属/)
  expect(await river().db.rows('select coordinator_id, enterprise_id from ql.recusals where coordinator_id = $1', ids.lu)).toEqual([{ coordinator_id: ids.lu, enterprise_id: ids.firm }])
  expect(await river().db.count(`select count(*) from ql.roster_journal where coordinator_id = $1 and event = 'recusal_changed'`, ids.lu)).toBe(1)

  // What happens on it goes past them; on others it reaches them.
  await act('home', id, 'assign', { coordinator: ids.mei })
  const other = await ask('4218')
  expect((await act('home', other, 'assign', { coordinator: ids.lu }, 409)).removed_by).toEqual(['recused']) // of everything of that enterprise
  await act('home', other, 'assign', { coordinator: ids.mei })
  await act('mei', other, 'accept')
  await anew.until('another case', (frame) => frame.type === 'event' && frame['case'].id === other)
  expect(anew.events().map((frame) => frame['case'].id)).not.toContain(id)
  anew.close()
  // For others a supervisor decides.
  await act('lu', other, 'recuse', { coordinator: ids.mei, reason: 'x' }, 409)
  await act('home', other, 'recuse', { coordinator: ids.mei, reason: '当事人提出' })
  expect((await (await as('mei')).get(`/api/v1/cases/${other}`)).status).toBe(404)
  expect((await read('lu', other)).case).toMatchObject({ state: 'received', coordinator: null })
})

test('after all of it every load is what is held, every chain holds', async () => {
  expect(await broken(river().db)).toEqual({})
  await verified(river())
})
