/* work.h -- what a worker does with a job. Worker threads. */
#ifndef QL_GATEWAY_WORK_H
#define QL_GATEWAY_WORK_H

#include "pool.h"

void work_run(struct worker *w, struct job *job);

/* api.c: the HTTP interface. */
void api_run(struct worker *w, struct job *job);

#endif
