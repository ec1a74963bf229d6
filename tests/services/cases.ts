/** Waiting cases for tests of what comes after intake: rows as casebook writes them, with the event that announces them. */
import { createHash } from 'node:crypto'
import type { Db } from '../lib/pg.ts'

export interface CaseSeed {
  unit?: string
  goods?: string
  priority?: 'urgent' | 'high' | 'normal'
  category?: string
  language?: string
  tier?: string
  principal?: number
  weight?: number
  tried?: number[]
  firstAsked?: number
  /** Minutes from now until it should be solved; what waits is drawn in this order. */
  dueIn?: number
  neededIn?: number
  procedure?: 'coordination' | 'callback'
}

let serial = 0

/** Opens a case that waits for a coordinator. Its unassigned clock runs. */
export async function openCase(db: Db, seed: CaseSeed = {}): Promise<number> {
  const [id] = await openCases(db, 1, seed)
  return id as number
}

/** Opens `n` alike in one transaction, the first most urgent by a second each. */
export async function openCases(db: Db, n: number, seed: CaseSeed = {}): Promise<number[]> {
  const first = serial + 1
  serial += n
  const hash = createHash('sha256').update(String(first)).digest()
  const due = seed.dueIn ?? 240
  await db.session(async (client) => {
    await client.query('begin')
    await client.query(
      `insert into ql.cases (id, number, procedure, kind, state, version, subject, category, priority, channel, language, tier, principal_id, home_unit_id,
         goods_unit_id, lead_unit_id, district_id, first_asked_id, weight, tried, needed_by, needed_reason, promise_at, sort_at, received_at, occurred_at,
         opened_at, entries, clocks, parties, head_hash, updated_at)
       select i, 'T-' || i, $3, 'enquiry', 'received', 1, 'a test', $4, $5, 'portal', $6, $7, $8, u.id, g.id, u.id, u.district_id, $9, $10, $11,
              now() + make_interval(mins => $12), case when $12::int is null then null else 'other' end,
              now() + make_interval(mins => $13, secs => i - $1), now() + make_interval(mins => least($13, $12), secs => i - $1),
              now(), now(), now(), 0, 1, 1, $14, now()
         from generate_series($1::int8, $2::int8) i
         join ql.units u on u.code = $15 left join ql.units g on g.code = $16`,
      [first, first + n - 1, seed.procedure ?? 'coordination', seed.category ?? null, seed.priority ?? 'normal', seed.language ?? 'zh',
        seed.tier ?? 'unknown', seed.principal ?? null, seed.firstAsked ?? null, seed.weight ?? 1, seed.tried ?? [], seed.neededIn ?? null, due, hash,
        seed.unit ?? '2222', seed.goods ?? null])
    await client.query(
      `insert into ql.case_parties (case_id, seq, unit_id, capacity, is_lead, weight, since)
       select id, 1, lead_unit_id, 'home', true, weight, now() from ql.cases where id between $1 and $2`, [first, first + n - 1])
    await client.query(
      `insert into ql.case_access (scope, case_id, open, sort_at)
       select a, c.id, true, c.sort_at from ql.cases c join ql.units u on u.id = c.lead_unit_id, unnest(u.ancestors) a where c.id between $1 and $2`,
      [first, first + n - 1])
    if (seed.principal !== undefined) {
      await client.query(
        `insert into ql.case_enterprises (case_id, enterprise_id, role, since)
         select id, principal_id, 'principal', now() from ql.cases where id between $1 and $2`, [first, first + n - 1])
    }
    await startClock(client, first, first + n - 1, 'unassigned')
    await client.query(
      `insert into ql.journal (case_id, version, number, event, state, at, actor_kind, audience, data, trace, prev_hash, hash)
       select id, 1, number, 'opened', 'received', now(), 'system', 'public', '{}', md5(id::text), decode(repeat('00', 32), 'hex'), $3
         from ql.cases where id between $1 and $2`, [first, first + n - 1, hash])
    await client.query('commit')
  })
  return Array.from({ length: n }, (_, i) => first + i)
}

interface Client { query(sql: string, values?: unknown[]): Promise<unknown> }

export interface ClockSeed {
  /** Minutes since it started. */
  ago?: number
  /** Around the clock by default, so that a test means the same at any hour of any day. */
  calendar?: string
  /** Code of the policy; by default the first of this kind that has no conditions. */
  policy?: string
  /** When it next looks due: now, in minutes from now, or never. What is true is computed by whoever fires it. */
  looksDueIn?: number | null
}

/** A running clock with one segment, numbered after those that the case has. */
export async function startClock(client: Client, from: number, to: number, kind: string, seed: ClockSeed = {}): Promise<void> {
  await client.query(
    `with started as (
       insert into ql.clocks (case_id, seq, kind, policy_id, calendar_id, started_at, due_at, next_fire_at)
       select c.id, 1 + (select count(*) from ql.clocks x where x.case_id = c.id), $3, p.id, k.id, now() - make_interval(mins => $4),
              now() + make_interval(mins => $5), now() + make_interval(mins => $5)
         from ql.cases c
         join lateral (select id from ql.policies p where p.clock = $3 and p.procedure = c.procedure
                        and case when $7::text is null then p.tier is null and p.category is null else p.code = $7 end order by id limit 1) p on true
         join ql.calendars k on k.code = $6 and k.version = 1
        where c.id between $1 and $2
       returning case_id, seq, started_at)
     insert into ql.clock_segments (case_id, clock_seq, seq, kind, from_at) select case_id, seq, 1, 'run', started_at from started`,
    [from, to, kind, seed.ago ?? 0, seed.looksDueIn === undefined ? 60 : seed.looksDueIn, seed.calendar ?? 'port_24h', seed.policy ?? null])
  await client.query('update ql.cases c set clocks = (select count(*) from ql.clocks k where k.case_id = c.id) where id between $1 and $2', [from, to])
}

/** As dispatch leaves it: the coordinator has it and must accept. */
export async function giveTo(db: Db, from: number, to: number, coordinator: number, state: 'assigned' | 'working' | 'answered' = 'assigned'): Promise<void> {
  await db.session(async (client) => {
    await client.query('begin')
    await client.query(
      `update ql.cases set state = $4, coordinator_id = $3, first_asked_id = $3, answered_at = case when $4 = 'answered' then now() end,
              outcome = case when $4 = 'answered' then 'self_recovered' end where id between $1 and $2`, [from, to, coordinator, state])
    await client.query('update ql.case_parties set coordinator_id = $3 where is_lead and case_id between $1 and $2', [from, to, coordinator])
    await client.query(`update ql.clocks set state = 'met', ended_at = now(), next_fire_at = null where kind = 'unassigned' and case_id between $1 and $2`, [from, to])
    if (state !== 'answered') {
      await client.query(
        `update ql.coordinators set open_weight = open_weight + (select sum(weight) from ql.cases where id between $1 and $2) where id = $3`, [from, to, coordinator])
    }
    await client.query('commit')
  })
}

export interface CaseRow { id: number; state: string; outcome: string | null; closed_way: string | null; version: number; coordinator_id: number | null; tried: number[]; why: { level: string; load: number; capacity: number } | null }
export const caseRow = (db: Db, id: number): Promise<CaseRow> =>
  db.row<CaseRow>('select id, state, outcome, closed_way, version, coordinator_id, tried::float8[] as tried, why from ql.cases where id = $1', id)

export interface JournalRow { version: number; event: string; state: string; data: Record<string, unknown>; trace: string | null; at: Date }
export const journal = (db: Db, id: number): Promise<JournalRow[]> =>
  db.rows<JournalRow>('select version, event, state, data, trace, at from ql.journal where case_id = $1 order by version', id)

export const events = async (db: Db, id: number): Promise<string[]> => (await journal(db, id)).map(({ event }) => event)
export const load = (db: Db, coordinator: number): Promise<number> => db.value<number>('select open_weight from ql.coordinators where id = $1', coordinator)
export const unitId = (db: Db, code: string): Promise<number> => db.value<number>('select id from ql.units where code = $1', code)
