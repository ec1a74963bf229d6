/** A load whose every record is known: what was sent, under which identity, and what must become of it. The same for the same seed. */
import type { Kafka, Outgoing } from '../lib/kafka.ts'
import { binary } from '../lib/kafka.ts'
import { waitUntil } from '../lib/wait.ts'

export const INBOUND = ['enterprise.enquiries', 'clearance.incidents', 'hotline.calls'] as const
export type Topic = (typeof INBOUND)[number]

/** case: a case of its own. one: of all with this group, one opens a case and the others attach to it. */
export type Fate = { is: 'case' | 'closed' | 'record' | 'quarantine' } | { is: 'one'; group: string }

export interface Sent {
  topic: Topic
  source: string
  id: string
  fate: Fate
  record: Outgoing
}

/** A small generator of numbers, so that a run can be had again. */
export function dice(seed: number): { below(n: number): number; chance(share: number): boolean; pick<T>(of: readonly T[]): T } {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    below: (n) => Math.floor(next() * n),
    chance: (share) => next() < share,
    pick: <T>(of: readonly T[]) => of[Math.floor(next() * of.length)] as T
  }
}

const LETTERS: Record<string, number> = { C: 13, S: 30, Q: 28, U: 32 }

/** A container number whose check digit holds (ISO 6346). */
export function container(n: number): string {
  const body = `CSQU${String(n).padStart(6, '0')}`
  const sum = [...body].reduce((total, c, i) => total + (LETTERS[c] ?? Number(c)) * 2 ** i, 0)
  return `${body}${(sum % 11) % 10}`
}

/** Subjects of cases that officers may close while the load runs; nothing else ever attaches to them. */
export const CLOSABLE = '可结'
/** Enquiries of this category must be accepted at once, which nobody does: the clock takes them from one officer to the next. */
export const HASTY = 'policy_query'

const SOURCE = '/tests/load'
const UNITS = ['2222', '2248', '5301', '5304']

const BAD: { name: string; spoil: (record: Outgoing) => Outgoing }[] = [
  { name: 'no JSON', spoil: (r) => ({ ...r, value: String(r.value).slice(0, -3) }) },
  { name: 'not UTF-8', spoil: (r) => ({ ...r, value: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]) }) },
  { name: 'no channel', spoil: (r) => ({ ...r, value: String(r.value).replace('"channel"', '"chanel"') }) },
  { name: 'no time', spoil: (r) => ({ ...r, value: String(r.value).replace(/"occurred_at":"[^"]*"/, '"occurred_at":"2026-02-30T08:00:00Z"') }) },
  { name: 'unknown type', spoil: (r) => ({ ...r, headers: { ...r.headers, ce_type: 'qingling.unheard.of.v1' } }) },
  { name: 'no identity', spoil: (r) => ({ ...r, headers: { 'content-type': 'application/json' } }) }
]

export class Load {
  readonly sent: Sent[] = []
  readonly #dice
  readonly #enterprises: string[]
  #serial = 0
  /** Boxes that a twin may come to speak of again. */
  readonly #boxes: { value: string; uscc: string }[] = []

  constructor(seed: number, enterprises: string[]) {
    this.#dice = dice(seed)
    this.#enterprises = enterprises
  }

  /** The next records: mostly one, three for a call. */
  next(): Sent[] {
    const roll = this.#dice.below(100)
    const made = roll < 56 ? [this.#enquiry()] : roll < 66 ? [this.#twin()] : roll < 70 ? [this.#neighbour()] : roll < 75 ? [this.#greeting()]
      : roll < 85 ? [this.#notice()] : roll < 93 ? this.#call() : roll < 96 ? [this.#faulty()] : [this.#again()]
    this.sent.push(...made.filter((one) => !this.sent.includes(one)))
    return made
  }

  #event(topic: Topic, type: string, data: object, fate: Fate, key?: string): Sent {
    const id = `m${++this.#serial}`
    return { topic, source: SOURCE, id, fate, record: binary({ type, source: SOURCE, id, key: key ?? id, traceparent: trace(this.#serial), data }) }
  }

  #enquiryOf(uscc: string, more: object, fate: Fate): Sent {
    const category = this.#dice.chance(0.04) ? HASTY : this.#dice.pick(['other', 'complaint', 'manifest_mismatch'])
    const data = {
      channel: this.#dice.pick(['portal', 'mail', 'counter']), uscc, category, unit: this.#dice.pick(UNITS), subject: `事项 ${this.#serial + 1}`, text: '请协助, 谢谢',
      occurred_at: new Date().toISOString(), ...more
    }
    return this.#event('enterprise.enquiries', 'qingling.enquiry.received.v1', data, fate, uscc)
  }

  #enquiry(): Sent {
    const closable = this.#dice.chance(0.35)
    return this.#enquiryOf(this.#dice.pick(this.#enterprises), closable ? { subject: `${CLOSABLE} ${this.#serial + 1}`, category: 'other' } : {}, { is: 'case' })
  }

  /** Speaks of a box, which its enterprise may have spoken of before. */
  #twin(): Sent {
    const known = this.#boxes.length > 0 && this.#dice.chance(0.7)
    const box = known ? this.#dice.pick(this.#boxes) : { value: container(++this.#serial), uscc: this.#dice.pick(this.#enterprises) }
    if (!known) this.#boxes.push(box)
    const references = [{ type: 'container', value: box.value }]
    const fate: Fate = { is: 'one', group: `${box.value} ${box.uscc}` }
    if (this.#dice.chance(0.7)) return this.#enquiryOf(box.uscc, { references }, fate)
    return this.#ended({ uscc: box.uscc, references, summary: `箱子 ${box.value}` }, fate)
  }

  /** Another enterprise speaks of the same box: a case of its own, linked. */
  #neighbour(): Sent {
    const box = this.#boxes.length > 0 ? this.#dice.pick(this.#boxes).value : container(++this.#serial)
    const uscc = this.#dice.pick(this.#enterprises)
    return this.#enquiryOf(uscc, { references: [{ type: 'container', value: box }] }, { is: 'one', group: `${box} ${uscc}` })
  }

  #greeting(): Sent {
    const data = { channel: 'wechat', channel_user: `o${this.#serial}`, subject: '您好', text: '您好！', occurred_at: new Date().toISOString() }
    return this.#event('enterprise.enquiries', 'qingling.enquiry.received.v1', data, { is: 'record' })
  }

  #notice(): Sent {
    const opens = this.#dice.chance(0.5)
    const declaration = `222220260${String(100_000_000 + ++this.#serial)}`
    const data = { declaration, unit: '2248', code: opens ? 'H' : 'J', occurred_at: new Date().toISOString() }
    return this.#event('clearance.incidents', 'qingling.incident.raised.v1', data, { is: opens ? 'case' : 'record' }, declaration)
  }

  #ended(more: object, fate: Fate): Sent {
    const call_id = `call-${++this.#serial}`
    const now = Date.now()
    const data = {
      call_id, hotline: '12360', caller: `+86139${String(10_000_000 + this.#serial)}`, started_at: new Date(now - 90_000).toISOString(), ended_at: new Date(now).toISOString(),
      outcome: 'answered', solved: false, ...more
    }
    return this.#event('hotline.calls', 'qingling.call.ended.v1', data, fate, call_id)
  }

  #call(): Sent[] {
    const call_id = `call-${++this.#serial}`
    const started_at = new Date(Date.now() - 90_000).toISOString()
    const base = { call_id, hotline: '12360', caller: `+86137${String(10_000_000 + this.#serial)}`, started_at }
    const stage = (name: string, more: object) => this.#event('hotline.calls', `qingling.call.${name}.v1`, { ...base, ...more }, { is: 'record' }, call_id)
    const ended = this.#dice.pick<[object, Fate['is']]>([
      [{ outcome: 'answered', solved: false, summary: `来电 ${call_id}` }, 'case'], [{ outcome: 'answered', solved: true, summary: '已答复' }, 'closed'],
      [{ outcome: 'abandoned_ivr', solved: false }, 'record']
    ])
    const first = [stage('queued', { queue: '1' }), stage('answered', { agent: 'A7', answered_at: new Date(Date.now() - 60_000).toISOString() })]
    return [...first, this.#ended({ ...base, ...ended[0] }, { is: ended[1] } as Fate)]
  }

  #faulty(): Sent {
    const good = this.#enquiryOf(this.#dice.pick(this.#enterprises), {}, { is: 'quarantine' })
    return { ...good, record: this.#dice.pick(BAD).spoil(good.record) }
  }

  /** The producer says the same again. */
  #again(): Sent {
    const before = this.sent.filter(({ fate }) => fate.is !== 'quarantine')
    return before.length > 0 ? this.#dice.pick(before.slice(-200)) : this.#greeting()
  }
}

const trace = (n: number): string => `00-${n.toString(16).padStart(32, '0')}-00000000000000ab-01`

/** Sends until the broker has them all: what was not acknowledged is sent again, as a producer must. */
export async function deliver(kafka: Kafka, records: Sent[], patience = 120_000): Promise<void> {
  for (const topic of INBOUND) {
    const messages = records.filter((one) => one.topic === topic).map(({ record }) => record)
    if (messages.length > 0) await waitUntil(() => kafka.send(topic, messages).then(() => true), { what: `the broker to take ${messages.length} records`, timeout: patience, every: 200 })
  }
}
