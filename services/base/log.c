/* log.c -- one write(2) per line. Values are escaped as they are formatted, so no byte of an argument can end a line,
 * close a quote or look like another key. The only place besides main.c that reads the environment: the level must be
 * known before the options are. */
#include "log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "loop.h"

#define LOG_LINE 4096  /* bytes a line; no more than PIPE_BUF, so that lines of several processes on a pipe stay whole */
#define LOG_PAIRS 3072 /* bytes of key=value pairs; over it they are left out, and the line says so */
#define LOG_VALUE 400  /* bytes of one text value before escaping; the rest is cut */
#define LOG_SPEC 16    /* bytes of one printf conversion */
#define TRACE_LEN 32

static const char *const LEVELS[] = { "debug", "info", "warn", "error" };

static char service_name[32] = "-";
static enum ql_level least = QL_INFO;
static bool as_json;
static _Thread_local char trace[TRACE_LEN + 1];

void ql_log_open(const char *service)
{
	const char *level = getenv("QL_LOG_LEVEL"), *format = getenv("QL_LOG_FORMAT");

	snprintf(service_name, sizeof(service_name), "%s", service);
	as_json = format != NULL && strcmp(format, "json") == 0;
	least = QL_INFO;
	for (size_t i = 0; level != NULL && i < QL_LEN(LEVELS); i++)
		if (strcmp(level, LEVELS[i]) == 0)
			least = (enum ql_level)i;
}

/* Anything but 32 hex digits clears it: it came in from outside. */
void ql_log_trace(const char *trace_id)
{
	trace[0] = '\0';
	if (trace_id != NULL && strlen(trace_id) == TRACE_LEN && strspn(trace_id, "0123456789abcdef") == TRACE_LEN)
		memcpy(trace, trace_id, TRACE_LEN + 1);
}

/* A value outside quotes that could be taken for more than one word gets quotes of its own. */
static void add_text(struct ql_buf *b, const char *s, bool quoted)
{
	size_t len = strlen(s), plain = 0;
	bool wrap;

	while (plain < len && (unsigned char)s[plain] > ' ' && s[plain] != 0x7F && strchr("=\"\\", s[plain]) == NULL)
		plain++;
	wrap = !quoted && (len == 0 || plain < len);
	if (wrap)
		ql_buf_str(b, "\"");
	ql_json_escape(b, s, len);
	if (wrap)
		ql_buf_str(b, "\"");
}

/* One argument of text: %s, %.*s, %.8s. */
static void format_text(char *out, size_t size, const char *spec, va_list *ap)
{
	const char *dot = strchr(spec, '.');
	int most = dot == NULL ? LOG_VALUE : dot[1] == '*' ? va_arg(*ap, int) : atoi(dot + 1);
	const char *s = va_arg(*ap, const char *);

	assert(strchr(spec, '*') == NULL || strstr(spec, ".*") != NULL); /* no width from an argument */
	snprintf(out, size, "%.*s", most >= 0 ? most : LOG_VALUE, s ? s : "");
}

/* One argument that is not text. The modifiers l, ll, j and z are all 64 bits on the platforms we build for. */
static void format_number(char *out, size_t size, const char *spec, va_list *ap)
{
	assert(strchr(spec, '*') == NULL);
	if (strpbrk(spec, "eEfFgG") != NULL)
		snprintf(out, size, spec, va_arg(*ap, double));
	else if (strpbrk(spec, "ljzt") != NULL)
		snprintf(out, size, spec, va_arg(*ap, long));
	else
		snprintf(out, size, spec, va_arg(*ap, int)); /* d i u x o c */
}

/* Copies the conversion that begins at fmt; returns its last character. */
static const char *take_spec(const char *fmt, char *spec)
{
	size_t n = strcspn(fmt + 1, "diouxXcsfFeEgG%") + 2;

	assert(n < LOG_SPEC && fmt[n - 1] != '\0');
	memcpy(spec, fmt, n);
	spec[n] = '\0';
	assert(n == 2 || strchr(spec + 1, '%') == NULL); /* %p, %n and %a are not known here */
	return fmt + n - 1;
}

/* Walks the format itself, since only here text of an argument can be told from text of the format. */
static void add_pairs(struct ql_buf *b, const char *fmt, va_list *ap)
{
	char spec[LOG_SPEC], text[LOG_VALUE + 1];
	bool quoted = false;

	for (const char *p = fmt; *p != '\0'; p++) {
		quoted ^= *p == '"';
		if (*p != '%') {
			ql_buf_add(b, p, 1);
			continue;
		}
		p = take_spec(p, spec);
		if (*p == '%') {
			ql_buf_add(b, p, 1);
			continue;
		}
		if (*p == 's')
			format_text(text, sizeof(text), spec, ap);
		else
			format_number(text, sizeof(text), spec, ap);
		add_text(b, text, quoted);
	}
}

static bool is_number(const char *v, size_t len)
{
	return len > 0 && len < 18 && strspn(v, "0123456789") >= len && (v[0] != '0' || len == 1);
}

/* Bytes of the value at v: up to its closing quote, or up to a blank. */
static size_t value_length(const char *v)
{
	size_t len = 1;

	if (*v != '"')
		return strcspn(v, " ");
	while (v[len] != '\0' && v[len] != '"')
		len += v[len] == '\\' && v[len + 1] != '\0' ? 2 : 1;
	return len + (v[len] == '"');
}

/* Turns one pair of logfmt into a JSON member; returns where the next begins. A quoted value is a JSON string already. */
static const char *add_member(struct ql_buf *b, const char *pair)
{
	size_t key = strcspn(pair, "= "), len;
	const char *v = pair + key + (pair[key] == '=');

	len = value_length(v);
	ql_buf_fmt(b, ",\"%.*s\":", (int)key, pair);
	if (*v == '"' || is_number(v, len)) {
		ql_buf_add(b, v, len);
	} else {
		ql_buf_str(b, "\"");
		ql_json_escape(b, v, len);
		ql_buf_str(b, "\"");
	}
	return v + len + strspn(v + len, " ");
}

static void add_head(struct ql_buf *b, enum ql_level level, const char *event)
{
	ql_time now = ql_now();

	ql_buf_str(b, as_json ? "{\"ts\":\"" : "ts=");
	ql_buf_time(b, now - now % 1000);
	b->len -= strlen("000Z"); /* milliseconds are enough here */
	ql_buf_fmt(b, as_json ? "Z\",\"level\":\"%s\",\"svc\":\"%s\",\"event\":\"%s\"" : "Z level=%s svc=%s event=%s", LEVELS[level],
	           service_name, event);
	if (trace[0] != '\0')
		ql_buf_fmt(b, as_json ? ",\"trace\":\"%s\"" : " trace=%s", trace);
}

static void add_tail(struct ql_buf *b, const struct ql_buf *pairs)
{
	const char *p = pairs->data ? pairs->data : "";

	if (!ql_buf_ok(pairs))
		p = "dropped=\"pairs too long\"";
	if (as_json) {
		while (*p != '\0')
			p = add_member(b, p);
		ql_buf_str(b, "}");
	} else if (*p != '\0') {
		ql_buf_str(b, " ");
		ql_buf_str(b, p);
	}
	ql_buf_str(b, "\n");
}

static void write_line(const struct ql_buf *b)
{
	ssize_t n;

	do
		n = write(STDERR_FILENO, b->data, b->len);
	while (n < 0 && errno == EINTR); /* nothing sensible can be done about a log that cannot be written */
}

void ql_log(enum ql_level level, const char *event, const char *kv, ...)
{
	struct ql_buf line, pairs;
	int saved = errno;
	va_list ap;

	if (level < least)
		return;
	ql_buf_init(&line, LOG_LINE);
	ql_buf_init(&pairs, LOG_PAIRS);
	va_start(ap, kv);
	if (kv != NULL)
		add_pairs(&pairs, kv, &ap);
	va_end(ap);
	add_head(&line, level, event);
	add_tail(&line, &pairs);
	if (!ql_buf_ok(&line)) { /* never half a line: say less */
		pairs.failed = true;
		ql_buf_reset(&line);
		add_head(&line, level, event);
		add_tail(&line, &pairs);
	}
	if (ql_buf_ok(&line))
		write_line(&line);
	ql_buf_free(&pairs);
	ql_buf_free(&line);
	errno = saved;
}

void ql_log_err(const char *event, const struct ql_err *err)
{
	enum ql_level level = err->rc == QL_FATAL ? QL_ERROR : err->rc == QL_OK ? QL_INFO : QL_WARN;
	const char *rc = ql_rc_name(err->rc);

	if (err->sqlstate[0] != '\0')
		ql_log(level, event, "rc=%s sqlstate=%s msg=\"%s\"", rc, err->sqlstate, err->msg);
	else if (err->field[0] != '\0')
		ql_log(level, event, "rc=%s field=%s msg=\"%s\"", rc, err->field, err->msg);
	else
		ql_log(level, event, "rc=%s msg=\"%s\"", rc, err->msg);
}

int ql_die(const struct ql_err *err)
{
	ql_log_err("stopped", err);
	return EXIT_FAILURE;
}
