/** A page that stays open: it comes back by itself whenever it is cut off, and goes on where it was. */
import { type Api, type Frame, type Live } from '../lib/api.ts'
import type { Db } from '../lib/pg.ts'
import { waitUntil } from '../lib/wait.ts'

const BACK_AFTER = 50 // milliseconds between attempts to come back

export class Watcher {
  readonly api: Api
  /** Versions seen of each case, as events or by a snapshot's row. */
  readonly seen = new Map<number, Set<number>>()
  /** The newest version that the page would show. */
  readonly shown = new Map<number, number>()
  /** The server's time of the last snapshot: from then on nothing may be missing. */
  since: string | undefined
  resumed = 0
  snapshots = 0
  events = 0
  reconnects = -1
  #position: string | null = null
  #live: Live | undefined
  #read = 0
  #stopping = false
  #ended: Promise<void> | undefined

  constructor(api: Api) {
    this.api = api
  }

  /** Connects; resolves once it was welcomed. */
  async start(): Promise<this> {
    this.#ended = this.#run()
    await waitUntil(() => this.since !== undefined, { what: 'the first welcome' })
    return this
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#live?.close()
    await this.#ended
  }

  /** Its network fails for a moment. */
  drop(): void {
    this.#live?.close()
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const live = await this.api.live(this.#position).catch(() => undefined)
      if (live) {
        this.#live = live
        this.#read = 0
        this.reconnects++
        await waitUntil(() => { this.#take(live); return live.closed !== undefined }, { what: 'the end of the connection', timeout: 600_000, every: 5 })
        this.#take(live)
      }
      if (!this.#stopping) await new Promise((resolve) => setTimeout(resolve, BACK_AFTER))
    }
  }

  #take(live: Live): void {
    for (; this.#read < live.frames.length; this.#read++) this.#apply(live.frames[this.#read] as Frame)
    if (this.#read > 1000) { // what was read is not needed again
      live.frames.splice(0, this.#read)
      this.#read = 0
    }
  }

  #apply(frame: Frame): void {
    if (typeof frame['position'] === 'string') this.#position = frame['position']
    switch (frame.type) {
      case 'welcome':
        if (frame['resumed']) this.resumed++
        else this.since = frame['now']
        break
      case 'snapshot':
        this.snapshots++
        this.seen.clear()
        this.shown.clear()
        for (const row of frame['rows']) this.#see(row.id, row.version, row.version)
        break
      case 'event':
        this.events++
        this.#see(frame['case'].id, frame['event'].version, frame['case'].version)
        break
      case 'resync':
        this.#position = null
        break
    }
  }

  #see(id: number, version: number, shown: number): void {
    const versions = this.seen.get(id) ?? new Set()
    versions.add(version)
    this.seen.set(id, versions)
    this.shown.set(id, Math.max(this.shown.get(id) ?? 0, shown))
  }

  /**
   * What it should have been told since its last snapshot and was not: every event (journal rows that `readable` lets
   * through), and the final state of each case that it heard of.
   */
  async missed(db: Db, readable = 'true'): Promise<string[]> {
    const rows = await db.rows<{ id: number; version: number; event: string }>(
      `select case_id as id, version, event from ql.journal j where at > $1 and ${readable} order by case_id, version`, this.since)
    const events = rows.filter(({ id, version }) => !this.seen.get(id)?.has(version)).map(({ id, version, event }) => `case ${id} version ${version} (${event})`)
    const last = await db.rows<{ id: number; version: number; at: string }>(`select id, version, updated_at::text as at from ql.cases`)
    const stale = readable !== 'true' ? [] : last.filter(({ id, version }) => (this.shown.get(id) ?? version) < version)
      .map(({ id, version, at }) => `case ${id} is shown in version ${this.shown.get(id)} of ${version}, changed ${at}, last snapshot ${this.since}`)
    return [...events, ...stale]
  }
}
