/* log.h -- structured logs on stderr, one line an event: logfmt, or JSON with QL_LOG_FORMAT=json.
 *
 *   ql_log(QL_INFO, "case_opened", "case=%s unit=%s", no, unit);
 *   -> ts=2026-11-23T01:02:03.456Z level=info svc=intake event=case_opened trace=4bf9... case=261123-00417-5 unit=2222
 *
 * INFO is for state changes a coordinator could ask about. Personal data (names, telephone
 * numbers, texts) and secrets never enter a format argument: log ids. Safe from any thread.
 */
#ifndef QL_BASE_LOG_H
#define QL_BASE_LOG_H

#include "err.h"

enum ql_level { QL_DEBUG, QL_INFO, QL_WARN, QL_ERROR };

/* Sets the service name and reads QL_LOG_LEVEL (info) and QL_LOG_FORMAT (logfmt). */
void ql_log_open(const char *service);

/* kv is a printf format of logfmt pairs; a value with blanks is written "%s" in quotes by the caller. May be NULL. */
QL_PRINTF(3, 4) void ql_log(enum ql_level level, const char *event, const char *kv, ...);

/* The W3C trace id (32 hex digits) attached to every following line of this thread; NULL clears it. Copied. */
void ql_log_trace(const char *trace_id);

/* Logs err as one line with its rc, sqlstate and message; the level follows the rc (retry, conflict: warn). */
void ql_log_err(const char *event, const struct ql_err *err);

/* Logs err and returns EXIT_FAILURE: return ql_die(&err) from main. */
int ql_die(const struct ql_err *err);

#endif
