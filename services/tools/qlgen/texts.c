#include "tools/qlgen/texts.h"
#include <string.h>

static const struct problem ZH[] = {
	{ "examination_wait", 16,
	  { "{port}查验等待时间长", "查验已布控，尚未安排", "申请优先查验" },
	  { "集装箱{box}在{port}被布控查验，已等待{n}天，还没有安排，客户催得紧，请协调。", "报关单{decl}前天收到查验通知，箱号{box}，码头说没有机位，请帮忙问一下什么时候能查。",
	    "我司货物{box}在{port}待查验，货物怕潮，能否优先安排或者到厂查验？" },
	  NULL },
	{ "declaration_change", 14,
	  { "报关单修改申请未审核", "报关单{decl}申报要素录错", "撤单申请何时能批" },
	  { "报关单{decl}数量录错，昨天提交了修改申请，到现在没有审核，船期是{n}号，请协调。", "我司报关单{decl}的净重填写有误，不知道走修改还是撤销，请指导。",
	    "因换船需要撤销报关单{decl}，申请已交{n}天，请帮忙查询进度。" },
	  "已告知修改与撤销的适用情形和所需材料，企业自行在单一窗口提交。" },
	{ "manifest_mismatch", 9,
	  { "舱单与报关单数据不一致", "运抵报告未收到", "提单{bill}舱单件数不符" },
	  { "提单{bill}的舱单件数与报关单{decl}相差{n}件，船代说已改，系统里还是旧数据。", "箱{box}昨晚已进{port}卡口，一直没有运抵报告，无法申报，请核实。",
	    "报关单{decl}因舱单重量不符被退，船代已发更改，请协助确认。" },
	  NULL },
	{ "transit_hold", 5,
	  { "转关货物无法核销", "转关单到{port}后未核注" },
	  { "转关货物{box}已到{port}两天，系统显示未核销，不能申报进口，请两地海关协调。", "我司{box}从口岸转关至{port}，关锁号录入有误，启运地和指运地都说要对方处理。", },
	  NULL },
	{ "laboratory_pending", 6,
	  { "取样送检结果未出", "化验结果时间过长" },
	  { "报关单{decl}取样送检已{n}天，商品编码{hs}，结果还没有出来，产线等料。", "进口{hs}项下原料在{port}取样，实验室说样品还没收到，请查一下样品在哪里。" },
	  NULL },
	{ "tariff_dispute", 6,
	  { "归类意见不一致", "原产地证书被质疑", "完税价格磋商" },
	  { "同一商品在{port}按{hs}申报被要求改归类，而其他口岸一直按此放行，请明确。", "报关单{decl}的原产地证书因第三方发票被退，请问还需补充什么材料？", "报关单{decl}已进入价格磋商，材料交了{n}天没有答复。" },
	  NULL },
	{ "local_inspection", 7,
	  { "预约属地查检", "出口货物产地检验预约" },
	  { "我司有{n}批出口货物需要属地查检，系统里约不到本周的时间，请帮忙安排。", "货物已备好，预约{port}属地查检，联系人电话无人接听。" },
	  "已告知5+2预约方式和当日清的安排，企业已约好时间。" },
	{ "special_articles", 3,
	  { "特殊物品审批进度", "细胞样品到港请求优先" },
	  { "特殊物品卫生检疫审批已提交{n}天，临床试验等用，请协调。", "到{port}的细胞样品需零下保存，请优先办理，提单{bill}。" },
	  NULL },
	{ "tax_relief", 5,
	  { "减免税证明办理", "汇总征税担保额度未恢复" },
	  { "集成电路设备减免税申请已补充材料，{n}天未审核，设备{bill}已到港。", "报关单{decl}税款已缴，担保额度没有恢复，影响后面的货。" },
	  "已告知额度在税款核注后恢复，企业查询后确认已恢复。" },
	{ "processing_trade", 5,
	  { "加工贸易账册变更未通过", "手册核销问题" },
	  { "账册变更申请退回{n}次，原因写得不清楚，请指导。", "手册核销时剩余料件与系统差{n}件，需要怎样处理？" },
	  "已解释退回原因并说明需要补正的栏目。" },
	{ "animal_plant_permit", 3,
	  { "检疫许可审批", "隔离场使用申请" },
	  { "进境植物种苗检疫许可提交{n}天，提单{bill}下周到港，请加快。", "指定隔离场再次使用的考核何时安排？" },
	  NULL },
	{ "appointment_clearance", 6,
	  { "预约通关提前时间", "周末预约通关" },
	  { "周六有{n}票货物需要在{port}通关，箱号{box}，请协助预约。", "高级认证企业预约通关提前几小时申请？今晚的货来得及吗？" },
	  "已答复：高级认证企业提前8小时申请，其他企业提前24小时，可在互联网+海关提交。" },
	{ "aeo_not_recognised", 4,
	  { "{port}未识别我司高级认证企业身份", "境外海关未认可AEO编码" },
	  { "我司是高级认证企业，货物{box}在{port}仍按普通企业查验，请核对。", "出口到马来西亚的货物，对方海关查不到我司AEO编码，提单{bill}，请联系互认联络员。" },
	  NULL },
	{ "system_account", 8,
	  { "电子口岸卡无法登录", "单一窗口提示证书过期", "企业信息系统里查不到" },
	  { "操作员卡插入后提示无法读取，换了{n}台电脑都不行。", "单一窗口登录提示证书过期，卡是上个月才换的。", "新增的报关人员在系统里查不到，无法申报。" },
	  "已指导企业在线更新证书，登录恢复。" },
	{ "credit_query", 6,
	  { "认证企业复核材料", "信用等级查询", "认证培育报名" },
	  { "请问高级认证企业复核需要准备哪些材料，时间有什么要求？", "我司信用等级还显示旧的类别，请核实。", "想申请认证培育，{firm}应当联系哪个部门？" },
	  "已告知查询入口和所需材料。" },
	{ "policy_query", 8,
	  { "暂时进口货物延期", "退运货物需要的材料", "跨境电商退货政策" },
	  { "暂时进口的展品还有{n}天到期，想延期三个月，怎么办理？", "出口货物{box}被客户退回，退运进境需要哪些单证？", "跨境电商零售出口退货，原报关单{decl}，多长时间内可以退？" },
	  "已按现行公告答复，企业表示清楚。" },
	{ "complaint", 2,
	  { "对办理时间的意见", "电话长时间无人接听" },
	  { "报关单{decl}在{port}前后问了{n}次，每次答复不一样，希望有人负责到底。", "业务窗口电话打了一上午没有人接，希望改进。" },
	  NULL },
	{ "other", 3,
	  { "咨询货物{box}状态", "请求协助联系码头" },
	  { "箱{box}在{port}，船公司和码头说法不一样，请帮忙核实。", "提单{bill}的货物找不到位置，码头让我们问海关。" },
	  "已告知查询方式并提供码头联系电话。" },
};

static const struct problem EN[] = {
	{ "examination_wait", 4, { "Container {box} waiting for examination", "Examination at {port}: no slot yet" },
	  { "Container {box} was selected for examination {n} days ago and has no appointment. Our line stops tonight, please help.",
	    "Declaration {decl}: examined goods are temperature sensitive. Could the examination take place at our plant?" }, NULL },
	{ "aeo_not_recognised", 3, { "AEO status not recognised", "AEO code unknown to partner customs" },
	  { "Our certificate is valid, yet {port} treats us as an ordinary enterprise (declaration {decl}).",
	    "The partner administration cannot find our AEO code for bill {bill}. Please contact the liaison officer." }, NULL },
	{ "policy_query", 3, { "Extension of a temporary import", "Documents for returned goods" },
	  { "Our exhibits arrived {n} weeks ago. How do we extend the temporary import?", "Which documents do we need for goods returned under bill {bill}?" },
	  "The agent explained the procedure and sent the link to the announcement." },
};

static const struct problem RU[] = {
	{ "examination_wait", 4, { "Контейнер {box} ждёт досмотра", "Досмотр в {port}: нет даты" },
	  { "Контейнер {box} ждёт досмотра уже {n} дня, завод останавливается. Просим помочь.", "Декларация {decl}: груз боится влаги, можно ли провести досмотр на складе?" }, NULL },
	{ "aeo_not_recognised", 3, { "Статус УЭО не признан", "Код УЭО не найден" },
	  { "Статус УЭО нашего поставщика не признан в порту {port}, коносамент {bill}.", "Таможня назначения не видит код УЭО по декларации {decl}." }, NULL },
	{ "manifest_mismatch", 2, { "Расхождение манифеста", "Нет отчёта о прибытии" },
	  { "В манифесте по коносаменту {bill} на {n} места меньше, чем в декларации {decl}.", "Контейнер {box} прибыл вчера, отчёта о прибытии нет." }, NULL },
};

static const char *const GREETINGS[] = { "您好", "在吗", "你好！", "早上好", "下午好。", "谢谢", "好的" };
static const char *const FOLLOW_UPS[] = { "请问有进展吗？", "材料已经补充，请查收。", "客户又来催了，麻烦尽快。", "还没有人联系我们。", "刚才的情况补充一下：货物明天截关。", "收到，谢谢，我们先按您说的办。" };

const char *const TONGUE_NAMES[TONGUES] = { "zh", "en", "ru" };

const struct problem *texts_problems(enum tongue tongue, size_t *n)
{
	static const struct { const struct problem *list; size_t n; } ALL[TONGUES] = {
		[TONGUE_ZH] = { ZH, QL_LEN(ZH) }, [TONGUE_EN] = { EN, QL_LEN(EN) }, [TONGUE_RU] = { RU, QL_LEN(RU) },
	};

	*n = ALL[tongue].n;
	return ALL[tongue].list;
}

const char *texts_greeting(unsigned i) { return GREETINGS[i % QL_LEN(GREETINGS)]; }
const char *texts_follow_up(unsigned i) { return FOLLOW_UPS[i % QL_LEN(FOLLOW_UPS)]; }

/* What a brace names; NULL: none of ours. */
static const char *filling(const struct fillings *with, const char *name, size_t len)
{
	const struct { const char *name, *value; } known[] = {
		{ "box", with->box }, { "decl", with->decl }, { "bill", with->bill }, { "hs", with->hs }, { "port", with->port }, { "firm", with->firm },
	};

	for (size_t i = 0; i < QL_LEN(known); i++)
		if (strlen(known[i].name) == len && memcmp(known[i].name, name, len) == 0)
			return known[i].value;
	return NULL;
}

void texts_fill(struct ql_buf *b, const char *text, const struct fillings *with)
{
	while (*text != '\0') {
		size_t plain = strcspn(text, "{"), len = strcspn(text + plain, "}");
		const char *value = text[plain] == '{' ? filling(with, text + plain + 1, len - 1) : NULL;

		ql_buf_add(b, text, plain);
		if (text[plain] == '\0')
			return;
		if (value != NULL)
			ql_buf_str(b, value);
		else
			ql_buf_fmt(b, "%d", with->n);
		text += plain + len + (text[plain + len] == '}');
	}
}
