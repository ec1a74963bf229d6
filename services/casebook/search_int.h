/* search_int.h -- inside of casebook.h: what a case is found by, gathered while its rows are staged.
 *
 * Every row of ql.search_terms is what one reader may know of a case: minus an enterprise's id, what that enterprise may;
 * 0, what any staff may; a unit's id, its own notes besides. So a term is noted with the audience of what it stands in, and a
 * sealed entry is in no row: each reading of it is journalled, and to find it by its words would be to read it.
 */
#ifndef QL_CASEBOOK_SEARCH_INT_H
#define QL_CASEBOOK_SEARCH_INT_H

#include "casebook/casebook.h"

#define SEARCH_TEXT_MAX  (12 * 1024)        /* bytes of terms of one text: some 1,700 Chinese characters; what follows is not found */
#define SEARCH_BYTES_MAX (32 * 1024 * 1024) /* of all terms of one unit */

enum search_who { SEARCH_ALL, SEARCH_TALK, SEARCH_STAFF, SEARCH_UNIT };

struct search {
	struct ql_buf terms, notes, names; /* notes and names: arrays of what search.c says */
	struct ql_rows *fresh, *more;      /* where rows go */
	bool opening;                      /* the case being noted is opened in this unit of work */
};

void search_init(struct search *s, struct ql_rows *fresh, struct ql_rows *more);
void search_free(struct search *s);
void search_reset(struct search *s);

/* From here to search_opened() all notes are of a case that has no rows yet. */
void search_open(struct search *s, int64_t case_id, bool open);
void search_opened(struct search *s);
void search_identify(struct search *s, int64_t case_id, const char *value); /* numbers, references; NULL: nothing */
void search_head(struct search *s, int64_t case_id, const char *subject);
void search_scope(struct search *s, int64_t case_id, int64_t scope);
void search_enterprise(struct search *s, int64_t case_id, int64_t enterprise);
void search_said(struct search *s, int64_t case_id, const char *audience, int64_t enterprise, int32_t unit, const char *text);

/* The names by which noted enterprises are found: asked for in one go, ascending by id, before search_stage(). */
bool search_wants_names(const struct search *s, struct ql_buf *ids);
void search_name(struct search *s, int64_t enterprise, const char *const values[4]); /* name, credit code, customs code, AEO code */
/* Notes become rows. */
QL_MUSTCHECK enum ql_rc search_stage(struct search *s, struct ql_err *err);

#endif
