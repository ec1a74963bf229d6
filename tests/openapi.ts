/**
 * services/gateway/openapi.json is written by hand but for what the gateway's tables know: its commands with their fields, and the
 * codes of problems. `node tests/openapi.ts` brings those up to date; services/openapi.spec.ts tells when they are not.
 */
import { fresh, load, save, tables } from './lib/openapi.ts'

save(fresh(load(), tables()))
