/* record.h -- what a decoded record is: a tagged union of the messages that the three inbound topics carry.
 *
 * Text is UTF-8 and NUL-terminated, "" when absent; each limit is in code points and the same number stands in the JSON
 * Schema of the message (a member of TEXT_OF(n) bytes holds n code points). Times come twice: as they were written (the
 * sender's offset is a fact) and as ql_time, 0 when absent. Identifiers are as they came: domain/ident judges them later.
 * The two long texts are on the heap: intake_record_free() gives them back.
 */
#ifndef QL_INTAKE_RECORD_H
#define QL_INTAKE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include "base/json.h"
#include "base/loop.h"
#include "intake/decode_text.h"

#define TEXT_OF(code_points) QL_TEXT_SIZE(code_points)

enum record_limit {                                       /* code points, unless said otherwise */
	            LIMIT_ATTRIBUTE = TEXT_ATTRIBUTE_MAX, /* CloudEvents id, source, type */
	            LIMIT_TIME = 35,                      /* 2026-11-23T09:00:00.000000000+08:00 */
	            LIMIT_IDENT = 64,                     /* any identifier before it is normalised */
	            LIMIT_CALL_ID = 128,
	            LIMIT_USER = 128,
	            LIMIT_NAME = 64,
	            LIMIT_PHONE = 40,
	            LIMIT_WORD = 32, /* categories, queues' and agents' short names */
	            LIMIT_UNIT = 16,
	            LIMIT_CODE = 16,
	            LIMIT_LANGUAGE = 16,
	            LIMIT_SUBJECT = 200,
	            LIMIT_REASON = 200,
	            LIMIT_PATH = 200,
	            LIMIT_NOTE = 1000,
	            LIMIT_SUMMARY = 4000,
	            LIMIT_TEXT = 8000,
	            LIMIT_URL = 1000,
	            LIMIT_REFERENCES = 20, /* entries */
};

struct reference {
	char type[TEXT_OF(LIMIT_WORD)]; /* declaration, container, bill, hs, case */
	char value[TEXT_OF(LIMIT_IDENT)];
};

struct references {
	size_t n;
	struct reference at[LIMIT_REFERENCES];
};

struct contact {
	char name[TEXT_OF(LIMIT_NAME)], phone[TEXT_OF(LIMIT_PHONE)];
};
struct needed_by {
	char at[TEXT_OF(LIMIT_TIME)], reason[TEXT_OF(LIMIT_REASON)];
};

struct enquiry {
	char uscc[TEXT_OF(LIMIT_IDENT)], channel[TEXT_OF(LIMIT_WORD)], channel_user[TEXT_OF(LIMIT_USER)];
	char role[TEXT_OF(LIMIT_WORD)], subject[TEXT_OF(LIMIT_SUBJECT)], category[TEXT_OF(LIMIT_WORD)];
	char unit[TEXT_OF(LIMIT_UNIT)], receipt[TEXT_OF(LIMIT_IDENT)], language[TEXT_OF(LIMIT_LANGUAGE)];
	char occurred_at[TEXT_OF(LIMIT_TIME)], reply_to[TEXT_OF(LIMIT_IDENT)];
	bool has_contact, has_needed_by;
	struct contact contact;
	struct needed_by needed_by;
	struct references references;
	char *text; /* heap */
	ql_time occurred, needed;
};

struct incident {
	char uscc[TEXT_OF(LIMIT_IDENT)], declaration[TEXT_OF(LIMIT_IDENT)], code[TEXT_OF(LIMIT_CODE)];
	char note[TEXT_OF(LIMIT_NOTE)], unit[TEXT_OF(LIMIT_UNIT)], container[TEXT_OF(LIMIT_IDENT)];
	char bill[TEXT_OF(LIMIT_IDENT)], occurred_at[TEXT_OF(LIMIT_TIME)];
	ql_time occurred;
};

struct notice { /* a DEC_RESULT of customs; members are the XML's elements in lower case */
	char seq_no[TEXT_OF(LIMIT_IDENT)], cus_ciq_no[TEXT_OF(LIMIT_IDENT)], entry_id[TEXT_OF(LIMIT_IDENT)];
	char custom_master[TEXT_OF(LIMIT_UNIT)], notice_date[TEXT_OF(LIMIT_TIME)], channel[TEXT_OF(LIMIT_CODE)];
	char note[TEXT_OF(LIMIT_NOTE)], decl_port[TEXT_OF(LIMIT_UNIT)], agent_name[TEXT_OF(LIMIT_REASON)];
	char declare_no[TEXT_OF(LIMIT_IDENT)], trade_co[TEXT_OF(LIMIT_IDENT)], customs_field[TEXT_OF(LIMIT_IDENT)];
	char bonded_no[TEXT_OF(LIMIT_IDENT)], i_e_date[TEXT_OF(LIMIT_TIME)], pack_no[TEXT_OF(LIMIT_WORD)];
	char bill_no[TEXT_OF(LIMIT_IDENT)], traf_mode[TEXT_OF(LIMIT_CODE)], voyage_no[TEXT_OF(LIMIT_IDENT)];
	char net_wt[TEXT_OF(LIMIT_WORD)], gross_wt[TEXT_OF(LIMIT_WORD)], d_date[TEXT_OF(LIMIT_TIME)];
	char result_info[TEXT_OF(LIMIT_NOTE)], interface_version[TEXT_OF(LIMIT_WORD)];
	ql_time occurred; /* NOTICE_DATE: Beijing time without offset */
};

enum call_stage { CALL_QUEUED,
	          CALL_ANSWERED,
	          CALL_ENDED,
	          CALL_RECORDED };

struct call { /* one shape for the four types; which members are required depends on the stage */
	enum call_stage stage;
	char call_id[TEXT_OF(LIMIT_CALL_ID)], hotline[TEXT_OF(LIMIT_WORD)], caller[TEXT_OF(LIMIT_PHONE)];
	char uscc[TEXT_OF(LIMIT_IDENT)], ivr_path[TEXT_OF(LIMIT_PATH)], queue[TEXT_OF(LIMIT_NAME)], agent[TEXT_OF(LIMIT_NAME)];
	char started_at[TEXT_OF(LIMIT_TIME)], answered_at[TEXT_OF(LIMIT_TIME)], ended_at[TEXT_OF(LIMIT_TIME)];
	char outcome[TEXT_OF(LIMIT_WORD)], category[TEXT_OF(LIMIT_WORD)], recording_url[TEXT_OF(LIMIT_URL)];
	bool solved;
	struct references references;
	char *summary; /* heap, NULL when absent */
	ql_time started, answered, ended;
};

struct canary {
	char sent[TEXT_OF(LIMIT_WORD)];
}; /* health of the river: goes through and leaves no row */

enum record_kind { RECORD_NONE,
	           RECORD_ENQUIRY,
	           RECORD_INCIDENT,
	           RECORD_NOTICE,
	           RECORD_CALL,
	           RECORD_CANARY };

/* Why a record was refused: a machine word, the field, one sentence for the duty desk in each language. */
struct decode_fault {
	const char *code; /* a row of decode_reason.c; NULL: none */
	char field[64];   /* JSON pointer, header name or element name; "" when it is the whole record */
	int position;     /* of the byte at fault in the value, from 1; 0 unknown */
	char zh[400], en[240];
};

struct intake_record {
	enum record_kind kind;
	char source[TEXT_OF(LIMIT_ATTRIBUTE)], id[TEXT_OF(LIMIT_ATTRIBUTE)]; /* the identity; as far as read when refused */
	char type[TEXT_OF(LIMIT_ATTRIBUTE)];
	char traceparent[56]; /* W3C, "" when absent or malformed */
	ql_time time;         /* ce_time, else when the data says it happened; 0 unknown */
	bool ahead, late;     /* it claims to have happened after it was sent, or long before (decode_semantics) */
	struct decode_fault fault;
	union {
		struct enquiry enquiry;
		struct incident incident;
		struct notice notice;
		struct call call;
		struct canary canary;
	};
};

/* The kind's name: "enquiry", "incident", "notice", "call", "canary", "none". */
const char *record_kind_name(enum record_kind kind);

/* Frees what the record holds on the heap; the struct itself is the caller's. A zeroed or freed one is fine. */
void intake_record_free(struct intake_record *record);

#endif
