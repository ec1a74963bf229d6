-- The days on which an enterprise's credit class turns, for its open cases that carry the class of before.

-- migrate:up
create table ql.class_turns (
    enterprise_id bigint not null references ql.enterprises,
    day           date not null,
    done_at       timestamptz,
    primary key (enterprise_id, day)
);
create index class_turns_due on ql.class_turns (day, enterprise_id) where done_at is null;

-- A class that is in force already matters only to an enterprise with open cases: bringing in all classes of a country costs
-- no rows. A later one is kept: the case may be opened in between.
create function ql.class_turned() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
declare
    today date := (now() at time zone 'Asia/Shanghai')::date;
begin
    insert into ql.class_turns (enterprise_id, day)
    select distinct t.enterprise_id, greatest(t.day, today)
      from (select new.enterprise_id, new.valid_from where tg_op <> 'DELETE'
            union all select new.enterprise_id, new.valid_to + 1 where tg_op <> 'DELETE'
            union all select old.enterprise_id, today where tg_op <> 'INSERT') t (enterprise_id, day)
     where t.day is not null
       and (t.day > today or exists (select from ql.cases c where c.principal_id = t.enterprise_id and c.state not in ('closed', 'merged')))
    on conflict (enterprise_id, day) do update set done_at = null;
    return null;
end
$$;
create trigger class_turned after insert or update or delete on ql.enterprise_classes for each row execute function ql.class_turned();

revoke all on function ql.class_turned() from public;
grant select, update (done_at) on ql.class_turns to ql_dispatch;
grant select on ql.class_turns to ql_operator;
alter table ql.class_turns enable row level security;
create policy services on ql.class_turns to ql_dispatch, ql_operator using (true);

-- migrate:down
drop trigger class_turned on ql.enterprise_classes;
drop function ql.class_turned();
drop table ql.class_turns;
