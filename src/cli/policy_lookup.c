#include "policy_lookup.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <stdlib.h>
#include <string.h>

const enum aws_op policy_lookup_ops[] = {AWS_CLOUDTRAIL_LOOKUP_EVENTS, AWS_OP_NONE};

int policy_lookup(const struct aws_target *target, int64_t since_ms, int64_t until_ms,
                  struct replay *replay, struct err *err)
{
    struct arena *scratch = arena_new("lookup");
    const char *token = NULL;
    char *next = NULL;
    int result;

    do {
        struct json *params = json_object(scratch);
        const struct json *page;

        json_put_number(params, "StartTime", (double)(since_ms / 1000));
        if (until_ms != INT64_MAX)
            json_put_number(params, "EndTime", (double)(until_ms / 1000));
        json_put_str(params, "NextToken", token);
        result = aws_call(target, AWS_CLOUDTRAIL_LOOKUP_EVENTS, params, scratch, &page, err);
        if (result != 0)
            break;
        for (const struct json *it = json_first(json_get(page, "Events")); it != NULL;
             it = it->next) {
            const char *record = json_str(it, "CloudTrailEvent");

            if (record != NULL)
                replay_file_bytes(replay, record, strlen(record));
            replay_file_bytes(replay, "\n", 1);
        }
        token = json_str(page, "NextToken");
        free(next);
        next = token == NULL ? NULL : strdup(token);
        token = next;
        arena_reset(scratch);
    } while (token != NULL);
    free(next);
    arena_free(scratch);
    return result;
}
