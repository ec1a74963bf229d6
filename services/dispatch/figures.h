/* figures.h -- what dispatch counts. */
#ifndef QL_DISPATCH_FIGURES_H
#define QL_DISPATCH_FIGURES_H

#include "base/metrics.h"

extern struct ql_metric figure_assigned, figure_decisions, figure_misses, figure_stale, figure_told, figure_set_aside, figure_rerouted, figure_retiered, figure_gap_days,
	figure_gap_minutes, figure_fair_cv, figure_fair_peak, figure_fair_worst, figure_events, figure_sweeps,
	figure_waiting, figure_delay;

void figures_register(void); /* once, before threads start */

#endif
