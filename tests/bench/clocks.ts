/**
 * How late timers fire with very many open clocks (BENCH_CLOCKS, a million): some thousand come due within seconds, first while
 * nothing else goes on, then while a new policy makes the clock walk over all of them. Lateness is from the due instant to the
 * transaction that fires; the worst one is to the commit.
 */
import { Cluster } from '../lib/cluster.ts'
import { Stack } from '../lib/stack.ts'
import { waitUntil } from '../lib/wait.ts'

const number = (name: string, normal: number) => Number(process.env[name] ?? normal)
const clocks = number('BENCH_CLOCKS', 1_000_000)
const due = number('BENCH_DUE', 2_000)
const PER_CASE = 4
const cases = Math.ceil(clocks / PER_CASE)

const cluster = await Cluster.start()
const river = await Stack.start(cluster, 'embedded', {})
const { db } = river
const rows: [what: string, figure: string][] = []
try {
  await fill()
  await river.start('clock')
  await firing('nothing else going on', 0)
  const began = performance.now()
  await db.rows(`insert into ql.policies (code, version, procedure, clock, amount, amount_unit) values ('first_response', 2, 'coordination', 'first_response', 9999, 'work_minutes')`)
  await waitUntil(() => db.count('select count(*) from ql.clock_rebases where ended_at is null'), { what: 'the walk', timeout: 90_000 })
  await firing('walking over all of them', 1)
  await waitUntil(() => db.count('select count(*) = 0 from ql.clock_rebases where ended_at is null').then(Boolean), { what: 'the end of the walk', timeout: 900_000 })
  rows.push([`walk over ${clocks} open clocks, while ${due} fired`, `${((performance.now() - began) / 1000).toFixed(0)} s`])
} catch (error) {
  console.error(river.logs())
  throw error
} finally {
  await river.stop().catch((error: unknown) => console.error(error))
  await cluster.stop()
}
console.log(`| what (${clocks} open clocks) | measured |\n|---|---|`)
for (const [what, figure] of rows) console.log(`| ${what} | ${figure} |`)

/** Cases at a unit around the clock; their clocks were started now and warn after 45 minutes. */
async function fill(): Promise<void> {
  const began = performance.now()
  await db.rows(
    `insert into ql.cases (id, number, procedure, kind, state, version, subject, channel, lead_unit_id, received_at, occurred_at, opened_at, sort_at, clocks, parties, head_hash, updated_at)
     select i, 'B-' || i, 'coordination', 'enquiry', 'received', 1, 'bench', 'portal', u.id, now(), now(), now(), now(), $2, 0, sha256(i::text::bytea), now()
       from generate_series(1::int8, $1::int8) i, ql.units u where u.code = '2248'`, cases, PER_CASE)
  await db.rows(
    `insert into ql.clocks (case_id, seq, kind, policy_id, calendar_id, started_at, due_at, next_fire_at)
     select i, s, 'first_response', p.id, c.id, now(), now() + interval '60 minutes', now() + interval '45 minutes'
       from generate_series(1::int8, $1::int8) i, generate_series(1, $2::int4) s, ql.policies p, ql.calendars c
      where p.code = 'first_response' and p.version = 1 and c.code = 'port_24h'`, cases, PER_CASE)
  await db.rows(`insert into ql.clock_segments (case_id, clock_seq, seq, kind, from_at) select case_id, seq, 1, 'run', started_at from ql.clocks`)
  for (const table of ['cases', 'clocks', 'clock_segments']) await db.run(`vacuum analyze ql.${table}`)
  console.error(`filled in ${((performance.now() - began) / 1000).toFixed(0)} s`)
}

/** Some clocks come due within five seconds from soon on, spread over all cases. */
async function firing(how: string, turn: number): Promise<void> {
  const every = Math.floor(cases / due)
  const seq = 1 + turn
  const moved = await db.count( // both tables at once: a clock without its segment only looks due
    `with m as (update ql.clocks k set started_at = x.at - interval '45 minutes', due_at = x.at + interval '15 minutes', next_fire_at = x.at
       from (select i, now() + interval '10 seconds' + random() * interval '5 seconds' as at from generate_series($1::int8, $2::int8, $1::int8) i) x
      where k.case_id = x.i and k.seq = $3 returning k.case_id, k.seq, k.started_at),
     s as (update ql.clock_segments s set from_at = m.started_at from m where s.case_id = m.case_id and s.clock_seq = m.seq)
     select count(*) from m`, every, cases, seq)
  await waitUntil(() => db.count('select count(*) from ql.clock_fires where clock_seq = $1', seq).then((n) => n >= moved), { what: 'all fired', timeout: 120_000 })
  const late = await db.row<{ p50: number; p99: number; most: number }>(
    `select (percentile_cont(0.5) within group (order by late))::float8 as p50, (percentile_cont(0.99) within group (order by late))::float8 as p99, max(late)::float8 as most
       from (select extract(epoch from fired_at - due_at) * 1000 as late from ql.clock_fires where clock_seq = $1) f`, seq)
  const worst = (await river.metric('clock', 'clock_lateness_worst_microseconds')) / 1000
  rows.push([`lateness of ${moved} timers within 5 s, ${how}`, `p50 ${late.p50.toFixed(1)} ms, p99 ${late.p99.toFixed(1)} ms, worst to the commit ${worst.toFixed(0)} ms`])
  console.error(rows.at(-1)!.join(': '))
}
