import { defineConfig } from '@playwright/test'
import type { Broker } from './lib/stack.ts'

/** No record passes through what these are about: the broker makes no difference, so they run once. */
const NO_RECORD = /(accounts|api|attachments|export|factor|keep|migrations|oidc|openapi|plans|rights|search|statements)\.spec\.ts$/

/*
 * Projects are chosen by tests/run, or by hand: npx playwright test --project=services-embedded relay
 * A test whose title holds @kafka or @embedded runs on that broker only.
 */
export default defineConfig<object, { broker: Broker }>({
  workers: 1, // two cores; and the load of one test must not be another's latency
  fullyParallel: false,
  forbidOnly: process.env['CI'] !== undefined,
  retries: 0, // a test that passes the second time has found something
  timeout: 60_000,
  expect: { timeout: 10_000 },
  outputDir: 'results/artifacts',
  reporter: [['list'], ['json', { outputFile: process.env['QL_RESULTS'] ?? 'results/playwright.json' }]],
  projects: [
    { name: 'services-embedded', testDir: 'services', grepInvert: /@kafka/, use: { broker: 'embedded' } },
    { name: 'services-kafka', testDir: 'services', testIgnore: NO_RECORD, grepInvert: /@embedded/, use: { broker: 'kafka' } },
    { name: 'faults', testDir: 'faults', timeout: 180_000, use: { broker: 'kafka' } },
    {
      name: 'web',
      testDir: 'web',
      use: {
        broker: 'embedded',
        browserName: 'chromium',
        viewport: { width: 1280, height: 800 },
        locale: 'zh-CN',
        timezoneId: 'Asia/Shanghai',
        launchOptions: {
          executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
          args: process.getuid?.() === 0 ? ['--no-sandbox'] : []
        }
      }
    }
  ]
})
