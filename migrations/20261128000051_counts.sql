-- How many: what a supervisor's screen counts, kept with every change of a case so that reading it costs the same however many cases are open.
--
-- A cell is a number of cases: of a scope of ql.case_access (a unit), in a state that is open, by the hour in which they fall due; those closed
-- and opened of late by the hour; and of a unit as the leading one. Triggers write the change of each statement as rows of ql.count_changes, which
-- nobody waits for; services/clock folds them into ql.counts. So the truth is the sum of both. Triggers, since a count must move with the rows
-- whoever moves them, and one statement of hundreds of cases makes one row a cell.
--
-- Enterprises are counted when they ask: their own cases are few.

-- migrate:up
create table ql.counts (
    scope bigint not null,     -- a unit
    what  text not null,       -- a state in which a case is open, and 'lead': hour it falls due; 'closed', 'opened': hour of that
    hour  timestamptz not null, -- of what falls due: past hours are folded into -infinity, and infinity holds the sum of all
    n     bigint not null,
    primary key (scope, what, hour)
) with (fillfactor = 70);
create index counts_hour on ql.counts (hour);
create index counts_zero on ql.counts (scope) where n = 0;
create table ql.count_changes (scope bigint not null, what text not null, hour timestamptz not null, n bigint not null);
create index count_changes_scope on ql.count_changes (scope);
comment on table ql.counts is 'Numbers of cases for a supervisor''s screen; true together with ql.count_changes, which are not folded in yet.';

create function ql.count_cell(state text) returns text language sql immutable parallel safe as
    $$ select case when state in ('received', 'assigned', 'working', 'waiting_enterprise', 'answered') then state when state = 'closed' then 'closed' end $$;
-- What falls due never is due at the end of time.
create function ql.count_hour(at timestamptz) returns timestamptz language sql immutable parallel safe as $$ select date_bin('1 hour', at, '2000-01-01 00:00:00+00') $$; -- immutable itself, so it is taken into each statement
-- Longer than the screen looks back.
create function ql.count_since() returns timestamptz language sql stable as $$ select now() - interval '2 days' $$;

-- Their plans stay while tables grow from nothing: only loops over indexes.
create function ql.count_access() returns trigger language plpgsql security definer set search_path = pg_catalog
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
begin
    if tg_op = 'INSERT' then
        insert into ql.count_changes (scope, what, hour, n)
        select a.scope, x.what, x.hour, count(*)
          from rows a join ql.cases c on c.id = a.case_id
          cross join lateral (values (ql.count_cell(c.state), ql.count_hour(c.sort_at)), ('opened', ql.count_hour(c.opened_at))) x (what, hour)
         where a.scope > 0 and x.what is not null and (x.what not in ('opened', 'closed') or x.hour > ql.count_since())
         group by 1, 2, 3;
    else
        insert into ql.count_changes (scope, what, hour, n)
        select a.scope, x.what, x.hour, -count(*)
          from rows a join ql.cases c on c.id = a.case_id
          cross join lateral (values (ql.count_cell(c.state), ql.count_hour(c.sort_at)), ('opened', ql.count_hour(c.opened_at))) x (what, hour)
         where a.scope > 0 and x.what is not null and (x.what not in ('opened', 'closed') or x.hour > ql.count_since())
         group by 1, 2, 3;
    end if;
    return null;
end
$$;
create trigger counts_more after insert on ql.case_access referencing new table as rows for each statement execute function ql.count_access();
create trigger counts_less after delete on ql.case_access referencing old table as rows for each statement execute function ql.count_access();

create function ql.count_opened() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    insert into ql.count_changes (scope, what, hour, n)
    select c.lead_unit_id, 'lead', ql.count_hour(c.sort_at), count(*) from rows c where c.open group by 1, 3;
    return null;
end
$$;
create trigger counts_opened after insert on ql.cases referencing new table as rows for each statement execute function ql.count_opened();

create function ql.count_moved() returns trigger language plpgsql security definer set search_path = pg_catalog
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
begin
    insert into ql.count_changes (scope, what, hour, n)
    with moved as materialized ( -- what is the same before and behind cancels out
        select x.id, x.lead, x.what, x.hour, sum(x.n) as n
          from (select c.id, c.lead_unit_id as lead, ql.count_cell(c.state) as what, ql.count_hour(c.sort_at) as hour, 1 as n from rows c
                union all select c.id, c.lead_unit_id, ql.count_cell(c.state), ql.count_hour(c.sort_at), -1 from old_rows c) x
         where x.what is not null and (x.what <> 'closed' or x.hour > ql.count_since())
         group by 1, 2, 3, 4 having sum(x.n) <> 0)
    select y.scope, y.what, y.hour, sum(y.n)
      from (select a.scope, m.what, m.hour, m.n from moved m join ql.case_access a on a.case_id = m.id where a.scope > 0
            union all select m.lead, 'lead', m.hour, m.n from moved m where m.what <> 'closed') y
     group by 1, 2, 3 having sum(y.n) <> 0;
    return null;
end
$$;
create trigger counts_moved after update on ql.cases referencing new table as rows old table as old_rows for each statement execute function ql.count_moved();

-- Folds up to so many changes, and what has become past; how many it found. One at a time, others are told nothing is left.
create function ql.count_fold(most integer) returns integer language plpgsql security definer set search_path = pg_catalog as $$
declare
    taken integer;
begin
    if not pg_try_advisory_xact_lock(5856803) then
        return 0;
    end if;
    with changes as (
        delete from ql.count_changes where ctid = any (array(select c.ctid from ql.count_changes c limit most)) returning scope, what, hour, n),
    past as (
        delete from ql.counts where hour > '-infinity' and hour < date_trunc('hour', now(), 'UTC') and what not in ('opened', 'closed')
        returning scope, what, hour, n),
    folded as (
        insert into ql.counts as c (scope, what, hour, n)
        select x.scope, x.what, case when x.what in ('opened', 'closed') or x.hour >= date_trunc('hour', now(), 'UTC') then x.hour else '-infinity' end, sum(x.n)
          from (table changes union all table past union all select h.scope, h.what, 'infinity', h.n from changes h where h.what not in ('opened', 'closed')) x
         where x.what not in ('opened', 'closed') or x.hour > ql.count_since()
         group by 1, 2, 3 having sum(x.n) <> 0
        on conflict (scope, what, hour) do update set n = c.n + excluded.n)
    select count(*) from changes into taken;
    delete from ql.counts where hour > '-infinity' and hour < ql.count_since() and what in ('opened', 'closed');
    delete from ql.counts where n = 0;
    return taken;
end
$$;

-- All counts as the cases have them: what the tables must sum up to.
create function ql.count_again() returns table (scope bigint, what text, hour timestamptz, n bigint) language sql stable set search_path = pg_catalog as $$
    with cells as (
    select a.scope, x.what, x.hour, count(*) as n
      from ql.cases c join ql.case_access a on a.case_id = c.id
      cross join lateral (values (ql.count_cell(c.state), ql.count_hour(c.sort_at)), ('opened', ql.count_hour(c.opened_at))) x (what, hour)
     where a.scope > 0 and (c.open or c.sort_at > ql.count_since() or c.opened_at > ql.count_since())
       and x.what is not null and (x.what not in ('opened', 'closed') or x.hour >= ql.count_since())
     group by 1, 2, 3
    union all
    select c.lead_unit_id, 'lead', ql.count_hour(c.sort_at), count(*) from ql.cases c where c.open group by 1, 3)
    table cells union all select scope, what, 'infinity', sum(n) from cells where what not in ('opened', 'closed') group by 1, 2
$$;
insert into ql.counts select * from ql.count_again();

-- The oldest open case of a scope at one look.
create index case_access_oldest on ql.case_access (scope, case_id) where open;

-- A unit and all below it.
create function ql.my_units() returns bigint[] language sql stable as
    $$ select coalesce(array_agg(u.id::bigint), '{}') from ql.units u where u.ancestors && (ql.my_scopes()::integer[]) and ql.is_staff() $$;
revoke all on function ql.count_fold(integer), ql.count_again(), ql.count_access(), ql.count_opened(), ql.count_moved() from public;
grant execute on function ql.count_fold(integer) to ql_clock;
grant execute on function ql.count_again() to ql_operator;
grant select on ql.counts, ql.count_changes to ql_gateway, ql_operator;
alter table ql.counts enable row level security;
alter table ql.count_changes enable row level security;
create policy services on ql.counts to ql_operator using (true);
create policy services on ql.count_changes to ql_operator using (true);
create policy people on ql.counts for select to ql_gateway using (scope = any ((select ql.my_units())::bigint[]));
create policy people on ql.count_changes for select to ql_gateway using (scope = any ((select ql.my_units())::bigint[]));

-- migrate:down
drop trigger counts_moved on ql.cases;
drop trigger counts_opened on ql.cases;
drop trigger counts_less on ql.case_access;
drop trigger counts_more on ql.case_access;
drop index ql.case_access_oldest;
drop table ql.count_changes, ql.counts;
drop function ql.my_units(), ql.count_again(), ql.count_fold(integer), ql.count_moved(), ql.count_opened(), ql.count_access(), ql.count_since(),
    ql.count_hour(timestamptz), ql.count_cell(text);
