-- Roles of accounts beyond the three that work on cases, what each may see and change, and a database role of its own for the
-- gateway of the outer zone: what enterprises never see is not there for it, whatever the program believes.

-- migrate:up
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'ql_gateway_public') then
        create role ql_gateway_public login nosuperuser nocreatedb nocreaterole noinherit;
    end if;
    alter role ql_gateway_public set enable_hashjoin = off;
    alter role ql_gateway_public set enable_mergejoin = off;
    alter role ql_gateway_public set jit = off; -- as ql_gateway: its plans are planned once
    alter role ql_gateway_public set plan_cache_mode = force_generic_plan;
end
$$;
grant usage on schema ql to ql_gateway_public;

alter table ql.users
    drop constraint users_role_check,
    add constraint users_role_check check (role in ('supervisor', 'coordinator', 'enterprise', 'agent', 'administrator', 'security', 'auditor', 'kiosk')),
    add column person text, -- staff number of whoever holds the account
    add constraint users_person check (role not in ('administrator', 'security', 'auditor') or person is not null);
comment on column ql.users.role is
    'agent: answers the hotline; administrator: parameters and rosters, no cases; security: accounts, duties, sessions, no cases; auditor: journals, changes nothing; kiosk: a display, counters only';
-- Three powers that watch each other are three people.
create unique index users_separation on ql.users (person) where role in ('administrator', 'security', 'auditor');

create function ql.duty_holder() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    if not exists (select from ql.users u where u.id = new.user_id and u.role in ('supervisor', 'coordinator')) then
        raise exception 'a duty is for supervisors and coordinators' using errcode = 'check_violation', constraint = 'user_duties_holder';
    end if;
    return new;
end
$$;
create trigger holder before insert or update on ql.user_duties for each row execute function ql.duty_holder();

-- --- who is asking ---
create or replace function ql.is_staff() returns boolean language sql stable as
    $$ select ql.my_role() in ('coordinator', 'supervisor', 'agent') $$;
create function ql.is_auditor() returns boolean language sql stable as
    $$ select ql.my_role() = 'auditor' $$;
create function ql.may_write() returns boolean language sql stable as
    $$ select ql.my_role() in ('coordinator', 'supervisor', 'agent', 'enterprise') $$;

-- A broker that is on a case only as declarant is there for the principal: while it is authorised, by today's Beijing date.
create function ql.stands_for_another(of_case bigint, enterprise bigint) returns boolean
language sql stable security definer set search_path = pg_catalog as $$
    select coalesce(c.principal_id <> enterprise, false)
           and exists (select from ql.case_enterprises x where x.case_id = of_case and x.enterprise_id = enterprise and x.role = 'declarant')
           and not exists (select from ql.case_enterprises x where x.case_id = of_case and x.enterprise_id = enterprise and x.role <> 'declarant')
      from ql.cases c where c.id = of_case
$$;
create function ql.is_authorised(of_case bigint, enterprise bigint) returns boolean
language sql stable security definer set search_path = pg_catalog as $$
    select not ql.stands_for_another(of_case, enterprise)
           or exists (select from ql.cases c join ql.authorisations a on a.principal_id = c.principal_id and a.broker_id = enterprise
                       where c.id = of_case
                         and (now() at time zone 'Asia/Shanghai')::date between a.valid_from and coalesce(a.valid_to, 'infinity'))
$$;
create function ql.am_broker() returns boolean language sql stable security definer set search_path = pg_catalog as
    $$ select coalesce((select e.is_broker from ql.enterprises e where e.id = ql.my_enterprise()), false) $$;
revoke all on function ql.stands_for_another(bigint, bigint), ql.is_authorised(bigint, bigint), ql.am_broker() from public;
grant execute on function ql.is_authorised(bigint, bigint), ql.am_broker() to ql_gateway, ql_gateway_public;

-- The outer zone: by the role of the connection, not by what a transaction says of itself.
create function ql.is_outside() returns boolean language sql stable as $$ select session_user = 'ql_gateway_public' $$;

drop function ql.enter(bytea);
create function ql.enter(token bytea) returns table (
    user_id bigint, login text, name text, role text, language text, unit_id integer, unit_code text, coordinator_id bigint,
    enterprise_id bigint, csrf text, expires_at timestamptz, duties text)
language plpgsql security definer set search_path = pg_catalog as $$
declare
    who record;
begin
    select u.id, u.login, u.name, u.role, u.language, u.unit_id, n.code as unit_code, u.coordinator_id, u.enterprise_id, s.csrf, s.expires_at
      into who
      from ql.sessions s
      join ql.users u on u.id = s.user_id
      left join ql.units n on n.id = u.unit_id
     where s.token_hash = token and s.expires_at > now() and u.disabled_at is null
       and (u.role = 'enterprise' or not ql.is_outside());
    if not found then
        perform set_config('ql.scopes', '{}', true), set_config('ql.role', '', true);
        return;
    end if;
    -- Whoever has no business with cases has no scope in which to find one.
    perform set_config('ql.scopes', case when who.role = 'enterprise' then format('{%s}', -who.enterprise_id)
                                         when who.role in ('administrator', 'security', 'kiosk') then '{}'
                                         else format('{%s}', who.unit_id) end, true),
            set_config('ql.role', who.role, true),
            set_config('ql.user_id', who.id::text, true),
            set_config('ql.unit_id', coalesce(who.unit_id::text, ''), true),
            set_config('ql.enterprise_id', coalesce(who.enterprise_id::text, ''), true);
    return query select who.id, who.login, who.name, who.role, who.language, who.unit_id, who.unit_code, who.coordinator_id, who.enterprise_id,
                        who.csrf, who.expires_at,
                        (select string_agg(distinct d.duty, ',') from ql.user_duties d
                          where d.user_id = who.id
                            and (now() at time zone 'Asia/Shanghai')::date between d.valid_from and coalesce(d.valid_to, 'infinity'));
end
$$;
create or replace function ql.session_open(who bigint, token bytea, csrf text, until timestamptz) returns void
language sql security definer set search_path = pg_catalog as $$
    delete from ql.sessions where expires_at < now();
    insert into ql.sessions (token_hash, user_id, csrf, expires_at)
    select token, u.id, csrf, until from ql.users u where u.id = who and (u.role = 'enterprise' or not ql.is_outside());
$$;
-- Accounts of the other side are as unknown as those that do not exist.
drop function ql.account(text);
create function ql.account(wanted text) returns table (user_id bigint, password_hash text, role text)
language sql stable security definer set search_path = pg_catalog as $$
    select u.id, u.password_hash, u.role from ql.users u
     where u.login = lower(wanted) and u.disabled_at is null and (u.role = 'enterprise' or not ql.is_outside());
$$;
revoke all on function ql.enter(bytea), ql.account(text) from public;
grant execute on function ql.enter(bytea), ql.account(text), ql.session_open(bigint, bytea, text, timestamptz), ql.session_close(bytea),
    ql.case_access_follow(bigint[]), ql.case_access_leave(bigint[]) to ql_gateway_public;
grant execute on function ql.enter(bytea), ql.account(text) to ql_gateway;

-- --- people inside ---
-- A policy that permits reading permits writing too where it names no command: these narrow it again.
do $$
declare
    name text;
begin
    foreach name in array array['cases', 'case_access', 'case_aliases', 'case_parties', 'case_links', 'entries', 'messages', 'journal', 'clocks', 'clock_segments',
                                'meetings', 'tasks', 'visits', 'attachments', 'case_enterprises', 'case_references', 'case_proposals', 'clock_ledger',
                                'search_terms', 'webhooks', 'webhook_deliveries'] loop
        execute format('create policy writers_add on ql.%I as restrictive for insert to ql_gateway with check ((select ql.may_write()))', name);
        execute format('create policy writers_change on ql.%I as restrictive for update to ql_gateway using ((select ql.may_write()))', name);
    end loop;
end
$$;
alter policy people on ql.case_access
    using (scope = any ((select ql.my_scopes())::bigint[])
           and (not (select ql.am_broker()) or ql.is_authorised(case_id, (select ql.my_enterprise()))));
alter policy people on ql.case_enterprises
    using (case when (select ql.is_staff() or ql.is_auditor())
                then exists (select from ql.case_access a where a.case_id = case_enterprises.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
                else enterprise_id = (select ql.my_enterprise())
                     and exists (select from ql.case_access a where a.case_id = case_enterprises.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0) end);
-- An auditor reads what happened (the journal, whatever its audience), not what was said. Nobody outside reads words that can still be
-- taken back, or were, or that moved to another case.
alter policy people on ql.entries
    using (exists (select from ql.case_access a where a.case_id = entries.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and case when (select ql.is_staff())
                    then audience in ('public', 'parties') or (audience = 'unit' and unit_id = (select ql.my_unit()))
                         or ql.is_reader(case_id, version)
                    when (select ql.my_role()) = 'enterprise'
                    then audience = 'public' and (enterprise_id is null or enterprise_id = (select ql.my_enterprise()))
                         and moved_to is null and ql.words_are_out(case_id, version)
                    else false end);
alter policy people on ql.journal
    using (exists (select from ql.case_access a where a.case_id = journal.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and case when (select ql.is_staff())
                    then audience in ('public', 'parties') or (audience = 'unit' and unit_id = (select ql.my_unit()))
                         or (audience = 'sealed' and ql.is_reader(case_id, version))
                    when (select ql.my_role()) = 'enterprise'
                    then audience = 'public' and (enterprise_id is null or enterprise_id = (select ql.my_enterprise()))
                         and ql.words_are_out(case_id, version)
                    else (select ql.is_auditor()) end);
-- A message is to whom its words are.
alter policy people on ql.messages
    using (exists (select from ql.case_access a where a.case_id = messages.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and ((select ql.is_staff() or ql.is_auditor())
                or exists (select from ql.entries n where n.case_id = messages.case_id and n.version = messages.version offset 0)))
    with check (exists (select from ql.case_access a where a.case_id = messages.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0));
alter policy people on ql.enterprises using ((select ql.is_staff() or ql.is_auditor()) or id = (select ql.my_enterprise()));
alter policy people on ql.coordinators
    using ((select ql.is_staff() or ql.is_auditor() or ql.my_role() = 'administrator') or id = any ((select ql.my_coordinators())::bigint[]));
alter policy people on ql.user_duties using ((select ql.is_staff() or ql.my_role() in ('security', 'auditor')));

-- --- the outer zone ---
grant select on ql.reference_version, ql.units, ql.calendars, ql.calendar_slots, ql.calendar_days, ql.holidays, ql.holiday_years, ql.unit_calendars, ql.skills,
    ql.languages, ql.categories, ql.channel_codes, ql.watch_rules, ql.credit_classes, ql.measures, ql.policies, ql.parameters to ql_gateway_public;
grant select, update on ql.cases, ql.case_parties, ql.clocks, ql.clock_segments to ql_gateway_public;
grant select on ql.case_access, ql.case_enterprises, ql.case_references, ql.clock_fires, ql.enterprises, ql.enterprise_classes to ql_gateway_public;
grant select, insert on ql.case_aliases, ql.entries, ql.messages, ql.attachments, ql.journal, ql.clock_ledger to ql_gateway_public;
grant select, insert, update (request, at, status, etag, body) on ql.kept_answers to ql_gateway_public;
grant insert on ql.clocks, ql.clock_segments to ql_gateway_public;
grant update (open_weight, last_assigned_at) on ql.coordinators to ql_gateway_public; -- a case that ends gives its weight back
grant select (id, name, open_weight, last_assigned_at) on ql.coordinators to ql_gateway_public;
-- A case that is reopened past the window is a new one.
grant select, insert, update on ql.case_serials to ql_gateway_public;
grant insert on ql.cases, ql.case_access, ql.case_parties, ql.case_links, ql.search_terms to ql_gateway_public;
grant insert (case_id, enterprise_id, role, since) on ql.case_enterprises to ql_gateway_public; -- what came with a merge is the inner zone's
grant insert (case_id, type, value, given, fault) on ql.case_references to ql_gateway_public;
grant select on ql.case_followers to ql_gateway_public;
grant select (id, unit_id, enterprise_id, scope, url, events, description, old_until, state, state_why, quiet_until, failing_since, created_by, created_at)
    on ql.webhooks to ql_gateway_public;
grant insert (unit_id, enterprise_id, url, events, description, secret, created_by), update (state, state_why, quiet_until, failing_since)
    on ql.webhooks to ql_gateway_public;
grant select, update (state, attempts, replays, due_at, settled_at, failure) on ql.webhook_deliveries to ql_gateway_public;
grant select, insert, update on ql.notice_settings to ql_gateway_public;
-- Read, and written to, by the statements that both gateways share; with row security and no policy these are empty and stay so.
grant insert on ql.entry_reads to ql_gateway_public;
grant select on ql.case_people, ql.notices, ql.meetings, ql.tasks, ql.visits, ql.case_proposals, ql.risk_words to ql_gateway_public;
grant select (state) on ql.quarantine to ql_gateway_public;
grant select (id, name) on ql.users to ql_gateway_public;
grant execute on function ql.officer_name(bigint, bigint), ql.case_scopes(bigint[]), ql.forget_answers(), ql.attachments_so_far(bigint, bigint),
    ql.words_are_out(bigint, integer), ql.opened_now(bigint), ql.case_person_copy(bigint, bigint), ql.case_follow(bigint, boolean), ql.has_duty(text, integer),
    ql.search(text[], boolean, text[], text, text, bigint, bigint, integer, boolean, integer, boolean, bigint, integer), ql.search_add(json), ql.search_move(json),
    ql.webhook_rotate(bigint, text, interval) to ql_gateway_public;

-- Words that may not go out are a work secret themselves: the outer zone checks no officer's words.
alter table ql.risk_words enable row level security;
create policy services on ql.risk_words for select to ql_intake, ql_dispatch, ql_clock, ql_notify, ql_gateway, ql_operator using (true);

-- stream: the river of the public gateway, which encodes for all enterprises at once.
do $$
declare
    name text;
    visible constant text := 'exists (select from ql.case_access a where a.case_id = %1$I.%2$I offset 0)';
begin
    foreach name in array array['case_aliases', 'case_parties', 'case_references', 'clocks', 'cases'] loop
        execute format('create policy enterprises on ql.%1$I for select to ql_gateway_public using (' || visible || ')',
                       name, case name when 'cases' then 'id' else 'case_id' end);
    end loop;
    foreach name in array array['cases', 'case_parties', 'clocks'] loop
        execute format('create policy enterprises_change on ql.%1$I for update to ql_gateway_public using (' || visible || ')',
                       name, case name when 'cases' then 'id' else 'case_id' end);
    end loop;
    foreach name in array array['clock_segments', 'clock_fires'] loop
        execute format('create policy enterprises on ql.%I to ql_gateway_public'
                       ' using (exists (select from ql.clocks k where k.case_id = %1$I.case_id and k.seq = %1$I.clock_seq offset 0))', name);
    end loop;
    foreach name in array array['entries', 'attachments', 'journal'] loop
        execute format('create policy enterprises on ql.%1$I for select to ql_gateway_public using (' || visible ||
                       ' and audience = ''public'' and (enterprise_id is null or enterprise_id = (select ql.my_enterprise())) and %3$s)', name, 'case_id',
                       case name when 'entries' then 'moved_to is null and ' else '' end || 'ql.words_are_out(case_id, version)');
    end loop;
    foreach name in array array['entries', 'attachments', 'journal', 'messages', 'clocks'] loop
        execute format('create policy enterprises_add on ql.%1$I for insert to ql_gateway_public with check (' || visible || ')', name, 'case_id');
    end loop;
    foreach name in array array['case_access', 'case_aliases', 'case_enterprises', 'case_parties', 'case_references', 'case_links', 'entries', 'journal', 'clocks',
                                'search_terms'] loop
        execute format('create policy enterprises_open on ql.%I for insert to ql_gateway_public with check (ql.opened_now(case_id))', name);
    end loop;
end
$$;
create policy enterprises_open on ql.cases for insert to ql_gateway_public with check (opened_at = now() and (select ql.my_role()) = 'enterprise');
create policy enterprises_add on ql.case_links for insert to ql_gateway_public
    with check (ql.opened_now(other_id) and exists (select from ql.case_access a where a.case_id = case_links.case_id offset 0));
create policy enterprises on ql.messages for select to ql_gateway_public
    using (exists (select from ql.entries n where n.case_id = messages.case_id and n.version = messages.version offset 0));
create policy enterprises on ql.case_enterprises for select to ql_gateway_public
    using (enterprise_id = (select ql.my_enterprise()) and exists (select from ql.case_access a where a.case_id = case_enterprises.case_id offset 0));
create policy enterprises on ql.case_access for select to ql_gateway_public
    using (scope < 0 and (scope = any ((select ql.my_scopes())::bigint[]) and (not (select ql.am_broker()) or ql.is_authorised(case_id, (select ql.my_enterprise())))
                          or (select ql.my_role()) = 'stream'));
create policy enterprises on ql.enterprises for select to ql_gateway_public using (id = (select ql.my_enterprise()) or (select ql.my_role()) = 'stream');
create policy enterprises on ql.coordinators to ql_gateway_public using (id = any ((select ql.my_coordinators())::bigint[]));
create policy enterprises on ql.kept_answers to ql_gateway_public using (user_id = (select ql.my_user())) with check (user_id = (select ql.my_user()));
create policy enterprises on ql.clock_ledger for select to ql_gateway_public
    using (exists (select from ql.clocks k where k.case_id = clock_ledger.case_id and k.seq = clock_ledger.clock_seq offset 0)
           and (kind <> 'extension' or state = 'granted') and ql.words_are_out(case_id, coalesce(settled_version, version)));
create policy enterprises_add on ql.clock_ledger for insert to ql_gateway_public
    with check (kind = 'contest' and state = 'asked' and actor_kind = 'enterprise' and actor_id = (select ql.my_enterprise())
                and exists (select from ql.clocks k where k.case_id = clock_ledger.case_id and k.seq = clock_ledger.clock_seq offset 0));
create policy enterprises on ql.case_followers for select to ql_gateway_public using (user_id = (select ql.my_user())
    and exists (select from ql.case_access a where a.case_id = case_followers.case_id offset 0));
create policy enterprises on ql.webhooks to ql_gateway_public using ((select ql.my_role()) = 'enterprise' and enterprise_id = (select ql.my_enterprise()));
create policy enterprises on ql.webhook_deliveries to ql_gateway_public
    using (exists (select from ql.webhooks w where w.id = webhook_deliveries.webhook_id offset 0));
create policy enterprises on ql.notice_settings to ql_gateway_public using (user_id = (select ql.my_user()));

-- Officers are named to whoever may see the case; the river of the outer zone names those of cases that an enterprise is on.
create or replace function ql.officer_name(of_case bigint, officer bigint) returns text language sql stable security definer set search_path = pg_catalog as $$
    select k.name from ql.coordinators k
     where k.id = officer
       and exists (select from ql.case_access a where a.case_id = of_case
                      and (a.scope = any (ql.my_scopes()) or a.scope < 0 and ql.is_outside() and ql.my_role() = 'stream'))
       and (exists (select from ql.cases c where c.id = of_case and officer in (c.coordinator_id, c.first_asked_id))
            or exists (select from ql.case_parties p where p.case_id = of_case and p.coordinator_id = officer)
            or exists (select from ql.journal j where j.case_id = of_case and j.actor_kind = 'coordinator' and j.actor_id = officer))
$$;
-- A broker whose authorisation has ended hears no more of the case; the outer zone hears of no unit.
create or replace function ql.case_scopes(wanted bigint[]) returns table (case_id bigint, scopes bigint[])
language sql stable security definer set search_path = pg_catalog as $$
    select a.case_id, array_agg(a.scope order by a.scope)
      from ql.case_access a
     where a.case_id = any (wanted) and (a.scope < 0 or not ql.is_outside())
       and (a.scope > 0 or not exists (select from ql.enterprises e where e.id = -a.scope and e.is_broker) or ql.is_authorised(a.case_id, -a.scope))
     group by a.case_id
$$;

-- migrate:down
comment on column ql.users.role is null;
do $$
declare
    name text;
begin
    foreach name in array array['cases', 'case_access', 'case_aliases', 'case_parties', 'case_links', 'entries', 'messages', 'journal', 'clocks', 'clock_segments',
                                'meetings', 'tasks', 'visits', 'attachments', 'case_enterprises', 'case_references', 'case_proposals', 'clock_ledger',
                                'search_terms', 'webhooks', 'webhook_deliveries'] loop
        execute format('drop policy writers_add on ql.%I', name);
        execute format('drop policy writers_change on ql.%I', name);
    end loop;
    foreach name in array array['case_aliases', 'case_parties', 'case_references', 'messages', 'clocks', 'cases', 'case_enterprises', 'clock_segments', 'clock_fires',
                                'entries', 'attachments', 'journal', 'case_access', 'enterprises', 'coordinators', 'kept_answers', 'clock_ledger', 'case_followers',
                                'webhooks', 'webhook_deliveries', 'notice_settings'] loop
        execute format('drop policy enterprises on ql.%I', name);
    end loop;
    foreach name in array array['cases', 'case_parties', 'clocks'] loop
        execute format('drop policy enterprises_change on ql.%I', name);
    end loop;
    foreach name in array array['entries', 'attachments', 'journal', 'messages', 'clocks', 'case_links', 'clock_ledger'] loop
        execute format('drop policy enterprises_add on ql.%I', name);
    end loop;
    foreach name in array array['cases', 'case_access', 'case_aliases', 'case_enterprises', 'case_parties', 'case_references', 'case_links', 'entries', 'journal',
                                'clocks', 'search_terms'] loop
        execute format('drop policy enterprises_open on ql.%I', name);
    end loop;
end
$$;
drop policy services on ql.risk_words;
alter table ql.risk_words disable row level security;
create or replace function ql.officer_name(of_case bigint, officer bigint) returns text language sql stable security definer set search_path = pg_catalog as $$
    select k.name from ql.coordinators k
     where k.id = officer
       and exists (select from ql.case_access a where a.case_id = of_case and a.scope = any (ql.my_scopes()))
       and (exists (select from ql.cases c where c.id = of_case and officer in (c.coordinator_id, c.first_asked_id))
            or exists (select from ql.case_parties p where p.case_id = of_case and p.coordinator_id = officer)
            or exists (select from ql.journal j where j.case_id = of_case and j.actor_kind = 'coordinator' and j.actor_id = officer))
$$;
create or replace function ql.case_scopes(wanted bigint[]) returns table (case_id bigint, scopes bigint[])
language sql stable security definer set search_path = pg_catalog as $$
    select a.case_id, array_agg(a.scope order by a.scope) from ql.case_access a where a.case_id = any (wanted) group by a.case_id
$$;
alter policy people on ql.case_access using (scope = any ((select ql.my_scopes())::bigint[]));
alter policy people on ql.case_enterprises
    using (case when (select ql.is_staff())
                then exists (select from ql.case_access a where a.case_id = case_enterprises.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
                else enterprise_id = (select ql.my_enterprise()) end);
alter policy people on ql.entries
    using (exists (select from ql.case_access a where a.case_id = entries.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and case when (select ql.is_staff())
                    then audience in ('public', 'parties') or (audience = 'unit' and unit_id = (select ql.my_unit()))
                         or ql.is_reader(case_id, version)
                    else audience = 'public' and (enterprise_id is null or enterprise_id = (select ql.my_enterprise()))
                         and moved_to is null and ql.words_are_out(case_id, version) end);
alter policy people on ql.journal
    using (exists (select from ql.case_access a where a.case_id = journal.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and case when (select ql.is_staff())
                    then audience in ('public', 'parties') or (audience = 'unit' and unit_id = (select ql.my_unit()))
                         or (audience = 'sealed' and ql.is_reader(case_id, version))
                    else audience = 'public' and (enterprise_id is null or enterprise_id = (select ql.my_enterprise()))
                         and ql.words_are_out(case_id, version) end);
drop policy people on ql.messages; -- a check of its own can't be taken away
create policy people on ql.messages to ql_gateway
    using (exists (select from ql.case_access a where a.case_id = messages.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0));
alter policy people on ql.enterprises using ((select ql.is_staff()) or id = (select ql.my_enterprise()));
alter policy people on ql.coordinators using ((select ql.is_staff()) or id = any ((select ql.my_coordinators())::bigint[]));
alter policy people on ql.user_duties using ((select ql.is_staff()));
revoke all on all tables in schema ql from ql_gateway_public;
revoke all on function ql.session_open(bigint, bytea, text, timestamptz), ql.session_close(bytea), ql.case_access_follow(bigint[]),
    ql.case_access_leave(bigint[]), ql.officer_name(bigint, bigint), ql.case_scopes(bigint[]), ql.forget_answers(), ql.attachments_so_far(bigint, bigint),
    ql.words_are_out(bigint, integer), ql.opened_now(bigint), ql.case_person_copy(bigint, bigint), ql.case_follow(bigint, boolean), ql.has_duty(text, integer),
    ql.search(text[], boolean, text[], text, text, bigint, bigint, integer, boolean, integer, boolean, bigint, integer), ql.search_add(json), ql.search_move(json),
    ql.webhook_rotate(bigint, text, interval) from ql_gateway_public;
revoke usage on schema ql from ql_gateway_public;

drop function ql.account(text);
create function ql.account(wanted text) returns table (user_id bigint, password_hash text)
language sql stable security definer set search_path = pg_catalog as $$
    select u.id, u.password_hash from ql.users u where u.login = lower(wanted) and u.disabled_at is null;
$$;
create or replace function ql.session_open(who bigint, token bytea, csrf text, until timestamptz) returns void
language sql security definer set search_path = pg_catalog as $$
    delete from ql.sessions where expires_at < now();
    insert into ql.sessions (token_hash, user_id, csrf, expires_at) values (token, who, csrf, until);
$$;
drop function ql.enter(bytea);
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
revoke all on function ql.enter(bytea), ql.account(text) from public;
grant execute on function ql.enter(bytea), ql.account(text) to ql_gateway;
drop function ql.is_outside(), ql.am_broker(), ql.is_authorised(bigint, bigint), ql.stands_for_another(bigint, bigint),
              ql.may_write(), ql.is_auditor();
create or replace function ql.is_staff() returns boolean language sql stable as
    $$ select ql.my_role() in ('coordinator', 'supervisor') $$;
drop trigger holder on ql.user_duties;
drop function ql.duty_holder();
drop index ql.users_separation;
-- Whoever has a role that the schema then does not know keeps an account, and no way in.
update ql.users set disabled_at = coalesce(disabled_at, now()), role = 'supervisor' where role not in ('supervisor', 'coordinator', 'enterprise');
alter table ql.users
    drop constraint users_person,
    drop column person,
    drop constraint users_role_check,
    add constraint users_role_check check (role in ('supervisor', 'coordinator', 'enterprise'));
