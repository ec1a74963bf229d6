-- Duties that must be staffed, so that a roster can be checked against the calendar.

-- migrate:up
-- Which pools must have somebody on duty, and when: by the calendar of that service of the unit. A unit that has people in its
-- office pool must have somebody there in its office hours without a row here.
create table ql.duty_plan (
    unit_id integer not null references ql.units,
    pool    text not null check (pool in ('office', 'district', 'national', 'duty')),
    service text not null check (service in ('office', 'port', 'hotline')),
    primary key (unit_id, pool)
);
comment on table ql.duty_plan is 'Duties to be staffed; the national pool of 0000 around the clock.';
create trigger reference_changed after insert or update or delete on ql.duty_plan for each statement execute function ql.reference_changed();
grant select on ql.duty_plan to ql_intake, ql_dispatch, ql_clock, ql_gateway, ql_operator;

-- migrate:down
drop table ql.duty_plan;
