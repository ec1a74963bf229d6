-- Signing in at an OpenID provider: accounts by issuer and subject, attempts under way, and how a session was opened.

-- migrate:up
create table ql.user_subjects (
    issuer  text not null,
    subject text not null,
    user_id bigint not null references ql.users,
    primary key (issuer, subject)
);
create table ql.oidc_attempts ( -- each is taken once
    state      bytea primary key, -- sha256: the table is no use to a thief
    nonce      text not null,
    verifier   text not null,
    expires_at timestamptz not null
);
create index oidc_attempts_expiry on ql.oidc_attempts (expires_at);
alter table ql.user_subjects enable row level security;
alter table ql.oidc_attempts enable row level security;
alter table ql.sessions add column way text not null default 'password' check (way in ('password', 'oidc'));

-- Bounded: whoever only begins can't fill the disk.
create function ql.oidc_begin(state bytea, nonce text, verifier text) returns boolean language plpgsql security definer set search_path = pg_catalog as $$
begin
    delete from ql.oidc_attempts a where a.expires_at < now();
    if (select count(*) from ql.oidc_attempts) >= 2000 then
        return false;
    end if;
    insert into ql.oidc_attempts values (state, nonce, verifier, now() + interval '10 minutes');
    return true;
end
$$;
create function ql.oidc_take(wanted bytea) returns table (nonce text, verifier text) language sql security definer set search_path = pg_catalog as $$
    delete from ql.oidc_attempts a where a.state = wanted and a.expires_at > now() returning a.nonce, a.verifier
$$;
create function ql.account_of_subject(of_issuer text, of_subject text) returns table (user_id bigint, role text)
language sql stable security definer set search_path = pg_catalog as $$
    select u.id, u.role from ql.user_subjects s join ql.users u on u.id = s.user_id
     where s.issuer = of_issuer and s.subject = of_subject and u.disabled_at is null and (u.role = 'enterprise' or not ql.is_outside())
$$;
create function ql.session_way(token bytea, opened text) returns void language sql security definer set search_path = pg_catalog as $$
    update ql.sessions s set way = opened where s.token_hash = token
$$;
-- Whoever came by a provider was asked there for what the provider asks.
create or replace function ql.must_enrol() returns boolean language sql stable security definer set search_path = pg_catalog as $$
    select ql.factor_required(ql.my_role())
           and not exists (select from ql.user_factors f where f.user_id = ql.my_user() and f.confirmed_at is not null)
           and not exists (select from ql.sessions s where s.id = nullif(current_setting('ql.session_id', true), '')::bigint and s.way = 'oidc')
$$;
revoke all on function ql.oidc_begin(bytea, text, text), ql.oidc_take(bytea), ql.account_of_subject(text, text), ql.session_way(bytea, text) from public;
grant execute on function ql.oidc_begin(bytea, text, text), ql.oidc_take(bytea), ql.account_of_subject(text, text), ql.session_way(bytea, text)
    to ql_gateway, ql_gateway_public;

-- migrate:down
create or replace function ql.must_enrol() returns boolean language sql stable security definer set search_path = pg_catalog as $$
    select ql.factor_required(ql.my_role())
           and not exists (select from ql.user_factors f where f.user_id = ql.my_user() and f.confirmed_at is not null)
$$;
drop function ql.session_way(bytea, text), ql.account_of_subject(text, text), ql.oidc_take(bytea), ql.oidc_begin(bytea, text, text);
alter table ql.sessions drop column way;
drop table ql.oidc_attempts, ql.user_subjects;
