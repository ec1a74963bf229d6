/* batch.h -- one batch of records on its way into the database: what was decoded, what is known about it, what becomes of it.
 *
 * Everything here lives for one batch. Memory is bounded by BATCH_MAX records of DECODE_RECORD_MAX bytes, and in practice
 * by the consumer's own fetch limit.
 */
#ifndef QL_INTAKE_BATCH_H
#define QL_INTAKE_BATCH_H

#include "base/kafka.h"
#include "base/pg.h"
#include "casebook/casebook.h"
#include "domain/ident.h"
#include "intake/decode.h"

#define BATCH_MAX        256
#define BATCH_PARTITIONS 64  /* of all topics, assigned to one instance */
#define BATCH_KEYS       8192 /* known open cases by what they can be recognised by */
#define KEY_MAX          200
#define MESSAGE_REFERENCES (LIMIT_REFERENCES + 3)
_Static_assert(MESSAGE_REFERENCES <= CASE_REFERENCES, "a case takes all that one message brings");

/* What becomes of a record: the outcome of its inbox row, or a row in quarantine. */
enum fate { FATE_NONE, FATE_OPENED, FATE_OPENED_CLOSED, FATE_ATTACHED, FATE_JOINED, FATE_RECORDED, FATE_DUPLICATE, FATE_CANARY, FATE_QUARANTINED };

struct known_enterprise {
	int64_t id;
	int32_t home_unit;
	bool is_broker;
	char tier[WORD_MAX];
};

struct item {
	rd_kafka_message_t *msg;
	struct intake_record record;
	enum fate fate;
	int64_t case_id;
	char trace[33];
	struct ident uscc; /* normalised; value "" when none was given */
	char phone_key[20], phone[64];
	struct known_enterprise enterprise; /* id 0: unknown person */
	struct case_reference_in reference[MESSAGE_REFERENCES];
	char value[MESSAGE_REFERENCES][IDENT_MAX + 1]; /* what reference[] points at */
	char *fault[MESSAGE_REFERENCES]; /* JSON of what is wrong with the identifier; owned */
	size_t n_references;
};

struct partition_at { char topic[64]; int32_t part; int64_t expected, next; };

/* An open case as it can be recognised: by reference, by person, by subject. */
struct known_case { char key[KEY_MAX]; int64_t id, principal; ql_time spoken; int next; };

/* A case named by number in a reply. */
struct named_case { char number[CASENO_MAX * 2]; int64_t id, principal; };

struct armed_watch { int64_t id; char rule[WORD_MAX], declaration[IDENT_MAX + 1]; bool disarmed; };
struct kept_notice { char declaration[IDENT_MAX + 1], code[TEXT_OF(LIMIT_CODE)]; };
struct kept_call { char call_id[TEXT_OF(LIMIT_CALL_ID)]; int64_t case_id, enterprise; char caller_key[20]; };

struct list { void *at; size_t n, cap, size; }; /* of one of the structs above */
void *list_add(struct list *l); /* a zeroed element; NULL: no memory */

struct batch {
	struct item *item; /* BATCH_MAX */
	size_t n;
	struct partition_at partition[BATCH_PARTITIONS];
	size_t n_partitions;
	struct list known, named, watches, notices, calls;
	int *bucket; /* BATCH_KEYS heads into known, -1 empty */
};

QL_MUSTCHECK enum ql_rc batch_new(struct batch **b, struct ql_err *err);
void batch_free(struct batch *b);
/* Forgets records and knowledge; the positions stay. */
void batch_clear(struct batch *b);
/* Forgets only what a rolled-back attempt learned and decided. */
void batch_again(struct batch *b);
/* Takes over msg: decodes it and prepares identifiers. */
void batch_add(struct batch *b, rd_kafka_message_t *msg);

/* The headers of a message as decode wants them. */
void batch_headers(const rd_kafka_message_t *msg, struct record_in *in, struct record_header headers[DECODE_HEADERS_MAX]);

void batch_know(struct batch *b, const char *key, int64_t id, int64_t principal, ql_time spoken);
/* The next known case with this key after *at (start with -1), NULL when there is none. */
const struct known_case *batch_known(const struct batch *b, const char *key, int *at);

const char *item_declaration(const struct item *it); /* normalised; NULL: none */
/* Who speaks as the channel knows them, a caller by telephone number; NULL: nobody in particular. */
const char *item_person(const struct item *it, const char **channel);

void key_reference(char key[KEY_MAX], const char *type, const char *value);
void key_person(char key[KEY_MAX], const char *channel, const char *user);
void key_subject(char key[KEY_MAX], int64_t principal, const char *category, const char *subject);

#endif
