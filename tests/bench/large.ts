/** Lists, counters, reads and searches for each role on a large database: BENCH_CASES (1000000), each request BENCH_TIMES (200). */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Cluster } from '../lib/cluster.ts'
import { bin, root } from '../lib/paths.ts'
import { Stack } from '../lib/stack.ts'
import { fill } from './fill.ts'
import { accounts, measure } from './measure.ts'

const number = (name: string, normal: number) => Number(process.env[name] ?? normal)
const cases = number('BENCH_CASES', 1_000_000)
const since = performance.now()
const say = (what: string) => console.error(`${what} after ${Math.round((performance.now() - since) / 1000)} s`)

const cluster = await Cluster.start()
const river = await Stack.start(cluster, 'embedded', { template: 'demo' })
try {
  await fill(river.db, cases)
  say(`${cases} cases`)
  await promisify(execFile)(join(bin, 'qlctl'), ['reindex', '--reindex.batch=500'], { cwd: root, env: { ...process.env, QL_PG_DSN: river.db.dsn } })
  await river.db.run('vacuum analyze')
  say('what a search finds them by')
  const roles = await accounts(river.db)
  await river.start('gateway')
  const open = await river.db.count('select count(*) from ql.cases where open')
  console.log(`${cases} cases, ${open} of them open:\n`)
  await measure(river.url, river.db, roles, number('BENCH_TIMES', 200))
} finally {
  await river.stop().catch((error: unknown) => console.error(error))
  await cluster.stop()
}
