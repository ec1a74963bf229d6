#include "ledger.h"

#include <assert.h>

#define TX(l, number) ((l)->txs[(number) % LEDGER_TXS])

void ledger_restart(struct ledger *l, uint64_t confirmed)
{
	l->first = l->next;
	l->confirmed = confirmed;
	l->pending = 0;
	l->failed = false;
}

bool ledger_full(const struct ledger *l)
{
	return l->next - l->first == LEDGER_TXS;
}

bool ledger_idle(const struct ledger *l)
{
	return l->next == l->first;
}

bool ledger_inside(const struct ledger *l)
{
	return !ledger_idle(l) && !TX(l, l->next - 1).ended;
}

void ledger_begin(struct ledger *l)
{
	assert(!ledger_full(l) && !ledger_inside(l));
	TX(l, l->next).end = 0;
	TX(l, l->next).pending = 0;
	TX(l, l->next).ended = false;
	l->next++;
}

uint64_t ledger_newest(const struct ledger *l)
{
	assert(ledger_inside(l));
	return l->next - 1;
}

void ledger_sent(struct ledger *l)
{
	TX(l, ledger_newest(l)).pending++;
	l->pending++;
}

static void advance(struct ledger *l)
{
	while (!l->failed && !ledger_idle(l) && TX(l, l->first).ended && TX(l, l->first).pending == 0) {
		if (TX(l, l->first).end > l->confirmed)
			l->confirmed = TX(l, l->first).end;
		l->first++;
	}
}

void ledger_end(struct ledger *l, uint64_t end_lsn)
{
	assert(ledger_inside(l));
	TX(l, l->next - 1).end = end_lsn;
	TX(l, l->next - 1).ended = true;
	advance(l);
}

void ledger_delivered(struct ledger *l, uint64_t tag, bool good)
{
	if (tag < l->first)
		return;
	assert(tag < l->next && TX(l, tag).pending > 0);
	TX(l, tag).pending--;
	l->pending--;
	if (!good)
		l->failed = true;
	advance(l);
}

void ledger_seen(struct ledger *l, uint64_t lsn)
{
	if (ledger_idle(l) && !l->failed && lsn > l->confirmed)
		l->confirmed = lsn;
}
