#include "clock/figures.h"

#define FIGURE(member, k, n, h) struct ql_metric member = { .name = n, .help = h, .kind = k }

FIGURE(figure_fired, QL_COUNTER, "clock_fired_total", "Thresholds of clocks fired.");
FIGURE(figure_moved, QL_COUNTER, "clock_moved_total", "Clocks seen due that had been stopped, moved or fired meanwhile.");
FIGURE(figure_next_one, QL_COUNTER, "clock_not_accepted_total", "Cases taken from a coordinator who did not accept in time.");
FIGURE(figure_escalated, QL_COUNTER, "clock_escalated_total", "Escalations to the duty supervisor.");
FIGURE(figure_arrived, QL_COUNTER, "clock_messages_arrived_total", "Words on the portal and spoken ones that became delivered.");
FIGURE(figure_closed, QL_COUNTER, "clock_closed_silent_total", "Answered cases closed because nobody objected in time.");
FIGURE(figure_watches, QL_COUNTER, "clock_watches_fired_total", "Watches whose time came: something expected did not happen.");
FIGURE(figure_rebased, QL_COUNTER, "clock_rebased_total", "Open clocks that a policy or calendar come in force has moved.");
FIGURE(figure_set_aside, QL_COUNTER, "clock_set_aside_total", "Clocks and watches that could not be worked on; see the log.");
FIGURE(figure_late, QL_HISTOGRAM, "clock_lateness_seconds", "How long after its time a threshold fired.");
FIGURE(figure_late_worst, QL_GAUGE, "clock_lateness_worst_microseconds", "The worst of the last minute.");
FIGURE(figure_standby, QL_GAUGE, "clock_standby", "1 while another clock leads and this one stands by.");
FIGURE(figure_jumps, QL_COUNTER, "clock_wall_jumps_total", "Times that the clock on the wall, ours or the database's, moved by over 5 s.");
FIGURE(figure_missing_year, QL_GAUGE, "clock_calendar_missing_year", "Year whose holidays are missing though they are needed now or within a month; 0: none.");
FIGURE(figure_timeless, QL_GAUGE, "clock_timeless", "Running clocks without a due time because their year has no calendar; at most 1000.");

void figures_register(void)
{
	struct ql_metric *const all[] = { &figure_fired, &figure_moved, &figure_next_one, &figure_escalated, &figure_closed, &figure_arrived, &figure_watches,
	                                  &figure_set_aside, &figure_late, &figure_late_worst, &figure_standby, &figure_jumps, &figure_missing_year,
	                                  &figure_timeless, &figure_rebased };

	for (size_t i = 0; i < QL_LEN(all); i++)
		ql_metric_register(all[i]);
}
