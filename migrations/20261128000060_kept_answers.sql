-- Answers to requests that carried an Idempotency-Key: kept in the transaction of what they answer, so that the same request,
-- sent again because its answer was lost, is answered the same and done once.

-- migrate:up
create table ql.kept_answers (
    user_id bigint not null references ql.users,
    key     text not null check (length(key) between 1 and 80),
    request bytea not null check (length(request) = 32), -- sha256 of method, path, arguments, condition and body
    at      timestamptz not null default now(),
    status  smallint, -- null: only while its transaction runs
    etag    text,
    body    text,
    primary key (user_id, key)
);
create index kept_answers_at on ql.kept_answers (at);
comment on table ql.kept_answers is 'kept for 24 hours; each new one clears away a few old ones';

-- A few at a time, whoever they belong to: a table that is written to is cleared as fast as it grows.
create function ql.forget_answers() returns void language sql security definer set search_path = pg_catalog as $$
    delete from ql.kept_answers a using (
        select k.user_id, k.key from ql.kept_answers k where k.at < now() - interval '24 hours' order by k.at limit 10 for update skip locked) old
     where a.user_id = old.user_id and a.key = old.key
$$;
revoke all on function ql.forget_answers() from public;
grant execute on function ql.forget_answers() to ql_gateway;
grant select, insert, update (request, at, status, etag, body) on ql.kept_answers to ql_gateway;
alter table ql.kept_answers enable row level security;
create policy people on ql.kept_answers to ql_gateway using (user_id = (select ql.my_user())) with check (user_id = (select ql.my_user()));

-- migrate:down
drop function ql.forget_answers();
drop table ql.kept_answers;
