/*
 * iam_simulate_driver.c - answers the requests that iam_simulate_differential.mjs makes up.
 */
#include "driver.h"

#include "plinth/policy/evaluate.h"

struct builder {
    struct arena *arena;
    struct err *err;
};

static const struct policy_compiled *compile(struct builder *builder, enum policy_kind kind,
                                             const struct json *document)
{
    const struct policy_label label = {"policy", "asked"};
    const struct policy_compiled *policy = NULL;

    /* A failure is kept in err, and looked at once. */
    if (document != NULL && builder->err->code == ERR_NONE)
        (void)policy_compile(document, kind, &label, builder->arena, &policy, builder->err);
    return policy;
}

static struct policy_set compile_set(struct builder *builder, enum policy_kind kind,
                                     const struct json *list)
{
    size_t count = list == NULL ? 0 : list->count, at = 0;
    const struct policy_compiled **items = arena_array(builder->arena, count + 1, sizeof *items);

    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        items[at++] = compile(builder, kind, it);
    return (struct policy_set){items, count};
}

static struct policy_levels compile_levels(struct builder *builder, enum policy_kind kind,
                                           const struct json *list)
{
    size_t count = list == NULL ? 0 : list->count, at = 0;
    struct policy_level *items = arena_array(builder->arena, count + 1, sizeof *items);

    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        items[at++] = (struct policy_level){"level", compile_set(builder, kind, it)};
    return (struct policy_levels){items, count};
}

/* {"key": ["value", ...], ...}; no values: absent. */
static void read_keys(struct builder *builder, const struct json *map,
                      struct policy_request *request)
{
    struct policy_key *keys = arena_array(builder->arena, map->count + 1, sizeof *keys);
    size_t at = 0;

    for (const struct json *it = map->first; it != NULL; it = it->next, at++) {
        const char **values = arena_array(builder->arena, it->count + 1, sizeof *values);

        keys[at] = (struct policy_key){it->key, values, it->count};
        for (const struct json *value = it->first; value != NULL; value = value->next)
            *values++ = value->string;
    }
    request->keys = keys;
    request->key_count = at;
}

static int evaluate(const struct json *question, struct arena *arena, struct json *answer,
                    struct err *err)
{
    struct builder builder = {arena, err};
    struct policy_request request = {.action = json_str(question, "action"),
                                     .resource = json_str(question, "resource"),
                                     .resource_account = json_str(question, "resourceAccount")};
    struct policy_attached attached = {
        .scps = compile_levels(&builder, POLICY_SCP, json_get(question, "scps")),
        .rcps = compile_levels(&builder, POLICY_RCP, json_get(question, "rcps")),
        .identity = compile_set(&builder, POLICY_IDENTITY, json_get(question, "identity")),
        .boundary = compile_set(&builder, POLICY_IDENTITY, json_get(question, "boundary")),
        .session = compile_set(&builder, POLICY_IDENTITY, json_get(question, "session")),
        .resource = compile(&builder, POLICY_RESOURCE, json_get(question, "resourcePolicy")),
    };
    struct policy_answer result;

    if (err->code != ERR_NONE)
        return -1;
    if (!policy_principal_parse(json_str(question, "principal"), arena, &request.principal))
        return err_set(err, ERR_USAGE, "no principal");
    read_keys(&builder, json_get(question, "keys"), &request);
    policy_evaluate(&attached, &request, &result);
    json_put_str(answer, "outcome", policy_outcome_name(result.outcome));
    json_put_str(answer, "text", policy_answer_text(&result, "it", arena));
    return 0;
}

int main(void)
{
    return driver_run(evaluate);
}
