/* story.h -- traffic as stories: somebody writes three lines, a call rings and ends, a declaration runs its track.
 *
 * A story is its number, its kind and when it began; every record of it is a pure function of that, of the seed and of the
 * people. So any record can be made again, byte for byte: that is how redeliveries are made. Texts live in record.value.
 */
#ifndef QLGEN_STORY_H
#define QLGEN_STORY_H

#include "base/buf.h"
#include "base/loop.h"
#include "tools/qlgen/draw.h"
#include "tools/qlgen/people.h"
#include "tools/qlgen/talks.h"
#include "tools/qlgen/texts.h"

#define STORY_STEPS   8
#define RECORD_BYTES_MAX (256 * 1024)

enum story_kind { STORY_LETTER, STORY_FRAGMENTS, STORY_GREETING, STORY_TWINS, STORY_REPLY, STORY_CALL, STORY_DECLARATION, STORY_FAULTY, STORY_KINDS };

struct world {
	uint64_t seed;
	ql_time start; /* when the traffic began: part of every identity */
	uint64_t key;  /* made of both: traffic that begins later is about other boxes */
	int haste;     /* how many times faster than life a story runs */
	struct people people;
	struct talks talks;
};
struct story { uint64_t no; enum story_kind kind; ql_time at; };

/* When a record's matter happens after the story's begin, and how much later it is sent: what comes out of order. */
struct step { ql_time offset, delay; };

enum record_mode { MODE_BINARY, MODE_STRUCTURED, MODE_BARE /* customs' XML without an envelope */ };
struct record {
	const char *topic, *type, *content_type;
	const char *fate; /* what intake may make of it: case, attach, record, quarantine; several joined by '|' */
	char source[48], id[62], key[140], traceparent[56];
	ql_time time;
	enum record_mode mode;
	struct ql_buf value;
};

extern const char *const STORY_TOPICS[STORY_KINDS]; /* which topic a kind of story writes to; NULL: any of them */

int story_plan(const struct world *w, const struct story *s, struct step steps[STORY_STEPS]); /* how many records */
/* out->value must be initialised; the rest is overwritten. */
void story_write(const struct world *w, const struct story *s, int step, struct record *out);

#endif
