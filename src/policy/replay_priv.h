/*
 * replay_priv.h - what the files of the replay share: one event, and how a record becomes one.
 */
#ifndef PLINTH_POLICY_REPLAY_PRIV_H
#define PLINTH_POLICY_REPLAY_PRIV_H

#include "plinth/base/vec.h"
#include "plinth/codec/json_scan.h"
#include "plinth/policy/replay.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena; /* base/arena.h */
struct buf;   /* base/buf.h */

/* --- Events (replay_record.c) --------------------------------------------------------------------
 */

/* What is taken from a record; each is a text, or absent. */
enum event_field {
    EVENT_TIME,
    EVENT_SOURCE,
    EVENT_NAME,
    EVENT_REGION,
    EVENT_ERROR,
    EVENT_TYPE,
    EVENT_RECIPIENT,
    EVENT_ADDRESS,
    EVENT_AGENT,
    EVENT_VPC_ENDPOINT,
    EVENT_TLS,
    IDENTITY_TYPE,
    IDENTITY_ARN,
    IDENTITY_ACCOUNT,
    IDENTITY_ID,
    IDENTITY_INVOKED_BY,
    IDENTITY_PROVIDER,
    ISSUER_ARN,
    SESSION_MFA,
    SESSION_SOURCE_IDENTITY,
    PARAMETER_BUCKET,
    PARAMETER_KEY,
    PARAMETER_ROLE,
    PARAMETER_USER,
    PARAMETER_GROUP,
    PARAMETER_ROLE_ARN,
    RESOURCE_ARN,
    RESOURCE_ACCOUNT,
    EVENT_FIELD_COUNT
};

struct replay_event {
    struct json_slice fields[EVENT_FIELD_COUNT]; /* parts of the record's own bytes */
    bool has_identity, has_session;              /* these objects are there */
    bool many_resources; /* the record names several, and no one of them is the one meant */
    int64_t time_ms;
};

/* Behind the "{" of a record.  False: scan->why, at scan->at.  yields: no. */
bool replay_record_read(struct json_scan *scan, struct replay_event *out);

/* What a record must have and this one has not; NULL: nothing, and event->time_ms is set.  Static
 * storage.  yields: no. */
const char *replay_record_lacks(struct replay_event *event);

/* --- Actions (replay_action.c) -------------------------------------------------------------------
 */

enum { ACTION_BYTES_MOST = 256 };

enum action_kind {
    ACTION_KNOWN,
    ACTION_ASSUMED, /* in no table: service:eventName */
    ACTION_FREE,    /* takes no permission */
    ACTION_NONE,    /* the texts are too long to be any */
};

/* The IAM action of an event, from its eventSource and eventName; "" but for the first two kinds.
 * yields: no. */
enum action_kind replay_action_of(const char *source, const char *name,
                                  char out[ACTION_BYTES_MOST]);

/* --- Answers (replay_judge.c) --------------------------------------------------------------------
 */

enum verdict {
    VERDICT_ALLOWED,
    VERDICT_DENIED,
    VERDICT_UNKNOWN,
    VERDICT_MANAGEMENT,
    VERDICT_SERVICE_LINKED,
    VERDICT_SERVICE,
    VERDICT_FOREIGN,
    VERDICT_OTHER_ACCOUNT,
    VERDICT_NO_PRINCIPAL,
};

/* What of a request besides principal, action and region: a bit for each condition key. */
typedef uint32_t judge_asks;

struct judgement {
    enum verdict verdict;
    struct policy_answer answer; /* DENIED, UNKNOWN */
    const char *principal;
    const struct replay_account *account;
};

struct judge {
    const struct replay_account *accounts;
    size_t account_count;
    VEC(const struct policy_compiled *) policies; /* of all accounts, each once */
};

/* owns: `arena`; the accounts must live as long.  yields: no. */
void replay_judge_init(struct judge *judge, const struct replay_account *accounts, size_t count,
                       struct arena *arena);

/* What the policies of all accounts may look at for that action.  yields: no. */
judge_asks replay_judge_asks(const struct judge *judge, const char *action);

/* Append what the judgement of an event about that action can hang on: events with the same bytes
 * are judged alike.  yields: no. */
void replay_judge_key(const struct replay_event *event, judge_asks asks, struct buf *out);

/* owns: `arena` for the principal; what the answer points to belongs to the policies.
 * yields: no. */
void replay_judge(const struct judge *judge, const struct replay_event *event, const char *action,
                  struct arena *arena, struct judgement *out);

/* --- Records (replay_stream.c) -------------------------------------------------------------------
 */

/* Cuts the bytes of one file after the other into records. */
struct replay_stream;

struct replay_sink {
    void (*record)(void *arg, const struct replay_event *event);
    void (*malformed)(void *arg, uint64_t offset, const char *why); /* from the file's start */
    void *arg;
};

/* owns: `arena`, but for what replay_stream_fini() frees.  yields: no. */
struct replay_stream *replay_stream_new(const struct replay_sink *sink, struct arena *arena);
void replay_stream_fini(struct replay_stream *stream);

void replay_stream_add(struct replay_stream *stream, const char *bytes, size_t len);

/* The file ends here, and how long it was; the next bytes are of another. */
uint64_t replay_stream_end(struct replay_stream *stream);

#endif
