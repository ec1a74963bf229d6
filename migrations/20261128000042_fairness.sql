-- What was given to whom on which day, and how evenly.

-- migrate:up
-- Weight given per coordinator and Beijing day, kept by the statement that takes the capacity: what fairness is computed from.
create table ql.duty_loads (
    day            date not null,
    coordinator_id bigint not null references ql.coordinators,
    weight         integer not null check (weight >= 0),
    primary key (day, coordinator_id)
) with (fillfactor = 50);

-- How evenly: weight given per hour on duty of the last days, today included. One row a unit, and one without unit over all.
-- cv: standard deviation over mean of people's rates; peak: highest rate over the median. Who was there less than an hour
-- says nothing yet.
create function ql.duty_fairness(under integer, days integer) returns table (
    unit_id integer, people bigint, weight bigint, hours double precision, cv double precision, peak double precision)
language sql stable set enable_hashjoin = on as $$ -- some thousand people joined with themselves: no loops here
    with span as (
        select (now() at time zone 'Asia/Shanghai')::date - days + 1 as first_day,
               ((now() at time zone 'Asia/Shanghai')::date - days + 1)::timestamp at time zone 'Asia/Shanghai' as since
    ), k as (
        select c.id, c.unit_id from ql.coordinators c join ql.units u on u.id = c.unit_id where under = any (u.ancestors)
    ), duty as (
        select s.coordinator_id, range_agg(tstzrange(greatest(s.starts_at, p.since), least(s.ends_at, now()))) as m
          from span p join ql.shifts s on s.ends_at > p.since and s.starts_at < now() group by 1
    ), away as (
        select s.coordinator_id, range_agg(tstzrange(s.starts_at, s.ends_at)) as m from span p join ql.absences s on s.ends_at > p.since group by 1
    ), present as (
        select d.coordinator_id, sum(extract(epoch from upper(x.r) - lower(x.r)))::double precision / 3600 as hours
          from duty d left join away a on a.coordinator_id = d.coordinator_id, unnest(d.m - coalesce(a.m, '{}')) x (r) group by 1
    ), given as (
        select l.coordinator_id, sum(l.weight) as weight from span p join ql.duty_loads l on l.day >= p.first_day group by 1
    ), rate as (
        select k.unit_id, coalesce(g.weight, 0) as weight, h.hours, coalesce(g.weight, 0) / h.hours as value
          from k join present h on h.coordinator_id = k.id left join given g on g.coordinator_id = k.id where h.hours >= 1
    )
    select r.unit_id, count(*), sum(r.weight)::bigint, sum(r.hours), stddev_pop(r.value) / nullif(avg(r.value), 0),
           max(r.value) / nullif(percentile_cont(0.5) within group (order by r.value), 0)
      from rate r group by grouping sets ((r.unit_id), ())
$$;

grant select, insert, update on ql.duty_loads to ql_intake, ql_dispatch, ql_clock, ql_gateway;
grant select on ql.duty_loads to ql_operator;
revoke all on function ql.duty_fairness(integer, integer) from public;
grant execute on function ql.duty_fairness(integer, integer) to ql_dispatch, ql_gateway, ql_operator;
alter table ql.duty_loads enable row level security;
create policy services on ql.duty_loads to ql_intake, ql_dispatch, ql_clock, ql_operator using (true) with check (true);
create policy people on ql.duty_loads to ql_gateway using ((select ql.is_staff())) with check ((select ql.is_staff()));

-- migrate:down
drop function ql.duty_fairness(integer, integer);
drop table ql.duty_loads;
