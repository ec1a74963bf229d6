-- The journal: every change of a case is one row here, in the same transaction. It is also the outbox: relay streams its
-- inserts out of the WAL. Append-only by right and by trigger; hash-chained per case.

-- migrate:up
create table ql.journal (
    case_id    bigint not null references ql.cases,
    version    integer not null check (version >= 1),
    number     text not null,
    event      text not null,
    state      text not null, -- after it
    at         timestamptz not null,
    actor_kind text not null check (actor_kind in ('system', 'coordinator', 'supervisor', 'enterprise', 'operator')),
    actor_id   bigint,
    unit_id    integer,
    audience   text not null default 'parties' check (audience in ('public', 'parties', 'unit', 'sealed')),
    enterprise_id bigint, -- public: whose talk; null: every enterprise on the case
    data       json not null, -- json, not jsonb: the hash covers these very bytes
    trace      text,
    xid        xid8 not null default pg_current_xact_id(),
    prev_hash  bytea not null check (length(prev_hash) = 32),
    hash       bytea not null check (length(hash) = 32),
    primary key (case_id, version)
);
comment on column ql.journal.hash is
    'sha256(prev_hash || canonical text): case_id, version, number, event, state, at in microseconds, actor_kind, actor_id, unit_id, audience, enterprise_id, data joined by U+001F, nulls as empty';
create index journal_xid on ql.journal (xid);
create index journal_at on ql.journal (at);

create function ql.append_only() returns trigger language plpgsql as $$
begin
    raise exception 'ql.% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;
create trigger append_only before update or delete on ql.journal for each row execute function ql.append_only();
create trigger append_only_whole before truncate on ql.journal for each statement execute function ql.append_only();
create trigger append_only before update or delete on ql.roster_journal for each row execute function ql.append_only();
create trigger append_only_whole before truncate on ql.roster_journal for each statement execute function ql.append_only();

create publication ql_journal for table ql.journal, ql.roster_journal with (publish = 'insert');

-- Below published_below every transaction is on case.events; a lost slot is made good from there.
create table ql.relay_positions (
    name            text primary key,
    published_below xid8 not null,
    lsn             pg_lsn,
    updated_at      timestamptz not null default now()
);

-- migrate:down
drop table ql.relay_positions;
drop publication ql_journal;
drop trigger append_only on ql.roster_journal;
drop trigger append_only_whole on ql.roster_journal;
drop table ql.journal;
drop function ql.append_only();
