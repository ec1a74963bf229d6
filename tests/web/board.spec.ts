/** A day's first ten minutes in a real browser: sign in, see a record become a case, understand it, answer it, lose the connection. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { root } from '../lib/paths.ts'
import { expect, test, useStack } from '../lib/test.ts'
import { waitUntil } from '../lib/wait.ts'

const river = useStack({ template: 'demo', services: ['relay', 'intake', 'dispatch', 'clock', 'gateway'], env: { gateway: { QL_GATEWAY_WEB: join(root, 'web/dist') } } })
const pictures = join(root, 'tests/results/pictures')
const RONGTAI = '913100007449143662'

test.beforeAll(() => {
  mkdirSync(pictures, { recursive: true })
})

/** What a colleague of another system would type: kcat, one record, CloudEvents in binary mode. */
function kcat(data: object): void {
  const headers = { ce_specversion: '1.0', ce_id: crypto.randomUUID(), ce_source: '/portal', ce_type: 'qingling.enquiry.received.v1', 'content-type': 'application/json' }
  const args = ['-P', '-b', river().brokers, '-t', 'enterprise.enquiries', '-k', RONGTAI, ...Object.entries(headers).flatMap(([k, v]) => ['-H', `${k}=${v}`])]
  execFileSync('kcat', args, { input: JSON.stringify({ uscc: RONGTAI, channel: 'portal', unit: '2248', occurred_at: new Date().toISOString(), ...data }) })
}

async function signIn(page: Page, login: string): Promise<void> {
  await page.goto(river().url)
  const inputs = page.getByTestId('signin-form').locator('input')
  await inputs.nth(0).fill(login)
  await inputs.nth(1).fill('clear-to-zero')
  await inputs.nth(1).press('Enter')
  await expect(page.getByTestId('board')).toBeVisible()
  await expect(page.getByTestId('live-state')).toHaveAttribute('data-phase', 'live')
}

/** Anything the page complains about is a fault, but for the question who is signed in (401) before somebody is. */
function listen(page: Page): string[] {
  const heard: string[] = []
  page.on('pageerror', (error) => heard.push(error.message))
  page.on('dialog', (dialog) => { heard.push(`dialog: ${dialog.message()}`); void dialog.dismiss() })
  page.on('console', (message) => { if (message.type() === 'error' && !/40[19]|WebSocket|ERR_/.test(message.text())) heard.push(message.text()) })
  return heard
}

test('a record sent with kcat is a case on the board, with its coordinator, its deadline and the reason, without a reload', async ({ page }) => {
  const heard = listen(page)
  await signIn(page, 'supervisor')
  kcat({ subject: '放行后港区不予装船', text: '码头提示海关未放行, 进不了港', category: 'examination_wait', references: [{ type: 'container', value: 'CSQU3054383' }] })
  const row = page.getByTestId('case-row').filter({ hasText: '放行后港区不予装船' })
  await expect(row).toBeVisible()
  await expect(row).toContainText('林晓')
  await expect(row).toContainText('上海荣泰')
  await page.screenshot({ path: join(pictures, 'board.png') })

  await row.click()
  const drawer = page.getByTestId('drawer')
  await expect(drawer).toContainText('CSQU3054383')
  await expect(page.getByTestId('why')).toContainText('林晓')
  await expect(page.getByTestId('timeline')).toContainText('码头提示海关未放行')
  await page.screenshot({ path: join(pictures, 'case.png') })
  expect(heard).toEqual([])
})

test('a coordinator answers, and the supervisor sees it happen', async ({ page, browser }) => {
  const desk = await (await browser.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })).newPage()
  await signIn(page, 'supervisor')
  await signIn(desk, 'lin')
  kcat({ subject: '预约通关提前八小时', text: '申请今晚通关', category: 'appointment_clearance' })
  const mine = desk.getByTestId('case-row').filter({ hasText: '预约通关提前八小时' })
  await mine.click()
  await desk.getByTestId('drawer').getByRole('button', { name: /接收/ }).click()
  const theirs = page.getByTestId('case-row').filter({ hasText: '预约通关提前八小时' })
  await expect(theirs).toContainText('办理中')

  const number = await mine.getAttribute('data-number')
  const lin = await river().visitor().signIn('lin', 'clear-to-zero')
  const version = (await lin.get(`/api/v1/cases/${number}`)).body.case.version
  expect((await lin.command(number!, 'answer_and_close', version, { department: '2222', text: '已预约今晚 20:00', outcome: 'solved' })).status).toBe(200)
  await expect(theirs).toHaveCount(0) // closed: it leaves the open queue by itself
  await expect(desk.getByTestId('drawer')).toContainText('已预约今晚 20:00')
  await desk.context().close()
})

test('three languages, one click apart, without a reload', async ({ page }) => {
  const heard = listen(page)
  await signIn(page, 'supervisor')
  await page.evaluate(() => { (window as unknown as { same: boolean }).same = true })
  for (const [language, word] of [['EN', 'Coordinator'], ['RU', 'Координатор'], ['中文', '协调员']] as const) {
    await page.getByText(language, { exact: true }).first().click()
    await expect(page.getByTestId('board')).toContainText(word)
    await page.screenshot({ path: join(pictures, `board-${language}.png`) })
  }
  expect(await page.evaluate(() => (window as unknown as { same: boolean }).same)).toBe(true)
  expect(heard).toEqual([])
})

test('hostile text stays text', async ({ page }) => {
  const heard = listen(page)
  await signIn(page, 'supervisor')
  const nasty = `<img src=x onerror=alert(1)>"'\u202e{{7*7}}<script>alert(2)</script>`
  kcat({ subject: nasty.slice(0, 200), text: nasty, contact: { name: '<b>x', phone: '1' } })
  const row = page.getByTestId('case-row').filter({ hasText: 'onerror=alert(1)' })
  await row.click()
  await expect(page.getByTestId('timeline')).toContainText('<script>alert(2)</script>')
  expect(await page.locator('img[src="x"], .ant-drawer script').count()).toBe(0)
  expect(heard).toEqual([])
})

test('the connection is lost and comes back: the page says so and has missed nothing', async ({ page }) => {
  await signIn(page, 'supervisor')
  await river().kill('gateway')
  await expect(page.getByTestId('live-state')).not.toHaveAttribute('data-phase', 'live')
  kcat({ subject: '断线期间的问题', text: '舱单与运抵不符' })
  await waitUntil(() => river().db.count(`select count(*) from ql.cases where subject = '断线期间的问题' and state = 'assigned'`), { what: 'the case, whoever watches' })
  await river().start('gateway')
  await expect(page.getByTestId('case-row').filter({ hasText: '断线期间的问题' })).toBeVisible({ timeout: 20_000 })
  await expect(page.getByTestId('live-state')).toHaveAttribute('data-phase', 'live')
})

for (const [name, width, height] of [['phone', 390, 844], ['laptop', 1366, 768], ['wall', 1920, 1080]] as const) {
  test(`nothing sticks out at ${width} pixels (${name})`, async ({ page }) => {
    await page.setViewportSize({ width, height })
    await signIn(page, 'supervisor')
    await expect(page.getByTestId('case-row').first()).toBeVisible()
    await page.screenshot({ path: join(pictures, `board-${width}.png`) })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  })
}
