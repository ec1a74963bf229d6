/* main.c -- notify: tells people and systems outside what happened to their cases. */
#include <stddef.h>
#include <stdlib.h>
#include "base/conf.h"
#include "base/log.h"
#include "notify/figures.h"
#include "notify/notify.h"

#define T struct notify_conf
static const struct ql_opt OPTIONS[] = {
	QL_SECRET(T, pg_dsn, "pg.dsn", NULL, "PostgreSQL connection string of role ql_notify"),
	QL_TEXT(T, brokers, "kafka.brokers", "127.0.0.1:9092", "Kafka bootstrap servers"),
	QL_TEXT(T, group, "notify.group", "notify", "Kafka consumer group; instances of one group share the partitions"),
	QL_TEXT(T, templates, "notify.templates", "services/notify/templates", "folder with the words of letters, a file a language"),
	QL_TEXT(T, public_url, "notify.url", "http://127.0.0.1:8080", "address of the pages, as links in letters have it"),
	QL_TEXT(T, mail_host, "mail.host", "", "SMTP server; without one letters wait and say so"),
	QL_INT(T, mail_port, "mail.port", "25", 1, 65535, "its port"),
	QL_TEXT(T, mail_tls, "mail.tls", "starttls", "none, starttls or tls"),
	QL_TEXT(T, mail_ca, "mail.ca", "", "file of the authorities that its certificate is believed by; empty: those of this machine"),
	QL_TEXT(T, mail_user, "mail.user", "", "login there; empty: none"),
	QL_SECRET(T, mail_password, "mail.password", "", "its password"),
	QL_TEXT(T, mail_from, "mail.from", "qingling@localhost", "sender's address"),
	QL_TEXT(T, mail_name, "mail.name", "海关企业协调", "sender's name"),
	QL_INT(T, mail_tries, "mail.tries", "60", 1, 1000, "times that a letter is tried before it is given up; an hour apart at last"),
	QL_TEXT(T, adapter_url, "adapter.url", "", "where messages of other channels are posted; without one they wait and say so"),
	QL_SECRET(T, adapter_secret, "adapter.secret", "", "what they are signed with, whsec_..."),
	QL_TEXT(T, adapter_channels, "adapter.channels", "wechat,wecom", "channels that the adapter serves"),
	QL_BOOL(T, hook_inside, "webhook.inside", "false", "webhooks may use http and lead into our own network: for trying only"),
	QL_INT(T, hook_tries, "webhook.tries", "12", 1, 100, "times that a delivery is tried before it is given up, over about two hours"),
	QL_INT(T, hook_each, "webhook.each", "4", 1, 32, "deliveries on their way to one endpoint at once"),
	QL_INT(T, hook_disable_s, "webhook.disable_after", "259200", 1, 31536000, "seconds of nothing but failures after which an endpoint is disabled"),
	QL_INT(T, hook_log_days, "webhook.log_days", "90", 1, 3650, "days for which the log of deliveries is kept"),
	QL_INT(T, transfers, "notify.transfers", "32", 16, TRANSFERS_MAX, "transfers at once"),
	QL_INT(T, timeout_s, "notify.timeout", "15", 1, 300, "seconds for one transfer"),
	QL_INT(T, lease_s, "notify.lease", "60", 1, 3600, "seconds after which what an instance took and never settled is another's; longer than a transfer"),
	QL_INT(T, retry_ms, "notify.retry_ms", "5000", 10, 600000, "wait after the first failure, doubled with each further one"),
	QL_TEXT(T, health_address, "health.address", "127.0.0.1", "address of the health and metrics port"),
	QL_INT(T, health_port, "health.port", "0", 0, 65535, "health and metrics port, 0: none"),
	{ 0 }
};
static const struct ql_program PROGRAM = { "notify", "Sends what leaves the house: letters by SMTP, webhooks, and messages for adapters of other channels.", OPTIONS };

int main(int argc, char **argv)
{
	struct notify_conf conf = { 0 };
	struct ql_backoff wait = { 0 };
	struct ql_err err = { 0 };
	struct notify *n = NULL;

	ql_log_open("notify");
	figures_register();
	ql_ready("database", "starting");
	ql_ready("broker", "not connected yet");
	if (ql_conf_load(&PROGRAM, &conf, argc, argv, &err) || ql_stop_on_signals(&err) || notify_open(&n, &conf, &err)) {
		notify_close(n);
		return ql_die(&err);
	}
	ql_log(QL_INFO, "ready", "ways=%s", n->ways);
	while (!ql_stopping()) {
		switch (notify_step(n, &err)) {
		case QL_OK:
			ql_backoff_reset(&wait);
			break;
		case QL_RETRY:
		case QL_CONFLICT:
			ql_backoff_wait(&wait, &err);
			break;
		default:
			notify_close(n);
			return ql_die(&err);
		}
	}
	notify_leave(n);
	notify_close(n);
	return EXIT_SUCCESS;
}
