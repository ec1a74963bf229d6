/** A program of ours, run to its end as an operator would. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { bin, root } from './paths.ts'

export interface Said { code: number | null; out: string }

/** What it wrote on both outputs. */
export function run(program: string, args: string[], { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {}): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(bin, program), args, { cwd: root, env: { ...process.env, ...env } })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out }))
    child.stdin.on('error', () => {}) // it may end without having read
    child.stdin.end(input)
  })
}
