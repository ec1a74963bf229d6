/** A program under test: started, killed, restarted, its log kept. */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { root } from './paths.ts'
import { waitUntil } from './wait.ts'

export interface Program {
  name: string
  command: string
  args?: string[]
  env?: Record<string, string>
  /** Receives what the program writes on both outputs; appended over restarts. */
  log: string
  /** How to ask it to stop. */
  stopSignal?: NodeJS.Signals
}

export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
}

const alive = new Set<Process>()
process.on('exit', () => {
  for (const one of alive) one.kill('SIGKILL')
})

export class Process {
  readonly program: Program
  #child: ChildProcess | undefined
  #ended: Promise<Ending> = Promise.resolve({ code: 0, signal: null })

  constructor(program: Program) {
    this.program = program
  }

  get name(): string {
    return this.program.name
  }

  get pid(): number {
    if (!this.#child?.pid) throw new Error(`${this.name} does not run`)
    return this.#child.pid
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  start(): void {
    if (this.running) throw new Error(`${this.name} runs already`)
    const { command, args = [], env = {}, log } = this.program
    const out = openSync(log, 'a')
    // If this test process itself is killed, the kernel ends its children.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', out, out]
    })
    closeSync(out)
    this.#child = child
    alive.add(this)
    this.#ended = new Promise((resolve) => {
      child.once('error', () => resolve({ code: 127, signal: null }))
      child.once('exit', (code, signal) => {
        alive.delete(this)
        resolve({ code, signal })
      })
    })
  }

  /** How it ended; pending while it runs. */
  get ended(): Promise<Ending> {
    return this.#ended
  }

  /** Sends a signal and, when that signal cannot be survived, waits for the end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.running) return
    this.#child?.kill(signal)
    if (signal === 'SIGKILL') await this.#ended
  }

  /** Asks it to stop and tells how it did; one that does not within `patience` is killed, which is an error. */
  async stop(patience = 15_000): Promise<Ending> {
    if (!this.running) return this.#ended
    this.#child?.kill(this.program.stopSignal ?? 'SIGTERM')
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), patience)
    const ending = await this.#ended
    clearTimeout(timer)
    if (ending.signal === 'SIGKILL') throw new Error(`${this.name} did not stop within ${patience} ms; its log ends:\n${this.logTail()}`)
    return ending
  }

  async restart(): Promise<void> {
    await this.stop()
    this.start()
  }

  /** Waits for a condition, failing at once if the process ends meanwhile. */
  async until<T>(what: string, look: () => T | Promise<T>, timeout?: number): Promise<void> {
    await waitUntil(async () => !this.running || (await look()), { what: `${this.name}: ${what}`, ...(timeout ? { timeout } : {}) })
    if (!this.running) throw new Error(`${this.name} ended while awaiting ${what}; its log ends:\n${this.logTail()}`)
  }

  log(): string {
    return existsSync(this.program.log) ? readFileSync(this.program.log, 'utf8') : ''
  }

  logTail(lines = 30): string {
    return this.log().trimEnd().split('\n').slice(-lines).join('\n')
  }

  /** Resident memory in kB, now and at its highest. */
  memory(): { now: number; peak: number } {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    const read = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
    return { now: read('VmRSS'), peak: read('VmHWM') }
  }
}
