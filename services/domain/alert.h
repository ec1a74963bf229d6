/* alert.h -- the kinds of notice that our own people get, and how each goes when nobody chose otherwise. Pure. */
#ifndef QL_DOMAIN_ALERT_H
#define QL_DOMAIN_ALERT_H

#include <stdbool.h>

enum alert { ALERT_ASSIGNED, ALERT_WARNED, ALERT_BREACHED, ALERT_ESCALATED, ALERT_INVITED, ALERT_TASK, ALERT_FOLLOWED, ALERTS };

const char *alert_name(enum alert kind);
bool alert_parse(const char *name, enum alert *kind);
const char *alert_way(enum alert kind); /* now, digest */
bool alert_is_way(const char *word);    /* now, digest or off */

#endif
