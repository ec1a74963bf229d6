/** Every statement that a program can run, as the compiler sees it: macros expanded, adjacent string literals joined. */
import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../lib/paths.ts'

const run = promisify(execFile)

export interface Query {
  file: string
  name: string
  text: string
  /** Oids of the parameters. */
  types: number[]
}

/** Tokens: string literals keep their quotes; whatever is neither word nor string is one character. */
type Tokens = string[]

const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z_]\w*|\d\w*|[^\s\w]/g

/** Sources that speak of statements at all. */
const sources = (): string[] =>
  globSync('services/**/*.c', { cwd: root }).filter((file) => readFileSync(join(root, file), 'utf8').includes('ql_query')).sort()

/** All `struct ql_query` objects of all programs, or of some files. */
export async function queries(files = sources()): Promise<Query[]> {
  const flags = (await run('make', ['-s', 'print-CPPFLAGS'], { cwd: root })).stdout.split(/\s+/).filter(Boolean)
  const oids = enumerators(readFileSync(join(root, 'services/base/pg.h'), 'utf8'))
  const found: Query[][] = []
  // A few at a time: each is a compiler's front end.
  for (let i = 0; i < files.length; i += 4) {
    found.push(...(await Promise.all(files.slice(i, i + 4).map(async (file) => read(file, await preprocess(file, flags), oids)))))
  }
  return found.flat()
}

async function preprocess(file: string, flags: string[]): Promise<Tokens> {
  const { stdout } = await run('gcc', ['-E', '-P', '-std=c11', '-D_GNU_SOURCE', '-I', 'services', ...flags, file], { cwd: root, maxBuffer: 64 << 20 })
  return stdout.match(TOKEN) ?? []
}

function enumerators(header: string): Map<string, number> {
  return new Map([...header.matchAll(/\b(OID_\w+) = (\d+)/g)].map((m) => [m[1] as string, Number(m[2])]))
}

/** Objects are found by their shape; each declaration of one must hold at least one, or this reader has missed a way of writing it. */
function read(file: string, tokens: Tokens, oids: Map<string, number>): Query[] {
  const found: Query[] = []
  for (let i = 0; i < tokens.length; i++) {
    const query = tokens[i] === '{' ? initialiser(file, tokens, i, oids) : undefined
    if (query) found.push(query)
  }
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] !== 'struct' || tokens[i + 1] !== 'ql_query' || !/^\w+$/.test(tokens[i + 2] ?? '')) continue
    const text = span(tokens, i)
    if (text && !found.some(({ name }) => text.includes(`"${name}"`))) throw new Error(`${file}: no statement was read from ${text.slice(0, 5).join(' ')} ...`)
  }
  return found
}

/** `struct ql_query NAME = { ... };` or `NAME[N] = { ... };`, as far as its end; undefined when it is no definition. */
function span(tokens: Tokens, from: number): Tokens | undefined {
  const end = tokens.indexOf(';', from)
  const text = tokens.slice(from, end)
  const open = text.indexOf('{')
  return text.includes('=') && open > text.indexOf('=') ? text : undefined
}

function initialiser(file: string, tokens: Tokens, at: number, oids: Map<string, number>): Query | undefined {
  let i = at + 1
  const strings = (): string => {
    let text = ''
    for (; tokens[i]?.startsWith('"'); i++) text += unescape(tokens[i] as string)
    return text
  }
  const name = strings()
  if (!name || tokens[i++] !== ',') return undefined
  const text = strings()
  if (!text || tokens[i++] !== ',' || !/^\d+$/.test(tokens[i] ?? '') || tokens[i + 1] !== ',' || tokens[i + 2] !== '{') return undefined
  const n = Number(tokens[i])
  const list = tokens.slice(i + 3, tokens.indexOf('}', i)).filter((t) => t !== ',')
  const types = list.filter((t) => t !== '0').map((t) => {
    const oid = oids.get(t) ?? Number(t)
    if (!Number.isInteger(oid)) throw new Error(`${file}: ${name}: ${t} is no type`)
    return oid
  })
  if (types.length !== n) throw new Error(`${file}: ${name} names ${types.length} types for ${n} parameters`)
  return { file, name, text, types }
}

const unescape = (literal: string): string =>
  literal.slice(1, -1).replace(/\\(.)/g, (_, c: string) => ({ n: '\n', t: '\t', '0': '\0' })[c] ?? c)
