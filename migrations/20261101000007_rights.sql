-- Who may do what. Services get the least they need; people are held by row security, the same for lists, counts, single
-- reads and the live stream.

-- migrate:up

-- The services join a handful of rows, given as JSON, to large tables by their keys. The planner takes such a list for a
-- hundred rows and would rather read a table whole while it is small: a price that grows with it. Only loops over indexes here.
do $$
declare
    service text;
begin
    foreach service in array array['ql_intake', 'ql_dispatch', 'ql_clock', 'ql_gateway'] loop
        execute pg_catalog.format('alter role %I set enable_hashjoin = off', service);
        execute pg_catalog.format('alter role %I set enable_mergejoin = off', service);
    end loop;
end
$$;

-- Everyone reads reference data.
do $$
declare
    service text;
begin
    foreach service in array array['ql_intake', 'ql_dispatch', 'ql_clock', 'ql_gateway', 'ql_operator'] loop
        execute pg_catalog.format('grant select on ql.reference_version, ql.units, ql.calendars, ql.calendar_slots, ql.holidays, ql.holiday_years,'
            ' ql.unit_calendars, ql.skills, ql.languages, ql.categories, ql.channel_codes, ql.watch_rules, ql.credit_classes, ql.measures,'
            ' ql.policies, ql.parameters to %I', service);
    end loop;
end
$$;

-- The engine services write cases through casebook: they may add and change, never delete.
grant select, insert, update on ql.cases, ql.case_access, ql.case_aliases, ql.case_people, ql.case_enterprises, ql.case_parties, ql.case_references,
    ql.case_links, ql.entries, ql.messages, ql.clocks, ql.clock_segments, ql.clock_fires to ql_intake, ql_dispatch, ql_clock;
grant select, insert on ql.journal to ql_intake, ql_dispatch, ql_clock, ql_gateway;
grant select, insert, update on ql.case_serials to ql_intake, ql_clock;
grant select on ql.enterprises, ql.enterprise_classes, ql.contacts, ql.authorisations, ql.coordinators, ql.coordinator_skills,
    ql.coordinator_languages, ql.coordinator_categories, ql.coordinator_pools, ql.shifts, ql.absences, ql.named_coordinators, ql.deputies,
    ql.recusals to ql_intake, ql_dispatch, ql_clock;
grant update (open_weight, last_assigned_at) on ql.coordinators to ql_intake, ql_dispatch, ql_clock, ql_gateway;

grant insert (uscc, name, known, home_unit_id) on ql.enterprises to ql_intake;
grant select, insert, update on ql.consumer_positions, ql.calls, ql.watches to ql_intake;
grant select, insert on ql.inbox, ql.talk, ql.notices to ql_intake;
grant select, insert on ql.quarantine to ql_intake;
grant select, update on ql.watches to ql_clock;
grant select on ql.notices to ql_clock;

grant select on ql.journal, ql.roster_journal to ql_relay;
grant select, insert, update on ql.relay_positions to ql_relay;

grant select on all tables in schema ql to ql_operator;
revoke select on ql.users, ql.sessions from ql_operator;
grant select (id, login, name, role, language, unit_id, coordinator_id, enterprise_id, disabled_at, created_at) on ql.users to ql_operator;
grant update (state, settled_at, settled_by, settled_why) on ql.quarantine to ql_operator;

-- People come through the gateway. ql.enter() is the only way in: it turns a session into settings of the transaction.
create function ql.enter(token bytea) returns table (
    user_id bigint, login text, name text, role text, language text, unit_id integer, unit_code text, coordinator_id bigint,
    enterprise_id bigint, csrf text, expires_at timestamptz)
language plpgsql security definer set search_path = pg_catalog as $$
declare
    who record;
begin
    select u.id, u.login, u.name, u.role, u.language, u.unit_id, n.code as unit_code, u.coordinator_id, u.enterprise_id, s.csrf, s.expires_at
      into who
      from ql.sessions s
      join ql.users u on u.id = s.user_id
      left join ql.units n on n.id = u.unit_id
     where s.token_hash = token and s.expires_at > now() and u.disabled_at is null;
    if not found then
        perform set_config('ql.scopes', '{}', true), set_config('ql.role', '', true);
        return;
    end if;
    perform set_config('ql.scopes', case when who.role = 'enterprise' then format('{%s}', -who.enterprise_id) else format('{%s}', who.unit_id) end, true),
            set_config('ql.role', who.role, true),
            set_config('ql.user_id', who.id::text, true),
            set_config('ql.unit_id', coalesce(who.unit_id::text, ''), true),
            set_config('ql.enterprise_id', coalesce(who.enterprise_id::text, ''), true);
    return query select who.id, who.login, who.name, who.role, who.language, who.unit_id, who.unit_code, who.coordinator_id, who.enterprise_id,
                        who.csrf, who.expires_at;
end
$$;
create function ql.session_open(who bigint, token bytea, csrf text, until timestamptz) returns void
language sql security definer set search_path = pg_catalog as $$
    delete from ql.sessions where expires_at < now();
    insert into ql.sessions (token_hash, user_id, csrf, expires_at) values (token, who, csrf, until);
$$;
create function ql.session_close(token bytea) returns void
language sql security definer set search_path = pg_catalog as $$
    delete from ql.sessions where token_hash = token;
$$;
create function ql.account(wanted text) returns table (user_id bigint, password_hash text)
language sql stable security definer set search_path = pg_catalog as $$
    select u.id, u.password_hash from ql.users u where u.login = lower(wanted) and u.disabled_at is null;
$$;
revoke all on function ql.enter(bytea), ql.session_open(bigint, bytea, text, timestamptz), ql.session_close(bytea), ql.account(text) from public;
grant execute on function ql.enter(bytea), ql.session_open(bigint, bytea, text, timestamptz), ql.session_close(bytea), ql.account(text) to ql_gateway;

create function ql.my_scopes() returns bigint[] language sql stable as
    $$ select coalesce(nullif(current_setting('ql.scopes', true), ''), '{}')::bigint[] $$;
create function ql.my_role() returns text language sql stable as
    $$ select coalesce(current_setting('ql.role', true), '') $$;
create function ql.my_user() returns bigint language sql stable as
    $$ select nullif(current_setting('ql.user_id', true), '')::bigint $$;
create function ql.my_unit() returns integer language sql stable as
    $$ select nullif(current_setting('ql.unit_id', true), '')::integer $$;
create function ql.my_enterprise() returns bigint language sql stable as
    $$ select nullif(current_setting('ql.enterprise_id', true), '')::bigint $$;
create function ql.is_staff() returns boolean language sql stable as
    $$ select ql.my_role() in ('coordinator', 'supervisor') $$;
-- An enterprise knows the coordinators named for it and those on its cases, nobody else. The former by row security; the
-- latter by their case, so that the cost does not grow with all the cases that an enterprise ever had.
create function ql.my_coordinators() returns bigint[] language sql stable security definer set search_path = pg_catalog as $$
    select coalesce(array_agg(n.coordinator_id), '{}') from ql.named_coordinators n where n.enterprise_id = ql.my_enterprise()
$$;
create function ql.officer_name(of_case bigint, officer bigint) returns text language sql stable security definer set search_path = pg_catalog as $$
    select k.name from ql.coordinators k
     where k.id = officer
       and exists (select from ql.case_access a where a.case_id = of_case and a.scope = any (ql.my_scopes()))
       and (exists (select from ql.cases c where c.id = of_case and officer in (c.coordinator_id, c.first_asked_id))
            or exists (select from ql.case_parties p where p.case_id = of_case and p.coordinator_id = officer)
            or exists (select from ql.journal j where j.case_id = of_case and j.actor_kind = 'coordinator' and j.actor_id = officer))
$$;

grant select, update on ql.cases, ql.case_access, ql.case_parties, ql.clocks, ql.clock_segments to ql_gateway;
grant select, insert on ql.case_aliases, ql.entries, ql.messages, ql.case_links to ql_gateway;
grant insert on ql.clocks, ql.clock_segments, ql.case_access to ql_gateway;
grant select on ql.case_people, ql.case_enterprises, ql.case_references, ql.clock_fires, ql.notices, ql.enterprises, ql.enterprise_classes,
    ql.coordinators, ql.coordinator_skills, ql.coordinator_languages, ql.coordinator_categories, ql.coordinator_pools, ql.shifts, ql.absences,
    ql.named_coordinators, ql.deputies, ql.recusals, ql.quarantine, ql.entry_readers to ql_gateway;
grant update (available, available_until) on ql.coordinators to ql_gateway;
grant select, insert on ql.roster_journal to ql_gateway;

grant select (id, name) on ql.users to ql_gateway; -- who wrote

-- A case moves in every list it is in, also in those that whoever moved it may not see: past row security, but only to
-- what ql.cases says.
create function ql.case_access_follow(moved bigint[]) returns void language sql security definer set search_path = pg_catalog as $$
    update ql.case_access a set open = c.open, sort_at = c.sort_at
      from ql.cases c
     where c.id = any (moved) and a.case_id = c.id and (a.open <> c.open or a.sort_at <> c.sort_at)
$$;
-- The live stream decides by scope who gets an event, so it must know all scopes of a case.
create function ql.case_scopes(wanted bigint[]) returns table (case_id bigint, scopes bigint[])
language sql stable security definer set search_path = pg_catalog as $$
    select a.case_id, array_agg(a.scope order by a.scope) from ql.case_access a where a.case_id = any (wanted) group by a.case_id
$$;
revoke all on function ql.case_access_follow(bigint[]), ql.case_scopes(bigint[]) from public;
grant execute on function ql.case_access_follow(bigint[]) to ql_intake, ql_dispatch, ql_clock, ql_gateway;
grant execute on function ql.case_scopes(bigint[]) to ql_gateway;

-- Services see all rows of what they were granted; the policies below are for people.
--
-- `offset 0` keeps the planner from turning "may I see this row" into "all rows I may see, hashed": for whoever sees a whole
-- district, or everything, that is a walk through all of its cases for each statement. So it is one index look-up a row.
do $$
declare
    name text;
begin
    foreach name in array array['cases', 'case_access', 'case_aliases', 'case_people', 'case_enterprises', 'case_parties', 'case_references', 'case_links',
                                'entries', 'messages', 'journal', 'clocks', 'clock_segments', 'clock_fires', 'notices', 'enterprises',
                                'coordinators', 'quarantine', 'entry_readers'] loop
        execute format('alter table ql.%I enable row level security', name);
        execute format('create policy services on ql.%I to ql_intake, ql_dispatch, ql_clock, ql_relay, ql_operator using (true) with check (true)', name);
    end loop;
    -- What hangs on a case is seen by whoever may see the case.
    foreach name in array array['case_aliases', 'case_parties', 'case_references', 'messages', 'clocks', 'case_links'] loop
        execute format('create policy people on ql.%I to ql_gateway using (exists (select from ql.case_access a where a.case_id = %1$I.case_id'
                       ' and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0))', name);
    end loop;
end
$$;
create policy people on ql.case_access to ql_gateway using (scope = any ((select ql.my_scopes())::bigint[]))
    with check (ql.is_staff());
create policy people on ql.cases to ql_gateway
    using (exists (select from ql.case_access a where a.case_id = cases.id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0));
create policy people on ql.clock_segments to ql_gateway
    using (exists (select from ql.clocks k where k.case_id = clock_segments.case_id and k.seq = clock_segments.clock_seq offset 0));
create policy people on ql.clock_fires to ql_gateway
    using (exists (select from ql.clocks k where k.case_id = clock_fires.case_id and k.seq = clock_fires.clock_seq offset 0));
create policy people on ql.case_enterprises for select to ql_gateway
    using (case when (select ql.is_staff())
                then exists (select from ql.case_access a where a.case_id = case_enterprises.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
                else enterprise_id = (select ql.my_enterprise()) end);
create policy people on ql.case_people for select to ql_gateway
    using ((select ql.is_staff()) and exists (select from ql.case_access a where a.case_id = case_people.case_id
                                                 and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0));
create policy people on ql.entries to ql_gateway
    using (exists (select from ql.case_access a where a.case_id = entries.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and case when (select ql.is_staff())
                    then audience in ('public', 'parties') or (audience = 'unit' and unit_id = (select ql.my_unit()))
                         or exists (select from ql.entry_readers r where r.case_id = entries.case_id and r.version = entries.version and r.user_id = (select ql.my_user()) offset 0)
                    else audience = 'public' and (enterprise_id is null or enterprise_id = (select ql.my_enterprise())) end);
create policy people on ql.entry_readers for select to ql_gateway using (user_id = (select ql.my_user()));
create policy people on ql.journal to ql_gateway
    using (exists (select from ql.case_access a where a.case_id = journal.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and case when (select ql.is_staff())
                    then audience in ('public', 'parties') or (audience = 'unit' and unit_id = (select ql.my_unit()))
                    else audience = 'public' and (enterprise_id is null or enterprise_id = (select ql.my_enterprise())) end);
create policy people on ql.notices for select to ql_gateway using ((select ql.is_staff()));
create policy people on ql.quarantine for select to ql_gateway using ((select ql.is_staff()));
create policy people on ql.enterprises for select to ql_gateway using ((select ql.is_staff()) or id = (select ql.my_enterprise()));
create policy people on ql.coordinators to ql_gateway using ((select ql.is_staff()) or id = any ((select ql.my_coordinators())::bigint[]));

-- migrate:down
do $$
declare
    name text;
begin
    foreach name in array array['cases', 'case_access', 'case_aliases', 'case_people', 'case_enterprises', 'case_parties', 'case_references', 'case_links',
                                'entries', 'messages', 'journal', 'clocks', 'clock_segments', 'clock_fires', 'notices', 'enterprises',
                                'coordinators', 'quarantine', 'entry_readers'] loop
        execute format('drop policy if exists people on ql.%I', name);
        execute format('drop policy if exists services on ql.%I', name);
        execute format('alter table ql.%I disable row level security', name);
    end loop;
end
$$;
drop function ql.officer_name(bigint, bigint), ql.case_scopes(bigint[]), ql.case_access_follow(bigint[]), ql.my_coordinators(), ql.is_staff(), ql.my_enterprise(), ql.my_unit(), ql.my_user(), ql.my_role(), ql.my_scopes(),
              ql.account(text), ql.session_close(bytea), ql.session_open(bigint, bytea, text, timestamptz), ql.enter(bytea);
revoke all on all tables in schema ql from ql_intake, ql_dispatch, ql_clock, ql_relay, ql_gateway, ql_operator;
revoke all on all sequences in schema ql from ql_intake, ql_dispatch, ql_clock, ql_relay, ql_gateway, ql_operator;
