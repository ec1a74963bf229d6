/** A private river for one test file: a database of its own, a broker of its own, and those services that the test wants. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Api } from './api.ts'
import type { Cluster, Template } from './cluster.ts'
import { Kafka } from './kafka.ts'
import { bin, root, tempDir } from './paths.ts'
import { Db } from './pg.ts'
import { freePort } from './port.ts'
import { Process, type Ending } from './process.ts'

export type Broker = 'embedded' | 'kafka'

export interface StackOptions {
  /** Started in this order, all at once. A second instance of a program is named with a suffix: relay, relay#2. */
  services?: string[]
  template?: Template
  /** More environment by service, and by `broker`; '*' is for all services. */
  env?: Record<string, Record<string, string>>
  /** Database roles of services that do not run as ql_<program>. */
  roles?: Record<string, string>
}

const SANITIZER = /ERROR: (Address|Leak)Sanitizer|runtime error:/

export class Stack {
  readonly dir: string
  readonly cluster: Cluster
  readonly database: string
  /** The database as its owner, past row security. */
  readonly db: Db
  readonly broker: Process
  readonly brokers: string
  readonly kafka: Kafka
  /** Where the gateway listens once it is started. */
  readonly url: string
  readonly #options: StackOptions
  readonly #services = new Map<string, Process>()
  readonly #healthPorts = new Map<string, number>()
  readonly #killed = new Set<string>()

  private constructor(cluster: Cluster, database: string, broker: Broker, ports: { broker: number; web: number }, options: StackOptions) {
    this.dir = tempDir('stack')
    this.cluster = cluster
    this.database = database
    this.db = new Db(cluster.dsn('owner', database))
    this.brokers = `127.0.0.1:${ports.broker}`
    this.kafka = new Kafka(this.brokers)
    this.url = `http://127.0.0.1:${ports.web}`
    this.#options = options
    this.broker = new Process({
      name: 'broker',
      command: join(root, 'deploy/dev/broker'),
      args: [join(this.dir, 'broker'), String(ports.broker)],
      env: { BROKER: broker, B: join(bin, '..'), ...options.env?.['broker'] },
      log: join(this.dir, 'broker.log')
    })
  }

  static async start(cluster: Cluster, broker: Broker, options: StackOptions = {}): Promise<Stack> {
    const ports = { broker: await freePort(), web: await freePort() }
    const database = await cluster.createDatabase(options.template ?? 'reference')
    const stack = new Stack(cluster, database, broker, ports, options)
    try {
      stack.broker.start()
      await stack.brokerReady()
      await stack.start(...(options.services ?? []))
    } catch (error) {
      await stack.stop().catch(() => {})
      throw error
    }
    return stack
  }

  /** The broker answers, and has the topics. */
  async brokerReady(): Promise<void> {
    const topics = new Process({
      name: 'qlctl topics',
      command: join(bin, 'qlctl'),
      args: ['topics'],
      env: { QL_KAFKA_BROKERS: this.brokers },
      log: join(this.dir, 'topics.log')
    })
    if (this.broker.program.env?.['BROKER'] === 'embedded') {
      await this.broker.until('its topics', () => this.broker.log().includes('event=ready'))
      return
    }
    await this.broker.until('its topics', async () => {
      topics.start()
      return (await topics.ended).code === 0
    }, 90_000)
  }

  /** Starts services and waits until each says that it is ready. */
  async start(...names: string[]): Promise<void> {
    for (const name of names) await this.launch(name)
    await Promise.all(names.map((name) => this.ready(name)))
  }

  /** Starts a service without waiting. */
  async launch(name: string): Promise<Process> {
    let service = this.#services.get(name)
    if (!service) {
      service = await this.#make(name)
      this.#services.set(name, service)
    }
    this.#killed.delete(name)
    service.start()
    return service
  }

  async ready(name: string, timeout = 30_000): Promise<void> {
    await this.service(name).until('readiness', async () => (await this.health(name, '/readyz')).status === 200, timeout)
  }

  service(name: string): Process {
    const service = this.#services.get(name)
    if (!service) throw new Error(`${name} was never started here`)
    return service
  }

  /** Kills without mercy (or with the signal given). */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#killed.add(name)
    await this.service(name).kill(signal)
  }

  /** Kills, starts again and waits for readiness. */
  async restart(name: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (signal === 'SIGKILL') await this.kill(name)
    else await this.#stopService(name)
    await this.start(name)
  }

  async stopService(name: string): Promise<void> {
    await this.#stopService(name)
    this.#killed.add(name)
  }

  health(name: string, path: '/readyz' | '/healthz' | '/metrics'): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#healthPorts.get(name)}${path}`, { signal: AbortSignal.timeout(2_000) })
  }

  /** Where a service answers /readyz and /metrics. */
  healthPort(name: string): number {
    const port = this.#healthPorts.get(name)
    if (port === undefined) throw new Error(`${name} was never started here`)
    return port
  }

  /** A metric's value, summed over its labels; histograms by their _count or _sum. */
  async metric(name: string, metric: string): Promise<number> {
    const lines = (await (await this.health(name, '/metrics')).text()).split('\n')
    const values = lines.filter((line) => line.startsWith(`${metric} `) || line.startsWith(`${metric}{`)).map((line) => Number(line.slice(line.lastIndexOf(' '))))
    if (values.length === 0) throw new Error(`${name} has no metric ${metric}`)
    return values.reduce((a, b) => a + b, 0)
  }

  /** The DSN of a service's role, or of the owner. */
  dsn(role: string): string {
    return this.cluster.dsn(role, this.database)
  }

  /** Someone at the gateway, not yet signed in. */
  visitor(): Api {
    return new Api(this.url)
  }

  /** The last lines of every log, for a failing test. */
  logs(lines = 40): string {
    return [this.broker, ...this.#services.values()].map((one) => `--- ${one.name}\n${one.logTail(lines)}`).join('\n')
  }

  /** Stops everything. A service that ended by itself, or ends badly when asked to stop, is an error. */
  async stop(): Promise<void> {
    const verdicts = await Promise.allSettled([...this.#services.keys()].map((name) => this.#stopService(name)))
    const logs = this.logs()
    await this.kafka.close()
    await this.db.close()
    if (this.cluster.server.running) await this.cluster.dropDatabase(this.database)
    await this.broker.stop()
    rmSync(this.dir, { recursive: true, force: true })
    const faults = verdicts.flatMap((verdict) => (verdict.status === 'rejected' ? [String(verdict.reason)] : []))
    if (faults.length > 0) throw new Error(`${faults.join('\n')}\n${logs}`)
  }

  async #make(name: string): Promise<Process> {
    const program = name.replace(/#.*/, '')
    const health = await freePort()
    this.#healthPorts.set(name, health)
    return new Process({
      name,
      command: join(bin, program),
      env: {
        QL_PG_DSN: this.dsn(this.#options.roles?.[name] ?? (program === 'qlgen' ? 'ql_operator' : `ql_${program}`)),
        QL_KAFKA_BROKERS: this.brokers,
        QL_KAFKA_FETCH_WAIT_MS: this.broker.program.env?.['BROKER'] === 'embedded' ? '5' : '',
        QL_HEALTH_PORT: String(health),
        QL_GATEWAY_PORT: new URL(this.url).port,
        QL_GATEWAY_FILES: join(this.dir, 'files'),
        ...this.#options.env?.['*'],
        ...this.#options.env?.[name]
      },
      log: join(this.dir, `${name}.log`)
    })
  }

  async #stopService(name: string): Promise<void> {
    const service = this.service(name)
    const alive = service.running
    const ending = await service.stop()
    if (SANITIZER.test(service.log())) throw new Error(`a sanitizer speaks in the log of ${name}`)
    if (!alive && !this.#killed.has(name)) throw new Error(`${name} ended by itself: ${describe(ending)}`)
    if (alive && ending.code !== 0) throw new Error(`${name} was asked to stop and ended badly: ${describe(ending)}`)
  }
}

const describe = ({ code, signal }: Ending): string => (signal ? `signal ${signal}` : `status ${code}`)
