-- Sessions that their owner can see and end, a limit for those that nobody uses, and the record of what happened to accounts.

-- migrate:up
alter table ql.sessions
    add column id bigint generated always as identity unique,
    add column used_at timestamptz not null default now(), -- to the minute
    add column idle interval, -- unused for longer it is over; null: no limit
    add column address text,
    add column device text; -- what the browser says of itself
create index sessions_user on ql.sessions (user_id);

create table ql.audit ( -- what people did to accounts and to what is kept; cases have their journal
    id       bigint generated always as identity primary key,
    at       timestamptz not null default now(),
    event    text not null check (event ~ '^[a-z_]+$'),
    user_id  bigint references ql.users, -- who; null: nobody who is signed in
    about_id bigint references ql.users, -- whose account
    address  text,
    data     json not null default '{}'
);
create index audit_at on ql.audit (at);
comment on table ql.audit is 'Append-only. Rows younger than 180 days cannot be deleted by anyone.';

create function ql.audit_kept() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and old.at < now() - interval '180 days' then
        return old;
    end if;
    raise exception 'ql.audit is append-only, and kept for at least 180 days' using errcode = 'insufficient_privilege';
end
$$;
create trigger append_only before update or delete on ql.audit for each row execute function ql.audit_kept();
create trigger append_only_whole before truncate on ql.audit for each statement execute function ql.append_only();

grant select on ql.audit to ql_gateway, ql_operator;
alter table ql.audit enable row level security;
create policy services on ql.audit to ql_operator using (true);

create function ql.audit_write(what text, about bigint, address text, data json) returns void
language sql security definer set search_path = pg_catalog as $$
    insert into ql.audit (event, user_id, about_id, address, data) values (what, ql.my_user(), about, address, coalesce(data, '{}'));
$$;

-- The accounts of a unit and of those below it: people by their unit, enterprises by their home office.
create function ql.account_is_mine(account bigint) returns boolean language sql stable security definer set search_path = pg_catalog as $$
    select exists (select from ql.users u left join ql.enterprises e on e.id = u.enterprise_id
                     join ql.units n on n.id = coalesce(u.unit_id, e.home_unit_id, (select r.id from ql.units r where r.parent_id is null and r.kind = 'hq'))
                    where u.id = account and ql.my_unit() = any (n.ancestors))
$$;
create policy people on ql.audit for select to ql_gateway
    using ((select ql.my_role()) in ('security', 'auditor') and (ql.account_is_mine(about_id) or ql.account_is_mine(user_id)));

-- touch false: asked on behalf of a page that merely stands open.
drop function ql.enter(bytea);
create function ql.enter(token bytea, touch boolean default true) returns table (
    user_id bigint, login text, name text, role text, language text, unit_id integer, unit_code text, coordinator_id bigint,
    enterprise_id bigint, csrf text, expires_at timestamptz, duties text, address text)
language plpgsql security definer set search_path = pg_catalog as $$
declare
    who record;
begin
    select u.id, u.login, u.name, u.role, u.language, u.unit_id, n.code as unit_code, u.coordinator_id, u.enterprise_id, s.csrf, s.expires_at,
           s.id as session_id, s.used_at, s.address
      into who
      from ql.sessions s
      join ql.users u on u.id = s.user_id
      left join ql.units n on n.id = u.unit_id
     where s.token_hash = token and s.expires_at > now() and (s.idle is null or s.used_at + s.idle > now()) and u.disabled_at is null
       and (u.role = 'enterprise' or not ql.is_outside());
    if not found then
        perform set_config('ql.scopes', '{}', true), set_config('ql.role', '', true);
        return;
    end if;
    if touch and who.used_at < now() - interval '1 minute' then -- whoever is at it already does it for both
        update ql.sessions s set used_at = now()
         where s.id in (select x.id from ql.sessions x where x.id = who.session_id for update skip locked);
    end if;
    -- Whoever has no business with cases has no scope in which to find one.
    perform set_config('ql.scopes', case when who.role = 'enterprise' then format('{%s}', -who.enterprise_id)
                                         when who.role in ('administrator', 'security', 'kiosk') then '{}'
                                         else format('{%s}', who.unit_id) end, true),
            set_config('ql.role', who.role, true),
            set_config('ql.user_id', who.id::text, true),
            set_config('ql.session_id', who.session_id::text, true),
            set_config('ql.unit_id', coalesce(who.unit_id::text, ''), true),
            set_config('ql.enterprise_id', coalesce(who.enterprise_id::text, ''), true);
    return query select who.id, who.login, who.name, who.role, who.language, who.unit_id, who.unit_code, who.coordinator_id, who.enterprise_id,
                        who.csrf, who.expires_at,
                        (select string_agg(distinct d.duty, ',') from ql.user_duties d
                          where d.user_id = who.id
                            and (now() at time zone 'Asia/Shanghai')::date between d.valid_from and coalesce(d.valid_to, 'infinity')),
                        who.address;
end
$$;

-- A display stays signed in, on one screen: a new sign-in of a kiosk ends the one before.
drop function ql.session_open(bigint, bytea, text, timestamptz);
create function ql.session_open(who bigint, token bytea, csrf text, until timestamptz, address text, device text) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
    account record;
    minutes jsonb := (select p.value from ql.parameters p where p.key = 'security.idle_minutes');
    idle_minutes integer;
begin
    delete from ql.sessions s where s.expires_at < now() or s.used_at + s.idle < now();
    select u.id, u.role into account from ql.users u where u.id = who and u.disabled_at is null and (u.role = 'enterprise' or not ql.is_outside());
    if not found then
        return;
    end if;
    if account.role = 'kiosk' then
        delete from ql.sessions s where s.user_id = who;
    end if;
    idle_minutes := nullif(coalesce((minutes ->> account.role)::integer, 0), 0);
    insert into ql.sessions (token_hash, user_id, csrf, expires_at, idle, address, device)
    values (token, who, csrf, case when account.role = 'kiosk' then now() + interval '10 years' else until end,
            case when account.role <> 'kiosk' then make_interval(mins => idle_minutes) end, address, device);
    insert into ql.audit (event, user_id, about_id, address) values ('signed_in', who, who, address);
end
$$;
create or replace function ql.session_close(token bytea) returns void language sql security definer set search_path = pg_catalog as $$
    with gone as (delete from ql.sessions s where s.token_hash = token returning s.user_id, s.address)
    insert into ql.audit (event, user_id, about_id, address) select 'signed_out', user_id, user_id, address from gone;
$$;
create function ql.sign_in_refused(account bigint, address text, why text) returns void language sql security definer set search_path = pg_catalog as $$
    insert into ql.audit (event, about_id, address, data)
    select 'sign_in_refused', u.id, address, json_build_object('why', why) from ql.users u where u.id = account;
$$;

-- Sessions: everybody's own; those of the accounts in one's charge for the security administrator.
create function ql.may_end_session(of_user bigint) returns boolean language sql stable security definer set search_path = pg_catalog as $$
    select ql.my_user() = of_user or (ql.my_role() = 'security' and ql.account_is_mine(of_user))
$$;
create function ql.sessions_list(whose bigint, after bigint, most integer) returns table (id bigint, item json)
language sql stable security definer set search_path = pg_catalog as $$
    select s.id, json_build_object('id', s.id, 'user', json_build_object('id', u.id, 'login', u.login, 'name', u.name, 'role', u.role),
                                   'opened_at', s.created_at, 'used_at', s.used_at, 'expires_at', s.expires_at, 'address', s.address, 'device', s.device,
                                   'current', s.id = nullif(current_setting('ql.session_id', true), '')::bigint)
      from ql.sessions s join ql.users u on u.id = s.user_id
     where s.id > after and (whose = 0 or s.user_id = whose) and s.expires_at > now() and (s.idle is null or s.used_at + s.idle > now())
       and ql.may_end_session(s.user_id)
     order by s.id limit most
$$;
-- What ended, so that live streams end too. session 0: all of the account, but keep.
create function ql.sessions_end(session bigint, whose bigint, keep_current boolean) returns setof bytea
language sql security definer set search_path = pg_catalog as $$
    with gone as (
        delete from ql.sessions s
         where (s.id = session or (session = 0 and s.user_id = whose))
           and not (keep_current and s.id = nullif(current_setting('ql.session_id', true), '')::bigint)
           and ql.may_end_session(s.user_id)
        returning s.token_hash, s.user_id, s.address),
    told as (insert into ql.audit (event, user_id, about_id, address) select 'session_ended', ql.my_user(), user_id, address from gone)
    select token_hash from gone
$$;
create function ql.password_of_mine() returns text language sql stable security definer set search_path = pg_catalog as
    $$ select u.password_hash from ql.users u where u.id = ql.my_user() $$;
create function ql.password_change(hash text) returns void language sql security definer set search_path = pg_catalog as $$
    update ql.users set password_hash = hash where id = ql.my_user();
    select ql.audit_write('password_changed', ql.my_user(), null, null);
$$;

-- Accounts and duties, for the security administrator.
create function ql.accounts_list(after bigint, most integer) returns table (id bigint, item json)
language sql stable security definer set search_path = pg_catalog as $$
    select u.id, json_build_object('id', u.id, 'login', u.login, 'name', u.name, 'role', u.role, 'unit', n.code, 'enterprise', e.name, 'person', u.person,
                                   'disabled_at', u.disabled_at, 'sessions', (select count(*) from ql.sessions s where s.user_id = u.id and s.expires_at > now()),
                                   'duties', (select coalesce(json_agg(json_build_object('duty', d.duty, 'unit', w.code, 'valid_from', d.valid_from, 'valid_to', d.valid_to)
                                                                       order by d.duty, w.code, d.valid_from), '[]')
                                                from ql.user_duties d join ql.units w on w.id = d.unit_id where d.user_id = u.id))
      from ql.users u left join ql.units n on n.id = u.unit_id left join ql.enterprises e on e.id = u.enterprise_id
     where u.id > after and ql.my_role() = 'security' and ql.account_is_mine(u.id)
     order by u.id limit most
$$;
-- A security administrator switches no account of an equal, nor the own one.
create function ql.account_switch(account bigint, enable boolean) returns setof bytea
language sql security definer set search_path = pg_catalog as $$
    with switched as (
        update ql.users u set disabled_at = case when not enable then coalesce(u.disabled_at, now()) end
         where u.id = account and ql.my_role() = 'security' and u.role <> 'security' and ql.account_is_mine(u.id)
        returning u.id),
    told as (insert into ql.audit (event, user_id, about_id) select case when enable then 'account_enabled' else 'account_disabled' end, ql.my_user(), id from switched),
    gone as (delete from ql.sessions s using switched w where s.user_id = w.id and not enable returning s.token_hash)
    select '\x'::bytea from switched union all select token_hash from gone
$$;
create function ql.duty_give(account bigint, wanted text, unit text, first date, last date) returns boolean
language sql security definer set search_path = pg_catalog as $$
    with given as (
        insert into ql.user_duties (user_id, duty, unit_id, valid_from, valid_to)
        select u.id, wanted, n.id, first, last from ql.users u join ql.units n on n.code = unit
         where u.id = account and ql.my_role() = 'security' and ql.account_is_mine(u.id) and ql.my_unit() = any (n.ancestors)
        on conflict (user_id, duty, unit_id, valid_from) do update set valid_to = excluded.valid_to
        returning user_id),
    told as (insert into ql.audit (event, user_id, about_id, data)
             select 'duty_given', ql.my_user(), user_id, json_build_object('duty', wanted, 'unit', unit, 'valid_from', first, 'valid_to', last) from given)
    select exists (select from given)
$$;
revoke all on function ql.audit_write(text, bigint, text, json), ql.account_is_mine(bigint), ql.enter(bytea, boolean), ql.session_open(bigint, bytea, text, timestamptz, text, text),
    ql.sign_in_refused(bigint, text, text), ql.may_end_session(bigint), ql.sessions_list(bigint, bigint, integer), ql.sessions_end(bigint, bigint, boolean),
    ql.password_of_mine(), ql.password_change(text), ql.accounts_list(bigint, integer), ql.account_switch(bigint, boolean),
    ql.duty_give(bigint, text, text, date, date) from public;
grant execute on function ql.account_is_mine(bigint), ql.enter(bytea, boolean), ql.session_open(bigint, bytea, text, timestamptz, text, text),
    ql.sign_in_refused(bigint, text, text), ql.sessions_list(bigint, bigint, integer), ql.sessions_end(bigint, bigint, boolean),
    ql.password_of_mine(), ql.password_change(text) to ql_gateway, ql_gateway_public;
grant execute on function ql.accounts_list(bigint, integer), ql.account_switch(bigint, boolean), ql.duty_give(bigint, text, text, date, date) to ql_gateway;

-- migrate:down
drop function ql.duty_give(bigint, text, text, date, date), ql.account_switch(bigint, boolean), ql.accounts_list(bigint, integer), ql.password_change(text),
              ql.password_of_mine(), ql.sessions_end(bigint, bigint, boolean), ql.sessions_list(bigint, bigint, integer), ql.may_end_session(bigint),
              ql.sign_in_refused(bigint, text, text), ql.session_open(bigint, bytea, text, timestamptz, text, text), ql.enter(bytea, boolean),
              ql.audit_write(text, bigint, text, json);
create or replace function ql.session_close(token bytea) returns void language sql security definer set search_path = pg_catalog as $$
    delete from ql.sessions where token_hash = token;
$$;
create function ql.session_open(who bigint, token bytea, csrf text, until timestamptz) returns void
language sql security definer set search_path = pg_catalog as $$
    delete from ql.sessions where expires_at < now();
    insert into ql.sessions (token_hash, user_id, csrf, expires_at)
    select token, u.id, csrf, until from ql.users u where u.id = who and (u.role = 'enterprise' or not ql.is_outside());
$$;
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
revoke all on function ql.enter(bytea), ql.session_open(bigint, bytea, text, timestamptz) from public;
grant execute on function ql.enter(bytea), ql.session_open(bigint, bytea, text, timestamptz) to ql_gateway, ql_gateway_public;
drop table ql.audit;
drop function ql.audit_kept(), ql.account_is_mine(bigint);
drop index ql.sessions_user;
alter table ql.sessions drop column id, drop column used_at, drop column idle, drop column address, drop column device;
