/* metrics.c -- the registry, the readiness of parts, and what /metrics and /readyz say. */
#include "metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "health.h"

#define PARTS_MAX 8
#define FIRST_BOUND 100 /* microseconds: upper bound of the first bucket */

struct part { char name[24], why[200]; };

static struct ql_metric *first;
static struct part parts[PARTS_MAX];
static int n_parts;
static pthread_mutex_t parts_lock = PTHREAD_MUTEX_INITIALIZER;

/* Appended, so that the page keeps the order of the program. */
void ql_metric_register(struct ql_metric *m)
{
	struct ql_metric **end = &first;

	while (*end != NULL) {
		assert(*end != m);
		end = &(*end)->next;
	}
	m->next = NULL;
	*end = m;
}

void ql_observe(struct ql_metric *m, int64_t micros)
{
	int64_t bound = FIRST_BOUND;
	int i = 0;

	while (i < QL_BUCKETS - 1 && micros > bound) {
		bound *= 2;
		i++;
	}
	atomic_fetch_add_explicit(&m->buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->value, micros, memory_order_relaxed);
}

/* Part name of a row, taken when it is new. The lock is held. */
static struct part *part_called(const char *name)
{
	for (int i = 0; i < n_parts; i++)
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i];
	assert(n_parts < PARTS_MAX && strlen(name) < sizeof(parts[0].name));
	snprintf(parts[n_parts].name, sizeof(parts[n_parts].name), "%s", name);
	return &parts[n_parts++];
}

void ql_ready(const char *part, const char *why)
{
	pthread_mutex_lock(&parts_lock);
	snprintf(part_called(part)->why, sizeof(parts[0].why), "%s", why ? why : "");
	pthread_mutex_unlock(&parts_lock);
}

bool ql_write_readiness(struct ql_buf *out)
{
	bool ready = true;

	pthread_mutex_lock(&parts_lock);
	for (int i = 0; i < n_parts; i++) {
		if (parts[i].why[0] == '\0')
			continue;
		ready = false;
		ql_buf_fmt(out, "%s: %s\n", parts[i].name, parts[i].why);
	}
	if (n_parts == 0) {
		ready = false;
		ql_buf_str(out, "service: starting, no part has reported yet; wait\n");
	}
	pthread_mutex_unlock(&parts_lock);
	if (ready)
		ql_buf_str(out, "ready\n");
	return ready;
}

static int64_t read_value(_Atomic int64_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

static void write_bucket(struct ql_buf *out, const struct ql_metric *m, const char *bound, int64_t count)
{
	ql_buf_fmt(out, "%s_bucket{%s%sle=\"%s\"} %" PRId64 "\n", m->name, m->labels ? m->labels : "", m->labels ? "," : "", bound, count);
}

static void write_histogram(struct ql_buf *out, struct ql_metric *m)
{
	const char *open = m->labels ? "{" : "", *labels = m->labels ? m->labels : "", *close = m->labels ? "}" : "";
	int64_t bound = FIRST_BOUND, count = 0;
	char text[32];

	for (int i = 0; i < QL_BUCKETS; i++, bound *= 2) {
		snprintf(text, sizeof(text), "%.4f", (double)bound / 1e6);
		count += read_value(&m->buckets[i]);
		write_bucket(out, m, i < QL_BUCKETS - 1 ? text : "+Inf", count);
	}
	ql_buf_fmt(out, "%s_sum%s%s%s %.6f\n", m->name, open, labels, close, (double)read_value(&m->value) / 1e6);
	ql_buf_fmt(out, "%s_count%s%s%s %" PRId64 "\n", m->name, open, labels, close, count);
}

static void write_metric(struct ql_buf *out, struct ql_metric *m)
{
	if (m->kind == QL_HISTOGRAM)
		write_histogram(out, m);
	else if (m->labels != NULL)
		ql_buf_fmt(out, "%s{%s} %" PRId64 "\n", m->name, m->labels, read_value(&m->value));
	else
		ql_buf_fmt(out, "%s %" PRId64 "\n", m->name, read_value(&m->value));
}

static bool seen_before(const struct ql_metric *m)
{
	for (const struct ql_metric *p = first; p != m; p = p->next)
		if (strcmp(p->name, m->name) == 0)
			return true;
	return false;
}

/* One family: the format wants all rows of a name together, wherever they were registered. */
static void write_family(struct ql_buf *out, struct ql_metric *head)
{
	static const char *const KINDS[] = { [QL_COUNTER] = "counter", [QL_GAUGE] = "gauge", [QL_HISTOGRAM] = "histogram" };

	ql_buf_fmt(out, "# HELP %s %s\n# TYPE %s %s\n", head->name, head->help, head->name, KINDS[head->kind]);
	for (struct ql_metric *m = head; m != NULL; m = m->next)
		if (strcmp(m->name, head->name) == 0)
			write_metric(out, m);
}

static long resident_pages(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long pages = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%*s %ld", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages;
}

static void write_process(struct ql_buf *out)
{
	struct timespec cpu = {0};

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	ql_buf_fmt(out,
	           "# HELP process_resident_memory_bytes Resident memory size in bytes.\n# TYPE process_resident_memory_bytes gauge\n"
	           "process_resident_memory_bytes %ld\n"
	           "# HELP process_cpu_seconds_total User and system CPU time spent in seconds.\n# TYPE process_cpu_seconds_total counter\n"
	           "process_cpu_seconds_total %lld.%06ld\n",
	           resident_pages() * sysconf(_SC_PAGESIZE), (long long)cpu.tv_sec, cpu.tv_nsec / 1000);
}

void ql_write_metrics(struct ql_buf *out)
{
	for (struct ql_metric *m = first; m != NULL; m = m->next)
		if (!seen_before(m))
			write_family(out, m);
	write_process(out);
}
