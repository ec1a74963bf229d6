#include "tools/qlgen/people.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AEO_SHARE        350 /* per thousand of what reaches coordinators */
#define AT_HOME          600
#define IN_THE_DISTRICT  360 /* the rest is in another one */

static const struct enterprise KNOWN[] = { /* public register; contacts are made up */
	{ "913100007449143662", "上海荣泰健康科技股份有限公司", "2222", "李悦", "+8613820000001", "portal", "rongtai", true, false },
	{ "913101187785259673", "上海劲达报关有限公司", "2222", "周洋", "+8613820000002", "wechat", "oQlgen000002", true, true },
	{ "913100006318984862", "上海海外国际贸易有限公司", "2210", "陈静", "+8613820000003", "wecom", "qlgen-000003", true, false },
	{ "91440300731132752M", "新赛斯电子(深圳)有限公司", "5303", "黄杰", "+8613820000004", "mail", "customs-4@example.org", true, false },
	{ "914403007675983190", "深圳中外运物流有限公司", "5304", "林涛", "+8613820000005", "wechat", "oQlgen000005", true, true },
	{ "91460000721234704E", "中海石油化学股份有限公司", "6400", "吴敏", "+8613820000006", "portal", "zhonghai", true, false },
};
static const struct office OFFICES[] = {
	{ "2222", "青浦海关" }, { "2225", "外港海关" }, { "2233", "浦东国际机场海关" }, { "2248", "洋山海关(港区)" }, { "5301", "皇岗海关" },
	{ "5303", "沙头角海关" }, { "5304", "蛇口海关" }, { "5204", "东莞海关" }, { "4227", "青岛大港海关" }, { "6400", "海口海关" },
};

enum ql_rc people_known(struct people *p, struct ql_err *err)
{
	p->list = malloc(sizeof(KNOWN));
	if (p->list == NULL)
		return ql_fail(err, QL_FATAL, "no memory for %zu enterprises", QL_LEN(KNOWN));
	memcpy(p->list, KNOWN, sizeof(KNOWN));
	p->n = QL_LEN(KNOWN);
	memcpy(p->office, OFFICES, sizeof(OFFICES));
	p->n_offices = QL_LEN(OFFICES);
	return QL_OK;
}

void people_free(struct people *p)
{
	free(p->list);
	p->list = NULL;
	p->n = 0;
}

/* From a random place on, the first that fits; that is even enough for a lively picture. */
static const struct enterprise *first_such(const struct people *p, size_t from, bool broker, bool aeo)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct enterprise *e = &p->list[(from + i) % p->n];

		if (e->is_broker == broker && e->is_aeo == aeo)
			return e;
	}
	return NULL;
}

const struct enterprise *people_pick(const struct people *p, struct draw *d, bool broker)
{
	const bool aeo = draw_mille(d, AEO_SHARE);
	const size_t from = (size_t)draw_below(d, (int)p->n);
	const struct enterprise *e = first_such(p, from, broker, aeo);

	if (e == NULL)
		e = first_such(p, from, broker, !aeo);
	return e != NULL ? e : &p->list[from];
}

static const struct office *office_from(const struct people *p, size_t from, const char *prefix, size_t len)
{
	for (size_t i = 0; i < p->n_offices; i++)
		if (strncmp(p->office[(from + i) % p->n_offices].code, prefix, len) == 0)
			return &p->office[(from + i) % p->n_offices];
	return &p->office[from];
}

const struct office *people_place(const struct people *p, struct draw *d, const char *home)
{
	const int where = draw_below(d, 1000);
	const size_t from = (size_t)draw_below(d, (int)p->n_offices);

	if (where < AT_HOME)
		return office_from(p, from, home, 4);
	return where < AT_HOME + IN_THE_DISTRICT ? office_from(p, from, home, 2) : &p->office[from];
}
