-- A case and everything on it. Written only through services/casebook.

-- migrate:up
create table ql.case_serials ( -- the serial of a Beijing day, taken in blocks so that it is no bottleneck
    day  date primary key,
    next integer not null check (next >= 1)
);

create table ql.cases (
    id             bigint primary key, -- yymmdd * 10^9 + serial of the day: the number without its check digit
    number         text not null unique, -- yymmdd-nnnnn-c, check digit ISO 7064 MOD 11,10
    procedure      text not null,
    kind           text not null check (kind in ('enquiry', 'incident', 'call', 'watch')),
    state          text not null,
    version        integer not null check (version >= 1),
    open           boolean not null generated always as (state not in ('closed', 'merged')) stored,
    subject        text not null,
    category       text references ql.categories,
    priority       text not null default 'normal' check (priority in ('urgent', 'high', 'normal')),
    channel        text not null,
    language       text not null default 'zh',
    tier           text not null default 'unknown',
    reach          text not null default 'office' check (reach in ('office', 'department', 'district', 'national')),
    principal_id   bigint references ql.enterprises,
    home_unit_id   integer references ql.units,
    goods_unit_id  integer references ql.units,
    lead_unit_id   integer not null references ql.units,
    district_id    integer references ql.units,
    coordinator_id bigint references ql.coordinators,
    first_asked_id bigint references ql.coordinators,
    weight         smallint not null default 1 check (weight >= 0),
    tried          bigint[] not null default '{}', -- coordinators who declined or did not accept in time
    needed_by      timestamptz,
    needed_reason  text check (needed_reason in ('storage_free_end', 'cut_off', 'sailing', 'line_stop', 'other')),
    promise_at     timestamptz, -- due time of the resolution clock
    sort_at        timestamptz not null, -- open: the nearer of promise and need; closed: when it closed
    received_at    timestamptz not null, -- when the record reached us
    occurred_at    timestamptz not null, -- when the person spoke or the notice says it happened
    opened_at      timestamptz not null,
    answered_at    timestamptz,
    closed_at      timestamptz,
    outcome        text,
    closed_way     text check (closed_way in ('confirmed', 'silent', 'direct', 'system')),
    cycle          smallint not null default 1, -- grows with each reopening
    repeats        integer not null default 0,
    entries        integer not null default 0,
    clocks         smallint not null default 0, -- clocks and parties so far: their numbers within the case
    parties        smallint not null default 0,
    call_attempts  smallint not null default 0,
    last_spoken_at timestamptz, -- the enterprise's last message, for the pause that joins messages
    channel_user   text,
    why            json, -- the choice in force: level, load, capacity
    merged_into    bigint references ql.cases,
    merged_state   text, -- the state before the merge, for its undo
    head_hash      bytea not null, -- of the journal's chain
    ext            jsonb not null default '{}',
    updated_at     timestamptz not null
) with (fillfactor = 80);
create index cases_waiting on ql.cases (sort_at, id) where state = 'received';
create index cases_mine on ql.cases (coordinator_id, sort_at, id) where state not in ('closed', 'merged');
create index cases_same_subject on ql.cases (principal_id, left(subject, 60)) where state not in ('closed', 'merged');
create index cases_same_person on ql.cases (channel, channel_user) where state not in ('closed', 'merged') and channel_user is not null;
create index cases_closed_by_coordinator on ql.cases (coordinator_id, closed_at) where state = 'closed';

-- Who may find a case: one narrow row per scope, with what a list is ordered by. scope > 0: an organisation unit on the case
-- or above it (the root is above all); scope < 0: minus the id of an enterprise on it.
create table ql.case_access (
    scope   bigint not null,
    case_id bigint not null references ql.cases on delete cascade,
    open    boolean not null,
    sort_at timestamptz not null,
    primary key (case_id, scope)
) with (fillfactor = 80);
create index case_access_list on ql.case_access (scope, open, sort_at, case_id);

create table ql.case_aliases ( -- receipt numbers and numbers of merged cases
    alias text primary key,
    case_id bigint not null references ql.cases
);
create table ql.case_people ( -- personal data of whoever raised it, apart so that it can be masked and erased
    case_id bigint not null references ql.cases,
    seq smallint not null default 1,
    name text, phone text, phone_key text, channel text, channel_user text,
    primary key (case_id, seq)
);
create table ql.case_enterprises (
    case_id bigint not null references ql.cases,
    enterprise_id bigint not null references ql.enterprises,
    role text not null check (role in ('principal', 'declarant', 'raiser', 'affected')),
    since timestamptz not null,
    primary key (case_id, enterprise_id, role)
);
create index case_enterprises_of on ql.case_enterprises (enterprise_id, case_id);
create table ql.case_parties ( -- organisation units in a capacity; one lead
    case_id bigint not null references ql.cases,
    seq smallint not null,
    unit_id integer not null references ql.units,
    capacity text not null check (capacity in ('home', 'declaring', 'port', 'origin', 'business', 'national', 'outside')),
    is_lead boolean not null default false,
    state text not null default 'working' check (state in ('invited', 'refused', 'working', 'done', 'withdrawn')),
    coordinator_id bigint references ql.coordinators,
    weight smallint not null default 1,
    since timestamptz not null, accepted_at timestamptz, ended_at timestamptz,
    contribution text, result text,
    primary key (case_id, seq)
);
create unique index case_parties_lead on ql.case_parties (case_id) where is_lead;
create table ql.case_references (
    case_id bigint not null references ql.cases,
    type text not null check (type in ('declaration', 'container', 'bill', 'hs', 'case')),
    value text not null, -- normalised
    given text,          -- as written, when that differs
    fault json,          -- what is wrong with it: kept, marked and shown
    primary key (case_id, type, value)
);
create index case_references_value on ql.case_references (type, value, case_id);
create table ql.case_links (
    case_id bigint not null references ql.cases, other_id bigint not null references ql.cases,
    kind text not null check (kind in ('same_reference', 'reopened_later', 'split', 'common_cause')),
    since timestamptz not null,
    primary key (case_id, other_id, kind)
);

create table ql.entries ( -- what was written; at most one for each journal row, under the same version
    case_id bigint not null references ql.cases,
    version integer not null,
    audience text not null check (audience in ('public', 'parties', 'unit', 'sealed')),
    enterprise_id bigint references ql.enterprises, -- public: whose talk it belongs to; null: every enterprise on the case
    unit_id integer references ql.units,            -- unit: whose
    author_kind text not null check (author_kind in ('system', 'coordinator', 'supervisor', 'enterprise', 'operator')),
    author_id bigint,
    channel text,
    text text not null,
    language text,
    at timestamptz not null,
    primary key (case_id, version)
);
create table ql.entry_readers (
    case_id bigint, version integer, user_id bigint references ql.users,
    primary key (case_id, version, user_id),
    foreign key (case_id, version) references ql.entries
);

create table ql.messages ( -- outgoing, each with its own delivery
    case_id bigint not null, version integer not null, -- of the entry it carries
    seq smallint not null default 1,
    channel text not null,
    recipient text, -- contact or channel user; personal data
    state text not null default 'queued' check (state in ('queued', 'sent', 'delivered', 'failed', 'window_closed')),
    attempts smallint not null default 0,
    due_at timestamptz not null,
    settled_at timestamptz,
    failure text,
    primary key (case_id, version, seq),
    foreign key (case_id, version) references ql.entries
);
create index messages_due on ql.messages (due_at) where state = 'queued';

create table ql.clocks (
    case_id bigint not null references ql.cases,
    seq smallint not null, -- within the case
    party_seq smallint,    -- of ql.case_parties; null: the clock is the case's own
    kind text not null check (kind in ('unassigned', 'accept', 'first_response', 'next_response', 'next_update', 'resolution', 'confirmation', 'call_back')),
    cycle smallint not null default 1,
    state text not null default 'running' check (state in ('running', 'paused', 'met', 'stopped')),
    policy_id integer not null references ql.policies, -- one version of it: a promise given is never worsened
    calendar_id integer not null references ql.calendars,
    started_at timestamptz not null,
    due_at timestamptz,       -- null while paused
    next_fire_at timestamptz, -- next threshold; null: nothing left to fire
    fired integer not null default 0, -- bit per threshold of the policy
    breached_at timestamptz,
    ended_at timestamptz,
    primary key (case_id, seq)
) with (fillfactor = 80);
create index clocks_due on ql.clocks (next_fire_at, case_id, seq) where next_fire_at is not null;
create index clocks_timeless on ql.clocks (case_id) where state = 'running' and due_at is null; -- their year has no calendar yet

create table ql.clock_segments ( -- the interval log: a deadline is a pure function of policy, calendar and these
    case_id bigint not null, clock_seq smallint not null,
    seq smallint not null,
    kind text not null check (kind in ('run', 'pause')),
    from_at timestamptz not null,
    to_at timestamptz,
    why text,
    primary key (case_id, clock_seq, seq),
    foreign key (case_id, clock_seq) references ql.clocks
);
create table ql.clock_fires ( -- exactly once in effect: the key is the guard
    case_id bigint not null, clock_seq smallint not null, threshold smallint not null,
    fired_at timestamptz not null,
    due_at timestamptz not null, -- when it should have fired: lateness is the difference
    primary key (case_id, clock_seq, threshold),
    foreign key (case_id, clock_seq) references ql.clocks
);

-- migrate:down
drop table ql.clock_fires, ql.clock_segments, ql.clocks, ql.messages, ql.entry_readers, ql.entries, ql.case_links, ql.case_references, ql.case_parties,
           ql.case_enterprises, ql.case_people, ql.case_aliases, ql.case_access, ql.cases, ql.case_serials cascade;
