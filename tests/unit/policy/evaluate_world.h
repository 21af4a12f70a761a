/*
 * evaluate_world.h - policies from text and requests from a few words, for tests of the evaluator.
 *
 * JSON is written with ' for ".
 */
#ifndef TESTS_UNIT_POLICY_EVALUATE_WORLD_H
#define TESTS_UNIT_POLICY_EVALUATE_WORLD_H

#include "plinth/base/arena.h"
#include "plinth/policy/evaluate.h"

#include <string.h>

#define ROLE_ARN "arn:aws:iam::111122223333:role/admin"
#define ALLOW_ALL "{'Effect':'Allow','Action':'*','Resource':'*'}"

static inline struct json *json_of(const char *text, struct arena *arena)
{
    char *copy = arena_str(arena, text);
    struct err err = ERR_INIT;
    struct json *json;

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    if (json_parse(copy, strlen(copy), arena, &json, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    return json;
}

/* A document of the statements, "{..},{..}". */
static inline const struct policy_compiled *policy_of(enum policy_kind kind, const char *name,
                                                      const char *statements, struct arena *arena)
{
    static const char *const titles[] = {
        "policy", "identity policy", "resource policy", "trust policy", "SCP", "RCP"};
    const struct policy_label label = {titles[kind], name};
    const struct policy_compiled *policy = NULL;
    struct err err = ERR_INIT;
    const char *text = arena_printf(arena, "{'Version':'2012-10-17','Statement':[%s]}", statements);

    if (policy_compile(json_of(text, arena), kind, &label, arena, &policy, &err) != 0)
        fail_msg("%s", err.text);
    return policy;
}

static inline struct policy_request request_of(const char *principal, const char *action,
                                               const char *resource, struct arena *arena)
{
    struct policy_request request = {.action = action, .resource = resource};

    if (!policy_principal_parse(principal, arena, &request.principal))
        fail_msg("%s is no principal", principal);
    return request;
}

static inline struct policy_answer ask(const struct policy_attached *attached,
                                       const struct policy_request *request)
{
    struct policy_answer answer;

    policy_evaluate(attached, request, &answer);
    return answer;
}

static inline const char *outcome(const struct policy_attached *attached,
                                  const struct policy_request *request)
{
    return policy_outcome_name(ask(attached, request).outcome);
}

#endif
