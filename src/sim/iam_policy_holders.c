/*
 * iam_policy_holders.c - who has a managed policy attached, and its tags.
 *
 * Source: IAM API Reference, version 2010-05-08.
 */
#include "iam_priv.h"

#include <string.h>

static const struct sim_rule arn_rules[] = {
    {.name = "PolicyArn", .required = true, .min = 20, .max = 2048},
    IAM_RULES_END,
};

/* --- Holders --- */

/* The three lists share one page. */
static const struct {
    const char *kind, *filter, *list;
} lists[] = {
    {"role/", "Role", "PolicyRoles"},
    {"user/", "User", "PolicyUsers"},
    {"group/", "Group", "PolicyGroups"},
};

enum { LIST_COUNT = sizeof lists / sizeof lists[0] };

static bool list_wanted(struct sim_call *call, size_t list)
{
    const char *filter = sim_param(call, "EntityFilter");

    return filter == NULL || str_eq(filter, lists[list].filter);
}

static void add_holder(struct sim_call *call, struct json *list, const char *kind, const char *key)
{
    const struct json *entity = sim_get(call, call->account, "", kind, key);
    const char *title = str_eq(kind, "role") ? "Role" : "User";
    const char *members[] = {arena_printf(call->arena, "%sName", title),
                             arena_printf(call->arena, "%sId", title)};
    struct json *shown = json_add_object(list);

    for (size_t i = 0; i < 2; i++)
        json_put_str(shown, members[i], json_str(entity, members[i]));
}

static int list_entities(struct sim_call *call)
{
    const char *arn = sim_param(call, "PolicyArn");
    struct sim_page page = iam_page("_holders"); /* counts what the lists hold together */
    struct json *out[LIST_COUNT];

    if (iam_policy_find(call, arn) == NULL || sim_page_open(call, &page) != 0)
        return -1;
    for (size_t i = 0; i < LIST_COUNT; i++)
        out[i] = json_put_array(call->answer, lists[i].list);
    for (const struct sim_record *it = sim_page_first(
             &page, call->account, "", arena_printf(call->arena, "policy-holder/%s", arn));
         it != NULL; it = sim_page_next(&page, it))
        for (size_t i = 0; i < LIST_COUNT; i++) {
            const char *id = sim_record_id(it), *slash = strchr(id, '/');

            if (!str_starts(id, lists[i].kind) || !list_wanted(call, i))
                continue;
            add_holder(call, out[i], arena_strn(call->arena, id, (size_t)(slash - id)), slash + 1);
            json_add_str(page.items, id);
        }
    return 0;
}

/* --- Tags --- */

static int tag_policy(struct sim_call *call)
{
    struct json *policy = iam_policy_own(call);

    if (policy == NULL || iam_tag(call, policy) != 0)
        return -1;
    sim_put(call, call->account, "", "policy", json_str(policy, "Arn"), policy);
    return 0;
}

static int untag_policy(struct sim_call *call)
{
    struct json *policy = iam_policy_own(call), *tags;

    if (policy == NULL)
        return -1;
    tags =
        sim_tags_without(call->arena, json_get(policy, "Tags"), json_get(call->params, "TagKeys"));
    sim_set(policy, "Tags", tags);
    sim_put(call, call->account, "", "policy", json_str(policy, "Arn"), policy);
    return 0;
}

static int list_policy_tags(struct sim_call *call)
{
    const struct json *policy = iam_policy_find(call, sim_param(call, "PolicyArn"));

    if (policy == NULL)
        return -1;
    json_put(call->answer, "Tags",
             json_get(policy, "Tags") == NULL ? json_array(call->arena) : json_get(policy, "Tags"));
    json_put_bool(call->answer, "IsTruncated", false);
    return 0;
}

const struct sim_operation iam_policy_holder_operations[] = {
    {.name = "ListEntitiesForPolicy", .handler = list_entities, .rules = arn_rules},
    {.name = "TagPolicy", .handler = tag_policy, .access = SIM_WRITE, .rules = arn_rules},
    {.name = "UntagPolicy", .handler = untag_policy, .access = SIM_WRITE, .rules = arn_rules},
    {.name = "ListPolicyTags", .handler = list_policy_tags, .rules = arn_rules},
    {.name = NULL},
};
