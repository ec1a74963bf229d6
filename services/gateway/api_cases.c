/* api_cases.c -- lists, one case, its journal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/caseno.h"
#include "domain/mask.h"
#include "listing.h"
#include "token.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX     200

/* --- the filters of a list: each reads one argument; false: it is wrong --- */

static bool read_view(struct listing *l, const char *value)
{
	l->has_view = true;
	l->filter.open = strcmp(value, "open") == 0;
	l->filter.followed = strcmp(value, "followed") == 0;
	return l->filter.open || l->filter.followed || strcmp(value, "closed") == 0;
}

static bool read_states(struct listing *l, const char *value)
{
	size_t used = 0;

	for (const char *at = value; *at != '\0';) {
		size_t len = strcspn(at, ",");
		char word[32];
		enum case_state state;

		snprintf(word, sizeof(word), "%.*s", (int)(len < sizeof(word) ? len : sizeof(word) - 1), at);
		if (len >= sizeof(word) || !case_state_parse(word, &state) || used + len + 3 > sizeof(l->states))
			return false;
		used += (size_t)snprintf(l->states + used, sizeof(l->states) - used, "%c%s", used == 0 ? '{' : ',', word);
		at += len + (at[len] == ',');
	}
	strcat(l->states, "}");
	l->filter.states = l->states;
	return used > 0;
}

static bool read_coordinator(struct listing *l, const char *value)
{
	long long id;

	if (strcmp(value, "me") == 0)
		l->filter.coordinator = l->call->who.coordinator != 0 ? l->call->who.coordinator : -2; /* nobody's: not a coordinator */
	else if (strcmp(value, "none") == 0)
		l->filter.coordinator = -1;
	else if (parse_id(value, &id) && id > 0)
		l->filter.coordinator = id;
	else
		return false;
	return true;
}

static bool read_enterprise(struct listing *l, const char *value)
{
	long long id;
	bool good = parse_id(value, &id) && id > 0;

	l->filter.enterprise = good ? id : 0;
	return good;
}

static bool read_overdue(struct listing *l, const char *value)
{
	l->filter.overdue = strcmp(value, "true") == 0;
	return l->filter.overdue || strcmp(value, "false") == 0;
}

static bool read_limit(struct listing *l, const char *value)
{
	long long n;
	bool good = parse_id(value, &n) && n >= 1 && n <= PAGE_MAX;

	l->filter.limit = good ? (int)n : PAGE_DEFAULT;
	return good;
}

static bool read_after(struct listing *l, const char *value)
{
	l->filter.has_after = true;
	return page_token_parse(value, &l->filter.after_at, &l->filter.after_id);
}

static bool read_category(struct listing *l, const char *value)
{
	l->filter.category = value;
	return true;
}

static bool read_priority(struct listing *l, const char *value)
{
	l->filter.priority = value;
	return strcmp(value, "urgent") == 0 || strcmp(value, "high") == 0 || strcmp(value, "normal") == 0;
}

static const struct { const char *name; bool (*read)(struct listing *l, const char *value); } FILTERS[] = {
	{ "view", read_view },         { "state", read_states },     { "coordinator", read_coordinator }, { "category", read_category },
	{ "priority", read_priority }, { "enterprise", read_enterprise }, { "overdue", read_overdue },    { "limit", read_limit },
	{ "after", read_after },
};

static bool refuse(struct call *c, const char *name)
{
	char field[48];

	snprintf(field, sizeof(field), "/%s", name);
	problem(c->res, PROBLEM_INVALID, "this value is not possible here", field);
	return false;
}

static bool read_filters(struct call *c, struct listing *l)
{
	l->filter = (struct list_filter){ .scope = c->who.scope, .open = true, .limit = PAGE_DEFAULT };
	l->call = c;
	for (size_t i = 0; i < QL_LEN(FILTERS); i++) {
		const char *value = args_get(&c->req->args, FILTERS[i].name);

		if (value != NULL && !FILTERS[i].read(l, value))
			return refuse(c, FILTERS[i].name);
	}
	return true;
}

/* A list of a unit below one's own is one's list as that unit sees it: the transaction is narrowed to it, so that its own
 * index serves. An enterprise has no units; for it the unit is a condition on its few rows. *go false: the answer is made. */
static enum ql_rc read_unit(struct call *c, struct listing *l, bool *go, struct ql_err *err)
{
	const char *code = args_get(&c->req->args, "unit");
	bool under = false;
	int32_t unit;
	enum ql_rc rc = QL_OK;

	if (code == NULL)
		return QL_OK;
	rc = store_unit(c->w->pg, code, c->who.unit, &unit, &under, err);
	if (rc != QL_OK)
		return rc;
	*go = unit != 0 || refuse(c, "unit");
	if (!*go)
		return QL_OK;
	if (!identity_is_staff(&c->who)) {
		l->filter.unit = unit;
		return QL_OK;
	}
	if (!under) { /* above or beside: what one may see there is what one's own unit sees, led from there */
		l->filter.unit = unit;
		return QL_OK;
	}
	l->filter.scope = unit;
	return store_narrow(c->w->pg, unit, err);
}

enum ql_rc listing_read(struct call *c, struct listing *l, bool *go, struct ql_err *err)
{
	*go = read_filters(c, l);
	return *go ? read_unit(c, l, go, err) : QL_OK;
}

static void close_page(struct call *c, const struct list_page *page, int limit)
{
	struct ql_buf *b = &c->res->body;
	char token[PAGE_TOKEN];

	ql_json_close(b, ']');
	if (page->rows == limit || page->more) {
		page_token(page->last_at, page->last_id, token);
		ql_json_text(b, "next", token);
	} else {
		ql_json_raw(b, "next", NULL);
	}
	ql_json_close(b, '}');
}

/* What somebody typed: words of three scripts, numbers and codes in any writing. */
static bool read_question(struct call *c, struct listing *l, const char *q)
{
	struct question question;

	if (l->filter.has_after && (l->filter.after_at < SEARCH_PLACE(1, false) || l->filter.after_at > SEARCH_PLACE(4, true)))
		return refuse(c, "after");
	if (strlen(q) > QUESTION_MAX)
		return refuse(c, "q");
	return question_read(q, &question) || refuse(c, "q");
}

static enum ql_rc list(struct call *c, struct listing *l, const char *q, struct list_page *page, struct ql_err *err)
{
	struct question question;
	const struct list_search search = { &question, !l->has_view };

	if (q == NULL)
		return store_list(c->w->pg, &l->filter, &c->res->body, page, err);
	(void)question_read(q, &question); /* read_question() has seen it */
	return store_search(c->w->pg, &search, &l->filter, &c->res->body, page, err);
}

enum ql_rc cases_list(struct call *c, struct ql_err *err)
{
	const char *q = args_get(&c->req->args, "q");
	struct listing l = {0};
	struct list_page page = {0};
	bool go = true;
	enum ql_rc rc;

	if (!read_filters(c, &l) || !fields_known(c) || (q != NULL && !read_question(c, &l, q)))
		return QL_OK;
	rc = read_unit(c, &l, &go, err);
	if (rc != QL_OK || !go)
		return rc;
	ql_json_open(&c->res->body, NULL, '{');
	ql_json_open(&c->res->body, "items", '[');
	rc = list(c, &l, q, &page, err);
	close_page(c, &page, l.filter.limit);
	if (rc == QL_OK)
		rc = fields_pick(c, err);
	return rc == QL_OK ? api_json(c) : rc;
}

/* --- one case --- */

enum ql_rc cases_named(struct call *c, const char *name, bool itself, int64_t *id, struct ql_err *err)
{
	char number[CASENO_MAX] = "";
	struct caseno no;
	long long given = 0;

	if (!parse_id(name, &given) && !caseno_parse(name, &no, number, NULL))
		number[0] = '\0';
	return itself ? store_named(c->w->pg, given, number, id, err) : store_resolve(c->w->pg, given, number, name, id, err);
}

enum ql_rc cases_resolve(struct call *c, int64_t *id, struct ql_err *err)
{
	enum ql_rc rc = cases_named(c, c->params.at[0], false, id, err);

	if (rc == QL_OK && *id == 0)
		problem(c->res, PROBLEM_NOT_FOUND, NULL, NULL);
	return rc;
}

static void write_contact(struct ql_buf *b, const struct case_read *r)
{
	char name[64] = "", phone[32] = "";

	if (!r->has_person) {
		ql_json_raw(b, "contact", NULL);
		return;
	}
	mask_name(r->person, name, sizeof(name));
	mask_phone(r->phone, phone, sizeof(phone));
	ql_json_open(b, "contact", '{');
	ql_json_text(b, "name", name);
	ql_json_text(b, "phone", phone);
	ql_json_close(b, '}');
}

static void write_part(struct ql_buf *b, const char *key, const struct ql_buf *part)
{
	ql_json_raw(b, key, part->len > 0 ? part->data : NULL);
}

static void write_case(struct call *c, const struct case_read *r)
{
	struct ql_buf *b = &c->res->body;
	struct offer o = r->offer;

	o.place = place_of(r->part, r->n_parts, r->lead_refusals, &c->who);
	ql_json_open(b, NULL, '{');
	write_part(b, "case", &r->row);
	write_part(b, "enterprises", &r->enterprises);
	write_part(b, "parties", &r->parties);
	write_part(b, "references", &r->references);
	write_contact(b, r);
	write_part(b, "clocks", &r->clocks);
	write_part(b, "timeline", &r->timeline);
	write_part(b, "notices", &r->notices);
	write_part(b, "why", &r->why);
	if (identity_is_staff(&c->who)) {
		write_part(b, "tasks", &r->tasks);
		write_part(b, "meetings", &r->meetings);
		write_part(b, "visits", &r->visits);
	}
	write_part(b, "proposal", &r->proposal);
	if (r->undo != 0)
		ql_json_i64(b, "undo", r->undo);
	else
		ql_json_raw(b, "undo", NULL);
	ql_json_bool(b, "followed", r->followed);
	ql_json_open(b, "actions", '[');
	if (procedure_parse(r->procedure, &o.procedure) && case_state_parse(r->state, &o.state))
		commands_offered(b, &c->who, &o);
	ql_json_close(b, ']');
	ql_json_close(b, '}');
}

/* As whom somebody writes. */
static int64_t actor_id(const struct identity *who)
{
	return who->role == ROLE_COORDINATOR ? who->coordinator : who->role == ROLE_ENTERPRISE ? who->enterprise : who->user;
}

enum ql_rc cases_read(struct call *c, struct ql_err *err)
{
	struct case_read r;
	int64_t id;
	enum ql_rc rc = cases_resolve(c, &id, err);

	if (rc != QL_OK || id == 0)
		return rc;
	case_read_init(&r);
	rc = store_case(c->w->pg, id, actor_id(&c->who), c->req->trace, &r, err);
	if (rc == QL_OK && r.found) {
		write_case(c, &r);
		c->res->version = r.version;
		rc = api_json(c);
	} else if (rc == QL_OK) {
		problem(c->res, PROBLEM_NOT_FOUND, NULL, NULL);
	}
	case_read_free(&r);
	return rc;
}

enum ql_rc cases_journal(struct call *c, struct ql_err *err)
{
	int64_t id;
	enum ql_rc rc = cases_resolve(c, &id, err);

	if (rc != QL_OK || id == 0)
		return rc;
	ql_json_open(&c->res->body, NULL, '{');
	ql_buf_str(&c->res->body, "\"items\":");
	rc = store_journal(c->w->pg, id, c->req->trace, &c->res->body, err);
	ql_json_close(&c->res->body, '}');
	return rc == QL_OK ? api_json(c) : rc;
}
