/**
 * What the river carries, as ratios and latencies of one run: the way of a record to a browser's socket, with few and with many open
 * cases, and opened and assigned per second against bare SQL that writes the very same rows. Absolute figures belong to the machine;
 * quote the ratio.
 */
import { readFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { Cluster } from '../lib/cluster.ts'
import { Stack, type Broker } from '../lib/stack.ts'
import { waitUntil } from '../lib/wait.ts'
import { ceiling } from './ceiling.ts'

const broker = (process.argv[2] ?? 'kafka') as Broker
const number = (name: string, normal: number) => Number(process.env[name] ?? normal)
const records = number('BENCH_RECORDS', broker === 'kafka' ? 20_000 : 8_000)
const rate = number('BENCH_RATE', 200)
const seconds = number('BENCH_SECONDS', 20)
const SERVICES = ['relay', 'intake', 'dispatch', 'clock', 'gateway']
const MINUTE = 60_000
const WARM_UP = 5 // seconds not counted: compilers and caches of broker, database and this program

const rows: [what: string, figure: string][] = []
const note = (what: string, figure: string) => {
  rows.push([what, figure])
  console.error(`${what}: ${figure}`)
}

const cluster = await Cluster.start()
const river = await Stack.start(cluster, broker, { template: 'demo' })
try {
  // The officers' room is not what is measured.
  await river.db.run('alter table ql.coordinators drop constraint coordinators_capacity_check; update ql.coordinators set capacity = 100000')
  const codes = (await river.db.rows<{ uscc: string }>('select uscc from ql.enterprises order by id')).map((e) => e.uscc)

  await river.start(...SERVICES)
  await latency(codes)
  const { spent, memory } = await backlog(codes)
  await river.start(...SERVICES)
  await latency(codes)
  for (const name of SERVICES) await river.stopService(name)
  note('most resident memory, MB', memory)
  const bare = await ceiling(river.db)
  note(`opened and assigned, ${records} cases, all services on this machine`, `${Math.round(records / spent)} cases/s`)
  note('bare SQL, the same rows, one connection, batches of 500', `${Math.round(bare)} cases/s`)
  note('ratio', (records / spent / bare).toFixed(2))
} finally {
  await river.stop().catch((error: unknown) => console.error(error))
  await cluster.stop()
}
console.log(`| what (${broker === 'kafka' ? 'Apache Kafka' : 'embedded broker'}, everything on one machine) | measured |\n|---|---|`)
for (const [what, figure] of rows) console.log(`| ${what} | ${figure} |`)

function enquiry(codes: string[], i: number) {
  return {
    type: 'qingling.enquiry.received.v1',
    key: codes[i % codes.length]!,
    data: {
      uscc: codes[i % codes.length], channel: 'portal', subject: randomUUID(), text: '码头提示海关未放行, 箱子进不了港, 请协助核实', unit: '2248',
      category: 'examination_wait', occurred_at: new Date().toISOString(), references: [{ type: 'bill', value: `B${randomUUID().slice(0, 18)}` }]
    }
  }
}

/** From just before a record is produced to the frame at a supervisor's socket, at a fixed rate. */
async function latency(codes: string[]): Promise<void> {
  const open = await river.db.count(`select count(*) from ql.cases where open`)
  const visitor = await river.visitor().signIn('supervisor', 'clear-to-zero')
  const live = await visitor.live()
  await live.until('the snapshot', (frame) => frame.type === 'snapshot')
  const sent = new Map<string, number>()
  const sending: Promise<unknown>[] = []
  const began = performance.now()
  for (let i = -rate * WARM_UP; i < rate * seconds; i++) {
    const wait = began + (WARM_UP + i / rate) * 1000 - performance.now()
    if (wait > 0) await new Promise((go) => setTimeout(go, wait))
    const event = enquiry(codes, Math.abs(i))
    if (i >= 0) sent.set(event.data.subject, performance.now())
    sending.push(river.kafka.event('enterprise.enquiries', event))
  }
  await Promise.all(sending)
  const ways = { opened: [] as number[], assigned: [] as number[] }
  await waitUntil(() => live.events().filter((f) => f['event'].name === 'assigned' && sent.has(f['case'].subject)).length >= sent.size, { what: 'all frames', timeout: 120_000, every: 100 })
  for (const frame of live.events()) {
    const from = sent.get(frame['case'].subject)
    const name = frame['event'].name as 'opened' | 'assigned'
    if (from !== undefined && name in ways) ways[name].push(frame.arrived - from)
  }
  for (const [name, ms] of Object.entries(ways)) {
    ms.sort((a, b) => a - b)
    const at = (share: number) => `${(ms[Math.min(ms.length - 1, Math.floor(ms.length * share))] ?? NaN).toFixed(0)} ms`
    note(`record produced -> frame "${name}", ${rate} records/s, ${open} cases open before`, `p50 ${at(0.5)}, p99 ${at(0.99)} (n ${ms.length})`)
  }
  live.close()
}

/** Works off a backlog from a standing start: seconds from the first case opened to the last one assigned, and memory at its end. */
async function backlog(codes: string[]): Promise<{ spent: number; memory: string }> {
  const before = await river.db.count('select count(*) from ql.cases')
  for (const name of SERVICES) await river.stopService(name)
  const first = await river.db.value<Date>('select now()')
  for (let i = 0; i < records; i += 500) await river.kafka.events('enterprise.enquiries', Array.from({ length: 500 }, (_, k) => enquiry(codes, i + k)))
  await river.start(...SERVICES)
  await waitUntil(async () => (await river.db.count(`select count(*) from ql.cases where state = 'assigned'`)) === before + records, { what: 'all cases assigned', timeout: 10 * MINUTE, every: 250 })
  const spent = await river.db.value<number>(
    `select extract(epoch from max(at) filter (where event = 'assigned') - min(at))::float8 from ql.journal where at > $1`, first)
  const memory = SERVICES.map((name) => `${name} ${(peak(river.service(name).pid) / 1024).toFixed(0)}`).join(', ')
  for (const name of SERVICES) await river.stopService(name)
  return { spent, memory }
}

function peak(pid: number | undefined): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}
