-- Joint parties in full: who asked whom for what, who of the unit was asked, what came of it; hand-over of the lead; recusal.

-- migrate:up
alter table ql.case_parties
    alter column unit_id drop not null,
    -- Words are entries with an audience; a party points to its own. Whoever may not read an entry can't read it here either.
    drop column contribution, drop column result,
    add column wanted_version integer, add column contribution_version integer, add column result_version integer,
    add column invited_by smallint,                    -- the party that asked for it; null: the lead, or nobody did
    add column tried bigint[] not null default '{}',   -- officers of the unit who refused or did not accept in time
    add column asked_lead boolean not null default false, -- asked to take the lead over
    add column asked_id bigint references ql.coordinators, -- the colleague who was asked to take the officer's part over
    add column body_name text, add column body_mail text, -- of an outside body without account
    add constraint case_parties_somebody check (unit_id is not null or (capacity = 'outside' and body_name is not null and not is_lead));
comment on column ql.case_parties.state is
    'invited: asked, by whom is told by coordinator_id (null: the unit must find one); refused: by the unit; withdrawn: by whoever asked, or the case ended before it began';
-- Waiting work: a unit was asked and nobody has it.
create index case_parties_waiting on ql.case_parties (since, case_id, seq) where state = 'invited' and coordinator_id is null and unit_id is not null;
create index case_parties_mine on ql.case_parties (coordinator_id, case_id) where state in ('invited', 'working');
create index case_parties_asked on ql.case_parties (asked_id) where asked_id is not null;
grant insert on ql.case_parties to ql_gateway;

alter table ql.entries add column party_seq smallint; -- the party in whose part it was written; null: the case's own

alter table ql.cases
    add column lead_refusals smallint not null default 0, -- of the hand-over in progress; at the second the arbitration duty rules
    add column recused bigint[] not null default '{}';    -- coordinators who may have no part in it
create index cases_recused on ql.cases using gin (recused) where recused <> '{}';

alter table ql.clocks drop constraint clocks_kind_check;
alter table ql.clocks add constraint clocks_kind_check check (kind in ('unassigned', 'accept', 'first_response', 'next_response', 'next_update',
    'resolution', 'confirmation', 'call_back', 'joint_accept', 'joint_result', 'arbitration'));

-- Who has no part in a case any more does not find it any more: what parties and officers do not account for goes.
create function ql.case_access_leave(left_by bigint[]) returns void language sql security definer set search_path = pg_catalog as $$
    delete from ql.case_access a using ql.cases c
     where c.id = any (left_by) and a.case_id = c.id and a.scope > 0
       and not exists (select from ql.case_parties p join ql.units u on u.id = p.unit_id
                        where p.case_id = c.id and p.state in ('invited', 'working', 'done') and a.scope = any (u.ancestors))
       and not exists (select from ql.coordinators k where k.unit_id = a.scope
                        and (k.id in (c.coordinator_id, c.first_asked_id)
                             or exists (select from ql.case_parties p where p.case_id = c.id and p.state in ('invited', 'working', 'done')
                                                                        and k.id in (p.coordinator_id, p.asked_id))))
$$;
revoke all on function ql.case_access_leave(bigint[]) from public;
grant execute on function ql.case_access_leave(bigint[]) to ql_intake, ql_dispatch, ql_clock, ql_gateway;

-- A person who is recused from a case does not see it, though the unit does. One look-up a statement, not one a row.
create function ql.my_recused() returns bigint[] language sql stable security definer set search_path = pg_catalog as $$
    select coalesce(array_agg(c.id), '{}') from ql.cases c
     where c.recused <> '{}' and c.recused @> array[(select u.coordinator_id from ql.users u where u.id = ql.my_user())]
$$;
create policy recused on ql.cases as restrictive to ql_gateway using (id <> all ((select ql.my_recused())::bigint[]));
do $$
declare
    name text;
begin
    foreach name in array array['case_access', 'case_aliases', 'case_people', 'case_enterprises', 'case_parties', 'case_references', 'case_links', 'entries',
                                'messages', 'journal', 'clocks'] loop
        execute format('create policy recused on ql.%I as restrictive to ql_gateway using (case_id <> all ((select ql.my_recused())::bigint[]))', name);
    end loop;
end
$$;

-- migrate:down
do $$
declare
    name text;
begin
    foreach name in array array['cases', 'case_access', 'case_aliases', 'case_people', 'case_enterprises', 'case_parties', 'case_references', 'case_links',
                                'entries', 'messages', 'journal', 'clocks'] loop
        execute format('drop policy recused on ql.%I', name);
    end loop;
end
$$;
drop function ql.my_recused();
drop function ql.case_access_leave(bigint[]);
revoke insert on ql.case_parties from ql_gateway;
delete from ql.clock_fires f using ql.clocks k where k.case_id = f.case_id and k.seq = f.clock_seq and k.kind in ('joint_accept', 'joint_result', 'arbitration');
delete from ql.clock_segments s using ql.clocks k where k.case_id = s.case_id and k.seq = s.clock_seq and k.kind in ('joint_accept', 'joint_result', 'arbitration');
delete from ql.clocks where kind in ('joint_accept', 'joint_result', 'arbitration');
alter table ql.clocks drop constraint clocks_kind_check;
alter table ql.clocks add constraint clocks_kind_check check (kind in ('unassigned', 'accept', 'first_response', 'next_response', 'next_update',
    'resolution', 'confirmation', 'call_back'));
drop index ql.cases_recused;
alter table ql.cases drop column lead_refusals, drop column recused;
alter table ql.entries drop column party_seq;
drop index ql.case_parties_waiting, ql.case_parties_mine, ql.case_parties_asked;
comment on column ql.case_parties.state is null;
delete from ql.case_parties where unit_id is null;
alter table ql.case_parties
    drop constraint case_parties_somebody,
    drop column wanted_version, drop column contribution_version, drop column result_version, drop column invited_by, drop column tried,
    drop column asked_lead, drop column asked_id, drop column body_name, drop column body_mail,
    add column contribution text, add column result text,
    alter column unit_id set not null;
