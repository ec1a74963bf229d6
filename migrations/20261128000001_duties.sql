-- What a person may be asked to do besides the work of the role: read as the second reader, rule where two units refuse, stand
-- duty. Dated, and per unit: a duty at a unit holds for all below it.

-- migrate:up
create table ql.user_duties (
    user_id    bigint not null references ql.users,
    duty       text not null check (duty in ('second_reader', 'duty_supervisor', 'arbitration', 'national_expert')),
    unit_id    integer not null references ql.units,
    valid_from date not null default current_date,
    valid_to   date, -- the last day of it
    primary key (user_id, duty, unit_id, valid_from),
    check (valid_to >= valid_from)
);

-- Whether the person of this transaction holds the duty for that unit today, Beijing time.
create function ql.has_duty(wanted text, unit integer) returns boolean
language sql stable security definer set search_path = pg_catalog as $$
    select exists (select from ql.user_duties d join ql.units u on u.id = unit
                    where d.user_id = ql.my_user() and d.duty = wanted and d.unit_id = any (u.ancestors)
                      and (now() at time zone 'Asia/Shanghai')::date between d.valid_from and coalesce(d.valid_to, 'infinity'))
$$;
revoke all on function ql.has_duty(text, integer) from public;
grant execute on function ql.has_duty(text, integer) to ql_gateway;
grant select on ql.user_duties to ql_gateway, ql_operator;
alter table ql.user_duties enable row level security;
create policy services on ql.user_duties to ql_operator using (true);
create policy people on ql.user_duties for select to ql_gateway using ((select ql.is_staff()));

-- migrate:down
drop function ql.has_duty(text, integer);
drop table ql.user_duties;
