/** Signing in at an OpenID provider: the way there and back, and what does not count. A provider that lies on demand, and a real one. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Api } from '../lib/api.ts'
import { Glewlwyd, hasGlewlwyd } from '../lib/glewlwyd.ts'
import { bin, root } from '../lib/paths.ts'
import { freePort } from '../lib/port.ts'
import { Provider, type Lie } from '../lib/provider.ts'
import * as seed from '../lib/seed.ts'
import { expect, test, useStack } from '../lib/test.ts'

const run = promisify(execFile)
const provider = await Provider.start()
test.afterAll(() => provider.stop())
const port = await freePort()
const url = `http://127.0.0.1:${port}`

const realPort = await freePort()
const realUrl = `http://127.0.0.1:${realPort}`
const realEnv: Record<string, string> = {
  QL_GATEWAY_PORT: String(realPort), QL_GATEWAY_CANARY: '0', QL_OIDC_CLIENT_ID: 'qingling', QL_OIDC_CLIENT_SECRET: 'secret', QL_OIDC_REDIRECT: `${realUrl}/api/v1/oidc/callback`
}

const river = useStack(
  {
    services: ['relay', 'gateway', 'gateway#sso'],
    env: {
      'gateway#real': realEnv, // its issuer is known once it runs
      'gateway#sso': {
        QL_GATEWAY_PORT: String(port), QL_GATEWAY_SURFACE: 'internal', QL_GATEWAY_CANARY: '0', QL_OIDC_ISSUER: provider.issuer, QL_OIDC_CLIENT_ID: 'qingling',
        QL_OIDC_CLIENT_SECRET: 'secret', QL_OIDC_REDIRECT: `${url}/api/v1/oidc/callback`, QL_OIDC_NAME: '统一认证'
      }
    }
  },
  async ({ db }) => {
    await seed.user(db, { login: 'boss', role: 'supervisor', unit: '2222' })
    await seed.user(db, { login: 'auditor', role: 'auditor', unit: '2200' })
    const { id } = await seed.enterprise(db)
    await seed.user(db, { login: 'firm', role: 'enterprise', enterprise: id })
    for (const [login, subject] of [['boss', 'subject-1'], ['auditor', 'subject-2'], ['firm', 'subject-3']] as const) await link(db.dsn, login, provider.issuer, subject)
  }
)

function link(dsn: string, login: string, issuer: string, subject: string): Promise<unknown> {
  return run(join(bin, 'qlctl'), ['user', 'link', login, `--issuer=${issuer}`, `--subject=${subject}`], { cwd: root, env: { ...process.env, QL_PG_DSN: dsn } })
}

test.beforeEach(() => {
  provider.lie = {}
  provider.subject = 'subject-1'
  provider.down = false
})

/** A browser: follows nothing by itself, keeps cookies. */
class Browser {
  readonly cookies = new Map<string, string>()
  readonly at: string
  constructor(at = url) {
    this.at = at
  }
  async go(address: string): Promise<{ status: number; to: string; cookies: string[] }> {
    const response = await fetch(address, { redirect: 'manual', headers: { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') } })
    const cookies = response.headers.getSetCookie()
    for (const line of cookies) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) as RegExpExecArray
      this.cookies.set(name as string, value as string)
    }
    return { status: response.status, to: response.headers.get('location') ?? '', cookies }
  }
  /** Away to the provider; where it was sent. */
  async away(): Promise<string> {
    const answer = await this.go(`${this.at}/api/v1/oidc/start`)
    expect(answer.status).toBe(302)
    return answer.to
  }
  async signIn(): Promise<string> {
    return (await this.go(provider.consent(await this.away()))).to
  }
  async session(): Promise<any> {
    const api = new Api(this.at)
    api.cookie = `ql_session=${this.cookies.get('ql_session')}`
    const answer = await api.get('/api/v1/session')
    return answer.status === 200 ? answer.body : undefined
  }
}

test('the sign-in page is told of the provider where there is one', async () => {
  expect((await new Api(url).get('/api/v1/sign-in')).body).toEqual({ oidc: { name: '统一认证', path: '/api/v1/oidc/start' } })
  expect((await river().visitor().get('/api/v1/sign-in')).body).toEqual({ oidc: null })
  expect((await river().visitor().get('/api/v1/oidc/start')).status).toBe(404)
})

test('away with state, nonce and challenge, back with a code, and in', async () => {
  const browser = new Browser()
  const away = new URL(await browser.away())
  expect(away.origin + away.pathname).toBe(`${provider.issuer}/authorize`)
  expect(Object.fromEntries(away.searchParams)).toEqual({
    response_type: 'code', scope: 'openid', client_id: 'qingling', redirect_uri: `${url}/api/v1/oidc/callback`, state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/), code_challenge: expect.stringMatching(/^[\w-]{43}$/), code_challenge_method: 'S256'
  })
  const back = await browser.go(provider.consent(away.href))
  expect([back.status, back.to]).toEqual([302, '/'])
  expect(back.cookies[0]).toMatch(/^ql_session=.*HttpOnly; SameSite=Strict/)
  expect((await browser.session()).user).toMatchObject({ login: 'boss', role: 'supervisor' })
  expect(await river().db.count(`select count(*) from ql.sessions where way = 'oidc'`)).toBe(1)
})

test('who comes by a provider needs no second factor here', async () => {
  provider.subject = 'subject-2'
  const browser = new Browser()
  expect(await browser.signIn()).toBe('/')
  expect(await browser.session()).toMatchObject({ user: { login: 'auditor' }, must_enrol: false })
})

const now = (): number => Math.floor(Date.now() / 1000)
const LIES: [string, () => Lie][] = [
  ['another issuer', () => ({ claims: { iss: 'http://evil.example' } })],
  ['another client', () => ({ claims: { aud: 'other' } })],
  ['several clients of which we are not the one', () => ({ claims: { aud: ['qingling', 'other'], azp: 'other' } })],
  ['no client', () => ({ claims: { aud: undefined } })],
  ['expired', () => ({ claims: { exp: now() - 61 } })],
  ['no expiry', () => ({ claims: { exp: undefined } })],
  ['an expiry in words', () => ({ claims: { exp: 'never' } })],
  ['from the future', () => ({ claims: { iat: now() + 120 } })],
  ['not yet valid', () => ({ claims: { nbf: now() + 120 } })],
  ['another nonce', () => ({ claims: { nonce: 'x' } })],
  ['no nonce', () => ({ claims: { nonce: undefined } })],
  ['no subject', () => ({ claims: { sub: '' } })],
  ['an endless subject', () => ({ claims: { sub: 'x'.repeat(300) } })],
  ['another key', () => ({ signedBy: 'stranger' })],
  ['no signature', () => ({ signedBy: 'nobody', head: { alg: 'none' } })],
  ['the head says none', () => ({ head: { alg: 'none' } })],
  ['the public key as a shared secret', () => ({ signedBy: 'public key as secret', head: { alg: 'HS256' } })],
  ['an unknown key', () => ({ head: { kid: 'two' } })],
  ['another kind of key', () => ({ head: { alg: 'ES256' } })]
]
for (const [what, lie] of LIES) {
  test(`a token is refused: ${what}`, async () => {
    const browser = new Browser()
    provider.lie = lie()
    expect(await browser.signIn()).toBe('/?signin=refused')
    expect(browser.cookies.has('ql_session')).toBe(false)
  })
}

test('an honest token for several clients, of which we asked, is good', async () => {
  provider.lie = { claims: { aud: ['other', 'qingling'], azp: 'qingling' } }
  expect(await new Browser().signIn()).toBe('/')
})

test('an attempt counts once, and only in the browser that began it', async () => {
  const [one, other] = [new Browser(), new Browser()]
  const back = provider.consent(await one.away())
  expect((await other.go(back)).to).toBe('/?signin=refused') // a link sent to somebody else
  await other.away()
  expect((await other.go(back)).to).toBe('/?signin=refused') // with a cookie of their own
  expect((await one.go(back)).to).toBe('/')
  expect((await one.go(back)).to).toBe('/?signin=refused')
  await river().db.rows(`update ql.oidc_attempts set expires_at = now()`)
  const late = new Browser()
  const away = await late.away()
  await river().db.rows(`update ql.oidc_attempts set expires_at = now()`)
  expect((await late.go(provider.consent(away))).to).toBe('/?signin=refused')
})

test('whoever is nobody here, disabled, or of the other surface is not let in', async () => {
  for (const subject of ['subject-9', 'subject-3']) {
    provider.subject = subject
    expect(await new Browser().signIn(), subject).toBe('/?signin=refused')
  }
  provider.subject = 'subject-1'
  await river().db.rows(`update ql.users set disabled_at = now() where login = 'boss'`)
  expect(await new Browser().signIn()).toBe('/?signin=refused')
  await river().db.rows(`update ql.users set disabled_at = null where login = 'boss'`)
})

test('the provider says no, or does not answer', async () => {
  const browser = new Browser()
  const state = new URL(await browser.away()).searchParams.get('state')
  expect((await browser.go(`${url}/api/v1/oidc/callback?error=access_denied&state=${state}`)).to).toBe('/?signin=refused')
  const back = provider.consent(await browser.away())
  provider.down = true
  expect((await browser.go(back)).to).toBe('/?signin=unavailable')
  await river().visitor().signIn('boss', seed.PASSWORD) // passwords need no provider
})

test('keys that changed are read again at once; tokens with unknown keys do not make us read without end', async () => {
  await river().restart('gateway#sso') // which has read none again yet
  expect(await new Browser().signIn()).toBe('/')
  provider.rotate()
  expect(await new Browser().signIn()).toBe('/')
  const read = provider.keysRead
  provider.lie = { head: { kid: 'two' } }
  for (let i = 0; i < 20; i++) expect(await new Browser().signIn()).toBe('/?signin=refused')
  expect(provider.keysRead - read).toBeLessThan(10) // at most one in ten seconds, however many try
})

test('with glewlwyd: away, consent, back, and in once the subject is linked', async () => {
  test.skip(!hasGlewlwyd() && process.env['CI'] !== 'true', 'glewlwyd is not installed: deploy/dev/bootstrap test')
  test.setTimeout(60_000)
  const real = await Glewlwyd.start(`${realUrl}/api/v1/oidc/callback`)
  try {
    Object.assign(realEnv, { QL_OIDC_ISSUER: real.issuer })
    await river().start('gateway#real')
    const stranger = new Browser(realUrl)
    expect((await stranger.go(await real.consent(await stranger.away()))).to).toBe('/?signin=refused')
    await link(river().db.dsn, 'boss', real.issuer, real.subject())
    const known = new Browser(realUrl)
    const back = await real.consent(await known.away())
    expect((await known.go(back)).to).toBe('/')
    expect((await known.session()).user).toMatchObject({ login: 'boss' })
    expect((await known.go(back)).to).toBe('/?signin=refused')
  } finally {
    await real.stop()
  }
})
