#include "intake/batch.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/fold.h"
#include "domain/phone.h"

#define LIST_FIRST 64

void *list_add(struct list *l)
{
	if (l->n == l->cap) {
		size_t cap = l->cap != 0 ? 2 * l->cap : LIST_FIRST;
		void *at = realloc(l->at, cap * l->size);

		if (at == NULL)
			return NULL;
		l->at = at;
		l->cap = cap;
	}
	return memset((char *)l->at + l->n++ * l->size, 0, l->size);
}

enum ql_rc batch_new(struct batch **out, struct ql_err *err)
{
	struct batch *b = calloc(1, sizeof(*b));

	*out = NULL;
	if (b != NULL) {
		b->item = calloc(BATCH_MAX, sizeof(*b->item));
		b->bucket = malloc(BATCH_KEYS * sizeof(*b->bucket));
		b->known.size = sizeof(struct known_case);
		b->named.size = sizeof(struct named_case);
		b->watches.size = sizeof(struct armed_watch);
		b->notices.size = sizeof(struct kept_notice);
		b->calls.size = sizeof(struct kept_call);
	}
	if (b == NULL || b->item == NULL || b->bucket == NULL) {
		batch_free(b);
		return ql_fail(err, QL_RETRY, "no memory for a batch");
	}
	batch_clear(b);
	*out = b;
	return QL_OK;
}

void batch_again(struct batch *b)
{
	struct list *const learned[] = { &b->known, &b->named, &b->watches, &b->notices, &b->calls };

	for (size_t i = 0; i < QL_LEN(learned); i++)
		learned[i]->n = 0;
	for (int i = 0; i < BATCH_KEYS; i++)
		b->bucket[i] = -1;
	for (size_t i = 0; i < b->n; i++) {
		struct item *it = &b->item[i];

		it->case_id = 0;
		it->enterprise = (struct known_enterprise){ 0 };
		if (it->fate != FATE_QUARANTINED && it->fate != FATE_CANARY)
			it->fate = FATE_NONE;
	}
}

void batch_clear(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct item *it = &b->item[i];

		for (size_t r = 0; r < it->n_references; r++)
			free(it->fault[r]);
		intake_record_free(&it->record);
		rd_kafka_message_destroy(it->msg);
	}
	if (b->n > 0)
		memset(b->item, 0, b->n * sizeof(*b->item));
	b->n = 0;
	batch_again(b);
}

void batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	if (b->item != NULL && b->bucket != NULL)
		batch_clear(b);
	free(b->known.at);
	free(b->named.at);
	free(b->watches.at);
	free(b->notices.at);
	free(b->calls.at);
	free(b->item);
	free(b->bucket);
	free(b);
}

/* --- known cases --- */

static unsigned hash_key(const char *key)
{
	unsigned h = 2166136261u; /* FNV-1a */

	for (; *key != '\0'; key++)
		h = (h ^ (unsigned char)*key) * 16777619u;
	return h % BATCH_KEYS;
}

void batch_know(struct batch *b, const char *key, int64_t id, int64_t principal, ql_time spoken)
{
	struct known_case *k = list_add(&b->known);
	unsigned h = hash_key(key);

	if (k == NULL)
		return; /* not recognised: at worst a twin is opened and linked by a person */
	snprintf(k->key, sizeof(k->key), "%s", key);
	k->id = id;
	k->principal = principal;
	k->spoken = spoken;
	k->next = b->bucket[h];
	b->bucket[h] = (int)b->known.n - 1;
}

const struct known_case *batch_known(const struct batch *b, const char *key, int *at)
{
	const struct known_case *all = b->known.at;

	for (*at = *at < 0 ? b->bucket[hash_key(key)] : all[*at].next; *at >= 0; *at = all[*at].next)
		if (strcmp(all[*at].key, key) == 0)
			return &all[*at];
	return NULL;
}

void key_reference(char key[KEY_MAX], const char *type, const char *value) { snprintf(key, KEY_MAX, "r:%s:%.*s", type, KEY_MAX - 20, value); }
void key_person(char key[KEY_MAX], const char *channel, const char *user) { snprintf(key, KEY_MAX, "p:%.20s:%.*s", channel, KEY_MAX - 40, user); }

void key_subject(char key[KEY_MAX], int64_t principal, const char *category, const char *subject)
{
	char plain[KEY_MAX - 80];

	fold_text(subject, plain, sizeof(plain), NULL);
	snprintf(key, KEY_MAX, "s:%lld:%.40s:%s", (long long)principal, category, plain);
}

const char *item_declaration(const struct item *it)
{
	for (size_t i = 0; i < it->n_references; i++)
		if (strcmp(it->reference[i].type, "declaration") == 0)
			return it->reference[i].value;
	return NULL;
}

const char *item_person(const struct item *it, const char **channel)
{
	const bool caller = it->record.kind == RECORD_CALL;
	const char *user = caller ? it->phone_key : it->record.kind == RECORD_ENQUIRY ? it->record.enquiry.channel_user : "";

	*channel = caller ? "hotline" : it->record.kind == RECORD_ENQUIRY ? it->record.enquiry.channel : NULL;
	return user[0] != '\0' ? user : NULL;
}

/* --- preparing a record --- */

void batch_headers(const rd_kafka_message_t *msg, struct record_in *in, struct record_header headers[DECODE_HEADERS_MAX])
{
	rd_kafka_headers_t *hdrs = NULL;
	const char *name;
	const void *value;
	size_t len;

	in->headers = headers;
	if (rd_kafka_message_headers(msg, &hdrs) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	while (in->n_headers < DECODE_HEADERS_MAX
	       && rd_kafka_header_get_all(hdrs, in->n_headers, &name, &value, &len) == RD_KAFKA_RESP_ERR_NO_ERROR)
		headers[in->n_headers++] = (struct record_header){ name, value, len };
}

static char *fault_json(const struct ident_fault *fault)
{
	struct ql_buf b;

	ql_buf_init(&b, 2048);
	ql_json_open(&b, NULL, '{');
	ql_json_text(&b, "code", fault->code);
	ql_json_i64(&b, "position", fault->position);
	ql_json_text(&b, "zh", fault->zh);
	ql_json_text(&b, "en", fault->en);
	ql_json_close(&b, '}');
	return b.data; /* the caller's, by free() */
}

static void add_reference(struct item *it, enum ident_kind kind, const char *type, const char *given)
{
	const size_t n = it->n_references;
	struct ident id;

	if (given[0] == '\0' || n == MESSAGE_REFERENCES)
		return;
	ident_read(kind, given, &id);
	for (size_t i = 0; i < n; i++)
		if (strcmp(it->reference[i].type, type) == 0 && strcmp(it->value[i], id.value) == 0)
			return;
	if (id.value[0] == '\0')
		return;
	memcpy(it->value[n], id.value, sizeof(it->value[n]));
	it->fault[n] = id.valid ? NULL : fault_json(&id.fault);
	it->reference[n] = (struct case_reference_in){
		.type = type, .value = it->value[n], .given = strcmp(given, id.value) != 0 ? given : NULL, .fault_json = it->fault[n],
	};
	it->n_references++;
}

static void add_references(struct item *it, const struct references *refs)
{
	for (size_t i = 0; i < refs->n; i++) {
		enum ident_kind kind;

		if (ident_kind_parse(refs->at[i].type, &kind))
			add_reference(it, kind, refs->at[i].type, refs->at[i].value);
	}
}

static void set_phone(struct item *it, const char *given)
{
	struct phone phone;

	snprintf(it->phone, sizeof(it->phone), "%s", given);
	if (phone_parse(given, NULL, &phone, NULL))
		snprintf(it->phone_key, sizeof(it->phone_key), "%s", phone.number);
}

static void set_uscc(struct item *it, const char *given)
{
	if (given[0] != '\0')
		ident_read(IDENT_USCC, given, &it->uscc);
}

static void prepare_enquiry(struct item *it)
{
	const struct enquiry *q = &it->record.enquiry;

	set_uscc(it, q->uscc);
	if (q->has_contact)
		set_phone(it, q->contact.phone);
	add_references(it, &q->references);
}

static void prepare_incident(struct item *it)
{
	const struct incident *n = &it->record.incident;

	set_uscc(it, n->uscc);
	add_reference(it, IDENT_DECLARATION, "declaration", n->declaration);
	add_reference(it, IDENT_CONTAINER, "container", n->container);
	add_reference(it, IDENT_BILL, "bill", n->bill);
}

static void prepare_notice(struct item *it)
{
	const struct notice *n = &it->record.notice;

	set_uscc(it, strlen(n->trade_co) == 18 ? n->trade_co : "");
	add_reference(it, IDENT_DECLARATION, "declaration", n->entry_id);
	add_reference(it, IDENT_BILL, "bill", n->bill_no);
}

static void prepare_call(struct item *it)
{
	const struct call *c = &it->record.call;

	set_uscc(it, c->uscc);
	set_phone(it, c->caller);
	add_references(it, &c->references);
}

static void prepare(struct item *it)
{
	static void (*const PREPARE[])(struct item *) = {
		[RECORD_ENQUIRY] = prepare_enquiry, [RECORD_INCIDENT] = prepare_incident, [RECORD_NOTICE] = prepare_notice, [RECORD_CALL] = prepare_call,
	};

	PREPARE[it->record.kind](it);
	if (strlen(it->record.traceparent) >= 35) /* 00-<32 hex>-... */
		snprintf(it->trace, sizeof(it->trace), "%.32s", it->record.traceparent + 3);
}

void batch_add(struct batch *b, rd_kafka_message_t *msg)
{
	struct record_header headers[DECODE_HEADERS_MAX];
	struct item *it = &b->item[b->n++];
	struct record_in in = { .topic = rd_kafka_topic_name(msg->rkt), .bytes = msg->payload, .len = msg->len };
	struct ql_err err = { 0 };
	int64_t ms = rd_kafka_message_timestamp(msg, NULL);

	it->msg = msg;
	in.timestamp = ms > 0 ? ms * 1000 : 0;
	batch_headers(msg, &in, headers);
	if (decode_record(&in, &it->record, &err) != QL_OK || decode_semantics(&in, &it->record, &err) != QL_OK) {
		it->fate = FATE_QUARANTINED; /* record.fault says why */
		return;
	}
	if (it->record.kind == RECORD_CANARY)
		it->fate = FATE_CANARY;
	else
		prepare(it);
}
