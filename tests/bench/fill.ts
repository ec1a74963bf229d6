/**
 * Fills a database with cases by set-based SQL, as many as asked for: three years of them, a tenth open, over all offices and 20,000
 * enterprises, one of which is a broker on every twentieth case. What a search finds them by comes from `qlctl reindex`.
 */
import type { Db } from '../lib/pg.ts'

const ENTERPRISES = 20_000

/** Words of made-up texts; the first of each list stand in every third, the last in one of tens of thousands. */
const SUBJECTS = ['放行后港区不予装船', '舱单与运抵数据不符', '查验等待时间过长', '实验室检测结果未出', '归类争议请求磋商', '税款未核销', '转关单证无法核注', '减免税担保期限届满', '特殊物品审批进度', '属地查检预约失败', '提单号与舱单不一致', '集装箱滞港堆存费']
const TEXTS = ['码头提示海关未放行, 箱子进不了港, 请协助核实', '企业反映已放行但港区系统仍显示布控', '船期临近, 请尽快安排查验', '样品已送检多日, 请告知结果', '报关单已申报, 状态一直未变', 'Контейнер не выпущен, просим помощи', 'the container is held at the gate, please check']
const RARE = ['锂电池', '冻虾', '生丝', '光刻胶', '医用同位素']

/** Without triggers and foreign keys: the rows are right by construction. `first` numbers enterprises and cases apart from what is there. */
export async function fill(db: Db, cases: number): Promise<void> {
  await db.session(async (client) => {
    await client.query('begin')
    await client.query('set local session_replication_role = replica')
    await client.query('set local statement_timeout = 0')
    await client.query(
      `insert into ql.enterprises (uscc, name, home_unit_id, is_broker)
       select '9131' || lpad(i::text, 14, '0'), (array['上海','北京','宁波','深圳','青岛'])[1 + i % 5] || (array['荣泰','宏远','中盛','海联','金港','东方','瑞丰'])[1 + i % 7]
              || (array['科技','物流','进出口','电子','食品'])[1 + i % 5] || i || '有限公司',
              (select id from ql.units where kind = 'office' order by id offset i % 50 limit 1), i = 1
         from generate_series(1, ${ENTERPRISES}) i`)
    await client.query(
      `create temporary table made on commit drop as
       with o as (select array_agg(id order by id) as offices from ql.units where kind = 'office'),
       e as (select min(id) - 1 as base from ql.enterprises where uscc like '9131000000%'),
       k as (select array_agg(id order by id) as officers from ql.coordinators),
       n as (select i, now() - interval '3 years' * (1 - i::float8 / ${cases}) as at, o.offices, e.base, k.officers,
                    ('x' || substr(md5(i::text), 1, 7))::bit(28)::int as h
               from generate_series(1, ${cases}) i, o, e, k)
       select to_char(at at time zone 'Asia/Shanghai', 'YYMMDD')::int8 * 1000000000 + i as id, i, at, h,
              (i > ${cases} * 0.89 and h % 10 > 0) as open,
              case when (i > ${cases} * 0.89 and h % 10 > 0) then (array['assigned','working','working','working','waiting_enterprise','answered','working','received'])[1 + h % 8] else 'closed' end as state,
              offices[1 + (h / 7 % 100 * (h / 7 % 100) * cardinality(offices) / 10000)] as lead,
              case when h % 10 < 3 then offices[1 + h / 11 % cardinality(offices)] end as goods,
              base + case when h % 20 = 7 then 1 else 2 + (h / 13 % 141) * (h / 17 % 141) end as enterprise,
              officers[1 + h / 3 % cardinality(officers)] as officer,
              at + make_interval(hours => 24 + h % 120) as due
         from n`)
    await client.query(`create index on made (id)`)
    await client.query(
      `insert into ql.cases (id, number, procedure, kind, state, version, subject, category, priority, channel, principal_id, home_unit_id, goods_unit_id, lead_unit_id,
         district_id, coordinator_id, first_asked_id, promise_at, sort_at, received_at, occurred_at, opened_at, closed_at, outcome, entries, clocks, parties, head_hash, updated_at)
       select m.id, to_char(at at time zone 'Asia/Shanghai', 'YYMMDD') || '-' || lpad(i::text, 5, '0') || '-' || i % 10, 'coordination', 'enquiry', state, 2,
              ($1::text[])[1 + (h / 5 % 12) * (h / 19 % 12) / 12] || case when h % 50 = 3 then ' ' || ($2::text[])[1 + h / 23 % 5] else '' end,
              (array['examination_wait','manifest_mismatch','tariff_dispute','tax_relief'])[1 + h % 4], case when h % 20 = 0 then 'urgent' else 'normal' end, 'portal', enterprise,
              lead, goods, lead, u.district_id, case when state <> 'received' then officer end, case when state <> 'received' then officer end, due,
              case when open then due + (now() - at) * 0.98 else at + interval '20 hours' end, at, at, at, case when not open then at + interval '20 hours' end,
              case when not open then 'solved' end, 1, 1, 1, sha256(i::text::bytea), at
         from made m join ql.units u on u.id = lead order by m.id`, [SUBJECTS, RARE])
    await client.query(
      `insert into ql.case_access (scope, case_id, open, sort_at)
       select distinct s, c.id, c.open, c.sort_at from ql.cases c join made m on m.id = c.id
         cross join lateral (select unnest(u.ancestors)::int8 from ql.units u where u.id in (m.lead, m.goods) union select -m.enterprise) x (s)`)
    await client.query(`insert into ql.case_parties (case_id, seq, unit_id, capacity, is_lead, coordinator_id, since) select id, 1, lead, 'home', true, case when state <> 'received' then officer end, at from made`)
    await client.query(`insert into ql.case_parties (case_id, seq, unit_id, capacity, is_lead, since) select id, 2, goods, 'port', false, at from made where goods <> lead`)
    await client.query(`insert into ql.case_enterprises (case_id, enterprise_id, role, since) select id, enterprise, 'principal', at from made`)
    await client.query(
      `insert into ql.case_references (case_id, type, value)
       select id, 'container', (array['CSQU','MSKU','TEMU','COSU'])[1 + h % 4] || lpad((h % 9999999)::text, 7, '0') from made
       union all select m.id, 'declaration', u.code || to_char(m.at, 'YYYY') || lpad(m.i::text, 10, '0') from made m join ql.units u on u.id = m.lead where h % 10 < 7`)
    await client.query(
      `insert into ql.entries (case_id, version, audience, enterprise_id, author_kind, text, language, at)
       select id, 1, 'public', enterprise, 'enterprise', ($1::text[])[1 + (h / 7 % 7) * (h / 29 % 7) / 7] || ' ' || i, 'zh', at from made`, [TEXTS])
    await client.query(
      `insert into ql.entries (case_id, version, audience, author_kind, text, language, at, unit_id)
       select id, 2, case when h % 10 = 0 then 'unit' else 'parties' end, 'coordinator', '内部备注: 已联系查验科核实布控指令 ' || h % 1000, 'zh', at, lead from made where h % 10 < 4`)
    await client.query(
      `insert into ql.journal (case_id, version, number, event, state, at, actor_kind, audience, data, prev_hash, hash)
       select c.id, v, c.number, case v when 1 then 'opened' else 'assigned' end, 'received', c.opened_at, 'system', 'public', '{}', sha256(''), sha256('')
         from ql.cases c join made m on m.id = c.id, generate_series(1, 2) v`)
    await client.query(
      `insert into ql.clocks (case_id, seq, kind, state, policy_id, calendar_id, started_at, due_at, next_fire_at, ended_at)
       select c.id, 1, 'resolution', case when c.open then 'running' else 'met' end, p.id, k.id, c.opened_at, c.sort_at, case when c.open then c.sort_at end, c.closed_at
         from ql.cases c join made m on m.id = c.id, (select id from ql.policies where clock = 'resolution' order by id limit 1) p, (select id from ql.calendars order by id limit 1) k`)
    await client.query(`insert into ql.clock_segments (case_id, clock_seq, seq, kind, from_at) select id, 1, 1, 'run', at from made`)
    await client.query(`insert into ql.case_aliases (alias, case_id) select 'R' || i || 'X', id from made where h % 2 = 0`)
    await client.query(`insert into ql.case_people (case_id, name, phone, phone_key) select id, '张三', '13812341234', '+8613812341234' from made`)
    await client.query('delete from ql.counts')
    await client.query('insert into ql.counts select * from ql.count_again()')
    await client.query('commit')
  })
  await db.run('vacuum analyze')
}
