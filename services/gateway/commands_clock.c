/* commands_clock.c -- what people do to a clock's time: pauses agreed and contested, extensions. */
#include "command.h"
#include <string.h>
#include "domain/timefmt.h"

static bool is_instant(char *text, size_t size, const char **why)
{
	ql_time at;

	(void)size;
	*why = "is not a date and time with offset";
	return rfc3339_parse(text, strlen(text), &at, NULL);
}

struct agree_in { char since[QL_TEXT_SIZE(RFC3339_MAX)], agreed_by[QL_TEXT_SIZE(100)], text[QL_TEXT_SIZE(COMMAND_TEXT)]; };
static const struct ql_field AGREE[] = { QL_NEED_CHECK(struct agree_in, since, is_instant), QL_MAY(struct agree_in, agreed_by), QL_MAY(struct agree_in, text) };
struct text_in { char text[QL_TEXT_SIZE(COMMAND_TEXT)]; };
static const struct ql_field TEXT[] = { QL_MAY(struct text_in, text) };
struct extension_in { int64_t amount; char clock[QL_TEXT_SIZE(24)], reason[QL_TEXT_SIZE(2000)], words[QL_TEXT_SIZE(2000)]; };
static const struct ql_field EXTENSION[] = { QL_NEED(struct extension_in, amount), QL_MAY(struct extension_in, clock), QL_MAY(struct extension_in, reason), QL_MAY(struct extension_in, words) };
struct reason_in { char reason[QL_TEXT_SIZE(2000)]; };
static const struct ql_field REASON[] = { QL_MAY(struct reason_in, reason) };

/* The step speaks of its words as text; here their field is called otherwise. */
static enum ql_rc field_is(enum ql_rc rc, const char *field, struct ql_err *err)
{
	if (rc == QL_REJECT && strcmp(err->field, "/text") == 0)
		strcpy(err->field, field);
	return rc;
}

static enum ql_rc agree_pause(struct command *c, const void *body, struct ql_err *err)
{
	const struct agree_in *in = body;
	const struct words w = command_public(c, in->text);
	ql_time since = 0;

	rfc3339_parse(in->since, strlen(in->since), &since, NULL);
	return casebook_agree_pause(c->cb, c->file, &c->who, since, in->agreed_by, &w, err);
}

static enum ql_rc contest_pause(struct command *c, const void *body, struct ql_err *err)
{
	const struct words w = command_public(c, ((const struct text_in *)body)->text);

	return casebook_contest_pause(c->cb, c->file, &c->who, &w, err);
}

static enum ql_rc settle_pause(struct command *c, const void *body, bool stands, struct ql_err *err)
{
	const struct words w = command_public(c, ((const struct text_in *)body)->text);

	return casebook_settle_pause(c->cb, c->file, &c->who, stands, &w, err);
}

static enum ql_rc uphold_pause(struct command *c, const void *body, struct ql_err *err) { return settle_pause(c, body, true, err); }
static enum ql_rc void_pause(struct command *c, const void *body, struct ql_err *err) { return settle_pause(c, body, false, err); }

static enum ql_rc ask_extension(struct command *c, const void *body, struct ql_err *err)
{
	const struct extension_in *in = body;
	const int32_t amount = in->amount > 0 && in->amount <= INT32_MAX ? (int32_t)in->amount : 0;

	return field_is(casebook_ask_extension(c->cb, c->file, &c->who, in->clock[0] != '\0' ? in->clock : clock_kind_name(CLOCK_RESOLUTION), amount, in->reason, in->words, err), "/reason", err);
}

static enum ql_rc grant_extension(struct command *c, const void *body, struct ql_err *err)
{
	(void)body;
	return casebook_grant_extension(c->cb, c->file, &c->who, err);
}

static enum ql_rc refuse_extension(struct command *c, const void *body, struct ql_err *err)
{
	return field_is(casebook_refuse_extension(c->cb, c->file, &c->who, ((const struct reason_in *)body)->reason, err), "/reason", err);
}

static const struct command_action ACTIONS[] = {
	COMMAND("agree_pause", ACT_AGREE_PAUSE, AGREE, struct agree_in, agree_pause),
	COMMAND("contest_pause", ACT_CONTEST_PAUSE, TEXT, struct text_in, contest_pause),
	COMMAND("uphold_pause", ACT_UPHOLD_PAUSE, TEXT, struct text_in, uphold_pause),
	COMMAND("void_pause", ACT_VOID_PAUSE, TEXT, struct text_in, void_pause),
	COMMAND("ask_extension", ACT_ASK_EXTENSION, EXTENSION, struct extension_in, ask_extension),
	COMMAND_BARE("grant_extension", ACT_GRANT_EXTENSION, grant_extension),
	COMMAND("refuse_extension", ACT_REFUSE_EXTENSION, REASON, struct reason_in, refuse_extension),
};
const struct command_set COMMANDS_CLOCK = { ACTIONS, QL_LEN(ACTIONS) };
