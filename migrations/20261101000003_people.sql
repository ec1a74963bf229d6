-- Enterprises, their classes and contacts; coordinators, what they can and when they are there; accounts.

-- migrate:up
create table ql.enterprises (
    id           bigint generated always as identity primary key,
    uscc         text unique, -- normalised; both check digits hold
    customs_code text,
    aeo_code     text,
    name         text not null,
    known        boolean not null default true, -- false: made by intake from a valid USCC nobody had entered
    home_unit_id integer references ql.units,
    is_broker    boolean not null default false,
    created_at   timestamptz not null default now()
);
create table ql.enterprise_classes (
    enterprise_id bigint not null references ql.enterprises,
    scheme text not null, class text not null,
    valid_from date not null, valid_to date,
    source text not null,
    primary key (enterprise_id, scheme, valid_from),
    foreign key (scheme, class) references ql.credit_classes (scheme, code)
);
create function ql.tier_of(enterprise bigint, day date) returns text language sql stable as $$
    select coalesce((
        select k.tier
          from ql.enterprise_classes c join ql.credit_classes k on k.scheme = c.scheme and k.code = c.class
         where c.enterprise_id = enterprise
           and c.valid_from <= day and (c.valid_to is null or day <= c.valid_to)
           and k.valid_from <= day and (k.valid_to is null or day <= k.valid_to)
         order by k.rank desc, c.valid_from desc
         limit 1), 'unknown');
$$;

create table ql.contacts ( -- personal data
    id            bigint generated always as identity primary key,
    enterprise_id bigint not null references ql.enterprises,
    name          text not null,
    phone         text,
    phone_key     text, -- canonical +86..., what a caller is matched by
    channel       text,
    channel_user  text,
    is_senior     boolean not null default false, -- the manager named by GACC Announcement 2018-181
    language      text references ql.languages,
    valid_from    date not null default current_date,
    valid_to      date
);
create index contacts_phone on ql.contacts (phone_key) where phone_key is not null;
create index contacts_channel on ql.contacts (channel, channel_user) where channel_user is not null;
create index contacts_enterprise on ql.contacts (enterprise_id);

create table ql.authorisations ( -- a broker acts for a principal between two dates
    principal_id bigint not null references ql.enterprises,
    broker_id    bigint not null references ql.enterprises,
    valid_from   date not null, valid_to date,
    primary key (principal_id, broker_id, valid_from)
);

create table ql.coordinators (
    id               bigint generated always as identity primary key,
    staff_no         text not null unique,
    name             text not null,
    unit_id          integer not null references ql.units,
    phone            text,
    capacity         integer not null default 20 check (capacity between 0 and 200),
    open_weight      integer not null default 0,
    available        boolean not null default true, -- declared; never set by connecting
    available_until  timestamptz,
    ramp_until       timestamptz, -- after an absence the share of capacity in use grows until then
    last_assigned_at timestamptz,
    valid_from       date not null default '2000-01-01',
    valid_to         date,
    -- The last guard of "capacity is taken, not counted". A capacity lowered below the load is refused: lower it as load falls.
    constraint within_capacity check (open_weight between 0 and capacity)
) with (fillfactor = 50);
create index coordinators_unit on ql.coordinators (unit_id);

create table ql.coordinator_skills (coordinator_id bigint references ql.coordinators, skill text references ql.skills, primary key (coordinator_id, skill));
create table ql.coordinator_languages (coordinator_id bigint references ql.coordinators, language text references ql.languages, primary key (coordinator_id, language));
create table ql.coordinator_categories ( -- authorised subjects; none: all
    coordinator_id bigint references ql.coordinators, category text references ql.categories, primary key (coordinator_id, category));
create table ql.coordinator_pools ( -- where one may be drawn from; duty: duty supervisor of the unit
    coordinator_id bigint references ql.coordinators,
    unit_id integer references ql.units,
    pool text check (pool in ('office', 'district', 'national', 'duty')),
    primary key (coordinator_id, unit_id, pool));
create table ql.shifts (
    coordinator_id bigint not null references ql.coordinators,
    starts_at timestamptz not null, ends_at timestamptz not null,
    primary key (coordinator_id, starts_at),
    check (starts_at < ends_at));
create index shifts_end on ql.shifts (ends_at);
create table ql.absences (
    coordinator_id bigint not null references ql.coordinators,
    starts_at timestamptz not null, ends_at timestamptz not null, reason text not null,
    primary key (coordinator_id, starts_at),
    check (starts_at < ends_at));
create table ql.named_coordinators (
    enterprise_id bigint not null references ql.enterprises,
    coordinator_id bigint not null references ql.coordinators,
    valid_from date not null, valid_to date,
    primary key (enterprise_id, valid_from));
create index named_coordinators_who on ql.named_coordinators (coordinator_id);
create table ql.deputies (
    coordinator_id bigint not null references ql.coordinators,
    deputy_id bigint not null references ql.coordinators check (deputy_id <> coordinator_id),
    rank smallint not null default 1,
    primary key (coordinator_id, deputy_id));
create table ql.recusals (
    coordinator_id bigint not null references ql.coordinators,
    enterprise_id bigint not null references ql.enterprises,
    reason text not null, valid_from date not null default current_date, valid_to date,
    primary key (coordinator_id, enterprise_id, valid_from));

-- What happened to a roster; relay publishes it as roster.events. Append-only.
create table ql.roster_journal (
    id             bigint generated always as identity primary key,
    unit_id        integer not null references ql.units,
    unit_code      text not null,
    coordinator_id bigint not null references ql.coordinators,
    event          text not null check (event in ('created', 'duty_changed', 'capacity_changed', 'availability_changed', 'absence_changed',
                                                  'recusal_changed', 'skills_changed', 'pools_changed', 'named_changed', 'removed')),
    actor_kind     text not null,
    actor_id       bigint,
    data           json not null default '{}',
    at             timestamptz not null default now(),
    trace          text,
    xid            xid8 not null default pg_current_xact_id()
);
create index roster_journal_xid on ql.roster_journal (xid);

create table ql.users (
    id             bigint generated always as identity primary key,
    login          text not null unique check (login = lower(login)),
    password_hash  text not null, -- argon2id, libsodium's string form
    name           text not null,
    role           text not null check (role in ('supervisor', 'coordinator', 'enterprise')),
    language       text not null default 'zh-CN' check (language in ('zh-CN', 'en', 'ru')),
    unit_id        integer references ql.units,
    coordinator_id bigint references ql.coordinators,
    enterprise_id  bigint references ql.enterprises,
    disabled_at    timestamptz,
    created_at     timestamptz not null default now(),
    check ((role = 'enterprise') = (enterprise_id is not null)),
    check (role = 'enterprise' or unit_id is not null),
    check (role <> 'coordinator' or coordinator_id is not null)
);
create table ql.sessions (
    token_hash bytea primary key, -- sha256 of the cookie: the table is no use to a thief
    user_id    bigint not null references ql.users,
    csrf       text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index sessions_expiry on ql.sessions (expires_at);

-- migrate:down
drop table ql.sessions, ql.users, ql.roster_journal, ql.recusals, ql.deputies, ql.named_coordinators, ql.absences, ql.shifts, ql.coordinator_pools,
           ql.coordinator_categories, ql.coordinator_languages, ql.coordinator_skills, ql.coordinators, ql.authorisations, ql.contacts;
drop function ql.tier_of(bigint, date);
drop table ql.enterprise_classes, ql.enterprises;
