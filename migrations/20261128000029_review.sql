-- A review of the routing has a clock of its own. Whatever kinds there are by now, this is one more.

-- migrate:up
do $$
begin
    execute (select format('alter table ql.clocks drop constraint clocks_kind_check, add constraint clocks_kind_check %s',
                           replace(pg_get_constraintdef(c.oid), 'ARRAY[', 'ARRAY[''review''::text, '))
               from pg_constraint c where c.conname = 'clocks_kind_check' and c.conrelid = 'ql.clocks'::regclass);
end
$$;

-- migrate:down
delete from ql.clock_fires f using ql.clocks k where k.case_id = f.case_id and k.seq = f.clock_seq and k.kind = 'review';
delete from ql.clock_segments s using ql.clocks k where k.case_id = s.case_id and k.seq = s.clock_seq and k.kind = 'review';
delete from ql.clocks where kind = 'review';
do $$
begin
    execute (select format('alter table ql.clocks drop constraint clocks_kind_check, add constraint clocks_kind_check %s',
                           replace(pg_get_constraintdef(c.oid), 'ARRAY[''review''::text, ', 'ARRAY['))
               from pg_constraint c where c.conname = 'clocks_kind_check' and c.conrelid = 'ql.clocks'::regclass);
end
$$;
