/** What the rest relies on: the broker has the topics, keeps records to the byte, and comes back where it was. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { binary } from '../lib/kafka.ts'
import { root } from '../lib/paths.ts'
import { expect, test, useStack } from '../lib/test.ts'

const river = useStack({ template: 'empty' })

interface Metadata {
  originating_broker: { name: string }
  topics: { topic: string; partitions: unknown[] }[]
}

const metadata = (brokers: string): Metadata => JSON.parse(execFileSync('kcat', ['-L', '-J', '-b', brokers, '-m', '10'], { encoding: 'utf8' }))

test('the topics of topics.csv are there, with their partitions', () => {
  const listed = readFileSync(join(root, 'topics/topics.csv'), 'utf8').trim().split('\n').slice(1).map((line) => line.split(','))
  const there = new Map(metadata(river().brokers).topics.map(({ topic, partitions }) => [topic, partitions.length]))
  for (const [name, partitions] of listed) expect(there.get(name as string), name).toBe(Number(partitions))
})

test('a record comes back to the byte, with key and headers', async () => {
  const value = randomBytes(50_000)
  await river().kafka.send('hotline.calls', [{ key: '来电', value, headers: { ce_type: 'a.b', reason: '结束早于开始, 3分20秒', 'content-type': 'x/y' } }])
  const record = (await river().kafka.readAll('hotline.calls')).at(-1)
  expect(record?.key).toBe('来电')
  expect(record?.value.equals(value)).toBe(true)
  expect(record?.headers).toEqual({ ce_type: 'a.b', reason: '结束早于开始, 3分20秒', 'content-type': 'x/y' })
})

test('a record of 10 MB passes', async () => {
  const value = Buffer.alloc(10_000_000, 'x')
  await river().kafka.send('enterprise.enquiries', [{ value }])
  const records = await river().kafka.readAll('enterprise.enquiries')
  expect(records.some((record) => record.key === null && record.value.equals(value))).toBe(true)
})

test('a follower sees what comes, not what was', async () => {
  const { kafka } = river()
  await kafka.event('roster.events', { type: 'old', id: 'old', data: {} })
  const follower = await kafka.follow('roster.events')
  await kafka.event('roster.events', { type: 'new', id: 'new', data: { a: 1 } })
  const record = await follower.until('the new one', ({ headers }) => headers['ce_id'] === 'new')
  expect(JSON.parse(record.value.toString())).toEqual({ a: 1 })
  expect(follower.records.map(({ headers }) => headers['ce_id'])).toEqual(['new'])
  expect(binary({ type: 't', id: 'i', data: 1 }).headers).toMatchObject({ ce_specversion: '1.0', ce_id: 'i' })
})

test('killed and started again, the embedded broker is empty but where it was @embedded', async () => {
  const { broker, brokers, kafka } = river()
  await kafka.event('case.events', { type: 'x', data: {} })
  await broker.kill()
  broker.start()
  await broker.until('answering', () => metadata(brokers).topics.length > 0)
  expect(await kafka.readAll('case.events')).toEqual([])
})

test('killed and started again, Apache Kafka still has every record @kafka', async () => {
  const { broker, kafka } = river()
  const id = await kafka.event('case.events', { type: 'x', data: {} })
  await broker.kill()
  broker.start()
  await river().brokerReady()
  expect((await kafka.readAll('case.events')).map(({ headers }) => headers['ce_id'])).toContain(id)
})
