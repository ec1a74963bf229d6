-- Who can lift what: kinds of problem and codes of notices, and the capacity of the unit that can do something about them.

-- migrate:up
create table ql.liftings (
    kind     text not null check (kind in ('category', 'notice')),
    source   text not null default '', -- of a notice, as in ql.channel_codes; '' for a category
    code     text not null,
    capacity text not null check (capacity in ('home', 'declaring', 'port', 'origin', 'business', 'national')),
    rank     smallint not null,        -- whom to ask first
    why_zh   text not null, why_en text not null, why_ru text not null,
    primary key (kind, source, code, capacity)
);
comment on table ql.liftings is 'What a proposal to invite a unit is made from; the unit itself follows from the case: its home, its goods, its declaration.';
create trigger reference_changed after insert or update or delete on ql.liftings for each statement execute function ql.reference_changed();
grant select on ql.liftings to ql_intake, ql_dispatch, ql_clock, ql_gateway, ql_operator;

-- migrate:down
drop table ql.liftings;
