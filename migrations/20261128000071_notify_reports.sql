-- notify reports deliveries through casebook, which keeps its reference data whole: the words that must not go out are part of it.

-- migrate:up
grant select on ql.risk_words to ql_notify;

-- migrate:down
revoke select on ql.risk_words from ql_notify;
