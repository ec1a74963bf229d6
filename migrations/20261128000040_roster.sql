-- Skills that a category would like, and the roster read by coordinator.

-- migrate:up
alter table ql.categories add column preferred_skills text[] not null default '{}'; -- most important first; the last is given up first
comment on column ql.categories.preferred_skills is 'Skills that are liked, not required: given up one by one from the end when nobody has them.';

-- The roster is read by coordinator from now on: what lies behind must not be walked through.
create index shifts_of on ql.shifts (coordinator_id, ends_at);
create index absences_of on ql.absences (coordinator_id, ends_at);

-- migrate:down
drop index ql.absences_of, ql.shifts_of;
alter table ql.categories drop column preferred_skills;
