/* topics.h -- the topics and their settings, read from topics/topics.csv by the tools that create them.
 *
 * One line a topic under a heading line: name,partitions,retention_ms,max_message_bytes. No quoting: topic names need none.
 */
#ifndef QL_BASE_TOPICS_H
#define QL_BASE_TOPICS_H

#include <stdint.h>
#include "err.h"

#define QL_TOPICS_MAX 32 /* topics in the file */
#define QL_TOPIC_PARTITIONS_MAX 1000

struct ql_topic {
	char name[64];
	int32_t partitions;
	int64_t retention_ms;
	int32_t max_message_bytes;
};

/* Reads at most QL_TOPICS_MAX rows into topics. QL_FATAL names the file and the line at fault. */
QL_MUSTCHECK enum ql_rc ql_topics_read(const char *path, struct ql_topic topics[QL_TOPICS_MAX], size_t *n, struct ql_err *err);

#endif
