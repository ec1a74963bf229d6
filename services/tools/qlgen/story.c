#include "tools/qlgen/story.h"
#include "tools/qlgen/facts.h"

#define ENQUIRIES "enterprise.enquiries"

const char *const STORY_TOPICS[STORY_KINDS] = {
	[STORY_LETTER] = ENQUIRIES, [STORY_FRAGMENTS] = ENQUIRIES, [STORY_GREETING] = ENQUIRIES, [STORY_TWINS] = ENQUIRIES, [STORY_REPLY] = ENQUIRIES,
	[STORY_CALL] = "hotline.calls", [STORY_DECLARATION] = "clearance.incidents", [STORY_FAULTY] = NULL,
};

static int one_step(const struct world *w, const struct story *s, struct step steps[STORY_STEPS])
{
	(void)w;
	(void)s;
	(void)steps;
	return 1;
}

static const struct {
	int (*plan)(const struct world *w, const struct story *s, struct step steps[STORY_STEPS]);
	void (*write)(const struct world *w, const struct story *s, int step, struct record *out);
} KINDS[STORY_KINDS] = {
	[STORY_LETTER] = { letter_plan, letter_write },
	[STORY_FRAGMENTS] = { fragments_plan, fragments_write },
	[STORY_GREETING] = { one_step, greeting_write },
	[STORY_TWINS] = { twins_plan, twins_write },
	[STORY_REPLY] = { one_step, reply_write },
	[STORY_CALL] = { call_plan, call_write },
	[STORY_DECLARATION] = { declaration_plan, declaration_write },
	[STORY_FAULTY] = { one_step, faulty_write },
};

int story_plan(const struct world *w, const struct story *s, struct step steps[STORY_STEPS])
{
	for (int i = 0; i < STORY_STEPS; i++)
		steps[i] = (struct step){ 0 };
	return KINDS[s->kind].plan(w, s, steps);
}

void story_write(const struct world *w, const struct story *s, int step, struct record *out)
{
	out->topic = STORY_TOPICS[s->kind];
	KINDS[s->kind].write(w, s, step, out);
}
