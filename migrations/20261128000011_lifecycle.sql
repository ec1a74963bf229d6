-- The rest of a case's life: words that may not reach an enterprise, explanations read twice, moving, splitting, merging and undoing
-- it, following; and the rights to open a case from the desk.

-- migrate:up
create table ql.risk_words ( -- work secrets: none of them goes into public words of an officer
    word  text primary key, -- compared folded, without case and blanks; Latin and Cyrillic ones from the beginning of a word
    class text not null check (class in ('risk_targeting', 'investigation', 'inspection_plan', 'internal'))
);
create trigger reference_changed after insert or update or delete on ql.risk_words for each statement execute function ql.reference_changed();
grant select on ql.risk_words to ql_intake, ql_dispatch, ql_clock, ql_gateway, ql_operator;

create table ql.case_proposals ( -- answers that a second person must read before they are given
    case_id bigint not null, version integer not null, -- of the entry that holds the words
    cycle smallint not null,     -- of the case: a reopening leaves older ones behind
    closes boolean not null,
    department_id integer not null references ql.units,
    author_kind text not null, author_id bigint not null,
    author_user bigint references ql.users,
    author_unit integer references ql.units,
    enterprise_id bigint references ql.enterprises, -- whose talk the answer belongs to; null: every enterprise on the case
    state text not null default 'open' check (state in ('open', 'approved', 'returned', 'replaced')),
    settled_version integer,
    primary key (case_id, version),
    foreign key (case_id, version) references ql.entries
);
create unique index case_proposals_open on ql.case_proposals (case_id) where state = 'open';

create table ql.case_followers (
    case_id bigint not null references ql.cases,
    user_id bigint not null references ql.users,
    since   timestamptz not null default now(),
    primary key (user_id, case_id)
);
create index case_followers_list on ql.case_followers (user_id, since, case_id);
create index case_followers_of on ql.case_followers (case_id);

alter table ql.cases add column announced_version integer; -- of the words that say so
create index cases_merged_into on ql.cases (merged_into) where merged_into is not null;
alter table ql.entries
    add column moved_to bigint references ql.cases, -- the words are read there; here only that there were some
    add column moved_version integer;
alter table ql.case_enterprises add column absorbed_from bigint references ql.cases; -- came with a merge, and go with its undoing
alter table ql.case_references  add column absorbed_from bigint references ql.cases;

do $$
declare
    name text;
begin
    foreach name in array array['case_proposals', 'case_followers'] loop
        execute format('alter table ql.%I enable row level security', name);
        execute format('create policy services on ql.%I to ql_intake, ql_dispatch, ql_clock, ql_operator using (true) with check (true)', name);
    end loop;
end
$$;
create policy people on ql.case_proposals to ql_gateway using ((select ql.is_staff())
    and exists (select from ql.case_access a where a.case_id = case_proposals.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0));
create policy people on ql.case_followers to ql_gateway using (user_id = (select ql.my_user())
    and exists (select from ql.case_access a where a.case_id = case_followers.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0));
grant select, insert, update on ql.case_proposals to ql_intake, ql_dispatch, ql_clock, ql_gateway;
grant select on ql.case_followers to ql_gateway;
grant select on ql.case_proposals, ql.case_followers to ql_operator;

alter policy people on ql.entries
    using (exists (select from ql.case_access a where a.case_id = entries.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and case when (select ql.is_staff())
                    then audience in ('public', 'parties') or (audience = 'unit' and unit_id = (select ql.my_unit()))
                         or ql.is_reader(case_id, version)
                    else audience = 'public' and (enterprise_id is null or enterprise_id = (select ql.my_enterprise()))
                         and moved_to is null and ql.words_are_out(case_id, version) end);
grant update (moved_to, moved_version) on ql.entries to ql_gateway, ql_intake, ql_dispatch, ql_clock;

-- Whoever opens a case from the desk or the portal may write what belongs to it in the transaction that opens it, and only then.
create function ql.opened_now(of_case bigint) returns boolean
language sql stable security definer set search_path = pg_catalog as $$
    select exists (select from ql.cases c where c.id = of_case and c.opened_at = now())
$$;
-- The person who raised a case goes along into one that takes it up: personal data that the one at the keyboard need not see.
create function ql.case_person_copy(from_case bigint, to_case bigint) returns void
language sql security definer set search_path = pg_catalog as $$
    insert into ql.case_people (case_id, seq, name, phone, phone_key, channel, channel_user)
    select to_case, p.seq, p.name, p.phone, p.phone_key, p.channel, p.channel_user
      from ql.case_people p
     where p.case_id = from_case and ql.opened_now(to_case)
       and exists (select from ql.case_access a where a.case_id = from_case and a.scope = any (ql.my_scopes()));
    update ql.cases c set channel_user = f.channel_user
      from ql.cases f
     where c.id = to_case and f.id = from_case and ql.opened_now(to_case)
       and exists (select from ql.case_access a where a.case_id = from_case and a.scope = any (ql.my_scopes()))
$$;
-- An enterprise is taken off a case: with its row of visibility, which staff can't see.
create function ql.case_enterprise_gone(of_case bigint, gone bigint) returns void
language sql security definer set search_path = pg_catalog as $$
    delete from ql.case_enterprises e where e.case_id = of_case and e.enterprise_id = gone and ql.is_staff()
       and exists (select from ql.case_access a where a.case_id = of_case and a.scope = any (ql.my_scopes()));
    delete from ql.case_access v where v.case_id = of_case and v.scope = -gone and ql.is_staff()
       and exists (select from ql.case_access a where a.case_id = of_case and a.scope = any (ql.my_scopes()))
$$;
-- A reference is taken off a case; the journal keeps what stood there.
create function ql.case_reference_gone(of_case bigint, of_type text, gone text) returns void
language sql security definer set search_path = pg_catalog as $$
    delete from ql.case_references r where r.case_id = of_case and r.type = of_type and r.value = gone and ql.is_staff()
       and exists (select from ql.case_access a where a.case_id = of_case and a.scope = any (ql.my_scopes()))
$$;
-- Following is one's own; whoever may not see a case follows it no more.
create function ql.case_follow(of_case bigint, follows boolean) returns void
language sql security definer set search_path = pg_catalog as $$
    insert into ql.case_followers (case_id, user_id)
    select of_case, ql.my_user() where follows and exists (select from ql.case_access a where a.case_id = of_case and a.scope = any (ql.my_scopes()))
        on conflict do nothing;
    delete from ql.case_followers f where f.case_id = of_case and f.user_id = ql.my_user() and not follows
$$;
-- What came into an heir with a merge leaves it again: enterprises, references, the number.
create function ql.case_separate(heir bigint, gone bigint) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
    if not ql.is_staff() or not exists (select from ql.case_access a where a.case_id = heir and a.scope = any (ql.my_scopes())) then
        raise exception 'a merge is undone by whoever sees the heir' using errcode = 'insufficient_privilege';
    end if;
    delete from ql.case_access v using ql.case_enterprises e
     where e.case_id = heir and e.absorbed_from = gone and v.case_id = heir and v.scope = -e.enterprise_id
       and not exists (select from ql.case_enterprises k where k.case_id = heir and k.enterprise_id = e.enterprise_id and k.absorbed_from is distinct from gone);
    delete from ql.case_enterprises e where e.case_id = heir and e.absorbed_from = gone;
    delete from ql.case_references r where r.case_id = heir and r.absorbed_from = gone;
    delete from ql.case_aliases a using ql.cases c where c.id = gone and a.alias = c.number and a.case_id = heir;
end
$$;
-- Colleagues by login, for sealed words; enterprises have no business there.
create function ql.staff_ids(logins text[]) returns table (user_id bigint)
language sql stable security definer set search_path = pg_catalog as $$
    select u.id from ql.users u where u.login = any (logins) and u.role <> 'enterprise' and u.disabled_at is null and ql.is_staff()
$$;
revoke all on function ql.staff_ids(text[]) from public;
grant execute on function ql.staff_ids(text[]) to ql_gateway;
revoke all on function ql.case_reference_gone(bigint, text, text), ql.case_follow(bigint, boolean) from public;
grant execute on function ql.case_reference_gone(bigint, text, text), ql.case_follow(bigint, boolean) to ql_gateway;
revoke all on function ql.opened_now(bigint), ql.case_person_copy(bigint, bigint), ql.case_enterprise_gone(bigint, bigint), ql.case_separate(bigint, bigint) from public;
grant execute on function ql.opened_now(bigint), ql.case_person_copy(bigint, bigint), ql.case_enterprise_gone(bigint, bigint), ql.case_separate(bigint, bigint) to ql_gateway;

grant select, insert, update on ql.case_serials to ql_gateway;
grant insert on ql.cases, ql.case_enterprises, ql.case_references to ql_gateway;
create policy opening on ql.cases for insert to ql_gateway with check (opened_at = now() and (select ql.my_role()) <> '');
do $$
declare
    name text;
begin
    foreach name in array array['case_access', 'case_aliases', 'case_enterprises', 'case_parties', 'case_references', 'case_links', 'entries', 'journal', 'clocks'] loop
        execute format('create policy opening on ql.%I for insert to ql_gateway with check (ql.opened_now(case_id))', name);
    end loop;
end
$$;
create policy changing on ql.case_enterprises for insert to ql_gateway with check ((select ql.is_staff())
    and exists (select from ql.case_access a where a.case_id = case_enterprises.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0));
-- A role on a case is changed by whoever works on it.
create policy changing_roles on ql.case_enterprises for update to ql_gateway using ((select ql.is_staff())
    and exists (select from ql.case_access a where a.case_id = case_enterprises.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0));
grant update (role) on ql.case_enterprises to ql_gateway;

-- migrate:down
drop policy changing_roles on ql.case_enterprises;
revoke update (role) on ql.case_enterprises from ql_gateway;
drop policy changing on ql.case_enterprises;
do $$
declare
    name text;
begin
    foreach name in array array['cases', 'case_access', 'case_aliases', 'case_enterprises', 'case_parties', 'case_references', 'case_links', 'entries', 'journal', 'clocks'] loop
        execute format('drop policy opening on ql.%I', name);
    end loop;
end
$$;
revoke insert on ql.cases, ql.case_enterprises, ql.case_references from ql_gateway;
revoke select, insert, update on ql.case_serials from ql_gateway;
drop function ql.case_reference_gone(bigint, text, text), ql.case_follow(bigint, boolean), ql.staff_ids(text[]), ql.case_separate(bigint, bigint), ql.case_enterprise_gone(bigint, bigint), ql.case_person_copy(bigint, bigint), ql.opened_now(bigint);
revoke update (moved_to, moved_version) on ql.entries from ql_gateway, ql_intake, ql_dispatch, ql_clock;
alter policy people on ql.entries
    using (exists (select from ql.case_access a where a.case_id = entries.case_id and a.scope = any ((select ql.my_scopes())::bigint[]) offset 0)
           and case when (select ql.is_staff())
                    then audience in ('public', 'parties') or (audience = 'unit' and unit_id = (select ql.my_unit()))
                         or ql.is_reader(case_id, version)
                    else audience = 'public' and (enterprise_id is null or enterprise_id = (select ql.my_enterprise()))
                         and ql.words_are_out(case_id, version) end);
alter table ql.case_references  drop column absorbed_from;
alter table ql.case_enterprises drop column absorbed_from;
alter table ql.entries drop column moved_to, drop column moved_version;
drop index ql.cases_merged_into;
alter table ql.cases drop column announced_version;
drop table ql.case_followers, ql.case_proposals, ql.risk_words;
