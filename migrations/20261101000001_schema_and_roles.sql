-- The schema and one database role per service. Roles belong to the cluster, not to the database, so they are created
-- when missing and never dropped here. They carry no password: whoever deploys sets one.

-- migrate:up
create schema ql;
comment on schema ql is 'Qingling: cases of enterprises, their clocks and their journal.';

do $$
declare
    role text;
begin
    foreach role in array array['ql_intake', 'ql_dispatch', 'ql_clock', 'ql_relay', 'ql_gateway', 'ql_operator'] loop
        if not exists (select from pg_catalog.pg_roles where rolname = role) then
            execute pg_catalog.format('create role %I login nosuperuser nocreatedb nocreaterole noinherit', role);
        end if;
    end loop;
    alter role ql_relay replication;
end
$$;

grant usage on schema ql to ql_intake, ql_dispatch, ql_clock, ql_relay, ql_gateway, ql_operator;

-- migrate:down
drop schema ql cascade;
