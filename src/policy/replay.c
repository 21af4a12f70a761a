/*
 * replay.c - records are counted; each different one is judged once.
 *
 * Logs repeat themselves: the same role calls the same action in the same region a million times.
 * So an answer is kept under the bytes of the record that it can hang on.  Both tables are emptied
 * when they are full, rows are not: they are the result.
 */
#include "replay_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"

#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

enum { ANSWER_BYTES_MOST = 64 * 1024 * 1024 };

/* An event's name, and what it takes. */
struct action {
    UT_hash_handle hh; /* by source and name */
    enum action_kind kind;
    judge_asks asks;
    char text[ACTION_BYTES_MOST];
};

struct row {
    UT_hash_handle hh; /* by what makes rows different */
    struct replay_row row;
};

struct answer {
    UT_hash_handle hh; /* by replay_judge_key */
    enum verdict verdict;
    struct row *row; /* DENIED, UNKNOWN: NULL past LIMIT_REPLAY_GROUPS */
};

struct replay {
    struct replay_options options;
    struct judge judge;
    struct arena *arena;        /* rows and the replay itself */
    struct arena *action_arena; /* of `actions` */
    struct arena *answer_arena; /* of `answers` */
    struct arena *scratch;      /* of one judgement */
    struct action *actions;
    struct answer *answers;
    struct row *rows;
    struct buf key;
    struct replay_stream *stream;
    struct replay_counts counts;
    const char *file;
    struct replay_malformed *malformed; /* LIMIT_ERRORS_SHOWN have a place */
};

/* --- Tables --------------------------------------------------------------------------------------
 */

static void forget_answers(struct replay *replay)
{
    HASH_CLEAR(hh, replay->answers);
    arena_reset(replay->answer_arena);
}

static const struct action *action_of(struct replay *replay, const struct replay_event *event)
{
    const struct json_slice *source = &event->fields[EVENT_SOURCE];
    const struct json_slice *name = &event->fields[EVENT_NAME];
    struct buf *key = &replay->key;
    struct action *action;
    const char *kept;

    buf_reset(key);
    buf_add(key, source->bytes, source->len);
    buf_char(key, '\0');
    buf_add(key, name->bytes, name->len);
    HASH_FIND(hh, replay->actions, key->data, key->len, action);
    if (action != NULL)
        return action;
    if (HASH_COUNT(replay->actions) == LIMIT_REPLAY_ACTIONS) {
        HASH_CLEAR(hh, replay->actions);
        arena_reset(replay->action_arena);
    }
    action = arena_alloc(replay->action_arena, sizeof *action);
    kept = arena_strn(replay->action_arena, key->data, key->len);
    action->kind = replay_action_of(kept, kept + source->len + 1, action->text);
    if (action->kind == ACTION_KNOWN || action->kind == ACTION_ASSUMED)
        action->asks = replay_judge_asks(&replay->judge, action->text);
    HASH_ADD_KEYPTR(hh, replay->actions, kept, key->len, action);
    return action;
}

static struct row *row_of(struct replay *replay, const struct judgement *judgement,
                          const char *action, const struct replay_event *event)
{
    const struct policy_answer *answer = &judgement->answer;
    const struct json_slice *region = &event->fields[EVENT_REGION];
    struct arena *arena = replay->arena;
    struct buf *key = &replay->key;
    struct row *row;

    buf_reset(key);
    buf_printf(key, "%d %d %p %zu %p %p %s\1%s\1%s\1", (int)answer->outcome, (int)answer->reason,
               (const void *)answer->policy, answer->statement, (const void *)judgement->account,
               (const void *)answer->level, answer->missing == NULL ? "" : answer->missing, action,
               judgement->principal);
    if (region->bytes != NULL)
        buf_add(key, region->bytes, region->len);
    HASH_FIND(hh, replay->rows, key->data, key->len, row);
    if (row != NULL || HASH_COUNT(replay->rows) == LIMIT_REPLAY_GROUPS)
        return row;
    row = arena_alloc(arena, sizeof *row);
    row->row = (struct replay_row){
        .answer = *answer,
        .principal = arena_str(arena, judgement->principal),
        .action = arena_str(arena, action),
        .region = region->bytes == NULL ? "" : arena_strn(arena, region->bytes, region->len),
        .account = judgement->account,
        .first_ms = INT64_MAX,
        .last_ms = INT64_MIN,
    };
    HASH_ADD_KEYPTR(hh, replay->rows, arena_strn(arena, key->data, key->len), key->len, row);
    return row;
}

static const struct answer *answer_of(struct replay *replay, const struct action *action,
                                      const struct replay_event *event)
{
    struct buf *key = &replay->key;
    struct judgement judgement;
    struct answer *answer;
    const char *kept;
    size_t len;

    buf_reset(key);
    replay_judge_key(event, action->asks, key);
    HASH_FIND(hh, replay->answers, key->data, key->len, answer);
    if (answer != NULL)
        return answer;
    if (HASH_COUNT(replay->answers) == LIMIT_REPLAY_ANSWERS ||
        arena_used(replay->answer_arena) > ANSWER_BYTES_MOST)
        forget_answers(replay);
    len = key->len;
    kept = arena_strn(replay->answer_arena, key->data, len);
    replay_judge(&replay->judge, event, action->text, replay->scratch, &judgement);
    answer = arena_alloc(replay->answer_arena, sizeof *answer);
    answer->verdict = judgement.verdict;
    if (judgement.verdict == VERDICT_DENIED || judgement.verdict == VERDICT_UNKNOWN)
        answer->row = row_of(replay, &judgement, action->text, event);
    HASH_ADD_KEYPTR(hh, replay->answers, kept, len, answer);
    arena_reset(replay->scratch);
    return answer;
}

/* --- Records -------------------------------------------------------------------------------------
 */

static bool is_error_of_access(const struct json_slice *error)
{
    static const char *const codes[] = {
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "Client.UnauthorizedOperation",
        "Client.AccessDenied",
        "AuthorizationError",
        "AuthorizationErrorException",
        "UnauthorizedAccess",
        "UnauthorizedException",
        "NotAuthorized",
        "NotAuthorizedException",
    };

    for (size_t i = 0; error->bytes != NULL && i < sizeof codes / sizeof codes[0]; i++)
        if (json_slice_eq(error, codes[i]))
            return true;
    return false;
}

static bool is_wanted_account(const struct replay *replay, const struct replay_event *event)
{
    const struct json_slice *account = &event->fields[IDENTITY_ACCOUNT];

    if (account->bytes == NULL)
        account = &event->fields[EVENT_RECIPIENT];
    for (size_t i = 0; i < replay->options.only_count; i++)
        if (json_slice_eq(account, replay->options.only[i]))
            return true;
    return replay->options.only_count == 0;
}

/* The count of events that need no judgement; NULL: this one does. */
static uint64_t *count_without(struct replay *replay, const struct replay_event *event)
{
    const struct json_slice *type = &event->fields[EVENT_TYPE];
    struct replay_counts *counts = &replay->counts;

    if (event->time_ms < replay->options.since_ms || event->time_ms >= replay->options.until_ms)
        return &counts->other_times;
    if (!is_wanted_account(replay, event))
        return &counts->passed_over;
    if (type->bytes != NULL && !json_slice_eq(type, "AwsApiCall"))
        return &counts->no_call;
    if (is_error_of_access(&event->fields[EVENT_ERROR]))
        return &counts->already_denied;
    return NULL;
}

static uint64_t *count_of(struct replay_counts *counts, enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_ALLOWED:
        return &counts->allowed;
    case VERDICT_DENIED:
        return &counts->denied;
    case VERDICT_UNKNOWN:
        return &counts->unknown;
    case VERDICT_MANAGEMENT:
        return &counts->management;
    case VERDICT_SERVICE_LINKED:
        return &counts->service_linked;
    case VERDICT_SERVICE:
        return &counts->services;
    case VERDICT_FOREIGN:
        return &counts->foreign;
    case VERDICT_OTHER_ACCOUNT:
        return &counts->other_accounts;
    case VERDICT_NO_PRINCIPAL:
        break;
    }
    return &counts->no_principal;
}

static void count_row(struct replay *replay, struct row *row, int64_t time_ms)
{
    if (row == NULL) {
        replay->counts.ungrouped++;
        return;
    }
    row->row.count++;
    if (time_ms < row->row.first_ms)
        row->row.first_ms = time_ms;
    if (time_ms > row->row.last_ms)
        row->row.last_ms = time_ms;
}

static void take_record(void *arg, const struct replay_event *event)
{
    struct replay *replay = arg;
    struct replay_counts *counts = &replay->counts;
    uint64_t *without = count_without(replay, event);
    const struct action *action;
    const struct answer *answer;

    counts->records++;
    if (without != NULL) {
        ++*without;
        return;
    }
    action = action_of(replay, event);
    if (action->kind == ACTION_FREE || action->kind == ACTION_NONE) {
        counts->free_actions += action->kind == ACTION_FREE;
        counts->no_call += action->kind == ACTION_NONE;
        return;
    }
    counts->assumed += action->kind == ACTION_ASSUMED;
    answer = answer_of(replay, action, event);
    ++*count_of(counts, answer->verdict);
    if (answer->verdict == VERDICT_DENIED || answer->verdict == VERDICT_UNKNOWN)
        count_row(replay, answer->row, event->time_ms);
}

static void take_malformed(void *arg, uint64_t offset, const char *why)
{
    struct replay *replay = arg;

    if (replay->counts.malformed < LIMIT_ERRORS_SHOWN)
        replay->malformed[replay->counts.malformed] = (struct replay_malformed){
            arena_str(replay->arena, replay->file), offset, arena_str(replay->arena, why)};
    replay->counts.malformed++;
}

/* --- All of it -----------------------------------------------------------------------------------
 */

struct replay *replay_new(const struct replay_options *options)
{
    struct arena *arena = arena_new("replay");
    struct replay *replay = arena_alloc(arena, sizeof *replay);
    const struct replay_sink sink = {take_record, take_malformed, replay};

    replay->options = *options;
    replay->arena = arena;
    replay_judge_init(&replay->judge, options->accounts, options->account_count, arena);
    replay->action_arena = arena_new("replay actions");
    replay->answer_arena = arena_new("replay answers");
    replay->scratch = arena_new("replay scratch");
    replay->malformed = arena_array(arena, LIMIT_ERRORS_SHOWN, sizeof *replay->malformed);
    replay->stream = replay_stream_new(&sink, arena);
    buf_init(&replay->key, 2 * LIMIT_REPLAY_RECORD_BYTES);
    return replay;
}

void replay_free(struct replay *replay)
{
    if (replay == NULL)
        return;
    HASH_CLEAR(hh, replay->actions);
    HASH_CLEAR(hh, replay->answers);
    HASH_CLEAR(hh, replay->rows);
    replay_stream_fini(replay->stream);
    buf_fini(&replay->key);
    arena_free(replay->action_arena);
    arena_free(replay->answer_arena);
    arena_free(replay->scratch);
    arena_free(replay->arena);
}

void replay_file_begin(struct replay *replay, const char *name)
{
    replay->file = name;
    replay->counts.files++;
}

void replay_file_bytes(struct replay *replay, const char *bytes, size_t len)
{
    replay->counts.bytes += len;
    replay_stream_add(replay->stream, bytes, len);
}

void replay_file_end(struct replay *replay, const char *failure)
{
    uint64_t end = replay_stream_end(replay->stream);

    if (failure != NULL)
        take_malformed(replay, end, failure);
    replay->file = NULL;
}

static int by_weight(const void *a, const void *b)
{
    const struct replay_row *left = *(const struct replay_row *const *)a;
    const struct replay_row *right = *(const struct replay_row *const *)b;
    int order;

    if (left->answer.outcome != right->answer.outcome)
        return left->answer.outcome == POLICY_DENIED ? -1 : 1;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    order = strcmp(left->principal, right->principal);
    if (order == 0)
        order = strcmp(left->action, right->action);
    if (order == 0)
        order = strcmp(left->region, right->region);
    return order != 0 ? order
                      : (left->first_ms > right->first_ms) - (left->first_ms < right->first_ms);
}

void replay_finish(struct replay *replay, struct replay_result *out)
{
    size_t count = HASH_COUNT(replay->rows), at = 0;
    const struct replay_row **rows = arena_array(replay->arena, count + 1, sizeof *rows);

    for (const struct row *it = replay->rows; it != NULL; it = it->hh.next)
        rows[at++] = &it->row;
    qsort(rows, count, sizeof *rows, by_weight);
    *out = (struct replay_result){.counts = replay->counts,
                                  .rows = rows,
                                  .row_count = count,
                                  .malformed = replay->malformed,
                                  .malformed_count = replay->counts.malformed < LIMIT_ERRORS_SHOWN
                                                         ? replay->counts.malformed
                                                         : LIMIT_ERRORS_SHOWN};
}
