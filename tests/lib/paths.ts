import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** The checkout. */
export const root = resolve(import.meta.dirname, '../..')

/** Where the programs under test are; the runner points it at the sanitizer build for some suites. */
export const bin = resolve(root, process.env['QL_BIN'] ?? 'build/bin')

/** A new private folder. */
export const tempDir = (purpose: string): string => mkdtempSync(join(tmpdir(), `ql-${purpose}-`))
