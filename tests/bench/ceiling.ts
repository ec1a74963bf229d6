/**
 * The ceiling: the rows that the services wrote, written again by bare SQL into tables of the same columns, constraints, foreign keys and
 * indexes. One connection, batches of 500: one transaction opens them, one assigns them, as intake and dispatch do.
 */
import type { Db } from '../lib/pg.ts'

const BATCH = 500
const TABLES = ['cases', 'case_access', 'case_people', 'case_enterprises', 'case_parties', 'case_references', 'entries', 'journal', 'clocks', 'clock_segments', 'coordinators', 'inbox']

/** Cases per second. */
export async function ceiling(db: Db): Promise<number> {
  await db.run('drop schema if exists ceiling cascade; create schema ceiling')
  for (const table of TABLES) await db.run(`create table ceiling.${table} (like ql.${table} including all)`)
  await db.run('insert into ceiling.coordinators overriding system value select * from ql.coordinators; update ceiling.coordinators set open_weight = 0')
  await foreignKeys(db)
  await db.run('vacuum analyze')
  const columns = new Map<string, string>()
  for (const table of TABLES) {
    columns.set(table, await db.value<string>(
      `select string_agg(quote_ident(column_name), ', ' order by ordinal_position) from information_schema.columns
        where table_schema = 'ql' and table_name = $1 and is_generated = 'NEVER'`, table))
  }
  const ids = (await db.rows<{ id: number }>('select id from ql.cases order by id')).map((c) => c.id)
  const copy = (table: string, where: string) => `insert into ceiling.${table} (${columns.get(table)}) select ${columns.get(table)} from ql.${table} where ${where}`
  // A new case has neither officer nor second version yet; version 1 and the clocks but for the accept clock come with it.
  const opened = [
    copy('cases', 'id between $1 and $2').replace(/select (.*) from ql\.cases/, (_, all: string) =>
      `select ${all.replace(/\bstate\b/, `'received'`).replace(/\bversion\b/, '1').replace(/\bcoordinator_id\b/, 'null').replace(/\bfirst_asked_id\b/, 'null').replace(/\bwhy\b/, 'null')} from ql.cases`),
    ...['case_access', 'case_people', 'case_enterprises', 'case_parties', 'case_references', 'entries'].map((t) => copy(t, 'case_id between $1 and $2')),
    copy('journal', 'case_id between $1 and $2 and version = 1'),
    copy('clocks', `case_id between $1 and $2 and kind <> 'accept'`),
    copy('clock_segments', `case_id between $1 and $2 and (case_id, clock_seq) in (select case_id, seq from ql.clocks where case_id between $1 and $2 and kind <> 'accept')`),
    copy('inbox', 'case_id between $1 and $2')
  ]
  const assigned = [
    `update ceiling.cases c set state = q.state, version = q.version, coordinator_id = q.coordinator_id, first_asked_id = q.first_asked_id, why = q.why, head_hash = q.head_hash,
       updated_at = now() from ql.cases q where q.id = c.id and c.id between $1 and $2`,
    `update ceiling.case_parties p set coordinator_id = q.coordinator_id from ql.case_parties q where q.case_id = p.case_id and q.seq = p.seq and p.case_id between $1 and $2`,
    copy('journal', 'case_id between $1 and $2 and version = 2'),
    copy('clocks', `case_id between $1 and $2 and kind = 'accept'`),
    `update ceiling.clocks k set state = q.state, next_fire_at = q.next_fire_at, ended_at = q.ended_at from ql.clocks q
      where q.case_id = k.case_id and q.seq = k.seq and q.kind = 'unassigned' and k.case_id between $1 and $2`,
    copy('clock_segments', `case_id between $1 and $2 and (case_id, clock_seq) in (select case_id, seq from ql.clocks where case_id between $1 and $2 and kind = 'accept')`),
    `update ceiling.coordinators k set open_weight = k.open_weight + w.weight, last_assigned_at = now()
       from (select coordinator_id, sum(weight)::int as weight from ql.cases where id between $1 and $2 group by 1) w where k.id = w.coordinator_id`
  ]
  return db.session(async (client) => {
    const began = performance.now()
    for (let i = 0; i < ids.length; i += BATCH) {
      const range = [ids[i], ids[Math.min(i + BATCH, ids.length) - 1]]
      for (const [step, statements] of [opened, assigned].entries()) {
        await client.query('begin')
        for (const [n, text] of statements.entries()) await client.query({ name: `s${step}-${n}`, text, values: range })
        await client.query('commit')
      }
    }
    return ids.length / ((performance.now() - began) / 1000)
  })
}

/** Those of the originals, among the copies where both ends are copied. */
async function foreignKeys(db: Db): Promise<void> {
  const keys = await db.rows<{ table: string; name: string; text: string }>(
    `select c.conrelid::regclass::text as table, c.conname as name, pg_get_constraintdef(c.oid) as text from pg_constraint c
      where c.contype = 'f' and c.connamespace = 'ql'::regnamespace and c.conrelid::regclass::text = any ($1)`, TABLES.map((t) => `ql.${t}`))
  for (const { table, name, text } of keys) {
    const here = text.replace(/REFERENCES ql\.(\w+)/, (whole, to: string) => (TABLES.includes(to) ? `REFERENCES ceiling.${to}` : whole))
    await db.run(`alter table ${table.replace('ql.', 'ceiling.')} add constraint ${name} ${here}`)
  }
}
