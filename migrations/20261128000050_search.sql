-- Search: what each case is found by, made by services/casebook in the transaction that changes the case, so it never
-- disagrees with it. A row is what one reader may know of a case (`reader`), a term of it stands as services/domain/terms.h says; and
-- beside those, '#' and a scope of ql.case_access (but the root's: everything is its), '@' and the yymmdd of the case's number, so that
-- one index narrows by word, scope and time at once. Filled for cases from before by `qlctl reindex`.

-- migrate:up

-- The services' statements take milliseconds; where a plan is held to indexes by an enormous price on everything else (as in ...07_rights),
-- PostgreSQL would take that price for work and compile for longer than it then runs.
do $$
declare
    service text;
begin
    foreach service in array array['ql_intake', 'ql_dispatch', 'ql_clock', 'ql_gateway'] loop
        execute pg_catalog.format('alter role %I set jit = off', service);
    end loop;
    -- Planned once: the plans do not depend on who asks, and planning the large ones takes longer than running them.
    alter role ql_gateway set plan_cache_mode = force_generic_plan;
end
$$;

create table ql.search_terms (
    case_id bigint not null references ql.cases on delete cascade,
    reader  bigint not null,  -- minus an enterprise's id: what it may know; 0: what all staff may; a unit's id: with its own notes
    open    boolean not null, -- as the case is: open ones are found first, and are few
    shared  tsvector not null, -- what every reader may know: with it a row for another reader begins
    terms   tsvector not null,
    primary key (case_id, reader, open)
) partition by list (open);
create table ql.search_terms_open partition of ql.search_terms for values in (true);
create table ql.search_terms_closed partition of ql.search_terms for values in (false);
-- Short lists of what is not sorted in yet: each look reads them through. Below 256 kB writing costs noticeably more.
create index search_terms_found on ql.search_terms using gin (terms) with (gin_pending_list_limit = 256);
comment on table ql.search_terms is 'What each case is found by, for each kind of reader; read through ql.search() only.';

-- The functions keep their plans while tables grow from nothing: only loops over indexes, as for the services' own statements (...07_rights).

-- Terms for cases that have rows: who is all, talk (of an enterprise, and staff), staff, or unit; reader as above. A row that a
-- reader has not had begins with what it may know already. Cases without rows wait for `qlctl reindex`.
create function ql.search_add(more json) returns void language plpgsql security definer set search_path = pg_catalog
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
begin
    insert into ql.search_terms (case_id, reader, open, shared, terms)
    select w.case_id, w.reader, s.open, s.shared,
           case when w.reader < 0 then s.shared
                else (select array_to_tsvector(array_agg(distinct l.term)) from ql.search_terms t, unnest(tsvector_to_array(t.terms)) l (term)
                       where t.case_id = w.case_id and t.reader <= 0) end
      from (select distinct f.case_id, f.reader from json_to_recordset(more) as f (case_id int8, who text, reader int8) where f.who <> 'all') w
      join lateral (select t.open, t.shared from ql.search_terms t where t.case_id = w.case_id limit 1) s on true
     where not exists (select from ql.search_terms t where t.case_id = w.case_id and t.reader = w.reader);

    update ql.search_terms t set terms = t.terms || x.terms, shared = t.shared || x.shared
      from (select t.case_id, t.reader, t.open, array_to_tsvector(string_to_array(string_agg(f.terms, ' '), ' ')) as terms,
                   coalesce(array_to_tsvector(string_to_array(string_agg(f.terms, ' ') filter (where f.who = 'all'), ' ')), '') as shared
              from json_to_recordset(more) as f (case_id int8, who text, reader int8, terms text)
              join ql.search_terms t on t.case_id = f.case_id
               and case f.who when 'all' then true when 'talk' then t.reader = f.reader or t.reader >= 0 when 'staff' then t.reader >= 0 else t.reader = f.reader end
             where f.terms is not null
             group by t.case_id, t.reader, t.open) x
     where t.case_id = x.case_id and t.reader = x.reader and t.open = x.open and t.terms || x.terms <> t.terms;
end
$$;
create function ql.search_move(moved json) returns void language sql security definer set search_path = pg_catalog
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
    update ql.search_terms t set open = m.open from json_to_recordset(moved) as m (case_id int8, open boolean)
     where t.case_id = m.case_id and t.open <> m.open
$$;

-- What the person of this transaction finds, best first: by rank (4 its codes identify the case, 3 they begin a code, 2 all of it in
-- subject and names, 1 anywhere), open before closed, newest first. The scope and the reader are those of ql.enter(), whatever is asked, so that
-- no word of what one may not read finds anything; the rows themselves are then read past row security like any other.
--
-- Where much is to be seen (a district, or all) it looks through the newest days first and goes back only while the page is not full: a word that
-- is everywhere costs no more than a rare one. Elsewhere the scope narrows enough, and days would only be more lists to read. Terms, scope and days are one condition on one index. after: the last row of the page before; the last row returned may be not hit
-- but where looking ended (`hit` false), when filters left nearly nothing of very much.
create function ql.search(queries text[], view_open boolean, states text[], category text, priority text, coordinator bigint, enterprise bigint, unit integer,
                          overdue boolean, after_rank integer, after_open boolean, after_id bigint, most integer)
returns table (case_id bigint, rank integer, open boolean, hit boolean)
language plpgsql stable security definer set search_path = pg_catalog set plan_cache_mode = force_generic_plan
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
declare
    days_back integer[] := '{null}'; -- each step from where the one before ended; the last one: all the rest
    look_most constant integer := 20000; -- cases looked at for one page, from which on it ends where it is
    scopes bigint[] := ql.my_scopes();
    staff boolean := ql.is_staff();
    auditor boolean := ql.my_role() = 'auditor'; -- finds what it reads: by codes, subject and names, not by what was said
    narrowed tsquery;
    readers bigint[];
    filtered boolean := coalesce(states::text, category, priority) is not null or coordinator <> 0 or enterprise <> 0 or unit <> 0 or overdue;
    wanted tsquery;
    better tsquery;
    rest integer := most;
    looked integer := 0;
    seen bigint[] := '{}';
    upper bigint;
    newest bigint;
    day date;
    back integer;
    lower bigint;
    last bigint;
    days tsquery;
    part_seen bigint[];
    part_looked integer;
begin
    if not exists (select from ql.units u where u.id = any (scopes) and u.code = '0000') then
        narrowed := (select string_agg(format('''#%s''', s), ' | ') from unnest(scopes) s)::tsquery;
    end if;
    if exists (select from ql.units u where u.id = any (scopes) and u.kind in ('hq', 'district')) then
        days_back := '{2, 16, 64, null}';
    end if;
    readers := case when auditor then array[0] when staff then array[ql.my_unit()] else array[-ql.my_enterprise()] end;
    for r in reverse 4..case when auditor then 2 else 1 end loop
        better := case when r < 4 then better end;
        if queries[5 - r] <> '' and r <= after_rank then
            wanted := queries[5 - r]::tsquery;
            if narrowed is not null then
                wanted := narrowed && wanted;
            end if;
            foreach open in array '{true, false}'::boolean[] loop
                continue when open <> view_open or (r = after_rank and open and not after_open)
                    or case when open then states <@ array['closed', 'merged'] else not states && array['closed', 'merged'] end;
                upper := case when r = after_rank and open = after_open then after_id else 9223372036854775807 end;
                foreach back in array days_back loop
                    newest := (select max(t.case_id) from ql.search_terms t where t.open = search.open and t.case_id < upper);
                    exit when newest is null;
                    if back is not null and newest >= 10101000000000 then
                        day := to_date(lpad((newest / 1000000000)::text, 6, '0'), 'YYMMDD');
                        days := (select string_agg(format('''@%s''', to_char(day - i, 'YYMMDD')::integer), ' | ') from generate_series(0, back - 1) i)::tsquery && wanted;
                        lower := to_char(day - back + 1, 'YYMMDD')::bigint * 1000000000;
                    else
                        days := wanted;
                        lower := 0;
                    end if;
                    with w as materialized (
                        select t.case_id as id from ql.search_terms t
                         where t.open = search.open and t.terms @@ days and (t.reader = any (readers) or (staff and t.reader <= 0))),
                    o as (select distinct w.id from w where w.id < upper and w.id <> all (seen) order by w.id desc limit look_most - looked),
                    k as (select o.id from (select o.id from o order by o.id desc offset 0) o
                           where (better is null or not exists (
                                      select from ql.search_terms h where h.case_id = o.id and h.open = search.open and h.terms @@ better
                                         and (h.reader = any (readers) or (staff and h.reader <= 0)) offset 0))
                             and (not filtered or exists (
                                      select from ql.cases c where c.id = o.id
                                         and (states is null or c.state = any (states)) and (search.category is null or c.category = search.category)
                                         and (search.priority is null or c.priority = search.priority)
                                         and (coordinator = 0 or coalesce(c.coordinator_id, -1) = coordinator)
                                         and (enterprise = 0 or c.principal_id = enterprise
                                              or exists (select from ql.case_enterprises p where p.case_id = c.id and p.enterprise_id = enterprise))
                                         and (unit = 0 or c.lead_unit_id in (select u.id from ql.units u where unit = any (u.ancestors)))
                                         and (not overdue or (c.open and c.sort_at < now())) offset 0))
                           limit rest)
                    select coalesce((select array_agg(k.id) from k), '{}'), (select count(*) from o), (select min(o.id) from o) into part_seen, part_looked, last;
                    foreach case_id in array part_seen loop
                        rank := r;
                        hit := true;
                        return next;
                    end loop;
                    seen := seen || part_seen;
                    rest := rest - cardinality(part_seen);
                    looked := looked + part_looked;
                    if rest = 0 then
                        return;
                    end if;
                    if looked >= look_most then
                        case_id := last;
                        rank := r;
                        hit := false;
                        return next;
                        return;
                    end if;
                    exit when lower = 0;
                    upper := lower;
                end loop;
            end loop;
        end if;
        if queries[5 - r] <> '' then
            better := case when better is null then queries[5 - r]::tsquery else better || queries[5 - r]::tsquery end;
        end if;
    end loop;
end
$$;

revoke all on function ql.search_add(json), ql.search_move(json),
    ql.search(text[], boolean, text[], text, text, bigint, bigint, integer, boolean, integer, boolean, bigint, integer) from public;
grant execute on function ql.search_add(json), ql.search_move(json) to ql_intake, ql_dispatch, ql_clock, ql_gateway;
grant execute on function ql.search(text[], boolean, text[], text, text, bigint, bigint, integer, boolean, integer, boolean, bigint, integer) to ql_gateway;
grant insert on ql.search_terms to ql_intake, ql_dispatch, ql_clock;
grant select on ql.search_terms to ql_operator;
grant insert on ql.search_terms to ql_gateway; -- of a case that a person opens (split, reopened past the window)
alter table ql.search_terms enable row level security;
create policy opening on ql.search_terms for insert to ql_gateway with check (ql.opened_now(case_id));
create policy services on ql.search_terms to ql_intake, ql_dispatch, ql_clock, ql_operator using (true) with check (true);

-- migrate:down
do $$
declare
    service text;
begin
    foreach service in array array['ql_intake', 'ql_dispatch', 'ql_clock', 'ql_gateway'] loop
        execute pg_catalog.format('alter role %I reset jit', service);
    end loop;
    alter role ql_gateway reset plan_cache_mode;
end
$$;
drop function ql.search(text[], boolean, text[], text, text, bigint, bigint, integer, boolean, integer, boolean, bigint, integer);
drop function ql.search_move(json), ql.search_add(json);
drop table ql.search_terms;
