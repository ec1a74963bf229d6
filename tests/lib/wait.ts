/** Waiting for something to become true; the only kind of waiting in these tests. */

export interface WaitOptions {
  /** What is awaited, in words for the failure. */
  what: string
  /** Milliseconds until it is a failure; generous, since nothing waits longer than it must. */
  timeout?: number
  /** Milliseconds between looks. */
  every?: number
}

/** Calls `look` until it answers something true, and gives that answer. What `look` throws counts as "not yet". */
export async function waitUntil<T>(look: () => T | Promise<T>, { what, timeout = 15_000, every = 20 }: WaitOptions): Promise<NonNullable<T>> {
  const end = performance.now() + timeout
  let last: unknown
  for (;;) {
    try {
      const answer = await look()
      if (answer) return answer
      last = answer
    } catch (error) {
      last = error
    }
    if (performance.now() >= end) throw new Error(`waited ${timeout} ms in vain for ${what}; last seen: ${describe(last)}`)
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}

function describe(value: unknown): string {
  if (value instanceof Error) return value.message
  return JSON.stringify(value, (_key, v: unknown) => (typeof v === 'bigint' ? v.toString() : v)) ?? 'undefined'
}
