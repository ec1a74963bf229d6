/* job.h -- a piece of work for a worker thread: an HTTP request, or something a live client needs from the database.
 *
 * The loop makes it and gives it away (pool_submit); a worker fills the answer; it comes back through the inbox, and the
 * loop frees it. owner and the other loop-only members are never touched by workers: a connection that closes meanwhile
 * sets its job's owner to NULL, nothing else.
 */
#ifndef QL_GATEWAY_JOB_H
#define QL_GATEWAY_JOB_H

#include <stdbool.h>
#include "base/buf.h"
#include "event.h"
#include "files.h"
#include "session_store.h"
#include "uri.h"

#define BODY_MAX     ((size_t)64 << 10) /* of a request */
#define UPLOAD_MAX   ((size_t)20 << 20) /* of one that is a file */
#define RESPONSE_MAX ((size_t)8 << 20)
#define ADDRESS_MAX  48
#define DEVICE_MAX   160 /* of what a browser says of itself; the rest is cut */
#define ENDED_MAX    64  /* sessions ended by one request whose streams end at once; others notice within a minute */
#define DISPOSITION_MAX 800 /* a name of 255 bytes, each escaped */
#define KEY_GIVEN    70 /* longest Idempotency-Key */
#define KEY_MAX      96 /* bytes of it with the number of an item of a bulk behind it, and NUL */

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_DELETE, METHOD_PUT, METHOD_PATCH, METHOD_OPTIONS, METHODS };

struct request {
	enum method method;
	char path[PATH_MAX_LEN];
	struct args args;
	char *body; /* owned; NULL: none */
	size_t body_len, body_size;
	bool has_token;
	unsigned char token[TOKEN_HASH]; /* sha256 of the cookie */
	char attempt[64]; /* cookie of a sign-in at a provider that is under way */
	char csrf[CSRF_MAX], address[ADDRESS_MAX], device[DEVICE_MAX], if_none_match[64], if_match[64], if_range[64], range[48], trace[33];
	char key[KEY_MAX]; /* Idempotency-Key; "": none */
};

static inline bool request_reads(const struct request *req) { return req->method == METHOD_GET || req->method == METHOD_HEAD; }

struct response {
	int status;
	const char *type;  /* static */
	const char *cache; /* static; NULL: no-store */
	char cookie[192], etag[48], allow[64], location[1536]; /* "": none */
	int32_t version; /* of the case that is the answer: stands in front of its entity tag; 0: none */
	int retry_after; /* seconds, 0: none */
	bool replayed;   /* as it was answered before */
	char disposition[DISPOSITION_MAX]; /* Content-Disposition; "": none */
	struct ql_buf body;
	bool more;       /* the body is a part; the next one is another run of the same job */
	char range[64];  /* Content-Range; "": none */
	int fd;          /* a file is the body: from its byte `from`, `size` bytes; owned; 0: none */
	size_t from, size;
};

/* A text for live clients that is not an event; counted by reference on the loop. */
struct frame { int refs; size_t len; unsigned char buf[]; }; /* text at buf + LWS_PRE */
struct frame *frame_new(const char *text, size_t len); /* refs 1; NULL: out of memory */
struct frame *frame_ref(struct frame *f);
void frame_unref(struct frame *f); /* NULL is fine */

struct river_health { int64_t canary_ms, lag, timer_late_ms; bool ok; }; /* canary_ms -1: never came back */
void river_write(const struct river_health *h, const char *key, struct ql_buf *b); /* as a JSON object */

enum job_kind { JOB_HTTP, JOB_HELLO, JOB_CHECK, JOB_SNAPSHOT, JOB_COUNTERS };

struct job {
	enum job_kind kind;
	struct job *next;
	void *owner;             /* loop only; NULL: whoever wanted it is gone */
	struct request req;      /* HTTP; HELLO and CHECK use its token */
	struct response res;     /* HTTP */
	struct river_health river; /* HTTP: as it was when the request came */
	struct identity who;     /* HELLO, CHECK */
	bool known, unavailable; /* the session is good; the database could not be asked */
	bool recuses;            /* HELLO, CHECK: recused from some case */
	int64_t scope, user;     /* SNAPSHOT, COUNTERS; as in group.h */
	char position[POSITION_TOKEN];
	struct frame *frame;     /* SNAPSHOT, COUNTERS: the answer; NULL: failed */
	bool signed_out;         /* HTTP: the session of req.token is gone */
	unsigned char (*ended)[TOKEN_HASH]; /* HTTP: sessions that are gone; owned, NULL: none */
	int n_ended;
	struct upload *upload;   /* HTTP: the body, when it is a file; owned */
	void *stream;            /* HTTP: what is kept from one part of the answer to the next */
	void (*stream_free)(void *stream);
	ql_time since;           /* when it was made, monotonic */
};

struct job *job_new(enum job_kind kind, void *owner); /* NULL: out of memory */
void job_free(struct job *job);

#endif
