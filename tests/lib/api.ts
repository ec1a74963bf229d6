/**
 * Someone in front of the gateway: a session, JSON requests, commands, a live connection. Every answer is held against openapi.json: one
 * that it does not describe fails the test.
 */
import { judge } from './openapi.ts'
import { waitUntil } from './wait.ts'

export interface Answer<T = any> {
  status: number
  headers: Headers
  body: T
}

export class Api {
  readonly url: string
  cookie = ''
  csrf = ''

  constructor(url: string) {
    this.url = url
  }

  /** Signs in; throws with the server's words when refused. */
  async signIn(login: string, password: string): Promise<this> {
    const answer = await this.post('/api/v1/session', { login, password })
    if (answer.status !== 200) throw new Error(`sign-in as ${login} refused: ${answer.status} ${JSON.stringify(answer.body)}`)
    this.csrf = answer.body.csrf
    return this
  }

  get<T = any>(path: string, headers: Record<string, string> = {}): Promise<Answer<T>> {
    return this.request<T>('GET', path, undefined, headers)
  }

  post<T = any>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> {
    return this.request<T>('POST', path, body, headers)
  }

  delete<T = any>(path: string): Promise<Answer<T>> {
    return this.request<T>('DELETE', path)
  }

  /** A command on a case. */
  command<T = any>(id: number | string, action: string, version: number, more: Record<string, unknown> = {}): Promise<Answer<T>> {
    return this.post<T>(`/api/v1/cases/${id}/${action}`, { version, ...more })
  }

  async request<T = any>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> {
    const response = await fetch(this.url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.cookie ? { cookie: this.cookie } : {}),
        ...(method !== 'GET' && this.csrf ? { 'x-csrf-token': this.csrf } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) })
    })
    for (const line of response.headers.getSetCookie()) {
      if (line.startsWith('ql_session=')) this.cookie = line.slice(0, line.indexOf(';'))
    }
    const text = await response.text()
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '')
    const answer = { status: response.status, headers: response.headers, body: (isJson && text ? JSON.parse(text) : text) as T }
    const fault = judge.fault(method, path, answer.status, response.headers.get('content-type') ?? '', answer.body)
    if (fault !== undefined) throw new Error(fault)
    return answer
  }

  /** Opens /live and says hello. */
  async live(position: string | null = null): Promise<Live> {
    const live = new Live(this.url, this.cookie)
    await live.opened
    live.send({ type: 'hello', protocol: 1, position })
    return live
  }
}

export interface Frame {
  type: string
  [member: string]: any
}

/** A socket that keeps every frame, in order, with the moment of its arrival. */
export class Live {
  readonly frames: (Frame & { arrived: number })[] = []
  readonly opened: Promise<void>
  readonly #socket: WebSocket
  closed: { code: number; reason: string } | undefined
  /** Answers beats by itself, as a page does. */
  answering = true

  constructor(url: string, cookie: string) {
    // Node's WebSocket takes headers, which a browser's does not.
    const options = { protocols: ['qingling.v1'], headers: { cookie, origin: url } } as unknown as string[]
    this.#socket = new WebSocket(url.replace(/^http/, 'ws') + '/live', options)
    this.opened = new Promise((resolve, reject) => {
      this.#socket.onopen = () => resolve()
      this.#socket.onerror = () => reject(new Error('/live refused the connection'))
    })
    this.#socket.onmessage = ({ data }) => this.#take(JSON.parse(String(data)) as Frame)
    this.#socket.onclose = ({ code, reason }) => {
      this.closed = { code, reason }
    }
  }

  send(frame: Frame): void {
    this.#socket.send(JSON.stringify(frame))
  }

  sendText(text: string): void {
    this.#socket.send(text)
  }

  close(): void {
    this.#socket.close()
  }

  /** The newest position that the server named. */
  get position(): string | null {
    return this.frames.findLast((frame) => typeof frame['position'] === 'string')?.['position'] ?? null
  }

  events(): Frame[] {
    return this.frames.filter((frame) => frame.type === 'event')
  }

  /** The first frame, past or coming, that fits. */
  async until(what: string, fits: (frame: Frame) => boolean, timeout?: number): Promise<Frame> {
    return waitUntil(() => this.frames.find(fits), { what: `${what} on /live`, every: 5, ...(timeout ? { timeout } : {}) })
  }

  /** The newest row that this client was told of each case, by id: what a page would show. */
  rows(): Map<number, any> {
    const rows = new Map<number, any>()
    for (const frame of this.frames) {
      if (frame.type === 'snapshot') {
        rows.clear()
        for (const row of frame['rows']) rows.set(row.id, row)
      } else if (frame.type === 'event' && (rows.get(frame['case'].id)?.version ?? 0) < frame['case'].version) {
        rows.set(frame['case'].id, frame['case'])
      } else if (frame.type === 'gone') {
        rows.delete(frame['id'])
      }
    }
    return rows
  }

  #take(frame: Frame): void {
    this.frames.push({ ...frame, arrived: performance.now() })
    if (frame.type === 'beat' && this.answering) this.send({ type: 'beat' })
  }
}
