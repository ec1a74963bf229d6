/** How long the gateway takes to answer, request by request, for each role. */
import { Api } from '../lib/api.ts'
import * as seed from '../lib/seed.ts'
import type { Db } from '../lib/pg.ts'

/** Accounts of each kind, on a database that fill() has filled: the enterprise with the most cases and one with few among them. */
export async function accounts(db: Db): Promise<{ login: string; who: string }[]> {
  const of = await db.rows<{ id: number; n: number }>('select principal_id as id, count(*)::int as n from ql.cases group by 1 order by 2 desc')
  const [many, few] = [of[0]!, of.find(({ n }) => n <= 20) ?? of.at(-1)!]
  const office = await db.value<string>(
    `select u.code from ql.units u join ql.case_access a on a.scope = u.id where u.kind = 'office' group by 1 order by abs(count(*) - 10000), 1 limit 1`)
  const officer = await seed.coordinator(db, { unit: office })
  await seed.user(db, { login: 'bench-root', role: 'supervisor', unit: '0000' })
  await seed.user(db, { login: 'bench-district', role: 'supervisor', unit: '2200' })
  await seed.user(db, { login: 'bench-officer', role: 'coordinator', unit: office, coordinator: officer })
  await seed.user(db, { login: 'bench-many', role: 'enterprise', enterprise: many.id })
  await seed.user(db, { login: 'bench-few', role: 'enterprise', enterprise: few.id })
  const seen = async (login: string) => db.value<number>(
    `select count(*)::int from ql.case_access where scope = (select coalesce(-enterprise_id, unit_id) from ql.users where login = $1)`, login)
  const names = { root: 'root supervisor', district: 'district supervisor', officer: 'coordinator', many: 'enterprise, many', few: 'enterprise, few' }
  return Promise.all(Object.entries(names).map(async ([name, who]) => ({ login: `bench-${name}`, who: `${who} (${await seen(`bench-${name}`)} cases)` })))
}

/** One row a request, one column a role. */
export async function measure(url: string, db: Db, roles: { login: string; who: string }[], times: number): Promise<void> {
  const one = await db.row<{ number: string; box: string }>(
    `select c.number, r.value as box from ql.cases c join ql.case_references r on r.case_id = c.id and r.type = 'container' where not open order by id desc offset 1000 limit 1`)
  const q = (text: string) => `/api/v1/cases?q=${encodeURIComponent(text)}`
  const requests: [what: string, path: string][] = [
    ['list, open', '/api/v1/cases'], ['list, closed', '/api/v1/cases?view=closed'], ['list, overdue and urgent', '/api/v1/cases?overdue=true&priority=urgent'], ['counters', '/api/v1/counters'], ['single read', '/api/v1/cases/{}'],
    ['search, a word in every third case', q('放行')], ['search, two words', q('查验 船期')], ['search, a rare word', q('光刻胶')], ['search, no such word', q('冰淇淋')], ['search, traditional', q('放行後港區')],
    ['search, Russian', q('контейнер')], ['search, container', q(one.box)], ['search, beginning of one', q(one.box.slice(0, 8))], ['search, number', q(one.number)],
    ['search, a word and filters', `${q('放行')}&priority=urgent&state=waiting_enterprise`]
  ]
  console.log(`| p50 / p99 in ms | ${roles.map(({ who }) => who).join(' | ')} |\n|---|${roles.map(() => '---|').join('')}`)
  const apis = await Promise.all(roles.map(({ login }) => new Api(url).signIn(login, seed.PASSWORD)))
  for (const [what, path] of requests) {
    const cells: string[] = []
    for (const api of apis) {
      const listed = async (view: string) => (await api.get(`/api/v1/cases?limit=200&view=${view}`)).body.items.map((item: any) => item.id)
      const ids = path.endsWith('{}') ? [...(await listed('open')), ...(await listed('closed'))] : ['']
      const spent: number[] = []
      for (let i = -10; i < times; i++) {
        const began = performance.now()
        const { status } = await api.get(path.replace('{}', String(ids[Math.abs(i) % ids.length])))
        if (i >= 0) spent.push(performance.now() - began)
        if (status !== 200) throw new Error(`${path}: ${status}`)
      }
      spent.sort((a, b) => a - b)
      cells.push([0.5, 0.99].map((share) => spent[Math.min(times - 1, Math.floor(times * share))]!.toFixed(1)).join(' / '))
    }
    console.log(`| ${what} | ${cells.join(' | ')} |`)
  }
}
