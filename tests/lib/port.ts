import { createServer } from 'node:net'

const FIRST = 20_000 // below the range the kernel hands out to outgoing connections
const COUNT = 12_000
const given = new Set<number>()

/** A loopback port nobody listens on, not given twice by this process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (!given.has(port) && (await isFree(port))) {
      given.add(port)
      return port
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
