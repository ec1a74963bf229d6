#include "notify/figures.h"

#define FIGURE(member, k, n, h) struct ql_metric member = { .name = n, .help = h, .kind = k }

FIGURE(figure_events, QL_COUNTER, "notify_events_total", "Events of cases that were looked at.");
FIGURE(figure_skipped, QL_COUNTER, "notify_events_skipped_total", "Records that could not be understood; see the log.");
FIGURE(figure_lag, QL_GAUGE, "notify_lag_records", "Records behind, over assigned partitions.");
FIGURE(figure_deliveries, QL_COUNTER, "notify_webhook_deliveries_total", "Deliveries to webhooks that events led to.");
FIGURE(figure_hooks_delivered, QL_COUNTER, "notify_webhook_delivered_total", "Deliveries that an endpoint took.");
FIGURE(figure_hooks_failed, QL_COUNTER, "notify_webhook_failed_total", "Deliveries given up.");
FIGURE(figure_hooks_disabled, QL_COUNTER, "notify_webhook_disabled_total", "Endpoints disabled: gone, or failing for long.");
FIGURE(figure_mails_sent, QL_COUNTER, "notify_letters_sent_total", "Letters that a mail server or adapter took.");
FIGURE(figure_mails_failed, QL_COUNTER, "notify_letters_failed_total", "Letters refused or given up.");
FIGURE(figure_mails_held, QL_GAUGE, "notify_letters_held", "Letters that wait because their channel has no way out.");
FIGURE(figure_busy, QL_GAUGE, "notify_transfers", "Transfers on their way now.");
FIGURE(figure_again, QL_COUNTER, "notify_retries_total", "Transfers that failed and will be tried again.");

void figures_register(void)
{
	struct ql_metric *const all[] = { &figure_events, &figure_skipped, &figure_lag, &figure_deliveries, &figure_hooks_delivered, &figure_hooks_failed,
	                                  &figure_hooks_disabled, &figure_mails_sent, &figure_mails_failed, &figure_mails_held, &figure_busy, &figure_again };

	for (size_t i = 0; i < QL_LEN(all); i++)
		ql_metric_register(all[i]);
}
