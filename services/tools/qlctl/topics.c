/* qlctl topics: creates on a Kafka cluster the topics that it lacks. */
#include "topics.h"

#include <librdkafka/rdkafka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/log.h"
#include "base/topics.h"

#define ANSWER_MS 15000

struct topics_conf { const char *brokers, *file; int replication; };

#define T struct topics_conf
static const struct ql_opt OPTIONS[] = {
	QL_TEXT(T, brokers, "kafka.brokers", "127.0.0.1:9092", "Kafka bootstrap servers"),
	QL_TEXT(T, file, "topics.file", "topics/topics.csv", "topics and their settings"),
	QL_INT(T, replication, "topics.replication", "1", 1, 9, "copies of each partition"),
	{ 0 }
};
#undef T
static const struct ql_program PROGRAM = { "qlctl topics", "Creates the topics that the cluster lacks.", OPTIONS };

static enum ql_rc open_client(rd_kafka_t **rk, const char *brokers, struct ql_err *err)
{
	char why[160];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof(why)) == RD_KAFKA_CONF_OK) {
		*rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
		if (*rk != NULL)
			return QL_OK;
	}
	rd_kafka_conf_destroy(conf);
	return ql_fail(err, QL_FATAL, "kafka.brokers: %s", why);
}

static const rd_kafka_metadata_topic_t *find_topic(const rd_kafka_metadata_t *there, const char *name)
{
	for (int i = 0; i < there->topic_cnt; i++)
		if (strcmp(there->topics[i].topic, name) == 0 && there->topics[i].partition_cnt > 0)
			return &there->topics[i];
	return NULL;
}

/* Keeps in topics those that the cluster lacks. A topic that is there keeps its partitions: moving keys to others breaks the
 * order of a case's life, so that is the operator's decision. */
static enum ql_rc keep_missing(rd_kafka_t *rk, struct ql_topic *topics, size_t *n, struct ql_err *err)
{
	const rd_kafka_metadata_t *there;
	rd_kafka_resp_err_t e = rd_kafka_metadata(rk, 1, NULL, &there, ANSWER_MS);
	size_t missing = 0;

	if (e != RD_KAFKA_RESP_ERR_NO_ERROR)
		return ql_fail(err, QL_RETRY, "no list of topics from the brokers: %s", rd_kafka_err2str(e));
	for (size_t i = 0; i < *n; i++) {
		const rd_kafka_metadata_topic_t *t = find_topic(there, topics[i].name);

		if (t == NULL)
			topics[missing++] = topics[i];
		else if (t->partition_cnt != topics[i].partitions)
			ql_log(QL_WARN, "topic_differs", "topic=%s partitions=%d wanted=%" PRId32, t->topic, t->partition_cnt, topics[i].partitions);
	}
	*n = missing;
	rd_kafka_metadata_destroy(there);
	return QL_OK;
}

static enum ql_rc describe(rd_kafka_NewTopic_t **out, const struct ql_topic *t, int replication, struct ql_err *err)
{
	char why[160], number[24];

	*out = rd_kafka_NewTopic_new(t->name, t->partitions, replication, why, sizeof(why));
	if (*out == NULL)
		return ql_fail(err, QL_FATAL, "topic %s: %s", t->name, why);
	snprintf(number, sizeof(number), "%" PRId64, t->retention_ms);
	(void)rd_kafka_NewTopic_set_config(*out, "retention.ms", number);
	snprintf(number, sizeof(number), "%" PRId32, t->max_message_bytes);
	(void)rd_kafka_NewTopic_set_config(*out, "max.message.bytes", number);
	return QL_OK;
}

/* One answer per topic; another creator having been faster is as good as our own success. */
static enum ql_rc read_answers(rd_kafka_event_t *event, struct ql_err *err)
{
	size_t n;
	const rd_kafka_topic_result_t **answers;

	if (event == NULL)
		return ql_fail(err, QL_RETRY, "no answer to the creation of topics within %d ms", ANSWER_MS);
	if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return ql_fail(err, QL_RETRY, "creation of topics: %s", rd_kafka_event_error_string(event));
	answers = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);
	for (size_t i = 0; i < n; i++) {
		rd_kafka_resp_err_t e = rd_kafka_topic_result_error(answers[i]);

		if (e != RD_KAFKA_RESP_ERR_NO_ERROR && e != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
			return ql_fail(err, QL_FATAL, "topic %s: %s", rd_kafka_topic_result_name(answers[i]), rd_kafka_topic_result_error_string(answers[i]));
		ql_log(QL_INFO, "topic_created", "topic=%s", rd_kafka_topic_result_name(answers[i]));
	}
	return QL_OK;
}

static enum ql_rc create(rd_kafka_t *rk, const struct ql_topic *topics, size_t n, int replication, struct ql_err *err)
{
	rd_kafka_NewTopic_t *wanted[QL_TOPICS_MAX];
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	rd_kafka_event_t *event = NULL;
	size_t described = 0;
	enum ql_rc rc = QL_OK;

	while (rc == QL_OK && described < n) {
		rc = describe(&wanted[described], &topics[described], replication, err);
		if (rc == QL_OK)
			described++;
	}
	if (rc == QL_OK) {
		rd_kafka_CreateTopics(rk, wanted, n, NULL, queue);
		event = rd_kafka_queue_poll(queue, ANSWER_MS);
		rc = read_answers(event, err);
	}
	if (event != NULL)
		rd_kafka_event_destroy(event);
	rd_kafka_NewTopic_destroy_array(wanted, described);
	rd_kafka_queue_destroy(queue);
	return rc;
}

int qlctl_topics(int argc, char **argv)
{
	struct topics_conf conf = { 0 };
	struct ql_err err = { 0 };
	struct ql_topic topics[QL_TOPICS_MAX];
	rd_kafka_t *rk = NULL;
	size_t n = 0;
	enum ql_rc rc;

	if (ql_conf_load(&PROGRAM, &conf, argc, argv, &err) != QL_OK || ql_topics_read(conf.file, topics, &n, &err) != QL_OK ||
	    open_client(&rk, conf.brokers, &err) != QL_OK)
		return ql_die(&err);
	rc = keep_missing(rk, topics, &n, &err);
	if (rc == QL_OK && n > 0)
		rc = create(rk, topics, n, conf.replication, &err);
	rd_kafka_destroy(rk);
	return rc == QL_OK ? EXIT_SUCCESS : ql_die(&err);
}
