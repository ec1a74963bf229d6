#include "casebook/changed.h"

void changed_all(struct changed *ch)
{
	ch->all = true;
	ch->n = 0;
}

void changed_add(struct changed *ch, int64_t coordinator)
{
	if (ch->all)
		return;
	for (size_t i = 0; i < ch->n; i++)
		if (ch->id[i] == coordinator)
			return;
	if (ch->n == CHANGED_MAX)
		changed_all(ch);
	else
		ch->id[ch->n++] = coordinator;
}

bool changed_may_help(const struct changed *ch, const struct roster *roster, const struct work *work)
{
	if (ch->all)
		return true;
	for (size_t i = 0; i < ch->n; i++) {
		const struct candidate *c = roster_get(roster, ch->id[i]);

		if (c != NULL && choose_filter(work, roster, c) == FILTER_NONE)
			return true;
	}
	return false;
}

static int64_t room(const struct candidate *c) { return (int64_t)c->capacity * c->ramp / 100 - c->open_weight; }

bool candidate_improved(const struct candidate *before, const struct candidate *after)
{
	return room(after) > room(before) || (after->available && !before->available) || (after->skills & ~before->skills) != 0
	    || (after->languages & ~before->languages) != 0 || (after->subjects & ~before->subjects) != 0 || after->duty_from != before->duty_from
	    || after->duty_until != before->duty_until || after->valid_from != before->valid_from || after->valid_until != before->valid_until;
}
