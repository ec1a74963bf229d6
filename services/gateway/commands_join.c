/* commands_join.c -- several cases at once: words moved, a second problem split off, two made one and two again. */
#include "command.h"
#include <string.h>

struct split_in { char subject[QL_TEXT_SIZE(120)], category[QL_TEXT_SIZE(39)]; };
static const struct ql_field SPLIT[] = { QL_NEED(struct split_in, subject), QL_MAY(struct split_in, category) };
struct reason_in { char reason[QL_TEXT_SIZE(2000)]; };
static const struct ql_field REASON[] = { QL_MAY(struct reason_in, reason) };

static enum ql_rc move(struct command *c, const void *body, struct ql_err *err)
{
	int32_t entries[SPLIT_ENTRIES];
	size_t n;
	enum ql_rc rc = command_entries(c, "entries", entries, QL_LEN(entries), &n, err);

	(void)body;
	return rc == QL_OK ? casebook_move(c->cb, c->file, c->other, &c->who, entries, n, err) : rc;
}

/* "references": [{"type","value"}] */
static enum ql_rc read_references(const struct command *c, struct written_reference *written, struct case_reference_in *out, size_t *n, struct ql_err *err)
{
	const json_t *list = json_object_get(c->call->body, "references"), *one;
	enum ql_rc rc = QL_OK;
	size_t i;

	*n = 0;
	if (list == NULL || json_is_null(list))
		return QL_OK;
	if (!json_is_array(list) || json_array_size(list) > CASE_REFERENCES)
		return ql_reject(err, "/references", "is a list of at most %d references", CASE_REFERENCES);
	json_array_foreach(list, i, one) {
		const char *type = json_string_value(json_object_get(one, "type")), *value = json_string_value(json_object_get(one, "value"));

		if (type == NULL || value == NULL)
			return ql_reject(err, "/references", "holds what has no type and value");
		rc = command_reference(type, value, "/references", &written[*n], err);
		if (rc != QL_OK)
			return rc;
		out[*n] = written[*n].in;
		++*n;
	}
	return QL_OK;
}

static enum ql_rc split(struct command *c, const void *body, struct ql_err *err)
{
	const struct split_in *in = body;
	int32_t entries[SPLIT_ENTRIES];
	struct written_reference written[CASE_REFERENCES];
	struct case_reference_in references[CASE_REFERENCES];
	struct split s = { .subject = in->subject, .category = in->category, .versions = entries, .references = references };
	enum ql_rc rc = command_entries(c, "entries", entries, QL_LEN(entries), &s.n_versions, err);

	if (rc == QL_OK)
		rc = read_references(c, written, references, &s.n_references, err);
	return rc == QL_OK ? casebook_split(c->cb, c->file, &c->who, &s, &c->fresh, err) : rc;
}

static enum ql_rc merge(struct command *c, const void *body, struct ql_err *err)
{
	(void)body;
	return casebook_merge(c->cb, c->file, c->other, &c->who, err);
}

/* On the heir: the merged case has no page of its own any more. */
static enum ql_rc unmerge(struct command *c, const void *body, struct ql_err *err)
{
	return casebook_unmerge(c->cb, c->other, c->file, &c->who, ((const struct reason_in *)body)->reason, err);
}

static const struct command_action ACTIONS[] = {
	COMMAND_OTHER("move", ACT_MOVE, move, "to"),
	COMMAND("split", ACT_SPLIT, SPLIT, struct split_in, split),
	COMMAND_OTHER("merge", ACT_MERGE, merge, "into"),
	COMMAND_NAMED("unmerge", ACT_SEPARATE, REASON, struct reason_in, unmerge, "merged"),
};
const struct command_set COMMANDS_JOIN = { ACTIONS, QL_LEN(ACTIONS) };
