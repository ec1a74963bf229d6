/** People and enterprises for a test, by plain inserts as the database's owner. */
import { argon2Sync, randomBytes } from 'node:crypto'
import type { Db } from './pg.ts'

let serial = 0

const USCC_DIGITS = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/** A valid Unified Social Credit Code made of a number: both check digits hold (GB 11714 inside GB 32100). */
export function uscc(n: number, region = '310115'): string {
  const body = String(n).padStart(8, '0').slice(-8)
  const inner = [3, 7, 9, 10, 5, 8, 4, 2].reduce((sum, weight, i) => sum + weight * Number(body[i]), 0)
  const innerCheck = '0123456789X'[(11 - (inner % 11)) % 11]
  const first = `91${region}${body}${innerCheck}`
  // X is a letter of both alphabets, so the code is valid with it too.
  const outer = [...first].reduce((sum, digit, i) => sum + USCC_DIGITS.indexOf(digit) * (3 ** i % 31), 0)
  return first + USCC_DIGITS[(31 - (outer % 31)) % 31]
}

export interface CoordinatorSeed {
  name?: string
  unit?: string
  capacity?: number
  skills?: string[]
  languages?: string[]
  categories?: string[]
  /** Drawn from these pools of these units; by default the office pool of the own unit. */
  pools?: { unit: string; pool: 'office' | 'district' | 'national' | 'duty' }[]
  onDuty?: boolean
  available?: boolean
}

export async function coordinator(db: Db, seed: CoordinatorSeed = {}): Promise<number> {
  const unit = seed.unit ?? '2222'
  const staffNo = `T${++serial}`
  const id = await db.value<number>(
    `insert into ql.coordinators (staff_no, name, unit_id, capacity, available)
     select $1, $2, u.id, $4, $5 from ql.units u where u.code = $3 returning id`,
    staffNo, seed.name ?? `coordinator ${staffNo}`, unit, seed.capacity ?? 20, seed.available ?? true)
  await db.rows(`insert into ql.coordinator_languages select $1, unnest($2::text[])`, id, seed.languages ?? ['zh'])
  await db.rows(`insert into ql.coordinator_skills select $1, unnest($2::text[])`, id, seed.skills ?? [])
  await db.rows(`insert into ql.coordinator_categories select $1, unnest($2::text[])`, id, seed.categories ?? [])
  for (const { unit: code, pool } of seed.pools ?? [{ unit, pool: 'office' as const }]) {
    await db.rows(`insert into ql.coordinator_pools select $1, u.id, $3 from ql.units u where u.code = $2`, id, code, pool)
  }
  if (seed.onDuty ?? true) {
    await db.rows(`insert into ql.shifts values ($1, now() - interval '1 hour', now() + interval '23 hours')`, id)
  }
  return id
}

/** Says on the roster's journal that something about a coordinator changed. */
export async function rosterChanged(db: Db, id: number, event: string): Promise<void> {
  await db.rows(
    `insert into ql.roster_journal (unit_id, unit_code, coordinator_id, event, actor_kind)
     select u.id, u.code, c.id, $2, 'system' from ql.coordinators c join ql.units u on u.id = c.unit_id where c.id = $1`, id, event)
}

export interface EnterpriseSeed {
  name?: string
  uscc?: string
  home?: string
  /** A class of a scheme, for instance ['decree282', 'advanced_certified']. */
  credit?: [scheme: string, code: string]
  named?: number
  broker?: boolean
  phone?: string
}

export async function enterprise(db: Db, seed: EnterpriseSeed = {}): Promise<{ id: number; uscc: string }> {
  const code = seed.uscc ?? uscc(50_000_000 + ++serial)
  const id = await db.value<number>(
    `insert into ql.enterprises (uscc, name, home_unit_id, is_broker)
     values ($1, $2, (select id from ql.units where code = $3), $4) returning id`,
    code, seed.name ?? `enterprise ${serial}`, seed.home ?? '2222', seed.broker ?? false)
  if (seed.credit) {
    await db.rows(`insert into ql.enterprise_classes (enterprise_id, scheme, class, valid_from, source) values ($1, $2, $3, current_date - 30, 'test')`, id, ...seed.credit)
  }
  if (seed.named) {
    await db.rows(`insert into ql.named_coordinators (enterprise_id, coordinator_id, valid_from) values ($1, $2, current_date - 30)`, id, seed.named)
  }
  if (seed.phone) {
    await db.rows(`insert into ql.contacts (enterprise_id, name, phone, phone_key) values ($1, '张三', $2, $2)`, id, seed.phone)
  }
  return { id, uscc: code }
}

export interface UserSeed {
  login: string
  password?: string
  role: 'supervisor' | 'coordinator' | 'enterprise' | 'agent' | 'administrator' | 'security' | 'auditor' | 'kiosk'
  unit?: string
  coordinator?: number
  enterprise?: number
  language?: string
  /** Staff number of who holds it; by default the login, so that every account has a holder of its own. */
  person?: string
}

export const PASSWORD = 'correct horse 清零'

export async function user(db: Db, seed: UserSeed): Promise<number> {
  const unit = seed.role === 'enterprise' ? null : (seed.unit ?? '2222')
  return db.value<number>(
    `insert into ql.users (login, password_hash, name, role, language, unit_id, coordinator_id, enterprise_id, person)
     values ($1, $2, $1, $3, $4, (select id from ql.units where code = $5), $6, $7, $8) returning id`,
    seed.login, hashPassword(seed.password ?? PASSWORD), seed.role, seed.language ?? 'zh-CN', unit, seed.coordinator ?? null, seed.enterprise ?? null, seed.person ?? seed.login)
}

/** No role needs a second factor. */
export const noSecondFactor = (db: Db): Promise<unknown> => db.rows(`update ql.parameters set value = '[]' where key = 'security.second_factor_roles'`)

/** argon2id in the string form that libsodium reads. */
export function hashPassword(password: string): string {
  const salt = randomBytes(16)
  const hash = argon2Sync('argon2id', { message: password, nonce: salt, parallelism: 1, tagLength: 32, memory: 8192, passes: 1 })
  const plain = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  return `$argon2id$v=19$m=8192,t=1,p=1$${plain(salt)}$${plain(hash)}`
}
