#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "china.h"
#include "domain/choose.h"

enum { ROOT = 1,
       SHANGHAI = 10,
       PUDONG = 11,
       YANGSHAN = 12,
       SHENZHEN = 20,
       SHEKOU = 21 };
enum { CUSTOMS_TECH,
       COLD_CHAIN,
       DANGEROUS,
       ENGLISH_LETTERS };
enum { ZH,
       EN,
       RU };

#define NOW    bj(2026, 11, 23, 10, 0)
#define BIT(n) SKILL_BIT(n)

static struct roster roster;
static struct choice out;

static struct candidate officer(int64_t id, int64_t unit)
{
	return (struct candidate){
		.id = id,
		.unit = unit,
		.capacity = 20,
		.ramp = 100,
		.available = true,
		.valid_from = bj(2020, 1, 1, 0, 0),
		.duty_from = bj(2026, 11, 23, 8, 30),
		.duty_until = bj(2026, 11, 23, 17, 0),
		.subjects = UINT64_MAX,
		.languages = BIT(ZH),
	};
}

static void put(struct candidate c) { assert_true(roster_put(&roster, &c)); }
static void join(int64_t id, enum duty_pool pool, int64_t unit) { assert_true(roster_join(&roster, id, pool, unit)); }

/* 101, 102 Pudong (102 also district pool), 103 district pool, 104 national, 105 Pudong duty, 106 root duty, 107 Shenzhen. */
static int build(void **state)
{
	(void)state;
	roster_clear(&roster);
	put(officer(107, SHEKOU));
	put(officer(101, PUDONG));
	put(officer(103, SHANGHAI));
	put(officer(102, PUDONG));
	put(officer(104, ROOT));
	put(officer(105, PUDONG));
	put(officer(106, ROOT));
	join(101, POOL_OFFICE, PUDONG);
	join(102, POOL_OFFICE, PUDONG);
	join(102, POOL_DISTRICT, SHANGHAI);
	join(103, POOL_DISTRICT, SHANGHAI);
	join(104, POOL_NATIONAL, ROOT);
	join(105, POOL_DUTY, PUDONG);
	join(106, POOL_DUTY, ROOT);
	join(107, POOL_OFFICE, SHEKOU);
	roster_index(&roster);
	return 0;
}

static struct work simple_work(void)
{
	return (struct work){ .case_id = 5, .weight = 1, .now = NOW, .home_unit = PUDONG, .goods_unit = YANGSHAN, .district = SHANGHAI, .root = ROOT, .category = -1 };
}

static struct candidate *get(int64_t id)
{
	struct candidate *c = roster_find(&roster, id);

	assert_non_null(c);
	return c;
}

static void drawn(const struct work *w, enum choose_level level, int64_t id)
{
	choose(w, &roster, &out);
	assert_string_equal(choose_level_name(out.level), choose_level_name(level));
	assert_true(out.ranked_count > 0);
	assert_int_equal(out.ranked[0].id, id);
	assert_int_equal(out.ranked[0].level, level);
}

/* --- each filter alone --------------------------------------------------------------------------------------------------- */

static void not_yet(struct candidate *c, struct work *w) { c->valid_from = w->now + 1; }
static void no_more(struct candidate *c, struct work *w) { c->valid_until = w->now; }
static void still_valid(struct candidate *c, struct work *w) { c->valid_from = w->now, c->valid_until = w->now + 1; }
static void shift_later(struct candidate *c, struct work *w) { c->duty_from = w->now + 1; }
static void shift_over(struct candidate *c, struct work *w) { c->duty_until = w->now; }
static void says_no(struct candidate *c, struct work *w) { (void)w, c->available = false; }
static void declined(struct candidate *c, struct work *w) { w->excluded[w->excluded_count++] = 999, w->excluded[w->excluded_count++] = c->id; }
static void other_subject(struct candidate *c, struct work *w) { w->category = 7, c->subjects = BIT(6) | BIT(8); }
static void own_subject(struct candidate *c, struct work *w) { w->category = 7, c->subjects = BIT(7); }
static void highest_subject(struct candidate *c, struct work *w) { w->category = 63, c->subjects = BIT(63); }
static void one_skill_short(struct candidate *c, struct work *w) { w->required = BIT(COLD_CHAIN) | BIT(DANGEROUS), c->skills = BIT(COLD_CHAIN) | BIT(CUSTOMS_TECH); }
static void skills_enough(struct candidate *c, struct work *w) { w->required = BIT(COLD_CHAIN), c->skills = BIT(COLD_CHAIN) | BIT(DANGEROUS); }
static void no_russian(struct candidate *c, struct work *w) { (void)c, w->languages = BIT(RU) | BIT(EN); }
static void one_language_is_enough(struct candidate *c, struct work *w) { w->languages = BIT(RU) | BIT(EN), c->languages |= BIT(EN); }
static void shift_ends(struct candidate *c, struct work *w) { w->shift_needed = 30 * QL_MINUTE, c->duty_until = w->now + 30 * QL_MINUTE - 1; }
static void shift_just_lasts(struct candidate *c, struct work *w) { w->shift_needed = 30 * QL_MINUTE, c->duty_until = w->now + 30 * QL_MINUTE; }
static void no_room(struct candidate *c, struct work *w) { w->weight = 3, c->open_weight = 18; }
static void room_just_enough(struct candidate *c, struct work *w) { w->weight = 3, c->open_weight = 17; }
static void back_from_leave(struct candidate *c, struct work *w) { (void)w, c->ramp = 50, c->open_weight = 10; }
static void back_from_leave_with_room(struct candidate *c, struct work *w) { (void)w, c->ramp = 50, c->open_weight = 9; }
static void takes_nothing(struct candidate *c, struct work *w) { w->weight = 0, c->capacity = 0; }
static void recused(struct candidate *c, struct work *w)
{
	w->enterprises[w->enterprise_count++] = 8001;
	w->enterprises[w->enterprise_count++] = 8000;
	assert_true(roster_recuse(&roster, c->id, 8000));
	roster_index(&roster);
}
static void recused_from_this_case(struct candidate *c, struct work *w) { w->recused[w->recused_count++] = c->id; }
static void another_recused_from_this_case(struct candidate *c, struct work *w) { w->recused[w->recused_count++] = c->id + 1; }
static void recused_elsewhere(struct candidate *c, struct work *w)
{
	w->enterprises[w->enterprise_count++] = 8000;
	assert_true(roster_recuse(&roster, c->id, 8001));
	assert_true(roster_recuse(&roster, c->id + 1, 8000));
	roster_index(&roster);
}

static const struct filter_row {
	const char *name;
	void (*spoil)(struct candidate *c, struct work *w);
	enum choose_filter filter;
} FILTERS[] = {
	{ "appointment begins later",                  not_yet,                   FILTER_VALIDITY  },
	{ "appointment is over",                       no_more,                   FILTER_VALIDITY  },
	{ "appointed from now on",                     still_valid,               FILTER_NONE      },
	{ "shift begins later",                        shift_later,               FILTER_DUTY      },
	{ "shift is over",                             shift_over,                FILTER_DUTY      },
	{ "takes no work",                             says_no,                   FILTER_AVAILABLE },
	{ "recused from one of the enterprises",       recused,                   FILTER_RECUSED   },
	{ "recused from another enterprise",           recused_elsewhere,         FILTER_NONE      },
	{ "recused from this case alone",              recused_from_this_case,    FILTER_RECUSED   },
	{ "another one recused from this case",        another_recused_from_this_case, FILTER_NONE },
	{ "declined it before",                        declined,                  FILTER_EXCLUDED  },
	{ "another subject",                           other_subject,             FILTER_SUBJECT   },
	{ "the right subject",                         own_subject,               FILTER_NONE      },
	{ "the last subject bit",                      highest_subject,           FILTER_NONE      },
	{ "one required skill short",                  one_skill_short,           FILTER_SKILLS    },
	{ "more skills than needed",                   skills_enough,             FILTER_NONE      },
	{ "none of the languages",                     no_russian,                FILTER_LANGUAGE  },
	{ "one of the languages",                      one_language_is_enough,    FILTER_NONE      },
	{ "shift ends too soon",                       shift_ends,                FILTER_SHIFT     },
	{ "shift just lasts",                          shift_just_lasts,          FILTER_NONE      },
	{ "no room for this weight",                   no_room,                   FILTER_CAPACITY  },
	{ "room just enough",                          room_just_enough,          FILTER_NONE      },
	{ "back from leave: half the capacity",        back_from_leave,           FILTER_CAPACITY  },
	{ "back from leave: room in that half",        back_from_leave_with_room, FILTER_NONE      },
	{ "no capacity, not even for a weightless one", takes_nothing,            FILTER_CAPACITY  },
};

static void filters(void **state)
{
	const struct filter_row *r = *state;
	struct work w = simple_work();

	build(NULL);
	r->spoil(get(101), &w);
	assert_string_equal(choose_filter_name(choose_filter(&w, &roster, get(101))), choose_filter_name(r->filter));
	get(102)->available = false; /* nobody else in the office: 101 decides */
	choose(&w, &roster, &out);
	if (r->filter == FILTER_NONE) {
		assert_int_equal(out.ranked[0].id, 101);
		assert_int_equal(out.level, LEVEL_OFFICE);
	} else {
		assert_int_not_equal(out.level, LEVEL_OFFICE);
		assert_true(out.removed_by[r->filter] > 0);
		assert_int_equal(out.removed[0].id, 101);
		assert_int_equal(out.removed[0].removed_by, r->filter);
	}
}

/* One that fails everything is told the first reason in the fixed order; mended one by one, the next. */
static void first_failing_filter_is_the_reason(void **state)
{
	struct work w = simple_work();
	struct candidate *c = get(101);

	(void)state;
	w.required = BIT(COLD_CHAIN), w.languages = BIT(RU), w.category = 3, w.shift_needed = QL_HOUR, w.weight = 5;
	w.enterprises[w.enterprise_count++] = 8000;
	w.excluded[w.excluded_count++] = 101;
	assert_true(roster_recuse(&roster, 101, 8000));
	roster_index(&roster);
	c->valid_from = NOW + 1, c->duty_until = NOW, c->available = false, c->subjects = 0, c->open_weight = 20;
	for (int f = FILTER_VALIDITY; f < CHOOSE_FILTERS; f++) {
		assert_int_equal(choose_filter(&w, &roster, c), f);
		switch (f) {
		case FILTER_VALIDITY:  c->valid_from = NOW; break;
		case FILTER_DUTY:      c->duty_until = NOW + 1; break;
		case FILTER_AVAILABLE: c->available = true; break;
		case FILTER_RECUSED:   assert_true(roster_unrecuse(&roster, 101, 8000)); break;
		case FILTER_EXCLUDED:  w.excluded_count = 0; break;
		case FILTER_SUBJECT:   c->subjects = BIT(3); break;
		case FILTER_SKILLS:    c->skills = BIT(COLD_CHAIN); break;
		case FILTER_LANGUAGE:  c->languages = BIT(RU); break;
		case FILTER_SHIFT:     c->duty_until = NOW + QL_HOUR; break;
		case FILTER_CAPACITY:  c->open_weight = 15; break;
		}
	}
	assert_int_equal(choose_filter(&w, &roster, c), FILTER_NONE);
}

/* --- the order of draw ----------------------------------------------------------------------------------------------------- */

static void draws_level_by_level(void **state)
{
	struct work w = simple_work();

	(void)state;
	w.first_asked = 107;
	w.named = 104;
	get(104)->deputies[0] = 106;
	drawn(&w, LEVEL_NAMED, 107);
	assert_int_equal(out.ranked_count, 2); /* the enterprise's own is next */
	assert_int_equal(out.ranked[1].id, 104);
	get(107)->available = false;
	drawn(&w, LEVEL_NAMED, 104);
	get(104)->available = false;
	drawn(&w, LEVEL_DEPUTY, 106);
	get(106)->available = false;
	get(102)->open_weight = 1;
	drawn(&w, LEVEL_OFFICE, 101);
	get(101)->available = false;
	drawn(&w, LEVEL_OFFICE, 102);
	get(102)->available = false;
	drawn(&w, LEVEL_DISTRICT, 103);
	assert_int_equal(out.looked_at[LEVEL_DISTRICT], 1); /* 102 was looked at in the office already */
	get(103)->available = false;
	get(104)->available = true;
	w.named = w.first_asked = 0;
	drawn(&w, LEVEL_NATIONAL, 104);
	get(104)->available = false;
	drawn(&w, LEVEL_DUTY, 105);
	get(105)->available = false;
	get(106)->available = true;
	drawn(&w, LEVEL_DUTY, 106);
	get(106)->available = false;
	choose(&w, &roster, &out);
	assert_int_equal(out.level, LEVEL_NONE);
	assert_int_equal(out.ranked_count, 0);
}

static void the_goods_office_serves_who_has_no_home(void **state)
{
	struct work w = simple_work();

	(void)state;
	w.home_unit = 0;
	w.goods_unit = SHEKOU;
	w.district = SHENZHEN;
	drawn(&w, LEVEL_OFFICE, 107);
	w.goods_unit = 0; /* nothing known at all */
	w.district = 0;
	drawn(&w, LEVEL_NATIONAL, 104);
}

static void deputies_of_deputies_and_no_loop(void **state)
{
	struct work w = simple_work();

	(void)state;
	w.named = 101;
	get(101)->available = false;
	get(101)->deputies[0] = 102, get(101)->deputies[1] = 103;
	get(102)->deputies[0] = 101, get(102)->deputies[1] = 107, get(102)->deputies[2] = 102;
	get(103)->deputies[0] = 9999; /* left the roster */
	drawn(&w, LEVEL_DEPUTY, 102);
	assert_int_equal(out.ranked_count, 3);
	assert_int_equal(out.ranked[1].id, 103); /* all deputies before a deputy's deputy */
	assert_int_equal(out.ranked[2].id, 107);
	get(102)->available = get(103)->available = false;
	drawn(&w, LEVEL_DEPUTY, 107);
	get(107)->deputies[0] = 101; /* a loop of three */
	get(107)->available = false;
	choose(&w, &roster, &out);
	assert_int_equal(out.level, LEVEL_NATIONAL);
	assert_int_equal(out.removed_by[FILTER_AVAILABLE], 4);
}

static void a_long_chain_is_cut(void **state)
{
	struct work w = simple_work();

	(void)state;
	for (int64_t id = 1000; id < 1040; id++) {
		struct candidate c = officer(id, SHEKOU);

		c.deputies[0] = id + 1;
		c.available = id == 1039;
		put(c);
	}
	roster_index(&roster);
	w.named = 1000;
	choose(&w, &roster, &out);
	assert_int_equal(out.level, LEVEL_OFFICE);
	assert_int_equal(out.looked_at[LEVEL_DEPUTY], CHOOSE_CHAIN - 1);
}

static void later_levels_when_one_was_emptied_by_others(void **state)
{
	struct work w = simple_work();

	(void)state;
	w.from_level = LEVEL_DISTRICT;
	choose(&w, &roster, &out);
	assert_int_equal(out.level, LEVEL_DISTRICT);
	assert_int_equal(out.ranked_count, 2);
	w.from_level = LEVEL_NATIONAL;
	drawn(&w, LEVEL_NATIONAL, 104);
}

/* The duty supervisor owns a case; load and skills do not count, being there and being impartial do. */
static void duty_supervisors_own_what_nobody_takes(void **state)
{
	struct work w = simple_work();

	(void)state;
	w.required = BIT(DANGEROUS);
	w.enterprises[w.enterprise_count++] = 8000;
	get(105)->open_weight = 20;
	drawn(&w, LEVEL_DUTY, 105);
	assert_int_equal(out.ranked_count, 2);
	assert_int_equal(out.relaxed, 0);
	assert_true(roster_recuse(&roster, 105, 8000));
	roster_index(&roster);
	drawn(&w, LEVEL_DUTY, 106);
	get(106)->duty_until = NOW;
	choose(&w, &roster, &out);
	assert_int_equal(out.level, LEVEL_NONE);
}

/* Too full to take it from the office pool, yet the one who must look after it. */
static void a_full_supervisor_still_owns(void **state)
{
	struct work w = simple_work();

	(void)state;
	join(105, POOL_OFFICE, PUDONG);
	roster_index(&roster);
	for (int64_t id = 101; id <= 105; id++)
		get(id)->open_weight = 20;
	drawn(&w, LEVEL_DUTY, 105);
	assert_int_equal(out.removed_by[FILTER_CAPACITY], 5);
}

static void who_leaves_the_roster_leaves_the_pools(void **state)
{
	struct work w = simple_work();
	size_t n;

	(void)state;
	assert_true(roster_remove(&roster, 101));
	assert_false(roster_remove(&roster, 101));
	roster_index(&roster);
	roster_pool(&roster, POOL_OFFICE, PUDONG, &n);
	assert_int_equal(n, 1);
	drawn(&w, LEVEL_OFFICE, 102);
	assert_int_equal(out.total, 1);
	assert_true(roster_leave(&roster, 102, POOL_OFFICE, PUDONG));
	assert_false(roster_leave(&roster, 102, POOL_OFFICE, PUDONG));
	choose(&w, &roster, &out);
	assert_int_equal(out.level, LEVEL_DISTRICT);
}

/* --- inside a pool ----------------------------------------------------------------------------------------------------------- */

static void preferred_relax_required_never(void **state)
{
	struct work w = simple_work();

	(void)state;
	w.preferred_count = 2;
	w.preferred[0] = COLD_CHAIN, w.preferred[1] = CUSTOMS_TECH;
	get(101)->skills = BIT(CUSTOMS_TECH);
	get(102)->skills = BIT(COLD_CHAIN);
	get(102)->open_weight = 19; /* a match outweighs load */
	drawn(&w, LEVEL_OFFICE, 102);
	assert_int_equal(out.ranked[0].kept, 1);
	assert_int_equal(out.relaxed, 1); /* the last preferred one was given up */
	get(101)->skills |= BIT(COLD_CHAIN);
	drawn(&w, LEVEL_OFFICE, 101);
	assert_int_equal(out.relaxed, 0);
	get(101)->skills = get(102)->skills = 0;
	drawn(&w, LEVEL_OFFICE, 101); /* both given up: still the own office, not the next level */
	assert_int_equal(out.relaxed, 2);
	w.required = BIT(DANGEROUS);
	get(103)->skills = BIT(DANGEROUS);
	drawn(&w, LEVEL_DISTRICT, 103);
	get(103)->skills = 0;
	choose(&w, &roster, &out);
	assert_int_equal(out.level, LEVEL_DUTY);
}

static void a_needed_language_never_relaxes(void **state)
{
	struct work w = simple_work();

	(void)state;
	w.languages = BIT(RU);
	get(104)->languages = BIT(RU);
	drawn(&w, LEVEL_NATIONAL, 104);
	assert_int_equal(out.removed_by[FILTER_LANGUAGE], 3);
}

static void ties_are_broken_in_order(void **state)
{
	struct work w = simple_work();
	int64_t first, cases[2] = { 0, 0 };

	(void)state;
	get(101)->open_weight = 4, get(101)->capacity = 20;
	get(102)->open_weight = 4, get(102)->capacity = 30; /* the same weight is less of a load */
	get(102)->last_assigned = NOW;
	drawn(&w, LEVEL_OFFICE, 102);
	get(102)->capacity = 20;
	drawn(&w, LEVEL_OFFICE, 101); /* never assigned before: longest ago */
	get(101)->last_assigned = NOW - 1;
	drawn(&w, LEVEL_OFFICE, 101);
	get(101)->last_assigned = NOW;
	for (w.case_id = 1; w.case_id <= 1000; w.case_id++) { /* equal in all: the hash, the same each time, fair over cases */
		choose(&w, &roster, &out);
		first = out.ranked[0].id;
		choose(&w, &roster, &out);
		assert_int_equal(out.ranked[0].id, first);
		cases[first - 101]++;
	}
	assert_true(cases[0] > 400 && cases[1] > 400);
	get(102)->unit = YANGSHAN; /* where the goods are */
	w.case_id = 5;
	drawn(&w, LEVEL_OFFICE, 102);
}

/* --- many ---------------------------------------------------------------------------------------------------------------------- */

static void fill(int64_t n)
{
	roster_clear(&roster);
	for (int64_t i = 0; i < n; i++) {
		struct candidate c = officer(1 + i * 7919 % n, PUDONG);

		c.open_weight = (int32_t)(c.id % 21);
		c.last_assigned = c.id % 13;
		put(c);
		join(c.id, POOL_NATIONAL, ROOT);
	}
	roster_index(&roster);
}

static void the_best_are_kept_of_many(void **state)
{
	struct work w = simple_work();
	size_t eligible = 0;

	(void)state;
	fill(ROSTER_MAX);
	choose(&w, &roster, &out);
	assert_int_equal(out.level, LEVEL_NATIONAL);
	assert_int_equal(out.total, ROSTER_MAX);
	assert_int_equal(out.ranked_count, CHOOSE_KEPT);
	assert_int_equal(out.removed_count, CHOOSE_KEPT);
	for (size_t i = 0; i < roster.count; i++)
		eligible += choose_filter(&w, &roster, &roster.candidate[i]) == FILTER_NONE;
	assert_int_equal(out.eligible, eligible);
	assert_int_equal(out.eligible + out.removed_by[FILTER_CAPACITY], out.total);
	for (size_t i = 0; i < CHOOSE_KEPT; i++) { /* nobody left out is better than somebody kept */
		size_t better = 0;

		for (size_t k = 0; k < roster.count; k++) {
			const struct candidate *c = &roster.candidate[k];
			int32_t load = c->open_weight * 1000 / 20;

			if (choose_filter(&w, &roster, c) == FILTER_NONE)
				better += load < out.ranked[i].load || (load == out.ranked[i].load && c->last_assigned < out.ranked[i].last_assigned);
		}
		assert_true(better <= i);
	}
}

static void roster_stays_right_under_change(void **state)
{
	uint64_t seed = 3;

	(void)state;
	fill(500);
	for (int round = 0; round < 3000; round++) {
		int64_t id = 1 + below(&seed, 600);
		struct candidate c = officer(id, below(&seed, 50));

		switch (below(&seed, 5)) {
		case 0: assert_true(roster_put(&roster, &c)); break;
		case 1: roster_remove(&roster, id); break;
		case 2: assert_true(roster_join(&roster, id, POOL_OFFICE, below(&seed, 9) + 1)); break;
		case 3: roster_leave(&roster, id, POOL_OFFICE, below(&seed, 9) + 1); break;
		case 4: assert_true(roster_recuse(&roster, id, below(&seed, 4))); break;
		}
		if (round % 50 != 0)
			continue;
		roster_index(&roster);
		for (size_t i = 1; i < roster.count; i++)
			assert_true(roster.candidate[i - 1].id < roster.candidate[i].id);
		for (int64_t unit = 0; unit <= 9; unit++) {
			size_t n, counted = 0;
			const struct pool_seat *seat = roster_pool(&roster, POOL_OFFICE, unit, &n);

			for (size_t i = 0; i < n; i++) {
				assert_true(seat[i].pool == POOL_OFFICE && (unit == 0 || seat[i].unit == unit));
				if (seat[i].index >= 0)
					assert_int_equal(roster.candidate[seat[i].index].id, seat[i].coordinator);
				else
					assert_null(roster_get(&roster, seat[i].coordinator));
			}
			for (size_t i = 0; i < roster.seats; i++)
				counted += roster.seat[i].pool == POOL_OFFICE && (unit == 0 || roster.seat[i].unit == unit);
			assert_int_equal(n, counted);
		}
	}
}

static void full_is_refused(void **state)
{
	struct candidate c = officer(1, PUDONG);

	(void)state;
	fill(ROSTER_MAX);
	assert_true(roster_put(&roster, &c)); /* replaces */
	c.id = ROSTER_MAX + 1;
	assert_false(roster_put(&roster, &c));
	for (int64_t i = 0; i < ROSTER_RECUSALS; i++)
		assert_true(roster_recuse(&roster, i % ROSTER_MAX, i));
	assert_true(roster_recuse(&roster, 0, 0)); /* known already */
	assert_false(roster_recuse(&roster, 1, 0));
	for (int64_t i = roster.seats; i < ROSTER_MEMBERS; i++)
		assert_true(roster_join(&roster, 1, POOL_OFFICE, i));
	assert_false(roster_join(&roster, 2, POOL_OFFICE, 1));
}

/* --- what waits ------------------------------------------------------------------------------------------------------------------ */

static void urgency_is_the_nearer_of_promise_and_need(void **state)
{
	struct work w = simple_work();

	(void)state;
	assert_int_equal(choose_urgency(&w), URGENCY_NONE);
	w.promise = 100;
	assert_int_equal(choose_urgency(&w), 100);
	w.needed_by = 200;
	assert_int_equal(choose_urgency(&w), 100);
	w.needed_by = 50;
	assert_int_equal(choose_urgency(&w), 50);
	w.promise = 0;
	assert_int_equal(choose_urgency(&w), 50);
}

static void what_waits_is_drawn_in_order(void **state)
{
	static const struct work ORDER[] = {
		{ .case_id = 9, .priority = 2, .promise = 900, .opened_at = 90, .tier = 3 },
		{ .case_id = 8, .priority = 1, .promise = 100, .opened_at = 80, .tier = 3 },
		{ .case_id = 7, .priority = 1, .promise = 800, .needed_by = 200, .opened_at = 70, .tier = 3 },
		{ .case_id = 6, .priority = 1, .promise = 300, .opened_at = 60, .tier = 0 },
		{ .case_id = 5, .priority = 1, .promise = 300, .opened_at = 10, .tier = 1 },
		{ .case_id = 3, .priority = 1, .promise = 300, .opened_at = 20, .tier = 1 },
		{ .case_id = 4, .priority = 1, .promise = 300, .opened_at = 20, .tier = 1 },
		{ .case_id = 2, .priority = 1, .opened_at = 1, .tier = 0 },
		{ .case_id = 1, .priority = 0, .promise = 1, .opened_at = 0, .tier = 0 },
	};

	(void)state;
	for (size_t i = 0; i < QL_LEN(ORDER); i++)
		for (size_t k = 0; k < QL_LEN(ORDER); k++) {
			int c = choose_compare_waiting(&ORDER[i], &ORDER[k]);

			assert_int_equal((c > 0) - (c < 0), (i > k) - (i < k));
		}
}

#define TEST(f) cmocka_unit_test_setup(f, build)
#define PLAIN   23

/* --- by hand, and afterwards --------------------------------------------------------------------------------------------------- */

static void all_that_is_against_it_is_named(void **state)
{
	struct work w = simple_work();

	(void)state;
	build(NULL);
	assert_int_equal(choose_filters(&w, &roster, get(101)), 0);
	says_no(get(101), &w);
	no_russian(get(101), &w);
	no_room(get(101), &w);
	assert_int_equal(choose_filters(&w, &roster, get(101)), FILTER_BIT(FILTER_AVAILABLE) | FILTER_BIT(FILTER_LANGUAGE) | FILTER_BIT(FILTER_CAPACITY));
	assert_int_equal(choose_filter(&w, &roster, get(101)), FILTER_AVAILABLE); /* the first of the same */
}

static void a_supervisor_may_set_aside_only_what_is_of_the_moment(void **state)
{
	const unsigned never = FILTER_BIT(FILTER_VALIDITY) | FILTER_BIT(FILTER_RECUSED) | FILTER_BIT(FILTER_SUBJECT) | FILTER_BIT(FILTER_SKILLS) | FILTER_BIT(FILTER_CAPACITY);

	(void)state;
	assert_int_equal(FILTERS_SOFT & never, 0);
	assert_int_equal(FILTERS_SOFT | never, (1u << CHOOSE_FILTERS) - 2); /* every filter is one or the other */
}

static void the_draw_reaches_by_name_deputy_and_seat(void **state)
{
	struct work w = simple_work();

	(void)state;
	build(NULL);
	assert_true(choose_reaches(&w, &roster, get(101)));  /* office */
	assert_true(choose_reaches(&w, &roster, get(103)));  /* district */
	assert_true(choose_reaches(&w, &roster, get(104)));  /* nation */
	assert_false(choose_reaches(&w, &roster, get(105))); /* stands duty only */
	assert_false(choose_reaches(&w, &roster, get(107))); /* another district's */
	w.first_asked = 107;
	assert_false(choose_reaches(&w, &roster, get(107))); /* having had it is no claim */
	w.named = 107;
	assert_true(choose_reaches(&w, &roster, get(107)));
	get(107)->deputies[0] = 105;
	assert_true(choose_reaches(&w, &roster, get(105)));
}

static void a_part_of_a_unit_stays_in_its_district(void **state)
{
	struct work w = simple_work();

	(void)state;
	build(NULL);
	for (int64_t id = 101; id <= 103; id++)
		get(id)->available = false;
	drawn(&w, LEVEL_NATIONAL, 104);
	w.local = true;
	drawn(&w, LEVEL_DUTY, 105);
}

static void the_parts_of_a_case_have_a_key_each(void **state)
{
	struct work a = simple_work(), b = simple_work();

	(void)state;
	b.party = 2;
	assert_int_not_equal(work_key(&a), work_key(&b));
	assert_true(choose_compare_waiting(&a, &b) < 0); /* the lead goes first */
	a.case_id = 999999999999999;
	a.party = 12;
	assert_true(work_key(&a) > 0);
	assert_int_equal(work_key(&a) >> 5, a.case_id);
}

static void the_share_grows_evenly_after_an_absence(void **state)
{
	const ql_time from = NOW, until = NOW + 24 * QL_HOUR;

	(void)state;
	assert_int_equal(roster_ramp(from, until, from - 1, 50), 50);
	assert_int_equal(roster_ramp(from, until, from, 50), 50);
	assert_int_equal(roster_ramp(from, until, from + 6 * QL_HOUR, 50), 62);
	assert_int_equal(roster_ramp(from, until, from + 12 * QL_HOUR, 50), 75);
	assert_int_equal(roster_ramp(from, until, until - 1, 50), 99);
	assert_int_equal(roster_ramp(from, until, until, 50), 100);
	assert_int_equal(roster_ramp(from, from, from, 50), 100); /* no ramp at all */
	assert_int_equal(roster_ramp(-24 * QL_HOUR, 0, NOW, 50), 100); /* nobody was away */
}

int main(void)
{
	struct CMUnitTest tests[PLAIN + QL_LEN(FILTERS)] = {
		TEST(first_failing_filter_is_the_reason),
		TEST(draws_level_by_level),
		TEST(the_goods_office_serves_who_has_no_home),
		TEST(deputies_of_deputies_and_no_loop),
		TEST(a_long_chain_is_cut),
		TEST(later_levels_when_one_was_emptied_by_others),
		TEST(duty_supervisors_own_what_nobody_takes),
		TEST(a_full_supervisor_still_owns),
		TEST(who_leaves_the_roster_leaves_the_pools),
		TEST(preferred_relax_required_never),
		TEST(a_needed_language_never_relaxes),
		TEST(ties_are_broken_in_order),
		TEST(the_best_are_kept_of_many),
		TEST(roster_stays_right_under_change),
		TEST(full_is_refused),
		TEST(urgency_is_the_nearer_of_promise_and_need),
		TEST(what_waits_is_drawn_in_order),
		TEST(all_that_is_against_it_is_named),
		TEST(a_supervisor_may_set_aside_only_what_is_of_the_moment),
		TEST(the_draw_reaches_by_name_deputy_and_seat),
		TEST(a_part_of_a_unit_stays_in_its_district),
		TEST(the_parts_of_a_case_have_a_key_each),
		TEST(the_share_grows_evenly_after_an_absence),
	};

	for (size_t i = 0; i < QL_LEN(FILTERS); i++)
		tests[PLAIN + i] = (struct CMUnitTest){ FILTERS[i].name, filters, NULL, NULL, (void *)&FILTERS[i] };
	return cmocka_run_group_tests_name("domain/choose", tests, NULL, NULL);
}
