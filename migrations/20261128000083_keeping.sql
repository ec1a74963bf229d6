-- How long what is kept: holds that keep a case whole, and the marks of what was erased.

-- migrate:up
create table ql.case_holds (
    case_id          bigint not null references ql.cases,
    placed_version   integer not null, -- of the case, when it was held; the reason is that entry
    placed_by        bigint not null references ql.users,
    placed_at        timestamptz not null default now(),
    released_version integer,
    released_by      bigint references ql.users,
    released_at      timestamptz,
    primary key (case_id, placed_version)
);
create unique index case_holds_one on ql.case_holds (case_id) where released_at is null;
comment on table ql.case_holds is 'While one is not released, nothing of the case is erased.';

alter table ql.case_people add column erased_at timestamptz;
alter table ql.entries add column erased_at timestamptz; -- its text is a tombstone

grant select, insert on ql.case_holds to ql_gateway;
grant update (released_version, released_by, released_at) on ql.case_holds to ql_gateway;
grant select on ql.case_holds to ql_operator;
alter table ql.case_holds enable row level security;
create policy services on ql.case_holds to ql_operator using (true);
create policy people on ql.case_holds to ql_gateway
    using ((select ql.is_staff() or ql.is_auditor())
           and exists (select from ql.case_access a where a.case_id = case_holds.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0));
create policy recused on ql.case_holds as restrictive to ql_gateway using (case_id <> all ((select ql.my_recused())::bigint[]));
create policy supervisors_add on ql.case_holds as restrictive for insert to ql_gateway with check ((select ql.my_role()) = 'supervisor');
create policy supervisors_change on ql.case_holds as restrictive for update to ql_gateway using ((select ql.my_role()) = 'supervisor');

-- migrate:down
drop table ql.case_holds;
alter table ql.case_people drop column erased_at;
alter table ql.entries drop column erased_at;
