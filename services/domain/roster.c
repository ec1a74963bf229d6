#include "domain/roster.h"

#include <assert.h>
#include <string.h>

typedef int compare_fn(const void *a, const void *b);

static int order(int64_t a, int64_t b) { return (a > b) - (a < b); }

static int compare_candidates(const void *a, const void *b)
{
	return order(((const struct candidate *)a)->id, ((const struct candidate *)b)->id);
}

static int compare_seats(const void *a, const void *b)
{
	const struct pool_seat *x = a, *y = b;

	if (x->pool != y->pool)
		return order(x->pool, y->pool);
	return x->unit != y->unit ? order(x->unit, y->unit) : order(x->coordinator, y->coordinator);
}

static int compare_recusals(const void *a, const void *b)
{
	const struct recusal *x = a, *y = b;

	return x->coordinator != y->coordinator ? order(x->coordinator, y->coordinator) : order(x->enterprise, y->enterprise);
}

/* An array of one kind of row, so that searching and sorting are written once. */
struct rows {
	char *base;
	size_t n, size;
	compare_fn *compare;
};

static struct rows candidates(const struct roster *r)
{
	return (struct rows){ (char *)r->candidate, r->count, sizeof(r->candidate[0]), compare_candidates };
}
static struct rows seats(const struct roster *r)
{
	return (struct rows){ (char *)r->seat, r->seats, sizeof(r->seat[0]), compare_seats };
}
static struct rows recusals(const struct roster *r)
{
	return (struct rows){ (char *)r->recusal, r->recusals, sizeof(r->recusal[0]), compare_recusals };
}

/* The first row that is not before key. */
static size_t lower_bound(struct rows rows, const void *key)
{
	size_t low = 0, high = rows.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (rows.compare(rows.base + middle * rows.size, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t find(struct rows rows, const void *key, bool sorted)
{
	size_t i = sorted ? lower_bound(rows, key) : 0;

	while (!sorted && i < rows.n && rows.compare(rows.base + i * rows.size, key) != 0)
		i++;
	return i < rows.n && rows.compare(rows.base + i * rows.size, key) == 0 ? i : SIZE_MAX;
}

static void swap(char *a, char *b, size_t size)
{
	char spare[sizeof(struct candidate)];

	memcpy(spare, a, size);
	memcpy(a, b, size);
	memcpy(b, spare, size);
}

static void sift(struct rows rows, size_t at)
{
	for (size_t child; (child = 2 * at + 1) < rows.n; at = child) {
		if (child + 1 < rows.n && rows.compare(rows.base + child * rows.size, rows.base + (child + 1) * rows.size) < 0)
			child++;
		if (rows.compare(rows.base + at * rows.size, rows.base + child * rows.size) >= 0)
			return;
		swap(rows.base + at * rows.size, rows.base + child * rows.size, rows.size);
	}
}

/* Heapsort: the library's qsort may allocate. */
static void sort(struct rows rows)
{
	for (size_t i = rows.n / 2; i-- > 0;)
		sift(rows, i);
	while (rows.n > 1) {
		rows.n--;
		swap(rows.base, rows.base + rows.n * rows.size, rows.size);
		sift(rows, 0);
	}
}

static void drop(struct rows rows, size_t at, size_t *count)
{
	memmove(rows.base + at * rows.size, rows.base + (at + 1) * rows.size, (rows.n - at - 1) * rows.size);
	*count = rows.n - 1;
}

void roster_clear(struct roster *r)
{
	r->count = r->seats = r->recusals = 0;
	r->indexed = true;
}

bool roster_put(struct roster *r, const struct candidate *c)
{
	size_t at = find(candidates(r), c, r->indexed);

	if (at != SIZE_MAX) {
		r->candidate[at] = *c;
		return true;
	}
	if (r->count >= ROSTER_MAX)
		return false;
	r->candidate[r->count++] = *c;
	r->indexed = false;
	return true;
}

bool roster_remove(struct roster *r, int64_t id)
{
	struct candidate key = { .id = id };
	size_t at = find(candidates(r), &key, r->indexed), kept = 0;

	if (at == SIZE_MAX)
		return false;
	drop(candidates(r), at, &r->count);
	for (size_t i = 0; i < r->seats; i++)
		if (r->seat[i].coordinator != id)
			r->seat[kept++] = r->seat[i];
	r->seats = kept;
	r->indexed = false;
	return true;
}

bool roster_join(struct roster *r, int64_t coordinator, enum duty_pool pool, int64_t unit)
{
	struct pool_seat seat = { pool, unit, coordinator, -1 };

	if (find(seats(r), &seat, r->indexed) != SIZE_MAX)
		return true;
	if (r->seats >= ROSTER_MEMBERS)
		return false;
	r->seat[r->seats++] = seat;
	r->indexed = false;
	return true;
}

bool roster_leave(struct roster *r, int64_t coordinator, enum duty_pool pool, int64_t unit)
{
	struct pool_seat seat = { pool, unit, coordinator, -1 };
	size_t at = find(seats(r), &seat, r->indexed);

	if (at != SIZE_MAX)
		drop(seats(r), at, &r->seats); /* the order stays */
	return at != SIZE_MAX;
}

bool roster_recuse(struct roster *r, int64_t coordinator, int64_t enterprise)
{
	struct recusal pair = { coordinator, enterprise };

	if (find(recusals(r), &pair, r->indexed) != SIZE_MAX)
		return true;
	if (r->recusals >= ROSTER_RECUSALS)
		return false;
	r->recusal[r->recusals++] = pair;
	r->indexed = false;
	return true;
}

bool roster_unrecuse(struct roster *r, int64_t coordinator, int64_t enterprise)
{
	struct recusal pair = { coordinator, enterprise };
	size_t at = find(recusals(r), &pair, r->indexed);

	if (at != SIZE_MAX)
		drop(recusals(r), at, &r->recusals);
	return at != SIZE_MAX;
}

void roster_index(struct roster *r)
{
	sort(candidates(r));
	sort(seats(r));
	sort(recusals(r));
	r->indexed = true;
	for (size_t i = 0; i < r->seats; i++) {
		const struct candidate *c = roster_get(r, r->seat[i].coordinator);

		r->seat[i].index = c != NULL ? (int32_t)(c - r->candidate) : -1;
	}
}

int32_t roster_ramp(ql_time from, ql_time until, ql_time at, int32_t first)
{
	if (at >= until)
		return 100;
	if (at <= from)
		return first;
	return first + (int32_t)((100 - first) * (at - from) / (until - from));
}

const struct candidate *roster_get(const struct roster *r, int64_t id)
{
	struct candidate key = { .id = id };
	size_t at;

	assert(r->indexed);
	at = find(candidates(r), &key, true);
	return at != SIZE_MAX ? &r->candidate[at] : NULL;
}

struct candidate *roster_find(struct roster *r, int64_t id)
{
	const struct candidate *c = roster_get(r, id);

	return c != NULL ? &r->candidate[c - r->candidate] : NULL;
}

bool roster_recused(const struct roster *r, int64_t coordinator, int64_t enterprise)
{
	struct recusal pair = { coordinator, enterprise };

	assert(r->indexed);
	return find(recusals(r), &pair, true) != SIZE_MAX;
}

const struct pool_seat *roster_pool(const struct roster *r, enum duty_pool pool, int64_t unit, size_t *n)
{
	struct pool_seat from = { pool, unit != 0 ? unit : INT64_MIN, INT64_MIN, 0 };
	struct pool_seat past = { pool, unit != 0 ? unit : INT64_MAX, INT64_MAX, 0 };
	size_t first;

	assert(r->indexed);
	first = lower_bound(seats(r), &from);
	*n = lower_bound(seats(r), &past) - first;
	return r->seat + first;
}
