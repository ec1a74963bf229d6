/** The account after a disaster: every question that must have an empty answer. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Received } from '../lib/kafka.ts'
import { bin, root } from '../lib/paths.ts'
import type { Db } from '../lib/pg.ts'
import type { Stack } from '../lib/stack.ts'
import { waitUntil } from '../lib/wait.ts'
import { INBOUND, type Sent } from './load.ts'

const run = promisify(execFile)

/** What must not be found in the database, whatever happened. Each answers with the first offenders, in words. */
const NEVER: Record<string, string> = {
  'two cases were opened by one message, or two messages opened one case':
    `select case_id::text from ql.inbox where outcome in ('opened', 'opened_closed') group by case_id having count(*) > 1 or case_id is null`,
  'a message is both accepted and in quarantine':
    `select i.source || ' ' || i.message_id from ql.inbox i join ql.quarantine q using (source, message_id)`,
  'a message that attached has no case':
    `select message_id from ql.inbox where outcome in ('attached', 'joined') and case_id is null`,
  'a case has no message that opened it':
    `select number from ql.cases c where kind <> 'watch' and not exists (select from ql.inbox i where i.case_id = c.id and i.outcome in ('opened', 'opened_closed'))`,
  'one enterprise has two open cases about one reference':
    `select r.type || ' ' || r.value || ' of ' || c.principal_id from ql.case_references r join ql.cases c on c.id = r.case_id
      where c.open and r.type <> 'hs' and c.principal_id is not null group by r.type, r.value, c.principal_id having count(*) > 1`,
  'a journal has gaps, or its head is not the case':
    `select c.number from ql.cases c left join (select case_id, count(*) as n, max(version) as last from ql.journal group by 1) j on j.case_id = c.id
      where j.n is distinct from c.version::int8 or j.last is distinct from c.version
         or c.head_hash is distinct from (select hash from ql.journal where case_id = c.id and version = c.version)`,
  'a row does not continue the one before it':
    `select number || ' ' || version from (select number, version, prev_hash, lag(hash) over (partition by case_id order by version) as before from ql.journal) j
      where prev_hash is distinct from coalesce(before, decode(repeat('00', 32), 'hex'))`,
  'a row is not what was hashed':
    `select number || ' ' || version from ql.journal
      where hash <> sha256(prev_hash || convert_to(concat_ws(chr(31), case_id, version, number, event, state, (extract(epoch from at) * 1000000)::int8, actor_kind,
              coalesce(actor_id::text, ''), coalesce(unit_id::text, ''), audience, coalesce(enterprise_id::text, ''), data), 'UTF8'))`,
  'a coordinator is over capacity':
    `select staff_no from ql.coordinators where open_weight > capacity`,
  'a load is not the sum of what is held':
    `with held as (select coordinator_id, weight from ql.cases where state in ('assigned', 'working', 'waiting_enterprise')
                   union all select coordinator_id, weight from ql.case_parties where not is_lead and state in ('invited', 'working'))
     select k.staff_no || ': ' || k.open_weight || ' instead of ' || coalesce(sum(h.weight), 0)
       from ql.coordinators k left join held h on h.coordinator_id = k.id group by k.id having k.open_weight <> coalesce(sum(h.weight), 0)`,
  'a party holds somebody though it ended, or works in a case that is over':
    `select c.number || ' ' || p.seq from ql.case_parties p join ql.cases c on c.id = p.case_id
      where not p.is_lead and (p.state in ('invited', 'working') and not c.open or p.state in ('refused', 'withdrawn') and p.coordinator_id is not null)`,
  'a case was assigned while somebody had it':
    `select number || ' ' || version from (select number, version, event, actor_kind, lag(state) over (partition by case_id order by version) as before from ql.journal) j
      where event = 'assigned' and before <> 'received'`,
  'a case came twice to the same coordinator, who had not taken it':
    `select j.number || ' to ' || (j.data ->> 'coordinator') from ql.journal j where j.event = 'assigned' and j.data ->> 'coordinator' is not null
      group by j.number, j.data ->> 'coordinator' having count(*) > 1`,
  'a threshold fired other than once':
    `select k.case_id || ' ' || k.kind from ql.clocks k left join ql.clock_fires f on f.case_id = k.case_id and f.clock_seq = k.seq
      group by k.case_id, k.seq having count(f.threshold) <> length(replace(k.fired::bit(32)::text, '0', ''))`,
  'a case that was not accepted was taken away other than once':
    `select c.number from ql.cases c
       left join lateral (select count(*) as n from ql.journal j where j.case_id = c.id and j.event = 'not_accepted') j on true
       left join lateral (select count(*) as n from ql.clocks k where k.case_id = c.id and k.kind = 'accept' and k.breached_at is not null) k on true
      where j.n <> k.n`,
  'an open case has no clock that runs':
    `select number from ql.cases c where open and not exists (select from ql.clocks k where k.case_id = c.id and k.state in ('running', 'paused'))`,
  'a list shows a case other than it is':
    `select c.number from ql.case_access a join ql.cases c on c.id = a.case_id where (a.open, a.sort_at) is distinct from (c.open, c.sort_at)`
}

/** What is lacking once what is on its way had the time to arrive: nothing, as a rule. */
export async function lacking(look: () => Promise<string[]>, timeout = 20_000): Promise<string[]> {
  let last: string[] = []
  await waitUntil(async () => (last = (await look()).slice(0, 10)).length === 0, { what: 'the rest', timeout, every: 300 }).catch(() => {})
  return last
}

/** Every fault that the database shows, by the promise that it breaks. */
export async function broken(db: Db): Promise<Record<string, unknown[]>> {
  const faults: Record<string, unknown[]> = {}
  for (const [what, sql] of Object.entries(NEVER)) {
    const found = await db.session(async (client) => {
      await client.query(`set timezone = 'UTC'`)
      return (await client.query({ text: `${sql} limit 5`, rowMode: 'array' })).rows.flat()
    })
    if (found.length > 0) faults[what] = found
  }
  return faults
}

/** qlctl's own opinion: chains and accounts. Rejects with its words when something is wrong. */
export async function verified(stack: Stack): Promise<void> {
  const env = { ...process.env, QL_PG_DSN: stack.dsn('ql_operator') }
  for (const command of ['verify', 'check']) {
    await run(join(bin, 'qlctl'), [command], { cwd: root, env }).catch((fault: { code?: number; stdout: string; stderr: string }) => {
      throw new Error(`qlctl ${command} ends with ${fault.code}:\n${fault.stdout}${fault.stderr}`)
    })
  }
}

/** What is on the inbound topics and has neither row, or more than one; and what was acknowledged and is not on the topics. */
export async function unaccounted(stack: Stack, sent: Sent[]): Promise<string[]> {
  const { db, kafka } = stack
  const inbox = new Set((await db.rows<{ key: string }>(`select source || ' ' || message_id as key from ql.inbox`)).map(({ key }) => key))
  const aside = new Set((await db.rows<{ key: string }>(`select topic || ' ' || part || ' ' || off as key from ql.quarantine`)).map(({ key }) => key))
  const faulty = new Set(sent.filter(({ fate }) => fate.is === 'quarantine').map(({ source, id }) => `${source} ${id}`))
  const faults: string[] = []
  const there = new Set<string>()
  let bad = 0
  for (const topic of INBOUND) {
    for (const record of await kafka.readAll(topic)) {
      if (record.headers['ce_type'] === 'qingling.canary.v1') continue
      const identity = `${record.headers['ce_source']} ${record.headers['ce_id']}`
      const place = `${topic} ${record.partition} ${record.offset}`
      const isBad = !record.headers['ce_id'] || faulty.has(identity)
      there.add(identity)
      bad += Number(isBad)
      if (isBad !== aside.has(place)) faults.push(`${place} (${identity}) is ${isBad ? 'not ' : ''}in quarantine`)
      if (isBad === inbox.has(identity)) faults.push(`${place} (${identity}) is ${isBad ? '' : 'not '}in the inbox`)
    }
  }
  for (const { source, id, record } of sent) {
    if (record.headers?.['ce_id'] && !there.has(`${source} ${id}`)) faults.push(`${source} ${id} was acknowledged and is not on the topic`)
  }
  if (aside.size !== bad) faults.push(`${aside.size} in quarantine, ${bad} belong there`)
  return faults
}

/** Messages that came to something other than they should have. */
export async function misjudged(db: Db, sent: Sent[]): Promise<string[]> {
  const rows = await db.rows<{ message_id: string; outcome: string; case_id: number | null }>('select message_id, outcome, case_id from ql.inbox')
  const of = new Map(rows.map((row) => [row.message_id, row]))
  const faults: string[] = []
  const groups = new Map<string, Sent[]>()
  for (const one of sent) {
    const outcome = of.get(one.id)?.outcome
    if (one.fate.is === 'one') groups.set(one.fate.group, [...(groups.get(one.fate.group) ?? []), one])
    const right = { case: 'opened', closed: 'opened_closed', record: 'recorded', quarantine: undefined }
    if (one.fate.is !== 'one' && outcome !== right[one.fate.is]) faults.push(`${one.id}: ${outcome} instead of ${right[one.fate.is]}`)
  }
  for (const [group, members] of groups) {
    const cases = new Set(members.map(({ id }) => of.get(id)?.case_id))
    const openers = members.filter(({ id }) => of.get(id)?.outcome === 'opened')
    if (cases.size !== 1 || openers.length !== 1) faults.push(`${group}: ${members.length} messages came to ${cases.size} cases, ${openers.length} opened one`)
  }
  return faults
}

/** What case.events lacks or has in a wrong order: every version at least once, the first appearances of each case ascending. */
export async function unpublished(db: Db, records: Received[]): Promise<string[]> {
  const versions = new Map<string, number[]>()
  for (const { headers } of records) {
    const [id = '', version = ''] = (headers['ce_id'] ?? '').split(':')
    if (headers['ce_type'] === 'qingling.canary.v1') continue
    const list = versions.get(id) ?? []
    if (!list.includes(Number(version))) list.push(Number(version))
    versions.set(id, list)
  }
  const faults: string[] = []
  for (const { id, version } of await db.rows<{ id: number; version: number }>('select id, version from ql.cases')) {
    const seen = versions.get(String(id)) ?? []
    if (seen.length !== version || seen.some((v, i) => v !== i + 1)) faults.push(`case ${id} of ${version} versions: ${seen.join(' ')}`)
  }
  return faults
}
