/** The second factor: getting one, signing in with it, and what does not pass for it. */
import { createHmac } from 'node:crypto'
import type { Answer, Api } from '../lib/api.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'

const PEOPLE = ['ann', 'bob', 'cai', 'dai', 'eve', 'fay']
const river = useStack({ services: ['relay', 'gateway'] }, async ({ db }) => {
  for (const login of PEOPLE) await seed.user(db, { login, role: 'supervisor', unit: '2222' })
  await seed.user(db, { login: 'auditor', role: 'auditor', unit: '2200' })
  await seed.user(db, { login: 'safe', role: 'security', unit: '2200' })
})

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const STEP = 30_000

/** The code of a secret at a step of thirty seconds: RFC 6238 once more, written from its text. */
function codeAt(secret: string, step: number): string {
  const bits = [...secret].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const hash = createHmac('sha1', key).update(counter).digest()
  return String((hash.readUInt32BE((hash[19] as number) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
const stepNow = (): number => Math.floor(Date.now() / STEP)

function problem(answer: Answer, status: number, code: string, field?: string): void {
  expect([answer.status, answer.body.code, answer.body.field]).toEqual([status, code, field])
}

const attempt = (login: string, code?: string): Promise<Answer> =>
  river().visitor().post('/api/v1/session', { login, password: seed.PASSWORD, ...(code !== undefined && { code }) })

interface Enrolled { api: Api; secret: string; step: number; recovery: string[] }
/** Gets a second factor; the code of `step` is used. The one after it still passes, whatever a boundary does meanwhile. */
async function enrol(login: string): Promise<Enrolled> {
  const api = await river().visitor().signIn(login, seed.PASSWORD)
  const { body: { secret, uri } } = await api.post('/api/v1/session/factor', { password: seed.PASSWORD })
  expect(uri).toBe(`otpauth://totp/Qingling:${login}?secret=${secret}&issuer=Qingling&algorithm=SHA1&digits=6&period=30`)
  const step = stepNow()
  const answer = await api.post('/api/v1/session/factor/confirm', { code: codeAt(secret, step) })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return { api, secret, step, recovery: answer.body.recovery }
}

test('with one in force the password alone asks for the code, and the code opens; used once it is worth nothing', async () => {
  const { api, secret, step } = await enrol('ann')
  expect((await api.get('/api/v1/session/factor')).body).toEqual({ enrolled: true, required: false, recovery_left: 10 })
  problem(await attempt('ann'), 401, 'second_factor', '/code')
  problem(await attempt('ann', codeAt(secret, step)), 401, 'bad_code') // the one that confirmed it
  expect((await attempt('ann', codeAt(secret, step + 1))).status).toBe(200)
  problem(await attempt('ann', codeAt(secret, step + 1)), 401, 'bad_code')
  problem(await river().visitor().post('/api/v1/session', { login: 'ann', password: 'wrong', code: codeAt(secret, step + 1) }), 401, 'bad_credentials')
})

test('of two at once with one code, one gets in', async () => {
  const { secret, step } = await enrol('bob')
  const both = await Promise.all([attempt('bob', codeAt(secret, step + 1)), attempt('bob', codeAt(secret, step + 1))])
  expect(both.map(({ status }) => status).sort()).toEqual([200, 401])
})

test('a recovery code opens once, however it is typed', async () => {
  const { recovery } = await enrol('cai')
  const [first, second] = recovery as [string, string]
  expect(new Set(recovery).size).toBe(10)
  expect((await attempt('cai', first.toUpperCase().replaceAll('-', ' '))).status).toBe(200)
  problem(await attempt('cai', first), 401, 'bad_code')
  expect((await attempt('cai', second.replaceAll('-', ''))).status).toBe(200)
  problem(await attempt('cai', 'abcd-efgh-jkmn'), 401, 'bad_code')
  const stored = JSON.stringify(await river().db.rows(`select encode(hash, 'escape') as hash from ql.recovery_codes`))
  for (const code of recovery) expect(stored).not.toContain(code)
  expect(await river().db.count(`select count(*) from ql.audit where event = 'recovery_used'`)).toBe(2)
})

test('guessing codes has to wait, even with the right one in the end', async () => {
  const { secret, step } = await enrol('dai')
  for (let i = 0; i < 5; i++) problem(await attempt('dai', '000000'), 401, 'bad_code')
  problem(await attempt('dai', codeAt(secret, step + 1)), 429, 'throttled')
})

test('getting one wants the password and a code from the device; until then it is not in force', async () => {
  const api = await river().visitor().signIn('eve', seed.PASSWORD)
  problem(await api.post('/api/v1/session/factor', { password: 'wrong' }), 422, 'invalid', '/password')
  problem(await api.post('/api/v1/session/factor/confirm', { code: '123456' }), 422, 'invalid')
  await api.post('/api/v1/session/factor', { password: seed.PASSWORD })
  problem(await api.post('/api/v1/session/factor/confirm', { code: 'nocode' }), 422, 'invalid', '/code')
  expect((await attempt('eve')).status).toBe(200)
  expect((await api.get('/api/v1/session/factor')).body).toEqual({ enrolled: false, required: false, recovery_left: 0 })
})

test('losing one wants a code; another can be had only then', async () => {
  const { api, secret, step } = await enrol('fay')
  problem(await api.post('/api/v1/session/factor', { password: seed.PASSWORD }), 422, 'invalid')
  problem(await api.post('/api/v1/session/factor/remove', { code: codeAt(secret, step) }), 422, 'invalid', '/code')
  expect((await api.post('/api/v1/session/factor/remove', { code: codeAt(secret, step + 1) })).status).toBe(204)
  expect((await attempt('fay')).status).toBe(200)
})

test('a role that needs one can do nothing before it has one', async () => {
  const auditor = await river().visitor().signIn('auditor', seed.PASSWORD)
  expect((await auditor.get('/api/v1/session')).body.must_enrol).toBe(true)
  problem(await auditor.get('/api/v1/cases'), 403, 'enrol_second_factor')
  problem(await auditor.get('/api/v1/audit'), 403, 'enrol_second_factor')
  const { api } = await enrol('auditor')
  expect((await api.get('/api/v1/session')).body.must_enrol).toBe(false)
  expect((await api.get('/api/v1/audit')).status).toBe(200)
})

test('who has lost it goes to the security administrator; all sessions end', async () => {
  const { db } = river()
  const { api } = await enrol('eve')
  const { api: safe } = await enrol('safe')
  const id = await db.value<number>(`select id from ql.users where login = 'eve'`)
  problem(await api.post(`/api/v1/accounts/${id}/reset_factor`, {}), 403, 'forbidden')
  expect((await safe.post(`/api/v1/accounts/${id}/reset_factor`, {})).status).toBe(204)
  problem(await api.get('/api/v1/session'), 401, 'unauthenticated')
  expect((await attempt('eve')).status).toBe(200)
  expect((await safe.get(`/api/v1/audit?user=${id}`)).body.items.map((one: any) => one.event)).toContain('factor_reset')
})

test('no role of a service reads secrets or recovery codes', async () => {
  const { db } = river()
  for (const table of ['user_factors', 'recovery_codes']) {
    expect(await db.rows(`select rolname from pg_roles where rolname like 'ql\\_%' and has_any_column_privilege(rolname, 'ql.${table}', 'select, insert, update')`)).toEqual([])
  }
})
