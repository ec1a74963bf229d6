-- The second factor of local accounts: a time-based code (RFC 6238) or one of ten recovery codes. No role reads these tables;
-- the gateway asks functions.

-- migrate:up
create table ql.user_factors (
    user_id      bigint primary key references ql.users,
    secret       bytea not null check (length(secret) = 20),
    confirmed_at timestamptz, -- null: a code has not been shown yet, the factor is not in force
    last_step    bigint not null default 0 -- of 30 seconds: a code of this step or an earlier one is a replay
);
create table ql.recovery_codes (
    user_id bigint not null references ql.user_factors on delete cascade,
    hash    bytea not null check (length(hash) = 32),
    used_at timestamptz,
    primary key (user_id, hash)
);
alter table ql.user_factors enable row level security;
alter table ql.recovery_codes enable row level security;

create function ql.factor_of(account bigint) returns table (secret bytea, last_step bigint)
language sql stable security definer set search_path = pg_catalog as $$
    select f.secret, f.last_step from ql.user_factors f join ql.users u on u.id = f.user_id
     where f.user_id = account and f.confirmed_at is not null and (u.role = 'enterprise' or not ql.is_outside())
$$;
-- Once for each step: of two requests with one code one comes too late.
create function ql.factor_use(account bigint, step bigint) returns boolean language sql security definer set search_path = pg_catalog as $$
    with used as (update ql.user_factors f set last_step = step where f.user_id = account and f.last_step < step returning 1)
    select exists (select from used)
$$;
create function ql.recovery_use(account bigint, code bytea) returns boolean language sql security definer set search_path = pg_catalog as $$
    with used as (update ql.recovery_codes r set used_at = now() where r.user_id = account and r.hash = code and r.used_at is null returning r.user_id),
    told as (insert into ql.audit (event, about_id) select 'recovery_used', user_id from used)
    select exists (select from used)
$$;
create function ql.factor_required(of_role text) returns boolean language sql stable security definer set search_path = pg_catalog as $$
    select coalesce((select p.value ? of_role from ql.parameters p where p.key = 'security.second_factor_roles'), false)
$$;
-- Whether whoever has entered must first get a second factor.
create function ql.must_enrol() returns boolean language sql stable security definer set search_path = pg_catalog as $$
    select ql.factor_required(ql.my_role())
           and not exists (select from ql.user_factors f where f.user_id = ql.my_user() and f.confirmed_at is not null)
$$;
create function ql.factor_state() returns table (confirmed boolean, required boolean, recovery_left integer, secret bytea, last_step bigint)
language sql stable security definer set search_path = pg_catalog as $$
    select f.confirmed_at is not null, ql.factor_required(ql.my_role()),
           (select count(*)::integer from ql.recovery_codes r where r.user_id = ql.my_user() and r.used_at is null), f.secret, coalesce(f.last_step, 0)
      from (select 1) one left join ql.user_factors f on f.user_id = ql.my_user()
$$;
create function ql.factor_begin(fresh bytea) returns boolean language sql security definer set search_path = pg_catalog as $$
    with begun as (
        insert into ql.user_factors as f (user_id, secret) values (ql.my_user(), fresh)
        on conflict (user_id) do update set secret = fresh, last_step = 0 where f.confirmed_at is null
        returning 1)
    select exists (select from begun)
$$;
create function ql.factor_confirm(step bigint, codes text[]) returns void language sql security definer set search_path = pg_catalog as $$
    update ql.user_factors f set confirmed_at = now(), last_step = step where f.user_id = ql.my_user();
    delete from ql.recovery_codes r where r.user_id = ql.my_user();
    insert into ql.recovery_codes (user_id, hash) select ql.my_user(), decode(c, 'hex') from unnest(codes) c;
    select ql.audit_write('factor_enrolled', ql.my_user(), null, null);
$$;
create function ql.factor_remove() returns void language sql security definer set search_path = pg_catalog as $$
    delete from ql.user_factors f where f.user_id = ql.my_user();
    select ql.audit_write('factor_removed', ql.my_user(), null, null);
$$;
-- Whoever has lost it goes to the security administrator. All sessions end: who holds the device may sit in one.
create function ql.factor_reset(account bigint) returns setof bytea language sql security definer set search_path = pg_catalog as $$
    with whose as (select u.id from ql.users u where u.id = account and ql.my_role() = 'security' and u.role <> 'security' and ql.account_is_mine(u.id)),
    lost as (delete from ql.user_factors f using whose w where f.user_id = w.id),
    told as (insert into ql.audit (event, user_id, about_id) select 'factor_reset', ql.my_user(), id from whose),
    gone as (delete from ql.sessions s using whose w where s.user_id = w.id returning s.token_hash)
    select '\x'::bytea from whose union all select token_hash from gone
$$;
revoke all on function ql.factor_of(bigint), ql.factor_use(bigint, bigint), ql.recovery_use(bigint, bytea), ql.factor_required(text), ql.must_enrol(), ql.factor_state(),
    ql.factor_begin(bytea), ql.factor_confirm(bigint, text[]), ql.factor_remove(), ql.factor_reset(bigint) from public;
grant execute on function ql.factor_of(bigint), ql.factor_use(bigint, bigint), ql.recovery_use(bigint, bytea), ql.must_enrol(), ql.factor_state(),
    ql.factor_begin(bytea), ql.factor_confirm(bigint, text[]), ql.factor_remove() to ql_gateway, ql_gateway_public;
grant execute on function ql.factor_reset(bigint) to ql_gateway;

-- migrate:down
drop function ql.factor_reset(bigint), ql.factor_remove(), ql.factor_confirm(bigint, text[]), ql.factor_begin(bytea), ql.factor_state(), ql.must_enrol(),
              ql.factor_required(text), ql.recovery_use(bigint, bytea), ql.factor_use(bigint, bigint), ql.factor_of(bigint);
drop table ql.recovery_codes, ql.user_factors;
