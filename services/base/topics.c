#include "base/topics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 256

static bool parse_row(const char *line, struct ql_topic *t)
{
	int end = 0;

	return sscanf(line, "%63[A-Za-z0-9._-],%" SCNd32 ",%" SCNd64 ",%" SCNd32 " %n", t->name, &t->partitions,
	              &t->retention_ms, &t->max_message_bytes, &end) == 4 &&
	       line[end] == '\0' && t->partitions > 0 && t->partitions <= QL_TOPIC_PARTITIONS_MAX && t->retention_ms > 0 &&
	       t->max_message_bytes > 0;
}

static enum ql_rc read_rows(FILE *f, const char *path, struct ql_topic *topics, size_t *n, struct ql_err *err)
{
	char line[LINE_MAX_BYTES];

	if (fgets(line, sizeof(line), f) == NULL || strncmp(line, "name,partitions,retention_ms,max_message_bytes", 46) != 0)
		return ql_fail(err, QL_FATAL, "%s: the heading is not name,partitions,retention_ms,max_message_bytes", path);
	for (*n = 0; fgets(line, sizeof(line), f) != NULL; (*n)++) {
		if (*n == QL_TOPICS_MAX)
			return ql_fail(err, QL_FATAL, "%s: more than %d topics", path, QL_TOPICS_MAX);
		if (!parse_row(line, &topics[*n]))
			return ql_fail(err, QL_FATAL, "%s, line %zu: not a topic with its three settings", path, *n + 2);
	}
	if (*n == 0)
		return ql_fail(err, QL_FATAL, "%s: no topic", path);
	return QL_OK;
}

enum ql_rc ql_topics_read(const char *path, struct ql_topic topics[QL_TOPICS_MAX], size_t *n, struct ql_err *err)
{
	FILE *f = fopen(path, "re");
	enum ql_rc rc;

	if (f == NULL)
		return ql_fail(err, QL_FATAL, "%s: %s", path, strerror(errno));
	rc = read_rows(f, path, topics, n, err);
	fclose(f);
	return rc;
}
