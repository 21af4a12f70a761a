#include "plinth/baseline/guardrails.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <string.h>

struct guardrails {
    const struct baseline *baseline;
    const struct policy_compiled **policies; /* of baseline->policies; NULL: not the IAM language */
    const struct policy_compiled *full_access;
    struct arena *arena;
};

static enum policy_kind kind_of(const struct policy_type *type)
{
    return str_eq(type->api_name, "SERVICE_CONTROL_POLICY") ? POLICY_SCP : POLICY_RCP;
}

static int compile_full_access(struct guardrails *guardrails, struct err *err)
{
    static const char text[] = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
                               "\"Action\":\"*\",\"Resource\":\"*\"}}";
    const struct policy_label label = {"SCP", "FullAWSAccess"};
    struct json *document;

    if (json_parse(text, strlen(text), guardrails->arena, &document, err) != 0)
        return -1;
    return policy_compile(document, POLICY_SCP, &label, guardrails->arena, &guardrails->full_access,
                          err);
}

int guardrails_new(const struct baseline *baseline, struct arena *arena, struct guardrails **out,
                   struct err *err)
{
    struct guardrails *guardrails = arena_alloc(arena, sizeof *guardrails);

    guardrails->baseline = baseline;
    guardrails->arena = arena;
    guardrails->policies =
        arena_array(arena, baseline->policy_count + 1, sizeof *guardrails->policies);
    for (size_t i = 0; i < baseline->policy_count; i++) {
        const struct baseline_policy *policy = &baseline->policies[i];
        const struct policy_label label = {policy->type->title, policy->name};

        if (policy->type->iam_language &&
            policy_compile(policy->document, kind_of(policy->type), &label, arena,
                           &guardrails->policies[i], err) != 0)
            return -1;
    }
    if (compile_full_access(guardrails, err) != 0)
        return -1;
    *out = guardrails;
    return 0;
}

/* --- Levels --------------------------------------------------------------------------------------
 */

/* One of: the root (all NULL and false), a unit, an account. */
static bool is_attached(const struct baseline_policy *policy, const struct ou *ou,
                        const struct account *account)
{
    for (size_t i = 0; i < policy->attachment_count; i++) {
        const struct attachment *attachment = &policy->attachments[i];

        if (attachment->ou == ou && attachment->account == account &&
            attachment->root == (ou == NULL && account == NULL))
            return true;
    }
    return false;
}

static struct policy_set attached_to(const struct guardrails *guardrails, enum policy_kind kind,
                                     const struct ou *ou, const struct account *account)
{
    const struct baseline *baseline = guardrails->baseline;
    const struct policy_compiled **items =
        arena_array(guardrails->arena, baseline->policy_count + 1, sizeof *items);
    size_t count = 0;

    if (kind == POLICY_SCP)
        items[count++] = guardrails->full_access;
    for (size_t i = 0; i < baseline->policy_count; i++)
        if (guardrails->policies[i] != NULL && kind_of(baseline->policies[i].type) == kind &&
            is_attached(&baseline->policies[i], ou, account))
            items[count++] = guardrails->policies[i];
    return (struct policy_set){items, count};
}

static size_t depth_of(const struct ou *ou)
{
    size_t depth = 0;

    for (; ou != NULL; ou = ou->parent)
        depth++;
    return depth;
}

static struct policy_levels levels_of(const struct guardrails *guardrails, enum policy_kind kind,
                                      const struct ou *ou, const struct account *account)
{
    size_t depth = depth_of(ou), count = 1 + depth + (account != NULL);
    struct policy_level *levels = arena_array(guardrails->arena, count, sizeof *levels);

    levels[0] = (struct policy_level){"the root", attached_to(guardrails, kind, NULL, NULL)};
    for (size_t at = depth; ou != NULL; at--, ou = ou->parent)
        levels[at] = (struct policy_level){ou->path, attached_to(guardrails, kind, ou, NULL)};
    if (account != NULL)
        levels[depth + 1] =
            (struct policy_level){arena_printf(guardrails->arena, "account %s", account->name),
                                  attached_to(guardrails, kind, NULL, account)};
    return (struct policy_levels){levels, count};
}

void guardrails_over(const struct guardrails *guardrails, const struct ou *ou,
                     const struct account *account, struct policy_attached *out)
{
    bool management = account != NULL && account->roles & ROLE_MANAGEMENT;

    if (account != NULL)
        ou = account->ou;
    *out = (struct policy_attached){.scps = levels_of(guardrails, POLICY_SCP, ou, account),
                                    .rcps = levels_of(guardrails, POLICY_RCP, ou, account),
                                    .management_principal = management,
                                    .management_resource = management,
                                    .guardrails_only = true};
}

const struct baseline_policy *guardrails_origin(const struct guardrails *guardrails,
                                                const struct policy_compiled *policy)
{
    for (size_t i = 0; policy != NULL && i < guardrails->baseline->policy_count; i++)
        if (guardrails->policies[i] == policy)
            return &guardrails->baseline->policies[i];
    return NULL;
}

bool guardrails_names(const struct guardrails *guardrails, const struct policy_answer *answer,
                      const char *action)
{
    const struct baseline_policy *origin = guardrails_origin(guardrails, answer->policy);
    const struct json *statements, *values;

    if (origin == NULL)
        return false;
    statements = json_get(origin->document, "Statement");
    if (statements->type == JSON_ARRAY)
        statements = json_at(statements, answer->statement);
    values = json_get(statements, "Action");
    if (values == NULL || values->type == JSON_STRING)
        return values != NULL && str_eq(values->string, action);
    for (const struct json *it = json_first(values); it != NULL; it = it->next)
        if (str_eq(it->string, action))
            return true;
    return false;
}
