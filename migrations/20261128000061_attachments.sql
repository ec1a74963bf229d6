-- Files on a case. The bytes lie in a folder under their sha256, once however often they were sent; what a file is to a case, and
-- who may have it, is a row here, under the version of the journal row that tells of it.

-- migrate:up
create table ql.attachments (
    case_id bigint not null references ql.cases,
    version integer not null,
    audience text not null check (audience in ('public', 'parties', 'unit')),
    enterprise_id bigint references ql.enterprises, -- public: whose talk it belongs to; null: every enterprise on the case
    unit_id integer references ql.units,            -- unit: whose
    author_kind text not null check (author_kind in ('system', 'coordinator', 'supervisor', 'enterprise', 'operator')),
    author_id bigint,
    user_id bigint references ql.users,             -- whose quota it counts to
    name text not null check (length(name) between 1 and 120),
    media_type text not null check (media_type in ('application/pdf', 'image/jpeg', 'image/png')),
    size bigint not null check (size > 0),
    sha256 text not null check (length(sha256) = 64),
    at timestamptz not null,
    primary key (case_id, version)
);
create index attachments_of_user on ql.attachments (user_id, at);
create index attachments_of_hash on ql.attachments (sha256);

-- How much room is left is a question about rows that the one who asks may not see.
create function ql.attachments_so_far(of_case bigint, of_user bigint) returns table (files bigint, bytes_today bigint)
language sql stable security definer set search_path = pg_catalog as $$
    select (select count(*) from ql.attachments a where a.case_id = of_case),
           (select coalesce(sum(a.size), 0)::bigint from ql.attachments a where a.user_id = of_user and a.at > now() - interval '24 hours')
$$;
revoke all on function ql.attachments_so_far(bigint, bigint) from public;
grant execute on function ql.attachments_so_far(bigint, bigint) to ql_gateway;
grant select, insert on ql.attachments to ql_gateway;
grant select on ql.attachments to ql_operator;
alter table ql.attachments enable row level security;
create policy services on ql.attachments to ql_operator using (true);
create policy people on ql.attachments to ql_gateway
    using (exists (select from ql.case_access a where a.case_id = attachments.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and case when (select ql.is_staff())
                    then audience in ('public', 'parties') or (audience = 'unit' and unit_id = (select ql.my_unit()))
                    when (select ql.my_role()) = 'enterprise'
                    then audience = 'public' and (enterprise_id is null or enterprise_id = (select ql.my_enterprise()))
                    else false end);
create policy recused on ql.attachments as restrictive to ql_gateway using (case_id <> all ((select ql.my_recused())::bigint[]));

-- migrate:down
drop function ql.attachments_so_far(bigint, bigint);
drop table ql.attachments;
