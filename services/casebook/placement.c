#include "casebook/placement.h"
#include <string.h>
#include "domain/ident.h"
#include "domain/timefmt.h"

static const struct unit *declared_at(const struct reference *ref, const char *declaration)
{
	struct declaration_parts parts;

	if (declaration == NULL || !ident_declaration_parts(declaration, &parts))
		return NULL;
	return reference_unit_by_code(ref, parts.office);
}

static enum reach reach_between(const struct unit *home, const struct unit *goods, const struct category *category)
{
	if (category != NULL && strcmp(category->unit_role, "national") == 0)
		return REACH_NATIONAL;
	if (home == NULL || goods == NULL || home->id == goods->id)
		return category != NULL && strcmp(category->unit_role, "business") == 0 ? REACH_DEPARTMENT : REACH_OFFICE;
	return home->district == goods->district ? REACH_DEPARTMENT : REACH_DISTRICT;
}

#define WEIGHT_MOST 20 /* as reference data allows for a category */

/* What the category weighs, and what the administration adds for the kind and the priority. */
static int weigh(const struct reference *ref, const struct category *category, const char *kind, const char *priority)
{
	const struct parameters *add = reference_parameters(ref);
	enum case_kind k;
	enum case_priority p;
	int64_t weight = category != NULL ? category->weight : 1;

	if (kind != NULL && case_kind_parse(kind, &k))
		weight += add->weight_kind[k];
	if (case_priority_parse(priority, &p))
		weight += add->weight_priority[p];
	return weight < 0 ? 0 : weight > WEIGHT_MOST ? WEIGHT_MOST : (int)weight;
}

void casebook_place(const struct reference *ref, const struct place_facts *f, struct place *out)
{
	const struct unit *home = reference_unit(ref, f->home_unit);
	const struct unit *goods = f->goods_unit != NULL ? reference_unit_by_code(ref, f->goods_unit) : NULL;
	const struct unit *declared = declared_at(ref, f->declaration);
	const struct category *category = f->category != NULL ? reference_category(ref, f->category) : NULL;
	const struct unit *lead = home != NULL ? home : goods != NULL ? goods : declared != NULL ? declared : reference_root(ref);

	const char *priority = f->priority != NULL ? f->priority : f->needed_by != 0 && f->needed_by - f->now < QL_DAY ? "urgent" : "normal";

	if (goods == NULL)
		goods = declared;
	*out = (struct place){
		.lead_unit = lead != NULL ? lead->id : 0,
		.home_unit = home != NULL ? home->id : 0,
		.goods_unit = goods != NULL ? goods->id : 0,
		.reach = reach_between(home, goods, category),
		.weight = weigh(ref, category, f->kind, priority),
		.category = category != NULL ? category->code : NULL,
		.priority = priority,
	};
}
