-- What several do together: meetings, tasks with an owner and a time, visits of two officers. Each is numbered by the
-- version of the case that made it, as entries are: no serial of its own.

-- migrate:up
create table ql.meetings (
    case_id         bigint not null references ql.cases,
    version         integer not null, -- that called it
    at              timestamptz not null,
    place           text not null,
    units           integer[] not null default '{}', -- asked to come, besides the lead
    with_enterprise boolean not null default false,
    minutes_version integer, -- of the entry that holds the minutes; null: not held yet
    primary key (case_id, version)
);
create table ql.tasks (
    case_id       bigint not null references ql.cases,
    version       integer not null, -- that added it
    seq           smallint not null,
    meeting       integer,          -- that decided it; null: none did
    text          text not null,
    owner_unit_id integer not null references ql.units,
    owner_id      bigint references ql.coordinators, -- null: the unit's to give
    due_at        timestamptz not null,
    done_at       timestamptz,
    done_by       bigint references ql.users,
    primary key (case_id, version, seq)
);
create index tasks_of on ql.tasks (owner_id, (done_at is not null), due_at, case_id, version, seq);
create index tasks_of_unit on ql.tasks (owner_unit_id, (done_at is not null), due_at, case_id, version, seq);
create table ql.visits (
    case_id        bigint not null references ql.cases,
    version        integer not null, -- that planned it
    at             timestamptz not null,
    place          text not null,
    first_id       bigint references ql.coordinators, -- null: recused since, another must be named
    second_id      bigint references ql.coordinators,
    result_version integer, -- of the entry that holds the result
    primary key (case_id, version),
    constraint two_officers check (first_id <> second_id)
);
comment on table ql.visits is 'On-site work is done by two officers (GACC Announcement 2018-181).';

grant select, insert, update on ql.meetings, ql.tasks, ql.visits to ql_gateway;
grant select, insert, update on ql.meetings, ql.tasks, ql.visits to ql_intake, ql_dispatch, ql_clock; -- through casebook, as all of a case
grant select on ql.meetings, ql.tasks, ql.visits to ql_operator;
grant insert on ql.recusals to ql_gateway;
do $$
declare
    name text;
begin
    foreach name in array array['meetings', 'tasks', 'visits'] loop
        execute format('alter table ql.%I enable row level security', name);
        execute format('create policy services on ql.%I to ql_intake, ql_dispatch, ql_clock, ql_operator using (true) with check (true)', name);
        execute format('create policy people on ql.%I to ql_gateway using ((select ql.is_staff()) and exists (select from ql.case_access a'
                       ' where a.case_id = %1$I.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0))', name);
        execute format('create policy recused on ql.%I as restrictive to ql_gateway using (case_id <> all ((select ql.my_recused())::bigint[]))', name);
    end loop;
end
$$;

-- migrate:down
revoke insert on ql.recusals from ql_gateway;
drop table ql.visits, ql.tasks, ql.meetings;
