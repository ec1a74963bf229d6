/* health.c -- qlctl health: one screen that says whether the river runs, and what to do where it does not. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/conf.h"
#include "base/log.h"
#include "tools/qlctl/command.h"
#include "tools/qlctl/health_net.h"

#define SERVICES     6
#define BODY_MAX     (1024 * 1024)
#define WAITING_MOST 900 /* seconds that a case may have nobody before it is red */
#define UNTOLD_MOST  60  /* seconds until an event must be on the topic */

static const struct service {
	const char *name;
	struct { const char *metric, *says; } figure[3];
} ALL[SERVICES] = {
	{ "intake", { { "intake_records_total", "records" }, { "intake_quarantined_total", "faulty" } } },
	{ "relay", { { "relay_records_total", "records" }, { "relay_lag_bytes", "bytes behind" } } },
	{ "dispatch", { { "dispatch_assigned_total", "assigned" }, { "dispatch_waiting", "waiting" }, { "dispatch_roster_days_unstaffed", "duty days without people" } } },
	{ "clock", { { "clock_fired_total", "fired" } } },
	{ "gateway", { { "gateway_sockets", "live clients" }, { "gateway_requests_total", "requests" } } },
	{ "notify", { { "notify_letters_sent_total", "letters" }, { "notify_letters_held", "held" }, { "notify_webhook_delivered_total", "deliveries" } } },
};

struct health_conf { const char *pg_dsn, *brokers, *file, *slot; int port[SERVICES], lag, slot_mb; };

#define T struct health_conf
static const struct ql_opt OPTIONS[] = {
	QL_SECRET(T, pg_dsn, "pg.dsn", "", "PostgreSQL connection string of role ql_operator; empty: from health.file"),
	QL_TEXT(T, brokers, "kafka.brokers", "", "Kafka bootstrap servers; empty: from health.file"),
	QL_TEXT(T, file, "health.file", ".run/env", "file that a running `make run` keeps: addresses of everything"),
	QL_INT(T, port[0], "health.intake", "0", 0, 65535, "health port of intake; 0: from health.file, and not asked when it is not there either"),
	QL_INT(T, port[1], "health.relay", "0", 0, 65535, "of relay"),
	QL_INT(T, port[2], "health.dispatch", "0", 0, 65535, "of dispatch"),
	QL_INT(T, port[3], "health.clock", "0", 0, 65535, "of clock"),
	QL_INT(T, port[4], "health.gateway", "0", 0, 65535, "of gateway"),
	QL_INT(T, port[5], "health.notify", "0", 0, 65535, "of notify"),
	QL_TEXT(T, slot, "relay.slot", "ql_relay", "replication slot of relay"),
	QL_INT(T, lag, "health.lag", "1000", 0, 1000000000, "records that intake may be behind"),
	QL_INT(T, slot_mb, "health.slot-mb", "256", 1, 1000000, "megabytes of journal that may wait for relay"),
	{ 0 },
};
#undef T
static const struct ql_program HEALTH = { "qlctl health", "One screen: is the river running, and what to do where it is not. Ends with status 1 when something is red.", OPTIONS };

struct screen { bool red; };

/* advice NULL: all is well; else the line is red. */
QL_PRINTF(4, 5) static void line(struct screen *s, const char *what, const char *advice, const char *fmt, ...)
{
	va_list ap;

	printf("%-4s  %-24s ", advice == NULL ? "ok" : "RED", what);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (advice != NULL)
		printf("      %-24s -> %s\n", "", advice);
	s->red |= advice != NULL;
}

/* --- the file of `make run`: NAME=value or NAME='value' a line; what was given otherwise stays --- */

struct file_value { char name[64], value[512]; };

static void take_value(struct health_conf *c, const struct file_value *v)
{
	static const char PORT[] = "QL_HEALTH_";

	if (strcmp(v->name, "QL_PG_DSN") == 0 && c->pg_dsn[0] == '\0')
		c->pg_dsn = strdup(v->value);
	if (strcmp(v->name, "QL_KAFKA_BROKERS") == 0 && c->brokers[0] == '\0')
		c->brokers = strdup(v->value);
	for (int i = 0; i < SERVICES && strncmp(v->name, PORT, sizeof(PORT) - 1) == 0; i++)
		if (strcasecmp(v->name + sizeof(PORT) - 1, ALL[i].name) == 0 && c->port[i] == 0)
			c->port[i] = atoi(v->value);
}

static void read_run_file(struct health_conf *c)
{
	FILE *from = fopen(c->file, "r");
	char text[sizeof(struct file_value)];

	while (from != NULL && fgets(text, sizeof(text), from) != NULL) {
		struct file_value v;
		char *equals = strchr(text, '='), *value = equals != NULL ? equals + 1 : NULL;

		if (equals == NULL)
			continue;
		*equals = '\0';
		value += *value == '\'' || *value == '"';
		value[strcspn(value, "'\"\r\n")] = '\0';
		snprintf(v.name, sizeof(v.name), "%.63s", text);
		snprintf(v.value, sizeof(v.value), "%.511s", value);
		take_value(c, &v);
	}
	if (from != NULL)
		fclose(from);
}

/* --- services --- */

static void figures(const struct service *s, int port, char *out, size_t size)
{
	struct ql_buf text;
	size_t used = 0;
	double value;

	ql_buf_init(&text, BODY_MAX);
	out[0] = '\0';
	if (health_get(port, "/metrics", &text) == 200 && text.data != NULL) {
		for (size_t i = 0; i < QL_LEN(s->figure) && s->figure[i].metric != NULL && used < size; i++)
			if (health_metric(text.data, s->figure[i].metric, &value))
				used += (size_t)snprintf(out + used, size - used, "%.0f %s, ", value, s->figure[i].says);
		if (used < size && health_metric(text.data, "process_resident_memory_bytes", &value))
			snprintf(out + used, size - used, "%.0f MB", value / 1e6);
	}
	ql_buf_free(&text);
}

static void ask_service(struct screen *s, const struct service *service, int port)
{
	char what[40], says[200], advice[160];
	struct ql_buf body;
	int status;

	ql_buf_init(&body, BODY_MAX);
	snprintf(what, sizeof(what), "service %s", service->name);
	status = health_get(port, "/readyz", &body);
	if (status == 200) {
		figures(service, port, says, sizeof(says));
		line(s, what, NULL, "%s", says);
	} else if (status == 0) {
		snprintf(advice, sizeof(advice), "start it, or read the end of its log: .run/log/%s.log", service->name);
		line(s, what, advice, "does not answer on port %d", port);
	} else {
		if (body.data != NULL)
			body.data[strcspn(body.data, "\n")] = '\0';
		line(s, what, "it tries again by itself; if it stays so, read its log", "not ready: %s", body.data != NULL ? body.data : "");
	}
	ql_buf_free(&body);
}

static void ask_services(struct screen *s, const struct health_conf *c)
{
	bool any = false;

	for (int i = 0; i < SERVICES; i++) {
		if (c->port[i] != 0)
			ask_service(s, &ALL[i], c->port[i]);
		else
			printf("--    service %-16s not asked: no port known\n", ALL[i].name);
		any |= c->port[i] != 0;
	}
	if (!any)
		line(s, "services", "run it where `make run` runs, or give --health.intake=PORT and the others", "no health port is known");
}

/* --- the database --- */

static void show_work(struct screen *s, const struct river *r)
{
	line(s, "cases", r->waiting_age > WAITING_MOST ? "somebody must come on duty, or the duty supervisor assigns: qlctl cannot" : NULL,
	     "%" PRId64 " open, %" PRId64 " wait for a coordinator%s", r->open, r->waiting, r->waiting_age > WAITING_MOST ? ", the oldest for over 15 minutes" : "");
	line(s, "clocks", r->overdue > 0 ? "is service clock running, and alone enough for the load?" : r->timeless > 0 ? "import the holidays of the next year: qlctl import" : NULL,
	     "%" PRId64 " overdue and not fired, %" PRId64 " without a calendar year", r->overdue, r->timeless);
	printf("%-4s  %-24s %" PRId64 " open%s\n", r->quarantine > 0 ? "look" : "ok", "faulty messages", r->quarantine, r->quarantine > 0 ? ": qlctl quarantine list" : "");
}

static void show_journal(struct screen *s, const struct health_conf *c, const struct river *r)
{
	const char *advice = NULL;

	if (!r->slot_exists || r->slot_lost)
		advice = "start relay: it makes the slot and sends again what was not published";
	else if (!r->slot_active)
		advice = "relay is not connected: start it, or read its log";
	else if (r->slot_lag > (int64_t)c->slot_mb << 20 || r->unpublished_age > UNTOLD_MOST)
		advice = "relay does not get rid of its records: is the broker slow or full? Its log says";
	line(s, "journal to case.events", advice, "slot %s %s, %" PRId64 " kB behind", c->slot,
	     !r->slot_exists ? "missing" : r->slot_lost ? "lost" : r->slot_active ? "streaming" : "idle", r->slot_lag / 1024);
}

static void show_topics(struct screen *s, const struct health_conf *c, struct ql_pg *pg)
{
	struct topic_lag lags[HEALTH_TOPICS];
	struct ql_err err = { 0 };

	if (c->brokers[0] == '\0' || health_lag(pg, c->brokers, lags, &err) != QL_OK) {
		line(s, "broker", c->brokers[0] == '\0' ? "give --kafka.brokers" : "is it running? Services wait for it and lose nothing", "%s",
		     c->brokers[0] == '\0' ? "no address is known" : err.msg);
		return;
	}
	for (int i = 0; i < HEALTH_TOPICS; i++)
		line(s, lags[i].topic, lags[i].partitions == 0 ? "create it: qlctl topics" : lags[i].lag > c->lag ? "intake is behind: is it ready? One more instance shares the load" : NULL,
		     "%d partitions, intake is %" PRId64 " records behind", lags[i].partitions, lags[i].lag);
}

static void ask_database(struct screen *s, const struct health_conf *c)
{
	struct ql_err err = { 0 };
	struct ql_pg *pg = NULL;
	struct river r = { 0 };

	if (c->pg_dsn[0] == '\0') {
		line(s, "database", "set QL_PG_DSN", "no address is known");
	} else if (ql_pg_open(&pg, c->pg_dsn, "qlctl", &err) != QL_OK || health_store_river(pg, c->slot, &r, &err) != QL_OK) {
		line(s, "database", "is PostgreSQL running, and the schema there (qlctl migrate)?", "%s", err.msg);
	} else {
		show_work(s, &r);
		show_journal(s, c, &r);
		show_topics(s, c, pg);
	}
	ql_pg_close(pg);
}

int qlctl_health(int argc, char **argv)
{
	static struct health_conf conf;
	struct ql_err err = { 0 };
	struct screen s = { false };

	if (ql_conf_load(&HEALTH, &conf, argc, argv, &err) != QL_OK)
		return ql_die(&err);
	read_run_file(&conf);
	ask_services(&s, &conf);
	ask_database(&s, &conf);
	return s.red ? EXIT_FAILURE : EXIT_SUCCESS;
}
