/**
 * Producing and reading as an outsider would. Producing goes through @platformatic/kafka; reading through kcat, which understands
 * the embedded broker as well as Apache Kafka (the former answers newer ListOffsets requests with an error) and is a foreign client.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Producer, type MessageToProduce } from '@platformatic/kafka'
import { root } from './paths.ts'
import { waitUntil } from './wait.ts'

export interface Outgoing {
  key?: string | null
  value: Buffer | string
  /** null: a header that has no value. */
  headers?: Record<string, string | Buffer | null>
}

export interface Received {
  topic: string
  partition: number
  offset: number
  /** Milliseconds since 1970. */
  timestamp: number
  key: string | null
  value: Buffer
  headers: Record<string, string>
}

export interface CloudEvent {
  type: string
  source?: string
  id?: string
  /** RFC 3339. */
  time?: string
  subject?: string
  traceparent?: string
  key?: string | null
  data: unknown
}

const MAX_BYTES = 16 * 1024 * 1024

export class Kafka {
  readonly brokers: string
  #producer: Producer | undefined
  readonly #followers = new Set<Follower>()

  constructor(brokers: string) {
    this.brokers = brokers
  }

  /** Resolves when the broker has all of them. */
  async send(topic: string, messages: Outgoing[]): Promise<void> {
    this.#producer ??= new Producer({ clientId: 'tests', bootstrapBrokers: [this.brokers], retries: 5, retryDelay: 200, timeout: 10_000 })
    await this.#producer.send({
      acks: -1,
      messages: messages.map(({ key, value, headers }): MessageToProduce<Buffer, Buffer, Buffer, Buffer> => ({
        topic,
        value: bytes(value),
        ...(key == null ? {} : { key: bytes(key) }),
        // Its types know no header without a value; its encoder does.
        headers: new Map(Object.entries(headers ?? {}).map(([name, v]) => [bytes(name), v === null ? (null as unknown as Buffer) : bytes(v)]))
      }))
    })
  }

  /** Sends CloudEvents in binary mode (attributes in ce_ headers); gives their ids. */
  async events(topic: string, events: CloudEvent[]): Promise<string[]> {
    const ids = events.map((event) => event.id ?? randomUUID())
    await this.send(topic, events.map((event, i) => binary({ ...event, id: ids[i] as string })))
    return ids
  }

  async event(topic: string, event: CloudEvent): Promise<string> {
    return (await this.events(topic, [event]))[0] as string
  }

  /** Everything that is in a topic now, per partition in order. */
  async readAll(topic: string): Promise<Received[]> {
    const reader = kcat(this.brokers, topic, 'beginning', ['-e', '-q'])
    const parser = new Parser(topic)
    reader.stdout?.on('data', (chunk: Buffer) => parser.push(chunk))
    const [code] = (await once(reader, 'close')) as [number]
    if (code !== 0) throw new Error(`kcat could not read ${topic} (status ${code})`)
    return parser.records
  }

  /** Keeps reading a topic; resolves once it stands at the end of every partition. */
  async follow(topic: string, from: 'beginning' | 'end' = 'end'): Promise<Follower> {
    const follower = new Follower(this.brokers, topic, from)
    this.#followers.add(follower)
    await follower.positioned()
    return follower
  }

  async close(): Promise<void> {
    for (const follower of this.#followers) follower.close()
    await this.#producer?.close()
    this.#producer = undefined
  }
}

const bytes = (v: string | Buffer): Buffer => (typeof v === 'string' ? Buffer.from(v) : v)

/** The record of an event in binary mode. */
export function binary({ type, source = '/tests', id = randomUUID(), time, subject, traceparent, key, data }: CloudEvent): Outgoing {
  const attributes = { ce_specversion: '1.0', ce_type: type, ce_source: source, ce_id: id, ce_time: time, ce_subject: subject, traceparent }
  return {
    key: key ?? null,
    value: JSON.stringify(data),
    headers: { 'content-type': 'application/json', ...defined(attributes) }
  }
}

/** The record of an event in structured mode. */
export function structured({ type, source = '/tests', id = randomUUID(), time, subject, traceparent, key, data }: CloudEvent): Outgoing {
  return {
    key: key ?? null,
    value: JSON.stringify({ specversion: '1.0', type, source, id, time, subject, datacontenttype: 'application/json', data }),
    headers: { 'content-type': 'application/cloudevents+json; charset=utf-8', ...defined({ traceparent }) }
  }
}

function defined(attributes: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter((pair): pair is [string, string] => pair[1] !== undefined))
}

export class Follower {
  readonly records: Received[] = []
  readonly #reader: ChildProcess
  readonly #topic: string
  #notes = ''

  constructor(brokers: string, topic: string, from: 'beginning' | 'end') {
    this.#topic = topic
    this.#reader = kcat(brokers, topic, from, ['-u'])
    const parser = new Parser(topic, this.records)
    this.#reader.stdout?.on('data', (chunk: Buffer) => parser.push(chunk))
    this.#reader.stderr?.on('data', (chunk: Buffer) => {
      this.#notes = (this.#notes + chunk.toString()).slice(-20_000)
    })
  }

  async positioned(): Promise<void> {
    // Of every partition: a record that comes before its partition is found would be missed by who starts at the end.
    const found = () => new Set([...this.#notes.matchAll(/Reached end of topic \S+ \[(\d+)\]/g)].map((m) => m[1])).size
    await waitUntil(() => found() >= partitionsOf(this.#topic), { what: `the end of ${this.#topic}` })
  }

  /** The first record, past or coming, that fits. */
  async until(what: string, fits: (record: Received) => boolean, timeout?: number): Promise<Received> {
    return waitUntil(() => this.records.find(fits), { what: `${what} on ${this.#topic}`, every: 5, ...(timeout ? { timeout } : {}) })
  }

  close(): void {
    this.#reader.kill('SIGKILL')
  }
}

const partitionsOf = (topic: string): number => {
  const line = readFileSync(join(root, 'topics/topics.csv'), 'utf8').split('\n').find((l) => l.startsWith(`${topic},`))
  return Number(line?.split(',')[1] ?? 1)
}

function kcat(brokers: string, topic: string, from: string, more: string[]): ChildProcess {
  const settings = [`fetch.message.max.bytes=${MAX_BYTES}`, 'fetch.wait.max.ms=20', 'socket.timeout.ms=10000'].flatMap((s) => ['-X', s])
  const args = ['-C', '-b', brokers, '-t', topic, '-o', from, '-f', '%p %o %T %K %S\\n%k%s%h\\n', ...settings, ...more]
  return spawn('setpriv', ['--pdeathsig', 'KILL', 'kcat', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Takes kcat's output apart: a line of numbers, then key and value of the lengths that it names, then the headers. */
class Parser {
  readonly records: Received[]
  readonly #topic: string
  #rest: Buffer = Buffer.alloc(0)

  constructor(topic: string, into: Received[] = []) {
    this.#topic = topic
    this.records = into
  }

  push(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    while (this.#take());
  }

  #take(): boolean {
    const line = this.#rest.indexOf('\n')
    if (line < 0) return false
    const [partition = 0, offset = 0, timestamp = 0, keyLength = 0, valueLength = 0] = this.#rest.toString('utf8', 0, line).split(' ').map(Number)
    const key = line + 1
    const value = key + Math.max(keyLength, 0)
    const headers = value + Math.max(valueLength, 0)
    const end = this.#rest.indexOf('\n', headers)
    if (headers > this.#rest.length || end < 0) return false
    this.records.push({
      topic: this.#topic,
      partition,
      offset,
      timestamp,
      key: keyLength < 0 ? null : this.#rest.toString('utf8', key, value),
      value: Buffer.from(this.#rest.subarray(value, headers)),
      headers: parseHeaders(this.#rest.toString('utf8', headers, end))
    })
    this.#rest = this.#rest.subarray(end + 1)
    return true
  }
}

/** name=value,name=value: a comma parts two headers only before another name. */
function parseHeaders(text: string): Record<string, string> {
  const pairs = text === '' ? [] : text.split(/,(?=[A-Za-z][\w.-]*=)/)
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}
