/* quiet.h -- when a person may be told: in the working hours of their calendar; a digest once on a working day. Pure.
 *
 * A year without published holidays stops no notice: the plain week counts then, Monday to Friday.
 */
#ifndef QL_NOTIFY_QUIET_H
#define QL_NOTIFY_QUIET_H

#include "domain/worktime.h"

/* now itself when the calendar is open, else when it next opens. cal NULL: none is known, the plain week counts. */
ql_time quiet_until(const struct calendar *cal, ql_time now);

/* The next time after now at which it is that hour, Beijing time, of a working day. */
ql_time quiet_digest_at(const struct calendar *cal, ql_time now, int hour);

#endif
