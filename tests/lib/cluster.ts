/** A private PostgreSQL server for one test worker, with a fresh database for whoever asks: cloned from a template, so it is there in a blink. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bin, root, tempDir } from './paths.ts'
import { Db } from './pg.ts'
import { freePort } from './port.ts'
import { Process } from './process.ts'

const run = promisify(execFile)

export const SERVICE_ROLES = ['ql_intake', 'ql_dispatch', 'ql_clock', 'ql_relay', 'ql_gateway', 'ql_gateway_public', 'ql_notify', 'ql_operator'] as const

/** empty: the tables; reference: and the reference data; demo: and the people and enterprises of `qlctl demo`. */
export type Template = 'empty' | 'reference' | 'demo'

const SCRIPT = join(root, 'deploy/dev/postgres')

export class Cluster {
  readonly dir: string
  readonly server: Process
  readonly port: number
  readonly #ownerPassword: string
  readonly #passwords = new Map<string, string>()
  readonly #templates = new Map<Template, Promise<string>>()
  readonly #admin: Db
  #count = 0

  private constructor(dir: string, port: number) {
    this.dir = dir
    this.port = port
    this.#ownerPassword = readFileSync(join(dir, 'password'), 'utf8').trim()
    this.server = new Process({
      name: 'postgres',
      command: SCRIPT,
      args: ['run', dir, String(port), '-c', 'max_wal_senders=20', '-c', 'max_replication_slots=20', '-c', 'shared_buffers=64MB'],
      log: join(dir, 'log'),
      stopSignal: 'SIGINT'
    })
    this.#admin = new Db(this.dsn('owner', 'postgres'))
  }

  static async start(): Promise<Cluster> {
    const dir = tempDir('pg')
    chmodSync(dir, 0o755) // the server may run as another user
    await run(SCRIPT, ['init', dir])
    const cluster = new Cluster(dir, await freePort())
    cluster.server.start()
    await cluster.accepting()
    return cluster
  }

  /** The server takes connections (again). */
  async accepting(): Promise<void> {
    await this.server.until('accepting connections', () => this.#admin.value('select true'), 60_000)
  }

  dsn(role: string, database: string): string {
    const password = role === 'owner' ? this.#ownerPassword : this.#passwords.get(role)
    if (password === undefined) throw new Error(`no password is set for role ${role}`)
    return `postgresql://${role}:${password}@127.0.0.1:${this.port}/${database}?sslmode=disable`
  }

  async createDatabase(template: Template): Promise<string> {
    const from = await this.#template(template)
    const name = `ql_${process.pid}_${++this.#count}`
    await this.#admin.run(`create database ${name} template ${from}`)
    return name
  }

  async dropDatabase(name: string): Promise<void> {
    // Slot names are the server's, not the database's: one left over would be in the next relay's way.
    await this.#admin.rows(
      `select pg_terminate_backend(active_pid) from pg_replication_slots where database = $1 and active_pid is not null`, name)
    await this.server.until('dropping replication slots', async () => {
      await this.#admin.rows(`select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1`, name)
      return true
    })
    await this.#admin.run(`drop database ${name} with (force)`)
  }

  async stop(): Promise<void> {
    await this.#admin.close()
    await this.server.stop()
    rmSync(this.dir, { recursive: true, force: true })
  }

  #template(which: Template): Promise<string> {
    let making = this.#templates.get(which)
    if (!making) {
      making = this.#makeTemplate(which)
      this.#templates.set(which, making)
    }
    return making
  }

  async #makeTemplate(which: Template): Promise<string> {
    const name = `template_${which}`
    const dsn = this.dsn('owner', name)
    const tool = (command: string) => run(join(bin, 'qlctl'), [command], { cwd: root, env: { ...process.env, QL_PG_DSN: dsn } })
    if (which === 'empty') {
      await this.#admin.run(`create database ${name}`)
      await tool('migrate')
      await this.#setPasswords()
    } else {
      await this.#admin.run(`create database ${name} template ${await this.#template(which === 'demo' ? 'reference' : 'empty')}`)
      await tool(which === 'demo' ? 'demo' : 'import')
    }
    return name
  }

  async #setPasswords(): Promise<void> {
    for (const role of SERVICE_ROLES) {
      const password = randomBytes(12).toString('hex')
      await this.#admin.run(`alter role ${role} password '${password}'`)
      this.#passwords.set(role, password)
    }
  }
}
