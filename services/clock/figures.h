/* figures.h -- what clock counts. */
#ifndef QL_CLOCK_FIGURES_H
#define QL_CLOCK_FIGURES_H

#include "base/metrics.h"

extern struct ql_metric figure_fired, figure_moved, figure_next_one, figure_escalated, figure_closed, figure_arrived, figure_watches, figure_set_aside, figure_late,
	figure_late_worst, figure_standby, figure_jumps, figure_missing_year, figure_timeless, figure_rebased;

void figures_register(void); /* once, before threads start */

#endif
