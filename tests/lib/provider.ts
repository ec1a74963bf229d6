/** An OpenID provider that does what a test tells it to, lies included. What a well-behaved one does is tested on a real one. */
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { freePort } from './port.ts'

export interface Lie {
  /** Claims that replace the honest ones. */
  claims?: Record<string, unknown>
  /** Of the token's head: alg, kid. */
  head?: Record<string, unknown>
  /** Signed by a key that is not published, by none, or by a published key used as a shared secret. */
  signedBy?: 'stranger' | 'nobody' | 'public key as secret'
}

const base64 = (data: string | Buffer): string => Buffer.from(data).toString('base64url')
const pair = (): KeyObject => createPrivateKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }))

export class Provider {
  readonly issuer: string
  subject = 'subject-1'
  lie: Lie = {}
  down = false
  keysRead = 0
  readonly #server: Server
  readonly #codes = new Map<string, { nonce: string; challenge: string; redirect: string }>()
  #key = { kid: 'one', private: pair() }
  readonly #stranger = pair()

  private constructor(port: number) {
    this.issuer = `http://127.0.0.1:${port}/realm`
    this.#server = createServer((request, response) => void this.#answer(request, response)).listen(port, '127.0.0.1')
  }

  static async start(): Promise<Provider> {
    return new Provider(await freePort())
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  rotate(): void {
    this.#key = { kid: randomBytes(4).toString('hex'), private: pair() }
  }

  /** Somebody signs in here and is sent back: the address to which. */
  consent(address: string): string {
    const asked = new URL(address).searchParams
    const code = randomBytes(12).toString('hex')
    this.#codes.set(code, { nonce: asked.get('nonce') ?? '', challenge: asked.get('code_challenge') ?? '', redirect: asked.get('redirect_uri') ?? '' })
    return `${asked.get('redirect_uri')}?code=${code}&state=${asked.get('state')}`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace('/realm', '')
    const send = (status: number, body: unknown) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (this.down) return void send(503, {})
    if (path === '/.well-known/openid-configuration') {
      return void send(200, { issuer: this.issuer, authorization_endpoint: `${this.issuer}/authorize`, token_endpoint: `${this.issuer}/token`, jwks_uri: `${this.issuer}/keys` })
    }
    if (path === '/keys') {
      this.keysRead++
      return void send(200, { keys: [this.#published()] })
    }
    let text = ''
    for await (const piece of request) text += String(piece)
    const form = new URLSearchParams(text)
    const asked = this.#codes.get(form.get('code') ?? '')
    this.#codes.delete(form.get('code') ?? '')
    const proof = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url')
    const known = request.headers.authorization === `Basic ${Buffer.from('qingling:secret').toString('base64')}`
    if (!asked || !known || asked.challenge !== proof || asked.redirect !== form.get('redirect_uri')) return void send(400, { error: 'invalid_grant' })
    send(200, { access_token: 'x', token_type: 'Bearer', id_token: this.#token(asked.nonce) })
  }

  #published(): object {
    return { ...createPublic(this.#key.private), kid: this.#key.kid, use: 'sig', alg: 'RS256' }
  }

  #token(nonce: string): string {
    const now = Math.floor(Date.now() / 1000)
    const head = base64(JSON.stringify({ alg: 'RS256', kid: this.#key.kid, ...this.lie.head }))
    const claims = base64(JSON.stringify({ iss: this.issuer, sub: this.subject, aud: 'qingling', exp: now + 300, iat: now, nonce, ...this.lie.claims }))
    const data = `${head}.${claims}`
    if (this.lie.signedBy === 'nobody') return `${data}.`
    if (this.lie.signedBy === 'public key as secret') {
      return `${data}.${createHash('sha256').update(JSON.stringify(this.#published()) + data).digest('base64url')}`
    }
    return `${data}.${base64(sign('sha256', Buffer.from(data), this.lie.signedBy === 'stranger' ? this.#stranger : this.#key.private))}`
  }
}

const createPublic = (key: KeyObject): object => {
  const { kty, n, e } = key.export({ format: 'jwk' })
  return { kty, n, e }
}
