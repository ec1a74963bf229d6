-- Words travel: an officer's public words can be taken back for some seconds, and what they promise or ask counts from their
-- arrival. Until then nobody outside customs sees them. Sealed words have named readers, and each reading is kept.

-- migrate:up
alter table ql.messages drop constraint messages_state_check;
alter table ql.messages add constraint messages_state_check
    check (state in ('queued', 'sent', 'delivered', 'failed', 'window_closed', 'withdrawn'));
alter table ql.messages
    add column action     text,                   -- of the lifecycle, that made it: 'ask', 'answer', 'reply' ...
    add column made_at    timestamptz,            -- when it was written; the clocks it met ended then
    add column held_until timestamptz,            -- can be taken back until then; null: went out at once
    add column arrives    boolean not null default false, -- spoken, or on the portal's own page: delivered as soon as it is out
    add column before     text,                   -- state of the case before it; null: it moved no state
    add column met        integer not null default 0;     -- clocks that it met, one bit a kind
comment on column ql.messages.due_at is 'when to send it, or send it again; never before held_until';
create index messages_arriving on ql.messages (due_at, case_id, version, seq) where state = 'queued' and arrives;

alter table ql.cases
    add column held_state text,           -- what outsiders are shown instead of the state, until held_until
    add column held_until timestamptz,
    add column awaited_version integer,   -- of the question or answer whose delivery matters now
    add column announced_at timestamptz,  -- when the enterprise was told that silence closes it
    add column pressed_at timestamptz;    -- when the enterprise last pressed on

-- Whether words of a case are still held back, or were taken back, from people outside.
create function ql.words_are_out(of_case bigint, of_version integer) returns boolean
language sql stable security definer set search_path = pg_catalog as $$
    select not exists (select from ql.messages m where m.case_id = of_case and m.version = of_version
                          and (m.state = 'withdrawn' or (m.state = 'queued' and m.held_until > now())))
$$;
-- Of sealed words, whether the person of this transaction is a named reader.
create function ql.is_reader(of_case bigint, of_version integer) returns boolean
language sql stable security definer set search_path = pg_catalog as $$
    select exists (select from ql.entry_readers r where r.case_id = of_case and r.version = of_version and r.user_id = ql.my_user())
$$;
revoke all on function ql.words_are_out(bigint, integer), ql.is_reader(bigint, integer) from public;
grant execute on function ql.words_are_out(bigint, integer), ql.is_reader(bigint, integer) to ql_gateway;

create table ql.entry_reads ( -- each reading of sealed words. Not in the case's journal: to read must not make a colleague's view stale
    case_id bigint not null, version integer not null,
    user_id bigint not null references ql.users,
    at      timestamptz not null default now(),
    trace   text,
    foreign key (case_id, version) references ql.entries
);
create index entry_reads_of on ql.entry_reads (case_id, version, at);
create trigger append_only before update or delete on ql.entry_reads for each row execute function ql.append_only();
create trigger append_only_whole before truncate on ql.entry_reads for each statement execute function ql.append_only();
alter table ql.entry_reads enable row level security;
create policy services on ql.entry_reads to ql_operator using (true);
create policy people on ql.entry_reads for insert to ql_gateway with check (user_id = (select ql.my_user()));
grant insert on ql.entry_reads to ql_gateway;
grant select on ql.entry_reads to ql_operator;

-- Writing is checked by who one is, not by whether one may read it back: the readers of sealed words are rows behind them.
alter policy people on ql.entries
    using (exists (select from ql.case_access a where a.case_id = entries.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and case when (select ql.is_staff())
                    then audience in ('public', 'parties') or (audience = 'unit' and unit_id = (select ql.my_unit()))
                         or ql.is_reader(case_id, version)
                    else audience = 'public' and (enterprise_id is null or enterprise_id = (select ql.my_enterprise()))
                         and ql.words_are_out(case_id, version) end)
    with check (exists (select from ql.case_access a where a.case_id = entries.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and ((select ql.is_staff()) or (audience = 'public' and enterprise_id = (select ql.my_enterprise()))));
alter policy people on ql.journal
    using (exists (select from ql.case_access a where a.case_id = journal.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and case when (select ql.is_staff())
                    then audience in ('public', 'parties') or (audience = 'unit' and unit_id = (select ql.my_unit()))
                         or (audience = 'sealed' and ql.is_reader(case_id, version))
                    else audience = 'public' and (enterprise_id is null or enterprise_id = (select ql.my_enterprise()))
                         and ql.words_are_out(case_id, version) end)
    with check (exists (select from ql.case_access a where a.case_id = journal.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and ((select ql.is_staff()) or audience in ('public', 'parties')));
create policy sealing on ql.entry_readers for insert to ql_gateway with check ((select ql.is_staff())
    and exists (select from ql.case_access a where a.case_id = entry_readers.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0));
grant insert on ql.entry_readers to ql_gateway;
grant insert on ql.entry_readers to ql_intake, ql_dispatch, ql_clock; -- casebook's statements are the same for everyone
grant update (state, attempts, due_at, settled_at, failure) on ql.messages to ql_gateway;

-- migrate:down
revoke update (state, attempts, due_at, settled_at, failure) on ql.messages from ql_gateway;
revoke insert on ql.entry_readers from ql_gateway, ql_intake, ql_dispatch, ql_clock;
drop policy sealing on ql.entry_readers;
drop policy people on ql.journal;
create policy people on ql.journal to ql_gateway
    using (exists (select from ql.case_access a where a.case_id = journal.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and case when (select ql.is_staff())
                    then audience in ('public', 'parties') or (audience = 'unit' and unit_id = (select ql.my_unit()))
                    else audience = 'public' and (enterprise_id is null or enterprise_id = (select ql.my_enterprise())) end);
drop policy people on ql.entries;
create policy people on ql.entries to ql_gateway
    using (exists (select from ql.case_access a where a.case_id = entries.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and case when (select ql.is_staff())
                    then audience in ('public', 'parties') or (audience = 'unit' and unit_id = (select ql.my_unit()))
                         or exists (select from ql.entry_readers r where r.case_id = entries.case_id and r.version = entries.version and r.user_id = (select ql.my_user()) offset 0)
                    else audience = 'public' and (enterprise_id is null or enterprise_id = (select ql.my_enterprise())) end);
drop table ql.entry_reads;
drop function ql.words_are_out(bigint, integer), ql.is_reader(bigint, integer);
-- What the schema before does not know is told in its words: taken back is failed.
alter table ql.cases drop column held_state, drop column held_until, drop column awaited_version, drop column announced_at, drop column pressed_at;
drop index ql.messages_arriving;
comment on column ql.messages.due_at is null;
alter table ql.messages drop column action, drop column made_at, drop column held_until, drop column arrives, drop column before, drop column met;
update ql.messages set state = 'failed' where state = 'withdrawn';
alter table ql.messages drop constraint messages_state_check;
alter table ql.messages add constraint messages_state_check check (state in ('queued', 'sent', 'delivered', 'failed', 'window_closed'));
