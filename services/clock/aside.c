#include "clock/aside.h"

void aside_put(struct aside *a, int64_t id, int seq, ql_time until)
{
	size_t at = 0, first = 0;

	while (at < a->n && (a->item[at].id != id || a->item[at].seq != seq)) {
		if (a->item[at].until < a->item[first].until)
			first = at;
		at++;
	}
	if (at == ASIDE_MAX)
		at = first;
	else if (at == a->n)
		a->n++;
	a->item[at].id = id;
	a->item[at].seq = seq;
	a->item[at].until = until;
}

bool aside_has(const struct aside *a, int64_t id, int seq)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->item[i].id == id && a->item[i].seq == seq)
			return true;
	return false;
}

void aside_release(struct aside *a, ql_time now)
{
	size_t kept = 0;

	for (size_t i = 0; i < a->n; i++)
		if (a->item[i].until > now)
			a->item[kept++] = a->item[i];
	a->n = kept;
}
