/* facts.h -- what all records of one story agree on: who, where, which box, which problem. Pure; between the files of stories. */
#ifndef QLGEN_FACTS_H
#define QLGEN_FACTS_H

#include "tools/qlgen/story.h"

enum facts_key { KEY_FACTS = 1, KEY_PLAN, KEY_STEP, KEY_SLOT, KEY_TRACE };

struct facts {
	const struct enterprise *who; /* never NULL; a stranger is like this one, but says no code */
	bool is_stranger;
	const struct office *place;
	char box[12], decl[24], bill[24], hs[11], uscc[19]; /* uscc: as it is said, "" by a stranger, sometimes mistyped */
	char stranger[40];                                  /* channel user of one */
	enum tongue tongue;
	const struct problem *problem;
	int variant;
	struct fillings fillings;
};

void facts_draw(const struct world *w, const struct story *s, struct facts *f);
/* Identity, key, time and trace of a record; the rest is the writer's. */
void facts_address(const struct world *w, const struct story *s, int step, ql_time at, struct record *out);
struct draw facts_step(const struct world *w, const struct story *s, int step);
void facts_time(struct ql_buf *b, const char *key, ql_time at);       /* RFC 3339 in Beijing time */
void facts_text(struct ql_buf *b, const char *key, const char *text); /* "" stays "", where a schema wants a text */
void facts_fill(struct ql_buf *b, const char *key, const char *text, const struct facts *f); /* a JSON text member from a template */
void facts_references(struct ql_buf *b, const struct facts *f, bool decl, bool box, bool bill);

/* The kinds: steps with their times, and one record. */
int letter_plan(const struct world *w, const struct story *s, struct step steps[STORY_STEPS]);
int fragments_plan(const struct world *w, const struct story *s, struct step steps[STORY_STEPS]);
int twins_plan(const struct world *w, const struct story *s, struct step steps[STORY_STEPS]);
int call_plan(const struct world *w, const struct story *s, struct step steps[STORY_STEPS]);
int declaration_plan(const struct world *w, const struct story *s, struct step steps[STORY_STEPS]);
void letter_write(const struct world *w, const struct story *s, int step, struct record *out);
void fragments_write(const struct world *w, const struct story *s, int step, struct record *out);
void greeting_write(const struct world *w, const struct story *s, int step, struct record *out);
void twins_write(const struct world *w, const struct story *s, int step, struct record *out);
void reply_write(const struct world *w, const struct story *s, int step, struct record *out);
void call_write(const struct world *w, const struct story *s, int step, struct record *out);
void declaration_write(const struct world *w, const struct story *s, int step, struct record *out);
void faulty_write(const struct world *w, const struct story *s, int step, struct record *out);

#endif
