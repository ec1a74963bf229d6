/** A mail server that keeps what it is given: STARTTLS under a certificate of its own, sign-in required, and answers as a test wants them. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { tempDir } from './paths.ts'
import { freePort } from './port.ts'
import { waitUntil } from './wait.ts'

export interface Letter { raw: string; mail: Email; to: string; from: string; secure: boolean }

export const LOGIN = { user: 'qingling', password: 'a secret of the mail server' }

/** What a test makes of a letter: an SMTP answer of its own, or nothing: it is taken. May wait. */
export type Judge = (letter: Letter) => Promise<{ code: number; text: string } | void> | { code: number; text: string } | void

export class Mailbox {
  readonly letters: Letter[] = []
  /** The certificate, for whoever must believe it. */
  readonly ca: string
  readonly port: number
  judge: Judge = () => {}
  /** Recipients that are refused at once. */
  readonly refused = new Map<string, number>()
  readonly #server: SMTPServer

  private constructor(port: number, dir: string) {
    this.port = port
    this.ca = join(dir, 'cert.pem')
    this.#server = new SMTPServer({
      cert: readFileSync(this.ca),
      key: readFileSync(join(dir, 'key.pem')),
      disableReverseLookup: true,
      logger: false,
      onAuth: ({ username, password }, _session, done) =>
        username === LOGIN.user && password === LOGIN.password ? done(null, { user: username }) : done(answer(535, 'not you')),
      onRcptTo: ({ address }, _session, done) => done(this.refused.has(address) ? answer(this.refused.get(address) as number, 'no such mailbox') : null),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => void this.#take(Buffer.concat(chunks), session).then((refusal) => done(refusal)))
      }
    })
    this.#server.on('error', () => {}) // a client that was killed
  }

  static async start(): Promise<Mailbox> {
    const dir = tempDir('mail')
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
      '-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')], { stdio: 'ignore' })
    const box = new Mailbox(await freePort(), dir)
    await new Promise<void>((resolve) => box.#server.listen(box.port, '127.0.0.1', resolve))
    return box
  }

  /** The options of notify that lead here. */
  get options(): Record<string, string> {
    return {
      QL_MAIL_HOST: '127.0.0.1', QL_MAIL_PORT: String(this.port), QL_MAIL_TLS: 'starttls', QL_MAIL_CA: this.ca, QL_MAIL_USER: LOGIN.user,
      QL_MAIL_PASSWORD: LOGIN.password, QL_MAIL_FROM: 'coordinator@customs.example'
    }
  }

  to(address: string): Letter[] {
    return this.letters.filter((letter) => letter.to === address)
  }

  /** The nth letter to an address, past or coming. */
  async until(address: string, nth = 1, timeout?: number): Promise<Letter> {
    return waitUntil(() => this.to(address)[nth - 1], { what: `letter ${nth} to ${address}`, ...(timeout ? { timeout } : {}) })
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async #take(data: Buffer, session: { envelope: { mailFrom: unknown; rcptTo: { address: string }[] }; secure: boolean }): Promise<Error | null> {
    const letter: Letter = {
      raw: data.toString('latin1'),
      mail: await PostalMime.parse(data),
      to: session.envelope.rcptTo.map(({ address }) => address).join(),
      from: (session.envelope.mailFrom as { address: string }).address,
      secure: session.secure
    }
    this.letters.push(letter)
    const refusal = await this.judge(letter)
    return refusal ? answer(refusal.code, refusal.text) : null
  }
}

function answer(code: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: code })
}
