/** A system outside that takes webhooks: keeps each request, answers as a test wants, and checks signatures with the library of Standard Webhooks. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { freePort } from './port.ts'
import { waitUntil } from './wait.ts'

export interface Hooked { id: string; path: string; headers: Record<string, string>; raw: string; body: any; answered: number }
export type Reply = { status: number; headers?: Record<string, string>; body?: string | Buffer } | number
export type Responder = (hooked: Hooked) => Reply | Promise<Reply>

export class Endpoint {
  readonly hooked: Hooked[] = []
  readonly port: number
  connections = 0
  /** How many requests were being answered at once, at most. */
  busiest = 0
  respond: Responder = () => 200
  #busy = 0
  readonly #server: Server

  private constructor(port: number) {
    this.port = port
    this.#server = createServer((request, response) => void this.#take(request, response).catch(() => response.destroy()))
    this.#server.on('connection', () => this.connections++)
  }

  static async start(): Promise<Endpoint> {
    const endpoint = new Endpoint(await freePort())
    await new Promise<void>((resolve) => endpoint.#server.listen(endpoint.port, '127.0.0.1', resolve))
    return endpoint
  }

  url(path = '/hook'): string {
    return `http://127.0.0.1:${this.port}${path}`
  }

  at(path: string): Hooked[] {
    return this.hooked.filter((one) => one.path === path)
  }

  async until(path: string, n = 1, timeout?: number): Promise<Hooked[]> {
    return waitUntil(() => (this.at(path).length >= n ? this.at(path) : undefined), { what: `${n} requests at ${path}`, ...(timeout ? { timeout } : {}) })
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.busiest = Math.max(this.busiest, ++this.#busy)
    response.on('close', () => this.#busy--)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const raw = Buffer.concat(chunks).toString()
    const headers = request.headers as Record<string, string>
    const hooked: Hooked = { id: headers['webhook-id'] ?? '', path: request.url ?? '', headers, raw, body: JSON.parse(raw), answered: 0 }
    this.hooked.push(hooked)
    const reply = await this.respond(hooked)
    const { status, headers: more = {}, body = '' } = typeof reply === 'number' ? { status: reply } : reply
    hooked.answered = status
    response.writeHead(status, more).end(body)
  }
}

/** Throws unless the signature is one of this secret's, over these very bytes, and fresh. */
export function verify(secret: string, hooked: Hooked): void {
  new Webhook(secret).verify(hooked.raw, hooked.headers)
}
