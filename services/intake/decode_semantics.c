#include "intake/decode.h"

#include <stdio.h>
#include <string.h>
#include "intake/decode_reason.h"

/* "3分20秒" / "3 min 20 s", the unit below a minute only when there is no hour. */
static void write_span(ql_time span, char *zh, size_t zh_size, char *en, size_t en_size)
{
	long long seconds = span / QL_SECOND, hours = seconds / 3600, minutes = seconds / 60 % 60;

	if (hours > 0) {
		snprintf(zh, zh_size, "%lld小时%lld分", hours, minutes);
		snprintf(en, en_size, "%lld h %lld min", hours, minutes);
	} else if (minutes > 0) {
		snprintf(zh, zh_size, "%lld分%lld秒", minutes, seconds % 60);
		snprintf(en, en_size, "%lld min %lld s", minutes, seconds % 60);
	} else {
		snprintf(zh, zh_size, "%lld.%03lld秒", seconds, (long long)(span % QL_SECOND / 1000));
		snprintf(en, en_size, "%lld.%03lld s", seconds, (long long)(span % QL_SECOND / 1000));
	}
}

static enum ql_rc check_call(struct intake_record *record, struct ql_err *err)
{
	const struct call *c = &record->call;
	const struct {
		ql_time first, then;
		enum reason reason;
		const char *field;
	} ORDER[] = {
		{ c->started, c->ended, REASON_ENDED_BEFORE_STARTED, "ended_at" },
		{ c->started, c->answered, REASON_ANSWERED_BEFORE_STARTED, "answered_at" },
		{ c->answered, c->ended, REASON_ENDED_BEFORE_ANSWERED, "ended_at" },
	};
	char zh[48], en[48];

	for (size_t i = 0; i < QL_LEN(ORDER); i++) {
		if (ORDER[i].first == 0 || ORDER[i].then == 0 || ORDER[i].then >= ORDER[i].first)
			continue;
		write_span(ORDER[i].first - ORDER[i].then, zh, sizeof zh, en, sizeof en);
		return reason_refuse(record, err, ORDER[i].reason, ORDER[i].field, zh, en);
	}
	return QL_OK;
}

static ql_time latest_told(const struct intake_record *record)
{
	const struct call *c = &record->call;

	switch (record->kind) {
	case RECORD_ENQUIRY: return record->enquiry.occurred;
	case RECORD_INCIDENT: return record->incident.occurred;
	case RECORD_NOTICE: return record->notice.occurred;
	case RECORD_CALL: return c->ended != 0 ? c->ended : c->answered != 0 ? c->answered
		                                                             : c->started;
	default: return 0;
	}
}

enum ql_rc decode_semantics(const struct record_in *in, struct intake_record *record, struct ql_err *err)
{
	ql_time told = latest_told(record);

	if (in->timestamp > 0 && told != 0) {
		record->ahead = told - in->timestamp > DECODE_AHEAD_MAX;
		record->late = in->timestamp - told > DECODE_LATE_AFTER;
	}
	return record->kind == RECORD_CALL ? check_call(record, err) : QL_OK;
}
