/** Glewlwyd, an OpenID provider of Debian's, private to a test: its database a file, one client, one person. */
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { tempDir } from './paths.ts'
import { freePort } from './port.ts'
import { Process } from './process.ts'

const SCHEMA = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3'

export const hasGlewlwyd = (): boolean => existsSync(SCHEMA)

export class Glewlwyd {
  readonly url: string
  readonly issuer: string
  readonly #dir = tempDir('glewlwyd')
  readonly #server: Process
  #cookies = ''

  private constructor(port: number) {
    this.url = `http://127.0.0.1:${port}`
    this.issuer = `${this.url}/api/oidc`
    const modules = '/usr/lib/glewlwyd'
    const settings = {
      bind_address: '127.0.0.1', external_url: this.url, login_url: 'login.html', api_prefix: 'api', log_mode: 'console', log_level: 'INFO',
      session_key: 'GLEWLWYD2_SESSION_ID', admin_scope: 'g_admin', profile_scope: 'g_profile', user_module_path: `${modules}/user`,
      user_middleware_module_path: `${modules}/user_middleware`, client_module_path: `${modules}/client`, user_auth_scheme_module_path: `${modules}/scheme`,
      plugin_module_path: `${modules}/plugin`, hash_algorithm: 'SHA512'
    }
    writeFileSync(join(this.#dir, 'conf'), [
      `port=${port}`, 'cookie_secure=0', 'use_secure_connection=0', ...Object.entries(settings).map(([name, value]) => `${name}="${value}"`),
      `database = { type = "sqlite3" path = "${join(this.#dir, 'db')}" };`
    ].join('\n'))
    const db = new DatabaseSync(join(this.#dir, 'db'))
    db.exec(readFileSync(SCHEMA, 'utf8'))
    db.close()
    this.#server = new Process({ name: 'glewlwyd', command: '/usr/bin/glewlwyd', args: [`--config-file=${join(this.#dir, 'conf')}`], log: join(this.#dir, 'log') })
  }

  /** With a client `qingling` that is sent back to `redirect`, and a person `wang`. */
  static async start(redirect: string): Promise<Glewlwyd> {
    const one = new Glewlwyd(await freePort())
    one.#server.start()
    await one.#server.until('its port', async () => (await fetch(`${one.url}/api/auth/`, { method: 'OPTIONS' })).status < 500)
    await one.#ask('POST', 'auth/', { username: 'admin', password: 'password' })
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    await one.#ask('POST', 'mod/plugin/', {
      module: 'oidc', name: 'oidc', display_name: 'oidc',
      parameters: {
        iss: one.issuer, 'jwt-type': 'rsa', 'jwt-key-size': '256', key: privateKey.export({ type: 'pkcs8', format: 'pem' }), cert: publicKey.export({ type: 'spki', format: 'pem' }),
        'access-token-duration': 3600, 'refresh-token-duration': 3600, 'code-duration': 600, 'auth-type-code-enabled': true, 'auth-type-id-token-enabled': true,
        'pkce-allowed': true, 'pkce-required': true, 'pkce-method-plain-allowed': false, 'subject-type': 'public', 'jwks-show': true
      }
    })
    await one.#ask('POST', 'client/', {
      client_id: 'qingling', name: 'Qingling', confidential: true, client_secret: 'secret', password: 'secret', enabled: true, source: 'database', scope: ['openid'],
      redirect_uri: [redirect], authorization_type: ['code'], token_endpoint_auth_method: ['client_secret_basic']
    })
    await one.#ask('POST', 'user/', { username: 'wang', name: '王芳', password: 'a long password', scope: ['openid', 'g_profile'], enabled: true, source: 'database' })
    return one
  }

  /** wang signs in and agrees to be known to the client: the address to which the browser is sent. */
  async consent(address: string): Promise<string> {
    this.#cookies = ''
    await this.#ask('POST', 'auth/', { username: 'wang', password: 'a long password' })
    await this.#ask('PUT', 'auth/grant/qingling', { scope: 'openid' })
    const answer = await fetch(`${address}&g_continue`, { redirect: 'manual', headers: { cookie: this.#cookies } })
    return answer.headers.get('location') ?? ''
  }

  /** Who wang is to clients, once a token has been given. */
  subject(): string {
    const db = new DatabaseSync(join(this.#dir, 'db'), { readOnly: true })
    const row = db.prepare(`select gposi_sub as sub from gpo_subject_identifier where gposi_username = 'wang'`).get()
    db.close()
    return String(row?.['sub'])
  }

  async stop(): Promise<void> {
    await this.#server.stop()
    rmSync(this.#dir, { recursive: true, force: true })
  }

  async #ask(method: string, path: string, body: unknown): Promise<void> {
    const answer = await fetch(`${this.url}/api/${path}`, {
      method, headers: { 'content-type': 'application/json', cookie: this.#cookies }, body: JSON.stringify(body)
    })
    if (answer.status !== 200) throw new Error(`glewlwyd: ${method} ${path}: ${answer.status} ${await answer.text()}`)
    const cookies = answer.headers.getSetCookie().map((line) => line.slice(0, line.indexOf(';')))
    if (cookies.length > 0) this.#cookies = cookies.join('; ')
  }
}
