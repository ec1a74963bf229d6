/* figures.h -- what notify counts. */
#ifndef QL_NOTIFY_FIGURES_H
#define QL_NOTIFY_FIGURES_H

#include "base/metrics.h"

extern struct ql_metric figure_events, figure_skipped, figure_lag, figure_deliveries, figure_hooks_delivered, figure_hooks_failed, figure_hooks_disabled,
	figure_mails_sent, figure_mails_failed, figure_mails_held, figure_busy, figure_again;

void figures_register(void); /* once, before threads start */

#endif
