-- Reference data: what an administration decides and dates. Imported from migrations/reference/*.csv by `qlctl import`;
-- changed later only as a new version. reference_version moves with every change, so that services reload.

-- migrate:up
create table ql.reference_version (
    only_row boolean primary key default true check (only_row),
    version  bigint not null default 1
);
insert into ql.reference_version default values;

-- The tree of organisation units: root 0000, districts, offices, departments, duty pools, outside bodies.
create table ql.units (
    id          integer generated always as identity primary key,
    code        text not null unique,
    kind        text not null check (kind in ('hq', 'district', 'office', 'department', 'pool', 'outside')),
    name_zh     text not null,
    name_en     text not null,
    name_ru     text,
    parent_id   integer references ql.units,
    district_id integer references ql.units, -- itself for a district; null for the root
    ancestors   integer[] not null default '{}', -- itself first, root last; kept by ql.units_link()
    valid_from  date not null default '2000-01-01',
    valid_to    date
);

-- Fills ancestors and district after an import; a tree of some hundred units is cheap to walk whole.
create function ql.units_link() returns void language sql as $$
    with recursive up (id, ancestors, next) as (
        select u.id, array[u.id], u.parent_id from ql.units u
        union all
        select up.id, up.ancestors || p.id, p.parent_id from up join ql.units p on p.id = up.next
    )
    update ql.units u
       set ancestors = up.ancestors,
           district_id = (select d.id from ql.units d where d.id = any (up.ancestors) and d.kind = 'district')
      from up
     where up.id = u.id and up.next is null;
$$;

-- Working time. A calendar is weekly slots plus dates that close or open a day; it has versions.
create table ql.calendars (
    id                integer generated always as identity primary key,
    code              text not null,
    version           integer not null default 1,
    name_zh           text not null,
    name_en           text not null,
    observes_holidays boolean not null, -- false: around the clock, whatever the date
    utc_offset        integer not null default 480, -- minutes; Asia/Shanghai has had no summer time since 1991
    valid_from        date not null default '2000-01-01',
    unique (code, version)
);
create table ql.calendar_slots (
    calendar_id integer not null references ql.calendars,
    weekday     smallint not null check (weekday between 1 and 7), -- ISO: Monday is 1
    from_minute smallint not null check (from_minute between 0 and 1439),
    to_minute   smallint not null check (to_minute between 1 and 1440),
    primary key (calendar_id, weekday, from_minute),
    check (from_minute < to_minute)
);
create table ql.holidays (
    day      date primary key,
    kind     text not null check (kind in ('rest', 'work')), -- work: a make-up working day
    name     text not null,
    verified text not null
);
create view ql.holiday_years as
    select distinct extract(year from day)::integer as year from ql.holidays; -- a year without rows is not published

-- Which calendar a unit keeps for a service; the nearest ancestor that has a row decides.
create table ql.unit_calendars (
    unit_id  integer not null references ql.units,
    service  text not null check (service in ('office', 'port', 'hotline')),
    calendar text not null,
    primary key (unit_id, service)
);

create table ql.skills (
    code text primary key,
    bit smallint not null unique check (bit between 0 and 62),
    name_zh text not null, name_en text not null, name_ru text not null
);
create table ql.languages (
    code text primary key,
    bit smallint not null unique check (bit between 0 and 62),
    name_zh text not null, name_en text not null, name_ru text not null
);

create table ql.categories (
    code       text primary key,
    kind       text not null,
    name_zh    text not null, name_en text not null, name_ru text not null,
    measures   integer[] not null default '{}',
    skill      text references ql.skills, -- required of a coordinator
    unit_role  text not null default 'home' check (unit_role in ('home', 'port', 'declaring', 'business', 'national')),
    weight     smallint not null default 1 check (weight between 0 and 20),
    valid_from date not null default '2000-01-01',
    valid_to   date
);

-- Clearance notices: public sources disagree on some codes, so the map is data.
create table ql.channel_codes (
    source     text not null check (source in ('dec_result', 'ceb', 'manifest')),
    code       text not null,
    name_zh    text not null, name_en text not null,
    rank       smallint not null, -- place in a declaration's track; order by rank, never by time
    opens      text not null check (opens in ('none', 'case', 'watch')),
    category   text references ql.categories,
    watch_rule text,
    doubt      text,
    valid_from date not null default '2000-01-01',
    valid_to   date,
    primary key (source, code, valid_from)
);
create table ql.watch_rules (
    code        text primary key,
    armed_by    text[] not null, -- channel codes that arm it
    disarmed_by text[] not null,
    amount      integer not null check (amount > 0),
    amount_unit text not null check (amount_unit in ('work_minutes', 'work_days', 'wall_minutes')),
    tiers       text[] not null default '{}', -- empty: everyone
    category    text references ql.categories,
    name_zh     text not null, name_en text not null,
    valid_from  date not null default '2000-01-01',
    valid_to    date
);

create table ql.credit_classes ( -- Decree 251, Decree 282 and the Shenzhen 2007 scheme side by side, mapped to one tier
    scheme  text not null, code text not null,
    name_zh text not null, name_en text not null, name_ru text not null,
    tier    text not null check (tier in ('aeo', 'certified', 'regular', 'dishonest', 'unknown')),
    rank    smallint not null default 0, -- when schemes disagree on a day, the highest rank wins
    valid_from date not null, valid_to date,
    primary key (scheme, code)
);
create table ql.measures (
    no integer not null, group_code text not null, title_zh text not null, title_en text not null,
    parameter text not null, unit text not null, baseline text, comparison text not null, target text not null,
    issuer text not null, valid_from date not null, valid_to date,
    primary key (issuer, no, valid_from)
);

-- How long: the most specific row that matches decides (nulls match everything).
create table ql.policies (
    id          integer generated always as identity primary key,
    code        text not null,
    version     integer not null default 1,
    procedure   text not null,
    clock       text not null,
    reach       text check (reach in ('office', 'department', 'district', 'national')),
    category    text references ql.categories,
    tier        text,
    priority    text,
    channel     text,
    amount      integer not null check (amount >= 0),
    amount_unit text not null check (amount_unit in ('work_minutes', 'work_days', 'wall_minutes')),
    service     text not null default 'office' check (service in ('office', 'port', 'hotline')),
    thresholds  text[] not null default '{warn_75pct,breach,late_60min}' check (cardinality(thresholds) <= 8), -- index = identity; see domain/clocks.h
    valid_from  timestamptz not null default '2000-01-01',
    valid_to    timestamptz,
    unique (code, version)
);
create table ql.parameters (
    key text primary key, value jsonb not null, doc text not null
);

create function ql.reference_changed() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    update ql.reference_version set version = version + 1;
    return null;
end
$$;
do $$
declare
    name text;
begin
    foreach name in array array['units', 'calendars', 'calendar_slots', 'holidays', 'unit_calendars', 'skills', 'languages', 'categories',
                                'channel_codes', 'watch_rules', 'credit_classes', 'policies', 'parameters'] loop
        execute pg_catalog.format('create trigger reference_changed after insert or update or delete on ql.%I'
                                  ' for each statement execute function ql.reference_changed()', name);
    end loop;
end
$$;

-- migrate:down
drop table ql.parameters, ql.policies, ql.measures, ql.credit_classes, ql.watch_rules, ql.channel_codes, ql.categories, ql.languages, ql.skills,
           ql.unit_calendars cascade;
drop view ql.holiday_years;
drop table ql.holidays, ql.calendar_slots, ql.calendars, ql.units, ql.reference_version cascade;
drop function ql.units_link();
drop function ql.reference_changed();
