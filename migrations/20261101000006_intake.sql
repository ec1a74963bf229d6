-- What came in, whatever became of it.

-- migrate:up
create table ql.consumer_positions ( -- moves in the transaction of the batch, guarded by the expected value
    cluster     text not null, -- of the broker: a log that started anew has positions of its own
    topic       text not null,
    part        integer not null,
    next_offset bigint not null check (next_offset >= 0),
    updated_at  timestamptz not null default now(),
    primary key (cluster, topic, part)
);

create table ql.inbox ( -- every accepted message once: source and id are its identity
    source      text not null,
    message_id  text not null,
    topic       text not null,
    type        text not null,
    outcome     text not null check (outcome in ('opened', 'opened_closed', 'attached', 'joined', 'recorded')),
    case_id     bigint references ql.cases,
    trace       text,
    received_at timestamptz not null default now(),
    primary key (source, message_id)
);
create index inbox_case on ql.inbox (case_id);

create table ql.quarantine ( -- 异常报文: work for the duty desk
    id          bigint generated always as identity primary key,
    cluster     text not null, topic text not null, part integer not null, off bigint not null,
    key         bytea, headers json not null, value bytea,
    size        integer not null, -- of the value as received; value holds only the beginning of one too large to be taken
    reason      text not null, field text, position integer,
    sentence_zh text not null, sentence_en text not null,
    source      text, message_id text,
    trace       text,
    received_at timestamptz not null default now(),
    state       text not null default 'open' check (state in ('open', 'replayed', 'discarded')),
    settled_at  timestamptz, settled_by text, settled_why text,
    unique (cluster, topic, part, off)
);
create index quarantine_open on ql.quarantine (received_at) where state = 'open';
create index quarantine_message on ql.quarantine (source, message_id);

create table ql.talk ( -- what was said without a case to belong to: greetings
    id bigint generated always as identity primary key,
    channel text not null, channel_user text, enterprise_id bigint references ql.enterprises,
    text text not null, at timestamptz not null,
    source text not null, message_id text not null
);
create index talk_person on ql.talk (channel, channel_user, at);

create table ql.calls (
    call_id       text primary key,
    hotline       text not null,
    caller        text, caller_key text, -- personal data
    enterprise_id bigint references ql.enterprises,
    queue text, agent text, ivr_path text,
    started_at timestamptz, answered_at timestamptz, ended_at timestamptz,
    outcome text, solved boolean,
    recording_url text,
    case_id bigint references ql.cases,
    updated_at timestamptz not null default now()
);

create table ql.notices ( -- kept by reference, whatever they open: the track of a declaration
    id            bigint generated always as identity primary key,
    source        text not null, code text not null, rank smallint not null,
    declaration   text not null, container text, bill text,
    unit_id       integer references ql.units,
    enterprise_id bigint references ql.enterprises,
    note          text,
    noticed_at    timestamptz not null,
    received_at   timestamptz not null,
    message_source text not null, message_id text not null
);
create index notices_track on ql.notices (declaration, rank, noticed_at);

create table ql.watches ( -- something that must happen by a time; opens a case when it did not
    id            bigint generated always as identity primary key,
    rule          text not null references ql.watch_rules,
    declaration   text not null,
    enterprise_id bigint references ql.enterprises,
    unit_id       integer references ql.units,
    container text, bill text,
    armed_at      timestamptz not null,
    due_at        timestamptz not null,
    state         text not null default 'armed' check (state in ('armed', 'disarmed', 'fired')),
    settled_at    timestamptz,
    case_id       bigint references ql.cases
);
create unique index watches_one on ql.watches (rule, declaration) where state = 'armed';
create index watches_due on ql.watches (due_at, id) where state = 'armed';
create index watches_declaration on ql.watches (declaration) where state = 'armed';

-- migrate:down
drop table ql.watches, ql.notices, ql.calls, ql.talk, ql.quarantine, ql.inbox, ql.consumer_positions;
