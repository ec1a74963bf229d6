/* api_notices.c -- how one wants to be told of one's work: by kind at once, in the digest of the day, or not at all. */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/webaddr.h"
#include "domain/alert.h"
#include "notice_store.h"

#define WAYS_BYTES   2048
#define HOUR_DEFAULT 8

struct notices_in { char mail[QL_TEXT_SIZE(WEBADDR_MAIL_MAX)]; int64_t digest_hour; bool quiet; };
static const struct ql_field NOTICES[] = {
	QL_MAY(struct notices_in, mail),
	QL_MAY(struct notices_in, digest_hour),
	QL_MAY(struct notices_in, quiet),
};

/* Every kind with its way, chosen or by default. */
static void write_ways(struct ql_buf *b, const json_t *chosen)
{
	ql_json_open(b, "ways", '{');
	for (int i = 0; i < ALERTS; i++) {
		const char *way = json_string_value(json_object_get(chosen, alert_name((enum alert)i)));

		ql_json_text(b, alert_name((enum alert)i), way != NULL ? way : alert_way((enum alert)i));
	}
	ql_json_close(b, '}');
}

static enum ql_rc answer(struct call *c, struct ql_err *err)
{
	struct notice_settings s = { .digest_hour = HOUR_DEFAULT, .quiet = true };
	struct ql_buf *b = &c->res->body;
	struct ql_err ignored = {0};
	json_t *ways = NULL;
	enum ql_rc rc;

	ql_buf_init(&s.ways, WAYS_BYTES);
	ql_buf_str(&s.ways, "{}");
	rc = store_notice_settings(c->w->pg, c->who.user, &s, err);
	if (rc == QL_OK && ql_json_parse(s.ways.data, s.ways.len, &ways, &ignored) != QL_OK)
		ways = NULL; /* then all is as by default */
	ql_json_open(b, NULL, '{');
	ql_json_text(b, "mail", s.mail);
	ql_json_i64(b, "digest_hour", s.digest_hour);
	ql_json_bool(b, "quiet", s.quiet);
	write_ways(b, ways);
	ql_json_close(b, '}');
	json_decref(ways);
	ql_buf_free(&s.ways);
	return rc == QL_OK ? api_json(c) : rc;
}

enum ql_rc notices_read(struct call *c, struct ql_err *err) { return answer(c, err); }

static bool refuse(struct call *c, const char *why, const char *field)
{
	problem(c->res, PROBLEM_INVALID, why, field);
	return false;
}

static bool read_ways(struct call *c, struct ql_buf *out)
{
	json_t *ways = json_object_get(c->body, "ways"), *way;
	const char *kind;
	enum alert known;

	ql_json_open(out, NULL, '{');
	if (ways != NULL && !json_is_null(ways) && !json_is_object(ways))
		return refuse(c, "an object: a kind of notice to now, digest or off", "/ways");
	json_object_foreach(ways, kind, way) {
		char field[64];

		snprintf(field, sizeof(field), "/ways/%.40s", kind);
		if (!alert_parse(kind, &known))
			return refuse(c, "no such kind of notice", field);
		if (!json_is_string(way) || !alert_is_way(json_string_value(way)))
			return refuse(c, "must be now, digest or off", field);
		ql_json_text(out, kind, json_string_value(way));
	}
	ql_json_close(out, '}');
	return true;
}

static bool read_settings(struct call *c, struct notice_settings *s)
{
	struct notices_in in = { .digest_hour = HOUR_DEFAULT, .quiet = true };

	if (!api_decode(c, NOTICES, QL_LEN(NOTICES), &in))
		return false;
	if (in.mail[0] != '\0' && (!webaddr_is_mail(in.mail) || strlen(in.mail) >= sizeof(s->mail)))
		return refuse(c, "is no mail address", "/mail");
	if (in.digest_hour < 0 || in.digest_hour > 23)
		return refuse(c, "an hour from 0 to 23", "/digest_hour");
	snprintf(s->mail, sizeof(s->mail), "%.255s", in.mail);
	s->digest_hour = (int)in.digest_hour;
	s->quiet = in.quiet;
	return read_ways(c, &s->ways);
}

enum ql_rc notices_write(struct call *c, struct ql_err *err)
{
	struct notice_settings s = {0};
	enum ql_rc rc = QL_OK;

	ql_buf_init(&s.ways, WAYS_BYTES);
	if (read_settings(c, &s)) {
		rc = store_notice_choose(c->w->pg, c->who.user, &s, err);
		if (rc == QL_OK)
			rc = answer(c, err);
	}
	ql_buf_free(&s.ways);
	return rc;
}
