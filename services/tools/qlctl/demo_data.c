#include "tools/qlctl/demo_data.h"
#include <stdio.h>
#include <string.h>
#include "base/err.h"
#include "domain/ident.h"

static const struct { const char *uscc, *name, *home; bool broker; } REAL[] = { /* seeds 000 and 001 */
	{ "913100007449143662", "上海荣泰健康科技股份有限公司", "2222", false },
	{ "913101187785259673", "上海劲达报关有限公司", "2222", true },
	{ "913100006318984862", "上海海外国际贸易有限公司", "2210", false },
	{ "91440300731132752M", "新赛斯电子(深圳)有限公司", "5303", false },
	{ "914403007675983190", "深圳中外运物流有限公司", "5304", true },
	{ "91460000721234704E", "中海石油化学股份有限公司", "6400", false },
};

static const char *const SURNAMES[] = { "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭",
                                        "何", "林", "高", "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾" };
static const char *const GIVEN[] = { "伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "明", "超",
                                     "秀兰", "建华", "志强", "晓明", "海燕", "文博", "雨桐", "子涵", "思远", "嘉怡", "宏伟", "丽华", "俊杰", "国栋" };
static const char *const PLACES[] = { "东海", "华信", "远洋", "恒达", "天成", "瑞丰", "金桥", "海川", "中瑞", "嘉禾", "新科", "长风", "博众", "联创", "盛泰",
                                      "安捷", "宏图", "启明", "泰和", "锦程", "凯旋", "明德", "百川", "九州" };
static const char *const TRADES[] = { "电子", "精密机械", "纺织", "医疗器械", "汽车部件", "食品", "化工", "半导体", "家居用品", "光学", "新材料", "冷链物流" };
static const char *const FORMS[] = { "有限公司", "股份有限公司", "进出口有限公司" };

/* A small generator of our own: the same people on every machine, whatever its C library. */
static uint32_t draw(uint32_t seed, uint32_t what)
{
	uint64_t x = ((uint64_t)seed << 32 | what) + 0x9E3779B97F4A7C15u;

	x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
	x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
	return (uint32_t)(x >> 32);
}

/* Both check characters are found by asking the judge: 11 x 31 tries at most. */
static void make_uscc(int i, char out[19])
{
	static const char ORG[] = "0123456789X", ALL[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	struct ident_fault fault;

	for (const char *org = ORG; *org != '\0'; org++)
		for (const char *c = ALL; *c != '\0'; c++) {
			snprintf(out, 19, "91310000%08u%c%c", 30000000u + (unsigned)i * 977u, *org, *c);
			if (ident_check(IDENT_USCC, out, &fault))
				return;
		}
}

void demo_person(int i, char out[32])
{
	snprintf(out, 32, "%s%s", SURNAMES[draw((uint32_t)i, 1) % QL_LEN(SURNAMES)], GIVEN[draw((uint32_t)i, 2) % QL_LEN(GIVEN)]);
}

static const struct { const char *district; int percent; } WEIGHTS[] = {
	{ "2200", 12 }, { "5300", 12 }, { "2300", 10 }, { "2900", 8 }, { "3100", 7 }, { "5200", 7 }, { "4200", 7 }, { "5100", 6 },
	{ "0200", 5 }, { "3700", 4 }, { "0100", 4 },
};

int demo_district_weight(const char *district)
{
	for (size_t i = 0; i < QL_LEN(WEIGHTS); i++)
		if (strncmp(WEIGHTS[i].district, district, 2) == 0)
			return WEIGHTS[i].percent;
	return 0;
}

/* First the district by its weight, then any of its offices. */
static const char *pick_home(int i, const char *const *offices, size_t n)
{
	int roll = (int)(draw((uint32_t)i, 3) % 100);
	size_t from = draw((uint32_t)i, 4) % n;
	const char *district = NULL;

	for (size_t w = 0; district == NULL && w < QL_LEN(WEIGHTS); w++)
		if ((roll -= WEIGHTS[w].percent) < 0)
			district = WEIGHTS[w].district;
	for (size_t k = 0; k < n; k++) {
		const char *office = offices[(from + k) % n];

		if (district != NULL ? strncmp(office, district, 2) == 0 : demo_district_weight(office) == 0)
			return office;
	}
	return offices[from];
}

void demo_enterprise(int i, const char *const *offices, size_t n_offices, struct demo_enterprise *out)
{
	static const char *const CHANNELS[] = { "wechat", "wecom", "mail", "portal" };
	const uint32_t seed = (uint32_t)i;
	const bool aeo = draw(seed, 5) % 4 == 0;
	const bool real = (size_t)i < QL_LEN(REAL);

	*out = (struct demo_enterprise){ .channel = CHANNELS[draw(seed, 6) % QL_LEN(CHANNELS)], .is_broker = real ? REAL[i].broker : draw(seed, 7) % 8 == 0 };
	if (real) {
		snprintf(out->uscc, sizeof(out->uscc), "%s", REAL[i].uscc);
		snprintf(out->name, sizeof(out->name), "%s", REAL[i].name);
		snprintf(out->home, sizeof(out->home), "%s", REAL[i].home);
	} else {
		make_uscc(i, out->uscc);
		snprintf(out->name, sizeof(out->name), "%s%s%s", PLACES[draw(seed, 8) % QL_LEN(PLACES)],
		         out->is_broker ? "报关" : TRADES[draw(seed, 9) % QL_LEN(TRADES)], FORMS[draw(seed, 10) % QL_LEN(FORMS)]);
		snprintf(out->home, sizeof(out->home), "%s", pick_home(i, offices, n_offices));
	}
	demo_person(10000 + i, out->contact);
	snprintf(out->phone, sizeof(out->phone), "+86138%08u", (unsigned)(20000000 + i * 7919));
	snprintf(out->channel_user, sizeof(out->channel_user), "oDemo%s%06d", out->channel, i);
	out->class282 = real || aeo ? "advanced_certified" : draw(seed, 11) % 10 == 0 ? "certified" : "regular";
	out->class251 = real || aeo ? "advanced_certified" : NULL;
}

const struct demo_user DEMO_USERS[] = {
	{ "supervisor", "值班长", "supervisor", "zh-CN", "0000", NULL, NULL },
	{ "shanghai", "上海关区值班长", "supervisor", "zh-CN", "2200", NULL, NULL },
	{ "lin", "林晓", "coordinator", "zh-CN", "2222", "2222-1", NULL },
	{ "zhou", "周敏", "coordinator", "zh-CN", "2248", "2248-1", NULL },
	{ "rongtai", "李悦", "enterprise", "zh-CN", NULL, NULL, "913100007449143662" },
};
const size_t DEMO_USERS_N = QL_LEN(DEMO_USERS);
