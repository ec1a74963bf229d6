-- notify reports deliveries through casebook, which keeps its reference data whole: the words that must not go out are part of it.
-- And it tells who follows a case.

-- migrate:up
grant execute on function ql.search_move(json), ql.search_add(json) to ql_notify; -- an answer that was lost opens its case again; what went out is found from outside
grant select on ql.risk_words, ql.calendar_days, ql.case_followers to ql_notify;
create policy notify on ql.case_followers for select to ql_notify using (true);

-- migrate:down
revoke execute on function ql.search_move(json), ql.search_add(json) from ql_notify;
drop policy notify on ql.case_followers;
revoke select on ql.risk_words, ql.calendar_days, ql.case_followers from ql_notify;
