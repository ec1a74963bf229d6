#include "tools/qlgen/officers.h"
#include <stdlib.h>
#include "base/log.h"
#include "base/loop.h"
#include "casebook/casebook.h"
#include "tools/qlgen/draw.h"
#include "tools/qlgen/officers_store.h"

#define STEP_EVERY  QL_SECOND
#define PAUSE       (5 * QL_SECOND) /* after a failure */
#define ACCEPTS     30              /* in one step */
#define ENDS_MOST   40
#define NEVER       20              /* every so manieth is left lying, others each quarter of an hour */
#define QUARTER     (900 * QL_SECOND)

struct officers {
	struct ql_pg *pg;
	struct casebook *cb;
	int wanted;
	ql_time next;
	struct draw chance;
	struct desk desk;
};

/* Words for the enterprise; the case's category would say more, but these are true of any. */
static const char *const PROGRESS[] = { "已联系现场关员，正在核实，有结果马上告诉您。", "已收到，正在与业务部门确认。", "已转口岸现场协调，预计今天答复。" };
static const char *const QUESTIONS[] = { "请补充报关单号和集装箱号，便于核查。", "请提供合同和发票扫描件。", "请确认货物目前所在的堆场。" };
static const char *const RESULTS[] = { "已协调现场安排，货物已放行。", "数据已更正，请重新发送报文。", "已审核通过，请查看系统状态。", "已恢复，如再出现请随时联系。", "已答复政策依据和办理步骤，请按说明提交。" };
#define ANY(list, d) (list)[draw_below(d, (int)QL_LEN(list))]

struct hand { struct casebook *cb; struct case_file *c; struct draw *d; struct actor officer, enterprise; };

static struct words public_words(const struct hand *h, const char *text)
{
	return (struct words){ text, "public", h->c->channel, "zh", h->c->principal };
}

static enum ql_rc take_up(const struct hand *h, struct ql_err *err)
{
	struct words w = public_words(h, ANY(PROGRESS, h->d));

	if (h->c->procedure == PROCEDURE_CALLBACK)
		return casebook_call_attempt(h->cb, h->c, &h->officer, draw_mille(h->d, 800) ? "reached" : "no_answer", NULL, err);
	return draw_mille(h->d, 500) ? casebook_accept(h->cb, h->c, &h->officer, err) : casebook_reply(h->cb, h->c, &h->officer, &w, err);
}

static enum ql_rc bring_on(const struct hand *h, struct ql_err *err)
{
	const int way = draw_below(h->d, 100);
	struct words w = public_words(h, ANY(RESULTS, h->d));

	if (h->c->procedure == PROCEDURE_COORDINATION && way < 12) {
		w.text = ANY(QUESTIONS, h->d);
		return casebook_ask(h->cb, h->c, &h->officer, &w, err);
	}
	return casebook_answer(h->cb, h->c, &h->officer, &w, h->c->lead_unit, h->c->procedure == PROCEDURE_CALLBACK || way < 60, OUTCOME_SOLVED, err);
}

static enum ql_rc answer_back(const struct hand *h, struct ql_err *err)
{
	struct words w = public_words(h, "材料已补充，请查收。");

	if (h->c->principal == 0)
		return casebook_resume(h->cb, h->c, &h->officer, "enterprise_called", err);
	return casebook_reply(h->cb, h->c, &h->enterprise, &w, err);
}

static enum ql_rc confirm(const struct hand *h, struct ql_err *err)
{
	if (h->c->principal != 0 && draw_mille(h->d, 20))
		return casebook_reopen(h->cb, h->c, &h->enterprise, "问题还没有解决，请再看一下。", err);
	return casebook_close(h->cb, h->c, h->c->principal != 0 ? &h->enterprise : &h->officer, ACT_CONFIRM, OUTCOME_SOLVED, NULL, err);
}

static const struct {
	enum ql_rc (*act)(const struct hand *h, struct ql_err *err);
	bool ends; /* counts against the number of cases that may end in a step */
} WORK[CASE_STATES] = {
	[CASE_ASSIGNED] = { take_up, false },
	[CASE_WORKING] = { bring_on, true },
	[CASE_WAITING_ENTERPRISE] = { answer_back, false },
	[CASE_ANSWERED] = { confirm, true },
};

enum ql_rc officers_open(struct officers **out, const char *dsn, int open, struct ql_err *err)
{
	struct officers *o = calloc(1, sizeof(*o));
	enum ql_rc rc;

	*out = o;
	if (o == NULL)
		return ql_fail(err, QL_FATAL, "no memory for officers");
	o->wanted = open;
	o->chance = draw_keyed((uint64_t)ql_now(), 0, 0);
	if (dsn[0] == '\0')
		return ql_fail(err, QL_FATAL, "qlgen.work needs a database: set QL_PG_DSN_WORK to the connection string of a role that may change cases");
	rc = ql_pg_open(&o->pg, dsn, "qlgen-officers", err);
	return rc == QL_OK ? casebook_new(&o->cb, o->pg, err) : rc;
}

void officers_close(struct officers *o)
{
	if (o == NULL)
		return;
	casebook_free(o->cb);
	ql_pg_close(o->pg);
	free(o);
}

/* How many may end now: few while few are open, ever more beyond the wanted number. */
static int ends_now(struct officers *o)
{
	const int64_t beyond = o->desk.open - o->wanted;
	const int64_t n = beyond > 0 ? 2 + beyond / 10 : o->desk.open * 3 > o->wanted ? 1 : draw_mille(&o->chance, 300);

	return n < ENDS_MOST ? (int)n : ENDS_MOST;
}

static size_t choose(struct officers *o, int64_t ids[OFFICERS_LOOK])
{
	int accepts = ACCEPTS, ends = ends_now(o);
	size_t n = 0;

	for (size_t i = 0; i < o->desk.n; i++) {
		const struct ripe *r = &o->desk.at[i];
		int *left = WORK[r->state].ends ? &ends : &accepts;

		if (WORK[r->state].act == NULL || *left == 0 || (r->state == CASE_ASSIGNED && r->id % NEVER == ql_now() / QUARTER % NEVER))
			continue;
		--*left;
		ids[n++] = r->id;
	}
	return n;
}

/* What is no longer possible was done by somebody else meanwhile: that case is left. */
static enum ql_rc work_on(struct officers *o, int64_t id, struct ql_err *err)
{
	struct hand h = { o->cb, casebook_find(o->cb, id), &o->chance, { 0 }, { 0 } };

	if (h.c == NULL || WORK[h.c->state].act == NULL || h.c->coordinator == 0)
		return QL_OK;
	h.officer = (struct actor){ .role = ROLE_COORDINATOR, .id = h.c->coordinator, .unit = h.c->lead_unit };
	h.enterprise = (struct actor){ .role = ROLE_ENTERPRISE, .id = h.c->principal };
	return WORK[h.c->state].act(&h, err);
}

static enum ql_rc step(struct officers *o, struct ql_err *err)
{
	int64_t ids[OFFICERS_LOOK];
	size_t n;
	enum ql_rc rc = officers_store_look(o->pg, &o->desk, err);

	if (rc != QL_OK || (n = choose(o, ids)) == 0)
		return rc;
	rc = casebook_begin(o->cb, err);
	if (rc == QL_OK)
		rc = casebook_load(o->cb, ids, n, err);
	for (size_t i = 0; rc == QL_OK && i < n; i++)
		rc = work_on(o, ids[i], err);
	return rc == QL_OK ? casebook_commit(o->cb, err) : rc;
}

void officers_step(struct officers *o)
{
	struct ql_err err = { 0 };

	if (o == NULL || ql_monotonic() < o->next)
		return;
	o->next = ql_monotonic() + STEP_EVERY;
	if (step(o, &err) == QL_OK)
		return;
	ql_log_err("officers_pause", &err);
	casebook_rollback(o->cb);
	o->next = ql_monotonic() + PAUSE;
}
