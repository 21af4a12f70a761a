/*
 * guardduty_members.c - the members of a GuardDuty detector: 28 bytes for each.
 *
 * Source:    docs.aws.amazon.com/guardduty/latest/APIReference, API version 2017-11-28, ListMembers
 *            and GetMemberDetectors.
 */
#include "guardduty_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <stdlib.h>
#include <string.h>

enum { ID_BYTES = 13, WORDS_MOST = 255 };

struct member {
    char id[ID_BYTES];
    unsigned char status;                 /* of words */
    unsigned char plans[GUARDDUTY_PLANS]; /* likewise */
    bool is_read;                         /* the plans were */
};

struct guardduty_members {
    VEC(struct member) list; /* sorted by id */
    VEC(const char *) words; /* that AWS says of them: "Enabled"; the first is NULL */
    struct arena *arena;
};

static int by_id(const void *a, const void *b)
{
    const struct member *x = a, *y = b;

    return strcmp(x->id, y->id);
}

static struct member *find(const struct guardduty_members *members, const char *id)
{
    struct member key;

    if (members == NULL || members->list.count == 0 || id == NULL || strlen(id) >= ID_BYTES)
        return NULL;
    memcpy(key.id, id, strlen(id) + 1);
    return bsearch(&key, members->list.items, members->list.count, sizeof key, by_id);
}

const char *guardduty_member_status(const struct guardduty_members *members, const char *id)
{
    const struct member *member = find(members, id);

    return member == NULL ? NULL : members->words.items[member->status];
}

const char *guardduty_member_plan(const struct guardduty_members *members, const char *id,
                                  enum guardduty_plan plan)
{
    const struct member *member = find(members, id);

    return member == NULL ? NULL : members->words.items[member->plans[plan]];
}

static int keep_word(struct guardduty_members *members, const char *word, unsigned char *out,
                     struct err *err)
{
    size_t at = 0;

    while (at < members->words.count && !str_eq(members->words.items[at], word))
        at++;
    if (at > WORDS_MOST)
        return err_set(err, ERR_PROTOCOL, "GuardDuty says too many things of its members");
    if (at == members->words.count)
        *VEC_ADD(members->arena, &members->words) = arena_str(members->arena, word);
    *out = (unsigned char)at;
    return 0;
}

static int keep_plans(struct guardduty_members *members, const struct json *answer, struct err *err)
{
    for (const struct json *it = json_first(json_get(answer, "members")); it != NULL;
         it = it->next) {
        struct member *member = find(members, json_str(it, "accountId"));

        if (member == NULL)
            continue;
        member->is_read = true;
        for (enum guardduty_plan plan = 0; plan < GUARDDUTY_PLANS; plan++) {
            const struct json *live = guardduty_plan_in(json_get(it, "features"), plan);
            const char *status =
                json_str(live, "managedBy") == NULL ? json_str(live, "status") : NULL;

            if (keep_word(members, status, &member->plans[plan], err) != 0)
                return -1;
        }
    }
    return 0;
}

/* The plans of the members from `*at` on that are enabled, at most a batch of them. */
static int read_plans(const struct control_ctx *ctx, const char *detector_id,
                      struct guardduty_members *members, size_t *at, struct arena *scratch,
                      struct err *err)
{
    struct json *params = json_object(scratch);
    struct json *ids = json_put_array(params, "accountIds");
    const struct json *answer;

    for (; *at < members->list.count && ids->count < GUARDDUTY_BATCH; (*at)++)
        if (str_eq(members->words.items[members->list.items[*at].status], "Enabled"))
            json_add_str(ids, members->list.items[*at].id);
    if (ids->count == 0)
        return 0;
    json_put_str(params, "DetectorId", detector_id);
    if (aws_call(ctx->target, AWS_GUARDDUTY_GET_MEMBER_DETECTORS, params, scratch, &answer, err) !=
            0 ||
        keep_plans(members, answer, err) != 0)
        return -1;
    for (const struct json *it = json_first(ids); it != NULL; it = it->next)
        if (!find(members, it->string)->is_read)
            return err_set(err, ERR_PROTOCOL, "GuardDuty did not tell about member %s", it->string);
    return 0;
}

static int read_all_plans(const struct control_ctx *ctx, const char *detector_id,
                          struct guardduty_members *members, struct err *err)
{
    struct arena *scratch = arena_new("plans");
    int result = 0;

    for (size_t at = 0; result == 0 && at < members->list.count;) {
        arena_reset(scratch);
        result = read_plans(ctx, detector_id, members, &at, scratch, err);
    }
    arena_free(scratch);
    return result;
}

static int keep_member(void *arg, const struct json *item, struct err *err)
{
    struct guardduty_members *members = arg;
    const char *id, *status;
    struct member *member;

    if (json_need_str(item, "accountId", &id, err) != 0 ||
        json_need_str(item, "relationshipStatus", &status, err) != 0)
        return -1;
    if (strlen(id) >= ID_BYTES)
        return err_set(err, ERR_PROTOCOL, "GuardDuty has a member %s", id);
    member = VEC_ADD(members->arena, &members->list);
    memcpy(member->id, id, strlen(id) + 1);
    return keep_word(members, status, &member->status, err);
}

int guardduty_members_read(struct control_ctx *ctx, const char *detector_id, bool plans,
                           const struct guardduty_members **out, struct err *err)
{
    struct guardduty_members *members = arena_alloc(ctx->arena, sizeof *members);
    struct json *params = json_object(ctx->arena);

    members->arena = ctx->arena;
    *VEC_ADD(members->arena, &members->words) = NULL;
    json_put_str(params, "DetectorId", detector_id);
    if (aws_each(ctx->target, AWS_GUARDDUTY_LIST_MEMBERS, params, keep_member, members, err) != 0)
        return -1;
    if (members->list.count > 0)
        qsort(members->list.items, members->list.count, sizeof *members->list.items, by_id);
    *out = members;
    return plans ? read_all_plans(ctx, detector_id, members, err) : 0;
}
