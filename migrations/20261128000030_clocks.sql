-- Clocks in full: terms of the law and who is told when; calendars with days of their own; extensions, agreed and contested
-- pauses; new versions of policies and calendars reach what is open.

-- migrate:up
alter table ql.policies
    add column ladder text[] not null default '{}', -- who each threshold tells; empty: the officer is warned, the duty supervisor told, then the district, then the root
    add column roll boolean not null default false, -- calendar days and months: a last day off moves to the next working day
    add column extension_most integer check (extension_most >= 0), -- of the unit, all extensions together; null: as much as was promised
    add constraint policies_ladder_check check (cardinality(ladder) in (0, cardinality(thresholds)) and ladder <@ array['officer', 'duty', 'district', 'root']),
    drop constraint policies_amount_unit_check,
    add constraint policies_amount_unit_check check (amount_unit in ('work_minutes', 'work_days', 'wall_minutes', 'calendar_days', 'calendar_months')),
    drop constraint policies_service_check,
    add constraint policies_service_check check (service in ('office', 'port', 'hotline', 'appointment'));
alter table ql.unit_calendars
    drop constraint unit_calendars_service_check,
    add constraint unit_calendars_service_check check (service in ('office', 'port', 'hotline', 'appointment'));

-- A later version holds for what starts from its first day on (Beijing), and for what is open when that makes a promise better; one
-- that says so moves given promises later, too (a storm: nobody works).
alter table ql.calendars add column worsens boolean not null default false;
create table ql.calendar_days ( -- beside the holidays of all: a storm, a stocktaking, a booked Saturday ("5+2")
    calendar_id integer not null references ql.calendars,
    day         date not null,
    kind        text not null check (kind in ('rest', 'work', 'booked')), -- booked: a day off of the week, worked because somebody booked it
    from_minute smallint check (from_minute between 0 and 1439), -- work: hours of the day; null: those of a make-up day
    to_minute   smallint check (to_minute between 1 and 1440),
    name        text not null,
    primary key (calendar_id, day),
    check ((from_minute is null) = (to_minute is null) and from_minute < to_minute)
);
create trigger reference_changed after insert or update or delete on ql.calendar_days for each statement execute function ql.reference_changed();

alter table ql.clocks
    add column extension integer not null default 0 check (extension >= 0), -- granted in all, in the unit of the policy
    add column round smallint not null default 0; -- grows when an extension or another policy makes warnings come anew
create index clocks_open on ql.clocks (case_id, seq) where state in ('running', 'paused');
comment on column ql.clock_fires.threshold is 'index in the policy, plus 8 for each round of the clock';

alter table ql.clock_segments
    add column version integer, -- of the journal row that began it; why is that row's event
    add column actor_kind text,
    add column actor_id bigint,
    add column voided boolean not null default false; -- a pause that was contested and did not hold: it runs
comment on column ql.clock_segments.why is 'event of the journal row that began it';

-- What was agreed, asked and decided about a clock's time. A deadline is what policy, calendar, segments and extensions say;
-- here stands how they came to be so.
create table ql.clock_ledger (
    case_id         bigint not null,
    clock_seq       smallint not null,
    kind            text not null check (kind in ('extension', 'agreement', 'contest', 'rebase')),
    state           text not null default 'done' check (state in ('asked', 'granted', 'refused', 'done')),
    version         integer not null, -- of the journal row that says so: one entry each
    at              timestamptz not null,
    actor_kind      text not null,
    actor_id        bigint,
    user_id         bigint, -- who asked: another one decides
    amount          integer check (amount > 0), -- extension: so many more of the policy's unit
    segment         smallint, -- agreement, contest: the pause
    agreed_by       text, -- on the enterprise's side; personal data
    words           text, -- to the enterprise
    policy_was      integer references ql.policies,
    policy_id       integer references ql.policies,
    calendar_was    integer references ql.calendars,
    calendar_id     integer references ql.calendars,
    due_was         timestamptz,
    due_at          timestamptz,
    settled_at      timestamptz,
    settled_version integer,
    settled_by      bigint references ql.users,
    primary key (case_id, clock_seq, version),
    foreign key (case_id, clock_seq) references ql.clocks,
    check ((settled_at is null) = (state in ('asked', 'done')))
);
create unique index clock_ledger_asked on ql.clock_ledger (case_id, clock_seq, kind) where state = 'asked'; -- one at a time
create index clock_ledger_waiting on ql.clock_ledger (at, case_id, version) where state = 'asked';

create table ql.clock_rebases ( -- a walk over what is open, after policies or calendars in force have changed
    id         integer generated always as identity primary key,
    rules      text not null, -- digest of the policies and calendars in force
    begun_at   timestamptz not null default now(),
    ended_at   timestamptz,
    after_case bigint not null default 0, -- done up to here: a clock that is killed goes on behind it
    seen       integer not null default 0,
    changed    integer not null default 0,
    earlier    integer not null default 0,
    later      integer not null default 0
);
create unique index clock_rebases_going_on on ql.clock_rebases ((true)) where ended_at is null;

grant select on ql.calendar_days to ql_intake, ql_dispatch, ql_clock, ql_gateway, ql_operator;
grant select on ql.clock_ledger to ql_intake, ql_dispatch, ql_clock, ql_gateway, ql_operator;
grant insert, update on ql.clock_ledger to ql_clock, ql_gateway;
grant select, insert, update on ql.clock_rebases to ql_clock;
grant select on ql.clock_rebases to ql_gateway, ql_operator;

-- An enterprise knows of an extension when it is granted: before, its words are nobody's yet. And of nothing while the words that say
-- so can be taken back.
alter table ql.clock_ledger enable row level security;
create policy services on ql.clock_ledger to ql_intake, ql_dispatch, ql_clock, ql_operator using (true) with check (true);
create policy people on ql.clock_ledger to ql_gateway
    using (exists (select from ql.clocks k where k.case_id = clock_ledger.case_id and k.seq = clock_ledger.clock_seq offset 0)
           and ((select ql.is_staff())
                or ((kind <> 'extension' or state = 'granted') and ql.words_are_out(case_id, coalesce(settled_version, version)))))
    with check (exists (select from ql.clocks k where k.case_id = clock_ledger.case_id and k.seq = clock_ledger.clock_seq offset 0)
           and ((select ql.is_staff()) or (kind = 'contest' and state = 'asked')));

-- migrate:down
drop table ql.clock_rebases, ql.clock_ledger;
alter table ql.clock_segments drop column version, drop column actor_kind, drop column actor_id, drop column voided;
comment on column ql.clock_segments.why is null;
comment on column ql.clock_fires.threshold is null;
drop index ql.clocks_open;
alter table ql.clocks drop column extension, drop column round;
drop table ql.calendar_days;
alter table ql.calendars drop column worsens;
delete from ql.unit_calendars where service = 'appointment';
alter table ql.unit_calendars
    drop constraint unit_calendars_service_check,
    add constraint unit_calendars_service_check check (service in ('office', 'port', 'hotline'));
alter table ql.policies
    drop constraint policies_service_check,
    add constraint policies_service_check check (service in ('office', 'port', 'hotline')),
    drop constraint policies_amount_unit_check,
    add constraint policies_amount_unit_check check (amount_unit in ('work_minutes', 'work_days', 'wall_minutes')),
    drop constraint policies_ladder_check,
    drop column ladder, drop column roll, drop column extension_most;
