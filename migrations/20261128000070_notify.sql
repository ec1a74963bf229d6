-- What leaves the house: mail to enterprises and officers, webhooks to systems that others built. Rows first, sending after:
-- whatever is killed when, a row says what is still to be sent.

-- migrate:up
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'ql_notify') then
        create role ql_notify login nosuperuser nocreatedb nocreaterole noinherit;
    end if;
    alter role ql_notify set enable_hashjoin = off; -- as the other services: loops over indexes only
    alter role ql_notify set enable_mergejoin = off;
    alter role ql_notify set jit = off;
end
$$;
grant usage on schema ql to ql_notify;

create table ql.notify_positions ( -- in case.events; moves in the transaction of what the events led to, guarded by the expected value
    cluster     text not null,
    topic       text not null,
    part        integer not null,
    next_offset bigint not null check (next_offset >= 0),
    updated_at  timestamptz not null default now(),
    primary key (cluster, topic, part)
);

-- A message that notify has taken over is not looked at again, however long it waits for a way out.
alter table ql.messages add column taken_at timestamptz;
create index messages_untaken on ql.messages (due_at) where state = 'queued' and taken_at is null and channel not in ('portal', 'hotline', 'counter');

-- --- webhooks ---
create table ql.webhooks (
    id            bigint generated always as identity primary key,
    unit_id       integer references ql.units,      -- sees what the unit sees,
    enterprise_id bigint references ql.enterprises, -- or what the enterprise sees
    scope         bigint not null generated always as (coalesce(unit_id::bigint, -enterprise_id)) stored, -- as in ql.case_access
    url           text not null check (length(url) <= 500),
    events        text[],      -- null: all that its owner may see
    description   text,
    secret        text not null, -- whsec_...; the old one signs too until old_until
    old_secret    text,
    old_until     timestamptz,
    state         text not null default 'active' check (state in ('active', 'disabled', 'removed')),
    state_why     text,
    quiet_until   timestamptz, -- after a failure the whole endpoint rests
    failing_since timestamptz, -- first failure since the last success
    created_by    bigint not null references ql.users,
    created_at    timestamptz not null default now(),
    check ((unit_id is null) <> (enterprise_id is null))
);
create index webhooks_scope on ql.webhooks (scope) where state = 'active';

create table ql.webhook_deliveries ( -- the log of what was sent, and the queue of what will be
    id          bigint generated always as identity primary key,
    webhook_id  bigint not null references ql.webhooks,
    case_id     bigint not null references ql.cases,
    version     integer not null,
    event       text not null,
    body        text not null, -- these very bytes are signed, at each attempt and at each replay
    state       text not null default 'queued' check (state in ('queued', 'sending', 'delivered', 'failed', 'dropped')),
    attempts    integer not null default 0,
    replays     integer not null default 0,
    due_at      timestamptz not null default now(), -- while sending: the end of the lease
    status      integer,     -- of the last HTTP answer
    failure     text,
    created_at  timestamptz not null default now(),
    settled_at  timestamptz,
    unique (webhook_id, case_id, version)
);
create index webhook_deliveries_due on ql.webhook_deliveries (webhook_id, id) where state in ('queued', 'sending');
create index webhook_deliveries_sending on ql.webhook_deliveries (webhook_id) where state = 'sending';
create index webhook_deliveries_order on ql.webhook_deliveries (webhook_id, case_id, id) where state in ('queued', 'sending');
create index webhook_deliveries_log on ql.webhook_deliveries (webhook_id, id desc);
create index webhook_deliveries_old on ql.webhook_deliveries (settled_at) where state in ('delivered', 'dropped');

-- --- notices to people ---
create table ql.notice_settings ( -- who has no row, or no address, gets none
    user_id     bigint primary key references ql.users,
    mail        text check (length(mail) <= 254),
    digest_hour smallint not null default 8 check (digest_hour between 0 and 23), -- Beijing time, on the recipient's working days
    quiet       boolean not null default true,  -- nothing outside working hours unless it is urgent
    ways        jsonb not null default '{}',    -- by kind of notice: now, digest or off
    updated_at  timestamptz not null default now()
);
create index coordinator_pools_duty on ql.coordinator_pools (unit_id) where pool = 'duty';
create index users_coordinator on ql.users (coordinator_id) where coordinator_id is not null;

create sequence ql.mail_ids;
create table ql.mails ( -- every letter that leaves, whatever it carries
    id          bigint primary key default nextval('ql.mail_ids'),
    kind        text not null check (kind in ('message', 'notice', 'digest', 'webhook_disabled')),
    channel     text not null default 'mail',
    token       uuid not null default gen_random_uuid(), -- of the Message-ID: the same at each attempt, so that a letter sent twice is one
    case_id     bigint, version integer, seq smallint,   -- message: which
    user_id     bigint references ql.users,              -- the others: to whom
    webhook_id  bigint references ql.webhooks,
    state       text not null default 'queued' check (state in ('queued', 'held', 'sending', 'sent', 'failed', 'dropped')),
    attempts    integer not null default 0,
    due_at      timestamptz not null default now(), -- while sending: the end of the lease
    failure     text,
    created_at  timestamptz not null default now(),
    settled_at  timestamptz,
    unique (case_id, version, seq),
    foreign key (case_id, version, seq) references ql.messages,
    check ((kind = 'message') = (case_id is not null)),
    check ((kind = 'message') = (user_id is null))
);
alter sequence ql.mail_ids owned by ql.mails.id;
create index mails_due on ql.mails (due_at) where state in ('queued', 'sending');
create index mails_held on ql.mails (channel) where state = 'held';

create table ql.notices_out ( -- told to one person about one case; several of a kind that wait are one
    id         bigint generated always as identity primary key,
    user_id    bigint not null references ql.users,
    kind       text not null check (kind in ('assigned', 'warned', 'breached', 'escalated', 'invited', 'task', 'followed')),
    case_id    bigint not null references ql.cases,
    version    integer not null,
    times      integer not null default 1,
    way        text not null check (way in ('now', 'digest')),
    due_at     timestamptz not null,
    state      text not null default 'queued' check (state in ('queued', 'mailed')),
    mail_id    bigint references ql.mails,
    created_at timestamptz not null default now()
);
create unique index notices_out_waiting on ql.notices_out (user_id, case_id, kind) where state = 'queued';
create index notices_out_due on ql.notices_out (due_at) where state = 'queued';
create index notices_out_told on ql.notices_out (user_id, case_id, kind, version);
create index notices_out_mail on ql.notices_out (mail_id) where mail_id is not null;

-- --- rights: notify reads cases as the other services do, and reports deliveries through casebook ---
grant select on ql.reference_version, ql.units, ql.calendars, ql.calendar_slots, ql.holidays, ql.holiday_years, ql.unit_calendars, ql.skills,
    ql.languages, ql.categories, ql.channel_codes, ql.watch_rules, ql.credit_classes, ql.measures, ql.policies, ql.parameters to ql_notify;
grant select, update on ql.cases, ql.case_access, ql.case_parties, ql.messages, ql.clocks, ql.clock_segments to ql_notify;
grant insert on ql.clocks, ql.clock_segments to ql_notify;
grant select, insert on ql.journal to ql_notify;
grant select on ql.entries, ql.case_enterprises, ql.enterprises, ql.contacts, ql.coordinators, ql.coordinator_pools, ql.shifts, ql.clock_fires to ql_notify;
grant update (open_weight, last_assigned_at) on ql.coordinators to ql_notify;
grant execute on function ql.case_access_follow(bigint[]) to ql_notify;
grant select (id, login, role, language, unit_id, coordinator_id, enterprise_id, disabled_at) on ql.users to ql_notify;
grant select, insert, update on ql.notify_positions, ql.mails, ql.notices_out to ql_notify;
grant select, update (state, state_why, quiet_until, failing_since) on ql.webhooks to ql_notify;
grant select, insert, update on ql.webhook_deliveries to ql_notify;
grant select on ql.notice_settings to ql_notify;
grant usage on sequence ql.mail_ids to ql_notify;

grant select (id, unit_id, enterprise_id, scope, url, events, description, old_until, state, state_why, quiet_until, failing_since, created_by, created_at)
    on ql.webhooks to ql_gateway, ql_operator; -- never the secrets
grant insert (unit_id, enterprise_id, url, events, description, secret, created_by), update (state, state_why, quiet_until, failing_since)
    on ql.webhooks to ql_gateway;
grant select, update (state, attempts, replays, due_at, settled_at, failure) on ql.webhook_deliveries to ql_gateway;
grant select, insert, update on ql.notice_settings to ql_gateway;
grant select on ql.notify_positions, ql.webhook_deliveries, ql.mails, ql.notices_out to ql_operator;
grant select (user_id, digest_hour, quiet, ways, updated_at) on ql.notice_settings to ql_operator;

-- A new secret; the one before it goes on signing for a while. The gateway may write secrets but never read one.
create function ql.webhook_rotate(which bigint, fresh text, keep interval) returns boolean
language sql security definer set search_path = pg_catalog as $$
    update ql.webhooks set old_secret = secret, old_until = now() + keep, secret = fresh
     where id = which and state <> 'removed'
       and case when enterprise_id is not null then ql.my_role() = 'enterprise' and enterprise_id = ql.my_enterprise()
                else ql.my_role() = 'supervisor' and unit_id = ql.my_unit() end
    returning true
$$;
-- What was delivered long ago leaves the log, a bounded number of rows at a time.
create function ql.webhook_prune(older interval, most integer) returns bigint
language sql security definer set search_path = pg_catalog as $$
    with gone as (delete from ql.webhook_deliveries where id in (
        select d.id from ql.webhook_deliveries d where d.state in ('delivered', 'dropped') and d.settled_at < now() - older
         order by d.settled_at limit most) returning 1)
    select count(*) from gone
$$;
revoke all on function ql.webhook_rotate(bigint, text, interval), ql.webhook_prune(interval, integer) from public;
grant execute on function ql.webhook_rotate(bigint, text, interval) to ql_gateway;
grant execute on function ql.webhook_prune(interval, integer) to ql_notify;

do $$
declare
    name text;
begin
    foreach name in array array['cases', 'case_access', 'case_enterprises', 'case_parties', 'entries', 'messages', 'journal', 'clocks', 'clock_segments',
                                'clock_fires', 'enterprises', 'coordinators'] loop
        execute format('create policy notify on ql.%I to ql_notify using (true) with check (true)', name);
    end loop;
    foreach name in array array['webhooks', 'webhook_deliveries', 'notice_settings'] loop
        execute format('alter table ql.%I enable row level security', name);
        execute format('create policy services on ql.%I to ql_notify, ql_operator using (true) with check (true)', name);
    end loop;
end
$$;
create policy people on ql.webhooks to ql_gateway
    using (case when enterprise_id is not null then (select ql.my_role()) = 'enterprise' and enterprise_id = (select ql.my_enterprise())
                else (select ql.my_role()) = 'supervisor' and unit_id = (select ql.my_unit()) end);
create policy people on ql.webhook_deliveries to ql_gateway
    using (exists (select from ql.webhooks w where w.id = webhook_deliveries.webhook_id offset 0));
create policy people on ql.notice_settings to ql_gateway using (user_id = (select ql.my_user()));

-- migrate:down
do $$
declare
    name text;
begin
    foreach name in array array['cases', 'case_access', 'case_enterprises', 'case_parties', 'entries', 'messages', 'journal', 'clocks', 'clock_segments',
                                'clock_fires', 'enterprises', 'coordinators'] loop
        execute format('drop policy notify on ql.%I', name);
    end loop;
end
$$;
drop function ql.webhook_prune(interval, integer), ql.webhook_rotate(bigint, text, interval);
drop table ql.notices_out, ql.mails;
drop index ql.users_coordinator, ql.coordinator_pools_duty;
drop table ql.notice_settings, ql.webhook_deliveries, ql.webhooks;
drop index ql.messages_untaken;
alter table ql.messages drop column taken_at;
drop table ql.notify_positions;
revoke all on all tables in schema ql from ql_notify;
revoke all on all sequences in schema ql from ql_notify;
revoke all on function ql.case_access_follow(bigint[]) from ql_notify;
revoke usage on schema ql from ql_notify;
