#include "tools/qlctl/health_net.h"
#include <curl/curl.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 3000

static size_t take(char *data, size_t size, size_t n, void *to)
{
	ql_buf_add(to, data, size * n);
	return size * n;
}

int health_get(int port, const char *path, struct ql_buf *body)
{
	CURL *curl = curl_easy_init();
	long status = 0;
	char url[80];

	ql_buf_reset(body);
	if (curl == NULL)
		return 0;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", port, path);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	return (int)status;
}

bool health_metric(const char *text, const char *name, double *value)
{
	const size_t len = strlen(name);

	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, len) == 0 && (line[len] == ' ' || line[len] == '{')) {
			*value = strtod(line + len + strcspn(line + len, " "), NULL);
			return true;
		}
	}
	return false;
}

/* --- the broker --- */

static enum ql_rc open_client(rd_kafka_t **rk, const char *brokers, struct ql_err *err)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[160];

	if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof(why)) == RD_KAFKA_CONF_OK
	    && rd_kafka_conf_set(conf, "log_level", "0", why, sizeof(why)) == RD_KAFKA_CONF_OK
	    && (*rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why))) != NULL)
		return QL_OK;
	rd_kafka_conf_destroy(conf);
	return ql_fail(err, QL_FATAL, "kafka.brokers: %s", why);
}

static enum ql_rc add_partition(rd_kafka_t *rk, const struct position *known, size_t n, struct topic_lag *lag, int32_t part, struct ql_err *err)
{
	int64_t low = 0, high = 0, next = 0;
	rd_kafka_resp_err_t e = rd_kafka_query_watermark_offsets(rk, lag->topic, part, &low, &high, ANSWER_MS);

	if (e != RD_KAFKA_RESP_ERR_NO_ERROR)
		return ql_fail(err, QL_RETRY, "%s: %s", lag->topic, rd_kafka_err2str(e));
	for (size_t i = 0; i < n; i++)
		if (known[i].part == part && strcmp(known[i].topic, lag->topic) == 0)
			next = known[i].next;
	lag->lag += high - (next > low ? next : low);
	lag->partitions++;
	return QL_OK;
}

static enum ql_rc read_topics(rd_kafka_t *rk, const rd_kafka_metadata_t *there, const struct position *known, size_t n, struct topic_lag out[HEALTH_TOPICS], struct ql_err *err)
{
	enum ql_rc rc = QL_OK;

	for (int t = 0; t < there->topic_cnt; t++)
		for (int i = 0; i < HEALTH_TOPICS; i++)
			for (int p = 0; rc == QL_OK && strcmp(out[i].topic, there->topics[t].topic) == 0 && p < there->topics[t].partition_cnt; p++)
				rc = add_partition(rk, known, n, &out[i], there->topics[t].partitions[p].id, err);
	return rc;
}

enum ql_rc health_lag(struct ql_pg *pg, const char *brokers, struct topic_lag out[HEALTH_TOPICS], struct ql_err *err)
{
	static const char *const TOPICS[HEALTH_TOPICS] = { "enterprise.enquiries", "clearance.incidents", "hotline.calls" };
	static struct position known[POSITIONS_MAX];
	const rd_kafka_metadata_t *there = NULL;
	rd_kafka_t *rk = NULL;
	char *cluster = NULL;
	size_t n = 0;
	enum ql_rc rc = open_client(&rk, brokers, err);

	for (int i = 0; i < HEALTH_TOPICS; i++)
		out[i] = (struct topic_lag){ TOPICS[i], 0, 0 };
	if (rc != QL_OK)
		return rc;
	if (rd_kafka_metadata(rk, 1, NULL, &there, ANSWER_MS) != RD_KAFKA_RESP_ERR_NO_ERROR || (cluster = rd_kafka_clusterid(rk, ANSWER_MS)) == NULL)
		rc = ql_fail(err, QL_RETRY, "the broker does not answer");
	if (rc == QL_OK)
		rc = health_store_positions(pg, cluster, known, &n, err);
	if (rc == QL_OK)
		rc = read_topics(rk, there, known, n, out, err);
	if (cluster != NULL)
		rd_kafka_mem_free(rk, cluster);
	if (there != NULL)
		rd_kafka_metadata_destroy(there);
	rd_kafka_destroy(rk);
	return rc;
}
