/** The leaders of all partitions move, again and again, while records come: nothing is lost, nothing is worked twice. */
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'

const river = useStack({ template: 'demo', services: ['relay', 'intake', 'dispatch', 'clock', 'gateway'], env: { broker: { QL_DEVBROKER_BROKERS: '3' } } })
const ROUNDS = 6
const EACH = 25

test('a leader that moves is followed: every message is one case, every case is told @embedded', async () => {
  test.setTimeout(120_000)
  const { db, kafka, broker } = river()
  const live = await (await river().visitor().signIn('supervisor', 'clear-to-zero')).live()
  await live.until('the snapshot', (frame) => frame.type === 'snapshot')
  const subjects = Array.from({ length: ROUNDS * EACH }, (_, i) => `问题 ${i}`)
  for (let round = 0; round < ROUNDS; round++) {
    const sending = Promise.all(subjects.slice(round * EACH, (round + 1) * EACH).map((subject) => kafka.event('enterprise.enquiries', {
      type: 'qingling.enquiry.received.v1', key: subject,
      data: { channel: 'portal', channel_user: subject, unit: '2248', subject, text: '码头提示海关未放行, 请协助核实', occurred_at: new Date().toISOString() }
    })))
    await broker.kill('SIGUSR1')
    await sending
    await broker.until('the leaders moved', () => broker.log().split('event=leaders_moved').length > round + 1)
  }
  await waitUntil(async () => (await db.count(`select count(*) from ql.cases where state = 'assigned'`)) >= subjects.length, { what: 'all of them assigned', timeout: 60_000 })
  expect((await db.rows<{ subject: string }>('select subject from ql.cases order by 1')).map((c) => c.subject)).toEqual([...subjects].sort())
  await waitUntil(() => new Set(live.events().filter((f) => f['event'].name === 'assigned').map((f) => f['case'].subject)).size === subjects.length, { what: 'all of them told', timeout: 30_000 })
  for (const name of ['relay', 'intake', 'dispatch', 'clock', 'gateway']) await river().ready(name)
  live.close()
})
