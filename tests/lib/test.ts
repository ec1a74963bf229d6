/** `test` of this project: Playwright's, with one PostgreSQL server per worker and a private river per test file. */
import { test as base } from '@playwright/test'
import { Cluster } from './cluster.ts'
import { Stack, type Broker, type StackOptions } from './stack.ts'

export { expect } from '@playwright/test'

export const test = base.extend<object, { broker: Broker; cluster: Cluster }>({
  broker: ['embedded', { option: true, scope: 'worker' }],
  cluster: [
    async ({}, use) => {
      const cluster = await Cluster.start()
      await use(cluster)
      await cluster.stop()
    },
    { scope: 'worker', timeout: 60_000 }
  ]
})

/**
 * Gives the tests of this file a river, started before the first and stopped after the last. `before` fills it while no service
 * runs yet. Call the answer inside a test: `const river = useStack({ services: ['relay'] })` ... `river().db`.
 */
export function useStack(options: StackOptions = {}, before?: (stack: Stack) => Promise<void>): () => Stack {
  let stack: Stack | undefined
  test.beforeAll(async ({ cluster, broker }) => {
    test.setTimeout(120_000)
    const { services = [], ...rest } = options
    stack = await Stack.start(cluster, broker, rest)
    await before?.(stack)
    await stack.start(...services)
  })
  test.afterEach(async ({}, info) => {
    if (info.status !== info.expectedStatus && stack) await info.attach('logs', { body: stack.logs(), contentType: 'text/plain' })
  })
  test.afterAll(async () => {
    test.setTimeout(60_000)
    const ending = stack
    stack = undefined
    await ending?.stop()
  })
  return () => {
    if (!stack) throw new Error('the river runs only while tests run')
    return stack
  }
}
