/** A few words on top of `pg`: bigint and numbers as numbers, one row, one value. */
import pg from 'pg'

const INT8 = 20
const NUMERIC = 1700
pg.types.setTypeParser(INT8, Number) // ids here are far below 2^53
pg.types.setTypeParser(NUMERIC, Number)

export type Row = Record<string, unknown>

export class Db {
  readonly dsn: string
  readonly #pool: pg.Pool

  constructor(dsn: string) {
    this.dsn = dsn
    this.#pool = new pg.Pool({ connectionString: dsn, max: 4 })
    this.#pool.on('error', () => {}) // the server may be restarted under us: the next query tells
  }

  /** All rows. */
  async rows<T = Row>(sql: string, ...values: unknown[]): Promise<T[]> {
    return (await this.#pool.query(sql, values)).rows as T[]
  }

  /** The only row. */
  async row<T = Row>(sql: string, ...values: unknown[]): Promise<T> {
    const rows = await this.rows<T>(sql, ...values)
    const first = rows[0]
    if (rows.length !== 1 || first === undefined) throw new Error(`expected one row, got ${rows.length}: ${sql}`)
    return first
  }

  /** The only column of the only row. */
  async value<T>(sql: string, ...values: unknown[]): Promise<T> {
    return Object.values(await this.row(sql, ...values))[0] as T
  }

  async count(sql: string, ...values: unknown[]): Promise<number> {
    return this.value<number>(sql, ...values)
  }

  /** Several statements at once, without values. */
  async run(sql: string): Promise<void> {
    await this.#pool.query(sql)
  }

  /** One connection for a transaction or a session's settings; given back afterwards. */
  async session<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    try {
      return await work(client)
    } finally {
      client.release(true)
    }
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }
}
