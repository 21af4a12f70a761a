/*
 * fuzz_lint.c - the input is a policy document, linted as each kind and beside itself.
 *
 * What must hold: the price stays within what lint.h promises; each finding has a place in the
 * document; and what is never to match never does.
 */
#include "fuzz.h"

#include "plinth/base/arena.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/policy/evaluate.h"
#include "plinth/policy/lint.h"

#include <assert.h>
#include <string.h>

enum { BYTES_MOST = 16 * 1024 };

static const char *const values[] = {
    "", "a", "true", "7", "2026-11-24", "10.1.2.3", "arn:aws:iam::111122223333:role/a"};

/* Some requests: one for each value, which every key then has, and one in which all are absent. */
static void check_never(const struct json *document, size_t statement, struct arena *arena)
{
    static const struct policy_label label = {"policy", "fuzz"};
    const struct json *statements = json_get(document, "Statement");
    const struct json *one =
        statements->type == JSON_ARRAY ? json_at(statements, statement - 1) : statements;
    const struct policy_compiled *policy;
    struct json *alone = json_object(arena);
    struct err err = ERR_INIT;

    json_put_str(alone, "Version", "2012-10-17");
    json_put(alone, "Statement", one);
    if (policy_compile(alone, POLICY_ANY, &label, arena, &policy, &err) != 0)
        return;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct policy_key keys[64];
        struct policy_request request = {.principal = {.kind = PRINCIPAL_ROLE,
                                                       .arn = "arn:aws:iam::111122223333:role/a",
                                                       .account = "111122223333"},
                                         .action = "s3:GetObject",
                                         .resource = "arn:aws:s3:::a",
                                         .keys = keys,
                                         .keys_complete = true};
        struct policy_answer answer;

        for (const struct json *it = json_first(json_get(one, "Condition")); it != NULL;
             it = it->next)
            for (const struct json *key = it->first; key != NULL && request.key_count < 64;
                 key = key->next)
                keys[request.key_count++] =
                    (struct policy_key){key->key, &values[i], values[i][0] != '\0'};
        policy_evaluate_alone(policy, &request, &answer);
        assert(answer.outcome != POLICY_ALLOWED);
        assert(answer.outcome != POLICY_DENIED || answer.reason != REASON_STATEMENT);
    }
}

static void check_kind(const struct json *document, enum policy_kind kind, struct arena *arena)
{
    const struct lint_document documents[] = {
        {.name = "a", .document = document, .kind = kind, .targets = "root"},
        {.name = "b", .document = document, .kind = kind, .targets = "x"},
    };
    size_t bytes = strlen(json_text(document, arena));
    struct lint_result result;
    struct err err = ERR_INIT;

    if (policy_lint(documents, 2, arena, &result, &err) != 0) {
        assert(err.code == ERR_LIMIT);
        return;
    }
    assert(result.steps <= LINT_STEPS_BASE + 2 * (uint64_t)bytes * LINT_STEPS_PER_BYTE);
    assert(result.count <= LIMIT_LINT_FINDINGS);
    for (size_t i = 0; i < result.count; i++) {
        const struct lint_finding *finding = &result.findings[i];

        assert(finding->path_count <= LINT_PATH_MOST && finding->text[0] != '\0');
        assert(*lint_path_text(finding, arena) != '\0' || finding->statement == 0);
        if (finding->code == LINT_NEVER_MATCHES)
            check_never(document, finding->statement, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const enum policy_kind kinds[] = {POLICY_ANY, POLICY_RESOURCE, POLICY_SCP, POLICY_RCP};
    struct arena *arena = arena_new("fuzz");
    struct err err = ERR_INIT;
    struct json *document;

    if (len <= BYTES_MOST && json_parse((const char *)bytes, len, arena, &document, &err) == 0)
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
            check_kind(document, kinds[i], arena);
    arena_free(arena);
    return 0;
}
