#include "dispatch/figures.h"

#define FIGURE(member, k, n, h) struct ql_metric member = { .name = n, .help = h, .kind = k }

FIGURE(figure_assigned, QL_COUNTER, "dispatch_assigned_total", "Cases, and parts of cases, given to a coordinator.");
FIGURE(figure_decisions, QL_COUNTER, "dispatch_decisions_total", "Choices made, repeated ones included.");
FIGURE(figure_misses, QL_COUNTER, "dispatch_misses_total", "Choices whose coordinator turned out to be full.");
FIGURE(figure_stale, QL_COUNTER, "dispatch_stale_total", "Choices for a case that had moved meanwhile.");
FIGURE(figure_told, QL_COUNTER, "dispatch_unplaced_total", "Cases that nobody could be given when they came.");
FIGURE(figure_set_aside, QL_COUNTER, "dispatch_set_aside_total", "Cases that could not be worked on; see the log.");
FIGURE(figure_rerouted, QL_COUNTER, "dispatch_rerouted_total", "Cases taken back, or proposed to be, because their officer may not have them any more.");
FIGURE(figure_retiered, QL_COUNTER, "dispatch_tier_changes_total", "Open cases whose principal's credit class turned.");
FIGURE(figure_gap_days, QL_GAUGE, "dispatch_roster_days_unstaffed", "Duties that have nobody on a day of the coming month on which somebody must be there, counted by day.");
FIGURE(figure_gap_minutes, QL_GAUGE, "dispatch_roster_minutes_unstaffed", "Minutes inside opening hours of the coming month that have nobody, on days that have somebody.");
FIGURE(figure_fair_cv, QL_GAUGE, "dispatch_fairness_cv_thousandths", "Standard deviation over mean of the weight given per hour on duty.");
FIGURE(figure_fair_peak, QL_GAUGE, "dispatch_fairness_peak_thousandths", "The highest weight given per hour on duty over the median.");
FIGURE(figure_fair_worst, QL_GAUGE, "dispatch_fairness_worst_unit_cv_thousandths", "The same spread within the unit where it is greatest.");
FIGURE(figure_events, QL_COUNTER, "dispatch_events_total", "Events heard.");
FIGURE(figure_sweeps, QL_COUNTER, "dispatch_sweeps_total", "Times that all waiting cases were read.");
FIGURE(figure_waiting, QL_GAUGE, "dispatch_waiting", "Waiting cases in memory.");
FIGURE(figure_delay, QL_HISTOGRAM, "dispatch_delay_seconds", "From opening to the first coordinator, for cases placed at first sight.");

void figures_register(void)
{
	struct ql_metric *const all[] = { &figure_assigned, &figure_decisions, &figure_misses, &figure_stale, &figure_told, &figure_set_aside,
	                                  &figure_rerouted, &figure_retiered, &figure_gap_days, &figure_gap_minutes,
	                                  &figure_fair_cv, &figure_fair_peak, &figure_fair_worst, &figure_events, &figure_sweeps, &figure_waiting, &figure_delay };

	for (size_t i = 0; i < QL_LEN(all); i++)
		ql_metric_register(all[i]);
}
